//! Append-only logs whose every line carries a checksum: `crc32 json\n`.
//!
//! A torn tail, the mark of a power cut, is cut off by the next who appends, under the lock. A bad line that good ones
//! follow is no torn tail but corruption: it is reported, and never cut.
//!
//! The checksum is CRC-32 (IEEE 802.3) of the JSON's bytes, in eight lower-case hexadecimal digits.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::contents::is_there;
use super::disk;
use super::lock::{Lock, Mode, Wait};
use super::replace::{replace, sync_dir};
use crate::error::{Error, Result};

/// A log file under a lock of its own.
#[derive(Debug, Clone)]
pub struct Log {
    path: PathBuf,
    lock: Lock,
}

/// What a log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries<T> {
    /// The good lines, oldest first.
    pub entries: Vec<T>,
    /// The numbers, from 1, of bad lines that good ones follow.
    pub bad_lines: Vec<usize>,
    /// Whether the last line is torn; the next append cuts it off.
    pub has_torn_tail: bool,
}

impl Log {
    /// The log at `path`, under the lock `lock_id` in the folder `locks`. Nothing is created.
    pub fn new(path: PathBuf, locks: &Path, lock_id: &str) -> Self {
        Self { path, lock: Lock::new(locks, lock_id, "append to a log") }
    }

    /// Appends all of the entries; they are durable when it returns.
    ///
    /// # Errors
    /// `Locked`, `DiskFull`, `NotWritable` or `Io`. Then none, or some of the first, were appended; none is torn.
    pub fn append<T: Serialize>(&self, entries: &[T]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let lines = lines(entries)?;
        let _held = self.lock.take(Mode::Exclusive, Wait::Patiently)?;
        let is_new = !is_there(&self.path)?;
        let failed = |cause: io::Error| Error::io("append to the log", &self.path, &cause);
        let mut file = disk::open_or_create(&self.path).map_err(failed)?;
        let end = cut_torn_tail(&mut file).map_err(failed)?;
        file.write_all(&lines).and_then(|()| file.sync_data()).map_err(|cause| {
            // What could not be written whole is taken back, so that the log never ends in half a line.
            let _ = file.set_len(end);
            failed(cause)
        })?;
        if is_new && let Some(folder) = self.path.parent() {
            sync_dir(folder).map_err(failed)?;
        }
        Ok(())
    }

    /// Replaces the log by one that holds these entries; durable when it returns.
    ///
    /// # Errors
    /// `Locked`, `DiskFull`, `NotWritable` or `Io`: the old log stands.
    pub fn begin_anew<T: Serialize>(&self, entries: &[T]) -> Result<()> {
        let lines = lines(entries)?;
        let _held = self.lock.take(Mode::Exclusive, Wait::Patiently)?;
        replace(&self.path, self.path.parent().unwrap_or(&self.path), &lines)
    }

    /// Cuts off a torn last line, as the next append would.
    ///
    /// # Errors
    /// `Locked`, `NotWritable` or `Io`.
    pub fn cut_torn_tail(&self) -> Result<()> {
        let _held = self.lock.take(Mode::Exclusive, Wait::Patiently)?;
        let failed = |cause: io::Error| Error::io("mend the log", &self.path, &cause);
        let mut file = disk::open_to_update(&self.path).map_err(failed)?;
        cut_torn_tail(&mut file).and_then(|_| file.sync_data()).map_err(failed)
    }

    /// Reads every entry, without the lock; a log that is not there is empty.
    ///
    /// # Errors
    /// `NotWritable` or `Io` if the file cannot be read.
    pub fn read<T: DeserializeOwned>(&self) -> Result<Entries<T>> {
        let bytes = match disk::read(&self.path) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(cause) => return Err(Error::io("read the log", &self.path, &cause)),
        };
        let mut result = Entries { entries: Vec::new(), bad_lines: Vec::new(), has_torn_tail: false };
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        for (index, raw) in lines.iter().enumerate() {
            match json_of(raw).and_then(|json| serde_json::from_slice(json).ok()) {
                Some(entry) => result.entries.push(entry),
                None if index + 1 == lines.len() => result.has_torn_tail = true,
                None => result.bad_lines.push(index + 1),
            }
        }
        Ok(result)
    }
}

fn lines<T: Serialize>(entries: &[T]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        let json = serde_json::to_string(entry)
            .map_err(|cause| Error::new(crate::error::Code::Internal, format!("A log entry could not be written as JSON: {cause}.")))?;
        lines.extend_from_slice(line(&json).as_bytes());
    }
    Ok(lines)
}

fn line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
}

/// The JSON of a whole and unharmed line.
fn json_of(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\n")?;
    let (checksum, json) = (line.get(..8)?, line.get(9..)?);
    let expected = u32::from_str_radix(std::str::from_utf8(checksum).ok()?, 16).ok()?;
    (line[8] == b' ' && crc32fast::hash(json) == expected).then_some(json)
}

/// Removes a last line that is not whole, and answers where the log ends; the file stands there.
fn cut_torn_tail(file: &mut File) -> io::Result<u64> {
    const WINDOW: u64 = 64 * 1024;
    let length = file.seek(SeekFrom::End(0))?;
    let mut window = WINDOW;
    loop {
        let start = length.saturating_sub(window);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.take(length - start).read_to_end(&mut tail)?;
        // The last line begins after the newline before its own; a line longer than the window needs a larger one.
        let body = tail.strip_suffix(b"\n").unwrap_or(&tail);
        let begin = body.iter().rposition(|byte| *byte == b'\n').map(|newline| newline + 1);
        let begin = match begin {
            Some(begin) => begin,
            None if start == 0 => 0,
            None => {
                window *= 4;
                continue;
            }
        };
        let is_whole = tail.is_empty() || json_of(&tail[begin..]).is_some();
        let end = if is_whole { length } else { start + begin as u64 };
        if end < length {
            tracing::warn!(bytes = length - end, "a torn line was cut off a log");
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(end))?;
        return Ok(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> (tempfile::TempDir, Log) {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::new(folder.path().join("activity.log"), folder.path(), "log");
        (folder, log)
    }

    fn read(log: &Log) -> Entries<u32> {
        log.read().unwrap()
    }

    #[test]
    fn what_is_appended_is_read_in_order_and_many_threads_lose_nothing() {
        let (_folder, log) = log();
        log.append(&[1, 2]).unwrap();
        log.append(&[3]).unwrap();
        assert_eq!(read(&log).entries, [1, 2, 3]);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|number| log.append(&[number]).unwrap()));
            }
        });
        assert_eq!(read(&log).entries.len(), 83);
    }

    #[test]
    fn a_tail_torn_at_any_byte_is_cut_and_the_rest_is_kept() {
        let (_folder, log) = log();
        let whole = line("1") + &line("2") + &line("345678");
        let (first, second) = (line("1").len(), line("2").len());
        for length in 0..whole.len() {
            std::fs::write(&log.path, &whole.as_bytes()[..length]).unwrap();
            let kept = usize::from(length >= first) + usize::from(length >= first + second);
            let found = read(&log);
            assert_eq!((found.entries.len(), found.has_torn_tail), (kept, ![0, first, first + second].contains(&length)), "{length}");
            log.append(&[9]).unwrap();
            let mended = read(&log);
            assert_eq!(
                (mended.entries.last(), mended.entries.len(), mended.has_torn_tail, mended.bad_lines.len()),
                (Some(&9), kept + 1, false, 0),
                "{length}"
            );
        }
    }

    #[test]
    fn a_bad_line_that_good_ones_follow_is_reported_and_not_cut() {
        let (_folder, log) = log();
        log.append(&[1, 2, 3]).unwrap();
        let damaged = std::fs::read_to_string(&log.path).unwrap().replace(" 2\n", " 7\n");
        std::fs::write(&log.path, damaged).unwrap();
        log.append(&[4]).unwrap();
        assert_eq!(read(&log), Entries { entries: vec![1, 3, 4], bad_lines: vec![2], has_torn_tail: false });
    }

    #[test]
    fn a_line_longer_than_the_window_is_found_whole() {
        let (_folder, log) = log();
        let long = "x".repeat(200_000);
        log.append(&[&long]).unwrap();
        log.append(&["short"]).unwrap();
        assert_eq!(log.read::<String>().unwrap().entries, [long, "short".to_owned()]);
    }
}
