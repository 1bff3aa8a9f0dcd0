//! How the composer looks.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use iced::widget::{Id, button as plain, column, container, image, row, text_editor as editor};
use iced::{Center, Element, Fill};
use snug_engine::event::Room;
use snug_proto::entry::RoomKind;
use snug_proto::limits::TEXT_MAX;
use snug_proto::talk::Target;

use super::{COMPOSER, Composer, EMOJI, Extra, Message, Mode, PATH, Popup, SEND};
use super::{completion, keys, mode};
use crate::fonts;
use crate::icon::{Icon, icon};
use crate::screen::chat::composer::pasted::Picture;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::button;
use crate::widget::emoji_picker;
use crate::widget::field::{self, Kind};
use crate::widget::label::{body, label, small};
use crate::widget::popover::{Side, popover};
use crate::wording;

/// From this many bytes on the counter shows.
const COUNTED_FROM: usize = TEXT_MAX / 8 * 7;

impl Composer {
    /// Draws it.
    pub fn view<'a>(&'a self, file_max: u64, shared: &'a Shared) -> Element<'a, Message> {
        let text = self.content.text();
        let len = text.trim().len();
        let can_send = len <= TEXT_MAX && (len > 0 || matches!(self.extra, Extra::Picture(_)));
        let scene = keys::Scene {
            completes: matches!(self.popup, Popup::Open(_)),
            empty: text.is_empty(),
            in_mode: self.mode != Mode::New,
        };
        let typing = container(
            editor(&self.content)
                .id(Id::new(COMPOSER))
                .placeholder(placeholder(shared.room(self.room)))
                .on_action(Message::Edit)
                .key_binding(move |press| keys::binding(press, scene))
                .font(fonts::TEXT)
                .size(size::TEXT)
                .line_height(size::LINE)
                .padding([6, 4])
                .min_height(22)
                .max_height(176)
                .style(theme::composer),
        )
        .width(Fill);
        let (drawn, words) = match self.mode {
            Mode::Edit { .. } => (Icon::Check, "Save"),
            Mode::New | Mode::Reply { .. } => (Icon::Send, "Send"),
        };
        let send = plain(icon(drawn, 17.0, theme::on_accent))
            .padding(8)
            .style(theme::primary)
            .on_press_maybe(can_send.then_some(Message::Send));
        let picker = match &self.popup {
            Popup::Picker(picker) => Some(picker.view(&shared.settings.recent_emoji).map(Message::Picker)),
            _ => None,
        };
        let emoji = button::round(Icon::Smile, theme::muted, "Emoji", Some(Message::Emoji));
        let line = row![
            button::round(Icon::Clip, theme::muted, "Send a file", Some(Message::Attach)),
            typing,
            container(popover(
                emoji,
                picker,
                Side::AboveEnd,
                Some(Message::Picker(emoji_picker::Message::Close))
            ))
            .id(EMOJI),
            container(button::hinted(send, words)).id(SEND)
        ]
        .spacing(8)
        .align_y(iced::Bottom);
        // What stands above the line has its place also when there is none: the field keeps its state.
        let card = container(column![container(mode::bar(&self.mode)), container(line).padding([9, 12])])
            .style(theme::composer_card);
        let floating = match &self.popup {
            Popup::Open(completion) => Some(completion::view(completion, shared)),
            Popup::Closed | Popup::Picker(_) | Popup::Dismissed(..) => None,
        };
        column![
            container(self.extra(file_max)),
            popover(card, floating, Side::Above, None),
            container(under(len, &self.mode)).padding(iced::Padding::ZERO.top(6))
        ]
        .padding(iced::Padding::from([6, 20]).bottom(10))
        .into()
    }

    fn extra(&self, file_max: u64) -> Option<Element<'_, Message>> {
        let content: Element<'_, Message> = match &self.extra {
            Extra::Nothing => return None,
            Extra::Path(path) => path_field(path, file_max),
            Extra::Picture(picture) => picture_bar(picture),
            Extra::Problem(problem) => row![
                icon(Icon::Alert, 16.0, theme::danger),
                label(problem, size::NAME, theme::danger).width(Fill),
                button::round(Icon::Cross, theme::muted, "Close", Some(Message::CloseExtra)),
            ]
            .spacing(10)
            .align_y(Center)
            .into(),
        };
        let card = container(content).padding(12).width(Fill).style(theme::card);
        Some(container(card).padding(iced::Padding::ZERO.bottom(6)).into())
    }
}

fn placeholder(room: Option<&Room>) -> String {
    match room {
        Some(room) if room.kind == RoomKind::NOTES => "Write a note to yourself".to_owned(),
        Some(Room { target: Target::Room(_), name, kind, .. }) if *kind != RoomKind::PRIVATE => {
            format!("Message #{name}")
        }
        Some(Room { name, .. }) => format!("Message {name}"),
        None => "Message".to_owned(),
    }
}

fn picture_bar(picture: &Picture) -> Element<'_, Message> {
    let thumbnail = image(picture.shown.clone()).width(96).height(64);
    let (width, height) = picture.size;
    let words = column![
        label("Send this picture?", size::NAME, theme::ink).font(fonts::SEMIBOLD),
        small(format!("{width} × {height} · {}", wording::bytes(picture.bytes)))
    ]
    .width(Fill);
    row![
        thumbnail,
        words,
        button::words("Discard", theme::secondary).on_press(Message::CloseExtra),
        button::words("Send picture", theme::primary).on_press(Message::SendPicture),
    ]
    .spacing(12)
    .align_y(Center)
    .into()
}

fn path_field(path: &str, file_max: u64) -> Element<'_, Message> {
    let limit = if file_max == 0 {
        "No file dialog answers on this system. Type the file's path, or drop the file here.".to_owned()
    } else {
        format!(
            "No file dialog answers on this system. Type the file's path (at most {}), or drop the file here.",
            wording::bytes(file_max)
        )
    };
    let typed =
        field::bare("/path/to/the/file", PATH, path, Kind::Mono, Some(Message::Path), Message::SendPath);
    let typing = row![
        container(typed).width(Fill),
        button::words("Send file", theme::primary)
            .on_press_maybe((!path.trim().is_empty()).then_some(Message::SendPath)),
        button::round(Icon::Cross, theme::muted, "Close", Some(Message::CloseExtra)),
    ]
    .spacing(8)
    .align_y(Center);
    column![small(limit), typing].spacing(6).into()
}

/// What stands under the composer: what keys do, or that the text is too long.
fn under<'a>(len: usize, mode: &Mode) -> Element<'a, Message> {
    if len > TEXT_MAX {
        let sentence = format!(
            "This text is {} too long for one message ({} of {}). Shorten it, or send it as a file.",
            wording::bytes((len - TEXT_MAX) as u64),
            wording::bytes(len as u64),
            wording::bytes(TEXT_MAX as u64),
        );
        let as_file = (!matches!(mode, Mode::Edit { .. }))
            .then(|| button::short("Send as text file", theme::secondary).on_press(Message::SendAsFile));
        return row![label(sentence, size::SMALL, theme::danger).width(Fill), as_file]
            .spacing(12)
            .align_y(Center)
            .into();
    }
    let faint = |words| label(words, size::SMALL, theme::faint);
    let key = |words| faint(words).font(fonts::SEMIBOLD);
    let keys = match mode {
        Mode::Edit { .. } => {
            row![key("Enter"), faint(" saves · "), key("Esc"), faint(" leaves it as it was")]
        }
        Mode::New | Mode::Reply { .. } => row![
            key("Enter"),
            faint(" sends · "),
            key("Shift Enter"),
            faint(" new line · drop files anywhere"),
        ],
    };
    let counter = (len >= COUNTED_FROM)
        .then(|| small(format!("{} of {}", wording::bytes(len as u64), wording::bytes(TEXT_MAX as u64))));
    container(row![keys.width(Fill), counter]).padding([0, 2]).into()
}

/// Asks for a file; also how long the dialog was open.
pub(super) async fn pick() -> (Option<PathBuf>, Duration) {
    let opened = Instant::now();
    let file = rfd::AsyncFileDialog::new().set_title("Send a file").pick_file().await;
    (file.map(|file| file.path().to_owned()), opened.elapsed())
}

/// Who types, in the line above the composer.
pub fn typing<'a, M: 'a>(shared: &Shared, shown: Target) -> Element<'a, M> {
    let names: &[String] = match &shared.typing {
        Some((room, names)) if *room == shown => names,
        _ => &[],
    };
    let words = match names {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        [one, two] => format!("{one} and {two} are typing…"),
        _ => "Several people are typing…".into(),
    };
    container(label(words, size::SMALL, theme::faint)).padding([0, 76]).height(20).into()
}

/// What lies over the room while a file hovers.
pub fn drop_here<'a, M: 'a>() -> Element<'a, M> {
    let words =
        row![icon(Icon::Upload, 22.0, theme::accent), body("Drop the file to send it here")].spacing(12);
    container(container(words.align_y(Center)).padding([18, 26]).style(theme::card))
        .center(Fill)
        .style(theme::dimmed)
        .into()
}
