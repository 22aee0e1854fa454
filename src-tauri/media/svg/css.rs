//! Style sheets of an SVG: everything in them is kept but what loads a file from elsewhere, declaration by declaration.
//!
//! The text is walked token by token, as browsers do (CSS Syntax 3), and copied with its numbers and names as they are written.
//! Strings and URLs are written anew, so that none can be read otherwise than it was checked. A function whose string is a URL
//! (`url`, `src`, `image`, `image-set`) must have it written out: nothing that is only known later may stand in it.

use cssparser::{CowRcStr, ParseError, Parser, ParserInput, SourcePosition, ToCss as _, Token, serialize_string};

use super::removed::Removed;
use super::url::{self, Use};
use crate::media::model::NoteSubject;

/// Deeper than any style sheet nests.
const DEEPEST: usize = 48;
/// The namespaces that a style sheet may name: it never loads them.
const NAMESPACES: [&str; 4] =
    ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml", "http://www.w3.org/XML/1998/namespace"];

/// A style sheet, or the declarations of a `style` attribute, without what loads anything.
pub(super) fn sheet(text: &str, depth: u8, removed: &mut Removed) -> String {
    let mut sheet = Sheet { depth, removed, url: Use::Image };
    // A backslash at the end escapes nothing yet, and must not escape what is written behind it.
    let text = text.trim_end_matches('\\');
    let mut written = String::with_capacity(text.len());
    let mut input = ParserInput::new(text);
    sheet.items(&mut Parser::new(&mut input), &mut written, 0);
    written
}

/// The value of a presentation attribute; none if it loads something.
pub(super) fn value(text: &str, depth: u8, removed: &mut Removed) -> Option<String> {
    let is_plain = {
        let lower = text.to_ascii_lowercase();
        !["url", "src", "image", "attr", "cross-fade", "\\"].iter().any(|word| lower.contains(word))
    };
    if is_plain {
        return Some(text.to_owned());
    }
    let mut sheet = Sheet { depth, removed, url: Use::Image };
    let text = text.trim_end_matches('\\');
    let mut input = ParserInput::new(text);
    let mut item = Item::default();
    sheet.values(&mut Parser::new(&mut input), &mut item, Within::Value, 0);
    item.close(sheet.removed)
}

struct Sheet<'a> {
    depth: u8,
    removed: &'a mut Removed,
    /// What URLs are used for: fonts are taken by `@font-face` alone.
    url: Use,
}

/// What a string means where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Nothing.
    Value,
    /// A URL, and nothing else may stand there.
    Url,
    /// A URL, among descriptions of images.
    Images,
    /// The name of a namespace.
    Namespace,
}

/// One rule or declaration while it is read.
#[derive(Debug, Default)]
struct Item {
    text: String,
    fate: Fate,
}

/// What becomes of an item.
#[derive(Debug, Default)]
enum Fate {
    #[default]
    Kept,
    /// It is left out, and no browser reads it either.
    Ignored,
    /// It is left out for what it does.
    Removed(NoteSubject, String),
}

impl Item {
    fn refuse(&mut self, subject: NoteSubject, name: &str) {
        if !matches!(self.fate, Fate::Removed(..)) {
            self.fate = Fate::Removed(subject, name.to_owned());
        }
    }

    fn ignore(&mut self) {
        if matches!(self.fate, Fate::Kept) {
            self.fate = Fate::Ignored;
        }
    }

    /// Its text, or a note that it was removed.
    fn close(self, removed: &mut Removed) -> Option<String> {
        match self.fate {
            Fate::Kept => return Some(self.text),
            Fate::Removed(subject, name) => removed.add_named(subject, &name),
            Fate::Ignored => {}
        }
        None
    }
}

impl Sheet<'_> {
    /// Rules and declarations up to the end of a block.
    fn items(&mut self, parser: &mut Parser<'_, '_>, written: &mut String, level: usize) {
        while let Some(item) = self.item(parser, written, level) {
            if let Some(text) = item.close(self.removed) {
                written.push_str(&text);
            }
        }
    }

    /// One rule with its block, or one declaration with its semicolon. White space before it goes to `written`.
    fn item(&mut self, parser: &mut Parser<'_, '_>, written: &mut String, level: usize) -> Option<Item> {
        let mut item = Item::default();
        let mut within = Within::Value;
        let mut is_custom = false;
        let url = self.url;
        let mut has_head = false;
        loop {
            let start = parser.position();
            let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else {
                self.url = url;
                return has_head.then_some(item);
            };
            match &token {
                Token::WhiteSpace(space) if !has_head => {
                    written.push_str(space);
                    continue;
                }
                Token::Comment(_) if !has_head => continue,
                Token::Semicolon => {
                    item.text.push(';');
                    self.url = url;
                    return Some(item);
                }
                Token::CurlyBracketBlock if !is_custom => {
                    item.text.push('{');
                    if level < DEEPEST {
                        let mut block = String::new();
                        nested(parser, |parser| self.items(parser, &mut block, level + 1));
                        item.text.push_str(&block);
                    } else {
                        item.refuse(NoteSubject::StyleRules, "nested too deeply");
                    }
                    item.text.push('}');
                    self.url = url;
                    return Some(item);
                }
                _ => {}
            }
            if !has_head {
                match &token {
                    Token::AtKeyword(name) => match name.to_ascii_lowercase().as_str() {
                        "import" => item.refuse(NoteSubject::StyleRules, "@import"),
                        "document" | "-moz-document" => item.refuse(NoteSubject::StyleRules, "@document"),
                        "charset" => item.ignore(),
                        "namespace" => within = Within::Namespace,
                        "font-face" => self.url = Use::Font,
                        _ => {}
                    },
                    Token::Ident(name) => {
                        is_custom = name.starts_with("--");
                        if name.eq_ignore_ascii_case("behavior") || name.eq_ignore_ascii_case("-moz-binding") {
                            item.refuse(NoteSubject::StyleRules, name);
                        }
                    }
                    _ => {}
                }
                has_head = true;
            }
            self.token(parser, &token, start, &mut item, within, level);
        }
    }

    /// Everything up to the end of a block, a function or the text.
    fn values(&mut self, parser: &mut Parser<'_, '_>, item: &mut Item, within: Within, level: usize) {
        loop {
            let start = parser.position();
            let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { return };
            self.token(parser, &token, start, item, within, level);
        }
    }

    fn token(
        &mut self,
        parser: &mut Parser<'_, '_>,
        token: &Token<'_>,
        start: SourcePosition,
        item: &mut Item,
        within: Within,
        level: usize,
    ) {
        match token {
            Token::Comment(_) => {
                // One is as good as another between two words.
                if !item.text.ends_with("/**/") {
                    item.text.push_str("/**/");
                }
            }
            Token::QuotedString(text) if within == Within::Value => quoted(text, item),
            Token::QuotedString(url) => {
                if let Some(kept) = self.url(url, item, within) {
                    quoted(&kept, item);
                }
            }
            Token::UnquotedUrl(url) => {
                if let Some(kept) = self.url(url, item, if within == Within::Namespace { within } else { Within::Url }) {
                    // Writing to a string cannot fail.
                    let _ = Token::UnquotedUrl(CowRcStr::from(kept.as_str())).to_css(&mut item.text);
                }
            }
            Token::BadUrl(_) | Token::BadString(_) | Token::CloseParenthesis | Token::CloseSquareBracket | Token::CloseCurlyBracket => {
                item.ignore();
            }
            Token::Function(name) => {
                let inner = function(name, within, item);
                item.text.push_str(parser.slice_from(start));
                self.block(parser, item, inner, level, ')');
            }
            Token::ParenthesisBlock => {
                item.text.push('(');
                self.block(parser, item, within, level, ')');
            }
            Token::SquareBracketBlock => {
                item.text.push('[');
                self.block(parser, item, within, level, ']');
            }
            Token::CurlyBracketBlock => {
                item.text.push('{');
                self.block(parser, item, within, level, '}');
            }
            _ => item.text.push_str(parser.slice_from(start)),
        }
    }

    fn block(&mut self, parser: &mut Parser<'_, '_>, item: &mut Item, within: Within, level: usize, end: char) {
        if level < DEEPEST {
            nested(parser, |parser| self.values(parser, item, within, level + 1));
        } else {
            item.refuse(NoteSubject::StyleRules, "nested too deeply");
        }
        item.text.push(end);
    }

    /// A URL as it is written out; none if its item must go.
    fn url(&mut self, url: &str, item: &mut Item, within: Within) -> Option<String> {
        if within == Within::Namespace {
            if NAMESPACES.contains(&url) {
                return Some(url.to_owned());
            }
            item.refuse(NoteSubject::StyleRules, "@namespace");
            return None;
        }
        let kept = url::kept(url, self.url, self.depth, self.removed);
        if kept.is_none() {
            if url::is_embedded(url) {
                item.refuse(NoteSubject::EmbeddedFiles, "");
            } else {
                item.refuse(NoteSubject::ExternalReferences, url);
            }
        }
        kept
    }
}

/// What strings mean within a function; refuses functions that make a URL of what is not written out.
fn function(name: &str, within: Within, item: &mut Item) -> Within {
    let name = name.to_ascii_lowercase();
    let is_known = || {
        name == "type"
            || name == "calc"
            || name.ends_with("-gradient")
            || matches!(name.as_str(), "rgb" | "rgba" | "hsl" | "hsla" | "color")
    };
    match name.as_str() {
        "attr" | "expression" => item.refuse(NoteSubject::StyleRules, &format!("{name}()")),
        "url" | "src" if within == Within::Namespace => return Within::Namespace,
        "url" | "src" if within != Within::Url => return Within::Url,
        "image" | "image-set" | "-webkit-image-set" | "cross-fade" | "-webkit-cross-fade" if within != Within::Url => {
            return Within::Images;
        }
        _ if within == Within::Url || (within != Within::Value && !is_known()) => {
            item.refuse(NoteSubject::StyleRules, &format!("{name}()"));
        }
        _ => {}
    }
    Within::Value
}

fn quoted(text: &str, item: &mut Item) {
    // Writing to a string cannot fail.
    let _ = serialize_string(text, &mut item.text);
}

fn nested(parser: &mut Parser<'_, '_>, mut read: impl FnMut(&mut Parser<'_, '_>)) {
    let _ = parser.parse_nested_block(|parser| -> Result<(), ParseError<'_, ()>> {
        read(parser);
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> (String, Vec<String>) {
        let mut removed = Removed::default();
        let written = sheet(text, 0, &mut removed);
        assert_eq!(sheet(&written, 0, &mut Removed::default()), written, "once more: {text}");
        (written, removed.into_notes().into_iter().map(|note| note.message).collect())
    }

    #[test]
    fn what_loads_nothing_is_kept_as_it_is_written() {
        for text in [
            ".a > .b:not(.c), #späti { fill: #f00; stroke-width: .123456789px }",
            "@media (prefers-color-scheme: dark) { :root { --ink: #fff; fill: var(--ink, red) } }",
            "@namespace url(http://www.w3.org/2000/svg); svg|rect { fill: red }",
            "@namespace \"http://www.w3.org/2000/svg\";",
            "@keyframes spin { from { transform: rotate(0) } 50.5% { opacity: .5 } to { transform: rotate(1turn) } }",
            "rect { mask: url(#späti); filter: url('#f') blur(2px) }",
            "@supports (mix-blend-mode: multiply) { a { mix-blend-mode: multiply } }",
            "@font-face { font-family: X; src: local(\"Arial\") }",
            "text { font: bold 12px/1.5 \"Open Sans\", serif; white-space: pre }",
            ".a { --x: { a: b }; fill: red }",
            ".a { &:hover { fill: red } fill: blue }",
            "[data-x=\"a;b}\"] { fill: red !important }",
            "path { d: path(\"M0 0L8 8\") }",
        ] {
            let expected = text.replace("'#f'", "\"#f\"");
            assert_eq!(clean(text), (expected, Vec::new()));
        }
    }

    #[test]
    fn only_what_loads_a_file_is_removed_and_it_is_named() {
        for (text, expected, named) in [
            (".a{fill:red;stroke:url(https://x.example/a.svg#b);color:blue}", ".a{fill:red;color:blue}", "https://x.example/a.svg#b"),
            ("/* see https://x.example */ .a{fill:red}", " .a{fill:red}", ""),
            ("@import 'https://x.example/a.css'; .a{fill:red}", " .a{fill:red}", "@import"),
            ("@import url(//x.example/a.css);.a{fill:red}", ".a{fill:red}", "@import"),
            ("@\\69mport '//x.example';.a{fill:red}", ".a{fill:red}", "@import"),
            ("@font-face{font-family:X;src:url(//x.example/f.woff)}.a{fill:red}", "@font-face{font-family:X;}.a{fill:red}", "//x.example"),
            (".a{fill:image-set(\"//x.example/a.png\" 1x);color:red}", ".a{color:red}", "//x.example"),
            (".a{cursor:-webkit-image-set(url(a.png) 1x)}", ".a{}", "a.png"),
            (".a{--u:'//x.example';fill:image-set(var(--u) 1x)}", ".a{--u:\"//x.example\";}", "var()"),
            (".a{fill:src(var(--u))}", ".a{}", "var()"),
            (".a{fill:image('//x.example')}", ".a{}", "//x.example"),
            (".a{fill:u\\72l(//x.example/a)}", ".a{}", "//x.example"),
            (".a{fill:URL( '//x.example/a' )}", ".a{}", "//x.example"),
            (".a{fill:attr(data-x type(<image>))}", ".a{}", "attr()"),
            (".a{--x:{b:url(//x.example)};fill:red}", ".a{fill:red}", "//x.example"),
            ("@media screen{.a{fill:url(//x.example)}.b{fill:red}}", "@media screen{.a{}.b{fill:red}}", "//x.example"),
            ("@supports (fill:url(//x.example)){.a{fill:red}}.b{}", ".b{}", "//x.example"),
            (".a{filter:url(other.svg#f)}", ".a{}", "other.svg#f"),
            (".a{behavior:url(#x);-moz-binding:url(#x)}", ".a{}", "behavior, -moz-binding"),
            ("@namespace url(https://x.example);.b{}", ".b{}", "@namespace"),
            (".a{fill:url('data:text/html,<script>alert(1)</script>')}", ".a{}", "embedded"),
            (".a{fill:url(//x.example", ".a{}", "//x.example"),
            (".a{b:\"never closed\\", ".a{b:\"never closed\"}", ""),
        ] {
            let (written, removed) = clean(text);
            assert_eq!(written, expected, "{text}");
            let fits = if named.is_empty() { removed.is_empty() } else { removed.iter().any(|what| what.contains(named)) };
            assert!(fits, "{text}: {removed:?}");
        }
        let deep = format!("{}{}", "a{".repeat(10_000), "}".repeat(10_000));
        assert!(clean(&deep).1[0].contains("nested too deeply"));
    }

    #[test]
    fn values_of_attributes_are_kept_whole_or_not_at_all() {
        let of = |text: &str| value(text, 0, &mut Removed::default());
        assert_eq!(of("url(#späti) red").as_deref(), Some("url(#späti) red"));
        assert_eq!(of("'Arial's").as_deref(), Some("'Arial's"));
        assert_eq!(of("image-rendering").as_deref(), Some("image-rendering"));
        for bad in
            ["url(//x.example/a#b)", "URL(a.svg#b)", "u\\72 l(//x.example)", "red url(https://x.example)", "image-set('//x.example' 1x)"]
        {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
