//! JSON texts as other programs write them: with a byte order mark or without, and what is wrong with one that cannot be read.
//!
//! Every reader of JSON that came from outside goes through here, so that the same text is fine, or is not, wherever it is read.

use std::fmt;

use serde::de::DeserializeOwned;

/// What some editors put in front of a text.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// What Git and other tools write at the start of a line where they could not merge.
const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// Why a text is not a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is nothing in it.
    Empty,
    /// It has NUL bytes.
    Nul,
    /// It is encoded as UTF-16.
    Utf16,
    /// Some of its bytes are not UTF-8.
    NotUtf8(Position),
    /// A merge was left unresolved.
    Conflict(Position),
    /// `\ud83d` without its other half.
    Surrogate(Position, String),
    /// Anything else, in the parser's words.
    Syntax(Position, String),
}

/// A place in a text, counted from 1; 0 where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Position {
    /// The position of a byte in a text.
    fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        Self { line, column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} column {}", self.line, self.column)
    }
}

impl Fault {
    /// Where it is.
    pub fn position(&self) -> Position {
        match self {
            Self::Empty | Self::Nul | Self::Utf16 => Position::default(),
            Self::NotUtf8(at) | Self::Conflict(at) | Self::Surrogate(at, _) | Self::Syntax(at, _) => *at,
        }
    }

    /// The reason alone, as a part of a sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::Empty => "it is empty".to_owned(),
            Self::Nul => "it has NUL bytes in it".to_owned(),
            Self::Utf16 => "it is encoded as UTF-16".to_owned(),
            Self::NotUtf8(at) => format!("a byte that is not UTF-8 at {at}"),
            Self::Conflict(at) => format!("an unresolved merge conflict at {at}"),
            Self::Surrogate(at, written) => format!("half of a surrogate pair ({written}) at {at}"),
            Self::Syntax(Position { line: 0, .. }, message) => message.clone(),
            Self::Syntax(at, message) => format!("{message} at {at}"),
        }
    }
}

/// One or two sentences that can stand alone.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason();
        match self {
            Self::Empty => f.write_str("It is empty."),
            Self::Nul => f.write_str("It has NUL bytes in it, as files have that were not written to their end."),
            Self::Utf16 => f.write_str("It is encoded as UTF-16. Save it as UTF-8."),
            Self::NotUtf8(_) => write!(f, "It has {reason}. Save it as UTF-8."),
            Self::Conflict(_) => write!(f, "It has {reason}: conflict markers such as <<<<<<< are still in it."),
            Self::Surrogate(..) | Self::Syntax(..) => write!(f, "It is not JSON: {reason}."),
        }
    }
}

/// A text without the byte order mark that may be in front of it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The byte order mark in front of a text, and the rest.
pub fn split_mark(text: &str) -> (&str, &str) {
    text.split_at(text.len() - without_mark(text).len())
}

/// Some bytes as text.
///
/// # Errors
/// Why they are none.
pub fn decode(bytes: Vec<u8>) -> Result<String, Fault> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || looks_like_utf16(&bytes) {
        return Err(Fault::Utf16);
    }
    String::from_utf8(bytes).map_err(|cause| {
        let at = cause.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(cause.as_bytes().get(..at).unwrap_or_default()).into_owned();
        Fault::NotUtf8(Position::of(without_mark(&text), text.len()))
    })
}

/// Whether a text of plain characters, such as the first ones of a document, stands there in two bytes each.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    matches!(bytes, [0, first, 0, second, ..] | [first, 0, second, 0, ..] if is_plain(*first) && is_plain(*second))
}

/// What a text holds, without a byte order mark.
///
/// # Errors
/// Why it holds nothing of the kind.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let text = without_mark(text);
    serde_json::from_str(text).map_err(|cause| fault(text, &cause))
}

/// The first line that a merge left, in a text of any kind. A single line of them may be an underline or a quotation.
pub fn conflict(text: &str) -> Option<Position> {
    let starts = |marker: &str| {
        text.lines().position(|line| line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\r'])))
    };
    let (begin, middle, end) = (starts(CONFLICT[0])?, starts(CONFLICT[2])?, starts(CONFLICT[3])?);
    (begin < middle && middle < end).then_some(Position { line: begin + 1, column: 1 })
}

fn fault(text: &str, cause: &serde_json::Error) -> Fault {
    if text.trim().is_empty() {
        return Fault::Empty;
    }
    if text.contains('\0') {
        return Fault::Nul;
    }
    // No line within a JSON string can begin so: such a text is broken because of it.
    if let Some(line) = text.lines().position(|line| CONFLICT.iter().any(|marker| line.starts_with(marker))) {
        return Fault::Conflict(Position { line: line + 1, column: 1 });
    }
    let message = cause.to_string();
    let message = message.split_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    if cause.line() == 0 {
        return Fault::Syntax(Position::default(), message.to_owned());
    }
    let is_escape = message.contains("surrogate") || message.contains("hex escape");
    if let Some((at, written)) = lone_surrogate(text).filter(|_| is_escape) {
        return Fault::Surrogate(Position::of(text, at), written);
    }
    let line = text.split('\n').nth(cause.line() - 1).unwrap_or_default();
    // The parser counts bytes.
    let before = line.char_indices().take_while(|(at, _)| *at < cause.column()).count();
    Fault::Syntax(Position { line: cause.line(), column: before.max(1) }, message.to_owned())
}

/// Where half of a surrogate pair is written in a JSON text, and how.
fn lone_surrogate(text: &str) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += found;
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => return Some((at, text.get(at..at + 6)?.to_owned())),
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_byte_order_mark_alone_is_no_fault() {
        assert_eq!(parse::<Value>("\u{feff}{\"a\": 1}").unwrap()["a"], 1);
        assert_eq!(split_mark("\u{feff}{}"), ("\u{feff}", "{}"));
        assert_eq!(split_mark("{}"), ("", "{}"));
        assert!(parse::<Value>("\u{feff}\u{feff}{}").is_err(), "one is enough");
    }

    #[test]
    fn each_fault_is_named_with_its_place() {
        let of = |bytes: &[u8]| match decode(bytes.to_vec()).and_then(|text| parse::<Value>(&text).map(drop)) {
            Err(fault) => (fault.to_string(), fault.position().line, fault.position().column),
            Ok(()) => panic!("{bytes:?} is fine"),
        };
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for (bytes, message, line, column) in [
            (b"{\n  \"\xc3\xa9\": x\n}".to_vec(), "It is not JSON: expected value at line 2 column 8.", 2, 8),
            (b"{\"a\": 1,\n}".to_vec(), "It is not JSON: trailing comma at line 2 column 1.", 2, 1),
            (b"{\"a\": 1".to_vec(), "It is not JSON: EOF while parsing an object at line 1 column 7.", 1, 7),
            (
                b"{\n\"a\": \"\\ud83d\\ude00 \\ud83d\"}".to_vec(),
                "It is not JSON: half of a surrogate pair (\\ud83d) at line 2 column 20.",
                2,
                20,
            ),
            (b"{\"a\": \"\\ude00x\"}".to_vec(), "It is not JSON: half of a surrogate pair (\\ude00) at line 1 column 8.", 1, 8),
            (
                b"{\"a\": \"\\\\ud83d \\ud83d\\n\"}".to_vec(),
                "It is not JSON: half of a surrogate pair (\\ud83d) at line 1 column 16.",
                1,
                16,
            ),
            (
                b"{\n<<<<<<< HEAD\n\"a\": 1\n=======\n\"a\": 2\n>>>>>>> x\n}".to_vec(),
                "It has an unresolved merge conflict at line 2 column 1: conflict markers such as <<<<<<< are still in it.",
                2,
                1,
            ),
            (b"{\"\xc3\xa9\": \"\xed\xa0\xbd\"}".to_vec(), "It has a byte that is not UTF-8 at line 1 column 8. Save it as UTF-8.", 1, 8),
            (b"{\"a\": \"caf\xe9\"}".to_vec(), "It has a byte that is not UTF-8 at line 1 column 11. Save it as UTF-8.", 1, 11),
            ([b"\xff\xfe".to_vec(), utf16("{}")].concat(), "It is encoded as UTF-16. Save it as UTF-8.", 0, 0),
            (utf16("{\"a\": 1}"), "It is encoded as UTF-16. Save it as UTF-8.", 0, 0),
            (b"\xef\xbb\xbf".to_vec(), "It is empty.", 0, 0),
            (b" \n".to_vec(), "It is empty.", 0, 0),
            (b"{\"a\": 1}\0\0".to_vec(), "It has NUL bytes in it, as files have that were not written to their end.", 0, 0),
        ] {
            assert_eq!(of(&bytes), (message.to_owned(), line, column), "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn a_conflict_is_found_in_any_text_and_an_underline_is_none() {
        assert_eq!(conflict("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n"), Some(Position { line: 2, column: 1 }));
        assert_eq!(conflict("<<<<<<< HEAD\r\n=======\r\n>>>>>>> x\r\n"), Some(Position { line: 1, column: 1 }));
        for text in
            ["", "Title\n=======\n", " <<<<<<< HEAD\n=======\n>>>>>>> x", ">>>>>>> x\n=======\n<<<<<<< y", "<<<<<<<< a\n=======\n>>>>>>> x"]
        {
            assert_eq!(conflict(text), None, "{text:?}");
        }
    }
}
