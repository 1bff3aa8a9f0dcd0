//! Rooms and people: what the sidebar lists, what dialogs ask for, and where a refusal stands.

use snug::app::Message;
use snug::screen::acts::Act;
use snug::screen::chat::{self, header, keys, members, sidebar};
use snug::screen::dialogs::{browse, carry, leave, new_room, own_device, people, room};
use snug_engine::command::{Command, Deed, FormerFate};
use snug_engine::event::{Event, Former, Job, JobEnd, JobWay, Link, Phase, Problem};
use snug_proto::entry::RoomKind;
use snug_proto::id::{AccountId, RoomId, Seq};
use snug_proto::talk::{Presence, Privacy, Role, Target};

use crate::house::{self, ACCOUNTS, ATTIC, GARDEN, HARVEST, NOTES, RECIPES};
use crate::preset::*;
use crate::window::Window;

fn at(room: Target) -> Window {
    let mut window = Window::after(house::open_at(LOBBY));
    if room != LOBBY {
        window.send(side(sidebar::Message::Room(room)));
        window.hears(vec![house::members(room), house::timeline_of(room)]);
        window.told();
    }
    window
}

fn side(message: sidebar::Message) -> Message {
    Message::Chat(chat::Message::Sidebar(message))
}

/// The deed that the engine was told to do, with its ticket.
fn deed(window: &mut Window) -> (u64, Deed) {
    match window.told_one() {
        Command::Do { ticket, deed } => (ticket, deed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sidebar_lists_rooms_of_every_kind() {
    let mut window = at(LOBBY);
    for words in ["lobby", "harvest-trip", "@ 3", "recipes", "accounts", "Notes to yourself", "Bashir", "Eve"]
    {
        assert!(window.shows(words), "{words}");
    }
    assert!(!window.shows("attic") && !window.shows("garden"), "folded away");
    assert!(!window.shows("7"), "who is ignored is silent");
    assert_eq!(window.app.title(), "(5) Snug (alice)");
    window.press("ARCHIVED AND LEFT — 2");
    assert!(window.shows("attic") && window.shows("garden"));
}

#[test]
fn alt_and_arrows_go_from_room_to_room() {
    let mut window = at(LOBBY);
    let step = |by, unread| Message::Chat(chat::Message::Shortcut(keys::Shortcut::Step { by, unread }));
    let shown = |window: &mut Window, message| {
        window.send(message);
        match window.told().into_iter().next_back() {
            Some(Command::Show(room)) => room,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(shown(&mut window, step(1, false)), HARVEST);
    assert_eq!(shown(&mut window, step(-1, false)), LOBBY);
    assert_eq!(shown(&mut window, step(1, true)), HARVEST);
    assert_eq!(shown(&mut window, step(1, true)), Target::Person(BASHIR), "what is read is passed over");
}

#[test]
fn a_rooms_menu_does_what_it_says() {
    let mut window = at(LOBBY);
    window.right_press("harvest-trip");
    window.press("Mark as read");
    let told = window.told();
    assert!(
        matches!(
            told[..],
            [
                Command::Read { room: HARVEST, seq: Seq(u32::MAX) },
                Command::MarkUnread { room: HARVEST, from: None }
            ]
        ),
        "{told:?}"
    );
    window.right_press("lobby");
    window.press("Mark as unread");
    assert!(matches!(window.told_one(), Command::MarkUnread { room: LOBBY, from: Some(Seq(17)) }));
    window.right_press("recipes");
    window.press("Mute");
    assert_eq!(window.app.shared().settings.muted_rooms.len(), 1);
    window.right_press("lobby");
    assert!(!window.shows("Leave…"), "nobody leaves the lobby");
}

#[test]
fn alice_makes_a_room_and_is_in_it() {
    let mut window = at(LOBBY);
    window.press_id(sidebar::ADD);
    window.press("New room");
    assert!(window.shows("Members can read this, each from when they joined."));
    assert!(window.shows("Everybody on Riverside Studio can join and read all of it."));
    window.type_into(new_room::NAME, "x/");
    assert!(window.shows("A name has letters, digits, “.”, “_” and “-” only."));
    window.press_id(new_room::CREATE);
    assert!(window.told().is_empty(), "not with that name");
    window.key_in(new_room::NAME, iced::keyboard::key::Named::Backspace, false);
    window.type_into(new_room::NAME, " market");
    window.type_into(people::FILTER, "chloe");
    window.enter(people::FILTER);
    assert!(window.shows("1 person chosen"));
    window.press_id(new_room::CREATE);
    let (ticket, wanted) = deed(&mut window);
    let Deed::CreateRoom { kind: RoomKind::PRIVATE, name, members, .. } = wanted else {
        panic!("{wanted:?}")
    };
    assert_eq!((name.as_str(), &members[..]), ("x market", &[CHLOE][..]));
    assert!(window.shows("Creating…"));
    window.press_id(new_room::CREATE);
    assert!(window.told().is_empty(), "once is enough");

    window.hears(vec![house::not_yet(ticket, "You made many rooms lately.", 40)]);
    assert!(window.shows("You made many rooms lately. Possible again in 40 s."));
    window.press_id(new_room::CREATE);
    assert!(window.told().is_empty(), "not yet");
    assert!(window.shows("x market"), "what was typed is kept");

    window.hears(vec![house::done(ticket, Ok(Some(RoomId(77))))]);
    assert!(window.told().is_empty(), "that ticket was answered");
}

#[test]
fn a_room_that_was_made_opens() {
    let mut window = at(LOBBY);
    window.send(side(sidebar::Message::NewRoom));
    window.press("Channel");
    window.type_into(new_room::NAME, "music");
    window.enter(new_room::NAME);
    let (ticket, wanted) = deed(&mut window);
    assert!(matches!(wanted, Deed::CreateRoom { kind: RoomKind::CHANNEL, .. }));
    window.hears(vec![house::done(ticket, Err("A channel has this name, or one that looks like it."))]);
    assert!(window.shows("A channel has this name, or one that looks like it."));
    window.type_into(new_room::NAME, "2");
    assert!(
        !window.shows("A channel has this name, or one that looks like it."),
        "another name, another answer"
    );
    window.press_id(new_room::CREATE);
    let (ticket, _) = deed(&mut window);
    window.hears(vec![house::done(ticket, Ok(Some(RoomId(77))))]);
    assert!(matches!(window.told_one(), Command::Show(Target::Room(RoomId(77)))));
    assert!(!window.shows("New room"));
}

#[test]
fn who_does_not_wait_for_the_answer_still_hears_a_refusal() {
    let mut window = at(LOBBY);
    window.send(side(sidebar::Message::NewRoom));
    window.type_into(new_room::NAME, "music");
    window.enter(new_room::NAME);
    let (ticket, _) = deed(&mut window);
    window.send(Message::Chat(chat::Message::Escape));
    assert!(!window.shows("New room"));
    window.hears(vec![house::done(ticket, Err("A channel has this name, or one that looks like it."))]);
    assert!(window.shows("A channel has this name, or one that looks like it."));
}

#[test]
fn channels_are_looked_through_and_joined() {
    let mut window = at(LOBBY);
    window.press_id(sidebar::ADD);
    window.press("Browse channels");
    assert!(matches!(window.told_one(), Command::Channels));
    assert!(window.shows("Asking the server…"));
    window.hears(vec![house::channels()]);
    assert!(window.shows("Seeds, beds and the shared spade") && window.shows("12 members"));
    window.type_into(browse::FILTER, "mus");
    assert!(!window.shows("12 members"));
    window.press("Join");
    let (ticket, wanted) = deed(&mut window);
    assert_eq!(wanted, Deed::Join(RoomId(15)));
    assert!(window.shows("Joining…"));
    window.hears(vec![house::done(ticket, Ok(None))]);
    assert!(matches!(window.told_one(), Command::Show(Target::Room(RoomId(15)))));
}

#[test]
fn an_owner_settles_a_room() {
    let mut window = at(ACCOUNTS);
    window.press_id(header::ABOUT);
    assert!(window.shows("Settings of accounts"));
    window.type_into(room::NAME, "2");
    window.press_id(room::SAVE_NAME);
    let (ticket, wanted) = deed(&mut window);
    assert_eq!(wanted, Deed::Rename { room: RoomId(12), name: "accounts2".into() });
    assert!(window.shows("Saving…"));
    window.hears(vec![house::done(ticket, Err("There is no connection."))]);
    assert!(window.shows("There is no connection."));
    window.type_into(room::TOPIC, "!");
    window.press_id(room::SAVE_TOPIC);
    assert!(matches!(deed(&mut window).1, Deed::SetTopic { topic, .. } if topic == "Money in, money out!"));
}

#[test]
fn members_are_added_in_a_rooms_settings() {
    let mut window = at(ACCOUNTS);
    window.press_id(members::ADD);
    window.type_into(people::FILTER, "eve");
    window.enter(people::FILTER);
    window.press("Add");
    let (ticket, wanted) = deed(&mut window);
    assert_eq!(wanted, Deed::AddMembers { room: RoomId(12), members: vec![AccountId(9)] });
    window.hears(vec![house::done(ticket, Ok(None))]);
    assert!(window.shows("Members — 4"), "back at the members");
    window.press("Archive room");
    assert!(matches!(deed(&mut window).1, Deed::Archive { archived: true, .. }));
}

#[test]
fn a_moderator_sees_what_a_moderator_can_do() {
    let mut window = at(RECIPES);
    window.press_id(header::ABOUT);
    assert!(window.shows("Topic") && !window.shows("Name") && !window.shows("Archive room"));
    window.press("Leave room…");
    assert!(window.shows("You can join again whenever you like."));
    window.press_id(leave::LEAVE);
    let (ticket, wanted) = deed(&mut window);
    assert_eq!(wanted, Deed::Leave(RoomId(11)));
    window.hears(vec![house::done(ticket, Ok(None))]);
    assert!(!window.shows("You can join again whenever you like."));
}

#[test]
fn roles_stand_beside_the_members_and_their_menus_change_them() {
    let mut window = at(ACCOUNTS);
    for words in ["owner", "moderator", "2 h"] {
        assert!(window.shows(words), "{words}");
    }
    let act = |act| Message::Chat(chat::Message::Members(members::Message::Act(CHLOE, act)));
    let menu = Message::Chat(chat::Message::Members(members::Message::Menu(CHLOE)));
    window.send(menu);
    window.press("Make a moderator");
    let (ticket, wanted) = deed(&mut window);
    assert_eq!(wanted, Deed::SetRole { room: RoomId(12), account: CHLOE, role: Role::Moderator });
    window.hears(vec![house::done(ticket, Err("Only an owner can do that."))]);
    assert!(window.shows("Only an owner can do that."));
    window.send(act(Act::Remove));
    assert!(matches!(deed(&mut window), (_, Deed::RemoveMember { account: CHLOE, .. })));
    window.send(act(Act::Message));
    assert!(matches!(window.told_one(), Command::Show(room) if room == Target::Person(CHLOE)));
}

#[test]
fn a_closed_room_says_so_and_shows_the_way_back() {
    let mut window = at(ATTIC);
    assert!(window.shows("This room is archived. It can be read, and nothing new is written here."));
    window.press("Open it again");
    assert!(matches!(deed(&mut window).1, Deed::Archive { archived: false, .. }));
    let mut window = at(GARDEN);
    window.press("Join again");
    assert_eq!(deed(&mut window).1, Deed::Join(RoomId(14)));
}

#[test]
fn every_room_says_who_can_read_it() {
    for (room, words) in [
        (LOBBY, "This is where it begins. Everybody on Riverside Studio can read this."),
        (HARVEST, "This is where it begins. Everybody on Riverside Studio can join and read all of it."),
        (ACCOUNTS, "This is where it begins. Members can read this, each from when they joined."),
        (Target::Person(BASHIR), "This is where it begins. Only Bashir and you can read this."),
        (NOTES, "This is where it begins. Only you can read this."),
    ] {
        assert!(at(room).shows(words), "{words}");
    }
    assert!(at(LOBBY).shows("Texts are not sealed yet: whoever runs the server could read them as well."));
}

#[test]
fn what_others_see_is_chosen_and_who_is_ignored_comes_back() {
    let mut window = at(LOBBY);
    window.press_id(sidebar::GEAR);
    window.press("Settings");
    window.press("Privacy");
    window.press_id("privacy-last-seen");
    let (ticket, wanted) = deed(&mut window);
    assert_eq!(wanted, Deed::SetPrivacy(Privacy { last_seen: false, reads: false }));
    window.hears(vec![house::done(ticket, Err("There is no connection."))]);
    assert!(window.shows("There is no connection."));
    window.press("Stop ignoring");
    assert_eq!(deed(&mut window).1, Deed::Ignore { account: AccountId(9), ignored: false });
}

#[test]
fn who_is_away_by_hand_stays_away() {
    let mut window = at(LOBBY);
    window.press_id(sidebar::GEAR);
    window.press("Away");
    assert!(matches!(window.told_one(), Command::SetPresence(Presence::Away)));
    window.phase(Phase::Open(session(Link::Connecting)));
    window.phase(Phase::Open(session(online())));
    assert!(matches!(window.told_one(), Command::SetPresence(Presence::Away)), "to a new connection too");
    window.press_id(sidebar::GEAR);
    window.press("Online");
    assert!(matches!(window.told_one(), Command::SetPresence(Presence::Online)));
}

#[test]
fn what_a_restored_server_lacks_is_offered() {
    let mut window = at(LOBBY);
    window.hears(vec![Event::Former(Former { count: 3 })]);
    assert!(window.shows(
        "The server was restored from a backup and lacks 3 messages of yours. Your copy still has them."
    ));
    window.press("Send again");
    assert!(matches!(window.told_one(), Command::Former(FormerFate::Send)));
    window.press("Do not send");
    assert!(matches!(window.told_one(), Command::Former(FormerFate::Leave)));
    window.hears(vec![Event::Former(Former::default())]);
    assert!(!window.shows("Send again"));
}

#[test]
fn a_room_is_exported_and_one_is_read() {
    let mut window = at(RECIPES);
    window.right_press("recipes");
    window.press("Export…");
    window.type_into(carry::PATH, "/tmp/out");
    window.press_id(carry::GO);
    assert!(
        matches!(window.told_one(), Command::Export { room: RECIPES, folder } if folder.ends_with("out"))
    );
    let job = |done, end| {
        vec![Event::Job(Some(Job {
            way: JobWay::Export,
            room_name: "recipes".into(),
            done,
            total: 9000,
            end,
        }))]
    };
    window.hears(job(1204, None));
    assert!(window.shows("Exporting recipes · 1,204 of 9,000 messages"));
    window.press("Stop");
    assert!(matches!(window.told_one(), Command::StopJob));
    window.hears(job(9000, Some(JobEnd::Done(None))));
    assert!(window.shows("recipes was exported: 9,000 messages."));

    window.press_id(sidebar::ADD);
    window.press("Import a room…");
    window.type_into(carry::PATH, "/tmp/in");
    window.press_id(carry::GO);
    assert!(window.told().is_empty(), "it needs a name");
    window.type_into(carry::NAME, "old days");
    window.enter(carry::NAME);
    assert!(matches!(window.told_one(), Command::Import { name, .. } if name == "old days"));
}

#[test]
fn a_copied_folder_becomes_a_device_of_its_own() {
    let mut window = Window::after(open(session(Link::Stopped(Problem::FolderCopied))));
    assert!(!window.shows("Use here"), "the same device would be stopped again");
    window.press("Make this a device of its own");
    window.type_into(own_device::PASSWORD, "pw");
    window.press_id(own_device::GO);
    assert!(matches!(window.told_one(), Command::OwnDevice(password) if password.reveal() == "pw"));
}
