//! The subcommands that give an administrator's orders: to the running server, or to the database of one that stands.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use clap::Subcommand;
use snug_server::certs;
use snug_server::config::{self, Settings};
use snug_server::orders::{self, Answer, Order, Whom};

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
    /// Lists everybody with an account: what they may do, when they were here, devices and files.
    People {
        #[command(flatten)]
        form: Form,
    },
    /// Tells how many accounts and seats there are, and how much space everything takes.
    Storage {
        #[command(flatten)]
        form: Form,
    },
    /// Lists somebody's devices, by the ids that `ban --device` takes.
    Devices {
        /// Whose.
        name: String,
        #[command(flatten)]
        form: Form,
    },
    /// Sends somebody out, on all of their devices; they come back when they press connect.
    Kick {
        /// Whom.
        name: String,
        #[command(flatten)]
        form: Form,
    },
    /// Keeps somebody out: an account, one device of it, or a network.
    Ban {
        /// Whom.
        #[arg(required_unless_present = "address")]
        name: Option<String>,
        /// Only this device of theirs, as `devices` lists it; the account may come with others.
        #[arg(long, value_name = "ID", requires = "name")]
        device: Option<String>,
        /// Only the networks from which they are connected now: no new account, password or code is taken from there.
        #[arg(long, requires = "name", conflicts_with = "device")]
        network: bool,
        /// This network, by an address in it.
        #[arg(long, value_name = "ADDRESS", conflicts_with = "name")]
        address: Option<String>,
        /// For how long: 7d, 12h; for good where nothing is said.
        #[arg(long = "for", value_name = "TIME", value_parser = config::time)]
        life: Option<Duration>,
        #[command(flatten)]
        form: Form,
    },
    /// Lists the bans.
    Bans {
        #[command(flatten)]
        form: Form,
    },
    /// Lifts a ban.
    Unban {
        /// Its number, as `bans` lists it.
        ban: u32,
        #[command(flatten)]
        form: Form,
    },
    /// Changes a setting at once, over what the configuration says; or lists those that can be changed so.
    Setting {
        /// What the configuration calls it: name, registration or max_users.
        name: Option<String>,
        /// What holds from now on.
        #[arg(requires = "name")]
        value: Option<String>,
        /// Goes back to what the configuration says.
        #[arg(long, requires = "name", conflicts_with = "value")]
        reset: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Says what somebody may do on this server.
    Promote {
        /// Who.
        name: String,
        /// Member, moderator or owner.
        role: String,
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
            Self::People { form } => (Order::People, form),
            Self::Storage { form } => (Order::Storage, form),
            Self::Devices { name, form } => (Order::Devices { name }, form),
            Self::Kick { name, form } => (Order::Kick { name }, form),
            Self::Ban { name, device, network, address, life, form } => {
                let name = name.unwrap_or_default();
                let whom = match (device, address) {
                    (_, Some(address)) => Whom::Network(address),
                    (Some(device), None) => Whom::Device { name, device },
                    (None, None) if network => Whom::NetworksOf(name),
                    (None, None) => Whom::Person(name),
                };
                (Order::Ban { whom, life: life.map(|life| life.as_secs()) }, form)
            }
            Self::Bans { form } => (Order::Bans, form),
            Self::Unban { ban, form } => (Order::Unban { ban }, form),
            Self::Setting { name: Some(name), value: Some(value), form, .. } => {
                (Order::Set { name, value }, form)
            }
            Self::Setting { name: Some(name), reset: true, form, .. } => (Order::Unset { name }, form),
            Self::Setting { name, form, .. } => (Order::Settings { name }, form),
            Self::Promote { name, role, form } => (Order::Promote { name, role }, form),
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
