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
