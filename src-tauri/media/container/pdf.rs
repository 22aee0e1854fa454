//! PDF: the properties of a document and its XMP data, overwritten where they are (ISO 32000-1, 14.3).
//!
//! Nothing moves, since a file refers to its own bytes by their positions. What cannot be reached that way stays, and a note
//! says so: properties in compressed objects, and everything in a document that is encrypted or signed.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Cleaning, exif};
use crate::store::Patch;

/// How far the dictionary of a stream may be from the name that it has in it.
const NEAR: usize = 4096;
/// The most places that are looked at of each kind.
const MOST: usize = 1000;
/// How often a document may be read over: what is in one made to keep us busy lies within each other.
const PASSES: usize = 16;
/// The least that XMP data can be.
const NO_XMP: &[u8] = b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";

/// Where the objects begin, behind `obj`: a document that was changed has some of them several times.
type Objects = HashMap<(u32, u32), Vec<usize>>;

/// What makes a document one without properties, as far as that can be done.
pub(super) fn document(bytes: &[u8]) -> Cleaning {
    let mut cleaning = Cleaning::default();
    let infos = references(bytes, b"/Info");
    let objects = objects(bytes);
    let metadata = metadata(bytes, &objects);
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
    let mut properties = Properties { bytes, objects: &objects, left: Left::of(bytes), seen: HashSet::new(), names: Vec::new() };
    for info in infos {
        let mut found = false;
        for at in objects.get(&info).into_iter().flatten() {
            found |= properties.clean(*at, &mut cleaning.patches).is_some();
        }
        let why = if properties.left.0 == 0 { "there are far too many of them" } else { "they are in a compressed part of the file" };
        if !found || properties.left.0 == 0 {
            note::add(&mut cleaning.notes, ImportNote::kept(NoteSubject::Properties).with_names([why]));
        }
    }
    if !properties.names.is_empty() {
        note::add(&mut cleaning.notes, ImportNote::removed(NoteSubject::Properties).with_names(properties.names));
    }
    let mut left = Left::of(bytes);
    for at in metadata {
        match xmp(bytes, at, &mut left) {
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
        let mut text = Text { bytes: &bytes[..bytes.len().min(at + NEAR)], at: at + key.len() };
        if let Some(reference) = text.reference()
            && !found.contains(&reference)
        {
            found.push(reference);
        }
    }
    found
}

/// Where all objects begin that are not in compressed ones.
fn objects(bytes: &[u8]) -> Objects {
    let mut found = Objects::new();
    for at in positions(bytes, b"obj") {
        let Some((before, generation)) = number_before(&bytes[..at]) else { continue };
        let Some((before, number)) = number_before(before) else { continue };
        if before.last().is_none_or(|last| is_space(*last)) {
            let places = found.entry((number, generation)).or_default();
            if places.len() < MOST {
                places.push(at + b"obj".len());
            }
        }
    }
    found
}

/// The number at the end of bytes, with white space behind it, and what is before it.
fn number_before(bytes: &[u8]) -> Option<(&[u8], u32)> {
    let end = bytes.iter().rposition(|byte| !is_space(*byte))? + 1;
    let start = bytes[..end].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    let number = str::from_utf8(&bytes[start..end]).ok()?.parse().ok()?;
    (end < bytes.len()).then(|| (&bytes[..start], number))
}

/// How many bytes may still be read.
struct Left(usize);

impl Left {
    fn of(bytes: &[u8]) -> Self {
        Self(bytes.len().saturating_mul(PASSES))
    }

    /// So many were read; none if those were too many.
    fn spend(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.saturating_sub(count);
        (self.0 > 0).then_some(())
    }
}

/// The properties of a document while they are emptied.
struct Properties<'a> {
    bytes: &'a [u8],
    objects: &'a Objects,
    left: Left,
    /// The objects that were looked at.
    seen: HashSet<(u32, u32)>,
    /// The keys of what was emptied.
    names: Vec<String>,
}

impl Properties<'_> {
    /// Empties every text of a dictionary that begins there, and notes its key. None if there is no dictionary, or it would
    /// take too long.
    fn clean(&mut self, at: usize, patches: &mut Vec<Patch>) -> Option<()> {
        let mut text = Text { bytes: self.bytes, at };
        text.expect(b"<<")?;
        let mut found = Vec::new();
        loop {
            text.skip_space();
            if text.rest().starts_with(b">>") {
                break;
            }
            let key = text.name()?;
            text.skip_space();
            if let Some(reference) = text.reference() {
                if self.seen.insert(reference) {
                    for at in self.objects.get(&reference).into_iter().flatten() {
                        let mut referred = Text { bytes: self.bytes, at: *at };
                        referred.skip_space();
                        let start = referred.at;
                        if let Some(Value::Text { is_empty: false }) = self.value(&mut referred) {
                            found.push((key, start, referred.at));
                        }
                    }
                }
                continue;
            }
            let start = text.at;
            if let Value::Text { is_empty: false } = self.value(&mut text)? {
                found.push((key, start, text.at));
            }
        }
        for (key, start, end) in found {
            self.names.push(String::from_utf8_lossy(key).into_owned());
            let with = if self.bytes.get(start) == Some(&b'(') { b"()".to_vec() } else { b"<>".to_vec() };
            patches.push(Patch::over(start as u64, (end - start) as u64, with, b' '));
        }
        Some(())
    }

    /// The next value; none if it has no end, or too much was read.
    fn value(&mut self, text: &mut Text<'_>) -> Option<Value> {
        self.left.spend(1)?;
        let start = text.at;
        let value = text.value(0);
        self.left.spend(if value.is_some() { text.at - start } else { self.bytes.len() - start.min(self.bytes.len()) })?;
        value
    }
}

/// Where the dictionaries of all streams of XMP data begin: those that say so, and those that are referred to as such.
fn metadata(bytes: &[u8], objects: &Objects) -> BTreeSet<usize> {
    let of_name = |at: usize| {
        let from = at.saturating_sub(NEAR);
        positions(bytes.get(from..at)?, b"obj").last().map(|found| from + found + 3)
    };
    let typed = positions(bytes, b"/Metadata").filter(|at| is_type(bytes, *at)).take(MOST).filter_map(of_name);
    let referred = references(bytes, b"/Metadata").into_iter().filter_map(|reference| objects.get(&reference)).flatten().copied();
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
fn xmp(bytes: &[u8], dictionary: usize, left: &mut Left) -> Contents {
    match stream(bytes, dictionary, left) {
        Some((start, data, empty)) if data != empty => Contents::Filled(Patch::over(start as u64, data.len() as u64, empty, b' ')),
        Some(_) => Contents::Empty,
        None => Contents::OutOfReach,
    }
}

/// Where the data of a stream begin, the data, and data as long that say nothing.
fn stream<'a>(bytes: &'a [u8], dictionary: usize, left: &mut Left) -> Option<(usize, &'a [u8], Vec<u8>)> {
    left.spend(1)?;
    let near = bytes.get(dictionary..(dictionary + NEAR).min(bytes.len()))?;
    let keyword = positions(near, b"stream").next();
    left.spend(keyword.unwrap_or(near.len()))?;
    let keyword = keyword? + dictionary;
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
        let end = positions(data, b"endstream").next();
        left.spend(end.unwrap_or(data.len()))?;
        let end = end?;
        Some(data[..end].iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1))
    })?;
    let data = bytes.get(start..start + length)?;
    left.spend(length)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(cleaning: &Cleaning) -> Vec<&str> {
        cleaning.notes.iter().flat_map(|note| &note.names).map(String::as_str).collect()
    }

    #[test]
    fn properties_in_objects_of_their_own_are_emptied_however_their_heads_are_written() {
        for head in ["2 0 obj", "2 0  obj", "2\n0\r\nobj"] {
            let text =
                format!("%PDF-1.7\n1 0 obj << /Title 2 0 R /Pages 12 0 R >> endobj\n{head} (Secret) endobj\n12 0 obj (kept)\n/Info 1 0 R");
            let cleaning = document(text.as_bytes());
            let at = text.find("(Secret)").unwrap() as u64;
            assert!(cleaning.patches.contains(&Patch::over(at, 8, b"()".to_vec(), b' ')), "{head}");
        }
    }

    /// Looked for from the start each time, each of these would take minutes.
    #[test]
    fn what_is_named_often_is_looked_for_once() {
        let often = "/A 2 0 R ".repeat(200_000);
        let text = format!("1 0 obj << {often}>> endobj\n2 0 obj (x) endobj /Info 1 0 R");
        let cleaning = document(text.as_bytes());
        assert_eq!((cleaning.patches.len(), names(&cleaning)), (1, vec!["A"]));

        let keys = (0..200_000).map(|key| format!("/K{key}(x)")).collect::<Vec<_>>().concat();
        let cleaning = document(format!("1 0 obj << {keys} >> endobj /Info 1 0 R").as_bytes());
        assert_eq!((cleaning.patches.len(), names(&cleaning).len()), (200_000, 200_000));
    }

    #[test]
    fn what_lies_within_each_other_is_left_and_a_note_says_so() {
        let keys = (2..100_000).map(|number| format!("/A {number} 0 R ")).collect::<Vec<_>>().concat();
        let texts = (2..100_000).map(|number| format!("\n{number} 0 obj (")).collect::<Vec<_>>().concat();
        let cleaning = document(format!("/Info 1 0 R 1 0 obj << {keys} >> endobj {texts}").as_bytes());
        assert_eq!(names(&cleaning), ["there are far too many of them"]);

        let streams = "\n1 0 obj<</Type/Metadata>>stream\n".repeat(900);
        let text = format!("{streams}x\nendstream");
        let cleaning = document(text.as_bytes());
        assert!(cleaning.patches.iter().map(|patch| patch.with.len()).sum::<usize>() <= PASSES * text.len());
        assert!(cleaning.notes.contains(&ImportNote::kept(NoteSubject::Xmp)), "{:?}", cleaning.notes);
    }
}
