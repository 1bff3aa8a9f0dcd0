//! Who is sent out stays away until they want to come back, also over a restart. Who is kept out is told so, and asks again
//! when they want: what they wrote meanwhile waits in the outbox.

use std::time::Duration;

use super::Actor;
use super::open::{LinkState, Resting};
use crate::event::Problem;

impl Actor {
    /// An administrator sent this person out.
    pub(super) async fn sent_out(&mut self) {
        let Some(open) = self.opened() else { return };
        open.set_link(LinkState::Resting(Resting::Kicked));
        self.keep_sent_out(true).await;
    }

    /// An administrator keeps this person, or this device, out.
    pub(super) fn kept_out(&mut self, until: Option<Duration>) {
        if let Some(open) = self.opened() {
            open.set_link(LinkState::Resting(Resting::Stopped(Problem::Banned { until })));
        }
    }

    /// Dials once the copy is open, unless this person was sent out and did not come back since.
    pub(super) async fn come_in(&mut self) {
        let Some(open) = self.opened() else { return };
        let copy = open.copy.clone();
        let meta = self.on_copy(&copy, |copy| copy.meta()).await;
        match (meta, self.opened()) {
            (Ok(meta), Some(open)) if meta.sent_out => {
                open.set_link(LinkState::Resting(Resting::Kicked));
            }
            (Ok(_), _) => self.connect().await,
            (Err(error), _) => self.trouble(error.into()).await,
        }
    }

    /// Who was sent out wants to come back.
    pub(super) async fn come_back(&mut self) {
        if self.keep_sent_out(false).await {
            self.connect().await;
        }
    }

    /// Keeps it in the copy, so that a restart changes nothing. Answers whether that worked.
    async fn keep_sent_out(&mut self, sent_out: bool) -> bool {
        let Some(open) = self.opened() else { return false };
        let copy = open.copy.clone();
        match self.on_copy(&copy, move |copy| copy.set_sent_out(sent_out)).await {
            Ok(()) => true,
            // A full disk remembers it no longer than this program runs.
            Err(error) if error.is_full() => true,
            Err(error) => {
                self.trouble(error.into()).await;
                false
            }
        }
    }
}
