//! What was pasted, or is too long, and goes as a file: it is written into the profile's own folder first.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use iced::widget::image::Handle;
use image::{ExtendedColorType, ImageEncoder as _, codecs::png::PngEncoder};

use crate::profile::{make_private, private_file};

/// Larger pictures are not taken from the clipboard: as plain pixels this one has 160 MB.
const PIXELS_MAX: usize = 40_000_000;

/// A picture from the clipboard, written and ready to send.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where it was written.
    pub path: PathBuf,
    /// Its width and height.
    pub size: (u32, u32),
    /// Its size as a file.
    pub bytes: u64,
    /// What is shown of it.
    pub shown: Handle,
}

/// What the clipboard has: a picture, or nothing that could be sent as one. A clipboard with text too has been pasted
/// as text already.
///
/// # Errors
/// A sentence.
pub fn picture(folder: &Path, now: i64) -> Result<Option<Picture>, String> {
    let Ok(mut clipboard) = arboard::Clipboard::new() else { return Ok(None) };
    if clipboard.get_text().is_ok_and(|text| !text.is_empty()) {
        return Ok(None);
    }
    let Ok(picture) = clipboard.get_image() else { return Ok(None) };
    keep(folder, now, (picture.width, picture.height), picture.bytes.into_owned()).map(Some)
}

/// Writes a picture of red, green, blue and opacity.
fn keep(folder: &Path, now: i64, size: (usize, usize), pixels: Vec<u8>) -> Result<Picture, String> {
    let fits = size.0.checked_mul(size.1).is_some_and(|all| all <= PIXELS_MAX && pixels.len() == all * 4);
    let (Ok(width), Ok(height), true) = (u32::try_from(size.0), u32::try_from(size.1), fits) else {
        return Err("This picture is too large to paste. Save it and send the file.".into());
    };
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&pixels, width, height, ExtendedColorType::Rgba8)
        .map_err(|_| "This picture cannot be read.".to_owned())?;
    let path = write(folder, &format!("picture-{now}.png"), &png).map_err(not_written)?;
    let shown = Handle::from_rgba(width, height, pixels);
    Ok(Picture { path, size: (width, height), bytes: png.len() as u64, shown })
}

/// Writes a text.
///
/// # Errors
/// A sentence.
pub fn text(folder: &Path, now: i64, text: &str) -> Result<PathBuf, String> {
    write(folder, &format!("text-{now}.txt"), text.as_bytes()).map_err(not_written)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    make_private(folder)?;
    let path = folder.join(name);
    let mut file = private_file().truncate(true).open(&path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(path)
}

fn not_written(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "This computer's disk is full.".into(),
        kind => format!("This computer could not write it: {kind}."),
    }
}

/// Runs what touches the disk or the clipboard beside the window.
pub async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err("This computer could not do that.".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_picture_is_a_png_in_its_own_folder() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("pasted");
        let picture = keep(&own, 7, (2, 1), vec![255; 8]).unwrap();
        assert_eq!(picture.path, own.join("picture-7.png"));
        assert!(std::fs::read(&picture.path).unwrap().starts_with(b"\x89PNG"));
        assert!(keep(&own, 8, (2, 2), vec![0; 8]).is_err(), "fewer bytes than pixels");
        assert!(keep(&own, 9, (usize::MAX, 2), Vec::new()).is_err());
    }

    #[test]
    fn a_long_text_is_written_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = text(folder.path(), 7, "Grüße\n").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "Grüße\n");
    }
}
