//! PNG: chunks behind a signature (W3C, PNG third edition).
//!
//! As browsers do, this forgives a missing end and wrong checksums, and writes right ones. A checksum that is wrong around
//! pixels is forgiven only where their own checksum is right: otherwise it is the pixels that are damaged.

use flate2::{Decompress, FlushDecompress, Status};

use super::super::limits::DECODED;
use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Clean, Flaw, Reader, exif};

/// What is kept: pixels, palette, transparency, colour, resolution, animation. All text, times and EXIF data go.
const KEPT: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
];
/// Of these a wrong checksum is put right; other chunks that browsers can do without are left out then.
const MENDED: [&[u8; 4]; 4] = [b"IDAT", b"acTL", b"fcTL", b"fdAT"];
/// The last chunk, which is always the same.
const END: &[u8; 12] = b"\0\0\0\0IEND\xae\x42\x60\x82";

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let mut clean = Clean { bytes: reader.take(8)?.to_vec(), scans: 1, ..Clean::default() };
    clean.bytes.reserve(bytes.len());
    let mut pixels = Pixels::default();
    loop {
        let start = reader.at;
        let Ok((kind, body, sum)) = chunk(&mut reader) else {
            reader.at = start;
            if let Some(rest) = pixels_cut_off(&reader) {
                append(&mut clean, *b"IDAT", rest);
                pixels.data.push(rest);
            }
            if pixels.data.is_empty() {
                return Err(Flaw::Truncated);
            }
            // Whether they are all there shows when they are decoded.
            clean.is_open_ended = true;
            note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::EndMark));
            break;
        };
        if &kind == b"IEND" {
            if !reader.is_at_end() {
                note::add(&mut clean.notes, ImportNote::removed(NoteSubject::Appendix));
            }
            break;
        }
        let is_right = sum == checksum(kind, body);
        match &kind {
            b"acTL" => clean.is_animated = true,
            b"eXIf" if is_right => clean.exif = Some(body.to_vec()),
            b"IDAT" => {
                pixels.data.push(body);
                pixels.is_doubtful |= !is_right;
            }
            _ => {}
        }
        // A chunk that a decoder must understand begins with a capital letter: it decides about those that are not known here.
        let is_critical = kind[0].is_ascii_uppercase();
        if is_right && (KEPT.contains(&&kind) || is_critical) {
            clean.bytes.extend(reader.since(start));
        } else if MENDED.contains(&&kind) {
            append(&mut clean, kind, body);
            note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::Checksums));
        } else if is_critical {
            return Err(Flaw::Damaged);
        } else {
            note_removed(kind, body, &mut clean.notes);
        }
    }
    clean.bytes.extend(END);
    if pixels.is_doubtful && !pixels.have_their_checksum() {
        return Err(Flaw::Damaged);
    }
    Ok(clean)
}

/// One chunk: what it is, what is in it, and its checksum.
fn chunk<'a>(reader: &mut Reader<'a>) -> Result<([u8; 4], &'a [u8], u32), Flaw> {
    let length = u32::from_be_bytes(reader.array()?);
    let kind = reader.array()?;
    let body = reader.take(usize::try_from(length).map_err(|_| Flaw::Damaged)?)?;
    Ok((kind, body, u32::from_be_bytes(reader.array()?)))
}

/// What is there of a chunk of pixels that the file ends in: at the least as much as it says, without the checksum.
fn pixels_cut_off<'a>(reader: &Reader<'a>) -> Option<&'a [u8]> {
    let rest = reader.bytes.get(reader.at..)?;
    let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
    let body = rest.get(8..).filter(|_| rest.get(4..8) == Some(b"IDAT"))?;
    Some(body.get(..length).unwrap_or(body))
}

fn checksum(kind: [u8; 4], body: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&kind);
    sum.update(body);
    sum.finalize()
}

/// Writes a chunk with its right checksum.
fn append(clean: &mut Clean, kind: [u8; 4], body: &[u8]) {
    clean.bytes.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    clean.bytes.extend(kind);
    clean.bytes.extend(body);
    clean.bytes.extend(checksum(kind, body).to_be_bytes());
}

fn note_removed(kind: [u8; 4], body: &[u8], notes: &mut Vec<ImportNote>) {
    let subject = match &kind {
        b"eXIf" => return exif::note_removed(body, notes),
        b"iTXt" if body.starts_with(b"XML:com.adobe.xmp\0") => NoteSubject::Xmp,
        b"tEXt" | b"zTXt" | b"iTXt" => NoteSubject::Comments,
        b"tIME" => NoteSubject::Dates,
        _ => NoteSubject::OtherData,
    };
    note::add(notes, ImportNote::removed(subject));
}

/// The same file with EXIF data that hold the orientation and nothing else.
pub(super) fn with_orientation(png: &mut Clean, orientation: u8) {
    let mut chunk = Clean::default();
    append(&mut chunk, *b"eXIf", &exif::only_orientation(orientation));
    // Behind the signature and the header.
    let at = 33.min(png.bytes.len());
    png.bytes.splice(at..at, chunk.bytes);
}

/// The compressed pixels of an image.
#[derive(Debug, Default)]
struct Pixels<'a> {
    /// Whether a checksum around them is wrong.
    is_doubtful: bool,
    data: Vec<&'a [u8]>,
}

impl Pixels<'_> {
    /// Whether their own checksum, at the end of the compressed data, is right.
    fn have_their_checksum(&self) -> bool {
        let mut inflate = Decompress::new(true);
        let mut out = vec![0; 1 << 16];
        for data in &self.data {
            let mut rest = *data;
            loop {
                let (read, made) = (inflate.total_in(), inflate.total_out());
                match inflate.decompress(rest, &mut out, FlushDecompress::None) {
                    Ok(Status::StreamEnd) => return true,
                    Ok(_) => {}
                    Err(_) => return false,
                }
                rest = rest.get(usize::try_from(inflate.total_in() - read).unwrap_or(usize::MAX)..).unwrap_or_default();
                let is_stuck = (inflate.total_in(), inflate.total_out()) == (read, made);
                if is_stuck || inflate.total_out() > 2 * DECODED {
                    break;
                }
            }
        }
        false
    }
}
