//! EXIF data: a TIFF directory (CIPA DC-008). Only what decides about an image's orientation and place is read.

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;

/// The tags that are looked for.
const ORIENTATION: u16 = 0x0112;
const GPS: u16 = 0x8825;

/// Adds what it means that these EXIF data are removed.
pub(super) fn note_removed(exif: &[u8], notes: &mut Vec<ImportNote>) {
    note::add(notes, ImportNote::removed(NoteSubject::Exif));
    if tags(exif).is_some_and(|mut tags| tags.any(|tag| tag == GPS)) {
        note::add(notes, ImportNote::removed(NoteSubject::Location));
    }
}

/// EXIF data that say how an image is turned, and nothing else.
pub(in super::super) fn only_orientation(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0".to_vec();
    tiff.extend(ORIENTATION.to_le_bytes());
    tiff.extend([3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff
}

/// EXIF data that say nothing, for a place that must hold some.
pub(super) const EMPTY: &[u8] = b"MM\0*\0\0\0\x08\0\0\0\0\0\0";

/// The tags of the first directory.
fn tags(exif: &[u8]) -> Option<impl Iterator<Item = u16>> {
    let is_little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = move |bytes: &[u8], at: usize| {
        let two: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let four: [u8; 4] = exif.get(4..8)?.try_into().ok()?;
    let start = usize::try_from(if is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }).ok()?;
    let count = usize::from(short(exif, start)?);
    let directory = exif.get(start.checked_add(2)?..)?.chunks_exact(12).take(count);
    Some(directory.filter_map(move |entry| short(entry, 0)))
}
