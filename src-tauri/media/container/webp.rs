//! WebP: chunks of RIFF (RFC 9649).
//!
//! As browsers do, this forgives a length of the whole that is wrong, and a chunk without pixels that is cut off.

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Clean, Flaw, Reader, exif};

/// What is kept; EXIF and XMP data go, and whatever is not known.
const KEPT: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// What the extended header says of EXIF and XMP data, and of animation.
const METADATA: u8 = 0x0c;
const ANIMATION: u8 = 0x02;

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let header: [u8; 12] = reader.array()?;
    let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    let size = usize::try_from(size).map_err(|_| Flaw::Damaged)?.checked_add(8).ok_or(Flaw::Damaged)?;
    let mut clean = Clean { bytes: header.to_vec(), scans: 1, ..Clean::default() };
    clean.bytes.reserve(bytes.len());
    let mut reader = Reader { bytes: bytes.get(..size).unwrap_or(bytes), at: 12 };
    if bytes.len() > size {
        note::add(&mut clean.notes, ImportNote::removed(NoteSubject::Appendix));
    }
    let mut has_pixels = false;
    // Some encoders leave out the last byte, which only pads.
    while !reader.is_at_end() {
        let start = reader.at;
        let Ok((kind, body)) = chunk(&mut reader) else {
            let kind = bytes.get(start..start + 4).unwrap_or_default();
            if !has_pixels || KEPT.iter().any(|kept| kept.as_slice() == kind) {
                return Err(Flaw::Truncated);
            }
            note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::EndMark));
            break;
        };
        has_pixels |= matches!(&kind, b"VP8 " | b"VP8L" | b"ANMF");
        if !KEPT.contains(&&kind) {
            note_removed(kind, body, &mut clean);
            continue;
        }
        let at = clean.bytes.len();
        clean.bytes.extend(reader.since(start));
        if clean.bytes.len() % 2 == 1 {
            clean.bytes.push(0);
        }
        if &kind == b"VP8X" {
            let flags = clean.bytes.get_mut(at + 8).ok_or(Flaw::Damaged)?;
            clean.is_animated = *flags & ANIMATION != 0;
            *flags &= !METADATA;
        }
    }
    if !has_pixels {
        return Err(Flaw::Truncated);
    }
    if bytes.len() < size && size - bytes.len() > 1 {
        note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::Lengths));
    }
    let size = u32::try_from(clean.bytes.len() - 8).map_err(|_| Flaw::Damaged)?;
    clean.bytes[4..8].copy_from_slice(&size.to_le_bytes());
    Ok(clean)
}

/// One chunk, and the byte behind it, if it is padded: what it is, and what is in it.
fn chunk<'a>(reader: &mut Reader<'a>) -> Result<([u8; 4], &'a [u8]), Flaw> {
    let kind = reader.array()?;
    let length = u32::from_le_bytes(reader.array()?);
    let body = reader.take(usize::try_from(length).map_err(|_| Flaw::Damaged)?)?;
    if length % 2 == 1 && !reader.is_at_end() {
        reader.byte()?;
    }
    Ok((kind, body))
}

fn note_removed(kind: [u8; 4], body: &[u8], clean: &mut Clean) {
    match &kind {
        b"EXIF" => {
            // Some put JPEG's prefix in front of it.
            let found = body.strip_prefix(b"Exif\0\0").unwrap_or(body);
            exif::note_removed(found, &mut clean.notes);
            clean.exif = Some(found.to_vec());
        }
        b"XMP " => note::add(&mut clean.notes, ImportNote::removed(NoteSubject::Xmp)),
        _ => note::add(&mut clean.notes, ImportNote::removed(NoteSubject::OtherData)),
    }
}

/// A frame of an animation, as large as the whole, that replaces the one before it.
#[derive(Debug)]
pub(in super::super) struct Frame {
    /// How long it is shown, in milliseconds.
    pub millis: u32,
    /// The frame as an encoder wrote it.
    pub encoded: Vec<u8>,
}

/// An animation of these frames, with the profile, the background and the repetitions of another one.
pub(in super::super) fn animation(of: &[u8], frames: &[Frame], width: u32, height: u32) -> Option<Vec<u8>> {
    const ALPHA: u8 = 0x10;
    const REPLACES: u8 = 0x02;
    let size = |width: u32, height: u32| [&(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat();
    let mut kept = Vec::new();
    let mut reader = Reader::new(of.get(12..)?);
    let mut flags = 0;
    while let Ok((kind, body)) = chunk(&mut reader) {
        match &kind {
            b"VP8X" => flags = *body.first()?,
            b"ICCP" | b"ANIM" => append(&mut kept, kind, body),
            _ => {}
        }
    }
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    append(&mut file, *b"VP8X", &[vec![flags | ALPHA, 0, 0, 0], size(width, height)].concat());
    file.extend(kept);
    for frame in frames {
        let mut body = vec![0; 6];
        body.extend(size(width, height));
        body.extend(&frame.millis.to_le_bytes()[..3]);
        body.push(REPLACES);
        let mut reader = Reader::new(frame.encoded.get(12..)?);
        while let Ok((kind, data)) = chunk(&mut reader) {
            if matches!(&kind, b"ALPH" | b"VP8 " | b"VP8L") {
                append(&mut body, kind, data);
            }
        }
        append(&mut file, *b"ANMF", &body);
    }
    let length = u32::try_from(file.len() - 8).ok()?;
    file.get_mut(4..8)?.copy_from_slice(&length.to_le_bytes());
    Some(file)
}

/// Writes a chunk, padded to an even length.
fn append(bytes: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    bytes.extend(kind);
    bytes.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(body);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
}

/// A WebP file as an encoder writes it, of one chunk or with an extended header, with a colour profile in it.
pub(super) fn with_icc(encoded: &[u8], icc: &[u8], width: u32, height: u32, has_alpha: bool) -> Vec<u8> {
    const PROFILE: u8 = 0x20;
    const ALPHA: u8 = 0x10;
    let chunks = encoded.get(12..).unwrap_or_default();
    // The encoder's own extended header, if it wrote one, is of ten bytes behind its own eight.
    let chunks = if chunks.starts_with(b"VP8X") { chunks.get(18..).unwrap_or_default() } else { chunks };
    let mut body = b"WEBPVP8X\x0a\0\0\0".to_vec();
    body.extend([PROFILE | if has_alpha { ALPHA } else { 0 }, 0, 0, 0]);
    body.extend(&(width - 1).to_le_bytes()[..3]);
    body.extend(&(height - 1).to_le_bytes()[..3]);
    body.extend(b"ICCP");
    body.extend(u32::try_from(icc.len()).unwrap_or_default().to_le_bytes());
    body.extend(icc);
    if icc.len() % 2 == 1 {
        body.push(0);
    }
    body.extend(chunks);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(body.len()).unwrap_or_default().to_le_bytes());
    bytes.extend(body);
    bytes
}
