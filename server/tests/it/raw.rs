//! The smallest client, and a server to talk to. It says what it is told to say and checks nothing, so that abuse
//! can be said as well.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse, Ristretto255,
    TripleDh,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde::Serialize;
use serde::de::DeserializeOwned;
use snug_proto::Username;
use snug_proto::bounded::{Bytes, List, Text};
use snug_proto::codec::{decode_frame, encode_frame};
use snug_proto::content::Content;
use snug_proto::entry::{Blobs, Entry, Kind, LOBBY, Retracted, RoomKind};
use snug_proto::hello::{Hello, HelloAnswer};
use snug_proto::id::{AccountId, BlobId, DeviceId, Number, Origin, RoomId, Seq};
use snug_proto::limits::{FRAME_LOGIN_MAX, FRAME_MAX};
use snug_proto::login::{
    EXPORTER_LABEL, LoggedIn, LoginReply, LoginRequest, NewDevice, Stretch, device_statement, opaque_context,
};
use snug_proto::name::RoomName;
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::{Call, Change, Direction, Down, Page, Push, Reply, Request, RoomInfo, Target};
use snug_proto::version::ALPN_TALK;
use snug_server::Server;
use snug_server::config::{Limits, Settings};
use snug_server::tls::{Identity, provider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

/// Nothing here takes longer, unless something is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server with a data folder of its own.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
    pub(crate) identity: Identity,
    pub(crate) settings: Settings,
    stop: CancellationToken,
    running: Option<JoinHandle<()>>,
}

/// Settings for tests: any port, ten seats, and no limit that a quick test would run into.
pub(crate) fn settings(folder: &Path) -> Settings {
    Settings {
        host: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        max_users: 10,
        limits: Limits {
            changes_per_second: 10_000,
            changes_burst: 10_000,
            per_source_at_once: 1000,
            per_source_per_minute: 100_000,
            ..Limits::default()
        },
        ..Settings::in_folder(folder)
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server whose settings were changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        change(&mut settings);
        let identity = Identity::throwaway();
        let (address, stop, running) = start(&settings, &identity).await;
        Self { address, _folder: folder, identity, settings, stop, running: Some(running) }
    }

    /// Stops, and waits until everything is on disk.
    pub(crate) async fn stop(&mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            tokio::time::timeout(PATIENCE, running).await.expect("a stop ends").unwrap();
        }
    }

    /// Stops and starts again on the same folder.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Starts again after a stop.
    pub(crate) async fn start(&mut self) {
        let (address, stop, running) = start(&self.settings, &self.identity).await;
        (self.address, self.stop, self.running) = (address, stop, Some(running));
    }

    pub(crate) async fn dial(&self) -> Raw {
        Raw::dial(self.address, &[ALPN_TALK]).await.expect("the handshake succeeds")
    }

    /// Registers somebody, with the name as the password.
    pub(crate) async fn register(&self, name: &str) -> Person {
        Person::register(self.address, name).await
    }

    /// Logs somebody in on one more device.
    pub(crate) async fn another_device(&self, name: &str) -> Person {
        let mut raw = self.dial().await;
        raw.hello().await;
        let key = device_key();
        match raw.login(name, name.as_bytes(), Some(new_device(&key))).await {
            LoginReply::LoggedIn(me) => Person::new(raw, me, key),
            other => panic!("{name} was not let in: {other:?}"),
        }
    }

    /// Logs a known device in.
    pub(crate) async fn come_back(&self, device: DeviceId, key: Ed25519KeyPair) -> Person {
        Person::come_back(self.address, device, key).await
    }
}

async fn start(settings: &Settings, identity: &Identity) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let server = Server::bind(settings.clone(), identity.clone()).await.expect("the server starts");
    let (address, stop) = (server.local_addr().unwrap(), CancellationToken::new());
    let running = tokio::spawn(server.run(stop.clone().cancelled_owned()));
    (address, stop, running)
}

pub(crate) fn device_key() -> Ed25519KeyPair {
    Ed25519KeyPair::generate().unwrap()
}

pub(crate) fn new_device(key: &Ed25519KeyPair) -> NewDevice {
    NewDevice { key: Bytes::new(key.public_key().as_ref()).unwrap(), system: Text::cut("Test") }
}

/// OPAQUE without stretching: the server cannot tell, and tests are quick.
pub(crate) struct Suite;
impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

/// TLS as a client of ours speaks it, with these lanes on offer.
pub(crate) fn client_config(alpn: &[&[u8]], provider: Arc<CryptoProvider>) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|lane| lane.to_vec()).collect();
    config
}

/// A connection that says what it is told to say.
pub(crate) struct Raw {
    pub(crate) stream: TlsStream<TcpStream>,
}

impl Raw {
    /// Connects, with these lanes on offer.
    pub(crate) async fn dial(address: SocketAddr, alpn: &[&[u8]]) -> std::io::Result<Self> {
        Self::dial_with(address, client_config(alpn, provider())).await
    }

    /// Connects, with TLS as one likes it.
    pub(crate) async fn dial_with(address: SocketAddr, config: ClientConfig) -> std::io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Self::over(socket, config).await
    }

    /// Speaks TLS over a connection that stands.
    pub(crate) async fn over(socket: TcpStream, config: ClientConfig) -> std::io::Result<Self> {
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
        Ok(Self { stream })
    }

    pub(crate) fn exporter(&self) -> [u8; 32] {
        self.stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap()
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Writes a value as a frame.
    pub(crate) async fn say<T: Serialize>(&mut self, value: &T) {
        let mut frame = Vec::new();
        encode_frame(value, FRAME_MAX, &mut frame).unwrap();
        self.write(&frame).await.expect("the server takes it");
    }

    /// The next frame; `None` when the server hung up.
    pub(crate) async fn frame(&mut self) -> Option<Vec<u8>> {
        let read = async {
            let mut prefix = [0; 4];
            self.stream.read_exact(&mut prefix).await.ok()?;
            let mut body = vec![0; u32::from_le_bytes(prefix) as usize];
            self.stream.read_exact(&mut body).await.ok()?;
            Some(body)
        };
        tokio::time::timeout(PATIENCE, read).await.expect("the server answers or hangs up")
    }

    /// The next frame as a value.
    pub(crate) async fn hear<T: DeserializeOwned>(&mut self) -> T {
        decode_frame(&self.frame().await.expect("the server is there"))
            .expect("the server speaks our language")
    }

    pub(crate) async fn hello(&mut self) -> HelloAnswer {
        self.hello_from(1, 1).await
    }

    pub(crate) async fn hello_from(&mut self, lowest: u16, highest: u16) -> HelloAnswer {
        let hello = Hello { lowest, highest, client: Text::cut("raw") }.encode();
        let len = u32::try_from(hello.len()).unwrap();
        self.write(&[&len.to_le_bytes(), &hello[..]].concat()).await.unwrap();
        let answer = self.frame().await.expect("the server answers the hello");
        assert!(answer.len() <= FRAME_LOGIN_MAX);
        HelloAnswer::decode(&answer).unwrap()
    }

    pub(crate) async fn ask(&mut self, request: LoginRequest) -> LoginReply {
        self.say(&request).await;
        self.hear().await
    }

    pub(crate) async fn register(&mut self, name: &str, password: &[u8], key: &Ed25519KeyPair) -> LoginReply {
        let started = match self.register_start(name, password).await {
            Ok(started) => started,
            Err(reply) => return reply,
        };
        self.register_finish(started, password, key).await
    }

    pub(crate) async fn register_start(
        &mut self,
        name: &str,
        password: &[u8],
    ) -> Result<(ClientRegistration<Suite>, Vec<u8>), LoginReply> {
        let start = ClientRegistration::<Suite>::start(&mut OsRng, password).unwrap();
        let request = Bytes::new(start.message.serialize().to_vec()).unwrap();
        match self.ask(LoginRequest::RegisterStart { name: Username::new(name).unwrap(), request }).await {
            LoginReply::RegisterChallenge { response } => Ok((start.state, response.to_vec())),
            other => Err(other),
        }
    }

    pub(crate) async fn register_finish(
        &mut self,
        (state, response): (ClientRegistration<Suite>, Vec<u8>),
        password: &[u8],
        key: &Ed25519KeyPair,
    ) -> LoginReply {
        let response = RegistrationResponse::deserialize(&response).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), None);
        let finish = state.finish(&mut OsRng, password, response, parameters).unwrap();
        let upload = Bytes::new(finish.message.serialize().to_vec()).unwrap();
        self.ask(LoginRequest::RegisterFinish { upload, stretch: Stretch(1), device: new_device(key) }).await
    }

    /// Logs in by password. A client that knows its password is wrong can still send something.
    pub(crate) async fn login(
        &mut self,
        name: &str,
        password: &[u8],
        device: Option<NewDevice>,
    ) -> LoginReply {
        self.login_replacing(name, password, device, None).await
    }

    /// The same, with a device that makes room for the new one.
    pub(crate) async fn login_replacing(
        &mut self,
        name: &str,
        password: &[u8],
        device: Option<NewDevice>,
        replace: Option<DeviceId>,
    ) -> LoginReply {
        let username = Username::new(name).unwrap();
        let start = ClientLogin::<Suite>::start(&mut OsRng, password).unwrap();
        let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
        let reply = self.ask(LoginRequest::LoginStart { name: username.clone(), ke1 }).await;
        let LoginReply::LoginChallenge { ke2, .. } = reply else { return reply };
        assert_eq!(ke2.len(), 320);
        let context = opaque_context(&username, &self.exporter());
        let parameters = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), None);
        let ke2 = CredentialResponse::deserialize(&ke2).unwrap();
        let ke3 = match start.state.finish(&mut OsRng, password, ke2, parameters) {
            Ok(finish) => finish.message.serialize().to_vec(),
            Err(_) => vec![7; 64],
        };
        self.ask(LoginRequest::LoginFinish { ke3: Bytes::new(ke3).unwrap(), device, replace }).await
    }

    pub(crate) async fn device_login(&mut self, device: DeviceId, key: &Ed25519KeyPair) -> LoginReply {
        let signature = key.sign(&device_statement(device, &self.exporter()));
        let signature = Bytes::new(signature.as_ref()).unwrap();
        self.ask(LoginRequest::DeviceLogin { device, signature }).await
    }
}

/// Somebody who is logged in.
pub(crate) struct Person {
    pub(crate) raw: Raw,
    pub(crate) me: LoggedIn,
    pub(crate) key: Ed25519KeyPair,
    calls: u32,
    numbers: u64,
}

impl Person {
    pub(crate) fn new(raw: Raw, me: LoggedIn, key: Ed25519KeyPair) -> Self {
        let numbers = me.mark.0;
        Self { raw, me, key, calls: 0, numbers }
    }

    /// Registers somebody, with the name as the password.
    pub(crate) async fn register(address: SocketAddr, name: &str) -> Self {
        let mut raw = Raw::dial(address, &[ALPN_TALK]).await.expect("the handshake succeeds");
        raw.hello().await;
        let key = device_key();
        match raw.register(name, name.as_bytes(), &key).await {
            LoginReply::LoggedIn(me) => Self::new(raw, me, key),
            other => panic!("{name} was not let in: {other:?}"),
        }
    }

    /// Logs a known device in.
    pub(crate) async fn come_back(address: SocketAddr, device: DeviceId, key: Ed25519KeyPair) -> Self {
        let mut raw = Raw::dial(address, &[ALPN_TALK]).await.expect("the handshake succeeds");
        raw.hello().await;
        match raw.device_login(device, &key).await {
            LoginReply::LoggedIn(me) => Self::new(raw, me, key),
            other => panic!("the device was not let in: {other:?}"),
        }
    }

    /// Asks without waiting for the answer.
    pub(crate) async fn call(&mut self, request: Request) -> u32 {
        self.calls += 1;
        let call = Call { id: self.calls, request };
        self.raw.say(&call).await;
        self.calls
    }

    /// What the server says next.
    pub(crate) async fn next(&mut self) -> Down {
        self.raw.hear().await
    }

    /// The next push that is no ping; replies in between are a mistake of the test.
    pub(crate) async fn push(&mut self) -> Push {
        match self.next().await {
            Down::Push(push) => push,
            Down::Reply { result, .. } => panic!("a reply where a push was expected: {result:?}"),
        }
    }

    /// Asks and waits; pushes in between are dropped.
    pub(crate) async fn ask(&mut self, request: Request) -> Result<Reply, Refusal> {
        let asked = self.call(request).await;
        loop {
            if let Down::Reply { id, result } = self.next().await {
                assert_eq!(id, asked);
                return result;
            }
        }
    }

    /// Everything that was told up to now: what the writer answers comes behind all it has published before.
    pub(crate) async fn told(&mut self) -> Vec<Push> {
        let asked = self.call(Request::ReadUpTo { room: LOBBY, seq: Seq(0) }).await;
        let mut told = Vec::new();
        loop {
            match self.next().await {
                Down::Reply { id, .. } if id == asked => return told,
                Down::Reply { result, .. } => panic!("a reply to nothing: {result:?}"),
                Down::Push(push) => told.push(push),
            }
        }
    }

    /// Changes something under the next number and waits for the reply; pushes in between are dropped.
    pub(crate) async fn change(&mut self, change: Change) -> Result<Reply, Refusal> {
        self.numbers += 1;
        self.ask(Request::Change { number: Number(self.numbers), change }).await
    }

    /// The same, where it is done.
    pub(crate) async fn does(&mut self, change: Change) {
        assert_eq!(self.change(change).await, Ok(Reply::Done));
    }

    /// The same, where it is refused; why.
    pub(crate) async fn may_not(&mut self, change: Change) -> Cause {
        self.change(change).await.expect_err("this is refused").cause
    }

    /// Makes a room.
    pub(crate) async fn makes(&mut self, kind: RoomKind, name: &str, members: &[AccountId]) -> RoomId {
        match self.change(room(kind, name, members)).await {
            Ok(Reply::Created(room)) => room,
            other => panic!("no room: {other:?}"),
        }
    }

    /// Writes somewhere and waits until it is on disk, or why it is not.
    pub(crate) async fn tells(&mut self, to: Target, text: &str) -> Result<Retracted, Cause> {
        let mine = self.write(to, text).await;
        self.stored(mine).await
    }

    /// Names a file somewhere and waits until that is on disk, or why it is not.
    pub(crate) async fn names(&mut self, to: Target, blob: BlobId) -> Result<Retracted, Cause> {
        self.numbers += 1;
        let change = Change::Append {
            to,
            kind: Kind::CONTENT,
            generation: 0,
            epoch: 0,
            blobs: List::new(vec![blob]).unwrap(),
            body: Bytes::new(*b"\x09a file").unwrap(),
        };
        self.call(Request::Change { number: Number(self.numbers), change }).await;
        self.stored(self.numbers).await
    }

    /// Where an append came to stand.
    async fn stored(&mut self, mine: u64) -> Result<Retracted, Cause> {
        loop {
            match self.next().await {
                Down::Push(Push::Appended { seq, number, .. }) if number.0 == mine => {
                    return Ok(Retracted { seq, origin: Origin { device: self.me.device, number } });
                }
                Down::Reply { result: Err(refusal), .. } => return Err(refusal.cause),
                _ => {}
            }
        }
    }

    /// The rooms this account is or was in.
    pub(crate) async fn rooms(&mut self) -> Vec<RoomInfo> {
        match self.ask(Request::Rooms { after: RoomId(0) }).await {
            Ok(Reply::Rooms(rooms)) => rooms.into_vec(),
            other => panic!("no rooms: {other:?}"),
        }
    }

    /// One of them.
    pub(crate) async fn room(&mut self, room: RoomId) -> RoomInfo {
        self.rooms().await.into_iter().find(|info| info.room == room).expect("it is among the rooms")
    }

    /// What the server itself says in the house, of one kind.
    pub(crate) async fn acts(&mut self, kind: Kind) -> Vec<Entry> {
        let rooms = self.rooms().await;
        let house = rooms.iter().find(|room| room.kind == RoomKind::HOUSE).expect("everybody is in it").room;
        let entries = self.page(house, 1, Direction::Forward, 100).await.entries.into_vec().into_iter();
        entries.filter(|entry| entry.kind == kind && entry.author == AccountId(0)).collect()
    }

    pub(crate) async fn page(&mut self, room: RoomId, from: u32, direction: Direction, limit: u8) -> Page {
        match self.ask(Request::Page { room, from: Seq(from), direction, limit }).await {
            Ok(Reply::Page(page)) => page,
            other => panic!("no page: {other:?}"),
        }
    }

    /// Writes under a number of the test's choice.
    pub(crate) async fn write_as(&mut self, number: u64, to: Target, text: &str) -> u32 {
        let change = Change::Append {
            to,
            kind: Kind::CONTENT,
            generation: 0,
            epoch: 0,
            blobs: Blobs::default(),
            body: Content::text(text).unwrap().to_body().unwrap(),
        };
        self.call(Request::Change { number: Number(number), change }).await
    }

    /// Writes under the next number, without waiting.
    pub(crate) async fn write(&mut self, to: Target, text: &str) -> u64 {
        self.numbers += 1;
        self.write_as(self.numbers, to, text).await;
        self.numbers
    }

    /// Writes to the lobby and waits until it is on disk; where it stands there.
    pub(crate) async fn say(&mut self, text: &str) -> Seq {
        let mine = self.write(Target::Room(LOBBY), text).await;
        loop {
            match self.push().await {
                Push::Appended { seq, number, .. } if number.0 == mine => return seq,
                Push::Goodbye(goodbye) => panic!("{goodbye:?}"),
                _ => {}
            }
        }
    }

    /// The next text that somebody else wrote, and where it stands.
    pub(crate) async fn hear(&mut self) -> (RoomId, Seq, String) {
        loop {
            if let Push::Entry(entry) = self.push().await
                && entry.kind == Kind::CONTENT
            {
                return (entry.room, entry.seq, text_of(&entry.body));
            }
        }
    }

    /// Hangs up without a word.
    pub(crate) fn vanish(self) -> (DeviceId, Ed25519KeyPair) {
        (self.me.device, self.key)
    }
}

/// The making of a room.
pub(crate) fn room(kind: RoomKind, name: &str, members: &[AccountId]) -> Change {
    Change::CreateRoom {
        kind,
        name: RoomName::new(name).unwrap(),
        topic: Text::default(),
        members: List::new(members.to_vec()).unwrap(),
    }
}

pub(crate) fn text_of(body: &[u8]) -> String {
    match Content::from_body(body) {
        Ok(Content::Text(text)) => text.text.into_string(),
        other => panic!("not a text: {other:?}"),
    }
}

/// Trusts any key: trust is the engine's business and is tested there.
#[derive(Debug)]
struct Trusting;
impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2".into()))
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
