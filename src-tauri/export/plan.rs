//! What a build of a rendered site consists of: every file with its contents, worked out before the first is written.
//!
//! - Pages are where their addresses say. What refers to another file of the site does so by a relative address, so that the
//!   whole may stand anywhere, or be opened from a folder. Only `404.html` cannot: it is shown at addresses of any depth.
//! - Assets have a part of their BLAKE3 in their names, so that a browser may keep them for ever; a style sheet's is taken after
//!   its own references have been turned. What only a script names keeps its name.
//! - Of the media, those are in it that something names.
//!
//! The order is that of the names, and nothing of the time or the machine gets in: the same site is the same bytes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::address::{Inner, decoded, encoded, inner, path_of, relative, with_hash, within};
use super::crawlers;
use super::references::{self, Use};
use crate::error::{Code, Error, Result};
use crate::site::shown::{self, Shown};
use crate::site::{copies, file};
use crate::store::{self, disk, json};

/// The page that a server shows for what is not there.
pub(super) const MISSING: &str = "404.html";
/// How many hexadecimal digits of an asset's hash are in its name.
const DIGITS: usize = 10;
/// Assets up to this size, in bytes, are read at once.
const SMALL: u64 = 1024 * 1024;

/// Where the bytes of a file come from.
#[derive(Debug, Clone)]
pub(super) enum Contents {
    /// From here.
    Bytes(Arc<[u8]>),
    /// From a file of the site, by its path from the site's root.
    Site(String),
}

/// Everything that will be written, by path.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub files: BTreeMap<String, Contents>,
    pub pages: usize,
    pub media: usize,
    pub notes: Vec<String>,
}

/// A page as it was rendered.
#[derive(Debug)]
pub(super) struct RenderedPage {
    pub file: String,
    pub html: String,
}

/// What is known of an asset while its references are followed.
#[derive(Debug, Clone)]
enum Asset {
    /// It is being looked at: whoever refers to it meanwhile, in a circle, gets it under its own name.
    Begun,
    /// The name it gets.
    Named(String),
}

struct Planner<'a> {
    site: &'a Path,
    /// The files of all pages.
    pages: BTreeSet<String>,
    /// Where the site will be, on its server; for the one page that needs to know.
    base: String,
    assets: HashMap<String, Asset>,
    media: BTreeSet<String>,
    missing: BTreeMap<String, String>,
    /// Why something of the site could not be read, if so: then there is no plan.
    unread: RefCell<Option<Error>>,
    plan: Plan,
}

/// The plan of a site that is rendered.
///
/// # Errors
/// `Corrupt` if a page cannot be read as HTML; `Io`.
pub(super) fn of_pages(site: &Path, rendered: Vec<RenderedPage>, site_url: &str) -> Result<Plan> {
    let pages = rendered.iter().map(|page| page.file.clone()).collect();
    let base = path_of(site_url);
    let mut planner = Planner {
        site,
        pages,
        base,
        assets: HashMap::new(),
        media: BTreeSet::new(),
        missing: BTreeMap::new(),
        unread: RefCell::default(),
        plan: Plan { pages: rendered.len(), ..Plan::default() },
    };
    let mut listed = Vec::new();
    for page in &rendered {
        let html = planner.page(page)?;
        if page.file != MISSING && !crawlers::is_hidden(&html) {
            listed.push(if page.file == "index.html" { String::new() } else { page.file.clone() });
        }
        planner.put(&page.file, html.into_bytes());
    }
    if !planner.pages.contains(MISSING) {
        let home = &planner.base;
        let page = NOT_FOUND.replace("{home}", home);
        planner.put(MISSING, page.into_bytes());
    }
    for (path, text) in crawlers::files(&listed, site_url) {
        planner.put(path, text.into_bytes());
    }
    planner.plan.files.extend(shown::for_servers(site)?.into_iter().map(|(path, from)| (path, Contents::Site(from))));
    planner.plan.notes.extend(copies::list(site).iter().map(|path| copies::said(path)));
    planner.done()
}

/// What is shown for a page that is not there, in a site that has none for it.
const NOT_FOUND: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"robots\" content=\"noindex\">
<title>Page not found</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center; font: 1.125rem/1.6 system-ui, sans-serif; }
a { color: inherit; }
</style>
</head>
<body>
<main>
<h1>Page not found</h1>
<p><a href=\"{home}\">Go to the first page</a></p>
</main>
</body>
</html>
";

impl Planner<'_> {
    /// A page with its references turned.
    fn page(&mut self, page: &RenderedPage) -> Result<String> {
        let html = references::html(&page.html, &mut |purpose, address| self.turn(&page.file, purpose, address));
        let html = html.map_err(|cause| Error::new(Code::Corrupt, format!("{} could not be read as HTML: {cause}.", page.file)))?;
        self.follow_named(&html);
        Ok(html)
    }

    /// What is only named in a text goes along under its own name.
    fn follow_named(&mut self, text: &str) {
        for path in references::named(text) {
            if self.plan.files.contains_key(&path) {
                continue;
            }
            if path.starts_with("uploads/") {
                self.note_media(&path);
            } else if self.is_asset(&path) {
                self.as_it_is(&path);
            }
        }
    }

    /// Another address for one that stands in a file of the site; none if it is not of the site, or right as it is.
    fn turn(&mut self, from: &str, purpose: Use, address: &str) -> Option<String> {
        let Inner { written, path, rest, whole, found } = inner(from, address)?;
        if purpose == Use::Link
            && let Some(page) = self.page_at(&found, path)
        {
            return Some(format!("{}{rest}", self.address(from, &encoded(&page)))).filter(|turned| turned != written);
        }
        if found.starts_with("uploads/") {
            if self.note_media(&found) {
                return Some(format!("{}{rest}", self.address(from, &whole))).filter(|turned| turned != written);
            }
            if purpose == Use::File || found.contains('.') {
                self.miss(&found, from);
            }
            return None;
        }
        if !self.is_asset(&found) {
            if found.starts_with("assets/") && found.contains('.') {
                self.miss(&found, from);
            }
            return None;
        }
        let named = self.asset(&found)?;
        let turned = if named == found { whole } else { encoded(&named) };
        // A version behind the name has done its work once the name says it.
        let rest = if rest.starts_with("?v=") { &rest[rest.find('#').unwrap_or(rest.len())..] } else { rest };
        Some(format!("{}{rest}", self.address(from, &turned))).filter(|turned| turned != written)
    }

    /// The file of the page at a path; addresses of pages need no ending.
    fn page_at(&self, found: &str, written: &str) -> Option<String> {
        let bare = found.trim_end_matches('/');
        let known = |file: String| self.pages.contains(&file).then_some(file);
        if bare.is_empty() {
            return written.starts_with('/').then(|| known("index.html".to_owned())).flatten();
        }
        known(bare.to_owned()).or_else(|| known(format!("{bare}.html"))).or_else(|| known(format!("{bare}/index.html")))
    }

    /// The address of a path from the site's root, seen from one of its files.
    fn address(&self, from: &str, path: &str) -> String {
        if from == MISSING { format!("{}{path}", self.base) } else { relative(from, path) }
    }

    /// Whether a path is that of a file that pages load, and may.
    fn is_asset(&self, path: &str) -> bool {
        shown::of(path) == Some(Shown::Asset) && self.file(path).is_some()
    }

    /// The file that is shown at a path, which may be another one that a link leads to.
    fn file(&self, path: &str) -> Option<String> {
        self.unless_unread(shown::file(self.site, path, true))
    }

    /// What was read; nothing of what cannot be, which is noted.
    fn unless_unread<T: Default>(&self, read: Result<T>) -> T {
        read.unwrap_or_else(|error| {
            self.unread.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    /// Notes that a media file goes along, if it is there.
    fn note_media(&mut self, path: &str) -> bool {
        if self.media.contains(path) {
            return true;
        }
        let is_there = shown::of(path) == Some(Shown::Media) && self.file(path).is_some();
        if is_there {
            self.media.insert(path.to_owned());
        }
        is_there
    }

    /// The name that an asset gets, which is its own if it refers to itself. None if it cannot be read.
    fn asset(&mut self, path: &str) -> Option<String> {
        match self.assets.get(path) {
            Some(Asset::Named(name)) => return Some(name.clone()),
            Some(Asset::Begun) => {
                self.as_it_is(path);
                return Some(path.to_owned());
            }
            None => {}
        }
        self.assets.insert(path.to_owned(), Asset::Begun);
        let contents = self.contents(path)?;
        let hash = match &contents {
            Contents::Bytes(bytes) => store::hash(bytes),
            Contents::Site(from) => {
                let hash = file::open(self.site, from).and_then(store::hash_reader);
                self.unless_unread(hash.map_err(|cause| Error::io("read", &self.site.join(from), &cause)))
            }
        };
        let name = with_hash(path, hash.get(..DIGITS).unwrap_or(&hash));
        self.plan.files.insert(name.clone(), contents);
        self.assets.insert(path.to_owned(), Asset::Named(name.clone()));
        Some(name)
    }

    /// Takes an asset along under its own name.
    fn as_it_is(&mut self, path: &str) {
        if self.plan.files.contains_key(path) {
            return;
        }
        let from = self.file(path).unwrap_or_else(|| path.to_owned());
        let text = if is_script(path) { self.unless_unread(file::read_text(self.site, &from)) } else { None };
        self.plan.files.insert(path.to_owned(), Contents::Site(from));
        if let Some(text) = text {
            self.follow_script(&text, path);
        }
    }

    /// An asset's contents, with what it refers to turned and taken along.
    fn contents(&mut self, path: &str) -> Option<Contents> {
        let from = self.file(path)?;
        let at = self.site.join(&from);
        let size = self.unless_unread(disk::find(&at).map_err(|cause| Error::io("read", &at, &cause)))?.len();
        let is_sheet = ends_with(path, &["css"]);
        if size > SMALL && !is_sheet && !is_script(path) {
            return Some(Contents::Site(from));
        }
        let Some(bytes) = self.unless_unread(file::read(self.site, &from)) else {
            self.plan.notes.push(format!("{path} is too large to be read; the links in it are as they were."));
            return Some(Contents::Site(from));
        };
        match String::from_utf8(bytes) {
            Ok(text) if is_sheet => {
                self.plan.notes.extend(conflict_in(path, &text));
                let turned = references::css(&text, &mut |purpose, address| self.turn(path, purpose, address));
                Some(Contents::Bytes(turned.into_bytes().into()))
            }
            Ok(text) => {
                if is_script(path) {
                    self.plan.notes.extend(conflict_in(path, &text));
                    self.follow_script(&text, path);
                }
                Some(Contents::Bytes(text.into_bytes().into()))
            }
            Err(binary) => {
                if is_sheet || is_script(path) {
                    self.plan.notes.push(format!("{path} is not text in UTF-8; the links in it are as they were."));
                }
                Some(Contents::Bytes(binary.into_bytes().into()))
            }
        }
    }

    fn follow_script(&mut self, text: &str, path: &str) {
        self.follow_named(text);
        for written in references::imported(text) {
            if let Some(found) = within(path, &written).map(|found| decoded(&found))
                && self.is_asset(&found)
            {
                self.as_it_is(&found);
            }
        }
    }

    fn miss(&mut self, path: &str, from: &str) {
        self.missing.entry(path.to_owned()).or_insert_with(|| from.to_owned());
    }

    fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.plan.files.insert(path.to_owned(), Contents::Bytes(bytes.into()));
    }

    fn done(mut self) -> Result<Plan> {
        self.plan.media = self.media.len();
        for path in self.media {
            let from = shown::file(self.site, &path, true)?.unwrap_or_else(|| path.clone());
            self.plan.files.insert(path, Contents::Site(from));
        }
        let notes = self.missing.into_iter().map(|(path, from)| format!("{path} is not there; {from} refers to it."));
        self.plan.notes.extend(notes);
        self.unread.into_inner().map_or(Ok(self.plan), Err)
    }
}

/// What there is to say of a file that a merge left unresolved; it is taken as it is.
pub(super) fn conflict_in(path: &str, text: &str) -> Option<String> {
    json::conflict(text).map(|position| format!("{path} has an unresolved merge conflict at {position}."))
}

/// Whether a path ends with one of these endings, in capitals or not.
pub(super) fn ends_with(path: &str, endings: &[&str]) -> bool {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    endings.iter().any(|one| ending.eq_ignore_ascii_case(one))
}

fn is_script(path: &str) -> bool {
    ends_with(path, &["js", "mjs", "json", "webmanifest"])
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

    fn page(file: &str, html: &str) -> RenderedPage {
        RenderedPage { file: file.to_owned(), html: html.to_owned() }
    }

    fn text<'a>(plan: &'a Plan, path: &str) -> &'a str {
        match &plan.files[path] {
            Contents::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
            Contents::Site(path) => panic!("{path} is copied"),
        }
    }

    #[test]
    fn pages_refer_to_each_other_and_to_files_by_relative_addresses() {
        let folder = site(&[
            ("assets/base.css", "@font-face{src:url(font.woff2)} a{background:url('../uploads/images/bg.jpg')} @import 'base.css';"),
            ("assets/font.woff2", "font"),
            ("assets/app.js", "import './part.js'; load('/assets/data.json')"),
            ("assets/part.js", ""),
            ("assets/data.json", "{\"picture\":\"uploads\\/images\\/data.jpg\",\"other\":\"/uploads/images/my photo, 2.jpg\"}"),
            ("uploads/images/my photo, 2.jpg", ""),
            ("uploads/images/a&b.jpg", ""),
            ("assets/unused.css", ""),
            ("uploads/images/bg.jpg", ""),
            ("uploads/images/data.jpg", ""),
            ("uploads/images/a b.jpg", ""),
            ("uploads/images/unused.jpg", ""),
            ("uploads/media.json", "{}"),
        ]);
        let first = "<link href=\"assets/base.css?v=1\"><script src=\"/assets/app.js\"></script><a href=\"/\">h</a><a href=\"/news/one\">n</a><a href=\"about.html#x\">a</a>\
            <img src=\"uploads/images/a%20b.jpg\" data-kind=\"about\"><img src=\"uploads/images/gone.jpg\"><noscript><img src=\"/uploads/images/a&#38;b.jpg\"></noscript><a href=\"uploads/media.json\">m</a><a href=\"/elsewhere\">e</a>";
        let second = "<a href=\"../index.html\">h</a><a href=\"/about\">a</a><link href=\"../assets/base.css\"><a href=\"../../out\">o</a>";
        let hidden = "<meta name=\"robots\" content=\"noindex\"><p>hidden</p>";
        let pages = || vec![page("index.html", first), page("news/one.html", second), page("about.html", hidden), page("404.html", first)];
        let plan = of_pages(folder.path(), pages(), "https://a.example/shop").unwrap();
        let index = text(&plan, "index.html");
        let sheet = plan.files.keys().find(|path| path.strip_suffix(".css").is_some_and(|stem| stem.len() > 16)).unwrap().clone();
        let script = plan.files.keys().find(|path| path.starts_with("assets/app.")).unwrap().clone();
        assert!(index.contains(&format!("href=\"{sheet}\"")) && index.contains(&format!("src=\"{script}\"")), "{index}");
        assert!(index.contains("<a href=\"index.html\">h</a><a href=\"news/one.html\">n</a><a href=\"about.html#x\">a</a>"), "{index}");
        assert!(index.contains("a%20b.jpg\" data-kind=\"about\"") && index.contains("href=\"/elsewhere\""), "{index}");
        let one = text(&plan, "news/one.html");
        assert!(
            one.contains("href=\"../index.html\"")
                && one.contains("href=\"../about.html\"")
                && one.contains(&format!("href=\"../{sheet}\""))
        );
        assert!(text(&plan, "404.html").contains(&format!("href=\"/shop/{sheet}\"")), "it is shown at any depth");
        let css = text(&plan, &sheet);
        assert!(css.contains("url('../uploads/images/bg.jpg')") && css.contains("url(\"font.") && css.contains(".woff2\")"), "{css}");
        let copied: Vec<&str> = plan.files.keys().map(String::as_str).filter(|path| path.starts_with("uploads/")).collect();
        assert_eq!(copied, ["a b", "a&b", "bg", "data", "my photo, 2"].map(|name| format!("uploads/images/{name}.jpg")));
        for kept in ["assets/part.js", "assets/data.json", "assets/base.css"] {
            assert!(plan.files.contains_key(kept), "{kept}");
        }
        assert!(!plan.files.keys().any(|path| path.contains("unused")));
        assert_eq!(
            plan.notes,
            ["uploads/images/gone.jpg is not there; index.html refers to it.", "uploads/media.json is not there; index.html refers to it."]
        );
        let map = text(&plan, "sitemap.xml");
        assert!(map.contains("<loc>https://a.example/shop/</loc>") && map.contains("<loc>https://a.example/shop/news/one.html</loc>"));
        assert!(!map.contains("about") && !map.contains("404"), "{map}");
        assert!(text(&plan, "robots.txt").ends_with("Sitemap: https://a.example/shop/sitemap.xml\n"));
        assert_eq!((plan.pages, plan.media), (4, 5));
        let bare = of_pages(folder.path(), vec![page("index.html", "x")], "").unwrap();
        assert_eq!(bare.files.keys().collect::<Vec<_>>(), ["404.html", "index.html", "robots.txt"]);
    }

    #[test]
    fn style_sheets_and_scripts_that_cannot_be_followed_are_there_and_told() {
        let folder = site(&[
            ("assets/merged.css", "a{}\n<<<<<<< HEAD\nb{}\n=======\nc{}\n>>>>>>> theirs\n"),
            ("assets/merged.js", "<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"),
        ]);
        fs::write(folder.path().join("assets/latin.css"), b"a{content:'\xe9'}").unwrap();
        fs::File::create(folder.path().join("assets/large.css")).and_then(|file| file.set_len(17 * 1024 * 1024)).unwrap();
        let html = ["merged.css", "merged.js", "latin.css", "large.css"].map(|name| format!("<link href=\"assets/{name}\">")).concat();
        let plan = of_pages(folder.path(), vec![page("index.html", &html)], "").unwrap();
        assert_eq!(
            plan.notes,
            [
                "assets/merged.css has an unresolved merge conflict at line 2 column 1.",
                "assets/merged.js has an unresolved merge conflict at line 1 column 1.",
                "assets/latin.css is not text in UTF-8; the links in it are as they were.",
                "assets/large.css is too large to be read; the links in it are as they were.",
            ]
        );
        assert_eq!(plan.files.keys().filter(|path| path.starts_with("assets/")).count(), 4, "{:?}", plan.files.keys());
    }
}
