//! Something that floats beside what it belongs to: menus, completions. iced's own way (pick lists, hints) is closed
//! to other content, so this is the one widget made from scratch.

use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector, keyboard};

/// How far it keeps from the window's edge.
const EDGE: f32 = 6.0;

/// Where it floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Above, left edges in line.
    Above,
    /// Above, right edges in line.
    AboveEnd,
    /// Below, right edges in line.
    Below,
}

/// Content with something that may float beside it. With `close`, a press beside it and Escape close it and do nothing
/// else; without, it only helps with what it floats beside.
pub fn popover<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    floating: Option<Element<'a, Message>>,
    side: Side,
    close: Option<Message>,
) -> Element<'a, Message> {
    Element::new(Popover { content: content.into(), floating, side, close })
}

struct Popover<'a, Message> {
    content: Element<'a, Message>,
    floating: Option<Element<'a, Message>>,
    side: Side,
    close: Option<Message>,
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Popover<'_, Message> {
    fn children(&self) -> Vec<Tree> {
        std::iter::once(&self.content).chain(&self.floating).map(Tree::new).collect()
    }
    fn diff(&self, tree: &mut Tree) {
        let children: Vec<_> = std::iter::once(&self.content).chain(&self.floating).collect();
        tree.diff_children(&children);
    }
    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }
    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }
    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }
    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let content = self.content.as_widget_mut();
        content.update(&mut tree.children[0], event, layout, cursor, renderer, clipboard, shell, viewport);
    }
    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let content = self.content.as_widget();
        content.mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }
    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let content = self.content.as_widget();
        content.draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
    }
    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
    }
    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let (first, rest) = tree.children.split_first_mut()?;
        let beside =
            Rectangle { x: layout.bounds().x, y: layout.bounds().y, ..layout.bounds() } + translation;
        let content = self.content.as_widget_mut().overlay(first, layout, renderer, viewport, translation);
        let floating = self.floating.as_mut().zip(rest.first_mut()).map(|(floating, tree)| {
            let close = self.close.as_ref();
            overlay::Element::new(Box::new(Floating { floating, tree, beside, side: self.side, close }))
        });
        let both: Vec<_> = content.into_iter().chain(floating).collect();
        (!both.is_empty()).then(|| overlay::Group::with_children(both).overlay())
    }
}

struct Floating<'a, 'b, Message> {
    floating: &'b mut Element<'a, Message>,
    tree: &'b mut Tree,
    beside: Rectangle,
    side: Side,
    close: Option<&'b Message>,
}

impl<Message: Clone> overlay::Overlay<Message, Theme, Renderer> for Floating<'_, '_, Message> {
    fn layout(&mut self, renderer: &Renderer, bounds: Size) -> layout::Node {
        let limits = layout::Limits::new(Size::ZERO, bounds).shrink(Size::new(2.0 * EDGE, 2.0 * EDGE));
        let node = self.floating.as_widget_mut().layout(self.tree, renderer, &limits);
        let size = node.size();
        let (x, y) = match self.side {
            Side::Above => (self.beside.x, self.beside.y - size.height),
            Side::AboveEnd => (self.beside.x + self.beside.width - size.width, self.beside.y - size.height),
            Side::Below => {
                (self.beside.x + self.beside.width - size.width, self.beside.y + self.beside.height)
            }
        };
        // Where there is no room on its side it moves just as far as it must.
        let x = x.min(bounds.width - size.width - EDGE).max(EDGE);
        let y = y.min(bounds.height - size.height - EDGE).max(EDGE);
        node.move_to(Point::new(x, y))
    }
    fn draw(
        &self,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
    ) {
        let floating = self.floating.as_widget();
        floating.draw(self.tree, renderer, theme, style, layout, cursor, &layout.bounds());
    }
    fn operate(&mut self, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.floating.as_widget_mut().operate(self.tree, layout, renderer, operation);
    }
    fn update(
        &mut self,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
    ) {
        let bounds = layout.bounds();
        let floating = self.floating.as_widget_mut();
        floating.update(self.tree, event, layout, cursor, renderer, clipboard, shell, &bounds);
        let beside = matches!(event, Event::Mouse(mouse::Event::ButtonPressed(_))) && !cursor.is_over(bounds);
        let escape = keyboard::Key::Named(keyboard::key::Named::Escape);
        let away =
            matches!(event, Event::Keyboard(keyboard::Event::KeyPressed { key, .. }) if *key == escape);
        if let Some(close) = self.close
            && !shell.is_event_captured()
            && (beside || away)
        {
            shell.publish(close.clone());
            shell.capture_event();
        }
    }
    fn mouse_interaction(
        &self,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let bounds = layout.bounds();
        let floating = self.floating.as_widget();
        let inside = floating.mouse_interaction(self.tree, layout, cursor, &bounds, renderer);
        // Nothing under it feels the pointer, where it has nothing to press either.
        match inside {
            mouse::Interaction::None if cursor.is_over(bounds) => mouse::Interaction::Idle,
            inside => inside,
        }
    }
    fn overlay<'c>(
        &'c mut self,
        layout: Layout<'c>,
        renderer: &Renderer,
    ) -> Option<overlay::Element<'c, Message, Theme, Renderer>> {
        let bounds = layout.bounds();
        self.floating.as_widget_mut().overlay(self.tree, layout, renderer, &bounds, Vector::ZERO)
    }
}
