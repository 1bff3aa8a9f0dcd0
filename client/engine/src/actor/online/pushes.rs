//! What the server tells without being asked.

use std::collections::BTreeMap;
use std::time::Duration;

use snug_proto::id::Seq;
use snug_proto::refusal::Why;
use snug_proto::talk::{Here, Push, Request};
use tokio::time::Instant;

use super::super::Actor;
use super::super::open::{Trouble, Waiting};
use crate::event::Problem;

/// Somebody who typed this long ago types no more.
const TYPING_LASTS: Duration = Duration::from_secs(5);
/// People who are remembered as typing: nobody looks at more.
const TYPING_MAX: usize = 256;

impl Actor {
    pub(super) async fn push(&mut self, push: Push) -> Result<(), Trouble> {
        let now = Instant::now();
        let Some(open) = self.opened() else { return Ok(()) };
        match push {
            Push::Entry(_) | Push::Appended { .. } => {}
            Push::Behind { room, head } => {
                if let Some(row) = open.book.rooms.get_mut(&room) {
                    row.head = row.head.max(head);
                }
                if let Some(online) = open.online() {
                    online.exhausted.remove(&room);
                }
            }
            // It comes in its place between the entries, so it has nothing to be compared with.
            Push::RoomChanged(info) => self.put_room(info, Seq(0)).await?,
            Push::Presence { room, here } => {
                if let Some(online) = open.online().filter(|online| online.watched.contains(&room)) {
                    let here = match here {
                        Here::People(people) => people.into_iter().collect(),
                        Here::Count(_) => BTreeMap::new(),
                    };
                    online.presence.insert(room, here);
                }
                open.dirty.rooms = true;
                open.dirty.members = true;
            }
            Push::Typing { room, account } => {
                if account != open.book.me
                    && let Some(online) = open.online()
                    && online.watched.contains(&room)
                    && online.typing.len() < TYPING_MAX
                {
                    online.typing.insert((room, account), now + TYPING_LASTS);
                    open.dirty.typing = true;
                }
            }
            Push::Read { room, account, seq } if account == open.book.me => self.mark_read(room, seq).await?,
            Push::Read { room, account, seq } => self.others_read(room, account, seq),
            Push::Unread { room, seq } => self.marked_unread(room, seq).await?,
            Push::AccountChanged(account) => self.take_account(account).await?,
            Push::AccessChanged => self.list_devices()?,
            Push::Ping => {
                if let Some(online) = open.online() {
                    online.tell(Request::Pong)?;
                }
            }
            Push::Pong => {
                if let Some(online) = open.online()
                    && let Some(at) = online.pinged.take()
                {
                    online.latency = Some(now.saturating_duration_since(at));
                    open.dirty.session = true;
                }
            }
            Push::Goodbye(goodbye) => self.goodbye(goodbye.why, goodbye.retry_after).await,
        }
        Ok(())
    }

    async fn goodbye(&mut self, why: Why, retry_after: Option<u32>) {
        let wait = retry_after.map(|seconds| Duration::from_secs(seconds.into()));
        let Some(open) = self.opened() else { return };
        let leaving = open.online().and_then(|online| online.leaving);
        match (why, leaving) {
            (_, Some((fate, _))) => self.logged_out(fate, why != Why::Revoked).await,
            (Why::Replaced, None) => self.was_replaced(),
            (Why::Kicked, None) => self.sent_out().await,
            (Why::Banned, None) => self.kept_out(wait),
            // The next login tells whether the device is still known.
            (Why::Revoked, None) => self.connect().await,
            (why, None) => self.wait(Waiting::Offline(Problem::Goodbye(why)), wait),
        }
        self.drop_waiting_deeds().await;
    }
}
