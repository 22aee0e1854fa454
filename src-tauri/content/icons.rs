//! The icons of a theme, as markup that may be put into a page: drawing elements and their plain attributes, nothing else.

use std::path::Path;

use serde_json::Value;

use super::model::Icon;
use crate::site::input::{self, ICONS};
use crate::site::markup::tags;

/// What is drawn with.
const ELEMENTS: [&str; 9] = ["svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon"];

/// What a drawing element is described by. None of these refers to anything.
const ATTRIBUTES: [&str; 33] = [
    "d",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "width",
    "height",
    "points",
    "viewBox",
    "transform",
    "fill",
    "fill-rule",
    "fill-opacity",
    "clip-rule",
    "opacity",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-opacity",
    "pathLength",
    "paint-order",
    "vector-effect",
];

/// Every icon that can be drawn, in the theme's order; of two with one name the first.
pub(super) fn load(site: &Path) -> Vec<Icon> {
    let Ok(Some(Value::Object(file))) = input::document(site, ICONS) else { return Vec::new() };
    // `icons` by name, `groups` of these, or the names at the top.
    let groups = file.get("groups").and_then(Value::as_object).into_iter().flat_map(|groups| groups.values());
    let mut sets: Vec<&serde_json::Map<String, Value>> = file.get("icons").into_iter().chain(groups).filter_map(Value::as_object).collect();
    if sets.is_empty() {
        sets.push(&file);
    }
    let size = |icon: &Value, key: &str| icon.get(key).or(file.get(key)).and_then(Value::as_f64).unwrap_or(24.0);
    let mut icons: Vec<Icon> = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (name, icon) in sets.into_iter().flatten() {
        let Some(body) = icon.as_str().or_else(|| icon.get("body").or(icon.get("svg"))?.as_str()) else { continue };
        let drawn = if tags(body).iter().any(|tag| tag.name == "svg") {
            drawing(body)
        } else {
            let whole = format!("<svg viewBox=\"0 0 {} {}\">{body}</svg>", size(icon, "width"), size(icon, "height"));
            drawing(&whole)
        };
        if let Some(svg) = drawn.filter(|_| names.insert(name.clone())) {
            icons.push(Icon { name: name.clone(), svg });
        }
    }
    icons
}

/// What is drawn by some SVG, made anew from what is known to be harmless; none if nothing is.
fn drawing(markup: &str) -> Option<String> {
    let mut drawn = String::new();
    let mut open: Vec<&str> = Vec::new();
    // How deep in elements that are left out with all that is in them.
    let mut skipped: Vec<&str> = Vec::new();
    let mut draws = false;
    for tag in tags(markup) {
        if tag.name.is_empty() {
            continue;
        }
        if tag.closes {
            if skipped.last() == Some(&tag.name) {
                skipped.pop();
            } else if skipped.is_empty() && open.last() == Some(&tag.name) {
                open.pop();
                drawn.extend(["</", tag.name, ">"]);
            }
            continue;
        }
        let is_root = tag.name == "svg" && drawn.is_empty();
        let is_known = ELEMENTS.contains(&tag.name) && (is_root || (!open.is_empty() && tag.name != "svg"));
        if !is_known || !skipped.is_empty() {
            if !tag.is_empty {
                skipped.push(tag.name);
            }
            continue;
        }
        drawn.extend(["<", tag.name]);
        if is_root {
            drawn.push_str(" xmlns=\"http://www.w3.org/2000/svg\"");
        }
        let mut seen = Vec::new();
        for (key, value) in tag.attributes {
            let value = &markup[value];
            if ATTRIBUTES.contains(&key) && !seen.contains(&key) && is_plain(value) {
                drawn.extend([" ", key, "=\"", value, "\""]);
                seen.push(key);
            }
        }
        draws |= !matches!(tag.name, "svg" | "g");
        drawn.push_str(if tag.is_empty { "/>" } else { ">" });
        if !tag.is_empty {
            open.push(tag.name);
        }
    }
    for name in open.iter().rev() {
        drawn.extend(["</", name, ">"]);
    }
    draws.then_some(drawn)
}

/// Numbers, colours and words: no reference, no quote, nothing that is escaped.
fn is_plain(value: &str) -> bool {
    let is_fine =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || matches!(c, '.' | ',' | '-' | '+' | '#' | '%' | '(' | ')' | '_');
    value.chars().all(is_fine) && !value.to_ascii_lowercase().contains("url")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    #[test]
    fn the_starters_icons_are_drawn_as_they_are() {
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("starters/bakery");
        let icons = load(&site);
        assert_eq!(icons.len(), 23);
        let expected = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\" fill=\"none\" \
            stroke=\"currentColor\" stroke-width=\"1.6\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><path d=\"M4 12h16\"/>\
            <path d=\"m13 5 7 7-7 7\"/></svg>";
        assert_eq!(icons[0], Icon { name: "arrow-right".to_owned(), svg: expected.to_owned() });
    }

    #[test]
    fn nothing_but_a_drawing_is_left_of_hostile_markup() {
        let hostile = r##"<?xml version="1.0"?><svg onload="alert(1)" viewBox="0 0 8 8" xmlns:xlink="x" style="x"><script>alert(1)</script>
            <style>@import url(x)</style><foreignObject><body><path d="M9"/></body></foreignObject><a href="javascript:x"><path d="M1"/></a>
            <image href="http://x"/><use href="#x"/><animate attributeName="href"/><defs><clipPath id="c"><path d="M8"/></clipPath></defs>
            <path d="M0 0" fill="url(#x)" fill="red" onclick="x" stroke="&quot;&gt;"/><g><circle r="1"></circle></g>text<SCRIPT>x</SCRIPT></svg><path d="M7"/>"##;
        assert_eq!(
            drawing(hostile).unwrap(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><path d=\"M0 0\" fill=\"red\"/><g><circle r=\"1\"></circle></g></svg>"
        );
        assert_eq!(drawing("<svg><script>x</script></svg>"), None);
        assert_eq!(drawing("<path d=\"M0\"/>"), None);
    }

    #[test]
    fn icons_are_found_in_every_shape_of_the_file() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("assets")).unwrap();
        let names = |file: &Value| {
            fs::write(site.path().join(ICONS), file.to_string()).unwrap();
            load(site.path()).into_iter().map(|icon| icon.name + &icon.svg[39..]).collect::<Vec<_>>()
        };
        let one = "<svg><path d=\"M1\"/></svg>";
        assert_eq!(names(&json!({"prefix": "x", "icons": {"a": {"body": one}, "b": {}}})), ["a><path d=\"M1\"/></svg>"]);
        assert_eq!(names(&json!({"groups": {"A": {"a": {"body": one}}, "B": {"b": {"svg": one}, "a": {"body": one}}}})).len(), 2);
        assert_eq!(names(&json!({"a": one, "b": 7})).len(), 1);
        let inner = json!({"prefix": "x", "width": 16, "height": 16, "icons": {"a": {"body": "<path d='M1'/>"}}});
        assert_eq!(names(&inner), ["a viewBox=\"0 0 16 16\"><path d=\"M1\"/></svg>"]);
        assert!(names(&json!([])).is_empty());
        fs::remove_file(site.path().join(ICONS)).unwrap();
        assert!(load(site.path()).is_empty());
    }
}
