//! Looks a commit's tree through before anything of it is written.
//!
//! The dangers are git's own history of vulnerabilities: a path that is `.git` to some file system (CVE-2014-9390,
//! CVE-2019-1352), one that leaves the tree, symlinks that lead outside, names that two systems read differently, and
//! sheer size.

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use git2::{ObjectType, Repository, Tree};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};

/// How large a template may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Files in one commit.
    pub files: u64,
    /// Bytes of all files in one commit.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 200_000, bytes: 8 * 1024 * 1024 * 1024 }
    }
}

/// What a tree holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub files: u64,
    pub bytes: u64,
}

/// How deep folders may lie in each other; git itself has no limit, a stack has.
const DEPTH: usize = 128;

/// Goes through every entry below `tree`.
///
/// # Errors
/// `HostileRepository` naming the path, or `TooLarge`.
pub(super) fn check(repository: &Repository, tree: &Tree<'_>, limits: Limits) -> Result<Contents> {
    let mut contents = Contents::default();
    walk(repository, tree, Path::new(""), limits, &mut contents)?;
    Ok(contents)
}

fn walk(repository: &Repository, tree: &Tree<'_>, folder: &Path, limits: Limits, contents: &mut Contents) -> Result<()> {
    let damaged = |cause: git2::Error| {
        Error::new(Code::Git, format!("The template's repository is damaged: {}. Nothing was written.", cause.message()))
    };
    if folder.components().count() >= DEPTH {
        return Err(hostile(folder, "lies too deep"));
    }
    let mut seen = HashSet::new();
    for entry in tree {
        let name = std::str::from_utf8(entry.name_bytes())
            .map_err(|_| hostile(&folder.join(String::from_utf8_lossy(entry.name_bytes()).as_ref()), "is not named in UTF-8"))?;
        let path = folder.join(name);
        if let Some(reason) = refuse_name(name) {
            return Err(hostile(&path, reason));
        }
        // Lower-cased twice over: file systems fold in different ways, and a name too many refused is no harm.
        if !seen.insert(name.to_lowercase().to_uppercase().to_lowercase()) {
            return Err(hostile(&path, "differs from its neighbour only in upper and lower case"));
        }
        match (entry.kind(), entry.filemode()) {
            (Some(ObjectType::Tree), _) => {
                let subtree = repository.find_tree(entry.id()).map_err(damaged)?;
                walk(repository, &subtree, &path, limits, contents)?;
            }
            (Some(ObjectType::Blob), mode) => {
                let (size, _) = repository.odb().and_then(|odb| odb.read_header(entry.id())).map_err(damaged)?;
                contents.files += 1;
                contents.bytes += size as u64;
                if contents.files > limits.files || contents.bytes > limits.bytes {
                    return Err(Error::new(
                        Code::TooLarge,
                        format!(
                            "The template holds more than {} files or {} MB, the limits in the settings. Nothing was written; raise the limits, then retry.",
                            limits.files,
                            limits.bytes / 1_000_000
                        ),
                    ));
                }
                if mode == i32::from(git2::FileMode::Link) {
                    if name.eq_ignore_ascii_case(".gitmodules") {
                        return Err(hostile(&path, "is a link"));
                    }
                    let target = repository.find_blob(entry.id()).map_err(damaged)?;
                    if leaves_the_tree(folder, target.content()) {
                        return Err(hostile(&path, "is a link that leads out of the repository"));
                    }
                }
            }
            // A submodule: its folder stays empty, nothing is fetched.
            _ => {}
        }
    }
    Ok(())
}

fn hostile(path: &Path, reason: &str) -> Error {
    Error::new(
        Code::HostileRepository,
        format!(
            "The template is not safe to check out: “{}” {reason}. Nothing was written; remove it from the repository, then retry.",
            path.to_string_lossy().escape_debug()
        ),
    )
}

/// Why a name cannot be written on every system, if so.
fn refuse_name(name: &str) -> Option<&'static str> {
    // HFS+ ignores these when it compares names (git's utf8.c).
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let plain: String = name.chars().filter(|c| !ignored(c)).collect::<String>().to_lowercase();
    // NTFS drops trailing dots and spaces, and reads what follows a colon as a stream.
    let ntfs = plain.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\', '\0']) {
        return Some("is no file name");
    }
    if ntfs == ".git" || ntfs == "git~1" {
        return Some("is another spelling of “.git”");
    }
    let stem = ntfs.split('.').next().unwrap_or_default().trim_end();
    let is_port = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|port| {
            port.chars().count() == 1 && port.contains(|c: char| c.is_ascii_digit() && c != '0' || matches!(c, '¹' | '²' | '³'))
        })
    };
    if matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || is_port("com") || is_port("lpt") {
        return Some("has a name that Windows reserves for a device");
    }
    None
}

fn leaves_the_tree(folder: &Path, target: &[u8]) -> bool {
    let Ok(target) = std::str::from_utf8(target) else { return true };
    if target.starts_with(['/', '\\']) || target.contains('\0') || target.get(1..2) == Some(":") {
        return true;
    }
    let mut at: PathBuf = folder.to_owned();
    for part in Path::new(&target.replace('\\', "/")).components() {
        match part {
            Component::ParentDir if !at.pop() => return true,
            Component::Normal(name) if name.to_str().is_none_or(|name| refuse_name(name) == Some("is another spelling of “.git”")) => {
                return true;
            }
            Component::Normal(name) => at.push(name),
            Component::RootDir | Component::Prefix(_) => return true,
            Component::ParentDir | Component::CurDir => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_git_folder_and_every_device_is_refused() {
        for name in [
            ".git",
            ".GIT",
            ".git.",
            ".git ",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "git~1",
            "..",
            ".",
            "",
            "a\\b",
            "CON",
            "nul.txt",
            "com1",
            "LPT9.x",
            "aux .c",
        ] {
            assert!(refuse_name(name).is_some(), "{name:?}");
        }
        for name in [".github", ".gitignore", ".gitattributes", "git", "console", "com", "com10", "com0", "nullable.ts", "a b", "ü.txt"] {
            assert_eq!(refuse_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_link_may_move_about_in_the_tree_and_not_leave_it() {
        for (folder, target) in [("a/b", "../c"), ("", "x/../y"), ("a", "../b"), ("", ".")] {
            assert!(!leaves_the_tree(Path::new(folder), target.as_bytes()), "{folder} {target}");
        }
        for (folder, target) in [
            ("", "../x"),
            ("a", "../../x"),
            ("", "/etc/passwd"),
            ("", "C:\\x"),
            ("a", "..\\..\\x"),
            ("", ".git/hooks"),
            ("a", "../.GIT/config"),
        ] {
            assert!(leaves_the_tree(Path::new(folder), target.as_bytes()), "{folder} {target}");
        }
    }
}
