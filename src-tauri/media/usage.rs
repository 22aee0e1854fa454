//! Where media are used: a scan of every string in the site's documents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::site::file;

/// The places that refer to each path.
#[derive(Debug, Default)]
pub(super) struct Usages(BTreeMap<String, BTreeSet<String>>);

impl Usages {
    /// The places that use the item of this path, size variants included, in a stable order.
    pub fn of(&self, path: &str) -> Vec<String> {
        self.0.get(path).into_iter().flatten().cloned().collect()
    }
}

/// Scans the pages, the global widgets and the theme's settings. What cannot be read as JSON uses nothing.
pub(super) fn scan(site: &Path) -> Usages {
    let mut usages = Usages::default();
    for (folder, prefix) in [("pages", ""), ("pages/global", "global:")] {
        for entry in fs::read_dir(site.join(folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            if let (Some("json"), Some(stem)) =
                (path.extension().and_then(|kind| kind.to_str()), path.file_stem().and_then(|stem| stem.to_str()))
            {
                note(site, &format!("{folder}/{stem}.json"), &format!("{prefix}{stem}"), &mut usages);
            }
        }
    }
    note(site, "theme.json", "global:theme-settings", &mut usages);
    usages
}

fn note(site: &Path, path: &str, place: &str, usages: &mut Usages) {
    let Some(document) = file::read(site, path).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else { return };
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) => {
                for path in paths(text) {
                    usages.0.entry(path.to_owned()).or_default().insert(place.to_owned());
                }
            }
            Value::Array(values) => pending.extend(values),
            Value::Object(members) => pending.extend(members.values()),
            _ => {}
        }
    }
}

/// Every path under `/uploads/` in a text, be it all of it, an attribute in rich text, or a part of an address.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("/uploads/").map(|(at, _)| {
        let rest = &text[at..];
        &rest[..rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ')' | '<' | '>' | '?' | '#' | '\\' | ',' | '&'))
            .unwrap_or(rest.len())]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_wherever_it_stands_in_a_text() {
        let text = r#"<img src="/uploads/images/a.jpg?v=1"> url(/uploads/images/b-2.png) https://x.example/uploads/files/c.pdf#p"#;
        assert_eq!(paths(text).collect::<Vec<_>>(), ["/uploads/images/a.jpg", "/uploads/images/b-2.png", "/uploads/files/c.pdf"]);
        assert_eq!(paths("/uploads/images/whole.jpg").collect::<Vec<_>>(), ["/uploads/images/whole.jpg"]);
    }

    #[test]
    fn the_usage_of_the_starters_is_what_their_catalogues_say() {
        for starter in ["bakery", "portfolio", "saas"] {
            let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("starters").join(starter);
            let usages = scan(&site);
            let catalogue: Value = serde_json::from_str(&fs::read_to_string(site.join("uploads/media.json")).unwrap()).unwrap();
            for file in catalogue["files"].as_array().unwrap() {
                let mut listed: Vec<_> =
                    file["usedIn"].as_array().unwrap().iter().map(|place| place.as_str().unwrap().to_owned()).collect();
                listed.sort();
                assert_eq!(usages.of(file["path"].as_str().unwrap()), listed, "{starter}: {}", file["path"]);
            }
        }
    }
}
