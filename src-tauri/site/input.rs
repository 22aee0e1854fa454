//! What the pages of a rendered site are made of, and the one reader of it for previews, builds, forms and checks.
//!
//! A file that is not there is fine. One that is there and cannot be read as it should be is never taken for an absent one:
//! whoever reads it gets its [`Damage`], and [`damaged`] finds all of them, so that a check and a build say the same.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::shown::{self, LAYOUT};
use super::{copies, file, layout, media};
use crate::error::Error;
use crate::store::disk;
use crate::store::json::{self, Fault, Position};

/// The theme's settings.
pub const THEME: &str = "theme.json";
/// The theme's icons.
pub const ICONS: &str = "assets/icons.json";
/// The folders at the root of a rendered site that something of a build comes from.
const READ: [&str; 10] =
    ["pages", "menus", "locales", "collections", "collection-types", "widgets", "snippets", "assets", "uploads", ".well-known"];
/// How deep folders of snippets are looked into.
const DEEPEST: usize = 5;

/// Why a file of a site cannot be read as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file, from the site's root.
    pub path: String,
    /// Where in it; zeros if it is about the whole file.
    pub position: Position,
    /// What is wrong, in sentences that can stand alone.
    pub message: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl Damage {
    /// That a whole file, or folder, cannot be used.
    pub fn whole(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), position: Position::default(), message: message.into() }
    }

    fn fault(path: &str, fault: &Fault) -> Self {
        Self { path: path.to_owned(), position: fault.position(), message: fault.to_string() }
    }
}

/// The text of a file, without a byte order mark; none if there is no such file.
///
/// # Errors
/// Why it is not read: a link, no regular file, larger than 16 MiB, not UTF-8.
pub fn text(site: &Path, path: &str) -> Result<Option<String>, Damage> {
    let refused = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
        io::ErrorKind::FileTooLarge => Err(Damage::whole(path, "It is larger than 16 MiB.")),
        // Which part of its path is a link, or that it is no file.
        io::ErrorKind::InvalidInput if has_link(site, path) => Err(Damage::whole(path, "It is a link, and links are not followed.")),
        io::ErrorKind::InvalidInput => Err(Damage::whole(path, "It is not a regular file.")),
        _ => Err(Damage::whole(path, format!("It cannot be read: {cause}."))),
    };
    let at = match file::check(site, path) {
        Ok(at) => at,
        Err(cause) => return refused(cause),
    };
    let bytes = match disk::read(at) {
        Ok(bytes) => bytes,
        Err(cause) => return refused(cause),
    };
    match json::decode(bytes) {
        Ok(text) if json::without_mark(&text).len() == text.len() => Ok(Some(text)),
        Ok(text) => Ok(Some(json::without_mark(&text).to_owned())),
        Err(fault) => Err(Damage::fault(path, &fault)),
    }
}

fn has_link(site: &Path, path: &str) -> bool {
    file::place(site, path).is_err()
}

/// The document in a file; none if there is no such file.
///
/// # Errors
/// Why it is not read; as [`text`] and [`understand`].
pub fn document(site: &Path, path: &str) -> Result<Option<Value>, Damage> {
    text(site, path)?.map(|text| understand(path, &text)).transpose()
}

/// The document in a text, which stands in the file `path` or shall stand there.
///
/// # Errors
/// Why it is none: not JSON, no object, or parts that pages are made of are of the wrong kind.
pub fn understand(path: &str, text: &str) -> Result<Value, Damage> {
    let value: Value = json::parse(text).map_err(|fault| Damage::fault(path, &fault))?;
    if !value.is_object() {
        return Err(Damage::whole(path, "It is not a JSON object."));
    }
    for (pointer, shape) in shapes(path) {
        let found = value.pointer(pointer).filter(|found| !found.is_null());
        if found.is_some_and(|found| !shape.fits(found)) {
            return Err(Damage::whole(
                path,
                format!("Its “{}” is not {}.", pointer.trim_start_matches('/').replace('/', "."), shape.name()),
            ));
        }
    }
    let groups = value.pointer("/settings/global").and_then(Value::as_object).filter(|_| path == THEME);
    match groups.into_iter().flatten().find(|(_, group)| !group.is_array()) {
        Some((name, _)) => Err(Damage::whole(path, format!("Its “settings.global.{name}” is not a list."))),
        None => Ok(value),
    }
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Object,
    List,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Object => value.is_object(),
            Self::List => value.is_array(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::List => "a list",
        }
    }
}

/// What would be passed over without a word if it were of another kind.
fn shapes(path: &str) -> &'static [(&'static str, Shape)] {
    use Shape::{List, Object};
    match path.split('/').collect::<Vec<_>>()[..] {
        [THEME] => &[("/settings", Object), ("/settings/global", Object)],
        ["pages", _] => &[("/widgets", Object), ("/widgetsOrder", List)],
        ["pages", "global", _] => &[("/settings", Object), ("/blocks", Object), ("/blocksOrder", List)],
        ["menus", _] => &[("/items", List)],
        ["collections", _, "_order.json"] => &[("/order", List)],
        ["collections", _, _] => &[("/settings", Object)],
        ["collection-types", _, "schema.json"] => &[("/settings", List)],
        ["widgets", .., "schema.json"] => &[("/settings", List), ("/blocks", List)],
        _ if path == media::CATALOGUE => &[("/files", List)],
        _ if path == ICONS => &[("/icons", Object), ("/groups", Object)],
        _ => &[],
    }
}

/// Everything that the pages of a site are made of and that cannot be read as it should be, by path. Of a site that is served as
/// it stands that is no more than the catalogue of its media.
pub fn damaged(site: &Path) -> Vec<Damage> {
    if !shown::is_rendered(site) {
        return missing_layout(site).into_iter().chain(document(site, media::CATALOGUE).err()).collect();
    }
    let mut found = Vec::new();
    for path in list(site, &mut found) {
        let read = if is_document(&path) { document(site, &path).map(drop) } else { template(site, &path).map(drop) };
        found.extend(read.err());
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// That a site's layout is missing, if it has everything else of a site that is rendered: without it, its sources would pass for pages.
pub fn missing_layout(site: &Path) -> Option<Damage> {
    if shown::is_rendered(site) {
        return None;
    }
    let has_pages =
        || Ok::<_, Error>(file::entries(site, layout::PAGES)?.iter().any(|entry| entry.file_name().to_str().is_some_and(is_document)));
    let is_missing = || Ok::<_, Error>(file::is_file(site, THEME)? && file::is_dir(site, layout::WIDGETS)? && has_pages()?);
    match is_missing() {
        Ok(false) => None,
        Ok(true) => Some(Damage::whole(LAYOUT, "It is missing, and the pages are made with it.")),
        // It may be such a site, so nobody gets its sources for pages.
        Err(error) => Some(Damage::whole(THEME, error.message)),
    }
}

/// The text of a template; none if there is no such file.
///
/// # Errors
/// Why it is not read; as [`text`], and if it has an unresolved merge conflict.
pub fn template(site: &Path, path: &str) -> Result<Option<String>, Damage> {
    let text = text(site, path)?;
    match text.as_deref().and_then(json::conflict) {
        Some(position) => Err(Damage::fault(path, &Fault::Conflict(position))),
        None => Ok(text),
    }
}

fn is_document(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "json")
}

/// The files that pages may be made of, whether they can be read or not. Folders that are links, and so not looked into, are
/// added to `damaged`.
fn list(site: &Path, damaged: &mut Vec<Damage>) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = [THEME, LAYOUT, ICONS, media::CATALOGUE].map(str::to_owned).into();
    let mut look = |folder: &str| {
        if disk::symlink_metadata(site.join(folder)).is_ok_and(|found| found.is_symlink()) {
            damaged.push(Damage::whole(folder, "It is a link, and links are not followed."));
        }
        names(site, folder, damaged)
    };
    let documents = |folder: &str, names: &[String]| {
        names.iter().filter(|name| is_document(name)).map(|name| format!("{folder}/{name}")).collect::<Vec<_>>()
    };
    for folder in [layout::PAGES, layout::GLOBAL, layout::MENUS, layout::LOCALES] {
        let names = look(folder);
        // Of the global widgets there are two.
        let is_known = |path: &String| folder != layout::GLOBAL || path.ends_with("/header.json") || path.ends_with("/footer.json");
        found.extend(documents(folder, &names).into_iter().filter(is_known));
    }
    for kind in look(layout::COLLECTIONS) {
        let folder = format!("{}/{kind}", layout::COLLECTIONS);
        let names = look(&folder);
        found.extend(documents(&folder, &names));
    }
    for kind in look("collection-types") {
        found.extend(["schema.json", "template.liquid"].map(|name| format!("collection-types/{kind}/{name}")));
    }
    for kind in look(layout::WIDGETS).into_iter().chain(look(layout::GLOBAL_WIDGETS).into_iter().map(|kind| format!("global/{kind}"))) {
        found.extend(["schema.json", "widget.liquid"].map(|name| format!("widgets/{kind}/{name}")));
    }
    let mut folders = vec![("snippets".to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for name in look(&folder) {
            let path = format!("{folder}/{name}");
            if Path::new(&name).extension().is_some_and(|ending| ending == "liquid") {
                found.insert(path);
            } else if depth < DEEPEST && disk::metadata(site.join(&path)).is_ok_and(|found| found.is_dir()) {
                folders.push((path, depth + 1));
            }
        }
    }
    found
}

/// Whether a folder of a rendered site, by its path from the site's root, may hold what its pages are made of, or what visitors get.
pub fn is_read(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    READ.iter().any(|folder| folder.eq_ignore_ascii_case(first))
}

/// The names in a folder that count: no hidden ones, and no copies that sync programs made. What cannot be listed is added to
/// `damaged`: it must not pass for absent.
fn names(site: &Path, folder: &str, damaged: &mut Vec<Damage>) -> Vec<String> {
    let Ok(place) = file::place(site, folder) else { return Vec::new() };
    let entries = match disk::read_dir(place) {
        Ok(entries) => entries,
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Vec::new(),
        Err(cause) => {
            damaged.push(Damage::whole(folder, format!("The folder cannot be read: {cause}.")));
            return Vec::new();
        }
    };
    let mut names = Vec::new();
    for entry in entries {
        match entry.map(|entry| (entry.file_name().into_string(), entry)) {
            Ok((Ok(name), _)) if !name.starts_with('.') && !copies::is_copy(&name) => names.push(name),
            Ok((Ok(_), _)) => {}
            Ok((Err(name), entry)) => {
                let shown = name.to_string_lossy();
                let counts = is_document(&shown) || shown.ends_with(".liquid") || entry.file_type().is_ok_and(disk::Kind::is_dir);
                if counts && !shown.starts_with('.') {
                    damaged.push(Damage::whole(&format!("{folder}/{shown}"), "Its name is not UTF-8. Rename it."));
                }
            }
            Err(cause) => damaged.push(Damage::whole(folder, format!("The folder cannot be read: {cause}."))),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn site(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn what_is_absent_is_fine_and_what_is_damaged_is_not_absent() {
        let site = site(&[("layout.liquid", "x"), ("menus/main.json", "{"), ("theme.json", "\u{feff}{}"), ("locales/de.json", "[]")]);
        assert_eq!(document(site.path(), "uploads/media.json"), Ok(None));
        assert_eq!(document(site.path(), "theme.json/x.json"), Ok(None));
        assert_eq!(document(site.path(), "theme.json"), Ok(Some(serde_json::json!({}))));
        let damaged: Vec<String> = damaged(site.path()).iter().map(ToString::to_string).collect();
        assert_eq!(
            damaged,
            [
                "locales/de.json: It is not a JSON object.",
                "menus/main.json: It is not JSON: EOF while parsing an object at line 1 column 1."
            ]
        );
    }

    #[test]
    fn parts_of_the_wrong_kind_are_named() {
        for (path, text, message) in [
            (THEME, r#"{"settings": []}"#, "Its “settings” is not an object."),
            (THEME, r#"{"settings": {"global": {"colors": {}}}}"#, "Its “settings.global.colors” is not a list."),
            ("menus/main.json", r#"{"items": {}}"#, "Its “items” is not a list."),
            (media::CATALOGUE, r#"{"files": {}}"#, "Its “files” is not a list."),
            (ICONS, r#"{"icons": []}"#, "Its “icons” is not an object."),
            ("widgets/global/header/schema.json", r#"{"settings": 1}"#, "Its “settings” is not a list."),
            ("collections/news/_order.json", r#"{"order": "a"}"#, "Its “order” is not a list."),
            ("pages/index.json", "[]", "It is not a JSON object."),
        ] {
            assert_eq!(understand(path, text).unwrap_err().message, message, "{path}");
            assert!(understand(path, "{}").is_ok(), "{path}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf_8_are_damage() {
        use std::os::unix::ffi::OsStrExt;
        let site = site(&[("layout.liquid", "x"), ("pages/index.json", "{}")]);
        for name in [&b"caf\xe9.json"[..], b"notes-\xe9.txt", b".hidden-\xe9.json"] {
            fs::write(site.path().join("pages").join(std::ffi::OsStr::from_bytes(name)), "{}").unwrap();
        }
        let found: Vec<String> = damaged(site.path()).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["pages/caf\u{fffd}.json: Its name is not UTF-8. Rename it."]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_folders_in_the_place_of_files_are_damage() {
        use std::os::unix::fs::symlink;
        let site = site(&[("layout.liquid", "x"), ("real/main.json", "{}"), ("real/theme.json", "{}"), ("assets/icons.json/x", "")]);
        symlink("real/theme.json", site.path().join("theme.json")).unwrap();
        symlink("real", site.path().join("menus")).unwrap();
        symlink("nowhere", site.path().join("locales")).unwrap();
        let found: Vec<String> = damaged(site.path()).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "assets/icons.json: It is not a regular file.",
                "locales: It is a link, and links are not followed.",
                "menus: It is a link, and links are not followed.",
                "theme.json: It is a link, and links are not followed.",
            ]
        );
    }
}
