//! The house: who may do what on the whole server, and what becomes of whoever is sent or kept out.

use std::time::{Duration, Instant};

use aws_lc_rs::signature::KeyPair as _;
use serde::de::DeserializeOwned;
use snug_proto::bounded::{List, Text};
use snug_proto::codec::decode_value;
use snug_proto::entry::{Entry, Kind, LOBBY, RoleSet, RoomKind};
use snug_proto::file::FileReply;
use snug_proto::hello::{HelloAnswer, Registration, Welcome};
use snug_proto::house::{
    Act, BanEntry, BanInfo, BanKind, Banned, Concerned, Setting, SettingEntry, SettingName, UninvitedEntry,
};
use snug_proto::id::{AccountId, DeviceId, RoomId};
use snug_proto::limits::BANS_MAX;
use snug_proto::login::LoginReply;
use snug_proto::name::RoomName;
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::talk::{Change, Direction, Push, Reply, Request, Role, Target};
use snug_server::orders::{self, Answer, Order};

use crate::files::Files;
use crate::raw::{House, Person, device_key, new_device};

const WEEK: u32 = 7 * 86_400;

impl House {
    /// Whoever has the server's machine gives somebody a role.
    async fn promote(&self, name: &str, role: &str) {
        let order = Order::Promote { name: name.to_owned(), role: role.to_owned() };
        let answer = orders::give(&self.settings, self.identity.fingerprint, order).await.unwrap();
        assert_eq!(answer, Answer::Done);
    }

    /// Alice, who owns it, and bob and carol.
    async fn owned() -> (Self, [Person; 3]) {
        let house = Self::new().await;
        let [alice, bob, carol] =
            [house.register("alice").await, house.register("bob").await, house.register("carol").await];
        house.promote("alice", "owner").await;
        (house, [alice, bob, carol])
    }

    async fn welcome(&self) -> Welcome {
        match self.dial().await.hello().await {
            HelloAnswer::Welcome { welcome, .. } => welcome,
            other => panic!("not welcome: {other:?}"),
        }
    }

    /// What somebody is told who knows the password.
    async fn logs_in(&self, name: &str) -> LoginReply {
        let mut raw = self.dial().await;
        raw.hello().await;
        raw.login(name, name.as_bytes(), Some(new_device(&device_key()))).await
    }
}

impl Person {
    async fn house(&mut self) -> RoomId {
        let rooms = self.rooms().await;
        rooms.iter().find(|room| room.kind == RoomKind::HOUSE).expect("everybody is in it").room
    }

    /// What the house room tells, of one kind.
    async fn told_of(&mut self, kind: Kind) -> Vec<Entry> {
        let house = self.house().await;
        let page = self.page(house, 1, Direction::Forward, 100).await;
        page.entries.into_vec().into_iter().filter(|entry| entry.kind == kind).collect()
    }

    /// The last of them: whose act it was, and what it says.
    async fn last_act<T: DeserializeOwned>(&mut self, kind: Kind) -> (AccountId, T) {
        let last = self.told_of(kind).await.pop().expect("there is one");
        (last.author, decode_value(&last.body).unwrap())
    }

    async fn gives(&mut self, account: AccountId, role: Role) -> Result<Reply, Cause> {
        let room = self.house().await;
        self.change(Change::SetRole { room, account, role }).await.map_err(|refusal| refusal.cause)
    }

    async fn bans(&mut self) -> Vec<BanInfo> {
        match self.ask(Request::Bans).await {
            Ok(Reply::Bans(bans)) => bans.into_vec(),
            other => panic!("no bans: {other:?}"),
        }
    }
}

fn ban(what: Banned) -> Change {
    Change::Act(Act::Ban { what, until: 0 })
}

fn refusal(reply: LoginReply) -> Refusal {
    match reply {
        LoginReply::Refused { refusal, .. } => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn an_owner_gives_roles_that_hold_in_the_lobby_too_and_the_last_one_stays() {
    let (house, [mut alice, mut bob, mut carol]) = House::owned().await;
    let topic = |words: &str| Change::SetTopic { room: LOBBY, topic: Text::cut(words) };
    assert_eq!(bob.may_not(topic("mine")).await, Cause::NotAllowed);
    assert_eq!(bob.gives(carol.me.account, Role::Owner).await, Err(Cause::NotAllowed));

    assert_eq!(alice.gives(bob.me.account, Role::Moderator).await, Ok(Reply::Done));
    let (by, set) = carol.last_act::<RoleSet>(Kind::ROLE).await;
    assert_eq!((by, set), (alice.me.account, RoleSet { account: bob.me.account, role: 1 }));
    bob.does(topic("biscuits")).await;
    assert_eq!(carol.room(LOBBY).await.topic.as_str(), "biscuits");
    let name = RoomName::new("Parlour").unwrap();
    assert_eq!(bob.may_not(Change::Rename { room: LOBBY, name: name.clone() }).await, Cause::NotAllowed);
    alice.does(Change::Rename { room: LOBBY, name }).await;

    assert_eq!(alice.gives(alice.me.account, Role::Member).await, Err(Cause::LastServerOwner));
    assert_eq!(alice.gives(bob.me.account, Role::Owner).await, Ok(Reply::Done));
    assert_eq!(alice.gives(alice.me.account, Role::Member).await, Ok(Reply::Done));
    assert_eq!(alice.room(LOBBY).await.role, Role::Member);
    drop(house);
}

#[tokio::test]
async fn nobody_writes_to_the_house_or_leaves_it_and_who_comes_later_reads_all_of_it() {
    let (house, [mut alice, mut bob, _carol]) = House::owned().await;
    let room = alice.house().await;
    assert_eq!(alice.tells(Target::Room(room), "hello").await, Err(Cause::NotAllowed));
    for change in [
        Change::Leave { room },
        Change::Archive { room, archived: true },
        Change::Rename { room, name: RoomName::new("Mine").unwrap() },
        Change::RemoveMember { room, account: bob.me.account },
        Change::Leave { room: LOBBY },
        Change::Archive { room: LOBBY, archived: true },
    ] {
        assert_eq!(alice.may_not(change).await, Cause::NotAllowed);
    }
    bob.makes(RoomKind::CHANNEL, "Garden", &[]).await;
    let twin = crate::raw::room(RoomKind::CHANNEL, "H\u{43e}use", &[]);
    assert_eq!(bob.may_not(twin).await, Cause::RoomNameTaken, "nobody is to take a channel for the house");

    let mut dave = house.register("dave").await;
    assert_eq!(dave.told_of(Kind::CREATED).await[0].author, AccountId(0));
    assert_eq!(dave.told_of(Kind::ROLE).await.len(), 1);
    assert_eq!(dave.told_of(Kind::JOINED).await.len(), 4);
}

#[tokio::test]
async fn who_is_sent_out_is_cut_within_a_second_on_every_lane_and_may_come_back() {
    let (house, [mut alice, mut bob, mut carol]) = House::owned().await;
    let mut phone = house.another_device("bob").await;
    let mut files = Files::at(house.address, &phone).await;
    let kick = |account| Change::Act(Act::Kick { account });
    assert_eq!(carol.may_not(kick(bob.me.account)).await, Cause::NotAllowed);

    let began = Instant::now();
    alice.does(kick(bob.me.account)).await;
    for device in [&mut bob, &mut phone] {
        assert_eq!(device.goodbye().await.why, Why::Kicked);
    }
    assert!(matches!(files.hear().await, FileReply::Goodbye(Goodbye { why: Why::Kicked, .. })));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let (by, whom) = carol.last_act::<Concerned>(Kind::KICKED).await;
    assert_eq!((by, whom.account), (alice.me.account, bob.me.account));

    let (device, key) = bob.vanish();
    house.come_back(device, key).await;
    assert_eq!(alice.may_not(kick(alice.me.account)).await, Cause::NotAllowed, "nobody sends themselves out");
    assert_eq!(alice.may_not(kick(AccountId(99))).await, Cause::UnknownAccount);
}

#[tokio::test]
async fn an_account_that_is_banned_is_told_so_behind_the_proof_only() {
    let (mut house, [mut alice, mut bob, _carol]) = House::owned().await;
    alice.does(ban(Banned::Account(bob.me.account))).await;
    assert_eq!(bob.goodbye().await.why, Why::Banned);
    let (device, key) = bob.vanish();

    for _ in 0..2 {
        let mut raw = house.dial().await;
        raw.hello().await;
        let guess = raw.login("bob", b"a guess", None).await;
        assert_eq!(refusal(guess).cause, Cause::WrongNameOrPassword, "a stranger learns nothing");
        let told = refusal(house.logs_in("bob").await);
        assert_eq!((told.cause, told.retry_after), (Cause::Banned, None));
        assert_eq!(refusal(raw.device_login(device, &key).await).cause, Cause::Banned);
        house.restart().await;
    }

    let mut alice = house.come_back(alice.me.device, alice.key).await;
    let (_, entry) = alice.last_act::<BanEntry>(Kind::BANNED).await;
    assert_eq!((entry.kind, entry.account, entry.until), (BanKind::ACCOUNT, AccountId(2), 0));
    let bans = alice.bans().await;
    assert_eq!(bans.len(), 1);
    alice.does(Change::Act(Act::Unban { ban: bans[0].ban })).await;
    assert_eq!(alice.may_not(Change::Act(Act::Unban { ban: bans[0].ban })).await, Cause::NotThere);
    assert!(alice.bans().await.is_empty());
    house.come_back(device, key).await;
}

#[tokio::test]
async fn the_invites_of_who_is_banned_let_nobody_in_until_the_ban_is_lifted() {
    let (house, [mut alice, mut bob, _carol]) = House::owned().await;
    let Ok(Reply::Code { code, .. }) =
        bob.ask(Request::Invite { uses: 1, life: WEEK, room: RoomId(0) }).await
    else {
        panic!("an invite is made")
    };
    let code = snug_proto::Code::from_symbols(code.as_str()).unwrap();
    let mut early = house.dial().await;
    early.hello().await;
    assert!(matches!(early.prove(&code).await, LoginReply::CodeProven { .. }));
    alice.does(ban(Banned::Account(bob.me.account))).await;
    assert_eq!(refusal(early.register("bobby", b"bobby", &device_key()).await).cause, Cause::CodeRevoked);
    let mut raw = house.dial().await;
    raw.hello().await;
    assert_eq!(refusal(raw.prove(&code).await).cause, Cause::CodeRevoked);
    let there = alice.bans().await[0].ban;
    alice.does(Change::Act(Act::Unban { ban: there })).await;
    assert!(matches!(raw.prove(&code).await, LoginReply::CodeProven { .. }));
}

#[tokio::test]
async fn who_is_banned_uses_up_no_code_of_theirs() {
    let (house, [mut alice, mut bob, _carol]) = House::owned().await;
    let Ok(Reply::RecoveryCodes(codes)) = bob.ask(Request::RecoveryCodes).await else {
        panic!("codes are made")
    };
    let code = snug_proto::Code::from_symbols(codes[0].as_str()).unwrap();
    alice.does(ban(Banned::Account(bob.me.account))).await;
    let mut raw = house.dial().await;
    raw.hello().await;
    assert_eq!(refusal(raw.prove(&code).await).cause, Cause::Banned);
}

#[tokio::test]
async fn a_ban_that_ends_says_when() {
    let (house, [mut alice, bob, _carol]) = House::owned().await;
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let what = Banned::Account(bob.me.account);
    let past = Change::Act(Act::Ban { what: what.clone(), until: now - 1 });
    assert_eq!(alice.may_not(past).await, Cause::Malformed);
    alice.does(Change::Act(Act::Ban { what, until: now + 3_600_000 })).await;
    let told = refusal(house.logs_in("bob").await);
    assert_eq!(told.cause, Cause::Banned);
    assert!((3_000..=3_600).contains(&told.retry_after.unwrap()), "{told:?}");
}

#[tokio::test]
async fn a_device_that_is_banned_comes_back_under_no_name() {
    let (house, [mut alice, bob, _carol]) = House::owned().await;
    let mut phone = house.another_device("bob").await;
    alice.does(ban(Banned::Device(phone.me.device))).await;
    assert_eq!(phone.goodbye().await.why, Why::Banned);
    let (device, key) = phone.vanish();
    let mut raw = house.dial().await;
    raw.hello().await;
    assert_eq!(refusal(raw.device_login(device, &key).await).cause, Cause::UnknownDevice);
    let again = raw.login("bob", b"bob", Some(new_device(&key))).await;
    assert_eq!(refusal(again).cause, Cause::Banned);
    let newcomer = raw.register("dave", b"dave", &key).await;
    assert_eq!(refusal(newcomer).cause, Cause::Banned);
    let (device, key) = bob.vanish();
    let mut bob = house.come_back(device, key).await;
    // Nothing of it was kept, neither a device nor a newcomer.
    assert_eq!(bob.access().await.devices.len(), 1);
    house.register("dave").await;
}

#[tokio::test]
async fn a_key_that_was_banned_while_it_was_being_kept_begins_no_session() {
    let (mut house, [_alice, bob, _carol]) = House::owned().await;
    let (device, key) = bob.vanish();
    house.stop().await;
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    let ban = "INSERT INTO bans (kind, account, device_key, at, until, by) SELECT ?1, account, key, 0, 0, 0
               FROM devices WHERE key = ?2";
    assert_eq!(database.execute(ban, (BanKind::DEVICE.0, key.public_key().as_ref())).unwrap(), 1);
    house.start().await;
    let mut raw = house.dial().await;
    raw.hello().await;
    assert_eq!(refusal(raw.device_login(device, &key).await).cause, Cause::Banned);
}

#[tokio::test]
async fn one_key_under_two_ids_is_one_device_that_is_banned() {
    let (house, [mut alice, mut bob, _carol]) = House::owned().await;
    let mut raw = house.dial().await;
    raw.hello().await;
    let LoginReply::LoggedIn(me) = raw.login("bob", b"bob", Some(new_device(&bob.key))).await else {
        panic!("one key may come twice")
    };
    let mut twin = Person::new(raw, me, device_key());
    alice.does(ban(Banned::Device(twin.me.device))).await;
    assert_eq!(twin.goodbye().await.why, Why::Banned);
    assert_eq!(bob.goodbye().await.why, Why::Revoked);
    let (device, key) = bob.vanish();
    let mut raw = house.dial().await;
    raw.hello().await;
    assert_eq!(refusal(raw.device_login(device, &key).await).cause, Cause::UnknownDevice);
}

#[tokio::test]
async fn a_device_whose_ban_has_no_place_stays() {
    let (house, [mut alice, bob, mut carol]) = House::owned().await;
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
                INSERT INTO bans (kind, account, at, until, by) SELECT 1, 1000 + n, 0, 0, 0 FROM n";
    database.execute(fill, [BANS_MAX as i64]).unwrap();
    let device = Banned::Device(bob.me.device);
    assert_eq!(alice.may_not(ban(device.clone())).await, Cause::TooManyBans);
    // To whoever may ban nobody there are no devices to be told apart.
    for device in [device, Banned::Device(DeviceId(7))] {
        assert_eq!(carol.may_not(ban(device)).await, Cause::NotAllowed);
    }
    let (device, key) = bob.vanish();
    house.come_back(device, key).await.say("still here").await;
}

#[tokio::test]
async fn from_a_network_that_is_banned_only_known_devices_get_in() {
    let (house, [mut alice, mut bob, _carol]) = House::owned().await;
    alice.does(ban(Banned::SourcesOf(bob.me.account))).await;
    assert!(bob.rooms().await.len() > 1, "who is here stays");
    let bans = alice.bans().await;
    assert_eq!((bans[0].source.as_str(), bans[0].account), ("127.0.0.1", bob.me.account));
    let (_, entry) = bob.last_act::<BanEntry>(Kind::BANNED).await;
    assert_eq!((entry.kind, entry.account), (BanKind::SOURCE, bob.me.account));

    assert_eq!(refusal(house.logs_in("carol").await).cause, Cause::SourceBanned);
    let mut raw = house.dial().await;
    raw.hello().await;
    assert_eq!(refusal(raw.register("dave", b"dave", &device_key()).await).cause, Cause::SourceBanned);
    let (device, key) = bob.vanish();
    house.come_back(device, key).await;

    alice.does(Change::Act(Act::Unban { ban: bans[0].ban })).await;
    let other = Banned::Source(Text::cut("2001:db8:7::1"));
    alice.does(ban(other)).await;
    assert_eq!(alice.bans().await[0].source.as_str(), "2001:db8:7::/64");
    assert_eq!(alice.may_not(ban(Banned::Source(Text::cut("the attic")))).await, Cause::Malformed);
    assert!(matches!(house.logs_in("carol").await, LoginReply::LoggedIn(_)));
}

#[tokio::test]
async fn moderators_act_on_members_and_owners_on_everybody() {
    let (house, [mut alice, mut bob, mut carol]) = House::owned().await;
    let mut dave = house.register("dave").await;
    alice.gives(bob.me.account, Role::Moderator).await.unwrap();
    alice.gives(carol.me.account, Role::Moderator).await.unwrap();
    let kick = |account| Change::Act(Act::Kick { account });
    for (who, account) in [(&mut bob, carol.me.account), (&mut carol, alice.me.account)] {
        assert_eq!(who.may_not(kick(account)).await, Cause::NotAllowed);
    }
    let mut lists = Vec::new();
    for request in [Request::House, Request::People { after: AccountId(0) }, Request::Codes, Request::Bans] {
        assert!(bob.ask(request.clone()).await.is_ok());
        lists.push(dave.ask(request).await.unwrap_err().cause);
    }
    assert_eq!(lists, [Cause::NotAllowed; 4]);
    let rename = Change::Act(Act::Set(Setting::Name(Text::cut("Bob's"))));
    assert_eq!(bob.may_not(rename).await, Cause::NotAllowed);
    let reset = bob.ask(Request::Reset { account: dave.me.account }).await;
    assert_eq!(reset.unwrap_err().cause, Cause::NotAllowed);

    assert!(matches!(alice.ask(Request::Reset { account: dave.me.account }).await, Ok(Reply::Code { .. })));
    let (by, whom) = dave.last_act::<Concerned>(Kind::RESET).await;
    assert_eq!((by, whom.account), (alice.me.account, dave.me.account));
    bob.does(kick(dave.me.account)).await;
    alice.does(kick(carol.me.account)).await;
}

#[tokio::test]
async fn moderators_take_back_what_members_made_and_everybody_reads_it() {
    let (house, [mut alice, mut bob, mut carol]) = House::owned().await;
    alice.gives(bob.me.account, Role::Moderator).await.unwrap();
    let Ok(Reply::Code { code, .. }) =
        carol.ask(Request::Invite { uses: 1, life: WEEK, room: RoomId(0) }).await
    else {
        panic!("an invite is made")
    };
    let name = snug_proto::Code::from_symbols(code.as_str()).unwrap().name();
    let mut dave = house.register("dave").await;
    assert_eq!(dave.ask(Request::RevokeCode { code: name }).await.unwrap_err().cause, Cause::NotThere);
    assert_eq!(bob.ask(Request::RevokeCode { code: name }).await, Ok(Reply::Done));
    let (by, entry) = dave.last_act::<UninvitedEntry>(Kind::UNINVITED).await;
    assert_eq!((by, entry.maker, entry.code), (bob.me.account, carol.me.account, name));
}

#[tokio::test]
async fn what_somebody_wrote_down_for_a_bad_day_no_administrator_sees_or_takes_back() {
    let (house, [mut alice, mut bob, mut carol]) = House::owned().await;
    alice.gives(bob.me.account, Role::Moderator).await.unwrap();
    let Ok(Reply::RecoveryCodes(codes)) = carol.ask(Request::RecoveryCodes).await else {
        panic!("codes are made")
    };
    let code = snug_proto::Code::from_symbols(codes[0].as_str()).unwrap();
    for keeper in [&mut alice, &mut bob] {
        assert_eq!(keeper.ask(Request::Codes).await, Ok(Reply::Codes(List::default())));
        let taken = keeper.ask(Request::RevokeCode { code: code.name() }).await;
        assert_eq!(taken.unwrap_err().cause, Cause::NotThere);
    }
    assert!(carol.told_of(Kind::UNINVITED).await.is_empty());
    let mut raw = house.dial().await;
    raw.hello().await;
    assert!(matches!(raw.prove(&code).await, LoginReply::CodeProven { .. }));
}

#[tokio::test]
async fn settings_hold_at_once_and_after_a_restart_until_they_are_unset() {
    let (mut house, [mut alice, mut bob, carol]) = House::owned().await;
    let set = |setting| Change::Act(Act::Set(setting));
    alice.does(set(Setting::Name(Text::cut("The attic")))).await;
    alice.does(set(Setting::Registration(Registration::Invite))).await;
    alice.does(set(Setting::MaxUsers(2))).await;
    assert_eq!(alice.may_not(set(Setting::MaxUsers(0))).await, Cause::Malformed);
    assert_eq!(alice.may_not(set(Setting::Name(Text::cut(" ")))).await, Cause::Malformed);
    let (by, entry) = bob.last_act::<SettingEntry>(Kind::SETTING).await;
    assert_eq!((by, entry.name.as_str(), entry.value.as_str()), (alice.me.account, "max_users", "2"));
    assert!(!entry.configured);

    for _ in 0..2 {
        let welcome = house.welcome().await;
        assert_eq!((welcome.name.as_str(), welcome.max_users), ("The attic", 2));
        assert_eq!(welcome.registration, Registration::Invite);
        let mut raw = house.dial().await;
        raw.hello().await;
        assert_eq!(refusal(raw.register("dave", b"dave", &device_key()).await).cause, Cause::InviteNeeded);
        house.restart().await;
    }
    let mut alice = house.come_back(alice.me.device, alice.key).await;
    let _bob = house.come_back(bob.me.device, bob.key).await;
    let (device, key) = carol.vanish();
    let mut raw = house.dial().await;
    raw.hello().await;
    let full = refusal(raw.device_login(device, &key).await);
    assert_eq!(full.cause, Cause::ServerFull { max: 2 });

    alice.does(Change::Act(Act::Unset(SettingName::MaxUsers))).await;
    let (_, entry) = alice.last_act::<SettingEntry>(Kind::SETTING).await;
    assert_eq!((entry.value.as_str(), entry.configured), ("10", true));
    let _carol = house.come_back(device, key).await;
    let told = alice.told().await;
    assert!(told.iter().all(|push| !matches!(push, Push::Goodbye(_))), "nobody is sent away for it");
    let Ok(Reply::House(info)) = alice.ask(Request::House).await else { panic!("an owner may know") };
    let names: Vec<_> = info.settings.iter().map(|info| info.setting.name()).collect();
    assert_eq!(names, SettingName::ALL);
    assert!(info.settings[0].configured.is_some() && info.settings[2].configured.is_none());
    assert_eq!((info.seats, info.accounts), (3, 3));
}

#[tokio::test]
async fn a_moderator_lifts_what_a_moderator_may_ban() {
    let (house, [mut alice, mut bob, mut carol]) = House::owned().await;
    for account in [bob.me.account, carol.me.account] {
        alice.gives(account, Role::Moderator).await.unwrap();
    }
    let mut phone = house.another_device("bob").await;
    alice.does(ban(Banned::Device(phone.me.device))).await;
    assert_eq!(phone.goodbye().await.why, Why::Banned);
    bob.does(ban(Banned::Source(Text::cut("203.0.113.7")))).await;
    let bans = alice.bans().await;
    let lift = |at: usize| Change::Act(Act::Unban { ban: bans[at].ban });
    // Neither their own nor each other's.
    assert_eq!(bob.may_not(lift(0)).await, Cause::NotAllowed);
    assert_eq!(carol.may_not(lift(0)).await, Cause::NotAllowed);
    carol.does(lift(1)).await;
    alice.does(lift(0)).await;
    assert!(bob.bans().await.is_empty());
    assert_eq!(bob.told_of(Kind::UNBANNED).await.len(), 2);
}

#[tokio::test]
async fn where_there_are_too_many_bans_a_device_stays_and_one_that_is_over_makes_room() {
    let (house, [mut alice, mut bob, _carol]) = House::owned().await;
    let full = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 256)
        INSERT INTO bans (kind, account, source, at, until, by) SELECT 3, 0, '203.0.113.' || i, 1, 0, 0 FROM n";
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    database.execute_batch(full).unwrap();
    assert_eq!(alice.may_not(ban(Banned::Device(bob.me.device))).await, Cause::TooManyBans);
    assert!(bob.told().await.iter().all(|push| !matches!(push, Push::Goodbye(_))));
    assert!(bob.told_of(Kind::BANNED).await.is_empty());
    database.execute_batch("UPDATE bans SET until = 2 WHERE id = 1").unwrap();
    alice.does(ban(Banned::Device(bob.me.device))).await;
    assert_eq!(bob.goodbye().await.why, Why::Banned);
}

#[tokio::test]
async fn a_setting_that_holds_already_makes_no_entry() {
    let (_house, [mut alice, ..]) = House::owned().await;
    let set = || Change::Act(Act::Set(Setting::MaxUsers(7)));
    alice.does(set()).await;
    alice.does(set()).await;
    for _ in 0..2 {
        alice.does(Change::Act(Act::Unset(SettingName::MaxUsers))).await;
    }
    assert_eq!(alice.told_of(Kind::SETTING).await.len(), 2, "set, and unset");
}
