//! Slugs of pages: names of files, which are parts of addresses.

use crate::error::{Code, Error, Result};

/// The longest slug that is made here.
const LONGEST: usize = 80;

/// Accepts what is a fine slug for a page on every system: lower-case letters, digits and inner hyphens.
///
/// # Errors
/// `InvalidInput` for the field `slug`, with one that could be taken.
pub(super) fn validate(slug: &str) -> Result<()> {
    let better = from_name(slug, "page");
    if slug == better {
        return Ok(());
    }
    let message = format!(
        "“{slug}” cannot be a page's address: it may have lower-case letters a–z, digits and inner hyphens. Nothing was changed; take “{better}”."
    );
    Err(Error::new(Code::InvalidInput, message).field("slug"))
}

/// A slug for the name of a thing of this kind that is free by the measure of `is_taken`.
///
/// # Errors
/// Those of `is_taken`.
pub(super) fn free(name: &str, kind: &str, is_taken: impl Fn(&str) -> Result<bool>) -> Result<String> {
    let base = from_name(name, kind);
    let numbered = (2_u32..).map(|number| format!("{base}-{number}"));
    for slug in std::iter::once(base.clone()).chain(numbered) {
        if !is_taken(&slug)? {
            return Ok(slug);
        }
    }
    Ok(base)
}

fn from_name(name: &str, kind: &str) -> String {
    let mut slug = slug::slugify(name);
    slug.truncate(LONGEST);
    let slug = slug.trim_end_matches('-');
    let is_port = |prefix: &str| slug.strip_prefix(prefix).is_some_and(|port| matches!(port.as_bytes(), [b'1'..=b'9']));
    // Names of devices on Windows, and of the folder of the global widgets.
    let is_reserved = matches!(slug, "con" | "prn" | "aux" | "nul" | "global") || is_port("com") || is_port("lpt");
    match slug {
        "" => kind.to_owned(),
        slug if is_reserved => format!("{slug}-{kind}"),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_a_free_slug_that_is_valid() {
        for (name, slug) in
            [("Über uns!", "uber-uns"), ("", "page"), ("日本", "ri-ben"), ("Global", "global-page"), ("COM1", "com1-page"), ("a", "a-3")]
        {
            let found = free(name, "page", |slug| Ok(["a", "a-2"].contains(&slug))).unwrap();
            assert_eq!(found, slug);
            assert!(validate(&found).is_ok());
        }
        assert!(free(&"long ".repeat(40), "menu", |_| Ok(false)).unwrap().len() <= LONGEST);
        for slug in ["", "A", "a b", "-a", "a-", "a--b", "global", "../x", "a/b", "nul"] {
            assert!(validate(slug).is_err(), "{slug}");
        }
    }
}
