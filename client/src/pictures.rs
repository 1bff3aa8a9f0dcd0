//! Pictures in the timeline: how large they are shown, decoded away from the window, kept in bounds.
//!
//! A picture comes from somebody else: it is decoded only within limits, and one that cannot be decoded is shown as
//! the file that it is.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use iced::widget::image::Handle;
use iced::{Size, Task};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};
use snug_engine::event::{FileItem, FilePlace};
use snug_proto::id::BlobId;

use crate::theme;

/// The largest place a picture takes.
pub const SHOWN: Size = Size::new(420.0, 320.0);
/// The narrowest: it can be seen and pressed.
const SHOWN_MIN: f32 = 32.0;
/// How many pixels wide and high people's pictures are kept: the largest tile, on a fine screen.
const PORTRAIT: u32 = 144;
/// Larger files are not decoded.
const FILE_MAX: u64 = 32 << 20;
/// Neither are pictures with more pixels.
const PIXELS_MAX: u64 = 20_000_000;
/// Decoded pictures kept, in bytes.
const KEPT_MAX: usize = 64 << 20;
/// Pictures known of.
const KNOWN_MAX: usize = 512;

/// A decoded picture, no larger than it is shown on a fine screen.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}
impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Decoded({}×{})", self.width, self.height)
    }
}

impl Decoded {
    fn rounded(picture: DynamicImage, radius: f32) -> Self {
        let mut picture = picture.into_rgba8();
        round_corners(&mut picture, radius);
        Self { width: picture.width(), height: picture.height(), rgba: picture.into_raw() }
    }

    /// Something that can be drawn.
    pub fn into_handle(self) -> Handle {
        Handle::from_rgba(self.width, self.height, self.rgba)
    }
}

/// The pictures of an open copy.
#[derive(Debug, Default)]
pub struct Pictures {
    known: HashMap<BlobId, Picture>,
    order: VecDeque<BlobId>,
}

/// How far a picture is.
#[derive(Debug, Clone)]
pub enum Picture {
    /// It is being decoded.
    Coming,
    /// It can be drawn; so many bytes.
    Here(Handle, usize),
    /// It cannot be decoded.
    Broken,
}

impl Pictures {
    /// How far a picture is, where it was looked at.
    pub fn get(&self, blob: BlobId) -> Option<&Picture> {
        self.known.get(&blob)
    }

    /// A picture comes into view: it is decoded, once. Fetching files is the engine's matter, and the person's.
    pub fn see(&mut self, file: &FileItem) -> Option<Task<Option<Decoded>>> {
        let FilePlace::Here(path) = &file.place else { return None };
        if self.known.contains_key(&file.blob) {
            return None;
        }
        self.put(file.blob, Picture::Coming);
        Some(Task::perform(aside(path.clone(), decode), |decoded| decoded))
    }

    /// A picture was decoded, or could not be.
    pub fn came(&mut self, blob: BlobId, decoded: Option<Decoded>) {
        let picture = match decoded {
            Some(decoded) => {
                let bytes = decoded.rgba.len();
                Picture::Here(decoded.into_handle(), bytes)
            }
            None => Picture::Broken,
        };
        self.put(blob, picture);
    }

    /// Keeps what is newest.
    fn put(&mut self, blob: BlobId, picture: Picture) {
        self.order.retain(|known| *known != blob);
        self.order.push_back(blob);
        self.known.insert(blob, picture);
        while self.order.len() > 1 && (self.kept() > KEPT_MAX || self.order.len() > KNOWN_MAX) {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    fn kept(&self) -> usize {
        let bytes = |picture: &Picture| match picture {
            Picture::Here(_, bytes) => *bytes,
            Picture::Coming | Picture::Broken => 0,
        };
        self.known.values().map(bytes).sum()
    }
}

/// How large a file is shown as a picture: by what the sender says, so that its place is known before it is here.
/// `None` for what is shown as a file.
pub fn shown_size(file: &FileItem) -> Option<Size> {
    let (width, height) = file.pixels?;
    let pixels = u64::from(width) * u64::from(height);
    let kind = ImageFormat::from_mime_type(&file.media_type)?;
    if !KINDS.contains(&kind) || pixels == 0 || pixels > PIXELS_MAX || file.size > FILE_MAX {
        return None;
    }
    let (width, height) = (width as f32, height as f32);
    let scale = (SHOWN.width / width).min(SHOWN.height / height).min(1.0);
    let side = |length: f32, most: f32| (length * scale).round().clamp(SHOWN_MIN, most);
    Some(Size::new(side(width, SHOWN.width), side(height, SHOWN.height)))
}

const KINDS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];

/// Decodes away from the window.
pub async fn aside(path: PathBuf, decode: fn(&Path) -> Option<Decoded>) -> Option<Decoded> {
    // A decoder that panics on hostile bytes ends its own thread's work: the picture is broken, nothing else.
    tokio::task::spawn_blocking(move || decode(&path)).await.ok().flatten()
}

/// Decodes the first picture of a file for the timeline; `None` for what is too large or no picture.
pub fn decode(path: &Path) -> Option<Decoded> {
    let mut picture = read(path)?;
    let (most_wide, most_high) = (SHOWN.width as u32 * 2, SHOWN.height as u32 * 2);
    if picture.width() > most_wide || picture.height() > most_high {
        picture = picture.thumbnail(most_wide, most_high);
    }
    let (wide, high) = (picture.width() as f32, picture.height() as f32);
    let shown = (SHOWN.width / wide).min(SHOWN.height / high).min(1.0);
    Some(Decoded::rounded(picture, theme::radius::CARD / shown))
}

/// Decodes the first picture of a file within limits, the right way up.
fn read(path: &Path) -> Option<DynamicImage> {
    let file = std::fs::metadata(path).ok()?;
    if !file.is_file() || file.len() > FILE_MAX {
        return None;
    }
    let mut reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    reader.format().filter(|kind| KINDS.contains(kind))?;
    let mut limits = Limits::default();
    // Sixteen bits for each of four channels at most.
    limits.max_alloc = Some(PIXELS_MAX * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return None;
    }
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Some(picture)
}

/// Decodes a picture for the tile of a person: its middle, as a square.
pub fn portrait(path: &Path) -> Option<Decoded> {
    let picture = read(path)?;
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let square = picture.crop_imm(left, top, side, side).thumbnail_exact(PORTRAIT, PORTRAIT);
    Some(Decoded::rounded(square, PORTRAIT as f32 * theme::TILE_ROUND))
}

/// Takes the corners away. The software renderer does not round pictures by itself.
fn round_corners(picture: &mut RgbaImage, radius: f32) {
    let (width, height) = picture.dimensions();
    let radius = radius.min(width as f32 / 2.0).min(height as f32 / 2.0);
    let reach = radius.ceil() as u32;
    for (x, y) in (0..reach).flat_map(|y| (0..reach).map(move |x| (x, y))) {
        let (dx, dy) = (radius - x as f32 - 0.5, radius - y as f32 - 0.5);
        let inside = (radius + 0.5 - dx.max(0.0).hypot(dy.max(0.0))).clamp(0.0, 1.0);
        let corners = [(x, y), (width - 1 - x, y), (x, height - 1 - y), (width - 1 - x, height - 1 - y)];
        for (x, y) in corners {
            if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
                pixel.0[3] = (f32::from(pixel.0[3]).min(255.0 * inside)) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(pixels: Option<(u32, u32)>, media_type: &str, size: u64) -> FileItem {
        let blob = BlobId([1; 16]);
        let place = FilePlace::Remote;
        FileItem { blob, name: "a".into(), size, media_type: media_type.into(), pixels, place }
    }

    #[test]
    fn a_picture_has_its_place_before_it_is_here() {
        let shown = |width, height| shown_size(&file(Some((width, height)), "image/png", 1000));
        assert_eq!(shown(100, 50), Some(Size::new(100.0, 50.0)), "small ones are not blown up");
        assert_eq!(shown(4200, 1600), Some(Size::new(420.0, 160.0)));
        assert_eq!(shown(1000, 4000), Some(Size::new(80.0, 320.0)));
        assert_eq!(shown(1, 4000), Some(Size::new(32.0, 320.0)), "it can be seen");
        assert_eq!(shown(0, 50), None);
        assert_eq!(shown(u32::MAX, u32::MAX), None);
        assert_eq!(shown_size(&file(None, "image/png", 1000)), None);
        assert_eq!(shown_size(&file(Some((9, 9)), "image/svg+xml", 1000)), None);
        assert_eq!(shown_size(&file(Some((9, 9)), "image/png", FILE_MAX + 1)), None);
    }

    #[test]
    fn what_cannot_be_decoded_is_broken_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        DynamicImage::new_rgb8(1000, 1000).save(&path).unwrap();
        let decoded = decode(&path).unwrap();
        assert_eq!((decoded.width, decoded.height), (640, 640), "no larger than it is shown");
        let alpha = |x: usize, y: usize| decoded.rgba[(y * 640 + x) * 4 + 3];
        assert_eq!((alpha(0, 0), alpha(639, 639), alpha(320, 0)), (0, 0, 255), "with round corners");
        for (width, height) in [(1, 1), (3000, 1), (1, 3000)] {
            DynamicImage::new_rgb8(width, height).save(&path).unwrap();
            assert!(decode(&path).is_some(), "{width} by {height}");
        }
        DynamicImage::new_rgb8(1000, 1000).save(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(decode(&path), None, "cut");
        std::fs::write(&path, b"GIF89a nonsense").unwrap();
        assert_eq!(decode(&path), None);
        assert_eq!(decode(folder.path()), None, "a folder");
        // Says that it is 60000 by 60000 before anything of it is decoded.
        let mut huge = bytes;
        huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        std::fs::write(&path, &huge).unwrap();
        assert_eq!(decode(&path), None);
    }

    #[test]
    fn a_portrait_is_the_middle_of_a_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let sides = |x| if (100..200).contains(&x) { [9, 9, 9] } else { [200, 0, 0] };
        let wide = image::RgbImage::from_fn(300, 100, |x, _| image::Rgb(sides(x)));
        wide.save(&path).unwrap();
        let decoded = portrait(&path).unwrap();
        assert_eq!((decoded.width, decoded.height), (PORTRAIT, PORTRAIT));
        let pixel = |x: u32, y: u32| &decoded.rgba[((y * PORTRAIT + x) * 4) as usize..][..4];
        assert_eq!(pixel(4, PORTRAIT / 2), [9, 9, 9, 255], "nothing of its sides");
        assert_eq!(pixel(0, 0)[3], 0, "with round corners");
        DynamicImage::new_rgb8(1, 3000).save(&path).unwrap();
        assert!(portrait(&path).is_some());
    }

    #[test]
    fn only_so_much_is_kept() {
        let mut pictures = Pictures::default();
        let blob = |at: u16| BlobId(std::array::from_fn(|byte| at.to_be_bytes()[byte % 2]));
        let decoded = || Some(Decoded { width: 1024, height: 1024, rgba: vec![0; 4 << 20] });
        for at in 0..40 {
            pictures.came(blob(at), decoded());
            assert!(pictures.kept() <= KEPT_MAX);
        }
        assert!(pictures.get(blob(39)).is_some() && pictures.get(blob(0)).is_none());
        for at in 100..1000 {
            pictures.came(blob(at), None);
        }
        assert_eq!(pictures.known.len(), KNOWN_MAX);
        assert_eq!(pictures.order.len(), KNOWN_MAX);
    }

    #[test]
    fn a_picture_is_decoded_once_when_it_is_here() {
        let mut pictures = Pictures::default();
        let mut file = file(Some((9, 9)), "image/png", 1000);
        assert!(pictures.see(&file).is_none(), "it is still on the server");
        file.place = FilePlace::Here("/nowhere".into());
        assert!(pictures.see(&file).is_some());
        assert!(pictures.see(&file).is_none());
        pictures.came(file.blob, None);
        assert!(pictures.see(&file).is_none(), "broken stays broken");
    }
}
