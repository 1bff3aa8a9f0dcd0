//! How large a picture is, so that its place in the timeline is known before it is there.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Width and height of the picture in a file, from its head; zeros for anything else. What does not say a size that
/// makes sense is shown without one.
pub(crate) fn pixels(path: &Path) -> (u32, u32) {
    let read = || -> Option<(u32, u32)> {
        let size = imagesize::reader_size(BufReader::new(File::open(path).ok()?)).ok()?;
        Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
    };
    read().filter(|(width, height)| *width > 0 && *height > 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_tell_their_size_and_other_files_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 2, 128, 0, 0, 1, 224, 8, 6, 0, 0, 0]);
        let gif = b"GIF89a\x80\x02\xe0\x01\0\0\0".to_vec();
        for (bytes, expected) in [
            (png.clone(), (640, 480)),
            (gif, (640, 480)),
            (png[..18].to_vec(), (0, 0)),
            (b"hello, bob".to_vec(), (0, 0)),
            (Vec::new(), (0, 0)),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(pixels(&path), expected);
        }
        assert_eq!(pixels(&folder.path().join("gone")), (0, 0));
    }
}
