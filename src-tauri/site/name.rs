//! Names of files that every system takes, and what a person may be shown of a name that came from outside.

/// The longest stem of a name: with a suffix and an ending it stays far below the 255 bytes that file systems take.
const LONGEST: usize = 100;
/// The longest name that is shown.
const SHOWN: usize = 255;

/// Whether Windows reserves this name, in lower case and without an ending, for a device.
pub fn is_device(name: &str) -> bool {
    let is_port = |prefix: &str| name.strip_prefix(prefix).is_some_and(|port| matches!(port.as_bytes(), [b'1'..=b'9']));
    matches!(name, "con" | "prn" | "aux" | "nul") || is_port("com") || is_port("lpt")
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
    fn what_is_shown_turns_no_direction_and_has_no_folder() {
        assert_eq!(shown("../a/photo\u{202e}gpj.exe"), "photogpj.exe");
        assert_eq!(shown("C:\\x\\Ünï \u{7}cödé ✓.png"), "Ünï cödé ✓.png");
        assert_eq!(shown("\u{202e}"), "file");
        assert_eq!(shown(&"x".repeat(1_000)).len(), SHOWN);
    }
}
