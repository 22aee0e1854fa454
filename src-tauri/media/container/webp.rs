//! WebP: chunks of RIFF (RFC 9649).

use super::{Clean, Flaw, Reader};

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
    let mut reader = Reader { bytes: bytes.get(..size).ok_or(Flaw::Truncated)?, at: 12 };
    let mut clean = Clean { bytes: header.to_vec(), scans: 1, ..Clean::default() };
    clean.bytes.reserve(bytes.len());
    // Some encoders leave out the last byte, which only pads.
    while !reader.is_at_end() {
        let start = reader.at;
        let kind: [u8; 4] = reader.array()?;
        let length = u32::from_le_bytes(reader.array()?);
        let body = reader.take(usize::try_from(length).map_err(|_| Flaw::Damaged)?)?;
        if length % 2 == 1 && !reader.is_at_end() {
            reader.byte()?;
        }
        if &kind == b"EXIF" {
            // Some put JPEG's prefix in front of it.
            clean.exif = Some(body.strip_prefix(b"Exif\0\0").unwrap_or(body).to_vec());
        }
        if !KEPT.contains(&&kind) {
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
    let size = u32::try_from(clean.bytes.len() - 8).map_err(|_| Flaw::Damaged)?;
    clean.bytes[4..8].copy_from_slice(&size.to_le_bytes());
    Ok(clean)
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
