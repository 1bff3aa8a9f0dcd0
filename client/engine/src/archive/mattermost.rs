//! Reading a bulk export of Mattermost's: one channel, or the talk of one group of people. Its posts come in no order, so
//! their places are noted and sorted first; replies follow what they answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::lines::Lines;
use super::piece::{inside, last_part, messages};
use super::{Attached, Broken, Piece};

/// Threads of one channel, so that their places fit into 50 MB.
const THREADS_MAX: usize = 2_000_000;
/// Channels that are told apart.
const CHANNELS_MAX: usize = 10_000;
/// Channels that are named when there are several.
const NAMED_MAX: usize = 10;
/// What messages are marked with.
const SYSTEM: &str = "Mattermost";

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    version: Option<u32>,
    post: Option<Post>,
    direct_post: Option<Post>,
}

#[derive(Deserialize)]
struct Post {
    #[serde(default)]
    channel: String,
    #[serde(default)]
    channel_members: Vec<String>,
    #[serde(default)]
    user: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    create_at: i64,
    #[serde(default)]
    replies: Option<Vec<Post>>,
    #[serde(default)]
    attachments: Option<Vec<Attachment>>,
    /// Empty for what people write; `system_join_channel` and the like.
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Attachment {
    path: String,
}

impl Post {
    /// How a person would name where it stands.
    fn place(&self) -> String {
        let mut members = self.channel_members.clone();
        members.sort();
        if members.is_empty() { self.channel.clone() } else { members.join(", ") }
    }
}

/// A bulk export of Mattermost's, as far as it is about one channel.
#[derive(Debug)]
pub(crate) struct Reader {
    lines: Lines,
    folder: PathBuf,
    /// When a thread begins, and where: line and byte. The oldest is the last.
    threads: Vec<(i64, u64, u64)>,
    total: u64,
    /// Pieces of the thread that was read last, the next one last.
    waiting: Vec<Piece>,
}

/// Whether a file begins like a bulk export of Mattermost's.
pub(super) fn is_version(line: &str) -> bool {
    serde_json::from_str::<Line>(line).is_ok_and(|line| line.kind == "version" && line.version.is_some())
}

fn parse(number: u64, text: &str) -> Result<Option<Post>, Broken> {
    let line: Line = serde_json::from_str(text).map_err(|error| Broken::parsing(number, &error))?;
    if line.kind == "version" && line.version != Some(1) {
        return Err(Broken::at(number, "a newer Mattermost wrote it"));
    }
    Ok(line.post.or(line.direct_post).filter(|post| post.kind.is_empty()))
}

impl Reader {
    pub(super) fn open(file: &Path, folder: PathBuf, room: &str) -> Result<Self, Broken> {
        let place = choose(places(file)?, room)?;
        let mut reader =
            Self { lines: Lines::open(file)?, folder, threads: Vec::new(), total: 0, waiting: Vec::new() };
        while let Some(line) = reader.lines.next()? {
            let Some(post) = parse(line.number, &line.text)?.filter(|post| post.place() == place) else {
                continue;
            };
            if reader.threads.len() == THREADS_MAX {
                return Err(Broken::at(line.number, "there are too many messages before it"));
            }
            reader.threads.push((post.create_at, line.number, line.at));
            reader.total += reader.pieces(line.number, post).len() as u64;
        }
        reader.threads.sort_unstable_by_key(|thread| std::cmp::Reverse(*thread));
        Ok(reader)
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn next(&mut self) -> Result<Option<Piece>, Broken> {
        loop {
            if let Some(piece) = self.waiting.pop() {
                return Ok(Some(piece));
            }
            let Some((_, number, at)) = self.threads.pop() else { return Ok(None) };
            if let Some(post) = self.read(number, at)? {
                self.waiting = self.pieces(number, post);
                self.waiting.reverse();
            }
        }
    }

    fn read(&mut self, number: u64, at: u64) -> Result<Option<Post>, Broken> {
        self.lines.seek(number, at)?;
        let Some(line) = self.lines.next()? else { return Ok(None) };
        parse(line.number, &line.text)
    }

    /// A thread: its first post, what is attached to it, then the replies in their order.
    fn pieces(&self, number: u64, mut post: Post) -> Vec<Piece> {
        let name = number.to_string();
        let mut replies = post.replies.take().unwrap_or_default();
        replies.sort_by_key(|reply| reply.create_at);
        let mut pieces = self.of_post(&post, Some(&name), None);
        for reply in replies {
            pieces.extend(self.of_post(&reply, None, Some(&name)));
        }
        pieces
    }

    fn of_post(&self, post: &Post, name: Option<&String>, reply_to: Option<&String>) -> Vec<Piece> {
        let texts = messages(&post.message).into_iter().map(Attached::Text);
        let files = post.attachments.iter().flatten().map(|attachment| {
            let path = &attachment.path;
            // The paths are those of the folder `data` beside the file, or of the file's own.
            let data = self.folder.join("data");
            inside(&data, path)
                .or_else(|| inside(&self.folder, path))
                .map_or_else(|| Attached::Missing(last_part(path)), Attached::File)
        });
        let piece = |(index, what)| Piece {
            name: name.cloned().filter(|_| index == 0),
            author: post.user.clone(),
            at: post.create_at,
            from: SYSTEM.to_owned(),
            reply_to: reply_to.cloned(),
            what,
        };
        texts.chain(files).enumerate().map(piece).collect()
    }
}

/// The places that something was written in, and how much.
fn places(file: &Path) -> Result<BTreeMap<String, u64>, Broken> {
    let mut lines = Lines::open(file)?;
    let mut places = BTreeMap::new();
    while let Some(line) = lines.next()? {
        if let Some(post) = parse(line.number, &line.text)? {
            *places.entry(post.place()).or_default() += 1;
        }
        if places.len() > CHANNELS_MAX {
            return Err(Broken::at(line.number, "there are too many channels before it"));
        }
    }
    Ok(places)
}

/// The channel that is called like the room to be; else the only one.
fn choose(places: BTreeMap<String, u64>, room: &str) -> Result<String, Broken> {
    let same = |name: &str| name.to_lowercase() == room.trim().to_lowercase();
    if let Some(place) = places.keys().find(|place| same(place) || same(&place.replace('-', " "))) {
        return Ok(place.clone());
    }
    let mut largest: Vec<_> = places.into_iter().collect();
    largest.sort_by_key(|(_, posts)| std::cmp::Reverse(*posts));
    match largest.len() {
        0 => Err(Broken::whole("There is no message in this export.")),
        1 => Ok(largest.remove(0).0),
        _ => {
            let names: Vec<_> = largest.iter().take(NAMED_MAX).map(|(name, _)| format!("“{name}”")).collect();
            Err(Broken::whole(format!(
                "There are several channels in this export. Please call the new room like the one to import: {}{}",
                names.join(", "),
                if largest.len() > NAMED_MAX { " …" } else { "." }
            )))
        }
    }
}
