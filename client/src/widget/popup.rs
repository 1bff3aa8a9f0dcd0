//! Something that floats beside what opened it: menus, the emoji picker, small questions.
//!
//! It lies over everything and takes no place in the layout. A press beside it and Escape close it, and do nothing
//! else.

use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Vector, keyboard};

/// How far it stands from what opened it, and from the window's edge.
const GAP: f32 = 4.0;

/// What opens something, and what is open.
pub struct Popup<'a, Message> {
    content: Element<'a, Message>,
    open: Option<Element<'a, Message>>,
    manner: Manner<Message>,
}

/// How it floats.
#[derive(Debug, Clone)]
enum Manner<Message> {
    /// It is what counts now: a press beside it and Escape close it.
    Closes(Message),
    /// It helps with what it stands above, and takes no key and no press but its own.
    Helps,
}

/// Something that helps above `content`, left edges in line: keys and presses still belong to the content.
pub fn helper<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    open: Option<Element<'a, Message>>,
) -> Element<'a, Message> {
    Element::new(Popup { content: content.into(), open, manner: Manner::Helps })
}

/// Something beside `content`, where there is something.
pub fn popup<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    open: Option<Element<'a, Message>>,
    close: Message,
) -> Element<'a, Message> {
    Element::new(Popup { content: content.into(), open, manner: Manner::Closes(close) })
}

impl<'a, Message: Clone + 'a> Widget<Message, Theme, Renderer> for Popup<'a, Message> {
    fn children(&self) -> Vec<Tree> {
        std::iter::once(&self.content).chain(&self.open).map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        let children: Vec<_> =
            std::iter::once(&self.content).chain(&self.open).map(|child| child.as_widget()).collect();
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

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        self.content.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
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
        self.content.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
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
        self.content.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let mut trees = tree.children.iter_mut();
        let content = trees.next().and_then(|tree| {
            self.content.as_widget_mut().overlay(tree, layout, renderer, viewport, translation)
        });
        let open = self.open.as_mut().zip(trees.next()).map(|(content, tree)| {
            let beside = layout.bounds() + translation;
            let manner = self.manner.clone();
            overlay::Element::new(Box::new(Open { content, tree, beside, manner }))
        });
        let both: Vec<_> = content.into_iter().chain(open).collect();
        (!both.is_empty()).then(|| overlay::Group::with_children(both).overlay())
    }
}

struct Open<'a, 'b, Message> {
    content: &'b mut Element<'a, Message>,
    tree: &'b mut Tree,
    beside: Rectangle,
    manner: Manner<Message>,
}

impl<Message> Open<'_, '_, Message> {
    /// Under what opened it and in line with its right edge, or above where there is more room; always in the window.
    fn place(&self, size: Size, window: Size) -> Point {
        let below = self.beside.y + self.beside.height + GAP;
        let above = self.beside.y - GAP - size.height;
        if matches!(self.manner, Manner::Helps) {
            let x = self.beside.x.min(window.width - size.width - GAP).max(GAP);
            return Point::new(x, above.max(GAP));
        }
        let y = if below + size.height <= window.height || above < 0.0 { below } else { above };
        let x = self.beside.x + self.beside.width - size.width;
        let within = |at: f32, length: f32, all: f32| at.min(all - length - GAP).max(GAP);
        Point::new(within(x, size.width, window.width), within(y, size.height, window.height))
    }
}

impl<Message: Clone> overlay::Overlay<Message, Theme, Renderer> for Open<'_, '_, Message> {
    fn layout(&mut self, renderer: &Renderer, window: Size) -> layout::Node {
        let room = Size::new((window.width - 2.0 * GAP).max(0.0), (window.height - 2.0 * GAP).max(0.0));
        let limits = layout::Limits::new(Size::ZERO, room);
        let node = self.content.as_widget_mut().layout(self.tree, renderer, &limits);
        let place = self.place(node.size(), window);
        node.move_to(place)
    }

    fn draw(
        &self,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
    ) {
        self.content.as_widget().draw(self.tree, renderer, theme, style, layout, cursor, &layout.bounds());
    }

    fn operate(&mut self, layout: Layout<'_>, renderer: &Renderer, operation: &mut dyn Operation) {
        self.content.as_widget_mut().operate(self.tree, layout, renderer, operation);
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
        let content = self.content.as_widget_mut();
        content.update(self.tree, event, layout, cursor, renderer, clipboard, shell, &bounds);
        let Manner::Closes(close) = &self.manner else { return };
        if shell.is_event_captured() {
            return;
        }
        let beside = matches!(event, Event::Mouse(mouse::Event::ButtonPressed(_))) && !cursor.is_over(bounds);
        let escape = keyboard::Key::Named(keyboard::key::Named::Escape);
        let away =
            matches!(event, Event::Keyboard(keyboard::Event::KeyPressed { key, .. }) if *key == escape);
        if beside || away {
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
        let inside = self.content.as_widget().mouse_interaction(self.tree, layout, cursor, &bounds, renderer);
        // Nothing under it feels the pointer.
        if inside == mouse::Interaction::None && cursor.is_over(bounds) {
            return mouse::Interaction::Idle;
        }
        inside
    }

    fn overlay<'c>(
        &'c mut self,
        layout: Layout<'c>,
        renderer: &Renderer,
    ) -> Option<overlay::Element<'c, Message, Theme, Renderer>> {
        let bounds = layout.bounds();
        self.content.as_widget_mut().overlay(self.tree, layout, renderer, &bounds, Vector::ZERO)
    }
}
