//! Addresses in a site: from a file to another, from what is written to the file, and back.

use std::borrow::Cow;
use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What never stands in a path as it is (RFC 3986, section 3.3: `pchar` and the slash do).
const OUTSIDE_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// A path as it is written, seen from a file of the site, from the site's root; none if it leads out.
pub(super) fn within(from: &str, written: &str) -> Option<String> {
    let mut parts: Vec<&str> = match written.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => from.split('/').collect(),
    };
    if !written.starts_with('/') {
        parts.pop();
    }
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    let folder = if written.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    Some(format!("{}{folder}", parts.join("/")))
}

/// An address that stands in a file of the site and leads to a place of the site, taken apart.
pub(super) struct Inner<'a> {
    /// All of it, without the white space around it.
    pub written: &'a str,
    /// Its path, as it is written.
    pub path: &'a str,
    /// What follows on that: a query, a fragment.
    pub rest: &'a str,
    /// The path from the site's root, encoded as it is written.
    pub whole: String,
    /// The same as names of files.
    pub found: String,
}

/// Takes apart an address that stands in the file `from`; none if it is of the same page, of another host, or leads out of the site.
pub(super) fn inner<'a>(from: &str, address: &'a str) -> Option<Inner<'a>> {
    let written = address.trim();
    if written.is_empty() || written.starts_with(['#', '?']) || written.starts_with("//") || has_scheme(written) {
        return None;
    }
    let (path, rest) = written.split_at(written.find(['?', '#']).unwrap_or(written.len()));
    let whole = within(from, path)?;
    let found = decoded(&whole);
    Some(Inner { written, path, rest, whole, found })
}

/// Whether an address names how it is reached, as `https:` and `mailto:` do.
pub(super) fn has_scheme(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default();
    scheme.split_once(':').is_some_and(|(name, _)| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The relative address of a path, seen from a file; both from the site's root.
pub(super) fn relative(from: &str, path: &str) -> String {
    let mut from: Vec<&str> = from.split('/').collect();
    from.pop();
    let to: Vec<&str> = path.split('/').collect();
    let shared = from.iter().zip(&to[..to.len() - 1]).take_while(|(a, b)| a == b).count();
    let mut address = "../".repeat(from.len() - shared);
    address.push_str(&to[shared..].join("/"));
    // What stands before a colon would be a scheme (RFC 3986, section 4.2).
    if has_scheme(&address) { format!("./{address}") } else { address }
}

/// `assets/base.css` with a part of its hash: `assets/base.0123456789.css`.
pub(super) fn with_hash(path: &str, hash: &str) -> String {
    let path = PathBuf::from(path);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(ending) => format!("{stem}.{hash}.{}", ending.to_string_lossy()),
        None => format!("{stem}.{hash}"),
    };
    path.with_file_name(name).to_string_lossy().replace('\\', "/")
}

/// The path of the address that a site will have, with a slash at its end; the root if nobody said.
pub(super) fn path_of(site_url: &str) -> String {
    let path = site_url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path).trim_matches('/');
    if path.is_empty() { "/".to_owned() } else { format!("/{path}/") }
}

/// A path of an address as a file has it; as it is if that is no text.
pub(super) fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8().map_or_else(|_| path.to_owned(), Cow::into_owned)
}

/// A path as it may stand in an address.
pub(super) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, OUTSIDE_PATHS).to_string()
}

/// Text as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_from_file_to_file_and_never_out() {
        assert_eq!(within("news/one.html", "../a.css").as_deref(), Some("a.css"));
        assert_eq!(within("news/one.html", "/b/./c/"), Some("b/c/".to_owned()));
        assert_eq!(within("index.html", "../out"), None);
        assert_eq!(relative("news/one.html", "assets/a.css"), "../assets/a.css");
        assert_eq!(relative("news/one.html", "news/two.html"), "two.html");
        assert_eq!(path_of("https://a.example/shop/"), "/shop/");
        assert_eq!(path_of("https://a.example"), "/");
        assert!(has_scheme("mailto:a") && has_scheme("https://a") && !has_scheme("a/b:c") && !has_scheme("#x:y"));
    }

    #[test]
    fn what_was_encoded_is_decoded_again() {
        assert_eq!(encoded("a b/ä&\"#?%.jpg"), "a%20b/%C3%A4%26%22%23%3F%25.jpg");
        assert_eq!(decoded(&encoded("a b/ä&\"#?%.jpg")), "a b/ä&\"#?%.jpg");
        assert_eq!(decoded("100%.jpg"), "100%.jpg");
        assert_eq!(decoded("%ff"), "%ff", "no text");
        assert_eq!(with_hash("assets/base.css", "0123"), "assets/base.0123.css");
    }
}
