//! The words of a theme: schemas name them by keys such as `tTheme:hero.settings.title.label`, `locales/*.json` hold them.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::shown::LAYOUT;
use super::{copies, file, input};

/// What the words are named with.
const PREFIX: &str = "tTheme:";

/// The words of a theme.
#[derive(Debug, Default)]
pub struct Locale {
    /// For forms: English first.
    forms: Vec<Arc<Value>>,
    /// For pages: the site's own language first.
    pages: Vec<Arc<Value>>,
}

impl Locale {
    /// Reads every language the theme has. That of the site is the one that its layout tells.
    pub fn load(site: &Path) -> Self {
        let theme = input::document(site, input::THEME).ok().flatten().unwrap_or_default();
        let layout = input::template(site, LAYOUT).ok().flatten().unwrap_or_default();
        Self::load_for(site, &language(&layout, |group, id| setting(&theme, group, id)))
    }

    /// As [`Locale::load`], for a site of that language: `de`, or `de-AT`, which is looked for in German too.
    pub fn load_for(site: &Path, language: &str) -> Self {
        let entries = file::entries(site, "locales").unwrap_or_default().into_iter();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok()?.strip_suffix(".json").map(str::to_owned));
        let documents = names.filter(|name| !copies::is_copy(name)).filter_map(|name| {
            let words = input::document(site, &format!("locales/{name}.json")).ok()??;
            Some((name, words))
        });
        Self::of(documents, language)
    }

    /// The words that these documents hold, by language, for a site of that language.
    pub fn of(documents: impl IntoIterator<Item = (String, Value)>, language: &str) -> Self {
        let mut words: Vec<(String, Arc<Value>)> =
            documents.into_iter().map(|(name, words)| (name.to_ascii_lowercase(), Arc::new(words))).collect();
        let mut ordered = |wanted: &str| -> Vec<Arc<Value>> {
            words.sort_by_key(|(name, _)| (rank(name, &wanted.to_ascii_lowercase()), name.clone()));
            words.iter().map(|(_, words)| words.clone()).collect()
        };
        Self { forms: ordered(""), pages: ordered(language) }
    }

    /// The word of a key for a form; none if no language has it.
    pub fn get(&self, key: &str) -> Option<&str> {
        find(&self.forms, key)
    }

    /// Puts words in the place of keys, wherever they stand in a schema: for forms, but for defaults, which pages show.
    pub fn resolve(&self, schema: &mut Value) {
        match schema {
            Value::Array(values) => values.iter_mut().for_each(|value| self.resolve(value)),
            Value::Object(members) => members.iter_mut().for_each(|(key, value)| match key.as_str() {
                "default" => self.resolve_default(value),
                _ => self.resolve(value),
            }),
            other => put(&self.forms, other),
        }
    }

    /// Puts words in the place of keys, wherever they stand in what a page shows as long as nobody says otherwise.
    pub fn resolve_default(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.resolve_default(value)),
            Value::Object(members) => members.values_mut().for_each(|value| self.resolve_default(value)),
            other => put(&self.pages, other),
        }
    }
}

/// How far a language, in small letters, is from the one that is wanted. After that, English is known best.
fn rank(language: &str, wanted: &str) -> impl Ord + use<> {
    let general = wanted.split(['-', '_']).next().unwrap_or_default();
    let is_wanted = !wanted.is_empty() && language == wanted;
    (!is_wanted, general.is_empty() || language != general, language != "en", !language.starts_with("en"))
}

fn find<'a>(words: &'a [Arc<Value>], key: &str) -> Option<&'a str> {
    words.iter().find_map(|words| key.split('.').try_fold(&**words, |words, part| words.get(part))?.as_str())
}

fn put(words: &[Arc<Value>], value: &mut Value) {
    if let Value::String(text) = value
        && let Some(key) = text.strip_prefix(PREFIX)
    {
        *text = find(words, key).map_or_else(|| of_key(key), str::to_owned);
    }
}

/// The language that a layout says its pages are in, `<html lang="de">`; empty if it does not say. `setting` gives the theme's
/// setting of a group and an id: a layout may leave it to one, as in `lang="{{ theme.general.language | default: 'en' }}"`.
pub fn language(layout: &str, setting: impl Fn(&str, &str) -> Option<String>) -> String {
    let said = written_language(layout).map(|written| match written.strip_prefix("{{") {
        None => written.to_owned(),
        Some(output) => {
            let output = output.trim_end_matches(['}', '-']).trim_start_matches('-').trim();
            let (path, filters) = output.split_once('|').unwrap_or((output, ""));
            let mut names = path.trim().strip_prefix("theme.").unwrap_or_default().split('.');
            let set = names.next().zip(names.next()).and_then(|(group, id)| setting(group, id)).filter(|text| !text.is_empty());
            let usual = filters.trim().strip_prefix("default:").and_then(|rest| rest.split(['"', '\'']).nth(1));
            set.or_else(|| usual.map(str::to_owned)).unwrap_or_default()
        }
    });
    let is_language = |text: &String| text.len() <= 35 && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    said.map(|text| text.trim().to_owned()).filter(is_language).unwrap_or_default()
}

/// What stands in the `lang` of the layout's first element.
fn written_language(layout: &str) -> Option<&str> {
    let lower = layout.to_ascii_lowercase();
    let start = lower.match_indices("<html").find(|(at, tag)| lower[at + tag.len()..].starts_with(char::is_whitespace))?.0;
    let is_own = |at: usize| lower[..start + at].ends_with(char::is_whitespace) && !lower[start..start + at].contains('>');
    let (at, name) = lower[start..].match_indices("lang=").find(|(at, _)| is_own(*at))?;
    let value = &layout[start + at + name.len()..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = &value[1..];
    let end = if value.starts_with("{{") { value.find("}}")? + 2 } else { value.find([quote, '>'])? };
    Some(&value[..end])
}

/// The setting of a theme, as its document has it.
fn setting(theme: &Value, group: &str, id: &str) -> Option<String> {
    let settings = theme.pointer("/settings/global")?.get(group)?.as_array()?;
    let setting = settings.iter().find(|setting| setting.get("id").and_then(Value::as_str) == Some(id))?;
    setting.get("value").or_else(|| setting.get("default"))?.as_str().map(str::to_owned)
}

/// What is left to say when no language has the key: its last part that says something, or nothing for a mere help text.
fn of_key(key: &str) -> String {
    let mut parts = key.rsplit('.');
    match parts.next().unwrap_or_default() {
        "description" | "placeholder" | "help" | "info" => String::new(),
        "label" | "name" | "displayName" | "title" if key.contains('.') => readable(parts.next().unwrap_or_default()),
        last => readable(last),
    }
}

/// A key in words: `logoWidth`, `logo_width` and `logo-width` are all “Logo width”.
pub fn readable(key: &str) -> String {
    let mut words = String::new();
    let mut last = ' ';
    for c in key.chars() {
        if c.is_uppercase() && (last.is_lowercase() || last.is_ascii_digit()) {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else if matches!(c, '_' | '-' | '.' | ' ') {
            if !words.is_empty() && !words.ends_with(' ') {
                words.push(' ');
            }
        } else if words.is_empty() {
            words.extend(c.to_uppercase());
        } else {
            words.push(c);
        }
        last = c;
    }
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use serde_json::json;

    #[test]
    fn a_word_comes_from_english_then_any_language_then_its_key() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("locales")).unwrap();
        fs::write(site.path().join("locales/de.json"), r#"{"a": {"label": "Alt", "other": "Anders"}, "deep": 1}"#).unwrap();
        fs::write(site.path().join("locales/en.json"), r#"{"a": {"label": "Old"}}"#).unwrap();
        fs::write(site.path().join("locales/fr.json"), "{").unwrap();
        let mut value = json!({
            "a": "tTheme:a.label", "b": ["tTheme:a.other"], "c": "tTheme:hero.settings.logo_width.label", "d": "tTheme:x.options.toTop",
            "e": "tTheme:x.description", "f": "plain tTheme:a.label", "g": 1, "h": "tTheme:deep.er"
        });
        Locale::load(site.path()).resolve(&mut value);
        let expected =
            json!({"a": "Old", "b": ["Anders"], "c": "Logo width", "d": "To top", "e": "", "f": "plain tTheme:a.label", "g": 1, "h": "Er"});
        assert_eq!(value, expected);
        let mut value = json!("tTheme:a.label");
        Locale::load(&site.path().join("nothing")).resolve(&mut value);
        assert_eq!(value, json!("A"));
    }

    #[test]
    fn what_pages_show_is_in_the_language_of_the_site_and_what_forms_say_in_english() {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("locales")).unwrap();
        fs::write(site.path().join("locales/de.json"), r#"{"a": "Alt", "b": "Neu"}"#).unwrap();
        fs::write(site.path().join("locales/en.json"), r#"{"a": "Old", "c": "Only English"}"#).unwrap();
        let schema = json!({"label": "tTheme:a", "help": "tTheme:b", "default": {"text": ["tTheme:a", "tTheme:c"]}, "options": [{"default": "tTheme:b"}]});
        let resolved = |locale: &Locale| {
            let mut schema = schema.clone();
            locale.resolve(&mut schema);
            schema
        };
        let german = json!({"label": "Old", "help": "Neu", "default": {"text": ["Alt", "Only English"]}, "options": [{"default": "Neu"}]});
        let english = json!({"label": "Old", "help": "Neu", "default": {"text": ["Old", "Only English"]}, "options": [{"default": "Neu"}]});
        assert_eq!(resolved(&Locale::load(site.path())), english);
        for language in ["de", "DE", "de-AT", "de_CH"] {
            assert_eq!(resolved(&Locale::load_for(site.path(), language)), german, "{language}");
        }
        assert_eq!(resolved(&Locale::load_for(site.path(), "pt")), english);
        fs::write(site.path().join("layout.liquid"), "<!doctype html>\n<html lang=\"{{ theme.general.language }}\">").unwrap();
        fs::write(
            site.path().join("theme.json"),
            r#"{"settings": {"global": {"general": [{"id": "language", "default": "en", "value": "de-CH"}]}}}"#,
        )
        .unwrap();
        assert_eq!(resolved(&Locale::load(site.path())), german);
    }

    #[test]
    fn a_layout_says_its_language_itself_or_by_a_setting() {
        let setting = |group: &str, id: &str| match (group, id) {
            ("general", "language") => Some("fr".to_owned()),
            ("general", "empty") => Some(String::new()),
            _ => None,
        };
        for (layout, expected) in [
            ("<!doctype html>\n<html lang=\"de\">", "de"),
            ("<HTML class='x'\n LANG='de-AT' data-x>", "de-AT"),
            ("<html lang=\"{{ theme.general.language }}\">", "fr"),
            ("<html lang=\"{{- theme.general.language | default: \"de\" -}}\">", "fr"),
            ("<html lang=\"{{ theme.general.empty | default: 'it' }}\">", "it"),
            ("<html lang=\"{{ theme.other.language | default: \"it\" }}\">", "it"),
            ("<html lang=\"{{ theme.other.language }}\">", ""),
            ("<html lang=\"{{ page.language }}\">", ""),
            ("<html data-lang=\"de\">", ""),
            ("<html xml:lang=\"de\" lang=\"fr\">", "fr"),
            ("<html>", ""),
            ("<html><body lang=\"de\">", ""),
            ("<html lang=", ""),
            ("<html lang=\"", ""),
            ("<html lang=\"../de\">", ""),
            ("<htmlx lang=\"de\"><html lang=\"ü\">", ""),
            ("ü <html lang=\"ja\">", "ja"),
        ] {
            assert_eq!(language(layout, setting), expected, "{layout}");
        }
    }

    #[test]
    fn keys_are_readable() {
        for (key, words) in
            [("logoText", "Logo text"), ("show_prices", "Show prices"), ("SEO", "SEO"), ("a-b", "A b"), ("_x_", "X"), ("", "")]
        {
            assert_eq!(readable(key), words);
        }
    }
}
