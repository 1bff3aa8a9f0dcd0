//! Round line icons, 1.7 px on a grid of 24, drawn in whatever colour is asked for.

use iced::widget::svg::{self, Svg};
use snug_proto::entry::RoomKind;

use crate::theme::{self, Tone};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $paths:literal;)*) => {
        /// The icons.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $($(#[$doc])* $name,)* }

        impl Icon {
            /// All of them.
            pub const ALL: &[Icon] = &[$(Icon::$name),*];

            /// The drawing.
            pub fn bytes(self) -> &'static [u8] {
                match self {
                    $(Icon::$name => concat!(
                        "<svg xmlns='http://www.w3.org/2000/svg' width='24' height='24' viewBox='0 0 24 24' ",
                        "fill='none' stroke='#000' stroke-width='1.7' stroke-linecap='round' ",
                        "stroke-linejoin='round'>", $paths, "</svg>"
                    ).as_bytes(),)*
                }
            }
        }
    };
}

icons! {
    /// A lock: Snug's own mark, and what is private.
    Lock = "<rect x='4.5' y='10.5' width='15' height='10' rx='2.5'/><path d='M8 10.5V7.5a4 4 0 0 1 8 0v3'/>";
    /// A room.
    Hash = "<path d='M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16'/>";
    /// The house: what administrators do.
    House = "<path d='M3.500 11.500 12 4l8.500 7.500'/><path d='M6 9.800V18a1.500 1.500 0 0 0 1.500 1.500h9A1.500 1.500 0 0 0 18 18V9.800M10 19.500v-5h4v5'/>";
    /// Verified.
    ShieldCheck = "<path d='M12 3l7 2.5v5.5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V5.5z'/><path d='m9 11.5 2.2 2.2L15 10'/>";
    /// Not verified.
    Shield = "<path d='M12 3l7 2.5v5.5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V5.5z'/><path d='M12 8v4M12 15v.1'/>";
    /// Not the server that was trusted.
    ShieldCross = "<path d='M12 3l7 2.5v5.5c0 4.5-3 8-7 10-4-2-7-5.5-7-10V5.5z'/><path d='m9.7 9.2 4.6 4.6M14.3 9.2l-4.6 4.6'/>";
    /// Notifications on.
    Bell = "<path d='M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z'/><path d='M10 20.5a2.2 2.2 0 0 0 4 0'/>";
    /// Muted.
    BellOff = "<path d='M6 16.5V11c0-1 .2-1.900.6-2.700M9 5.700A6 6 0 0 1 18 11v4M19.500 18h-15L6 16.500'/><path d='M10 20.500a2.200 2.200 0 0 0 4 0M3.500 3.500l17 17'/>";
    /// Settings.
    Gear = "<circle cx='12' cy='12' r='3.2'/><path d='M12 2.800v3M12 18.200v3M2.800 12h3M18.200 12h3M5.500 5.500l2.100 2.100M16.400 16.400l2.100 2.100M18.500 5.500l-2.100 2.100M7.600 16.400l-2.100 2.100'/>";
    /// Members.
    People = "<circle cx='9' cy='8' r='3.500'/><path d='M2.500 19.500c.4-3.600 3-5.500 6.500-5.500s6.100 1.900 6.500 5.500M15.500 4.800a3.500 3.500 0 0 1 0 6.400M17.500 14.400c2.300.6 3.700 2.300 4 5.100'/>";
    /// Attach a file.
    Clip = "<path d='m20 11.500-8.300 8.200a5.300 5.300 0 0 1-7.500-7.500l8.500-8.400a3.500 3.500 0 0 1 5 5l-8.400 8.300a1.800 1.800 0 0 1-2.500-2.500l7.700-7.600'/>";
    /// Send.
    Send = "<path d='M20.500 3.500 3.500 10.500l7 3 3 7z'/><path d='m10.500 13.500 4-4'/>";
    /// A file.
    File = "<path d='M13.500 3H7.500A1.500 1.500 0 0 0 6 4.500v15A1.500 1.500 0 0 0 7.500 21h9a1.500 1.500 0 0 0 1.500-1.500V7.500z'/><path d='M13.500 3v4.500H18'/>";
    /// Fetch.
    Download = "<path d='M12 4v11M7.500 11l4.500 4.500L16.500 11M5 20h14'/>";
    /// To the server.
    Upload = "<path d='M12 15.500V4.500M7.500 9 12 4.500 16.500 9M5 20h14'/>";
    /// A folder.
    Folder = "<path d='M3.500 18V6.500A1.500 1.500 0 0 1 5 5h4.500l2 2.500H19A1.500 1.500 0 0 1 20.500 9v9a1.500 1.500 0 0 1-1.500 1.500H5A1.500 1.500 0 0 1 3.500 18z'/>";
    /// Open elsewhere.
    Open = "<path d='M13.500 4.500h6v6M19.500 4.500l-9 9M18 14v4.500a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 4 18.500v-11A1.500 1.500 0 0 1 5.500 6H10'/>";
    /// Close, cancel.
    Cross = "<path d='m6.500 6.500 11 11M17.500 6.500l-11 11'/>";
    /// Try again.
    Again = "<path d='M19.500 12a7.500 7.500 0 1 1-2.300-5.400'/><path d='M19.500 3.500v4h-4'/>";
    /// Delete.
    Trash = "<path d='M4.500 6.500h15M9.500 6.500V4.500h5v2M6.500 6.500l.8 13h9.400l.8-13M10.300 10.500v5.500M13.700 10.500v5.500'/>";
    /// On its way.
    Clock = "<circle cx='12' cy='12' r='8.500'/><path d='M12 7.500V12l3 2'/>";
    /// Done.
    Check = "<path d='m5 12.500 4.500 4.500L19 7.500'/>";
    /// Attention.
    Alert = "<circle cx='12' cy='12' r='8.500'/><path d='M12 7.500v5M12 16v.1'/>";
    /// No connection.
    Offline = "<path d='M3.500 3.500l17 17M5 12.500a10.500 10.500 0 0 1 4-2.500M2 9a15 15 0 0 1 4.500-2.900M12.500 9.500A10.500 10.500 0 0 1 19 12.500M11 5.200A15 15 0 0 1 22 9M8.500 16a5.500 5.500 0 0 1 6 0M12 19.500v.1'/>";
    /// Down to the newest.
    Down = "<path d='m6 9.500 6 6 6-6'/>";
    /// Back.
    Back = "<path d='m14.500 6-6 6 6 6'/>";
    /// Leave.
    LogOut = "<path d='M14 4.500H6.500A1.500 1.500 0 0 0 5 6v12a1.500 1.500 0 0 0 1.500 1.500H14M10 12h10M16.500 8.500 20 12l-3.500 3.500'/>";
    /// A seat.
    Seat = "<path d='M7 11.500V6a2.500 2.500 0 0 1 2.500-2.500h5A2.500 2.500 0 0 1 17 6v5.500'/><path d='M4.500 12a1.800 1.800 0 0 1 3.500 0v2.500h8V12a1.800 1.800 0 0 1 3.500 0v4a1.500 1.500 0 0 1-1.500 1.500H6A1.500 1.500 0 0 1 4.500 16zM7 17.500v3M17 17.500v3'/>";
    /// An emoji.
    Smile = "<circle cx='12' cy='12' r='8.500'/><path d='M8.500 14c.8 1.300 2 2 3.500 2s2.700-.7 3.500-2M9 9.500v.1M15 9.500v.1'/>";
    /// Answer.
    Reply = "<path d='M9.500 6 4 11.500 9.500 17M4.500 11.500h9a6 6 0 0 1 6 6v1'/>";
    /// Edit; a draft.
    Pencil = "<path d='M4.500 19.500l1-4L16 5a2.100 2.100 0 0 1 3 3L8.500 18.500zM14 7l3 3'/>";
    /// Search.
    Search = "<circle cx='10.800' cy='10.800' r='6.300'/><path d='m15.500 15.500 4.500 4.500'/>";
    /// New.
    Plus = "<path d='M12 5v14M5 12h14'/>";
    /// More to do.
    More = "<path d='M5.500 12v.1M12 12v.1M18.500 12v.1' stroke-width='2.600'/>";
    /// Pinned.
    Pin = "<path d='M9 4h6l-.8 6 3 3.500H6.800l3-3.500zM12 13.500V20'/>";
    /// Unfold.
    Right = "<path d='m9.500 6 6 6-6 6'/>";
    /// Put away for good.
    Archive = "<path d='M4 5h16v4H4zM5.500 9v9A1.500 1.500 0 0 0 7 19.500h10a1.500 1.500 0 0 0 1.500-1.500V9M10 12.500h4'/>";
    /// Add a person.
    PersonPlus = "<circle cx='10' cy='8' r='3.500'/><path d='M3.500 19.500c.4-3.600 3-5.500 6.500-5.500 1.400 0 2.700.3 3.700 1M18 14v6M15 17h6'/>";
    /// An owner.
    Key = "<circle cx='8' cy='15.500' r='4'/><path d='m11 12.500 8-8M15.500 8l3 3'/>";
    /// Read.
    Eye = "<path d='M3 12c2-4 5.200-6 9-6s7 2 9 6c-2 4-5.200 6-9 6s-7-2-9-6z'/><circle cx='12' cy='12' r='2.600'/>";
    /// Copy.
    Copy = "<rect x='8.500' y='8.500' width='11' height='11' rx='2'/><path d='M15.500 8.500V6a1.500 1.500 0 0 0-1.500-1.500H6A1.500 1.500 0 0 0 4.500 6v8A1.500 1.500 0 0 0 6 15.500h2.500'/>";
    /// A link.
    Link = "<path d='M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1'/>";
    /// To another room.
    Forward = "<path d='M14.500 6l5.500 5.500-5.500 5.500M19.500 11.500h-9a6 6 0 0 0-6 6v1'/>";
    /// Choose several.
    Select = "<rect x='4.500' y='4.500' width='15' height='15' rx='3.500'/><path d='m8.500 12.200 2.500 2.500 4.700-5'/>";
    /// A day.
    Calendar = "<rect x='4' y='5.500' width='16' height='14.500' rx='2.500'/><path d='M4 10h16M8.500 3.500v4M15.500 3.500v4'/>";
    /// What is hidden, or ignored.
    EyeOff = "<path d='M5 8.500C4.200 9.500 3.500 10.700 3 12c2 4 5.200 6 9 6 1.500 0 2.900-.3 4.100-.9M9 6.500A10 10 0 0 1 12 6c3.800 0 7 2 9 6-.6 1.200-1.300 2.200-2.100 3M4 4l16 16'/>";
}

impl Icon {
    /// What stands for a room of this kind.
    pub fn of_room(kind: RoomKind) -> Self {
        match kind {
            RoomKind::NOTES => Self::Pencil,
            RoomKind::PRIVATE => Self::Lock,
            RoomKind::HOUSE => Self::House,
            _ => Self::Hash,
        }
    }
}

/// An icon of a size, in a tone.
pub fn icon<'a>(icon: Icon, size: f32, tone: Tone) -> Svg<'a> {
    Svg::new(svg::Handle::from_memory(icon.bytes())).width(size).height(size).style(theme::drawn(tone))
}
