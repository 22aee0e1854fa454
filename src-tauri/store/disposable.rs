//! Files that can be made again at any time: written whole by a rename, never synced, known to be sound by a checksum.

use std::io::{self, Write as _};
use std::path::Path;

use super::disk;

/// The bytes that were kept at `path`; none if there are none or they are damaged, which is the same.
pub fn read_disposable(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = disk::read(path).ok()?;
    let sum: [u8; 32] = *bytes.last_chunk()?;
    bytes.truncate(bytes.len() - sum.len());
    (*blake3::hash(&bytes).as_bytes() == sum).then_some(bytes)
}

/// How many files one folder keeps; of more, the older half goes.
const MOST: usize = 128;

/// Keeps bytes at `path`, whoever else does the same at the same time, and only so many beside them.
///
/// # Errors
/// The system's; then nothing new is kept, and nothing is lost.
pub fn write_disposable(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    disk::create_dir_all(folder)?;
    let temp = folder.join(format!(".{}", uuid::Uuid::new_v4()));
    let written = disk::create_new(&temp).and_then(|mut file| {
        file.write_all(bytes)?;
        file.write_all(blake3::hash(bytes).as_bytes())
    });
    written.and_then(|()| disk::rename(&temp, path)).inspect_err(|_| drop(disk::remove_file(&temp)))?;
    let aged = |entry: disk::Entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
    let mut kept: Vec<_> = disk::read_dir(folder)?.flatten().filter_map(aged).collect();
    if kept.len() > MOST {
        kept.sort();
        kept.iter().take(kept.len() / 2).for_each(|(_, path)| drop(disk::remove_file(path)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_kept_is_found_again_until_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        assert_eq!(read_disposable(&path), None);
        write_disposable(&path, b"one").unwrap();
        write_disposable(&path, b"two").unwrap();
        assert_eq!(read_disposable(&path).as_deref(), Some(b"two".as_slice()));
        for damage in [b"".as_slice(), b"x", b"twO"] {
            let mut bytes = fs::read(&path).unwrap();
            bytes.splice(..bytes.len().min(3), damage.iter().copied());
            fs::write(&path, &bytes).unwrap();
            assert_eq!(read_disposable(&path), None);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        for number in 0..1_000 {
            write_disposable(&folder.path().join(format!("a/{number}")), b"x").unwrap();
        }
        assert!(read_disposable(&folder.path().join("a/999")).is_some());
        assert!(fs::read_dir(path.parent().unwrap()).unwrap().count() <= MOST);
    }
}
