//! PNG: chunks behind a signature (W3C, PNG third edition).

use super::{Clean, Flaw, Reader};

/// What is kept: pixels, palette, transparency, colour, resolution, animation. All text, times and EXIF data go.
const KEPT: [&[u8; 4]; 18] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let mut clean = Clean { bytes: reader.take(8)?.to_vec(), scans: 1, ..Clean::default() };
    clean.bytes.reserve(bytes.len());
    loop {
        let start = reader.at;
        let length = u32::from_be_bytes(reader.array()?);
        let kind: [u8; 4] = reader.array()?;
        let body = reader.take(usize::try_from(length).map_err(|_| Flaw::Damaged)?)?;
        reader.take(4)?;
        match &kind {
            b"acTL" => clean.is_animated = true,
            b"eXIf" => clean.exif = Some(body.to_vec()),
            _ => {}
        }
        // A chunk that a decoder must understand begins with a capital letter: it decides about those that are not known here.
        if KEPT.contains(&&kind) || kind[0].is_ascii_uppercase() {
            clean.bytes.extend(reader.since(start));
        }
        if &kind == b"IEND" {
            return Ok(clean);
        }
    }
}
