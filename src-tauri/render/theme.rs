//! The theme's settings: what templates see of them, and what the tags in a layout's head make of them.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::files::Seen;
use super::head::attribute;

/// What stands encoded in the address of a family.
const OUTSIDE_FAMILIES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Families that are on a computer already, or are no family but a kind.
const SYSTEM: &[&str] = &[
    "-apple-system",
    "american typewriter",
    "andale mono",
    "arial",
    "arial black",
    "arial narrow",
    "athelas",
    "avenir",
    "avenir next",
    "baskerville",
    "big caslon",
    "blinkmacsystemfont",
    "bodoni mt",
    "book antiqua",
    "bookman",
    "brush script mt",
    "calibri",
    "cambria",
    "candara",
    "century gothic",
    "charter",
    "cochin",
    "comic sans ms",
    "consolas",
    "constantia",
    "copperplate",
    "corbel",
    "courier",
    "courier new",
    "cursive",
    "didot",
    "emoji",
    "fangsong",
    "fantasy",
    "franklin gothic medium",
    "futura",
    "garamond",
    "geneva",
    "georgia",
    "gill sans",
    "goudy old style",
    "helvetica",
    "helvetica neue",
    "hoefler text",
    "impact",
    "iowan old style",
    "lucida bright",
    "lucida console",
    "lucida grande",
    "lucida sans",
    "lucida sans unicode",
    "math",
    "menlo",
    "monaco",
    "monospace",
    "ms sans serif",
    "ms serif",
    "optima",
    "palatino",
    "palatino linotype",
    "papyrus",
    "perpetua",
    "rockwell",
    "sans-serif",
    "segoe print",
    "segoe script",
    "segoe ui",
    "serif",
    "sf mono",
    "sf pro",
    "sf pro display",
    "sf pro text",
    "symbol",
    "system-ui",
    "tahoma",
    "times",
    "times new roman",
    "trebuchet ms",
    "ui-monospace",
    "ui-rounded",
    "ui-sans-serif",
    "ui-serif",
    "verdana",
];

/// A theme's settings.
pub(super) struct Theme {
    /// By group and id.
    pub values: Value,
    /// HTML by the tag that shows it.
    pub ready: Map<String, Value>,
}

impl Theme {
    /// What `theme.json` says; nothing if it cannot be understood.
    pub fn new(seen: &Seen<'_>, theme: &Value) -> Self {
        let none = Map::new();
        let groups = theme.pointer("/settings/global").and_then(Value::as_object).unwrap_or(&none);
        let settings = || groups.iter().flat_map(|(group, settings)| settings.as_array().into_iter().flatten().map(move |of| (group, of)));
        let mut values = Map::new();
        for (group, setting) in settings() {
            if let (Some(id), Value::Object(group)) = (id_of(setting), values.entry(group.clone()).or_insert_with(|| Map::new().into())) {
                group.insert(id.to_owned(), value_of(setting).cloned().unwrap_or_default());
            }
        }
        let fonts: Vec<(&str, &Value)> = settings()
            .filter(|(_, of)| of.get("type") == Some(&"font_picker".into()))
            .map(|(_, of)| (id_of(of).unwrap_or_default(), of))
            .collect();
        let code = |id: &str| {
            let advanced = values.get("advanced").and_then(|group| group.get(id)).and_then(Value::as_str);
            advanced.filter(|code| !code.trim().is_empty()).unwrap_or_default().to_owned()
        };
        let custom = code("custom_css");
        let mut ready = Map::new();
        ready.insert("theme_settings".to_owned(), variables(settings()).into());
        ready.insert("fonts".to_owned(), font_links(seen, &fonts, uses_bunny(&values)).into());
        // What ends the element early would be shown as text and take the rest of the page with it.
        let custom = if custom.is_empty() {
            custom
        } else {
            format!("<style id=\"custom-theme-css\">\n{}\n</style>", custom.replace("</style", "<\\/style"))
        };
        ready.insert("custom_css".to_owned(), custom.into());
        for tag in ["custom_head_scripts", "custom_footer_scripts"] {
            ready.insert(tag.to_owned(), code(tag).into());
        }
        Self { values: values.into(), ready }
    }

    /// A setting that is a text.
    pub fn text(&self, group: &str, id: &str) -> &str {
        self.values.get(group).and_then(|group| group.get(id)).and_then(Value::as_str).unwrap_or_default()
    }
}

fn id_of(setting: &Value) -> Option<&str> {
    setting.get("id").and_then(Value::as_str).filter(|id| !id.is_empty())
}

fn value_of(setting: &Value) -> Option<&Value> {
    setting.get("value").or_else(|| setting.get("default"))
}

fn uses_bunny(values: &Map<String, Value>) -> bool {
    ["privacy", "advanced"]
        .iter()
        .any(|group| values.get(*group).and_then(|group| group.get("use_bunny_fonts")) == Some(&Value::Bool(true)))
}

/// The custom properties of the theme's style sheet: `--<group>-<id>`.
fn variables<'a>(settings: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut set = |name: String, value: String| match lines.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = value,
        None => lines.push((name, value)),
    };
    for (group, setting) in settings {
        let (Some(id), Some(value)) = (id_of(setting), value_of(setting)) else { continue };
        let name = format!("--{}-{}", identifier(group), identifier(id));
        if setting.get("type") == Some(&"font_picker".into()) {
            let Some((stack, weight)) = font(value) else { continue };
            set(format!("{name}-family"), clean(stack));
            set(format!("{name}-weight"), weight.to_string());
            if id == "body_font" {
                set(format!("{name}_bold-weight"), bold(weight).to_string());
            }
        } else if setting.get("outputAsCssVar") == Some(&Value::Bool(true)) && !value.is_null() {
            let unit =
                setting.get("unit").and_then(Value::as_str).filter(|_| setting.get("type") == Some(&"range".into()) && value.is_number());
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            set(name, clean(&format!("{text}{}", unit.unwrap_or_default())));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = lines.into_iter().map(|(name, value)| format!("  {name}: {value};\n")).collect();
    let lines = lines.concat();
    format!("<style id=\"theme-settings-styles\">\n:root {{\n{lines}}}\n</style>")
}

/// What a name of a custom property may be made of.
fn identifier(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// A value of the style sheet that ends neither its rule nor the sheet.
fn clean(value: &str) -> String {
    value.replace(['<', '>', '{', '}'], "")
}

fn font(value: &Value) -> Option<(&str, u64)> {
    let weight = value.get("weight").and_then(|weight| weight.as_u64().or_else(|| weight.as_str()?.parse().ok()))?;
    Some((value.get("stack")?.as_str().filter(|stack| !stack.is_empty())?, weight))
}

/// The weight of bold text in a family whose text has `weight`.
fn bold(weight: u64) -> u64 {
    if weight < 600 { 700 } else { weight }
}

/// The links that load the families which neither the theme nor a computer has.
///
/// Every family is asked for by itself, and bold by itself again: one that a family does not have takes nothing else with it.
fn font_links(seen: &Seen<'_>, fonts: &[(&str, &Value)], bunny: bool) -> String {
    let mut weights: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut extra: Vec<(&str, u64)> = Vec::new();
    for (id, setting) in fonts {
        let Some((stack, weight)) = value_of(setting).and_then(font) else { continue };
        let family = stack.split(',').next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        if family.is_empty() || SYSTEM.contains(&family.to_lowercase().as_str()) {
            continue;
        }
        weights.entry(family).or_default().insert(weight);
        if *id == "body_font" && bold(weight) != weight {
            extra.push((family, bold(weight)));
        }
    }
    if weights.is_empty() {
        return String::new();
    }
    let local = local_families(seen);
    weights.retain(|family, _| !local.contains(&family.to_lowercase()));
    extra.retain(|(family, weight)| weights.get(family).is_some_and(|weights| !weights.contains(weight)));
    if weights.is_empty() {
        return String::new();
    }
    let address = |family: &str, weights: String| {
        let family = utf8_percent_encode(family, OUTSIDE_FAMILIES).to_string().replace("%20", "+");
        if bunny {
            format!("https://fonts.bunny.net/css?family={}:{weights}&display=swap", family.to_lowercase().replace('+', "-"))
        } else {
            format!("https://fonts.googleapis.com/css2?family={family}:wght@{weights}&display=swap")
        }
    };
    let separator = if bunny { "," } else { ";" };
    let chosen =
        weights.iter().map(|(family, weights)| address(family, weights.iter().map(u64::to_string).collect::<Vec<_>>().join(separator)));
    let sheets = chosen.chain(extra.iter().map(|(family, weight)| address(family, weight.to_string())));
    let hosts: &[&str] = if bunny {
        &["<link rel=\"preconnect\" href=\"https://fonts.bunny.net\">"]
    } else {
        &[
            "<link rel=\"preconnect\" href=\"https://fonts.googleapis.com\">",
            "<link rel=\"preconnect\" href=\"https://fonts.gstatic.com\" crossorigin>",
        ]
    };
    let sheets = sheets.map(|url| format!("<link rel=\"stylesheet\" href=\"{}\">", attribute(&url)));
    hosts.iter().map(|host| (*host).to_owned()).chain(sheets).collect::<Vec<_>>().join("\n    ")
}

/// The families that the theme's own style sheets bring, in lower case.
fn local_families(seen: &Seen<'_>) -> BTreeSet<String> {
    let sheets = seen.names("assets", ".css").into_iter().filter_map(|name| seen.text(&format!("assets/{name}.css")));
    sheets.flat_map(|sheet| families(&sheet)).collect()
}

fn families(sheet: &str) -> Vec<String> {
    let rules = sheet.match_indices("@font-face").filter_map(|(at, _)| sheet[at..].split_once('{')?.1.split('}').next());
    let named = rules.filter_map(|rule| rule.split(';').find_map(|line| line.trim().strip_prefix("font-family")?.trim().strip_prefix(':')));
    named.map(|family| family.trim().trim_matches(['"', '\'']).to_lowercase()).collect()
}
