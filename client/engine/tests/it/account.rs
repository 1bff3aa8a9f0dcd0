//! A person's own account: another password, how they look to others, and the end of it.

use snug_engine::command::{Command, Deed, Intent, Password, PictureChoice, TextsFate, TrustAnswer};
use snug_engine::event::{Link, Look, Manner, Notice, Phase, Problem, Undone, What};
use snug_proto::id::AccountId;

use crate::world::{LOBBY_ROOM, PASSWORD, Person, Seen, World};

const ANOTHER: &str = "a stable full of batteries";

impl Person {
    /// Waits for the answer to what was asked under this ticket.
    async fn answered(&mut self, ticket: u64) -> Result<(), Undone> {
        self.until("it is answered", |seen| seen.done.contains_key(&ticket)).await;
        self.seen.done.remove(&ticket).unwrap().map(drop)
    }

    async fn changes_password(&mut self, old: &str, new: &str) -> Result<(), Undone> {
        let (old, new) = (Password::new(old), Password::new(new));
        self.send(Command::ChangePassword { ticket: 1, old, new }).await;
        self.answered(1).await
    }

    async fn deletes_account(&mut self, password: &str, texts: TextsFate) -> Result<(), Undone> {
        self.send(Command::DeleteAccount { ticket: 3, password: Password::new(password), texts }).await;
        self.answered(3).await
    }

    async fn looks(&mut self, display: &str, colour: u8, picture: PictureChoice) -> Result<(), Undone> {
        self.send(Command::SetProfile { ticket: 2, display: display.into(), colour, picture }).await;
        self.answered(2).await
    }
}

/// Somebody's other computer, with this password typed.
async fn another(world: &World, computer: &str, name: &str, password: &str) -> Person {
    let mut person = world.person(computer);
    person.name = name.into();
    person.send(Command::Enter(person.form(Intent::LogIn, password))).await;
    person.until_trust_question().await;
    person.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    person
}

fn password_changes(seen: &Seen) -> usize {
    seen.notices.iter().filter(|notice| matches!(notice, Notice::PasswordChanged { .. })).count()
}

fn look_of(seen: &Seen, account: AccountId) -> Look {
    seen.looks.get(&account).cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_changes_her_password_and_her_other_devices_are_told() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut laptop = another(&world, "laptop", "alice", PASSWORD).await;
    laptop.until_online().await;
    alice.until("both", |seen| seen.devices.as_ref().is_some_and(|devices| devices.list.len() == 2)).await;
    let set = alice.seen.devices.as_ref().unwrap().password_set;

    let wrong = alice.changes_password("not this one, surely", ANOTHER).await.unwrap_err();
    assert_eq!(wrong.reason, "The password is wrong.");
    let weak = alice.changes_password(PASSWORD, "password1").await.unwrap_err();
    assert!(weak.reason.starts_with("This password is too easy to guess."), "{}", weak.reason);
    alice.changes_password(PASSWORD, ANOTHER).await.unwrap();
    laptop.until("told", |seen| password_changes(seen) == 1).await;
    assert!(alice.seen.devices.as_ref().unwrap().password_set >= set);
    // Whoever changed it knows, also after a restart.
    let mut alice = alice.quit().await.start();
    alice.open().await;
    alice.until("the list", |seen| seen.devices.is_some()).await;
    assert_eq!(password_changes(&alice.seen), 0);

    let mut tablet = another(&world, "tablet", "alice", PASSWORD).await;
    assert_eq!(tablet.until_problem().await, Problem::WrongNameOrPassword);
    tablet.send(Command::Enter(tablet.form(Intent::LogIn, ANOTHER))).await;
    tablet.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_proves_nothing_to_another_server_than_it_was_set_at() {
    let world = World::new().await;
    let alice = world.alice().await.quit().await;
    let list = rusqlite::Connection::open(alice.folder.join("profile/servers.sqlite")).unwrap();
    let changed = list.execute("UPDATE servers SET server_key = zeroblob(length(server_key))", []).unwrap();
    assert_eq!(changed, 1);
    drop(list);
    let mut alice = alice.start();
    alice.open().await;
    alice.until_online().await;
    let refused = alice.changes_password(PASSWORD, ANOTHER).await.unwrap_err();
    assert!(refused.reason.starts_with("This is not the server"), "{}", refused.reason);
    let refused = alice.deletes_account(PASSWORD, TextsFate::Stay).await.unwrap_err();
    assert!(refused.reason.starts_with("This is not the server"), "{}", refused.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_nothing_of_the_account_is_changed() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    world.house.stop().await;
    alice.until("offline", |seen| !seen.is_online()).await;
    let refused = alice.changes_password(PASSWORD, ANOTHER).await.unwrap_err();
    assert_eq!(refused.reason, "This needs a connection to the server.");
    let refused = alice.looks("Allie", 1, PictureChoice::Keep).await.unwrap_err();
    assert_eq!(refused.reason, "This needs a connection to the server.");
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_with_a_wrong_password_have_to_wait() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut wait = None;
    for _ in 0..20 {
        let refused = alice.changes_password("not this one, surely", ANOTHER).await.unwrap_err();
        wait = refused.retry_after;
        if wait.is_some() {
            break;
        }
    }
    assert!(wait.is_some(), "guessing at a machine that was left open is slow");
}

#[tokio::test(flavor = "multi_thread")]
async fn alice_is_called_what_she_wants_wherever_her_name_stands() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let id = bob.account_of("alice").await;
    alice.say("hello").await;
    bob.until("it came", |seen| seen.item("hello").is_some()).await;

    alice.looks("  Allie   Moon ", 3, PictureChoice::Keep).await.unwrap();
    bob.until("her look", |seen| look_of(seen, id).display == "Allie Moon").await;
    let look = look_of(&bob.seen, id);
    assert_eq!((look.name.as_str(), look.colour, look.picture), ("alice", 3, None));
    bob.until("her name in the list", |seen| seen.room("Allie Moon").is_some()).await;
    assert!(bob.seen.room("alice").is_none());
    bob.until("and over her text", |seen| {
        seen.item("hello").is_some_and(|item| item.author_name == "Allie Moon")
    })
    .await;
    let named = What::Named { who: "alice".into(), name: "Allie Moon".into() };
    let says = |seen: &Seen| seen.items().iter().filter(|item| item.what == named).count();
    bob.until("and a line says so", |seen| says(seen) == 1).await;

    // Either name means her.
    for text in ["@allie moon, see?", "and @Alice as well"] {
        bob.say(text).await;
        let mentions =
            |item: &snug_engine::event::Item| matches!(&item.what, What::Text(said) if said.mentions_me);
        alice.until("she is meant", |seen| seen.item(text).is_some_and(mentions)).await;
    }
    bob.until_sent("and @Alice as well").await;
    let What::Text(said) = &bob.seen.item("and @Alice as well").unwrap().what else { panic!("a text") };
    assert_eq!(said.mentions, ["alice"], "as it stands there");
    for (serial, query) in [(1, "from:alice hello"), (2, "from:\"Allie Moon\" hello")] {
        bob.send(Command::Search { serial, query: query.into(), limit: 10 }).await;
        bob.until("found", |seen| seen.found.as_ref().is_some_and(|found| found.serial == serial)).await;
        let found = bob.seen.found.as_ref().unwrap();
        assert_eq!(found.problem, None, "{query}");
    }

    // A colour is no other name, and nobody gets one that looks like somebody's.
    alice.looks("Allie Moon", 5, PictureChoice::Keep).await.unwrap();
    bob.until("another colour", |seen| look_of(seen, id).colour == 5).await;
    assert!(bob.looks("A11ie Moon", 0, PictureChoice::Keep).await.is_err());
    assert!(bob.looks("alice", 0, PictureChoice::Keep).await.is_err());

    // Who comes later sees it, and who is offline still does.
    let mut carol = world.friend("carol").await;
    carol.until("her look", |seen| look_of(seen, id).colour == 5).await;
    carol.until("her name", |seen| seen.room("Allie Moon").is_some()).await;
    let bob = bob.quit().await;
    alice.looks("", 0, PictureChoice::Keep).await.unwrap();
    let mut bob = bob.start();
    bob.open().await;
    bob.show(LOBBY_ROOM).await;
    bob.until("what she is called again", |seen| {
        seen.room("alice").is_some() && look_of(seen, id) == Look::default()
    })
    .await;
    let again = What::Named { who: "alice".into(), name: String::new() };
    bob.until("and a line says so", |seen| seen.items().iter().any(|item| item.what == again)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_comes_by_itself_and_goes_when_nobody_looks_like_that() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let id = bob.account_of("alice").await;
    let chosen = world.folder.path().join("me.png");
    image::DynamicImage::new_rgb8(900, 700).save(&chosen).unwrap();

    let none = world.folder.path().join("no picture.png");
    std::fs::write(&none, "hello, bob").unwrap();
    let refused = alice.looks("", 0, PictureChoice::Take(none)).await.unwrap_err();
    assert!(refused.reason.starts_with("This is no picture"), "{}", refused.reason);

    alice.looks("", 0, PictureChoice::Take(chosen)).await.unwrap();
    bob.until("her picture", |seen| look_of(seen, id).picture.is_some()).await;
    let path = look_of(&bob.seen, id).picture.unwrap();
    assert_eq!(image::image_dimensions(&path).unwrap(), (256, 256));
    assert!(path.starts_with(&bob.folder));
    assert!(bob.seen.transfers.is_empty(), "nobody waits for it in a list");
    alice.until("her own", |seen| look_of(seen, id).picture.is_some()).await;

    // It stays with another name, also after a restart.
    alice.looks("Allie", 0, PictureChoice::Keep).await.unwrap();
    bob.until("her name", |seen| look_of(seen, id).display == "Allie").await;
    assert_eq!(look_of(&bob.seen, id).picture.as_ref(), Some(&path));
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until("still there", |seen| look_of(seen, id).picture.as_ref() == Some(&path)).await;

    bob.until_online().await;
    // Who is ignored puts nothing on this computer.
    let ignore = |ignored| Deed::Ignore { account: id, ignored };
    bob.does(ignore(true)).await.unwrap();
    bob.until("not there", |seen| look_of(seen, id).picture.is_none()).await;
    assert!(!path.exists());
    bob.does(ignore(false)).await.unwrap();
    bob.until("there again", |seen| look_of(seen, id).picture.as_ref() == Some(&path)).await;

    alice.looks("Allie", 0, PictureChoice::Remove).await.unwrap();
    bob.until("gone", |seen| look_of(seen, id).display == "Allie" && look_of(seen, id).picture.is_none())
        .await;
    bob.until("from the disk as well", |_| !path.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bob_deletes_his_account_and_everything_of_it_leaves_his_computer() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    let mut laptop = another(&world, "laptop", "bob", PASSWORD).await;
    laptop.until_online().await;
    bob.say("mine").await;
    alice.until("it came", |seen| seen.item("mine").is_some()).await;

    let wrong = bob.deletes_account("not this one, surely", TextsFate::Stay).await.unwrap_err();
    assert_eq!(wrong.reason, "The password is wrong.");
    assert!(bob.seen.is_online());
    bob.deletes_account(PASSWORD, TextsFate::Stay).await.unwrap();
    bob.until("the form", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    bob.until("the list", |seen| seen.servers.iter().all(|known| !known.has_copy && !known.has_device)).await;
    let known = &bob.seen.servers[0];
    assert_eq!((known.account.as_ref(), known.trust.manner), (None, Manner::WordsCompared));
    laptop.until("cut off", |seen| matches!(seen.link(), Some(Link::DeviceForgotten))).await;
    let left = What::Left { who: "bob".into(), by: None };
    alice.until("he left", |seen| seen.items().iter().any(|item| item.what == left)).await;
    assert!(alice.seen.item("mine").is_some(), "what he wrote stays");

    // Nobody gets in under that name again, and nobody else gets it.
    bob.enter(Intent::LogIn).await;
    assert_eq!(bob.until_problem().await, Problem::WrongNameOrPassword);
    bob.enter(Intent::Register).await;
    bob.until("taken", |seen| seen.problem() == Some(&Problem::NameTaken)).await;
    let off = bob.quit().await;
    assert!(off.copies().is_empty() && !off.folder.join("profile/server-1.key").exists());
    world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bob_wrote_goes_with_his_account_if_he_wants() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    bob.say("not for ever").await;
    alice.until("it came", |seen| seen.item("not for ever").is_some()).await;
    bob.deletes_account(PASSWORD, TextsFate::Retract).await.unwrap();
    alice
        .until("it is gone", |seen| {
            seen.item("not for ever").is_none()
                && seen.items().iter().any(|item| item.what == What::Retracted)
        })
        .await;
    // What is not on the server goes as well.
    bob.until("the form", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    assert!(bob.quit().await.copies().is_empty());
}
