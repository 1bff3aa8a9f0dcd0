//! The account has as many devices as it may: the person says whether this computer replaces one.

use super::{Entering, Server, Stage};
use crate::actor::online::shown;
use crate::actor::{Actor, State};

use snug_proto::talk::DeviceInfo;

impl Actor {
    pub(super) fn crowded(&mut self, mut entering: Entering, server: Server, oldest: DeviceInfo) {
        entering.stage = Stage::Crowded { server, oldest: shown(oldest, None) };
        self.state = State::Entering(Box::new(entering));
    }

    /// It was the one that was not here for longest that was told; no other one goes.
    pub(in crate::actor) async fn replace_device(&mut self) {
        let Some(Entering { form, name, backoff, stage }) = self.take_entering() else { return };
        match stage {
            Stage::Crowded { server, oldest } => {
                self.try_to_enter_for(form, name, backoff, server, Some(oldest.device)).await;
            }
            stage => self.state = State::Entering(Box::new(Entering { form, name, backoff, stage })),
        }
    }
}
