//! The house: alice runs a server, bob lives on it, and everybody reads what she does.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use snug_engine::command::{Command, Deed, Intent, Password, TrustAnswer};
use snug_engine::event::{
    Delivery, HouseAct, Invited, Link, Notice, Problem, Resident, Room, Undone, Unread, What,
};
use snug_proto::entry::RoomKind;
use snug_proto::hello::Registration;
use snug_proto::house::{Act, BanKind, Banned, Setting, SettingName};
use snug_proto::id::{AccountId, RoomId};
use snug_proto::invite::Destination;
use snug_proto::login::Purpose;
use snug_proto::talk::{Role, Target};
use tokio_util::sync::CancellationToken;

use crate::world::{LOBBY_ROOM, PASSWORD, Person, Seen, World};

impl World {
    /// Alice, who came in by the owner's link.
    async fn owner(&mut self) -> Person {
        self.house.stop().await;
        let (settings, identity) = (self.house.settings.clone(), self.house.identity.clone());
        let server = snug_server::Server::bind(settings, identity).await.unwrap();
        let link = server.owner_invite().await.unwrap().link();
        let stopped = CancellationToken::new();
        stopped.cancel();
        server.run(stopped.cancelled_owned()).await;
        self.house.run().await;
        let mut alice = self.person("alice");
        alice.follow(&link, Intent::Register).await;
        alice.until_in_unasked().await;
        alice
    }

    /// A house that alice runs and bob lives in.
    async fn with_two() -> (Self, Person, Person, AccountId) {
        let mut world = Self::new().await;
        let mut alice = world.owner().await;
        let bob = world.bob().await;
        let account = alice.account_of("bob").await;
        (world, alice, bob, account)
    }

    /// Bob's other computer, with the form filled in.
    fn bobs_laptop(&self) -> Person {
        let mut laptop = self.person("laptop");
        laptop.name = "bob".into();
        laptop
    }
}

fn house(seen: &Seen) -> Option<&Room> {
    seen.rooms.iter().find(|room| room.kind == RoomKind::HOUSE)
}

fn acts(seen: &Seen) -> Vec<HouseAct> {
    let act = |what: &What| match what {
        What::Act(act) => Some(act.clone()),
        _ => None,
    };
    seen.items().iter().filter_map(|item| act(&item.what)).collect()
}

fn has_words(seen: &Seen, words: &str) -> bool {
    seen.notices.iter().any(|notice| matches!(notice, Notice::NotDone { reason } if reason.contains(words)))
}

fn in_a_week() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from((now + Duration::from_secs(7 * 86_400)).as_millis()).unwrap()
}

impl Person {
    async fn house(&mut self) -> RoomId {
        self.until("the house is listed", |seen| house(seen).is_some()).await;
        house(&self.seen).unwrap().room.unwrap()
    }

    async fn reads_the_house(&mut self) {
        let house = Target::Room(self.house().await);
        self.show(house).await;
    }

    async fn acts(&mut self, act: Act) {
        self.does(Deed::Act(act)).await.unwrap();
    }

    async fn until_kicked(&mut self) {
        self.until("sent out", |seen| matches!(seen.link(), Some(Link::Kicked))).await;
    }

    async fn until_banned(&mut self) {
        let is_banned = |seen: &Seen| matches!(seen.link(), Some(Link::Stopped(Problem::Banned { .. })));
        self.until("kept out", is_banned).await;
    }

    async fn until_queued(&mut self, text: &str) {
        let is_queued = |seen: &Seen| seen.item(text).is_some_and(|item| item.state == Delivery::Queued);
        self.until("it waits", is_queued).await;
    }

    async fn until_act(&mut self, told: HouseAct) {
        self.until(&format!("{told:?}"), |seen| acts(seen).contains(&told)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_makes_bob_a_moderator_and_everybody_can_read_that() {
    let (world, mut alice, mut bob, account) = World::with_two().await;
    let room = alice.house().await;
    assert_eq!(house(&alice.seen).unwrap().role, Role::Owner);
    assert_eq!(bob.house().await, room);
    assert_eq!(house(&bob.seen).unwrap().role, Role::Member);
    alice.does(Deed::SetRole { room, account, role: Role::Moderator }).await.unwrap();
    bob.until("he is told", |seen| house(seen).unwrap().role == Role::Moderator).await;
    bob.until("and it holds in the lobby", |seen| seen.rooms[0].role == Role::Moderator).await;
    assert!(bob.seen.arrived.is_empty(), "an act is no message");
    assert_eq!(house(&bob.seen).unwrap().unread, Unread::Nothing);

    // Who comes later reads it all, and has missed nothing.
    let mut carol = world.friend("carol").await;
    carol.reads_the_house().await;
    let promoted = |what: &What| matches!(what, What::RoleSet { who, role: Role::Moderator } if who == "bob");
    carol.until("she reads it", |seen| seen.items().iter().any(|item| promoted(&item.what))).await;
    let item = carol.seen.items().iter().find(|item| promoted(&item.what)).unwrap();
    assert_eq!(item.author_name, "alice");
    let first = carol.seen.items().first().unwrap();
    assert_eq!((&first.what, first.author_name.as_str()), (&What::Created, "The administrator"));
    let listed = house(&carol.seen).unwrap();
    assert_eq!((listed.name.as_str(), listed.unread), ("House", Unread::Nothing));
    let names: Vec<&str> = carol.seen.rooms.iter().map(|room| room.name.as_str()).collect();
    assert_eq!(names, ["Lobby", "Notes", "House", "alice", "bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_one_and_nobody_writes_into_the_house() {
    let (_world, mut alice, _bob, _) = World::with_two().await;
    let room = alice.house().await;
    let account = alice.seen.session().unwrap().me;
    let undone = alice.does(Deed::SetRole { room, account, role: Role::Member }).await.unwrap_err();
    assert_eq!(undone.reason, "You are the last owner of this server. Make somebody else an owner first.");
    assert!(alice.does(Deed::Leave(room)).await.is_err());
    alice.say_in(Target::Room(room), "hello?").await;
    alice
        .until("it comes back", |seen| {
            let comes_back =
                |notice: &Notice| matches!(notice, Notice::NotQueued { text, .. } if text == "hello?");
            seen.notices.iter().any(comes_back)
        })
        .await;
    assert_eq!(alice.seen.session().unwrap().unsent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bob_is_sent_out_and_stays_away_until_he_presses_connect() {
    let (world, mut alice, mut bob, account) = World::with_two().await;
    let mut laptop = world.bobs_laptop();
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    laptop.until_online().await;
    alice.acts(Act::Kick { account }).await;
    bob.until_kicked().await;
    laptop.until_kicked().await;
    bob.say("I was not done").await;
    bob.until_queued("I was not done").await;

    // Also after a restart.
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_kicked().await;
    bob.show(LOBBY_ROOM).await;
    bob.until_queued("I was not done").await;
    bob.send(Command::Retry).await;
    bob.until_online().await;
    bob.until_sent("I was not done").await;
    bob.reads_the_house().await;
    bob.until_act(HouseAct::Kicked { who: "bob".into() }).await;

    // Once back, a restart comes back by itself.
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_online().await;
    // Who types the password wants to come back as well.
    let mut laptop = laptop.quit().await.start();
    laptop.name = "bob".into();
    laptop.enter(Intent::LogIn).await;
    laptop.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_is_told_after_the_proof_and_what_was_written_waits_for_its_end() {
    let (world, mut alice, mut bob, account) = World::with_two().await;
    alice.send(Command::Bans).await;
    alice.until("there are none", |seen| seen.bans.as_ref().is_some_and(|bans| bans.is_empty())).await;
    let until = in_a_week();
    alice.acts(Act::Ban { what: Banned::Account(account), until }).await;
    bob.until_banned().await;
    bob.say("still here").await;
    bob.until_queued("still here").await;
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_banned().await;
    let Some(Link::Stopped(Problem::Banned { until: Some(wait) })) = bob.seen.link() else {
        panic!("{:?}", bob.seen.link());
    };
    assert!(*wait > Duration::from_secs(6 * 86_400) && *wait <= Duration::from_secs(7 * 86_400), "{wait:?}");

    // By the form he is told so, if he is bob.
    let mut laptop = world.bobs_laptop();
    for (password, is_told) in [("not bob's password at all", false), (PASSWORD, true)] {
        laptop.send(Command::Enter(laptop.form(Intent::LogIn, password))).await;
        laptop.until_trust_question().await;
        laptop.seen.phase = None;
        laptop.send(Command::Answer(TrustAnswer::ProveByLogin)).await;
        let problem = laptop.until_problem().await;
        assert_eq!(matches!(problem, Problem::Banned { until: Some(_) }), is_told, "{problem:?}");
    }

    // The list comes by itself after an act of her own.
    alice.until("it is listed", |seen| seen.bans.as_ref().is_some_and(|bans| bans.len() == 1)).await;
    let ban = alice.seen.bans.as_ref().unwrap()[0].clone();
    assert_eq!(
        (ban.kind, ban.name.as_deref(), ban.by.as_deref()),
        (BanKind::ACCOUNT, Some("bob"), Some("alice"))
    );
    assert_eq!(ban.until, Some(until));
    alice.acts(Act::Unban { ban: ban.ban }).await;
    alice.until("it is gone", |seen| seen.bans.as_ref().is_some_and(|bans| bans.is_empty())).await;
    bob.send(Command::Retry).await;
    bob.until_online().await;
    bob.show(LOBBY_ROOM).await;
    bob.until_sent("still here").await;
    bob.reads_the_house().await;
    let (kind, who) = (BanKind::ACCOUNT, Some("bob".to_owned()));
    bob.until_act(HouseAct::Banned { kind, who: who.clone(), until: Some(until) }).await;
    bob.until_act(HouseAct::Unbanned { kind, who }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_banned_network_only_known_devices_get_in() {
    let (world, mut alice, bob, account) = World::with_two().await;
    // Everybody here dials from the same computer.
    alice.acts(Act::Ban { what: Banned::SourcesOf(account), until: 0 }).await;
    let mut carol = world.person("carol");
    carol.enter(Intent::Register).await;
    carol.until_trust_question().await;
    carol.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    assert_eq!(carol.until_problem().await, Problem::SourceBanned);
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_online().await;
    alice.send(Command::Bans).await;
    alice.until("it is listed", |seen| seen.bans.as_ref().is_some_and(|bans| bans.len() == 1)).await;
    let ban = alice.seen.bans.as_ref().unwrap()[0].clone();
    assert_eq!(
        (ban.kind, ban.name.as_deref(), ban.source.as_str()),
        (BanKind::SOURCE, Some("bob"), "127.0.0.1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_kept_out_is_forgotten_and_its_person_is_not() {
    let (_world, mut alice, mut bob, account) = World::with_two().await;
    alice.send(Command::DevicesOf(account)).await;
    alice.until("his devices", |seen| seen.devices_of.is_some()).await;
    let (of, devices) = alice.seen.devices_of.clone().unwrap();
    assert_eq!((of, devices.list.len(), devices.list[0].this), (account, 1, false));
    alice.acts(Act::Ban { what: Banned::Device(devices.list[0].device), until: 0 }).await;
    bob.until_banned().await;
    alice
        .until("the list came by itself", |seen| {
            seen.devices_of.as_ref().is_some_and(|(_, devices)| devices.list.is_empty())
        })
        .await;
    bob.send(Command::Retry).await;
    bob.until("forgotten", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;
    // With another key he is welcome.
    bob.enter(Intent::LogIn).await;
    bob.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_alice_sets_holds_at_once_and_bob_sees_the_new_name() {
    let (world, mut alice, mut bob, _) = World::with_two().await;
    alice.send(Command::House).await;
    alice.until("how it is doing", |seen| seen.house.is_some()).await;
    let told = alice.seen.house.clone().unwrap();
    assert_eq!((told.accounts, told.seats), (2, 2));
    assert!(told.settings.iter().all(|setting| setting.configured.is_none()), "{:?}", told.settings);
    let before = bob.seen.session().unwrap().server_name.clone();
    let name = Setting::Name(snug_proto::bounded::Text::cut("The attic"));
    alice.acts(Act::Set(name.clone())).await;
    bob.until("he sees it", |seen| seen.session().unwrap().server_name == "The attic").await;
    bob.until("in the list as well", |seen| seen.servers[0].name == "The attic").await;
    alice
        .until("told by itself", |seen| {
            let house = seen.house.as_ref().unwrap();
            house.settings.iter().any(|info| info.setting == name && info.configured.is_some())
        })
        .await;
    alice.acts(Act::Set(Setting::Registration(Registration::Closed))).await;
    let mut carol = world.person("carol");
    carol.enter(Intent::Register).await;
    carol.until_trust_question().await;
    carol.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    assert_eq!(carol.until_problem().await, Problem::RegistrationClosed);
    alice.acts(Act::Unset(SettingName::Name)).await;
    bob.until("and back", |seen| seen.session().unwrap().server_name == before).await;
    bob.reads_the_house().await;
    let set =
        |value: &str, configured| HouseAct::Setting { name: "name".into(), value: value.into(), configured };
    bob.until_act(set("The attic", false)).await;
    bob.until_act(set(&before, true)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_sees_people_and_codes_and_bob_does_not() {
    let (_world, mut alice, mut bob, account) = World::with_two().await;
    for wish in [Command::People, Command::Codes, Command::House, Command::Bans, Command::DevicesOf(account)]
    {
        bob.seen.notices.clear();
        bob.send(wish).await;
        bob.until("he may not", |seen| has_words(seen, "Only moderators and owners")).await;
    }
    assert!(bob.seen.people.is_none() && bob.seen.codes.is_none());

    alice.send(Command::People).await;
    alice.until("everybody", |seen| seen.people.as_ref().is_some_and(|people| people.len() == 2)).await;
    let people: Arc<[Resident]> = alice.seen.people.clone().unwrap();
    let shown: Vec<_> =
        people.iter().map(|one| (one.name.as_str(), one.role, one.online, one.devices)).collect();
    assert_eq!(shown, [("alice", Role::Owner, true, 1), ("bob", Role::Member, true, 1)]);

    let (uses, life, room) = (1, Duration::from_secs(3600), None);
    bob.send(Command::Invite { uses, life, room }).await;
    bob.until("an invite", |seen| !seen.invited.is_empty()).await;
    alice.send(Command::Codes).await;
    alice.until("it is listed", |seen| seen.codes.as_ref().is_some_and(|codes| codes.len() == 1)).await;
    let code = alice.seen.codes.as_ref().unwrap()[0].clone();
    assert_eq!((code.maker.as_deref(), code.account.as_deref()), (Some("bob"), None));
    assert_eq!(code.purpose, Purpose::REGISTER);
    alice.send(Command::Uninvite(code.invite.code)).await;
    alice.until("it is gone", |seen| seen.codes.as_ref().is_some_and(|codes| codes.is_empty())).await;
    bob.reads_the_house().await;
    bob.until_act(HouseAct::Uninvited { maker: Some("bob".into()) }).await;
    alice.acts(Act::Kick { account }).await;
    alice.until("he is not here", |seen| seen.people.as_ref().is_some_and(|people| !people[1].online)).await;
}

/// What came of a wish for a code.
async fn reset_code(person: &mut Person, account: AccountId) -> Result<Invited, Undone> {
    person.seen.invited.clear();
    person.send(Command::ResetPassword(account)).await;
    person.until("a code, or none", |seen| !seen.invited.is_empty()).await;
    person.seen.invited.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_code_from_the_window_lets_bob_set_another_password() {
    let (world, mut alice, mut bob, account) = World::with_two().await;
    bob.say("before").await;
    bob.until_sent("before").await;
    let nobody = alice.seen.session().unwrap().me;
    assert!(reset_code(&mut bob, nobody).await.is_err(), "a member may not");
    let code = reset_code(&mut alice, account).await.unwrap().invite;

    let mut laptop = world.bobs_laptop();
    let mut form = laptop.form(Intent::LogIn, "an entirely new pass phrase");
    form.password = Password::new("an entirely new pass phrase");
    form.server = code.dictated().unwrap().parse::<Destination>().unwrap();
    laptop.send(Command::Enter(form)).await;
    laptop.until_in_unasked().await;
    laptop.show(LOBBY_ROOM).await;
    laptop.until_sent("before").await;
    bob.until("logged out", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;
    laptop.reads_the_house().await;
    laptop.until_act(HouseAct::Reset { who: "bob".into() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_nothing_is_asked_and_nothing_done() {
    let (mut world, mut alice, _bob, account) = World::with_two().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    alice.send(Command::People).await;
    alice.until("a sentence", |seen| has_words(seen, "no connection")).await;
    assert!(alice.does(Deed::Act(Act::Kick { account })).await.is_err());
}
