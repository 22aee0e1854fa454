//! Photographs by the thousand, made on every core.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

/// Two megapixels.
pub const WIDTH: u32 = 1632;
pub const HEIGHT: u32 = 1224;

/// A picture as a camera makes them: soft shapes, and noise that no encoder can take out. No two numbers have the same one.
pub fn photograph(number: u32) -> image::ImageResult<Vec<u8>> {
    let mut noise = number.wrapping_mul(2_654_435_761) | 1;
    let seed = number % 251;
    let image = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        // xorshift32 (Marsaglia, 2003).
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let grain = noise % 12;
        let shade = |value: u32| u8::try_from(value.min(255)).unwrap_or(u8::MAX);
        let ring = (x / 8).abs_diff(100 + seed / 4).pow(2) + (y / 8).abs_diff(70).pow(2);
        Rgb([shade(x * 200 / WIDTH + grain), shade(ring / 80 + grain + seed / 8), shade(y * 180 / HEIGHT + (ring % 64) / 2 + grain)])
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&image)?;
    Ok(bytes)
}

/// Writes the photographs below `count` into a folder, on every core.
pub fn write_all(folder: &Path, count: u32) -> image::ImageResult<()> {
    each(count, |number| Ok(fs::write(folder.join(format!("{number:05}.jpg")), photograph(number)?)?))
}

/// Does something with every number below `count`, on every core, up to the first failure on each.
pub fn each<E: From<io::Error> + Send>(count: u32, work: impl Fn(u32) -> Result<(), E> + Sync) -> Result<(), E> {
    let next = AtomicU32::new(0);
    let cores = std::thread::available_parallelism()?.get();
    let take = || -> Result<(), E> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            work(number)?;
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(take)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
