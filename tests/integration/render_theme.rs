//! A theme of fifty kinds of widgets, no two alike: each alone with nothing set, and all of them on one page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use backlot::render::Renderer;
use backlot::render::model::{Mode, PageRequest, Project, Rendered};
use serde_json::{Map, Value, json};

use crate::render::{Site, request};

/// A kind of widget: its name, its settings as `[type, id, default]`, the same of its blocks by their type, its template, and
/// what that shows with nothing set.
type Kind = (&'static str, &'static str, &'static str, &'static str, &'static str);

const KINDS: [Kind; 50] = [
    (
        "heading",
        r#"[["text", "title", "Fish & chips"]]"#,
        "{}",
        "{% if widget.index == 1 %}<h1>{{ widget.settings.title }}</h1>{% else %}<h2>{{ widget.settings.title }}</h2>{% endif %}",
        "<h1>Fish &amp; chips</h1>",
    ),
    (
        "text",
        r#"[["richtext", "text", "<p>Some <b>text</b> <a href=\"about.html\">here</a></p>"]]"#,
        "{}",
        "{% unless widget.settings.text | rte_blank %}<div>{{ widget.settings.text | raw }}</div>{% endunless %}",
        "<div><p>Some <b>text</b> <a href=\"about.html\">here</a></p></div>",
    ),
    (
        "quote",
        r#"[["textarea", "words", "One\n<two>"], ["text", "by", ""]]"#,
        "{}",
        "<blockquote>{{ widget.settings.words | escape | newline_to_br | raw }}{% if widget.settings.by != blank %}<cite>{{ widget.settings.by }}</cite>{% endif %}</blockquote>",
        "<blockquote>One<br />\n&lt;two&gt;</blockquote>",
    ),
    (
        "numbers",
        r#"[["number", "count", 7]]"#,
        "{}",
        "{{ widget.settings.count | times: 3 | minus: 1 | divided_by: 6.0 | round: 2 }} {{ widget.settings.count | modulo: 4 }} {{ -7.5 | abs | floor }}",
        "3.33 3 7",
    ),
    (
        "columns",
        r#"[["range", "columns", 9]]"#,
        "{}",
        "{% assign columns = widget.settings.columns | at_least: 1 | at_most: 4 %}{% capture style %}--columns: {{ columns }}{% endcapture %}<div style=\"{{ style }}\"></div>",
        "<div style=\"--columns: 4\"></div>",
    ),
    (
        "notice",
        r#"[["checkbox", "urgent", false], ["checkbox", "shown", true]]"#,
        "{}",
        "{% unless widget.settings.shown %}hidden{% elsif widget.settings.urgent %}urgent{% else %}calm{% endunless %}",
        "calm",
    ),
    (
        "tone",
        r#"[["select", "tone", "warm"]]"#,
        "{}",
        "{% case widget.settings.tone %}{% when 'cold', 'cool' %}blue{% when 'warm' or 'hot' %}red{% else %}grey{% endcase %}",
        "red",
    ),
    (
        "side",
        r#"[["radio", "side", "end"]]"#,
        "{}",
        "<div class=\"side-{{ widget.settings.side | replace: 'start', 'left' | replace: 'end', 'right' | upcase }}\"></div>",
        "<div class=\"side-RIGHT\"></div>",
    ),
    (
        "swatch",
        r##"[["color", "color", "#AABBCC"]]"##,
        "{}",
        "<i style=\"background: {{ widget.settings.color | downcase }}; color: #{{ widget.settings.color | slice: 1, 2 }}0000\"></i>",
        "<i style=\"background: #aabbcc; color: #AA0000\"></i>",
    ),
    (
        "picture",
        r#"[["image", "image", "/uploads/images/wide.jpg"]]"#,
        "{}",
        "{% image src: widget.settings.image, size: 'small', srcset: true, sizes: '50vw', class: 'p' %}",
        "<img src=\"uploads/images/wide-small.jpg\" alt=\"Wide\" class=\"p\" style=\"object-position: 50% 20%\" width=\"480\" height=\"240\" loading=\"lazy\" \
         srcset=\"uploads/images/wide-small.jpg 480w, uploads/images/wide-large.jpg 1920w\" sizes=\"50vw\">",
    ),
    (
        "portrait",
        r#"[["image", "image", null]]"#,
        "{}",
        "{% if widget.settings.image == blank %}{% placeholder_image src: 'none.svg', aspect: 'portrait', alt: '' %}{% else %}{{ widget.settings.image | media_meta: 'alt' }}{% endif %}",
        "<img src=\"assets/none.svg\" alt=\"\">",
    ),
    (
        "film",
        r#"[["video", "film", "/uploads/videos/a.mp4"]]"#,
        "{}",
        "<video src=\"{{ videoPath }}/{{ widget.settings.film | split: '/' | last }}\" controls></video>",
        "<video src=\"uploads/videos/a.mp4\" controls></video>",
    ),
    (
        "download",
        r#"[["file", "file", "/uploads/files/Price list.pdf"]]"#,
        "{}",
        "{% assign name = widget.settings.file | remove: '/uploads/files/' %}<a href=\"{{ filePath }}/{{ name | uri_escape }}\" download>{{ name | split: '.' | first }}</a>",
        "<a href=\"uploads/files/Price%20list.pdf\" download>Price list</a>",
    ),
    (
        "button",
        r#"[["link", "link", {"href": "/about.html", "text": "About", "target": "_blank"}]]"#,
        "{}",
        "<a href=\"{{ widget.settings.link.href }}\"{% if widget.settings.link.target == '_blank' %} target=\"_blank\"{% endif %}>{{ widget.settings.link.text | default: 'More' }}</a>",
        "<a href=\"about.html\" target=\"_blank\">About</a>",
    ),
    (
        "menu",
        r#"[["menu", "menu", "main"]]"#,
        "{}",
        "{% render 'menu', menu: widget.settings.menu, skip_nav: true, class_list: 'm', class_item: 'i', class_link: 'l', class_submenu: 's' %}",
        "<ul class=\"m\">\n  <li class=\"i  is-active\">\n    <a class=\"l\" href=\"index.html\" aria-current=\"page\">Home</a>\n    <ul class=\"s\">\n      \
         <li class=\"i\">\n        <a class=\"l\" href=\"about.html\">About</a>\n      </li>\n    </ul>\n  </li>\n</ul>",
    ),
    (
        "links",
        r#"[["menu", "menu", "main"]]"#,
        "{}",
        "{% for item in widget.settings.menu.items %}{% if forloop.first %}<{% endif %}{{ item.label }}:{{ item.items.size }}{% if forloop.last %}>{% endif %}{% endfor %}",
        "<Home:1>",
    ),
    (
        "icon",
        r#"[["icon", "icon", "star"]]"#,
        "{}",
        "{% if icons[widget.settings.icon] %}<svg class=\"{{ iconPrefix }}\">{{ icons[widget.settings.icon].body | raw }}</svg>{% endif %}",
        "<svg class=\"x\"><path d='M1 1'/></svg>",
    ),
    (
        "font",
        r#"[["font_picker", "font", {"stack": "\"Own Sans\", serif", "weight": 600}]]"#,
        "{}",
        "<p style='font: {{ widget.settings.font.weight }} 1em {{ widget.settings.font.stack | raw }}'></p>",
        "<p style='font: 600 1em \"Own Sans\", serif'></p>",
    ),
    (
        "cards",
        "[]",
        r#"{"card": [["text", "title", "Card"], ["icon", "icon", "star"]]}"#,
        "{% for id in widget.blocksOrder %}{% assign block = widget.blocks[id] %}{% render 'card', title: block.settings.title, icon: block.settings.icon %}{% else %}No cards yet{% endfor %}",
        "No cards yet",
    ),
    (
        "tabs",
        "[]",
        r#"{"tab": [["text", "label", "Tab"], ["richtext", "text", "<p>t</p>"]]}"#,
        "<ol>{% for id in widget.blocksOrder %}<li id=\"{{ widget.id }}-{{ forloop.index }}\">{{ widget.blocks[id].settings.label }}</li>{% endfor %}</ol>\
         {% for id in widget.blocksOrder reversed %}<div>{{ widget.blocks[id].settings.text | raw }}</div>{% endfor %}",
        "<ol></ol>",
    ),
    (
        "questions",
        r#"[["checkbox", "open", true]]"#,
        r#"{"question": [["text", "question", "Why?"], ["textarea", "answer", "Because."]], "note": [["text", "note", "N"]]}"#,
        "{% for id in widget.blocksOrder %}{% assign block = widget.blocks[id] %}{% if block.type == 'question' %}<details{% if widget.settings.open %}{% increment opened %}{% endif %}><summary>{{ block.settings.question }}</summary>\
         {{ block.settings.answer | strip_newlines }}</details>{% elsif block.type == 'note' %}<p>{{ block.settings.note }}</p>{% endif %}{% endfor %}{% decrement left %}",
        "-1",
    ),
    (
        "gallery",
        r#"[["gallery", "pictures", ["/uploads/images/wide.jpg", "", "/uploads/images/b.png"]]]"#,
        "{}",
        "{{ widget.settings.pictures | size }}: {% for picture in widget.settings.pictures limit: 1 %}{% image src: picture, output: 'url' %}{% endfor %} {{ widget.settings.pictures | last }}",
        "2: uploads/images/wide.jpg /uploads/images/b.png",
    ),
    (
        "table",
        r#"[["table", "rows", [["a", "b"], ["<c>", "d"]]]]"#,
        "{}",
        "<table>{% for row in widget.settings.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>",
        "<table><tr><td>a</td><td>b</td></tr><tr><td>&lt;c&gt;</td><td>d</td></tr></table>",
    ),
    (
        "news",
        r#"[["number", "most", 2]]"#,
        "{}",
        "{% assign items = 'news' | collection: limit: widget.settings.most, sort: 'title_desc' %}{% for item in items %}<a href=\"{{ item.url }}\">{{ item.settings.title }}</a>{% endfor %}",
        "<a href=\"news/b.html\">Second</a><a href=\"news/a.html\">First</a>",
    ),
    (
        "day",
        r#"[["date", "day", "2026-03-01"]]"#,
        "{}",
        "<time datetime=\"{{ widget.settings.day }}\">{{ widget.settings.day | format_date: 'D MMMM YYYY' }}</time>",
        "<time datetime=\"2026-03-01\">1 March 2026</time>",
    ),
    (
        "tags",
        r#"[["text", "tags", "b, a ,b,  c"]]"#,
        "{}",
        "{% assign tags = widget.settings.tags | split: ',' %}{% assign clean = '' | split: '' %}{% for tag in tags %}{% assign one = tag | strip %}{% assign clean = clean | push: one %}{% endfor %}{{ clean | uniq | sort | join: '·' }}",
        "a·b·c",
    ),
    (
        "price",
        r#"[["number", "price", 1234.5], ["text", "currency", "€"]]"#,
        "{}",
        "{% assign cents = widget.settings.price | times: 100 | round %}{% assign whole = cents | divided_by: 100 | floor %}{% assign rest = cents | modulo: 100 | append: '' %}{% if rest.size == 1 %}{% assign rest = rest | prepend: '0' %}{% endif %}{{ widget.settings.currency }} {{ whole }}.{{ rest }}",
        "€ 1234.50",
    ),
    (
        "rating",
        r#"[["range", "stars", 3]]"#,
        "{}",
        "{% for i in (1..5) %}{% if i <= widget.settings.stars %}★{% else %}☆{% endif %}{% endfor %}",
        "★★★☆☆",
    ),
    (
        "opening",
        r#"[["text", "from", "2026-12-24T08:30:00"]]"#,
        "{}",
        "{{ widget.settings.from | date: '%d.%m.%Y %H:%M' }} {{ widget.settings.from | date: '%B' | truncate: 3, '' }}",
        "24.12.2026 08:30 Dec",
    ),
    (
        "youtube",
        r#"[["youtube", "video", "https://youtu.be/dQw4w9WgXcQ"]]"#,
        "{}",
        "<img src=\"{% youtube src: widget.settings.video, output: 'thumbnail' %}\" data-url=\"{% youtube src: widget.settings.video, output: 'url', mute: true %}\">",
        "<img src=\"https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg\" data-url=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?mute=1\">",
    ),
    (
        "map",
        r#"[["text", "address", "Main St 1 & Co"]]"#,
        "{}",
        "<a href=\"https://maps.example/?q={{ widget.settings.address | url_encode }}\">{{ widget.settings.address | url_encode | url_decode }}</a>",
        "<a href=\"https://maps.example/?q=Main+St+1+%26+Co\">Main St 1 &amp; Co</a>",
    ),
    (
        "share",
        "[]",
        "{}",
        "<a href=\"mailto:?subject={{ page.name | uri_escape }}\">{{ page.seo.description | default: project.name }}</a>",
        "<a href=\"mailto:?subject=Home\">Morrow</a>",
    ),
    ("crumbs", "[]", "{}", "<nav>{% include 'crumbs', separator: '›' %}</nav>", "<nav>Morrow › Home (index)</nav>"),
    (
        "stripes",
        r#"[["number", "rows", 3]]"#,
        "{}",
        "{% for i in (1..widget.settings.rows) %}<i class=\"{% cycle 'odd', 'even' %}\">{{ forloop.rindex }}</i>{% endfor %}",
        "<i class=\"odd\">3</i><i class=\"even\">2</i><i class=\"odd\">1</i>",
    ),
    (
        "logos",
        r#"[["textarea", "names", "A\nB\nC"]]"#,
        "{}",
        "{% assign names = widget.settings.names | newline_to_br | strip_newlines | split: '<br />' %}<table>{% tablerow name in names cols: 2 %}{{ name }}{% endtablerow %}</table>",
        "<table><tr class=\"row1\"><td class=\"col1\">A</td><td class=\"col2\">B</td></tr><tr class=\"row2\"><td class=\"col1\">C</td></tr></table>",
    ),
    (
        "sample",
        "[]",
        "{}",
        "<code>{% raw %}{{ widget.settings }}{% endraw %}</code>{% comment %}{% no such tag %}{% endcomment %}{% # nor this %}",
        "<code>{{ widget.settings }}</code>",
    ),
    (
        "excerpt",
        r#"[["richtext", "text", "<p>One two</p><p>three <i>four</i> five</p>"]]"#,
        "{}",
        "{{ widget.settings.text | rte_text | truncatewords: 3 }} ({{ widget.settings.text | strip_html | size }})",
        "One two three... (22)",
    ),
    (
        "anchor",
        r#"[["text", "title", "Über uns"]]"#,
        "{}",
        "<h2 id=\"{{ widget.settings.title | handleize }}\" class=\"{{ widget.type }}-{{ widget.id }}\">{{ widget.settings.title | upcase }}</h2>",
        "<h2 id=\"uber-uns\" class=\"anchor-w-anchor\">ÜBER UNS</h2>",
    ),
    (
        "form",
        r#"[["text", "action", "javascript:x"]]"#,
        r#"{"field": [["text", "label", "Your name"], ["select", "kind", "text"], ["checkbox", "required", true]]}"#,
        "<form action=\"{{ widget.settings.action | safe_url | default: '#' }}\">{% for id in widget.blocksOrder %}{% assign field = widget.blocks[id].settings %}\
         <input type=\"{{ field.kind }}\" name=\"{{ field.label | handleize | prepend: 'f-' }}\"{% if field.required and field.kind != 'hidden' %} required{% endif %}>{% endfor %}</form>",
        "<form action=\"#\"></form>",
    ),
    (
        "data",
        r#"[["text", "a", "<b>"], ["number", "b", 1.5]]"#,
        "{}",
        "<script type=\"application/json\">{{ widget.settings | json | replace: '<', '\\\\u003c' | raw }}</script>",
        "<script type=\"application/json\">{\"a\":\"\\u003cb>\",\"b\":1.5}</script>",
    ),
    (
        "greeting",
        r#"[["text", "hello", "tTheme:greeting.hello"], ["text", "bye", "tTheme:greeting.bye"]]"#,
        "{}",
        "{{ widget.settings.hello }}, {{ widget.settings.bye }}",
        "Hello, Goodbye",
    ),
    (
        "palette",
        "[]",
        "{}",
        "{% for color in theme.colors %}{{ color[0] }}={{ color[1] }};{% endfor %}{{ theme.colors.size }}",
        "ink=#111;paper=#fff;2",
    ),
    (
        "script",
        r#"[["text", "name", "Ada"]]"#,
        "{}",
        "{% liquid\n  assign name = widget.settings.name | downcase\n  if name == 'ada'\n    echo 'Dear '\n    echo name | capitalize\n  else\n    echo 'Hello'\n  endif\n%}!",
        "Dear Ada!",
    ),
    (
        "search",
        r#"[["text", "letters", "a,b,x,c,stop,d"]]"#,
        "{}",
        "{% assign letters = widget.settings.letters | split: ',' %}{% for letter in letters offset: 1 %}{% if letter == 'x' %}{% continue %}{% elsif letter == 'stop' %}{% break %}{% endif %}{{ letter }}{% endfor %}",
        "bc",
    ),
    (
        "people",
        r#"[["people", "people", [{"name": "Cid", "role": "x"}, {"name": "ada", "role": "y"}, {"name": "Bob", "role": "x"}]]]"#,
        "{}",
        "{{ widget.settings.people | sort_natural: 'name' | map: 'name' | join: ', ' }}; {% assign x = widget.settings.people | where: 'role', 'x' %}{{ x.size }}; {% assign roles = widget.settings.people | group_by: 'role' %}{{ roles | map: 'name' | join }}",
        "ada, Bob, Cid; 2; x y",
    ),
    (
        "list",
        r#"[["items", "items", ["one", "two"]]]"#,
        "{}",
        "<ul>{% render 'item' for widget.settings.items as item, last: widget.settings.items.last %}</ul>",
        "<ul><li>1/2 one</li><li>2/2 two!</li></ul>",
    ),
    (
        "spaced",
        r#"[["text", "text", "x"]]"#,
        "{}",
        "\n\n  {%- if widget.settings.text == 'x' -%}\n    <p>\n      {{- widget.settings.text -}}\n    </p>\n  {%- endif -%}\n\n",
        "<p>x</p>",
    ),
    (
        "assets",
        "[]",
        "{}",
        "{% enqueue_style src: 'assets.css' %}{% enqueue_script src: 'assets.js', defer: true %}{% enqueue_preload src: 'a.woff2', as: 'font' %}{% asset src: 'logo.svg', alt: 'Logo' %}",
        "<img src=\"widgets/assets/logo.svg\" alt=\"Logo\">",
    ),
    (
        "tree",
        r#"[["menu", "menu", "main"]]"#,
        "{}",
        "{% render 'tree', items: widget.settings.menu.items, depth: 1 %}",
        "(1 Home(2 About))",
    ),
    (
        "place",
        "[]",
        "{}",
        "{{ renderMode }} {{ outputPathPrefix }}{{ currentCanonicalPath }} {{ imagePath }} {{ widget.index }}/{{ widget.settings.size }} {{ 'x' | sha256 | slice: 0, 6 }} {{ 'ü' | base64_encode }}",
        "publish index.html uploads/images 1/0 2d7116 w7w=",
    ),
];

/// Settings as a schema has them.
fn settings(triples: &Value) -> Value {
    triples.as_array().unwrap().iter().map(|one| json!({"type": one[0], "id": one[1], "default": one[2], "label": one[1]})).collect()
}

fn theme() -> Site {
    let size = |name: &str, width: u32| json!({"path": format!("/uploads/images/wide-{name}.jpg"), "width": width, "height": width / 2});
    let wide = json!({
        "filename": "wide.jpg", "type": "image/jpeg", "path": "/uploads/images/wide.jpg", "width": 4000, "height": 2000,
        "metadata": {"alt": "Wide", "focalPoint": {"x": 0.5, "y": 0.2}}, "sizes": {"small": size("small", 480), "large": size("large", 1920)}
    });
    let site = Site::new(&[
        (
            "layout.liquid",
            "<html lang=\"en\"><head>{% seo %}{% header_assets %}</head><main>{{ main_content | raw }}</main>{% footer_assets %}</html>",
        ),
        ("uploads/media.json", &json!({ "files": [wide] }).to_string()),
        ("assets/icons.json", r#"{"prefix": "x", "icons": {"star": {"body": "<path d='M1 1'/>"}}}"#),
        (
            "theme.json",
            r##"{"settings": {"global": {"colors": [{"type": "color", "id": "ink", "default": "#111"}, {"type": "color", "id": "paper", "value": "#fff"}]}}}"##,
        ),
        ("locales/en.json", r#"{"greeting": {"hello": "Hello", "bye": "Goodbye"}}"#),
        ("menus/main.json", r#"{"items": [{"label": "Home", "link": "index.html", "items": [{"label": "About", "link": "about.html"}]}]}"#),
        (
            "collection-types/news/schema.json",
            r#"{"type": "news", "hasItemPages": true, "settings": [{"type": "text", "id": "title", "usedAsTitle": true}]}"#,
        ),
        ("collections/news/a.json", r#"{"uuid": "u-a", "settings": {"title": "First"}}"#),
        ("collections/news/b.json", r#"{"uuid": "u-b", "settings": {"title": "Second"}}"#),
        ("snippets/card.liquid", "<div>{% render 'parts/icon', name: icon %}<h3>{{ title }}</h3></div>"),
        ("snippets/parts/icon.liquid", "{% if icons[name] %}<svg>{{ icons[name].body | raw }}</svg>{% endif %}"),
        ("snippets/crumbs.liquid", "{{ project.name }} {{ separator }} {{ page.name }} ({{ page.slug }})"),
        ("snippets/item.liquid", "<li>{{ forloop.index }}/{{ forloop.length }} {{ item }}{% if item == last %}!{% endif %}</li>"),
        (
            "snippets/tree.liquid",
            "{% for item in items %}({{ depth }} {{ item.label }}{% if item.items.size > 0 %}{% assign below = depth | plus: 1 %}{% render 'tree', items: item.items, depth: below %}{% endif %}){% endfor %}",
        ),
        ("pages/about.json", r#"{"name": "About", "widgets": {}}"#),
        ("pages/index.json", r#"{"name": "Home", "widgets": {}}"#),
    ]);
    for (name, own, blocks, template, _) in KINDS {
        let blocks: Map<String, Value> = serde_json::from_str(blocks).unwrap();
        let blocks: Vec<Value> = blocks.iter().map(|(kind, own)| json!({"type": kind, "settings": settings(own)})).collect();
        let own: Value = serde_json::from_str(own).unwrap();
        site.write(&format!("widgets/{name}/schema.json"), &json!({"settings": settings(&own), "blocks": blocks}).to_string());
        site.write(&format!("widgets/{name}/widget.liquid"), template);
    }
    site
}

/// The first page with these widgets.
fn shown(renderer: &Renderer, widgets: &Map<String, Value>) -> Rendered {
    let page = json!({"name": "Home", "widgets": widgets}).to_string();
    let overrides = BTreeMap::from([("pages/index.json".to_owned(), Arc::from(page))]);
    let project = Project { name: "Morrow".to_owned(), ..Project::default() };
    renderer.page(PageRequest { mode: Mode::Publish, overrides, project, ..request("pages/index") }).unwrap()
}

fn main_of(rendered: &Rendered) -> &str {
    rendered.html.split("<main>").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap()
}

#[test]
fn no_two_kinds_are_alike() {
    let templates: BTreeSet<&str> = KINDS.iter().map(|kind| kind.3).collect();
    let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.0).collect();
    assert_eq!((templates.len(), names.len()), (50, 50));
}

#[test]
fn each_of_fifty_kinds_renders_alone_with_nothing_but_its_schemas_defaults() {
    let site = theme();
    let renderer = site.renderer();
    let mut differences = Vec::new();
    for (name, .., expected) in KINDS {
        let widgets = Map::from_iter([(format!("w-{name}"), json!({ "type": name }))]);
        let rendered = shown(&renderer, &widgets);
        if main_of(&rendered) != expected || !rendered.problems.is_empty() {
            differences.push(format!("{name}: {:?}\n  made {}\n  not  {expected}", rendered.problems, main_of(&rendered)));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn all_fifty_kinds_render_on_one_page_with_blocks_and_in_two_engines_as_in_one() {
    let site = theme();
    let mut widgets = Map::new();
    for (name, own, blocks, ..) in KINDS {
        let blocks: Map<String, Value> = serde_json::from_str(blocks).unwrap();
        // Two of each kind of block: one bare, and one with a text in each of its settings.
        let texts = |own: &Value| -> Map<String, Value> {
            let ids = own.as_array().unwrap().iter().filter(|one| one[0] == "text");
            ids.map(|one| (one[1].as_str().unwrap().to_owned(), format!("<{name}>").into())).collect()
        };
        let blocks: Map<String, Value> = blocks
            .iter()
            .flat_map(|(kind, own)| {
                [(format!("{kind}-1"), json!({ "type": kind })), (format!("{kind}-2"), json!({"type": kind, "settings": texts(own)}))]
            })
            .collect();
        let own: Value = serde_json::from_str(own).unwrap();
        widgets.insert(format!("w-{name}"), json!({"type": name, "settings": texts(&own), "blocks": blocks}));
    }
    let together = shown(&site.renderer(), &widgets);
    assert_eq!(together.problems, []);
    let html = main_of(&together);
    for shown in [
        "<h1>&lt;heading&gt;</h1>",
        "<h3>Card</h3></div><div><svg><path d='M1 1'/></svg><h3>&lt;cards&gt;</h3>",
        "<li id=\"w-tabs-1\">Tab</li><li id=\"w-tabs-2\">&lt;tabs&gt;</li></ol><div><p>t</p></div><div><p>t</p></div>",
        "<details0><summary>Why?</summary>Because.</details><details1><summary>&lt;questions&gt;</summary>Because.</details><p>N</p><p>&lt;questions&gt;</p>-1",
        "<form action=\"&lt;form&gt;\"><input type=\"text\" name=\"f-your-name\" required><input type=\"text\" name=\"f-form\" required></form>",
        "<h2 id=\"anchor\" class=\"anchor-w-anchor\">&lt;ANCHOR&gt;</h2>",
        "&lt;greeting&gt;, &lt;greeting&gt;",
    ] {
        assert!(html.contains(shown), "{shown} in {html}");
    }
    assert!(together.html.contains(
        "<link rel=\"preload\" href=\"widgets/assets/a.woff2\" as=\"font\">\n<link rel=\"stylesheet\" href=\"widgets/assets/assets.css\">"
    ));
    assert_eq!(shown(&Renderer::one_of_many(site.0.path()), &widgets), together);
}
