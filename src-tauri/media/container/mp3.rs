//! MP3: frames, with tags in front of them and behind: ID3, APE, Lyrics3. The frames stay as they are, and the tags go.

use std::io::{Read, Seek, SeekFrom};

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Cleaning, Flaw};
use crate::store::Patch;

/// A tag that says nothing.
const EMPTY: &[u8] = b"ID3\x04\0\0\0\0\0\0";
/// More tags than any program writes.
const TAGS: usize = 100;

/// What makes a sound one without tags.
///
/// # Errors
/// `Truncated` if the file ends in its first tag; `Damaged` if there is nothing but tags.
pub(super) fn sound(mut stream: impl Read + Seek) -> Result<Cleaning, Flaw> {
    let length = stream.seek(SeekFrom::End(0)).map_err(|_| Flaw::Damaged)?;
    let mut start = 0;
    let mut has_content = false;
    for _ in 0..TAGS {
        let head = read(&mut stream, start, 10);
        let Some(size) = head.strip_prefix(b"ID3").and_then(|rest| rest.get(3..7)).map(syncsafe) else { break };
        let footer = if head.get(5).is_some_and(|flags| flags & 0x10 != 0) { 10 } else { 0 };
        has_content |= size > 0;
        start += 10 + size + footer;
    }
    if start > length {
        return Err(Flaw::Truncated);
    }
    let mut end = length;
    for _ in 0..TAGS {
        match tag_before(&mut stream, end) {
            Some(size) if size > 0 && size <= end - start => end -= size,
            _ => break,
        }
    }
    let mut cleaning = Cleaning::default();
    if has_content {
        if start == end {
            return Err(Flaw::Damaged);
        }
        // What follows may begin with something else than a frame, and then only the tag shows that it is a sound.
        let is_frame = matches!(read(&mut stream, start, 2)[..], [0xff, second] if second & 0xe0 == 0xe0);
        let with = if is_frame { Vec::new() } else { EMPTY.to_vec() };
        cleaning.patches.push(Patch { at: 0, length: start, with, fill: None });
    }
    if end < length {
        cleaning.patches.push(Patch::cut(end, length - end));
    }
    if !cleaning.patches.is_empty() {
        note::add(&mut cleaning.notes, ImportNote::removed(NoteSubject::Tags));
    }
    Ok(cleaning)
}

/// How long the tag is that ends there, if one does.
fn tag_before(stream: &mut (impl Read + Seek), end: u64) -> Option<u64> {
    let back = |count: u64| end.checked_sub(count);
    if back(128).is_some_and(|at| read(stream, at, 3) == b"TAG") {
        return Some(128);
    }
    let footer = back(32).map(|at| read(stream, at, 32)).unwrap_or_default();
    if footer.starts_with(b"APETAGEX") {
        let size = u64::from(u32::from_le_bytes(*footer.get(12..)?.first_chunk()?));
        let flags = u32::from_le_bytes(*footer.get(20..)?.first_chunk()?);
        return Some(size + if flags & 1 << 31 == 0 { 0 } else { 32 });
    }
    let lyrics = back(15).map(|at| read(stream, at, 15)).unwrap_or_default();
    if lyrics.ends_with(b"LYRICS200") {
        return Some(str::from_utf8(lyrics.get(..6)?).ok()?.parse::<u64>().ok()? + 15);
    }
    let footer = back(10).map(|at| read(stream, at, 10)).unwrap_or_default();
    footer.strip_prefix(b"3DI").and_then(|rest| rest.get(3..7)).map(|size| syncsafe(size) + 20)
}

/// A number in seven bits of each byte.
fn syncsafe(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f))
}

fn read(stream: &mut (impl Read + Seek), at: u64, count: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = stream.seek(SeekFrom::Start(at)).and_then(|_| stream.take(count).read_to_end(&mut bytes));
    if read.is_err() {
        bytes.clear();
    }
    bytes
}
