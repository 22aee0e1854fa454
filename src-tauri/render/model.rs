//! What is asked of the renderer, and what it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{Code, Error};
use crate::site::input::Damage;

/// What has an address of its own: a page, or an item of a collection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `pages/<slug>`
    Page(String),
    /// `collections/<type>/<slug>`
    Item(String, String),
}

impl Source {
    /// The document it is made of, from the site's root.
    pub fn path(&self) -> String {
        format!("{self}.json")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(slug) => write!(f, "pages/{slug}"),
            Self::Item(collection, slug) => write!(f, "collections/{collection}/{slug}"),
        }
    }
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = match text.split('/').collect::<Vec<_>>()[..] {
            ["pages", slug] => Some(Self::Page(slug.to_owned())),
            ["collections", collection, slug] => Some(Self::Item(collection.to_owned(), slug.to_owned())),
            _ => None,
        };
        let is_fine = text.split('/').all(is_name) && text != "pages/global";
        named.filter(|_| is_fine).ok_or_else(|| {
            let message = format!("“{text}” names nothing that can be shown. Use pages/<slug> or collections/<type>/<slug>.");
            Error::new(Code::InvalidInput, message).field("document")
        })
    }
}

/// Whether a text is the name of one file or folder and nothing more.
pub(super) fn is_name(text: &str) -> bool {
    let is_bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    !text.is_empty() && text.len() <= 200 && !text.starts_with('.') && !text.contains(is_bad)
}

/// What the HTML is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// To be looked at while it is edited, served from the site's root: addresses begin with `/`, comments say where a
    /// widget begins and ends, and what went wrong shows in its place.
    #[default]
    Preview,
    /// To be put on a server or opened from a folder: addresses are relative, and what went wrong is a comment.
    Publish,
}

/// What a site says of itself besides its documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The demo's name.
    pub name: String,
    /// What stands behind the page's name in titles; nothing if it is empty.
    pub site_title: String,
    /// What the site is about.
    pub description: String,
    /// Where it is published, for addresses that must be absolute; none if it is empty.
    pub site_url: String,
}

/// A page, or another thing with an address, to be rendered.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// What is shown.
    pub source: Source,
    /// Texts of files that are not saved yet, by their paths from the site's root. They stand for what is on disk.
    pub overrides: BTreeMap<String, Arc<str>>,
    /// What for.
    pub mode: Mode,
    /// What the site says of itself.
    pub project: Project,
    /// Put behind the addresses of styles and scripts when publishing, so that a browser takes the new ones.
    pub version: String,
}

impl PageRequest {
    /// The page or item as it stands on disk, for the preview.
    pub fn new(source: Source) -> Self {
        Self { source, overrides: BTreeMap::new(), mode: Mode::Preview, project: Project::default(), version: String::new() }
    }
}

/// A part of a page that is rendered by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PagePart")]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Part {
    /// The header.
    Header,
    /// The footer.
    Footer,
    /// A widget of the page, by its id.
    Widget(String),
    /// What an item of a collection shows.
    Item,
    /// The layout around all of them.
    Layout,
}

/// What went wrong with a part of a page. All other parts are as they should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "RenderProblem")]
pub struct Problem {
    /// The part.
    pub part: Part,
    /// The file to look into, from the site's root.
    pub file: String,
    /// The line in it; 0 if it is about the whole file.
    pub line: u32,
    /// What is wrong, in words.
    pub message: String,
}

impl Problem {
    /// What is wrong with a file that a part is made of.
    pub(super) fn of(part: &Part, damage: &Damage) -> Self {
        let line = u32::try_from(damage.position.line).unwrap_or_default();
        Self { part: part.clone(), file: damage.path.clone(), line, message: damage.message.clone() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// HTML, and what there is to say of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The HTML.
    pub html: String,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// Every file of the site that it was made of or refers to, from the site's root. Some may not be there.
    pub used: BTreeSet<String>,
    /// Whether it is the same if it is rendered again: not if a part had less than its time, because others took it.
    pub is_lasting: bool,
}

/// Something with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// What is shown there.
    pub source: Source,
    /// The file it becomes when published, and its address, from the site's root: `about.html`, `news/opening.html`.
    pub file: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_one_document_below_the_site_or_none() {
        for (text, source) in [
            ("pages/about", Source::Page("about".to_owned())),
            ("pages/Über uns", Source::Page("Über uns".to_owned())),
            ("collections/news/opening", Source::Item("news".to_owned(), "opening".to_owned())),
        ] {
            assert_eq!(text.parse::<Source>().unwrap(), source);
            assert_eq!((source.to_string(), source.path()), (text.to_owned(), format!("{text}.json")));
        }
        for text in [
            "",
            "about",
            "pages",
            "pages/",
            "pages/global",
            "pages/a/b",
            "pages/..",
            "pages/.x",
            "collections/a",
            "menus/a",
            "/pages/a",
            "pages/a\\b",
        ] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }
}
