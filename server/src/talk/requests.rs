//! What a client may ask, one short function each.

use snug_proto::id::{AccountId, Number, RoomId, Seq};
use snug_proto::limits::IMPORT_PER_SECOND;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::{Call, Change, Direction, Down, Push, Reply, Request, Target};
use tokio::time::Instant;

use super::session::{End, Session};
use super::wire::Stream;
use crate::error::refusal;
use crate::store::{Moves, needs_sources_of};

impl<S: Stream> Session<S> {
    /// The one door for requests. Who goes too fast is answered, and not read for a while.
    pub(super) async fn answer(&mut self, call: Call) -> Result<(), End> {
        let now = Instant::now();
        let pause = match &call.request {
            Request::Change { change, .. } if self.fills_a_room(change) => {
                self.changes.take_at(IMPORT_PER_SECOND, now)
            }
            Request::Change { .. } => self.changes.take(now),
            _ => self.small.take(now),
        };
        self.paused_until = self.paused_until.max(pause);
        let id = call.id;
        match call.request {
            Request::Rooms { after } => self.rooms(id, after),
            Request::Members { room, after } => self.members(id, room, after),
            Request::Page { room, from, direction, limit } => self.page(id, room, from, direction, limit),
            Request::Change { number, change } => self.change(id, number, change).await,
            Request::Watch { rooms } => {
                let theirs = self.shared.hub.watch(self.handle.id, &rooms);
                self.reply(id, theirs.then_some(Reply::Done).ok_or(Cause::UnknownRoom));
            }
            Request::Typing { room } => self.shared.hub.typing(self.handle.account, room),
            Request::ReadUpTo { room, seq } => self.mark(id, room, seq, Moves::Read),
            Request::SetPresence { presence } => {
                self.shared.hub.set_presence(self.handle.id, presence);
                self.reply(id, Ok(Reply::Done));
            }
            Request::LogOut => return self.log_out(id).await,
            Request::Ping => self.push(&Down::Push(Push::Pong)),
            Request::Pong => {}
            Request::Channels { after } => self.channels(id, after),
            Request::SeqAt { room, at } => self.seq_at(id, room, at),
            Request::Marks { room } => self.marks(id, room),
            Request::Account => self.account(id),
            Request::MarkUnread { room, seq } => self.mark(id, room, seq, Moves::Unread),
            Request::Invite { uses, life, room } => self.invite(id, uses, life, room),
            Request::InviteDevice => self.invite_device(id),
            Request::Invites => self.invites(id),
            Request::RevokeCode { code } => self.revoke_code(id, code),
            Request::RecoveryCodes => self.recovery_codes(id),
            Request::Access => self.access(id),
            Request::NameDevice { device, name } => self.name_device(id, device, name),
            Request::RevokeDevice { device } => self.revoke_device(id, device),
            Request::RevokeOthers => self.revoke_others(id),
            Request::ProofStart { ke1 } => Box::pin(self.proof_start(id, &ke1)).await,
            Request::PasswordStart { request } => self.password_start(id, &request),
            Request::ChangePassword { ke3, upload, stretch } => {
                self.change_password(id, &ke3, &upload, stretch);
            }
            Request::DeleteAccount { ke3, texts } => self.delete_account(id, &ke3, texts),
            Request::Profiles { after } => self.profiles(id, after),
            Request::House => self.house(id),
            Request::People { after } => self.people(id, after),
            Request::Codes => self.codes(id),
            Request::Bans => self.bans(id),
            Request::DevicesOf { account } => self.devices_of(id, account),
            Request::Reset { account } => self.reset(id, account),
        }
        Ok(())
    }

    /// Whether this is part of an import: into a room that this account has made lately and is alone in.
    fn fills_a_room(&self, change: &Change) -> bool {
        let Change::Append { to: Target::Room(room), .. } = change else { return false };
        self.shared.hub.is_being_filled(*room, self.handle.account, self.shared.clock.now_ms())
    }

    pub(super) fn reply(&mut self, id: u32, result: Result<Reply, Cause>) {
        self.answer_with(id, result.map_err(refusal));
    }

    pub(super) fn answer_with(&mut self, id: u32, result: Result<Reply, Refusal>) {
        self.push(&Down::Reply { id, result });
    }

    fn rooms(&mut self, id: u32, after: RoomId) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let rooms = store.rooms(account, after).await;
            (id, rooms.map(Reply::Rooms).map_err(refusal))
        }));
    }

    fn members(&mut self, id: u32, room: RoomId, after: AccountId) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let members = store.members(account, room, after).await;
            (id, members.map(Reply::Members).map_err(refusal))
        }));
    }

    fn page(&mut self, id: u32, room: RoomId, from: Seq, direction: Direction, limit: u8) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let page = store.page(account, room, from, direction, limit).await;
            (id, page.map(Reply::Page).map_err(refusal))
        }));
    }

    fn channels(&mut self, id: u32, after: RoomId) {
        let store = self.shared.store.clone();
        self.work.push(Box::pin(async move {
            let channels = store.channels(after).await;
            (id, channels.map(Reply::Channels).map_err(refusal))
        }));
    }

    fn seq_at(&mut self, id: u32, room: RoomId, at: i64) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let place = store.seq_at(account, room, at).await;
            (id, place.map(Reply::Place).map_err(refusal))
        }));
    }

    fn marks(&mut self, id: u32, room: RoomId) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let marks = store.marks(account, room).await;
            (id, marks.map(Reply::Marks).map_err(refusal))
        }));
    }

    fn account(&mut self, id: u32) {
        let (store, account) = (self.shared.store.clone(), self.handle.account);
        self.work.push(Box::pin(async move {
            let account = store.account(account).await;
            (id, account.map(Reply::Account).map_err(refusal))
        }));
    }

    /// Only the writer settles a number, so nothing of a change is judged here.
    async fn change(&mut self, id: u32, number: Number, change: Change) {
        self.change_started();
        self.shared.dawdle().await;
        // Only the hub knows where somebody is connected from.
        let sources = match &change {
            Change::Act(act) => needs_sources_of(act).map(|account| self.shared.hub.sources_of(account)),
            _ => None,
        };
        if !self.shared.store.change(self.handle.clone(), id, number, change, sources.unwrap_or_default()) {
            self.shared.hub.change_failed(self.handle.id, id, refusal(Cause::Busy));
        }
    }

    fn mark(&mut self, id: u32, room: RoomId, seq: Seq, moves: Moves) {
        self.change_started();
        if !self.shared.store.mark(&self.handle, id, room, seq, moves) {
            self.shared.hub.change_failed(self.handle.id, id, refusal(Cause::Busy));
        }
    }

    /// Forgets the device, says so, and ends: its last words are the reply.
    async fn log_out(&mut self, id: u32) -> Result<(), End> {
        match self.shared.store.forget_device(self.handle.device).await {
            Ok(()) => {
                self.shared.hub.access_changed(self.handle.account, self.handle.device);
                self.reply(id, Ok(Reply::Done));
                self.write_out().await?;
                Err(End::LoggedOut)
            }
            Err(cause) => {
                self.reply(id, Err(cause));
                Ok(())
            }
        }
    }
}
