//! The containers of pictures: looked through byte by byte before anything is decoded, and written again without metadata.
//!
//! A file without all its pixels is refused here, and so is one made to keep a decoder busy. What every browser forgives is
//! repaired: an end that is missing, bytes that belong to nothing, a checksum. The compressed pixels are never touched, so
//! nothing is lost. What the pixels need stays: colour profiles, transparency, animation. What
//! tells of the person or the place goes: EXIF, XMP, comments, and whatever else is not known.

mod exif;
mod gif;
mod isobmff;
mod items;
mod jpeg;
mod mp3;
mod pdf;
mod png;
mod samples;
mod webm;
mod webp;

use std::io::{Read, Seek};

use super::model::{ImportNote, NoteSubject};
use super::note;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;
use crate::store::Patch;

/// A picture without its metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Clean {
    /// The file as it is kept.
    pub bytes: Vec<u8>,
    /// The EXIF data that were in it: they may say how the picture is to be turned.
    pub exif: Option<Vec<u8>>,
    /// Whether it moves.
    pub is_animated: bool,
    /// How often a decoder goes over all pixels; progressive JPEGs come in many scans.
    pub scans: u32,
    /// Whether its end was missing: then decoding all of it must show whether the pixels are all there.
    pub is_open_ended: bool,
    /// What was removed, kept or repaired.
    pub notes: Vec<ImportNote>,
}

/// What is to be changed in a file, and what that does.
#[derive(Debug, Default)]
pub(super) struct Cleaning {
    pub patches: Vec<Patch>,
    pub notes: Vec<ImportNote>,
}

/// Looks a picture through and takes its metadata out.
///
/// # Errors
/// `InvalidInput` if it is cut off or damaged.
pub(super) fn clean(kind: Kind, bytes: &[u8]) -> Result<Clean> {
    let cleaned = match kind {
        Kind::Jpeg => jpeg::clean(bytes),
        Kind::Png => png::clean(bytes),
        Kind::Gif => gif::clean(bytes),
        Kind::WebP => webp::clean(bytes),
        Kind::Avif => isobmff::clean(bytes),
        _ => Ok(Clean { bytes: bytes.to_owned(), ..Clean::default() }),
    };
    cleaned.map_err(damaged)
}

/// The error for a file with a flaw.
fn damaged(flaw: Flaw) -> Error {
    refused("image", flaw)
}

fn refused(what: &str, flaw: Flaw) -> Error {
    let why = match flaw {
        Flaw::Truncated => "it is cut off",
        Flaw::Damaged => "it cannot be read",
        Flaw::Laborious => "it is made of far too many parts",
    };
    Error::new(Code::InvalidInput, format!("The {what} is damaged: {why}. It was not added; export it once more."))
}

/// The error for a file that ends before its pixels do.
pub(super) fn cut_off() -> Error {
    damaged(Flaw::Truncated)
}

/// The file, of which the end was missing, with these bytes in front of the end that it was given: one whose pixels are all
/// there looks the same with any.
pub(super) fn with_filler(kind: Kind, clean: &Clean, filler: &[u8]) -> Option<Vec<u8>> {
    let body = clean.bytes.strip_suffix(&jpeg::END).filter(|_| kind == Kind::Jpeg)?;
    Some([body, filler, &jpeg::END].concat())
}

/// Puts EXIF data into an animated PNG that hold its orientation and nothing else: browsers heed them, and not a frame has to
/// be encoded again.
pub(super) fn with_orientation(png: &mut Clean, orientation: u8) {
    png::with_orientation(png, orientation);
    note::add(&mut png.notes, ImportNote::kept(NoteSubject::Orientation).with_names(["in EXIF data without anything else"]));
}

/// What is to be changed in a film, a sound or a document, so that it has no metadata. What its kind cannot do without, and
/// what is out of reach, stays: notes say so.
///
/// # Errors
/// `InvalidInput` if it is cut off or damaged.
pub(super) fn clean_stream(kind: Kind, stream: impl Read + Seek) -> Result<Cleaning> {
    let (what, cleaned) = match kind {
        Kind::Mp4 => ("video", isobmff::film(stream)),
        Kind::WebM => ("video", webm::film(stream)),
        Kind::Mp3 => ("audio file", mp3::sound(stream)),
        _ => return Ok(Cleaning::default()),
    };
    cleaned.map_err(|flaw| refused(what, flaw))
}

/// As [`clean_stream`], of a PDF.
pub(super) fn clean_document(bytes: &[u8]) -> Cleaning {
    pdf::document(bytes)
}

/// A WebP file as an encoder wrote it, with the colour profile that the pixels need, if any.
pub(super) fn with_icc(webp: &[u8], icc: Option<&[u8]>, width: u32, height: u32, has_alpha: bool) -> Vec<u8> {
    icc.map_or_else(|| webp.to_vec(), |icc| webp::with_icc(webp, icc, width, height, has_alpha))
}

pub(super) use webp::{Frame, animation};

/// What is wrong with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It ends before it says so.
    Truncated,
    /// It does not follow its format.
    Damaged,
    /// It would take a decoder far longer than a picture should.
    Laborious,
}

/// Bytes being read from the front; whoever asks for more than there is meets the end of a file that was cut off.
#[derive(Debug, Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Flaw> {
        let end = self.at.checked_add(count).ok_or(Flaw::Truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(Flaw::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        self.take(N)?.try_into().map_err(|_| Flaw::Truncated)
    }

    fn byte(&mut self) -> Result<u8, Flaw> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What was read since `start`.
    fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::store::patched;

    const KINDS: [Kind; 9] = [Kind::Jpeg, Kind::Png, Kind::Gif, Kind::WebP, Kind::Avif, Kind::Mp4, Kind::WebM, Kind::Mp3, Kind::Pdf];

    /// Cleans bytes as if they were of a kind; gives them as they are then.
    fn cleaned(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
        let cleaning = match kind {
            Kind::Pdf => clean_document(bytes),
            Kind::Mp4 | Kind::WebM | Kind::Mp3 => clean_stream(kind, Cursor::new(bytes)).ok()?,
            _ => return clean(kind, bytes).ok().map(|clean| clean.bytes),
        };
        Some(patched(bytes, cleaning.patches))
    }

    #[test]
    fn damaged_files_are_cleaned_or_refused_whatever_the_damage_is() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media-corpus");
        // xorshift64 (Marsaglia, 2003), so that every run is the same.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
        };
        let mut count = 0;
        for part in ["images", "recorded"] {
            for entry in std::fs::read_dir(folder.join(part)).unwrap().flatten() {
                let bytes = std::fs::read(entry.path()).unwrap();
                for round in 0..60 {
                    let mut damaged = bytes.clone();
                    for _ in 0..round % 7 {
                        let at = random(damaged.len());
                        damaged[at] = [0, 0xff, 1, 0x7f, 0x80][random(5)];
                    }
                    damaged.truncate(if round % 3 == 0 { random(damaged.len()) } else { damaged.len() });
                    let kind = if round % 5 == 0 { KINDS[random(KINDS.len())] } else { Kind::sniff(&bytes, "a").unwrap() };
                    if let Some(clean) = cleaned(kind, &damaged) {
                        count += 1;
                        let keeps_its_length = matches!(kind, Kind::Avif | Kind::Mp4 | Kind::WebM | Kind::Pdf);
                        assert!(!keeps_its_length || clean.len() == damaged.len(), "{kind:?} {}", entry.path().display());
                        // What is clean stays as it is.
                        assert_eq!(cleaned(kind, &clean).as_ref(), Some(&clean), "{kind:?} {}", entry.path().display());
                    }
                }
            }
        }
        assert!(count > 300, "{count} were taken");
    }
}
