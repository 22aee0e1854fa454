//! Pictures of demos in the list: taken of their first pages in the background, by the real webview.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
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

/// A page that asks for everything that it can ask another server for.
const ASKING: &str = r#"<!doctype html><title>x</title>
<link rel="preconnect" href="HERE/preconnect"><link rel="stylesheet" href="HERE/a.css"><link rel="icon" href="HERE/icon.png">
<meta http-equiv="refresh" content="0; url=HERE/refresh">
<style>@import url(HERE/b.css); body { background: linear-gradient(45deg, #c33, #3cc); } p { background: url(HERE/c.png) }
@font-face { font-family: x; src: url(HERE/x.woff2) } h1 { font-family: x }</style>
<h1>Asking</h1><p>x<img src="HERE/d.png"><img src="NAMED/e.png"><video src="HERE/f.mp4" autoplay></video><object data="HERE/g"></object>
<iframe src="HERE/frame"></iframe><iframe srcdoc="<img src=HERE/h.png>"></iframe><script src="HERE/i.js"></script>
<form id="f" action="HERE/form" method="post"></form><script>
fetch('HERE/fetch', { mode: 'no-cors' }).catch(() => 0); navigator.sendBeacon('HERE/beacon', 'x'); new EventSource('HERE/events');
new WebSocket('HERE/ws'.replace('http', 'ws')); new Image().src = 'HERE/image';
const code = URL.createObjectURL(new Blob(["importScripts('HERE/worker.js')"], { type: 'text/javascript' })); new Worker(code);
window.open('HERE/open'); document.getElementById('f').submit(); location.href = 'HERE/location';
</script>"#;

#[test]
fn nothing_is_fetched_from_elsewhere_for_a_picture() {
    let stage = with_demo();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let named = here.replace("127.0.0.1", "localhost");
    let html = ASKING.replace("HERE", &here).replace("NAMED", &named);
    let source = site(&stage.work().join("asking"), &[("index.html", &html)]);
    stage.backlot(&["demo", "create", "asking", "--template", source.to_str().unwrap(), "--name", "Asking"]);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut said = [0; 200];
            let length = connection.read(&mut said).unwrap_or(0);
            heard.lock().unwrap().push(String::from_utf8_lossy(&said[..length]).into_owned());
        }
    });

    let window = stage.open();
    window.see("badge-asking");
    let (_, _, colours) = picture(&window, "asking", "");
    assert!(colours > 20, "the page itself is on its picture: {colours} colours");
    assert_eq!(*asked.lock().unwrap(), Vec::<String>::new(), "somebody was asked");
}
