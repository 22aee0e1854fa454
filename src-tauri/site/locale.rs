//! The words of a theme: schemas name them by keys such as `tTheme:hero.settings.title.label`, `locales/*.json` hold them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::file;

/// What the words are named with.
const PREFIX: &str = "tTheme:";

/// The words of a theme, English first.
#[derive(Debug, Default)]
pub struct Locale(Vec<Value>);

impl Locale {
    /// Reads every language the theme has.
    pub fn load(site: &Path) -> Self {
        Self::load_preferring(site, "")
    }

    /// As [`Locale::load`], with one language before all others: `de`, or `de-AT`, which is looked for in German too.
    pub fn load_preferring(site: &Path, language: &str) -> Self {
        let Ok(folder) = file::place(site, "locales") else { return Self::default() };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.retain(|name| name.strip_suffix(".json").is_some());
        let wanted = language.to_ascii_lowercase();
        let general = wanted.split(['-', '_']).next().unwrap_or_default();
        let rank = |name: &str| {
            let language = name.trim_end_matches(".json").to_ascii_lowercase();
            let is_wanted = !wanted.is_empty() && language == wanted;
            (!is_wanted, general.is_empty() || language != general, language != "en", !language.starts_with("en"))
        };
        names.sort_by_key(|name| (rank(name), name.clone()));
        let texts = names.iter().filter_map(|name| file::read(site, &format!("locales/{name}")));
        Self(texts.filter_map(|text| serde_json::from_slice(&text).ok()).collect())
    }

    /// The word of a key; none if no language has it.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|words| key.split('.').try_fold(words, |words, part| words.get(part))?.as_str())
    }

    /// Puts words in the place of keys, wherever they stand.
    pub fn resolve(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(key) = text.strip_prefix(PREFIX) {
                    *text = self.get(key).map_or_else(|| of_key(key), str::to_owned);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.resolve(value)),
            Value::Object(members) => members.values_mut().for_each(|value| self.resolve(value)),
            _ => {}
        }
    }
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
        let german = Locale::load_preferring(site.path(), "de-AT");
        assert_eq!((german.get("a.label"), Locale::load_preferring(site.path(), "pt").get("a.label")), (Some("Alt"), Some("Old")));
        let mut value = json!("tTheme:a.label");
        Locale::load(&site.path().join("nothing")).resolve(&mut value);
        assert_eq!(value, json!("A"));
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
