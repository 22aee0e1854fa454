//! Rich text: what people write with an editor, or paste, made safe to be put into a page.
//!
//! It is read as browsers read it (html5ever, through ammonia), what is not on the lists below is left out, and what remains is
//! written anew, every value escaped. So nothing in it runs, navigates, sends or restyles anything, however it was written.
//! A picture from another server stays: its author asked for it.
//!
//! Only settings of the type `richtext` are cleaned. A `code` setting holds HTML that may run what it likes (embeds, custom
//! HTML), and so may a theme's templates: those are the site's own program, which a preview keeps in an origin of its own.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use super::links::{Links, is_picture, is_safe};
use crate::site::entities;
use crate::site::markup::tags;

/// Elements that stay; the words in others stay without them.
const TAGS: &str = "a abbr article aside audio b bdi bdo blockquote br caption center cite code col colgroup data dd del details dfn \
    div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li mark nav ol p picture pre q rp rt \
    ruby s samp section small source span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr";

/// Elements that go with all that is in them: no reader was ever shown it as words.
const DROPPED: &str = "script style template noscript svg math iframe noembed noframes title textarea select object applet";

/// Attributes that any element may have, besides `data-…` and `aria-…`.
const ATTRIBUTES: &str = "class id title lang dir role style hidden translate";

/// Attributes of single elements.
const OF_TAGS: [(&str, &str); 18] = [
    ("a", "href hreflang target rel download type name"),
    ("audio", "src controls loop muted preload"),
    ("blockquote", "cite"),
    ("col", "span width align"),
    ("colgroup", "span width align"),
    ("data", "value"),
    ("del", "cite datetime"),
    ("details", "open name"),
    ("font", "color face size"),
    ("img", "src alt width height loading decoding align"),
    ("ins", "cite datetime"),
    ("li", "value"),
    ("ol", "start type reversed"),
    ("q", "cite"),
    ("source", "src type media"),
    ("table", "align border cellpadding cellspacing width"),
    ("time", "datetime"),
    ("video", "src poster controls loop muted playsinline autoplay preload width height"),
];

/// Attributes of cells, rows and the like.
const OF_CELLS: &str = "align valign width height colspan rowspan headers scope abbr";

/// Properties of `style` attributes. None of them loads a file or takes text out of its place.
const STYLES: &str = "background-color border border-bottom border-collapse border-color border-left border-radius border-right \
    border-spacing border-style border-top border-width clear color direction display float font font-family font-size font-style \
    font-variant font-weight height letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right \
    margin-top max-height max-width min-height min-width opacity padding padding-bottom padding-left padding-right padding-top \
    text-align text-decoration text-decoration-color text-decoration-line text-decoration-style text-indent text-transform \
    vertical-align white-space width word-break word-spacing";

/// More elements than this are no text that a person wrote, and reading them takes time that grows with their square.
const MOST_TAGS: usize = 5_000;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let list = |names: &'static str| names.split_whitespace().collect::<HashSet<_>>();
    let mut attributes: HashMap<_, _> = OF_TAGS.iter().map(|(tag, names)| (*tag, list(names))).collect();
    attributes.extend(["tr", "td", "th", "tbody", "thead", "tfoot", "caption"].map(|tag| (tag, list(OF_CELLS))));
    let mut cleaner = Builder::new();
    cleaner
        .tags(list(TAGS))
        .clean_content_tags(list(DROPPED))
        .generic_attributes(list(ATTRIBUTES))
        .generic_attribute_prefixes(HashSet::from(["data-", "aria-"]))
        .tag_attributes(attributes)
        .filter_style_properties(list(STYLES))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "data"]))
        .link_rel(None)
        .attribute_filter(filtered);
    cleaner
});

/// The value that an attribute keeps, if it stays. Names with marks in them are no one's attributes: with none, what is
/// written needs no parser to find its way.
fn filtered<'v>(tag: &str, name: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    let is_url = matches!(name, "href" | "src" | "poster" | "cite");
    let is_shown = tag == "img" && name == "src" && is_picture(value);
    (is_plain && (!is_url || is_shown || is_safe(value))).then_some(Cow::Borrowed(value))
}

/// A rich text as it is put into a page: clean, and with the addresses that its links and files have from there.
pub(super) fn shown(html: &str, links: &Links) -> String {
    if !html.contains(['<', '>', '&']) {
        return html.to_owned();
    }
    let count = html.as_bytes().windows(2).filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic()).count();
    if count > MOST_TAGS {
        return entities::escaped(html).into_owned();
    }
    addressed(&CLEANER.clean(html).to_string(), links)
}

/// A clean text with other addresses. In one each value stands in double quotes, and every `<` begins a tag.
fn addressed(html: &str, links: &Links) -> String {
    let mut made = String::with_capacity(html.len());
    let mut done = 0;
    for tag in tags(html) {
        let of = |name: &str| tag.attribute(name).map(|at| entities::attribute(&html[at]));
        let id = of("data-page-uuid").or_else(|| of("data-collection-item-uuid"));
        for (name, at) in &tag.attributes {
            if !matches!(*name, "href" | "src" | "poster") {
                continue;
            }
            let written = entities::attribute(&html[at.clone()]);
            let address = match &id {
                Some(id) if *name == "href" => links.file(id, &written).map(|file| format!("{}{file}", links.root())).unwrap_or_default(),
                _ if tag.name == "img" && is_picture(&written) => continue,
                _ => links.address(&written),
            };
            made.push_str(&html[done..at.start]);
            made.push_str(&entities::escaped(&address));
            done = at.end;
        }
    }
    made.push_str(&html[done..]);
    made
}

#[cfg(test)]
mod tests {
    use super::super::links::tests::links;
    use super::*;

    fn rich(html: &str) -> String {
        shown(html, &links("../"))
    }

    #[test]
    fn rich_text_gets_the_addresses_of_its_page() {
        for (html, expected) in [
            ("plain", "plain"),
            ("<p>a <b>b</b> &lt; c</p>", "<p>a <b>b</b> &lt; c</p>"),
            ("<a href='old.html#x' data-page-uuid=\"u-about\">A</a>", "<a href=\"../about.html#x\" data-page-uuid=\"u-about\">A</a>"),
            ("<a data-page-uuid=\"u-gone\" href=\"gone.html\">A</a>", "<a data-page-uuid=\"u-gone\" href=\"\">A</a>"),
            ("<a href=about.html>A</a>", "<a href=\"../about.html\">A</a>"),
            ("<img alt=\"ü\" src=\"/uploads/images/a.jpg\">", "<img alt=\"ü\" src=\"../uploads/images/a.jpg\">"),
            ("<img src=\"data:image/png;base64,AA==\">", "<img src=\"data:image/png;base64,AA==\">"),
            ("<a href=\"https://x.example/?a=1&amp;b=2\">A</a>", "<a href=\"https://x.example/?a=1&amp;b=2\">A</a>"),
            ("<a href='caf&eacute;.html?q=&lt;b&gt;&#43;'>A</a>", "<a href=\"../café.html?q=&lt;b&gt;+\">A</a>"),
            ("<img src=&#x2F;uploads&#47;a&amp;b.jpg>", "<img src=\"../uploads/a&amp;b.jpg\">"),
            ("<a href='https://x.example/?a=&lt;&copy=1'>A</a>", "<a href=\"https://x.example/?a=&lt;&amp;copy=1\">A</a>"),
            (
                "<a href='old.html?a&amp;b' data-page-uuid='u&#45;about'>A</a>",
                "<a href=\"../about.html?a&amp;b\" data-page-uuid=\"u-about\">A</a>",
            ),
            (
                "<video poster=/uploads/a.jpg src=uploads/a.mp4></video>",
                "<video poster=\"../uploads/a.jpg\" src=\"../uploads/a.mp4\"></video>",
            ),
        ] {
            assert_eq!(rich(html), expected, "{html}");
        }
    }

    #[test]
    fn what_an_editor_writes_stays_as_it_is() {
        for html in [
            "<h2 id=\"team\" class=\"lead\">Team</h2><p>One<br>two&nbsp;– <em>three</em> <strong>four</strong> <u>u</u> <s>s</s></p>",
            "<ul><li>One</li><li><p>Two</p><ol start=\"3\"><li>a</li></ol></li></ul><blockquote><p>Q</p></blockquote><hr>",
            "<p><a href=\"https://x.example/\" target=\"_blank\" rel=\"noopener\" title=\"x\">A</a> <a href=\"mailto:a@b.example\">B</a></p>",
            "<table><thead><tr><th scope=\"col\">A</th></tr></thead><tbody><tr><td colspan=\"2\">1</td></tr></tbody></table>",
            "<figure><img src=\"https://x.example/a.jpg\" alt=\"A &amp; B\" width=\"4\" height=\"3\"><figcaption>F</figcaption></figure>",
            "<pre><code class=\"language-js\">a &lt; b</code></pre><p style=\"text-align:center;color:rgb(1, 2, 3)\">x</p>",
            "<div class=\"note\" data-kind=\"tip\" aria-label=\"Tip\"><span lang=\"de\">Rat</span></div><details open=\"\"><summary>S</summary>d</details>",
        ] {
            assert_eq!(rich(html), html);
            assert_eq!(rich(&rich(html)), rich(html));
        }
    }

    #[test]
    fn what_runs_or_loads_is_left_out() {
        for (html, expected) in [
            ("<a href='java&#115;cript&colon;alert(1)'>A</a>", "<a>A</a>"),
            ("<a href='java&Tab;script:alert(1)'>A</a>", "<a>A</a>"),
            ("<a href=\"javascript:alert(1)\" onclick='x()' title=t>A</a>", "<a title=\"t\">A</a>"),
            ("a<script src=x>if (a < b) {</script>b<SCRIPT>x", "ab"),
            ("<!-- --!><img src=x onerror=x()>", "<img src=\"../x\">"),
            ("<![CDATA[><img src=x onerror=x()>]]>", "<img src=\"../x\">]]&gt;"),
            ("<style><!--</style><img src=x onerror=x()>-->", "<img src=\"../x\">--&gt;"),
            ("<textarea><img src='</textarea><img src=x onerror=x()>'>", "<img src=\"../x\">'&gt;"),
            ("<img src=x onerror=x() ", ""),
            ("<p>a</p><img src=x onerror=x()//", "<p>a</p>"),
            ("<img title=\u{a0}\"x\" onerror=x()>", "<img title=\"&nbsp;&quot;x&quot;\">"),
            ("<img data-a\u{b}=\"b\" data-c\"d data-e<f data-g=h>", "<img data-g=\"h\">"),
            ("<base href=//evil.test><meta http-equiv=refresh content='0;url=//evil.test'><link rel=stylesheet href=//evil.test>x", "x"),
            ("<iframe src=//evil.test></iframe><form action=//evil.test><button formaction=x>B</button></form>", "B"),
            ("<p style=\"position:fixed;inset:0;color:red;background:url(//evil.test)\">x</p>", "<p style=\"color:red\">x</p>"),
            ("<a href=data:text/html,x ping=//evil.test>A</a><img src=data:text/html,x srcset='//evil.test 1x'>", "<a>A</a><img>"),
            ("<div background=//evil.test><table background=//evil.test></table></div>", "<div><table></table></div>"),
        ] {
            assert_eq!(rich(html), expected, "{html}");
        }
        for text in ["<", "<a href", "<a href=", "<a href='", "</script>", "<script", "<a onx>", "<a ü=\"\" on=\"\">", "\0<\0p\0>"] {
            rich(text);
        }
    }

    #[test]
    fn deep_and_long_texts_are_read_to_their_end() {
        let deep = "<div>".repeat(MOST_TAGS - 1);
        assert_eq!(rich(&deep).matches("<div>").count(), MOST_TAGS - 1);
        let formats = "<b><i><a href=x>".repeat(MOST_TAGS / 3);
        assert!(rich(&formats).starts_with("<b><i>"));
        assert!(rich(&"<p>x".repeat(MOST_TAGS + 1)).starts_with("&lt;p&gt;x"));
    }
}
