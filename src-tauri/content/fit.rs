//! Which documents a form can show: what fits is edited part by part, anything else as text, and keeps every byte meanwhile.
//!
//! Fields that are not known are fine wherever they stand. What a form relies on must be of its type, and every id in an
//! order must be that of something, and the other way round; an order that is missing is that of the keys, as in Widgetizer.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::model::DocumentName;
use crate::store::{json, splice};

/// The document in a text.
///
/// # Errors
/// Why a form cannot show it, in words that can stand alone.
pub(super) fn parse(document: &DocumentName, text: &str) -> Result<Value, String> {
    let value = json(text)?;
    check(document, &value)?;
    Ok(value)
}

/// The JSON in a text, where each key stands once.
///
/// # Errors
/// Why it is none.
pub(super) fn json(text: &str) -> Result<Value, String> {
    let value = json::parse(text).map_err(|fault| fault.to_string())?;
    match splice::duplicate_key(text) {
        Some(path) => {
            let (key, parents) = path.split_last().map(|(key, parents)| (key.clone(), parents.join("/"))).unwrap_or_default();
            let place = if parents.is_empty() { "at the top".to_owned() } else { format!("in {parents}") };
            Err(format!("The key “{key}” is there twice {place}."))
        }
        None => Ok(value),
    }
}

fn check(document: &DocumentName, value: &Value) -> Result<(), String> {
    let Value::Object(members) = value else { return Err("It is no JSON object.".to_owned()) };
    if document.slug().is_some() {
        return page(members);
    }
    if document.global_type().is_some() {
        text(members, "type", "the widget")?;
        return widget(members, "the widget");
    }
    if document.menu_name().is_some() {
        text(members, "name", "the menu")?;
        return menu_items(members, "the menu");
    }
    theme(members)
}

fn page(page: &Map<String, Value>) -> Result<(), String> {
    for key in ["name", "slug", "id", "uuid"] {
        text(page, key, "the page")?;
    }
    object(page, "seo", "the page")?;
    let widgets = object(page, "widgets", "the page")?.ok_or("The page has no “widgets”.")?;
    order(page, "widgetsOrder", widgets, "the page")?;
    for (id, value) in widgets {
        let of = format!("the widget “{id}”");
        let Value::Object(members) = value else { return Err(format!("{} is no object.", capital(&of))) };
        kind(members, &of)?;
        widget(members, &of)?;
    }
    Ok(())
}

/// A widget, of a page or a global one.
fn widget(widget: &Map<String, Value>, of: &str) -> Result<(), String> {
    object(widget, "settings", of)?;
    let none = Map::new();
    let blocks = object(widget, "blocks", of)?.unwrap_or(&none);
    order(widget, "blocksOrder", blocks, of)?;
    for (id, value) in blocks {
        let of = format!("the block “{id}” of {of}");
        let Value::Object(members) = value else { return Err(format!("{} is no object.", capital(&of))) };
        kind(members, &of)?;
        object(members, "settings", &of)?;
    }
    Ok(())
}

fn menu_items(owner: &Map<String, Value>, of: &str) -> Result<(), String> {
    let Some(items) = owner.get("items") else { return Ok(()) };
    let Value::Array(items) = items else { return Err(format!("The “items” of {of} are no list.")) };
    for (index, item) in items.iter().enumerate() {
        let Value::Object(members) = item else { return Err(format!("Item {} of {of} is no object.", index + 1)) };
        let label = members.get("label").and_then(Value::as_str).unwrap_or_default();
        let of = if label.is_empty() { format!("item {} of {of}", index + 1) } else { format!("the item “{label}”") };
        for key in ["label", "link"] {
            text(members, key, &of)?;
        }
        menu_items(members, &of)?;
    }
    Ok(())
}

fn theme(theme: &Map<String, Value>) -> Result<(), String> {
    let Some(settings) = object(theme, "settings", "the theme")? else { return Ok(()) };
    let Some(groups) = object(settings, "global", "the theme's settings")? else { return Ok(()) };
    for (key, group) in groups {
        let Value::Array(settings) = group else { return Err(format!("The group “{key}” of the theme's settings is no list.")) };
        for (index, setting) in settings.iter().enumerate() {
            let of = format!("setting {} of the group “{key}”", index + 1);
            let Value::Object(members) = setting else { return Err(format!("{} is no object.", capital(&of))) };
            kind(members, &of)?;
        }
    }
    Ok(())
}

/// The ids in their order.
pub(super) fn order_of(owner: &Map<String, Value>, key: &str, things: &Map<String, Value>) -> Vec<String> {
    match owner.get(key).and_then(Value::as_array) {
        Some(order) => order.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => things.keys().cloned().collect(),
    }
}

fn order(owner: &Map<String, Value>, key: &str, things: &Map<String, Value>, of: &str) -> Result<(), String> {
    let Some(order) = owner.get(key) else { return Ok(()) };
    let Value::Array(order) = order else { return Err(format!("The “{key}” of {of} is no list.")) };
    let mut seen = HashSet::new();
    for id in order {
        let Value::String(id) = id else { return Err(format!("The “{key}” of {of} lists something that is no id.")) };
        if !things.contains_key(id) {
            return Err(format!("The “{key}” of {of} lists “{id}”, which is not there."));
        }
        if !seen.insert(id) {
            return Err(format!("The “{key}” of {of} lists “{id}” twice."));
        }
    }
    match things.keys().find(|id| !seen.contains(id)) {
        Some(id) => Err(format!("The “{key}” of {of} does not list “{id}”.")),
        None => Ok(()),
    }
}

fn kind(members: &Map<String, Value>, of: &str) -> Result<(), String> {
    if members.get("type").is_some_and(Value::is_string) { Ok(()) } else { Err(format!("{} has no type.", capital(of))) }
}

fn text(members: &Map<String, Value>, key: &str, of: &str) -> Result<(), String> {
    match members.get(key) {
        None | Some(Value::String(_)) => Ok(()),
        Some(_) => Err(format!("The “{key}” of {of} is no text.")),
    }
}

fn object<'a>(members: &'a Map<String, Value>, key: &str, of: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    match members.get(key) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("The “{key}” of {of} is no object.")),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(document: &str, text: &str) -> Option<String> {
        parse(&document.parse().unwrap(), text).err()
    }

    #[test]
    fn what_a_form_can_show_fits() {
        for (document, text) in [
            ("pages/a", r#"{"widgets": {}}"#),
            ("pages/a", r#"{"theirs": [1.50], "widgets": {"w": {"type": "x", "blocks": {"b": {"type": "y"}}, "blocksOrder": ["b"]}}}"#),
            ("pages/a", r#"{"widgets": {"w": {"type": "x", "settings": {}}, "v": {"type": "x"}}, "widgetsOrder": ["v", "w"]}"#),
            ("global/header", "{}"),
            ("global/footer", r#"{"type": "footer", "settings": {}, "blocks": {}, "blocksOrder": []}"#),
            ("menus/m", r#"{"items": [{"label": "A", "link": "a.html", "items": []}]}"#),
            ("menus/m", "{}"),
            ("theme", r#"{"settings": {"global": {"a": [{"type": "header"}, {"type": "what", "id": "x"}]}}}"#),
            ("theme", "{}"),
        ] {
            assert_eq!(problem(document, text), None, "{document}: {text}");
        }
    }

    #[test]
    fn anything_else_says_why_it_does_not() {
        for (document, text, why) in [
            ("pages/a", "", "empty"),
            ("pages/a", " \n", "empty"),
            ("pages/a", "{\0}", "NUL"),
            ("pages/a", "{\"widgets\": {}", "not JSON"),
            ("pages/a", "[]", "no JSON object"),
            ("pages/a", "{}", "no “widgets”"),
            ("pages/a", r#"{"widgets": []}"#, "“widgets” of the page is no object"),
            ("pages/a", r#"{"widgets": {}, "widgets": {}}"#, "“widgets” is there twice at the top"),
            ("pages/a", r#"{"widgets": {"w": {"type": "x", "t\u0079pe": "x"}}}"#, "“type” is there twice in widgets/w"),
            ("pages/a", r#"{"widgets": {}, "name": 7}"#, "“name”"),
            ("pages/a", r#"{"widgets": {}, "seo": []}"#, "“seo”"),
            ("pages/a", r#"{"widgets": {"w": 7}}"#, "The widget “w” is no object"),
            ("pages/a", r#"{"widgets": {"w": {}}}"#, "The widget “w” has no type"),
            ("pages/a", r#"{"widgets": {"w": {"type": "x", "settings": []}}}"#, "“settings” of the widget “w”"),
            ("pages/a", r#"{"widgets": {"w": {"type": "x", "blocks": {"b": {}}}}}"#, "The block “b” of the widget “w” has no type"),
            ("pages/a", r#"{"widgets": {"w": {"type": "x", "blocksOrder": ["b"]}}}"#, "lists “b”, which is not there"),
            ("pages/a", r#"{"widgets": {}, "widgetsOrder": {}}"#, "no list"),
            ("pages/a", r#"{"widgets": {}, "widgetsOrder": [1]}"#, "no id"),
            ("pages/a", r#"{"widgets": {"w": {"type": "x"}}, "widgetsOrder": []}"#, "does not list “w”"),
            ("pages/a", r#"{"widgets": {"w": {"type": "x"}}, "widgetsOrder": ["w", "w"]}"#, "“w” twice"),
            ("global/header", r#"{"blocks": [], "type": "header"}"#, "“blocks”"),
            ("menus/m", r#"{"items": {}}"#, "no list"),
            ("menus/m", r#"{"items": [{"label": "A", "items": [7]}]}"#, "Item 1 of the item “A”"),
            ("menus/m", r#"{"items": [{"link": {}}]}"#, "“link” of item 1"),
            ("theme", r#"{"settings": {"global": {"a": {}}}}"#, "“a”"),
            ("theme", r#"{"settings": {"global": {"a": [{}]}}}"#, "has no type"),
        ] {
            assert!(problem(document, text).is_some_and(|problem| problem.contains(why)), "{text}: {:?}", problem(document, text));
        }
    }
}
