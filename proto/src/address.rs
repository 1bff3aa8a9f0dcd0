//! Where a server is dialled: a host and a port, as people type them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::limits::PORT_DEFAULT;
use crate::link;

/// A host name or IP address, and a port. The address is only a way to get there; the key is the identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// A name (lower case), an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why a text is no [`Address`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Nothing was typed.
    #[error("Type the server's address, for example chat.example:5556.")]
    Empty,
    /// The port is not a number from 1 to 65535.
    #[error("The port after the “:” is a number from 1 to 65535.")]
    BadPort,
    /// The host has characters that no host has.
    #[error("This is no address: it looks like chat.example:5556 or 192.0.2.7.")]
    BadHost,
    /// It goes on behind the server: a [`MessageLink`](crate::link::MessageLink).
    #[error("This is a link to a message. Log in to its server first, then open the link.")]
    MessageLink,
}

impl Address {
    /// Reads what a person typed or pasted: spaces, line breaks, invisible characters and case are forgiven, the
    /// port may be missing, and an IPv6 address stands in brackets where a port follows.
    ///
    /// # Errors
    /// [`BadAddress`], with a sentence for the person who typed it.
    pub fn parse(typed: &str) -> Result<Self, BadAddress> {
        let text = tidy(typed);
        if text.is_empty() {
            return Err(BadAddress::Empty);
        }
        if let Some((_, path)) = text.split_once('/') {
            let is_link = path.starts_with(link::MESSAGE);
            return Err(if is_link { BadAddress::MessageLink } else { BadAddress::BadHost });
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self { host: text, port: PORT_DEFAULT });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => (host, parse_port(port)?),
            _ => (text.as_str(), PORT_DEFAULT),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(v6) => v6.parse::<Ipv6Addr>().map_err(|_| BadAddress::BadHost)?.to_string(),
            None if is_host_name(host) => host.to_owned(),
            None => return Err(BadAddress::BadHost),
        };
        Ok(Self { host, port })
    }

    /// Whether it works only on this machine or in the same network, as far as the address itself tells.
    pub fn is_private(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(v4)) => is_private_v4(v4),
            Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
                Some(v4) => is_private_v4(v4),
                None => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
            },
            // Names without a dot, and those that only a home's own router knows (RFC 6762, RFC 8375, RFC 6761).
            Err(_) => {
                let ends = [".local", ".home.arpa", ".localhost", ".internal", ".lan"];
                !self.host.contains('.') || ends.iter().any(|end| self.host.ends_with(end))
            }
        }
    }
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, ..] = v4.octets();
    // 100.64.0.0/10 lies behind a provider's translation (RFC 6598).
    v4.is_loopback() || v4.is_private() || v4.is_link_local() || a == 100 && (64..128).contains(&b)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What was typed or pasted without what people do not see, in small letters, without scheme and closing slashes.
pub(crate) fn tidy(typed: &str) -> String {
    let text: String = typed.chars().filter(|c| !is_ignored(*c)).flat_map(char::to_lowercase).collect();
    text.strip_prefix("snug://").unwrap_or(&text).trim_end_matches('/').to_owned()
}

/// What comes along when something is copied from a mail or a chat and nobody sees: white space, controls, marks.
pub(crate) fn is_ignored(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// What a name or an IPv4 address is made of; 253 bytes are the most that DNS carries (RFC 1035 §2.3.4).
fn is_host_name(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.len() <= 253 && text.chars().all(plain)
}

fn parse_port(text: &str) -> Result<u16, BadAddress> {
    match text.parse() {
        Ok(0) | Err(_) => Err(BadAddress::BadPort),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        let shown = |typed: &str| Address::parse(typed).map(|address| address.to_string());
        assert_eq!(shown(" Chat.Example "), Ok("chat.example:5556".into()));
        assert_eq!(shown("chat.example:7000\n"), Ok("chat.example:7000".into()));
        assert_eq!(shown("192.0.2.7"), Ok("192.0.2.7:5556".into()));
        assert_eq!(shown("::1"), Ok("[::1]:5556".into()));
        assert_eq!(shown("[2001:db8::1]:80"), Ok("[2001:db8::1]:80".into()));
        assert_eq!(shown("[::1]"), Ok("[::1]:5556".into()));
        assert_eq!(shown("local\u{200b}host"), Ok("localhost:5556".into()));
    }

    #[test]
    fn what_works_only_at_home_is_known() {
        let private = |typed: &str| Address::parse(typed).unwrap().is_private();
        for home in [
            "localhost",
            "192.168.1.7",
            "10.0.0.1:7000",
            "attic.local",
            "attic",
            "::1",
            "fd00::1",
            "100.100.1.1",
        ] {
            assert!(private(home), "{home}");
        }
        for anywhere in ["chat.example", "192.0.2.7", "100.128.0.1", "2001:db8::1"] {
            assert!(!private(anywhere), "{anywhere}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        assert_eq!(Address::parse("  "), Err(BadAddress::Empty));
        for typed in ["a:0", "a:99999", "a:b"] {
            assert_eq!(Address::parse(typed), Err(BadAddress::BadPort));
        }
        for typed in ["a/b", "a:80/b", "a b@c", ":80", "[zz]:80", "user@host", "a:b:80", "[::1", "::1]:80"] {
            assert_eq!(Address::parse(typed), Err(BadAddress::BadHost), "{typed}");
        }
    }
}
