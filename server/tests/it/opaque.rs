//! OPAQUE's bytes, pinned: what an earlier build wrote opens in this one, and both are the RFC's.

use std::collections::BTreeMap;

use opaque_ke::errors::ProtocolError;
use opaque_ke::rand::rngs::OsRng;
use opaque_ke::rand::{CryptoRng, Error, RngCore};
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialFinalization, CredentialRequest, CredentialResponse,
    Identifiers, RegistrationRequest, RegistrationResponse, RegistrationUpload, Ristretto255, ServerLogin,
    ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
};
use rusqlite::Connection;
use snug_proto::Username;
use snug_proto::bounded::Bytes;
use snug_proto::login::{LoginReply, LoginRequest, opaque_context};
use snug_proto::refusal::Cause;

use crate::codes::{Argon2id, Suite as Stretched};
use crate::raw::{House, Raw, Suite, device_key, new_device};

/// Lines of `name: hex`.
struct Values(BTreeMap<&'static str, Vec<u8>>);

impl Values {
    fn read(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(|line| line.split_once(": ")).map(|(name, hex)| (name, bytes(hex))).collect())
    }
    fn get(&self, name: &str) -> &[u8] {
        self.0.get(name).unwrap_or_else(|| panic!("{name} is not there"))
    }
    /// Several of them, one behind the other.
    fn all(&self, names: &[&str]) -> Vec<u8> {
        names.iter().flat_map(|name| self.get(name).to_vec()).collect()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Randomness that was written down, used up in order.
struct Script(std::vec::IntoIter<u8>);

impl Script {
    fn of(bytes: Vec<u8>) -> Self {
        Self(bytes.into_iter())
    }
    /// A scalar is drawn as twice as many bytes, of which the upper half may be nothing.
    fn blind_then(blind: &[u8], rest: Vec<u8>) -> Self {
        Self::of([blind, &[0; 32], &rest].concat())
    }
}

impl RngCore for Script {
    fn next_u32(&mut self) -> u32 {
        unreachable!("OPAQUE draws bytes")
    }
    fn next_u64(&mut self) -> u64 {
        unreachable!("OPAQUE draws bytes")
    }
    fn fill_bytes(&mut self, wanted: &mut [u8]) {
        wanted.fill_with(|| self.0.next().expect("the script is long enough"));
    }
    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(wanted);
        Ok(())
    }
}
impl CryptoRng for Script {}

/// Registers as the values say, with their randomness: what the server keeps.
fn registered<Client>(values: &Values, setup: &[u8], ksf: &Client::Ksf) -> Vec<u8>
where
    Client: CipherSuite<OprfCs = Ristretto255, KeyExchange = TripleDh<Ristretto255, sha2::Sha512>>,
{
    let password = values.get("password");
    let mut random = Script::blind_then(values.get("blind_registration"), vec![]);
    let start = ClientRegistration::<Client>::start(&mut random, password).unwrap();
    let request = start.message.serialize();
    assert_eq!(request.as_slice(), values.get("registration_request"));

    let setup = ServerSetup::<Suite>::deserialize(setup).unwrap();
    let request = RegistrationRequest::deserialize(&request).unwrap();
    let credential = values.get("credential_identifier");
    let response =
        ServerRegistration::<Suite>::start(&setup, request, credential).unwrap().message.serialize();
    assert_eq!(response.as_slice(), values.get("registration_response"));

    let mut random = Script::of(values.get("envelope_nonce").to_vec());
    let response = RegistrationResponse::deserialize(&response).unwrap();
    let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(ksf));
    let finish = start.state.finish(&mut random, password, response, parameters).unwrap();
    let upload = finish.message.serialize();
    assert_eq!(upload.as_slice(), values.get("registration_upload"));
    assert_eq!(finish.export_key.as_slice(), values.get("export_key"));
    let upload = RegistrationUpload::<Suite>::deserialize(&upload).unwrap();
    ServerRegistration::finish(upload).serialize().to_vec()
}

/// Logs in as the values say, with their randomness: every byte that is sent is theirs.
fn logged_in<Client>(values: &Values, setup: &[u8], record: &[u8], context: &[u8], ksf: &Client::Ksf)
where
    Client: CipherSuite<OprfCs = Ristretto255, KeyExchange = TripleDh<Ristretto255, sha2::Sha512>>,
{
    let password = values.get("password");
    let drawn = values.all(&["client_keyshare_seed", "client_nonce"]);
    let mut random = Script::blind_then(values.get("blind_login"), drawn);
    let start = ClientLogin::<Client>::start(&mut random, password).unwrap();
    let ke1 = start.message.serialize();
    assert_eq!(ke1.as_slice(), values.get("ke1"));

    // The masking key of somebody who does not exist is drawn first, also for who does: nobody tells them apart by work.
    let drawn = values.all(&["masking_nonce", "server_keyshare_seed", "server_nonce"]);
    let mut random = Script::of([&[0; 64], drawn.as_slice()].concat());
    let parameters = || ServerLoginParameters { context: Some(context), identifiers: Identifiers::default() };
    let server = ServerLogin::<Suite>::start(
        &mut random,
        &ServerSetup::deserialize(setup).unwrap(),
        Some(ServerRegistration::deserialize(record).unwrap()),
        CredentialRequest::deserialize(&ke1).unwrap(),
        values.get("credential_identifier"),
        parameters(),
    );
    let server = server.unwrap();
    let ke2 = server.message.serialize();
    assert_eq!(ke2.as_slice(), values.get("ke2"));

    let ke2 = CredentialResponse::deserialize(&ke2).unwrap();
    let finish = ClientLoginFinishParameters::new(Some(context), Identifiers::default(), Some(ksf));
    let client = start.state.finish(&mut Script::of(vec![]), password, ke2, finish).unwrap();
    let ke3 = client.message.serialize();
    assert_eq!(ke3.as_slice(), values.get("ke3"));
    assert_eq!(client.session_key.as_slice(), values.get("session_key"));
    assert_eq!(client.export_key.as_slice(), values.get("export_key"));
    let ke3 = CredentialFinalization::deserialize(&ke3).unwrap();
    let proven = server.state.finish(ke3, parameters()).unwrap();
    assert_eq!(proven.session_key, client.session_key);
}

fn rfc() -> Values {
    Values::read(include_str!("opaque/rfc9807.txt"))
}

/// alice's account, as an early build of this program kept it.
fn early() -> Values {
    Values::read(include_str!("opaque/early.txt"))
}

#[test]
fn the_vectors_of_rfc_9807_come_out_of_this_build() {
    let values = rfc();
    // The third key is for names nobody has; the RFC has none here, and any will do.
    let setup = values.all(&["oprf_seed", "server_private_key", "server_public_key"]);
    let record = registered::<Suite>(&values, &setup, &opaque_ke::ksf::Identity);
    logged_in::<Suite>(&values, &setup, &record, values.get("context"), &opaque_ke::ksf::Identity);
}

#[test]
fn an_early_setup_and_record_and_every_byte_of_a_login_are_what_they_were() {
    let values = early();
    let setup = values.get("opaque_setup");
    let record = registered::<Stretched>(&values, setup, &Argon2id);
    assert_eq!(record, values.get("record"));
    let exporter = values.get("exporter").try_into().unwrap();
    let context = opaque_context(&Username::new("alice").unwrap(), &exporter);
    assert_eq!(context, values.get("context"));
    logged_in::<Stretched>(&values, setup, &record, &context, &Argon2id);
}

/// Tries a password: what the client makes of the server's challenge, and what the server says to that.
async fn try_password<Client>(
    raw: &mut Raw,
    password: &[u8],
    ksf: &Client::Ksf,
) -> (Result<(), ProtocolError>, LoginReply)
where
    Client: CipherSuite<OprfCs = Ristretto255, KeyExchange = TripleDh<Ristretto255, sha2::Sha512>>,
{
    let name = Username::new("alice").unwrap();
    let start = ClientLogin::<Client>::start(&mut OsRng, password).unwrap();
    let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
    let reply = raw.ask(LoginRequest::LoginStart { name: name.clone(), ke1 }).await;
    let LoginReply::LoginChallenge { ke2, .. } = reply else { panic!("{reply:?}") };
    let context = opaque_context(&name, &raw.exporter());
    let parameters = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), Some(ksf));
    let ke2 = CredentialResponse::deserialize(&ke2).unwrap();
    let finished = start.state.finish(&mut OsRng, password, ke2, parameters);
    let ke3 = finished.as_ref().map_or(vec![7; 64], |finish| finish.message.serialize().to_vec());
    let (ke3, device) = (Bytes::new(ke3).unwrap(), Some(new_device(&device_key())));
    let answer = raw.ask(LoginRequest::LoginFinish { ke3, device, replace: None }).await;
    (finished.map(drop), answer)
}

async fn caller(house: &House) -> Raw {
    let mut raw = house.dial().await;
    raw.hello().await;
    raw
}

fn is_refused(answer: &LoginReply) -> bool {
    matches!(answer, LoginReply::Refused { refusal, kept: None } if refusal.cause == Cause::WrongNameOrPassword)
}

#[tokio::test]
async fn an_account_of_an_early_build_lets_its_owner_in_and_nobody_else() {
    let values = early();
    let mut house = House::with(|settings| {
        std::fs::create_dir_all(&settings.data).unwrap();
        std::fs::write(settings.data.join("opaque.setup"), early().get("opaque_setup")).unwrap();
    })
    .await;
    drop(house.register("alice").await);
    house.stop().await;
    let database = Connection::open(house.settings.data.join("snug.db")).unwrap();
    let kept = (values.get("credential_identifier"), values.get("record"));
    database.execute("UPDATE accounts SET credential = ?1, record = ?2 WHERE name = 'alice'", kept).unwrap();
    drop(database);
    house.start().await;

    let mut raw = caller(&house).await;
    let (_, wrong) = try_password::<Stretched>(&mut raw, b"correct horse battery stable", &Argon2id).await;
    assert!(is_refused(&wrong), "{wrong:?}");
    let (_, right) = try_password::<Stretched>(&mut raw, values.get("password"), &Argon2id).await;
    assert!(matches!(right, LoginReply::LoggedIn(_)), "{right:?}");
}

/// The thief has the whole database. He lets it run on a setup of his own, as nothing else answers a guess.
#[tokio::test]
async fn a_stolen_database_without_its_setup_answers_a_right_guess_as_a_wrong_one() {
    let mut house = House::new().await;
    drop(house.register("alice").await);
    house.stop().await;
    let mut thief = House::new().await;
    thief.stop().await;
    let [theirs, his] = [&house, &thief].map(|house| house.settings.data.clone());
    let belongs_to: Vec<u8> = {
        let database = Connection::open(his.join("snug.db")).unwrap();
        database.query_row("SELECT value FROM meta WHERE key = 'opaque'", [], |row| row.get(0)).unwrap()
    };
    std::fs::copy(theirs.join("snug.db"), his.join("snug.db")).unwrap();
    let database = Connection::open(his.join("snug.db")).unwrap();
    database.execute("UPDATE meta SET value = ?1 WHERE key = 'opaque'", [&belongs_to]).unwrap();
    drop(database);
    thief.start().await;

    let mut raw = caller(&thief).await;
    let right = try_password::<Suite>(&mut raw, b"alice", &opaque_ke::ksf::Identity).await;
    let wrong = try_password::<Suite>(&mut raw, b"a wrong guess", &opaque_ke::ksf::Identity).await;
    assert_eq!(right, wrong, "neither side of the login tells them apart");
    assert!(right.0.is_err() && is_refused(&right.1), "{right:?}");

    // With the setup each guess is answered: that file is what keeps passwords.
    thief.stop().await;
    for file in ["snug.db", "opaque.setup"] {
        std::fs::copy(theirs.join(file), his.join(file)).unwrap();
    }
    thief.start().await;
    let mut raw = caller(&thief).await;
    let (guess, _) = try_password::<Suite>(&mut raw, b"alice", &opaque_ke::ksf::Identity).await;
    assert_eq!(guess, Ok(()));
}

#[tokio::test]
async fn one_password_leaves_nothing_alike_in_two_records() {
    let mut house = House::new().await;
    for name in ["alice", "bob"] {
        let mut raw = caller(&house).await;
        let reply = raw.register(name, b"the same words", &device_key()).await;
        assert!(matches!(reply, LoginReply::LoggedIn(_)), "{reply:?}");
    }
    house.stop().await;
    let database = Connection::open(house.settings.data.join("snug.db")).unwrap();
    let mut kept = database.prepare("SELECT record FROM accounts ORDER BY name").unwrap();
    let kept: Vec<Vec<u8>> = kept.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let [alice, bob] = kept.as_slice() else { panic!("two accounts") };
    // Whoever looks for equal passwords would look for equal keys.
    let parts = |record: &[u8]| record.chunks(8).map(<[u8]>::to_vec).collect::<Vec<_>>();
    assert!(parts(alice).iter().zip(parts(bob)).all(|(one, other)| *one != other));
}
