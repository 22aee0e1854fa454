//! Edits a JSON text in place: what an edit does not touch keeps every byte, unknown fields, order and numbers included.
//!
//! A document is never parsed into a struct and written back whole, since that loses what the struct does not know. The
//! change is taken as a difference between two values ([`diff`]) and cut into the original text ([`apply`]).

mod append;
mod keys;

use std::ops::Range;

use serde_json::Value;

use super::json;
use crate::error::{Code, Error, Result};
pub use append::{append, put_back, take_out};
pub use keys::duplicate_key;

/// How many levels a document has at the most: no reader of JSON here reads more.
const DEEPEST: usize = 127;

/// One change: the value at `path` set, or removed when there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Keys and array indices from the root, unescaped.
    pub path: Vec<String>,
    /// The new value, or `None` to remove what is there.
    pub value: Option<Value>,
}

/// The edits that make `new` out of `old`.
///
/// Objects are compared by key, arrays of one length by index; any other difference replaces the value.
pub fn diff(old: &Value, new: &Value) -> Vec<Edit> {
    let mut edits = Vec::new();
    collect(old, new, &mut Vec::new(), &mut edits);
    edits
}

fn collect(old: &Value, new: &Value, path: &mut Vec<String>, edits: &mut Vec<Edit>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                path.push(key.clone());
                match old.get(key) {
                    Some(before) => collect(before, value, path, edits),
                    None => edits.push(Edit { path: path.clone(), value: Some(value.clone()) }),
                }
                path.pop();
            }
            for key in old.keys().filter(|key| !new.contains_key(*key)) {
                let path = path.iter().chain([key]).cloned().collect();
                edits.push(Edit { path, value: None });
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (before, after)) in old.iter().zip(new).enumerate() {
                path.push(index.to_string());
                collect(before, after, path, edits);
                path.pop();
            }
        }
        _ if old == new => {}
        _ => edits.push(Edit { path: path.clone(), value: Some(new.clone()) }),
    }
}

/// `text` with every edit made, in order.
///
/// # Errors
/// `Corrupt` if `text` is not JSON; `InvalidInput` if a path leads through something that is neither object nor array, or
/// to an array element that is not there.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String> {
    let (mark, text) = json::split_mark(text);
    check(text)?;
    if let Some(edit) = edits.iter().find(|edit| edit.path.len() > DEEPEST) {
        let message =
            format!("A document has at most {DEEPEST} levels, and this place is on level {}. Nothing was changed.", edit.path.len());
        return Err(Error::new(Code::InvalidInput, message).field("pointer"));
    }
    if let Some(replaced) = replace_all(text, edits) {
        return Ok(format!("{mark}{replaced}"));
    }
    let mut text = text.to_owned();
    for edit in edits {
        text = apply_one(&text, edit)?;
    }
    Ok(format!("{mark}{text}"))
}

/// Refuses a text in which nothing can be found.
fn check(text: &str) -> Result<()> {
    let checked = json::parse::<serde::de::IgnoredAny>(text);
    checked.map(drop).map_err(|fault| Error::new(Code::Corrupt, format!("The text cannot be edited. {fault}")))
}

/// The text of the value at `path`; none if there is none. `text` must be JSON.
pub fn get<'a>(text: &'a str, path: &[&str]) -> Option<&'a str> {
    let mut at = root(text);
    for key in path {
        at = match text.as_bytes().get(at) {
            Some(b'{') => member(text, at, key)?,
            Some(b'[') => values(text.as_bytes(), at).get(key.parse::<usize>().ok()?)?.start,
            _ => return None,
        };
    }
    text.get(at..skip_value(text.as_bytes(), at))
}

/// Where the elements stand of the array that is the member `key` of the document; none if it is no array. `text` must be JSON.
pub(super) fn elements(text: &str, key: &str) -> Vec<Range<usize>> {
    let start = root(text);
    match member(text, start, key) {
        Some(array) if text.as_bytes().get(array) == Some(&b'[') => values(text.as_bytes(), array),
        _ => Vec::new(),
    }
}

/// Makes all edits in one pass over the text, if each gives a new value to something that is there and none lies in another;
/// otherwise none, and they are made one after the other.
fn replace_all(text: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    if sorted.windows(2).any(|pair| pair[1].path.starts_with(&pair[0].path)) {
        return None;
    }
    let mut places = Vec::new();
    collect_places(text, root(text), &sorted, 0, &mut places)?;
    places.sort_by_key(|(range, _)| range.start);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (range, new) in places {
        result.push_str(&text[done..range.start]);
        result.push_str(&new);
        done = range.end;
    }
    result.push_str(&text[done..]);
    Some(result)
}

/// Finds where `edits`, sorted by their paths and alike in the first `depth` parts, have their values in the container at `at`.
fn collect_places(text: &str, at: usize, edits: &[&Edit], depth: usize, places: &mut Vec<(Range<usize>, String)>) -> Option<()> {
    let items = items(text, at);
    let by_key: std::collections::HashMap<&str, &Item> = items.iter().map(|item| (item.key.as_str(), item)).collect();
    for group in edits.chunk_by(|a, b| a.path.get(depth) == b.path.get(depth)) {
        let item = by_key.get(group.first()?.path.get(depth)?.as_str())?;
        match group {
            [edit] if edit.path.len() == depth + 1 => {
                let value = edit.value.as_ref()?;
                places.push((item.value.clone(), rendered(text, item, value)));
            }
            _ => collect_places(text, item.value.start, group, depth + 1, places)?,
        }
    }
    Some(())
}

fn apply_one(text: &str, edit: &Edit) -> Result<String> {
    let mut at = root(text);
    let Some((last, parents)) = edit.path.split_last() else {
        let value = edit.value.as_ref().unwrap_or(&Value::Null);
        return Ok(replaced(text, at..skip_value(text.as_bytes(), at), &render(value, &Layout::of(text, at))));
    };
    for (depth, key) in parents.iter().enumerate() {
        match find(&items(text, at), key) {
            Some(item) => at = item.value.start,
            None => {
                // A parent is missing: what is set is put into objects of its own; what is removed is not there.
                let Some(value) = &edit.value else { return Ok(text.to_owned()) };
                let nested = edit.path[depth + 1..].iter().rev().fold(value.clone(), |inner, key| serde_json::json!({ key: inner }));
                return insert(text, at, key, &nested);
            }
        }
    }
    let siblings = items(text, at);
    match (find(&siblings, last), &edit.value) {
        (Some(item), Some(value)) => Ok(replaced(text, item.value.clone(), &rendered(text, item, value))),
        (Some(item), None) => Ok(removed(text, &siblings, item)),
        (None, Some(value)) => insert(text, at, last, value),
        (None, None) => Ok(text.to_owned()),
    }
}

/// One member of an object or element of an array.
#[derive(Debug, Clone)]
struct Item {
    key: String,
    /// From the key, or the element, to the end of the value.
    whole: Range<usize>,
    value: Range<usize>,
}

fn find<'a>(items: &'a [Item], key: &str) -> Option<&'a Item> {
    // Of two members with one name the last counts, as in serde_json and in JavaScript.
    items.iter().rev().find(|item| item.key == key)
}

/// What the object or array at `at` holds; nothing for any other value.
fn items(text: &str, at: usize) -> Vec<Item> {
    let bytes = text.as_bytes();
    let is_object = match bytes.get(at) {
        Some(b'{') => true,
        Some(b'[') => false,
        _ => return Vec::new(),
    };
    let mut items = Vec::new();
    let mut next = skip_space(bytes, at + 1);
    while !matches!(bytes.get(next), Some(b'}' | b']') | None) {
        let start = next;
        let key = if is_object {
            let end = skip_value(bytes, start);
            next = skip_space(bytes, skip_space(bytes, end) + 1);
            serde_json::from_str(&text[start..end]).unwrap_or_default()
        } else {
            items.len().to_string()
        };
        let end = skip_value(bytes, next);
        items.push(Item { key, whole: start..end, value: next..end });
        next = skip_space(bytes, end);
        if bytes.get(next) == Some(&b',') {
            next = skip_space(bytes, next + 1);
        }
    }
    items
}

/// Where the value begins of the member `key` of the object at `at`.
fn member(text: &str, at: usize, key: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut found = None;
    let mut next = skip_space(bytes, at + 1);
    while bytes.get(next) == Some(&b'"') {
        let end = skip_value(bytes, next);
        let name = text.get(next + 1..end.checked_sub(1)?)?;
        let is_it =
            if name.contains('\\') { serde_json::from_str(&text[next..end]).is_ok_and(|name: String| name == key) } else { name == key };
        let value = skip_space(bytes, skip_space(bytes, end) + 1);
        if is_it {
            found = Some(value);
        }
        next = skip_space(bytes, skip_value(bytes, value));
        if bytes.get(next) == Some(&b',') {
            next = skip_space(bytes, next + 1);
        }
    }
    found
}

/// Where the elements stand of the array at `at`.
fn values(bytes: &[u8], at: usize) -> Vec<Range<usize>> {
    let mut values = Vec::new();
    let mut next = skip_space(bytes, at + 1);
    while !matches!(bytes.get(next), Some(b']') | None) {
        let end = skip_value(bytes, next);
        values.push(next..end);
        next = skip_space(bytes, end);
        if bytes.get(next) == Some(&b',') {
            next = skip_space(bytes, next + 1);
        }
    }
    values
}

fn insert(text: &str, at: usize, key: &str, value: &Value) -> Result<String> {
    let siblings = items(text, at);
    let is_object = text.as_bytes().get(at) == Some(&b'{');
    let appends = text.as_bytes().get(at) == Some(&b'[') && (key == "-" || key == siblings.len().to_string());
    if !is_object && !appends {
        return Err(Error::new(Code::InvalidInput, format!("There is no place for “{key}” in the document. Nothing was changed.")));
    }
    let name = |colon: &str| if is_object { format!("{}:{colon}", Value::from(key)) } else { String::new() };
    let Some(last) = siblings.last() else {
        let end = skip_value(text.as_bytes(), at);
        let layout = Layout::of(text, at);
        let (open, close) = if is_object { ('{', '}') } else { ('[', ']') };
        let inner = layout.deeper();
        let member = format!("{}{}", name(layout.colon()), render(value, &inner));
        return Ok(replaced(text, at..end, &format!("{open}{}{member}{}{close}", inner.line(), layout.line())));
    };
    let layout = Layout::of(text, last.whole.start);
    let member = format!(",{}{}{}", layout.gap(), name(layout.colon()), render(value, &layout));
    Ok(replaced(text, last.whole.end..last.whole.end, &member))
}

fn removed(text: &str, siblings: &[Item], item: &Item) -> String {
    let index = siblings.iter().position(|other| other.whole == item.whole).unwrap_or_default();
    let range = match (siblings.get(index + 1), index.checked_sub(1).and_then(|before| siblings.get(before))) {
        (Some(after), _) => item.whole.start..after.whole.start,
        (None, Some(before)) => before.whole.end..item.whole.end,
        (None, None) => item.whole.clone(),
    };
    replaced(text, range, "")
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    format!("{}{with}{}", &text[..range.start], &text[range.end..])
}

/// How the text around a place is laid out.
#[derive(Debug)]
struct Layout {
    /// The white space from the start of the line, when the place begins a line of its own.
    indent: Option<String>,
    unit: String,
    spaced: bool,
}

impl Layout {
    fn of(text: &str, at: usize) -> Self {
        let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..];
        let blank: String = line.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
        let multi_line = text.trim_end().contains('\n');
        // The unit of indentation is that of the first indented line.
        let unit = text
            .lines()
            .map(|line| &line[..line.len() - line.trim_start().len()])
            .find(|space| !space.is_empty())
            .unwrap_or("  ")
            .to_owned();
        Self { indent: multi_line.then_some(blank), unit, spaced: multi_line || text.contains("\": ") }
    }

    fn deeper(&self) -> Self {
        Self { indent: self.indent.as_ref().map(|indent| format!("{indent}{}", self.unit)), unit: self.unit.clone(), spaced: self.spaced }
    }

    fn colon(&self) -> &'static str {
        if self.spaced { " " } else { "" }
    }

    /// A new line at this depth, or nothing in a text of one line.
    fn line(&self) -> String {
        self.indent.as_ref().map(|indent| format!("\n{indent}")).unwrap_or_default()
    }

    /// What follows a comma.
    fn gap(&self) -> String {
        if self.indent.is_some() { self.line() } else { self.colon().to_owned() }
    }
}

/// A value in the place of the one that is there.
fn rendered(text: &str, item: &Item, value: &Value) -> String {
    // How the text is laid out matters only to what has parts.
    let Some(parts) = value.as_array().map(|values| values.iter().any(|value| value.is_object() || value.is_array())) else {
        return if value.is_object() { render(value, &Layout::of(text, item.whole.start)) } else { value.to_string() };
    };
    let mut layout = Layout::of(text, item.whole.start);
    let old = &text[item.value.clone()];
    // A list on one line stays on one.
    if !parts && old.starts_with('[') && old.len() > 2 && !old.contains('\n') {
        layout.indent = None;
    }
    render(value, &layout)
}

fn render(value: &Value, layout: &Layout) -> String {
    let join = |open: char, parts: Vec<String>, close: char| {
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        let inner = layout.deeper();
        format!("{open}{}{}{}{close}", inner.line(), parts.join(&format!(",{}", inner.gap())), layout.line())
    };
    match value {
        Value::Object(members) => {
            let inner = layout.deeper();
            let parts =
                members.iter().map(|(key, value)| format!("{}:{}{}", Value::from(key.as_str()), layout.colon(), render(value, &inner)));
            join('{', parts.collect(), '}')
        }
        Value::Array(elements) => {
            let inner = layout.deeper();
            join('[', elements.iter().map(|element| render(element, &inner)).collect(), ']')
        }
        scalar => scalar.to_string(),
    }
}

/// Where the document begins in a text, behind a byte order mark if there is one.
fn root(text: &str) -> usize {
    skip_space(text.as_bytes(), json::split_mark(text).0.len())
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// The end of the value that begins at `at`, in a text known to be JSON.
fn skip_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at) {
            None => return at,
            Some(b'"') => {
                at += 1;
                while !matches!(bytes.get(at), Some(b'"') | None) {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            Some(b'}' | b']') => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(_) => {
                while !matches!(bytes.get(at), None | Some(b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')) {
                    at += 1;
                }
            }
        }
        if depth == 0 {
            return at.min(bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(path: &[&str], value: Value) -> Edit {
        Edit { path: path.iter().map(|key| (*key).to_owned()).collect(), value: Some(value) }
    }

    const TEXT: &str = "{\n  \"z\": 12345678901234567890123,\n  \"a\" :  [1.00, {\"k\\u0065y\": \"old\"}],\n  \"deep\": {\"x\": {}}\n}\n";

    #[test]
    fn a_value_is_got_as_it_stands() {
        assert_eq!(get(TEXT, &["a", "1"]), Some("{\"k\\u0065y\": \"old\"}"));
        assert_eq!(get(TEXT, &["a", "1", "key"]), Some("\"old\""));
        assert_eq!((get(TEXT, &["a", "2"]), get(TEXT, &["z", "0"])), (None, None));
    }

    #[test]
    fn an_edit_leaves_every_other_byte_alone() {
        let edited = apply(TEXT, &[set(&["a", "1", "key"], json!("new ✓"))]).unwrap();
        assert_eq!(edited, TEXT.replace("\"old\"", "\"new ✓\""));
    }

    #[test]
    fn members_are_added_in_the_layout_of_their_siblings_and_removed_with_their_comma() {
        let text = "{\n  \"a\": 1,\n  \"b\": 2\n}\n";
        assert_eq!(
            apply(text, &[set(&["c"], json!({"d": [1]}))]).unwrap(),
            "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": {\n    \"d\": [\n      1\n    ]\n  }\n}\n"
        );
        let remove = |key: &str| Edit { path: vec![key.to_owned()], value: None };
        assert_eq!(apply(text, &[remove("a")]).unwrap(), "{\n  \"b\": 2\n}\n");
        assert_eq!(apply(text, &[remove("b")]).unwrap(), "{\n  \"a\": 1\n}\n");
        assert_eq!(apply("{\"a\":1}", &[remove("a")]).unwrap(), "{}");
        assert_eq!(apply("{}", &[set(&["a", "b"], json!(1))]).unwrap(), "{\"a\":{\"b\":1}}");
        assert_eq!(apply("[1]", &[set(&["-"], json!(2))]).unwrap(), "[1,2]");
    }

    #[test]
    fn a_list_on_one_line_stays_on_one() {
        let text = "{\n  \"order\": [\"a\", \"b\"],\n  \"long\": [\n    1\n  ]\n}\n";
        let edited = apply(text, &[set(&["order"], json!(["b", "c", "a"])), set(&["long"], json!([2]))]).unwrap();
        assert_eq!(edited, text.replace("[\"a\", \"b\"]", "[\"b\", \"c\", \"a\"]").replace("    1", "    2"));
        assert_eq!(apply("{\n\"a\": []\n}", &[set(&["a"], json!([1]))]).unwrap(), "{\n\"a\": [\n  1\n]\n}");
    }

    #[test]
    fn a_diff_applied_to_the_text_of_the_old_value_gives_the_new_value() {
        let old = json!({"keep": 1, "drop": true, "list": [1, 2], "nested": {"a": "b", "c": null}});
        let new = json!({"keep": 1, "list": [1, 3], "nested": {"a": "x", "c": null, "d": []}, "more": "✓ \" \\"});
        for text in [old.to_string(), serde_json::to_string_pretty(&old).unwrap()] {
            let edited = apply(&text, &diff(&old, &new)).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&edited).unwrap(), new, "{edited}");
        }
    }

    #[test]
    fn many_edits_in_one_pass_are_the_same_as_one_after_the_other() {
        let members: serde_json::Map<String, Value> =
            (0..50).map(|n| (format!("w{n}"), json!({"settings": {"email": "old", "n": n}}))).collect();
        let text = serde_json::to_string_pretty(&json!({ "widgets": members })).unwrap();
        let edits: Vec<Edit> = (0..50).rev().map(|n| set(&["widgets", &format!("w{n}"), "settings", "email"], json!({"new": n}))).collect();
        let one_by_one = edits.iter().fold(text.clone(), |text, edit| apply_one(&text, edit).unwrap());
        assert_eq!(replace_all(&text, &edits).unwrap(), one_by_one);
        // What cannot be done in one pass: one edit within another, and something that is not there.
        assert_eq!(replace_all(&text, &[set(&["widgets"], json!({})), set(&["widgets", "w1"], json!(1))]), None);
        assert_eq!(replace_all(&text, &[set(&["more"], json!(1))]), None);
    }

    #[test]
    fn a_path_through_a_scalar_is_refused() {
        assert_eq!(apply("{\"a\":1}", &[set(&["a", "b"], json!(1))]).unwrap_err().code, Code::InvalidInput);
        assert_eq!(apply("{\"a\"", &[]).unwrap_err().code, Code::Corrupt);
    }
}
