//! Finds a text in a demo's documents, as a reader would see it: whatever its case, and without the tags of rich text.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fit;
use super::model::{DocumentName, Setting, TextHit, WidgetType};
use super::read;
use super::schema::find;
use crate::error::Result;
use crate::site::{documents, markup};
use crate::store::Store;
use crate::workspace::demo::SITE;

/// How many hits are answered at the most.
const MOST: usize = 500;
/// How many characters are shown before and after a hit.
const AROUND: usize = 40;

/// Every place where the query stands, pages first.
pub(super) fn search(store: &Store, types: &[WidgetType], query: &str) -> Result<Vec<TextHit>> {
    let query: Vec<char> = fold(query.trim()).into_iter().map(|(c, _)| c).collect();
    let mut hits = Vec::new();
    if query.is_empty() {
        return Ok(hits);
    }
    if store.is_pending()? {
        store.recover()?;
    }
    let mut documents: Vec<DocumentName> =
        documents::edited(&store.root().join(SITE))?.iter().filter_map(|path| DocumentName::at(path)).collect();
    documents.sort_by_key(|document| (document.slug() != Some("index"), document.slug().is_none(), document.clone()));
    for document in documents {
        // What is no JSON has no texts to tell apart; the list of pages says so.
        let Ok(Some(Ok(value))) = read::text(store, &document).map(|text| text.map(|text| fit::json(&text))) else { continue };
        let name = read::title(&document, &value);
        each_text(&document, &value, types, &mut |found| {
            let shown = if found.is_rich { markup::visible(found.text) } else { found.text.to_owned() };
            for (excerpt, start, end) in occurrences(&shown, &query) {
                hits.push(TextHit {
                    document: document.clone(),
                    name: name.clone(),
                    path: found.path.clone(),
                    widget: found.widget.map(str::to_owned),
                    block: found.block.map(str::to_owned),
                    excerpt,
                    start,
                    end,
                });
            }
        });
        if hits.len() >= MOST {
            hits.truncate(MOST);
            break;
        }
    }
    Ok(hits)
}

/// A text of a document, and where it stands.
struct Found<'a> {
    text: &'a str,
    is_rich: bool,
    path: Vec<String>,
    widget: Option<&'a str>,
    block: Option<&'a str>,
}

fn each_text<'a>(document: &DocumentName, value: &'a Value, types: &[WidgetType], tell: &mut dyn FnMut(Found<'a>)) {
    let plain = |path: &[&str], text: &'a Value, tell: &mut dyn FnMut(Found<'a>)| {
        if let Value::String(text) = text {
            let path = path.iter().map(|key| (*key).to_owned()).collect();
            tell(Found { text, is_rich: false, path, widget: None, block: None });
        }
    };
    if document.slug().is_some() {
        plain(&["name"], &value["name"], tell);
        for key in ["description", "og_title"] {
            plain(&["seo", key], &value["seo"][key], tell);
        }
        let Some(page) = value.as_object() else { return };
        let Some(widgets) = page.get("widgets").and_then(Value::as_object) else { return };
        for id in fit::order_of(page, "widgetsOrder", widgets) {
            if let Some((id, widget)) = widgets.get_key_value(&id) {
                let kind = widget.get("type").and_then(Value::as_str).unwrap_or_default();
                of_widget(widget, find(types, kind, false), &["widgets", id], Some(id), tell);
            }
        }
    } else if let Some(kind) = document.global_type() {
        of_widget(value, find(types, kind, true), &[], None, tell);
    } else if document.menu_name().is_some() {
        of_items(value, &mut Vec::new(), tell);
    } else {
        for (key, group) in value.pointer("/settings/global").and_then(Value::as_object).into_iter().flatten() {
            for (index, setting) in group.as_array().into_iter().flatten().enumerate() {
                if matches!(setting["type"].as_str(), Some("text" | "textarea" | "richtext")) {
                    plain(&["settings", "global", key, &index.to_string(), "value"], &setting["value"], tell);
                }
            }
        }
    }
}

fn of_widget<'a>(widget: &'a Value, kind: Option<&WidgetType>, at: &[&str], id: Option<&'a str>, tell: &mut dyn FnMut(Found<'a>)) {
    let known = kind.filter(|kind| kind.problem.is_none());
    of_settings(widget, known.map(|kind| kind.settings.as_slice()), at, [id, None], tell);
    let Some(members) = widget.as_object() else { return };
    let Some(blocks) = members.get("blocks").and_then(Value::as_object) else { return };
    for block in fit::order_of(members, "blocksOrder", blocks) {
        let Some((block, value)) = blocks.get_key_value(&block) else { continue };
        let kind = value.get("type").and_then(Value::as_str);
        let known = known.and_then(|known| known.blocks.iter().find(|known| Some(known.kind.as_str()) == kind));
        let at: Vec<&str> = at.iter().copied().chain(["blocks", block]).collect();
        of_settings(value, known.map(|known| known.settings.as_slice()), &at, [id, Some(block)], tell);
    }
}

fn of_settings<'a>(
    owner: &'a Value,
    known: Option<&[Setting]>,
    at: &[&str],
    [widget, block]: [Option<&'a str>; 2],
    tell: &mut dyn FnMut(Found<'a>),
) {
    for (key, value) in owner.get("settings").and_then(Value::as_object).into_iter().flatten() {
        let kind = known.and_then(|known| known.iter().find(|setting| setting.id == *key)).map(|setting| setting.kind.as_str());
        // What is chosen is no text, and neither is the name of a file.
        let is_choice = ["select", "radio", "color", "font", "font_picker", "icon", "menu", "image", "video", "file", "gallery"];
        if kind.is_some_and(|kind| is_choice.contains(&kind)) {
            continue;
        }
        let mut path: Vec<String> = at.iter().copied().chain(["settings", key]).map(str::to_owned).collect();
        strings(value, &mut path, &mut |text, path| {
            if path.last().is_some_and(|last| kind == Some("link") && !matches!(last.as_str(), "text" | "href")) {
                return;
            }
            let is_rich = kind == Some("richtext") || (kind.is_none() && text.contains("</"));
            tell(Found { text, is_rich, path: path.to_vec(), widget, block });
        });
    }
}

fn of_items<'a>(owner: &'a Value, at: &mut Vec<String>, tell: &mut dyn FnMut(Found<'a>)) {
    for (index, item) in owner.get("items").and_then(Value::as_array).into_iter().flatten().enumerate() {
        at.extend(["items".to_owned(), index.to_string()]);
        for key in ["label", "link"] {
            if let Some(text) = item.get(key).and_then(Value::as_str) {
                let path = at.iter().cloned().chain([key.to_owned()]).collect();
                tell(Found { text, is_rich: false, path, widget: None, block: None });
            }
        }
        of_items(item, at, tell);
        at.truncate(at.len() - 2);
    }
}

fn strings<'a>(value: &'a Value, path: &mut Vec<String>, tell: &mut dyn FnMut(&'a str, &[String])) {
    match value {
        Value::String(text) => tell(text, path),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                path.push(index.to_string());
                strings(value, path, tell);
                path.pop();
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                path.push(key.clone());
                strings(value, path, tell);
                path.pop();
            }
        }
        _ => {}
    }
}

/// The characters that are compared, each with the number of the one it comes from.
fn fold(text: &str) -> Vec<(char, usize)> {
    let folded = text.chars().enumerate().flat_map(|(number, c)| {
        let lower = c.to_lowercase().map(|c| if c == 'ς' { 'σ' } else { c });
        lower.nfd().map(move |c| (c, number)).collect::<Vec<_>>()
    });
    folded.collect()
}

/// Each occurrence with the text around it: excerpt, start and end in UTF-16 units.
fn occurrences(text: &str, query: &[char]) -> Vec<(String, usize, usize)> {
    let folded = fold(text);
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + query.len() <= folded.len() {
        let end = at + query.len();
        let is_same = folded[at..end].iter().map(|(c, _)| *c).eq(query.iter().copied());
        // Neither begins nor ends within a letter and its marks.
        let cuts = folded.get(end).is_some_and(|(c, number)| *number == folded[end - 1].1 || is_combining_mark(*c))
            || (at > 0 && folded[at - 1].1 == folded[at].1);
        if is_same && !cuts {
            found.push(excerpt(&chars, folded[at].1, folded[end - 1].1 + 1));
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

fn excerpt(text: &[char], start: usize, end: usize) -> (String, usize, usize) {
    let line = |range: &[char]| -> String { range.iter().map(|c| if c.is_control() { ' ' } else { *c }).collect() };
    let (from, to) = (start.saturating_sub(AROUND), (end + AROUND).min(text.len()));
    let before = if from > 0 { format!("…{}", line(&text[from..start])) } else { line(&text[..start]) };
    let hit = line(&text[start..end]);
    let after = if to < text.len() { "…" } else { "" };
    let units = |text: &str| text.encode_utf16().count();
    let begin = units(&before);
    (format!("{before}{hit}{}{after}", line(&text[end..to])), begin, begin + units(&hit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(text: &str, query: &str) -> Vec<String> {
        let query: Vec<char> = fold(query).into_iter().map(|(c, _)| c).collect();
        let shown = occurrences(text, &query).into_iter().map(|(excerpt, start, end)| {
            let units: Vec<u16> = excerpt.encode_utf16().collect();
            String::from_utf16(&units[start..end]).unwrap()
        });
        shown.collect()
    }

    #[test]
    fn a_text_is_found_whatever_its_case_and_spelling() {
        assert_eq!(hits("Bäckerei, BÄCKEREI, ba\u{308}ckerei", "bäckerei"), ["Bäckerei", "BÄCKEREI", "ba\u{308}ckerei"]);
        assert_eq!(hits("ΟΔΟΣ οδος", "οδός"), Vec::<String>::new());
        assert_eq!(hits("ΟΔΟΣ οδος", "οδοσ"), ["ΟΔΟΣ", "οδος"]);
        assert_eq!(hits("🍞 bread 🥐 Bread", "BREAD"), ["bread", "Bread"]);
        assert_eq!(hits("café", "cafe"), Vec::<String>::new());
        assert_eq!(hits("aaaa", "aa"), ["aa", "aa"]);
        assert_eq!(hits("a", "aa"), Vec::<String>::new());
    }

    #[test]
    fn the_excerpt_is_one_short_line_around_the_hit() {
        let text = format!("{}\nneedle\n{}", "x".repeat(100), "y".repeat(100));
        let (excerpt, start, end) = occurrences(&text, &['n', 'e', 'e', 'd', 'l', 'e']).remove(0);
        assert_eq!(excerpt, format!("…{} needle {}…", "x".repeat(39), "y".repeat(39)));
        assert_eq!((start, end), (41, 47));
    }
}
