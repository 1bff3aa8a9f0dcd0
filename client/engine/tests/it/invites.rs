//! Invites and codes: first contact without a question, and what goes wrong with a link.

use std::time::Duration;

use rusqlite::Connection;
use snug_engine::command::{Command, Intent, TrustAnswer};
use snug_engine::event::{Invited, Link, Manner, Phase, Problem, Undone};
use snug_proto::code::Code;
use snug_proto::hello::Registration;
use snug_proto::invite::Destination;
use snug_proto::{Fingerprint, Invite};
use snug_server::orders::{self, Answer, Order};
use snug_server::tls::Identity;

use crate::trust::relay;
use crate::world::{LOBBY_ROOM, Person, Seen, World, address};

/// A server that takes nobody without an invite.
async fn by_invite() -> World {
    World::with(|settings| settings.registration = Registration::Invite).await
}

impl World {
    async fn order(&self, order: Order) -> Invite {
        let settings = &self.house.settings;
        match orders::give(settings, self.house.identity.fingerprint, order).await.unwrap() {
            Answer::Code { link, .. } => Invite::parse(&link).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// An invite by the administrator.
    async fn invite(&self, uses: u16) -> Invite {
        let address = Some(address(self.house.at).to_string());
        self.order(Order::Invite { uses, life: 3600, address, room: None, role: None }).await
    }

    /// Another program at the server's database.
    fn alter(&self, sql: &str) {
        Connection::open(self.house.settings.data.join("snug.db")).unwrap().execute_batch(sql).unwrap();
    }
}

impl Person {
    /// Follows a link, or an address with a code, as pasted.
    pub(crate) async fn follow(&self, pasted: &str, intent: Intent) {
        let mut form = self.form(intent, crate::world::PASSWORD);
        form.server = pasted.parse::<Destination>().unwrap();
        self.send(Command::Enter(form)).await;
    }

    /// In, without having been asked anything.
    pub(crate) async fn until_in_unasked(&mut self) {
        self.until("in, or asked", |seen| {
            assert!(!matches!(seen.phase, Some(Phase::Trust(_))), "no trust question");
            assert_eq!(seen.problem(), None);
            seen.is_online() && !seen.rooms.is_empty()
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_leads_in_without_a_question() {
    let world = by_invite().await;
    let link = world.invite(1).await.link();
    let mut alice = world.person("alice");
    // As a mail program breaks it.
    let (one, two) = link.split_at(30);
    alice.follow(&format!("  {one}\r\n {}", two.to_lowercase()), Intent::Register).await;
    alice.until_in_unasked().await;
    let session = alice.seen.session().unwrap();
    assert_eq!(
        (session.trust.manner, session.fingerprint),
        (Manner::Invite, world.house.identity.fingerprint)
    );
    alice.show(LOBBY_ROOM).await;
    alice.say("hello").await;
    alice.until_sent("hello").await;
    // And it is kept so.
    let mut alice = alice.quit().await.start();
    alice.open().await;
    alice.until_online().await;
    assert_eq!(alice.seen.session().unwrap().trust.manner, Manner::Invite);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dictated_code_proves_the_server_and_lets_in() {
    let world = by_invite().await;
    let invite = world.invite(1).await;
    let mut alice = world.person("alice");
    let typed = format!("{} {}", invite.address, invite.code.unwrap().to_string().to_lowercase());
    alice.follow(&typed, Intent::Register).await;
    alice.until_in_unasked().await;
    let session = alice.seen.session().unwrap();
    assert_eq!((session.trust.manner, session.fingerprint), (Manner::Code, world.house.identity.fingerprint));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_in_the_middle_at_first_contact_gets_nowhere_with_an_invite() {
    let world = by_invite().await;
    let invite = world.invite(2).await;
    let between = relay(world.house.at, Identity::throwaway()).await;

    // By the link: the key is another one, and nothing is said.
    let mut alice = world.person("alice");
    let link = Invite { address: address(between), ..invite }.link();
    alice.follow(&link, Intent::Register).await;
    assert_eq!(alice.until_problem().await, Problem::NotInvitedHere(address(between)));
    assert!(alice.seen.servers.is_empty(), "nothing was pinned");

    // By a dictated code: the relay passes everything on, and the proof fails.
    let code = world.invite(1).await.code.unwrap();
    alice.follow(&format!("{} {code}", address(between)), Intent::Register).await;
    alice.until("refused", |seen| seen.problem() == Some(&Problem::CodeNotProven)).await;
    assert!(alice.seen.servers.is_empty());
    // Nobody came in by it, so it still works where nobody is between.
    let mut bob = world.person("bob");
    bob.follow(&format!("{} {code}", address(world.house.at)), Intent::Register).await;
    bob.until_in_unasked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_a_code_is_told_in_a_sentence_of_its_own() {
    let world = by_invite().await;
    let [used_up, expired, revoked] = [world.invite(1).await, world.invite(1).await, world.invite(1).await];
    let mut alice = world.person("alice");
    alice.follow(&used_up.link(), Intent::Register).await;
    alice.until_in_unasked().await;
    let name = |invite: &Invite| u32::from(invite.code.as_ref().unwrap().name());
    world.alter(&format!("UPDATE codes SET expires = 1 WHERE name = {}", name(&expired)));
    world.alter(&format!("UPDATE codes SET revoked = 1 WHERE name = {}", name(&revoked)));
    let unknown = Invite { code: Some(Code::parse("0000-0000-0000").unwrap()), ..used_up.clone() };

    let mut bob = world.person("bob");
    for (invite, problem) in [
        (&used_up, Problem::CodeUsedUp),
        (&expired, Problem::CodeExpired),
        (&revoked, Problem::CodeRevoked),
        (&unknown, Problem::WrongCode),
        (&Invite { code: None, ..used_up.clone() }, Problem::InviteNeeded),
    ] {
        bob.follow(&invite.link(), Intent::Register).await;
        bob.until(&problem.to_string(), |seen| seen.problem() == Some(&problem)).await;
    }
    assert!(bob.seen.servers.is_empty());
    // Who has an account is kept out by none of this.
    let mut laptop = world.person("laptop");
    laptop.name = "alice".into();
    laptop.follow(&used_up.link(), Intent::LogIn).await;
    laptop.until_in_unasked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_another_server_is_told_before_a_word_is_said() {
    let world = by_invite().await;
    let invite = Invite { fingerprint: Fingerprint([7; 32]), ..world.invite(1).await };
    let mut alice = world.person("alice");
    alice.follow(&invite.link(), Intent::Register).await;
    assert_eq!(alice.until_problem().await, Problem::NotInvitedHere(invite.address));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_joins_the_old_record_only_if_the_person_says_so() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("mine to read").await;
    alice.until_sent("mine to read").await;
    let old = world.house.identity.fingerprint;
    world.house.stop().await;
    world.house.identity = Identity::throwaway();
    world.house.run().await;
    alice.until("stopped", |seen| matches!(seen.link(), Some(Link::KeyChanged(_)))).await;
    let invite = world.invite(1).await;

    let rekeyed = |seen: &Seen| matches!(seen.phase, Some(Phase::Rekeyed(_)));
    alice.follow(&invite.link(), Intent::LogIn).await;
    alice.until("asked", rekeyed).await;
    let Some(Phase::Rekeyed(change)) = alice.seen.phase.clone() else { unreachable!() };
    assert_eq!((change.trusted, change.shown), (old, invite.fingerprint));
    alice.send(Command::Answer(TrustAnswer::NotNow)).await;
    alice.until("out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;

    // The person says that it is the same server.
    alice.follow(&invite.link(), Intent::LogIn).await;
    alice.until("asked", rekeyed).await;
    alice.send(Command::Answer(TrustAnswer::SameServer)).await;
    alice.until_in_unasked().await;
    let session = alice.seen.session().unwrap();
    assert_eq!((session.fingerprint, session.trust.manner), (invite.fingerprint, Manner::Invite));
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("mine to read").await;
    assert_eq!(alice.seen.servers.len(), 1, "it is the same record");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_at_a_known_address_gets_a_record_of_its_own() {
    let mut world = World::new().await;
    let alice = world.alice().await;
    world.house.stop().await;
    world.house.identity = Identity::throwaway();
    world.house.settings.data = world.folder.path().join("another");
    world.house.run().await;
    let invite = world.invite(1).await;
    let mut alice = alice.quit().await.start();
    alice.follow(&invite.link(), Intent::Register).await;
    alice.until("asked", |seen| matches!(seen.phase, Some(Phase::Rekeyed(_)))).await;
    alice.send(Command::Answer(TrustAnswer::AnotherServer)).await;
    alice.until_in_unasked().await;
    alice.until("two servers", |seen| seen.servers.len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_vouches_for_a_server_that_was_trusted_unseen() {
    let world = World::new().await;
    let mut alice = world.person("alice");
    alice.enter(Intent::Register).await;
    alice.until_trust_question().await;
    alice.send(Command::Answer(TrustAnswer::WithoutComparing)).await;
    alice.until_online().await;
    alice.send(Command::LogOut { copy: snug_engine::command::CopyFate::Keep }).await;
    alice.until("out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { .. }))).await;
    alice.follow(&world.invite(1).await.link(), Intent::LogIn).await;
    alice.until_in_unasked().await;
    assert_eq!(alice.seen.session().unwrap().trust.manner, Manner::Invite);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_code_sets_another_password_for_its_own_account_alone() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("before").await;
    alice.until_sent("before").await;
    let at = Some(address(world.house.at).to_string());
    let invite = world.order(Order::Reset { name: "alice".into(), address: at }).await;

    let mut laptop = world.person("laptop");
    laptop.name = "bob".into();
    laptop.follow(&invite.link(), Intent::LogIn).await;
    assert_eq!(laptop.until_problem().await, Problem::CodeForAnother("alice".into()));
    laptop.name = "alice".into();
    let mut form = laptop.form(Intent::LogIn, "an entirely new pass phrase");
    form.server = Destination::Invite(invite);
    laptop.send(Command::Enter(form)).await;
    laptop.until("in", |seen| seen.is_online()).await;
    laptop.show(LOBBY_ROOM).await;
    laptop.until_sent("before").await;
    alice.until("logged out", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;
}

/// What somebody's engine made of a wish for an invite.
async fn made(person: &mut Person, wish: Command) -> Result<Invited, Undone> {
    person.seen.invited.clear();
    person.send(wish).await;
    person.until("there is an invite, or none", |seen| !seen.invited.is_empty()).await;
    person.seen.invited.remove(0)
}

const ONE_FOR_A_WEEK: Command =
    Command::Invite { uses: 1, life: Duration::from_secs(7 * 86_400), room: None };

#[tokio::test(flavor = "multi_thread")]
async fn alice_invites_bob_and_takes_another_invite_back() {
    let world = by_invite().await;
    let mut alice = world.person("alice");
    alice.follow(&world.invite(1).await.link(), Intent::Register).await;
    alice.until_in_unasked().await;

    let first = made(&mut alice, ONE_FOR_A_WEEK).await.unwrap().invite;
    assert_eq!(first.address, alice.address, "what she dialled: nobody decided another");
    let second = made(&mut alice, ONE_FOR_A_WEEK).await.unwrap().invite;
    alice.send(Command::Invites).await;
    let both = |seen: &Seen| seen.invites.as_ref().is_some_and(|invites| invites.len() == 2);
    alice.until("both are listed", both).await;
    alice.send(Command::Uninvite(second.code.as_ref().unwrap().name())).await;
    alice.until("one is left", |seen| seen.invites.as_ref().is_some_and(|invites| invites.len() == 1)).await;

    let mut bob = world.person("bob");
    bob.follow(&second.link(), Intent::Register).await;
    assert_eq!(bob.until_problem().await, Problem::CodeRevoked);
    let mut bob = bob.quit().await.start();
    bob.follow(&first.dictated().unwrap(), Intent::Register).await;
    bob.until_in_unasked().await;
    bob.show(LOBBY_ROOM).await;
    bob.say("thank you").await;
    alice.show(LOBBY_ROOM).await;
    alice.until_sent("thank you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_names_the_address_that_the_operator_decided() {
    let world = World::with(|settings| settings.address = Some("chat.example:7000".into())).await;
    let mut alice = world.alice().await;
    let invite = made(&mut alice, ONE_FOR_A_WEEK).await.unwrap().invite;
    assert_eq!(invite.address.to_string(), "chat.example:7000");
    assert!(!format!("{:?}", invite).contains(&invite.code.as_ref().unwrap().secret()));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_invite_without_a_connection_or_on_a_closed_server() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    let offline = made(&mut alice, ONE_FOR_A_WEEK).await.unwrap_err();
    assert!(offline.reason.contains("no connection"), "{}", offline.reason);
    world.house.settings.registration = Registration::Closed;
    world.house.run().await;
    alice.until_online().await;
    let closed = made(&mut alice, ONE_FOR_A_WEEK).await.unwrap_err();
    assert!(closed.reason.contains("no new accounts"), "{}", closed.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_of_ones_own_needs_a_code_and_no_password() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let code = made(&mut alice, Command::InviteDevice).await.unwrap().invite;
    let mut laptop = world.person("laptop");
    let mut form = laptop.form(Intent::LogIn, "");
    form.server = code.dictated().unwrap().parse().unwrap();
    laptop.send(Command::Enter(form.clone())).await;
    assert_eq!(laptop.until_problem().await, Problem::CodeForAnother("alice".into()));
    let mut laptop = laptop.quit().await.start();
    form.name = "alice".into();
    laptop.send(Command::Enter(form)).await;
    laptop.until_in_unasked().await;
    let (one, other) = (alice.seen.session().unwrap(), laptop.seen.session().unwrap());
    assert_eq!((one.me, other.trust.manner), (other.me, Manner::Code));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_written_down_opens_the_account_once_when_the_password_is_lost() {
    let world = World::with(|settings| settings.limits.login_tries_free = 1000).await;
    let mut alice = world.alice().await;
    alice.send(Command::RecoveryCodes).await;
    alice.until("there are codes", |seen| seen.recovery.is_some()).await;
    let codes = alice.seen.recovery.take().unwrap().unwrap();
    assert_eq!(codes.len(), 4);

    let mut laptop = world.person("laptop");
    laptop.name = "alice".into();
    // Whoever guesses uses nothing up, however often.
    let guess = format!("{}-0000-0000", codes[0].name());
    for _ in 0..6 {
        laptop.seen.phase = None;
        laptop.follow(&format!("{} {guess}", laptop.address), Intent::LogIn).await;
        assert_eq!(laptop.until_problem().await, Problem::CodeNotProven);
    }
    let mut form = laptop.form(Intent::LogIn, "an entirely new pass phrase");
    form.server = format!("{} {}", laptop.address, codes[0]).parse().unwrap();
    laptop.send(Command::Enter(form.clone())).await;
    laptop.until("in", |seen| seen.is_online()).await;
    alice.until("logged out", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;

    // It is good once; the others still are.
    let mut phone = world.person("phone");
    phone.send(Command::Enter(form.clone())).await;
    phone.until("in by the new password", |seen| seen.is_online()).await;
    let mut desktop = world.person("desktop");
    form.password = snug_engine::command::Password::new("yet another good pass phrase");
    desktop.send(Command::Enter(form.clone())).await;
    assert_eq!(desktop.until_problem().await, Problem::CodeUsedUp);
    let mut desktop = desktop.quit().await.start();
    form.server = format!("{} {}", desktop.address, codes[1]).parse().unwrap();
    desktop.send(Command::Enter(form)).await;
    desktop.until("in", |seen| seen.is_online()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_link_leads_in_and_makes_the_owner() {
    let mut world = World::with(|settings| settings.registration = Registration::Closed).await;
    world.house.stop().await;
    let server = snug_server::Server::bind(world.house.settings.clone(), world.house.identity.clone()).await;
    let server = server.unwrap();
    let link = server.owner_invite().await.unwrap().link();
    let stopped = tokio_util::sync::CancellationToken::new();
    stopped.cancel();
    server.run(stopped.cancelled_owned()).await;
    world.house.run().await;
    let mut alice = world.person("alice");
    alice.follow(&link, Intent::Register).await;
    alice.until_in_unasked().await;
    let conn = Connection::open(world.house.settings.data.join("snug.db")).unwrap();
    let owner: String = conn
        .query_row(
            "SELECT accounts.name FROM accounts JOIN members ON members.account = accounts.id
         JOIN rooms ON rooms.id = members.room WHERE rooms.kind = 6 AND members.role = 2",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(owner, "alice");
}
