//! References to other files in HTML, style sheets and scripts: found, and written anew where they must be others.
//!
//! HTML is read by `lol_html`, style sheets by `cssparser`. Scripts cannot be rewritten safely; what they name is found by its
//! look, and goes along under its own name.

use std::ops::Range;

use cssparser::{ParseError, Parser, ParserInput, Token};
use lol_html::errors::RewritingError;
use lol_html::html_content::ContentType;
use lol_html::{RewriteStrSettings, element, rewrite_str, text};

use crate::site::{entities, mentions};

/// What becomes of an address: another one; none if it stays as it is.
pub(super) type Turn<'a> = dyn FnMut(Use, &str) -> Option<String> + 'a;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// To be gone to: it may be that of a page.
    Link,
    /// A file to be loaded, or a text that happens to look like one's name.
    File,
}

/// Attributes that lead to a page.
const LINKS: &[&str] = &["href", "xlink:href", "action", "formaction"];
/// Attributes that hold several addresses with what they are for.
const LISTS: &[&str] = &["srcset", "imagesrcset", "data-srcset"];
/// Elements that show a page within theirs, with the attribute that says which.
const FRAMES: &[(&str, &str)] = &[("iframe", "src"), ("frame", "src"), ("embed", "src"), ("object", "data")];
/// Names of folders whose files are found by their look.
const FOLDERS: &[&str] = &["assets", "uploads", "widgets"];

/// How deep documents within documents (`srcdoc`, `noscript`) are read.
const DEEPEST: usize = 4;
/// How deep blocks and functions within each other are read in a style sheet.
const DEEPEST_BLOCK: usize = 64;

/// HTML with every address turned: in attributes, inline styles and style elements, also in what is shown without scripts.
///
/// # Errors
/// What is wrong with it, if it cannot be read.
pub(super) fn html(html: &str, turn: &mut Turn<'_>) -> Result<String, String> {
    within(html, turn, 0).map_err(|cause| cause.to_string())
}

/// As [`html`], of a document that is `depth` documents deep.
fn within(html: &str, turn: &mut Turn<'_>, depth: usize) -> Result<String, RewritingError> {
    let (mut sheet, mut noscript) = (String::new(), String::new());
    let turn = std::cell::RefCell::new(turn);
    let attributes = element!("*", |element| {
        let tag = element.tag_name();
        let is_refresh = tag == "meta" && element.get_attribute("http-equiv").is_some_and(|what| what.eq_ignore_ascii_case("refresh"));
        let found: Vec<(String, String)> = element.attributes().iter().map(|one| (one.name(), one.value())).collect();
        for (name, written) in found {
            let value = entities::attribute(&written);
            let turned = match name.as_str() {
                "style" => Some(css(&value, *turn.borrow_mut())).filter(|css| *css != value),
                name if LISTS.contains(&name) => list(&value, *turn.borrow_mut()),
                "content" if is_refresh => refresh(&value, *turn.borrow_mut()),
                "srcdoc" if depth < DEEPEST => Some(within(&value, *turn.borrow_mut(), depth + 1)?).filter(|html| *html != value),
                // Text that looks like an address is none.
                "alt" | "title" | "class" | "id" | "value" | "placeholder" | "aria-label" | "name" => None,
                name => {
                    let is_link = LINKS.contains(&name) || FRAMES.contains(&(tag.as_str(), name));
                    turn.borrow_mut()(if is_link { Use::Link } else { Use::File }, &value)
                }
            };
            if let Some(turned) = turned {
                element.set_attribute(&name, &entities::escaped(&turned))?;
            }
        }
        Ok(())
    });
    let styles = text!("style", |chunk| {
        sheet.push_str(chunk.as_str());
        if chunk.last_in_text_node() {
            chunk.replace(&css(&std::mem::take(&mut sheet), *turn.borrow_mut()), ContentType::Html);
        } else {
            chunk.remove();
        }
        Ok(())
    });
    // To a parser that runs scripts these are text.
    let without_scripts = text!("noscript, noframes, noembed", |chunk| {
        noscript.push_str(chunk.as_str());
        if chunk.last_in_text_node() {
            let inner = std::mem::take(&mut noscript);
            let turned = if depth < DEEPEST { within(&inner, *turn.borrow_mut(), depth + 1)? } else { inner };
            chunk.replace(&turned, ContentType::Html);
        } else {
            chunk.remove();
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(attributes)
        .append_element_content_handler(styles)
        .append_element_content_handler(without_scripts);
    rewrite_str(html, settings)
}

/// A list of addresses, each with a width or a density behind it; none if nothing is turned. All but the addresses is as it was.
fn list(value: &str, turn: &mut Turn<'_>) -> Option<String> {
    let mut turned = String::with_capacity(value.len());
    let mut done = 0;
    for place in listed(value) {
        if let Some(address) = turn(Use::File, &value[place.clone()]) {
            turned.push_str(&value[done..place.start]);
            turned.push_str(&in_list(&address));
            done = place.end;
        }
    }
    turned.push_str(&value[done..]);
    (done > 0).then_some(turned)
}

/// Where the addresses of a list are (HTML Living Standard, "parse a srcset attribute"): each ends at white space, so that commas
/// stand in it, and those at its end are no part of it; what is said of it ends at a comma that is in no parentheses.
fn listed(value: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        at += value[at..].find(|c: char| !is_space(c) && c != ',').unwrap_or(value.len() - at);
        if at == value.len() {
            return found;
        }
        let end = at + value[at..].find(is_space).unwrap_or(value.len() - at);
        let written = &value[at..end];
        let address = written.trim_end_matches(',');
        found.push(at..at + address.len());
        at = end;
        if address == written {
            let mut is_within = false;
            let comma = value[at..].find(|c: char| {
                is_within = if is_within { c != ')' } else { c == '(' };
                c == ',' && !is_within
            });
            at = comma.map_or(value.len(), |comma| at + comma);
        }
    }
}

/// After how long a page gives way to another, with the address of that turned; none if it is not.
fn refresh(value: &str, turn: &mut Turn<'_>) -> Option<String> {
    let place = next_page(value)?;
    let turned = turn(Use::Link, &value[place.clone()])?;
    Some(format!("{}{turned}{}", &value[..place.start], &value[place.end..]))
}

/// Where the address of the next page stands (HTML Living Standard, "shared declarative refresh steps"); none if it is the same
/// page again.
fn next_page(value: &str) -> Option<Range<usize>> {
    let rest = value.trim_start_matches(is_space);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_time = after.len() < rest.len() && after.starts_with(|c: char| is_space(c) || matches!(c, ';' | ','));
    let rest = after.trim_start_matches(is_space);
    let rest = rest.strip_prefix([';', ',']).unwrap_or(rest).trim_start_matches(is_space);
    let said = rest.get(..3).filter(|word| word.eq_ignore_ascii_case("url"));
    let named = said.and_then(|_| rest[3..].trim_start_matches(is_space).strip_prefix('=')).map(|rest| rest.trim_start_matches(is_space));
    let rest = named.unwrap_or(rest);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let rest = if quote.is_some() { &rest[1..] } else { rest };
    let address = quote.and_then(|quote| rest.split(quote).next()).unwrap_or(rest).trim_end_matches(is_space);
    let start = value.len() - rest.len();
    (is_time && !address.is_empty()).then(|| start..start + address.len())
}

/// An address as it may stand in a list: without white space, and without a comma at either end.
fn in_list(address: &str) -> String {
    let inner = address.trim_matches(',');
    let start = address.len() - address.trim_start_matches(',').len();
    let end = address.len() - inner.len() - start;
    format!("{}{}{}", "%2C".repeat(start), inner.replace(is_space, "%20"), "%2C".repeat(end))
}

/// White space as HTML has it.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// A style sheet with every address turned: in `url()` and `@import`.
pub(super) fn css(sheet: &str, turn: &mut Turn<'_>) -> String {
    let mut places: Vec<(Range<usize>, String)> = Vec::new();
    let mut input = ParserInput::new(sheet);
    let mut tell = |place: Range<usize>, address: &str| {
        if let Some(turned) = turn(Use::File, address) {
            places.push((place, turned));
        }
    };
    addresses(&mut Parser::new(&mut input), &mut tell, 0);
    let mut written = String::with_capacity(sheet.len());
    let mut done = 0;
    for (place, turned) in places {
        written.push_str(&sheet[done..place.start]);
        written.push_str(&quoted(&sheet[place.clone()], &turned));
        done = place.end;
    }
    written.push_str(&sheet[done..]);
    written
}

/// The new address in the form that the old token has.
fn quoted(old: &str, address: &str) -> String {
    let address = address.replace('\\', "\\\\").replace('"', "\\\"");
    if old.starts_with(['"', '\'']) { format!("\"{address}\"") } else { format!("url(\"{address}\")") }
}

/// Tells every address with the place of its token, in order, from a block that is `depth` blocks deep. The parser passes over
/// deeper ones.
fn addresses(parser: &mut Parser<'_, '_>, tell: &mut dyn FnMut(Range<usize>, &str), depth: usize) {
    let mut is_import = false;
    loop {
        let _ = parser.try_parse(|parser| -> Result<(), ParseError<'_, ()>> {
            parser.skip_whitespace();
            Ok(())
        });
        let start = parser.position().byte_index();
        let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { return };
        let end = parser.position().byte_index();
        match &token {
            Token::UnquotedUrl(address) => tell(start..end, address),
            Token::QuotedString(address) if is_import => tell(start..end, address),
            Token::Function(name) if depth < DEEPEST_BLOCK => {
                let is_url = name.eq_ignore_ascii_case("url") || name.eq_ignore_ascii_case("src") || name.eq_ignore_ascii_case("image-set");
                let _ = parser.parse_nested_block(|parser| -> Result<(), ParseError<'_, ()>> {
                    if is_url {
                        strings(parser, tell, depth + 1);
                    } else {
                        addresses(parser, tell, depth + 1);
                    }
                    Ok(())
                });
            }
            Token::ParenthesisBlock | Token::SquareBracketBlock | Token::CurlyBracketBlock if depth < DEEPEST_BLOCK => {
                let _ = parser.parse_nested_block(|parser| -> Result<(), ParseError<'_, ()>> {
                    addresses(parser, tell, depth + 1);
                    Ok(())
                });
            }
            _ => {}
        }
        is_import = match &token {
            Token::AtKeyword(name) => name.eq_ignore_ascii_case("import"),
            Token::WhiteSpace(_) | Token::Comment(_) => is_import,
            _ => false,
        };
    }
}

/// The strings within a function that takes addresses.
fn strings(parser: &mut Parser<'_, '_>, tell: &mut dyn FnMut(Range<usize>, &str), depth: usize) {
    loop {
        parser.skip_whitespace();
        let start = parser.position().byte_index();
        let Ok(token) = parser.next_including_whitespace_and_comments().cloned() else { return };
        let end = parser.position().byte_index();
        match &token {
            Token::QuotedString(address) | Token::UnquotedUrl(address) => tell(start..end, address),
            Token::Function(name) if depth < DEEPEST_BLOCK => {
                let is_url = name.eq_ignore_ascii_case("url");
                let _ = parser.parse_nested_block(|parser| -> Result<(), ParseError<'_, ()>> {
                    if is_url {
                        strings(parser, tell, depth + 1);
                    }
                    Ok(())
                });
            }
            _ => {}
        }
    }
}

/// Paths of files that a text may name, from `assets/`, `uploads/` or `widgets/` on, whatever stands before.
pub(super) fn named(text: &str) -> Vec<String> {
    mentions::readings(text, FOLDERS).map(|reading| reading.path).collect()
}

/// What a script imports from beside it: `./part.js`, `../lib/x.mjs`.
pub(super) fn imported(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for quote in ['"', '\''] {
        for (at, _) in script.match_indices(quote) {
            let before = script[..at].trim_end().trim_end_matches('(').trim_end();
            let inside = &script[at + 1..];
            if (before.ends_with("from") || before.ends_with("import"))
                && inside.starts_with('.')
                && let Some(end) = inside.find(quote)
            {
                found.push(inside[..end].to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(_use: Use, address: &str) -> Option<String> {
        address.strip_prefix("/").map(|path| format!("../{path}"))
    }

    #[test]
    fn every_address_of_a_page_is_turned_and_nothing_else() {
        let page = r#"<!doctype html><link rel="stylesheet" href="/a.css"><style>b{background:url(/b.png)}</style>
<img src="/c.jpg" srcset="/c-1.jpg 480w, /c-2.jpg 2x" alt="/not.jpg"><a href="/d?x=1&amp;y=2#z">/text</a>
<p style="background:url('/e.png')">x &lt; y</p><script>var a = "/script.js";</script><video data-src="/f.mp4"></video><a href="https://x.example/">o</a>"#;
        let turned = html(page, &mut turn).unwrap();
        let expected = r#"<!doctype html><link rel="stylesheet" href="../a.css"><style>b{background:url("../b.png")}</style>
<img src="../c.jpg" srcset="../c-1.jpg 480w, ../c-2.jpg 2x" alt="/not.jpg"><a href="../d?x=1&amp;y=2#z">/text</a>
<p style="background:url(&quot;../e.png&quot;)">x &lt; y</p><script>var a = "/script.js";</script><video data-src="../f.mp4"></video><a href="https://x.example/">o</a>"#;
        assert_eq!(turned, expected);
        assert_eq!(html(&turned, &mut |_, _| None).unwrap(), turned, "what is not turned keeps every byte");
    }

    #[test]
    fn character_references_are_decoded_once_and_encoded_once() {
        for (written, expected) in [
            (r#"<a href="/about/?q=&lt;b&gt;">"#, r#"<a href="../about/?q=&lt;b&gt;">"#),
            (r#"<a href="/a?v=1&#43;2&amp;w=&#38;amp;">"#, r#"<a href="../a?v=1+2&amp;w=&amp;amp;">"#),
            (r#"<a href="/a?x=1&copy=2&copyy">"#, r#"<a href="../a?x=1&amp;copy=2&amp;copyy">"#),
            (r#"<a href="/tags/c&#43;&#43;/">"#, r#"<a href="../tags/c++/">"#),
            (r"<a href='&#x2F;about&sol;'>", r#"<a href="../about/">"#),
            (r"<img src=/caf&eacute;.png>", r#"<img src="../café.png">"#),
            (r#"<a href='/say?"hi"&apos;s'>"#, r#"<a href="../say?&quot;hi&quot;'s">"#),
            (r#"<p style="background:url(&#34;/img/a.png&#34;)">"#, r#"<p style="background:url(&quot;../img/a.png&quot;)">"#),
            (
                r#"<p style='content:"&lt;";background:url(&quot;/b.png&#x22;)'>"#,
                r#"<p style="content:&quot;&lt;&quot;;background:url(&quot;../b.png&quot;)">"#,
            ),
            (r#"<img srcset="&#47;a.jpg 1x&#44; /b&amp;c.jpg 2x">"#, r#"<img srcset="../a.jpg 1x, ../b&amp;c.jpg 2x">"#),
            (
                r#"<meta http-equiv="refresh" content="0&semi; url=&apos;/a?b&amp;c&apos;">"#,
                r#"<meta http-equiv="refresh" content="0; url='../a?b&amp;c'">"#,
            ),
            (
                r#"<iframe srcdoc="<img src=&quot;/a.png?x&amp;amp;y&quot;>">"#,
                r#"<iframe srcdoc="&lt;img src=&quot;../a.png?x&amp;amp;y&quot;&gt;">"#,
            ),
        ] {
            assert_eq!(html(written, &mut turn).unwrap(), expected);
        }
        for kept in [
            r#"<a href='https://x.example/?a=&lt;b&gt;&#43;&copy=1' title="&#34;/x&eacute;">"#,
            r#"<p style='a:url(&#34;img/a.png&#34;)'><img srcset="a&#46;png 1x&#44;b.png 2x"><iframe srcdoc="&lt;p&gt;"></iframe>"#,
        ] {
            assert_eq!(html(kept, &mut turn).unwrap(), kept, "what is not turned keeps every byte");
        }
    }

    #[test]
    fn what_is_shown_without_scripts_is_turned_too() {
        let page = r#"<head><noscript><link rel="stylesheet" href="/no.css"><style>b{background:url(/b.png)}</style></noscript></head>
<noscript data-x="/d"><img src="/a.png?x&amp;y" srcset="/a.png 1x"><a href='/about'>x &lt; y</a><!-- /c --></noscript><noscript>&copy;</noscript><noframes><a href=/f></noframes>"#;
        let expected = r#"<head><noscript><link rel="stylesheet" href="../no.css"><style>b{background:url("../b.png")}</style></noscript></head>
<noscript data-x="../d"><img src="../a.png?x&amp;y" srcset="../a.png 1x"><a href="../about">x &lt; y</a><!-- /c --></noscript><noscript>&copy;</noscript><noframes><a href="../f"></noframes>"#;
        assert_eq!(html(page, &mut turn).unwrap(), expected);
    }

    #[test]
    fn what_is_nested_without_end_is_read_to_a_depth() {
        for element in ["noscript", "noframes", "noembed"] {
            let page = format!("<a href=\"/a\"></a>{}<a href=\"/b\">", format!("<{element}>").repeat(20_000));
            let turned = html(&page, &mut turn).unwrap();
            assert_eq!(turned, page.replacen("/a", "../a", 1), "{element}");
        }
        for open in ["(", "[", "{", "a(", "url(", "image-set(url(", "@media{a("] {
            let inner = open.repeat(20_000);
            let sheet = format!("a{{b:url(/a.png)}} @media {{ {inner} url(/no.png)");
            assert_eq!(css(&sheet, &mut turn), sheet.replacen("url(/a.png)", "url(\"../a.png\")", 1), "{open}");
            let style = format!("<p style=\"b:url(/a.png);{inner}\">");
            assert!(html(&style, &mut turn).unwrap().contains("../a.png"), "{open}");
        }
    }

    #[test]
    fn the_page_that_a_page_gives_way_to_is_found_as_a_browser_finds_it() {
        for (value, expected) in [
            ("0; url=/about.html", Some("0; url=../about.html")),
            (" 0.5 ,URL = '/a b.html'; x", Some(" 0.5 ,URL = '../a b.html'; x")),
            ("5;/about.html ", Some("5;../about.html ")),
            ("5 /about.html", Some("5 ../about.html")),
            ("0;url=\"/about", Some("0;url=\"../about")),
            ("0; urls=/about", None),
            ("0;url=", None),
            ("5", None),
            ("", None),
            ("url=/about.html", None),
            ("5x;url=/about.html", None),
            ("0;url=https://x.example/", None),
        ] {
            assert_eq!(refresh(value, &mut turn).as_deref(), expected, "{value}");
        }
        let page = "<meta http-equiv=Refresh content=\"0; url=/a\"><meta name=\"description\" content=\"0; url=/a\">";
        let turned = html(page, &mut turn).unwrap();
        assert_eq!(turned, page.replacen("url=/a", "url=../a", 1));
    }

    #[test]
    fn a_list_of_addresses_is_read_as_a_browser_reads_it() {
        let turned = |value: &str| list(value, &mut turn);
        let lists = [
            ("/a.jpg 1x,/b.jpg 2x", "../a.jpg 1x,../b.jpg 2x"),
            ("/a.jpg, /b.jpg 2x", "../a.jpg, ../b.jpg 2x"),
            ("/a.jpg,/b.jpg 2x", "../a.jpg,/b.jpg 2x"),
            ("\n  /a.jpg 100w\t,\n  /b.jpg 200w,\n", "\n  ../a.jpg 100w\t,\n  ../b.jpg 200w,\n"),
            ("data:image/png;base64,AA,/x 1x,/b.jpg 2x", "data:image/png;base64,AA,/x 1x,../b.jpg 2x"),
            ("/a.jpg x(1, /no.jpg) ,/b.jpg,,, /c.jpg", "../a.jpg x(1, /no.jpg) ,../b.jpg,,, ../c.jpg"),
            ("/w_1,h_2/ä.jpg 1x", "../w_1,h_2/ä.jpg 1x"),
        ];
        for (value, expected) in lists {
            assert_eq!(turned(value).as_deref(), Some(expected), "{value}");
        }
        for value in ["", " ,, ", "https://x.example/a.jpg 2x", "data:,/a"] {
            assert_eq!(turned(value), None, "{value}");
        }
        assert_eq!(list("/a 1x", &mut |_, _| Some(",b c,".to_owned())).as_deref(), Some("%2Cb%20c%2C 1x"));
    }

    #[test]
    fn every_address_of_a_style_sheet_is_turned_and_nothing_else() {
        let sheet = r#"@charset "utf-8"; @import "/a.css" screen; @import url(/b.css);
/* url(/comment.png) */ @font-face { src: url("/c.woff2") format("woff2"), local("/no") }
.a::before { content: "/text"; background: image-set("/d.png" 1x, url(/e.png) 2x) } .b { --x: url( '/f.svg' ); color: var(--y, url(/g.png)) }
@media (min-width: 1px) { .c { mask: url(/h.svg#i) } }"#;
        let expected = r#"@charset "utf-8"; @import "../a.css" screen; @import url("../b.css");
/* url(/comment.png) */ @font-face { src: url("../c.woff2") format("woff2"), local("/no") }
.a::before { content: "/text"; background: image-set("../d.png" 1x, url("../e.png") 2x) } .b { --x: url( "../f.svg" ); color: var(--y, url("../g.png")) }
@media (min-width: 1px) { .c { mask: url("../h.svg#i") } }"#;
        assert_eq!(css(sheet, &mut turn), expected);
        assert_eq!(css("a { b: url(", &mut turn), "a { b: url(");
        assert_eq!(css("", &mut turn), "");
    }

    #[test]
    fn what_a_script_names_is_found() {
        let script = r#"import x from './part.js'; import("../lib/y.js"); fetch('/assets/data.json?x'); const a = {"u":"uploads\/images\/a b.jpg","n":"my-assets/no"};"#;
        for path in ["assets/data.json", "uploads/images/a b.jpg"] {
            assert!(named(script).iter().any(|named| named == path), "{path}");
        }
        assert!(!named(script).iter().any(|named| named.contains("no")));
        assert_eq!(imported(script), ["../lib/y.js", "./part.js"]);
    }
}
