//! SVG as text: each document in one way, whatever way it came in.

use super::{SVG, XLINK};

/// Writes elements one after another. Names are taken as they are; values and text are escaped.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// Everything behind the root's attributes.
    text: String,
    /// The attributes of the root, which stand behind its namespaces.
    root: String,
    open: Vec<String>,
    /// Whether the last tag still takes attributes.
    is_in_tag: bool,
    is_done: bool,
    uses_xlink: bool,
}

impl Writer {
    pub fn open(&mut self, name: &str) {
        self.end_tag();
        if !self.open.is_empty() {
            self.text.push('<');
            self.text.push_str(name);
        }
        self.open.push(name.to_owned());
        self.is_in_tag = true;
    }

    pub fn attribute(&mut self, name: &str, value: &str) {
        self.uses_xlink |= name.starts_with("xlink:");
        let to = if self.open.len() == 1 { &mut self.root } else { &mut self.text };
        to.push(' ');
        to.push_str(name);
        to.push_str("=\"");
        escape(value, true, to);
        to.push('"');
    }

    pub fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.end_tag();
            escape(text, false, &mut self.text);
        }
    }

    pub fn close(&mut self) {
        let Some(name) = self.open.pop() else { return };
        if self.is_in_tag {
            self.text.push_str("/>");
            self.is_in_tag = false;
        } else {
            self.text.push_str("</");
            self.text.push_str(&name);
            self.text.push('>');
        }
        self.is_done = self.open.is_empty();
    }

    /// The document; none if it is not complete.
    pub fn finish(self) -> Option<Vec<u8>> {
        if !self.is_done {
            return None;
        }
        let xlink = if self.uses_xlink { format!(" xmlns:xlink=\"{XLINK}\"") } else { String::new() };
        Some(format!("<svg xmlns=\"{SVG}\"{xlink}{}{}\n", self.root, self.text).into_bytes())
    }

    fn end_tag(&mut self) {
        if self.is_in_tag {
            self.text.push('>');
            self.is_in_tag = false;
        }
    }
}

/// Writes what XML would read otherwise as references: markup, and white space that values would lose.
fn escape(text: &str, is_value: bool, to: &mut String) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' if is_value => to.push_str("&quot;"),
            '\n' if is_value => to.push_str("&#10;"),
            '\t' if is_value => to.push_str("&#9;"),
            '\r' => to.push_str("&#13;"),
            c => to.push(c),
        }
    }
}
