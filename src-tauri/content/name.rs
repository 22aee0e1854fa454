//! Names of documents: parsed at the edge, so that inside a name is always one of a file below the site.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{Code, Error, Result};

/// The longest name of a page or menu, in bytes: with its ending it must be a file's name.
const LONGEST: usize = 200;

/// `pages/<slug>`, `global/header`, `global/footer`, `theme` or `menus/<name>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, type = "string")]
#[serde(try_from = "String", into = "String")]
pub struct DocumentName(Name);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    Page(String),
    Global(&'static str),
    Theme,
    Menu(String),
}

/// The global widgets there are.
pub(super) const GLOBALS: [&str; 2] = ["header", "footer"];

impl DocumentName {
    /// The page of that slug.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be the name of a file, or is `global`, the folder of the global widgets.
    pub fn page(slug: &str) -> Result<Self> {
        if is_file_name(slug) && slug != "global" { Ok(Self(Name::Page(slug.to_owned()))) } else { Err(no_name(slug)) }
    }

    /// The menu of that name.
    ///
    /// # Errors
    /// `InvalidInput` if it cannot be the name of a file.
    pub fn menu(name: &str) -> Result<Self> {
        if is_file_name(name) { Ok(Self(Name::Menu(name.to_owned()))) } else { Err(no_name(name)) }
    }

    /// The global widget `header` or `footer`.
    ///
    /// # Errors
    /// `InvalidInput` for any other.
    pub fn global(name: &str) -> Result<Self> {
        GLOBALS.iter().find(|known| **known == name).map(|known| Self(Name::Global(known))).ok_or_else(|| no_name(name))
    }

    /// The theme's settings.
    pub fn theme() -> Self {
        Self(Name::Theme)
    }

    /// The document that stands in the file `path`, from the site's root; none if it is no document of these kinds.
    pub fn at(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".json")?;
        match stem.split('/').collect::<Vec<_>>()[..] {
            ["theme"] => Some(Self::theme()),
            ["pages", slug] => Self::page(slug).ok(),
            ["pages", "global", name] => Self::global(name).ok(),
            ["menus", name] => Self::menu(name).ok(),
            _ => None,
        }
    }

    /// Where it stands, from the site's root.
    pub fn path(&self) -> String {
        match &self.0 {
            Name::Page(slug) => format!("pages/{slug}.json"),
            Name::Global(name) => format!("pages/global/{name}.json"),
            Name::Theme => "theme.json".to_owned(),
            Name::Menu(name) => format!("menus/{name}.json"),
        }
    }

    /// The page's slug, if it is a page.
    pub fn slug(&self) -> Option<&str> {
        if let Name::Page(slug) = &self.0 { Some(slug) } else { None }
    }

    /// The global widget's type, if it is one.
    pub fn global_type(&self) -> Option<&'static str> {
        if let Name::Global(name) = &self.0 { Some(name) } else { None }
    }

    /// The menu's file name without its ending, if it is a menu.
    pub fn menu_name(&self) -> Option<&str> {
        if let Name::Menu(name) = &self.0 { Some(name) } else { None }
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Name::Page(slug) => write!(f, "pages/{slug}"),
            Name::Global(name) => write!(f, "global/{name}"),
            Name::Theme => f.write_str("theme"),
            Name::Menu(name) => write!(f, "menus/{name}"),
        }
    }
}

impl FromStr for DocumentName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('/') {
            Some(("pages", slug)) => Self::page(slug),
            Some(("global", name)) => Self::global(name),
            Some(("menus", name)) => Self::menu(name),
            None if text == "theme" => Ok(Self::theme()),
            _ => Err(no_name(text)),
        }
    }
}

impl TryFrom<String> for DocumentName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<DocumentName> for String {
    fn from(name: DocumentName) -> Self {
        name.to_string()
    }
}

fn is_file_name(name: &str) -> bool {
    let is_bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    !name.is_empty() && name.len() <= LONGEST && !name.starts_with('.') && !name.contains("..") && !name.contains(is_bad)
}

fn no_name(text: &str) -> Error {
    Error::new(
        Code::InvalidInput,
        format!("“{text}” names no document. Use pages/<slug>, global/header, global/footer, menus/<name> or theme."),
    )
    .field("document")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_one_file_below_the_site_or_none() {
        for (name, path) in [
            ("pages/about", "pages/about.json"),
            ("pages/Über uns", "pages/Über uns.json"),
            ("global/header", "pages/global/header.json"),
            ("theme", "theme.json"),
            ("menus/main-menu", "menus/main-menu.json"),
        ] {
            let document: DocumentName = name.parse().unwrap();
            assert_eq!((document.to_string().as_str(), document.path().as_str()), (name, path));
            assert_eq!(DocumentName::at(path), Some(document));
        }
        let long = format!("pages/{}", "a".repeat(201));
        for name in [
            "",
            "about",
            "pages",
            "pages/",
            "pages/global",
            "pages/a/b",
            "pages/..",
            "pages/../x",
            "pages/.x",
            "pages/a\\b",
            "pages/a\0b",
            "pages/c:x",
            "global/x",
            "global/",
            "themes",
            "theme/x",
            "menus/",
            "menus/../x",
            "/pages/x",
            &long,
        ] {
            assert!(name.parse::<DocumentName>().is_err(), "{name}");
        }
        assert_eq!(DocumentName::at("pages/global/nav.json"), None);
    }
}
