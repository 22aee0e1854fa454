//! A file copied with some of its bytes changed: the rest is passed through, however long it is.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use super::disk;
use crate::cancel::Cancel;

/// A range of a file that becomes something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Where it begins.
    pub at: u64,
    /// How many bytes it has.
    pub length: u64,
    /// What is written for it.
    pub with: Vec<u8>,
    /// What follows until it is as long as it was; without it the range becomes shorter.
    pub fill: Option<u8>,
}

impl Patch {
    /// A range that is taken out.
    pub fn cut(at: u64, length: u64) -> Self {
        Self { at, length, with: Vec::new(), fill: None }
    }

    /// A range that keeps its length.
    pub fn over(at: u64, length: u64, with: Vec<u8>, fill: u8) -> Self {
        Self { at, length, with, fill: Some(fill) }
    }

    fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

/// Copies an open file, from where it is read, to the new file `to`, with these changes. Stops early if cancelled: the caller
/// looks and removes what there is then.
///
/// # Errors
/// The system's.
pub fn copy_patched(source: &mut File, to: &Path, patches: Vec<Patch>, cancel: &Cancel) -> io::Result<u64> {
    let target = disk::create_new(to)?;
    let mut target = io::BufWriter::new(target);
    let written = write_patched(source, &mut target, patches, cancel)?;
    target.flush()?;
    Ok(written)
}

/// Bytes with these changes.
pub fn patched(bytes: &[u8], patches: Vec<Patch>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    // Memory is written to without failing.
    let _ = write_patched(&mut &*bytes, &mut out, patches, &Cancel::new());
    out
}

fn write_patched(source: &mut impl Read, target: &mut impl Write, mut patches: Vec<Patch>, cancel: &Cancel) -> io::Result<u64> {
    const STEP: u64 = 8 * 1024 * 1024;
    patches.sort_by_key(|patch| patch.at);
    let (mut at, mut written) = (0, 0);
    let pass = |source: &mut dyn Read, target: &mut dyn Write, mut count: u64| -> io::Result<u64> {
        let mut passed = 0;
        while count > 0 && !cancel.is_cancelled() {
            let step = io::copy(&mut Read::take(&mut *source, count.min(STEP)), target)?;
            if step == 0 {
                break;
            }
            passed += step;
            count -= step;
        }
        Ok(passed)
    };
    // Of two that overlap the first one counts.
    for patch in patches {
        if patch.at < at {
            continue;
        }
        written += pass(source, target, patch.at - at)?;
        pass(source, &mut io::sink(), patch.length)?;
        at = patch.end();
        target.write_all(&patch.with)?;
        written += patch.with.len() as u64;
        if let Some(fill) = patch.fill {
            let left = patch.length.saturating_sub(patch.with.len() as u64);
            written += pass(&mut io::repeat(fill), target, left)?;
        }
    }
    Ok(written + pass(source, target, u64::MAX)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_patched_changes_and_the_rest_passes_through() {
        let patches =
            vec![Patch::over(6, 3, b"x".to_vec(), b'.'), Patch::cut(0, 2), Patch::over(7, 1, b"never".to_vec(), 0), Patch::cut(9, 9)];
        assert_eq!(patched(b"0123456789", patches), b"2345x..");
        assert_eq!(patched(b"same", Vec::new()), b"same");
    }
}
