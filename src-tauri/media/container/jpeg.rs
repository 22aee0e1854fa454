//! JPEG: segments behind markers (ITU-T T.81, annex B).

use super::{Clean, Flaw, Reader};

/// More scans than any encoder makes; each goes over all pixels.
const SCANS: u32 = 100;
/// The most pixels that all scans together may go over.
const WORK: u64 = 2_000_000_000;

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let mut clean = Clean { bytes: Vec::with_capacity(bytes.len()), ..Clean::default() };
    if reader.array()? != [0xff, 0xd8] {
        return Err(Flaw::Damaged);
    }
    clean.bytes.extend([0xff, 0xd8]);
    let mut pixels = 0;
    loop {
        let mut start = reader.at;
        if reader.byte()? != 0xff {
            return Err(Flaw::Damaged);
        }
        let mut marker = reader.byte()?;
        // A marker may have fill bytes in front of it.
        while marker == 0xff {
            start += 1;
            marker = reader.byte()?;
        }
        match marker {
            // The end of the image. What phones put behind it, previews and films, does not belong to it.
            0xd9 => {
                clean.bytes.extend([0xff, 0xd9]);
                return if clean.scans > 0 { Ok(clean) } else { Err(Flaw::Damaged) };
            }
            0x01 | 0xd0..=0xd7 => clean.bytes.extend(reader.since(start)),
            0x00 | 0xd8 => return Err(Flaw::Damaged),
            _ => {
                let length = usize::from(u16::from_be_bytes(reader.array()?));
                let body = reader.take(length.checked_sub(2).ok_or(Flaw::Damaged)?)?;
                if marker == 0xe1 && clean.exif.is_none() {
                    clean.exif = body.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec);
                }
                if is_kept(marker, body) {
                    clean.bytes.extend(reader.since(start));
                }
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    let [_, h1, h0, w1, w0, ..] = *body else { return Err(Flaw::Damaged) };
                    pixels = u64::from(u16::from_be_bytes([h1, h0])) * u64::from(u16::from_be_bytes([w1, w0]));
                }
                if marker == 0xda {
                    clean.scans += 1;
                    if clean.scans > SCANS || u64::from(clean.scans) * pixels > WORK {
                        return Err(Flaw::Laborious);
                    }
                    let data = reader.at;
                    skip_scan(&mut reader)?;
                    clean.bytes.extend(reader.since(data));
                }
            }
        }
    }
}

/// Passes over the compressed data of a scan, up to the next marker that ends it.
fn skip_scan(reader: &mut Reader<'_>) -> Result<(), Flaw> {
    loop {
        let rest = reader.bytes.get(reader.at..).unwrap_or_default();
        let marker = rest.iter().position(|byte| *byte == 0xff).ok_or(Flaw::Truncated)?;
        match rest.get(marker + 1) {
            // A stuffed byte, or a restart within the scan.
            Some(0x00 | 0xd0..=0xd7) => reader.at += marker + 2,
            Some(0xff) => reader.at += marker + 1,
            Some(_) => {
                reader.at += marker;
                return Ok(());
            }
            None => return Err(Flaw::Truncated),
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
