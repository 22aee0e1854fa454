//! JPEG: segments behind markers (ITU-T T.81, annex B).
//!
//! As browsers do, this forgives bytes between segments and a missing end, which it writes. Whether the pixels of an image
//! without an end are all there is decided by decoding it.

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Clean, Flaw, Reader, exif};

/// More scans than any encoder makes; each goes over all pixels.
const SCANS: u32 = 100;
/// The most pixels that all scans together may go over.
const WORK: u64 = 2_000_000_000;
/// The mark at the end.
pub(super) const END: [u8; 2] = [0xff, 0xd9];

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let mut clean = Clean { bytes: Vec::with_capacity(bytes.len()), ..Clean::default() };
    if reader.array()? != [0xff, 0xd8] {
        return Err(Flaw::Damaged);
    }
    clean.bytes.extend([0xff, 0xd8]);
    let mut frame = Frame::default();
    let end = loop {
        match segment(&mut reader, &mut clean, &mut frame) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(flaw) => break Err(flaw),
        }
    };
    match end {
        _ if clean.scans == 0 => return Err(end.err().unwrap_or(Flaw::Damaged)),
        Ok(()) => {
            // What phones put behind the end, previews and films, does not belong to the image.
            if !reader.is_at_end() {
                note::add(&mut clean.notes, ImportNote::removed(NoteSubject::Appendix));
            }
        }
        Err(Flaw::Truncated) if frame.is_complete() => {
            clean.is_open_ended = true;
            note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::EndMark));
        }
        Err(flaw) => return Err(flaw),
    }
    clean.bytes.extend(END);
    Ok(clean)
}

/// Reads one segment, and the compressed data behind it, if it is one of a scan; says whether more follow.
fn segment(reader: &mut Reader<'_>, clean: &mut Clean, frame: &mut Frame) -> Result<bool, Flaw> {
    let rest = reader.bytes.get(reader.at..).unwrap_or_default();
    // Decoders pass over bytes that are no marker, and a marker may have fill bytes in front of it.
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff);
    let skipped = rest.windows(2).position(is_marker).ok_or(Flaw::Truncated)?;
    if rest[..skipped].iter().any(|byte| *byte != 0xff) {
        note::add(&mut clean.notes, ImportNote::removed(NoteSubject::StrayBytes));
    }
    reader.at += skipped;
    let start = reader.at;
    let [_, marker] = reader.array()?;
    match marker {
        0xd9 => return Ok(false),
        0x01 | 0xd0..=0xd7 => clean.bytes.extend(reader.since(start)),
        // Another image begins, though this one did not end.
        0xd8 => return Err(if clean.scans > 0 { Flaw::Truncated } else { Flaw::Damaged }),
        _ => {
            let length = usize::from(u16::from_be_bytes(reader.array()?));
            let body = reader.take(length.checked_sub(2).ok_or(Flaw::Damaged)?)?;
            if is_kept(marker, body) {
                clean.bytes.extend(reader.since(start));
            } else {
                note_removed(marker, body, clean);
            }
            if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                frame.begin(marker, body)?;
            }
            if marker == 0xda {
                clean.scans += 1;
                if clean.scans > SCANS || u64::from(clean.scans) * frame.pixels > WORK {
                    return Err(Flaw::Laborious);
                }
                frame.scan(body);
                let data = reader.at;
                let end = skip_scan(reader);
                clean.bytes.extend(reader.since(data));
                end?;
            }
        }
    }
    Ok(true)
}

/// Passes over the compressed data of a scan, up to the next marker that ends it, or to the end of the file.
fn skip_scan(reader: &mut Reader<'_>) -> Result<(), Flaw> {
    loop {
        let rest = reader.bytes.get(reader.at..).unwrap_or_default();
        let Some(marker) = rest.iter().position(|byte| *byte == 0xff) else {
            reader.at = reader.bytes.len();
            return Err(Flaw::Truncated);
        };
        match rest.get(marker + 1) {
            // A stuffed byte, or a restart within the scan.
            Some(0x00 | 0xd0..=0xd7) => reader.at += marker + 2,
            Some(0xff) => reader.at += marker + 1,
            Some(_) => {
                reader.at += marker;
                return Ok(());
            }
            // Half a marker is none.
            None => {
                reader.at += marker;
                return Err(Flaw::Truncated);
            }
        }
    }
}

/// Of the application segments those that the pixels need: the frame of JFIF, the colour profile, Adobe's colour transform.
fn is_kept(marker: u8, body: &[u8]) -> bool {
    match marker {
        0xe0 => body.starts_with(b"JFIF\0"),
        0xe2 => body.starts_with(b"ICC_PROFILE\0"),
        0xee => body.starts_with(b"Adobe"),
        0xe1..=0xef | 0xfe => false,
        _ => true,
    }
}

fn note_removed(marker: u8, body: &[u8], clean: &mut Clean) {
    if let Some(found) = body.strip_prefix(b"Exif\0\0").filter(|_| marker == 0xe1) {
        exif::note_removed(found, &mut clean.notes);
        clean.exif.get_or_insert_with(|| found.to_vec());
        return;
    }
    let subject = match marker {
        0xe1 if body.starts_with(b"http://ns.adobe.com/") => NoteSubject::Xmp,
        0xed => NoteSubject::Iptc,
        0xfe => NoteSubject::Comments,
        _ => NoteSubject::OtherData,
    };
    note::add(&mut clean.notes, ImportNote::removed(subject));
}

/// What a file says of its pixels, and which of them its scans have brought so far.
#[derive(Debug, Default)]
struct Frame {
    pixels: u64,
    is_progressive: bool,
    /// The components, and for each of their 64 coefficients whether its last bit has come.
    components: Vec<(u8, u64)>,
}

impl Frame {
    fn begin(&mut self, marker: u8, body: &[u8]) -> Result<(), Flaw> {
        let [_, h1, h0, w1, w0, count, ref components @ ..] = *body else { return Err(Flaw::Damaged) };
        self.pixels = u64::from(u16::from_be_bytes([h1, h0])) * u64::from(u16::from_be_bytes([w1, w0]));
        self.is_progressive = marker & 3 == 2;
        self.components = components.chunks_exact(3).take(usize::from(count)).map(|component| (component[0], 0)).collect();
        Ok(())
    }

    fn scan(&mut self, body: &[u8]) {
        let [count, ref rest @ ..] = *body else { return };
        let (Some(selected), Some([first, last, bits])) =
            (rest.get(..usize::from(count) * 2), rest.get(usize::from(count) * 2..).and_then(|three| three.first_chunk()))
        else {
            return;
        };
        // Of a progressive image a scan brings some coefficients, at first without their last bits.
        let brought = match (self.is_progressive, bits & 0x0f) {
            (false, _) => u64::MAX,
            (true, 0) => (*first..=(*last).min(63)).fold(0, |all, at| all | 1_u64 << at.min(63)),
            (true, _) => 0,
        };
        for (id, complete) in &mut self.components {
            if selected.chunks_exact(2).any(|component| component[0] == *id) {
                *complete |= brought;
            }
        }
    }

    /// Whether a scan has come for every bit of every component.
    fn is_complete(&self) -> bool {
        !self.components.is_empty() && self.components.iter().all(|(_, complete)| *complete == u64::MAX)
    }
}
