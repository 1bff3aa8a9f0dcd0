//! From the hello to a seat. Everything a stranger can make the server do is in this file.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use snug_proto::codec::decode_frame;
use snug_proto::hello::{Hello, HelloAnswer, Welcome};
use snug_proto::id::{AccountId, DeviceId};
use snug_proto::limits::FRAME_LOGIN_MAX;
use snug_proto::login::{
    EXPORTER_LEN, KeptDevice, LoggedIn, LoginReply, LoginRequest, NewDevice, Stretch, device_statement,
};
use snug_proto::refusal::{Cause, Goodbye, Refusal, Why};
use snug_proto::version;
use snug_proto::{Fingerprint, Username};

use super::opaque::{self, Started};
use super::wire::{Broken, Link, Stream};
use crate::Shared;
use crate::error::refusal;
use crate::hub::{Cursors, FilePass, Place, Seat};
use crate::listener::Source;
use crate::store::{AddDevice, Credentials, Register};
use crate::tls;
use code::Proven;

mod bans;
mod code;

/// Bytes of an Ed25519 public key.
const DEVICE_KEY_LEN: usize = 32;

/// Requests one connection has before login: each costs the server work, and a person needs a few.
const REQUESTS_MAX: usize = 32;

/// What a connection is for, as its ALPN says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Talk,
    File,
}

/// Who is let in.
pub(crate) enum Admitted {
    /// A session, with its seat.
    Talk(Seated),
    /// A file connection of the device that has this session.
    File(FilePass),
}

/// A session about to begin.
pub(crate) struct Seated {
    pub(crate) place: Place,
    pub(crate) cursors: Cursors,
}

/// Why a connection did not get as far as a session.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAdmitted {
    #[error("{0} before login")]
    Broken(#[from] Broken),
    #[error("broke the protocol before login")]
    Malformed,
    #[error("speaks no common version")]
    Version,
    #[error("ended before login: {0}")]
    Ended(Why),
}

/// A login under way on one connection.
struct Login<'a, S> {
    link: &'a mut Link<S>,
    lane: Lane,
    source: Source,
    /// The key that follows the one this connection runs on.
    successor: Option<Fingerprint>,
    shared: &'a Arc<Shared>,
    exporter: [u8; EXPORTER_LEN],
    step: Step,
    /// The code that was proven on this connection: what is finished here next uses it.
    proven: Option<Proven>,
}

/// What the next message may finish.
enum Step {
    Start,
    Register { name: Username, credential: [u8; 16] },
    Password { name: Username, account: Option<Box<Credentials>>, started: Box<Started> },
    Code { tried: code::Tried, started: Box<Started> },
    Reset { credential: [u8; 16] },
}

/// How a request was answered.
enum Answer {
    /// With this, and another request may follow.
    Reply(LoginReply),
    /// Let in.
    Admitted(Admitted, LoggedIn),
}

type Answered = Result<Answer, NotAdmitted>;

/// Speaks the hello, then answers login requests until one is let in.
pub(crate) async fn log_in<S: Stream>(
    link: &mut Link<S>,
    lane: Lane,
    source: Source,
    successor: Option<Fingerprint>,
    shared: &Arc<Shared>,
) -> Result<Admitted, NotAdmitted> {
    say_hello(link, shared).await?;
    let exporter = tls::exporter(link.tls()).map_err(|_| NotAdmitted::Malformed)?;
    let mut login =
        Login { link, lane, source, successor, shared, exporter, step: Step::Start, proven: None };
    for _ in 0..REQUESTS_MAX {
        let frame = match login.link.next_frame(FRAME_LOGIN_MAX).await {
            Ok(frame) => frame,
            Err(broken) => {
                if matches!(broken, Broken::TooLong) {
                    say_goodbye(login.link, Why::Malformed).await;
                }
                return Err(broken.into());
            }
        };
        let Ok(request) = decode_frame(&frame) else {
            say_goodbye(login.link, Why::Malformed).await;
            return Err(NotAdmitted::Malformed);
        };
        match login.answer(request).await {
            Ok(Answer::Reply(reply)) => login.link.send_value(&reply, FRAME_LOGIN_MAX).await?,
            Ok(Answer::Admitted(admitted, logged_in)) => {
                let device = logged_in.device;
                login.link.send_value(&LoginReply::LoggedIn(logged_in), FRAME_LOGIN_MAX).await?;
                // Clients learn it on the talk lane alone.
                if let (Admitted::Talk(_), Some(successor)) = (&admitted, successor) {
                    shared.store.told(device, successor);
                }
                return Ok(admitted);
            }
            Err(ended) => {
                let why = match &ended {
                    NotAdmitted::Ended(why) => *why,
                    _ => Why::Malformed,
                };
                say_goodbye(login.link, why).await;
                return Err(ended);
            }
        }
    }
    say_goodbye(login.link, Why::Busy).await;
    Err(NotAdmitted::Ended(Why::Busy))
}

/// The last word before login.
pub(crate) async fn say_goodbye<S: Stream>(link: &mut Link<S>, why: Why) {
    let goodbye = LoginReply::Goodbye(Goodbye { why, retry_after: None });
    // Whoever is gone cannot be told.
    let _ = link.send_value(&goodbye, FRAME_LOGIN_MAX).await;
    link.close().await;
}

async fn say_hello<S: Stream>(link: &mut Link<S>, shared: &Shared) -> Result<(), NotAdmitted> {
    let frame = link.next_frame(FRAME_LOGIN_MAX).await?;
    let hello = Hello::decode(&frame).map_err(|_| NotAdmitted::Malformed)?;
    let Some(version) = version::choose(hello.lowest, hello.highest) else {
        let answer = HelloAnswer::Unsupported { lowest: version::LOWEST, highest: version::HIGHEST };
        link.send_raw(&answer.encode()).await?;
        link.close().await;
        return Err(NotAdmitted::Version);
    };
    let (settings, in_force) = (&shared.settings, shared.hub.in_force());
    let welcome = Welcome {
        name: in_force.name,
        registration: in_force.registration,
        max_users: in_force.max_users,
        changes_per_second: settings.limits.changes_per_second,
        changes_burst: settings.limits.changes_burst,
        file_max: settings.limits.file_max,
        log: shared.log,
    };
    link.send_raw(&HelloAnswer::Welcome { version, welcome }.encode()).await?;
    Ok(())
}

fn refuse(cause: Cause) -> Answered {
    refuse_with(refusal(cause))
}
fn refuse_with(refusal: Refusal) -> Answered {
    Ok(Answer::Reply(LoginReply::Refused { refusal, kept: None }))
}
pub(super) fn random<const LEN: usize>() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
    bytes
}
/// 0 is the server itself.
fn random_device() -> DeviceId {
    DeviceId(u64::from_le_bytes(random()).max(1))
}

impl<S: Stream> Login<'_, S> {
    async fn answer(&mut self, request: LoginRequest) -> Answered {
        let step = std::mem::replace(&mut self.step, Step::Start);
        match (self.lane, request, step) {
            (Lane::Talk, LoginRequest::RegisterStart { name, request }, _) => {
                self.register_start(name, &request).await
            }
            (
                Lane::Talk,
                LoginRequest::RegisterFinish { upload, stretch, device },
                Step::Register { name, credential },
            ) => self.register_finish(name, credential, &upload, stretch, device).await,
            (Lane::Talk, LoginRequest::LoginStart { name, ke1 }, _) => self.login_start(name, &ke1).await,
            (
                Lane::Talk,
                LoginRequest::LoginFinish { ke3, device, replace },
                Step::Password { name, account, started },
            ) => {
                self.login_finish(name, account, *started, &ke3, device.map(|device| (device, replace))).await
            }
            (_, LoginRequest::DeviceLogin { device, signature }, _) => {
                self.device_login(device, &signature).await
            }
            (Lane::Talk, LoginRequest::CodeStart { code, ke1 }, _) => self.code_start(code, &ke1).await,
            (Lane::Talk, LoginRequest::CodeFinish { ke3 }, Step::Code { tried, started }) => {
                self.code_finish(tried, *started, &ke3).await
            }
            (Lane::Talk, LoginRequest::ResetStart { request }, _) => self.reset_start(&request),
            (
                Lane::Talk,
                LoginRequest::ResetFinish { upload, stretch, device },
                Step::Reset { credential },
            ) => self.reset_finish(credential, &upload, stretch, device).await,
            (Lane::Talk, LoginRequest::AddDevice { device }, _) => self.add_device_by_code(device).await,
            _ => Err(NotAdmitted::Malformed),
        }
    }

    async fn register_start(&mut self, name: Username, request: &[u8]) -> Answered {
        if let Err(refusal) = self.check_source() {
            return refuse_with(refusal);
        }
        if let Err(cause) = self.may_register() {
            return refuse(cause);
        }
        if !Seat::is_free(&self.shared.hub) {
            return refuse(self.server_full());
        }
        match self.shared.store.is_taken(&name).await {
            Ok(false) => {}
            Ok(true) => return refuse(Cause::NameTaken),
            Err(cause) => return refuse(cause),
        }
        let credential = random();
        let Ok(response) = self.shared.opaque.register(&credential, request) else {
            return Err(NotAdmitted::Malformed);
        };
        self.step = Step::Register { name, credential };
        let response = snug_proto::bounded::Bytes::new(response).map_err(|_| NotAdmitted::Malformed)?;
        Ok(Answer::Reply(LoginReply::RegisterChallenge { response }))
    }

    async fn register_finish(
        &mut self,
        name: Username,
        credential: [u8; 16],
        upload: &[u8],
        stretch: Stretch,
        device: NewDevice,
    ) -> Answered {
        let record = opaque::record(upload).map_err(|_| NotAdmitted::Malformed)?;
        if let Err(not) = self.check_key(&device)? {
            return refuse_with(not);
        }
        // Before the account is written, so that nobody gets an account and no seat.
        let Some(seat) = Seat::reserve(&self.shared.hub) else { return refuse(self.server_full()) };
        let device_id = random_device();
        let code = self.proven.as_ref().map(|proven| proven.code);
        let register = Register { name: name.clone(), credential, record, stretch, device, device_id, code };
        match self.shared.store.register(register).await {
            Ok(kept) => self.sit_down(seat.give_to(kept.account), kept, name).await,
            Err(cause) => refuse(cause),
        }
    }

    async fn login_start(&mut self, name: Username, ke1: &[u8]) -> Answered {
        if let Err(refusal) = self.check_source() {
            return refuse_with(refusal);
        }
        let now = tokio::time::Instant::now();
        if let Err(wait) = self.shared.throttle.start(&name.skeleton(), self.source, now) {
            return refuse_with(Refusal::after(Cause::TooManyTries, wait));
        }
        let account = match self.shared.store.credentials(&name).await {
            Ok(account) => account.map(Box::new),
            Err(cause) => return refuse(cause),
        };
        let started = self.shared.opaque.start(&name, account.as_deref(), ke1, &self.exporter);
        let (started, ke2) = started.map_err(|_| NotAdmitted::Malformed)?;
        let stretch = account.as_ref().map_or(Stretch::ARGON2ID_64M, |account| account.stretch);
        self.step = Step::Password { name, account, started: Box::new(started) };
        let ke2 = snug_proto::bounded::Bytes::new(ke2).map_err(|_| NotAdmitted::Malformed)?;
        Ok(Answer::Reply(LoginReply::LoginChallenge { ke2, stretch }))
    }

    async fn login_finish(
        &mut self,
        name: Username,
        account: Option<Box<Credentials>>,
        started: Started,
        ke3: &[u8],
        device: Option<(NewDevice, Option<DeviceId>)>,
    ) -> Answered {
        let proven = started.finish(ke3).is_ok();
        let Some(account) = account.filter(|_| proven) else { return refuse(Cause::WrongNameOrPassword) };
        self.shared.throttle.give_back(&name.skeleton(), self.source);
        if let Err(refusal) = self.check_account(account.account) {
            return refuse_with(refusal);
        }
        if let Err(cause) = self.own(account.account).await {
            return refuse(cause);
        }
        let Some((device, replace)) = device else { return Ok(Answer::Reply(LoginReply::Proven)) };
        if let Err(not) = self.check_key(&device)? {
            return refuse_with(not);
        }
        let devices_max = self.shared.settings.limits.devices_per_account;
        let Credentials { account, name, credential: proved, .. } = *account;
        let add = AddDevice { account, proved, device, device_id: random_device(), devices_max, replace };
        match self.shared.store.add_device(add).await {
            Ok(kept) => self.added(kept, name).await,
            Err(Cause::TooManyDevices) => self.too_many_devices(account).await,
            Err(cause) => refuse(cause),
        }
    }

    /// Only after the proof: which devices somebody has is nobody else's business.
    async fn too_many_devices(&mut self, account: AccountId) -> Answered {
        match self.shared.store.access(account).await {
            Ok(access) => match access.devices.into_vec().into_iter().min_by_key(|device| device.seen) {
                Some(oldest) => Ok(Answer::Reply(LoginReply::TooManyDevices { oldest })),
                None => refuse(Cause::TooManyDevices),
            },
            Err(cause) => refuse(cause),
        }
    }

    /// A device was added: the others of its account hear of it.
    async fn added(&mut self, kept: KeptDevice, name: Username) -> Answered {
        self.shared.hub.access_changed(kept.account, kept.device);
        self.claim_seat(kept, name).await
    }

    async fn device_login(&mut self, id: DeviceId, signature: &[u8]) -> Answered {
        let device = match self.shared.store.device(id).await {
            Ok(Some(device)) => device,
            Ok(None) => return refuse(Cause::UnknownDevice),
            Err(cause) => return refuse(cause),
        };
        let statement = device_statement(id, &self.exporter);
        if UnparsedPublicKey::new(&ED25519, &device.key).verify(&statement, signature).is_err() {
            return refuse(Cause::UnknownDevice);
        }
        if let Err(refusal) = self.check_account(device.account) {
            return refuse_with(refusal);
        }
        let kept = KeptDevice { account: device.account, device: id };
        if self.lane == Lane::Talk {
            return self.claim_seat(kept, device.name).await;
        }
        // A file connection takes no seat, so it needs a session that has one. The device is known all the same: told
        // otherwise, a client would throw its key away.
        let Some(pass) = self.shared.hub.session_of(id).and_then(FilePass::new) else {
            return refuse(Cause::Busy);
        };
        let logged_in = self.logged_in(kept, device.name, device.mark, device.outcomes);
        Ok(Answer::Admitted(Admitted::File(pass), logged_in))
    }

    /// After the proof, so that nobody else learns who is here. The device stays known without a seat as well.
    async fn claim_seat(&mut self, kept: KeptDevice, name: Username) -> Answered {
        match Seat::take(&self.shared.hub, kept.account) {
            Some(seat) => self.sit_down(seat, kept, name).await,
            None => {
                let refusal = refusal(self.server_full());
                Ok(Answer::Reply(LoginReply::Refused { refusal, kept: Some(kept) }))
            }
        }
    }

    /// Ends the device's older session, has the writer hear only the new one, and lets it in. The seat is held all
    /// the while.
    async fn sit_down(&mut self, seat: Seat, kept: KeptDevice, name: Username) -> Answered {
        let hub = &self.shared.hub;
        let session = hub.next_session();
        hub.replace(kept.device, session);
        let opened = match self.shared.store.open_session(kept.device, session).await {
            Ok(Some(opened)) => opened,
            Ok(None) => return Err(NotAdmitted::Ended(Why::Replaced)),
            Err(cause) => return refuse(cause),
        };
        let (place, cursors) =
            seat.sit_down(session, kept.device, self.source).map_err(NotAdmitted::Ended)?;
        // A device that was forgotten since the mark was read was not here yet to be told to go.
        let device = match self.shared.store.device(kept.device).await {
            Ok(Some(device)) => device,
            Ok(None) => return Err(NotAdmitted::Ended(Why::Revoked)),
            Err(cause) => return refuse(cause),
        };
        // The same for somebody who was banned meanwhile, or whose key was, before it was kept.
        if let Err(refusal) = self.check_account(kept.account).and_then(|()| self.check_kept_key(device.key))
        {
            return refuse_with(refusal);
        }
        let logged_in = self.logged_in(kept, name, opened.mark, opened.outcomes);
        Ok(Answer::Admitted(Admitted::Talk(Seated { place, cursors }), logged_in))
    }

    fn logged_in(
        &self,
        kept: KeptDevice,
        name: Username,
        mark: snug_proto::id::Number,
        outcomes: snug_proto::bounded::List<snug_proto::login::Outcome, { snug_proto::limits::OUTCOMES_MAX }>,
    ) -> LoggedIn {
        let successor = self.successor.map(|fingerprint| fingerprint.0);
        LoggedIn { account: kept.account, name, device: kept.device, mark, outcomes, successor }
    }

    fn server_full(&self) -> Cause {
        tracing::info!("SERVER_FULL");
        Cause::ServerFull { max: self.shared.hub.in_force().max_users }
    }
}
