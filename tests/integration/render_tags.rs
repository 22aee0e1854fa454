//! What each tag and filter of themes makes, to the letter.

use std::collections::BTreeMap;
use std::sync::Arc;

use backlot::render::Renderer;
use backlot::render::model::{Mode, PageRequest, Project};
use serde_json::{Value, json};

use crate::render::{Site, request};

/// A site with a catalogue: a picture in several sizes, one in a single size, and a drawing.
fn site() -> Site {
    let size = |name: &str, width: u32| json!({"path": format!("/uploads/images/wide-{name}.jpg"), "width": width, "height": width / 2});
    let wide = json!({
        "filename": "wide.jpg", "type": "image/jpeg", "path": "/uploads/images/wide.jpg", "width": 4000, "height": 2000,
        "metadata": {"alt": "A \"wide\" view", "title": "Wide", "caption": "By us"},
        "sizes": {"thumb": size("thumb", 150), "large": size("large", 1920), "small": size("small", 480), "medium": size("medium", 1024)}
    });
    let single = json!({"filename": "single.png", "type": "image/png", "path": "/uploads/images/single.png", "width": 300, "height": 200});
    let drawing = json!({
        "filename": "drawing.svg", "type": "image/svg+xml", "path": "/uploads/images/drawing.svg", "width": 10, "height": 10,
        "metadata": {"alt": "Drawing", "focalPoint": {"x": 0, "y": 0}}
    });
    let focused =
        |name: &str, point: Value| json!({"filename": name, "path": format!("/uploads/images/{name}"), "metadata": {"focalPoint": point}});
    let files = json!([
        wide,
        single,
        drawing,
        focused("face.jpg", json!({"x": 0.25, "y": 1.0 / 3.0})),
        focused("corner.jpg", json!({"x": 0, "y": 1})),
        focused("odd.jpg", json!({"x": 2, "y": "0"})),
    ]);
    Site::new(&[
        ("layout.liquid", "<main>{{ main_content | raw }}</main>"),
        ("uploads/media.json", &json!({ "files": files }).to_string()),
        ("pages/index.json", r#"{"name": "Home", "widgets": {"w": {"type": "case", "settings": {}}}}"#),
    ])
}

/// What a widget of this template shows on the published first page.
fn shown(renderer: &Renderer, template: &str) -> String {
    let overrides = BTreeMap::from([("widgets/case/widget.liquid".to_owned(), Arc::from(template))]);
    let rendered = renderer.page(PageRequest { overrides, mode: Mode::Publish, ..request("pages/index") }).unwrap();
    assert_eq!(rendered.problems, [], "{template}");
    rendered.html.strip_prefix("<main>").and_then(|html| html.strip_suffix("</main>")).unwrap().to_owned()
}

/// Compares what each template makes with what it is to make, and tells all differences at once.
fn compare(renderer: &Renderer, cases: &[(&str, &str)]) {
    let differences: Vec<String> = cases
        .iter()
        .map(|(template, expected)| (template, expected, shown(renderer, template)))
        .filter(|(_, expected, made)| made != *expected)
        .map(|(template, expected, made)| format!("{template}\n  made {made}\n  not  {expected}"))
        .collect();
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), cases.len(), differences.join("\n"));
}

#[test]
fn a_picture_is_cropped_around_what_must_be_seen_of_it() {
    let site = site();
    compare(
        &site.renderer(),
        &[
            (
                "{% image src: '/uploads/images/face.jpg' %}",
                "<img src=\"uploads/images/face.jpg\" alt=\"\" style=\"object-position: 25% 33.33%\" loading=\"lazy\">",
            ),
            (
                "{% image src: 'corner.jpg', style: 'opacity: .5', lazy: false %}",
                "<img src=\"uploads/images/corner.jpg\" alt=\"\" style=\"object-position: 0% 100%; opacity: .5\">",
            ),
            ("{% image src: 'odd.jpg', lazy: false %}", "<img src=\"uploads/images/odd.jpg\" alt=\"\">"),
            ("{% image src: 'drawing.svg', lazy: false %}", "<img src=\"uploads/images/drawing.svg\" alt=\"Drawing\">"),
            ("{% image src: 'face.jpg', output: 'url' %}", "uploads/images/face.jpg"),
        ],
    );
}

/// What the layout loads for widgets of these templates, by their names, in the head and at the end of the published page.
fn enqueued(widgets: &[(&str, &str)], version: &str) -> (String, String) {
    let site = Site::new(&[("layout.liquid", "{% header_assets %}<hr>{% footer_assets %}")]);
    let entries: serde_json::Map<String, Value> = widgets.iter().map(|(kind, _)| ((*kind).to_owned(), json!({ "type": kind }))).collect();
    site.write("pages/index.json", &json!({ "widgets": entries }).to_string());
    for (kind, template) in widgets {
        site.write(&format!("widgets/{kind}/widget.liquid"), template);
    }
    let request = PageRequest { mode: Mode::Publish, version: version.to_owned(), ..request("pages/index") };
    let rendered = site.renderer().page(request).unwrap();
    assert_eq!(rendered.problems, []);
    let (head, end) = rendered.html.split_once("<hr>").unwrap();
    (head.to_owned(), end.to_owned())
}

#[test]
fn what_a_widget_enqueues_stands_in_its_own_folder_and_is_loaded_once() {
    let (head, end) = enqueued(
        &[
            (
                "hero",
                "{% enqueue_style src: 'style.css' %}{% enqueue_script src: 'hero.js', defer: true %}{% enqueue_preload src: 'hero.woff2', as: 'font', crossorigin: true %}\
                 {% enqueue_script src: 'shared.js', theme: true %}{% enqueue_style src: 'print.css', media: 'print', id: 'print', priority: 10 %}",
            ),
            (
                "cta",
                "{% enqueue_style src: 'style.css' %}{% enqueue_script src: 'shared.js', theme: true, async: true, location: 'header' %}\
                 {% enqueue_style src: 'late.css', location: 'footer' %}{% enqueue_script src: '' %}{% enqueue_preload src: 'no-kind.js' %}",
            ),
        ],
        "7",
    );
    assert_eq!(
        head,
        "<link rel=\"preload\" href=\"widgets/hero/hero.woff2\" as=\"font\" crossorigin>\n\
         <link rel=\"stylesheet\" href=\"widgets/hero/print.css?v=7\" media=\"print\" id=\"print\">\n\
         <link rel=\"stylesheet\" href=\"widgets/hero/style.css?v=7\">\n\
         <link rel=\"stylesheet\" href=\"widgets/cta/style.css?v=7\">\n\
         <script src=\"assets/shared.js?v=7\" async></script>\n",
        "two files of one name are two files; the last word on one counts"
    );
    assert_eq!(
        end,
        "<link rel=\"stylesheet\" href=\"widgets/cta/late.css?v=7\">\n<script src=\"widgets/hero/hero.js?v=7\" defer></script>\n"
    );
}

#[test]
fn what_is_loaded_ahead_is_the_file_that_is_loaded_later() {
    for (options, expected) in [
        ("src: 'photo.jpg', as: 'image', fetchpriority: 'high'", "href=\"widgets/hero/photo.jpg\" as=\"image\" fetchpriority=\"high\""),
        ("src: './img/photo.jpg', as: 'image'", "href=\"widgets/hero/img/photo.jpg\" as=\"image\""),
        ("src: 'hero.css', as: 'style', media: 'print'", "href=\"widgets/hero/hero.css?v=7\" as=\"style\" media=\"print\""),
        ("src: 'brand.woff2', as: 'font', type: 'font/woff2', theme: true", "href=\"assets/brand.woff2\" as=\"font\" type=\"font/woff2\""),
        ("src: 'assets/fonts/brand.woff2', as: 'font'", "href=\"assets/fonts/brand.woff2\" as=\"font\""),
        ("src: '/assets/brand.woff2', as: 'font'", "href=\"assets/brand.woff2\" as=\"font\""),
        ("src: '/uploads/images/a.jpg', as: 'image'", "href=\"uploads/images/a.jpg\" as=\"image\""),
        ("src: picture, as: 'image'", "href=\"uploads/images/wide-large.jpg\" as=\"image\""),
        ("src: own, as: 'fetch'", "href=\"widgets/hero/data.json\" as=\"fetch\""),
        ("src: 'https://x.example/a.jpg', as: 'image'", "href=\"https://x.example/a.jpg\" as=\"image\""),
        ("src: '//x.example/a.jpg', as: 'image'", "href=\"//x.example/a.jpg\" as=\"image\""),
        ("src: '/api/data', as: 'fetch'", "href=\"/api/data\" as=\"fetch\""),
        (
            "src: 'b.jpg', as: 'image', imagesrcset: 'a.jpg 640w,b.jpg 1024w, /uploads/images/c.jpg 2x, https://x.example/d,e.jpg', imagesizes: '50vw'",
            "href=\"widgets/hero/b.jpg\" as=\"image\" imagesrcset=\"widgets/hero/a.jpg 640w, widgets/hero/b.jpg 1024w, uploads/images/c.jpg 2x, https://x.example/d,e.jpg\" imagesizes=\"50vw\"",
        ),
    ] {
        let template = format!(
            "{{% capture picture %}}{{% image src: '/uploads/images/wide-large.jpg', output: 'url' %}}{{% endcapture %}}\
             {{% capture own %}}{{% asset src: 'data.json' %}}{{% endcapture %}}{{% enqueue_preload {options} %}}"
        );
        assert_eq!(enqueued(&[("hero", &template)], "7").0, format!("<link rel=\"preload\" {expected}>\n"), "{options}");
    }
}

#[test]
fn pictures() {
    let site = site();
    let wide = "alt=\"A &quot;wide&quot; view\" title=\"Wide\"";
    let srcset = "uploads/images/wide-small.jpg 480w, uploads/images/wide-medium.jpg 1024w, uploads/images/wide-large.jpg 1920w";
    let drawn = "data:image/svg+xml,%3Csvg%20xmlns%3D'http%3A%2F%2Fwww.w3.org%2F2000%2Fsvg'%20viewBox%3D'0%200%20";
    let renderer = site.renderer();
    for (template, expected) in [
        (
            "{% image src: 'wide.jpg' %}",
            format!("<img src=\"uploads/images/wide-medium.jpg\" {wide} width=\"1024\" height=\"512\" loading=\"lazy\">"),
        ),
        (
            "{% image src: '/uploads/images/wide.jpg', size: 'large', srcset: true, sizes: '(min-width: 60em) 50vw, 100vw', lazy: false %}",
            format!(
                "<img src=\"uploads/images/wide-large.jpg\" {wide} width=\"1920\" height=\"960\" srcset=\"{srcset}\" sizes=\"(min-width: 60em) 50vw, 100vw\">"
            ),
        ),
        (
            "{% image src: 'wide.jpg', size: 'none', alt: '<b>', title: '', class: 'a b', id: 'x', width: 1, height: 2, fetchpriority: 'high', decoding: 'async', loading: 'eager' %}",
            "<img src=\"uploads/images/wide.jpg\" alt=\"&lt;b&gt;\" title=\"Wide\" class=\"a b\" id=\"x\" width=\"1\" height=\"2\" fetchpriority=\"high\" decoding=\"async\" loading=\"eager\">".to_owned(),
        ),
        (
            "{% image src: 'single.png', srcset: true, sizes: '50vw' %}",
            "<img src=\"uploads/images/single.png\" alt=\"\" width=\"300\" height=\"200\" loading=\"lazy\">".to_owned(),
        ),
        ("{% image src: 'drawing.svg', srcset: true %}", "<img src=\"uploads/images/drawing.svg\" alt=\"Drawing\" loading=\"lazy\">".to_owned()),
        ("{% image src: 'unknown.webp', lazy: 'false' %}", "<img src=\"uploads/images/unknown.webp\" alt=\"\">".to_owned()),
        ("{% image src: 'https://x.example/a.jpg?b=1&c=2' %}", "<img src=\"https://x.example/a.jpg?b=1&amp;c=2\" alt=\"\" loading=\"lazy\">".to_owned()),
        ("{% image src: 'javascript:alert(1)' %}", "<img src=\"\" alt=\"\" loading=\"lazy\">".to_owned()),
        ("{% image src: 'wide.jpg', output: 'url' %} {% image src: 'wide.jpg', output: 'path', size: 'small' %}", "uploads/images/wide-medium.jpg uploads/images/wide-small.jpg".to_owned()),
        ("[{% image %}{% image src: '' %}{% image src: missing %}{% image src: 7 %}]", "[]".to_owned()),
        ("{{ 'wide.jpg' | media_meta: 'alt' }}|{{ '/uploads/images/wide.jpg' | media_meta: 'caption' }}|{{ 'no.jpg' | media_meta: 'alt' }}", "A &#34;wide&#34; view|By us|".to_owned()),
        ("{% assign meta = 'wide.jpg' | media_meta %}{{ meta.title }}{{ meta.none }}", "Wide".to_owned()),
        ("{% placeholder_image src: 'placeholder.svg', alt: '', class: 'x', loading: 'lazy', width: 10, height: 20, style: 'opacity: 0' %}", "<img src=\"assets/placeholder.svg\" alt=\"\" class=\"x\" style=\"opacity: 0\" loading=\"lazy\" width=\"10\" height=\"20\">".to_owned()),
        ("{% placeholder_image src: 'a b.svg', output: 'url' %}", "assets/a b.svg".to_owned()),
    ] {
        assert_eq!(shown(&renderer, template), expected, "{template}");
    }
    for (options, size) in [
        ("", "1600%20900"),
        ("aspect: 'portrait', ", "900%201600"),
        ("aspect: 'square', ", "1200%201200"),
        ("aspect: 'odd', ", "1600%20900"),
    ] {
        let url = shown(&renderer, &format!("{{% placeholder_image {options} output: 'url' %}}")).replace("&#39;", "'");
        assert!(url.starts_with(&format!("{drawn}{size}'%3E%3Crect")) && url.ends_with("%3C%2Fsvg%3E"), "{url}");
        let image = shown(&renderer, &format!("{{% placeholder_image {options} class: 'x' %}}")).replace("&#39;", "'");
        assert_eq!(image, format!("<img src=\"{url}\" alt=\"Placeholder\" class=\"x\">"));
    }
}

#[test]
fn videos_of_youtube() {
    let site = site();
    let frame = |query: &str, width: &str, height: &str, title: &str, class: &str, loading: &str| {
        format!(
            "<iframe src=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ{query}\" width=\"{width}\" height=\"{height}\" title=\"{title}\" class=\"{class}\" loading=\"{loading}\" \
             allow=\"accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope; picture-in-picture; web-share\" allowfullscreen referrerpolicy=\"strict-origin-when-cross-origin\"></iframe>"
        )
    };
    let usual = |query: &str| frame(query, "560", "315", "Video", "youtube-embed", "lazy");
    let renderer = site.renderer();
    for address in [
        "dQw4w9WgXcQ",
        " dQw4w9WgXcQ ",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=42s",
        "https://youtu.be/dQw4w9WgXcQ?si=abc",
        "https://www.youtube.com/embed/dQw4w9WgXcQ?start=3",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "https://youtube.com/shorts/dQw4w9WgXcQ",
        "youtube.com/live/dQw4w9WgXcQ",
    ] {
        assert_eq!(shown(&renderer, &format!("{{% youtube src: '{address}' %}}")), usual(""), "{address}");
    }
    let cases = [
        ("", String::new()),
        ("src: missing", String::new()),
        ("src: 'https://x.example/<b>'", "<!-- youtube: this is no address of a video -->".to_owned()),
        ("src: 'dQw4w9WgXcQx'", "<!-- youtube: this is no address of a video -->".to_owned()),
        (
            "src: 'dQw4w9WgXcQ', width: 100, height: '50%', title: 'A & b', class: '', loading: 'eager'",
            frame("", "100", "50%", "A &amp; b", "", "eager").replace(" class=\"\"", ""),
        ),
        ("src: 'dQw4w9WgXcQ', autoplay: true, mute: true", usual("?autoplay=1&amp;mute=1")),
        ("src: 'dQw4w9WgXcQ', loop: true, controls: false, rel: false", usual("?loop=1&amp;playlist=dQw4w9WgXcQ&amp;controls=0&amp;rel=0")),
        ("src: 'dQw4w9WgXcQ', start: '12', end: 20.9, controls: true", usual("?start=12&amp;end=20")),
        ("src: 'dQw4w9WgXcQ', output: 'url', start: 5", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=5".to_owned()),
        ("src: 'dQw4w9WgXcQ', output: 'thumbnail'", "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg".to_owned()),
        (
            "src: 'dQw4w9WgXcQ', output: 'thumbnail', quality: 'maxresdefault'",
            "https://i.ytimg.com/vi/dQw4w9WgXcQ/maxresdefault.jpg".to_owned(),
        ),
        ("src: 'dQw4w9WgXcQ', output: 'thumbnail', quality: '../x'", "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg".to_owned()),
    ];
    for (options, expected) in cases {
        assert_eq!(shown(&renderer, &format!("{{% youtube {options} %}}")), expected, "{options}");
    }
    // A setting of the kind `youtube` has its options with it; the template's come first.
    let video = json!({"videoId": "dQw4w9WgXcQ", "url": "https://youtu.be/dQw4w9WgXcQ", "options": {"autoplay": true, "controls": false}});
    let instance = json!({"name": "Home", "widgets": {"w": {"type": "case", "settings": {"video": video}}}});
    site.write("pages/index.json", &instance.to_string());
    let renderer = site.renderer();
    assert_eq!(shown(&renderer, "{% youtube src: widget.settings.video %}"), usual("?autoplay=1&amp;controls=0"));
    assert_eq!(shown(&renderer, "{% youtube src: widget.settings.video, autoplay: false, controls: true %}"), usual(""));
}

#[test]
fn addresses_and_assets() {
    let site = site();
    compare(
        &site.renderer(),
        &[
            ("{{ 'https://x.example/?a=1&b=2' | safe_url }}", "https://x.example/?a=1&amp;b=2"),
            (
                "{{ 'about.html' | safe_url }}|{{ '/a#b' | safe_url }}|{{ '//x.example' | safe_url }}|{{ '#x' | safe_url }}",
                "about.html|/a#b|//x.example|#x",
            ),
            (
                "{{ 'mailto:a@b.example' | safe_url }}|{{ 'tel:+43 1' | safe_url }}|{{ 'HTTP://x' | safe_url }}",
                "mailto:a@b.example|tel:+43 1|HTTP://x",
            ),
            (
                "[{{ 'javascript:alert(1)' | safe_url }}{{ ' JavaScript:x' | safe_url }}{{ 'data:text/html,x' | safe_url }}{{ 'vbscript:x' | safe_url }}{{ 'file:///etc' | safe_url }}]",
                "[]",
            ),
            ("{% assign url = '%6Aava%0Ascript:x' | url_decode %}[{{ url | safe_url }}]", "[]"),
            ("[{{ missing | safe_url }}{{ 7 | safe_url }}{{ '' | safe_url }}]", "[]"),
            ("{{ 'a:b/c' | safe_url }}|{{ './a:b' | safe_url }}", "|./a:b"),
            (
                "{% asset src: 'a.css', media: 'print', id: 'x' %}",
                "<link rel=\"stylesheet\" href=\"widgets/case/a.css\" id=\"x\" media=\"print\">",
            ),
            (
                "{% asset src: 'a.js', defer: true, async: 'yes', integrity: 'sha256-x', crossorigin: 'anonymous' %}",
                "<script src=\"widgets/case/a.js\" crossorigin=\"anonymous\" integrity=\"sha256-x\" defer></script>",
            ),
            ("{% asset src: 'a.mjs', theme: true %}", "<script src=\"assets/a.mjs\"></script>"),
            ("{% asset src: 'a.PNG', class: 'x', alt: '\"' %}", "<img src=\"widgets/case/a.PNG\" class=\"x\" alt=\"&quot;\">"),
            (
                "{% asset src: 'a.woff2' %}|{% asset src: '../../../x.bin' %}|{% asset %}|{% asset src: '' %}",
                "widgets/case/a.woff2|x.bin||",
            ),
        ],
    );
}

#[test]
fn texts_names_and_dates() {
    let site = site();
    compare(
        &site.renderer(),
        &[
            ("{{ '<p>Fish &amp; <b>chips</b></p>' | rte_text }}", "Fish &amp;amp; chips"),
            ("{{ '<p>One</p><p>Two</p><ul><li>a</li><li>b</li></ul>' | rte_text }}", "One Two a b"),
            ("{{ '<p>a<br>b</p>' | rte_text }}|{{ '<p>bo<b>ld</b></p>' | rte_text }}", "a b|bold"),
            (
                "{{ ' <p> a&nbsp;&#160;&#xA0;b </p> ' | rte_text }}|{{ 7 | rte_text }}|{{ missing | rte_text }}|{{ 'plain' | rte_text }}",
                "a b|||plain",
            ),
            (
                "{{ '<p></p>' | rte_blank }} {{ '<p><br></p>' | rte_blank }} {{ '<p>&nbsp; </p>' | rte_blank }} {{ '' | rte_blank }} {{ missing | rte_blank }}",
                "true true true true true",
            ),
            (
                "{{ '<p>a</p>' | rte_blank }} {{ '<p><img src=\"a.jpg\"></p>' | rte_blank }} {{ '<hr>' | rte_blank }} {{ 'a' | rte_blank }}",
                "false false false false",
            ),
            ("{% unless '<p> </p>' | rte_blank %}shown{% endunless %}{% if '<p>x</p>' | rte_blank %}{% else %}text{% endif %}", "text"),
            (
                "{{ 'My Option' | handleize }}|{{ '  Über uns & Öle! ' | handleize }}|{{ 'a_b - c' | handleize }}|{{ 'Straße Łódź' | handleize }}",
                "my-option|uber-uns-ole|a-b-c|strasse-lodz",
            ),
            (
                "{{ 'Το όνομα σας' | handleize }}|{{ 'Привет, мир' | handleize }}|{{ 'Crème brûlée' | handleize }}|{{ '100%' | handleize }}",
                "to-onoma-sas|privet-mir|creme-brulee|100",
            ),
            ("[{{ '世界' | handleize }}{{ '!?' | handleize }}{{ 7 | handleize }}{{ missing | handleize }}]", "[]"),
            (
                "{{ '2026-03-01' | format_date }}|{{ '2026-12-31' | format_date: 'D.M.YYYY' }}|{{ '2026-03-01' | format_date: 'DD MMM YYYY' }}|{{ '2026-03-01' | format_date: 'MM/DD' }}",
                "March 1, 2026|31.12.2026|01 Mar 2026|03/01",
            ),
            (
                "{{ '2026-03-01' | format_date: 'MMMM D, YYYY HH:mm' }}|{{ '2024-02-29' | format_date: 'YYYY-MM-DD' }}|{{ '2026-03-01' | format_date: '' }}",
                "March 1, 2026|2024-02-29|March 1, 2026",
            ),
            (
                "[{{ '2026-02-29' | format_date }}{{ '2026-13-01' | format_date }}{{ '2026-3-1' | format_date }}{{ 'today' | format_date }}{{ '' | format_date }}{{ missing | format_date }}{{ 20260301 | format_date }}]",
                "[]",
            ),
        ],
    );
    // The theme says how dates are written.
    site.write("theme.json", r#"{"settings": {"global": {"general": [{"type": "text", "id": "date_format", "value": "D MMMM YYYY"}]}}}"#);
    assert_eq!(shown(&site.renderer(), "{{ '2026-03-01' | format_date }}|{{ '2026-03-01' | format_date: 'YYYY' }}"), "1 March 2026|2026");
}

#[test]
fn lists_of_a_collection() {
    let site = site();
    site.write(
        "collection-types/news/schema.json",
        r#"{"type": "news", "hasItemPages": true, "defaultSort": "title_asc", "settings": [{"type": "text", "id": "title", "usedAsTitle": true}]}"#,
    );
    for (slug, title, day) in [("a", "Bread", 1), ("b", "apples", 2), ("c", "Cakes", 3), ("d", "dates", 4)] {
        let item = json!({"uuid": slug, "created": format!("2026-01-0{day}T00:00:00Z"), "settings": {"title": title}});
        site.write(&format!("collections/news/{slug}.json"), &item.to_string());
    }
    let renderer = site.renderer();
    for (options, expected) in [
        ("", "b a c d "),
        (": limit: 2", "b a "),
        (": limit: 2, offset: 1", "a c "),
        (": limit: 2, sort: 'title_desc'", "d c "),
        (": sort: 'created_asc'", "a b c d "),
        (": sort: 'created_desc', limit: 1", "d "),
        (": sort: 'odd', offset: 3", "d "),
        (": offset: 9", ""),
        (": limit: 0", "b a c d "),
        (": limit: '2'", "b a "),
        (": limit: 1.9", "b "),
        (": limit: -1", "b a c d "),
        (": limit: missing", "b a c d "),
        (": 2", "b a c d "),
    ] {
        let template =
            format!("{{% assign items = 'news' | collection{options} %}}{{% for item in items %}}{{{{ item.slug }}}} {{% endfor %}}");
        assert_eq!(shown(&renderer, &template), expected, "{options}");
    }
    assert_eq!(
        shown(&renderer, "{% assign items = 'news' | collection: limit: 1 %}{{ items[0] | json | raw }}"),
        r#"{"id":"b","uuid":"b","slug":"b","title":"apples","url":"news/b.html","created":"2026-01-02T00:00:00Z","updated":null,"settings":{"title":"apples"}}"#
    );
    assert_eq!(shown(&renderer, "{{ 'none' | collection | size }}{{ missing | collection | size }}{{ 7 | collection | size }}"), "000");
}

/// What one tag of the layout shows, of a theme with these settings.
fn in_layout(tag: &str, theme: &Value, page: &Value) -> String {
    let site = site();
    site.write("layout.liquid", &format!("[{{% {tag} %}}]"));
    site.write("theme.json", &json!({"settings": {"global": theme}}).to_string());
    site.write("pages/index.json", &page.to_string());
    site.write("assets/own.css", "@font-face { font-family: 'Own Sans'; src: url(own.woff2) }");
    let project = Project {
        name: "Demo".to_owned(),
        site_title: "Tom & Co".to_owned(),
        site_url: "https://x.example/".to_owned(),
        ..Project::default()
    };
    let rendered = site.renderer().page(PageRequest { mode: Mode::Publish, project, ..request("pages/index") }).unwrap();
    assert_eq!(rendered.problems, []);
    rendered.html.strip_prefix('[').and_then(|html| html.strip_suffix(']')).unwrap().to_owned()
}

#[test]
fn what_a_theme_adds_to_the_layout() {
    let page = json!({"name": "Home", "widgets": {}});
    let advanced = |id: &str, value: &str| json!({"advanced": [{"type": "code", "id": id, "value": value}]});
    let css = "a > b::after { content: \"</style><script>\" }";
    assert_eq!(
        in_layout("custom_css", &advanced("custom_css", css), &page),
        "<style id=\"custom-theme-css\">\na > b::after { content: \"<\\/style><script>\" }\n</style>"
    );
    for tag in ["custom_head_scripts", "custom_footer_scripts"] {
        let script = "<script>if (1 < 2) track('{{ x }}')</script>";
        assert_eq!(in_layout(tag, &advanced(tag, script), &page), script, "as it was written");
    }
    for tag in ["custom_css", "custom_head_scripts", "custom_footer_scripts", "fonts", "theme_settings"] {
        assert_eq!(in_layout(tag, &advanced(tag, " \n"), &page), "", "{tag}");
        assert_eq!(in_layout(tag, &json!({}), &page), "", "{tag}");
    }
    let settings = json!({"colors": [
        {"type": "color", "id": "ink", "default": "#111", "value": "#222", "outputAsCssVar": true},
        {"type": "range", "id": "gap", "default": 12, "unit": "px", "outputAsCssVar": true},
        {"type": "text", "id": "evil}", "default": "red; } </style>", "outputAsCssVar": true},
        {"type": "color", "id": "silent", "default": "#333"},
        {"type": "checkbox", "id": "on", "default": true, "outputAsCssVar": true},
    ], "typography": [{"type": "font_picker", "id": "body_font", "default": {"stack": "\"Figtree\", sans-serif", "weight": 400}}]});
    assert_eq!(
        in_layout("theme_settings", &settings, &page),
        "<style id=\"theme-settings-styles\">\n:root {\n  --colors-ink: #222;\n  --colors-gap: 12px;\n  --colors-evil: red;  /style;\n  --colors-on: true;\n\
         \x20 --typography-body_font-family: \"Figtree\", sans-serif;\n  --typography-body_font-weight: 400;\n  --typography-body_font_bold-weight: 700;\n}\n</style>"
    );
}

#[test]
fn families_that_neither_the_theme_nor_a_computer_has_are_loaded() {
    let page = json!({"name": "Home", "widgets": {}});
    let font = |id: &str, stack: &str, weight: u32| json!({"type": "font_picker", "id": id, "default": {"stack": stack, "weight": weight}});
    let fonts = json!([
        font("heading_font", "\"Playfair Display\", serif", 700),
        font("body_font", "Inter, sans-serif", 400),
        font("code_font", "'Courier New', monospace", 400),
        font("label_font", "\"Own Sans\", sans-serif", 500),
        font("odd_font", "\"A&B=<C>\"", 400),
    ]);
    assert_eq!(
        in_layout("fonts", &json!({ "typography": fonts }), &page),
        "<link rel=\"preconnect\" href=\"https://fonts.googleapis.com\">\n    <link rel=\"preconnect\" href=\"https://fonts.gstatic.com\" crossorigin>\n    \
         <link rel=\"stylesheet\" href=\"https://fonts.googleapis.com/css2?family=A%26B%3D%3CC%3E:wght@400&amp;display=swap\">\n    \
         <link rel=\"stylesheet\" href=\"https://fonts.googleapis.com/css2?family=Inter:wght@400&amp;display=swap\">\n    \
         <link rel=\"stylesheet\" href=\"https://fonts.googleapis.com/css2?family=Playfair+Display:wght@700&amp;display=swap\">\n    \
         <link rel=\"stylesheet\" href=\"https://fonts.googleapis.com/css2?family=Inter:wght@700&amp;display=swap\">"
    );
    let fonts = json!([font("heading_font", "\"Playfair Display\", serif", 700), font("other_font", "\"Playfair Display\", serif", 400)]);
    let privacy = json!([{"type": "checkbox", "id": "use_bunny_fonts", "value": true}]);
    assert_eq!(
        in_layout("fonts", &json!({ "typography": fonts, "privacy": privacy }), &page),
        "<link rel=\"preconnect\" href=\"https://fonts.bunny.net\">\n    \
         <link rel=\"stylesheet\" href=\"https://fonts.bunny.net/css?family=playfair-display:400,700&amp;display=swap\">"
    );
    assert_eq!(in_layout("fonts", &json!({"typography": [font("body_font", "system-ui, sans-serif", 400)]}), &page), "");
}

#[test]
fn what_search_engines_and_other_sites_are_told() {
    let none = json!({});
    assert_eq!(
        in_layout("seo", &none, &json!({"name": "Home", "widgets": {}})),
        "<title>Home - Tom &amp; Co</title>\n    <meta name=\"robots\" content=\"index,follow\">\n    <meta property=\"og:title\" content=\"Home\">\n    \
         <meta property=\"og:type\" content=\"website\">\n    <meta name=\"twitter:card\" content=\"summary\">\n    <meta name=\"twitter:title\" content=\"Home\">\n    \
         <link rel=\"canonical\" href=\"https://x.example/\">"
    );
    let seo = json!({
        "title": " Bread \"daily\" ", "description": "Fresh <b>", "og_title": "Shared", "og_image": "/uploads/images/wide.jpg", "og_type": "article",
        "robots": "noindex", "canonical_url": "https://y.example/?a&b", "twitter_card": "summary"
    });
    assert_eq!(
        in_layout("seo", &none, &json!({"name": "Home", "widgets": {}, "seo": seo})),
        "<title>Bread &quot;daily&quot; - Tom &amp; Co</title>\n    <meta name=\"description\" content=\"Fresh &lt;b&gt;\">\n    <meta name=\"robots\" content=\"noindex\">\n    \
         <meta property=\"og:title\" content=\"Shared\">\n    <meta property=\"og:type\" content=\"article\">\n    <meta property=\"og:description\" content=\"Fresh &lt;b&gt;\">\n    \
         <meta property=\"og:image\" content=\"https://x.example/uploads/images/wide-large.jpg\">\n    <meta name=\"twitter:card\" content=\"summary\">\n    \
         <meta name=\"twitter:title\" content=\"Shared\">\n    <meta name=\"twitter:description\" content=\"Fresh &lt;b&gt;\">\n    \
         <meta name=\"twitter:image\" content=\"https://x.example/uploads/images/wide-large.jpg\">\n    <link rel=\"canonical\" href=\"https://y.example/?a&amp;b\">"
    );
}
