//! AVIF and MP4: boxes one behind the other (ISO/IEC 14496-12). Only their lengths are looked at: neither is decoded here.

use std::io::{Cursor, Read, Seek, SeekFrom};

use super::Flaw;

/// Whether every box at the top is there to its end.
pub(super) fn check(bytes: &[u8]) -> Result<(), Flaw> {
    check_stream(Cursor::new(bytes))
}

pub(super) fn check_stream(mut stream: impl Read + Seek) -> Result<(), Flaw> {
    let end = stream.seek(SeekFrom::End(0)).map_err(|_| Flaw::Damaged)?;
    let mut at = 0;
    while at < end {
        stream.seek(SeekFrom::Start(at)).map_err(|_| Flaw::Damaged)?;
        let mut header = [0; 16];
        stream.read_exact(&mut header[..8]).map_err(|_| Flaw::Truncated)?;
        let length = match u32::from_be_bytes([header[0], header[1], header[2], header[3]]) {
            // Up to the end of the file.
            0 => return Ok(()),
            1 => {
                stream.read_exact(&mut header[8..]).map_err(|_| Flaw::Truncated)?;
                u64::from_be_bytes([header[8], header[9], header[10], header[11], header[12], header[13], header[14], header[15]])
            }
            length => u64::from(length),
        };
        if length < 8 {
            return Err(Flaw::Damaged);
        }
        at = at.checked_add(length).ok_or(Flaw::Damaged)?;
    }
    if at == end { Ok(()) } else { Err(Flaw::Truncated) }
}
