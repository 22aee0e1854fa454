//! What a command says: as plain lines, in a file that does not grow without end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::store::disk;

/// The longest line that is kept whole.
const LONGEST: usize = 8 * 1024;

/// A file that keeps the end of what is written to it.
#[derive(Debug)]
pub struct Capped {
    file: File,
    size: u64,
    cap: u64,
}

impl Capped {
    /// Goes on with the file at `path`, or makes it and its folder; it grows to `cap` bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path, cap: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            disk::create_dir_all(folder)?;
        }
        let mut file = disk::open_or_create(path)?;
        let size = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, size, cap })
    }

    /// Writes at the end. When that is too much the older half goes.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let bytes = bytes.get(bytes.len().saturating_sub(usize::try_from(self.cap / 2).unwrap_or(usize::MAX))..).unwrap_or(bytes);
        if self.size + bytes.len() as u64 > self.cap {
            self.halve()?;
        }
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn halve(&mut self) -> io::Result<()> {
        let mut kept = Vec::new();
        self.file.seek(SeekFrom::Start(self.size.saturating_sub(self.cap / 2)))?;
        Read::by_ref(&mut self.file).take(self.cap / 2).read_to_end(&mut kept)?;
        let first_line = kept.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&kept[first_line..])?;
        self.size = (kept.len() - first_line) as u64;
        Ok(())
    }
}

/// The end of a file, at most so many bytes and from the start of a line, and whether there is more before it. A file that is
/// not there is empty.
///
/// # Errors
/// The system's.
pub fn tail(path: &Path, most: u64) -> io::Result<(String, bool)> {
    let mut file = match disk::open(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok((String::new(), false)),
        file => file?,
    };
    let size = file.metadata()?.len();
    let is_cut = size > most;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(most)))?;
    file.take(most).read_to_end(&mut bytes)?;
    let first_line = if is_cut { bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1) } else { 0 };
    Ok((String::from_utf8_lossy(&bytes[first_line..]).into_owned(), is_cut))
}

/// Makes plain lines of what is meant for a terminal: no colours, no cursor, no bells.
#[derive(Debug, Default)]
pub struct Lines {
    line: Vec<u8>,
    state: Escape,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    /// After ESC.
    Begun,
    /// In a control sequence, up to a letter.
    Control,
    /// In a text for the terminal, such as a title, up to a bell or ESC.
    Text,
    /// After a carriage return, which ends a line unless a newline follows.
    Return,
}

impl Lines {
    /// Takes more of what was said, and gives every line that is whole now, without its end.
    pub fn push(&mut self, bytes: &[u8], mut on_line: impl FnMut(&str)) {
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (Escape::Begun, b'[') => Escape::Control,
                (Escape::Begun, b']' | b'P' | b'_' | b'^') => Escape::Text,
                (Escape::Begun, 0x20..=0x2f) | (Escape::Control | Escape::Text | Escape::None | Escape::Return, 0x1b) => Escape::Begun,
                (Escape::Begun, _) | (Escape::Control, 0x40..=0x7e) | (Escape::Text, 0x07) => Escape::None,
                (state @ (Escape::Control | Escape::Text), _) => state,
                (Escape::None | Escape::Return, b'\n') => {
                    self.end(&mut on_line);
                    Escape::None
                }
                (state, b'\r') => {
                    if state == Escape::Return {
                        self.end(&mut on_line);
                    }
                    Escape::Return
                }
                (state, byte) => {
                    if state == Escape::Return {
                        self.end(&mut on_line);
                    }
                    if (byte >= 0x20 && byte != 0x7f) || byte == b'\t' {
                        self.line.push(byte);
                    }
                    if self.line.len() >= LONGEST {
                        self.end(&mut on_line);
                    }
                    Escape::None
                }
            };
        }
    }

    /// Gives what is left, if anything.
    pub fn finish(&mut self, mut on_line: impl FnMut(&str)) {
        if !self.line.is_empty() {
            self.end(&mut on_line);
        }
    }

    fn end(&mut self, on_line: &mut impl FnMut(&str)) {
        on_line(&String::from_utf8_lossy(&self.line));
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capped_file_keeps_the_end_from_the_start_of_a_line() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("logs/dev.log");
        let mut log = Capped::open(&path, 1000).unwrap();
        for number in 0..500 {
            log.write(format!("line {number}\n").as_bytes()).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() <= 1000);
        }
        drop(log);
        let mut log = Capped::open(&path, 1000).unwrap();
        log.write(b"again\n").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("line ") && text.ends_with("line 499\nagain\n"), "{text}");
        log.write(&[b'x'; 5000]).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() <= 1000);
    }

    #[test]
    fn the_tail_of_a_file_begins_with_a_line() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a");
        assert_eq!(tail(&path, 10).unwrap(), (String::new(), false));
        std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 100).unwrap(), ("one\ntwo\nthree\n".to_owned(), false));
        assert_eq!(tail(&path, 8).unwrap(), ("three\n".to_owned(), true));
    }

    #[test]
    fn colours_titles_and_progress_become_plain_lines() {
        let said = "\x1b]0;title\x07\x1b[32m➜\x1b[39m  \x1b[1mLocal\x1b[22m: http://localhost:\x1b[1m5173\x1b[22m/\r\n 10%\r 20%\r\n\tdone\x07\x1b(B end";
        for step in [1, 3, 7, said.len()] {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for part in said.as_bytes().chunks(step) {
                lines.push(part, |line| found.push(line.to_owned()));
            }
            lines.finish(|line| found.push(line.to_owned()));
            assert_eq!(found, ["➜  Local: http://localhost:5173/", " 10%", " 20%", "\tdone end"]);
        }
    }
}
