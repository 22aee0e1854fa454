//! Content: the documents of a demo's site, and what can be done with them.
//!
//! The documents are the user's: pages, the global widgets, menus and the theme's settings, laid out as Widgetizer's
//! projects are ([`fit`] says what is understood). What must always hold:
//! - An edit is cut into the text; what it does not touch keeps every byte. What is not understood is only changed as text.
//! - What belongs together changes together: a page, the links to it, and where its media are used, in one transaction.
//! - Nothing is read or written through a link, or outside the site.

mod builtin;
pub mod change;
mod fit;
mod fresh;
mod icons;
mod links;
mod locale;
mod markup;
pub mod model;
mod name;
mod pages;
mod read;
mod schema;
mod search;
mod slug;

use std::path::Path;

use jiff::Timestamp;

pub use pages::ContentOf;
pub use schema::Types;

use crate::error::Result;
use crate::site::usage::{self, Changed};
use crate::store::Batch;
use crate::workspace::demo::SITE;
use model::DocumentName;

/// Why a text cannot be edited by a form as this document; none if it can.
pub fn problem(document: &DocumentName, text: &str) -> Option<String> {
    fit::parse(document, text).err()
}

/// Completes a save within its batch: the documents that were changed tell when, where they tell it at all, and the
/// catalogue where media are used now.
///
/// # Errors
/// `NotWritable` or `Io` if a changed document cannot be read; `Corrupt` if it is not text.
pub fn complete(batch: &mut Batch, site: &Path, changed: &[Changed], now: Timestamp) -> Result<()> {
    for document in changed {
        let name = format!("{SITE}/{}", document.path);
        if let Some(text) = batch.text(&name)?.filter(|text| document.before.as_ref() != Some(text)) {
            batch.set_text(&name, change::stamped(&text, now))?;
        }
    }
    usage::note(batch, site, changed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::Store;

    #[test]
    fn a_save_is_completed_in_its_own_batch() {
        let folder = tempfile::tempdir().unwrap();
        let (root, now) = (folder.path().join("demo"), "2030-01-02T03:04:05Z".parse().unwrap());
        let site = root.join(SITE);
        for name in ["pages", "uploads"] {
            fs::create_dir_all(site.join(name)).unwrap();
        }
        fs::write(site.join("pages/a.json"), "{\"updated\": \"then\", \"widgets\": {}}").unwrap();
        fs::write(site.join("pages/b.json"), "{\"updated\": \"then\"}").unwrap();
        fs::write(site.join("uploads/media.json"), "{\"files\": [{\"path\": \"/uploads/images/x.png\"}]}").unwrap();
        let store = Store::new(root.clone(), &folder.path().join("locks"), "demo");
        let save = |batch: &mut Batch| {
            let mut changed = Vec::new();
            for (path, text) in
                [("pages/a.json", Some("{\"updated\": \"then\", \"x\": \"/uploads/images/x.png\"}")), ("pages/b.json", None)]
            {
                let name = format!("{SITE}/{path}");
                let before = batch.text(&name)?;
                text.map_or(Ok(()), |text| batch.set_text(&name, text))?;
                changed.push(Changed { path: path.to_owned(), before });
            }
            complete(batch, &site, &changed, now)
        };
        store.transact("save", save).unwrap();
        let read = |path: &str| fs::read_to_string(site.join(path)).unwrap();
        assert_eq!(read("pages/a.json"), "{\"updated\": \"2030-01-02T03:04:05Z\", \"x\": \"/uploads/images/x.png\"}");
        assert_eq!(read("pages/b.json"), "{\"updated\": \"then\"}", "it was not changed");
        assert_eq!(
            read("uploads/media.json"),
            "{\"files\": [{\"path\": \"/uploads/images/x.png\",\"usedIn\": [\"a\"]}]}".replace(",\"u", ", \"u")
        );
        assert!(problem(&DocumentName::page("a").unwrap(), &read("pages/a.json")).is_some());
    }
}
