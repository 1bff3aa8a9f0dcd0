//! What is put together from the database, the hub and the disk: for sessions and for an administrator's orders alike.

use snug_proto::bounded::List;
use snug_proto::house::{HouseInfo, PersonInfo, SettingInfo, SettingName};
use snug_proto::id::AccountId;
use snug_proto::limits::PEOPLE_PAGE_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::Access;

use crate::Shared;
use crate::config::Settings;
use crate::hub::{Hub, Seat};
use crate::in_force::InForce;
use crate::store::{Census, Store};

/// Everybody with an account, some at a time.
pub(crate) async fn people(
    store: &Store,
    hub: &Hub,
    after: AccountId,
    now: i64,
) -> Result<List<PersonInfo, PEOPLE_PAGE_MAX>, Cause> {
    let mut people = store.people(after, now).await?.into_vec();
    people.iter_mut().for_each(|person| person.online = hub.is_here(person.account));
    Ok(List::new(people).unwrap_or_default())
}

/// An account's devices.
pub(crate) async fn access(store: &Store, hub: &Hub, account: AccountId) -> Result<Access, Cause> {
    let access = store.access(account).await?;
    let mut devices = access.devices.into_vec();
    devices.iter_mut().for_each(|device| device.online = hub.session_of(device.device).is_some());
    Ok(Access { devices: List::new(devices).unwrap_or_default(), ..access })
}

/// How the server is doing.
pub(crate) async fn house(shared: &Shared) -> Result<HouseInfo, Cause> {
    let Census { accounts, database, files } = shared.store.census().await?;
    let (disk_free, seats) = (shared.blobs.disk_free().await, Seat::taken(&shared.hub));
    let settings = settings(&shared.hub.in_force(), &shared.settings);
    let settings = List::new(settings).unwrap_or_default();
    Ok(HouseInfo { accounts, seats, settings, database, files, disk_free })
}

/// What holds, and what the configuration says where it says something else.
pub(crate) fn settings(holds: &InForce, configured: &Settings) -> Vec<SettingInfo> {
    let configured = InForce::configured(configured);
    let told = |name: SettingName| {
        let (setting, configured) = (holds.get(name), configured.get(name));
        SettingInfo { configured: (setting != configured).then_some(configured), setting }
    };
    SettingName::ALL.into_iter().map(told).collect()
}
