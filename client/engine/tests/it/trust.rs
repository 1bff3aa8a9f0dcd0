//! Trust: first contact, changed keys, people in the middle.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use snug_engine::command::{Command, CopyFate, Intent, Password, TrustAnswer};
use snug_engine::dial;
use snug_engine::environment::Environment;
use snug_engine::event::{Link, Manner, Phase, Problem};
use snug_engine::login::Stretching;
use snug_proto::version::ALPN_TALK;
use snug_server::tls::{self, Identity};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::world::{LOBBY_ROOM, PASSWORD, World, address};

/// Ends TLS with a key of its own and relays every byte to the real server.
pub(crate) async fn relay(server: SocketAddr, identity: Identity) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    relay_from(listener, server, identity);
    at
}

/// The same on a listener that stands, until the task is aborted.
pub(crate) fn relay_from(listener: TcpListener, server: SocketAddr, identity: Identity) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = TlsAcceptor::from(identity.config.clone());
            tokio::spawn(async move {
                let Ok(mut down) = acceptor.accept(client).await else { return };
                let Ok(upstream) = TcpStream::connect(server).await else { return };
                let Ok(mut up) = trusting().connect("localhost".try_into().unwrap(), upstream).await else {
                    return;
                };
                let _ = tokio::io::copy_bidirectional(&mut down, &mut up).await;
            });
        }
    })
}

#[derive(Debug)]
struct TrustsAnybody;
impl rustls::client::danger::ServerCertVerifier for TrustsAnybody {
    fn verify_server_cert(
        &self,
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &[rustls::pki_types::CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        unreachable!("TLS 1.3 only")
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls::pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        tls::provider().signature_verification_algorithms.supported_schemes()
    }
}

/// A TLS client that checks nothing at all: what ours must not be.
fn trusting() -> tokio_rustls::TlsConnector {
    let mut config = rustls::ClientConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(TrustsAnybody))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_TALK.to_vec()];
    Arc::new(config).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn first_contact_shows_the_key_before_a_word_is_said() {
    // A server that completes the handshake and writes down whether it hears anything.
    let identity = Identity::throwaway();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let config = identity.config.clone();
    let heard = tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let mut stream = TlsAcceptor::from(config).accept(client).await.unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        heard
    });
    let world = World::new().await;
    let mut alice = world.person("alice");
    alice.address = address(at);
    alice.enter(Intent::Register).await;
    alice.until_trust_question().await;
    let Some(Phase::Trust(question)) = &alice.seen.phase else { unreachable!() };
    assert_eq!(question.fingerprint, identity.fingerprint);
    assert!(!question.can_prove, "a new account proves nothing");
    assert_eq!(heard.await.unwrap(), b"");

    // "Not now" leaves no trace.
    alice.send(Command::Answer(TrustAnswer::NotNow)).await;
    alice.until("logged out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    assert!(alice.seen.servers.is_empty());
    let alice = alice.quit().await;
    let mut alice = alice.start();
    alice.until("nothing is known", |seen| seen.phase.is_some()).await;
    assert!(alice.seen.servers.is_empty() && alice.folder.join("profile").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_server_came_to_be_trusted_is_kept() {
    let world = World::new().await;
    let alice = world.alice().await;
    assert_eq!(alice.seen.session().unwrap().trust.manner, Manner::WordsCompared);

    let mut bob = world.person("bob");
    bob.enter(Intent::Register).await;
    bob.until_trust_question().await;
    bob.send(Command::Answer(TrustAnswer::WithoutComparing)).await;
    bob.until_online().await;
    assert_eq!(bob.seen.session().unwrap().trust.manner, Manner::Unseen);
    assert_eq!(bob.seen.session().unwrap().fingerprint, world.house.identity.fingerprint);
    let mut bob = bob.quit().await.start();
    bob.open().await;
    bob.until_online().await;
    assert_eq!(bob.seen.session().unwrap().trust.manner, Manner::Unseen);
    bob.send(Command::WordsCompared).await;
    bob.until("compared", |seen| {
        seen.session().is_some_and(|session| session.trust.manner == Manner::WordsCompared)
            && seen.servers[0].history.len() == 2
    })
    .await;
    let history = &bob.seen.servers[0].history;
    assert_eq!([history[0].trust.manner, history[1].trust.manner], [Manner::Unseen, Manner::WordsCompared]);

    let mut laptop = world.person("laptop");
    laptop.name = "alice".into();
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::ProveByLogin)).await;
    laptop.until_online().await;
    assert_eq!(laptop.seen.session().unwrap().trust.manner, Manner::Password);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_in_the_middle_fails_at_login_though_the_password_is_right() {
    let world = World::new().await;
    let alice = world.alice().await;
    drop(alice);
    let at = relay(world.house.at, Identity::throwaway()).await;
    let mut laptop = world.person("laptop");
    laptop.name = "alice".into();
    laptop.address = address(at);
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::ProveByLogin)).await;
    assert_eq!(laptop.until_problem().await, Problem::NotProven);
    assert!(laptop.seen.servers.is_empty(), "nothing was pinned");
}

/// Shows another server's certificate without having its key.
#[derive(Debug)]
struct Replayed(Arc<CertifiedKey>);
impl ResolvesServerCert for Replayed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_certificate_without_its_key_is_refused() {
    let make = || rcgen::KeyPair::generate().unwrap();
    let (victim, thief) = (make(), make());
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&victim).unwrap();
    let pin = tls::fingerprint(certificate.der()).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(thief.serialize_der());
    let key = tls::provider().key_provider.load_private_key(key.into()).unwrap();
    let shown = Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key));
    let mut config = ServerConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Replayed(shown)));
    config.alpn_protocols = vec![ALPN_TALK.to_vec()];

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move { acceptor.accept(client).await.is_ok() });
        }
    });
    let environment = Environment::default();
    let pinned = dial::connect(&environment, &address(at), dial::Lane::Talk, &[pin], "test").await;
    assert!(pinned.is_err(), "the key is the expected one, but nobody holds it");
    assert!(dial::probe(&environment, &address(at)).await.is_err());
    let socket = TcpStream::connect(at).await.unwrap();
    let sloppy = trusting().connect("localhost".try_into().unwrap(), socket).await;
    assert!(sloppy.is_ok(), "who skips the signature is fooled: this test would notice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_stops_everything_but_reading() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.say("mine to read").await;
    alice.until_sent("mine to read").await;

    // Somebody else's server takes the address.
    world.house.stop().await;
    let trusted = std::mem::replace(&mut world.house.identity, Identity::throwaway());
    let shown = world.house.identity.fingerprint;
    let data = world.house.settings.data.clone();
    world.house.settings.data = world.folder.path().join("another");
    world.house.run().await;
    alice.until("stopped", |seen| matches!(seen.link(), Some(Link::KeyChanged(_)))).await;
    let Some(Link::KeyChanged(change)) = alice.seen.link().cloned() else { unreachable!() };
    assert_eq!((change.trusted, change.shown), (trusted.fingerprint, shown));
    alice.until_sent("mine to read").await;

    // The password finds another server behind it: no way on.
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    alice
        .until("not proven", |seen| {
            matches!(seen.link(), Some(Link::KeyChanged(change)) if change.problem == Some(Problem::NotProven))
        })
        .await;

    // The right server with a new key: the password proves it.
    world.house.stop().await;
    world.house.settings.data = data;
    world.house.run().await;
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    alice.until_online().await;
    let session = alice.seen.session().unwrap();
    assert_eq!((session.fingerprint, session.trust.manner), (shown, Manner::Password));
    alice.say("on we go").await;
    alice.until_sent("on we go").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_server_at_another_address_is_met_silently() {
    let world = World::new().await;
    let alice = world.alice().await;
    let mut alice = alice.quit().await.start();
    // Another way to the same server.
    let proxy = crate::proxy::Proxy::to(world.house.at).await;
    alice.address = address(proxy.at);
    alice.enter(Intent::LogIn).await;
    alice.until_online().await;
    assert_eq!(alice.seen.servers.len(), 1, "it is the same server");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_successor_takes_over_silently() {
    let mut world = World::new().await;
    let next = Identity::throwaway();
    world.house.stop().await;
    world.house.identity.successor = Some(next.fingerprint);
    world.house.run().await;
    let mut alice = world.alice().await;
    world.house.stop().await;
    world.house.identity = next.clone();
    world.house.run().await;
    alice
        .until("rolled over", |seen| {
            seen.is_online() && seen.session().is_some_and(|session| session.fingerprint == next.fingerprint)
        })
        .await;
    assert_eq!(alice.seen.session().unwrap().trust.manner, Manner::Succession);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_stretching_registers_and_logs_in() {
    let world = World::new().await;
    let mut alice = crate::world::Person::with(
        "alice",
        &world.folder.path().join("alice"),
        address(world.house.at),
        |environment| environment.stretching = Stretching::Argon2id,
    );
    alice.enter(Intent::Register).await;
    alice.until_trust_question().await;
    alice.send(Command::Answer(TrustAnswer::TheyMatch)).await;
    alice.until_online().await;
    alice.show(LOBBY_ROOM).await;

    let mut laptop = crate::world::Person::with(
        "alice",
        &world.folder.path().join("laptop"),
        address(world.house.at),
        |environment| environment.stretching = Stretching::Argon2id,
    );
    laptop.enter(Intent::LogIn).await;
    laptop.until_trust_question().await;
    laptop.send(Command::Answer(TrustAnswer::ProveByLogin)).await;
    laptop.until_online().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_without_a_copy_stops_the_form_until_the_password_proves_it() {
    let mut world = World::new().await;
    let mut alice = world.alice().await;
    alice.send(Command::LogOut { copy: CopyFate::Delete }).await;
    alice.until("out", |seen| matches!(seen.phase, Some(Phase::LoggedOut { problem: None }))).await;
    world.house.stop().await;
    world.house.identity = Identity::throwaway();
    let shown = world.house.identity.fingerprint;
    world.house.run().await;

    alice.enter(Intent::LogIn).await;
    alice.until("stopped", |seen| matches!(&seen.phase, Some(Phase::KeyChanged(_)))).await;
    alice.send(Command::Prove(Password::new("not the password at all"))).await;
    alice
        .until("not proven", |seen| {
            matches!(&seen.phase, Some(Phase::KeyChanged(change)) if change.problem == Some(Problem::NotProven))
        })
        .await;
    alice.send(Command::Prove(Password::new(PASSWORD))).await;
    alice.until_online().await;
    let session = alice.seen.session().unwrap();
    assert_eq!((session.fingerprint, session.trust.manner), (shown, Manner::Password));
}
