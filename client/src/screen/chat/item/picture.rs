//! A picture in the timeline. Its place is there before the picture is: nothing moves when it comes.

use std::time::Duration;

use iced::widget::{Image, button as plain, column, container, mouse_area, sensor, tooltip};
use iced::{Center, ContentFit, Element, Fill, Size, mouse};
use snug_engine::event::{FileItem, FilePlace};

use crate::icon::{Icon, icon};
use crate::pictures::{Picture, Pictures};
use crate::screen::chat::timeline::Message;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::label::label;
use crate::wording;

/// How far away from the view a picture is looked for.
const AHEAD: f32 = 400.0;
/// Who looks at a picture does not want its name at once.
const NAME_AFTER: Duration = Duration::from_millis(600);

/// Draws it; `None` where it turned out to be a file like any other.
pub(super) fn view<'a>(
    file: &'a FileItem,
    place: Size,
    pictures: &'a Pictures,
    shared: &'a Shared,
) -> Option<Element<'a, Message>> {
    let content: Element<'a, Message> = match (pictures.get(file.blob), &file.place) {
        (Some(Picture::Broken), _) | (_, FilePlace::Failed(_)) => return None,
        (Some(Picture::Here(handle, _)), FilePlace::Here(path)) => {
            let drawn = Image::new(handle.clone())
                .width(place.width)
                .height(place.height)
                .content_fit(ContentFit::Cover);
            mouse_area(drawn)
                .interaction(mouse::Interaction::Pointer)
                .on_press(Message::Open(path.clone()))
                .into()
        }
        _ => frame(file, place, shared),
    };
    let name = label(wording::cut_file(&file.name, 60), size::SMALL, |tokens| tokens.background);
    let name = container(name).padding([4, 8]);
    let content =
        tooltip(content, name, tooltip::Position::FollowCursor).delay(NAME_AFTER).style(theme::hint);
    // Another state of the file is another thing to be seen.
    let seen = (file.blob, matches!(file.place, FilePlace::Here(_)));
    let blob = file.blob;
    let watched = sensor(content).key(seen).anticipate(AHEAD).on_show(move |_| Message::Seen(blob));
    Some(container(watched).padding([4, 0]).into())
}

/// The place of a picture that is not here yet.
fn frame<'a>(file: &'a FileItem, place: Size, shared: &'a Shared) -> Element<'a, Message> {
    let done = shared.transfer(file.blob).map(|moving| moving.done * 100 / moving.total.max(1));
    let (what, words) = match (&file.place, done) {
        (FilePlace::Moving, Some(done)) => (Icon::Download, format!("{done} %")),
        (FilePlace::Remote, _) => (Icon::Download, wording::bytes(file.size)),
        _ => (Icon::Clock, String::new()),
    };
    let room_for_words = place.width >= 100.0 && place.height >= 60.0;
    let words = room_for_words.then(|| label(words, size::SMALL, theme::muted));
    let inside = column![icon(what, 20.0, theme::faint), words].spacing(4).align_x(Center);
    let framed = container(inside).center(Fill).style(theme::frame).clip(true);
    let fetch = matches!(file.place, FilePlace::Remote).then_some(Message::Fetch(file.blob));
    plain(framed)
        .padding(0)
        .width(place.width)
        .height(place.height)
        .style(theme::link)
        .on_press_maybe(fetch)
        .into()
}
