//! Content: the documents of a demo's site, and what can be done with them.
//!
//! The documents are the user's: pages, the global widgets, menus and the theme's settings, laid out as Widgetizer's
//! projects are ([`fit`] says what is understood). What must always hold:
//! - An edit is cut into the text; what it does not touch keeps every byte. What is not understood is only changed as text.
//! - What belongs together changes together: a page, the links to it, and where its media are used, in one transaction.
//! - Nothing is read or written through a link, or outside the site.

pub mod change;
mod fit;
mod fresh;
mod icons;
mod links;
mod menus;
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
