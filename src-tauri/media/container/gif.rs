//! GIF: blocks behind a screen descriptor (CompuServe, GIF89a).

use super::{Clean, Flaw, Reader};

/// Applications whose blocks are kept: those that say how often the animation is repeated, and the colour profile.
const KEPT: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let header: [u8; 13] = reader.array()?;
    reader.take(color_table(header[10]))?;
    let mut clean = Clean { bytes: reader.since(0).to_vec(), scans: 1, ..Clean::default() };
    clean.bytes.reserve(bytes.len());
    let mut frames = 0_u32;
    loop {
        let start = reader.at;
        match reader.byte()? {
            0x3b => {
                clean.bytes.push(0x3b);
                clean.is_animated = frames > 1;
                return if frames > 0 { Ok(clean) } else { Err(Flaw::Damaged) };
            }
            0x2c => {
                let descriptor: [u8; 9] = reader.array()?;
                reader.take(color_table(descriptor[8]))?;
                reader.byte()?;
                skip_blocks(&mut reader)?;
                frames += 1;
                clean.bytes.extend(reader.since(start));
            }
            0x21 => {
                let label = reader.byte()?;
                let first = reader;
                skip_blocks(&mut reader)?;
                let is_kept = match label {
                    0xf9 | 0x01 => true,
                    0xff => first.bytes.get(first.at + 1..first.at + 12).is_some_and(|application| KEPT.contains(&application)),
                    _ => false,
                };
                if is_kept {
                    clean.bytes.extend(reader.since(start));
                }
            }
            _ => return Err(Flaw::Damaged),
        }
    }
}

/// How many bytes of colours follow a descriptor with these flags.
fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Passes over blocks, each behind its length, up to an empty one.
fn skip_blocks(reader: &mut Reader<'_>) -> Result<(), Flaw> {
    loop {
        let length = reader.byte()?;
        if length == 0 {
            return Ok(());
        }
        reader.take(usize::from(length))?;
    }
}
