//! After login: frames that break the protocol, and sessions that do not do their part.

use std::time::Duration;

use snug_proto::codec::encode_frame;
use snug_proto::entry::LOBBY;
use snug_proto::id::{RoomId, Seq};
use snug_proto::limits::{FRAME_MAX, TEXT_MAX};
use snug_proto::login::LoginReply;
use snug_proto::refusal::Why;
use snug_proto::talk::{Call, Direction, Down, Push, Request};
use tokio::net::TcpSocket;

use super::{PATIENCE, goodbye, meanwhile};
use crate::raw::{House, Person, Raw, client_config, device_key};

fn frame(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

/// A varint of five bytes: four billion.
const HUGE: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];

#[tokio::test]
async fn a_frame_that_breaks_the_protocol_ends_its_session_with_a_goodbye() {
    let house = House::with(|settings| settings.max_users = 20).await;
    let ping = Call { id: 1, request: Request::Ping };
    let mut left_over = Vec::new();
    encode_frame(&ping, FRAME_MAX, &mut left_over).unwrap();
    let mut left_over = left_over.split_off(4);
    left_over.push(0);
    // Watch with as many rooms of one byte each as a frame holds, and with a number that no frame holds.
    let many = (FRAME_MAX - 8) as u32;
    let varint = [many as u8 | 0x80, (many >> 7) as u8 | 0x80, (many >> 14) as u8];
    let tiny = [&[1, 4][..], &varint, &vec![1; many as usize]].concat();
    let announced = [&[1, 4][..], &HUGE].concat();
    // An append with so many blobs, and with such a body.
    let blobs = [&[1, 3, 1, 0, 0, 1, 1, 0, 0][..], &varint, &[0; 60_000]].concat();
    let body = [&[1, 3, 1, 0, 0, 1, 1, 0, 0, 0][..], &HUGE].concat();
    let broken = [
        frame(&left_over),
        frame(b""),
        frame(&[1, 99]),
        frame(&[0xff; 60_000]),
        frame(&tiny),
        frame(&announced),
        frame(&blobs),
        frame(&body),
        (u32::try_from(FRAME_MAX).unwrap() + 1).to_le_bytes().to_vec(),
        u32::MAX.to_le_bytes().to_vec(),
    ];
    meanwhile(&house, async {
        let mut carol = house.register("carol").await;
        for bytes in broken {
            carol.raw.write(&bytes).await.unwrap();
            assert_eq!(
                goodbye(&mut carol.raw).await,
                Some(Why::Malformed),
                "{:?}",
                &bytes[..bytes.len().min(12)]
            );
            let (device, key) = carol.vanish();
            carol = house.come_back(device, key).await;
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_answers_no_ping_is_gone_after_a_while() {
    let house = House::with(|settings| {
        settings.times.ping_interval = Duration::from_millis(400);
        settings.times.dead_after = Duration::from_secs(3);
    })
    .await;
    let carols_seat = meanwhile(&house, async {
        let mut carol = house.register("carol").await;
        let (mut pings, mut last) = (0, None);
        while let Some(bytes) = carol.raw.frame().await {
            match snug_proto::codec::decode_frame(&bytes) {
                Ok(Down::Push(Push::Ping)) => pings += 1,
                Ok(Down::Push(Push::Goodbye(goodbye))) => last = Some(goodbye.why),
                _ => {}
            }
        }
        assert!(pings > 0, "she was asked");
        assert_eq!(last, Some(Why::Silent));
        carol.vanish()
    })
    .await;
    // Her seat is free, and she can come back.
    house.come_back(carols_seat.0, carols_seat.1).await;
}

/// Logs somebody in over a socket that holds little, so that not reading is soon noticed.
async fn with_small_pockets(house: &House, name: &str) -> Person {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(house.address).await.unwrap();
    let config = client_config(&[snug_proto::version::ALPN_TALK], snug_server::tls::provider());
    let mut raw = Raw::over(stream, config).await.unwrap();
    raw.hello().await;
    let key = device_key();
    match raw.register(name, name.as_bytes(), &key).await {
        LoginReply::LoggedIn(me) => Person::new(raw, me, key),
        other => panic!("{name} was not let in: {other:?}"),
    }
}

/// As long as clients let a text be.
fn long_text() -> String {
    "x".repeat(TEXT_MAX)
}

/// Writes until the server has closed the connection, and reads nothing.
async fn closed_unread(raw: &mut Raw, bytes: &[u8]) {
    let written = async {
        while raw.write(bytes).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, written).await.expect("the server hangs up");
}

#[tokio::test]
async fn whoever_never_reads_is_closed_and_nobody_waits_for_them() {
    let house = House::with(|settings| settings.times.write_stall = Duration::from_secs(1)).await;
    meanwhile(&house, async {
        let mut carol = with_small_pockets(&house, "carol").await;
        let mut dave = house.register("dave").await;
        // More than all buffers on the way to carol hold.
        let text = long_text();
        for _ in 0..600 {
            dave.say(&text).await;
        }
        let mut pong = Vec::new();
        encode_frame(&Call { id: 0, request: Request::Pong }, FRAME_MAX, &mut pong).unwrap();
        closed_unread(&mut carol.raw, &pong).await;
        dave.say("carol has not kept me waiting").await;
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_for_everything_at_once_and_never_reads_is_closed() {
    let house = House::with(|settings| settings.times.write_stall = Duration::from_secs(1)).await;
    let mut dave = house.register("dave").await;
    for _ in 0..4 {
        dave.say(&long_text()).await;
    }
    meanwhile(&house, async {
        let mut carol = with_small_pockets(&house, "carol").await;
        let mut call = Vec::new();
        let request = Request::Page { room: LOBBY, from: Seq(1), direction: Direction::Forward, limit: 100 };
        encode_frame(&Call { id: 1, request }, FRAME_MAX, &mut call).unwrap();
        // Far more than she may have open: the server stops reading, then gives her up.
        closed_unread(&mut carol.raw, &call.repeat(1000)).await;
    })
    .await;
}

#[tokio::test]
async fn requests_about_rooms_that_are_not_theirs_are_refused() {
    let house = House::new().await;
    meanwhile(&house, async {
        let mut carol = house.register("carol").await;
        for room in [RoomId(0), RoomId(77), RoomId(u32::MAX)] {
            let page = Request::Page { room, from: Seq(1), direction: Direction::Forward, limit: 100 };
            let members = Request::Members { room, after: Default::default() };
            for request in [page, members, Request::ReadUpTo { room, seq: Seq(1) }] {
                carol.ask(request).await.unwrap_err();
            }
            carol.call(Request::Typing { room }).await;
        }
        carol.say("still here").await;
    })
    .await;
}
