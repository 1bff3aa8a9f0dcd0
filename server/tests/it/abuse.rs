//! What goes wrong, and what it gets: every abuse is bounded, ends that one connection, and meanwhile alice and bob
//! lose nothing.

mod before_login;
mod disk;
mod handshake;
mod session;
mod strangers;

use std::future::Future;
use std::time::Duration;

use snug_proto::codec::decode_frame;
use snug_proto::entry::LOBBY;
use snug_proto::login::LoginReply;
use snug_proto::refusal::Why;
use snug_proto::talk::{Direction, Down, Push};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::raw::{House, Person, Raw, text_of};

/// Nothing here takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Alice and bob exchange a hundred messages while somebody misbehaves, and afterwards all are in the log, in order.
async fn meanwhile<T>(house: &House, abuse: impl Future<Output = T>) -> T {
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let chat = async {
        for round in 0..50 {
            talk(&mut alice, &mut bob, &format!("ping {round}")).await;
            talk(&mut bob, &mut alice, &format!("pong {round}")).await;
        }
        // They leave: who stayed and did not read would be closed with the rest.
        (bob.me.account, alice.me.account, alice.vanish())
    };
    let (done, (bob, alice, (device, key))) = tokio::join!(abuse, chat);
    let mut reader = house.come_back(device, key).await;
    let mut texts = Vec::new();
    let mut from = 1;
    loop {
        let page = reader.page(LOBBY, from, Direction::Forward, 100).await;
        assert!(page.entries.iter().zip(from..).all(|(entry, seq)| entry.seq.0 == seq), "no gaps");
        let chatted = page.entries.iter().filter(|entry| [alice, bob].contains(&entry.author));
        texts.extend(chatted.filter(|entry| entry.number.0 > 0).map(|entry| text_of(&entry.body)));
        from += u32::try_from(page.entries.len()).unwrap();
        if page.ends {
            break;
        }
    }
    let expected: Vec<_> =
        (0..50).flat_map(|round| [format!("ping {round}"), format!("pong {round}")]).collect();
    assert_eq!(texts, expected);
    done
}

/// One says something, the other hears it.
async fn talk(one: &mut Person, other: &mut Person, text: &str) {
    let seq = one.say(text).await;
    loop {
        match other.hear().await {
            (room, heard, said) if said == text => return assert_eq!((room, heard), (LOBBY, seq)),
            _ => {}
        }
    }
}

/// Waits until the server has ended a connection without TLS; gives back how many bytes it said.
async fn closed(mut stream: TcpStream) -> usize {
    let mut heard = Vec::new();
    // A reset is an end as well.
    let _ =
        tokio::time::timeout(PATIENCE, stream.read_to_end(&mut heard)).await.expect("the server hangs up");
    heard.len()
}

/// Waits until the server has ended a connection that is not logged in; its goodbye, if it said one.
async fn goodbye_before_login(raw: &mut Raw) -> Option<Why> {
    let mut last = None;
    while let Some(frame) = raw.frame().await {
        if let Ok(LoginReply::Goodbye(goodbye)) = decode_frame(&frame) {
            last = Some(goodbye.why);
        }
    }
    last
}

/// Waits until the server has ended a session; its goodbye, if it said one.
async fn goodbye(raw: &mut Raw) -> Option<Why> {
    let mut last = None;
    while let Some(frame) = raw.frame().await {
        if let Ok(Down::Push(Push::Goodbye(goodbye))) = decode_frame(&frame) {
            last = Some(goodbye.why);
        }
    }
    last
}
