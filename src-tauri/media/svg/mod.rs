//! SVG: a document that could do anything, made into an image that can only be looked at.
//!
//! It is parsed as XML and written anew from what two lists allow ([`lists`]), with style sheets by [`css`] and URLs by [`url`].
//! Names, references, numbers and white space are written as they came, so that what is kept looks as it did; what is removed is
//! named. Invariants: nothing runs, nothing is loaded, equal documents become equal, and doing it again changes nothing.

mod copies;
mod css;
mod decode;
mod lists;
mod removed;
mod size;
mod url;
mod write;

use xml::ParserConfig;
use xml::attribute::OwnedAttribute;
use xml::name::OwnedName;
use xml::reader::XmlEvent;

use self::copies::Copies;
use self::removed::Removed;
use self::url::Use;
use self::write::Writer;
use super::model::{ImportNote, NoteSubject};
use crate::error::{Code, Error, Result};

/// The most bytes that a document may become by what it says of itself.
const LARGEST: usize = 20_000_000;
/// Deeper than any drawing program nests. A parser's work grows with the depth of each element.
const DEEPEST: usize = 256;

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// An SVG that is safe to show.
#[derive(Debug)]
pub(super) struct Drawing {
    pub bytes: Vec<u8>,
    /// Width and height in pixels, if it says them.
    pub dimensions: Option<(u32, u32)>,
    /// What was removed or repaired.
    pub notes: Vec<ImportNote>,
}

/// A document without scripts, handlers, foreign elements, and references to anywhere else.
///
/// # Errors
/// `InvalidInput` if it is not well-formed, has no drawing in it, or was made to keep a parser busy.
pub(super) fn sanitize(bytes: &[u8]) -> Result<Drawing> {
    sanitize_at(bytes, 0)
}

/// The same for a drawing that stands in as many others as `depth` says.
fn sanitize_at(bytes: &[u8], depth: u8) -> Result<Drawing> {
    let mut removed = Removed::default();
    let (text, encoding) = decode::text(bytes)?;
    let document = decode::document(&text, &mut removed)?;
    let mut config = ParserConfig::new()
        .cdata_to_characters(true)
        .whitespace_to_characters(true)
        .allow_multiple_root_elements(false)
        .max_attributes(1_000)
        .max_name_length(1_000)
        .override_encoding(Some(xml::Encoding::Utf8));
    config.extra_entities = document.entities;
    let mut sanitizer = Sanitizer {
        depth,
        removed,
        writer: Writer::default(),
        open: Vec::new(),
        skipped: 0,
        style: None,
        dimensions: None,
        copies: Copies::default(),
    };
    for event in config.create_reader(document.body.as_bytes()) {
        match event.map_err(|cause| damaged(&cause))? {
            XmlEvent::StartElement { name, attributes, .. } => sanitizer.start(&name, &attributes)?,
            XmlEvent::EndElement { .. } => sanitizer.end(),
            XmlEvent::Characters(text) | XmlEvent::Whitespace(text) | XmlEvent::CData(text) => sanitizer.text(&text),
            _ => {}
        }
    }
    if sanitizer.copies.are_too_many() {
        return Err(refuse("copies itself into far more than it is"));
    }
    let Some(bytes) = sanitizer.writer.finish() else { return Err(no_drawing()) };
    let mut notes = sanitizer.removed.into_notes();
    if encoding != encoding_rs::UTF_8 {
        // Browsers read an image in another encoding as UTF-8, and show other characters.
        notes.push(ImportNote::repaired(NoteSubject::Encoding).with_names([encoding.name()]));
    }
    Ok(Drawing { bytes, dimensions: sanitizer.dimensions, notes })
}

fn refuse(why: &str) -> Error {
    Error::new(Code::InvalidInput, format!("The SVG {why}. It was not added; export it again."))
}

fn no_drawing() -> Error {
    refuse("has no drawing in it: its first element is not an svg of the namespace http://www.w3.org/2000/svg")
}

fn damaged(cause: &xml::reader::Error) -> Error {
    use xml::common::Position as _;
    tracing::debug!(error = %cause, "an SVG was refused");
    refuse(&format!("is damaged near line {}", cause.position().row + 1))
}

/// What happens to an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Kept, with what it holds.
    All,
    /// Kept, with its text alone: HTML reads elements in there as its own.
    Text,
    /// Kept without what it holds.
    Nothing,
}

/// Walks one document.
struct Sanitizer {
    depth: u8,
    removed: Removed,
    writer: Writer,
    /// The kept elements that are open.
    open: Vec<Inside>,
    /// How many elements are open that are not kept.
    skipped: usize,
    /// The text of the style sheet that is open.
    style: Option<String>,
    dimensions: Option<(u32, u32)>,
    copies: Copies,
}

impl Sanitizer {
    fn start(&mut self, name: &OwnedName, attributes: &[OwnedAttribute]) -> Result<()> {
        if self.open.len() + self.skipped > DEEPEST {
            return Err(refuse("is nested far too deeply"));
        }
        if has_duplicate(attributes) {
            return Err(refuse("is damaged: an element has one attribute twice"));
        }
        let is_root = self.open.is_empty() && self.skipped == 0;
        let local = name.local_name.as_str();
        if is_root && (name.namespace.as_deref() != Some(SVG) || local != "svg") {
            return Err(no_drawing());
        }
        let is_kept = self.skipped == 0 && self.may_hold(name) && self.keeps(name, attributes);
        if !is_kept {
            self.skipped += 1;
            return Ok(());
        }
        if is_root {
            self.dimensions = size::dimensions(attributes);
        }
        self.open.push(match local {
            "title" | "desc" | "style" => Inside::Text,
            "metadata" => Inside::Nothing,
            _ => Inside::All,
        });
        self.writer.open(local);
        let id = attributes.iter().find(|attribute| attribute.name.namespace.is_none() && attribute.name.local_name == "id");
        self.copies.open(id.map(|id| id.value.as_str()));
        for attribute in attributes {
            self.attribute(local, attribute);
        }
        if local == "style" {
            self.style = Some(String::new());
        }
        Ok(())
    }

    /// Whether the element that is open may hold this one.
    fn may_hold(&mut self, name: &OwnedName) -> bool {
        match self.open.last() {
            None | Some(Inside::All) => true,
            Some(Inside::Text) => {
                self.removed.add_named(NoteSubject::Elements, &name.local_name);
                false
            }
            Some(Inside::Nothing) => {
                self.removed.add_named(NoteSubject::OtherData, "metadata");
                false
            }
        }
    }

    fn keeps(&mut self, name: &OwnedName, attributes: &[OwnedAttribute]) -> bool {
        let local = name.local_name.as_str();
        match name.namespace.as_deref() {
            Some(SVG) => {}
            Some(HTML) => {
                self.removed.add_named(NoteSubject::Elements, "HTML content");
                return false;
            }
            _ => {
                self.removed.add_named(NoteSubject::OtherData, name.prefix.as_deref().unwrap_or(local));
                return false;
            }
        }
        let value = |wanted: &str| {
            let found = attributes.iter().find(|attribute| attribute.name.namespace.is_none() && attribute.name.local_name == wanted);
            found.map(|attribute| attribute.value.trim())
        };
        match local {
            "script" => self.removed.add(NoteSubject::Scripts),
            "style" if !value("type").is_none_or(|kind| kind.is_empty() || kind.eq_ignore_ascii_case("text/css")) => {
                self.removed.add_named(NoteSubject::StyleRules, value("type").unwrap_or_default());
            }
            "animate" | "animateColor" | "animateTransform" | "set"
                if value("attributeName").is_some_and(|target| !lists::may_be_animated(target)) =>
            {
                self.removed.add_named(NoteSubject::Elements, &format!("{local} of {}", value("attributeName").unwrap_or_default()));
            }
            _ if lists::is_element(local) => return true,
            _ => self.removed.add_named(NoteSubject::Elements, local),
        }
        false
    }

    fn end(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        if let Some(style) = self.style.take() {
            self.writer.text(&css::sheet(&style, self.depth, &mut self.removed));
        }
        self.open.pop();
        self.copies.close();
        self.writer.close();
    }

    fn text(&mut self, text: &str) {
        if self.skipped > 0 || matches!(self.open.last(), None | Some(Inside::Nothing)) {
            return;
        }
        match &mut self.style {
            Some(style) => style.push_str(text),
            None => self.writer.text(text),
        }
    }

    fn attribute(&mut self, element: &str, attribute: &OwnedAttribute) {
        let (name, value) = (attribute.name.local_name.as_str(), attribute.value.as_str());
        match attribute.name.namespace.as_deref() {
            None if name == "href" => self.href(element, "href", value),
            Some(XLINK) if name == "href" => self.href(element, "xlink:href", value),
            Some(XLINK) if name == "title" => self.writer.attribute("xlink:title", value),
            Some(XML) if matches!(name, "space" | "lang") => self.writer.attribute(&format!("xml:{name}"), value),
            Some(XML) if name == "base" => self.removed.add_named(NoteSubject::Attributes, "xml:base"),
            // They say how links behave, and what the element is called elsewhere.
            Some(XLINK | XML) => {}
            Some(_) => self.removed.add_named(NoteSubject::OtherData, attribute.name.prefix.as_deref().unwrap_or(name)),
            None if lists::is_text(name) => self.writer.attribute(name, value),
            None if lists::is_attribute(name) => self.drawn(name, value),
            None if name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("on")) => {
                self.removed.add_named(NoteSubject::EventHandlers, name);
            }
            None if lists::is_unseen(name) => {}
            None => self.removed.add_named(NoteSubject::Attributes, name),
        }
    }

    /// An attribute that browsers read as CSS, or as numbers and words.
    fn drawn(&mut self, name: &str, value: &str) {
        if name == "style" {
            let clean = css::sheet(value, self.depth, &mut self.removed);
            self.writer.attribute(name, &clean);
        } else if let Some(clean) = css::value(value, self.depth, &mut self.removed) {
            self.writer.attribute(name, &clean);
        }
    }

    fn href(&mut self, element: &str, name: &str, value: &str) {
        let used = if matches!(element, "image" | "feImage") { Use::Image } else { Use::Part };
        match url::kept(value, used, self.depth, &mut self.removed) {
            Some(kept) => {
                if element == "use" {
                    self.copies.copy(&kept);
                }
                self.writer.attribute(name, &kept);
            }
            None if url::is_embedded(value) => self.removed.add(NoteSubject::EmbeddedFiles),
            None => self.removed.add_named(NoteSubject::ExternalReferences, value),
        }
    }
}

/// Whether two attributes have one name, which is not well-formed. The parser does not look.
fn has_duplicate(attributes: &[OwnedAttribute]) -> bool {
    let mut names: Vec<_> = attributes.iter().map(|attribute| (&attribute.name.namespace, &attribute.name.local_name)).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests;
