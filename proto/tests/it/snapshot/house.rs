//! The house: what administrators do and see, and what people look like.

use snug_proto::hello::Registration;
use snug_proto::house::{
    Act, BanEntry, BanId, BanInfo, BanKind, Banned, CodeInfo, Concerned, HouseInfo, InvitedEntry, KeyEntry,
    PersonInfo, PutBackEntry, Setting, SettingEntry, SettingInfo, SettingName, UninvitedEntry,
};
use snug_proto::id::{AccountId, DeviceId, RoomId};
use snug_proto::login::Purpose;
use snug_proto::profile::Profile;
use snug_proto::talk::{InviteInfo, Role};

use super::{alice, blob, code, list, pinned, text};
use crate::document::has_row;

pub(super) fn profile() -> Profile {
    Profile { display: text("Ann"), colour: 3, picture: Some(blob()) }
}
pub(super) fn house_info() -> HouseInfo {
    let setting = SettingInfo { setting: Setting::MaxUsers(3), configured: Some(Setting::MaxUsers(5)) };
    let (settings, disk_free) = (list(vec![setting]), Some(7));
    HouseInfo { accounts: 5, seats: 3, settings, database: 300, files: 9, disk_free }
}
pub(super) fn person() -> PersonInfo {
    PersonInfo {
        account: AccountId(300),
        name: alice(),
        role: Role::Owner,
        created: -1,
        seen: Some(1),
        online: true,
        invited_by: AccountId(0),
        devices: 5,
        files: 9,
        banned: true,
    }
}
pub(super) fn code_info() -> CodeInfo {
    let (created, expires, room) = (-1, 0, RoomId(2));
    CodeInfo {
        invite: InviteInfo { code: code(), uses: 300, used: 2, created, expires, room },
        purpose: Purpose::REGISTER,
        maker: AccountId(5),
        account: AccountId(0),
    }
}
pub(super) fn ban_info() -> BanInfo {
    BanInfo {
        ban: BanId(7),
        kind: BanKind::SOURCE,
        account: AccountId(5),
        source: text("10.0.0.1/32"),
        at: -1,
        until: 1,
        by: AccountId(300),
    }
}

#[test]
fn acts() {
    every_variant!(Act:
        Act::Kick { .. } => Act::Kick { account: AccountId(300) }, "00 ac02";
        Act::Ban { .. } => Act::Ban { what: Banned::Account(AccountId(5)), until: -1 }, "01 00 05 01";
        Act::Unban { .. } => Act::Unban { ban: BanId(300) }, "02 ac02";
        Act::Set(_) => Act::Set(Setting::MaxUsers(300)), "03 02 ac02";
        Act::Unset(_) => Act::Unset(SettingName::MaxUsers), "04 02";
    );
    every_variant!(Banned:
        Banned::Account(_) => Banned::Account(AccountId(5)), "00 05";
        Banned::Device(_) => Banned::Device(DeviceId(300)), "01 ac02";
        Banned::SourcesOf(_) => Banned::SourcesOf(AccountId(5)), "02 05";
        Banned::Source(_) => Banned::Source(text("::/64")), "03 053a3a2f3634";
    );
    let kinds = [BanKind::ACCOUNT, BanKind::DEVICE, BanKind::SOURCE];
    assert_eq!(kinds.map(|kind| kind.0), [1, 2, 3], "these lie in databases");
}

#[test]
fn settings() {
    every_variant!(Setting:
        Setting::Name(_) => Setting::Name(text("Home")), "00 04486f6d65";
        Setting::Registration(_) => Setting::Registration(Registration::Invite), "01 02";
        Setting::MaxUsers(_) => Setting::MaxUsers(300), "02 ac02";
    );
    every_variant!(SettingName:
        SettingName::Name => SettingName::Name, "00";
        SettingName::Registration => SettingName::Registration, "01";
        SettingName::MaxUsers => SettingName::MaxUsers, "02";
    );
    for setting in SettingName::ALL {
        assert_eq!(SettingName::of(setting.as_str()), Some(setting), "these lie in databases");
    }
    let same = SettingInfo { setting: Setting::MaxUsers(3), configured: None };
    pinned(same, "02 03 00");
}

#[test]
fn bodies_in_the_house_and_of_looks() {
    pinned(profile(), "03416e6e 03 01 30313233343536373839616263646566");
    pinned(Profile::default(), "00 00 00");
    pinned(Concerned { account: AccountId(300) }, "ac02");
    pinned(BanEntry { kind: BanKind::ACCOUNT, account: AccountId(5), until: -1 }, "01 05 01");
    let setting = SettingEntry { name: text("max_users"), value: text("3"), configured: false };
    pinned(setting, "096d61785f7573657273 0133 00");
    pinned(InvitedEntry { uses: 300, expires: -1, room: RoomId(2) }, "ac02 01 02");
    pinned(UninvitedEntry { code: code(), maker: AccountId(5) }, "b4981d 05");
    pinned(KeyEntry { fingerprint: [0xab; 32] }, &"ab".repeat(32));
    pinned(PutBackEntry { to: -1 }, "01");
}
