//! Stories over the real programs. One of them: a server process, and four people's windows, each on a virtual display of its
//! own, driven by key and mouse.
//!
//! What is believed is what lies on disk or stands in a log: received files, the local copies, the title of a
//! window. Pictures are only taken of what went wrong.
//!
//! - [`eight`]: from nothing to two people chatting, and how little it takes.
//! - [`install`]: Snug among somebody's programs.
//! - [`screen`]: a virtual display, its keyboard and its mouse.
//! - [`person`]: somebody at a window, and where everything is in it.
//! - [`server`]: the server they talk through.
#![cfg(target_os = "linux")]

mod eight;
mod install;
mod person;
mod screen;
mod server;

use std::time::{Duration, Instant};

use person::Person;
use server::Server;

/// Everything here takes seconds, on a slow and busy machine some tens of them. Later means never.
const PATIENCE: Duration = Duration::from_secs(90);

/// Looks until there is something to see.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(40));
    }
}

#[test]
fn two_people_meet_talk_and_swap_files_and_a_fourth_finds_the_server_full() {
    let server = Server::start(3);
    let [alice, bob, carol, dave] =
        ["alice", "bob", "carol", "dave"].map(|name| Person::sits_down(name, &server));

    alice.asks_for_an_account();
    alice.is_shown("trust");
    assert!(!alice.has_a_copy(), "nothing is kept before the question is answered");
    alice.says_the_words_match();
    alice.is_shown("chat");
    bob.joins();

    alice.writes("Good morning, Bob!");
    bob.has_read("Good morning, Bob!");
    bob.writes("Morning; did you sleep well?");
    alice.has_read("Morning; did you sleep well?");

    let song = alice.owns("song.ogg", 700_000);
    alice.opens_first_person();
    alice.sends_file(&song);
    bob.has_received("song.ogg", &song);
    bob.has_unread(1);
    let plan = bob.owns("plan of the garden.txt", 1_234);
    bob.opens_first_person();
    bob.has_unread(0);
    bob.sends_file(&plan);
    alice.has_received("plan of the garden.txt", &plan);

    alice.makes_a_room("Garden");
    alice.writes("Who waters the beans");
    bob.has_read("Who waters the beans");
    bob.has_unread(1);
    alice.likes_the_first_message();
    bob.has_read("❤️");
    alice.adds_to_the_last_text(" on Friday?");
    bob.has_read("the beans on Friday?");
    bob.finds("beans");
    bob.has_unread(0);

    carol.joins();
    carol.has_read("Good morning, Bob!");
    assert_eq!(server.times_full(), 0);

    dave.asks_for_an_account();
    dave.is_shown("trust");
    dave.says_the_words_match();
    dave.is_shown("full");
    assert!(server.times_full() > 0, "the operator can see why");

    carol.was_discreet();
    carol.leaves();
    dave.tries_again();
    dave.is_shown("chat");
    dave.has_read("Good morning, Bob!");

    for person in [&alice, &bob, &dave] {
        person.was_discreet();
    }
}
