//! What several journeys have in common, in the words of a user.

use crate::sources::git;
use crate::window::{A_CLONE, Stage, Window, names_in};
use serde_json::{Value, json};
use std::fs;

/// Chooses a starter and names the demo.
pub fn start_from_starter(window: &Window, key: &str, name: &str) {
    window.click(&format!("template-card-{key}"));
    window.fill("name-input", name);
}

/// Chooses a URL or a path and names the demo.
pub fn start_from_url(window: &Window, url: &str, name: &str) {
    window.click("from-url");
    window.fill("url-input", url);
    window.fill("name-input", name);
}

/// Creates a demo from a starter and waits until it is there.
pub fn create(window: &Window, key: &str, name: &str, slug: &str) {
    start_from_starter(window, key, name);
    window.click("create-button");
    see_ready(window, slug);
}

/// Waits until a demo is ready.
pub fn see_ready(window: &Window, slug: &str) {
    window.see_text(&format!("badge-{slug}"), "Ready", A_CLONE);
}

/// Looks at what a finished creation left on the disk: the demo whole, and nothing else.
pub fn is_whole(stage: &Stage, slug: &str) {
    let demo = stage.demo(slug);
    assert!(demo.join("demo.json").is_file(), "{} has no demo.json: {:?}", demo.display(), names_in(&demo));
    let site = demo.join("site");
    assert_eq!(git(&site, &["status", "--porcelain"]), "", "the site has changes that nobody made");
    assert_eq!(git(&site, &["fsck", "--no-progress"]), "");
    assert_eq!(stage.staging(), [""; 0], "something is left in staging");
}

/// Looks that nothing of a demo is on the disk.
pub fn is_absent(stage: &Stage, slug: &str) {
    assert!(!stage.demo(slug).exists(), "{} is there", stage.demo(slug).display());
    assert_eq!(stage.staging(), [""; 0], "something is left in staging");
}

/// Gives the first page of the demo `corner` so many widgets, `part-0` and so on: those of all its pages in turn. The one with the
/// heading is the first.
pub fn lengthen(stage: &Stage, count: usize) {
    let pages = stage.demo("corner").join("site/pages");
    let read = |name: &str| -> Value { serde_json::from_str(&fs::read_to_string(pages.join(name)).unwrap()).unwrap() };
    let mut index = read("index.json");
    let mut found = vec![index["widgets"]["hero"].clone()];
    for name in ["index.json", "menu.json", "about.json", "contact.json"] {
        let page = read(name);
        found.extend(page["widgets"].as_object().unwrap().values().filter(|widget| widget["type"] != "hero").cloned());
    }
    let ids: Vec<String> = (0..count).map(|number| format!("part-{number}")).collect();
    let others = found[1..].iter().cycle();
    let widgets = found[..1].iter().chain(others).zip(&ids).map(|(widget, id)| (id.clone(), widget.clone()));
    index["widgets"] = Value::Object(widgets.collect());
    index["widgetsOrder"] = json!(ids);
    fs::write(pages.join("index.json"), index.to_string()).unwrap();
}
