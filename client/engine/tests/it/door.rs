//! What is said at the door: a server that answers each login in one way.

use std::time::Duration;

use snug_engine::command::{Command, Intent, TrustAnswer};
use snug_engine::event::{Delivery, Link, Problem};
use snug_proto::codec;
use snug_proto::hello::{HelloAnswer, Registration, Welcome};
use snug_proto::id::LogId;
use snug_proto::limits::FRAME_LOGIN_MAX;
use snug_proto::login::LoginReply;
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::version;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::world::{LOBBY_ROOM, Person, Seen, World};

/// Stands where the server stood, with its key, and says the same to everybody who wants in.
async fn door(world: &mut World, answer: LoginReply) -> JoinHandle<()> {
    world.house.stop().await;
    let listener = TcpListener::bind(world.house.at).await.unwrap();
    let acceptor = TlsAcceptor::from(world.house.identity.config.clone());
    let welcome = HelloAnswer::Welcome {
        version: version::HIGHEST,
        welcome: Welcome {
            name: Default::default(),
            registration: Registration::Open,
            max_users: 3,
            changes_per_second: 5,
            changes_burst: 20,
            file_max: 0,
            log: LogId([7; 16]),
        },
    };
    let welcome = welcome.encode();
    let mut said = u32::try_from(welcome.len()).unwrap().to_le_bytes().to_vec();
    said.extend(welcome);
    codec::encode_frame(&answer, FRAME_LOGIN_MAX, &mut said).unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(client).await else { continue };
            // The client asks one thing after another, so the answers may stand there already.
            if stream.write_all(&said).await.is_ok() {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    })
}

async fn the_server_is_back(mut door: JoinHandle<()>, world: &mut World) {
    door.abort();
    let _ = (&mut door).await;
    world.house.run().await;
}

fn refused(cause: Cause, wait: Option<Duration>) -> LoginReply {
    let refusal = wait.map_or_else(|| Refusal::new(cause), |wait| Refusal::after(cause, wait));
    LoginReply::Refused { refusal, kept: None }
}

async fn writes_and_waits(person: &mut Person) {
    person.say("meanwhile").await;
    let waits = |seen: &Seen| seen.item("meanwhile").is_some_and(|item| item.state == Delivery::Queued);
    person.until("it waits", waits).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_sent_out_while_logging_in_stays_away_over_a_restart_as_well() {
    let mut world = World::new().await;
    let mut bob = world.bob().await;
    let kicked = |seen: &Seen| matches!(seen.link(), Some(Link::Kicked));
    let goodbye = Goodbye { why: Why::Kicked, retry_after: None };
    let door = door(&mut world, LoginReply::Goodbye(goodbye)).await;
    bob.until("sent out", kicked).await;
    writes_and_waits(&mut bob).await;
    the_server_is_back(door, &mut world).await;

    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until("still out", kicked).await;
    bob.send(Command::Retry).await;
    bob.until_online().await;
    bob.show(LOBBY_ROOM).await;
    bob.until_sent("meanwhile").await;
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_reads_for_how_long_and_asks_again_when_they_want() {
    let mut world = World::new().await;
    let mut bob = world.bob().await;
    let wait = Duration::from_secs(7200);
    let banned = Problem::Banned { until: Some(wait) };
    let stopped = |seen: &Seen| seen.link() == Some(&Link::Stopped(banned.clone()));
    let door = door(&mut world, refused(Cause::Banned, Some(wait))).await;
    bob.until("kept out", stopped).await;
    writes_and_waits(&mut bob).await;
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until("still kept out", stopped).await;
    bob.show(LOBBY_ROOM).await;
    // At the form as well.
    let mut laptop = world.person("laptop");
    laptop.name = "bob".into();
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    assert_eq!(laptop.until_problem().await, banned);
    the_server_is_back(door, &mut world).await;
    bob.send(Command::Retry).await;
    bob.until_online().await;
    bob.until_sent("meanwhile").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_network_has_a_sentence_of_its_own() {
    let mut world = World::new().await;
    let _door = door(&mut world, refused(Cause::SourceBanned, None)).await;
    let mut carol = world.person("carol");
    carol.enter(Intent::Register).await;
    carol.until_trust_question().await;
    carol.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    assert_eq!(carol.until_problem().await, Problem::SourceBanned);
}
