//! What was written is read back, and bytes from anywhere never do more than fail.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use snug_proto::codec::{decode_frame, decode_value, encode_frame, encode_value};
use snug_proto::content::Content;
use snug_proto::entry::{Archived, Created, Joined, Left, Renamed, Retraction, RoleSet, RoomKind, Topic};
use snug_proto::file::{FileReply, FileRequest};
use snug_proto::hello::{Hello, HelloAnswer};
use snug_proto::house::{BanEntry, SettingEntry};
use snug_proto::limits::FRAME_MAX;
use snug_proto::link::{BadLink, MessageLink};
use snug_proto::login::{LoginReply, LoginRequest};
use snug_proto::profile::Profile;
use snug_proto::talk::{Call, Down};

mod any;

use any::*;

/// A frame brings its value back, and no part of it is another value.
fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
    cut: prop::sample::Index,
    flip: (prop::sample::Index, u8),
) -> Result<(), TestCaseError> {
    let mut frame = Vec::new();
    encode_frame(value, FRAME_MAX, &mut frame).expect("fits a frame");
    let mut bytes = frame.split_off(4);
    prop_assert_eq!(frame, u32::try_from(bytes.len()).unwrap().to_le_bytes());
    let decoded = decode_frame::<T>(&bytes);
    prop_assert_eq!(decoded.as_ref(), Ok(value));
    prop_assert!(
        decode_frame::<T>(&bytes[..cut.index(bytes.len())]).is_err(),
        "a part was taken for the whole"
    );
    let longer = [&bytes[..], &[flip.1]].concat();
    prop_assert!(decode_frame::<T>(&longer).is_err(), "what is left over was let through");
    let at = flip.0.index(bytes.len());
    bytes[at] ^= flip.1;
    fails_or_decodes::<T>(&bytes)
}

/// Another value, or an error; never a panic. A value has one shortest form: only numbers written with more bytes than
/// they need are read and not written again as they came.
fn fails_or_decodes<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    bytes: &[u8],
) -> Result<(), TestCaseError> {
    if let Ok(value) = decode_frame::<T>(bytes) {
        let again = encode_value(&value);
        prop_assert!(again.len() < bytes.len() || again == bytes);
        prop_assert_eq!(decode_value::<T>(&again), Ok(value));
    }
    Ok(())
}

proptest! {
    #[test]
    fn logins_survive(
        up in login_request(), reply in login_reply(), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        survives(&up, cut, flip)?;
        survives(&reply, cut, flip)?;
    }

    #[test]
    fn talk_survives(up in call(), down in down(), cut: prop::sample::Index, flip: (prop::sample::Index, u8)) {
        survives(&up, cut, flip)?;
        survives(&down, cut, flip)?;
    }

    #[test]
    fn files_survive(
        up in file_request(), down in file_reply(), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        survives(&up, cut, flip)?;
        survives(&down, cut, flip)?;
    }

    #[test]
    fn bodies_of_room_changes_survive(
        name in text(), topic in text(), who in account(), kind: u16, role: u8, archived: bool,
        targets in list(retracted()), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        survives(&Created { kind: RoomKind(kind), name: name.clone() }, cut, flip)?;
        survives(&Joined { account: who, name: name.clone() }, cut, flip)?;
        survives(&Left { account: who }, cut, flip)?;
        survives(&Renamed { name }, cut, flip)?;
        survives(&Topic { topic }, cut, flip)?;
        survives(&RoleSet { account: who, role }, cut, flip)?;
        survives(&Archived { archived }, cut, flip)?;
        survives(&Retraction { targets }, cut, flip)?;
    }

    #[test]
    fn bodies_of_the_house_and_of_looks_survive(
        bodies in entry_bodies(), cut: prop::sample::Index, flip: (prop::sample::Index, u8),
    ) {
        let (profile, concerned, ban, setting, invited, uninvited, key, put_back) = bodies;
        survives(&profile, cut, flip)?;
        survives(&concerned, cut, flip)?;
        survives(&ban, cut, flip)?;
        survives(&setting, cut, flip)?;
        survives(&invited, cut, flip)?;
        survives(&uninvited, cut, flip)?;
        survives(&key, cut, flip)?;
        survives(&put_back, cut, flip)?;
    }

    #[test]
    fn a_link_is_read_back_as_it_is_shown(link in link(), cut: prop::sample::Index) {
        let shown = link.to_string();
        prop_assert_eq!(MessageLink::parse(&shown), Ok(link.clone()));
        prop_assert_eq!(MessageLink::parse(&format!(" {} \n", shown.to_uppercase())), Ok(link.clone()));
        // Only the last number can lose digits unseen.
        let (whole, _) = shown.rsplit_once('-').expect("a number follows");
        prop_assert!(MessageLink::parse(&whole[..cut.index(whole.len())]).is_err());
    }

    #[test]
    fn whatever_is_pasted_as_a_link_is_read_or_refused(
        typed in "(snug://)?(\\PC{0,20}|[a-z.:]{0,9})/?(m/)?[0-9]{0,11}/?[0-9a-f]{0,17}-?[0-9]{0,21}/?",
    ) {
        match MessageLink::parse(&typed) {
            Ok(link) => prop_assert_eq!(MessageLink::parse(&link.to_string()), Ok(link)),
            Err(why) => prop_assert!(why == BadLink::NoMessage || typed.contains("m/")),
        }
    }

    #[test]
    fn hellos_survive(
        range: (u16, u16), client in text(), answer in hello_answer(), cut: prop::sample::Index, noise: Vec<u8>,
    ) {
        let hello = Hello { lowest: range.0, highest: range.1, client };
        let mut bytes = hello.encode();
        prop_assert!(Hello::decode(&bytes[..cut.index(bytes.len())]).is_err());
        // A later layout may go on behind the name.
        bytes.extend(noise);
        prop_assert_eq!(Hello::decode(&bytes), Ok(hello));
        let bytes = answer.encode();
        prop_assert!(HelloAnswer::decode(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert_eq!(HelloAnswer::decode(&bytes), Ok(answer));
    }

    #[test]
    fn contents_survive(content in content(), cut: prop::sample::Index, flip: (prop::sample::Index, u8)) {
        let mut body = content.to_body().expect("fits a body").into_vec();
        prop_assert!(Content::from_body(&body[..cut.index(body.len())]).is_err());
        prop_assert_eq!(Content::from_body(&body), Ok(content));
        let at = flip.0.index(body.len());
        body[at] ^= flip.1;
        let _ = Content::from_body(&body);
    }

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..600)) {
        let _ = (Hello::decode(&bytes), HelloAnswer::decode(&bytes), Content::from_body(&bytes));
        fails_or_decodes::<LoginRequest>(&bytes)?;
        fails_or_decodes::<LoginReply>(&bytes)?;
        fails_or_decodes::<Call>(&bytes)?;
        fails_or_decodes::<Down>(&bytes)?;
        fails_or_decodes::<FileRequest>(&bytes)?;
        fails_or_decodes::<FileReply>(&bytes)?;
        fails_or_decodes::<Created>(&bytes)?;
        fails_or_decodes::<Joined>(&bytes)?;
        fails_or_decodes::<Left>(&bytes)?;
        fails_or_decodes::<Renamed>(&bytes)?;
        fails_or_decodes::<Topic>(&bytes)?;
        fails_or_decodes::<RoleSet>(&bytes)?;
        fails_or_decodes::<Archived>(&bytes)?;
        fails_or_decodes::<Retraction>(&bytes)?;
        fails_or_decodes::<Profile>(&bytes)?;
        fails_or_decodes::<SettingEntry>(&bytes)?;
        fails_or_decodes::<BanEntry>(&bytes)?;
    }
}
