use std::path::Path;
use std::sync::Arc;

use snug_engine::event::{ItemKey, TextItem};
use snug_proto::id::{AccountId, RoomId, Seq};

use super::*;
use crate::profile::Profile;
use crate::settings::Settings;

const LOBBY: Target = Target::Room(RoomId(1));
const BOB: Target = Target::Person(AccountId(2));

fn shared() -> Shared {
    Shared::new(Profile::find("", Some(Path::new("/nowhere"))).unwrap(), Settings::default())
}

fn paste(composer: &mut Composer, text: &str, shared: &Shared) -> Action {
    composer.update(Message::Edit(Editing::Edit(Edit::Paste(Arc::new(text.to_owned())))), shared)
}

fn kept(command: Option<Command>) -> Option<(Target, String)> {
    match command {
        Some(Command::Draft { room, text }) => Some((room, text)),
        None => None,
        other => panic!("{other:?}"),
    }
}

fn said(key: u32, text: &str) -> Item {
    let what = What::Text(TextItem::plain(text));
    Item::plain(ItemKey::Entry(Seq(key)), AccountId(2), "bob".into(), 0, what)
}

#[test]
fn what_is_too_long_stays() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, &"x".repeat(TEXT_MAX + 1), &shared);
    assert!(matches!(composer.update(Message::Send, &shared), Action::None));
    composer.update(Message::Edit(Editing::Edit(Edit::Backspace)), &shared);
    let Action::Sent(commands) = composer.update(Message::Send, &shared) else { panic!("it fits now") };
    assert!(matches!(&commands[..], [Command::SendText { text, .. }] if text.len() == TEXT_MAX));
    assert!(matches!(composer.update(Message::Send, &shared), Action::None), "nothing is left");
}

#[test]
fn drafts_stay_in_their_rooms_and_are_kept() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, "for the lobby", &shared);
    assert_eq!(kept(composer.switch(BOB)), Some((LOBBY, "for the lobby".into())));
    assert_eq!(composer.typed(), "");
    assert_eq!(kept(composer.take_back(BOB, "came back")), None, "it stands in the field");
    assert_eq!(kept(composer.take_back(LOBBY, "before")), Some((LOBBY, "before\nfor the lobby".into())));
    assert_eq!(kept(composer.switch(LOBBY)), Some((BOB, "came back".into())));
    assert_eq!(composer.typed(), "before\nfor the lobby");
    composer.switch(BOB);
    assert_eq!(composer.typed(), "came back");
}

#[test]
fn a_draft_from_before_the_start_comes_once() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    let draft = |text: &str| Draft { room: LOBBY, text: text.into() };
    composer.draft_came(&draft("half a thought"));
    assert_eq!(composer.typed(), "half a thought");
    paste(&mut composer, "!", &shared);
    composer.draft_came(&draft("half a thought"));
    assert_eq!(composer.typed(), "half a thought!");
    let Action::Sent(commands) = composer.update(Message::Send, &shared) else { panic!("sent") };
    assert!(
        matches!(&commands[..], [Command::SendText { .. }, Command::Draft { text, .. }] if text.is_empty())
    );
}

#[test]
fn what_was_typed_sooner_than_its_draft_came_is_not_lost() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, "new", &shared);
    composer.draft_came(&Draft { room: LOBBY, text: "old".into() });
    assert_eq!(composer.typed(), "new");
}

#[test]
fn a_look_elsewhere_does_not_lose_a_draft_that_is_on_its_way() {
    let mut composer = Composer::new(AccountId(1), LOBBY);
    assert_eq!(kept(composer.keep()), None);
    composer.draft_came(&Draft { room: LOBBY, text: "half".into() });
    assert_eq!(composer.typed(), "half");
}

#[test]
fn typing_is_told_now_and_then() {
    let (mut composer, mut shared) = (Composer::new(AccountId(1), LOBBY), shared());
    let mut told = |after: u64, shared: &mut Shared| {
        shared.now += Duration::from_secs(after);
        match paste(&mut composer, "a", shared) {
            Action::Send(commands, _) => commands.len(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told(0, &mut shared), 1);
    assert_eq!(told(1, &mut shared), 0);
    assert_eq!(told(3, &mut shared), 1);
}

#[test]
fn where_no_dialog_answers_a_path_field_opens() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    composer.update(Message::Picked { path: None, took: Duration::from_secs(5) }, &shared);
    assert!(matches!(composer.extra, Extra::Nothing), "cancelled by a person");
    composer.update(Message::Picked { path: None, took: Duration::from_millis(20) }, &shared);
    assert!(matches!(composer.update(Message::SendPath, &shared), Action::None), "nothing typed yet");
    composer.update(Message::Path(" /tmp/a b.pdf ".into()), &shared);
    let Action::Send(commands, _) = composer.update(Message::SendPath, &shared) else { panic!("typed") };
    assert!(matches!(&commands[..], [Command::SendFile { path, .. }] if path == Path::new("/tmp/a b.pdf")));
}

#[test]
fn an_answer_names_what_it_answers() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, "yes", &shared);
    let _ = composer.reply_to(&said(7, "are\nyou there?"));
    assert!(matches!(composer.mode(), Mode::Reply { preview, .. } if preview == "are you there?"));
    let Action::Sent(commands) = composer.update(Message::Send, &shared) else { panic!("sent") };
    assert!(matches!(&commands[..], [Command::SendText { reply_to: Some(ItemKey::Entry(Seq(7))), .. }]));
    assert_eq!(*composer.mode(), Mode::New);
}

#[test]
fn an_edit_puts_aside_what_was_typed() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, "half", &shared);
    let _ = composer.edit(&said(7, "teh"));
    assert_eq!(composer.typed(), "teh");
    paste(&mut composer, "!", &shared);
    assert_eq!(kept(composer.keep()), Some((LOBBY, "half".into())), "the draft, not the edit");
    let Action::Send(commands, _) = composer.update(Message::Send, &shared) else { panic!("saved") };
    assert!(matches!(&commands[..], [Command::Edit { text, .. }] if text == "teh!"));
    assert_eq!(composer.typed(), "half");
    let _ = composer.edit(&said(7, "teh"));
    assert!(matches!(composer.update(Message::Send, &shared), Action::None), "nothing was changed");
    let _ = composer.edit(&said(7, "teh"));
    composer.update(Message::LeaveMode, &shared);
    assert_eq!(composer.typed(), "half");
}

#[test]
fn signs_go_around_what_is_selected() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, "so good", &shared);
    composer.update(Message::Edit(Editing::SelectWord), &shared);
    composer.update(Message::Wrap("**"), &shared);
    assert_eq!(composer.typed(), "so **good**");
    composer.fill("");
    composer.update(Message::Wrap("`"), &shared);
    paste(&mut composer, "x", &shared);
    assert_eq!(composer.typed(), "`x`");
}

#[test]
fn a_named_emoji_becomes_itself() {
    let (mut composer, shared) = (Composer::new(AccountId(1), LOBBY), shared());
    paste(&mut composer, "hi :smil", &shared);
    assert!(matches!(composer.popup, Popup::Open(_)));
    composer.update(Message::Dismiss, &shared);
    paste(&mut composer, "e", &shared);
    assert!(matches!(composer.popup, Popup::Dismissed(..)), "closed by hand stays closed");
    paste(&mut composer, ":", &shared);
    assert_eq!(composer.typed(), "hi 😄");
}
