//! What moderators and owners may ask about the house, and members may not.

use rusqlite::Connection;
use snug_proto::house::{BanKind, Setting};
use snug_proto::id::AccountId;
use snug_proto::limits::PEOPLE_PAGE_MAX;
use snug_proto::login::Purpose;
use snug_proto::refusal::Cause;
use snug_proto::talk::{Change, Privacy, Reply, Request, Role};

use crate::process::{Home, SERVER};
use crate::raw::Person;

/// Everything that only those who keep order may ask.
fn questions(about: AccountId) -> [Request; 5] {
    let after = AccountId(0);
    [
        Request::House,
        Request::People { after },
        Request::Codes,
        Request::Bans,
        Request::DevicesOf { account: about },
    ]
}

fn promote(home: &Home, role: &str) {
    let promoted = home.run(SERVER, &["promote", "alice", role]);
    assert!(promoted.status.success(), "{}", String::from_utf8_lossy(&promoted.stderr));
}

/// Another program at the database: as administrators' acts of long ago have left it.
fn alter(home: &Home, sql: &str) {
    Connection::open(home.path().join("data/snug.db")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn members_may_ask_nothing_about_others_and_moderators_all_of_it() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let bob = Person::register(running.address, "bob").await;
    for role in ["member", "moderator", "owner", "owner"] {
        promote(&home, role);
        for request in questions(bob.me.account) {
            let answer = alice.ask(request.clone()).await.map_err(|refusal| refusal.cause);
            match role {
                "member" => assert_eq!(answer, Err(Cause::NotAllowed), "{request:?}"),
                _ => assert!(answer.is_ok(), "{request:?}: {answer:?}"),
            }
        }
    }
    let nobody = alice.ask(Request::DevicesOf { account: AccountId(99) }).await;
    assert_eq!(nobody.unwrap_err().cause, Cause::UnknownAccount);
}

#[tokio::test]
async fn a_moderator_sees_people_seats_codes_and_what_holds() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    promote(&home, "moderator");
    let mut bob = Person::register(running.address, "bob").await;
    let bobs = bob.me.account;
    bob.does(Change::SetPrivacy(Privacy { last_seen: false, reads: true })).await;
    let Ok(Reply::House(house)) = alice.ask(Request::House).await else { panic!("the house") };
    assert_eq!((house.accounts, house.files), (2, 0));
    assert!(house.database > 4096 && house.disk_free.is_some());
    assert!(house.settings.iter().all(|info| info.configured.is_none()));
    assert!(house.settings.iter().any(|info| info.setting == Setting::MaxUsers(10)));

    let Ok(Reply::People(people)) = alice.ask(Request::People { after: AccountId(0) }).await else {
        panic!("people")
    };
    let told: Vec<_> = people.iter().map(|person| (person.account, person.role, person.devices)).collect();
    assert_eq!(told, [(alice.me.account, Role::Moderator, 1), (bobs, Role::Member, 1)]);
    assert!(
        people[0].online && !people[0].banned && people[0].seen.is_some_and(|seen| seen % 3_600_000 == 0)
    );

    let Ok(Reply::Codes(codes)) = alice.ask(Request::Codes).await else { panic!("codes") };
    assert_eq!(codes.iter().map(|code| code.purpose).collect::<Vec<_>>(), [Purpose::OWN]);
    let Ok(Reply::Access(access)) = alice.ask(Request::DevicesOf { account: bobs }).await else {
        panic!("devices")
    };
    assert_eq!(access.devices[0].system.as_str(), "Test");
}

#[tokio::test]
async fn bans_that_are_over_are_in_no_list() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    let bob = Person::register(running.address, "bob").await;
    promote(&home, "owner");
    let bob = bob.me.account;
    alter(
        &home,
        &format!(
            "INSERT INTO bans (kind, account, source, at, until, by) VALUES
             (1, {bob}, NULL, 1, 2, 0), (3, 0, '203.0.113.7', 1, 0, 1), (3, 0, '203.0.113.8', 1, 5, 1);"
        ),
    );
    let Ok(Reply::Bans(bans)) = alice.ask(Request::Bans).await else { panic!("bans") };
    let told: Vec<_> = bans.iter().map(|ban| (ban.ban.0, ban.kind, ban.source.as_str(), ban.by)).collect();
    assert_eq!(told, [(2, BanKind::SOURCE, "203.0.113.7", AccountId(1))]);
    let Ok(Reply::People(people)) = alice.ask(Request::People { after: AccountId(0) }).await else {
        panic!("people")
    };
    assert!(people.iter().all(|person| !person.banned));
}

#[tokio::test]
async fn many_people_come_some_at_a_time_and_a_subcommand_lists_all() {
    let home = Home::new();
    let running = home.serve();
    let mut alice = Person::register(running.address, "alice").await;
    promote(&home, "owner");
    // As registration leaves them.
    let house = "(SELECT id FROM rooms WHERE kind = 6)";
    let many = PEOPLE_PAGE_MAX * 2;
    alter(
        &home,
        &format!(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= {many})
             INSERT INTO accounts (id, name, skeleton, credential, record, stretch, created, invited_by)
             SELECT i, 'guest' || i, 'guest' || i, x'', x'', 1, 0, 1 FROM n;
             INSERT INTO members (room, account, joined, role) SELECT {house}, id, 1, 0 FROM accounts WHERE id > 1;"
        ),
    );
    let (mut after, mut pages) = (AccountId(0), Vec::new());
    loop {
        let Ok(Reply::People(people)) = alice.ask(Request::People { after }).await else { panic!("people") };
        pages.push(people.len());
        match people.last() {
            Some(last) if people.len() == PEOPLE_PAGE_MAX => after = last.account,
            _ => break,
        }
    }
    assert_eq!(pages, [PEOPLE_PAGE_MAX, PEOPLE_PAGE_MAX, 1]);
    let listed = home.run(SERVER, &["people"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), many + 1);
    assert!(listed.lines().last().unwrap().ends_with("invited by alice"), "{listed}");
}
