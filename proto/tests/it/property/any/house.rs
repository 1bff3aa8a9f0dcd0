//! Any act, and anything that administrators see.

use proptest::option;
use proptest::prelude::*;
use snug_proto::house::{
    Act, BanEntry, BanId, BanInfo, BanKind, Banned, CodeInfo, Concerned, HouseInfo, InvitedEntry, KeyEntry,
    PersonInfo, PutBackEntry, Setting, SettingEntry, SettingInfo, SettingName, UninvitedEntry,
};
use snug_proto::login::Purpose;
use snug_proto::profile::Profile;

use super::{account, blob, code, device, invite, list, name, registration, role, room, text};

pub(super) fn profile() -> impl Strategy<Value = Profile> {
    (text(), any::<u8>(), option::of(blob())).prop_map(|(display, colour, picture)| Profile {
        display,
        colour,
        picture,
    })
}

fn setting() -> impl Strategy<Value = Setting> {
    prop_oneof![
        text().prop_map(Setting::Name),
        registration().prop_map(Setting::Registration),
        any::<u32>().prop_map(Setting::MaxUsers),
    ]
}
fn ban_kind() -> impl Strategy<Value = BanKind> {
    any::<u8>().prop_map(BanKind)
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let banned = prop_oneof![
        account().prop_map(Banned::Account),
        device().prop_map(Banned::Device),
        account().prop_map(Banned::SourcesOf),
        text().prop_map(Banned::Source),
    ];
    prop_oneof![
        account().prop_map(|account| Act::Kick { account }),
        (banned, any::<i64>()).prop_map(|(what, until)| Act::Ban { what, until }),
        any::<u32>().prop_map(|ban| Act::Unban { ban: BanId(ban) }),
        setting().prop_map(Act::Set),
        prop::sample::select(&SettingName::ALL[..]).prop_map(Act::Unset),
    ]
}

pub(super) fn house_info() -> impl Strategy<Value = HouseInfo> {
    let info = (setting(), option::of(setting()))
        .prop_map(|(setting, configured)| SettingInfo { setting, configured });
    (list(info), any::<(u32, u32, u64, u64, Option<u64>)>()).prop_map(
        |(settings, (accounts, seats, database, files, disk_free))| HouseInfo {
            accounts,
            seats,
            settings,
            database,
            files,
            disk_free,
        },
    )
}

pub(super) fn person() -> impl Strategy<Value = PersonInfo> {
    let rest = any::<(i64, Option<i64>, bool, u32, u64, bool)>();
    (account(), name(), role(), account(), rest).prop_map(
        |(account, name, role, invited_by, (created, seen, online, devices, files, banned))| PersonInfo {
            account,
            name,
            role,
            created,
            seen,
            online,
            invited_by,
            devices,
            files,
            banned,
        },
    )
}

pub(super) fn code_info() -> impl Strategy<Value = CodeInfo> {
    (invite(), any::<u8>(), account(), account()).prop_map(|(invite, purpose, maker, account)| CodeInfo {
        invite,
        purpose: Purpose(purpose),
        maker,
        account,
    })
}

pub(super) fn ban_info() -> impl Strategy<Value = BanInfo> {
    (any::<(u32, i64, i64)>(), ban_kind(), account(), text(), account()).prop_map(
        |((ban, at, until), kind, account, source, by)| BanInfo {
            ban: BanId(ban),
            kind,
            account,
            source,
            at,
            until,
            by,
        },
    )
}

/// One body of every kind of entry that the house room has, and of what people look like.
pub(in super::super) fn entry_bodies() -> impl Strategy<
    Value = (
        Profile,
        Concerned,
        BanEntry,
        SettingEntry,
        InvitedEntry,
        UninvitedEntry,
        KeyEntry,
        PutBackEntry,
    ),
> {
    let ban = (ban_kind(), account(), any::<i64>()).prop_map(|(kind, account, until)| BanEntry {
        kind,
        account,
        until,
    });
    let setting = (text(), text(), any::<bool>()).prop_map(|(name, value, configured)| SettingEntry {
        name,
        value,
        configured,
    });
    let invited = (any::<(u16, i64)>(), room()).prop_map(|((uses, expires), room)| InvitedEntry {
        uses,
        expires,
        room,
    });
    (
        profile(),
        account().prop_map(|account| Concerned { account }),
        ban,
        setting,
        invited,
        (code(), account()).prop_map(|(code, maker)| UninvitedEntry { code, maker }),
        any::<[u8; 32]>().prop_map(|fingerprint| KeyEntry { fingerprint }),
        any::<i64>().prop_map(|to| PutBackEntry { to }),
    )
}
