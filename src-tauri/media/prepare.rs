//! One file made ready for a site, in a staging folder and without the lock: looked through, cleaned, and with its variants.

use std::io::Seek as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::limits::{Share, check_pixels};
use super::model::ImportNote;
use super::picture::{FINE, Header, Picture};
use super::source::Source;
use super::{container, frames, svg};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;
use crate::site::sizes::Size;
use crate::store::{copy_open, copy_patched, create_staged, disk, hash, hash_file};

/// A file in a staging folder.
#[derive(Debug, Clone)]
pub(super) struct Staged {
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
    /// BLAKE3 of the bytes.
    pub hash: String,
}

/// A smaller picture of a picture.
#[derive(Debug, Clone)]
pub(super) struct Variant {
    /// What the size is called, such as `thumb`.
    pub name: String,
    pub kind: Kind,
    pub width: u32,
    pub height: u32,
    pub file: Staged,
}

/// A file that is ready to be put into a site.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub kind: Kind,
    pub main: Staged,
    /// Width and height in pixels, where it has any.
    pub dimensions: Option<(u32, u32)>,
    pub variants: Vec<Variant>,
    /// What was removed from the file, kept in it, or repaired.
    pub notes: Vec<ImportNote>,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Ready(Box<Prepared>),
    /// Its bytes are there already, in the item of this id.
    Duplicate(String),
}

/// Where and how files are made ready.
pub(super) struct Workshop<'a> {
    /// The staging folder.
    pub folder: &'a Path,
    pub sizes: &'a [Size],
    pub cancel: &'a Cancel,
    /// Asked with size and hash of a file that is ready to be kept, before the dear part: the id of the item that has it already.
    pub known: &'a (dyn Fn(u64, &str) -> Option<String> + Sync),
}

impl Workshop<'_> {
    /// Makes a file ready; what it writes is called by `number`. A failure leaves nothing of it.
    ///
    /// # Errors
    /// `InvalidInput`, `TooLarge`, `Cancelled`; `DiskFull`, `NotWritable` or `Io` of the staging folder; `Internal` when a decoder
    /// met a defect of its own.
    pub fn prepare(&self, path: &Path, number: usize) -> Result<Outcome> {
        let base = self.folder.join(number.to_string());
        let done = catch_unwind(AssertUnwindSafe(|| self.attempt(path, &base))).unwrap_or_else(|_| {
            Err(Error::new(Code::Internal, "Backlot met a defect of its own in this file. It was not added; all others are."))
        });
        if !matches!(done, Ok(Outcome::Ready(_))) {
            self.remove(&base);
        }
        done
    }

    fn attempt(&self, path: &Path, base: &Path) -> Result<Outcome> {
        self.cancel.check()?;
        let mut source = Source::open(path)?;
        match source.kind {
            Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP => self.picture(&mut source, base),
            Kind::Mp4 | Kind::WebM | Kind::Mp3 | Kind::Pdf => self.copy(&mut source, base),
            Kind::Avif => {
                let bytes = source.read()?;
                let clean = container::clean(Kind::Avif, &bytes)?;
                let size = imagesize::blob_size(&bytes).map_err(|_| {
                    Error::new(Code::InvalidInput, "The picture is damaged: it does not say how large it is. It was not added.")
                })?;
                let dimensions = (u32::try_from(size.width).unwrap_or(u32::MAX), u32::try_from(size.height).unwrap_or(u32::MAX));
                check_pixels(dimensions.0, dimensions.1)?;
                self.keep(Kind::Avif, &clean.bytes, Some(dimensions), clean.notes, base)
            }
            Kind::Svg => {
                let drawing = svg::sanitize(&source.read()?)?;
                self.keep(Kind::Svg, &drawing.bytes, drawing.dimensions, drawing.notes, base)
            }
            kind @ (Kind::Text | Kind::Markdown | Kind::Csv) => {
                let bytes = source.read()?;
                if str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
                    return Err(Error::new(Code::InvalidInput, "It is not plain text in UTF-8. It was not added; save it as such."));
                }
                self.keep(kind, &bytes, None, Vec::new(), base)
            }
        }
    }

    fn picture(&self, source: &mut Source, base: &Path) -> Result<Outcome> {
        let kind = source.kind;
        let mut clean = container::clean(kind, &source.read()?)?;
        let header = Header::read(kind, &clean)?;
        let dimensions = header.dimensions();
        let (is_turned, orientation) = (header.is_turned(), header.orientation());
        let hash_of_clean = hash(&clean.bytes);
        if !is_turned && let Some(id) = (self.known)(clean.bytes.len() as u64, &hash_of_clean) {
            return Ok(Outcome::Duplicate(id));
        }
        self.cancel.check()?;
        // Decoded even where nothing smaller is made of it: it must be whole.
        let picture = header.decode(self.cancel);
        if clean.is_open_ended {
            // What is missing is missing from the end, whatever the decoder says of it.
            let is_whole = picture.is_ok() && frames::are_complete(kind, &clean, self.cancel)?;
            if !is_whole && picture.as_ref().err().is_none_or(|cause| cause.code == Code::InvalidInput) {
                return Err(container::cut_off());
            }
        }
        let picture = picture?;
        self.cancel.check()?;
        let is_animated = clean.is_animated;
        let kept = match (is_turned, is_animated) {
            (false, _) => std::mem::take(&mut clean.bytes),
            (true, false) => picture.encode(kind, FINE)?,
            (true, true) if kind == Kind::Png => {
                container::with_orientation(&mut clean, orientation);
                std::mem::take(&mut clean.bytes)
            }
            (true, true) => frames::turned(&mut clean, orientation, self.cancel)?,
        };
        let main = self.write(base, &kept)?;
        drop(kept);
        if is_turned && let Some(id) = (self.known)(main.size, &main.hash) {
            return Ok(Outcome::Duplicate(id));
        }
        // A page that asks for a smaller size of an animation would get a picture that does not move.
        let variants = if is_animated { Vec::new() } else { self.variants(kind, &picture, base)? };
        Ok(Outcome::Ready(Box::new(Prepared { kind, main, dimensions: Some(dimensions), variants, notes: clean.notes })))
    }

    /// The smaller pictures of a picture, the largest first, each made of the one before it.
    ///
    /// # Errors
    /// `Cancelled`; `DiskFull`, `NotWritable` or `Io`.
    pub fn variants(&self, kind: Kind, picture: &Picture, base: &Path) -> Result<Vec<Variant>> {
        // A GIF has 256 colours, too few for a smaller picture that is to look the same.
        let kind = if kind == Kind::Gif { Kind::Png } else { kind };
        let mut sizes: Vec<&Size> = self.sizes.iter().filter(|size| size.width < picture.width).collect();
        sizes.sort_by_key(|size| std::cmp::Reverse(size.width));
        let mut variants = Vec::new();
        let mut last: Option<Picture> = None;
        for size in sizes {
            self.cancel.check()?;
            let height = height_for(size.width, picture.width, picture.height);
            let resized = last.as_ref().unwrap_or(picture).resized(size.width, height)?;
            let bytes = resized.encode(kind, size.quality)?;
            let file = self.write(&base.with_extension(&size.name), &bytes)?;
            variants.push(Variant { name: size.name.clone(), kind, width: size.width, height, file });
            last = Some(resized);
        }
        // The smallest first, as the catalogue lists them.
        variants.reverse();
        Ok(variants)
    }

    /// Films and the like are not decoded: they are copied, without their metadata.
    fn copy(&self, source: &mut Source, base: &Path) -> Result<Outcome> {
        let cleaning = if source.kind == Kind::Pdf {
            let _share = Share::take(source.size, self.cancel)?;
            let bytes = source.read()?;
            if !bytes[bytes.len().saturating_sub(2048)..].windows(5).any(|five| five == b"%%EOF") {
                return Err(Error::new(Code::InvalidInput, "The PDF is damaged: it is cut off. It was not added; export it once more."));
            }
            container::clean_document(&bytes)
        } else {
            container::clean_stream(source.kind, &mut source.file)?
        };
        source.file.rewind().map_err(|cause| Error::io("read", base, &cause))?;
        let copied = if cleaning.patches.is_empty() {
            copy_open(&mut source.file, base, self.cancel)
        } else {
            copy_patched(&mut source.file, base, cleaning.patches, self.cancel)
        };
        let size = copied.map_err(|cause| Error::io("copy the file", base, &cause))?;
        self.cancel.check()?;
        let hash = hash_file(base)?.unwrap_or_default();
        if let Some(id) = (self.known)(size, &hash) {
            return Ok(Outcome::Duplicate(id));
        }
        let main = Staged { path: base.to_owned(), size, hash };
        Ok(Outcome::Ready(Box::new(Prepared { kind: source.kind, main, dimensions: None, variants: Vec::new(), notes: cleaning.notes })))
    }

    fn keep(&self, kind: Kind, bytes: &[u8], dimensions: Option<(u32, u32)>, notes: Vec<ImportNote>, base: &Path) -> Result<Outcome> {
        if let Some(id) = (self.known)(bytes.len() as u64, &hash(bytes)) {
            return Ok(Outcome::Duplicate(id));
        }
        let main = self.write(base, bytes)?;
        Ok(Outcome::Ready(Box::new(Prepared { kind, main, dimensions, variants: Vec::new(), notes })))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<Staged> {
        self.cancel.check()?;
        create_staged(path, bytes).map_err(|cause| Error::io("write the file", path, &cause))?;
        Ok(Staged { path: path.to_owned(), size: bytes.len() as u64, hash: hash(bytes) })
    }

    /// Removes what a file that failed has left in the staging folder.
    fn remove(&self, base: &Path) {
        let _ = disk::remove_file(base);
        for size in self.sizes {
            let _ = disk::remove_file(base.with_extension(&size.name));
        }
    }
}

/// The height that goes with a width, rounded, and never none.
fn height_for(width: u32, of_width: u32, of_height: u32) -> u32 {
    let (width, of_width, of_height) = (u64::from(width), u64::from(of_width).max(1), u64::from(of_height));
    u32::try_from((width * of_height + of_width / 2) / of_width).unwrap_or(u32::MAX).max(1)
}

impl Prepared {
    /// Every file of it.
    pub fn files(&self) -> impl Iterator<Item = &Staged> {
        std::iter::once(&self.main).chain(self.variants.iter().map(|variant| &variant.file))
    }

    /// Removes its files, if they are still in the staging folder.
    pub fn remove(&self) {
        for file in self.files() {
            let _ = disk::remove_file(&file.path);
        }
    }
}
