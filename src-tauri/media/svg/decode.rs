//! The text of an SVG: its bytes decoded as a browser decodes them, and what stands before the root element.
//!
//! The document type is read here and goes no further. Its entities are plain text, never markup and never built of other
//! entities, so that nothing expands to more than a glance at the declarations tells.

use std::collections::HashMap;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::removed::Removed;
use super::{LARGEST, refuse};
use crate::error::Result;
use crate::media::model::NoteSubject;

/// Entities that XML has by itself. A document may declare them again, but only as what they are.
const PREDEFINED: [&str; 5] = ["amp", "apos", "gt", "lt", "quot"];

/// The text of a document in any encoding that browsers know, with line ends as XML wants them; and the encoding.
///
/// # Errors
/// `InvalidInput` if the encoding is unknown, or the bytes are not of it.
pub(super) fn text(bytes: &[u8]) -> Result<(String, &'static Encoding)> {
    let (encoding, start) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, length),
        None if bytes.starts_with(b"<\0") => (UTF_16LE, 0),
        None if bytes.starts_with(b"\0<") => (UTF_16BE, 0),
        None => (declared(bytes)?, 0),
    };
    let decoded = encoding
        .decode_without_bom_handling_and_without_replacement(&bytes[start..])
        .ok_or_else(|| refuse(&format!("has characters that are not valid {}", encoding.name())))?;
    Ok((decoded.replace("\r\n", "\n").replace('\r', "\n"), encoding))
}

/// The encoding that the XML declaration names. One that could not have been read as ASCII is not the true one.
fn declared(bytes: &[u8]) -> Result<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let declaration = head.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split("?>").next()).unwrap_or_default();
    let Some(rest) = declaration.split("encoding").nth(1) else { return Ok(UTF_8) };
    let value = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
    let label = value.get(1..).and_then(|rest| rest.split(['"', '\'']).next()).unwrap_or_default();
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => Err(refuse("is in an encoding that browsers do not know")),
    }
}

/// A document without its prolog.
#[derive(Debug)]
pub(super) struct Document {
    /// The root element and what follows it, behind as many line ends as the prolog had.
    pub body: String,
    pub entities: HashMap<String, String>,
}

/// Takes the prolog off: declaration, comments, instructions, and the document type with its entities.
///
/// # Errors
/// `InvalidInput` if it is not closed, or has entities that are not plain text.
pub(super) fn document(text: &str, removed: &mut Removed) -> Result<Document> {
    let mut entities = HashMap::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let length = if rest.starts_with("<?") {
            if rest.starts_with("<?xml-stylesheet") {
                removed.add_named(NoteSubject::ExternalReferences, "xml-stylesheet");
            }
            after(rest, "?>")?
        } else if rest.starts_with("<!--") {
            after(rest, "-->")?
        } else if rest.starts_with("<!DOCTYPE") {
            doctype(rest, &mut entities, removed)?
        } else {
            break;
        };
        rest = &rest[length..];
    }
    let longest = entities.values().map(String::len).max().unwrap_or_default();
    if longest > 0 && rest.matches('&').count().saturating_mul(longest) > LARGEST {
        return Err(refuse("expands to far more than it is"));
    }
    let lines = text[..text.len() - rest.len()].matches('\n').count();
    Ok(Document { body: format!("{}{rest}", "\n".repeat(lines)), entities })
}

fn after(text: &str, end: &str) -> Result<usize> {
    text.find(end).map(|at| at + end.len()).ok_or_else(|| refuse("is damaged: its beginning is never closed"))
}

/// Reads a document type, and returns how long it is.
fn doctype(text: &str, entities: &mut HashMap<String, String>, removed: &mut Removed) -> Result<usize> {
    let head = end_of_tag(text, &['>', '['])?;
    if text[..head].ends_with('>') {
        return Ok(head);
    }
    let mut at = head;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        at += if rest.starts_with(']') {
            return Ok(at + end_of_tag(rest, &['>'])?);
        } else if rest.starts_with("<!--") {
            after(rest, "-->")?
        } else if rest.starts_with("<?") {
            after(rest, "?>")?
        } else if rest.starts_with("<!") {
            let length = end_of_tag(rest, &['>'])?;
            if let Some(declaration) = rest[..length].strip_prefix("<!ENTITY") {
                entity(declaration, entities)?;
            } else if rest.starts_with("<!ATTLIST") {
                removed.add_named(NoteSubject::Attributes, "defaults of the document type");
            }
            length
        } else {
            return Err(refuse("has a document type that builds on others"));
        };
    }
}

/// Where a declaration ends: behind the first of `ends` that is not quoted.
fn end_of_tag(text: &str, ends: &[char]) -> Result<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            None if ends.contains(&c) => return Ok(at + 1),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
    }
    Err(refuse("is damaged: its document type is never closed"))
}

/// Keeps an entity of plain text. Those of another file, and those for use within the document type, are left out: who uses one
/// gets the document refused.
fn entity(declaration: &str, entities: &mut HashMap<String, String>) -> Result<()> {
    let declaration = declaration.trim_start();
    let name_end = declaration.find(|c: char| c.is_whitespace()).unwrap_or(declaration.len());
    let (name, rest) = declaration.split_at(name_end);
    let rest = rest.trim_start();
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Ok(()) };
    if PREDEFINED.contains(&name) {
        return Ok(());
    }
    let written = rest[1..].split(quote).next().unwrap_or_default();
    let value = plain(written).ok_or_else(|| refuse("defines entities within entities, or elements in them"))?;
    // The first declaration is the one that holds.
    entities.entry(name.to_owned()).or_insert(value);
    Ok(())
}

/// The value of an entity with its numbers resolved; none if it has markup in it.
fn plain(written: &str) -> Option<String> {
    let mut parts = written.split('&');
    let mut value = parts.next()?.to_owned();
    for part in parts {
        let (number, rest) = part.strip_prefix('#')?.split_once(';')?;
        let code = match number.strip_prefix('x') {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        value.push(char::from_u32(code)?);
        value.push_str(rest);
    }
    (!value.contains(['<', '&', '%'])).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_browsers_know_is_decoded() {
        let of = |declaration: &str| format!("{declaration}<svg><text>Größe</text></svg>");
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let latin = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
        let plain = of("");
        let cases = [
            plain.clone().into_bytes(),
            format!("\u{feff}{plain}").into_bytes(),
            utf16(&format!("\u{feff}{plain}"), false),
            utf16(&format!("\u{feff}{plain}"), true),
            utf16(&plain, false),
            utf16(&plain, true),
            latin(&of("<?xml version='1.0' encoding='ISO-8859-1'?>")),
            latin(&of("<?xml version=\"1.0\" encoding=\"windows-1252\" standalone=\"no\"?>")),
            of("<?xml version='1.0' encoding='utf-16'?>").into_bytes(),
        ];
        for bytes in cases {
            let (text, _) = text(&bytes).unwrap();
            assert!(text.ends_with(&plain), "{text}");
        }
        let unknown = of("<?xml version='1.0' encoding='EBCDIC'?>");
        assert!(text(unknown.as_bytes()).unwrap_err().message.contains("encoding"));
        assert!(text(&latin(&plain)).unwrap_err().message.contains("UTF-8"), "latin 1 that says nothing");
    }

    #[test]
    fn entities_of_plain_text_are_kept_and_others_refused() {
        let read = |subset: &str| document(&format!("<!DOCTYPE svg [{subset}]>\n<svg/>"), &mut Removed::default());
        let found =
            read("<!-- ]> --><!ENTITY a 'one>'><!ENTITY a 'two'> <!ENTITY nbsp \"&#160;&#xA0;\"><!ENTITY far SYSTEM 'file:///etc/passwd'>")
                .unwrap();
        assert_eq!(found.body, "\n<svg/>");
        assert_eq!((found.entities["a"].as_str(), found.entities["nbsp"].as_str()), ("one>", "\u{a0}\u{a0}"));
        assert_eq!(found.entities.len(), 2);
        for refused in ["<!ENTITY a '&b;'>", "<!ENTITY a '<g/>'>", "<!ENTITY a '&#60;g/>'>", "<!ENTITY a '&#x26;lt;'>", "%other;"] {
            assert!(read(refused).is_err(), "{refused}");
        }
        assert!(read("<!ENTITY % other 'x'><!ENTITY amp '&#38;#38;'>").unwrap().entities.is_empty());
        assert!(document("<!DOCTYPE svg [<!ENTITY a 'x'>", &mut Removed::default()).is_err());
    }
}
