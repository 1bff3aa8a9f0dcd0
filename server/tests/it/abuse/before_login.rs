//! Between handshake and login: what is no hello, no login, or too much of either.

use std::time::Duration;

use snug_proto::Username;
use snug_proto::bounded::{Bytes, Text};
use snug_proto::codec::encode_frame;
use snug_proto::entry::LOBBY;
use snug_proto::hello::{Hello, HelloAnswer};
use snug_proto::id::{DeviceId, RoomId, Seq};
use snug_proto::limits::{FRAME_LOGIN_MAX, FRAME_MAX};
use snug_proto::login::{LoginReply, LoginRequest, Stretch};
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::{Call, Direction, Request};

use super::{goodbye_before_login, meanwhile};
use crate::raw::{House, Raw, device_key, new_device};

/// Somebody who has said hello and nothing else.
async fn stranger(house: &House) -> Raw {
    let mut raw = house.dial().await;
    raw.hello().await;
    raw
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_le_bytes(), bytes].concat()
}

#[tokio::test]
async fn whoever_does_not_log_in_in_time_is_told_so() {
    let house = House::with(|settings| settings.times.login = Duration::from_secs(2)).await;
    meanwhile(&house, async {
        let mut silent = house.dial().await;
        let mut shy = stranger(&house).await;
        // Half a frame is silence as well.
        let mut slow = stranger(&house).await;
        slow.write(&[200, 0, 0, 0, 1, 2, 3]).await.unwrap();
        for raw in [&mut silent, &mut shy, &mut slow] {
            assert_eq!(goodbye_before_login(raw).await, Some(Why::Silent));
        }
    })
    .await;
}

#[tokio::test]
async fn unknown_versions_are_refused_politely() {
    let house = House::new().await;
    meanwhile(&house, async {
        for (lowest, highest) in [(2, 9), (0, 0), (5, 1), (u16::MAX, u16::MAX)] {
            let mut raw = house.dial().await;
            let answer = raw.hello_from(lowest, highest).await;
            assert_eq!(answer, HelloAnswer::Unsupported { lowest: 1, highest: 1 });
            assert_eq!(goodbye_before_login(&mut raw).await, None);
        }
        // A newer client that still speaks ours is welcome, whatever it puts behind its name.
        let mut raw = house.dial().await;
        let mut hello = Hello { lowest: 1, highest: 700, client: Text::cut("newer") }.encode();
        hello.extend([9; 1000]);
        raw.write(&frame(&hello)).await.unwrap();
        let answer = HelloAnswer::decode(&raw.frame().await.unwrap()).unwrap();
        assert!(matches!(answer, HelloAnswer::Welcome { version: 1, .. }));
    })
    .await;
}

#[tokio::test]
async fn what_is_no_hello_ends_the_connection() {
    let house = House::new().await;
    let mut call = Vec::new();
    encode_frame(&Call { id: 1, request: Request::Ping }, FRAME_MAX, &mut call).unwrap();
    meanwhile(&house, async {
        for bytes in [frame(b""), frame(b"SNUG"), frame(b"snug\x01\0\x01\0\0"), frame(&[0xff; 4096]), call] {
            let mut raw = house.dial().await;
            raw.write(&bytes).await.unwrap();
            goodbye_before_login(&mut raw).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_refused_by_its_length() {
    let house = House::new().await;
    meanwhile(&house, async {
        for len in [u32::try_from(FRAME_LOGIN_MAX).unwrap() + 1, 65_536, u32::MAX] {
            let mut raw = house.dial().await;
            raw.write(&len.to_le_bytes()).await.unwrap();
            goodbye_before_login(&mut raw).await;
            let mut raw = stranger(&house).await;
            raw.write(&len.to_le_bytes()).await.unwrap();
            assert_eq!(goodbye_before_login(&mut raw).await, Some(Why::Malformed), "{len}");
        }
    })
    .await;
}

#[tokio::test]
async fn bytes_left_over_behind_a_login_are_an_error() {
    let house = House::new().await;
    let request = LoginRequest::DeviceLogin { device: DeviceId(1), signature: Bytes::new([0; 64]).unwrap() };
    let mut bytes = Vec::new();
    encode_frame(&request, FRAME_LOGIN_MAX, &mut bytes).unwrap();
    let mut left_over = bytes.split_off(4);
    left_over.push(0);
    meanwhile(&house, async {
        for bytes in [&left_over[..], &left_over[..20], b"", &[99], &[0xff; 4096]] {
            let mut raw = stranger(&house).await;
            raw.write(&frame(bytes)).await.unwrap();
            assert_eq!(goodbye_before_login(&mut raw).await, Some(Why::Malformed));
        }
    })
    .await;
}

#[tokio::test]
async fn requests_before_login_are_not_answered() {
    let house = House::new().await;
    meanwhile(&house, async {
        let requests = [
            Request::Page { room: LOBBY, from: Seq(1), direction: Direction::Forward, limit: 100 },
            Request::Rooms { after: RoomId(0) },
            Request::LogOut,
        ];
        for request in requests {
            let mut raw = stranger(&house).await;
            raw.say(&Call { id: 1, request }).await;
            assert_eq!(goodbye_before_login(&mut raw).await, Some(Why::Malformed));
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_out_of_order_or_with_nonsense_in_it_lets_nobody_in() {
    let house = House::new().await;
    let key = device_key();
    let finishes = [
        LoginRequest::RegisterFinish {
            upload: Bytes::new([7; 192]).unwrap(),
            stretch: Stretch(1),
            device: new_device(&key),
        },
        LoginRequest::LoginFinish {
            ke3: Bytes::new([7; 64]).unwrap(),
            device: Some(new_device(&key)),
            replace: None,
        },
        LoginRequest::LoginStart { name: Username::new("alice").unwrap(), ke1: Bytes::new([7; 96]).unwrap() },
        LoginRequest::LoginStart { name: Username::new("alice").unwrap(), ke1: Bytes::new([]).unwrap() },
        LoginRequest::RegisterStart {
            name: Username::new("mallory").unwrap(),
            request: Bytes::new([7; 31]).unwrap(),
        },
        LoginRequest::DeviceLogin { device: DeviceId(0), signature: Bytes::new([]).unwrap() },
        LoginRequest::DeviceLogin { device: DeviceId(u64::MAX), signature: Bytes::new([7; 64]).unwrap() },
    ];
    meanwhile(&house, async {
        for request in finishes {
            let mut raw = stranger(&house).await;
            match raw.ask(request.clone()).await {
                LoginReply::Goodbye(goodbye) => assert_eq!(goodbye.why, Why::Malformed),
                LoginReply::Refused { refusal, kept: None } => assert!(
                    matches!(
                        refusal.cause,
                        Cause::Malformed | Cause::UnknownDevice | Cause::WrongNameOrPassword
                    ),
                    "{request:?}: {refusal:?}"
                ),
                other => panic!("{request:?} got {other:?}"),
            }
        }
        // A device key that is none: the registration comes to nothing.
        let mut raw = stranger(&house).await;
        let started = raw.register_start("mallory", b"mallory").await.unwrap();
        drop(started);
        let again = raw.register_start("mallory", b"mallory").await;
        assert!(!matches!(again, Err(LoginReply::LoggedIn(_))));
    })
    .await;
}
