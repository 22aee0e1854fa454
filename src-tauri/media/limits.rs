//! What is too large, decided before anything is decoded, and how much is decoded at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::kind::Kind;

/// The most pixels that a picture may have: 100 megapixels.
pub(super) const PIXELS: u64 = 100_000_000;
/// The longest side of a picture, in pixels.
pub(super) const SIDE: u32 = 30_000;
/// The most bytes that one picture may take once it is decoded: four for each pixel.
pub(super) const DECODED: u64 = PIXELS * 4;
/// The most bytes that all pictures being decoded may take together. One that needs more is decoded alone.
const AT_ONCE: u64 = 400_000_000;
/// How soon a cancel is noticed while others decode.
const GLANCE: Duration = Duration::from_millis(20);

const MEGABYTE: u64 = 1_000_000;

/// The most bytes that a file of this kind may have.
pub(super) fn largest(kind: Kind) -> u64 {
    match kind {
        Kind::Jpeg | Kind::Png | Kind::Gif | Kind::WebP | Kind::Avif => 50 * MEGABYTE,
        Kind::Mp4 | Kind::WebM => 500 * MEGABYTE,
        Kind::Mp3 | Kind::Pdf => 100 * MEGABYTE,
        Kind::Svg | Kind::Text | Kind::Markdown | Kind::Csv => 10 * MEGABYTE,
    }
}

/// The largest of all, in bytes.
pub(super) const LARGEST: u64 = 500 * MEGABYTE;

/// Refuses a file of too many bytes.
///
/// # Errors
/// `TooLarge`.
pub(super) fn check_bytes(size: u64, largest: u64) -> Result<()> {
    if size <= largest {
        return Ok(());
    }
    Err(Error::new(
        Code::TooLarge,
        format!("It has {} MB; at most {} MB are taken. It was not added.", size / MEGABYTE, largest / MEGABYTE),
    ))
}

/// Refuses a picture of too many pixels.
///
/// # Errors
/// `TooLarge`; `InvalidInput` if it has none.
pub(super) fn check_pixels(width: u32, height: u32) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::new(Code::InvalidInput, "The picture is damaged: it has no pixels. It was not added."));
    }
    if u64::from(width) * u64::from(height) <= PIXELS && width <= SIDE && height <= SIDE {
        return Ok(());
    }
    Err(Error::new(
        Code::TooLarge,
        format!(
            "The picture says that it has {width} × {height} pixels; at most {} megapixels and {SIDE} pixels a side are taken. It was not added.",
            PIXELS / 1_000_000
        ),
    ))
}

/// What is being decoded in this process, in bytes.
static TAKEN: Mutex<u64> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// The right to decode so many bytes, for as long as it lives.
#[derive(Debug)]
pub(super) struct Share(u64);

impl Share {
    /// Waits until so many bytes may be decoded beside what is being decoded.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn take(bytes: u64, cancel: &Cancel) -> Result<Self> {
        let bytes = bytes.min(AT_ONCE);
        let mut taken = lock();
        while *taken + bytes > AT_ONCE {
            cancel.check()?;
            taken = FREED.wait_timeout(taken, GLANCE).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += bytes;
        Ok(Self(bytes))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = lock();
        *taken = taken.saturating_sub(self.0);
        FREED.notify_all();
    }
}

fn lock() -> MutexGuard<'static, u64> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}
