//! Addresses: of pages and items wherever they are named by their ids, and of everything else that belongs to the site.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::collections::Collection;
use super::files::{Read, Seen};

/// Deeper menus are cut: no theme shows them.
const DEEPEST_MENU: usize = 8;

/// Where everything is, as seen from one page.
pub(super) struct Links {
    /// Before every path from the site's root: `/`, nothing, or `../`.
    root: String,
    /// The names of the pages.
    slugs: HashSet<String>,
    /// Files by the ids of pages and of items.
    files: HashMap<String, String>,
    /// Menus by id and by the names of their files.
    menus: HashMap<String, Arc<Read>>,
}

impl Links {
    /// Looks at every page, item and menu.
    pub fn new(seen: &Seen<'_>, collections: &[Collection], root: &str) -> Self {
        let mut links = Self { root: root.to_owned(), slugs: HashSet::new(), files: HashMap::new(), menus: HashMap::new() };
        let id_of = |document: &Read| document.as_ref().ok()?.get("uuid")?.as_str().map(str::to_owned);
        for slug in seen.names("pages", ".json") {
            if let Some(id) = seen.json(&format!("pages/{slug}.json")).and_then(|page| id_of(&page)) {
                links.files.insert(id, format!("{slug}.html"));
            }
            links.slugs.insert(slug);
        }
        for collection in collections.iter().filter(|collection| collection.has_pages) {
            for item in &collection.items {
                links.files.insert(item.uuid.clone(), collection.file(&item.slug));
            }
        }
        for name in seen.names("menus", ".json") {
            if let Some(menu) = seen.json(&format!("menus/{name}.json")) {
                if let Some(id) = id_of(&menu) {
                    links.menus.insert(id, menu.clone());
                }
                links.menus.entry(name).or_insert(menu);
            }
        }
        links.files.remove("");
        links
    }

    /// Before every path from the site's root.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The address of a file of the site, as written by a person, from where the page is. What is not of the site stays as
    /// it is, unless following it would run something: that leads nowhere.
    pub fn address(&self, written: &str) -> String {
        let read = as_read(written);
        if !is_safe(written) {
            return String::new();
        }
        if read.is_empty() || read.starts_with(['#', '?']) || read.starts_with("//") || scheme(&read).is_some() {
            return written.to_owned();
        }
        match read.strip_prefix('/') {
            None => format!("{}{}", self.root, read.trim_start_matches("./")),
            Some(path) if self.is_ours(path) => format!("{}{path}", self.root),
            Some(_) => written.to_owned(),
        }
    }

    /// Whether a path from the root of a server is one of the site, wherever that is put.
    fn is_ours(&self, path: &str) -> bool {
        let file = path.split(['?', '#']).next().unwrap_or_default();
        file.is_empty()
            || ["uploads/", "assets/"].iter().any(|folder| file.starts_with(folder))
            || file.strip_suffix(".html").is_some_and(|slug| self.slugs.contains(slug))
    }

    /// The file that an id stands for, else the one that is written, if that is there: a page made by hand may have an id
    /// that another one had. None if the page is gone.
    pub fn file(&self, id: &str, written: &str) -> Option<String> {
        let path = written.trim_start_matches("./").trim_start_matches('/');
        let (file, rest) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
        match self.files.get(id) {
            Some(known) => Some(format!("{known}{rest}")),
            None if file.strip_suffix(".html").is_some_and(|slug| self.slugs.contains(slug)) => Some(path.to_owned()),
            None => None,
        }
    }

    /// A link setting: `{href, text, target, pageUuid?}`. One whose page is gone is empty.
    pub fn link(&self, link: &Map<String, Value>) -> Value {
        let href = link.get("href").and_then(Value::as_str).unwrap_or_default();
        let mut resolved = link.clone();
        let address = match id_of(link) {
            None => self.address(href),
            Some(id) => match self.file(id, href) {
                Some(file) => format!("{}{file}", self.root),
                None => return json!({ "href": "", "text": "", "target": "_self" }),
            },
        };
        resolved.insert("href".to_owned(), address.into());
        resolved.into()
    }

    /// The menu of that id or name, ready to be shown; an empty one if there is none.
    pub fn menu(&self, name: &str) -> Value {
        let found = self.menus.get(name).and_then(|menu| menu.as_ref().as_ref().ok()).and_then(Value::as_object);
        let Some(menu) = found else { return json!({ "items": [] }) };
        let mut menu = menu.clone();
        let items = self.menu_items(menu.get("items"), 1);
        menu.insert("items".to_owned(), items);
        menu.into()
    }

    fn menu_items(&self, items: Option<&Value>, depth: usize) -> Value {
        let items = items.and_then(Value::as_array).filter(|_| depth <= DEEPEST_MENU);
        let items = items.into_iter().flatten().filter_map(Value::as_object);
        items
            .map(|item| {
                let written = item.get("link").and_then(Value::as_str).unwrap_or_default();
                let file = id_of(item).map(|id| self.file(id, written));
                // What the snippet compares with the page that is shown.
                let (link, canonical) = match file {
                    Some(Some(file)) => (format!("{}{file}", self.root), file),
                    Some(None) => (String::new(), String::new()),
                    None => (self.address(written), as_read(written).trim_start_matches("./").trim_start_matches('/').to_owned()),
                };
                let mut resolved = item.clone();
                resolved.insert("link".to_owned(), link.into());
                resolved.insert("canonicalPath".to_owned(), canonical.into());
                resolved.insert("items".to_owned(), self.menu_items(item.get("items"), depth + 1));
                Value::from(resolved)
            })
            .collect()
    }
}

/// The id of the page or item that a link or menu item is about.
fn id_of(link: &Map<String, Value>) -> Option<&str> {
    ["collectionItemUuid", "pageUuid"].iter().find_map(|key| link.get(*key)?.as_str()).filter(|id| !id.is_empty())
}

/// A picture that stands in the text itself.
pub(super) fn is_picture(url: &str) -> bool {
    as_read(url).to_ascii_lowercase().starts_with("data:image/")
}

/// An address as a browser reads it: without line breaks in it and control characters around it.
fn as_read(url: &str) -> String {
    let kept: String = url.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    kept.trim_matches(|c| c <= ' ').to_owned()
}

fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'));
    is_scheme.then_some(scheme)
}

/// Whether following an address runs nothing.
pub(super) fn is_safe(written: &str) -> bool {
    scheme(&as_read(written)).is_none_or(|scheme| ["http", "https", "mailto", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::super::files::Files;
    use super::*;

    /// The links of a small site, as seen from a page below `root`.
    pub fn links(root: &str) -> Links {
        let site = tempfile::tempdir().unwrap();
        let files = Files::new(site.path().to_owned());
        let overrides = BTreeMap::from(
            [
                ("pages/index.json", json!({ "uuid": "u-index" })),
                ("pages/about.json", json!({ "uuid": "u-about" })),
                ("pages/contact.json", json!({})),
                ("menus/main.json", json!({"uuid": "m-1", "name": "Main", "items": [
                    {"label": "Home", "link": "old.html", "pageUuid": "u-index", "items": [{"label": "Team", "link": "./contact.html#team"}]},
                    {"label": "Gone", "link": "gone.html", "pageUuid": "u-gone"},
                    {"label": "Bad", "link": "java\tscript:alert(1)"}, 7
                ]})),
            ]
            .map(|(path, value)| (path.to_owned(), Arc::from(value.to_string()))),
        );
        Links::new(&Seen::new(&files, &overrides), &[], root)
    }

    #[test]
    fn an_address_leads_where_it_is_meant_to_from_every_page() {
        for (written, preview, root, below) in [
            ("about.html", "/about.html", "about.html", "../about.html"),
            ("./about.html#team", "/about.html#team", "about.html#team", "../about.html#team"),
            ("/about.html?x", "/about.html?x", "about.html?x", "../about.html?x"),
            ("/uploads/files/a.pdf", "/uploads/files/a.pdf", "uploads/files/a.pdf", "../uploads/files/a.pdf"),
            ("/elsewhere", "/elsewhere", "/elsewhere", "/elsewhere"),
            ("#top", "#top", "#top", "#top"),
            ("?q=1", "?q=1", "?q=1", "?q=1"),
            ("https://x.example/a", "https://x.example/a", "https://x.example/a", "https://x.example/a"),
            ("//x.example", "//x.example", "//x.example", "//x.example"),
            ("mailto:a@b.example", "mailto:a@b.example", "mailto:a@b.example", "mailto:a@b.example"),
            ("tel:+1", "tel:+1", "tel:+1", "tel:+1"),
            ("javascript:alert(1)", "", "", ""),
            (" \u{1}java\nscript:alert(1)", "", "", ""),
            ("DATA:text/html,x", "", "", ""),
            ("vbscript:x", "", "", ""),
            ("", "", "", ""),
        ] {
            let seen = ["/", "", "../"].map(|root| links(root).address(written));
            assert_eq!(seen, [preview, root, below], "{written:?}");
        }
    }

    #[test]
    fn links_follow_the_pages_they_name() {
        let link = |root: &str, link: Value| links(root).link(link.as_object().unwrap());
        let about = json!({"href": "old.html#team", "text": "About", "target": "_blank", "pageUuid": "u-about"});
        assert_eq!(link("../", about), json!({"href": "../about.html#team", "text": "About", "target": "_blank", "pageUuid": "u-about"}));
        assert_eq!(
            link("/", json!({"href": "x.html", "text": "X", "pageUuid": "u-gone"})),
            json!({"href": "", "text": "", "target": "_self"})
        );
        assert_eq!(
            link("", json!({"href": "contact.html", "pageUuid": "u-gone"}))["href"],
            "contact.html",
            "an id that nothing has, of a page that is there"
        );
        assert_eq!(link("/", json!({"href": "javascript:1", "text": "X"}))["href"], "");
    }

    #[test]
    fn menus_are_found_by_id_and_name_and_their_items_lead_somewhere() {
        let links = links("../");
        assert_eq!(links.menu("m-1"), links.menu("main"));
        let menu = links.menu("main");
        let shown: Vec<_> = menu["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (item["link"].as_str().unwrap(), item["canonicalPath"].as_str().unwrap()))
            .collect();
        assert_eq!(shown, [("../index.html", "index.html"), ("", ""), ("", "javascript:alert(1)")]);
        assert_eq!(menu["items"][0]["items"][0]["link"], "../contact.html#team");
        assert_eq!(links.menu("none"), json!({"items": []}));
    }
}
