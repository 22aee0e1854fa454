//! Where the tests keep their files: in memory, where there is enough of it.
//!
//! Tests make, sync and remove many thousands of files. On a disk they mostly wait for it: one test of 14 seconds took more than
//! three minutes on an ext4 that another program kept busy. What a disk does when it is full, slow or fails is tested by mounts,
//! and by calls that are made to fail, wherever the files are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The memory file system of Linux.
const MEMORY: &str = "/dev/shm";
/// What statfs(2) calls tmpfs.
#[cfg(target_os = "linux")]
const TMPFS: i64 = 0x0102_1994;
/// How much must be free of it, and of the memory as a whole, in bytes.
#[cfg(target_os = "linux")]
const ENOUGH: (u64, u64) = (4 << 30, 8 << 30);

static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// The folder that commands are given as `TMPDIR`; none if they keep the system's.
pub fn folder() -> Option<&'static Path> {
    FOLDER.get().map(PathBuf::as_path)
}

/// Lets a command have its files where the system keeps temporary files, as a person's window has them on a disk.
pub fn leave(command: &mut Command) {
    if folder().is_some() {
        command.env_remove("TMPDIR");
    }
}

/// The folder for as long as this lives; it is removed with whatever a test left in it.
#[derive(Debug)]
pub struct Scratch(());

impl Scratch {
    /// Makes the folder, unless there is too little memory or `TMPDIR` says where temporary files belong.
    pub fn begin() -> Self {
        if std::env::var_os("TMPDIR").is_none() && has_enough() {
            let folder = Path::new(MEMORY).join(format!("backlot-tests-{}", std::process::id()));
            if fs::create_dir(&folder).is_ok() {
                println!("→ the tests keep their files in memory, in {}; with TMPDIR set, they are there", folder.display());
                let _ = FOLDER.set(folder);
            }
        }
        Self(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(folder) = folder() {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn has_enough() -> bool {
    false
}

#[cfg(target_os = "linux")]
fn has_enough() -> bool {
    let Ok(found) = rustix::fs::statfs(MEMORY) else { return false };
    let free = found.f_bavail.saturating_mul(u64::try_from(found.f_bsize).unwrap_or_default());
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text)).unwrap_or_default();
    found.f_type == TMPFS && free >= ENOUGH.0 && memory >= ENOUGH.1
}

/// The memory that new programs could take, in bytes; see proc(5).
#[cfg(any(test, target_os = "linux"))]
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_available_memory_is_read_in_bytes() {
        assert_eq!(available("MemTotal:       24683652 kB\nMemAvailable:   22020096 kB\n"), Some(22_020_096 * 1024));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
    }
}
