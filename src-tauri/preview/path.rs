//! The path of a request: decoded once, and whatever could lead out of the site, or to what it hides, refused.
//!
//! Refused by its form, before any file is looked for: the file system is asked only for names that mean the same on every
//! system. What is left may still be a link; [`super::site`] sees to that.

use std::fmt::Write as _;

/// The longest path that is looked at, in bytes as they came.
const LONGEST: usize = 2048;
/// Names that mean a device on Windows, with any ending.
const DEVICES: &[&str] = &["aux", "con", "conin$", "conout$", "nul", "prn"];
/// The one hidden folder that is part of a site.
const WELL_KNOWN: &str = ".well-known";

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
        match names.iter().find_map(|name| check(name).err()) {
            Some(refusal) => Err(refusal),
            None => Ok(Self { names, is_folder }),
        }
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
    if name.contains(['/', '\\']) {
        return Err(Refusal::Bad("a name in it has a slash"));
    }
    if name.chars().any(char::is_control) {
        return Err(Refusal::Bad("it has a control character"));
    }
    // What is still encoded was encoded twice; no file of a site is named like that, and somebody may decode again.
    let lower = name.to_ascii_lowercase();
    if ["%2e", "%2f", "%5c", "%00"].iter().any(|encoded| lower.contains(encoded)) {
        return Err(Refusal::Bad("it is encoded twice"));
    }
    // Dots of other scripts become plain ones where names are folded.
    let is_dots = |c: char| matches!(c, '.' | ' ' | '\u{2024}' | '\u{2025}' | '\u{2026}' | '\u{fe52}' | '\u{ff0e}');
    if !name.is_empty() && name.chars().all(is_dots) {
        return Err(Refusal::Bad("it leads upwards"));
    }
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let is_numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|rest| matches!(rest.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && rest.chars().count() == 1)
    };
    let is_device = DEVICES.contains(&stem) || is_numbered("com") || is_numbered("lpt");
    // Windows drops dots and spaces at the end, and takes a colon for a stream of the file.
    if name.is_empty() || is_device || name.ends_with(['.', ' ']) || name.contains(':') || (name.starts_with('.') && name != WELL_KNOWN) {
        return Err(Refusal::Hidden);
    }
    Ok(())
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
    fn hidden_files_devices_and_odd_names_are_not_there() {
        for raw in [
            "/.git/config",
            "/.env",
            "/a/.htaccess",
            "//etc/passwd",
            "/a//b",
            "///",
            "/con",
            "/aux.html",
            "/LPT1",
            "/com9.txt",
            "/nul ",
            "/nul%20.css",
            "/a.",
            "/a%20",
            "/a:b",
            "/file.txt::$DATA",
            "/c:/x",
        ] {
            // A raw space cannot be in a URL, but it would not get further than an encoded one.
            assert_eq!(parse(raw), Err(Refusal::Hidden), "{raw}");
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
