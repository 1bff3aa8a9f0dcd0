//! Answers as a person reads them; programs read the same as JSON.

use std::fmt;

use super::{Anew, Answer, Listed};

/// A time in the largest unit that says enough.
fn in_words(seconds: u64) -> String {
    let (count, unit) = match seconds {
        172_800.. => (seconds.div_ceil(86_400), "day"),
        7_200.. => (seconds.div_ceil(3600), "hour"),
        120.. => (seconds.div_ceil(60), "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let told = [7 * 86_400, 86_400, 3600, 60, 1].map(in_words);
        assert_eq!(told, ["7 days", "24 hours", "60 minutes", "60 seconds", "1 second"]);
    }
}
