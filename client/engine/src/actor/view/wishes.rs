//! What the person asks for while a copy is open.

use snug_proto::bounded::List;
use snug_proto::content::Content;
use snug_proto::id::Seq;
use snug_proto::limits::TEXT_MAX;
use snug_proto::talk::{Presence, Target};

use tokio::time::Instant;

use super::Shown;
use crate::actor::Actor;
use crate::actor::open::Trouble;
use crate::command::Command;
use crate::copy::{Copy, CopyError};
use crate::event::Notice;
use crate::timeline::View;

impl Actor {
    /// Commands that make sense while a copy is open only.
    pub(in crate::actor) async fn open_command(&mut self, command: Command) {
        let done = match command {
            Command::Show(target) => self.show(target),
            Command::Older => self.older(),
            Command::Newer => self.newer().await,
            Command::Read { room, seq } => self.read(room, seq).await,
            Command::Typing(room) => self.typing(room),
            Command::SetPresence(presence) => self.set_presence(presence),
            Command::SendText { room, text, .. } => self.send_text(room, text).await,
            Command::Resend(id) => {
                let now = self.environment.now();
                self.change_outbox(move |copy| copy.resend(id, now)).await
            }
            Command::Discard(id) => self.change_outbox(move |copy| copy.discard(id)).await,
            Command::SendFile { room, path } => self.send_file(room, path).await,
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
            _ => Ok(()),
        };
        if let Err(error) = done {
            self.trouble(error.into()).await;
        }
    }

    fn show(&mut self, target: Target) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        open.shown = Some(Shown {
            target,
            view: View::NEWEST,
            new_from: None,
            new_from_known: false,
            seqs: Vec::new(),
            has_older: false,
            wants_more: false,
        });
        open.dirty.timeline = true;
        open.dirty.members = true;
        open.dirty.typing = true;
        self.told.last = None;
        Ok(())
    }

    fn older(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        // A step while the one before is still being fetched, or beyond the start, would show less, not more.
        if let Some(shown) = &mut open.shown
            && shown.has_older
            && !shown.wants_more
        {
            shown.view = shown.view.older(&shown.seqs);
            open.dirty.timeline = true;
        }
        Ok(())
    }

    async fn newer(&mut self) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let room = open.shown_room();
        let Some(shown) = &open.shown else { return Ok(()) };
        let (Some(room), Some(bottom)) = (room, shown.view.bottom) else { return Ok(()) };
        let copy = open.copy.clone();
        let newer =
            self.on_copy(&copy, move |copy| copy.next_seqs(room, bottom, crate::event::TIMELINE_STEP));
        let newer = newer.await?;
        if let Some(open) = self.opened()
            && let Some(shown) = &mut open.shown
        {
            shown.view = shown.view.newer(&newer);
            open.dirty.timeline = true;
        }
        Ok(())
    }

    async fn read(&mut self, target: Target, seq: Seq) -> Result<(), CopyError> {
        let Some(open) = self.opened() else { return Ok(()) };
        let Some(room) = open.room_of(target) else { return Ok(()) };
        let Some(row) = open.book.rooms.get(&room) else { return Ok(()) };
        // Nobody has read what is not there.
        let seq = seq.min(row.head);
        if seq <= row.read {
            return Ok(());
        }
        if let Some(online) = open.online() {
            online.read_up_to(room, seq);
        }
        match self.mark_read(room, seq).await {
            Err(Trouble::Copy(error)) => Err(error),
            _ => Ok(()),
        }
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

    async fn send_text(&mut self, room: Target, text: String) -> Result<(), CopyError> {
        let body = Content::text(text.as_str()).ok().and_then(|content| content.to_body());
        let Some(body) = body else {
            let reason = format!("A message has at most {} KiB. Send it as a file instead.", TEXT_MAX / 1024);
            self.notice(Notice::NotQueued { room, text, reason });
            return Ok(());
        };
        let now = self.environment.now();
        let Some(open) = self.opened() else { return Ok(()) };
        let copy = open.copy.clone();
        let queued = self.on_copy(&copy, move |copy| copy.queue(room, &List::default(), &body, now));
        if let Err(error) = queued.await {
            let reason = format!("This computer could not keep it: {error}.");
            self.notice(Notice::NotQueued { room, text, reason });
            return Err(error);
        }
        self.outbox_changed(&copy).await
    }

    async fn change_outbox(
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
