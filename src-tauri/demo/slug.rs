//! Slugs: the names of demos' folders, which are parts of addresses too.

use crate::error::{Code, Error, Result};
use crate::site::name::is_device;

/// The longest slug: a label of a host name (RFC 1035).
const LONGEST: usize = 63;

/// Accepts lower-case letters, digits and inner hyphens, at most 63, and no name that Windows reserves.
///
/// # Errors
/// `InvalidInput` for the field `slug`, saying what is wrong.
pub fn validate(slug: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::new(Code::InvalidInput, why).field("slug"));
    if slug.is_empty() {
        return refuse("Give the demo a folder name.");
    }
    if slug.len() > LONGEST {
        return refuse("A folder name has at most 63 characters.");
    }
    if !slug.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-') {
        return refuse("A folder name has only lower-case letters a–z, digits and hyphens.");
    }
    if slug.starts_with('-') || slug.ends_with('-') {
        return refuse("A folder name begins and ends with a letter or a digit.");
    }
    if is_device(slug) {
        return refuse("Windows reserves this name for a device; choose another one.");
    }
    Ok(())
}

/// A valid slug for a name, not taken by the measure of `is_taken`.
pub fn suggest(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut base = slug::slugify(name);
    base.truncate(LONGEST);
    let base = base.trim_end_matches('-');
    let base = match base {
        "" => "demo".to_owned(),
        device if is_device(device) => format!("{device}-demo"),
        other => other.to_owned(),
    };
    if !is_taken(&base) {
        return base;
    }
    for number in 2_u64.. {
        let suffix = format!("-{number}");
        let head = &base[..base.len().min(LONGEST - suffix.len())];
        let candidate = format!("{}{suffix}", head.trim_end_matches('-'));
        if !is_taken(&candidate) {
            return candidate;
        }
    }
    base
}

/// The slug in words: what a demo is called when no name is given.
pub fn title(slug: &str) -> String {
    let mut words = slug.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_every_system_takes_are_valid() {
        for slug in ["a", "a-b", "1", "com10", &"a".repeat(63)] {
            assert!(validate(slug).is_ok(), "{slug}");
        }
        for slug in ["", "-a", "a-", "A", "a b", "ä", "a/b", "..", "con", "lpt1", &"a".repeat(64)] {
            assert!(validate(slug).is_err(), "{slug}");
        }
    }

    #[test]
    fn a_suggestion_is_valid_and_free() {
        for name in ["Café Zürich", "  ", "CON", "!!!", "日本", &"long ".repeat(40), "a"] {
            let taken = ["a", "cafe-zurich", "cafe-zurich-2", "demo"];
            let slug = suggest(name, |slug| taken.contains(&slug));
            assert!(validate(&slug).is_ok() && !taken.contains(&slug.as_str()), "{name} → {slug}");
        }
        assert_eq!(suggest("Café Zürich", |slug| slug == "cafe-zurich"), "cafe-zurich-2");
    }
}
