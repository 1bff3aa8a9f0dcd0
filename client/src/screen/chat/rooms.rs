//! What the chat does about rooms and people: the sidebar, the palette, dialogs, and deeds on their way.

use iced::Task;
use snug_engine::command::{Command, Deed, FormerFate, Place};
use snug_engine::event::{DeedDone, Draft, Link};
use snug_proto::talk::Target;

use super::ask::Ask;
use super::{Action, Chat, Message, Over, Pane, Shortcut, bars, closed, header, members, sidebar};
use crate::screen::asked::Asked;
use crate::screen::changed::Changed;
use crate::screen::dialogs::browse::Browse;
use crate::screen::dialogs::new_room::NewRoom;
use crate::screen::dialogs::own_device::OwnDevice;
use crate::screen::dialogs::pending::Pending;
use crate::screen::dialogs::room::RoomSettings;
use crate::screen::dialogs::{self, Dialog, Outcome};
use crate::screen::palette::{self, Palette, Scope};
use crate::screen::settings::{self, Choice, Settings};
use crate::shared::Shared;
use crate::widget::reach;

impl Chat {
    /// The next deed's ticket.
    pub(super) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    /// Does something that has no dialog: why it could not be done stands in a bar.
    pub(super) fn quick(&mut self, deed: Deed, shared: &Shared) -> Action {
        if !self.quick.may_act(shared.now) {
            return Action::None;
        }
        let ticket = self.ticket();
        self.quick.wait(ticket);
        Action::Send(vec![Command::Do { ticket, deed }], Task::none())
    }

    /// The settings ask something about the account.
    pub(super) fn settings_ask(&mut self, asked: Asked) -> Action {
        let ticket = self.ticket();
        if let Pane::Settings(screen) = &mut self.pane {
            screen.asked(ticket);
        }
        Action::Send(vec![asked.command(ticket)], Task::none())
    }

    /// The settings do something.
    pub(super) fn settings_deed(&mut self, deed: Deed) -> Action {
        let ticket = self.ticket();
        if let Pane::Settings(screen) = &mut self.pane {
            screen.pending.wait(ticket);
        }
        Action::Send(vec![Command::Do { ticket, deed }], Task::none())
    }

    /// What came of a deed, to the place that asked.
    pub fn deed_done(&mut self, done: &DeedDone, shared: &Shared) -> Action {
        self.quick.hear(done, shared.now);
        if let Pane::Settings(screen) = &mut self.pane {
            screen.hear(done, shared.now);
        }
        let asks = self.administered(done, shared);
        let outcome = match &mut self.over {
            Over::Dialog(dialog) => dialog.hear(done, shared.now),
            _ => Outcome::Stay,
        };
        self.settle(outcome, shared).after(asks)
    }

    /// Whether somewhere a clock runs until something may be tried again.
    pub fn counts(&self) -> bool {
        let dialog = match &self.over {
            Over::Dialog(dialog) => dialog.pending(),
            _ => None,
        };
        let page = match &self.pane {
            Pane::Settings(screen) => screen.counts(),
            Pane::Administration(screen) => screen.pending.counts(),
            Pane::Room => false,
        };
        page || [dialog, Some(&self.quick)].into_iter().flatten().any(Pending::counts)
    }

    /// What was kept of this room since the last start.
    pub fn draft_came(&mut self, draft: &Draft) {
        self.composer.draft_came(draft);
    }

    /// What floats would lie over what covers everything.
    fn close_menus(&mut self) {
        self.sidebar.close();
        self.member_menu = None;
        self.timeline.hand().close();
        self.composer.close();
    }

    pub(super) fn show_dialog(&mut self, dialog: Dialog) -> Action {
        self.close_menus();
        let task = dialog.begin();
        // The list may have changed since it was looked at.
        let ask = match &dialog {
            Dialog::Browse(_) => vec![Command::Channels],
            Dialog::Invite(invite) => vec![Command::Invites, self.ask_for_code(invite.begin())],
            Dialog::Ban(ban) => vec![ban.begin()],
            Dialog::AddDevice(_) => vec![self.ask_for_code(Command::InviteDevice)],
            _ => Vec::new(),
        };
        self.over = Over::Dialog(dialog);
        // What had the focus lies behind it now: its key is not for that.
        Action::Send(ask, reach::leave().chain(task))
    }

    pub(super) fn show_palette(&mut self, palette: Palette) -> Action {
        self.close_menus();
        let palette = palette.after(self.searches);
        let task = palette.focus();
        self.over = Over::Palette(palette);
        Action::Run(task)
    }

    pub(super) fn shortcut(&mut self, shortcut: Shortcut, shared: &Shared) -> Action {
        match (shortcut, &self.over) {
            (Shortcut::Palette, Over::Nothing | Over::Palette(_)) => {
                self.show_palette(Palette::new(Scope::Everything))
            }
            (Shortcut::Step { by, unread }, Over::Nothing) => {
                sidebar::neighbour(self.shown, by, unread, shared)
                    .map_or(Action::None, |room| self.open(room))
            }
            _ => Action::None,
        }
    }

    pub(super) fn sidebar(&mut self, message: sidebar::Message, shared: &Shared) -> Action {
        match self.sidebar.update(message, shared) {
            sidebar::Action::None => Action::None,
            sidebar::Action::Open(room) => self.open(room),
            sidebar::Action::Palette(scope) => self.show_palette(Palette::new(scope)),
            sidebar::Action::Dialog(dialog) => self.show_dialog(dialog),
            sidebar::Action::RoomSettings(room) => self.room_settings(room, shared),
            sidebar::Action::Send(commands) => Action::Send(commands, Task::none()),
            sidebar::Action::Choose(choice) => Action::Choose(choice),
            sidebar::Action::Settings => {
                self.pane = Pane::Settings(Box::new(Settings::new(settings::Section::Notifications)));
                Action::None
            }
            sidebar::Action::Administration => self.administer(),
            sidebar::Action::LogOut => {
                self.over = Over::LogOut(super::LogOut::new());
                Action::None
            }
        }
    }

    /// The settings of a room, over that room: the members that came last are its own.
    fn room_settings(&mut self, target: Target, shared: &Shared) -> Action {
        let opened = if target == self.shown { Action::None } else { self.open(target) };
        if let Some(dialog) = sidebar::settings_of(target, shared) {
            self.over = Over::Dialog(dialog);
        }
        opened
    }

    pub(super) fn header(&mut self, message: header::Message, shared: &Shared) -> Action {
        match message {
            header::Message::Mute => Action::Choose(Choice::MuteRoom(self.shown)),
            header::Message::Members => Action::Choose(Choice::ShowMembers(!shared.settings.show_members)),
            header::Message::Search => {
                let palette = shared.room(self.shown).map(Palette::within);
                self.show_palette(palette.unwrap_or_else(|| Palette::new(Scope::Everything)))
            }
            header::Message::Pins => self.show_pins(),
            header::Message::Settings => self.room_settings(self.shown, shared),
            header::Message::Trust => {
                self.pane = Pane::Settings(Box::new(Settings::new(settings::Section::Trust)));
                Action::None
            }
        }
    }

    pub(super) fn members(&mut self, message: members::Message, shared: &Shared) -> Action {
        let menu = self.member_menu.take();
        match message {
            members::Message::Menu(account) => {
                self.member_menu = (menu != Some(account)).then_some(account);
                Action::None
            }
            members::Message::CloseMenu => Action::None,
            members::Message::Act(account, act) => {
                let room = shared.room(self.shown).and_then(|room| room.room);
                match act.deed(room, account) {
                    Some(deed) => self.quick(deed, shared),
                    None => self.open(Target::Person(account)),
                }
            }
            members::Message::Add => {
                let dialog = shared.room(self.shown).and_then(RoomSettings::new);
                match dialog {
                    Some(dialog) => self.show_dialog(Dialog::Room(dialog.adding())),
                    None => Action::None,
                }
            }
        }
    }

    pub(super) fn closed(&mut self, message: closed::Message, shared: &Shared) -> Action {
        let Some(room) = shared.room(self.shown).and_then(|room| room.room) else { return Action::None };
        let deed = match message {
            closed::Message::Powers => return self.ask(Ask::Powers),
            closed::Message::Administration => return self.administer(),
            closed::Message::Join => Deed::Join(room),
            closed::Message::Reopen => Deed::Archive { room, archived: false },
        };
        self.quick(deed, shared)
    }

    pub(super) fn bar(&mut self, message: bars::Message, shared: &Shared) -> Action {
        let send = |command| Action::Send(vec![command], Task::none());
        match message {
            bars::Message::Retry => return send(Command::Retry),
            bars::Message::LogInAgain => return Action::LogInAgain,
            bars::Message::Details => {
                if let Link::KeyChanged(change) = &self.session.link {
                    self.over = Over::Changed(Changed::new(change.clone()));
                }
            }
            bars::Message::OwnDevice => return self.show_dialog(Dialog::OwnDevice(OwnDevice::default())),
            bars::Message::Recovery => return self.recovery(),
            bars::Message::NoRecovery => self.offer = super::Offer::Nothing,
            bars::Message::SendFormer => return send(Command::Former(FormerFate::Send)),
            bars::Message::LeaveFormer => return send(Command::Former(FormerFate::Leave)),
            bars::Message::StopJob => return send(Command::StopJob),
            bars::Message::ShowJob(path) => return Action::Open(path),
            bars::Message::CloseJob => self.closed_job.clone_from(&shared.job),
            bars::Message::CloseQuick => self.quick = Pending::Ready,
        }
        Action::None
    }

    pub(super) fn dialog(&mut self, message: dialogs::Message, shared: &Shared) -> Action {
        let Over::Dialog(dialog) = &mut self.over else { return Action::None };
        let outcome = dialog.update(message, shared);
        self.settle(outcome, shared)
    }

    fn settle(&mut self, outcome: Outcome, shared: &Shared) -> Action {
        match outcome {
            Outcome::Stay => Action::None,
            Outcome::Close => self.close_over(),
            Outcome::Do(deed) => {
                let ticket = self.ticket();
                if let Over::Dialog(dialog) = &mut self.over
                    && let Some(pending) = dialog.pending_mut()
                {
                    pending.wait(ticket);
                }
                Action::Send(vec![Command::Do { ticket, deed }], Task::none())
            }
            Outcome::Ask(asked) => {
                let ticket = self.ticket();
                if let Over::Dialog(dialog) = &mut self.over
                    && let Some(pending) = dialog.pending_mut()
                {
                    pending.wait(ticket);
                }
                Action::Send(vec![asked.command(ticket)], Task::none())
            }
            Outcome::Say(words) => {
                self.over = Over::Nothing;
                Action::Say(words)
            }
            Outcome::Open(room) => self.open(room),
            Outcome::NewRoom => self.show_dialog(Dialog::NewRoom(NewRoom::new())),
            Outcome::Leave(room) => {
                let leave = shared.room(room).and_then(crate::screen::dialogs::leave::Leave::new);
                leave.map_or(Action::None, |leave| self.show_dialog(Dialog::Leave(leave)))
            }
            Outcome::Send(command) => {
                self.over = Over::Nothing;
                Action::Send(self.asks(), Task::none()).after(vec![command])
            }
            Outcome::Tell(command) => Action::Send(vec![command], Task::none()),
            Outcome::MakeCode(command) => Action::Send(vec![self.ask_for_code(command)], Task::none()),
            Outcome::OwnDevice(password) => {
                self.over = Over::Nothing;
                Action::Send(vec![Command::OwnDevice(password)], Task::none())
            }
            Outcome::Run(task) => Action::Run(task.map(Message::Dialog)),
        }
    }

    /// Away with what lies over the room: the caret goes back to the text.
    pub(super) fn close_over(&mut self) -> Action {
        // Who does not wait for the answer still has to hear why something was not done.
        if let Over::Dialog(dialog) = &self.over
            && let Some(Pending::Waiting(ticket)) = dialog.pending()
        {
            self.quick.wait(*ticket);
        }
        self.over = Over::Nothing;
        match self.pane {
            Pane::Room => Action::Run(self.composer.focus().map(Message::Composer)),
            Pane::Settings(_) | Pane::Administration(_) => Action::None,
        }
    }

    pub(super) fn palette(&mut self, message: palette::Message, shared: &Shared) -> Action {
        let Over::Palette(palette) = &mut self.over else { return Action::None };
        let action = palette.update(message, shared);
        self.searches = palette.serial();
        match action {
            palette::Action::None => Action::None,
            palette::Action::Run(task) => Action::Run(task.map(Message::Palette)),
            palette::Action::Search(command) => Action::Send(vec![command], Task::none()),
            palette::Action::Open(room) => self.open(room),
            palette::Action::Jump(room, seq) => self.jump(room, Place::Entry(seq)),
            palette::Action::Close => self.close_over(),
        }
    }

    /// Opens a room at a certain place.
    pub(super) fn jump(&mut self, room: Target, to: Place) -> Action {
        let jump = Command::Jump { room, to };
        match self.open(room) {
            Action::Send(mut commands, task) => {
                commands.retain(|command| !matches!(command, Command::Show(_)));
                commands.push(jump);
                Action::Send(commands, task)
            }
            Action::Run(task) => Action::Send(vec![jump], task),
            _ => Action::Send(vec![jump], Task::none()),
        }
    }

    /// The channels of the server.
    pub fn browse(&mut self) -> Action {
        self.show_dialog(Dialog::Browse(Browse::default()))
    }
}
