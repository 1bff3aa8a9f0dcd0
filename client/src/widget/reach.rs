//! What can be pressed without a pointer: Tab leads to it, Enter and Space press it. iced's own buttons know nothing of
//! the focus.

use iced::advanced::widget::operation::{self, Focusable, Outcome, Scrollable};
use iced::advanced::widget::{Id, Operation, Tree, operate, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, overlay, renderer};
use iced::keyboard::key::{Key, Named};
use iced::widget::Button;
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Task, Theme, Vector, border, keyboard};

use crate::theme::{self, radius};

/// How far what has the focus keeps from the edge of the list it is in.
const EDGE: f32 = 12.0;

/// A button that says this when it is pressed, and that Tab leads to; without a message it is passed over.
pub fn reach<'a, Message: Clone + 'a>(
    button: Button<'a, Message>,
    press: Option<Message>,
) -> Element<'a, Message> {
    Element::new(Reach { button: button.on_press_maybe(press.clone()).into(), press })
}

struct Reach<'a, Message> {
    button: Element<'a, Message>,
    press: Option<Message>,
}

#[derive(Debug, Default)]
struct Focus(bool);

impl Focusable for Focus {
    fn is_focused(&self) -> bool {
        self.0
    }
    fn focus(&mut self) {
        self.0 = true;
    }
    fn unfocus(&mut self) {
        self.0 = false;
    }
}

impl<'a, Message: Clone + 'a> Widget<Message, Theme, Renderer> for Reach<'a, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Focus>()
    }
    fn state(&self) -> tree::State {
        tree::State::new(Focus::default())
    }
    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.button)]
    }
    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.button));
    }
    fn size(&self) -> Size<Length> {
        self.button.as_widget().size()
    }
    fn size_hint(&self) -> Size<Length> {
        self.button.as_widget().size_hint()
    }
    fn layout(&mut self, tree: &mut Tree, renderer: &Renderer, limits: &layout::Limits) -> layout::Node {
        self.button.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
    }
    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        let focus = tree.state.downcast_mut::<Focus>();
        match self.press {
            Some(_) => operation.focusable(None, layout.bounds(), focus),
            None => focus.unfocus(),
        }
        self.button.as_widget_mut().operate(&mut tree.children[0], layout, renderer, operation);
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
        let focus = tree.state.downcast_mut::<Focus>();
        match event {
            // Whoever uses the pointer needs no mark for the keys.
            Event::Mouse(mouse::Event::ButtonPressed(_)) if focus.is_focused() => {
                focus.unfocus();
                shell.request_redraw();
            }
            Event::Keyboard(keyboard::Event::KeyPressed {
                key: Key::Named(Named::Enter | Named::Space),
                ..
            }) if focus.is_focused() && !shell.is_event_captured() => {
                if let Some(press) = &self.press {
                    shell.publish(press.clone());
                    shell.capture_event();
                    return;
                }
            }
            _ => {}
        }
        let button = self.button.as_widget_mut();
        button.update(&mut tree.children[0], event, layout, cursor, renderer, clipboard, shell, viewport);
    }
    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.button.as_widget().mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
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
        self.button.as_widget().draw(&tree.children[0], renderer, theme, style, layout, cursor, viewport);
        if tree.state.downcast_ref::<Focus>().is_focused() {
            let mark = border::rounded(radius::CONTROL).color(theme::accent(theme::tokens(theme))).width(2);
            // On whole pixels: between them the mark would leave specks behind when it goes.
            let Rectangle { x, y, width, height } = layout.bounds();
            let bounds = Rectangle {
                x: x.ceil(),
                y: y.ceil(),
                width: width.floor() - 1.0,
                height: height.floor() - 1.0,
            };
            let quad = renderer::Quad { bounds, border: mark, ..renderer::Quad::default() };
            // Above the button and its words, of which the mark covers none.
            renderer.with_layer(layout.bounds(), |renderer| {
                renderer.fill_quad(quad, iced::Color::TRANSPARENT);
            });
        }
    }
    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let button = self.button.as_widget_mut();
        button.overlay(&mut tree.children[0], layout, renderer, viewport, translation)
    }
}

/// Takes the focus from whatever has it.
pub fn leave<Message: Send + 'static>() -> Task<Message> {
    operate(operation::focusable::unfocus::<()>()).discard()
}

/// On to the next thing that can have the focus, or back, within what has this id; it is scrolled into sight.
pub fn step<Message: Send + 'static>(within: &'static str, back: bool) -> Task<Message> {
    let moved = if back {
        operate(operation::scope(Id::new(within), operation::focusable::focus_previous::<()>()))
    } else {
        operate(operation::scope(Id::new(within), operation::focusable::focus_next::<()>()))
    };
    moved.discard().chain(operate(Find { at: None }).discard())
}

/// Finds what has the focus.
struct Find {
    at: Option<Rectangle>,
}

impl Operation<()> for Find {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<()>)) {
        if self.at.is_none() {
            go(self);
        }
    }
    fn focusable(&mut self, _id: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if state.is_focused() {
            self.at = Some(bounds);
        }
    }
    fn finish(&self) -> Outcome<()> {
        match self.at {
            Some(at) => Outcome::Chain(Box::new(Show { at })),
            None => Outcome::None,
        }
    }
}

/// Scrolls the lists in which a place lies until it is in sight.
struct Show {
    at: Rectangle,
}

impl Operation<()> for Show {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<()>)) {
        go(self);
    }
    fn scrollable(
        &mut self,
        _id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        let at = Rectangle { x: self.at.x.max(content.x), ..self.at };
        if !content.contains(at.position()) {
            return;
        }
        let top = at.y - EDGE - translation.y - bounds.y;
        let bottom = at.y + at.height + EDGE - translation.y - bounds.y - bounds.height;
        let by = if top < 0.0 { top } else { bottom.max(0.0) };
        if by != 0.0 {
            state.scroll_by(operation::scrollable::AbsoluteOffset { x: 0.0, y: by }, bounds, content);
        }
    }
}
