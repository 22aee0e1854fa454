//! The documents of a site: which there are, and their texts as they stand in a batch.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{file, layout};
use crate::error::{Code, Error, Result};
use crate::store::{Batch, is_there};
use crate::workspace::demo::SITE;

/// Every page, global widget, menu and item of a collection, and the theme's settings, from the site's root.
///
/// # Errors
/// `NotWritable` or `Io` if a folder is there and cannot be read.
pub fn list(site: &Path) -> Result<BTreeSet<String>> {
    list_folders(site, layout::documents(site)?)
}

/// As [`list`], of those that are edited by forms: none of a collection.
///
/// # Errors
/// Those of [`list`].
pub fn edited(site: &Path) -> Result<BTreeSet<String>> {
    list_folders(site, layout::EDITED.map(str::to_owned).to_vec())
}

fn list_folders(site: &Path, folders: Vec<String>) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    if is_there(&site.join("theme.json"))? {
        found.insert("theme.json".to_owned());
    }
    for folder in folders {
        found.extend(within(site, &folder)?.into_iter().filter(|path| is_document(path)));
    }
    Ok(found)
}

/// What stands in a folder of the site, from the site's root, never through a link.
fn within(site: &Path, folder: &str) -> Result<Vec<String>> {
    let entries = file::entries(site, folder)?.into_iter();
    Ok(entries.filter_map(|entry| entry.file_name().to_str().map(|name| format!("{folder}/{name}"))).collect())
}

/// As [`list`], with what a batch of the demo's store has changed; some of these may be gone.
///
/// # Errors
/// Those of [`list`].
pub fn list_in(batch: &Batch, site: &Path) -> Result<BTreeSet<String>> {
    Ok(with_changes(batch, list(site)?))
}

/// As [`edited`], with what a batch of the demo's store has changed; some of these may be gone.
///
/// # Errors
/// Those of [`list`].
pub fn edited_in(batch: &Batch, site: &Path) -> Result<BTreeSet<String>> {
    Ok(with_changes(batch, edited(site)?))
}

fn with_changes(batch: &Batch, mut found: BTreeSet<String>) -> BTreeSet<String> {
    let changed = batch.changed().filter_map(|name| name.strip_prefix(SITE)?.strip_prefix('/'));
    found.extend(changed.filter(|path| is_document(path)).map(str::to_owned));
    found
}

/// The text of a document as it stands in a batch, never through a link; none if there is none or it is not text.
///
/// # Errors
/// `NotWritable` or `Io` if it is there and cannot be read.
pub fn text_in(batch: &mut Batch, site: &Path, path: &str) -> Result<Option<Arc<str>>> {
    let name = format!("{SITE}/{path}");
    if !batch.is_changed(&name) {
        match file::check(site, path) {
            Err(cause) if file::is_absent(&cause) => return Ok(None),
            checked => drop(checked.map_err(|cause| Error::io("read", &site.join(path), &cause))?),
        }
    }
    match batch.text(&name) {
        Err(cause) if cause.code == Code::Corrupt => Ok(None),
        text => text,
    }
}

/// Whether a path from the site's root is that of a document.
pub fn is_document(path: &str) -> bool {
    let Some(stem) = path.strip_suffix(".json") else { return false };
    matches!(stem.split('/').collect::<Vec<_>>()[..], ["theme"] | ["pages" | "menus", _] | ["pages", "global", _])
        || matches!(stem.split('/').collect::<Vec<_>>()[..], ["collections", _, item] if item != "_order")
}
