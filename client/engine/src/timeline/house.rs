//! What administrators did, as the house room tells it.

use snug_proto::Fingerprint;
use snug_proto::entry::Kind;
use snug_proto::house::{
    BanEntry, Concerned, InvitedEntry, KeyEntry, PutBackEntry, SettingEntry, UninvitedEntry,
};
use snug_proto::id::RoomId;

use super::{Known, read};
use crate::event::HouseAct;

/// What an entry of these kinds tells; `None` where its bytes make no sense.
pub(super) fn act(kind: Kind, body: &[u8], known: &Known<'_>) -> Option<HouseAct> {
    let who = |account| known.people.name_of_one(account);
    let end = |at: i64| (at > 0).then_some(at);
    match kind {
        Kind::KICKED => read(body).map(|it: Concerned| HouseAct::Kicked { who: known.name(it.account) }),
        Kind::BANNED => read(body).map(|it: BanEntry| HouseAct::Banned {
            kind: it.kind,
            who: who(it.account),
            until: end(it.until),
        }),
        Kind::UNBANNED => {
            read(body).map(|it: BanEntry| HouseAct::Unbanned { kind: it.kind, who: who(it.account) })
        }
        Kind::RESET => read(body).map(|it: Concerned| HouseAct::Reset { who: known.name(it.account) }),
        Kind::SETTING => read(body).map(|it: SettingEntry| HouseAct::Setting {
            name: it.name.into_string(),
            value: it.value.into_string(),
            configured: it.configured,
        }),
        Kind::INVITED => read(body).map(|it: InvitedEntry| HouseAct::Invited {
            uses: it.uses,
            expires: end(it.expires),
            room: (it.room != RoomId(0)).then(|| known.room(it.room)).flatten(),
        }),
        Kind::UNINVITED => read(body).map(|it: UninvitedEntry| HouseAct::Uninvited { maker: who(it.maker) }),
        Kind::KEY => read(body).map(|it: KeyEntry| HouseAct::Key(Fingerprint(it.fingerprint))),
        Kind::PUT_BACK => read(body).map(|it: PutBackEntry| HouseAct::PutBack { to: it.to }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::RoomRow;
    use crate::people::People;
    use snug_proto::bounded::Text;
    use snug_proto::codec;
    use snug_proto::entry::LOBBY;
    use snug_proto::house::BanKind;
    use snug_proto::id::AccountId;
    use std::collections::{BTreeMap, BTreeSet};

    fn told<T: serde::Serialize>(kind: Kind, body: &T) -> Option<HouseAct> {
        let people = People::new([(AccountId(1), "alice".to_owned())].into(), BTreeMap::new());
        let rooms = [(LOBBY, RoomRow::default())].into();
        let known = Known {
            me: AccountId(1),
            people: &people,
            rooms: &rooms,
            ignored: &BTreeSet::new(),
            files: &BTreeMap::new(),
            moving: BTreeSet::new(),
        };
        act(kind, &codec::encode_value(body), &known)
    }

    #[test]
    fn acts_are_told_by_names_and_nobodys_account_is_nobody() {
        let alice = Concerned { account: AccountId(1) };
        assert_eq!(told(Kind::KICKED, &alice), Some(HouseAct::Kicked { who: "alice".into() }));
        let network = BanEntry { kind: BanKind::SOURCE, account: AccountId(0), until: 0 };
        let (kind, who, until) = (BanKind::SOURCE, None, None);
        assert_eq!(told(Kind::BANNED, &network), Some(HouseAct::Banned { kind, who, until }));
        let invite = |room| InvitedEntry { uses: 3, expires: 5, room };
        let invited = |room| Some(HouseAct::Invited { uses: 3, expires: Some(5), room });
        assert_eq!(told(Kind::INVITED, &invite(LOBBY)), invited(Some("Lobby".into())));
        assert_eq!(told(Kind::INVITED, &invite(RoomId(9))), invited(None));
        let (name, value) = (Text::cut("max_users"), Text::cut("12"));
        let setting = HouseAct::Setting { name: "max_users".into(), value: "12".into(), configured: false };
        assert_eq!(told(Kind::SETTING, &SettingEntry { name, value, configured: false }), Some(setting));
    }

    #[test]
    fn bytes_that_make_no_sense_tell_nothing() {
        assert_eq!(told(Kind::KEY, &()), None);
        assert_eq!(told(Kind(41), &()), None);
    }
}
