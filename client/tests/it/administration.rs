//! What moderators and owners do about people and the server, and what everybody reads of it.

use std::time::Duration;

use snug::app::Message;
use snug::screen::administration::overview::{self, NAME, SEATS};
use snug::screen::administration::people::{self, FILTER};
use snug::screen::administration::{Message as Within, Section};
use snug::screen::chat::{self, hand, sidebar};
use snug::screen::dialogs::ban::{self, BAN, Life, What as BanWhat};
use snug::screen::dialogs::room as room_settings;
use snug::screen::dialogs::sure::YES;
use snug::screen::dialogs::{self, reset};
use snug_engine::command::{Command, Deed};
use snug_engine::event::*;
use snug_proto::bounded::Text;
use snug_proto::entry::RoomKind;
use snug_proto::hello::Registration;
use snug_proto::house::{Act, BanId, BanKind, Banned, Setting, SettingName};
use snug_proto::id::{AccountId, DeviceId, RoomId, Seq};
use snug_proto::talk::{Role, Target};

use crate::governed::{
    self, HOUSE, acts, bans, codes, devices_of, doing, open_as, people, side, timeline_of, within,
};
use crate::house::{done, not_yet};
use crate::preset::*;
use crate::window::Window;

/// The administration at a page, with all that was told.
fn administering(role: Role, section: Section) -> Window {
    let mut window = Window::after(open_as(role));
    window.send(side(sidebar::Message::Administration));
    window.send(within(Within::Section(section)));
    window.hears(vec![doing(), people(), codes(), bans()]);
    window.told();
    window
}

fn unfold(window: &mut Window, account: AccountId) {
    window.send(within(Within::People(people::Message::Unfold(account))));
}

/// The deed that the engine was told to do, with its ticket.
fn deed(window: &mut Window) -> (u64, Deed) {
    match window.told_one() {
        Command::Do { ticket, deed } => (ticket, deed),
        other => panic!("{other:?}"),
    }
}

fn act(window: &mut Window) -> (u64, Act) {
    match deed(window) {
        (ticket, Deed::Act(act)) => (ticket, act),
        other => panic!("{other:?}"),
    }
}

/// What is asked of the server, by the first word.
fn asked(window: &mut Window) -> Vec<String> {
    let word =
        |command: Command| format!("{command:?}").chars().take_while(char::is_ascii_alphabetic).collect();
    window.told().into_iter().map(word).collect()
}

#[test]
fn members_find_no_administration_and_owners_do() {
    let mut window = Window::after(open_as(Role::Member));
    window.send(side(sidebar::Message::Menu(sidebar::Menu::Me)));
    assert!(window.shows("Settings") && !window.shows("Administration"));
    let mut window = Window::after(open_as(Role::Owner));
    window.send(side(sidebar::Message::Menu(sidebar::Menu::Me)));
    window.press("Administration");
    assert_eq!(asked(&mut window), ["House"]);
    assert!(window.shows("Asking the server…"));
    window.hears(vec![doing()]);
    for words in ["3 of 5", "Seats in use", "48.3 MB", "3.4 GB", "212 GB", "config.toml says “Snug”"] {
        assert!(window.shows(words), "{words}");
    }
    window.press("Invites & codes");
    assert_eq!(asked(&mut window), ["People", "Codes"]);
    window.press("Back");
    assert!(window.shows("lobby"));
}

#[test]
fn the_owner_names_the_server_and_a_refusal_stands_there_with_what_was_typed() {
    let mut window = administering(Role::Owner, Section::Overview);
    assert!(!window.shows("Save"), "nothing is typed yet");
    window.type_into(NAME, "!");
    window.press("Save");
    let (ticket, act) = act(&mut window);
    assert_eq!(act, Act::Set(Setting::Name(Text::cut("Riverside Studio!"))));
    window.hears(vec![not_yet(ticket, "The server is busy.", 9)]);
    assert!(window.shows("The server is busy. Possible again in 9 s.") && window.shows("Save"));
    window.enter(NAME);
    assert!(window.told().is_empty(), "not before its time");
}

#[test]
fn settings_hold_at_once_and_go_back_to_the_configuration() {
    let mut window = administering(Role::Owner, Section::Overview);
    window.press("Nobody");
    let (ticket, first) = act(&mut window);
    assert_eq!(first, Act::Set(Setting::Registration(Registration::Closed)));
    window.press("Anybody");
    assert!(window.told().is_empty(), "one thing after the other");
    window.hears(vec![done(ticket, Ok(None))]);
    assert_eq!(asked(&mut window), ["House"], "what holds is asked for");

    window.send(within(Within::Overview(overview::Message::Seats("0".into()))));
    assert!(window.shows("Type a whole number, at least 1.") && !window.shows("Save"));
    window.enter(SEATS);
    assert!(window.told().is_empty());
    window.send(within(Within::Overview(overview::Message::Seats(" 12 ".into()))));
    window.enter(SEATS);
    let (ticket, seats) = act(&mut window);
    assert_eq!(seats, Act::Set(Setting::MaxUsers(12)));
    window.hears(vec![done(ticket, Ok(None))]);
    assert!(!window.shows("Save"), "what was typed is kept");
    window.told();
    window.press("Go back to it");
    assert_eq!(act(&mut window).1, Act::Unset(SettingName::Name), "the first of them");
}

#[test]
fn chloe_is_sent_out_after_one_question() {
    let mut window = administering(Role::Owner, Section::People);
    unfold(&mut window, CHLOE);
    window.press("Send out…");
    assert!(window.told().is_empty(), "a slip costs nothing");
    assert!(window.shows("Send Chloé out?"));
    window.press_id(YES);
    let (ticket, kick) = act(&mut window);
    assert_eq!(kick, Act::Kick { account: CHLOE });
    window.press_id(YES);
    assert!(window.told().is_empty(), "once is enough");
    window.hears(vec![done(ticket, Err("There is no such person here."))]);
    assert!(window.shows("There is no such person here."), "in the dialog");
    window.press_id(YES);
    let (ticket, _) = act(&mut window);
    window.hears(vec![done(ticket, Ok(None))]);
    assert!(!window.shows("Send Chloé out?"));
    assert_eq!(asked(&mut window), ["People"]);
    unfold(&mut window, DMITRI);
    unfold(&mut window, DMITRI);
    unfold(&mut window, DMITRI);
    assert!(!window.shows("Send out…") && window.shows("Ban…"), "Dmitri is not here");
}

#[test]
fn a_ban_is_of_an_account_a_device_or_a_network_for_some_time() {
    let mut window = administering(Role::Owner, Section::People);
    let choose = |message| Message::Chat(chat::Message::Dialog(dialogs::Message::Ban(message)));
    let hour = 3_600_000;
    for (what, life, banned, hours) in [
        (BanWhat::Account, Life::Days(7), Banned::Account(CHLOE), Some(168)),
        (BanWhat::Device(DeviceId(3)), Life::Days(1), Banned::Device(DeviceId(3)), Some(24)),
        (BanWhat::Network, Life::ForGood, Banned::SourcesOf(CHLOE), None),
    ] {
        window.send(within(Within::People(people::Message::Act(CHLOE, people::Act::Ban))));
        assert!(matches!(window.told_one(), Command::DevicesOf(CHLOE)));
        window.hears(vec![devices_of(CHLOE)]);
        assert!(window.shows("The device “Old laptop”"));
        window.send(choose(ban::Message::What(what)));
        window.send(choose(ban::Message::Life(life)));
        window.press_id(BAN);
        let (ticket, Act::Ban { what, until }) = act(&mut window) else { panic!("a ban") };
        assert_eq!(what, banned);
        let now = jiff::Timestamp::now().as_millisecond();
        match hours {
            Some(hours) => assert!((until - now - hours * hour).abs() < hour, "{until}"),
            None => assert_eq!(until, 0),
        }
        window.hears(vec![done(ticket, Ok(None))]);
        window.told();
    }
}

#[test]
fn a_reset_code_is_made_after_a_question_and_shown_once() {
    let mut window = administering(Role::Owner, Section::People);
    unfold(&mut window, DMITRI);
    window.press("Reset password…");
    assert!(window.told().is_empty() && window.shows("Reset the password of Dmitri?"));
    window.press("Make the code");
    assert!(matches!(window.told_one(), Command::ResetPassword(DMITRI)));
    assert_eq!(window.copies_at(invited(invite())), Some(invite().link()));
    assert!(window.shows(&invite().code.unwrap().to_string()));
    assert_eq!(asked(&mut window), ["Invites", "People"], "the lists have one more");
    let close = Message::Chat(chat::Message::Dialog(dialogs::Message::Reset(reset::Message::Close)));
    window.send(close);
    assert!(!window.shows(&invite().code.unwrap().to_string()));
}

#[test]
fn roles_are_given_in_the_house_and_the_last_owner_hears_why_not() {
    let mut window = administering(Role::Owner, Section::People);
    unfold(&mut window, CHLOE);
    window.press("Make a moderator…");
    window.press_id(YES);
    let room = RoomId(30);
    let (ticket, given) = deed(&mut window);
    assert_eq!(given, Deed::SetRole { room, account: CHLOE, role: Role::Moderator });
    window.hears(vec![done(ticket, Ok(None))]);
    window.told();
    unfold(&mut window, AMARA);
    assert!(!window.shows("Ban…") && !window.shows("Reset password…"), "nobody bans themselves");
    window.press("Make a member…");
    assert!(window.shows("Make yourself a member?"));
    window.press_id(YES);
    let (ticket, _) = deed(&mut window);
    let last = "You are the last owner of this server. Make somebody else an owner first.";
    window.hears(vec![done(ticket, Err(last))]);
    assert!(window.shows(last));
}

#[test]
fn a_moderator_is_offered_what_moderators_may() {
    let mut window = administering(Role::Moderator, Section::Overview);
    assert!(window.shows("Owners can change them.") && !window.shows("Go back to it"));
    window.press("Nobody");
    assert!(window.told().is_empty());

    let mut window = administering(Role::Moderator, Section::People);
    unfold(&mut window, BASHIR);
    assert!(window.shows("There is nothing you may do about them."), "he is a moderator as well");
    unfold(&mut window, CHLOE);
    assert!(window.shows("Send out…") && window.shows("Ban…"));
    assert!(!window.shows("Reset password…") && !window.shows("Make an owner…"));

    // Chloé is a member; what the server and other moderators made is not a moderator's.
    let mut window = administering(Role::Moderator, Section::Codes);
    window.press("Revoke…");
    assert!(window.shows("Revoke 7J0M-…?"));
    let mut window = administering(Role::Moderator, Section::Bans);
    window.press("Lift");
    assert_eq!(act(&mut window).1, Act::Unban { ban: BanId(1) });
}

#[test]
fn codes_are_listed_with_what_they_are_for_and_revoked() {
    let mut window = administering(Role::Owner, Section::Codes);
    for words in ["Another password for Dmitri", "A recovery code of Bashir", "made by Bashir · without end"]
    {
        assert!(window.shows(words), "{words}");
    }
    window.press("Revoke…");
    window.press_id(YES);
    assert_eq!(asked(&mut window), ["Uninvite", "People", "Codes"]);
    window.hears(vec![Event::Codes(std::sync::Arc::new([]))]);
    assert!(window.shows("No code is open."));
    window.press("Invite…");
    assert!(window.shows("Invite somebody"));
}

#[test]
fn a_ban_is_lifted_and_a_refusal_stands_beside_it() {
    let mut window = administering(Role::Owner, Section::Bans);
    assert!(window.shows("2001:db8:7:12::/64") && window.shows("The network of Eve"));
    window.press("Lift");
    let (ticket, lifted) = act(&mut window);
    assert_eq!(lifted, Act::Unban { ban: BanId(1) });
    window.hears(vec![done(ticket, Err("What this is about is not there any more."))]);
    assert!(window.shows("What this is about is not there any more."));
    window.hears(vec![Event::Bans(std::sync::Arc::new([]))]);
    assert!(window.shows("Nobody is banned."));
}

#[test]
fn people_are_found_by_name() {
    let mut window = administering(Role::Owner, Section::People);
    window.type_into(FILTER, "dmi");
    window.enter(FILTER);
    assert!(window.shows("invited by Amara · 3 devices") && window.shows("Reset password…"));
    window.type_into(FILTER, "x");
    assert!(window.shows("Nobody of that name."));
}

#[test]
fn without_a_connection_nothing_is_pressed_and_it_is_asked_again_after() {
    let mut window = administering(Role::Owner, Section::Bans);
    let lost = Link::Offline { problem: Problem::ConnectionLost, retry_in: Duration::from_secs(9) };
    window.phase(Phase::Open(session(lost)));
    assert!(window.shows("This needs a connection. What stands here is what the server said last."));
    window.press("Lift");
    assert!(window.told().is_empty());
    window.phase(Phase::Open(session(online())));
    assert_eq!(asked(&mut window), ["People", "Bans"]);
    window.hears(vec![governed::rooms(Role::Member)]);
    assert!(window.shows("You are no administrator of this server any more."));
}

#[test]
fn what_somebody_else_did_is_asked_for_as_soon_as_the_house_tells_it() {
    let mut window = administering(Role::Owner, Section::Overview);
    window.hears(vec![governed::rooms(Role::Owner)]);
    window.told();
    window.hears(vec![governed::rooms(Role::Owner)]);
    assert!(window.told().is_empty(), "nothing was done");
    let Event::Rooms(rooms) = governed::rooms(Role::Owner) else { unreachable!("rooms are rooms") };
    let mut rooms = rooms.to_vec();
    let house = rooms.iter_mut().find(|room| room.kind == RoomKind::HOUSE).unwrap();
    house.last_at = Some(house.last_at.unwrap_or_default() + 1);
    window.hears(vec![Event::Rooms(rooms.into())]);
    assert_eq!(asked(&mut window), ["House"]);
}

/// The house with these lines.
fn reading(role: Role, items: Vec<Item>) -> Window {
    let mut window = Window::after(open_as(role));
    window.send(side(sidebar::Message::Room(HOUSE)));
    window.hears(vec![timeline_of(items)]);
    window.told();
    window
}

#[test]
fn everybody_reads_what_administrators_did() {
    let window = reading(Role::Member, acts());
    for words in [
        "Amara is an owner of this server now",
        "Bashir came, invited by Amara",
        "Amara made Bashir a moderator of this server",
        "Amara named the server Riverside Studio",
        "Amara set the server to 5 seats",
        "Bashir sent Eve out",
        "Amara made a code by which Dmitri can set another password",
    ] {
        assert!(window.shows(words), "{words}");
    }
    assert!(!window.shows("Message #House"), "nobody writes there");
    assert!(!window.shows("Administration"), "and a member administrates nothing");
}

#[test]
fn every_act_has_its_sentence() {
    let banned = |kind, who: Option<&str>, until| HouseAct::Banned { kind, who: who.map(Into::into), until };
    let unbanned = |kind, who: Option<&str>| HouseAct::Unbanned { kind, who: who.map(Into::into) };
    let setting = |name: &str, value: &str, configured| HouseAct::Setting {
        name: name.into(),
        value: value.into(),
        configured,
    };
    let eve = Some("Eve");
    for (act, sentence) in [
        (banned(BanKind::ACCOUNT, eve, None), "Amara banned Eve for good"),
        (banned(BanKind::DEVICE, eve, None), "Amara banned a device of Eve for good"),
        (banned(BanKind::SOURCE, None, None), "Amara banned a network for good"),
        (banned(BanKind(99), None, None), "Amara banned somebody for good"),
        (unbanned(BanKind::SOURCE, eve), "Amara let the network of Eve in again"),
        (setting("registration", "closed", false), "Amara lets nobody register"),
        (
            setting("registration", "invite", true),
            "Amara lets only those register who are invited, as config.toml says",
        ),
        (setting("max_users", "1", false), "Amara set the server to 1 seat"),
        (setting("future", "x", false), "Amara set future to x"),
        (HouseAct::Invited { uses: 1, expires: None, room: None }, "Amara made an invite for one person"),
        (
            HouseAct::Invited { uses: 9, expires: None, room: Some("attic".into()) },
            "Amara made an invite into attic for 9 people",
        ),
        (HouseAct::Uninvited { maker: Some("Bashir".into()) }, "Amara revoked a code that Bashir had made"),
        (HouseAct::Uninvited { maker: None }, "Amara revoked a code that was made at the server"),
        (
            HouseAct::Key(fingerprint(3)),
            &format!("The server is known by another key from here on: {}", fingerprint(3).phrase()),
        ),
    ] {
        let window = reading(Role::Member, vec![said(3, AMARA, 1_791_000_000_000, What::Act(act))]);
        assert!(window.shows(sentence), "{sentence}");
    }
}

#[test]
fn the_house_says_what_administrators_can_do_and_the_lobby_who_came_and_went() {
    let mut window = reading(Role::Moderator, acts().into_iter().take(1).collect());
    window.press("What they can do…");
    assert!(window.shows("And what nobody can"));
    window.send(Message::Chat(chat::Message::Escape));
    window.press("Administration");
    assert_eq!(asked(&mut window), ["House"]);

    let mut events = open_as(Role::Member);
    let lines = [
        What::Joined { who: "Eve".into(), by: Some("Bashir".into()) },
        What::Left { who: "Eve".into(), by: None },
        What::RoleSet { who: "Bashir".into(), role: Role::Owner },
    ];
    let lines = lines.into_iter().zip(1..).map(|(what, seq)| said(seq, BASHIR, 0, what)).collect();
    events.push(timeline(lines));
    let window = Window::after(events);
    for words in [
        "Eve joined, invited by Bashir",
        "Eve deleted their account",
        "Bashir is an owner of this server now",
    ] {
        assert!(window.shows(&format!("{words} · 00:00")) || window.shows(words), "{words}");
    }
}

#[test]
fn nothing_is_sent_to_the_house() {
    let mut window = reading(Role::Owner, acts());
    window.send(Message::Chat(chat::Message::FileDropped("/home/amara/a.txt".into())));
    assert!(window.told().is_empty());
    let mut window = Window::after(open_as(Role::Owner));
    let forward = hand::Message::Act(ItemKey::Entry(Seq(14)), chat::acts::Act::Forward);
    window.send(Message::Chat(chat::Message::Timeline(chat::timeline::Message::Hand(forward))));
    window.type_into(chat::ask::FILTER, "hou");
    assert!(window.shows("No room or person of that name."));
}

#[test]
fn who_was_sent_out_comes_back_by_pressing_connect() {
    let mut window = Window::after(open_as(Role::Member));
    window.phase(Phase::Open(session(Link::Kicked)));
    assert!(window.shows("An administrator sent you out. You can read; what you write waits here."));
    assert!(window.told().is_empty(), "not by itself");
    window.press("Connect");
    assert!(matches!(window.told_one(), Command::Retry));
}

#[test]
fn who_is_banned_is_told_on_the_form_and_over_the_copy() {
    let banned = || Problem::Banned { until: None };
    let mut window = Window::new();
    window.phase(Phase::LoggedOut { problem: Some(banned()) });
    assert!(window.shows("You are banned from this server. Its owners can lift that."));
    window.phase(Phase::LoggedOut { problem: Some(Problem::SourceBanned) });
    assert!(window.shows(&Problem::SourceBanned.to_string()));
    window.hears(open_as(Role::Member));
    window.phase(Phase::Open(session(Link::Stopped(banned()))));
    let words =
        "You are banned from this server. Its owners can lift that. You can read; what you write waits here.";
    assert!(window.shows(words) && window.shows("banned"));
    window.told();
    window.press("Try again");
    assert!(matches!(window.told_one(), Command::Retry));
}

#[test]
fn an_owner_renames_the_lobby_and_nobody_leaves_it() {
    let mut window = Window::after(open_as(Role::Owner));
    window.right_press("lobby");
    assert!(!window.shows("Leave…"));
    window.press("Room settings");
    assert!(!window.shows("Leave room…") && !window.shows("Archive room"));
    window.type_into(room_settings::NAME, "2");
    window.press_id(room_settings::SAVE_NAME);
    let (_, renamed) = deed(&mut window);
    assert_eq!(renamed, Deed::Rename { room: RoomId(1), name: "lobby2".into() });
    let mut window = Window::after(open_as(Role::Member));
    window.right_press("lobby");
    assert!(!window.shows("Room settings"), "a member has nothing to set there");
    let Target::Room(house) = HOUSE else { unreachable!("it is a room") };
    assert!(window.app.shared().rooms.iter().any(|room| room.room == Some(house)));
}
