//! The items of an AVIF: which of its bytes are metadata (ISO/IEC 14496-12, 8.11). They are overwritten where they are.

use std::collections::HashMap;

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::isobmff::{Header, boxes};
use super::{Cleaning, Flaw, Reader, exif};
use crate::store::Patch;

/// More items, and parts of items, than any encoder writes.
const MOST: usize = 5_000;
/// The least that XMP data can be.
const NO_XMP: &[u8] = b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";

/// Where an item's bytes are, from the start of the file.
#[derive(Debug, Default)]
struct Item {
    id: u32,
    /// Position and length of each part; none if they are not in the file itself.
    parts: Option<Vec<(u64, u64)>>,
}

/// Overwrites the EXIF and XMP items of an image.
///
/// # Errors
/// `Truncated` or `Damaged` if the tables of the items cannot be read: what is in the file is not known then. `Laborious` if
/// there are far too many of them, or they lie within each other.
pub(super) fn clean(bytes: &[u8], meta: Header, cleaning: &mut Cleaning) -> Result<(), Flaw> {
    // A full box: a version and flags come first.
    let inner = boxes(bytes, meta.body + 4, meta.end);
    let find = |kind: &[u8; 4]| inner.iter().find(|one| &one.kind == kind);
    let (Some(infos), Some(places)) = (find(b"iinf"), find(b"iloc")) else { return Ok(()) };
    let metadata = metadata(bytes, *infos)?;
    let items = located(content(bytes, *places), find(b"idat").map(|data| (data.body, data.end)))?;
    let (told, kept): (Vec<&Item>, Vec<&Item>) = items.iter().partition(|item| metadata.contains_key(&item.id));
    let parts = |items: &[&Item]| items.iter().flat_map(|item| item.parts.iter().flatten().copied()).collect::<Vec<(u64, u64)>>();
    let size = bytes.len() as u64;
    let length = parts(&told).iter().map(|(_, length)| size.min(*length)).fold(0, u64::saturating_add);
    if length > 2 * size {
        return Err(Flaw::Laborious);
    }
    let kept = parts(&kept);
    for item in told {
        let Some(subject) = metadata.get(&item.id).copied() else { continue };
        let shares = |(at, length): &(u64, u64)| kept.iter().any(|(other, long)| at < &(other + long) && other < &(at + length));
        match &item.parts {
            Some(parts) if !parts.iter().any(shares) => overwrite(bytes, parts, subject, cleaning),
            _ => note::add(&mut cleaning.notes, ImportNote::kept(subject)),
        }
    }
    Ok(())
}

fn overwrite(bytes: &[u8], parts: &[(u64, u64)], subject: NoteSubject, cleaning: &mut Cleaning) {
    let of = |(at, length): (u64, u64)| {
        let at = usize::try_from(at).ok()?;
        bytes.get(at..at.checked_add(usize::try_from(length).ok()?)?)
    };
    let content: Vec<u8> = parts.iter().copied().filter_map(of).flatten().copied().collect();
    // In front of EXIF data stands how many bytes are to be passed over.
    let empty_exif = [&[0; 4], exif::EMPTY].concat();
    let (least, fill) = if subject == NoteSubject::Exif { (empty_exif.as_slice(), 0) } else { (NO_XMP, b' ') };
    if content.iter().skip(least.len()).all(|byte| *byte == fill) && content.starts_with(least) {
        return;
    }
    if subject == NoteSubject::Exif {
        let skipped = content.first_chunk().map_or(0, |count| u32::from_be_bytes(*count) as usize);
        exif::note_removed(content.get(4 + skipped..).unwrap_or_default(), &mut cleaning.notes);
    } else {
        note::add(&mut cleaning.notes, ImportNote::removed(subject));
    }
    for (number, (at, length)) in parts.iter().enumerate() {
        let fits = number == 0 && *length >= least.len() as u64;
        cleaning.patches.push(Patch::over(*at, *length, if fits { least.to_vec() } else { Vec::new() }, fill));
    }
}

fn content(bytes: &[u8], of: Header) -> &[u8] {
    let at = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(at(of.body)..at(of.end)).unwrap_or_default()
}

/// The ids of the items that are metadata, and what they are.
fn metadata(bytes: &[u8], infos: Header) -> Result<HashMap<u32, NoteSubject>, Flaw> {
    let mut reader = Reader::new(content(bytes, infos));
    let [version, ..] = reader.array::<4>()?;
    reader.take(if version == 0 { 2 } else { 4 })?;
    let mut found = HashMap::new();
    for info in boxes(bytes, infos.body + reader.at as u64, infos.end) {
        let mut reader = Reader::new(content(bytes, info));
        let [version, ..] = reader.array::<4>()?;
        let id = match version {
            2 => u32::from(u16::from_be_bytes(reader.array()?)),
            3 => u32::from_be_bytes(reader.array()?),
            _ => continue,
        };
        reader.take(2)?;
        let subject = match &reader.array::<4>()? {
            b"Exif" => NoteSubject::Exif,
            b"mime" | b"uri " => NoteSubject::Xmp,
            _ => continue,
        };
        found.entry(id).or_insert(subject);
        if found.len() > MOST {
            return Err(Flaw::Laborious);
        }
    }
    Ok(found)
}

/// Where every item is, as the box of their locations says it. `data` is the box in which some of them are.
fn located(places: &[u8], data: Option<(u64, u64)>) -> Result<Vec<Item>, Flaw> {
    let mut reader = Reader::new(places);
    let [version, ..] = reader.array::<4>()?;
    let [sizes, more] = reader.array()?;
    let (offset_size, length_size, base_size) = (sizes >> 4, sizes & 15, more >> 4);
    let index_size = if version == 0 { 0 } else { more & 15 };
    let wide = version == 2;
    let count = number(&mut reader, if wide { 4 } else { 2 })?;
    let mut items = Vec::new();
    let mut all = 0;
    for _ in 0..count {
        let id = u32::try_from(number(&mut reader, if wide { 4 } else { 2 })?).map_err(|_| Flaw::Damaged)?;
        let method = if version == 0 { 0 } else { number(&mut reader, 2)? & 15 };
        let elsewhere = number(&mut reader, 2)? != 0;
        let base = number(&mut reader, base_size)?;
        let extents = number(&mut reader, 2)?;
        // Their fields may have no bytes at all: the size of the file is no bound.
        all += extents;
        if items.len() >= MOST || all > MOST as u64 {
            return Err(Flaw::Laborious);
        }
        let start = match (method, data) {
            (0, _) => Some((0, u64::MAX)),
            (1, Some(data)) => Some(data),
            _ => None,
        };
        let mut parts = start.filter(|_| !elsewhere).map(|_| Vec::new());
        for _ in 0..extents {
            number(&mut reader, index_size)?;
            let (offset, length) = (number(&mut reader, offset_size)?, number(&mut reader, length_size)?);
            let (from, to) = start.unwrap_or_default();
            let at = from.checked_add(base).and_then(|at| at.checked_add(offset)).ok_or(Flaw::Damaged)?;
            let end = at.checked_add(length).ok_or(Flaw::Damaged)?;
            if length == 0 || end > to {
                // Up to the end of what it is in: it could be anything.
                parts = None;
            }
            if let Some(parts) = &mut parts {
                parts.push((at, length));
            }
        }
        items.push(Item { id, parts });
    }
    Ok(items)
}

/// A number of so many bytes, of which there may be none.
fn number(reader: &mut Reader<'_>, size: u8) -> Result<u64, Flaw> {
    Ok(reader.take(usize::from(size.min(8)))?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        [&(u32::try_from(body.len()).unwrap() + 8).to_be_bytes(), kind.as_slice(), body].concat()
    }

    /// What cleaning does to an image of `size` bytes with these items that are EXIF data, located by `places`.
    fn cleaned(exif: &[u16], places: &[u8], size: usize) -> Result<Cleaning, Flaw> {
        let infos: Vec<u8> =
            exif.iter().flat_map(|id| made(*b"infe", &[&[2, 0, 0, 0], id.to_be_bytes().as_slice(), &[0, 0], b"Exif"].concat())).collect();
        let iinf = made(*b"iinf", &[&[0; 6], infos.as_slice()].concat());
        let mut bytes = made(*b"meta", &[&[0; 4], iinf.as_slice(), &made(*b"iloc", places)].concat());
        let meta = Header { kind: *b"meta", at: 0, body: 8, end: bytes.len() as u64 };
        bytes.resize(size.max(bytes.len()), 1);
        let mut cleaning = Cleaning::default();
        clean(&bytes, meta, &mut cleaning).map(|()| cleaning)
    }

    /// One item with that many parts that are all the same.
    fn one(extents: u16, at: u32, length: u32) -> Vec<u8> {
        let mut places = [&[0, 0, 0, 0, 0x44, 0, 0, 1, 0, 7, 0, 0], extents.to_be_bytes().as_slice()].concat();
        for _ in 0..extents {
            places.extend([at.to_be_bytes(), length.to_be_bytes()].concat());
        }
        places
    }

    #[test]
    fn items_that_repeat_the_file_are_refused_and_each_is_overwritten_once() {
        assert_eq!(cleaned(&[7], &one(5_000, 0, 100_000), 100_000).err(), Some(Flaw::Laborious));
        assert_eq!(cleaned(&[7; 5_000], &one(1, 190_000, 100), 200_000).unwrap().patches.len(), 1);
        assert_eq!(cleaned(&[7], &one(3, 190_000, 100), 200_000).unwrap().patches.len(), 3);
        let many: Vec<u16> = (0..5_001).collect();
        assert_eq!(cleaned(&many, &one(1, 190_000, 100), 200_000).err(), Some(Flaw::Laborious));
    }

    #[test]
    fn tables_whose_entries_have_no_bytes_are_refused_before_they_are_gone_through() {
        for extents in [65_535_u16, 0] {
            let item = [[0, 7], [0, 0], extents.to_be_bytes()].concat();
            let places = [&[0, 0, 0, 0, 0, 0, 0xff, 0xff], item.repeat(65_535).as_slice()].concat();
            assert_eq!(cleaned(&[7], &places, 0).err(), Some(Flaw::Laborious), "{extents}");
        }
    }
}
