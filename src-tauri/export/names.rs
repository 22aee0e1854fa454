//! Names of a build's files that other systems cannot have: a build is made to be handed over, often to another system.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use crate::site::name;

/// What there is to say of the names of these files, which stand for their folders too.
pub(super) fn warnings<'a>(files: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut alike: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for file in files {
        let ends = file.match_indices('/').map(|(at, _)| at).chain([file.len()]);
        for path in ends.filter_map(|end| file.get(..end)) {
            if !seen.insert(path) {
                continue;
            }
            let own = path.rsplit('/').next().unwrap_or(path);
            if let Some(why) = name::not_portable(own) {
                warnings.push(format!("{path} cannot be unpacked on every system: {why}."));
            }
            alike.entry(folded(path)).or_default().insert(path);
        }
    }
    for paths in alike.values().filter(|paths| paths.len() > 1) {
        // Where folders are alike, what is in them may be too; the folders say it once.
        let is_told = paths.iter().any(|path| {
            path.rsplit_once('/').is_some_and(|(folder, _)| alike.get(&folded(folder)).is_some_and(|folders| folders.len() > 1))
        });
        if !is_told {
            let paths: Vec<&str> = paths.iter().copied().collect();
            warnings.push(format!("{} have the same name on Windows and macOS, where only one of them can be kept.", paths.join(" and ")));
        }
    }
    warnings
}

/// A path as systems compare it that take capitals for small letters and do not tell how an accent is written.
fn folded(path: &str) -> String {
    path.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_unpacked_elsewhere_and_names_that_meet_are_told_once() {
        let long = format!("{}.html", "a".repeat(251));
        let files = [
            "a:b/index.html",
            "a:b/other.html",
            "about.html",
            "About.html",
            "caf\u{e9}.html",
            "cafe\u{301}.html",
            "con/x.html",
            "docs/aux.txt",
            "Img/a.png",
            "img/A.png",
            "img/b.png",
            "fine/a b.html",
            "q?.html",
            "trailing ./x",
            &long,
        ];
        assert_eq!(
            warnings(files.into_iter()),
            [
                "a:b cannot be unpacked on every system: Windows does not allow : in names.",
                "con cannot be unpacked on every system: Windows reserves it for a device.",
                "docs/aux.txt cannot be unpacked on every system: Windows reserves it for a device.",
                "q?.html cannot be unpacked on every system: Windows does not allow ? in names.",
                "trailing . cannot be unpacked on every system: Windows drops a dot or space at the end of a name.",
                &format!("{long} cannot be unpacked on every system: it is longer than 255 bytes."),
                "About.html and about.html have the same name on Windows and macOS, where only one of them can be kept.",
                "cafe\u{301}.html and caf\u{e9}.html have the same name on Windows and macOS, where only one of them can be kept.",
                "Img and img have the same name on Windows and macOS, where only one of them can be kept.",
            ]
        );
    }
}
