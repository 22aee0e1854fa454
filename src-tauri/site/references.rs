//! References to media in a site's documents: each single place, and how all of them follow a file that moves.
//!
//! Menus are looked through too: they may link to a file, though the catalogue does not list them among its places.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::usage::{self, Changed};
use super::{documents, file};
use crate::error::Result;
use crate::store::splice::Edit;
use crate::store::{Batch, json};
use crate::workspace::demo::SITE;

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

/// Every reference to one of these paths in a site.
pub fn find(site: &Path, paths: &BTreeSet<&str>) -> Vec<Reference> {
    let texts = documents::list(site).into_iter().filter_map(|path| file::read_text(site, &path).map(|text| (path, text)));
    texts.flat_map(|(path, text)| in_document(&path, &text, paths)).collect()
}

/// As [`find`], in the documents as they stand in a batch of the demo's store.
pub fn find_in(batch: &mut Batch, site: &Path, paths: &BTreeSet<&str>) -> Vec<Reference> {
    let mut found = Vec::new();
    for path in documents::list_in(batch, site) {
        if let Some(text) = documents::text_in(batch, site, &path) {
            found.extend(in_document(&path, &text, paths));
        }
    }
    found
}

/// Lets every reference follow files that move from one path to another, in the batch of the demo's store that moves them; what
/// else stands in a text with a reference stays as it is. Notes in the catalogue where the media are used then.
///
/// # Errors
/// `NotWritable` or `Io` if a document cannot be read.
pub fn follow(batch: &mut Batch, site: &Path, moved: &BTreeMap<String, String>) -> Result<()> {
    let mut changed = Vec::new();
    for path in documents::list_in(batch, site) {
        let Some(text) = documents::text_in(batch, site, &path) else { continue };
        // Few documents refer to it: the others need not be understood.
        if !moved.keys().any(|old| text.contains(old)) {
            continue;
        }
        let Ok(document) = json::parse::<Value>(&text) else { continue };
        let mut edits = Vec::new();
        walk(&document, &mut Vec::new(), &mut |at, text| {
            if let Some(new) = renamed(text, moved) {
                edits.push(Edit { path: at.to_vec(), value: Some(new.into()) });
            }
        });
        if !edits.is_empty() {
            batch.edit(&format!("{SITE}/{path}"), &edits)?;
            changed.push(Changed { path, before: Some(text) });
        }
    }
    usage::note(batch, site, &changed)
}

fn in_document(path: &str, text: &str, paths: &BTreeSet<&str>) -> Vec<Reference> {
    if !paths.iter().any(|path| text.contains(path)) {
        return Vec::new();
    }
    let Ok(document) = json::parse::<Value>(text) else { return Vec::new() };
    let stem = path.strip_suffix(".json").unwrap_or(path);
    let short = stem.rsplit('/').next().unwrap_or(stem);
    let place = usage::place(path).unwrap_or_else(|| format!("menu:{short}"));
    let name = match stem {
        "theme" => "Theme settings".to_owned(),
        _ => document["name"].as_str().filter(|name| !name.is_empty()).map_or_else(|| titled(short), str::to_owned),
    };
    let document_name = stem.strip_prefix("pages/global/").map_or_else(|| stem.to_owned(), |global| format!("global/{global}"));
    let mut found = Vec::new();
    walk(&document, &mut Vec::new(), &mut |at, text| {
        if usage::ranges(text).any(|range| paths.contains(&text[range])) {
            found.push(Reference { document: document_name.clone(), place: place.clone(), name: name.clone(), path: at.to_vec() });
        }
    });
    found
}

/// Calls `found` with every text in a value and where it stands.
fn walk(value: &Value, at: &mut Vec<String>, found: &mut dyn FnMut(&[String], &str)) {
    match value {
        Value::String(text) => found(at, text),
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
                walk(value, at, found);
                at.pop();
            }
        }
        _ => {}
    }
}

/// The text with every path in it that moves replaced; none if there is none.
fn renamed(text: &str, moved: &BTreeMap<String, String>) -> Option<String> {
    let mut new = String::new();
    let mut done = 0;
    for range in usage::ranges(text) {
        if let Some(path) = moved.get(&text[range.clone()]) {
            new.push_str(&text[done..range.start]);
            new.push_str(path);
            done = range.end;
        }
    }
    (done > 0).then(|| new + &text[done..])
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

    #[test]
    fn every_reference_has_its_place_and_its_name() {
        let page = r#"{"name": "About us", "seo": {"og_image": "/uploads/images/a.jpg"}, "widgets": {"w1": {"settings": {"text": "<p><img src=\"/uploads/images/a.jpg\"></p>"}, "blocks": {"b1": {"settings": {"image": "/uploads/images/a.jpg", "other": "/uploads/images/a.jpg.png"}}}}}}"#;
        let found = in_document("pages/about.json", page, &BTreeSet::from([A]));
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
        let header = in_document("pages/global/header.json", r#"{"blocks": {"b": ["/uploads/images/a.jpg"]}}"#, &BTreeSet::from([A]));
        assert_eq!(
            (header[0].document.as_str(), header[0].name.as_str(), header[0].within()),
            ("global/header", "Header", (None, Some("b")))
        );
        let menu = in_document("menus/main.json", r#"{"items": [{"link": "/uploads/images/a.jpg?v=1"}]}"#, &BTreeSet::from([A]));
        assert_eq!((menu[0].document.as_str(), menu[0].place.as_str()), ("menus/main", "menu:main"));
    }

    #[test]
    fn only_what_moves_is_replaced_in_a_text() {
        let moved = BTreeMap::from([(A.to_owned(), "/uploads/images/b.png".to_owned())]);
        let text = r#"<img src="/uploads/images/a.jpg" srcset="/uploads/images/a.jpg 1x, /uploads/images/a.jpg-2 2x"> https://x.example/uploads/images/a.jpg"#;
        let new = renamed(text, &moved).unwrap();
        assert_eq!(
            new,
            r#"<img src="/uploads/images/b.png" srcset="/uploads/images/b.png 1x, /uploads/images/a.jpg-2 2x"> https://x.example/uploads/images/b.png"#
        );
        assert_eq!(renamed("/uploads/images/c.jpg", &moved), None);
    }
}
