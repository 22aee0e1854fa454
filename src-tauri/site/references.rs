//! References to media in a site's documents: each single place, and how all of them follow a file that moves.
//!
//! Menus are looked through too: they may link to a file, though the catalogue does not list them among its places.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::file_uses::{self, FileUses};
use super::mentions::{self, UPLOADS};
use super::usage::{self, Changed};
use super::{documents, entities, file, texts};
use crate::error::Result;
use crate::store::splice::Edit;
use crate::store::{Batch, json};
use crate::workspace::demo::SITE;

/// The longest that is looked for before a path, in bytes.
const LONGEST_PARENT: usize = 512;

/// One text that refers to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The document, from the site's root and without its ending: `pages/about`, `global/header`, `theme`, `menus/main`,
    /// `collections/news/opening`.
    pub document: String,
    /// What the catalogue calls the document: `about`, `global:header`, `global:theme-settings`, `collection:news/opening`; `menu:main`
    /// for a menu.
    pub place: String,
    /// The document's name for a person.
    pub name: String,
    /// Keys and indices from the document's root to the text.
    pub path: Vec<String>,
}

impl Reference {
    /// The widget and the block that it stands in.
    pub fn within(&self) -> (Option<&str>, Option<&str>) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path[..] {
            ["widgets", widget, "blocks", block, ..] => (Some(widget), Some(block)),
            ["widgets", widget, ..] => (Some(widget), None),
            ["blocks", block, ..] if self.document.starts_with("global/") => (None, Some(block)),
            _ => (None, None),
        }
    }
}

/// Every reference in a site to one of the paths of each item, in the order of the items.
///
/// # Errors
/// `NotWritable` or `Io` if a document cannot be read.
pub fn find(site: &Path, items: &[BTreeSet<&str>]) -> Result<Vec<Vec<Reference>>> {
    let mut found = vec![Vec::new(); items.len()];
    for path in documents::list(site)? {
        if let Some(text) = file::read_text(site, &path)? {
            in_document(&path, &text, items, &mut found);
        }
    }
    Ok(found)
}

/// Lets every reference follow files that move from one path to another, in the batch of the demo's store that moves them; what
/// else stands in a text with a reference stays as it is. Notes in the catalogue where the media are used then.
///
/// `uses` is what was found of the files that move: texts that are no documents are changed too where they have a path. Answers with
/// the files that may still refer to the old paths.
///
/// # Errors
/// `NotWritable` or `Io` if a document cannot be read.
pub fn follow(batch: &mut Batch, site: &Path, moved: &BTreeMap<String, String>, uses: &FileUses) -> Result<BTreeSet<String>> {
    let moved: BTreeMap<&str, &str> = moved.iter().map(|(old, new)| (old.trim_start_matches('/'), new.trim_start_matches('/'))).collect();
    let mut rest: BTreeSet<String> = moved.keys().flat_map(|path| uses.of(path)).map(|one| one.file).collect();
    let mut changed = Vec::new();
    for path in documents::list_in(batch, site)? {
        let Some(text) = documents::text_in(batch, site, &path)? else { continue };
        // Few documents refer to media: the others need not be understood.
        if !text.contains(UPLOADS) {
            continue;
        }
        let Ok(document) = json::parse::<Value>(&text) else { continue };
        let mut edits = Vec::new();
        walk(&document, &mut Vec::new(), &mut |at, text, is_key| match renamed(text, &moved, site, &path) {
            Some(new) if !is_key => edits.push(Edit { path: at.to_vec(), value: Some(new.into()) }),
            _ => {}
        });
        if !edits.is_empty() {
            batch.edit(&format!("{SITE}/{path}"), &edits)?;
            if documents::text_in(batch, site, &path)?.is_some_and(|new| !is_left(&path, &new, &moved)) {
                rest.remove(&path);
            }
            changed.push(Changed { path, before: Some(text) });
        }
    }
    // Media that refer to media keep their bytes: the catalogue says how many they are.
    for path in rest.clone() {
        let is_other = !documents::is_document(&path) && !path.starts_with("uploads/");
        if is_other && follow_in_file(batch, site, &path, &moved)? {
            rest.remove(&path);
        }
    }
    usage::note(batch, site, &changed)?;
    Ok(rest)
}

/// Lets the references in a text that is no document follow; answers whether all of them did.
fn follow_in_file(batch: &mut Batch, site: &Path, path: &str, moved: &BTreeMap<&str, &str>) -> Result<bool> {
    let Some(text) = documents::text_in(batch, site, path)? else { return Ok(false) };
    let Some(new) = renamed(&text, moved, site, path) else { return Ok(false) };
    batch.set_text(&format!("{SITE}/{path}"), new.as_str())?;
    Ok(!is_left(path, &new, moved))
}

/// Whether a text at this path may still use a file at the path that it had: in a URL of another site, by its name alone, as a key.
fn is_left(path: &str, text: &str, moved: &BTreeMap<&str, &str>) -> bool {
    file_uses::uses_any(path, text, moved.keys().copied(), moved.values().copied())
}

/// What the catalogue calls a document at this path; `menu:main` for a menu. None for any other file.
pub fn place(path: &str) -> Option<String> {
    let menu = || Some(format!("menu:{}", path.strip_prefix("menus/")?.strip_suffix(".json")?));
    if documents::is_document(path) { usage::place(path).or_else(menu) } else { None }
}

/// What shells call a document at this path.
pub fn document_name(path: &str) -> String {
    let stem = path.strip_suffix(".json").filter(|_| documents::is_document(path)).unwrap_or(path);
    stem.strip_prefix("pages/global/").map_or_else(|| stem.to_owned(), |global| format!("global/{global}"))
}

fn in_document(path: &str, text: &str, items: &[BTreeSet<&str>], found: &mut [Vec<Reference>]) {
    if !text.contains(UPLOADS) {
        return;
    }
    let document = json::parse::<Value>(text);
    let is_json = document.is_ok();
    // In what is no JSON no text can be told from another.
    let document = document.unwrap_or_else(|_| text.into());
    let stem = path.strip_suffix(".json").unwrap_or(path);
    let short = stem.rsplit('/').next().unwrap_or(stem);
    let place = place(path).unwrap_or_else(|| path.to_owned());
    let name = match stem {
        "theme" => "Theme settings".to_owned(),
        _ if !is_json => titled(short),
        _ => document["name"].as_str().filter(|name| !name.is_empty()).map_or_else(|| titled(short), str::to_owned),
    };
    let document_name = document_name(path);
    let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, path) in items.iter().enumerate().flat_map(|(index, paths)| paths.iter().map(move |path| (index, path))) {
        by_path.entry(path.trim_start_matches('/')).or_default().push(index);
    }
    walk(&document, &mut Vec::new(), &mut |at, text, _| {
        let meant: BTreeSet<usize> = mentions::media(text).filter_map(|path| by_path.get(path.as_str())).flatten().copied().collect();
        for index in meant {
            let reference = Reference { document: document_name.clone(), place: place.clone(), name: name.clone(), path: at.to_vec() };
            found[index].push(reference);
        }
    });
}

/// Calls `found` with every text in a value, where it stands, and whether it is a key.
fn walk(value: &Value, at: &mut Vec<String>, found: &mut dyn FnMut(&[String], &str, bool)) {
    match value {
        Value::String(text) => found(at, text, false),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                at.push(index.to_string());
                walk(value, at, found);
                at.pop();
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                at.push(key.clone());
                found(at, key, true);
                walk(value, at, found);
                at.pop();
            }
        }
        _ => {}
    }
}

/// The text, which stands in `document`, with every path in it that moves replaced; none if there is none.
fn renamed(text: &str, moved: &BTreeMap<&str, &str>, site: &Path, document: &str) -> Option<String> {
    let mut new = String::new();
    let (mut done, mut settled) = (0, None);
    // The longest reading of a mention whose file is there is the right one.
    for reading in mentions::readings(text, &[UPLOADS]) {
        if settled == Some(reading.range.start) || reading.range.start < done {
            continue;
        }
        if let Some(path) = moved.get(reading.path.as_str()) {
            if is_elsewhere(&text[..reading.range.start], &reading.path, site, document) {
                settled = Some(reading.range.start);
                continue;
            }
            new.push_str(&text[done..reading.range.start]);
            new.push_str(&reading.written(text, path));
            done = reading.range.end;
        } else if !file::is_file(site, &reading.path).unwrap_or(true) {
            continue;
        }
        settled = Some(reading.range.start);
    }
    (done > 0).then(|| new + &text[done..])
}

/// Whether a path is the end of a longer one, by what stands before it: of a URL with a host, which may be any site's, or of
/// another file of this site, as `/assets/uploads/a.jpg` is.
fn is_elsewhere(before: &str, path: &str, site: &Path, document: &str) -> bool {
    let Some(parent) = parent_before(before) else { return false };
    if parent.starts_with("//") && parent.len() > 2 || parent.contains("://") {
        return true;
    }
    let is_other = |folder: &str| {
        let mut parts: Vec<&str> = Vec::new();
        for part in folder.split('/').chain(path.split('/')).filter(|part| !matches!(*part, "" | ".")) {
            if part == ".." {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        let full = parts.join("/");
        // In doubt it is left, with a warning.
        full != path && file::is_file(site, &full).unwrap_or(true)
    };
    let beside = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    is_other(&parent) || (!parent.starts_with('/') && is_other(&format!("{beside}/{parent}")))
}

/// What belongs to a path and stands before it, however it is written: `../`, `https://host/`. None if something else ends there.
fn parent_before(before: &str) -> Option<String> {
    let before = texts::last(before, LONGEST_PARENT);
    let before = entities::attribute(before).replace("\\/", "/");
    let before = ["\\u002f", "\\u002F", "\\x2f", "\\x2F"].iter().fold(before, |before, slash| before.replace(slash, "/"));
    let before = percent_decode_str(&before).decode_utf8_lossy();
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'`<>(){}[]|\\".contains(c);
    let mut parent = before.rsplit(ends).next().unwrap_or_default();
    // `?url=/uploads/…`, and a list of paths.
    while let Some(at) = parent.find([',', ';', '=']).filter(|_| !parent.is_empty()) {
        let next = &parent[at + 1..];
        if !(next.is_empty() || next.starts_with(['/', '.']) || next.contains("://") || !parent[..at].contains("//")) {
            break;
        }
        parent = next;
    }
    (parent.is_empty() || parent.ends_with('/')).then(|| parent.to_owned())
}

fn titled(stem: &str) -> String {
    let mut words = stem.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "/uploads/images/a.jpg";

    fn of_a(path: &str, text: &str) -> Vec<Reference> {
        let mut found = vec![Vec::new(); 2];
        in_document(path, text, &[BTreeSet::from([A]), BTreeSet::from(["/uploads/images/none.jpg"])], &mut found);
        assert_eq!(found[1], []);
        found.swap_remove(0)
    }

    #[test]
    fn every_reference_has_its_place_and_its_name() {
        let page = r#"{"name": "About us", "seo": {"og_image": "/uploads/images/a.jpg"}, "widgets": {"w1": {"settings": {"text": "<p><img src=\"/uploads/images/a.jpg\"></p>"}, "blocks": {"b1": {"settings": {"image": "/uploads/images/a.jpg", "other": "/uploads/images/a.jpg.png"}}}}}}"#;
        let found = of_a("pages/about.json", page);
        let told: Vec<_> = found.iter().map(|one| (one.path.join("/"), one.within())).collect();
        assert_eq!(
            told,
            [
                ("seo/og_image".to_owned(), (None, None)),
                ("widgets/w1/settings/text".to_owned(), (Some("w1"), None)),
                ("widgets/w1/blocks/b1/settings/image".to_owned(), (Some("w1"), Some("b1"))),
            ]
        );
        assert_eq!((found[0].document.as_str(), found[0].place.as_str(), found[0].name.as_str()), ("pages/about", "about", "About us"));
        let header = of_a("pages/global/header.json", r#"{"blocks": {"b": ["/uploads/images/a.jpg"]}}"#);
        assert_eq!(
            (header[0].document.as_str(), header[0].name.as_str(), header[0].within()),
            ("global/header", "Header", (None, Some("b")))
        );
        let menu = of_a("menus/main.json", r#"{"items": [{"link": "/uploads/images/a.jpg?v=1"}]}"#);
        assert_eq!((menu[0].document.as_str(), menu[0].place.as_str()), ("menus/main", "menu:main"));
    }

    #[test]
    fn only_what_moves_is_replaced_in_a_text() {
        let site = tempfile::tempdir().unwrap();
        let moved = BTreeMap::from([("uploads/images/a.jpg", "uploads/images/b.png")]);
        let renamed = |text: &str, moved: &BTreeMap<&str, &str>| renamed(text, moved, site.path(), "pages/about.json");
        let text = r#"<img src="/uploads/images/a.jpg" srcset="/uploads/images/a.jpg 1x, /uploads/images/a.jpg-2 2x">"#;
        let new = renamed(text, &moved).unwrap();
        assert_eq!(new, r#"<img src="/uploads/images/b.png" srcset="/uploads/images/b.png 1x, /uploads/images/a.jpg-2 2x">"#);
        assert_eq!(renamed("/uploads/images/c.jpg", &moved), None);
        // A file whose name goes on is another one, if it is there.
        let text = "url(/uploads/images/a.jpg 2.jpg)";
        assert_eq!(renamed(text, &moved).unwrap(), "url(/uploads/images/b.png 2.jpg)");
        std::fs::create_dir_all(site.path().join("uploads/images")).unwrap();
        std::fs::write(site.path().join("uploads/images/a.jpg 2.jpg"), "").unwrap();
        assert_eq!(renamed(text, &moved), None);
    }

    #[test]
    fn paths_of_other_sites_and_other_files_stay() {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(site.path().join("assets/uploads/images")).unwrap();
        std::fs::write(site.path().join("assets/uploads/images/a.jpg"), "").unwrap();
        let moved = BTreeMap::from([("uploads/images/a.jpg", "uploads/images/b.png")]);
        let renamed = |text: &str| renamed(text, &moved, site.path(), "assets/css/site.css");
        for text in [
            "url(/assets/uploads/images/a.jpg)",
            "url(../uploads/images/a.jpg)",
            "{{ base }}/assets/uploads/images/a.jpg",
            "https://x.example/uploads/images/a.jpg",
            "https://x.example:8080/wp-content/uploads/images/a.jpg",
            "https://x.example/a,b/uploads/images/a.jpg",
            "'//x.example/uploads/images/a.jpg'",
            "\"https:\\/\\/x.example\\/uploads\\/images\\/a.jpg\"",
            "?url=https%3A%2F%2Fx.example%2Fuploads%2Fimages%2Fa.jpg",
            "https:&#x2F;&#x2F;x.example&#x2F;uploads/images/a.jpg",
        ] {
            assert_eq!(renamed(text), None, "{text}");
        }
        for text in [
            "/uploads/images/a.jpg",
            "url(../../uploads/images/a.jpg)",
            "uploads/images/a.jpg",
            "{{ base }}/uploads/images/a.jpg",
            "https://{{ host }}/uploads/images/a.jpg",
            "/shop/uploads/images/a.jpg",
            "https://x.example/c.jpg,/uploads/images/a.jpg",
            "https://x.example/?url=/uploads/images/a.jpg",
            "/_next/image?url=%2Fuploads%2Fimages%2Fa.jpg",
            "x\\nuploads/images/a.jpg",
        ] {
            let new = renamed(text).unwrap_or_else(|| panic!("{text}"));
            assert!(new.contains("b.png") && !new.contains("a.jpg"), "{text}: {new}");
        }
    }
}
