//! What the chat does when something is done with messages: commands, dialogs, the clipboard.

use iced::{Task, clipboard};
use snug_engine::command::{Command, Place};
use snug_engine::event::{Item, ItemKey, What};
use snug_proto::id::BlobId;
use snug_proto::link::{BadLink, MessageLink};

use super::{Action, Chat, Message, Over};
use crate::markdown;
use crate::screen::chat::acts::{self, Act};
use crate::screen::chat::ask::{self, Ask};
use crate::screen::chat::{closed, composer, hand};
use crate::shared::Shared;
use crate::wording;

impl Chat {
    pub(super) fn hand(&mut self, action: hand::Action, shared: &Shared) -> Action {
        let room = self.shown;
        match action {
            hand::Action::None => Action::None,
            hand::Action::Run(task) => {
                Action::Run(task.map(super::timeline::Message::Hand).map(Message::Timeline))
            }
            hand::Action::Act(act, keys) => self.act(act, keys, shared),
            hand::Action::React(item, emoji, on) => {
                let used = if on { Task::done(Message::EmojiUsed(emoji.clone())) } else { Task::none() };
                Action::Send(vec![Command::React { room, item, emoji, on }], used)
            }
            hand::Action::Jump(to) => Action::Send(vec![Command::Jump { room, to }], Task::none()),
            hand::Action::Link(address) => self.follow(address, shared),
            hand::Action::Copy(text) => Action::Run(clipboard::write(text.to_string())),
        }
    }

    /// Whoever types while no field has the caret means the composer: a press somewhere else took it from there.
    pub(super) fn typed(&mut self, text: String, shared: &Shared) -> Action {
        if shared.room(self.shown).is_some_and(closed::is_closed) {
            return Action::None;
        }
        self.timeline.hand().close();
        self.compose(composer::Message::Typed(text), shared)
    }

    fn act(&mut self, act: Act, mut keys: Vec<ItemKey>, shared: &Shared) -> Action {
        let room = self.shown;
        keys.sort_unstable();
        let items: Vec<&Item> = keys.iter().filter_map(|key| shared.item(room, *key)).collect();
        let Some(first) = items.first().copied() else { return Action::None };
        let item = first.key;
        let send = |command| Action::Send(vec![command], Task::none());
        match act {
            Act::Reply => Action::Run(self.composer.reply_to(first).map(Message::Composer)),
            Act::Edit => Action::Run(self.composer.edit(first).map(Message::Composer)),
            Act::CopyText => {
                self.timeline.hand().leave();
                Action::Run(clipboard::write(copied(&items, shared)))
            }
            Act::CopyLink => match self.link_to(first, shared) {
                Some(link) => Action::Run(clipboard::write(link)),
                None => Action::None,
            },
            Act::Forward => self.ask(Ask::forward(items.iter().map(|item| item.key).collect())),
            Act::Pin | Act::Unpin => send(Command::Pin { room, item, on: act == Act::Pin }),
            Act::MarkUnread => match item {
                ItemKey::Entry(seq) => send(Command::MarkUnread { room, from: Some(seq) }),
                ItemKey::Outbox(_) => Action::None,
            },
            Act::Retract => {
                let may = |item: &&Item| acts::may_retract(item, shared.room(room));
                let others = items.iter().filter(|item| !item.mine).count();
                let keys = items.iter().copied().filter(may).map(|item| item.key).collect();
                self.ask(Ask::retract(keys, others))
            }
            Act::Versions => {
                self.over = Over::Ask(Ask::versions(item));
                send(Command::Versions { room, item })
            }
            Act::Answered => match answered(first) {
                Some(to) => send(Command::Jump { room, to }),
                None => Action::None,
            },
            // The hand does these by itself.
            Act::React | Act::Select => Action::None,
        }
    }

    /// A link to a message of this server leads there; any other address is shown before it is opened.
    pub fn follow(&mut self, address: String, shared: &Shared) -> Action {
        let link = match MessageLink::parse(&address) {
            Ok(link) => link,
            Err(BadLink::NoMessage) if !address.to_lowercase().starts_with("snug:") => {
                return self.ask(Ask::address(address));
            }
            Err(_) => return Action::Say("This link leads to no message."),
        };
        if link.address != self.session.address {
            return Action::Say("This link leads to another server.");
        }
        let Some(room) = shared.rooms.iter().find(|room| room.room == Some(link.room)) else {
            return Action::Say("This link leads to a room that you are not in.");
        };
        self.jump(room.target, Place::Origin(link.origin))
    }

    /// A link to a message, where it has its name.
    fn link_to(&self, item: &Item, shared: &Shared) -> Option<String> {
        let room = shared.room(self.shown)?.room?;
        let link = MessageLink { address: self.session.address.clone(), room, origin: item.origin? };
        Some(link.to_string())
    }

    /// Opens a dialog.
    pub(super) fn ask(&mut self, ask: Ask) -> Action {
        let focus = ask.focus().map(Message::Ask);
        self.over = Over::Ask(ask);
        Action::Run(focus)
    }

    /// The pinned messages of the room that is shown.
    pub fn show_pins(&mut self) -> Action {
        self.ask(Ask::Pins)
    }

    pub(super) fn answer(&mut self, message: ask::Message, shared: &Shared) -> Action {
        let Over::Ask(dialog) = &mut self.over else { return Action::None };
        let room = self.shown;
        let commands = match dialog.update(message, room, shared) {
            ask::Action::None => return Action::None,
            ask::Action::Stay(commands) => return Action::Send(commands, Task::none()),
            ask::Action::Close => Vec::new(),
            ask::Action::Done(commands) => commands,
            ask::Action::Copy(text) => {
                self.over = Over::Nothing;
                return Action::Run(clipboard::write(text));
            }
            ask::Action::Open(address) => {
                self.over = Over::Nothing;
                return Action::OpenAddress(address);
            }
        };
        self.over = Over::Nothing;
        if !commands.is_empty() {
            self.timeline.hand().leave();
        }
        Action::Send(commands, self.composer.focus().map(Message::Composer))
    }

    /// A picture comes into view.
    pub(super) fn see(&mut self, blob: BlobId, shared: &Shared) -> Action {
        let items = shared.timeline_of(self.shown).into_iter().flat_map(|timeline| &timeline.items);
        let file = items.filter(|item| !item.ignored).find_map(|item| match &item.what {
            What::File(file) if file.blob == blob => Some(file),
            _ => None,
        });
        match file.and_then(|file| self.pictures.see(file)) {
            Some(task) => Action::Run(task.map(move |decoded| Message::Picture(blob, decoded))),
            None => Action::None,
        }
    }
}

/// Where the message is that another one answers.
fn answered(item: &Item) -> Option<Place> {
    let quote = item.reply.as_ref()?;
    match (quote.item, quote.origin) {
        (Some(ItemKey::Entry(seq)), _) => Some(Place::Entry(seq)),
        (_, Some(origin)) => Some(Place::Origin(origin)),
        _ => None,
    }
}

/// The text of one message as it was written; several with who said them and when.
fn copied(items: &[&Item], shared: &Shared) -> String {
    let text = |item: &Item| match &item.what {
        What::Text(text) => text.text.clone(),
        What::File(file) => file.name.clone(),
        _ => String::new(),
    };
    match items {
        [one] => text(one),
        several => several.iter().fold(String::new(), |mut all, item| {
            let day = wording::date(item.at, &shared.zone);
            let time = wording::clock(item.at, &shared.zone);
            let line = format!("[{day}, {time}] {}: {}\n", item.author_name, markdown::shown(&text(item)));
            all.push_str(&line);
            all
        }),
    }
}
