//! The subcommands that give an administrator's orders: to the running server, or to the database of one that stands.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use clap::Subcommand;
use snug_server::certs;
use snug_server::config::{self, Settings};
use snug_server::orders::{self, Answer, Order};

/// What an administrator may order.
#[derive(Subcommand)]
pub(crate) enum Subcommands {
    /// Makes an invite: a link that lets people in. Works while the server runs, and while it stands.
    Invite {
        /// How many people it lets in. One of several works only as a link.
        #[arg(long, value_name = "N", default_value_t = 1)]
        uses: u16,
        /// How long it is good: 7d, 12h.
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = config::time)]
        expires: Duration,
        /// What people dial, where it is not the setting “address”.
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// A channel or private room that comes with it.
        #[arg(long, value_name = "NAME")]
        room: Option<String>,
        /// What they may do in that room: member, moderator or owner.
        #[arg(long, value_name = "ROLE", requires = "room")]
        role: Option<String>,
        #[command(flatten)]
        form: Form,
    },
    /// Lists the open invites and other codes.
    Invites {
        /// Makes another link in the place of every open one: after a rotation those name the old key.
        #[arg(long)]
        anew: bool,
        /// What people dial, where it is not the setting “address”.
        #[arg(long, value_name = "ADDRESS", requires = "anew")]
        address: Option<String>,
        #[command(flatten)]
        form: Form,
    },
    /// Takes an invite, or another code, back.
    Uninvite {
        /// Its first four characters.
        code: String,
        #[command(flatten)]
        form: Form,
    },
    /// Makes a code by which somebody sets another password. Their devices are logged out when they use it.
    Reset {
        /// Whose password.
        name: String,
        /// What they dial, where it is not the setting “address”.
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        #[command(flatten)]
        form: Form,
    },
}

/// How a subcommand answers.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Form {
    /// For programs: one line of JSON.
    #[arg(long)]
    json: bool,
}

impl Subcommands {
    /// The order, and how its answer is told.
    fn order(self) -> (Order, Form) {
        match self {
            Self::Invite { uses, expires, address, room, role, form } => {
                (Order::Invite { uses, life: expires.as_secs(), address, room, role }, form)
            }
            Self::Invites { anew: true, address, form } => (Order::Anew { address }, form),
            Self::Invites { form, .. } => (Order::Invites, form),
            Self::Uninvite { code, form } => (Order::Uninvite { code }, form),
            Self::Reset { name, address, form } => (Order::Reset { name, address }, form),
        }
    }
}

/// Gives an order to the running server, or carries it out on the database of one that stands.
pub(crate) async fn give(config: &Path, subcommand: Subcommands) -> anyhow::Result<()> {
    let (order, form) = subcommand.order();
    let settings = Settings::load(config, std::env::vars_os())?;
    let keys = certs::load(&settings)?;
    let answer = orders::give(&settings, keys.fingerprint, order).await?;
    if let Answer::Refused { why } = answer {
        anyhow::bail!(why);
    }
    if form.json {
        println!("{}", serde_json::to_string(&answer)?);
        return Ok(());
    }
    print!("{answer}");
    if let Answer::Code { link, .. } = &answer {
        show_picture(link);
    }
    Ok(())
}

/// A link as a picture for a telephone's camera, where somebody looks.
pub(crate) fn show_picture(link: &str) {
    if !std::io::stdout().is_terminal() {
        return;
    }
    // No link is longer than a picture takes; were one, its text is enough.
    if let Ok(code) = qrcode::QrCode::with_error_correction_level(link, qrcode::EcLevel::L) {
        println!("{}", code.render::<qrcode::render::unicode::Dense1x2>().build());
    }
}
