//! What every theme can count on: the widgets that Widgetizer itself brings, and the snippet for menus. A theme's own come first.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::site::builtin;

const TEMPLATES: [(&str, &str); 3] = [
    ("widgets/core-divider/widget.liquid", include_str!("builtin/core-divider.liquid")),
    ("widgets/core-spacer/widget.liquid", include_str!("builtin/core-spacer.liquid")),
    ("widgets/core-form/widget.liquid", include_str!("builtin/core-form.liquid")),
];

const SNIPPETS: [(&str, &str); 1] = [("snippets/menu.liquid", include_str!("builtin/menu.liquid"))];

/// The template of that name.
pub(super) fn template(file: &str) -> Option<Arc<str>> {
    TEMPLATES.iter().find(|(known, _)| *known == file).map(|(_, text)| Arc::from(*text))
}

/// The schema of a type of widget.
pub(super) fn schema(kind: &str) -> Option<Value> {
    builtin::schemas().into_iter().find(|(known, _)| *known == kind).map(|(_, schema)| schema)
}

/// A theme's snippets and those that it does not have itself.
pub(super) fn with_snippets(mut snippets: HashMap<String, Arc<str>>) -> HashMap<String, Arc<str>> {
    for (name, text) in SNIPPETS {
        snippets.entry(name.to_owned()).or_insert_with(|| Arc::from(text));
    }
    snippets
}
