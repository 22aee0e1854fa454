//! Just enough of HTML and SVG to tell tags from text. What it does not understand it takes for text.

use std::ops::Range;

use super::entities;

/// One tag, or a comment or declaration, whose name is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag<'a> {
    /// As it is spelled.
    pub name: &'a str,
    /// `</name>`
    pub closes: bool,
    /// `<name/>`
    pub is_empty: bool,
    /// Names as they are spelled, and where the values stand, without their quotes.
    pub attributes: Vec<(&'a str, Range<usize>)>,
    /// All of it.
    pub range: Range<usize>,
}

impl Tag<'_> {
    /// Where the value of an attribute of the tag stands in the text.
    pub fn attribute(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, at)| at.clone())
    }
}

/// The tags of a text, in order.
pub fn tags(text: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        match tag(text, start) {
            Some(tag) => {
                at = tag.range.end;
                tags.push(tag);
            }
            None => at = start + 1,
        }
    }
    tags
}

/// What a reader sees of a text with tags.
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut at = 0;
    for tag in tags(text) {
        seen.push_str(&text[at..tag.range.start]);
        // The end of a block is the end of a word; that of an inline element is not.
        let is_inline = ["a", "abbr", "b", "code", "em", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u", ""];
        if !is_inline.contains(&tag.name.to_ascii_lowercase().as_str()) && !seen.is_empty() && !seen.ends_with(' ') {
            seen.push(' ');
        }
        at = tag.range.end;
    }
    seen.push_str(&text[at..]);
    entities::text(&seen).trim().to_owned()
}

fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let rest = &text[start..];
    let until = |end: &str| rest.find(end).map(|at| start + at + end.len());
    let declaration = if rest.starts_with("<!--") {
        Some(until("-->"))
    } else if rest.starts_with("<![CDATA[") {
        Some(until("]]>"))
    } else if rest.starts_with("<!") || rest.starts_with("<?") {
        Some(until(">"))
    } else {
        None
    };
    if let Some(end) = declaration {
        // One that is never closed takes all the rest with it.
        let range = start..end.unwrap_or(text.len());
        return Some(Tag { name: "", closes: false, is_empty: true, attributes: Vec::new(), range });
    }
    let closes = rest.starts_with("</");
    let named = start + if closes { 2 } else { 1 };
    if !text[named..].starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '>');
    let mut at = named + text[named..].find(is_end)?;
    let name = &text[named..at];
    let mut attributes = Vec::new();
    let mut is_empty = false;
    loop {
        at += text[at..].find(|c: char| !c.is_whitespace())?;
        if text[at..].starts_with('>') {
            return Some(Tag { name, closes, is_empty, attributes, range: start..at + 1 });
        }
        is_empty = text[at..].starts_with('/');
        if is_empty {
            at += 1;
            continue;
        }
        let key_end = at + text[at..].find(|c: char| is_end(c) || c == '=').filter(|end| *end > 0).unwrap_or(1);
        let key = text.get(at..key_end)?;
        at = key_end;
        let equals = at + text[at..].find(|c: char| !c.is_whitespace())?;
        if !text[equals..].starts_with('=') {
            attributes.push((key, at..at));
            continue;
        }
        at = equals + 1;
        at += text[at..].find(|c: char| !c.is_whitespace())?;
        let quote = text[at..].chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => at + 1..at + 1 + text[at + 1..].find(quote)?,
            None => at..at + text[at..].find(|c: char| c.is_whitespace() || c == '>')?,
        };
        at = value.end + usize::from(quote.is_some());
        attributes.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_text() {
        let text = r#"1 < 2 <a href='x>y' data-b=c d>T</a><br/><!-- <b> --><i title="">&amp;</i> <3"#;
        let shown: Vec<_> = tags(text)
            .into_iter()
            .map(|tag| {
                let attributes: Vec<_> = tag.attributes.iter().map(|(key, value)| format!("{key}={}", &text[value.clone()])).collect();
                format!("{}{}{} {}", if tag.closes { "/" } else { "" }, tag.name, if tag.is_empty { "/" } else { "" }, attributes.join(","))
            })
            .collect();
        assert_eq!(shown, ["a href=x>y,data-b=c,d=", "/a ", "br/ ", "/ ", "i title=", "/i "]);
        assert_eq!(visible(text), "1 < 2 T &  <3".replace("  ", " "));
        assert_eq!(visible("<p>One</p><p>t<b>w</b>o &lt;b&gt;</p>"), "One two <b>");
        assert_eq!(visible("<p>Caf&eacute; &#8364;5 &ndash; R&ampD &amp;lt;</p>"), "Café €5 – R&D &lt;");
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in ["<", "<a", "<a ", "<a b", "<a b=", "<a b='", "<a =>", "<a é=ü>x", "</", "<!", "<!--", "<![CDATA[", "<a/ /b>", "<a b=>"]
        {
            tags(text);
            visible(text);
        }
    }
}
