//! The ways into this person's account: its devices.

use snug_proto::bounded::Text;
use snug_proto::id::DeviceId;
use snug_proto::refusal::Refusal;
use snug_proto::talk::{Access, DeviceInfo, Reply, Request};

use super::super::Actor;
use super::super::open::{Open, Trouble};
use super::Asked;
use crate::copy::CopyError;
use crate::event::{Device, Devices, Event, Notice};

impl Actor {
    pub(in crate::actor) fn list_devices(&mut self) -> Result<(), CopyError> {
        if let Some(online) = self.opened().and_then(Open::online) {
            let _ = online.ask(Request::Access, Asked::Access);
        }
        Ok(())
    }

    pub(in crate::actor) fn name_device(&mut self, device: DeviceId, name: &str) -> Result<(), CopyError> {
        match Text::new(name.trim()) {
            Ok(name) => self.change_access(Request::NameDevice { device, name }),
            Err(_) => {
                self.not_done("This name is too long for a device.");
                Ok(())
            }
        }
    }

    pub(in crate::actor) fn revoke_device(&mut self, device: DeviceId) -> Result<(), CopyError> {
        self.change_access(Request::RevokeDevice { device })
    }

    pub(in crate::actor) fn revoke_others(&mut self) -> Result<(), CopyError> {
        self.change_access(Request::RevokeOthers)
    }

    fn change_access(&mut self, request: Request) -> Result<(), CopyError> {
        let asked = self
            .opened()
            .and_then(Open::online)
            .is_some_and(|online| online.ask(request, Asked::ChangeAccess).is_ok());
        if !asked {
            self.not_done("There is no connection to the server. Your devices are kept there.");
        }
        Ok(())
    }

    /// Whatever became of it, the list says what there is now.
    pub(super) fn access_changed(&mut self, result: Result<Reply, Refusal>) -> Result<(), Trouble> {
        if let Err(refusal) = result {
            self.not_done(refusal.sentence.into_string());
        }
        Ok(self.list_devices()?)
    }

    pub(super) async fn take_access(&mut self, access: Access) -> Result<(), Trouble> {
        let Some(open) = self.opened() else { return Ok(()) };
        let (copy, this) = (open.copy.clone(), open.record.device);
        let told = access.clone();
        let news = self.on_copy(&copy, move |copy| copy.put_access(&told)).await?;
        let list = access.devices.into_iter().map(|info| shown(info, this)).collect();
        self.outlet.put(Event::Devices(Devices { list, password_set: access.password_set }));
        for info in news.devices.into_iter().filter(|info| Some(info.device) != this) {
            self.notice(Notice::NewDevice(shown(info, this)));
        }
        // Whoever changes it here is answered, not told.
        if let Some(at) = news.password.filter(|_| !self.changes_password()) {
            self.notice(Notice::PasswordChanged { at });
        }
        Ok(())
    }
}

/// A device as the window knows it.
pub(in crate::actor) fn shown(info: DeviceInfo, this: Option<DeviceId>) -> Device {
    let DeviceInfo { device, name, system, added, seen, online } = info;
    let (name, system) = (name.into_string(), system.into_string());
    Device { device, name, system, added, seen, online, this: Some(device) == this }
}
