//! What the person asks for while a copy is open.

use snug_proto::talk::{Presence, Target};
use tokio::time::Instant;

use super::Shown;
use crate::actor::deeds::Asker;
use crate::actor::online::Topic;
use crate::actor::open::Trouble;
use crate::actor::{Actor, State};
use crate::command::Command;
use crate::copy::{Copy, CopyError};
use crate::event::{Draft, Event, Notice, TIMELINE_STEP};
use crate::sync::Wish;

/// Why nothing goes to the house room.
const NOBODY_WRITES: &str = "Nobody writes into the house: it tells what administrators did.";

impl Actor {
    /// Commands that make sense while a copy is open only.
    pub(in crate::actor) async fn open_command(&mut self, command: Command) {
        let done = match command {
            Command::Show(target) => self.show(target).await,
            Command::Jump { room, to } => self.jump(room, to).await,
            Command::Older => self.older(),
            Command::Newer => self.newer().await,
            Command::Read { room, seq } => self.read(room, seq).await,
            Command::MarkUnread { room, from } => self.mark_unread(room, from).await,
            Command::Typing(room) => self.typing(room),
            Command::SetPresence(presence) => self.set_presence(presence),
            Command::Draft { room, text } => self.draft(room, text).await,
            Command::Channels => self.channels(),
            Command::Do { ticket, deed } => self.deed(Asker::Window(ticket), deed).await,
            Command::Former(fate) => self.former(fate).await,
            Command::OwnDevice(password) => {
                self.own_device(password);
                Ok(())
            }
            Command::Fetch(blob) => self.fetch(blob).await,
            Command::CancelTransfer(blob) => self.cancel_transfer(blob).await,
            Command::LogOut { copy } => {
                self.log_out(copy).await;
                Ok(())
            }
            Command::Invite { uses, life, room } => self.invite(uses, life, room),
            Command::InviteDevice => self.invite_device(),
            Command::RecoveryCodes => self.ask_for_recovery_codes(),
            Command::Invites => self.list_invites(),
            Command::Uninvite(code) => self.uninvite(code),
            Command::Devices => self.list_devices(),
            Command::NameDevice { device, name } => self.name_device(device, &name),
            Command::RevokeDevice(device) => self.revoke_device(device),
            Command::RevokeOtherDevices => self.revoke_others(),
            Command::SetProfile { ticket, display, colour, picture } => {
                self.set_profile(ticket, &display, colour, picture).await
            }
            Command::ChangePassword { ticket, old, new } => self.change_password(ticket, old, new).await,
            Command::DeleteAccount { ticket, password, texts } => {
                self.delete_account(ticket, &password, texts)
            }
            Command::House => self.ask_house(Topic::House),
            Command::People => self.ask_house(Topic::People),
            Command::Codes => self.ask_house(Topic::Codes),
            Command::Bans => self.ask_house(Topic::Bans),
            Command::DevicesOf(account) => self.ask_house(Topic::DevicesOf(account)),
            Command::ResetPassword(account) => self.reset_password(account),
            command => self.write(command).await,
        };
        match done {
            // A full disk refuses what is new; everything else stays as it is.
            Err(error) if error.is_full() => {
                self.not_done(format!("This computer could not keep that: {error}."))
            }
            Err(error) => self.trouble(error.into()).await,
            Ok(()) => {}
        }
    }

    /// Commands that write: everything that goes through the outbox.
    async fn write(&mut self, command: Command) -> Result<(), CopyError> {
        let into_house = |target: &Target| matches!((target, &self.state), (Target::Room(room), State::Open(open)) if open.is_house(*room));
        match command {
            Command::SendText { room, text, .. } if into_house(&room) => {
                self.notice(Notice::NotQueued { room, text, reason: NOBODY_WRITES.into() });
                Ok(())
            }
            Command::SendFile { room: to, .. } | Command::Forward { to, .. } if into_house(&to) => {
                self.not_done(NOBODY_WRITES);
                Ok(())
            }
            Command::SendText { room, text, reply_to } => self.send_text(room, text, reply_to).await,
            Command::SendFile { room, path } => self.send_file(room, path).await,
            Command::Edit { room, item, text } => self.edit(room, item, text).await,
            Command::React { room, item, emoji, on } => self.react(room, item, emoji, on).await,
            Command::Pin { room, item, on } => self.pin(room, item, on).await,
            Command::Retract { room, items } => self.retract(room, items).await,
            Command::Forward { from, items, to } => self.forward(from, items, to).await,
            Command::Versions { room, item } => self.versions(room, item).await,
            Command::Resend(id) => {
                let now = self.environment.now();
                self.change_outbox(move |copy| copy.resend(id, now)).await
            }
            Command::Discard(id) => self.change_outbox(move |copy| copy.discard(id).map(drop)).await,
            _ => Ok(()),
        }
    }

    async fn show(&mut self, target: Target) -> Result<(), CopyError> {
        self.look_at(target).await
    }

    /// Turns to a room's newest page, with what was typed there.
    pub(in crate::actor) async fn look_at(&mut self, target: Target) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        open.shown = Some(Shown::newest(target));
        open.dirty.timeline = true;
        open.dirty.members = true;
        open.dirty.typing = true;
        self.told.last = None;
        let text = self.on_copy(&copy, move |copy| copy.draft(target)).await?;
        self.outlet.put(Event::Draft(Draft { room: target, text }));
        Ok(())
    }

    fn older(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        // A step while the one before is still being fetched, or beyond the start, would show less, not more.
        if let Some(shown) = &mut open.shown
            && shown.has_older
            && shown.older.is_none()
        {
            shown.view = shown.view.older(&shown.seqs);
            open.dirty.timeline = true;
        }
        Ok(())
    }

    /// One step towards newer entries; where a hole of the copy follows, it is filled first.
    pub(in crate::actor) async fn newer(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let row = open.shown_room().and_then(|room| open.book.rooms.get(&room)).cloned();
        let Some(shown) = &mut open.shown else { return Ok(()) };
        let (Some(row), Some(bottom)) = (row, shown.view.bottom) else { return Ok(()) };
        let (copy, room, reach) = (open.copy.clone(), row.room, row.reach_up(bottom));
        let newer =
            self.on_copy(&copy, move |copy| copy.next_seqs(room, bottom, reach, TIMELINE_STEP)).await?;
        let hole = row.after(reach);
        if let Some(open) = self.opened()
            && let Some(shown) = &mut open.shown
        {
            shown.view = shown.view.newer(&newer, hole.is_some());
            shown.newer = hole.filter(|_| newer.len() < TIMELINE_STEP).map(Wish::on);
            open.dirty.timeline = true;
        }
        Ok(())
    }

    fn typing(&mut self, target: Target) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        if let Some(room) = open.room_of(target)
            && let Some(online) = open.online()
        {
            online.tell_typing(room, Instant::now());
        }
        Ok(())
    }

    fn set_presence(&mut self, presence: Presence) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        open.presence = presence;
        open.dirty.members = true;
        if let Some(online) = open.online() {
            online.set_presence(presence);
        }
        Ok(())
    }

    async fn draft(&mut self, room: Target, text: String) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let had = open.book.drafts.contains(&room);
        let has = !text.is_empty();
        if has {
            open.book.drafts.insert(room);
        } else {
            open.book.drafts.remove(&room);
        }
        open.dirty.rooms |= had != has;
        self.on_copy(&copy, move |copy| copy.set_draft(room, &text)).await
    }

    pub(in crate::actor) async fn change_outbox(
        &mut self,
        work: impl FnOnce(&Copy) -> Result<(), CopyError> + Send + 'static,
    ) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        self.on_copy(&copy, work).await?;
        self.outbox_changed(&copy).await
    }

    pub(in crate::actor) async fn outbox_changed(&mut self, copy: &Copy) -> Result<(), CopyError> {
        self.wake_outbox();
        match self.count_unsent(copy).await {
            Err(Trouble::Copy(error)) => Err(error),
            _ => Ok(()),
        }
    }
}
