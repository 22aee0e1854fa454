//! Links between pages: who points at a page, and how they follow when it moves.
//!
//! A link is a `href` or `link` beside the page's `pageUuid`, a value that is the page's address, or a `href` in rich text.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::site::entities;
use crate::site::markup::tags;
use crate::store::splice::Edit;

/// Is called with where a text stands, and where in it the addresses stand.
type Tell<'a> = &'a mut dyn FnMut(&[String], &[Range<usize>]);

/// A page, as links name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub slug: &'a str,
    /// Its own id, when no other page has the same.
    pub uuid: Option<&'a str>,
}

impl Target<'_> {
    /// Where the texts stand in a document that point at the page.
    pub fn linked_from(&self, document: &Value) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        self.each(document, &mut Vec::new(), &mut |path, _| found.push(path.to_vec()));
        found
    }

    /// The edits that make a document's links point at the page under its new slug.
    pub fn moved(&self, document: &Value, new: &str) -> Vec<Edit> {
        let mut edits = Vec::new();
        self.each(document, &mut Vec::new(), &mut |path, places| {
            let Some(old) = path.iter().try_fold(document, |value, key| child(value, key)).and_then(Value::as_str) else { return };
            let mut text = String::with_capacity(old.len());
            let mut done = 0;
            for place in places {
                let written = &old[place.clone()];
                let is_all = place.len() == old.len();
                text.push_str(&old[done..place.start]);
                text.push_str(&if is_all { renamed(written, new) } else { renamed_in_html(written, new) });
                done = place.end;
            }
            text.push_str(&old[done..]);
            if text != old {
                edits.push(Edit { path: path.to_vec(), value: Some(text.into()) });
            }
        });
        edits
    }

    /// Calls `found` with each text that points at the page, and the addresses in it.
    fn each(&self, value: &Value, path: &mut Vec<String>, found: Tell<'_>) {
        match value {
            Value::String(text) => {
                let places = self.places(text);
                if !places.is_empty() {
                    found(path, &places);
                }
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    path.push(index.to_string());
                    self.each(value, path, found);
                    path.pop();
                }
            }
            Value::Object(members) => {
                let is_ours = self.uuid.is_some() && members.get("pageUuid").and_then(Value::as_str) == self.uuid;
                for (key, value) in members {
                    path.push(key.clone());
                    match value {
                        Value::String(text) if is_ours && matches!(key.as_str(), "href" | "link") => {
                            found(path, std::slice::from_ref(&(0..text.len())));
                        }
                        _ => self.each(value, path, found),
                    }
                    path.pop();
                }
            }
            _ => {}
        }
    }

    /// Where in a text the page's address stands.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_address(text) {
            return std::iter::once(0..text.len()).collect();
        }
        if !text.contains('<') {
            return Vec::new();
        }
        let mut places = Vec::new();
        for tag in tags(text) {
            let value = |name: &str| tag.attribute(name).map(|at| entities::attribute(&text[at]));
            let is_ours = self.uuid.is_some() && value("data-page-uuid").as_deref() == self.uuid;
            let is_address = || value("href").is_some_and(|address| self.is_address(&address));
            places.extend(tag.attribute("href").filter(|_| is_ours || is_address()));
        }
        places
    }

    fn is_address(&self, text: &str) -> bool {
        let page = text.split(['?', '#']).next().unwrap_or_default();
        let page = page.strip_prefix("./").or_else(|| page.strip_prefix('/')).unwrap_or(page);
        page.strip_suffix(".html") == Some(self.slug)
    }
}

fn child<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Array(values) => values.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    }
}

/// An address with the page's new slug; what leads into the page, and how it is written, stays.
fn renamed(address: &str, new: &str) -> String {
    if address.contains("://") {
        return format!("{new}.html");
    }
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let start = ["./", "/"].iter().find(|start| address.starts_with(**start)).copied().unwrap_or_default();
    format!("{start}{new}.html{}", &address[end..])
}

/// As [`renamed`], of the value of an attribute as it is written; one without character references keeps every other byte.
fn renamed_in_html(written: &str, new: &str) -> String {
    match entities::attribute(written) {
        Cow::Borrowed(_) => renamed(written, new),
        Cow::Owned(address) => entities::escaped(&renamed(&address, new)).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::splice;
    use serde_json::json;

    const ABOUT: Target<'_> = Target { slug: "about", uuid: Some("u-1") };

    #[test]
    fn every_kind_of_link_follows_and_nothing_else_does() {
        let document = json!({
            "widgets": {"w": {"settings": {
                "link": {"href": "about.html#team", "text": "about.html is here", "pageUuid": "u-1"},
                "stale": {"href": "old-name.html?x=1", "pageUuid": "u-1"},
                "bare": {"href": "./about.html"},
                "url": "/about.html?x#y",
                "rich": "<p><a class=\"x\" href=\"about.html\">about.html</a> <A HREF='gone.html#z' data-page-uuid='u-1'>b</A> <a href=about.html>c</a></p>",
                "encoded": "<a href='about&#46;html?a=1&amp;b&#43;2'>d</a><a href=\"x\" data-page-uuid=\"u&#45;1\">e</a>",
                "other": ["about-us.html", "https://x.example/about.html", "sub/about.html", "about", "<b>about.html</b>", {"pageUuid": "u-2", "href": "menu.html"}],
                "pageUuid": "u-1"
            }}},
            "items": [{"link": "about.html", "items": [{"link": "", "pageUuid": "u-1"}]}]
        });
        let text = serde_json::to_string_pretty(&document).unwrap();
        let moved = splice::apply(&text, &ABOUT.moved(&document, "team")).unwrap();
        let expected = text
            .replace("\"about.html#team\"", "\"team.html#team\"")
            .replace("\"old-name.html?x=1\"", "\"team.html?x=1\"")
            .replace("\"./about.html\"", "\"./team.html\"")
            .replace("\"/about.html?x#y\"", "\"/team.html?x#y\"")
            .replace("href=\\\"about.html\\\"", "href=\\\"team.html\\\"")
            .replace("gone.html#z", "team.html#z")
            .replace("href=about.html", "href=team.html")
            .replace("about&#46;html?a=1&amp;b&#43;2", "team.html?a=1&amp;b+2")
            .replace("href=\\\"x\\\"", "href=\\\"team.html\\\"")
            .replace("\"link\": \"about.html\"", "\"link\": \"team.html\"")
            .replace("\"link\": \"\"", "\"link\": \"team.html\"");
        assert_eq!(moved, expected);
        let linked = ABOUT.linked_from(&document);
        assert!(linked.len() == 8 && linked.contains(&["items", "0", "items", "0", "link"].map(str::to_owned).to_vec()), "{linked:?}");
        let moved: Value = serde_json::from_str(&moved).unwrap();
        assert!(Target { uuid: None, ..ABOUT }.linked_from(&moved).is_empty() && !ABOUT.linked_from(&moved).is_empty());
        assert!(ABOUT.linked_from(&json!({"text": "about.html, and more", "pageUuid": "u-2"})).is_empty());
    }
}
