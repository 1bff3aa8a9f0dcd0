//! Invites: one link that says where a server is, which key it has, and by which code one gets in.
//!
//! `snug://host:port/#1.<fingerprint>[.<code>]`: everything secret stands behind the `#`, which browsers send to
//! nobody. Fingerprint and code are in Crockford's base 32; the last of the two carries two check symbols over all that
//! stands before them, so a link that was cut short or mistyped is told from one that is merely refused.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::address::{Address, BadAddress, is_ignored};
use crate::code::{BadCode, CODE_LEN, Code, SHARED_CODE_LEN, symbol_of, value_of};
use crate::fingerprint::Fingerprint;

/// The version of links that this build prints and reads.
const VERSION: u32 = 1;
/// Symbols of a fingerprint: 256 bits in fives, and four bits that are zero.
const FINGERPRINT_LEN: usize = 52;
/// Check symbols.
const CHECK_LEN: usize = 2;
/// Longer than any link; of what is longer only so much is read.
const TEXT_MAX: usize = 512;

/// An invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Where the server is dialled.
    pub address: Address,
    /// Its key: whoever follows the link is asked no question about it.
    pub fingerprint: Fingerprint,
    /// What lets in where the server asks for an invite.
    pub code: Option<Code>,
}

/// Why a text is no [`Invite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadInvite {
    /// The end is missing.
    #[error("This link is not complete: its end is missing. Please copy the whole of it.")]
    CutShort,
    /// Something in it is not as it was printed.
    #[error("This link is not as it was made: a character is wrong. Please copy it again.")]
    Altered,
    /// A later version of Snug made it.
    #[error("This link was made by a newer Snug. Please update yours.")]
    Newer,
    /// What stands before the `#` is no address.
    #[error("{0}")]
    Address(#[from] BadAddress),
}

impl Invite {
    /// Reads a link: spaces, line breaks, invisible characters and case are forgiven.
    ///
    /// # Errors
    /// [`BadInvite`], with a sentence for the person who pasted it.
    pub fn parse(typed: &str) -> Result<Self, BadInvite> {
        let text: String = typed.chars().filter(|c| !is_ignored(*c)).take(TEXT_MAX).collect();
        // A mail program may have written the `#` in its own way.
        let text = text.replace("%23", "#");
        let Some((before, behind)) = text.split_once('#') else { return Err(BadInvite::CutShort) };
        let mut parts = behind.split('.');
        match parts.next().unwrap_or_default().parse::<u32>() {
            Ok(VERSION) => {}
            Ok(newer) if newer > VERSION => return Err(BadInvite::Newer),
            Err(_) if behind.is_empty() => return Err(BadInvite::CutShort),
            _ => return Err(BadInvite::Altered),
        }
        let address = Address::parse(before)?;
        let (key, code, check) = match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => return Err(BadInvite::CutShort),
            (Some(key), None, _) => {
                let (key, check) = split_check(symbols(key)?, &[FINGERPRINT_LEN])?;
                (key, None, check)
            }
            (Some(key), Some(code), None) => {
                let (code, check) = split_check(symbols(code)?, &[CODE_LEN, SHARED_CODE_LEN])?;
                (symbols(key)?, Some(code), check)
            }
            _ => return Err(BadInvite::Altered),
        };
        let fingerprint = fingerprint(&key).ok_or(BadInvite::Altered)?;
        let code = code.map(|values| Code::of_values(&values).ok_or(BadInvite::Altered)).transpose()?;
        let invite = Self { address, fingerprint, code };
        if check != check_symbols(&invite.unchecked()) {
            return Err(BadInvite::Altered);
        }
        Ok(invite)
    }

    /// The link without its check symbols, in the one form they are made over.
    fn unchecked(&self) -> String {
        let mut link = format!("snug://{}/#{VERSION}.", self.address);
        let bits = |at: usize| {
            let bit =
                |bit: usize| self.fingerprint.0.get(bit / 8).map_or(0, |byte| byte >> (7 - bit % 8) & 1);
            (at * 5..at * 5 + 5).fold(0, |value, at| value << 1 | bit(at))
        };
        link.extend((0..FINGERPRINT_LEN).map(|at| symbol_of(bits(at))));
        if let Some(code) = &self.code {
            link.push('.');
            link.push_str(&code.symbols());
        }
        link
    }

    /// The address and the code as somebody can dictate them, where the code is for one use.
    pub fn dictated(&self) -> Option<String> {
        let code = self.code.as_ref().filter(|code| !code.is_shared())?;
        Some(format!("{} {code}", self.address))
    }

    /// The link, as it is copied, sent and shown as a picture. It is a secret where there is a code in it.
    pub fn link(&self) -> String {
        let mut link = self.unchecked();
        link.extend(check_symbols(&link).map(symbol_of));
        link
    }
}

/// Reads the values of symbols.
fn symbols(part: &str) -> Result<Vec<u8>, BadInvite> {
    part.chars().map(|symbol| value_of(symbol).ok_or(BadInvite::Altered)).collect()
}

/// Splits the check symbols off the last part, which has one of these lengths without them.
fn split_check(mut part: Vec<u8>, lengths: &[usize]) -> Result<(Vec<u8>, [u8; CHECK_LEN]), BadInvite> {
    let longest = lengths.iter().max().copied().unwrap_or_default();
    match part.len().checked_sub(CHECK_LEN) {
        Some(len) if lengths.contains(&len) => {
            let check = part.split_off(len);
            Ok((part, check.try_into().unwrap_or_default()))
        }
        Some(len) if len > longest => Err(BadInvite::Altered),
        _ => Err(BadInvite::CutShort),
    }
}

/// Ten bits over what stands before them.
fn check_symbols(link: &str) -> [u8; CHECK_LEN] {
    let digest = Sha256::digest(link.as_bytes());
    [digest[0] >> 3, (digest[0] & 7) << 2 | digest[1] >> 6]
}

fn fingerprint(values: &[u8]) -> Option<Fingerprint> {
    if values.len() != FINGERPRINT_LEN || values.last()? & 0b1111 != 0 {
        return None;
    }
    let bit = |at: usize| values[at / 5] >> (4 - at % 5) & 1;
    let byte = |byte: usize| (byte * 8..byte * 8 + 8).fold(0, |value, at| value << 1 | bit(at));
    Some(Fingerprint(std::array::from_fn(byte)))
}

/// What stands in the one field for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An address alone.
    Address(Address),
    /// An address and a code that somebody dictated: the code proves the server.
    Dictated(Address, Code),
    /// A link.
    Invite(Invite),
}

/// Why a text is no [`Destination`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDestination {
    /// It is no address.
    #[error("{0}")]
    Address(#[from] BadAddress),
    /// It is a link, but not a good one.
    #[error("{0}")]
    Invite(#[from] BadInvite),
    /// There is a code, but no address before it.
    #[error("Type the server's address before the code, for example chat.example:5556 7K3M-ABCD-EFGH.")]
    CodeAlone,
}

impl Destination {
    /// Where to dial.
    pub fn address(&self) -> &Address {
        match self {
            Self::Address(address) | Self::Dictated(address, _) => address,
            Self::Invite(invite) => &invite.address,
        }
    }

    /// The code, where there is one.
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::Address(_) => None,
            Self::Dictated(_, code) => Some(code),
            Self::Invite(invite) => invite.code.as_ref(),
        }
    }
}

/// What stands in the field again.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Dictated(address, code) => write!(f, "{address} {code}"),
            Self::Invite(invite) => f.write_str(&invite.link()),
        }
    }
}

impl From<Address> for Destination {
    fn from(address: Address) -> Self {
        Self::Address(address)
    }
}

/// Reads what a person typed or pasted: a link, an address, or an address and behind it a code. Spaces, line breaks,
/// invisible characters and case are forgiven.
impl FromStr for Destination {
    type Err = BadDestination;
    fn from_str(typed: &str) -> Result<Self, BadDestination> {
        if typed.contains('#') || typed.contains("%23") {
            return Ok(Self::Invite(Invite::parse(typed)?));
        }
        if looks_like_a_code(typed) {
            return Err(BadDestination::CodeAlone);
        }
        match split_code(typed) {
            Some((address, code)) => Ok(Self::Dictated(Address::parse(address)?, code)),
            None => Ok(Self::Address(Address::parse(typed)?)),
        }
    }
}

/// Three groups of four with a digit somewhere: a machine may be called “my-home-server”, which is no code.
fn looks_like_a_code(typed: &str) -> bool {
    let groups = typed.trim().split(|c: char| c == '-' || c.is_whitespace());
    typed.contains(|c: char| c.is_ascii_digit())
        && groups.map(|group| group.chars().count()).eq([4, 4, 4])
        && Code::parse(typed).is_ok()
}

/// The address and the code behind it. The code begins behind white space and may have some inside.
fn split_code(typed: &str) -> Option<(&str, Code)> {
    let typed = typed.trim();
    let gaps = typed.char_indices().rev().filter(|(_, c)| c.is_whitespace()).take(CODE_LEN * 2);
    let code = |(at, _): (usize, char)| match Code::parse(&typed[at..]) {
        Ok(code) => Some(Some((&typed[..at], code))),
        Err(BadCode::CutShort) => None,
        Err(_) => Some(None),
    };
    gaps.filter_map(code).next().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code::CodeName;

    fn invite(code: Option<Code>) -> Invite {
        let address = Address { host: "chat.example".into(), port: 5556 };
        Invite { address, fingerprint: Fingerprint(std::array::from_fn(|at| at as u8 * 7)), code }
    }
    fn code(shared: bool) -> Code {
        Code::new(CodeName::of(99_999), [3, 14, 15, 9, 26, 5, 3, 5, 8, 9, 7, 9], shared)
    }

    #[test]
    fn a_link_is_what_it_was_for_good() {
        assert_eq!(
            invite(Some(code(false))).link(),
            "snug://chat.example:5556/#1.003GW58W4CN32E1Z8S6N8PV2D5R7EZM5HJ9SN8D8NYVBVH6BTBCG.31MZ3EF9T535DQ"
        );
    }

    #[test]
    fn what_mails_and_chats_make_of_a_link_is_understood() {
        for code in [None, Some(code(false)), Some(code(true))] {
            let invite = invite(code);
            let link = invite.link();
            let broken = link.chars().flat_map(|c| [c, '\n']).collect::<String>();
            let cloaked = link.replace('.', "\u{200b}.\u{feff}");
            for pasted in [&link, &link.to_lowercase(), &broken, &cloaked, &format!("  {link} ")] {
                assert_eq!(Invite::parse(pasted), Ok(invite.clone()), "{pasted}");
            }
            assert_eq!(Invite::parse(&link.replace('#', "%23")), Ok(invite));
        }
    }

    #[test]
    fn a_link_that_is_not_whole_is_told_from_one_that_is_wrong() {
        for code in [None, Some(code(false)), Some(code(true))] {
            let link = invite(code).link();
            assert_eq!(Invite::parse(&link[..link.len() - 1]), Err(BadInvite::CutShort));
            let hash = link.find('#').unwrap();
            for cut in hash + 1..link.len() {
                let told = Invite::parse(&link[..cut]);
                assert!(matches!(told, Err(BadInvite::CutShort | BadInvite::Altered)), "{cut}: {told:?}");
            }
            assert!(Invite::parse(&format!("{link}0")).is_err());
        }
    }

    #[test]
    fn a_link_from_the_future_says_so() {
        let link = invite(None).link().replace("#1.", "#2.");
        assert_eq!(Invite::parse(&link), Err(BadInvite::Newer));
        assert_eq!(Invite::parse("snug://chat.example/#17.anything.else.at.all"), Err(BadInvite::Newer));
        assert_eq!(Invite::parse("snug://chat.example/#0.1"), Err(BadInvite::Altered));
        assert_eq!(Invite::parse("snug://chat.example/#"), Err(BadInvite::CutShort));
        assert_eq!(Invite::parse("snug://user@chat.example/#1.1"), Err(BadAddress::BadHost.into()));
    }

    #[test]
    fn one_field_takes_everything() {
        let address = Address { host: "chat.example".into(), port: 7000 };
        let parse = |typed: &str| typed.parse::<Destination>();
        assert_eq!(parse(" Chat.Example:7000\n"), Ok(Destination::Address(address.clone())));
        let dictated = Destination::Dictated(address, Code::parse("7K3M-ABCD-EFGH").unwrap());
        for typed in [
            "chat.example:7000 7k3m-abcd-efgh",
            "chat.example:7000\n7K3M ABCD EFGH ",
            "chat.example:7000 7k3mabcdefgh",
        ] {
            assert_eq!(parse(typed), Ok(dictated.clone()), "{typed}");
        }
        let invite = invite(Some(code(false)));
        assert_eq!(parse(&invite.link()), Ok(Destination::Invite(invite)));
        for alone in ["7K3M-ABCD-EFGH", " 7k3m abcd efgh\n"] {
            assert_eq!(parse(alone), Err(BadDestination::CodeAlone), "{alone}");
        }
        for host in ["my-home-server", "home-chat-room", "my home server"] {
            assert!(matches!(parse(host), Ok(Destination::Address(_))), "{host}");
        }
        assert_eq!(parse("chat.example: 7000").unwrap().address().port, 7000);
        assert_eq!(parse("  "), Err(BadAddress::Empty.into()));
        assert_eq!(parse("snug://chat.example/#1"), Err(BadInvite::CutShort.into()));
    }

    fn any_invite() -> impl Strategy<Value = Invite> {
        let host = prop_oneof!["[a-z][a-z0-9-]{0,20}(\\.[a-z]{2,5})?", Just("2001:db8::1".to_owned())];
        let code = proptest::option::of(
            any::<(u32, [u8; 12], bool)>()
                .prop_map(|(name, random, shared)| Code::new(CodeName::of(name), random, shared)),
        );
        (host, 1u16.., any::<[u8; 32]>(), code).prop_map(|(host, port, key, code)| Invite {
            address: Address { host, port },
            fingerprint: Fingerprint(key),
            code,
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(invite in any_invite()) {
            prop_assert_eq!(Invite::parse(&invite.link()), Ok(invite.clone()));
            let destination = Destination::Invite(invite);
            prop_assert_eq!(destination.to_string().parse(), Ok(destination));
        }

        #[test]
        fn one_character_less_is_always_noticed(invite in any_invite()) {
            let link = invite.link();
            prop_assert_eq!(Invite::parse(&link[..link.len() - 1]), Err(BadInvite::CutShort));
        }

        #[test]
        fn nothing_that_is_pasted_does_more_than_fail(text: String, behind in "[#.1 0-9a-zA-Z]{0,80}") {
            let _ = text.parse::<Destination>();
            let _ = Invite::parse(&format!("snug://a/#1.{behind}"));
            let _ = Invite::parse(&format!("{text}#{behind}"));
        }
    }
}
