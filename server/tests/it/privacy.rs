//! What people show of themselves, and whom they ignore.

use snug_proto::entry::LOBBY;
use snug_proto::id::AccountId;
use snug_proto::limits::IGNORED_MAX;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Account, Change, Privacy, Push, Reply, Request, Target};

use crate::raw::{House, Person};

async fn account(person: &mut Person) -> Account {
    match person.ask(Request::Account).await {
        Ok(Reply::Account(account)) => account,
        other => panic!("no account: {other:?}"),
    }
}

/// When somebody was last here, as others see it.
async fn seen(person: &mut Person, whose: AccountId) -> Option<i64> {
    match person.ask(Request::Members { room: LOBBY, after: AccountId(0) }).await {
        Ok(Reply::Members(members)) => {
            members.iter().find(|member| member.account == whose).expect("everybody is in the lobby").seen
        }
        other => panic!("no members: {other:?}"),
    }
}

#[tokio::test]
async fn when_one_was_last_here_is_seen_or_hidden() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    bob.say("hello").await;
    let came = seen(&mut alice, b).await.expect("he shows it");
    bob.does(Change::SetPrivacy(Privacy { last_seen: false, reads: true })).await;
    assert_eq!(seen(&mut alice, b).await, None);
    bob.does(Change::SetPrivacy(Privacy::default())).await;
    // The log out goes behind his last word in the writer's order.
    bob.ask(Request::LogOut).await.unwrap();
    while bob.raw.frame().await.is_some() {}
    assert!(seen(&mut alice, b).await.expect("he shows it again") >= came);
}

#[tokio::test]
async fn what_one_chooses_is_so_on_all_devices() {
    let mut house = House::new().await;
    let mut laptop = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    phone.told().await;
    bob.told().await;
    assert_eq!(
        account(&mut phone).await,
        Account { privacy: Privacy::default(), ignored: Default::default() }
    );
    let privacy = Privacy { last_seen: false, reads: false };
    laptop.does(Change::SetPrivacy(privacy)).await;
    laptop.does(Change::Ignore { account: b, ignored: true }).await;
    let told = phone.told().await;
    let Some(Push::AccountChanged(last)) = told.last() else { panic!("{told:?}") };
    assert_eq!((last.privacy, last.ignored.to_vec()), (privacy, vec![b]));
    assert_eq!(account(&mut laptop).await, *last);
    assert_eq!(bob.told().await, [], "it is nobody else's business");
    let last = last.clone();
    let (device, key) = phone.vanish();
    house.restart().await;
    let mut phone = house.come_back(device, key).await;
    assert_eq!(account(&mut phone).await, last);
}

#[tokio::test]
async fn who_is_ignored_opens_no_conversation() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut carol = house.register("carol").await;
    let [a, b, c] = [&alice, &bob, &carol].map(|person| person.me.account);
    carol.tells(Target::Person(a), "hello").await.unwrap();
    for account in [b, c, b] {
        alice.does(Change::Ignore { account, ignored: true }).await;
    }
    assert_eq!(bob.tells(Target::Person(a), "hello?").await, Err(Cause::NotWelcome));
    // What there was before goes on: alice's client folds it.
    carol.tells(Target::Person(a), "still there").await.unwrap();
    alice.does(Change::Ignore { account: b, ignored: false }).await;
    bob.tells(Target::Person(a), "thank you").await.unwrap();
    assert_eq!(account(&mut alice).await.ignored.to_vec(), [c]);
    for nobody in [AccountId(99), a] {
        let refused = alice.may_not(Change::Ignore { account: nobody, ignored: true }).await;
        assert_eq!(refused, Cause::UnknownAccount);
    }
}

#[tokio::test]
async fn the_list_of_the_ignored_has_an_end() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let b = bob.me.account;
    // A few hundred people nobody wants to hear of.
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    for one in 1000..1000 + IGNORED_MAX as i64 {
        let insert = "INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created)
                      VALUES (?1, 'crowd' || ?1, 'crowd' || ?1, x'00', x'00', 1, 0)";
        database.execute(insert, [one]).unwrap();
        database
            .execute("INSERT INTO ignored (account, other) VALUES (?1, ?2)", (alice.me.account.0 as i64, one))
            .unwrap();
    }
    let ignore = |account, ignored| Change::Ignore { account, ignored };
    assert_eq!(alice.may_not(ignore(b, true)).await, Cause::TooManyPeople);
    alice.does(ignore(AccountId(1000), false)).await;
    alice.does(ignore(b, true)).await;
    assert_eq!(account(&mut alice).await.ignored.len(), IGNORED_MAX);
    assert_eq!(bob.tells(Target::Person(alice.me.account), "hello?").await, Err(Cause::NotWelcome));
}
