//! What each tag and filter of themes makes, to the letter.

use std::collections::BTreeMap;
use std::sync::Arc;

use backlot::render::Renderer;
use backlot::render::model::{Mode, PageRequest};
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
