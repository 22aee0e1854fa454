//! Copies that sync programs put beside a file when two machines changed it: left out of what is published, never deleted.
//!
//! Only names that these programs alone give are taken for such copies. Names that a person may give too, such as `about (1)` or
//! `about 2`, are not.

use std::path::Path;

use crate::store::disk;

/// Whether a file or folder of that name is a copy that a sync program made.
///
/// - Dropbox, Nextcloud, pCloud: `about (Ann's conflicted copy 2024-05-01).json`, `about (conflicted copy 2024-05-01 120000).json`
/// - Syncthing: `about.sync-conflict-20240501-120000-ABCDEFG.json`
/// - ownCloud: `about_conflict-20240501-120000.json`
/// - Seafile: `about (SFConflict ann@example.com 2024-05-01-12-00-00).json`
pub fn is_copy(name: &str) -> bool {
    let lower = name.to_lowercase();
    in_parentheses(&lower) || dated(&lower, ".sync-conflict-") || dated(&lower, "_conflict-")
}

/// Whether any part of a path is named so.
pub fn is_in_copy(path: &str) -> bool {
    path.split('/').any(is_copy)
}

fn in_parentheses(name: &str) -> bool {
    name.match_indices(" (").any(|(at, open)| {
        let inside = name[at + open.len()..].rsplit_once(')').map_or("", |(inside, _)| inside);
        let is_conflicted = inside.match_indices("conflicted copy").any(|(at, words)| {
            let (before, after) = (&inside[..at], &inside[at + words.len()..]);
            (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || starts_with_date(after.trim_start()))
        });
        is_conflicted || inside.strip_prefix("sfconflict ").is_some_and(|rest| rest.contains(' '))
    })
}

/// `2024-05-01`
fn starts_with_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes.iter().take(10).enumerate().all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() })
}

/// `<marker>20240501-120000`
fn dated(name: &str, marker: &str) -> bool {
    name.match_indices(marker).any(|(at, _)| {
        let bytes = &name.as_bytes()[at + marker.len()..];
        at > 0
            && bytes.len() >= 15
            && bytes.iter().take(15).enumerate().all(|(at, byte)| if at == 8 { *byte == b'-' } else { byte.is_ascii_digit() })
    })
}

/// The copies in a site, by path; of a folder that is one, the folder alone.
pub fn list(site: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in disk::read_dir(site.join(&folder)).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if name == "node_modules" || name.starts_with('.') {
                continue;
            }
            if is_copy(&name) {
                found.push(path);
            } else if entry.file_type().is_ok_and(disk::Kind::is_dir) {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What is said of a copy, with its path.
pub fn said(path: &str) -> String {
    format!("{path} is a conflict copy made by a sync program. It is not published; compare it with the original, then delete it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_sync_programs_are_known_and_names_that_people_give_are_not_taken_for_them() {
        for name in [
            "about (Ann's conflicted copy 2024-05-01).json",
            "about (MacBook's conflicted copy 2024-05-01 (1)).json",
            "about (conflicted copy 2024-05-01 120000).json",
            "about (conflicted copy).json",
            "About (Conflicted Copy 2024-05-01).html",
            "about.sync-conflict-20240501-120000-ABCDEFG.json",
            "about.sync-conflict-20240501-120000.json",
            "about_conflict-20240501-120000.json",
            "about (SFConflict ann@example.com 2024-05-01-12-00-00).json",
            "images (Ann's conflicted copy 2024-05-01)",
        ] {
            assert!(is_copy(name), "{name}");
        }
        for name in [
            "about.json",
            "about (1).json",
            "about 2.json",
            "about copy.json",
            "conflicted copy.html",
            "the conflicted copy of a file.html",
            "about (a conflicted copywriter).json",
            "sync-conflict.html",
            "resolving.sync-conflict-files.html",
            "_conflict-20240501-120000.json",
            "conflict-20240501.html",
            "about (copy).json",
            "a (SFConflict).json",
        ] {
            assert!(!is_copy(name), "{name}");
        }
    }
}
