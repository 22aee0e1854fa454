//! Names of files that every system takes, and what a person may be shown of a name that came from outside.

/// The longest stem of a name: with a suffix and an ending it stays far below the 255 bytes that file systems take.
const LONGEST: usize = 100;
/// The longest name that is shown.
const SHOWN: usize = 255;
/// The longest name of a file that every system takes, in bytes.
const LONGEST_ANYWHERE: usize = 255;

/// Whether Windows reserves this name, in lower case and without an ending, for a device.
pub fn is_device(name: &str) -> bool {
    let is_port = |prefix: &str| name.strip_prefix(prefix).is_some_and(|port| matches!(port.as_bytes(), [b'1'..=b'9']));
    matches!(name, "con" | "prn" | "aux" | "nul") || is_port("com") || is_port("lpt")
}

/// Why no URL leads to a file of this name, as the end of a sentence; none if one does.
///
/// A preview refuses such a name before any file is looked for, and a build leaves it out.
pub fn not_in_url(name: &str) -> Option<&'static str> {
    if name.contains(['/', '\\']) {
        return Some("a name in it has a slash");
    }
    if name.chars().any(char::is_control) {
        return Some("it has a control character");
    }
    if leads_upwards(name) {
        return Some("it leads upwards");
    }
    // Somebody may decode it again; then it must not lead anywhere else.
    let mut again = name.to_owned();
    while let Some(decoded) = decoded_again(&again) {
        if decoded.contains('\0') || decoded.split(['/', '\\']).any(|part| part.is_empty() || leads_upwards(part)) {
            return Some("it is encoded twice");
        }
        again = decoded;
    }
    None
}

/// Dots of other scripts become plain ones where names are folded.
fn leads_upwards(name: &str) -> bool {
    let is_dots = |c: char| matches!(c, '.' | ' ' | '\u{2024}' | '\u{2025}' | '\u{2026}' | '\u{fe52}' | '\u{ff0e}');
    !name.is_empty() && name.chars().all(is_dots)
}

/// A name with what is encoded in it decoded; none if nothing is.
fn decoded_again(name: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    (decoded != name).then(|| decoded.into_owned())
}

/// Why another system cannot have a file or folder of this name, as the end of a sentence; none if every system can.
pub fn not_portable(name: &str) -> Option<String> {
    const REFUSED: [char; 8] = ['<', '>', ':', '"', '|', '?', '*', '\\'];
    if let Some(refused) = name.chars().find(|c| REFUSED.contains(c)) {
        return Some(format!("Windows does not allow {refused} in names"));
    }
    if name.chars().any(char::is_control) {
        return Some("it has a control character".to_owned());
    }
    if name.ends_with(['.', ' ']) {
        return Some("Windows drops a dot or space at the end of a name".to_owned());
    }
    if is_reserved(name) {
        return Some("Windows reserves it for a device".to_owned());
    }
    let is_long = name.len() > LONGEST_ANYWHERE || name.encode_utf16().count() > LONGEST_ANYWHERE;
    is_long.then(|| format!("it is longer than {LONGEST_ANYWHERE} bytes"))
}

/// Whether Windows takes this name, with any extension and in any case, for a device.
pub fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let is_port = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|port| matches!(port.chars().collect::<Vec<_>>()[..], ['0'..='9' | '¹' | '²' | '³']))
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || is_port("com") || is_port("lpt")
}

/// The stem of a name as lower-case letters, digits and inner hyphens; never empty, and no name of a device.
pub fn stem(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut stem = slug::slugify(stem);
    stem.truncate(LONGEST);
    match stem.trim_end_matches('-') {
        "" => "file".to_owned(),
        device if is_device(device) => format!("{device}-file"),
        stem => stem.to_owned(),
    }
}

/// A name as it may be shown: no folder, no control characters, none that turn the direction of what follows.
pub fn shown(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let shown: String = file.chars().filter(|c| !c.is_control() && !turns(*c)).take(SHOWN).collect();
    let shown = shown.trim();
    if shown.is_empty() { "file".to_owned() } else { shown.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_plain_and_short_whatever_the_name_was() {
        let cases = [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\Evil.exe.PNG", "evil-exe"),
            (".htaccess", "file"),
            ("...", "file"),
            ("CON.jpg", "con-file"),
            ("Café  (1).JPG", "cafe-1"),
            ("gpj.\u{202e}exe", "gpj"),
            ("\u{7}\u{0}", "file"),
        ];
        for (name, expected) in cases {
            assert_eq!(stem(name), expected, "{name:?}");
        }
        let long = stem(&format!("{}.jpg", "日本 ".repeat(300)));
        assert!(long.len() <= LONGEST && !long.ends_with('-'), "{long}");
    }

    #[test]
    fn names_that_another_system_cannot_have_are_known() {
        let long = "a".repeat(256);
        for name in [
            "a:b.html",
            "a?.html",
            "a*",
            "<a>",
            "a|b",
            "\"a\"",
            "a\\b",
            "a.",
            "a ",
            "con",
            "Con.html",
            "aux.tar.gz",
            "LPT1.css",
            "com0",
            "a\u{7}",
            &long,
        ] {
            assert!(not_portable(name).is_some(), "{name}");
        }
        for name in ["a b.html", "a#b", "100%.html", ".htaccess", "console.js", "com10", "é.html", "a'b", "a..b", "_headers"] {
            assert_eq!(not_portable(name), None, "{name}");
        }
    }

    #[test]
    fn a_url_leads_to_every_name_but_those_that_lead_elsewhere() {
        for name in [
            "..",
            ".",
            "...",
            ". .",
            "\u{2025}",
            "a/b",
            "a\\b",
            "a\nb",
            "%2e%2e",
            "%252e%252e",
            "..%2f..",
            "%2e",
            "a%2f..",
            "%00",
            "a%5c%2e%2e",
        ] {
            assert!(not_in_url(name).is_some(), "{name}");
        }
        for name in ["a:b.html", "a?b", "a#b", "100%.html", "100%25.html", "a%2Fb.html", "a%2eb", "con.html", "a.", "a ", "é", ".htaccess"]
        {
            assert_eq!(not_in_url(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_shown_turns_no_direction_and_has_no_folder() {
        assert_eq!(shown("../a/photo\u{202e}gpj.exe"), "photogpj.exe");
        assert_eq!(shown("C:\\x\\Ünï \u{7}cödé ✓.png"), "Ünï cödé ✓.png");
        assert_eq!(shown("\u{202e}"), "file");
        assert_eq!(shown(&"x".repeat(1_000)).len(), SHOWN);
    }
}
