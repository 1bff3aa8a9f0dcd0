//! Stops, kind and unkind: what was acknowledged is there afterwards, once, in order and without gaps.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::Ed25519KeyPair;
use rustix::process::Signal;
use serde::Serialize;
use snug_proto::bounded::{Bytes, Text};
use snug_proto::codec::{decode_frame, encode_frame};
use snug_proto::content::Content;
use snug_proto::entry::{Blobs, Kind, LOBBY};
use snug_proto::hello::Hello;
use snug_proto::id::{AccountId, DeviceId, Number, Seq};
use snug_proto::limits::{CHANGES_IN_FLIGHT_MAX, FRAME_MAX};
use snug_proto::login::{LoginReply, LoginRequest, device_statement};
use snug_proto::refusal::Why;
use snug_proto::talk::{Call, Change, Direction, Down, Push, Request, Target};
use snug_proto::version::ALPN_TALK;

use tokio::sync::Semaphore;

use crate::process::Home;
use crate::raw::{Person, Raw, device_key, text_of};

/// Somebody who writes without pause: their text number n says that it is n.
pub(crate) struct Writer {
    pub(crate) account: AccountId,
    device: DeviceId,
    key: Option<Ed25519KeyPair>,
    name: &'static str,
    /// What the server has acknowledged: number and place.
    pub(crate) acknowledged: BTreeMap<u64, Seq>,
    /// How it was sent off, when it was.
    farewell: Option<Why>,
    /// A permit for each acknowledgement.
    pub(crate) heard: Arc<Semaphore>,
}

impl Writer {
    pub(crate) async fn register(address: SocketAddr, name: &'static str) -> Self {
        let mut raw = Raw::dial(address, &[ALPN_TALK]).await.unwrap();
        raw.hello().await;
        let key = device_key();
        let LoginReply::LoggedIn(me) = raw.register(name, name.as_bytes(), &key).await else {
            panic!("{name} was not let in");
        };
        let (account, device, acknowledged) = (me.account, me.device, BTreeMap::new());
        Self {
            account,
            device,
            key: Some(key),
            name,
            acknowledged,
            farewell: None,
            heard: Arc::new(Semaphore::new(0)),
        }
    }

    pub(crate) async fn log_in(&mut self, address: SocketAddr) -> Option<Person> {
        let mut raw = Raw::dial(address, &[ALPN_TALK]).await.ok()?;
        let hello = Hello { lowest: 1, highest: 1, client: Text::cut("raw") }.encode();
        raw.write(&[&u32::try_from(hello.len()).unwrap().to_le_bytes(), &hello[..]].concat()).await.ok()?;
        raw.frame().await?;
        let signature = self.key.as_ref()?.sign(&device_statement(self.device, &raw.exporter()));
        let signature = Bytes::new(signature.as_ref()).unwrap();
        try_say(&mut raw, &LoginRequest::DeviceLogin { device: self.device, signature }).await?;
        match decode_frame(&raw.frame().await?).unwrap() {
            LoginReply::LoggedIn(me) => Some(Person::new(raw, me, self.key.take()?)),
            other => panic!("{} was not let in again: {other:?}", self.name),
        }
    }

    fn call(&self, number: u64) -> Call {
        let change = Change::Append {
            to: Target::Room(LOBBY),
            kind: Kind::CONTENT,
            generation: 0,
            epoch: 0,
            blobs: Blobs::default(),
            body: Content::text(format!("{} {number}", self.name)).unwrap().to_body().unwrap(),
        };
        Call { id: 0, request: Request::Change { number: Number(number), change } }
    }

    /// Writes as fast as it may until the connection ends.
    pub(crate) async fn write(&mut self, address: SocketAddr) {
        let Some(mut person) = self.log_in(address).await else { return };
        let mark = person.me.mark.0;
        let last = self.acknowledged.last_key_value().map_or(0, |(number, _)| *number);
        assert!(mark >= last, "{} was told that {last} is on disk, and the mark is {mark}", self.name);
        let (mut sent, mut settled) = (mark, mark);
        self.farewell = None;
        loop {
            while sent < settled + CHANGES_IN_FLIGHT_MAX as u64 / 2 {
                sent += 1;
                if try_say(&mut person.raw, &self.call(sent)).await.is_none() {
                    break;
                }
            }
            let Some(frame) = person.raw.frame().await else { break };
            match decode_frame(&frame).unwrap() {
                Down::Push(Push::Appended { seq, number, .. }) => {
                    assert_eq!(number.0, settled + 1, "acknowledged in order");
                    settled = number.0;
                    self.acknowledged.insert(number.0, seq);
                    self.heard.add_permits(1);
                }
                Down::Push(Push::Goodbye(goodbye)) => self.farewell = Some(goodbye.why),
                Down::Push(Push::Behind { .. }) => panic!("{} reads all the time", self.name),
                Down::Push(_) => {}
                Down::Reply { result, .. } => panic!("{} is not answered by {result:?}", self.name),
            }
        }
        self.key = Some(person.vanish().1);
    }
}

/// Says something to a server that may be gone.
async fn try_say<T: Serialize>(raw: &mut Raw, value: &T) -> Option<()> {
    let mut frame = Vec::new();
    encode_frame(value, FRAME_MAX, &mut frame).unwrap();
    raw.write(&frame).await.ok()
}

/// Reads the whole log and compares it with what the writers were told.
async fn compare(address: SocketAddr, writers: &mut [Writer]) {
    let mut reader = writers[0].log_in(address).await.expect("the server is up");
    let mut said: BTreeMap<AccountId, Vec<(u64, Seq, String)>> = BTreeMap::new();
    let mut from = 1;
    loop {
        let page = reader.page(LOBBY, from, Direction::Forward, 100).await;
        for entry in page.entries.iter() {
            assert_eq!(entry.seq.0, from, "no gap");
            from += 1;
            if entry.number.0 > 0 {
                let said = said.entry(entry.author).or_default();
                said.push((entry.number.0, entry.seq, text_of(&entry.body)));
            }
        }
        if page.ends {
            break;
        }
    }
    writers[0].key = Some(reader.vanish().1);
    for writer in writers {
        let said = said.remove(&writer.account).unwrap_or_default();
        for ((number, seq, text), expected) in said.iter().zip(1..) {
            assert_eq!(
                (*number, text),
                (expected, &format!("{} {expected}", writer.name)),
                "once and in order"
            );
            assert!(
                writer.acknowledged.get(number).is_none_or(|told| told == seq),
                "at the place it was told"
            );
        }
        let last = writer.acknowledged.last_key_value().map_or(0, |(number, _)| *number);
        assert!(said.len() as u64 >= last, "{}: {last} acknowledged, {} there", writer.name, said.len());
    }
}

async fn four_writers(address: SocketAddr) -> Vec<Writer> {
    let mut writers = Vec::new();
    for name in ["alice", "bob", "carol", "dave"] {
        writers.push(Writer::register(address, name).await);
    }
    writers
}

/// A time between 0 and 400 ms that is another one at every call.
fn a_moment() -> Duration {
    Duration::from_micros(RandomState::new().hash_one(0) % 400_000)
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing_that_was_acknowledged() {
    let home = Home::new();
    let running = home.serve();
    let mut writers = four_writers(running.address).await;
    running.kill();
    for _ in 0..20 {
        let running = home.serve();
        let address = running.address;
        let moment = a_moment();
        let kill = async {
            tokio::time::sleep(moment).await;
            running.kill();
        };
        let write = futures_util::future::join_all(writers.iter_mut().map(|writer| writer.write(address)));
        tokio::join!(kill, write);
    }
    let running = home.serve();
    compare(running.address, &mut writers).await;
    let acknowledged: usize = writers.iter().map(|writer| writer.acknowledged.len()).sum();
    assert!(acknowledged > 100, "they did write: {acknowledged}");
}

#[tokio::test]
async fn a_stop_says_goodbye_and_loses_nothing() {
    let home = Home::new();
    let running = home.serve();
    let mut writers = four_writers(running.address).await;
    running.kill();
    for _ in 0..3 {
        let running = home.serve();
        let address = running.address;
        let heard: Vec<_> = writers.iter().map(|writer| writer.heard.clone()).collect();
        for heard in &heard {
            heard.forget_permits(usize::MAX);
        }
        let stop = async {
            // In the middle of it: everybody is in, and was told of some texts.
            for heard in heard {
                heard.acquire_many(10).await.unwrap().forget();
            }
            running.signal(Signal::TERM);
            tokio::task::spawn_blocking(|| running.wait()).await.unwrap().0
        };
        let write = futures_util::future::join_all(writers.iter_mut().map(|writer| writer.write(address)));
        let (status, _) = tokio::join!(stop, write);
        assert!(status.success());
        assert!(writers.iter().all(|writer| writer.farewell == Some(Why::ShuttingDown)));
    }
    let running = home.serve();
    compare(running.address, &mut writers).await;
}
