//! People's pictures: cut and made small on their way out, looked at within limits on their way in. Neither carries
//! anything but the pixels.
//!
//! Everything here blocks; callers run it off the async threads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use snug_proto::id::BlobId;
use snug_proto::limits::PICTURE_MAX;

use super::FileProblem;
use super::received::blob_from_hex;

/// The side of a picture, in pixels.
const SIDE: u32 = 256;
/// Larger files are not decoded.
const FILE_MAX: u64 = 64 << 20;
/// Neither are pictures with more pixels: what cameras of today make fits.
const PIXELS_MAX: u64 = 64_000_000;
/// Bytes that decoding may take for each pixel.
const PIXEL_BYTES: u64 = 4;
/// How much of a photograph is kept.
const JPEG_QUALITY: u8 = 88;
/// What a person may choose.
const CHOSEN: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
/// What travels.
const SENT: [ImageFormat; 2] = [ImageFormat::Png, ImageFormat::Jpeg];

/// A picture that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Small {
    bytes: Vec<u8>,
    ending: &'static str,
}

/// The middle of what a person chose, as a small square.
pub(crate) fn small(chosen: &Path) -> Result<Small, FileProblem> {
    let found = fs::metadata(chosen).map_err(|error| FileProblem::reading(&error))?;
    if !found.is_file() || found.len() > FILE_MAX {
        return Err(FileProblem::NoPicture);
    }
    let bytes = fs::read(chosen).map_err(|error| FileProblem::reading(&error))?;
    let (picture, _) = decoded(&bytes, &CHOSEN, PIXELS_MAX).ok_or(FileProblem::NoPicture)?;
    // Half the side is a quarter of the bytes, and always enough.
    let sides = [SIDE, SIDE / 2];
    sides.into_iter().find_map(|side| encoded(&square(&picture, side))).ok_or(FileProblem::NoPicture)
}

/// Puts a picture into its folder.
pub(crate) fn put(folder: &Path, blob: BlobId, small: &Small) -> Result<PathBuf, FileProblem> {
    write(folder, blob, small.ending, &small.bytes).map_err(|error| FileProblem::writing(&error))
}

/// Puts what arrived into its folder, if it is a picture as Snug sends them. Others may have sent anything.
pub(crate) fn keep(folder: &Path, blob: BlobId, bytes: &[u8]) -> Result<PathBuf, FileProblem> {
    let (picture, format) = decoded(bytes, &SENT, u64::from(SIDE * SIDE)).ok_or(FileProblem::NoPicture)?;
    if picture.width().max(picture.height()) > SIDE {
        return Err(FileProblem::NoPicture);
    }
    write(folder, blob, ending(format), bytes).map_err(|error| FileProblem::writing(&error))
}

/// The pictures in a folder.
pub(crate) fn listed(folder: &Path) -> BTreeMap<BlobId, PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = |file: fs::DirEntry| {
        let path = file.path();
        let ending = path.extension()?.to_str()?;
        let is_ours = SENT.into_iter().any(|format| self::ending(format) == ending);
        Some((blob_from_hex(path.file_stem()?.to_str()?)?, path)).filter(|_| is_ours)
    };
    files.filter_map(named).collect()
}

/// Removes what is in a folder and not used.
pub(crate) fn sweep(folder: &Path, used: &BTreeSet<BlobId>) {
    for (_, path) in listed(folder).into_iter().filter(|(blob, _)| !used.contains(blob)) {
        let _ = fs::remove_file(path);
    }
}

/// Written beside its place first: what stands there is whole.
fn write(folder: &Path, blob: BlobId, ending: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let (path, beside) = (folder.join(format!("{blob}.{ending}")), folder.join(format!("{blob}.new")));
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&beside)?.write_all(bytes)?;
    fs::rename(&beside, &path)?;
    Ok(path)
}

fn ending(format: ImageFormat) -> &'static str {
    if format == ImageFormat::Jpeg { "jpg" } else { "png" }
}

/// The picture in these bytes, upright; `None` for what is none, of another kind, or too large. A decoder that gives up
/// on hostile bytes in its own way takes nothing else along.
fn decoded(bytes: &[u8], kinds: &[ImageFormat], pixels_max: u64) -> Option<(DynamicImage, ImageFormat)> {
    let decode = || {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
        let format = reader.format().filter(|kind| kinds.contains(kind))?;
        let mut limits = Limits::default();
        // Small pictures need some room beside their pixels.
        limits.max_alloc = Some(pixels_max * PIXEL_BYTES + (4 << 20));
        reader.limits(limits);
        let mut decoder = reader.into_decoder().ok()?;
        let (width, height) = decoder.dimensions();
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels > pixels_max {
            return None;
        }
        let orientation = decoder.orientation().ok();
        let mut picture = DynamicImage::from_decoder(decoder).ok()?;
        if let Some(orientation) = orientation {
            picture.apply_orientation(orientation);
        }
        Some((picture, format))
    };
    catch_unwind(AssertUnwindSafe(decode)).ok().flatten()
}

/// The middle, no larger than `side`; small ones are not blown up.
fn square(picture: &DynamicImage, side: u32) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let shorter = width.min(height);
    let middle = picture.crop_imm((width - shorter) / 2, (height - shorter) / 2, shorter, shorter);
    let middle = match shorter {
        // What is much too large is made smaller roughly first: that takes a fraction of the time.
        shorter if shorter > side * 4 => middle.thumbnail_exact(side * 2, side * 2),
        _ => middle,
    };
    let small = match middle.width() {
        width if width > side => middle.resize_exact(side, side, FilterType::Lanczos3),
        _ => middle,
    };
    DynamicImage::ImageRgba8(small.into_rgba8())
}

/// As PNG, or as JPEG where that is smaller and nothing is transparent; `None` when neither is small enough.
fn encoded(picture: &DynamicImage) -> Option<Small> {
    let is_opaque = picture.as_rgba8()?.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let rgb = DynamicImage::ImageRgb8(picture.to_rgb8());
    let (mut png, mut jpeg) = (Vec::new(), Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, PngFilter::Adaptive);
    if is_opaque { &rgb } else { picture }.write_with_encoder(encoder).ok()?;
    if is_opaque {
        rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY)).ok()?;
    }
    let small = match is_opaque && jpeg.len() < png.len() {
        true => Small { bytes: jpeg, ending: ending(ImageFormat::Jpeg) },
        false => Small { bytes: png, ending: ending(ImageFormat::Png) },
    };
    (small.bytes.len() as u64 <= PICTURE_MAX).then_some(small)
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    const BLOB: BlobId = BlobId([7; 16]);

    /// A picture that does not compress well, as photographs do not.
    fn noise(width: u32, height: u32, alpha: u8) -> DynamicImage {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        RgbaImage::from_fn(width, height, |_, _| Rgba([next(), next(), next(), alpha])).into()
    }

    fn size(path: &Path) -> (u32, u32) {
        image::image_dimensions(path).unwrap()
    }

    #[test]
    fn a_picture_is_cut_to_a_small_square() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chosen");
        for (width, height, expected) in [(1200, 900, 256), (300, 2000, 256), (90, 40, 40), (1, 1, 1)] {
            noise(width, height, 255).save_with_format(&path, ImageFormat::Png).unwrap();
            let kept = put(folder.path(), BLOB, &small(&path).unwrap()).unwrap();
            assert_eq!(size(&kept), (expected, expected), "{width} by {height}");
            assert!(fs::metadata(&kept).unwrap().len() <= PICTURE_MAX);
            assert_eq!(keep(folder.path(), BLOB, &fs::read(&kept).unwrap()).unwrap(), kept);
            fs::remove_file(kept).unwrap();
        }
    }

    #[test]
    fn what_is_transparent_stays_so_and_fits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chosen.webp");
        noise(400, 400, 90).save_with_format(&path, ImageFormat::WebP).unwrap();
        let small = small(&path).unwrap();
        assert_eq!(small.ending, "png");
        assert!(small.bytes.len() as u64 <= PICTURE_MAX);
        let (picture, _) = decoded(&small.bytes, &SENT, PIXELS_MAX).unwrap();
        assert!(picture.into_rgba8().pixels().all(|pixel| pixel.0[3] == 90));
    }

    #[test]
    fn nothing_but_pixels_goes_along_and_photographs_stand_upright() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photo.jpg");
        let mut photo = Vec::new();
        let mut left_red = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 255, 255]));
        left_red
            .enumerate_pixels_mut()
            .filter(|(x, ..)| *x < 32)
            .for_each(|(.., pixel)| pixel.0 = [255, 0, 0, 255]);
        let rgb = DynamicImage::ImageRgba8(left_red).into_rgb8();
        DynamicImage::from(rgb).write_to(&mut Cursor::new(&mut photo), ImageFormat::Jpeg).unwrap();
        // Turned a quarter to the right, as cameras say it, with where it was taken behind it.
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        exif.extend(b"taken at home");
        let mut segment = vec![0xff, 0xe1];
        segment.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        segment.extend(exif);
        photo.splice(2..2, segment);
        fs::write(&path, &photo).unwrap();
        let small = small(&path).unwrap();
        let has = |bytes: &[u8]| small.bytes.windows(bytes.len()).any(|part| part == bytes);
        assert!(!has(b"Exif") && !has(b"taken at home"));
        let (picture, _) = decoded(&small.bytes, &SENT, PIXELS_MAX).unwrap();
        let picture = picture.into_rgba8();
        let is_red = |x, y| picture.get_pixel(x, y).0[0] > 128;
        assert!(is_red(16, 8) && is_red(48, 8) && !is_red(16, 56), "left is up now");
    }

    #[test]
    fn what_is_no_picture_or_not_one_that_snug_sends_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chosen");
        for bytes in
            [&b"hello, bob"[..], b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff"]
        {
            fs::write(&path, bytes).unwrap();
            assert_eq!(small(&path), Err(FileProblem::NoPicture));
            assert_eq!(keep(folder.path(), BLOB, bytes), Err(FileProblem::NoPicture));
        }
        assert_eq!(small(folder.path()), Err(FileProblem::NoPicture));
        assert_eq!(small(&folder.path().join("gone")), Err(FileProblem::Missing));
        for (width, height, format) in
            [(257, 100, ImageFormat::Png), (16, 300, ImageFormat::Jpeg), (64, 64, ImageFormat::Gif)]
        {
            let mut bytes = Vec::new();
            let picture = DynamicImage::from(noise(width, height, 255).into_rgb8());
            picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
            assert_eq!(keep(folder.path(), BLOB, &bytes), Err(FileProblem::NoPicture));
        }
        assert!(listed(folder.path()).is_empty());
    }

    #[test]
    fn what_is_used_no_more_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chosen");
        noise(20, 20, 255).save_with_format(&path, ImageFormat::Png).unwrap();
        let small = small(&path).unwrap();
        let other = BlobId([8; 16]);
        for blob in [BLOB, other] {
            put(folder.path(), blob, &small).unwrap();
        }
        assert_eq!(listed(folder.path()).len(), 2);
        sweep(folder.path(), &BTreeSet::from([other]));
        assert_eq!(listed(folder.path()).keys().collect::<Vec<_>>(), [&other]);
        assert!(path.exists(), "what is no picture of ours stays");
    }
}
