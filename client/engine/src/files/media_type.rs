//! What kind of file a name promises.

/// Media types by ending. Only what people send each other; everything else is nameless bytes.
const TYPES: &[(&str, &str)] = &[
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("m4a", "audio/mp4"),
    ("md", "text/markdown"),
    ("mkv", "video/matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("xz", "application/x-xz"),
    ("zip", "application/zip"),
    ("zst", "application/zstd"),
];

/// A guess by the name's ending; empty where there is none. A guess only: nothing may be trusted because of it.
pub fn media_type(name: &str) -> &'static str {
    let Some((_, ending)) = name.rsplit_once('.') else { return "" };
    let ending = ending.to_ascii_lowercase();
    match TYPES.binary_search_by_key(&ending.as_str(), |(known, _)| known) {
        Ok(at) => TYPES[at].1,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_proto::limits::MEDIA_TYPE_BYTES_MAX;

    #[test]
    fn endings_are_known_in_any_case() {
        assert_eq!(media_type("a.PNG"), "image/png");
        assert_eq!(media_type("a.tar.gz"), "application/gzip");
        assert_eq!(media_type("a.unknown"), "");
        assert_eq!(media_type("png"), "");
    }

    #[test]
    fn the_table_is_sorted_and_fits_the_wire() {
        assert!(TYPES.is_sorted_by_key(|(ending, _)| ending));
        assert!(TYPES.iter().all(|(_, kind)| kind.len() <= MEDIA_TYPE_BYTES_MAX));
    }
}
