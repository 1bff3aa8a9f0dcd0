//! One's own account: how one looks to others, the ways in, and the way out.

use std::path::PathBuf;
use std::time::Instant;

use iced::widget::{button as plain, column, container, row, space};
use iced::{Center, Element, Fill, Task};
use snug_engine::command::PictureChoice;
use snug_engine::event::{DeedDone, Session};

use super::Action;
use crate::faces::{self, Came, Face};
use crate::icon::{Icon, icon};
use crate::screen::asked::Asked;
use crate::screen::dialogs::Dialog;
use crate::screen::dialogs::delete_account::DeleteAccount;
use crate::screen::dialogs::password::ChangePassword;
use crate::screen::dialogs::pending::Pending;
use crate::shared::Shared;
use crate::theme::{self, size};
use crate::widget::field::{self, Kind};
use crate::widget::label::{label, name, small, title};
use crate::widget::page::{card, setting};
use crate::widget::{avatar, button, line};
use crate::wording;

/// What is being changed and not saved yet.
#[derive(Debug, Default)]
pub(super) struct Account {
    display: Option<String>,
    colour: Option<u8>,
    picture: Picture,
    pub(super) pending: Pending,
}

/// The picture from now on.
#[derive(Debug, Default)]
enum Picture {
    /// The one there is.
    #[default]
    Kept,
    /// None.
    Removed,
    /// This file.
    Taken(PathBuf, Preview),
}

/// How far a picture that was chosen is.
#[derive(Debug)]
enum Preview {
    Coming,
    Here(iced::widget::image::Handle),
    Broken,
}

/// What happens there.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the name.
    Display(String),
    /// A colour was pressed; 0 is the one that is given.
    Colour(u8),
    /// "Choose a picture…".
    Pick,
    /// The dialog of the system ended.
    Picked(Option<PathBuf>),
    /// The picture that was chosen was decoded, or could not be.
    Previewed(Came),
    /// "Remove".
    Remove,
    /// "Save", or Enter in the name.
    Save,
    /// "Cancel".
    Undo,
    /// "Change…" of the password.
    Password,
    /// "Make new ones…".
    Recovery,
    /// "Delete my account…".
    Delete,
}

impl Account {
    pub(super) fn update(&mut self, message: Message, session: &Session, shared: &Shared) -> Action {
        match message {
            Message::Display(typed) => {
                self.pending.forget();
                self.display = Some(typed);
            }
            Message::Colour(colour) => self.colour = Some(colour),
            Message::Pick => {
                return Action::Run(Task::perform(pick(), |path| {
                    super::Message::Account(Message::Picked(path))
                }));
            }
            Message::Picked(None) => {}
            Message::Picked(Some(path)) => {
                self.pending.forget();
                self.picture = Picture::Taken(path.clone(), Preview::Coming);
                let previewed = |came| super::Message::Account(Message::Previewed(came));
                return Action::Run(faces::decode(path).map(previewed));
            }
            Message::Previewed(came) => {
                if let Picture::Taken(path, preview) = &mut self.picture
                    && *path == came.path
                {
                    *preview = match came.decoded {
                        Some(decoded) => Preview::Here(decoded.into_handle()),
                        None => Preview::Broken,
                    };
                }
            }
            Message::Remove => self.picture = Picture::Removed,
            Message::Save => return self.save(session, shared),
            Message::Undo => *self = Self::default(),
            Message::Password => {
                return Action::Dialog(Dialog::Password(ChangePassword::default()));
            }
            Message::Recovery => return Action::Recovery,
            Message::Delete => {
                let account = shared.faces.account_name(session.me, &session.name);
                return Action::Dialog(Dialog::DeleteAccount(DeleteAccount::new(account)));
            }
        }
        Action::None
    }

    /// What came of saving. What was typed stays until it is saved.
    pub(super) fn hear(&mut self, done: &DeedDone, now: Instant) {
        if self.pending.hear(done, now).is_some() {
            *self = Self::default();
        }
    }

    fn display<'a>(&'a self, session: &Session, shared: &'a Shared) -> &'a str {
        let saved = shared.faces.look(session.me).map_or("", |look| &look.display);
        self.display.as_deref().unwrap_or(saved)
    }

    fn colour(&self, session: &Session, shared: &Shared) -> u8 {
        self.colour.unwrap_or_else(|| shared.faces.look(session.me).map_or(0, |look| look.colour))
    }

    fn is_changed(&self, session: &Session, shared: &Shared) -> bool {
        let look = shared.faces.look(session.me);
        let (display, colour) = look.map_or(("", 0), |look| (look.display.as_str(), look.colour));
        self.display(session, shared).trim() != display
            || self.colour(session, shared) != colour
            || !matches!(self.picture, Picture::Kept)
    }

    fn can_save(&self, session: &Session, shared: &Shared) -> bool {
        let broken = matches!(self.picture, Picture::Taken(_, Preview::Broken));
        !broken && self.is_changed(session, shared) && self.pending.may_act(shared.now)
    }

    fn save(&self, session: &Session, shared: &Shared) -> Action {
        if !self.can_save(session, shared) {
            return Action::None;
        }
        let picture = match &self.picture {
            Picture::Kept => PictureChoice::Keep,
            Picture::Removed => PictureChoice::Remove,
            Picture::Taken(path, _) => PictureChoice::Take(path.clone()),
        };
        let display = self.display(session, shared).trim().to_owned();
        Action::Ask(Asked::Look { display, colour: self.colour(session, shared), picture })
    }

    /// Draws the page.
    pub(super) fn view<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let set = match &shared.devices {
            Some(devices) => format!("Set on {}", wording::date(devices.password_set, &shared.zone)),
            None => String::new(),
        };
        let change = button::short("Change…", theme::secondary).on_press(Message::Password);
        let make = button::short("Make new ones…", theme::secondary).on_press(Message::Recovery);
        let codes = "Each sets another password once. New ones end the old";
        let ways = card(column![
            setting("Password", &set, change),
            line::across(),
            setting("Recovery codes", codes, make)
        ]);
        let delete = button::short("Delete my account…", theme::dangerous).on_press(Message::Delete);
        let end = card(setting(
            "Delete this account",
            "For good, on every device. What happens to your texts is asked before",
            delete,
        ));
        column![
            self.look(session, shared),
            title("Ways in", size::TITLE),
            ways,
            title("The way out", size::TITLE),
            end
        ]
        .spacing(16)
        .into()
    }

    fn look<'a>(&'a self, session: &'a Session, shared: &'a Shared) -> Element<'a, Message> {
        let account = shared.faces.account_name(session.me, &session.name);
        let fields = column![
            field::field(
                "Name to show",
                DISPLAY,
                self.display(session, shared),
                Kind::Plain,
                Some(Message::Display),
                Message::Save
            ),
            small(format!(
                "Empty for {0}. You log in as {0}, and others mention you by it, whatever stands here.",
                wording::cut(account, 24)
            )),
            self.pending.view(shared.now),
            column![small("Colour").font(crate::fonts::SEMIBOLD), self.palette(session, shared)].spacing(6),
            self.picture(session, shared),
        ]
        .spacing(10);
        let changed = self.is_changed(session, shared).then(|| {
            let send = self.can_save(session, shared).then_some(Message::Save);
            row![
                space().width(Fill),
                button::words("Cancel", theme::secondary).on_press(Message::Undo),
                self.pending.button("Save", "Saving…", send, shared.now),
            ]
            .spacing(10)
        });
        let content = column![self.preview(account, session, shared), line::across(), fields, changed];
        card(container(content.spacing(16)).padding(16)).into()
    }

    /// How one looks with what is not saved yet.
    fn preview<'a>(
        &'a self,
        account: &'a str,
        session: &'a Session,
        shared: &'a Shared,
    ) -> Element<'a, Message> {
        let display = self.display(session, shared).trim();
        let shown = if display.is_empty() { account } else { display };
        let face = self.face(session, shared);
        let under = if display.is_empty() || display == account {
            "This is how others see you".to_owned()
        } else {
            format!("@{} · this is how others see you", wording::cut(account, 24))
        };
        let words = column![name(wording::cut(shown, 32)).size(size::TITLE), small(under)].spacing(2);
        row![avatar::person(&face, shown, 64.0), words].spacing(16).align_y(Center).into()
    }

    fn face<'a>(&'a self, session: &Session, shared: &'a Shared) -> Face<'a> {
        let color = faces::color(session.me, self.colour(session, shared));
        let picture = match &self.picture {
            Picture::Kept => shared.faces.face(session.me).picture,
            Picture::Taken(_, Preview::Here(handle)) => Some(handle),
            Picture::Removed | Picture::Taken(..) => None,
        };
        Face { color, picture }
    }

    fn palette<'a>(&self, session: &Session, shared: &Shared) -> Element<'a, Message> {
        let chosen = self.colour(session, shared);
        let colours = (0..=theme::MEMBERS.len() as u8).map(|colour| {
            let mark = (colour == chosen).then(|| icon(Icon::Check, 16.0, |_| theme::ON_MEMBER));
            let tile = container(mark)
                .center(30)
                .style(theme::painted(faces::color(session.me, colour), 30.0 * theme::TILE_ROUND));
            let pressed = plain(tile).padding(2).style(theme::link).on_press(Message::Colour(colour));
            let hint = if colour == 0 { "The one you were given" } else { COLOURS[usize::from(colour) - 1] };
            (colour, button::hinted(pressed, hint))
        });
        let mut line = row![].spacing(6).align_y(Center);
        for (colour, tile) in colours {
            line = line.push(tile);
            // The one that is given stands for itself: it is one of the others as well.
            if colour == 0 {
                line = line.push(container(line::down()).height(22).padding([0, 4]));
            }
        }
        line.into()
    }

    fn picture<'a>(&'a self, session: &Session, shared: &'a Shared) -> Element<'a, Message> {
        let has_one = match &self.picture {
            Picture::Kept => shared.faces.look(session.me).is_some_and(|look| look.picture.is_some()),
            Picture::Removed => false,
            Picture::Taken(..) => true,
        };
        let words = match &self.picture {
            Picture::Taken(_, Preview::Broken) => Some(label(
                "This file cannot be shown as a picture. Please choose another.",
                size::SMALL,
                theme::danger,
            )),
            _ => Some(small("Its middle is shown, small. You can also drop a file into this window.")),
        };
        let buttons = row![
            button::short("Choose a picture…", theme::secondary).on_press(Message::Pick),
            has_one.then(|| button::short("Remove", theme::secondary).on_press(Message::Remove)),
        ]
        .spacing(8);
        column![small("Picture").font(crate::fonts::SEMIBOLD), buttons, words].spacing(6).into()
    }
}

async fn pick() -> Option<PathBuf> {
    let dialog = rfd::AsyncFileDialog::new()
        .set_title("A picture of you")
        .add_filter("Pictures", &["png", "jpg", "jpeg", "webp", "gif"]);
    dialog.pick_file().await.map(|file| file.path().to_owned())
}

/// What the colours are called.
const COLOURS: [&str; theme::MEMBERS.len()] =
    ["Terracotta", "Lake", "Iris", "Moss", "Mallow", "Honey", "Lagoon", "Pebble"];
/// The name to show.
pub const DISPLAY: &str = "account-display";
