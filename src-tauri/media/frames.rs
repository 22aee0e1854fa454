//! All frames of an image: whether they are complete, and turned upright where a file says that they are to be turned.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder as _, DynamicImage, Frames, ImageDecoder as _};

use super::container::{self, Clean, Frame};
use super::limits::{DECODED, Share};
use super::model::{ImportNote, NoteSubject};
use super::note;
use super::picture::{FINE, damaged, internal};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;
use crate::store::hash;

/// The most pixels that the frames of an animation may have together where each of them is decoded.
const WORK: u64 = 2_000_000_000;
/// More bytes than the last pixels of a JPEG can be waiting for, twice and differently.
const FILLERS: [[u8; 64]; 2] = [[0x00; 64], [0xaa; 64]];

/// Whether all pixels of a file are there, of which the end was missing and whose first frame can be decoded.
///
/// # Errors
/// `Cancelled`; `TooLarge`.
pub(super) fn are_complete(kind: Kind, clean: &Clean, cancel: &Cancel) -> Result<bool> {
    if kind == Kind::Jpeg {
        return is_jpeg_complete(clean, cancel);
    }
    if !clean.is_animated {
        return Ok(true);
    }
    let mut work = 0;
    let (frames, _share) = frames(kind, &clean.bytes, cancel)?;
    for frame in frames {
        cancel.check()?;
        let Ok(frame) = frame else { return Ok(false) };
        spend(&mut work, frame.buffer().width(), frame.buffer().height())?;
    }
    Ok(true)
}

/// A decoder of JPEGs makes up the pixels that are missing. It cannot tell, but they depend on what is put in their place.
fn is_jpeg_complete(clean: &Clean, cancel: &Cancel) -> Result<bool> {
    let mut seen = Vec::new();
    for filler in FILLERS {
        cancel.check()?;
        let Some(bytes) = container::with_filler(Kind::Jpeg, clean, &filler) else { return Ok(false) };
        let Ok(decoder) = JpegDecoder::new(Cursor::new(&bytes)) else { return Ok(false) };
        let size = decoder.total_bytes();
        let _share = Share::take(size * 3, cancel)?;
        let mut pixels = vec![0; usize::try_from(size).map_err(internal)?];
        if decoder.read_image(&mut pixels).is_err() {
            return Ok(false);
        }
        seen.push(hash(&pixels));
    }
    Ok(seen.windows(2).all(|two| two[0] == two[1]))
}

/// An animated WebP with every frame turned upright: browsers do not heed what its EXIF data say.
///
/// # Errors
/// `Cancelled`; `TooLarge`; `InvalidInput` if a frame is damaged.
pub(super) fn turned(clean: &mut Clean, orientation: u8, cancel: &Cancel) -> Result<Vec<u8>> {
    let orientation = Orientation::from_exif(orientation).unwrap_or(Orientation::NoTransforms);
    // What was kept without loss stays so.
    let is_lossless = clean.bytes.windows(4).any(|name| name == b"VP8L");
    let (mut turned, mut work, mut size) = (Vec::new(), 0, (0, 0));
    let mut bytes = 0;
    let (frames, _share) = frames(Kind::WebP, &clean.bytes, cancel)?;
    for frame in frames {
        cancel.check()?;
        let frame = frame.map_err(damaged)?;
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let millis = numerator / denominator.max(1);
        let mut image = DynamicImage::ImageRgba8(frame.into_buffer());
        image.apply_orientation(orientation);
        size = (image.width(), image.height());
        spend(&mut work, size.0, size.1)?;
        let encoder = webp::Encoder::from_rgba(image.as_bytes(), size.0, size.1);
        let encoded = encoder.encode_simple(is_lossless, f32::from(FINE)).map_err(|cause| internal(format!("{cause:?}")))?.to_vec();
        bytes += encoded.len() as u64;
        if bytes > DECODED {
            return Err(laborious());
        }
        turned.push(Frame { millis, encoded });
    }
    let animation = container::animation(&clean.bytes, &turned, size.0, size.1);
    let animation = animation.ok_or_else(|| internal("the frames do not make an animation"))?;
    note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::Orientation).with_names(["every frame was turned upright"]));
    Ok(animation)
}

/// The frames of an animation, once there is room for a few of them.
fn frames<'a>(kind: Kind, bytes: &'a [u8], cancel: &Cancel) -> Result<(Frames<'a>, Share)> {
    let source = Cursor::new(bytes);
    let share = |(width, height): (u32, u32)| Share::take(u64::from(width) * u64::from(height) * 12, cancel);
    Ok(match kind {
        Kind::Png => {
            let decoder = PngDecoder::new(source).map_err(damaged)?;
            let share = share(decoder.dimensions())?;
            (decoder.apng().map_err(damaged)?.into_frames(), share)
        }
        Kind::Gif => {
            let decoder = GifDecoder::new(source).map_err(damaged)?;
            let share = share(decoder.dimensions())?;
            (decoder.into_frames(), share)
        }
        _ => {
            let decoder = WebPDecoder::new(source).map_err(damaged)?;
            let share = share(decoder.dimensions())?;
            (decoder.into_frames(), share)
        }
    })
}

fn spend(work: &mut u64, width: u32, height: u32) -> Result<()> {
    *work += u64::from(width) * u64::from(height);
    if *work > WORK { Err(laborious()) } else { Ok(()) }
}

fn laborious() -> Error {
    Error::new(Code::TooLarge, "The animation has too many frames to be repaired or turned upright. It was not added.")
}
