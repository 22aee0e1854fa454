//! The texts of a site, whatever they are called: all that may refer to a file, never through a link.

use std::io::Read;
use std::path::Path;

use super::file;
use super::kind::Kind;
use super::media::CATALOGUE;

use crate::store::disk;

/// The largest text that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How much is read of one site, in bytes.
const MOST: u64 = 256 * 1024 * 1024;
/// How much of a file tells whether it is text, in bytes.
const START: usize = 8 * 1024;
/// Folders that are no part of what a site shows.
const SKIPPED: &[&str] = &[".git", ".hg", ".svn", "node_modules"];
/// Endings of files that are no text, beside those of media.
const BINARY: &[&str] = &[
    "woff", "woff2", "ttf", "otf", "eot", "zip", "gz", "br", "tar", "7z", "ico", "wasm", "mov", "m4v", "ogv", "flac", "aac", "psd", "heic",
];

/// Endings of texts that are searched even if something else stands in them: a browser reads them so too.
const TEXTS: &[&str] =
    &["html", "htm", "xhtml", "css", "scss", "less", "js", "mjs", "cjs", "json", "webmanifest", "svg", "xml", "md", "txt", "liquid"];

/// A text of a site.
#[derive(Debug)]
pub struct Text {
    /// Where it is, from the site's root.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Calls `found` with every text of a site but the catalogue of its media; answers with what could not be read, and why.
pub fn each(site: &Path, found: &mut dyn FnMut(Text)) -> Vec<String> {
    let mut unread = Vec::new();
    let mut read = 0;
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = match file::place(site, &folder).and_then(disk::read_dir) {
            Ok(entries) => entries,
            Err(cause) => {
                unread.push(format!("{folder} cannot be read ({cause})"));
                continue;
            }
        };
        for entry in entries {
            let Ok(entry) = entry else {
                unread.push(format!("{folder} cannot be read"));
                continue;
            };
            let name = entry.file_name();
            let path = if folder.is_empty() { name.to_string_lossy().into_owned() } else { format!("{folder}/{}", name.to_string_lossy()) };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if !SKIPPED.iter().any(|skipped| name == *skipped) {
                        folders.push(path);
                    }
                }
                Ok(kind) if kind.is_file() && path != CATALOGUE && !is_binary(&path) => match bytes(site, &path) {
                    Ok(None) => {}
                    Ok(Some(bytes)) => {
                        read += bytes.len() as u64;
                        found(Text { path, text: text(bytes) });
                    }
                    Err(why) => unread.push(format!("{path} {why}")),
                },
                Ok(_) => {}
                Err(cause) => unread.push(format!("{path} cannot be read ({cause})")),
            }
            if read > MOST {
                unread.push(format!("the site has more than {} MiB of text", MOST / 1024 / 1024));
                return unread;
            }
        }
    }
    unread
}

fn ending(path: &str) -> String {
    path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase()
}

/// The start of a text, of so many bytes at the most.
pub(super) fn first(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The end of a text, of so many bytes at the most.
pub(super) fn last(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

fn is_binary(path: &str) -> bool {
    BINARY.contains(&ending(path).as_str())
        || Kind::of_ending(path).is_some_and(|kind| kind != Kind::Svg && !kind.mime().starts_with("text/"))
}

/// The bytes of a text; none of what is no text.
fn bytes(site: &Path, path: &str) -> Result<Option<Vec<u8>>, String> {
    let unreadable = |cause: std::io::Error| format!("cannot be read ({cause})");
    let mut file = file::open(site, path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::new();
    file.by_ref().take(START as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.contains(&0) && wide(&bytes).is_none() && !TEXTS.contains(&ending(path).as_str()) {
        return Ok(None);
    }
    if size > LARGEST {
        return Err(format!("is larger than {} MiB", LARGEST / 1024 / 1024));
    }
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(bytes))
}

/// Which of the bytes of each character is the lower one, in a text that is in UTF-16; none if it is in another encoding.
fn wide(bytes: &[u8]) -> Option<fn([u8; 2]) -> u16> {
    match bytes {
        [0xFF, 0xFE, ..] => Some(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => Some(u16::from_be_bytes),
        _ => None,
    }
}

fn text(mut bytes: Vec<u8>) -> String {
    if let Some(unit) = wide(&bytes) {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect::<Vec<_>>();
        return String::from_utf16_lossy(&units);
    }
    // They are in none of a site's names, but beside every letter of a text in UTF-16 that does not say so.
    bytes.retain(|byte| *byte != 0);
    // Old texts are in Latin-1, or near to it.
    String::from_utf8(bytes).unwrap_or_else(|other| other.into_bytes().into_iter().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_text_is_read_and_what_cannot_be_is_named() {
        let site = tempfile::tempdir().unwrap();
        let files: [(&str, &[u8]); 12] = [
            ("assets/a.css", b"a"),
            ("_headers", "ä".as_bytes()),
            (".htaccess", b"h"),
            ("old.html", b"\xe9"),
            ("wide.txt", b"\xff\xfea\0b\0"),
            ("uploads/media.json", b"no"),
            ("uploads/x.svg", b"<svg>"),
            ("uploads/x.jpg", b"no"),
            ("data.bin", b"no\0"),
            ("nul.HTML", b"<\0b>"),
            ("wide.css", b"a\0{\0}\0"),
            ("node_modules/x.js", b"no"),
        ];
        for (path, bytes) in files {
            let path = site.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        fs::File::create(site.path().join("large.json")).unwrap().set_len(1).unwrap();
        fs::write(site.path().join("large.txt"), vec![b' '; 16 * 1024 * 1024 + 1]).unwrap();
        let mut found = Vec::new();
        let unread = each(site.path(), &mut |text| found.push((text.path, text.text)));
        found.sort();
        let expected = [
            (".htaccess", "h"),
            ("_headers", "ä"),
            ("assets/a.css", "a"),
            ("large.json", ""),
            ("nul.HTML", "<b>"),
            ("old.html", "é"),
            ("uploads/x.svg", "<svg>"),
            ("wide.css", "a{}"),
            ("wide.txt", "\u{feff}ab"),
        ];
        assert_eq!(found, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
        assert_eq!(unread, ["large.txt is larger than 16 MiB"]);
    }
}
