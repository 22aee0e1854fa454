//! Which texts of a site use some files, found by the names of the files: what names a file may use it, wherever its folder is
//! put before the name. In doubt a file is used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::percent_decode_str;
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::mentions::UPLOADS;
use super::{entities, texts};

/// How often a text may be encoded: HTML in a script in HTML.
const LEVELS: usize = 3;
/// The most that is looked at before or after a place in a text, in bytes: longer than any path.
const WINDOW: usize = 1024;
/// The longest character reference, in bytes.
const LONGEST_REFERENCE: usize = 40;
/// Endings of texts that are about files, not made of them: the name of a folder in them says nothing.
const PROSE: &[&str] = &["md", "markdown", "txt", "rst", "css"];

/// A text that uses a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileUse {
    /// Where the text is, from the site's root.
    pub file: String,
    /// Whether it has the file's path, and not only its name or its folder.
    pub is_certain: bool,
}

/// What the texts of a site use.
#[derive(Debug, Default)]
pub struct FileUses {
    /// By the path of the file used, then by the text; and whether that is certain.
    by_path: BTreeMap<String, BTreeMap<String, bool>>,
    /// Starts of paths that texts complete with a value, as [`comparable`], each with the text.
    prefixes: BTreeSet<(String, String)>,
    unread: Vec<String>,
}

impl FileUses {
    /// The texts that use a file, by its path, other than itself.
    pub fn of(&self, path: &str) -> Vec<FileUse> {
        let path = path.trim_start_matches('/');
        let mut found: BTreeMap<&str, bool> = BTreeMap::new();
        let comparable = comparable(path);
        for (prefix, file) in &self.prefixes {
            if comparable.starts_with(prefix.as_str()) && file != path {
                found.insert(file, false);
            }
        }
        for (file, is_certain) in self.by_path.get(path).into_iter().flatten() {
            found.insert(file, *is_certain);
        }
        found.into_iter().map(|(file, is_certain)| FileUse { file: file.to_owned(), is_certain }).collect()
    }

    /// What could not be searched, and why; a file may be used there.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }
}

/// Searches all texts of a site for files at these paths.
pub fn search<'a>(site: &Path, paths: impl Iterator<Item = &'a str>) -> FileUses {
    let Some(search) = Search::new(paths) else { return FileUses::default() };
    let mut uses = FileUses::default();
    uses.unread = texts::each(site, &mut |text| search.each(&text, &mut uses));
    uses
}

/// Whether a text at this path may use one of these files. Where it names one of the `others`, it does not mean a file whose name is a
/// part of that.
pub fn uses_any<'a>(file: &str, text: &str, paths: impl Iterator<Item = &'a str> + Clone, others: impl Iterator<Item = &'a str>) -> bool {
    let mut uses = FileUses::default();
    if let Some(search) = Search::new(paths.clone().chain(others)) {
        search.each(&texts::Text { path: file.to_owned(), text: text.to_owned() }, &mut uses);
    }
    paths.into_iter().any(|path| !uses.of(path).is_empty())
}

/// The files that are searched for.
struct Search<'a> {
    names: AhoCorasick,
    /// The folders and the paths of the files that have each name.
    files: Vec<Vec<(String, &'a str)>>,
    /// The paths as [`comparable`], sorted.
    paths: Vec<String>,
}

impl<'a> Search<'a> {
    fn new(paths: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut by_name: BTreeMap<String, Vec<(String, &'a str)>> = BTreeMap::new();
        let mut sorted = Vec::new();
        for path in paths.map(|path| path.trim_start_matches('/')) {
            let composed: String = path.nfc().collect();
            let (folder, name) = composed.rsplit_once('/').unwrap_or(("", &composed));
            if !name.is_empty() {
                by_name.entry(name.to_ascii_lowercase()).or_default().push((folder.to_owned(), path));
                sorted.push(comparable(path));
            }
        }
        if by_name.is_empty() {
            return None;
        }
        let (names, files): (Vec<String>, Vec<_>) = by_name.into_iter().unzip();
        let names = AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(names).ok()?;
        sorted.sort_unstable();
        Some(Self { names, files, paths: sorted })
    }

    /// Whether one of the files has a path that starts so.
    fn has_prefix(&self, prefix: &str) -> bool {
        let at = self.paths.partition_point(|path| path.as_str() < prefix);
        self.paths.get(at).is_some_and(|path| path.starts_with(prefix))
    }

    fn each(&self, text: &texts::Text, uses: &mut FileUses) {
        let mut level = composed(&text.text);
        let is_code = !text.path.rsplit_once('.').is_some_and(|(_, ending)| PROSE.contains(&ending.to_ascii_lowercase().as_str()));
        for number in 1..=LEVELS {
            self.in_text(&level, &text.path, number == LEVELS, uses);
            for prefix in open_prefixes(&level, is_code).map(comparable).filter(|prefix| self.has_prefix(prefix)) {
                uses.prefixes.insert((prefix, text.path.clone()));
            }
            match decoded(&level) {
                Some(next) => level = next,
                None => break,
            }
        }
    }

    /// What `text` names, which is all or a part of a file, decoded so often; what is to be decoded further is left to that.
    fn in_text(&self, text: &str, file: &str, is_last: bool, uses: &mut FileUses) {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        for one in self.names.find_overlapping_iter(text) {
            let (before, after) = (&text[..one.start()], &text[one.end()..]);
            let mut next = after.chars();
            // `a.jpg.bak` is another file, `a.jpg.` the end of a sentence.
            let goes_on = next.next().is_some_and(|c| is_part(c) || (c == '.' && next.next().is_some_and(is_part)));
            if !goes_on && !before.ends_with(is_part) && (is_last || !ends_with_escape(before)) {
                found.push((one.range(), one.pattern().as_usize()));
            }
        }
        // The longest ones: `my photo.jpg` does not use `photo.jpg`.
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        found.retain(|(range, _)| {
            let is_inner = range.end <= end;
            end = end.max(range.end);
            !is_inner
        });
        for (range, name) in found {
            for (folder, path) in self.files.get(name).into_iter().flatten().filter(|(_, path)| *path != file) {
                if let Some(is_certain) = is_in_folder(&text[..range.start], folder) {
                    let is_same_case = path.ends_with(&text[range.clone()]);
                    let known = uses.by_path.entry((*path).to_owned()).or_default().entry(file.to_owned()).or_default();
                    *known |= is_certain && is_same_case;
                }
            }
        }
    }
}

/// Whether what stands before a name may be the folder: certainly, or perhaps; none if it is another one.
fn is_in_folder(before: &str, folder: &str) -> Option<bool> {
    if before.strip_suffix('/').and_then(|parent| parent.strip_suffix(folder)).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)) {
        return Some(true);
    }
    if !before.ends_with('/') {
        return Some(false);
    }
    let before = texts::last(before, WINDOW);
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || "/-._~@+%".contains(c)))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let mut written: Vec<&str> = Vec::new();
    for part in before[start..].split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            written.pop();
        } else {
            written.push(part);
        }
    }
    let folder: Vec<&str> = folder.split('/').collect();
    (folder.ends_with(&written) || written.ends_with(&folder)).then_some(false)
}

/// Whether the last character belongs to what stands before it, by a backslash or a character reference: `my\ `, `my&#32;`. What
/// separates names does so however it is written.
fn ends_with_escape(text: &str) -> bool {
    let separates = |c: char| matches!(c, '/' | '\\' | '"' | '\'' | '<' | '>');
    let text = texts::last(text, LONGEST_REFERENCE);
    let mut last = text.chars().rev();
    match (last.next(), last.next()) {
        (Some(c), Some('\\')) => !separates(c),
        (Some(';'), _) => text
            .rfind('&')
            .and_then(|at| entities::reference(&text[at..], true).filter(|(_, length)| at + length == text.len()))
            .is_some_and(|(c, _)| !c.chars().any(separates)),
        _ => false,
    }
}

/// Starts of paths of media that a text completes with a value: `'/uploads/' + name`, `/uploads/images/slide-{{ n }}.jpg`.
fn open_prefixes(text: &str, is_code: bool) -> impl Iterator<Item = &str> {
    text.match_indices(UPLOADS).filter_map(move |(at, _)| {
        let before = &text[..at];
        let rest = texts::first(&text[at..], WINDOW);
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "/-._~ (),+@!&=".contains(c)))?;
        let (prefix, after) = rest.split_at(end);
        let below = &prefix[UPLOADS.len()..];
        let is_ours = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
            && (below.starts_with('/') || (below.is_empty() && before.ends_with(['/', '"', '\'', '`'])));
        let goes_on = is_output(after)
            || is_code && if prefix.ends_with('/') { continues_folder(after) } else { continues_name(after, !below.is_empty()) };
        (is_ours && goes_on).then_some(prefix)
    })
}

/// Whether a text starts with a value that is put in its place, in a template or a string.
fn is_output(text: &str) -> bool {
    ["{{", "{%", "${", "#{", "<%", "<?"].iter().any(|start| text.starts_with(start))
}

/// Whether what follows on a folder's path may give the names in it.
fn continues_folder(after: &str) -> bool {
    after.starts_with(['"', '\'', '`', '{', '$', '<', '#', ':', '*']) || is_format(after)
}

/// Whether what follows on a part of a name may complete it. A list of names is written with commas too: `["uploads", "pages"]`.
fn continues_name(after: &str, is_in_list: bool) -> bool {
    let mut chars = after.chars();
    match chars.next() {
        Some('{' | '$' | '*') => true,
        Some(':') => chars.next().is_some_and(char::is_alphabetic),
        Some('"' | '\'' | '`') => {
            let operator = chars.as_str().trim_start();
            operator.starts_with(['+', '|', '~', '.']) || (is_in_list && operator.starts_with(','))
        }
        _ => is_format(after),
    }
}

/// Whether a text starts with what `printf` replaces, `%s` or `%02d`, and not with a byte of a URL: `%20`.
fn is_format(text: &str) -> bool {
    text.starts_with('%') && (!is_hex(text, 1, 2) || (text.starts_with("%0") && text[3..].starts_with('d')))
}

/// A path as it is compared with another in doubt.
fn comparable(path: &str) -> String {
    composed(path).to_ascii_lowercase()
}

fn composed(text: &str) -> String {
    if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }
}

/// A text with everything decoded once that may stand for a character; none if there is nothing of the kind.
fn decoded(text: &str) -> Option<String> {
    if !text.contains(['%', '&', '\\']) {
        return None;
    }
    let mut made: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['%', '&', '\\']) {
        made.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let (stands_for, length) = match rest.as_bytes()[0] {
            b'%' => (percent_decode_str(rest.get(..3).unwrap_or("%")).collect(), if is_hex(rest, 1, 2) { 3 } else { 1 }),
            b'&' => entities::reference(rest, true).map_or_else(|| (b"&".to_vec(), 1), |(text, length)| (text.into_bytes(), length)),
            _ => {
                let (text, length) = escaped(rest);
                (text.into_bytes(), length)
            }
        };
        if length == 1 {
            made.push(rest.as_bytes()[0]);
        } else {
            made.extend(stands_for);
        }
        rest = &rest[length..];
    }
    made.extend_from_slice(rest.as_bytes());
    let made = String::from_utf8_lossy(&made);
    (made != text).then(|| composed(&made))
}

fn is_hex(text: &str, from: usize, count: usize) -> bool {
    text.as_bytes().get(from..from + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// What a backslash at the start of `rest` and what follows on it stand for, in a script or a style sheet, and its length.
fn escaped(rest: &str) -> (String, usize) {
    let number = |from: usize, count: usize| u32::from_str_radix(rest.get(from..from + count).unwrap_or_default(), 16).ok();
    let Some(next) = rest[1..].chars().next() else { return ("\\".to_owned(), 1) };
    if next == 'u' && is_hex(rest, 2, 4) {
        let units = [number(2, 4), number(8, 4).filter(|_| rest.get(6..8) == Some("\\u"))];
        let units: Vec<u16> = units.into_iter().flatten().filter_map(|unit| u16::try_from(unit).ok()).collect();
        return match char::decode_utf16(units).next() {
            Some(Ok(c)) => (c.to_string(), 6 * c.len_utf16()),
            _ => ("\u{fffd}".to_owned(), 6),
        };
    }
    if next == 'x' && is_hex(rest, 2, 2) {
        return (number(2, 2).and_then(char::from_u32).unwrap_or('\u{fffd}').to_string(), 4);
    }
    let digits = rest[1..].bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
    if let Some(c) = number(1, digits).and_then(char::from_u32).filter(|c| digits > 1 && !c.is_control()) {
        return (c.to_string(), 1 + digits + usize::from(rest[1 + digits..].starts_with(' ')));
    }
    let stands_for = if matches!(next, 'n' | 'r' | 't') { ' ' } else { next };
    (stands_for.to_string(), 1 + next.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(text: &str, paths: &[&str]) -> Vec<(String, bool)> {
        let search = Search::new(paths.iter().copied()).unwrap();
        let mut uses = FileUses::default();
        search.each(&texts::Text { path: "x.js".to_owned(), text: text.to_owned() }, &mut uses);
        paths.iter().flat_map(|path| uses.of(path).into_iter().map(|one| ((*path).to_owned(), one.is_certain))).collect()
    }

    #[test]
    fn what_names_a_file_may_use_it() {
        let photo = "uploads/images/my photo.jpg";
        for (text, is_certain) in [
            ("/uploads/images/my photo.jpg", true),
            ("url(uploads/images/my%20photo.jpg)", true),
            ("uploads\\/images\\/my photo.jpg", true),
            ("f(&quot;uploads/images/my&#32;photo.jpg&quot;)", true),
            ("&amp;quot;uploads/images/my%2520photo.jpg&amp;quot;", true),
            ("'my photo.jpg'", false),
            ("images/My Photo.JPG", false),
            ("../images/my photo.jpg", false),
            ("{{ root }}/my photo.jpg", false),
            ("'/uploads/' + x", false),
            ("`/uploads/images/${x}`", false),
            ("/uploads/{{ x }}", false),
            ("/pics/* /uploads/images/:splat", false),
            ("'/uploads/images/*.jpg'", false),
            ("/uploads/images/my ph{{ x }}.jpg", false),
            ("\\/uploads\\/images\\/my%20ph${x}.jpg", false),
            ("'/uploads/images/my ' + n + '.jpg'", false),
            ("'uploads/images/my ph' ~ n", false),
            ("\"uploads/images/my ph\".$n", false),
            ("{{ '/uploads/images/my p' | append: n }}", false),
            ("join('uploads/images', n)", false),
            ("'/uploads' + n", false),
            ("onclick=\"f(&quot;/uploads/images/my&quot; + n)\"", false),
            ("\"uploads/images/my#{x}.jpg\"", false),
            ("/uploads/images/my<%= x %>.jpg", false),
            ("/uploads/images/my<?= $x ?>.jpg", false),
            ("'uploads/images/my%s' % x", false),
            ("uploads/images/M%02d.jpg", false),
        ] {
            assert_eq!(uses(text, &[photo]), [(photo.to_owned(), is_certain)], "{text}");
        }
        for text in [
            "url(my\\ photo.jpg.bak)",
            "photo.jpg",
            "not-my photo.jpg",
            "my photo.jpg.bak",
            "uploads/files/my photo.jpg",
            "/uploads/files/{{ x }}",
            "/uploads/images/ is",
            "/uploads/images/slide-{{ x }}.jpg",
            "'/uploads/images/slide-' + n + '.jpg'",
            "/uploads/images/m%20x",
            "[\"uploads\", \"pages\"]",
            "'Your uploads' + n",
            "\"/uploads/images/m\"",
            "",
        ] {
            assert_eq!(uses(text, &[photo]), [], "{text}");
        }
        let both = [photo, "uploads/images/photo.jpg"];
        for text in ["/uploads/images/my photo.jpg", "/uploads/images/my\\ photo.jpg", "/uploads/images/my&#32;photo.jpg"] {
            assert_eq!(uses(text, &both), [(photo.to_owned(), true)], "the longer name: {text}");
        }
        let encoded = "uploads/images/a%20b.jpg";
        for text in ["\"uploads\\/images\\/a%20b.jpg\"", "\\\"a%20b.jpg\\\"", "&quot;a%20b.jpg&quot;"] {
            assert_eq!(uses(text, &[encoded]).len(), 1, "{text}");
        }
    }

    #[test]
    fn names_are_compared_as_people_read_them() {
        for name in ["Gr\u{fc}\u{df}e.jpg", "Gru\u{308}\u{df}e.jpg", "a\u{1f600}b.jpg"] {
            let path = format!("uploads/{name}");
            for text in [
                &path,
                "uploads/Gr\u{fc}\u{df}e.jpg uploads/a\u{1f600}b.jpg",
                "\"uploads/Gru\\u0308\\u00dfe.jpg\" 'uploads/a\\ud83d\\ude00b.jpg'",
            ] {
                assert_eq!(uses(text, &[&path]).len(), 1, "{name} in {text}");
            }
        }
    }

    #[test]
    fn prose_uses_what_a_template_completes() {
        let used = |file: &str, text: &str| uses_any(file, text, std::iter::once("uploads/images/slide-1.jpg"), std::iter::empty());
        assert!(used("index.md", "![x](/uploads/images/slide-{{ n }}.jpg)"));
        assert!(!used("README.md", "Put them in `/uploads/images/`, as '/uploads/images/slide-' + 1."));
    }

    #[test]
    fn long_texts_are_searched_in_bounded_steps() {
        // Looking back to the start for each name would not come to an end.
        let folders = format!("x{}", "/a.jpg".repeat(40_000));
        assert_eq!(uses(&folders, &["uploads/a.jpg"]), []);
        let escapes = format!("&{}", ";a.jpg".repeat(40_000));
        assert_eq!(uses(&escapes, &["uploads/a.jpg"]).len(), 1);
        let unfinished = "uploads/ ".repeat(40_000);
        assert_eq!(uses(&unfinished, &["uploads/a.jpg"]), []);
    }
}
