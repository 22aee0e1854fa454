//! GIF: blocks behind a screen descriptor (CompuServe, version 89a).
//!
//! As browsers do, this forgives a missing end, which it writes.

use super::super::model::{ImportNote, NoteSubject};
use super::super::note;
use super::{Clean, Flaw, Reader};

/// Applications whose blocks are kept: those that say how often the animation is repeated, and the colour profile.
const KEPT: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];
/// The mark at the end.
const END: u8 = 0x3b;

pub(super) fn clean(bytes: &[u8]) -> Result<Clean, Flaw> {
    let mut reader = Reader::new(bytes);
    let header: [u8; 13] = reader.array()?;
    reader.take(color_table(header[10]))?;
    let mut clean = Clean { bytes: reader.since(0).to_vec(), scans: 1, ..Clean::default() };
    clean.bytes.reserve(bytes.len());
    let mut frames = 0_u32;
    loop {
        let start = reader.at;
        match block(&mut reader, &mut clean, &mut frames) {
            Ok(true) => {}
            Ok(false) => {
                if !reader.is_at_end() {
                    note::add(&mut clean.notes, ImportNote::removed(NoteSubject::Appendix));
                }
                break;
            }
            Err(flaw) => {
                let is_frame = bytes.get(start) == Some(&0x2c);
                if frames == 0 && !(is_frame && flaw == Flaw::Truncated) {
                    return Err(flaw);
                }
                if flaw == Flaw::Truncated && is_frame {
                    // The end of its data may be all that is missing: that shows when it is decoded.
                    close(bytes.get(start..).unwrap_or_default(), &mut clean)?;
                    frames += 1;
                } else if flaw == Flaw::Damaged {
                    note::add(&mut clean.notes, ImportNote::removed(NoteSubject::Appendix));
                }
                clean.is_open_ended = true;
                note::add(&mut clean.notes, ImportNote::repaired(NoteSubject::EndMark));
                break;
            }
        }
    }
    if frames == 0 {
        return Err(Flaw::Damaged);
    }
    clean.is_animated = frames > 1;
    clean.bytes.push(END);
    Ok(clean)
}

/// Reads one block, and says whether more follow.
fn block(reader: &mut Reader<'_>, clean: &mut Clean, frames: &mut u32) -> Result<bool, Flaw> {
    let start = reader.at;
    match reader.byte()? {
        END => return Ok(false),
        0x2c => {
            let descriptor: [u8; 9] = reader.array()?;
            reader.take(color_table(descriptor[8]))?;
            reader.byte()?;
            skip_blocks(reader)?;
            *frames += 1;
            clean.bytes.extend(reader.since(start));
        }
        0x21 => {
            let label = reader.byte()?;
            let first = *reader;
            skip_blocks(reader)?;
            let application = first.bytes.get(first.at + 1..first.at + 12).unwrap_or_default();
            let subject = match label {
                0xf9 | 0x01 => None,
                0xff if KEPT.contains(&application) => None,
                0xff if application == b"XMP DataXMP" => Some(NoteSubject::Xmp),
                0xfe => Some(NoteSubject::Comments),
                _ => Some(NoteSubject::OtherData),
            };
            match subject {
                None => clean.bytes.extend(reader.since(start)),
                Some(subject) => note::add(&mut clean.notes, ImportNote::removed(subject)),
            }
        }
        _ => return Err(Flaw::Damaged),
    }
    Ok(true)
}

/// Takes up a frame that the file ends in, up to its last complete block of data, and closes it.
fn close(frame: &[u8], clean: &mut Clean) -> Result<(), Flaw> {
    let mut reader = Reader::new(frame);
    let head: [u8; 10] = reader.array()?;
    reader.take(color_table(head[9]))?;
    reader.byte()?;
    loop {
        let before = reader.at;
        let block = reader.byte().and_then(|length| reader.take(usize::from(length)));
        if block.is_err() {
            clean.bytes.extend(frame.get(..before).unwrap_or_default());
            // What is there of the last block.
            if let Some([_, rest @ ..]) = frame.get(before..).filter(|rest| rest.len() > 1) {
                clean.bytes.push(u8::try_from(rest.len()).map_err(|_| Flaw::Damaged)?);
                clean.bytes.extend(rest);
            }
            clean.bytes.push(0);
            return Ok(());
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
