//! Writes a plan: as a folder, on every core; or as a zip file. The site's files are read from the folder that was opened when
//! the build began, whatever has its name by now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::plan::{Contents, Plan};
use super::steady::{Failure, Steady};
use super::target::{MANIFEST, Manifest};
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::site::held::Held;
use crate::store;
use crate::store::disk;

/// Files up to this size, in bytes, are read at once; larger ones are copied, then read for their hash.
const WHOLE: u64 = 32 * 1024 * 1024;
/// A zip file's member of this size, in bytes, needs the larger headers (APPNOTE 4.3.9.2).
const LARGE: u64 = u32::MAX as u64 - 1024;
/// What is compressed already.
const COMPRESSED: &[&str] =
    &["jpg", "jpeg", "png", "gif", "webp", "avif", "mp4", "webm", "mp3", "woff", "woff2", "zip", "gz", "br", "pdf", "ogg", "m4a", "mov"];

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub bytes: u64,
    /// The BLAKE3 of a folder's manifest, or of the zip file.
    pub digest: String,
}

/// Called with how many files are written.
pub(super) type OnFile<'a> = &'a (dyn Fn(usize) + Sync);

/// Writes a plan as the new folder `to`, with its manifest.
///
/// # Errors
/// `Cancelled`; `DiskFull`, `NotWritable` or `Io`.
pub(super) fn folder(plan: &Plan, site: &Held, to: &Path, on_file: OnFile<'_>, cancel: &Cancel) -> Result<Written> {
    let paths: Vec<(&String, &Contents)> = plan.files.iter().collect();
    let folders: BTreeSet<&str> = paths.iter().filter_map(|(path, _)| Some(path.rsplit_once('/')?.0)).collect();
    for folder in std::iter::once("").chain(folders) {
        let at = to.join(folder);
        disk::create_dir_all(&at).map_err(|cause| Error::io("make the folder", &at, &cause))?;
    }
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let written: Mutex<(BTreeMap<String, String>, u64)> = Mutex::default();
    let failed: Mutex<Option<Error>> = Mutex::default();
    let work = || {
        while let Some((path, contents)) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = cancel.check().and_then(|()| one(site, contents, &to.join(path), cancel));
            match outcome {
                Ok((hash, size)) => {
                    let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                    written.0.insert((*path).clone(), hash);
                    written.1 += size;
                }
                Err(error) => {
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    next.store(paths.len(), Ordering::Relaxed);
                }
            }
            on_file(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len().max(1));
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let (files, bytes) = written.into_inner().unwrap_or_else(PoisonError::into_inner);
    let text = serde_json::to_string_pretty(&Manifest::of(files)).map_err(|cause| Error::new(Code::Internal, cause.to_string()))?;
    let at = to.join(MANIFEST);
    store::create_staged(&at, text.as_bytes()).map_err(|cause| Error::io("write", &at, &cause))?;
    Ok(Written { bytes, digest: store::hash(text.as_bytes()) })
}

/// Writes one file and answers its hash and its size.
fn one(site: &Held, contents: &Contents, to: &Path, cancel: &Cancel) -> Result<(String, u64)> {
    let failed = |cause: io::Error| Error::io("write", to, &cause);
    match contents {
        Contents::Bytes(bytes) => {
            store::create_staged(to, bytes).map_err(failed)?;
            Ok((store::hash(bytes), bytes.len() as u64))
        }
        Contents::Site(path) => {
            let mut source = open(site, path)?;
            let size = source.metadata().map_err(failed)?.len();
            if size <= WHOLE {
                let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
                source.read_to_end(&mut bytes).map_err(|cause| Error::io("read", &site.folder().join(path), &cause))?;
                store::create_staged(to, &bytes).map_err(failed)?;
                return Ok((store::hash(&bytes), bytes.len() as u64));
            }
            let size = store::copy_open(&mut source, to, cancel).map_err(failed)?;
            cancel.check()?;
            Ok((store::hash_file(to)?.unwrap_or_default(), size))
        }
    }
}

fn open(site: &Held, path: &str) -> Result<fs::File> {
    site.file(path).map_err(|cause| Error::io("read", &site.folder().join(path), &cause))
}

/// Writes a plan as the new zip file `to`: always in the same order, with the same times and rights.
///
/// # Errors
/// `Cancelled`; `DiskFull`, `NotWritable` or `Io`.
pub(super) fn archive(plan: &Plan, site: &Held, to: &Path, on_file: OnFile<'_>, cancel: &Cancel) -> Result<Written> {
    let failed = |cause: io::Error| Error::io("write", to, &cause);
    let zipped = |cause: zip::result::ZipError| Error::io("write", to, &io::Error::from(cause));
    let file = disk::create_new(to).map_err(failed)?;
    let (steady, failure) = Steady::new(io::BufWriter::with_capacity(1 << 20, file));
    let mut zip = ZipWriter::new(steady);
    let mut bytes = 0;
    for (number, (path, contents)) in plan.files.iter().enumerate() {
        cancel.check()?;
        let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let method = if COMPRESSED.contains(&ending.as_str()) { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options =
            SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default()).unix_permissions(0o644);
        match contents {
            Contents::Bytes(contents) => {
                zip.start_file(path, options).map_err(zipped)?;
                zip.write_all(contents).map_err(failed)?;
                bytes += contents.len() as u64;
            }
            Contents::Site(from) => {
                let mut source = open(site, from)?;
                let size = source.metadata().map_err(failed)?.len();
                zip.start_file(path, options.large_file(size > LARGE)).map_err(zipped)?;
                bytes += copy(&mut source, &mut zip, &failure, cancel).map_err(failed)?;
            }
        }
        failure.check().map_err(failed)?;
        on_file(number + 1);
    }
    cancel.check()?;
    let written = zip.finish().map_err(zipped)?.into_inner();
    failure.check().map_err(failed)?;
    let mut file = written.into_inner().map_err(|cause| failed(cause.into_error()))?;
    file.rewind().map_err(failed)?;
    let digest = store::hash_reader(&mut file).map_err(failed)?;
    Ok(Written { bytes, digest })
}

/// Copies until the end, or until nobody wants it any more.
fn copy(source: &mut fs::File, to: &mut impl io::Write, failure: &Failure, cancel: &Cancel) -> io::Result<u64> {
    const STEP: u64 = 4 * 1024 * 1024;
    let mut copied = 0;
    loop {
        let step = io::copy(&mut source.take(STEP), to)?;
        failure.check()?;
        copied += step;
        if step == 0 || cancel.is_cancelled() {
            return Ok(copied);
        }
    }
}
