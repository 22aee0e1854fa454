//! Where media are used: a scan of every string in the site's documents.
//!
//! Only documents are places in the catalogue: Widgetizer reads it too, and takes each place for a page or one of its own names.
//! Which other files use media is searched when it is asked for, by [`super::file_uses`].
//!
//! The places are `<page>`, `global:<name>` for a global widget, `global:theme-settings`, and `collection:<kind>/<item>`, as
//! Widgetizer has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::media::CATALOGUE;
use super::{documents, file, mentions, references};
use crate::error::{Error, Result};
use crate::store::splice::Edit;
use crate::store::{Batch, json};
use crate::workspace::demo::SITE;

/// The places that refer to each path.
#[derive(Debug, Default)]
pub struct Usages {
    by_path: BTreeMap<String, BTreeSet<String>>,
    /// The places whose documents are not JSON: they may refer to anything.
    damaged: BTreeSet<String>,
    /// Why not everything could be read; then nobody knows what the rest refers to.
    unread: Option<Error>,
}

impl Usages {
    /// The places that use the item of this path, in a stable order.
    ///
    /// `sizes` is what the catalogue says of its variants; a place that refers to one of these uses the item.
    pub fn of(&self, path: &str, sizes: &Value) -> Vec<String> {
        let variants = sizes.as_object().into_iter().flatten().filter_map(|(_, size)| size["path"].as_str());
        let paths = variants.chain([path]).map(|path| path.trim_start_matches('/'));
        let places: BTreeSet<&String> = paths.filter_map(|path| self.by_path.get(path)).flatten().collect();
        places.into_iter().cloned().collect()
    }

    /// As [`Usages::of`], to be noted in the catalogue, where `before` is noted: a place whose document is damaged stays, and every
    /// place if not everything could be read.
    pub fn noted(&self, path: &str, sizes: &Value, before: &[String]) -> Vec<String> {
        let kept = before.iter().filter(|place| self.unread.is_some() || self.damaged.contains(*place)).cloned();
        self.of(path, sizes).into_iter().chain(kept).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The places whose documents are not JSON, so that nobody knows what they refer to.
    pub fn damaged(&self) -> &BTreeSet<String> {
        &self.damaged
    }

    /// Why not everything could be read, if so.
    pub fn unread(&self) -> Option<&Error> {
        self.unread.as_ref()
    }

    /// The same, if everything could be read.
    ///
    /// # Errors
    /// `NotWritable` or `Io` that names what could not.
    pub fn whole(self) -> Result<Self> {
        match self.unread {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Notes what the documents use that `text` reads, which answers none for what is no document.
    fn note_all(
        paths: Result<BTreeSet<String>>,
        name: fn(&str) -> Option<String>,
        mut read: impl FnMut(&str) -> Result<Option<Arc<[u8]>>>,
    ) -> Self {
        let mut usages = Self::default();
        let paths = paths.unwrap_or_else(|error| {
            usages.unread = Some(error);
            BTreeSet::new()
        });
        for path in paths {
            let Some(place) = name(&path) else { continue };
            match read(&path) {
                Ok(Some(text)) => usages.note(&place, &text),
                Ok(None) => {}
                Err(error) => usages.unread = Some(error),
            }
        }
        usages
    }

    fn note(&mut self, place: &str, text: &[u8]) {
        for path in used(text) {
            self.by_path.entry(path).or_default().insert(place.to_owned());
        }
        if is_damaged(text) {
            self.damaged.insert(place.to_owned());
        }
    }
}

/// Scans the pages, the global widgets, the items of collections and the theme's settings. What cannot be read as JSON uses what its
/// text mentions.
pub fn scan(site: &Path) -> Usages {
    scan_files(site, place)
}

/// As [`scan`], of the documents as they stand in a batch of the demo's store: what it finds is true when the batch is committed.
pub fn scan_batch(batch: &mut Batch, site: &Path) -> Usages {
    scan_texts(batch, site, place)
}

/// As [`scan`], of menus too: they may link to a file, though the catalogue does not list them among its places.
pub fn scan_with_menus(site: &Path) -> Usages {
    scan_files(site, references::place)
}

/// As [`scan_with_menus`], of the documents as they stand in a batch of the demo's store.
pub fn scan_batch_with_menus(batch: &mut Batch, site: &Path) -> Usages {
    scan_texts(batch, site, references::place)
}

fn scan_files(site: &Path, name: fn(&str) -> Option<String>) -> Usages {
    Usages::note_all(documents::list(site), name, |path| Ok(file::read(site, path)?.map(Arc::from)))
}

fn scan_texts(batch: &mut Batch, site: &Path, name: fn(&str) -> Option<String>) -> Usages {
    Usages::note_all(documents::list_in(batch, site), name, |path| Ok(documents::text_in(batch, site, path)?.map(Arc::from)))
}

/// A document that a batch has changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Where it is, from the site's root.
    pub path: String,
    /// Its text before; none if it is new.
    pub before: Option<Arc<str>>,
}

/// Notes in the catalogue, within the batch of the demo's store that changed some documents, where the media are used now.
///
/// An item that one of the documents began or ceased to use gets what a full scan finds; every other one stays as it is.
/// A catalogue that cannot be understood is left alone: it must not keep anybody from saving a page.
///
/// # Errors
/// `NotWritable` or `Io` if a changed document cannot be read.
pub fn note(batch: &mut Batch, site: &Path, changed: &[Changed]) -> Result<()> {
    let mut affected = BTreeSet::new();
    for document in changed.iter().filter(|document| place(&document.path).is_some()) {
        let before = document.before.as_deref().map(|text| used(text.as_bytes())).unwrap_or_default();
        let after = batch.text(&format!("{SITE}/{}", document.path))?.map(|text| used(text.as_bytes())).unwrap_or_default();
        affected.extend(before.symmetric_difference(&after).cloned());
    }
    if !affected.is_empty()
        && let Err(cause) = note_in_catalogue(batch, site, &affected)
    {
        tracing::warn!(site = %site.display(), %cause, "where media are used could not be noted in the catalogue");
    }
    Ok(())
}

fn note_in_catalogue(batch: &mut Batch, site: &Path, affected: &BTreeSet<String>) -> Result<(), String> {
    let name = format!("{SITE}/{CATALOGUE}");
    file::place(site, CATALOGUE).map_err(|cause| cause.to_string())?;
    let Some(text) = batch.text(&name).map_err(|cause| cause.message)? else { return Ok(()) };
    let catalogue: Value = json::parse(&text).map_err(|fault| fault.reason())?;
    let items = catalogue["files"].as_array().ok_or("it has no list of files")?;
    let is_affected = |item: &Value| {
        let variants = item["sizes"].as_object().into_iter().flatten().filter_map(|(_, size)| size["path"].as_str());
        variants.chain(item["path"].as_str()).any(|path| affected.contains(path.trim_start_matches('/')))
    };
    let items: Vec<(usize, &Value)> = items.iter().enumerate().filter(|(_, item)| is_affected(item)).collect();
    if items.is_empty() {
        return Ok(());
    }
    let usages = scan_batch(batch, site);
    let edits = items.into_iter().filter_map(|(index, item)| {
        let before: Vec<String> = item["usedIn"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let used_in = Value::from(usages.noted(item["path"].as_str().unwrap_or_default(), &item["sizes"], &before));
        let path = ["files", &index.to_string(), "usedIn"].map(str::to_owned).to_vec();
        (item["usedIn"] != used_in).then_some(Edit { path, value: Some(used_in) })
    });
    let edits: Vec<Edit> = edits.collect();
    if edits.is_empty() { Ok(()) } else { batch.edit(&name, &edits).map_err(|cause| cause.message) }
}

/// What the catalogue calls a document; none if it is no document that uses media.
pub(super) fn place(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".json")?;
    match stem.split('/').collect::<Vec<_>>()[..] {
        ["theme"] => Some("global:theme-settings".to_owned()),
        ["pages", page] => Some(page.to_owned()),
        ["pages", "global", widget] => Some(format!("global:{widget}")),
        ["collections", kind, item] => Some(format!("collection:{kind}/{item}")),
        _ => None,
    }
}

/// Whether a document cannot be understood and may lack a part. One with conflict markers has both sides in its text.
fn is_damaged(text: &[u8]) -> bool {
    let is_whole = |text: &str| json::parse::<serde::de::IgnoredAny>(text).is_ok() || json::conflict(text).is_some();
    !str::from_utf8(text).is_ok_and(is_whole)
}

/// Every path that a document may refer to, from the site's root and without a slash before it.
fn used(text: &[u8]) -> BTreeSet<String> {
    let Ok(document) = serde_json::from_slice::<Value>(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)) else {
        return mentions::media(&String::from_utf8_lossy(text)).collect();
    };
    let mut found = BTreeSet::new();
    let mut pending = vec![&document];
    while let Some(value) = pending.pop() {
        match value {
            Value::String(text) => found.extend(mentions::media(text)),
            Value::Array(values) => pending.extend(values),
            Value::Object(members) => {
                found.extend(members.keys().flat_map(|key| mentions::media(key)));
                pending.extend(members.values());
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::Store;

    fn starter(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("starters").join(name)
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            let to = to.join(entry.file_name());
            if entry.path().is_dir() { copy(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(drop).unwrap() }
        }
    }

    /// A demo's folder with the bakery as its site.
    fn demo() -> (tempfile::TempDir, Store, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("demo");
        copy(&starter("bakery"), &root.join(SITE));
        let site = root.join(SITE);
        (folder, Store::new(root.clone(), &root.join("locks"), "demo"), site)
    }

    /// Changes one document and notes what follows.
    fn change(store: &Store, site: &Path, path: &str, new: impl FnOnce(Option<&str>) -> Option<String>) {
        store
            .transact("test", |batch| {
                let name = format!("{SITE}/{path}");
                let before = batch.text(&name)?;
                match new(before.as_deref()) {
                    Some(text) => batch.set_text(&name, text)?,
                    None => batch.remove(&name)?,
                }
                note(batch, site, &[Changed { path: path.to_owned(), before }])
            })
            .unwrap();
    }

    fn items(site: &Path) -> Vec<Value> {
        let catalogue: Value = serde_json::from_str(&fs::read_to_string(site.join(CATALOGUE)).unwrap()).unwrap();
        catalogue["files"].as_array().unwrap().clone()
    }

    fn assert_as_scanned(site: &Path) {
        let usages = scan(site);
        for item in items(site) {
            let mut listed: Vec<&str> = item["usedIn"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            listed.sort_unstable();
            let noted: Vec<String> = listed.iter().map(ToString::to_string).collect();
            assert_eq!(usages.noted(item["path"].as_str().unwrap(), &item["sizes"], &noted), listed, "{}", item["path"]);
        }
    }

    #[test]
    fn every_text_of_a_document_is_scanned_and_all_of_it_when_it_is_no_json() {
        let expected = BTreeSet::from(["uploads/my photo.jpg".to_owned()]);
        for text in [
            r#"{"a": ["/uploads/my photo.jpg"]}"#,
            r#"{"uploads/my photo.jpg": 1}"#,
            r#"{"a": "uploads\/my photo.jpg"}"#,
            "<<<<<<< HEAD\n{\"a\": \"/uploads/my photo.jpg\"",
        ] {
            assert!(used(text.as_bytes()).is_superset(&expected), "{text}");
        }
    }

    #[test]
    fn the_usage_of_the_starters_is_what_their_catalogues_say() {
        for name in ["bakery", "portfolio", "saas"] {
            assert_as_scanned(&starter(name));
        }
    }

    #[test]
    fn what_a_document_began_or_ceased_to_use_is_noted_with_it_and_nothing_else() {
        let (_folder, store, site) = demo();
        let catalogue = fs::read_to_string(site.join(CATALOGUE)).unwrap();
        change(&store, &site, "pages/about.json", |text| Some(text?.replace("Home", "Start")));
        assert_eq!(fs::read_to_string(site.join(CATALOGUE)).unwrap(), catalogue, "the same media as before: not a byte is touched");
        change(&store, &site, "pages/index.json", |text| Some(text?.replace("/uploads/images/hero.jpg", "/uploads/images/map.webp")));
        assert_as_scanned(&site);
        change(&store, &site, "pages/new.json", |_| Some("{\"x\": \"<img src='/uploads/images/hero.jpg'>\"}".to_owned()));
        assert_as_scanned(&site);
        change(&store, &site, "pages/global/header.json", |_| Some("{\"x\": \"/uploads/images/hero.jpg\"}".to_owned()));
        assert_as_scanned(&site);
        let hero = items(&site).into_iter().find(|item| item["path"] == "/uploads/images/hero.jpg").unwrap();
        assert_eq!(hero["usedIn"], serde_json::json!(["global:header", "new"]));
        change(&store, &site, "pages/index.json", |_| None);
        assert_as_scanned(&site);
        let used_by_theme = || {
            let is_used = |item: &Value| item["usedIn"].as_array().unwrap().contains(&"global:theme-settings".into());
            items(&site).iter().filter(|item| is_used(item)).count()
        };
        let before = used_by_theme();
        assert!(before > 0);
        change(&store, &site, "theme.json", |_| Some("not JSON".to_owned()));
        assert_as_scanned(&site);
        assert_eq!(used_by_theme(), before, "what is damaged may use what it used");
    }

    #[test]
    fn a_variant_counts_as_its_item_and_items_with_one_path_or_id_are_all_noted() {
        let (_folder, store, site) = demo();
        let item =
            serde_json::json!({"id": "same", "path": "/uploads/images/a.jpg", "sizes": {"thumb": {"path": "/uploads/images/a-thumb.jpg"}}});
        let text = serde_json::json!({"files": [item, item, 7, {"id": "same"}]}).to_string();
        fs::write(site.join(CATALOGUE), text).unwrap();
        change(&store, &site, "pages/about.json", |_| Some("[\"/uploads/images/a-thumb.jpg\"]".to_owned()));
        let items = items(&site);
        assert_eq!((&items[0]["usedIn"], &items[1]["usedIn"]), (&serde_json::json!(["about"]), &serde_json::json!(["about"])));
        assert_eq!((&items[2], &items[3]), (&serde_json::json!(7), &serde_json::json!({"id": "same"})));
    }

    #[test]
    fn a_catalogue_that_cannot_be_understood_keeps_nobody_from_saving() {
        for damaged in ["{", "[]", "{\"files\": {}}", "\u{0}"] {
            let (_folder, store, site) = demo();
            fs::write(site.join(CATALOGUE), damaged).unwrap();
            change(&store, &site, "pages/about.json", |_| Some("{}".to_owned()));
            assert_eq!(fs::read_to_string(site.join(CATALOGUE)).unwrap(), damaged);
            assert_eq!(fs::read_to_string(site.join("pages/about.json")).unwrap(), "{}");
        }
    }

    #[test]
    fn updates_that_share_a_write_see_each_others_documents() {
        let (_folder, store, site) = demo();
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (store, site, barrier) = (&store, &site, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    change(store, site, &format!("pages/p{number}.json"), |_| Some("[\"/uploads/images/map.webp\"]".to_owned()));
                });
            }
        });
        assert_as_scanned(&site);
    }
}
