//! What a widget is given: its settings and those of its blocks, filled from the schema, with links, menus and texts resolved.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::files::Seen;
use super::links::Links;
use super::rich;
use crate::site::locale::Locale;

/// The settings that a widget, a block or an item can have.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<Field>);

#[derive(Debug)]
struct Field {
    id: String,
    kind: String,
    default: Option<Value>,
}

impl Fields {
    /// The `settings` of a schema. What is none is passed over: a form says what is wrong with it.
    pub fn of(owner: &Value) -> Self {
        let settings = owner.get("settings").and_then(Value::as_array).into_iter().flatten();
        let field = |raw: &Value| {
            let text = |key: &str| raw.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
            let kind = text("type").filter(|kind| kind != "header")?;
            Some(Field { id: text("id")?, kind, default: raw.get("default").cloned() })
        };
        Self(settings.filter_map(field).collect())
    }
}

/// What a theme says of a widget.
#[derive(Debug, Default)]
pub(super) struct Schema {
    fields: Fields,
    blocks: HashMap<String, Fields>,
    /// A header may lie over it.
    pub supports_transparent_header: bool,
}

impl Schema {
    pub fn of(schema: &Value) -> Self {
        let blocks = schema.get("blocks").and_then(Value::as_array).into_iter().flatten();
        let blocks = blocks.filter_map(|block| Some((block.get("type")?.as_str()?.to_owned(), Fields::of(block))));
        Self {
            fields: Fields::of(schema),
            blocks: blocks.collect(),
            supports_transparent_header: schema.get("supportsTransparentHeader") == Some(&Value::Bool(true)),
        }
    }
}

/// Fills settings for one page.
pub(super) struct Filler<'a> {
    pub links: &'a Links,
    pub words: Words<'a>,
}

/// The theme's words, read when the first of them is needed.
pub(super) struct Words<'a> {
    seen: &'a Seen<'a>,
    language: String,
    locale: OnceCell<Locale>,
}

impl<'a> Words<'a> {
    /// The words of a site of that language.
    pub fn new(seen: &'a Seen<'a>, language: String) -> Self {
        Self { seen, language, locale: OnceCell::new() }
    }

    /// A value of a schema with words in the place of their keys.
    fn resolved(&self, mut value: Value) -> Value {
        if has_key(&value) {
            let locale = self.locale.get_or_init(|| {
                let names = self.seen.names("locales", ".json").into_iter();
                let documents = names.filter_map(|name| Some((self.seen.value(&format!("locales/{name}.json"))?, name)));
                Locale::of(documents.map(|(words, name)| (name, words)), &self.language)
            });
            locale.resolve_default(&mut value);
        }
        value
    }
}

fn has_key(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("tTheme:"),
        Value::Array(values) => values.iter().any(has_key),
        Value::Object(members) => members.values().any(has_key),
        _ => false,
    }
}

impl Filler<'_> {
    /// A widget as its template sees it. `index` counts from 1; a global widget has none.
    pub fn widget(&self, schema: &Schema, id: &str, kind: &str, instance: &Value, index: Option<usize>) -> Value {
        let none = Map::new();
        let given = instance.get("blocks").and_then(Value::as_object).unwrap_or(&none);
        let mut blocks = Map::new();
        for (id, block) in given {
            let mut filled = block.as_object().cloned().unwrap_or_default();
            let fields = block.get("type").and_then(Value::as_str).and_then(|kind| schema.blocks.get(kind));
            let settings = self.settings(fields.unwrap_or(&Fields::default()), block.get("settings"));
            filled.entry("id").or_insert_with(|| id.as_str().into());
            filled.insert("settings".to_owned(), settings);
            blocks.insert(id.clone(), filled.into());
        }
        let order: Vec<Value> = match instance.get("blocksOrder").and_then(Value::as_array) {
            Some(order) => order.iter().filter(|id| id.as_str().is_some_and(|id| given.contains_key(id))).cloned().collect(),
            None => given.keys().map(|id| id.as_str().into()).collect(),
        };
        json!({
            "id": id,
            "type": kind,
            "settings": self.settings(&schema.fields, instance.get("settings")),
            "blocks": blocks,
            "blocksOrder": order,
            "index": index,
        })
    }

    /// Settings with the schema's defaults where there is no value. What the schema does not know stays as it is.
    pub fn settings(&self, fields: &Fields, given: Option<&Value>) -> Value {
        let none = Map::new();
        let given = given.and_then(Value::as_object).unwrap_or(&none);
        let mut filled = Map::new();
        for field in &fields.0 {
            let value = given.get(&field.id).cloned().or_else(|| Some(self.words.resolved(field.default.clone()?)));
            if let Some(value) = self.of_kind(&field.kind, value) {
                filled.insert(field.id.clone(), value);
            }
        }
        for (id, value) in given {
            if !filled.contains_key(id) {
                filled.insert(id.clone(), self.link(value.clone()));
            }
        }
        filled.into()
    }

    fn of_kind(&self, kind: &str, value: Option<Value>) -> Option<Value> {
        match (kind, value) {
            ("menu", value) => Some(self.links.menu(value.as_ref().and_then(Value::as_str).unwrap_or_default())),
            ("richtext", Some(Value::String(html))) => Some(rich::shown(&html, self.links).into()),
            // Templates print a list or an object as it is, so no text in one may pass by.
            ("richtext", Some(Value::Array(_) | Value::Object(_))) => Some("".into()),
            ("gallery", Some(Value::Array(paths))) => {
                Some(paths.into_iter().filter(|path| path.as_str().is_some_and(|path| !path.trim().is_empty())).collect())
            }
            ("gallery" | "table", value) => Some(value.filter(Value::is_array).unwrap_or_else(|| json!([]))),
            (_, Some(value)) => Some(self.link(value)),
            (_, None) => None,
        }
    }

    /// A link is one by its shape, whatever the schema calls it.
    fn link(&self, value: Value) -> Value {
        match &value {
            Value::Object(link) if link.contains_key("href") => self.links.link(link),
            _ => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::super::files::Files;
    use super::super::links::tests::links;
    use super::*;

    #[test]
    fn what_is_not_set_comes_from_the_schema_and_what_is_set_is_resolved() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("locales")).unwrap();
        fs::write(site.path().join("locales/en.json"), r#"{"hero": {"title": "Welcome"}}"#).unwrap();
        fs::write(site.path().join("locales/de.json"), r#"{"hero": {"title": "Willkommen"}}"#).unwrap();
        let (files, none) = (Files::new(site.path().to_owned()), BTreeMap::new());
        let seen = Seen::new(&files, &none);
        let links = links("../");
        let filler = Filler { links: &links, words: Words::new(&seen, "de".to_owned()) };
        let schema = Schema::of(&json!({
            "supportsTransparentHeader": true,
            "settings": [
                {"type": "header", "id": "title", "default": "no"}, 7, {"type": "text"},
                {"type": "text", "id": "title", "default": "tTheme:hero.title"},
                {"type": "text", "id": "empty"},
                {"type": "text", "id": "null", "default": "x"},
                {"type": "checkbox", "id": "off", "default": true},
                {"type": "menu", "id": "menu", "default": "main"},
                {"type": "menu", "id": "none"},
                {"type": "richtext", "id": "text", "default": "<a href=\"about.html\">x</a>"},
                {"type": "link", "id": "link", "default": {"href": "about.html", "text": "About"}},
                {"type": "gallery", "id": "photos"},
                {"type": "table", "id": "rows", "default": "no"},
            ],
            "blocks": [{"type": "card", "settings": [{"type": "text", "id": "a", "default": "A"}, {"type": "text", "id": "b", "default": "B"}]}]
        }));
        let instance = json!({
            "type": "hero",
            "settings": {"null": null, "off": false, "photos": ["/uploads/images/a.jpg", "", 7], "extra": {"href": "javascript:x"}},
            "blocks": {"one": {"type": "card", "settings": {"a": "1"}, "theirs": 1}, "two": {"type": "unknown", "settings": {"z": 1}}, "three": 7},
            "blocksOrder": ["two", "gone", "one"]
        });
        let widget = filler.widget(&schema, "w-1", "hero", &instance, Some(2));
        assert!(schema.supports_transparent_header);
        assert_eq!(
            widget["settings"],
            json!({
                "title": "Willkommen", "null": null, "off": false, "menu": links.menu("main"), "none": {"items": []},
                "text": "<a href=\"../about.html\">x</a>", "link": {"href": "../about.html", "text": "About"},
                "photos": ["/uploads/images/a.jpg"], "rows": [], "extra": {"href": ""}
            })
        );
        assert_eq!(widget["blocks"]["one"], json!({"type": "card", "settings": {"a": "1", "b": "B"}, "theirs": 1, "id": "one"}));
        assert_eq!(widget["blocks"]["two"], json!({"type": "unknown", "settings": {"z": 1}, "id": "two"}));
        assert_eq!((&widget["blocksOrder"], &widget["index"]), (&json!(["two", "one"]), &json!(2)));
        drop(filler);
        assert!(seen.used().contains("locales/de.json"));
    }

    #[test]
    fn anything_may_be_missing() {
        let site = tempfile::tempdir().unwrap();
        let (files, none) = (Files::new(site.path().to_owned()), BTreeMap::new());
        let seen = Seen::new(&files, &none);
        let links = links("/");
        let filler = Filler { links: &links, words: Words::new(&seen, String::new()) };
        for instance in [json!({}), json!(null), json!([]), json!({"settings": 1, "blocks": [], "blocksOrder": {}})] {
            let widget = filler.widget(&Schema::of(&json!({"settings": {}, "blocks": 1})), "a", "b", &instance, None);
            assert_eq!(widget, json!({"id": "a", "type": "b", "settings": {}, "blocks": {}, "blocksOrder": [], "index": null}));
        }
        let order = filler.widget(&Schema::default(), "a", "b", &json!({"blocks": {"x": {}, "y": {}}}), None);
        assert_eq!(order["blocksOrder"], json!(["x", "y"]), "an order that is missing is that of the keys");
    }
}
