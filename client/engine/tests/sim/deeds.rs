//! What people do, by chance.

use snug_engine::command::{Command, Deed};
use snug_engine::event::{Delivery, Item, ItemKey, Room, What};
use snug_proto::entry::{LOBBY, RoomKind};
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::talk::{Role, Target};

use crate::day::{Day, Stands, label};

/// Rooms one person makes: all of them together have a place in everybody's walk.
const ROOMS_EACH: usize = 2;
const EMOJI: [&str; 3] = ["👍", "🎉", "❤️"];

impl Day {
    /// Does the next thing: enters, writes, changes something, or looks around.
    pub(crate) async fn act(&mut self) -> turmoil::Result {
        match self.stands {
            Stands::AtTheForm => return self.enter().await,
            Stands::Waiting => return Ok(()),
            Stands::Inside => {}
        }
        let (begun, only_look) = {
            let seen = self.person.seen();
            (seen.begun, seen.only_look)
        };
        if self.waiting_for.is_none() {
            self.walk(only_look).await?;
        }
        if only_look {
            return Ok(());
        }
        match self.pick(20) {
            0..=8 if begun < self.person.texts => self.write().await,
            9 => self.discard().await,
            10 | 11 => self.edit().await,
            12 => self.react().await,
            13 => self.retract().await,
            14 => self.make_room().await,
            15 => self.join().await,
            16 => self.leave().await,
            17 => self.change_members().await,
            18 | 19 => self.read().await,
            _ => Ok(()),
        }
    }

    fn pick(&self, bound: u64) -> u64 {
        self.person.chance.below(bound.max(1))
    }

    fn any<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.pick(of.len() as u64) as usize)
    }

    async fn send(&self, command: Command) -> turmoil::Result {
        Ok(self.handle.send(command).await?)
    }

    async fn deed(&mut self, deed: Deed) -> turmoil::Result {
        self.tickets += 1;
        self.send(Command::Do { ticket: self.tickets, deed }).await
    }

    /// To another room, the lobby most often.
    async fn walk(&mut self, any: bool) -> turmoil::Result {
        let open: Vec<Target> = self.rooms.iter().map(|room| room.target).collect();
        let to = match self.pick(if any { 1 } else { 3 }) {
            0 => self.any(&open).copied(),
            1 => Some(Target::Room(LOBBY)),
            _ => self.shown,
        };
        let to = to.unwrap_or(Target::Room(LOBBY));
        if self.shown != Some(to) {
            self.shown = Some(to);
            self.items.clear();
            self.send(Command::Show(to)).await?;
        }
        Ok(())
    }

    /// Several at once, so that numbers are in flight together; now and then more than the server takes at once, so
    /// that some wait. Some answer what stands there, be it on its way itself.
    async fn write(&mut self) -> turmoil::Result {
        if self.waiting_for.is_some() {
            return Ok(());
        }
        let Some(room) = self.shown.filter(|shown| self.may_write(*shown)) else { return Ok(()) };
        let at_once = if self.pick(8) == 0 { 30 } else { self.pick(4) as usize };
        let begun = self.person.seen().begun;
        for _ in 0..=at_once.min(self.person.texts - begun - 1) {
            let text = {
                let mut seen = self.person.seen();
                seen.begun += 1;
                format!("{} {}", self.person.host, seen.begun)
            };
            let reply_to = if self.pick(3) == 0 { self.any(&self.items).map(|item| item.key) } else { None };
            self.waiting_for = Some(text.clone());
            self.send(Command::SendText { room, text, reply_to }).await?;
        }
        Ok(())
    }

    fn may_write(&self, target: Target) -> bool {
        let takes_texts = |room: &Room| room.present && !room.archived && room.kind != RoomKind::HOUSE;
        self.rooms.iter().any(|room| room.target == target && takes_texts(room))
    }

    fn own_text(&self) -> Option<(ItemKey, String)> {
        let mine = |item: &&Item| item.mine && !matches!(item.state, Delivery::Failed(_));
        let text = |item: &Item| match &item.what {
            What::Text(text) => Some((item.key, text.text.clone())),
            _ => None,
        };
        let own: Vec<_> = self.items.iter().filter(mine).filter_map(text).collect();
        self.any(&own).cloned()
    }

    async fn discard(&mut self) -> turmoil::Result {
        let queued = self.items.iter().find_map(|item| match (&item.key, &item.state, &item.what) {
            (ItemKey::Outbox(id), Delivery::Queued, What::Text(text)) => Some((*id, text.text.clone())),
            _ => None,
        });
        let Some((id, text)) = queued else { return Ok(()) };
        self.excuse(&text);
        self.send(Command::Discard(id)).await
    }

    /// From here on nobody may count on this text.
    fn excuse(&self, text: &str) {
        let label = label(text).to_owned();
        let mut seen = self.person.seen();
        seen.certain.remove(&label);
        seen.sent.remove(&label);
        seen.excused.insert(label);
    }

    async fn edit(&mut self) -> turmoil::Result {
        let Some(room) = self.shown else { return Ok(()) };
        let Some((item, text)) = self.own_text() else { return Ok(()) };
        let text = format!("{} again {}", label(&text), self.pick(1000));
        self.send(Command::Edit { room, item, text }).await
    }

    async fn react(&mut self) -> turmoil::Result {
        let Some(room) = self.shown else { return Ok(()) };
        let Some(item) = self.any(&self.items).map(|item| item.key) else { return Ok(()) };
        let emoji = EMOJI[self.pick(3) as usize].to_owned();
        let on = self.pick(4) > 0;
        self.send(Command::React { room, item, emoji, on }).await
    }

    async fn retract(&mut self) -> turmoil::Result {
        let Some(room) = self.shown.filter(|_| self.pick(2) == 0) else { return Ok(()) };
        let Some((item, text)) = self.own_text() else { return Ok(()) };
        self.excuse(&text);
        // One account has two computers: the text may be the other one's, whose world has to know as well.
        self.send(Command::Retract { room, items: vec![item] }).await
    }

    async fn make_room(&mut self) -> turmoil::Result {
        let made = {
            let mut seen = self.person.seen();
            if seen.made_rooms >= ROOMS_EACH {
                return Ok(());
            }
            seen.made_rooms += 1;
            seen.made_rooms
        };
        let kind = if self.pick(2) == 0 { RoomKind::CHANNEL } else { RoomKind::PRIVATE };
        let people = self.people();
        let members = self.any(&people).copied().into_iter().collect();
        let name = format!("{} {made}", self.person.host);
        self.deed(Deed::CreateRoom { kind, name, topic: String::new(), members }).await
    }

    fn people(&self) -> Vec<AccountId> {
        let person = |room: &Room| match room.target {
            Target::Person(account) if room.kind == RoomKind::DIRECT => Some(account),
            _ => None,
        };
        self.rooms.iter().filter_map(person).collect()
    }

    async fn join(&mut self) -> turmoil::Result {
        let open: Vec<RoomId> =
            self.channels.iter().filter(|channel| !channel.joined).map(|channel| channel.room).collect();
        if let Some(room) = self.any(&open).copied() {
            self.deed(Deed::Join(room)).await?;
        }
        self.send(Command::Channels).await
    }

    /// A room that people made and that this person is in.
    fn made_room(&self, is: impl Fn(&Room) -> bool) -> Option<RoomId> {
        let made = |room: &&Room| {
            room.present && matches!(room.kind, RoomKind::CHANNEL | RoomKind::PRIVATE) && is(room)
        };
        let rooms: Vec<RoomId> = self.rooms.iter().filter(made).filter_map(|room| room.room).collect();
        self.any(&rooms).copied()
    }

    async fn leave(&mut self) -> turmoil::Result {
        match self.made_room(|_| true).filter(|_| self.pick(3) == 0) {
            Some(room) => self.deed(Deed::Leave(room)).await,
            None => Ok(()),
        }
    }

    async fn change_members(&mut self) -> turmoil::Result {
        let people = self.people();
        let Some(account) = self.any(&people).copied() else { return Ok(()) };
        if self.pick(2) == 0 {
            let Some(room) = self.made_room(|_| true) else { return Ok(()) };
            return self.deed(Deed::AddMembers { room, members: vec![account] }).await;
        }
        let Some(room) = self.made_room(|room| room.role != Role::Member) else { return Ok(()) };
        match self.pick(4) {
            0 => self.deed(Deed::SetRole { room, account, role: Role::Moderator }).await,
            1 => self.deed(Deed::SetRole { room, account, role: Role::Owner }).await,
            _ => self.deed(Deed::RemoveMember { room, account }).await,
        }
    }

    async fn read(&mut self) -> turmoil::Result {
        let Some(room) = self.shown else { return Ok(()) };
        let entry = |item: &Item| match item.key {
            ItemKey::Entry(seq) => Some(seq),
            ItemKey::Outbox(_) => None,
        };
        let seqs: Vec<Seq> = self.items.iter().filter_map(entry).collect();
        let Some(seq) = self.any(&seqs).copied() else { return Ok(()) };
        if self.pick(4) == 0 {
            return self.send(Command::MarkUnread { room, from: Some(seq) }).await;
        }
        self.send(Command::Read { room, seq }).await
    }
}
