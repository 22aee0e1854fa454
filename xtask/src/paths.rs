//! Where things are: the repository, cargo's target folder, and what these commands leave there.

use std::path::{Path, PathBuf};

/// The repository's root. Cargo names it when it runs this program, which may have been built for another clone that shares the
/// target folder.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder of the UI's sources.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, taken from the current folder as cargo does, else `target`.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => std::path::absolute(&folder).unwrap_or_else(|_| folder.into()),
        None => root().join("target"),
    }
}

/// What these commands keep: logs, screenshots, the clean system root.
pub fn own() -> PathBuf {
    target().join("xtask")
}

/// The first program of these names on the PATH.
pub fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

/// Whether one of these programs is on the PATH.
pub fn has(names: &[&str]) -> bool {
    program(names).is_some()
}
