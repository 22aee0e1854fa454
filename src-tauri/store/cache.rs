//! What was read last, kept for as long as the file has not changed.
//!
//! A file is the same if its device, size, mtime and ctime are: an inode number proves nothing, since file systems use one
//! again at once. A file changed within the last 50 ms is read again however it looks, since two changes may fall into one
//! tick of the file system's clock. There is no time to live.

use std::collections::HashMap;
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::disk;

/// How young a change must be not to be trusted.
const YOUNG: Duration = Duration::from_millis(50);
/// How many files a cache holds before it begins anew.
const CAPACITY: usize = 20_000;

/// Values read from files.
#[derive(Debug)]
pub struct Cache<T> {
    entries: Mutex<HashMap<PathBuf, (Stamp, Arc<T>)>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Stamp {
    device: u64,
    size: u64,
    mtime: SystemTime,
    ctime: (i64, i64),
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<T> Cache<T> {
    /// The value of the file at `path`, read by `read` if it is not known or may have changed. What `read` cannot give is
    /// not kept.
    pub fn get(&self, path: &Path, read: impl FnOnce() -> Option<T>) -> Option<Arc<T>> {
        let stamp = stamp(path);
        if let Some(stamp) = stamp
            && let Some((known, value)) = self.lock().get(path)
            && *known == stamp
            && !is_young(stamp)
        {
            return Some(value.clone());
        }
        let value = Arc::new(read()?);
        // Stamped before it was read: a change in between makes the next look differ.
        if let Some(stamp) = stamp {
            let mut entries = self.lock();
            if entries.len() >= CAPACITY {
                entries.clear();
            }
            entries.insert(path.to_owned(), (stamp, value.clone()));
        }
        Some(value)
    }

    /// Reads a file anew when it is asked for next, or every file below a folder.
    pub fn forget(&self, path: &Path) {
        self.lock().retain(|known, _| !known.starts_with(path));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, (Stamp, Arc<T>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for the files at these paths as they are now, those that are not there too: as long as it is the same, none of them
/// changed. None if one of them changed so lately that a further change might not be seen.
pub fn mark<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        let stamp = stamp(path.as_ref());
        if stamp.is_some_and(is_young) {
            return None;
        }
        stamp.hash(&mut hasher);
    }
    Some(hasher.finish())
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = disk::metadata(path).ok()?;
    let (device, ctime) = identity(&metadata);
    Some(Stamp { device, size: metadata.len(), mtime: metadata.modified().ok()?, ctime })
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, (i64, i64)) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), (metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> (u64, (i64, i64)) {
    (0, (0, 0))
}

fn is_young(stamp: Stamp) -> bool {
    SystemTime::now().duration_since(stamp.mtime).is_ok_and(|age| age < YOUNG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_file_is_read_again_when_it_changed_or_is_young_and_not_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let cache = Cache::default();
        let reads = Cell::new(0);
        let look = || {
            cache
                .get(&path, || {
                    reads.set(reads.get() + 1);
                    std::fs::read_to_string(&path).ok()
                })
                .map(|text| text.to_string())
        };
        assert_eq!((look(), reads.get()), (None, 1));
        std::fs::write(&path, "one").unwrap();
        assert_eq!(look().as_deref(), Some("one"));
        let young = reads.get();
        look();
        assert!(reads.get() > young || !is_young(stamp(&path).unwrap()), "a young file is read again");
        // Of the same size, and dated back as a careless tool might: its ctime tells.
        let old = SystemTime::now() - Duration::from_secs(60);
        let date_back = || std::fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        date_back();
        look();
        let settled = reads.get();
        assert_eq!((look().as_deref(), reads.get()), (Some("one"), settled));
        std::fs::write(&path, "two").unwrap();
        date_back();
        assert_eq!((look().as_deref(), reads.get()), (Some("two"), settled + 1));
    }
}
