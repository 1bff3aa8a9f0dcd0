//! Writing a room into a folder: its log as lines, and the files that are on this computer.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use snug_proto::codec;
use snug_proto::content::{Content, ContentError, FileContent, Source};
use snug_proto::entry::{Archived, Created, Joined, Kind, Left, Renamed, Retraction, RoleSet, Topic};
use snug_proto::id::{AccountId, Origin, RoomId, Seq};
use snug_proto::talk::Role;

use super::line::{EditLine, FileLine, Header, Line, PersonLine, ReactionLine, RoomLine, SourceLine, time};
use super::{FILES, MESSAGES};
use crate::copy::{Copy, Exported, WhereFile};
use crate::files::safe_name;
use crate::files::safe_name::numbered;

/// Entries read at once.
const BATCH: usize = 200;
/// Folders tried when a name is taken.
const NUMBERS_MAX: u32 = 999;

/// What is to be written, and where.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub(crate) copy: Copy,
    pub(crate) room: RoomId,
    pub(crate) about: RoomLine,
    pub(crate) server: String,
    pub(crate) by: PersonLine,
    pub(crate) people: BTreeMap<AccountId, String>,
    /// When, in milliseconds since 1970 UTC.
    pub(crate) at: i64,
    /// The folder that the new one is made in.
    pub(crate) folder: PathBuf,
    /// What the new one is called.
    pub(crate) name: String,
}

/// How far it is, and whether it is still wanted.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) done: AtomicU64,
    pub(crate) stopped: AtomicBool,
}

impl Export {
    /// Writes everything. Answers the folder; an error is a sentence.
    pub(crate) fn write(&self, progress: &Progress) -> Result<PathBuf, String> {
        let failed = |error: io::Error| format!("The export could not be written: {error}.");
        let folder = self.make_folder().map_err(failed)?;
        let mut file = BufWriter::new(File::create_new(folder.join(MESSAGES)).map_err(failed)?);
        let header = Header::new(self.server.clone(), self.about.clone(), self.at, self.by.clone());
        line(&mut file, &header).map_err(failed)?;
        let mut after = Seq(0);
        loop {
            let batch = self
                .copy
                .export(self.room, after, BATCH)
                .map_err(|error| format!("This computer's copy of the room could not be read: {error}."))?;
            let Some(last) = batch.last() else { break };
            after = last.row.seq;
            for exported in &batch {
                if progress.stopped.load(Ordering::Relaxed) {
                    return Err("It was stopped.".into());
                }
                line(&mut file, &self.line(&folder, exported).map_err(failed)?).map_err(failed)?;
                progress.done.fetch_add(1, Ordering::Relaxed);
            }
        }
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        Ok(folder)
    }

    /// Nothing that is there is ever written to.
    fn make_folder(&self) -> io::Result<PathBuf> {
        let name = safe_name(&self.name);
        for number in 1..=NUMBERS_MAX {
            let name = if number == 1 { name.clone() } else { numbered(&name, number) };
            let folder = self.folder.join(name);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| folder),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn person(&self, account: AccountId) -> PersonLine {
        let name = self.people.get(&account).cloned().unwrap_or_default();
        PersonLine { id: account.0, name }
    }

    fn line(&self, folder: &Path, exported: &Exported) -> io::Result<Line> {
        let row = &exported.row;
        let mut line = Line {
            seq: row.seq.0,
            origin: origin(row.origin),
            at: time(row.at),
            author: (row.author.0 != 0).then(|| self.person(row.author)),
            pinned: exported.is_pinned,
            ..Line::default()
        };
        line.edits = exported.texts.iter().filter_map(|text| edit(text.at, &text.body)).collect();
        for (emoji, author) in &exported.reactions {
            let by = self.person(*author);
            match line.reactions.last_mut() {
                Some(last) if last.emoji == *emoji => last.by.push(by),
                _ => line.reactions.push(ReactionLine { emoji: emoji.clone(), by: vec![by] }),
            }
        }
        match row.kind {
            Kind::CONTENT => self.content(folder, exported, &mut line)?,
            kind => self.event(kind, &row.body, &mut line),
        }
        Ok(line)
    }

    fn content(&self, folder: &Path, exported: &Exported, line: &mut Line) -> io::Result<()> {
        line.kind = match Content::from_body(&exported.row.body) {
            Ok(Content::Text(text)) => {
                let now = line.edits.last().map(|last| last.text.clone());
                line.text = Some(now.unwrap_or_else(|| text.text.into_string()));
                line.reply_to = text.reply_to.map(origin);
                line.source = text.source.map(source);
                "text"
            }
            Ok(Content::File(file)) => {
                line.reply_to = file.reply_to.map(origin);
                line.source = file.source.clone().map(source);
                let path = copy_file(folder, exported.row.seq, &file, exported.file.as_ref())?;
                line.file = Some(FileLine {
                    name: file.name.into_string(),
                    size: file.size,
                    media_type: file.media_type.into_string(),
                    hash: file.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
                    path,
                });
                "file"
            }
            Ok(Content::Edit(edit)) => {
                line.target = Some(origin(edit.target));
                line.text = Some(edit.text.into_string());
                "edit"
            }
            Ok(Content::Reaction(reaction)) => {
                line.target = Some(origin(reaction.target));
                line.value = reaction.on.then(|| reaction.emoji.as_str().to_owned());
                "reaction"
            }
            Ok(Content::Pin(pin)) => {
                line.target = Some(origin(pin.target));
                line.value = pin.on.then(|| "pinned".to_owned());
                "pin"
            }
            Err(ContentError::Retracted) => "retracted",
            Ok(Content::Unknown { .. }) | Err(_) => "unknown",
        }
        .to_owned();
        Ok(())
    }

    /// What happened to the room itself.
    fn event(&self, kind: Kind, body: &[u8], line: &mut Line) {
        let (name, who, value) = match kind {
            Kind::CREATED => ("created", None, read(body, |it: Created| it.name.into_string())),
            Kind::JOINED => {
                let joined = codec::decode_value::<Joined>(body).ok();
                let who = joined.map(|it| PersonLine { id: it.account.0, name: it.name.into_string() });
                ("joined", who, None)
            }
            Kind::LEFT => ("left", read(body, |it: Left| self.person(it.account)), None),
            Kind::RENAMED => ("renamed", None, read(body, |it: Renamed| it.name.into_string())),
            Kind::TOPIC => ("topic", None, read(body, |it: Topic| it.topic.into_string())),
            Kind::ROLE => {
                let role = codec::decode_value::<RoleSet>(body).ok();
                let value = role.as_ref().map(|it| role_name(Role::of_code(it.role)).to_owned());
                ("role", role.map(|it| self.person(it.account)), value)
            }
            Kind::ARCHIVED => ("archived", None, read(body, |it: Archived| it.archived.to_string())),
            Kind::RETRACT => {
                line.target = codec::decode_value::<Retraction>(body)
                    .ok()
                    .and_then(|it| it.targets.first().map(|target| origin(target.origin)));
                ("retraction", None, None)
            }
            _ => ("unknown", None, None),
        };
        (line.kind, line.who, line.value) = (name.to_owned(), who, value);
    }
}

fn read<T: serde::de::DeserializeOwned, A>(body: &[u8], take: impl FnOnce(T) -> A) -> Option<A> {
    codec::decode_value(body).ok().map(take)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

fn line(file: &mut impl Write, line: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}

fn origin(origin: Origin) -> String {
    format!("{:016x}-{}", origin.device.0, origin.number.0)
}

fn edit(at: i64, body: &[u8]) -> Option<EditLine> {
    let text = match Content::from_body(body) {
        Ok(Content::Text(text)) => text.text,
        Ok(Content::Edit(edit)) => edit.text,
        _ => return None,
    };
    Some(EditLine { at: time(at), text: text.into_string() })
}

fn source(source: Source) -> SourceLine {
    let how = if source.how == Source::IMPORTED { "imported" } else { "forwarded" };
    SourceLine {
        how: how.to_owned(),
        author: source.author.into_string(),
        at: time(source.at),
        from: source.from.into_string(),
    }
}

/// Puts a file into the export, under a name that nothing else has there. Answers it, where the file is on this
/// computer and is the one that was promised.
fn copy_file(
    folder: &Path,
    seq: Seq,
    file: &FileContent,
    place: Option<&WhereFile>,
) -> io::Result<Option<String>> {
    let Some(WhereFile::Here(from)) = place else { return Ok(None) };
    if fs::metadata(from).map_or(true, |found| found.len() != file.size || !found.is_file()) {
        return Ok(None);
    }
    // A folder for each, so that every file keeps its own name.
    let own = format!("{FILES}/{}", seq.0);
    fs::create_dir_all(folder.join(&own))?;
    let name = format!("{own}/{}", safe_name(file.name.as_str()));
    fs::copy(from, folder.join(&name))?;
    Ok(Some(name))
}
