//! Before TLS is done: garbage, half a ClientHello, silence, strangers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rustls::crypto::aws_lc_rs::kx_group;
use snug_proto::version::ALPN_TALK;
use snug_server::tls::provider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::strangers::connect;
use super::{closed, goodbye_before_login, meanwhile};
use crate::raw::{House, Raw, client_config};

/// A server that is quickly out of patience with strangers, and lets in as many as there are.
async fn impatient() -> House {
    House::with(|settings| {
        settings.times.handshake = Duration::from_secs(2);
        settings.limits.unauthenticated_soft = 5000;
        settings.limits.unauthenticated_hard = 5000;
        settings.limits.per_source_at_once = 5000;
    })
    .await
}

/// What a real client says first.
fn client_hello() -> Vec<u8> {
    let config = Arc::new(client_config(&[ALPN_TALK], provider()));
    let mut client = rustls::ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    hello
}

/// What a client says first that knows TLS 1.2 and nothing newer.
fn old_client_hello() -> Vec<u8> {
    let hello = [&[3, 3][..], &[7; 32], &[0], &[0, 2, 0xc0, 0x2b], &[1, 0]].concat();
    let message = [&[1, 0, 0, hello.len() as u8][..], &hello].concat();
    [&[0x16, 3, 1, 0, message.len() as u8][..], &message].concat()
}

async fn knock(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may hang up in the middle of it.
    let _ = stream.write_all(bytes).await;
    stream
}

#[tokio::test]
async fn garbage_ends_its_connection() {
    let house = impatient().await;
    let address = house.address;
    meanwhile(&house, async {
        let garbage: Vec<Vec<u8>> = vec![
            b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".to_vec(),
            b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
            vec![0; 100_000],
            vec![0xff; 100_000],
            old_client_hello(),
            // A record header that announces the most, and a handshake message of 16 MiB inside.
            [&[0x16, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff][..], &[0x41; 50_000]].concat(),
            (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect(),
        ];
        join_all(garbage.iter().map(async |bytes| closed(knock(address, bytes).await).await)).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_hello_in_single_bytes_is_understood() {
    let house = House::new().await;
    let address = house.address;
    meanwhile(&house, async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in client_hello() {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        // The server's hello: a handshake record.
        assert_eq!(stream.read_u8().await.unwrap(), 0x16);
    })
    .await;
}

#[tokio::test]
async fn a_client_hello_that_stops_at_any_byte_is_waited_for_a_while() {
    let house = impatient().await;
    let address = house.address;
    meanwhile(&house, async {
        // All places in the headers, and every fifth of what follows: what is open at once is bounded here as well.
        let hello = client_hello();
        let cuts = (0..100).chain((100..hello.len()).step_by(5));
        let said = cuts.map(async |cut| closed(knock(address, &hello[..cut]).await).await);
        assert!(join_all(said).await.iter().all(|said| *said == 0));
    })
    .await;
}

// Only there is all of 127.0.0.0/8 this machine, so that a crowd can come from elsewhere.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn hundreds_of_silent_connections_keep_nobody_out() {
    let house = House::with(|settings| {
        settings.times.handshake = Duration::from_secs(60);
        settings.limits.per_source_at_once = 16;
    })
    .await;
    let address = house.address;
    meanwhile(&house, async {
        // All from one place: only sixteen of them get anywhere.
        let mut crowd = Vec::new();
        for _ in 0..400 {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            crowd.push(socket.connect(address).await.unwrap());
        }
        // Those turned away are gone at once.
        let turned_away = crowd.split_off(16);
        assert!(join_all(turned_away.into_iter().map(closed)).await.iter().all(|said| *said == 0));
        // And from elsewhere anybody gets in.
        let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
        raw.hello().await;
        drop(crowd);
    })
    .await;
}

#[tokio::test]
async fn over_all_sources_there_is_a_limit_too() {
    let house = House::with(|settings| {
        settings.times.handshake = Duration::from_secs(60);
        settings.limits.unauthenticated_soft = 50;
        settings.limits.unauthenticated_hard = 50;
    })
    .await;
    // Where alice and bob are there are places beyond the crowd's, so it comes from elsewhere.
    let dial = async || Raw::over(connect(&house, 1).await, client_config(&[ALPN_TALK], provider())).await;
    meanwhile(&house, async {
        let mut crowd = Vec::new();
        for _ in 0..300 {
            crowd.push(connect(&house, 1).await);
        }
        // Twice the limit: somebody has logged in from here.
        join_all(crowd.split_off(100).into_iter().map(closed)).await;
        // Who is logged in is not asked; who is not has to wait until one of them leaves.
        assert!(dial().await.is_err());
        drop(crowd);
        while dial().await.is_err() {}
    })
    .await;
}

#[tokio::test]
async fn a_foreign_lane_is_refused_in_the_handshake() {
    let house = House::new().await;
    let address = house.address;
    meanwhile(&house, async {
        for foreign in [&[&b"h2"[..]][..], &[b"http/1.1", b"snug/2"], &[b"snug-file/2"]] {
            assert!(Raw::dial(address, foreign).await.is_err());
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_lane_nothing_is_said() {
    let house = House::new().await;
    let address = house.address;
    meanwhile(&house, async {
        let mut raw = Raw::dial(address, &[]).await.unwrap();
        assert_eq!(goodbye_before_login(&mut raw).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_classical_peer_is_refused_in_the_handshake() {
    let house = House::new().await;
    let address = house.address;
    meanwhile(&house, async {
        let mut classical = (*provider()).clone();
        classical.kx_groups = vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
        assert!(Raw::dial_with(address, client_config(&[ALPN_TALK], Arc::new(classical))).await.is_err());
        // One that could do both offers a classical share first: the server asks for the other.
        let mut both = (*provider()).clone();
        both.kx_groups = vec![kx_group::X25519, kx_group::X25519MLKEM768];
        let mut raw = Raw::dial_with(address, client_config(&[ALPN_TALK], Arc::new(both))).await.unwrap();
        raw.hello().await;
    })
    .await;
}
