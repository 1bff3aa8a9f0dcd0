//! Leaving with one's words, and coming with them: exports and imports.

use std::fs;
use std::path::{Path, PathBuf};

use snug_engine::command::Command;
use snug_engine::event::{Item, JobEnd, JobWay, What};
use snug_proto::talk::Target;

use crate::world::{LOBBY_ROOM, Person, World};

impl Person {
    async fn job_end(&mut self, way: JobWay) -> JobEnd {
        let ended = |job: &snug_engine::event::Job| job.way == way && job.end.is_some();
        self.until("the job ends", |seen| seen.job.as_ref().is_some_and(ended)).await;
        self.seen.job.take().and_then(|job| job.end).expect("it ended")
    }

    async fn export(&mut self, room: Target, folder: &Path) -> PathBuf {
        self.send(Command::Export { room, folder: folder.to_owned() }).await;
        let ended = |job: &snug_engine::event::Job| job.end.is_some();
        self.until("the export ends", |seen| seen.job.as_ref().is_some_and(ended)).await;
        let written = self.seen.job.as_ref().map(|job| job.done);
        match self.job_end(JobWay::Export).await {
            JobEnd::Done(Some(folder)) => {
                let entries = lines(&folder).len() as u64 - 1;
                assert_eq!(written, Some(entries), "the end says how much there is");
                folder
            }
            other => panic!("{other:?}"),
        }
    }

    /// Imports into a room of this name, and shows it.
    async fn import(&mut self, path: &Path, name: &str) -> Target {
        self.send(Command::Import { path: path.to_owned(), name: name.into() }).await;
        let ended = |job: &snug_engine::event::Job| job.way == JobWay::Import && job.end.is_some();
        self.until("the import ends", |seen| seen.job.as_ref().is_some_and(ended)).await;
        let job = self.seen.job.clone().expect("it ended");
        assert_eq!(job.done, job.total, "the end says how much there is");
        assert_eq!(self.job_end(JobWay::Import).await, JobEnd::Done(None));
        self.until("the room is listed", |seen| seen.room(name).is_some()).await;
        let room = self.seen.room(name).unwrap().target;
        self.show(room).await;
        room
    }
}

fn lines(folder: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(folder.join("messages.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Who said what, as it was said to be imported.
fn imported(item: &Item) -> Option<(String, String)> {
    let source = item.source.as_ref().filter(|source| source.imported)?;
    match &item.what {
        What::Text(text) => Some((source.author_name.clone(), text.text.clone())),
        What::File(file) => Some((source.author_name.clone(), file.name.clone())),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_exported_can_be_imported() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let mut bob = world.bob().await;
    alice.say("Grüße").await;
    alice.until_sent("Grüße").await;
    bob.until_sent("Grüße").await;
    let greeting = bob.seen.items().iter().find(|item| matches!(&item.what, What::Text(_))).unwrap().key;
    bob.send(Command::React { room: LOBBY_ROOM, item: greeting, emoji: "👍".into(), on: true }).await;
    let text = "Auch so".to_owned();
    bob.send(Command::SendText { room: LOBBY_ROOM, text, reply_to: Some(greeting) }).await;
    bob.until_sent("Auch so").await;
    let photo = world.folder.path().join("photo.txt");
    fs::write(&photo, "not really a photo").unwrap();
    bob.send(Command::SendFile { room: LOBBY_ROOM, path: photo }).await;
    alice.until("the file came", |seen| seen.files().len() == 1).await;
    let edited = alice.seen.items().iter().find(|item| item.mine && matches!(item.what, What::Text(_)));
    let edited = edited.unwrap().key;
    alice.send(Command::Edit { room: LOBBY_ROOM, item: edited, text: "Viele Grüße".into() }).await;
    alice.until_sent("Viele Grüße").await;

    let folder = alice.export(LOBBY_ROOM, world.folder.path()).await;
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with("Lobby-20"), "{name}");
    let lines = lines(&folder);
    assert_eq!(
        (lines[0]["snug"].as_str(), lines[0]["room"]["kind"].as_str()),
        (Some("export"), Some("lobby"))
    );
    let first = lines.iter().find(|line| line["kind"] == "text").unwrap();
    assert_eq!(first["text"], "Viele Grüße");
    assert_eq!(
        (&first["edits"][0]["text"], &first["edits"][1]["text"]),
        (&"Grüße".into(), &"Viele Grüße".into())
    );
    assert_eq!(first["reactions"][0]["by"][0]["name"], "bob");
    let file = lines.iter().find(|line| line["kind"] == "file").unwrap();
    let path = folder.join(file["file"]["path"].as_str().unwrap());
    assert_eq!(fs::read_to_string(path).unwrap(), "not really a photo");
    let again = alice.export(LOBBY_ROOM, world.folder.path()).await;
    assert_ne!(folder, again, "nothing is overwritten");

    bob.import(&folder, "Attic").await;
    bob.until("everything is there", |seen| seen.items().iter().filter_map(imported).count() == 3).await;
    let all: Vec<_> = bob.seen.items().iter().filter_map(imported).collect();
    let expected = [("alice", "Viele Grüße"), ("bob", "Auch so"), ("bob", "photo.txt")];
    assert_eq!(all, expected.map(|(author, text)| (author.to_owned(), text.to_owned())));
    let reply = bob.seen.items().iter().find_map(|item| item.reply.clone()).expect("the reply is one");
    assert_eq!(reply.preview, "Viele Grüße");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_of_another_system_comes_with_its_people() {
    let world = World::new().await;
    let mut alice = world.alice().await;
    let path = world.folder.path().join("bulk.jsonl");
    let mut bulk = String::from("{\"type\":\"version\",\"version\":1}\n");
    for n in 0..300 {
        bulk += &format!(
            "{{\"type\":\"post\",\"post\":{{\"channel\":\"town-square\",\"user\":\"carol\",\"message\":\"post {n}\",\
             \"create_at\":{},\"replies\":[{{\"user\":\"dave\",\"message\":\"reply {n}\",\"create_at\":{}}}]}}}}\n",
            1_000_000 + n * 10,
            1_000_001 + n * 10
        );
    }
    fs::write(&path, &bulk).unwrap();
    alice.import(&path, "Town Square").await;
    alice.until("the last reply is there", |seen| seen.sent().iter().any(|text| text == "reply 299")).await;
    let last = alice.seen.items().last().unwrap().clone();
    assert_eq!(imported(&last), Some(("dave".into(), "reply 299".into())));
    assert_eq!(last.source.unwrap().at, 1_002_991);
    assert_eq!(last.reply.unwrap().preview, "post 299");

    fs::write(&path, bulk + "{\"type\":\"post\",").unwrap();
    alice.send(Command::Import { path, name: "Broken".into() }).await;
    let JobEnd::Failed(reason) = alice.job_end(JobWay::Import).await else { panic!("it is broken") };
    assert!(reason.starts_with("Line 302 of the export cannot be read"), "{reason}");
    assert!(alice.seen.room("Broken").is_none(), "nothing is made of a broken export");
}
