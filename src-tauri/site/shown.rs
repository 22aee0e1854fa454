//! What the visitors of a rendered site get besides its pages: its media and what pages load. One answer for preview and build.
//!
//! All else is what the pages are made of: templates, documents, schemas, words, the catalogue of the media.

use std::path::Path;

use super::{copies, file, media, name};
use crate::error::{Error, Result};
use crate::store::disk;

/// The file that makes a site one that is rendered.
pub const LAYOUT: &str = "layout.liquid";

/// Why a file is for visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A page loads it: a style sheet, a script, a font, a picture of the theme.
    Asset,
    /// Somebody put it among the media.
    Media,
    /// The server that a site is put on reads it, or something else that looks for it at the root.
    Server,
}

/// Files at a site's root that are for its server.
const FOR_SERVERS: [&str; 4] = [".htaccess", ".nojekyll", "_headers", "_redirects"];
/// The one hidden folder that is part of a site, at its root (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// Whether a site's pages are rendered. Others are served as they stand.
///
/// A layout that cannot be read, or looked at, makes a site none of files: its templates are not for visitors.
pub fn is_rendered(site: &Path) -> bool {
    disk::exists(site.join(LAYOUT)).unwrap_or(true)
}

/// Whether a path from the root of a site that is served as it stands is for its visitors, as far as its name tells.
pub fn is_public(path: &str) -> bool {
    let hidden = |name: &str| name.is_empty() || name.starts_with('.') || name == "node_modules";
    let rest = match path.strip_prefix(WELL_KNOWN) {
        Some("") => return true,
        Some(rest) => rest.strip_prefix('/').unwrap_or(path),
        None => path,
    };
    let is_hidden = !FOR_SERVERS.contains(&path) && rest.split('/').any(hidden);
    !is_hidden && path.split('/').all(|name| name::not_in_url(name).is_none()) && !copies::is_in_copy(path)
}

/// The file of a site, from its root, that visitors get at a path: of a site that is rendered, or one that is served as it stands.
/// None if there is none, or it is not for them.
///
/// A link to a file within the site is as good as a copy of it, if that file is for visitors too. Links to folders and out of
/// the site lead nowhere.
///
/// # Errors
/// `NotWritable` or `Io` if there may be one and it cannot be looked at.
pub fn file(site: &Path, path: &str, is_rendered: bool) -> Result<Option<String>> {
    let is_shown = |path: &str| if is_rendered { of(path).is_some() } else { is_public(path) };
    if !is_shown(path) {
        return Ok(None);
    }
    match file::resolve(site, path) {
        Ok(found) => Ok((found == path || is_shown(&found)).then_some(found)),
        Err(cause) if file::is_absent(&cause) => Ok(None),
        Err(cause) => Err(Error::io("read", &site.join(path), &cause)),
    }
}

/// The files of a rendered site that are for its server, each with the one of the site that is shown there.
///
/// # Errors
/// `NotWritable` or `Io` if what may be there cannot be read.
pub fn for_servers(site: &Path) -> Result<Vec<(String, String)>> {
    let mut found: Vec<String> = FOR_SERVERS.map(str::to_owned).to_vec();
    let mut folders = vec![WELL_KNOWN.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in file::entries(site, &folder)? {
            let Some(path) = entry.file_name().to_str().map(|name| format!("{folder}/{name}")) else { continue };
            if entry.file_type().is_ok_and(disk::Kind::is_dir) {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    let mut shown = Vec::new();
    for path in found {
        if let Some(from) = file(site, &path, true)? {
            shown.push((path, from));
        }
    }
    Ok(shown)
}

/// What a path from the root of a rendered site is to its visitors, as far as its name tells; none if it is not for them.
pub fn of(path: &str) -> Option<Shown> {
    if !is_public(path) {
        return None;
    }
    if FOR_SERVERS.contains(&path) || path.strip_prefix(WELL_KNOWN).is_some_and(|rest| rest.starts_with('/')) {
        return Some(Shown::Server);
    }
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
        for path in [".htaccess", ".nojekyll", "_headers", "_redirects", ".well-known/security.txt", ".well-known/a/b"] {
            assert_eq!(of(path), Some(Shown::Server), "{path}");
        }
        for path in [
            "",
            ".env",
            ".well-known",
            ".well-known/.git/config",
            ".well-known.txt",
            "assets/.htaccess",
            "assets/.well-known/a",
            "assets/base (Ann's conflicted copy 2024-05-01).css",
            "uploads/images/a.sync-conflict-20240501-120000-ABCDEFG.jpg",
            "assets/a\\b.css",
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

    #[test]
    fn a_site_of_files_is_all_but_what_is_hidden() {
        for path in
            ["index.html", "a:b.html", "a/b c.html", "100%.html", "a#b?.html", ".htaccess", "_headers", ".well-known", ".well-known/a/b"]
        {
            assert!(is_public(path), "{path}");
        }
        for path in [
            "",
            ".env",
            ".git/config",
            "a/.htaccess",
            "a/.well-known/b",
            ".well-known/.git/a",
            ".well-knowns/a",
            ".well-known//a",
            "node_modules/a.js",
            "a//b",
            "a/../b",
            "a\\b",
            "a/b (conflicted copy 2024-05-01 120000).html",
            "b (conflicted copy 2024-05-01 120000)/a.html",
        ] {
            assert!(!is_public(path), "{path}");
        }
    }
}
