//! Git LFS pointers: small texts that stand for large files which were not downloaded.
//!
//! Backlot runs no filters of a repository, so files that it keeps in Git LFS are pointers after a clone.

use std::io::Read as _;
use std::path::Path;

use super::file;

use crate::store::disk;

/// The first line of a pointer (the specification of Git LFS, and of what it was called before).
const VERSIONS: [&[u8]; 2] = [b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/"];
/// A pointer has fewer bytes than this, by its specification.
const LARGEST: u64 = 1024;

/// What to do about pointers, in words for a person: commands for the folder of the site.
pub const REMEDY: &str = "Install Git LFS (https://git-lfs.com), then run “git lfs install” and “git lfs pull” in the site's folder";

/// Whether these are the bytes of a pointer.
pub fn is_pointer(bytes: &[u8]) -> bool {
    (bytes.len() as u64) < LARGEST
        && VERSIONS.iter().any(|version| bytes.starts_with(version))
        && bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"oid sha256:"))
}

/// Whether the file at `path` in the site is a pointer.
pub fn is_pointer_at(site: &Path, path: &str) -> bool {
    let Ok(file) = file::open(site, path) else { return false };
    if file.metadata().is_ok_and(|found| found.len() >= LARGEST) {
        return false;
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).is_ok() && is_pointer(&bytes)
}

/// Every pointer in a site, by its path from the site's root, sorted.
pub fn pointers(site: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in disk::read_dir(site.join(&folder)).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name != ".git" && name != "node_modules" => folders.push(path),
                Ok(kind) if kind.is_file() => {
                    let is_small = entry.metadata().is_ok_and(|found| (100..LARGEST).contains(&found.len()));
                    if is_small && is_pointer_at(site, &path) {
                        found.push(path);
                    }
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Names for a sentence: the first three, and how many more there are.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] if rest.len() < 3 => format!("{} and {last}", rest.join(", ")),
        _ => format!("{} and {} more", names[..3].join(", "), names.len() - 3),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    #[test]
    fn pointers_are_told_from_files_that_speak_of_them() {
        assert!(is_pointer(POINTER.as_bytes()));
        assert!(is_pointer(POINTER.replace("git-lfs", "hawser").as_bytes()));
        let extended = POINTER.replace("oid", "ext-0-foo sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\noid");
        assert!(is_pointer(extended.as_bytes()));
        let long = format!("{POINTER}{}", "x".repeat(1024));
        for other in ["", "version https://git-lfs.github.com/spec/v1\n", &format!(" {POINTER}"), &long, "\u{ff}\u{d8}\u{ff}"] {
            assert!(!is_pointer(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn every_pointer_of_a_site_is_found_and_none_behind_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        for path in ["a.jpg", "deep/er/b.mp4", ".git/c.jpg", "node_modules/d.jpg"] {
            let path = site.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, POINTER).unwrap();
        }
        fs::write(site.join("other.txt"), "x".repeat(200)).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("a.jpg", site.join("link.jpg")).unwrap();
        assert_eq!(pointers(&site), ["a.jpg", "deep/er/b.mp4"]);
    }

    #[test]
    fn long_lists_name_three() {
        let names = |count: usize| (1..=count).map(|number| number.to_string()).collect::<Vec<_>>();
        let all: Vec<String> = (0..6).map(|count| listed(&names(count))).collect();
        assert_eq!(all, ["", "1", "1 and 2", "1, 2 and 3", "1, 2, 3 and 1 more", "1, 2, 3 and 2 more"]);
    }
}
