//! What the parts of a page are told of what is around them: the page and the project.
//!
//! A part is known by all that it is told, so it is told only what its template speaks of: whoever does not ask for the page's
//! name is not rendered again because it changed.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::collections::{self, Collection};
use super::model::{PageRequest, Source};

/// The tags with which a snippet sees all that its template does; in others it sees what it is handed.
const OPEN: [&str; 2] = ["include", "layout"];

/// What there is to be told.
pub(super) struct Around {
    told: [(&'static str, Value); 2],
    /// Which of them a snippet speaks of.
    by_snippets: [bool; 2],
    /// A snippet brings in another one that sees all that it does.
    has_open_snippets: bool,
}

impl Around {
    /// What surrounds the parts of the page that is asked for. `document` is the page's own.
    pub fn new(document: &Value, request: &PageRequest, collections: &[Collection]) -> Self {
        let project = serde_json::to_value(&request.project).unwrap_or_default();
        let told = [("page", shown_page(document, request, collections)), ("project", project)];
        Self { told, by_snippets: [false; 2], has_open_snippets: false }
    }

    /// Looks at what the theme's snippets speak of.
    pub fn look_at(&mut self, snippets: &HashMap<String, Arc<str>>) {
        self.by_snippets = [0, 1].map(|at| snippets.values().any(|text| speaks_of(text, self.told[at].0)));
        self.has_open_snippets = snippets.values().any(|text| OPEN.iter().any(|tag| speaks_of(text, tag)));
    }

    /// The page as templates see it: without its widgets.
    pub fn page(&self) -> &Value {
        &self.told[0].1
    }

    /// What a template sees, with those of them that it speaks of.
    pub fn with(&self, mut scope: Value, template: &str) -> Value {
        let is_open = self.has_open_snippets || OPEN.iter().any(|tag| speaks_of(template, tag));
        for ((name, value), by_snippets) in self.told.iter().zip(self.by_snippets) {
            if (by_snippets && is_open) || speaks_of(template, name) {
                scope[*name] = value.clone();
            }
        }
        scope
    }
}

/// The page, or what an item of a collection is as a page.
fn shown_page(document: &Value, request: &PageRequest, collections: &[Collection]) -> Value {
    match &request.source {
        Source::Item(kind, slug) => collections::find(collections, kind, slug)
            .map(|(collection, item)| collection.page(item, &request.project.site_url))
            .unwrap_or_default(),
        Source::Page(slug) => {
            let mut page = document.as_object().cloned().unwrap_or_default();
            page.remove("widgets");
            page.insert("slug".to_owned(), slug.as_str().into());
            page.into()
        }
    }
}

/// Whether a name stands somewhere in a template as a word of its own. It may stand in a text; what uses it has it for certain.
fn speaks_of(template: &str, name: &str) -> bool {
    template.match_indices(name).any(|(at, _)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let rest = &template[at + name.len()..];
        // A hyphen goes on with the name, unless the white space behind it is cut off: `{{ page-}}`.
        let goes_on = rest.starts_with('-') && !rest.starts_with("-}") && !rest.starts_with("-%");
        !template[..at].ends_with(is_part) && !rest.starts_with(is_part) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_wherever_it_is_used() {
        for used in [
            "{{ page.name }}",
            "{{page}}",
            "{{-page-}}",
            "{%if page%}",
            "{% if x==page-%}",
            "{{ x[page] }}",
            "{% for i in (1..page.count) %}",
            "{{ 'a}}' | append: page.name }}",
            "{% render 'x', with:page %}",
            "{% liquid\necho page\n%}",
        ] {
            assert!(speaks_of(used, "page"), "{used}");
        }
        for other in
            ["", "<i class=\"page-title\">", "{{ pages }}", "{{ my_page }}", "{{ page_title }}", "{{ page-2 }}", "homepage", "Page"]
        {
            assert!(!speaks_of(other, "page"), "{other}");
        }
    }
}
