//! Which folders of a site hold what, for whoever lists or watches them.

use std::path::Path;

use super::file;
use crate::error::Result;
use crate::store::disk;

/// The pages, and folders of other documents of theirs.
pub const PAGES: &str = "pages";
/// The header and the footer.
pub const GLOBAL: &str = "pages/global";
/// The menus.
pub const MENUS: &str = "menus";
/// A folder for each kind of collection, with its items.
pub const COLLECTIONS: &str = "collections";
/// A folder for each type of widget.
pub const WIDGETS: &str = "widgets";
/// The same for the header and the footer.
pub const GLOBAL_WIDGETS: &str = "widgets/global";
/// The words of the theme, by language.
pub const LOCALES: &str = "locales";
/// What pages load: style sheets, scripts, fonts, the theme's icons.
pub const ASSETS: &str = "assets";
/// The media, and their catalogue.
pub const UPLOADS: &str = "uploads";

/// The folders of pages, global widgets and menus, from the site's root: what is edited by forms.
pub const EDITED: [&str; 3] = [PAGES, GLOBAL, MENUS];

/// The folders that documents are in, from the site's root, whether they are there or not.
///
/// # Errors
/// `NotWritable` or `Io` if the folder of the collections is there and cannot be read.
pub fn documents(site: &Path) -> Result<Vec<String>> {
    let mut found = EDITED.map(str::to_owned).to_vec();
    found.extend(below(site, COLLECTIONS)?);
    Ok(found)
}

/// The folders that the forms of a site are made of, from its root: those of its documents, and those that say which widgets,
/// settings, words and icons there are. What cannot be read is left out.
pub fn forms(site: &Path) -> Vec<String> {
    let mut found = ["", COLLECTIONS, WIDGETS, GLOBAL_WIDGETS, LOCALES, ASSETS, UPLOADS].map(str::to_owned).to_vec();
    found.extend(documents(site).unwrap_or_default());
    for folder in [WIDGETS, GLOBAL_WIDGETS] {
        found.extend(below(site, folder).unwrap_or_default().into_iter().filter(|path| path != GLOBAL_WIDGETS));
    }
    found
}

/// The folders in a folder, from the site's root, but for hidden ones.
fn below(site: &Path, folder: &str) -> Result<Vec<String>> {
    let entries = file::entries(site, folder)?.into_iter().filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir));
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| !name.starts_with('.')).map(|name| format!("{folder}/{name}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_made_of_documents_widgets_words_and_icons() {
        let site = tempfile::tempdir().unwrap();
        for folder in ["pages/global", "collections/news", "collections/.git", "widgets/hero", "widgets/global/header", "snippets"] {
            std::fs::create_dir_all(site.path().join(folder)).unwrap();
        }
        std::fs::write(site.path().join("widgets/notes.txt"), "").unwrap();
        assert_eq!(documents(site.path()).unwrap(), ["pages", "pages/global", "menus", "collections/news"]);
        let mut found = forms(site.path());
        found.sort();
        let expected = [
            "",
            "assets",
            "collections",
            "collections/news",
            "locales",
            "menus",
            "pages",
            "pages/global",
            "uploads",
            "widgets",
            "widgets/global",
            "widgets/global/header",
            "widgets/hero",
        ];
        assert_eq!(found, expected);
    }
}
