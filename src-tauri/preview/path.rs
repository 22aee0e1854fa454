//! The path of a request: decoded once, and whatever could lead out of the site, or to what it hides, refused.
//!
//! Refused by its form, before any file is looked for: the file system is asked only for names that mean here what they say. What
//! is left may still be a link; [`shown::file`] and [`super::site`] see to that.

use std::fmt::Write as _;

use crate::site::{name, shown};

/// The longest path that is looked at, in bytes as they came: three for each byte of the longest path that a system takes.
const LONGEST: usize = 3 * 4096;

/// A path below a site's folder: names only, none of them special.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SitePath {
    names: Vec<String>,
    /// Whether it ends with a slash.
    is_folder: bool,
}

/// Why a path is not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It cannot be understood, or tries to lead out; with the reason.
    Bad(&'static str),
    /// It names something that no site shows.
    Hidden,
}

impl SitePath {
    /// Understands the path of a URL, as it came.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        if raw.len() > LONGEST {
            return Err(Refusal::Bad("it is too long"));
        }
        let rest = raw.strip_prefix('/').ok_or(Refusal::Bad("it does not begin with a slash"))?;
        let (rest, is_folder) = match rest.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (rest, rest.is_empty()),
        };
        if rest.is_empty() {
            return if raw == "/" { Ok(Self { names: Vec::new(), is_folder: true }) } else { Err(Refusal::Hidden) };
        }
        let names: Vec<String> = rest.split('/').map(decode).collect::<Result<_, _>>()?;
        names.iter().try_for_each(|name| check(name))?;
        // Whatever else the site is, this is no part of it.
        if !shown::is_public(&names.join("/")) {
            return Err(Refusal::Hidden);
        }
        Ok(Self { names, is_folder })
    }

    /// The path below the site's folder, with slashes between the names; empty for the folder itself.
    pub fn relative(&self) -> String {
        self.names.join("/")
    }

    /// Whether it ends with a slash, or is the site itself.
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// The name of a page: `/`, `/about`, `/blog/first`. The endings `.html` and `index` say nothing.
    pub fn page(&self) -> String {
        let mut names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        if let Some(last) = names.last_mut() {
            *last = last.strip_suffix(".html").unwrap_or(last);
            if *last == "index" {
                names.pop();
            }
        }
        format!("/{}", names.join("/"))
    }

    /// The ending of the last name, in lower case; none if there is none.
    pub fn ending(&self) -> Option<String> {
        let (stem, ending) = self.names.last()?.rsplit_once('.')?;
        (!stem.is_empty()).then(|| ending.to_ascii_lowercase())
    }

    /// The path of a URL that is this one with a slash behind it.
    pub fn with_slash(&self) -> String {
        let mut url = String::from("/");
        for name in &self.names {
            for byte in name.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    url.push(char::from(byte));
                } else {
                    let _ = write!(url, "%{byte:02X}");
                }
            }
            url.push('/');
        }
        url
    }
}

/// Decodes one name, once.
fn decode(raw: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(Refusal::Bad("a % stands before no number")) };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(bytes).map_err(|_| Refusal::Bad("it is not UTF-8"))
}

fn check(name: &str) -> Result<(), Refusal> {
    if let Some(why) = name::not_in_url(name) {
        return Err(Refusal::Bad(why));
    }
    // Windows drops dots and spaces at the end, and takes a colon for a stream of the file.
    let is_special = cfg!(windows) && (name::is_reserved(name) || name.ends_with(['.', ' ']) || name.contains(':'));
    if name.is_empty() || is_special { Err(Refusal::Hidden) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<SitePath, Refusal> {
        SitePath::parse(raw)
    }

    #[test]
    fn ordinary_paths_are_names_decoded_once() {
        let of = |raw| {
            let path = parse(raw).unwrap();
            (path.relative(), path.page(), path.is_folder())
        };
        assert_eq!(of("/"), (String::new(), "/".to_owned(), true));
        assert_eq!(of("/index.html"), ("index.html".to_owned(), "/".to_owned(), false));
        assert_eq!(of("/about"), ("about".to_owned(), "/about".to_owned(), false));
        assert_eq!(of("/about.html"), ("about.html".to_owned(), "/about".to_owned(), false));
        assert_eq!(of("/blog/"), ("blog".to_owned(), "/blog".to_owned(), true));
        assert_eq!(of("/blog/index"), ("blog/index".to_owned(), "/blog".to_owned(), false));
        assert_eq!(of("/uploads/na%C3%AFve%20caf%c3%a9.jpg").0, "uploads/naïve café.jpg");
        assert_eq!(of("/.well-known/security.txt").0, ".well-known/security.txt");
        assert_eq!(of("/a..b/c...d/100%25").0, "a..b/c...d/100%");
    }

    #[test]
    fn whatever_leads_upwards_in_any_encoding_is_refused() {
        for dots in [
            "..",
            ".%2e",
            "%2e.",
            "%2e%2e",
            "%2E%2E",
            "%252e%252e",
            "%c0%ae%c0%ae",
            "%e0%80%ae%e0%80%ae",
            "..%00",
            "%ef%bc%8e%ef%bc%8e",
            "%u002e%u002e",
            "..%20",
            "..%5c..",
            "%2e%2e%2f..",
            "..%252f..",
            "%e2%80%a5",
        ] {
            for raw in [format!("/{dots}/{dots}/etc/passwd"), format!("/assets/{dots}/{dots}/{dots}/etc/passwd"), format!("/{dots}")] {
                assert!(matches!(parse(&raw), Err(Refusal::Bad(_))), "{raw}: {:?}", parse(&raw));
            }
        }
    }

    #[test]
    fn hidden_files_are_not_there_and_odd_names_are() {
        for raw in [
            "/.git/config",
            "/.env",
            "/a/.htaccess",
            "/.well-known/.git/config",
            "/node_modules/x.js",
            "/a (Ann's conflicted copy 2024-05-01).html",
            "//etc/passwd",
            "/a//b",
            "///",
        ] {
            assert_eq!(parse(raw), Err(Refusal::Hidden), "{raw}");
        }
        // What a build has is served; Windows cannot have files of these names, and takes them for others.
        for raw in ["/con", "/aux.html", "/LPT1", "/com9.txt", "/nul%20.css", "/a.", "/a%20", "/a:b", "/file.txt::$DATA", "/c:/x"] {
            assert_eq!(parse(raw).is_ok(), cfg!(not(windows)), "{raw}");
        }
        for (raw, relative) in [
            ("/.htaccess", ".htaccess"),
            ("/.nojekyll", ".nojekyll"),
            ("/_headers", "_headers"),
            ("/.well-known/acme/x", ".well-known/acme/x"),
            ("/a%252Fb.html", "a%2Fb.html"),
            ("/a%23b%3Fc%25.html", "a#b?c%.html"),
        ] {
            assert_eq!(parse(raw).map(|path| path.relative()), Ok(relative.to_owned()), "{raw}");
        }
        for raw in ["/console", "/auxiliary.css", "/com10", "/lpt", "/commerce.html"] {
            assert!(parse(raw).is_ok(), "{raw}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        let long = format!("/{}", "a".repeat(LONGEST));
        for raw in ["", "about", "*", "/%", "/%4", "/%zz", "/a%00.html", "/a%0d%0ab", "/a%2fb", "/a%5Cb", "/a\\b", "/%ff", long.as_str()] {
            assert!(matches!(parse(raw), Err(Refusal::Bad(_))), "{raw}");
        }
    }

    #[test]
    fn a_path_with_a_slash_added_is_encoded_again() {
        assert_eq!(parse("/na%C3%AFve/a%20b").unwrap().with_slash(), "/na%C3%AFve/a%20b/");
    }
}
