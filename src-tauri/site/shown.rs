//! What the visitors of a rendered site get besides its pages: its media and what pages load. One answer for preview and build.
//!
//! All else is what the pages are made of: templates, documents, schemas, words, the catalogue of the media.

use std::fs;
use std::path::Path;

use super::{file, media};

/// The file that makes a site one that is rendered.
pub const LAYOUT: &str = "layout.liquid";

/// Why a file is for visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A page loads it: a style sheet, a script, a font, a picture of the theme.
    Asset,
    /// Somebody put it among the media.
    Media,
}

/// Whether a site's pages are rendered. Others are served as they stand.
pub fn is_rendered(site: &Path) -> bool {
    is_file(site, LAYOUT)
}

/// What a path from the root of a rendered site is to its visitors, as far as its name tells; none if it is not for them.
pub fn of(path: &str) -> Option<Shown> {
    let (folder, rest) = path.split_once('/')?;
    // A file system may take capitals for small letters.
    let lower = path.to_ascii_lowercase();
    let ending = Path::new(&lower).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if rest.split('/').any(|name| name.is_empty() || name.starts_with('.')) || ending == "liquid" {
        return None;
    }
    match folder {
        "assets" => Some(Shown::Asset),
        "widgets" if ending != "json" => Some(Shown::Asset),
        "uploads" if lower != media::CATALOGUE => Some(Shown::Media),
        _ => None,
    }
}

/// Whether a path from the root of a site is that of a file, with no link on the way.
pub fn is_file(site: &Path, path: &str) -> bool {
    file::place(site, path).and_then(fs::symlink_metadata).is_ok_and(|found| found.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_get_media_and_what_pages_load_and_nothing_that_pages_are_made_of() {
        for path in
            ["assets/base.css", "assets/icons.json", "assets/fonts/a.woff2", "widgets/hero/hero.js", "widgets/global/header/logo.svg"]
        {
            assert_eq!(of(path), Some(Shown::Asset), "{path}");
        }
        for path in ["uploads/images/a.jpg", "uploads/files/data.json", "uploads/videos/a b.mp4"] {
            assert_eq!(of(path), Some(Shown::Media), "{path}");
        }
        for path in [
            "",
            "assets",
            "assets/",
            "theme.json",
            "layout.liquid",
            "pages/index.json",
            "menus/main.json",
            "collections/news/a.json",
            "collection-types/news/schema.json",
            "locales/de.json",
            "snippets/card.liquid",
            "assets/part.liquid",
            "assets/part.LIQUID",
            "widgets/hero/widget.liquid",
            "widgets/hero/schema.json",
            "widgets/hero/Schema.JSON",
            "uploads/media.json",
            "uploads/Media.json",
            "assets/.git/config",
            "uploads/.env",
            "README.md",
            "package.json",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
