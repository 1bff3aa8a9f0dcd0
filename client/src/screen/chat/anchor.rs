//! The row at the top of the list, and the way back to it: operations that run before the next frame.

use iced::advanced::widget::operation::{Outcome, Scrollable};
use iced::advanced::widget::{Id, Operation};
use iced::widget::scrollable;
use iced::{Rectangle, Vector};
use snug_engine::event::ItemKey;

/// What a row is called.
pub(super) fn row_id(key: ItemKey) -> Id {
    match key {
        ItemKey::Entry(seq) => Id::from(format!("entry-{seq}")),
        ItemKey::Outbox(id) => Id::from(format!("outbox-{}", id.0)),
    }
}

/// Finds a given row, or the first visible one; answers its distance from the top of the list.
pub(super) struct FindAnchor {
    list: Id,
    row: Option<ItemKey>,
    rows: Vec<(Id, ItemKey)>,
    at: usize,
    view: Option<(Rectangle, Vector)>,
    hit: Option<(ItemKey, f32)>,
}

impl FindAnchor {
    pub(super) fn new(list: Id, row: Option<ItemKey>, keys: &[ItemKey]) -> Self {
        let rows = keys.iter().map(|key| (row_id(*key), *key)).collect();
        Self { list, row, rows, at: 0, view: None, hit: None }
    }
}
impl Operation<Option<(ItemKey, f32)>> for FindAnchor {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<Option<(ItemKey, f32)>>)) {
        if self.hit.is_none() {
            go(self);
        }
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        _content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        if id == Some(&self.list) {
            self.view = Some((bounds, translation));
        }
    }
    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        let (Some(id), Some((view, translation)), None) = (id, self.view, self.hit) else { return };
        // Rows come in order: comparing with the next expected one is enough.
        let Some((expected, row)) = self.rows.get(self.at) else { return };
        if id != expected {
            return;
        }
        self.at += 1;
        let y = bounds.y - translation.y - view.y;
        let wanted = match self.row {
            Some(wanted) => wanted == *row,
            None => y + bounds.height > 0.0,
        };
        if wanted {
            self.hit = Some((*row, y));
        }
    }
    fn finish(&self) -> Outcome<Option<(ItemKey, f32)>> {
        Outcome::Some(self.hit)
    }
}

/// Scrolls so that the anchor row is where it was.
pub(super) struct Restore {
    find: FindAnchor,
    want: f32,
}

impl Restore {
    /// Puts a row to a distance from the top of the list.
    pub(super) fn new(list: Id, row: ItemKey, keys: &[ItemKey], want: f32) -> Self {
        Self { find: FindAnchor::new(list, Some(row), keys), want }
    }
}
impl Operation<()> for Restore {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<()>)) {
        if self.find.hit.is_none() {
            go(self);
        }
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        self.find.scrollable(id, bounds, content, translation, state);
    }
    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        self.find.container(id, bounds);
    }
    fn finish(&self) -> Outcome<()> {
        match self.find.hit {
            Some((_, y)) if (y - self.want).abs() > 0.5 => {
                Outcome::Chain(Box::new(ScrollBy { list: self.find.list.clone(), y: y - self.want }))
            }
            _ => Outcome::None,
        }
    }
}

struct ScrollBy {
    list: Id,
    y: f32,
}
impl Operation<()> for ScrollBy {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<()>)) {
        go(self);
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        if id == Some(&self.list) {
            // In a list anchored at its bottom the offset grows upwards.
            state.scroll_by(scrollable::AbsoluteOffset { x: 0.0, y: -self.y }, bounds, content);
        }
    }
}

/// Tells whether the list stands at its very bottom.
pub(super) struct IsAtBottom {
    list: Id,
    is: bool,
}

impl IsAtBottom {
    pub(super) fn new(list: Id) -> Self {
        Self { list, is: false }
    }
}
impl Operation<bool> for IsAtBottom {
    fn traverse(&mut self, go: &mut dyn FnMut(&mut dyn Operation<bool>)) {
        go(self);
    }
    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        translation: Vector,
        _state: &mut dyn Scrollable,
    ) {
        if id == Some(&self.list) {
            self.is = content.height - bounds.height - translation.y < 1.0;
        }
    }
    fn finish(&self) -> Outcome<bool> {
        Outcome::Some(self.is)
    }
}
