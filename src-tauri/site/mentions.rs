//! Paths of files that a text mentions, in every form in which a text writes them: as they are, percent-encoded, with character
//! references, with backslashes.
//!
//! A name may have any character, and a text does not say where it ends. So one mention has several readings, of which those are
//! right whose files are there: callers compare them with the paths that they know. In doubt there is one reading more, not less.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{entities, texts};

/// The folder of the media.
pub const UPLOADS: &str = "uploads";
/// The longest that a path is looked for, in bytes: a name has 255 at the most, and three times as many when encoded.
const LONGEST: usize = 1024;
/// How many readings of one mention are looked at, not counting the one of all of the text, so that a long list makes few of them.
const MOST_ENDS: usize = 16;
/// The longest ending of a name.
const LONGEST_ENDING: usize = 10;

/// What never stands in a path of a URL as it is; also what would end one in a style sheet or a list.
const OUTSIDE_PATHS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'!').remove(b'*').remove(b'+').remove(b'@');

/// What a path is written in, beside being percent-encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    /// `&amp;`
    Html,
    /// `\ `, `\26 `
    Css,
    /// `\/`, `\u0026`
    Script,
}

/// How a path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    escape: Escape,
    is_percent_encoded: bool,
    /// The text is the path and nothing else, so that any character may stand in it.
    is_whole: bool,
}

/// One reading of a mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Where it stands in the text, from the folder's name on.
    pub range: Range<usize>,
    /// From the site's root, without a slash before it.
    pub path: String,
    /// How it is written.
    pub form: Form,
}

/// Every reading of every mention of a file below one of these folders of the site, by where it starts, the longest first. Made as they
/// are asked for: a long text has many.
pub fn readings<'a>(text: &'a str, folders: &'a [&'a str]) -> impl Iterator<Item = Reading> + 'a {
    let mut starts: Vec<usize> = folders.iter().flat_map(|folder| text.match_indices(folder).map(|(at, _)| at)).collect();
    starts.sort_unstable();
    starts.retain(|at| is_start(text, *at) && folders.iter().any(|folder| is_folder(&text[*at..], folder)));
    let nexts: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(nexts).flat_map(move |(start, next)| readings_at(text, folders, start, next))
}

/// The readings of the mention that starts at `start`; the next one starts at `next`.
fn readings_at(text: &str, folders: &[&str], start: usize, next: usize) -> Vec<Reading> {
    let mut found: Vec<Reading> = Vec::new();
    for end in ends(text, start, next).into_iter().rev() {
        let is_whole = end == text.len() && is_prefix(&text[..start]);
        for (path, escape, is_percent_encoded) in decoded(&text[start..end]) {
            let is_inside =
                folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')));
            if is_inside && !found.iter().any(|known| known.path == path) {
                let form = Form { escape, is_percent_encoded, is_whole };
                found.push(Reading { range: start..end, path, form });
            }
        }
    }
    found
}

/// The paths of media that a text may mention.
pub fn media(text: &str) -> impl Iterator<Item = String> {
    readings(text, &[UPLOADS]).map(|reading| reading.path)
}

impl Reading {
    /// Another path as it is written in the place of this one, which stands in `text`.
    pub fn written(&self, text: &str, path: &str) -> String {
        let Form { escape, is_percent_encoded, is_whole } = self.form;
        // What would end the path in this text is encoded, as an address has it, also where the old one had nothing of the kind.
        let must_be_encoded = !is_whole && escape == Escape::None && !path.chars().all(|c| c.is_alphanumeric() || "/-._~".contains(c));
        let is_plain = text[self.range.clone()].chars().all(|c| c.is_alphanumeric() || "/-._~\\".contains(c));
        let path: Cow<'_, str> = if is_percent_encoded || (must_be_encoded && is_plain) {
            let encoded = utf8_percent_encode(path, OUTSIDE_PATHS).to_string();
            let separator = text[self.range.clone()].find('%').and_then(|at| text.get(self.range.start + at..self.range.start + at + 3));
            let is_inner = separator.is_some_and(|slash| slash.eq_ignore_ascii_case("%2f"));
            Cow::Owned(if is_inner { encoded.replace('/', separator.unwrap_or("/")) } else { encoded })
        } else {
            Cow::Borrowed(path)
        };
        match escape {
            Escape::None => path.into_owned(),
            Escape::Html => entities::escaped(&path).replace('\'', "&#39;"),
            Escape::Css => with_backslashes(&path, |c| !c.is_alphanumeric() && !"/-._%".contains(c)),
            Escape::Script => {
                let slash = if text[self.range.clone()].contains("\\/") { "\\/" } else { "/" };
                with_backslashes(&path, |c| matches!(c, '\\' | '"' | '\'' | '`')).replace('/', slash)
            }
        }
    }
}

/// A text with a backslash before some characters.
fn with_backslashes(text: &str, is_escaped: fn(char) -> bool) -> String {
    let mut made = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_escaped(c) {
            made.push('\\');
        }
        made.push(c);
    }
    made
}

/// Whether a name that starts here is all of a folder's name: `my-uploads/` is another one.
fn is_start(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let is_encoded_slash = |mark: &str| {
        before.len() >= mark.len() && before.is_char_boundary(before.len() - mark.len()) && {
            before[before.len() - mark.len()..].eq_ignore_ascii_case(mark)
        }
    };
    !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '~'))
        || ["%2f", "\\u002f", "\\x2f", "\\n", "\\t", "\\r"].iter().any(|mark| is_encoded_slash(mark))
}

/// Whether a text starts with a folder's name and what may be a slash.
fn is_folder(text: &str, folder: &str) -> bool {
    text.strip_prefix(folder).is_some_and(|rest| rest.starts_with(['/', '\\', '%', '&']))
}

/// Whether all that stands before a path belongs to it: `/`, `../`, `https://host/`.
fn is_prefix(before: &str) -> bool {
    before.ends_with('/') && before.len() <= LONGEST && !before.contains(|c: char| c.is_whitespace() || "\"'()<>,;{}".contains(c))
        || before.is_empty()
}

/// Where a path that starts at `start` may end, in order; the next one starts at `next`.
fn ends(text: &str, start: usize, next: usize) -> Vec<usize> {
    let mut ends = Vec::new();
    // All of the text, for a value that is a path and nothing else.
    if is_prefix(&text[..start]) && text.len() - start <= LONGEST {
        ends.push(start + text[start..].trim_end().len());
    }
    let mut limit = next.min(start.saturating_add(LONGEST)).min(text.len());
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let window = &text[start..limit];
    let window = &window[..window.find(['"', '<', '>', '\n', '\r', '\0']).unwrap_or(window.len())];
    let is_inner = |c: char| c.is_alphanumeric() || "/-._~%@+=".contains(c);
    let mut is_first = true;
    let most = ends.len() + MOST_ENDS;
    for (at, c) in window.char_indices().chain([(window.len(), ' ')]).filter(|(_, c)| !is_inner(*c)) {
        // A slash in another form, and the start of an escape.
        let is_slash = is_first && at < window.len() && matches!(c, '\\' | '&') && slash(&window[at..]);
        if is_slash {
            continue;
        }
        let end = window[..at].trim_end_matches('.').len();
        if is_first || has_ending(&window[..end]) {
            ends.push(start + end);
            if ends.len() == most {
                break;
            }
        }
        is_first = is_first && window[at..].starts_with(['\\', '&']) && slash(&window[at..]);
    }
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// Whether a text starts with a slash as scripts and HTML may write it.
fn slash(text: &str) -> bool {
    ["\\/", "&#x2f;", "&#47;", "&sol;", "\\u002f", "\\x2f"]
        .iter()
        .any(|form| text.get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form)))
}

/// Whether a path ends as the name of a file does: `.jpg`.
fn has_ending(path: &str) -> bool {
    let name = texts::last(path, LONGEST_ENDING + 1).rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    (1..=LONGEST_ENDING).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What a written path may say, with how it says so.
fn decoded(written: &str) -> Vec<(String, Escape, bool)> {
    let mut forms = vec![(Cow::Borrowed(written), Escape::None)];
    if written.contains('&') {
        forms.push((entities::attribute(written), Escape::Html));
    }
    if written.contains('\\') {
        let is_script = ["\\/", "\\u", "\\x"].iter().any(|escape| written.contains(escape));
        let kinds = if is_script { [Escape::Script, Escape::Css] } else { [Escape::Css, Escape::Script] };
        forms.extend(kinds.map(|kind| (Cow::Owned(without_backslashes(written, kind)), kind)));
    }
    let mut found = Vec::new();
    for (text, escape) in forms {
        if text.contains('%')
            && let Ok(path) = percent_decode_str(&text).decode_utf8()
            && path != text
        {
            found.push((path.into_owned(), escape, true));
        }
        found.push((text.into_owned(), escape, false));
    }
    found.retain(|(path, ..)| !path.contains(['\0', '\n']));
    found
}

/// A text of a style sheet or a script, with what its backslashes stand for.
fn without_backslashes(text: &str, escape: Escape) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        made.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(next) = rest.chars().next() else { break };
        let (prefix, most, is_exact) = match (escape, next) {
            (Escape::Script, 'u') => (1, 4, true),
            (Escape::Script, 'x') => (1, 2, true),
            (Escape::Script, _) => (0, 0, true),
            _ => (0, 6, false),
        };
        let digits = rest[prefix..].bytes().take(most).take_while(u8::is_ascii_hexdigit).count();
        let number =
            if digits == 0 || (is_exact && digits < most) { None } else { u32::from_str_radix(&rest[prefix..prefix + digits], 16).ok() };
        match number.and_then(char::from_u32) {
            Some(c) => {
                made.push(c);
                rest = &rest[prefix + digits..];
                if escape == Escape::Css {
                    rest = rest.strip_prefix(' ').unwrap_or(rest);
                }
            }
            None => {
                made.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    made + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn media(text: &str) -> BTreeSet<String> {
        super::media(text).collect()
    }

    #[test]
    fn a_path_is_found_wherever_it_stands_in_a_text_and_however_it_is_written() {
        for (text, path) in [
            ("/uploads/images/a.jpg", "uploads/images/a.jpg"),
            ("uploads/images/my photo, one & two's #1?.jpg", "uploads/images/my photo, one & two's #1?.jpg"),
            ("../uploads/a \"b\" <c>.jpg ", "uploads/a \"b\" <c>.jpg"),
            ("https://x.example/shop/uploads/a b.pdf", "uploads/a b.pdf"),
            ("/uploads/files/LICENSE", "uploads/files/LICENSE"),
            ("/uploads/a.jpg?v=1#x", "uploads/a.jpg"),
            ("<img src=\"/uploads/my%20photo.jpg?v=1\">", "uploads/my photo.jpg"),
            ("<img src='/uploads/it&#39;s &amp; more.jpg'>", "uploads/it's & more.jpg"),
            ("<img src='/uploads/a%2520b.jpg'>", "uploads/a%20b.jpg"),
            ("<img src='/uploads/100%.jpg'>", "uploads/100%.jpg"),
            ("<img src=/uploads/a&copy.jpg>", "uploads/a©.jpg"),
            ("<img src=/uploads/a&copy=1.jpg>", "uploads/a&copy=1.jpg"),
            ("<img srcset=\"/x.jpg 1x, /uploads/a, b.jpg 2x, /y.jpg 3x\">", "uploads/a, b.jpg"),
            ("<p style=\"background: url(&quot;/uploads/a b.png&quot;) no-repeat\">", "uploads/a b.png"),
            ("a{background:url(../uploads/my\\ photo\\,\\26 co.jpg) red}", "uploads/my photo,&co.jpg"),
            ("{\"u\":\"uploads\\/images\\/a b.jpg\"}", "uploads/images/a b.jpg"),
            ("f('\\u002Fuploads\\u002Fa\\u0026b.jpg')", "uploads/a&b.jpg"),
            ("/_next/image?url=%2Fuploads%2Fa%20b.jpg&w=64", "uploads/a b.jpg"),
            ("&#x2F;uploads&#x2F;a&sol;b.jpg", "uploads/a/b.jpg"),
            ("![x](/uploads/a (1).jpg) and more", "uploads/a (1).jpg"),
            ("See /uploads/files/a.pdf.", "uploads/files/a.pdf"),
            ("„/uploads/files/ä ö.pdf“", "uploads/files/ä ö.pdf"),
            ("x\\nuploads/a.jpg", "uploads/a.jpg"),
        ] {
            assert!(media(text).contains(path), "{text}: {:?}", media(text));
        }
        for text in ["my-uploads/a.jpg", "/myuploads/a.jpg", "uploads", "/uploads/", "uploaded/a.jpg", "uploads-a.jpg", ""] {
            assert_eq!(media(text), BTreeSet::new(), "{text}");
        }
        assert_eq!(media("not /uploads/images/a.jpg.bak</p>"), BTreeSet::from(["uploads/images/a.jpg.bak".to_owned()]));
    }

    #[test]
    fn another_path_is_written_as_the_old_one_was() {
        for (text, old, new, expected) in [
            ("/uploads/a b.jpg", "uploads/a b.jpg", "uploads/c.jpg", "/uploads/c.jpg"),
            ("uploads/a.jpg", "uploads/a.jpg", "uploads/b & c.jpg", "uploads/b & c.jpg"),
            ("<img src='/uploads/a.jpg'>", "uploads/a.jpg", "uploads/b & 'c'.jpg", "<img src='/uploads/b%20%26%20%27c%27.jpg'>"),
            ("<img src=\"/uploads/a%20b.jpg?x\">", "uploads/a b.jpg", "uploads/ä c.jpg", "<img src=\"/uploads/%C3%A4%20c.jpg?x\">"),
            ("<img src='/uploads/a&amp;b.jpg'>", "uploads/a&b.jpg", "uploads/c&'d.jpg", "<img src='/uploads/c&amp;&#39;d.jpg'>"),
            ("url=%2Fuploads%2Fa.jpg&w", "uploads/a.jpg", "uploads/b/c d.jpg", "url=%2Fuploads%2Fb%2Fc%20d.jpg&w"),
            ("[\"uploads\\/a b.jpg\"]", "uploads/a b.jpg", "uploads/b/c.jpg", "[\"uploads\\/b\\/c.jpg\"]"),
            ("f('uploads\\/a.jpg')", "uploads/a.jpg", "uploads/it's.jpg", "f('uploads\\/it\\'s.jpg')"),
            ("url(/uploads/a\\ b.jpg)", "uploads/a b.jpg", "uploads/c d.jpg", "url(/uploads/c\\ d.jpg)"),
        ] {
            let found: Vec<Reading> = readings(text, &[UPLOADS]).collect();
            let reading = found.iter().find(|reading| reading.path == old).unwrap_or_else(|| panic!("{text}: {found:?}"));
            let written = format!("{}{}{}", &text[..reading.range.start], reading.written(text, new), &text[reading.range.end..]);
            assert_eq!(written, expected);
        }
    }

    #[test]
    fn a_mention_has_few_readings_however_it_goes_on() {
        let mention = format!("uploads/{}", " .a".repeat(338));
        let text = mention.repeat(20);
        let found: Vec<Reading> = readings(&text, &[UPLOADS]).collect();
        assert!(found.len() <= 20 * (MOST_ENDS + 1), "{}", found.len());
        // The name is among them where a list goes on behind it.
        let list = format!("'/uploads/a, b.jpg', {}", "x.jpg, ".repeat(100));
        assert!(media(&list).contains("uploads/a, b.jpg"));
    }
}
