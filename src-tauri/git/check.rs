//! Looks a commit's tree through before anything of it is written.
//!
//! The dangers are git's own history of vulnerabilities: a path that is `.git` to some file system (CVE-2014-9390,
//! CVE-2019-1352), one that leaves the tree, symlinks that lead outside, names that two systems read differently, and
//! sheer size.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};

use git2::{ObjectType, Repository, Tree};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

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

/// How often the one who waits hears that the work goes on: once in so many entries.
const BREATH: u64 = 5_000;

/// Goes through every entry below `tree`; `alive` is called now and then.
///
/// # Errors
/// `HostileRepository` naming the path, or `TooLarge`.
pub(super) fn check(repository: &Repository, tree: &Tree<'_>, limits: Limits, alive: &dyn Fn()) -> Result<Contents> {
    let mut walk = Walk { repository, limits, alive, contents: Contents::default(), entries: 0, links: BTreeMap::new() };
    walk.enter(tree, Path::new(""))?;
    let folded: HashSet<String> = walk.links.keys().map(|path| fold(&path.to_string_lossy())).collect();
    for (path, target) in &walk.links {
        if let Some(reason) = refuse_link(path, target, &|at| folded.contains(&fold(&at.to_string_lossy()))) {
            return Err(hostile(path, reason));
        }
    }
    Ok(walk.contents)
}

struct Walk<'a> {
    repository: &'a Repository,
    limits: Limits,
    alive: &'a dyn Fn(),
    contents: Contents,
    entries: u64,
    /// Every symbolic link, with what it says.
    links: BTreeMap<PathBuf, Vec<u8>>,
}

impl Walk<'_> {
    fn enter(&mut self, tree: &Tree<'_>, folder: &Path) -> Result<()> {
        if folder.components().count() >= DEPTH {
            return Err(hostile(folder, "lies too deep"));
        }
        let mut seen = HashSet::new();
        for entry in tree {
            self.entries += 1;
            if self.entries.is_multiple_of(BREATH) {
                (self.alive)();
            }
            // Folders count too: a few trees that hold each other can stand for billions of them.
            if self.entries > self.limits.files.saturating_mul(4) {
                return Err(self.too_large());
            }
            let name = std::str::from_utf8(entry.name_bytes())
                .map_err(|_| hostile(&folder.join(String::from_utf8_lossy(entry.name_bytes()).as_ref()), "is not named in UTF-8"))?;
            let path = folder.join(name);
            if let Some(reason) = refuse_name(name) {
                return Err(hostile(&path, reason));
            }
            if !seen.insert(fold(name)) {
                return Err(hostile(&path, "differs from its neighbour only in upper and lower case, or in how its accents are written"));
            }
            match (entry.kind(), entry.filemode()) {
                (Some(ObjectType::Tree), _) => {
                    let subtree = self.repository.find_tree(entry.id()).map_err(damaged)?;
                    self.enter(&subtree, &path)?;
                }
                (Some(ObjectType::Blob), mode) => self.file(entry.id(), mode == i32::from(git2::FileMode::Link), path)?,
                // A submodule: its folder stays empty, nothing is fetched.
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, id: git2::Oid, is_link: bool, path: PathBuf) -> Result<()> {
        let (size, _) = self.repository.odb().and_then(|odb| odb.read_header(id)).map_err(damaged)?;
        self.contents.files += 1;
        self.contents.bytes += size as u64;
        if self.contents.files > self.limits.files || self.contents.bytes > self.limits.bytes {
            return Err(self.too_large());
        }
        if is_link {
            if path.file_name().is_some_and(|name| fold(&name.to_string_lossy()) == ".gitmodules") {
                return Err(hostile(&path, "is a link"));
            }
            if size == 0 || size > 4_000 {
                return Err(hostile(&path, "is a link that leads nowhere"));
            }
            let target = self.repository.find_blob(id).map_err(damaged)?.content().to_vec();
            self.links.insert(path, target);
        }
        Ok(())
    }

    fn too_large(&self) -> Error {
        let Limits { files, bytes } = self.limits;
        Error::new(
            Code::TooLarge,
            format!(
                "The template holds more than {files} files or {} MB, the limits in the settings. Nothing was written; raise the limits, then retry.",
                bytes / 1_000_000
            ),
        )
    }
}

fn damaged(cause: git2::Error) -> Error {
    Error::new(Code::Git, format!("The template's repository is damaged: {}. Nothing was written.", cause.message()))
}

/// What a file system that ignores case and composes accents makes of a name. Lower-cased twice over, since file systems fold
/// in different ways: a name too many refused is no harm.
fn fold(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase().to_uppercase().to_lowercase()
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

/// Why a name that some file system takes for `.git` is refused.
const GIT: &str = "is another spelling of “.git”";

/// Why a name cannot be written on every system, if so.
pub(super) fn refuse_name(name: &str) -> Option<&'static str> {
    // HFS+ ignores these when it compares names (git's utf8.c).
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let plain: String = name.chars().filter(|c| !ignored(c)).collect::<String>().to_lowercase();
    // NTFS drops trailing dots and spaces, and reads what follows a colon as a stream.
    let ntfs = plain.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    if name.len() > 255 {
        return Some("has a name longer than file systems take");
    }
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\', '\0']) {
        return Some("is no file name");
    }
    if ntfs == ".git" || ntfs == "git~1" {
        return Some(GIT);
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

/// Why a link is not safe to follow, if so: it leads out of the tree, into `.git`, or through another link, since `..` behind
/// a link is not where its letters say.
fn refuse_link(link: &Path, target: &[u8], is_link: &dyn Fn(&Path) -> bool) -> Option<&'static str> {
    const OUT: Option<&str> = Some("is a link that leads out of the repository");
    let Ok(target) = std::str::from_utf8(target) else { return OUT };
    if target.starts_with(['/', '\\']) || target.contains('\0') || target.get(1..2) == Some(":") {
        return OUT;
    }
    let target = target.replace('\\', "/");
    let mut at: PathBuf = link.parent().unwrap_or(Path::new("")).to_owned();
    let mut parts = Path::new(&target).components().peekable();
    while let Some(part) = parts.next() {
        match part {
            Component::ParentDir if !at.pop() => return OUT,
            Component::Normal(name) if name.to_str().is_none_or(|name| refuse_name(name) == Some(GIT)) => return OUT,
            Component::Normal(name) => at.push(name),
            Component::RootDir | Component::Prefix(_) => return OUT,
            Component::ParentDir | Component::CurDir => {}
        }
        if parts.peek().is_some() && is_link(&at) {
            return Some("is a link that leads through another link");
        }
    }
    None
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
        let refuse = |link: &str, target: &str, other: &str| refuse_link(Path::new(link), target.as_bytes(), &|at| at == Path::new(other));
        for (link, target) in [("a/b/l", "../c"), ("l", "x/../y"), ("a/l", "../b"), ("l", "."), ("l", "other")] {
            assert_eq!(refuse(link, target, "other"), None, "{link} {target}");
        }
        let hostile = ["../x", "../../x", "/etc/passwd", "C:\\x", "..\\..\\x", ".git/hooks", "x/../.GIT/config"];
        for target in hostile {
            assert!(refuse("l", target, "").is_some(), "{target}");
        }
        // A link behind a link: `d/up` may be the root, and `d/up/..` is then outside.
        for target in ["d/up/..", "d/up/x", "d/up/../x"] {
            assert!(refuse("uploads", target, "d/up").is_some(), "{target}");
        }
    }

    #[test]
    fn names_that_some_file_system_takes_for_one_are_one() {
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("e\u{301}"), fold("\u{e9}"));
        assert_ne!(fold("a"), fold("b"));
    }
}
