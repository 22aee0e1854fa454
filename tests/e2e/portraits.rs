//! Pictures of demos in the list: taken of their first pages in the background, by the real webview.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::preview::{TITLE, with_demo};
use crate::sources::site;
use crate::window::{SOON, Window};

/// How long a picture may take on a busy machine, behind a page that hangs.
const A_PICTURE: Duration = Duration::from_secs(60);

/// The picture of a demo in the list once it is another one than `old`: its address, how wide it is, and how many colours it has.
fn picture(window: &Window, slug: &str, old: &str) -> (String, u64, u64) {
    let script = format!(
        "const one = document.querySelector('[data-testid=\"demo-row-{slug}\"] img'); \
         if (!one?.complete || one.naturalWidth === 0 || one.src === {old:?}) return null; \
         const paper = Object.assign(document.createElement('canvas'), {{ width: one.naturalWidth, height: one.naturalHeight }}); \
         const pen = paper.getContext('2d'); pen.drawImage(one, 0, 0); \
         const seen = pen.getImageData(0, 0, paper.width, paper.height).data; const colours = new Set(); \
         for (let at = 0; at < seen.length; at += 4 * 97) colours.add((seen[at] << 16) | (seen[at + 1] << 8) | seen[at + 2]); \
         return [one.src, one.naturalWidth, colours.size]"
    );
    let found = window.see_that(&format!("a picture of {slug}"), A_PICTURE, &script);
    let number = |value: &Value| value.as_u64().unwrap();
    (found[0].as_str().unwrap().to_owned(), number(&found[1]), number(&found[2]))
}

#[test]
fn a_picture_is_taken_of_the_first_page_and_again_when_that_changes_whatever_hangs() {
    let stage = with_demo();
    // Without the one that the starter came with.
    fs::remove_file(stage.demo("corner").join("site/screenshot.jpg")).unwrap();
    let hanging = "<!doctype html><title>x</title><p>x<script>alert('a'); window.open('/'); for (;;) {}</script>";
    let source = site(&stage.work().join("hanging"), &[("index.html", hanging)]);
    stage.backlot(&["demo", "create", "hanging", "--template", source.to_str().unwrap(), "--name", "Hanging"]);

    let window = stage.open();
    window.see("badge-corner");
    let (first, width, colours) = picture(&window, "corner", "");
    assert!(first.starts_with("data:image/jpeg"), "{first:.40}");
    assert!(width == 640 && colours > 50, "{width} wide, {colours} colours");
    // It is kept for the next start, and no preview is said to run.
    let previews: Vec<Value> = serde_json::from_str(&stage.backlot(&["--json", "preview", "list"])).unwrap();
    assert_eq!(previews, Vec::<Value>::new());

    window.click("demo-row-corner");
    window.click("tab-content");
    window.click("row-hero");
    window.see("field-title");
    window.fill_at(TITLE, "Bread, and nothing else at all");
    window.see_text("save-state", "Saved", SOON);
    let (second, ..) = picture(&window, "corner", &first);
    assert_ne!(second, first);
    window.screenshot("portraits");
    drop(window);

    let again = stage.open();
    again.see("badge-corner");
    let (kept, ..) = picture(&again, "corner", "");
    assert_eq!(kept, second, "the picture was kept");
}
