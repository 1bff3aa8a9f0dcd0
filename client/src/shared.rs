//! What all screens look at: the newest snapshots of the engine, the settings, the clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::Size;
use jiff::tz::TimeZone;
use snug_engine::event::{
    Account, Ban, Channel, Devices, Former, Found, House, Item, ItemKey, Job, KnownServer, OpenCode, Person,
    Resident, Room, Timeline, Transfer, Version,
};
use snug_proto::id::{AccountId, BlobId};
use snug_proto::talk::{InviteInfo, Target};

use crate::faces::Faces;
use crate::profile::Profile;
use crate::settings::Settings;
use crate::theme::{self, Tokens};

/// What all screens look at. Only the [`App`](crate::app::App) changes it.
#[derive(Debug)]
pub struct Shared {
    /// Whose Snug this is.
    pub profile: Profile,
    /// What was chosen.
    pub settings: Settings,
    /// Servers this client knows, the last used first.
    pub servers: Arc<[KnownServer]>,
    /// Rooms and people of the server shown.
    pub rooms: Arc<[Room]>,
    /// The room that is shown, as far as it came.
    pub timeline: Option<Arc<Timeline>>,
    /// The members of the room they belong to.
    pub members: Option<(Target, Arc<[Person]>)>,
    /// Who types where.
    pub typing: Option<(Target, Arc<[String]>)>,
    /// Uploads and downloads.
    pub transfers: Arc<[Transfer]>,
    /// The channels of the server, once they were asked for and came.
    pub channels: Option<Arc<[Channel]>>,
    /// Where this person's account is logged in, once it was told.
    pub devices: Option<Devices>,
    /// This person's open invites, once they were asked for and came.
    pub invites: Option<Arc<[InviteInfo]>>,
    /// What people look like.
    pub faces: Faces,
    /// What administrators asked for and was told.
    pub house: Told,
    /// What this person chose for their account.
    pub account: Arc<Account>,
    /// What the last search found.
    pub found: Option<Arc<Found>>,
    /// Messages that a server put back from a backup lacks.
    pub former: Former,
    /// An export or import.
    pub job: Option<Job>,
    /// When the engine tries again by itself.
    pub retry_at: Option<Instant>,
    /// The clock, as of the last message.
    pub now: Instant,
    /// The wall clock, in milliseconds since 1970 UTC.
    pub wall: i64,
    /// Where this computer is.
    pub zone: TimeZone,
    /// Whether the window is in front.
    pub focused: bool,
    /// How large the window is.
    pub window: Size,
    /// The colours: texts in many colours need them by name.
    pub tokens: &'static Tokens,
    /// The pinned messages of the room they belong to.
    pub pins: Option<(Target, Arc<[Item]>)>,
    /// The earlier texts of the message that was asked about last.
    pub versions: Option<(Target, ItemKey, Arc<[Version]>)>,
}

/// What administrators asked for, as far as it came.
#[derive(Debug, Default)]
pub struct Told {
    /// How the server is doing.
    pub house: Option<Arc<House>>,
    /// Everybody with an account.
    pub people: Option<Arc<[Resident]>>,
    /// Open codes.
    pub codes: Option<Arc<[OpenCode]>>,
    /// Bans.
    pub bans: Option<Arc<[Ban]>>,
    /// Somebody's devices.
    pub devices: Option<(AccountId, Devices)>,
}

impl Shared {
    /// What there is before the engine has said anything.
    pub fn new(profile: Profile, settings: Settings) -> Self {
        Self {
            profile,
            settings,
            servers: Arc::new([]),
            rooms: Arc::new([]),
            timeline: None,
            members: None,
            typing: None,
            transfers: Arc::new([]),
            channels: None,
            invites: None,
            devices: None,
            faces: Faces::default(),
            house: Told::default(),
            account: Arc::default(),
            found: None,
            former: Former::default(),
            job: None,
            retry_at: None,
            now: Instant::now(),
            wall: jiff::Timestamp::now().as_millisecond(),
            zone: TimeZone::system(),
            focused: true,
            window: Size::new(1180.0, 760.0),
            tokens: &theme::LIGHT,
            pins: None,
            versions: None,
        }
    }

    /// Forgets what belonged to the copy that was open.
    pub fn close_copy(&mut self) {
        self.rooms = Arc::new([]);
        self.timeline = None;
        self.members = None;
        self.typing = None;
        self.pins = None;
        self.versions = None;
        self.transfers = Arc::new([]);
        self.channels = None;
        self.invites = None;
        self.devices = None;
        self.house = Told::default();
        self.faces = Faces::default();
        self.account = Arc::default();
        self.found = None;
        self.former = Former::default();
        self.job = None;
    }

    /// How long until the engine tries again; zero is "now".
    pub fn retry_in(&self) -> Duration {
        self.retry_at.map(|at| at.saturating_duration_since(self.now)).unwrap_or_default()
    }

    /// A room of the list.
    pub fn room(&self, target: Target) -> Option<&Room> {
        self.rooms.iter().find(|room| room.target == target)
    }

    /// The words by which a room is found: its name, and behind it that of the person's account.
    pub fn searched(&self, room: &Room) -> String {
        match room.target {
            Target::Person(account) => {
                format!("{} {}", room.name, self.faces.account_name(account, &room.name))
            }
            Target::Room(_) => room.name.clone(),
        }
    }

    /// The transfer of a blob.
    pub fn transfer(&self, blob: BlobId) -> Option<&Transfer> {
        self.transfers.iter().find(|transfer| transfer.blob == blob)
    }

    /// The timeline of a room, if that is the one that came last. A late one is ignored.
    pub fn timeline_of(&self, room: Target) -> Option<&Arc<Timeline>> {
        self.timeline.as_ref().filter(|timeline| timeline.room == room)
    }

    /// The members of a room, if they are known.
    pub fn members_of(&self, room: Target) -> &[Person] {
        match &self.members {
            Some((of, members)) if *of == room => members,
            _ => &[],
        }
    }

    /// The pinned messages of a room, if they are known.
    pub fn pins_of(&self, room: Target) -> &[Item] {
        match &self.pins {
            Some((of, pins)) if *of == room => pins,
            _ => &[],
        }
    }

    /// An item of a room that is at hand: in its timeline, or among its pins.
    pub fn item(&self, room: Target, key: ItemKey) -> Option<&Item> {
        let timeline = self.timeline_of(room).into_iter().flat_map(|timeline| &timeline.items);
        timeline.chain(self.pins_of(room)).find(|item| item.key == key)
    }

    /// Where received files go.
    pub fn received(&self) -> std::path::PathBuf {
        self.settings.received_files.clone().unwrap_or_else(|| self.profile.received())
    }
}
