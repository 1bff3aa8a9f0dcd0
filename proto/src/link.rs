//! Links to messages: `snug://host:port/m/<room>/<device>-<number>`.
//!
//! A link names an entry by its origin, so it holds wherever the entry stands in the log, also after a restore. It
//! carries no right: who may not read the room is told so. The address is only a way to get there, as everywhere.
//!
//! An [`Address`] has no path, and only a message link has the path `/m/…`. So wherever a person may type or paste
//! either, [`MessageLink::parse`] comes first: [`BadLink::NoMessage`] says that it is something else. Where only a
//! server can be meant, [`Address::parse`] refuses a message link with
//! [`BadAddress::MessageLink`](crate::address::BadAddress::MessageLink) rather than drop what the person pasted.

use std::fmt;

use crate::address::{Address, BadAddress, tidy};
use crate::id::{DeviceId, Number, Origin, RoomId};

/// Where a message is: on which server, in which room, and which one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageLink {
    /// How whoever copied the link reached the server.
    pub address: Address,
    /// The room.
    pub room: RoomId,
    /// The message.
    pub origin: Origin,
}

/// Why a text is no [`MessageLink`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// It does not name a message; perhaps it is a server's address.
    #[error("This is no link to a message: those look like snug://chat.example:5556/m/7/….")]
    NoMessage,
    /// It names a message, but its beginning is no address.
    #[error(transparent)]
    Address(BadAddress),
    /// It names a message, but something of it is missing or too much.
    #[error("This link to a message is not whole. Copy all of it and try again.")]
    Damaged,
}

impl MessageLink {
    /// Reads what a person typed or pasted: spaces, line breaks, invisible characters and case are forgiven, and
    /// `snug://` and the port may be missing, as in [`Address::parse`].
    ///
    /// # Errors
    /// [`BadLink`], with a sentence for the person who typed it.
    pub fn parse(typed: &str) -> Result<Self, BadLink> {
        let text = tidy(typed);
        let (address, path) = text.split_once('/').ok_or(BadLink::NoMessage)?;
        let path = path.strip_prefix(MESSAGE).ok_or(BadLink::NoMessage)?;
        let address = Address::parse(address).map_err(BadLink::Address)?;
        let (room, origin) = parse_path(path).ok_or(BadLink::Damaged)?;
        Ok(Self { address, room, origin })
    }
}
impl fmt::Display for MessageLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, room, origin } = self;
        write!(f, "snug://{address}/{MESSAGE}{room}/{:016x}-{}", origin.device.0, origin.number)
    }
}

/// How the path of a message link begins.
pub(crate) const MESSAGE: &str = "m/";

/// All 16 digits of the device have to be there: a link that lost some would name another one.
fn parse_path(path: &str) -> Option<(RoomId, Origin)> {
    let (room, origin) = path.split_once('/')?;
    let (device, number) = origin.split_once('-')?;
    if device.len() != 16 {
        return None;
    }
    let room = u32::try_from(parse_digits(room, 10)?).ok().filter(|room| *room < 1 << 31)?;
    let device = DeviceId(parse_digits(device, 16)?);
    let number = Number(parse_digits(number, 10)?);
    Some((RoomId(room), Origin { device, number }))
}

/// A number that is not 0, which names nothing here. `from_str_radix` alone would take a sign.
fn parse_digits(text: &str, radix: u32) -> Option<u64> {
    let plain = text.chars().all(|c| c.is_digit(radix));
    plain.then(|| u64::from_str_radix(text, radix).ok())?.filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "snug://chat.example:5556/m/7/00000000000000ff-42";

    fn shown(typed: &str) -> Result<String, BadLink> {
        MessageLink::parse(typed).map(|link| link.to_string())
    }

    #[test]
    fn a_link_is_read_back_as_it_is_shown() {
        let link = MessageLink {
            address: Address { host: "chat.example".into(), port: 5556 },
            room: RoomId(7),
            origin: Origin { device: DeviceId(255), number: Number(42) },
        };
        assert_eq!(link.to_string(), LINK);
        assert_eq!(MessageLink::parse(LINK), Ok(link));
    }

    #[test]
    fn what_people_paste_is_understood() {
        for typed in [
            "  SNUG://Chat.Example/M/7/\n00000000000000FF-42 ",
            "chat.example/m/7/00000000000000ff-42/",
            "snug://chat\u{200b}.example:5556/m/7/00000000000000ff-42",
        ] {
            assert_eq!(shown(typed).as_deref(), Ok(LINK), "{typed:?}");
        }
        let v6 = "snug://[::1]:80/m/1/0123456789abcdef-1";
        assert_eq!(shown(v6).as_deref(), Ok(v6));
    }

    #[test]
    fn what_is_no_link_is_told_why() {
        for typed in ["", "hello", "chat.example:5556", "snug://chat.example:5556/", "chat.example/x/7"] {
            assert_eq!(shown(typed), Err(BadLink::NoMessage), "{typed:?}");
        }
        for (typed, why) in [
            ("snug:///m/7/00000000000000ff-42", BadAddress::Empty),
            ("a:0/m/7/00000000000000ff-42", BadAddress::BadPort),
            ("user@host/m/7/00000000000000ff-42", BadAddress::BadHost),
        ] {
            assert_eq!(shown(typed), Err(BadLink::Address(why)), "{typed:?}");
        }
        for path in [
            "7",
            "7/00000000000000ff",
            "7/ff-42",
            "7/00000000000000ff-",
            "7/00000000000000ff-42-1",
            "7/00000000000000ff-42/1",
            "7/+0000000000000ff-42",
            "7/00000000000000ff-+42",
            "7/0000000000000000-42",
            "7/00000000000000ff-0",
            "0/00000000000000ff-42",
            "2147483648/00000000000000ff-42",
            "7/00000000000000ff-18446744073709551616",
        ] {
            assert_eq!(shown(&format!("chat.example/m/{path}")), Err(BadLink::Damaged), "{path:?}");
        }
    }

    #[test]
    fn a_login_form_does_not_take_a_link_for_a_server() {
        assert_eq!(Address::parse(LINK), Err(BadAddress::MessageLink));
        assert_eq!(Address::parse("chat.example/m/7"), Err(BadAddress::MessageLink), "damaged as well");
        assert_eq!(
            Address::parse("snug://chat.example:5556/"),
            Ok(MessageLink::parse(LINK).unwrap().address)
        );
    }
}
