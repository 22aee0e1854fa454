//! PDF: the properties of a document and its XMP data, overwritten where they are (ISO 32000-1, 14.3).
//!
//! Nothing moves, since a file refers to its own bytes by their positions. What cannot be reached that way stays, and a note
//! says so: properties in compressed objects, and everything in a document that is encrypted or signed.

use std::collections::BTreeSet;

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Cleaning, exif};
use crate::store::Patch;

/// How far the dictionary of a stream may be from the name that it has in it.
const NEAR: usize = 4096;
/// The most places that are looked at of each kind.
const MOST: usize = 1000;
/// The least that XMP data can be.
const NO_XMP: &[u8] = b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";

/// What makes a document one without properties, as far as that can be done.
pub(super) fn document(bytes: &[u8]) -> Cleaning {
    let mut cleaning = Cleaning::default();
    let infos = references(bytes, b"/Info");
    let metadata = metadata(bytes);
    if positions(bytes, b"/EmbeddedFile").next().is_some() {
        note::add(&mut cleaning.notes, ImportNote::kept(NoteSubject::EmbeddedFiles));
    }
    let is_signed = positions(bytes, b"/ByteRange").next().is_some();
    if is_signed || positions(bytes, b"/Encrypt").next().is_some() {
        let why = if is_signed { "the document is signed" } else { "the document is encrypted" };
        if !infos.is_empty() || !metadata.is_empty() {
            note::add(&mut cleaning.notes, ImportNote::kept(NoteSubject::Properties).with_names([why]));
        }
        return cleaning;
    }
    let mut names = Vec::new();
    for info in infos {
        let mut found = false;
        for at in objects(bytes, info) {
            found |= clean_properties(bytes, at, &mut names, &mut cleaning.patches).is_some();
        }
        if !found {
            let why = "they are in a compressed part of the file";
            note::add(&mut cleaning.notes, ImportNote::kept(NoteSubject::Properties).with_names([why]));
        }
    }
    if !names.is_empty() {
        note::add(&mut cleaning.notes, ImportNote::removed(NoteSubject::Properties).with_names(names));
    }
    for at in metadata {
        match xmp(bytes, at) {
            Contents::Filled(patch) => {
                cleaning.patches.push(patch);
                note::add(&mut cleaning.notes, ImportNote::removed(NoteSubject::Xmp));
            }
            Contents::Empty => {}
            Contents::OutOfReach => note::add(&mut cleaning.notes, ImportNote::kept(NoteSubject::Xmp)),
        }
    }
    clean_images(bytes, &mut cleaning);
    cleaning
}

fn positions<'a>(bytes: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(what.len()).enumerate().filter(move |(_, part)| *part == what).map(|(at, _)| at)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'/' | b'%') || is_space(byte)
}

/// The objects that a key refers to, each once.
fn references(bytes: &[u8], key: &[u8]) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    for at in positions(bytes, key).take(MOST) {
        let mut text = Text { bytes, at: at + key.len() };
        if let Some(reference) = text.reference()
            && !found.contains(&reference)
        {
            found.push(reference);
        }
    }
    found
}

/// Where objects of that number begin, behind `obj`: a document that was changed has some of its objects several times.
fn objects(bytes: &[u8], (number, generation): (u32, u32)) -> Vec<usize> {
    let head = format!("{number} {generation} obj");
    let starts = |at: &usize| at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|before| is_space(*before));
    positions(bytes, head.as_bytes()).filter(starts).map(|at| at + head.len()).take(MOST).collect()
}

/// Empties every text of a dictionary that begins there, and notes its key. None if there is no dictionary.
fn clean_properties(bytes: &[u8], at: usize, names: &mut Vec<String>, patches: &mut Vec<Patch>) -> Option<()> {
    let mut text = Text { bytes, at };
    text.expect(b"<<")?;
    let mut found = Vec::new();
    loop {
        text.skip_space();
        if text.rest().starts_with(b">>") {
            break;
        }
        let key = text.name()?;
        text.skip_space();
        let start = text.at;
        if let Some(reference) = text.reference() {
            for at in objects(bytes, reference) {
                let mut referred = Text { bytes, at };
                referred.skip_space();
                let start = referred.at;
                if let Some(Value::Text { is_empty: false }) = referred.value(0) {
                    found.push((key, start, referred.at));
                }
            }
            continue;
        }
        if let Value::Text { is_empty: false } = text.value(0)? {
            found.push((key, start, text.at));
        }
    }
    for (key, start, end) in found {
        names.push(String::from_utf8_lossy(key).into_owned());
        let with = if bytes.get(start) == Some(&b'(') { b"()".to_vec() } else { b"<>".to_vec() };
        patches.push(Patch::over(start as u64, (end - start) as u64, with, b' '));
    }
    Some(())
}

/// Where the dictionaries of all streams of XMP data begin: those that say so, and those that are referred to as such.
fn metadata(bytes: &[u8]) -> BTreeSet<usize> {
    let of_name = |at: usize| {
        let from = at.saturating_sub(NEAR);
        positions(bytes.get(from..at)?, b"obj").last().map(|found| from + found + 3)
    };
    let typed = positions(bytes, b"/Metadata").filter(|at| is_type(bytes, *at)).take(MOST).filter_map(of_name);
    let referred = references(bytes, b"/Metadata").into_iter().flat_map(|reference| objects(bytes, reference));
    typed.chain(referred).collect()
}

/// Whether a name is the type of its dictionary.
fn is_type(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(32)..at).unwrap_or_default();
    let before = &before[..before.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)];
    before.ends_with(b"/Type") && bytes.get(at + b"/Metadata".len()).is_none_or(|next| is_delimiter(*next))
}

/// What a stream has.
enum Contents {
    Empty,
    /// With the change that empties it.
    Filled(Patch),
    OutOfReach,
}

/// What the stream has whose dictionary begins there.
fn xmp(bytes: &[u8], dictionary: usize) -> Contents {
    match stream(bytes, dictionary) {
        Some((start, data, empty)) if data != empty => Contents::Filled(Patch::over(start as u64, data.len() as u64, empty, b' ')),
        Some(_) => Contents::Empty,
        None => Contents::OutOfReach,
    }
}

/// Where the data of a stream begin, the data, and data as long that say nothing.
fn stream(bytes: &[u8], dictionary: usize) -> Option<(usize, &[u8], Vec<u8>)> {
    let near = bytes.get(dictionary..(dictionary + NEAR).min(bytes.len()))?;
    let keyword = positions(near, b"stream").next()? + dictionary;
    let head = bytes.get(dictionary..keyword)?;
    if positions(head, b"endobj").next().is_some() {
        return None;
    }
    let start = keyword + b"stream".len() + if bytes.get(keyword + 6) == Some(&b'\r') { 2 } else { 1 };
    let length = match positions(head, b"/Length").next().map(|at| Text { bytes: head, at: at + 7 }) {
        Some(mut text) if text.clone().reference().is_none() => usize::try_from(text.number()?).ok(),
        _ => None,
    };
    let ends_there = |length: &usize| {
        let mut text = Text { bytes, at: start.saturating_add(*length) };
        text.skip_space();
        text.rest().starts_with(b"endstream")
    };
    let length = length.filter(ends_there).or_else(|| {
        let data = bytes.get(start..)?;
        let end = positions(data, b"endstream").next()?;
        Some(data[..end].iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1))
    })?;
    let data = bytes.get(start..start + length)?;
    let empty = if positions(head, b"/Filter").next().is_none() {
        let mut empty = if length < NO_XMP.len() { Vec::new() } else { NO_XMP.to_vec() };
        empty.resize(length, b' ');
        empty
    } else if is_only_deflated(head) {
        deflated_spaces(length)?
    } else {
        return None;
    };
    Some((start, data, empty))
}

fn is_only_deflated(dictionary: &[u8]) -> bool {
    let Some(at) = positions(dictionary, b"/Filter").next() else { return false };
    let mut text = Text { bytes: dictionary, at: at + b"/Filter".len() };
    text.skip_space();
    let is_list = text.rest().starts_with(b"[");
    text.at += usize::from(is_list);
    text.skip_space();
    let is_deflated = text.name() == Some(b"FlateDecode");
    text.skip_space();
    is_deflated && (!is_list || text.rest().starts_with(b"]")) && positions(dictionary, b"/DecodeParms").next().is_none()
}

/// Spaces, deflated without compression to so many bytes (RFC 1950, RFC 1951).
fn deflated_spaces(length: usize) -> Option<Vec<u8>> {
    const BLOCK: usize = 0xffff;
    let mut out = vec![0x78, 0x01];
    // Each block has five bytes in front of it, and the checksum four.
    let mut left = length.checked_sub(2 + 4 + 5)?;
    let mut spaces = 0;
    loop {
        // The next block needs room for its head.
        let now = if left <= BLOCK { left } else { BLOCK.min(left - 5) };
        let is_last = now == left;
        out.push(u8::from(is_last));
        let count = u16::try_from(now).ok()?;
        out.extend(count.to_le_bytes());
        out.extend((!count).to_le_bytes());
        out.resize(out.len() + now, b' ');
        spaces += now;
        if is_last {
            break;
        }
        left -= now + 5;
    }
    // Adler-32.
    let (mut low, mut high) = (1_u32, 0_u32);
    for _ in 0..spaces {
        low = (low + u32::from(b' ')) % 65_521;
        high = (high + low) % 65_521;
    }
    out.extend((high << 16 | low).to_be_bytes());
    (out.len() == length).then_some(out)
}

/// Empties the EXIF and XMP data of JPEGs in the document.
fn clean_images(bytes: &[u8], cleaning: &mut Cleaning) {
    for (prefix, least, fill) in [(b"Exif\0\0".as_slice(), exif::EMPTY, 0), (b"http://ns.adobe.com/xap/1.0/\0", NO_XMP, b' ')] {
        for at in positions(bytes, prefix).take(MOST) {
            let Some(&[0xff, 0xe1, high, low]) = at.checked_sub(4).and_then(|start| bytes.get(start..at)) else { continue };
            let length = usize::from(u16::from_be_bytes([high, low])).saturating_sub(2 + prefix.len());
            let start = at + prefix.len();
            let Some(content) = bytes.get(start..start + length) else { continue };
            let mut empty = if length < least.len() { Vec::new() } else { least.to_vec() };
            empty.resize(length, fill);
            if content == empty {
                continue;
            }
            if fill == 0 {
                exif::note_removed(content, &mut cleaning.notes);
            } else {
                note::add(&mut cleaning.notes, ImportNote::removed(NoteSubject::Xmp));
            }
            cleaning.patches.push(Patch::over(start as u64, length as u64, empty, fill));
        }
    }
}

/// What a key may have.
enum Value {
    Text { is_empty: bool },
    Other,
}

/// The text of a document, from some position on.
#[derive(Debug, Clone)]
struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while let Some(next) = self.rest().first() {
            if *next == b'%' {
                self.at += self.rest().iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(self.rest().len());
            } else if is_space(*next) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn expect(&mut self, what: &[u8]) -> Option<()> {
        self.skip_space();
        self.rest().starts_with(what).then(|| self.at += what.len())
    }

    fn regular(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_delimiter(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn name(&mut self) -> Option<&'a [u8]> {
        self.expect(b"/")?;
        Some(self.regular())
    }

    fn number(&mut self) -> Option<u32> {
        self.skip_space();
        str::from_utf8(self.regular()).ok()?.parse().ok()
    }

    /// A reference such as `12 0 R`; without one nothing is read.
    fn reference(&mut self) -> Option<(u32, u32)> {
        let mut text = self.clone();
        let reference = (text.number()?, text.number()?);
        text.skip_space();
        if text.regular() != b"R" {
            return None;
        }
        *self = text;
        Some(reference)
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        self.skip_space();
        let rest = self.rest();
        match rest {
            [b'(', ..] => {
                let (mut open, mut length) = (0_u32, 0);
                loop {
                    match rest.get(length)? {
                        b'\\' => length += 1,
                        b'(' => open += 1,
                        b')' => open -= 1,
                        _ => {}
                    }
                    length += 1;
                    if open == 0 {
                        break;
                    }
                }
                self.at += length;
                Some(Value::Text { is_empty: length == 2 })
            }
            [b'<', b'<', ..] | [b'[', ..] if depth < 16 => {
                let (open, close): (&[u8], &[u8]) = if rest[0] == b'[' { (b"[", b"]") } else { (b"<<", b">>") };
                self.at += open.len();
                loop {
                    self.skip_space();
                    if self.rest().starts_with(close) {
                        self.at += close.len();
                        return Some(Value::Other);
                    }
                    self.value(depth + 1)?;
                }
            }
            [b'<', ..] => {
                let length = rest.iter().position(|byte| *byte == b'>')? + 1;
                self.at += length;
                Some(Value::Text { is_empty: length == 2 })
            }
            [b'/', ..] => self.name().map(|_| Value::Other),
            _ => (!self.regular().is_empty()).then_some(Value::Other),
        }
    }
}
