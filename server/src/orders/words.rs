//! Answers as a person reads them; programs read the same as JSON.

use std::fmt;

use super::{Anew, Answer, Ban, Device, Listed, Resident, SettingLine, Storage};

/// A time in the largest unit that says enough.
fn in_words(seconds: u64) -> String {
    let (count, unit) = match seconds {
        172_800.. => (seconds.div_ceil(86_400), "day"),
        7_200.. => (seconds.div_ceil(3600), "hour"),
        120.. => (seconds.div_ceil(60), "minute"),
        _ => (seconds, "second"),
    };
    counted(count, unit)
}

fn counted(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A size in the largest unit of which there is one.
fn in_bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => counted(bytes, "byte"),
    }
}

/// When somebody was here last.
fn last_here(online: bool, seen: Option<u64>) -> String {
    match seen {
        _ if online => "here now".to_owned(),
        Some(seen) => format!("{} ago", in_words(seen)),
        None => "does not show when".to_owned(),
    }
}

/// What a stranger's program called its system may hold anything; a terminal obeys some of it.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Rows whose columns stand below each other.
fn table<const COLUMNS: usize>(
    f: &mut fmt::Formatter<'_>,
    rows: &[([String; COLUMNS], Vec<String>)],
) -> fmt::Result {
    let width =
        |column: usize| rows.iter().map(|(cells, _)| cells[column].chars().count()).max().unwrap_or(0);
    for (cells, more) in rows {
        let cells = cells.iter().enumerate().map(|(column, cell)| format!("{cell:0$}", width(column)));
        let line: Vec<String> = cells.chain(more.iter().cloned()).collect();
        writeln!(f, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code { link, dictated, uses, life, only_at_home } => {
                writeln!(f, "{link}")?;
                if let Some(dictated) = dictated {
                    writeln!(f, "  to dictate    {dictated}")?;
                }
                let people = if *uses == 1 { "one person".into() } else { format!("{uses} people") };
                let until = life.map_or(String::new(), |life| format!(", for {}", in_words(life)));
                writeln!(f, "  good for      {people}{until}")?;
                if *only_at_home {
                    writeln!(
                        f,
                        "  This address works only at home; --address, or “address” in the configuration, names another."
                    )?;
                }
                Ok(())
            }
            Self::Codes { codes } if codes.is_empty() => writeln!(f, "There are no open codes."),
            Self::Codes { codes } => codes.iter().try_for_each(|code| write!(f, "{code}")),
            Self::Anew { links } if links.is_empty() => writeln!(f, "There are no open links."),
            Self::Anew { links } => links
                .iter()
                .try_for_each(|Anew { before, link }| write!(f, "{link}\n  in place of   {before}")),
            Self::People { people } if people.is_empty() => writeln!(f, "Nobody has an account yet."),
            Self::People { people } => table(f, &people.iter().map(person).collect::<Vec<_>>()),
            Self::Storage(storage) => write!(f, "{storage}"),
            Self::Devices { devices } if devices.is_empty() => writeln!(f, "There are no devices."),
            Self::Devices { devices } => table(f, &devices.iter().map(device).collect::<Vec<_>>()),
            Self::Bans { bans } if bans.is_empty() => writeln!(f, "Nobody is banned."),
            Self::Bans { bans } => table(f, &bans.iter().map(ban).collect::<Vec<_>>()),
            Self::Settings { settings } => settings.iter().try_for_each(|setting| write!(f, "{setting}")),
            Self::Done => writeln!(f, "Done."),
            Self::Refused { why } => writeln!(f, "{why}"),
        }
    }
}
impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, purpose, account, uses, life, maker, used_by, .. } = self;
        write!(f, "{code}  {purpose}")?;
        account.iter().try_for_each(|account| write!(f, " for {account}"))?;
        write!(f, ", {uses} left")?;
        life.iter().try_for_each(|life| write!(f, ", for {}", in_words(*life)))?;
        write!(f, ", by {}", maker.as_deref().unwrap_or("the administrator"))?;
        if !used_by.is_empty() {
            write!(f, ", used by {}", used_by.join(", "))?;
        }
        writeln!(f)
    }
}

fn person(person: &Resident) -> ([String; 5], Vec<String>) {
    let Resident { name, role, online, seen, invited_by, devices, files, banned, .. } = person;
    let invited_by = invited_by.iter().map(|by| format!("invited by {by}"));
    let banned = banned.then(|| "banned".to_owned());
    let cells = [
        name.clone(),
        role.clone(),
        last_here(*online, *seen),
        counted(u64::from(*devices), "device"),
        format!("{} of files", in_bytes(*files)),
    ];
    (cells, invited_by.chain(banned).collect())
}

fn device(device: &Device) -> ([String; 3], Vec<String>) {
    let Device { device, name, system, online, seen, .. } = device;
    let named = if name.is_empty() { plain(system) } else { format!("{} ({})", plain(name), plain(system)) };
    ([device.clone(), named, last_here(*online, Some(*seen))], Vec::new())
}

fn ban(ban: &Ban) -> ([String; 4], Vec<String>) {
    let Ban { ban, kind, account, network, life, by, .. } = ban;
    let whose = match (account, network) {
        (Some(account), Some(network)) => format!("{network} (of {account})"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => String::new(),
    };
    let until = life.map_or("for good".to_owned(), |life| format!("for {}", in_words(life)));
    let by = format!("by {}", by.as_deref().unwrap_or("the administrator"));
    ([ban.to_string(), kind.clone(), whose, until], vec![by])
}

impl fmt::Display for SettingLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, configured } = self;
        writeln!(f, "  {name:14}{value}")?;
        configured.iter().try_for_each(|configured| {
            writeln!(f, "  {:14}The configuration says {configured}; `snug-server setting {name} --reset` goes back to it.", "")
        })
    }
}
impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, seats, max_users, database, files, disk_free } = self;
        writeln!(f, "  accounts      {accounts}")?;
        writeln!(f, "  seats         {seats} of {max_users} taken")?;
        writeln!(f, "  database      {}", in_bytes(*database))?;
        writeln!(f, "  files         {}", in_bytes(*files))?;
        disk_free.iter().try_for_each(|free| writeln!(f, "  disk          {} free", in_bytes(*free)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let told = [7 * 86_400, 86_400, 3600, 60, 1].map(in_words);
        assert_eq!(told, ["7 days", "24 hours", "60 minutes", "60 seconds", "1 second"]);
    }

    #[test]
    fn sizes_are_told_in_words() {
        let told = [0, 1, 1023, 1024, 1_600_000, 21_474_836_480].map(in_bytes);
        assert_eq!(told, ["0 bytes", "1 byte", "1023 bytes", "1.0 KiB", "1.5 MiB", "20.0 GiB"]);
    }

    #[test]
    fn people_stand_below_each_other() {
        let alice = Resident {
            name: "alice".into(),
            role: "owner".into(),
            created: 0,
            online: true,
            seen: Some(0),
            invited_by: None,
            devices: 2,
            files: 0,
            banned: false,
        };
        let (by, bob) = (Some("alice".into()), "bob".into());
        let bob =
            Resident { name: bob, online: false, seen: None, invited_by: by, banned: true, ..alice.clone() };
        let told = Answer::People { people: vec![alice, bob] }.to_string();
        assert_eq!(
            told,
            "alice  owner  here now            2 devices  0 bytes of files\n\
             bob    owner  does not show when  2 devices  0 bytes of files  invited by alice  banned\n"
        );
    }

    #[test]
    fn what_a_device_calls_itself_does_not_rule_the_terminal() {
        let device = Device {
            device: "7".into(),
            name: "\u{1b}[2J".into(),
            system: "Linux\r".into(),
            added: 0,
            online: false,
            seen: 7200,
        };
        assert_eq!(Answer::Devices { devices: vec![device] }.to_string(), "7  [2J (Linux)  2 hours ago\n");
    }
}
