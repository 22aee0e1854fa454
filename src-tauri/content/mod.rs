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

pub use pages::ContentOf;
pub use schema::Types;

/// Why a text does not fit as a document of that name, so that it can only be edited as text; none if it fits.
pub fn problem(document: &model::DocumentName, text: &str) -> Option<String> {
    fit::parse(document, text).err()
}
