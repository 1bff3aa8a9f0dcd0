//! The devices of an account: listed, named, replaced and forgotten, on every lane.

use std::time::{Duration, Instant};

use snug_proto::bounded::Text;
use snug_proto::file::FileReply;
use snug_proto::login::LoginReply;
use snug_proto::refusal::{Cause, Goodbye, Why};
use snug_proto::talk::{Access, DeviceInfo, Down, Push, Reply, Request};
use snug_proto::version::ALPN_FILE;

use crate::files::Files;
use crate::raw::{House, Person, Raw, device_key, new_device};

impl Person {
    pub(crate) async fn access(&mut self) -> Access {
        match self.ask(Request::Access).await {
            Ok(Reply::Access(access)) => access,
            other => panic!("{other:?}"),
        }
    }

    async fn devices(&mut self) -> Vec<DeviceInfo> {
        self.access().await.devices.into_vec()
    }

    pub(crate) async fn until_access_changed(&mut self) {
        while self.push().await != Push::AccessChanged {}
    }

    pub(crate) async fn goodbye(&mut self) -> Goodbye {
        loop {
            if let Down::Push(Push::Goodbye(goodbye)) = self.next().await {
                return goodbye;
            }
        }
    }
}

#[tokio::test]
async fn devices_are_listed_and_named_and_a_new_one_is_told() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let set = alice.access().await.password_set;
    assert!(set > 0);
    let mut phone = house.another_device("alice").await;
    alice.until_access_changed().await;
    let listed = alice.devices().await;
    assert_eq!(
        listed.iter().map(|device| device.device).collect::<Vec<_>>(),
        [alice.me.device, phone.me.device]
    );
    assert!(listed.iter().all(|device| device.online && device.system.as_str() == "Test"), "{listed:?}");
    assert!(listed.iter().all(|device| device.added >= set && device.seen >= device.added));

    let name = Request::NameDevice { device: phone.me.device, name: Text::cut("Telephone") };
    assert_eq!(alice.ask(name.clone()).await, Ok(Reply::Done));
    phone.until_access_changed().await;
    assert_eq!(phone.devices().await[1].name.as_str(), "Telephone");
    // Nobody else's.
    assert_eq!(bob.ask(name).await.unwrap_err().cause, Cause::UnknownDevice);
    let lines = Request::NameDevice { device: phone.me.device, name: Text::cut("a\nb") };
    assert_eq!(alice.ask(lines).await.unwrap_err().cause, Cause::BadName);
    assert_eq!(bob.devices().await.len(), 1);

    let (device, key) = phone.vanish();
    let seen = |listed: Vec<DeviceInfo>| listed.into_iter().find(|other| other.device == device).unwrap();
    while seen(alice.devices().await).online {}
    let _phone = house.come_back(device, key).await;
    assert!(seen(alice.devices().await).online);
}

#[tokio::test]
async fn a_revoked_device_is_cut_within_a_second_on_every_lane() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let mut phone = house.another_device("alice").await;
    let mut files = Files::at(house.address, &phone).await;

    let revoke = Request::RevokeDevice { device: phone.me.device };
    assert_eq!(bob.ask(revoke.clone()).await.unwrap_err().cause, Cause::UnknownDevice, "it is not his");
    let own = Request::RevokeDevice { device: alice.me.device };
    assert_eq!(alice.ask(own).await.unwrap_err().cause, Cause::NotAllowed);

    let began = Instant::now();
    assert_eq!(alice.ask(revoke.clone()).await, Ok(Reply::Done));
    assert_eq!(phone.goodbye().await.why, Why::Revoked);
    assert!(matches!(files.hear().await, FileReply::Goodbye(Goodbye { why: Why::Revoked, .. })));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());

    assert_eq!(alice.ask(revoke).await.unwrap_err().cause, Cause::UnknownDevice);
    assert_eq!(alice.devices().await.len(), 1);
    let (device, key) = phone.vanish();
    let mut talk = house.dial().await;
    talk.hello().await;
    let mut file = Raw::dial(house.address, &[ALPN_FILE]).await.unwrap();
    file.hello().await;
    for lane in [&mut talk, &mut file] {
        match lane.device_login(device, &key).await {
            LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::UnknownDevice),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn all_other_devices_go_at_once_and_codes_for_further_ones_with_them() {
    let house = House::new().await;
    let mut alice = house.register("alice").await;
    let mut phone = house.another_device("alice").await;
    let mut tablet = house.another_device("alice").await;
    assert!(matches!(phone.ask(Request::InviteDevice).await, Ok(Reply::Code { .. })));
    assert_eq!(alice.ask(Request::RevokeOthers).await, Ok(Reply::Done));
    assert_eq!(phone.goodbye().await.why, Why::Revoked);
    assert_eq!(tablet.goodbye().await.why, Why::Revoked);
    assert_eq!(alice.devices().await.len(), 1);
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    let open: u32 =
        database.query_row("SELECT count(*) FROM codes WHERE revoked IS NULL", [], |row| row.get(0)).unwrap();
    assert_eq!(open, 0);
    // Nobody is left to go, which is as well.
    assert_eq!(alice.ask(Request::RevokeOthers).await, Ok(Reply::Done));
}

#[tokio::test]
async fn one_device_too_many_is_told_which_one_it_may_replace() {
    let house = House::with(|settings| settings.limits.devices_per_account = 2).await;
    let mut alice = house.register("alice").await;
    let mut bob = house.register("bob").await;
    let phone = house.another_device("alice").await;
    let (old, _) = phone.vanish();
    let database = rusqlite::Connection::open(house.settings.data.join("snug.db")).unwrap();
    // The phone was put away long ago, as the other sees it.
    let later = "UPDATE devices SET seen = seen + 86400000 WHERE id <> ?1";
    database.execute(later, [old.0.cast_signed()]).unwrap();

    let mut tablet = house.dial().await;
    tablet.hello().await;
    let key = device_key();
    let device = || Some(new_device(&key));
    match tablet.login("alice", b"wrong", device()).await {
        LoginReply::Refused { refusal, .. } => assert_eq!(refusal.cause, Cause::WrongNameOrPassword),
        other => panic!("told without the proof: {other:?}"),
    }
    match tablet.login("alice", b"alice", device()).await {
        LoginReply::TooManyDevices { oldest } => assert_eq!(oldest.device, old),
        other => panic!("{other:?}"),
    }
    // Somebody else's device makes no room, and stays.
    let his = Some(bob.me.device);
    let reply = tablet.login_replacing("alice", b"alice", device(), his).await;
    assert!(matches!(reply, LoginReply::TooManyDevices { .. }), "{reply:?}");
    assert_eq!(bob.devices().await.len(), 1);

    // Also one that is here.
    let here = Some(alice.me.device);
    let reply = tablet.login_replacing("alice", b"alice", device(), here).await;
    assert!(matches!(reply, LoginReply::LoggedIn(_)), "{reply:?}");
    assert_eq!(alice.goodbye().await.why, Why::Revoked);
}
