//! The attribute `working-tree-encoding` (gitattributes(5)), which libgit2 does not know: files that are UTF-8 in the repository and
//! in another encoding on the disk.
//!
//! They are converted after the checkout, and the index is told of the files as they are then, so that `git status` is clean.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use encoding_rs::Encoding;
use git2::{AttrCheckFlags, IndexEntry, IndexTime, Repository};

use crate::error::{Error, Result};
use crate::site::file;
use crate::store::disk;

/// The attribute.
const ATTRIBUTE: &str = "working-tree-encoding";

/// A file that is not in the encoding that its repository asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEncoded {
    /// From the site's root.
    pub path: String,
    /// The encoding.
    pub encoding: String,
}

/// Converts every file of a fresh checkout that is to be in another encoding. What cannot be converted stays as it is.
pub(super) fn apply(repository: &Repository, site: &Path) -> Result<()> {
    let failed = |cause: git2::Error| super::failure::explain(&cause, "the template", site);
    let wanted = wanted(repository).map_err(failed)?;
    if wanted.is_empty() {
        return Ok(());
    }
    let mut index = repository.index().map_err(failed)?;
    for (entry, path, encoding) in wanted {
        let Some(encoded) = file::read_text(site, &path)?.and_then(|text| encode(&text, &encoding)) else {
            tracing::warn!(path, encoding, "a file could not be written in its encoding");
            continue;
        };
        let at = site.join(&path);
        rewrite(&at, &encoded).map_err(|cause| Error::io("write", &at, &cause))?;
        let noted = noted(entry, &at).map_err(|cause| Error::io("read", &at, &cause))?;
        index.add(&noted).map_err(failed)?;
    }
    index.write().map_err(failed)
}

/// The files of a working tree that are not in the encoding that they should be in.
pub fn not_encoded(site: &Path) -> Vec<NotEncoded> {
    let Ok(repository) = super::head::open(site) else { return Vec::new() };
    let wanted = wanted(&repository).unwrap_or_default();
    let is_not = |path: &str, encoding: &str| file::read(site, path).ok().flatten().is_some_and(|bytes| !is_encoded(&bytes, encoding));
    let found = wanted.into_iter().filter(|(_, path, encoding)| is_not(path, encoding));
    found.map(|(_, path, encoding)| NotEncoded { path, encoding }).collect()
}

/// Every file of the index with an encoding of its own.
fn wanted(repository: &Repository) -> Result<Vec<(IndexEntry, String, String)>, git2::Error> {
    let index = repository.index()?;
    let site = repository.workdir().unwrap_or_else(|| repository.path());
    let path_of = |entry: &IndexEntry| String::from_utf8(entry.path.clone()).ok();
    // Looking at the attributes of every file takes long, so the files that set them are read first.
    let mut is_set = false;
    for path in index.iter().filter_map(|entry| path_of(&entry)).filter(|path| path.rsplit('/').next() == Some(".gitattributes")) {
        let text = file::read_text(site, &path).map_err(|error| git2::Error::from_str(&error.message))?;
        is_set |= text.is_some_and(|text| text.contains(ATTRIBUTE));
    }
    if !is_set {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in index.iter().filter(|entry| entry.mode & 0o170_000 == 0o100_000) {
        let Some(path) = path_of(&entry) else { continue };
        if let Some(encoding) = repository.get_attr(Path::new(&path), ATTRIBUTE, AttrCheckFlags::FILE_THEN_INDEX)? {
            // A bare attribute has no value; libgit2 gives the words of its own for “set” and “unset”.
            if !matches!(encoding, "[internal]__TRUE__" | "[internal]__FALSE__" | "") && !is_utf_8(encoding) {
                let encoding = encoding.to_owned();
                found.push((entry, path, encoding));
            }
        }
    }
    Ok(found)
}

/// Writes a file of a fresh checkout anew, and lets it look older than the index: what is as old as the index is compared byte by
/// byte, and libgit2 would compare in UTF-8.
fn rewrite(at: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = disk::open_to_update(at)?;
    file.set_len(0)?;
    let before = file.metadata()?.modified()?;
    file.write_all(bytes)?;
    file.set_modified(before - Duration::from_secs(2))
}

/// An entry of the index with what the file system says of its file.
fn noted(entry: IndexEntry, at: &Path) -> std::io::Result<IndexEntry> {
    let found = disk::symlink_metadata(at)?;
    // The index keeps the lower half of each number.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "so it is written in the index's format")]
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(IndexEntry {
            ctime: IndexTime::new(found.ctime() as i32, found.ctime_nsec() as u32),
            mtime: IndexTime::new(found.mtime() as i32, found.mtime_nsec() as u32),
            dev: found.rdev() as u32,
            ino: found.ino() as u32,
            uid: found.uid(),
            gid: found.gid(),
            file_size: found.len() as u32,
            ..entry
        })
    }
    #[cfg(not(unix))]
    Ok(IndexEntry { file_size: u32::try_from(found.len()).unwrap_or(u32::MAX), mtime: IndexTime::new(0, 0), ..entry })
}

/// An encoding by its name, as far as it is written the same way everywhere.
enum Kind {
    /// A UTF of so many bytes a unit, in this order, with a mark in front or without.
    Utf {
        bytes: usize,
        is_little: bool,
        has_mark: bool,
    },
    /// Each character is a byte, and only these first ones exist.
    First(u32),
    Named(&'static Encoding),
}

fn is_utf_8(name: &str) -> bool {
    matches!(name.to_ascii_uppercase().as_str(), "UTF-8" | "UTF8")
}

fn kind(name: &str) -> Option<Kind> {
    let name = name.to_ascii_uppercase();
    if let Some(rest) = name.strip_prefix("UTF-").or_else(|| name.strip_prefix("UTF")) {
        let (bytes, is_little, has_mark) = match rest {
            // With a mark any order will do; this one is what git writes on most machines.
            "16" | "16LE-BOM" => (2, true, true),
            "16LE" => (2, true, false),
            "16BE" => (2, false, false),
            "32" => (4, true, true),
            "32LE" => (4, true, false),
            "32BE" => (4, false, false),
            _ => return None,
        };
        return Some(Kind::Utf { bytes, is_little, has_mark });
    }
    match name.as_str() {
        "ASCII" | "US-ASCII" => return Some(Kind::First(0x80)),
        "ISO-8859-1" | "ISO8859-1" | "ISO_8859-1" | "LATIN1" | "LATIN-1" | "L1" => return Some(Kind::First(0x100)),
        _ => {}
    }
    let known = Encoding::for_label(name.as_bytes())?;
    // On the web these names mean the encodings of Windows, which have other characters; git and iconv mean what they say.
    let is_renamed = ["1252", "1254", "874"].iter().any(|page| known.name().ends_with(page) && !name.contains(page));
    let is_utf = known == encoding_rs::UTF_8 || known.output_encoding() == encoding_rs::UTF_8;
    (!is_renamed && !is_utf).then_some(Kind::Named(known))
}

/// A text in an encoding; none if that is not known, or has not every character of it.
fn encode(text: &str, name: &str) -> Option<Vec<u8>> {
    match kind(name)? {
        Kind::Utf { bytes, is_little, has_mark } => {
            let mut out = Vec::with_capacity(text.len() * bytes);
            let mut push = |unit: u32| {
                let all = if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
                out.extend_from_slice(if is_little { &all[..bytes] } else { &all[4 - bytes..] });
            };
            if has_mark && !text.is_empty() {
                push(0xfeff);
            }
            if bytes == 2 {
                text.encode_utf16().for_each(|unit| push(u32::from(unit)));
            } else {
                text.chars().for_each(|c| push(u32::from(c)));
            }
            Some(out)
        }
        Kind::First(count) => text.chars().map(|c| u8::try_from(u32::from(c)).ok().filter(|_| u32::from(c) < count)).collect(),
        Kind::Named(encoding) => {
            let (encoded, _, has_lost) = encoding.encode(text);
            (!has_lost).then(|| encoded.into_owned())
        }
    }
}

/// Whether bytes are a text in that encoding; no if the encoding is not known.
fn is_encoded(bytes: &[u8], name: &str) -> bool {
    let Some(kind) = kind(name) else { return false };
    match kind {
        Kind::Utf { bytes: width, is_little, has_mark } => {
            let is_marked = |mark: &[u8]| bytes.starts_with(mark);
            let marks: [&[u8]; 2] = if width == 2 { [b"\xff\xfe", b"\xfe\xff"] } else { [b"\xff\xfe\0\0", b"\0\0\xfe\xff"] };
            let is_little = if has_mark { is_marked(marks[0]) } else { is_little };
            let unit = |chunk: &[u8]| {
                let mut all = [0; 4];
                let from = if is_little { 0 } else { 4 - width };
                all[from..from + width].copy_from_slice(chunk);
                if is_little { u32::from_le_bytes(all) } else { u32::from_be_bytes(all) }
            };
            let units = bytes.chunks_exact(width).map(unit);
            let is_text = if width == 2 {
                char::decode_utf16(units.map(|unit| u16::try_from(unit).unwrap_or_default())).all(|c| c.is_ok())
            } else {
                units.map(char::from_u32).all(|c| c.is_some())
            };
            let is_marked = bytes.is_empty() || !has_mark || marks.iter().any(|mark| is_marked(mark));
            bytes.len().is_multiple_of(width) && is_marked && is_text
        }
        Kind::First(count) => bytes.iter().all(|byte| u32::from(*byte) < count),
        Kind::Named(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_encoded_and_known_again() {
        let cases: &[(&str, &str, &[u8])] = &[
            ("UTF-16", "é", b"\xff\xfe\xe9\0"),
            ("utf16le-bom", "é", b"\xff\xfe\xe9\0"),
            ("UTF-16LE", "a😀", b"a\0\x3d\xd8\0\xde"),
            ("UTF-16BE", "a", b"\0a"),
            ("UTF-32", "a", b"\xff\xfe\0\0a\0\0\0"),
            ("UTF-32BE", "a", b"\0\0\0a"),
            ("ISO-8859-1", "é", b"\xe9"),
            ("iso-8859-15", "€", b"\xa4"),
            ("windows-1252", "€", b"\x80"),
            ("Shift_JIS", "日本", b"\x93\xfa\x96\x7b"),
            ("KOI8-R", "Я", b"\xf1"),
            ("UTF-16", "", b""),
        ];
        for (name, text, bytes) in cases {
            assert_eq!(encode(text, name).as_deref(), Some(*bytes), "{name}");
            assert!(is_encoded(bytes, name), "{name}");
        }
        for (name, text) in [("ISO-8859-1", "€"), ("ASCII", "é"), ("windows-1252", "日"), ("EBCDIC-US", "a"), ("UTF-7", "a")] {
            assert_eq!(encode(text, name), None, "{name}");
        }
        for (name, bytes) in
            [("UTF-16", b"a\0".as_slice()), ("UTF-16LE", b"a"), ("UTF-16LE", b"\0\xd8"), ("EBCDIC-US", b"a"), ("ASCII", b"\xe9")]
        {
            assert!(!is_encoded(bytes, name), "{name}");
        }
    }
}
