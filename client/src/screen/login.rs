//! The first screen: which server, who, and the password that never leaves this machine.

use iced::widget::{button as plain, column, container, operation, row, space};
use iced::{Center, Element, Fill, FillPortion, Length, Size, Subscription, Task, keyboard};
use snug_engine::command::{Form, Intent, Password, ServerKey};
use snug_engine::event::{KnownServer, Problem, Step};
use snug_proto::Address;
use snug_proto::address::BadAddress;
use snug_proto::invite::{BadDestination, BadInvite, Destination};
use zeroize::Zeroize;

use crate::fonts;
use crate::icon::{Icon, icon};
use crate::screen::strength;
use crate::shared::Shared;
use crate::theme::{self, Soft, size};
use crate::widget::field::Kind;
use crate::widget::label::{body, heading, label, mono, name, small, title};
use crate::widget::{avatar, button, field, line, pill, scroll};
use crate::wording;

/// What was typed, and what came of it.
#[derive(Debug)]
pub struct Login {
    server: String,
    user: String,
    password: String,
    intent: Intent,
    state: State,
}

/// Where the form stands.
#[derive(Debug)]
enum State {
    Typing,
    Problem(String),
    UnderWay(Step),
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Typed into the server field.
    Server(String),
    /// Typed into the name field.
    User(String),
    /// Typed into the password field.
    Password(String),
    /// "Create an account", or back to "Log in".
    Switch,
    /// Enter in the first fields: on to what is empty.
    Next,
    /// The form's button, or Enter in the last field.
    Submit,
    /// "Cancel" while something is under way.
    Cancel,
    /// A recent server was pressed.
    Recent(usize),
    /// Tab; with shift it goes back.
    Tab {
        /// Shift was held.
        back: bool,
    },
    /// "Copy details".
    CopyDetails,
}

/// What it asks for.
#[derive(Debug)]
pub enum Action {
    /// Nothing.
    None,
    /// A task of its own.
    Run(Task<Message>),
    /// Send the form.
    Enter(Form),
    /// Open a known server.
    Open(ServerKey),
    /// Stop what is under way.
    Leave,
    /// Copy what helps to find out what happened.
    CopyDetails,
}

impl Login {
    /// An empty form, or one that already points at a server.
    pub fn new(server: Option<&Destination>) -> Self {
        Self {
            server: server.map(Destination::to_string).unwrap_or_default(),
            user: String::new(),
            password: String::new(),
            // Who comes by a code is mostly new.
            intent: if server.is_some_and(has_code) { Intent::Register } else { Intent::LogIn },
            state: State::Typing,
        }
    }

    /// Something is under way.
    pub fn entering(&mut self, step: Step) {
        self.state = State::UnderWay(step);
    }

    /// The form is wanted again.
    pub fn ready(&mut self, problem: Option<&Problem>) {
        match (problem, &self.state) {
            (Some(problem), _) => self.state = State::Problem(problem.to_string()),
            // A sentence about what was typed stays until something else is typed.
            (None, State::UnderWay(_)) => self.state = State::Typing,
            (None, State::Typing | State::Problem(_)) => {}
        }
    }

    /// A sentence that is not about the form.
    pub fn say(&mut self, sentence: String) {
        self.state = State::Problem(sentence);
    }

    /// Somebody was let in: the password is not needed any more, and who comes back has an account.
    /// Says whether the account was just made.
    pub fn let_in(&mut self) -> bool {
        let is_new = matches!(self.state, State::UnderWay(Step::Registering));
        self.state = State::Typing;
        self.forget_password();
        self.intent = Intent::LogIn;
        // The code has done its work.
        if let Some(used) = self.destination().ok().filter(has_code) {
            self.server = used.address().to_string();
        }
        is_new
    }

    /// The outcome is known: what was typed is not needed any more.
    pub fn forget_password(&mut self) {
        self.password.zeroize();
    }

    /// Points the form at a server and a name.
    pub fn point_at(&mut self, address: &Address, account: Option<&str>) {
        self.server = address.to_string();
        self.user = account.unwrap_or_default().to_owned();
        self.intent = Intent::LogIn;
        self.forget_password();
    }

    /// Points the form at what a link leads to.
    pub fn follow(&mut self, link: &Destination) {
        let user = std::mem::take(&mut self.user);
        *self = Self::new(Some(link));
        self.user = user;
    }

    /// Whether it waits for the person.
    pub fn is_idle(&self) -> bool {
        !matches!(self.state, State::UnderWay(_))
    }

    /// Where the caret belongs: the first field without anything in it.
    pub fn focus(&self) -> Task<Message> {
        let empty = [(SERVER, &self.server), (USER, &self.user)];
        operation::focus(empty.iter().find(|(_, typed)| typed.is_empty()).map_or(PASSWORD, |(id, _)| *id))
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Action {
        match message {
            Message::Server(typed) => self.typed(|login| {
                let had_code = login.destination().is_ok_and(|before| has_code(&before));
                login.server = typed;
                // Who comes by a code is mostly new; who says otherwise is not contradicted.
                if !had_code && login.destination().is_ok_and(|now| has_code(&now)) {
                    login.intent = Intent::Register;
                }
            }),
            Message::User(typed) => self.typed(|login| login.user = typed),
            Message::Password(typed) => self.typed(|login| {
                login.password.zeroize();
                login.password = typed;
            }),
            Message::Switch => self.typed(|login| {
                login.intent = match login.intent {
                    Intent::LogIn => Intent::Register,
                    Intent::Register => Intent::LogIn,
                };
            }),
            // Enter leads from field to field until all are filled.
            Message::Next if self.user.trim().is_empty() || self.password.is_empty() => self.next(),
            Message::Next | Message::Submit => self.submit(),
            Message::Cancel => Action::Leave,
            Message::Recent(at) => match shared.servers.get(at) {
                Some(server) if server.has_device || server.has_copy => Action::Open(server.key),
                Some(server) => {
                    self.point_at(&server.address, server.account.as_deref());
                    Action::Run(self.focus())
                }
                None => Action::None,
            },
            Message::Tab { back: false } => Action::Run(operation::focus_next()),
            Message::Tab { back: true } => Action::Run(operation::focus_previous()),
            Message::CopyDetails => Action::CopyDetails,
        }
    }

    fn typed(&mut self, change: impl FnOnce(&mut Self)) -> Action {
        if !matches!(self.state, State::UnderWay(_)) {
            change(self);
            self.state = State::Typing;
        }
        Action::None
    }

    fn next(&mut self) -> Action {
        match self.destination() {
            Ok(_) => Action::Run(self.focus()),
            Err(_) => self.submit(),
        }
    }

    fn submit(&mut self) -> Action {
        if matches!(self.state, State::UnderWay(_)) {
            return Action::None;
        }
        let server = match self.destination() {
            Ok(server) => server,
            Err(bad) => {
                // What stands under the field already is not said twice.
                if !is_final(&bad) {
                    self.say(bad.to_string());
                }
                return Action::Run(operation::focus(SERVER));
            }
        };
        // A code can add this computer without a password; one that sets another password refuses an empty one.
        let needs_password = self.intent == Intent::Register || !has_code(&server);
        if self.user.trim().is_empty() || self.password.is_empty() && needs_password {
            return Action::Run(self.focus());
        }
        self.entering(Step::Connecting);
        Action::Enter(Form {
            server,
            name: self.user.trim().to_owned(),
            password: Password::new(self.password.clone()),
            intent: self.intent,
        })
    }

    /// What stands in the server field.
    fn destination(&self) -> Result<Destination, BadDestination> {
        self.server.parse()
    }

    /// Draws it.
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let welcome =
            container(self.welcome(shared)).width(FillPortion(2)).height(Fill).style(theme::sidebar);
        let form = container(scroll::list(container(self.form()).padding([40, 20]).center_x(Fill)))
            .width(FillPortion(3))
            .center_y(Fill);
        container(row![welcome, line::down(), form]).width(Fill).height(Fill).style(theme::page).into()
    }

    fn welcome<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let mark = container(icon(Icon::Lock, 19.0, theme::on_accent))
            .center(40)
            .style(theme::solid(theme::accent, 11.0));
        let recent: Option<Element<'a, Message>> = (!shared.servers.is_empty()).then(|| {
            let cards = shared.servers.iter().take(3).enumerate().map(|(at, server)| recent(at, server));
            column![heading("Recent servers"), column(cards).spacing(8)].spacing(10).into()
        });
        let roomy = shared.window.width >= ROOMY.width;
        let (headline, margin) = if roomy { (32.0, 52) } else { (22.0, 26) };
        let words = "Your server, your keys. Nothing leaves this machine unencrypted, and your password never \
                     leaves it at all.";
        let promise = (shared.window.height >= ROOMY.height).then(|| {
            let words = label(words, size::TEXT, theme::muted).width(Length::Fill);
            let words = container(words).max_width(310);
            column![title("A small, warm room\nthat only your people\nhave the key to.", headline), words]
                .spacing(18)
        });
        column![
            row![mark, title("Snug", 23.0)].spacing(12).align_y(Center),
            space().height(Fill),
            promise,
            space().height(Fill),
            recent,
        ]
        .padding([56, margin])
        .into()
    }

    fn form(&self) -> Element<'_, Message> {
        let (heading, verb) = match self.intent {
            Intent::LogIn => ("Log in", "Log in"),
            Intent::Register => ("Create an account", "Create account"),
        };
        let under = match self.intent {
            Intent::LogIn => "to a server that somebody you know runs",
            Intent::Register => "a name and a password, nothing else",
        };
        let (idle, problem, pressed) = match &self.state {
            State::Typing => (true, None, verb),
            State::Problem(sentence) => (true, Some(sentence.as_str()), verb),
            State::UnderWay(Step::Connecting) => (false, None, "Connecting…"),
            State::UnderWay(Step::Registering) => (false, None, "Creating the account…"),
            State::UnderWay(Step::LoggingIn) => (false, None, "Logging in…"),
        };
        let into = |message: fn(String) -> Message| idle.then_some(message);
        let by_code =
            self.intent == Intent::LogIn && self.destination().is_ok_and(|server| has_code(&server));
        // With a code it is a new one as well.
        let is_new = by_code || self.intent == Intent::Register;
        let strength =
            (is_new && !self.password.is_empty()).then(|| strength::view(&self.password, &self.user));
        column![
            column![title(heading, 25.0), label(under, size::TEXT, theme::muted)].spacing(8),
            space().height(6),
            self.server_field(into(Message::Server)),
            field::field("Username", USER, &self.user, Kind::Plain, into(Message::User), Message::Next),
            field::field(
                if by_code { "New password" } else { "Password" },
                PASSWORD,
                &self.password,
                Kind::Secret,
                into(Message::Password),
                Message::Submit
            ),
            strength,
            by_code.then(|| small(BY_CODE)),
            problem.map(trouble),
            container(button::wide(pressed, theme::primary).on_press_maybe(idle.then_some(Message::Submit)))
                .padding(iced::Padding::ZERO.top(4)),
            container(self.other_way(idle)).center_x(Fill),
        ]
        .spacing(16)
        .width(380)
        .into()
    }

    /// The one field for an address or a link, and under it what it was understood as.
    fn server_field(&self, on_input: Option<fn(String) -> Message>) -> Element<'_, Message> {
        let hint = "an address, or a link from a friend";
        let bare = field::bare(hint, SERVER, &self.server, Kind::Mono, on_input, Message::Next);
        let under: Option<Element<'_, Message>> = match self.destination() {
            Ok(Destination::Address(_)) => None,
            Ok(destination) => Some(
                row![
                    icon(Icon::ShieldCheck, 15.0, theme::trust),
                    label(understood(&destination), size::SMALL, theme::trust).width(Fill)
                ]
                .spacing(7)
                .into(),
            ),
            Err(bad) if is_final(&bad) => Some(label(bad.to_string(), size::SMALL, theme::danger).into()),
            Err(_) => None,
        };
        column![small("Server").font(fonts::SEMIBOLD), bare, under].spacing(6).into()
    }

    fn other_way(&self, idle: bool) -> Element<'_, Message> {
        if !idle {
            return button::link("Cancel", size::NAME).on_press(Message::Cancel).into();
        }
        let (question, switch) = match self.intent {
            Intent::LogIn => ("New here?", "Create an account"),
            Intent::Register => ("Have an account?", "Log in instead"),
        };
        row![
            label(question, size::NAME, theme::muted),
            button::link(switch, size::NAME).on_press(Message::Switch)
        ]
        .spacing(6)
        .into()
    }

    /// What it listens to: Tab, which no field takes.
    pub fn subscription(&self) -> Subscription<Message> {
        keyboard::listen().filter_map(tab)
    }
}
impl Drop for Login {
    fn drop(&mut self) {
        self.forget_password();
    }
}

fn has_code(destination: &Destination) -> bool {
    destination.code().is_some()
}

/// What a link or a code says, in a line.
fn understood(destination: &Destination) -> String {
    let host = wording::cut(&destination.address().host, 28);
    match destination {
        Destination::Address(_) => host,
        Destination::Dictated(..) => format!("{host} · the code proves the server"),
        Destination::Invite(invite) if invite.code.is_some() => {
            format!("Invite to {host} · the key is in the link")
        }
        Destination::Invite(_) => format!("{host} · the key is in the link"),
    }
}

/// Whether it is said at once: a link is pasted whole, while an address grows letter by letter.
fn is_final(bad: &BadDestination) -> bool {
    match bad {
        BadDestination::Invite(BadInvite::Address(bad)) | BadDestination::Address(bad) => {
            *bad == BadAddress::MessageLink
        }
        BadDestination::Invite(_) | BadDestination::CodeAlone => true,
    }
}

/// Tab as a message.
fn tab(event: keyboard::Event) -> Option<Message> {
    match event {
        keyboard::Event::KeyPressed {
            key: keyboard::Key::Named(keyboard::key::Named::Tab),
            modifiers,
            ..
        } => Some(Message::Tab { back: modifiers.shift() }),
        _ => None,
    }
}

fn trouble(sentence: &str) -> Element<'_, Message> {
    let words = label(sentence, size::NAME, theme::danger).width(Fill);
    let more = button::link("Copy details", size::SMALL).on_press(Message::CopyDetails);
    container(row![icon(Icon::Alert, 17.0, theme::danger), column![words, more].spacing(2)].spacing(10))
        .padding([10, 12])
        .width(Fill)
        .style(theme::soft(Soft::Danger, theme::radius::CONTROL))
        .into()
}

fn recent(at: usize, server: &KnownServer) -> Element<'_, Message> {
    let trust: Element<'_, Message> = if server.trust.manner.is_verified() {
        pill::fact(Icon::ShieldCheck, "verified", Soft::Trust)
    } else {
        pill::fact(Icon::Shield, "not compared", Soft::Plain)
    };
    let title = name(wording::cut(&server.name, 24)).size(size::TEXT);
    let under = mono(wording::cut(&server.address.to_string(), 27)).size(12);
    let words = column![title, under].spacing(1).width(Fill).clip(true);
    plain(row![avatar::server(&server.name, 36.0), words, trust].spacing(12).align_y(Center))
        .padding([10, 12])
        .width(Fill)
        .style(theme::card_button)
        .on_press(Message::Recent(at))
        .into()
}

/// A placeholder pane while nothing is known yet.
pub fn quiet<'a, M: 'a>(sentence: &'a str) -> Element<'a, M> {
    container(body(sentence).style(theme::tinted(theme::muted)).font(fonts::TEXT))
        .center(Fill)
        .style(theme::page)
        .into()
}

/// In a window smaller than this, the form comes first and the promise gets shorter, or goes.
const ROOMY: Size = Size::new(1040.0, 640.0);

/// What the password is for where somebody logs in with a code.
const BY_CODE: &str = "A code from another of your devices needs no password. With a recovery code, or one from the \
                       administrator, type the new one.";
/// The server field.
pub const SERVER: &str = "login-server";
/// The name field.
pub const USER: &str = "login-user";
/// The password field.
pub const PASSWORD: &str = "login-password";

#[cfg(test)]
mod tests {
    use super::*;
    use iced::keyboard::{Location, Modifiers, key};

    #[test]
    fn who_comes_back_has_an_account() {
        let mut login = Login::new(None);
        login.intent = Intent::Register;
        login.password = "tin sparrows".to_owned();
        login.let_in();
        assert_eq!((login.intent, login.password.as_str()), (Intent::LogIn, ""));
    }

    #[test]
    fn tab_goes_on_and_shift_tab_goes_back() {
        let pressed = |key: keyboard::Key, modifiers| keyboard::Event::KeyPressed {
            key: key.clone(),
            modified_key: key,
            physical_key: key::Physical::Unidentified(key::NativeCode::Unidentified),
            location: Location::Standard,
            modifiers,
            text: None,
            repeat: false,
        };
        let the_tab = || keyboard::Key::Named(key::Named::Tab);
        assert!(matches!(tab(pressed(the_tab(), Modifiers::NONE)), Some(Message::Tab { back: false })));
        assert!(matches!(tab(pressed(the_tab(), Modifiers::SHIFT)), Some(Message::Tab { back: true })));
        let other = keyboard::Key::Named(key::Named::Enter);
        assert!(tab(pressed(other, Modifiers::NONE)).is_none());
    }
}
