//! Links that another start of Snug hands to this one, as a desktop opens them.

use snug::app::Message;
use snug::instance::Call;
use snug::screen::login::{PASSWORD, USER};
use snug_engine::command::{Command, Intent, Place};
use snug_engine::event::{Event, Phase, Step};
use snug_proto::invite::Destination;
use snug_proto::{Address, Invite};

use crate::house::open_at;
use crate::preset::{LOBBY, fingerprint, invite};
use crate::window::Window;

fn called(window: &mut Window, link: &str) {
    window.send(Message::Called(Call(link.to_owned())));
}

fn elsewhere() -> Invite {
    Invite { fingerprint: fingerprint(50), address: Address::parse("attic.example").unwrap(), ..invite() }
}

#[test]
fn an_invite_that_is_opened_while_the_form_waits_goes_into_it() {
    let mut window = Window::new();
    called(&mut window, &elsewhere().link());
    assert!(window.shows("Invite to attic.example · the key is in the link"));
    window.type_into(USER, "alice");
    window.type_into(PASSWORD, "glacier trumpet meadow copper");
    window.enter(PASSWORD);
    let Command::Enter(form) = window.told_one() else { panic!("the form was sent") };
    assert_eq!((form.server, form.intent), (Destination::Invite(elsewhere()), Intent::Register));
}

#[test]
fn a_conversation_is_left_for_a_link_only_if_its_person_wants() {
    let mut window = Window::after(open_at(LOBBY));
    called(&mut window, &elsewhere().link());
    assert!(window.told().is_empty(), "any page of the web can open a link");
    window.press("Not now");
    assert!(window.told().is_empty() && !window.shows("Follow this link?"));

    called(&mut window, &elsewhere().link());
    window.press("Follow it");
    assert!(matches!(window.told_one(), Command::Leave));
    window.phase(Phase::LoggedOut { problem: None });
    assert!(window.shows("Invite to attic.example · the key is in the link"));
}

#[test]
fn an_invite_to_the_server_that_is_shown_leads_nowhere() {
    let mut window = Window::after(open_at(LOBBY));
    called(&mut window, &Invite { fingerprint: fingerprint(1), ..invite() }.link());
    assert!(window.shows("This is the server you are looking at."));
    assert!(!window.shows("Follow this link?") && window.told().is_empty());
}

#[test]
fn a_link_to_a_message_leads_to_it() {
    let mut window = Window::after(open_at(LOBBY));
    called(&mut window, "snug://chat.riverside.example/m/1/00000000000000ab-12");
    let jumps = window
        .told()
        .into_iter()
        .any(|told| matches!(told, Command::Jump { room, to: Place::Origin(_) } if room == LOBBY));
    assert!(jumps);
}

#[test]
fn what_is_under_way_is_not_interrupted_and_what_cannot_be_followed_is_said() {
    let mut window = Window::after(vec![Event::Phase(Phase::Entering(Step::LoggingIn))]);
    called(&mut window, &elsewhere().link());
    assert!(window.shows("Follow this link?"));

    let mut window = Window::after(open_at(LOBBY));
    let link = elsewhere().link();
    called(&mut window, &link[..link.len() - 1]);
    assert!(window.shows("This link is not complete: its end is missing. Please copy the whole of it."));
    called(&mut window, "");
    assert!(window.told().is_empty(), "a second start without a link only brings the window to the front");
}
