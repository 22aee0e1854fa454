//! Media files that are something else than the catalogue says: a pointer of Git LFS, or a page that a server sent for an image.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::catalogue::Entry;
use super::model::{FindingKind, MediaFinding};
use crate::site::kind::{HEAD, Kind};
use crate::site::{file, lfs};

/// Adds a finding for each file whose bytes are not of the kind that the catalogue names.
pub(super) fn find_wrong_contents(site: &Path, entries: &[Entry], files: &BTreeMap<String, u64>, findings: &mut Vec<MediaFinding>) {
    for entry in entries {
        let sizes = entry.variants().map(|(_, path)| (path, Kind::of_ending(path)));
        let own = (entry.path.as_str(), Kind::of_mime(&entry.mime));
        for (path, kind) in std::iter::once(own).chain(sizes).filter(|(path, _)| files.contains_key(*path)) {
            let Some(message) = wrong(site, path, kind) else { continue };
            let id = Some(entry.id.clone());
            findings.push(MediaFinding { kind: FindingKind::WrongContents, id, path: path.to_owned(), message, remedy: None });
        }
    }
}

/// What is wrong with the file at `path`, which is listed as `kind`; nothing if that cannot be told.
fn wrong(site: &Path, path: &str, kind: Option<Kind>) -> Option<String> {
    let path = path.trim_start_matches('/');
    let mut head = Vec::new();
    file::open(site, path).ok()?.take(HEAD as u64).read_to_end(&mut head).ok()?;
    if lfs::is_pointer(&head) {
        return Some(format!("The file is only a Git LFS pointer; the file itself was not downloaded. {}.", lfs::REMEDY));
    }
    let kind = kind.filter(|kind| !kind.is_text())?;
    let found = match Kind::sniff(&head, path) {
        Ok(found) if found == kind => return None,
        Ok(found) => format!("of the kind {}", found.mime()),
        // There are more kinds of these than are taken, and text in more encodings than one.
        Err(_) if matches!(kind, Kind::Mp4 | Kind::WebM | Kind::Mp3 | Kind::Avif) && !is_text(&head) => return None,
        Err(_) if kind == Kind::Svg && (head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")) => return None,
        Err(what) => what.to_owned(),
    };
    Some(format!("The list says {}, but the file is {found}. Replace it with the right file.", kind.mime()))
}

fn is_text(head: &[u8]) -> bool {
    !head.contains(&0) && String::from_utf8_lossy(head).chars().filter(|c| *c == '\u{fffd}').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_what_they_are_listed_as_are_told_from_those_that_are() {
        let folder = tempfile::tempdir().unwrap();
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n", "4d7a".repeat(16));
        let check = |bytes: &[u8], kind| {
            std::fs::write(folder.path().join("a.jpg"), bytes).unwrap();
            wrong(folder.path(), "/a.jpg", Some(kind))
        };
        let cases: &[(&[u8], Kind, &str)] = &[
            (pointer.as_bytes(), Kind::Jpeg, "Git LFS"),
            (pointer.as_bytes(), Kind::Text, "Git LFS"),
            (b"<!doctype html><title>404</title>", Kind::Jpeg, "HTML"),
            (b"<!doctype html><title>404</title>", Kind::Mp4, "HTML"),
            (b"Not found", Kind::Png, "text"),
            (b"", Kind::Png, "empty"),
            (b"\x89PNG\r\n\x1a\n\0", Kind::Jpeg, "image/png"),
            (b"MZ\x90\0", Kind::Jpeg, "program"),
        ];
        for (bytes, kind, expected) in cases {
            let message = check(bytes, *kind).unwrap_or_default();
            assert!(message.contains(expected), "{expected}: {message}");
        }
        let fine: &[(&[u8], Kind)] = &[
            (b"\xff\xd8\xff\xe0", Kind::Jpeg),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Kind::Mp4),
            (b"\xff\xfe<\0s\0v\0g\0>\0", Kind::Svg),
            (b"<p>any text</p>", Kind::Text),
        ];
        for (bytes, kind) in fine {
            assert_eq!(check(bytes, *kind), None, "{kind:?}");
        }
    }
}
