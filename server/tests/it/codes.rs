//! Codes from outside: who gets in by one, and who does not.

use generic_array::{ArrayLength, GenericArray};
use opaque_ke::errors::InternalError;
use opaque_ke::ksf::Ksf;
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse, Ristretto255,
    TripleDh,
};
use rusqlite::Connection;
use snug_proto::bounded::Bytes;
use snug_proto::code::{Code, CodeName};
use snug_proto::entry::LOBBY;
use snug_proto::hello::Registration;
use snug_proto::id::RoomId;
use snug_proto::login::{LoginReply, LoginRequest, Purpose, Stretch, code_context};
use snug_proto::refusal::{Cause, Why};
use snug_proto::talk::{Down, InviteInfo, Push, Reply, Request};
use snug_server::Server;
use tokio_util::sync::CancellationToken;

use crate::raw::{House, Person, Raw, device_key, new_device};

const WEEK: u32 = 7 * 86_400;

/// Codes are stretched as clients stretch everything.
pub(crate) struct Suite;
impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, sha2::Sha512>;
    type Ksf = Argon2id;
}

#[derive(Default)]
pub(crate) struct Argon2id;
impl Ksf for Argon2id {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        let params = argon2::Params::new(64 * 1024, 3, 4, None).unwrap();
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let mut out = GenericArray::default();
        argon.hash_password_into(&input, &[0; 16], &mut out).unwrap();
        Ok(out)
    }
}

type Start = opaque_ke::ClientLoginStartResult<Suite>;

impl Raw {
    /// Asks for the proof of a code with a secret that may be wrong.
    async fn code_start(&mut self, code: CodeName, secret: &str) -> Result<(Start, Vec<u8>), LoginReply> {
        let start = ClientLogin::<Suite>::start(&mut OsRng, secret.as_bytes()).unwrap();
        let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
        match self.ask(LoginRequest::CodeStart { code, ke1 }).await {
            LoginReply::LoginChallenge { ke2, stretch: Stretch::ARGON2ID_64M } => Ok((start, ke2.to_vec())),
            other => Err(other),
        }
    }

    /// Proves a code.
    pub(crate) async fn prove(&mut self, code: &Code) -> LoginReply {
        let (start, ke2) = match self.code_start(code.name(), &code.secret()).await {
            Ok(started) => started,
            Err(reply) => return reply,
        };
        let context = code_context(code.name(), &self.exporter());
        let parameters =
            ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&Argon2id));
        let ke2 = CredentialResponse::deserialize(&ke2).unwrap();
        let ke3 = match start.state.finish(&mut OsRng, code.secret().as_bytes(), ke2, parameters) {
            Ok(finish) => finish.message.serialize().to_vec(),
            Err(_) => vec![7; 64],
        };
        self.ask(LoginRequest::CodeFinish { ke3: Bytes::new(ke3).unwrap() }).await
    }

    /// Tries a secret that is wrong, and sends something all the same.
    async fn guess(&mut self, code: CodeName) -> LoginReply {
        match self.code_start(code, "WRONGWRNG").await {
            Ok(_) => self.ask(LoginRequest::CodeFinish { ke3: Bytes::new([7; 64]).unwrap() }).await,
            Err(reply) => reply,
        }
    }

    /// Sets another password and logs this device in.
    async fn reset(&mut self, password: &[u8], key: &aws_lc_rs::signature::Ed25519KeyPair) -> LoginReply {
        let start = ClientRegistration::<crate::raw::Suite>::start(&mut OsRng, password).unwrap();
        let request = Bytes::new(start.message.serialize().to_vec()).unwrap();
        let reply = self.ask(LoginRequest::ResetStart { request }).await;
        let LoginReply::RegisterChallenge { response } = reply else { return reply };
        let response = RegistrationResponse::deserialize(&response).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), None);
        let finish = start.state.finish(&mut OsRng, password, response, parameters).unwrap();
        let upload = Bytes::new(finish.message.serialize().to_vec()).unwrap();
        self.ask(LoginRequest::ResetFinish { upload, stretch: Stretch(1), device: new_device(key) }).await
    }
}

impl House {
    async fn stranger(&self) -> Raw {
        let mut raw = self.dial().await;
        raw.hello().await;
        raw
    }

    /// Somebody who proved a code and did nothing yet.
    async fn invited(&self, code: &Code) -> Raw {
        let mut raw = self.stranger().await;
        let proven = raw.prove(code).await;
        assert!(matches!(proven, LoginReply::CodeProven { .. }), "{proven:?}");
        raw
    }

    /// Another program at the database: as time, or an administrator, would alter it.
    fn alter(&self, sql: &str) {
        Connection::open(self.settings.data.join("snug.db")).unwrap().execute_batch(sql).unwrap();
    }
}

impl Person {
    async fn invite(&mut self, uses: u16) -> Code {
        let room = RoomId(0);
        self.code_of(Request::Invite { uses, life: WEEK, room }).await
    }

    async fn code_of(&mut self, request: Request) -> Code {
        match self.ask(request).await {
            Ok(Reply::Code { code, .. }) => Code::from_symbols(code.as_str()).unwrap(),
            other => panic!("no code: {other:?}"),
        }
    }

    async fn invites(&mut self) -> Vec<InviteInfo> {
        match self.ask(Request::Invites).await {
            Ok(Reply::Invites(invites)) => invites.into_vec(),
            other => panic!("no invites: {other:?}"),
        }
    }
}

#[track_caller]
fn cause(reply: LoginReply) -> Cause {
    match reply {
        LoginReply::Refused { refusal, .. } => refusal.cause,
        other => panic!("not refused: {other:?}"),
    }
}

fn is_in(reply: &LoginReply) -> bool {
    matches!(reply, LoginReply::LoggedIn(_))
}

/// alice is here already; from now on an invite is needed.
async fn by_invite() -> (House, Person) {
    let mut house = House::new().await;
    let (device, key) = house.register("alice").await.vanish();
    house.stop().await;
    house.settings.registration = Registration::Invite;
    house.settings.limits.login_tries_free = 1000;
    house.start().await;
    let alice = house.come_back(device, key).await;
    (house, alice)
}

#[tokio::test]
async fn an_invite_lets_one_person_in_and_no_second() {
    let (house, mut alice) = by_invite().await;
    let uninvited = house.stranger().await.register("mallory", b"mallory", &device_key()).await;
    assert_eq!(cause(uninvited), Cause::InviteNeeded);

    let code = alice.invite(1).await;
    assert!(!code.is_shared());
    assert_eq!(alice.invites().await.len(), 1);
    let mut raw = house.stranger().await;
    let LoginReply::CodeProven { purpose, account: None } = raw.prove(&code).await else { panic!("right") };
    assert_eq!(purpose, Purpose::REGISTER);
    assert!(is_in(&raw.register("bob", b"bob", &device_key()).await));
    assert!(alice.invites().await.is_empty());
    assert_eq!(cause(house.stranger().await.prove(&code).await), Cause::CodeUsedUp);
    // Who invited whom is kept.
    let conn = Connection::open(house.settings.data.join("snug.db")).unwrap();
    let invited_by: i64 =
        conn.query_row("SELECT invited_by FROM accounts WHERE name = 'bob'", [], |row| row.get(0)).unwrap();
    assert_eq!(invited_by, alice.me.account.0.cast_signed());
}

#[tokio::test]
async fn of_two_with_the_last_use_at_the_same_instant_one_gets_in() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(1).await;
    let (mut first, mut second) = (house.invited(&code).await, house.invited(&code).await);
    let (one, other) = (device_key(), device_key());
    let started = first.register_start("bob", b"bob").await.unwrap();
    let also_started = second.register_start("carol", b"carol").await.unwrap();
    let (a, b) = tokio::join!(
        first.register_finish(started, b"bob", &one),
        second.register_finish(also_started, b"carol", &other)
    );
    assert_eq!([&a, &b].into_iter().filter(|reply| is_in(reply)).count(), 1, "{a:?} {b:?}");
    assert_eq!(cause(if is_in(&a) { b } else { a }), Cause::CodeUsedUp);
}

#[tokio::test]
async fn a_name_that_is_taken_costs_no_use() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(1).await;
    let mut raw = house.invited(&code).await;
    let mut racing = house.invited(&code).await;
    assert_eq!(cause(raw.register("Alice", b"bob", &device_key()).await), Cause::NameTaken);
    // Also where both asked for the name before either had it.
    let key = device_key();
    let started = racing.register_start("bob", b"bob").await.unwrap();
    let other = alice.invite(1).await;
    assert!(is_in(&house.invited(&other).await.register("bob", b"bob", &device_key()).await));
    assert_eq!(cause(racing.register_finish(started, b"bob", &key).await), Cause::NameTaken);
    assert!(is_in(&raw.register("carol", b"carol", &device_key()).await), "the same connection may go on");
}

#[tokio::test]
async fn a_code_is_tried_five_times_and_no_more() {
    let (house, mut alice) = by_invite().await;
    let (code, other) = (alice.invite(1).await, alice.invite(1).await);
    for _ in 0..4 {
        assert_eq!(cause(house.stranger().await.guess(code.name()).await), Cause::WrongCode);
    }
    // Who knows it gives the try back, so that four typing mistakes end nothing.
    house.invited(&code).await;
    assert_eq!(cause(house.stranger().await.guess(code.name()).await), Cause::WrongCode);
    assert_eq!(cause(house.stranger().await.prove(&code).await), Cause::WrongCode, "five were wrong");
    house.invited(&other).await;
}

#[tokio::test]
async fn a_reset_code_that_was_guessed_at_five_times_is_gone_and_nothing_was_reset() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(1).await;
    let (id, name) = (alice.me.account.0, u32::from(code.name()));
    house.alter(&format!("UPDATE codes SET purpose = 2, account = {id} WHERE name = {name}"));
    for _ in 0..5 {
        assert_eq!(cause(house.stranger().await.guess(code.name()).await), Cause::WrongCode);
    }
    let mut late = house.stranger().await;
    assert_eq!(cause(late.prove(&code).await), Cause::WrongCode);
    assert_eq!(cause(late.reset(b"another", &device_key()).await), Cause::NotAllowed);
    assert!(matches!(late.login("alice", b"alice", None).await, LoginReply::Proven));
    alice.say("still here").await;
}

#[tokio::test]
async fn tries_of_a_code_wait_as_those_of_a_password_do() {
    let house = House::new().await;
    let mut raw = house.stranger().await;
    for _ in 0..5 {
        assert_eq!(cause(raw.guess(CodeName::of(7)).await), Cause::WrongCode);
    }
    let LoginReply::Refused { refusal, .. } = raw.guess(CodeName::of(8)).await else { panic!("wait") };
    assert_eq!((refusal.cause, refusal.retry_after), (Cause::TooManyTries, Some(1)));
}

#[tokio::test]
async fn a_code_that_nobody_made_is_not_told_from_one_that_is_guessed_wrong() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(1).await;
    let nobodys = CodeName::of(u32::from(code.name()) + 1);
    let mut seen = Vec::new();
    for name in [code.name(), nobodys] {
        let mut raw = house.stranger().await;
        let (_, ke2) = raw.code_start(name, "WRONGWRNG").await.expect("both are challenged");
        let refused = raw.ask(LoginRequest::CodeFinish { ke3: Bytes::new([7; 64]).unwrap() }).await;
        seen.push((ke2.len(), refused));
    }
    assert_eq!(seen[0], seen[1]);
    // The same one twice looks the same as well: what is simulated keeps its key.
    let mut raw = house.stranger().await;
    let start = ClientLogin::<Suite>::start(&mut OsRng, b"WRONGWRNG").unwrap();
    let ke1: Bytes<96> = Bytes::new(start.message.serialize().to_vec()).unwrap();
    let mut evaluated = Vec::new();
    for _ in 0..2 {
        let asked = raw.ask(LoginRequest::CodeStart { code: nobodys, ke1: ke1.clone() }).await;
        let LoginReply::LoginChallenge { ke2, .. } = asked else { panic!("{asked:?}") };
        evaluated.push(ke2[..32].to_vec());
    }
    assert_eq!(evaluated[0], evaluated[1]);
}

#[tokio::test]
async fn how_a_code_ended_is_told_to_whoever_knows_it_alone() {
    let (house, mut alice) = by_invite().await;
    let (revoked, expired) = (alice.invite(1).await, alice.invite(1).await);
    assert_eq!(alice.ask(Request::RevokeCode { code: revoked.name() }).await, Ok(Reply::Done));
    house.alter(&format!("UPDATE codes SET expires = 1 WHERE name = {}", u32::from(expired.name())));
    for (code, ended) in [(&revoked, Cause::CodeRevoked), (&expired, Cause::CodeExpired)] {
        assert_eq!(cause(house.stranger().await.guess(code.name()).await), Cause::WrongCode);
        assert_eq!(cause(house.stranger().await.prove(code).await), ended);
    }
    assert!(alice.invites().await.is_empty());
    let again = alice.ask(Request::RevokeCode { code: revoked.name() }).await;
    assert_eq!(again.unwrap_err().cause, Cause::NotThere);
    // What was proven before it ended is looked at again when it is used.
    let late = alice.invite(1).await;
    let mut raw = house.invited(&late).await;
    assert_eq!(alice.ask(Request::RevokeCode { code: late.name() }).await, Ok(Reply::Done));
    assert_eq!(cause(raw.register("bob", b"bob", &device_key()).await), Cause::CodeRevoked);
}

#[tokio::test]
async fn a_code_of_several_uses_lets_so_many_in() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(2).await;
    assert!(code.is_shared(), "it cannot be dictated");
    for name in ["bob", "carol"] {
        assert!(is_in(&house.invited(&code).await.register(name, b"a password", &device_key()).await));
    }
    assert_eq!(cause(house.stranger().await.prove(&code).await), Cause::CodeUsedUp);
}

#[tokio::test]
async fn what_was_said_for_a_code_cannot_be_said_again() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(1).await;
    let mut raw = house.stranger().await;
    let (start, ke2) = raw.code_start(code.name(), &code.secret()).await.unwrap();
    let context = code_context(code.name(), &raw.exporter());
    let parameters =
        ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(&Argon2id));
    let ke2 = CredentialResponse::deserialize(&ke2).unwrap();
    let finish = start.state.finish(&mut OsRng, code.secret().as_bytes(), ke2, parameters).unwrap();
    let ke3: Bytes<64> = Bytes::new(finish.message.serialize().to_vec()).unwrap();

    // On another connection, behind a start of its own.
    let mut thief = house.stranger().await;
    thief.code_start(code.name(), &code.secret()).await.unwrap();
    assert_eq!(cause(thief.ask(LoginRequest::CodeFinish { ke3: ke3.clone() }).await), Cause::WrongCode);
    // On its own connection it is good once.
    let proven = raw.ask(LoginRequest::CodeFinish { ke3: ke3.clone() }).await;
    assert!(matches!(proven, LoginReply::CodeProven { .. }));
    let twice = raw.ask(LoginRequest::CodeFinish { ke3 }).await;
    assert!(matches!(&twice, LoginReply::Goodbye(goodbye) if goodbye.why == Why::Malformed), "{twice:?}");
}

#[tokio::test]
async fn without_a_proven_code_nothing_is_reset_and_no_device_added() {
    let (house, mut alice) = by_invite().await;
    let code = alice.invite(1).await;
    for mut raw in [house.stranger().await, house.invited(&code).await] {
        assert_eq!(cause(raw.reset(b"another", &device_key()).await), Cause::NotAllowed);
        let added = raw.ask(LoginRequest::AddDevice { device: new_device(&device_key()) }).await;
        assert_eq!(cause(added), Cause::NotAllowed, "an invite belongs to no account");
    }
}

#[tokio::test]
async fn a_device_is_added_by_a_code_from_another_one_without_the_password() {
    let (house, mut alice) = by_invite().await;
    let code = alice.code_of(Request::InviteDevice).await;
    let mut raw = house.invited(&code).await;
    assert_eq!(cause(raw.reset(b"another", &device_key()).await), Cause::NotAllowed);
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.ask(LoginRequest::AddDevice { device: new_device(&key) }).await else {
        panic!("she has another device")
    };
    assert_eq!((me.account, me.name.as_str()), (alice.me.account, "alice"));
    assert_eq!(cause(house.stranger().await.prove(&code).await), Cause::CodeUsedUp);
    let mut laptop = Person::new(raw, me, key);
    let seq = laptop.say("from the new one").await;
    assert_eq!(alice.hear().await.1, seq);
}

#[tokio::test]
async fn a_reset_ends_old_sessions_and_the_history_stays() {
    let (house, mut alice) = by_invite().await;
    let seq = alice.say("before").await;
    let code = alice.invite(1).await;
    let spare = alice.code_of(Request::InviteDevice).await;
    let id = alice.me.account.0;
    let name = u32::from(code.name());
    house.alter(&format!("UPDATE codes SET purpose = 2, account = {id} WHERE name = {name}"));

    let mut raw = house.stranger().await;
    let LoginReply::CodeProven { purpose, account } = raw.prove(&code).await else { panic!("right") };
    assert_eq!((purpose, account.unwrap().as_str()), (Purpose::RESET, "alice"));
    let key = device_key();
    let LoginReply::LoggedIn(me) = raw.reset(b"another", &key).await else { panic!("reset") };
    assert_eq!(me.account, alice.me.account);
    loop {
        match alice.next().await {
            Down::Push(Push::Goodbye(goodbye)) => break assert_eq!(goodbye.why, Why::Revoked),
            Down::Push(_) => {}
            Down::Reply { result, .. } => panic!("{result:?}"),
        }
    }
    let (device, old_key) = alice.vanish();
    let mut old = house.stranger().await;
    assert_eq!(cause(old.device_login(device, &old_key).await), Cause::UnknownDevice);
    assert_eq!(cause(old.login("alice", b"alice", None).await), Cause::WrongNameOrPassword);
    assert!(matches!(old.login("alice", b"another", None).await, LoginReply::Proven));
    assert_eq!(cause(old.prove(&spare).await), Cause::CodeRevoked, "what else opened the account is closed");
    let mut alice = Person::new(raw, me, key);
    let page = alice.page(LOBBY, seq.0, snug_proto::talk::Direction::Forward, 1).await;
    assert_eq!(page.entries[0].seq, seq);
}

#[tokio::test]
async fn new_recovery_codes_take_the_old_ones_back() {
    let (house, mut alice) = by_invite().await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let Ok(Reply::RecoveryCodes(codes)) = alice.ask(Request::RecoveryCodes).await else {
            panic!("codes")
        };
        assert_eq!(codes.len(), 4);
        made.push(Code::from_symbols(codes[0].as_str()).unwrap());
    }
    assert!(alice.invites().await.is_empty(), "they are no invites");
    assert_eq!(cause(house.stranger().await.prove(&made[0]).await), Cause::CodeRevoked);
    let proven = house.stranger().await.prove(&made[1]).await;
    assert!(matches!(proven, LoginReply::CodeProven { purpose: Purpose::RECOVER, .. }), "{proven:?}");
}

#[tokio::test]
async fn invites_have_bounds() {
    let (_house, mut alice) = by_invite().await;
    let room = RoomId(0);
    for (uses, life) in [(0, WEEK), (1001, WEEK), (1, 0), (1, 91 * 86_400)] {
        let refused = alice.ask(Request::Invite { uses, life, room }).await;
        assert_eq!(refused.unwrap_err().cause, Cause::Malformed, "{uses} {life}");
    }
    let elsewhere = alice.ask(Request::Invite { uses: 1, life: WEEK, room: RoomId(99) }).await;
    assert_eq!(elsewhere.unwrap_err().cause, Cause::UnknownRoom);
}

/// The owner's link of a server that has not started yet.
async fn owners_code(house: &House) -> Option<Code> {
    let server = Server::bind(house.settings.clone(), house.identity.clone()).await.unwrap();
    let invite = server.owner_invite().await;
    let stopped = CancellationToken::new();
    stopped.cancel();
    server.run(stopped.cancelled_owned()).await;
    let invite = invite?;
    assert_eq!(invite.fingerprint, house.identity.fingerprint);
    invite.code
}

/// Who may do everything on this server: the owner of the house room.
const OWNER: &str = "SELECT accounts.name FROM accounts JOIN members ON members.account = accounts.id
     JOIN rooms ON rooms.id = members.room WHERE rooms.kind = 6 AND members.role = 2";

fn owner(house: &House) -> Option<String> {
    let conn = Connection::open(house.settings.data.join("snug.db")).unwrap();
    conn.query_row(OWNER, [], |row| row.get(0)).ok()
}

#[tokio::test]
async fn the_owners_link_makes_a_newcomer_the_owner_also_of_a_closed_server() {
    let mut house = House::with(|settings| settings.registration = Registration::Closed).await;
    house.stop().await;
    let old = owners_code(&house).await.expect("nobody owns it");
    let code = owners_code(&house).await.expect("still nobody");
    house.start().await;
    assert_eq!(cause(house.stranger().await.prove(&old).await), Cause::CodeRevoked);
    assert!(is_in(&house.invited(&code).await.register("alice", b"alice", &device_key()).await));
    assert_eq!(owner(&house).as_deref(), Some("alice"));
    assert_eq!(cause(house.stranger().await.prove(&code).await), Cause::CodeUsedUp);
    house.stop().await;
    assert_eq!(owners_code(&house).await, None, "there is one now");
}

#[tokio::test]
async fn the_owners_link_makes_who_logs_in_the_owner() {
    let mut house = House::new().await;
    drop(house.register("alice").await);
    house.stop().await;
    let code = owners_code(&house).await.unwrap();
    house.start().await;
    let mut raw = house.invited(&code).await;
    assert_eq!(cause(raw.login("alice", b"wrong", None).await), Cause::WrongNameOrPassword);
    assert_eq!(owner(&house), None);
    assert!(is_in(&raw.login("alice", b"alice", Some(new_device(&device_key()))).await));
    assert_eq!(owner(&house).as_deref(), Some("alice"));
}
