//! Small pictures for the window, and the files themselves for who shows them.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::catalogue;
use super::picture::{Header, Picture};
use super::source::Source;
use super::{Media, container};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::file;
use crate::site::kind::Kind;
use crate::store::{hash, read_disposable, write_disposable};

/// The longest side of a thumbnail, in pixels.
const SIDE: u32 = 256;
/// Counted up when thumbnails are made otherwise: those that were made before are not found any more.
const VERSION: u32 = 1;
/// The quality of thumbnails, 1 to 100.
const QUALITY: u8 = 82;
/// The most bytes of a picture that is shown as it is.
const AS_IT_IS: u64 = 10_000_000;

/// A picture's bytes and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The media type.
    pub mime: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// An open file of a demo's media.
#[derive(Debug)]
pub struct MediaFile {
    /// The media type, by its ending.
    pub mime: &'static str,
    /// In bytes.
    pub size: u64,
    /// At its beginning.
    pub file: File,
}

impl Media {
    /// Opens a file under `uploads/`, never through a link.
    ///
    /// # Errors
    /// `NotFound`, also for whatever is no media file.
    pub fn file(&self, path: &str) -> Result<MediaFile> {
        let not_found = || Error::new(Code::NotFound, format!("There is no media file {path}."));
        let kind = Kind::of_ending(path).ok_or_else(not_found)?;
        catalogue::stored(path).ok_or_else(not_found)?;
        let file = file::open(&self.site(), path.trim_start_matches('/')).map_err(|_| not_found())?;
        let size = file.metadata().map_err(|_| not_found())?.len();
        Ok(MediaFile { mime: kind.mime(), size, file })
    }

    /// A picture of at most 256 pixels a side of an image; a drawing as it is. Kept in the workspace's cache and made again when
    /// the file changed.
    ///
    /// # Errors
    /// `NotFound` for what is no image; `InvalidInput` or `TooLarge` if it cannot be shown.
    pub fn thumbnail(&self, path: &str) -> Result<Thumbnail> {
        let MediaFile { size, file, .. } = self.file(path)?;
        let kind = Kind::of_ending(path).filter(|kind| kind.is_image());
        let kind = kind.ok_or_else(|| Error::new(Code::NotFound, format!("{path} is no picture.")))?;
        if matches!(kind, Kind::Svg | Kind::Avif) {
            super::limits::check_bytes(size, AS_IT_IS)?;
            let bytes = Source { file, kind, size }.read()?;
            return Ok(Thumbnail { mime: kind.mime(), bytes });
        }
        let modified = file.metadata().and_then(|found| found.modified()).map_err(|cause| Error::io("read", Path::new(path), &cause))?;
        let kept = self.kept(path, &format!("{VERSION} {} {path} {size} {modified:?}", self.folder.display()));
        if let Some(bytes) = read_disposable(&kept)
            && let Some(mime) = mime_of(&bytes)
        {
            return Ok(Thumbnail { mime, bytes });
        }
        let picture = self.smallest_enough(path)?;
        let (width, height) = fitting(picture.width, picture.height);
        let small = if (width, height) == (picture.width, picture.height) { picture } else { picture.resized(width, height)? };
        let bytes = small.encode(if small.has_alpha() { Kind::Png } else { Kind::Jpeg }, QUALITY)?;
        if let Err(cause) = write_disposable(&kept, &bytes) {
            tracing::warn!(path = %kept.display(), error = %cause, "a thumbnail could not be kept");
        }
        Ok(Thumbnail { mime: mime_of(&bytes).unwrap_or("image/jpeg"), bytes })
    }

    /// Where a thumbnail is kept; one folder for each two hexadecimal digits, so that none grows too large.
    fn kept(&self, path: &str, what: &str) -> PathBuf {
        let hash = hash(what.as_bytes());
        let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        self.workspace.thumbnails().join(&hash[..2]).join(format!("{}.{ending}", &hash[2..]))
    }

    /// The smallest of a picture's sizes that has enough pixels for a thumbnail, decoded: a large one need not be decoded for it.
    fn smallest_enough(&self, path: &str) -> Result<Picture> {
        let entries = self.entries().unwrap_or_default();
        let entry = entries.iter().find(|entry| entry.path == path);
        let mut sizes: Vec<(u64, &str)> = entry
            .into_iter()
            .flat_map(|entry| entry.variants().map(|(name, path)| (entry.sizes[name]["width"].as_u64().unwrap_or_default(), path)))
            .filter(|(width, _)| *width >= u64::from(SIDE))
            .collect();
        sizes.sort_unstable();
        let smaller = sizes.first().and_then(|(_, path)| self.decoded(path).ok());
        smaller.filter(|picture| picture.width >= SIDE).map_or_else(|| self.decoded(path), Ok)
    }

    fn decoded(&self, path: &str) -> Result<Picture> {
        let MediaFile { size, file, .. } = self.file(path)?;
        let kind = Kind::of_ending(path).unwrap_or(Kind::Jpeg);
        let mut source = Source { file, kind, size };
        // What a template brought was never looked through, and its name may say anything.
        let bytes = source.read()?;
        let kind = Kind::sniff(bytes.get(..64).unwrap_or(&bytes), path).unwrap_or(kind);
        let clean = container::clean(kind, &bytes)?;
        Header::read(kind, &clean)?.decode(&Cancel::new())
    }
}

/// A JPEG of a picture that is given as rows of red, green and blue, at most `widest` pixels wide; quality from 1 to 100.
///
/// # Errors
/// `InvalidInput` if the bytes are no picture of that size.
pub fn small_jpeg(width: u32, height: u32, pixels: Vec<u8>, widest: u32, quality: u8) -> Result<Vec<u8>> {
    let wrong = || Error::new(Code::InvalidInput, format!("{width} × {height} is not the size of the picture that was taken."));
    let picture = Picture::of_rgb(width, height, pixels).ok_or_else(wrong)?;
    if width <= widest {
        return picture.encode(Kind::Jpeg, quality);
    }
    let tall = u32::try_from(u64::from(height) * u64::from(widest) / u64::from(width)).unwrap_or(height).max(1);
    picture.resized(widest, tall)?.encode(Kind::Jpeg, quality)
}

/// Width and height that fit into a thumbnail; a smaller picture keeps its own.
fn fitting(width: u32, height: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= SIDE {
        return (width, height);
    }
    let scaled =
        |side: u32| u32::try_from((u64::from(side) * u64::from(SIDE) + u64::from(longest) / 2) / u64::from(longest)).unwrap_or(SIDE).max(1);
    (scaled(width), scaled(height))
}

fn mime_of(bytes: &[u8]) -> Option<&'static str> {
    Kind::sniff(bytes.get(..64).unwrap_or(bytes), "").ok().filter(|kind| kind.is_image()).map(Kind::mime)
}
