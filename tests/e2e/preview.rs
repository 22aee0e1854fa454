//! The live preview in the real window: what is typed is painted beside it, and a hostile page gets nowhere from there.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::send;
use crate::sources::site;
use crate::window::{CONTROL, SOON, Stage, Window, wait};

/// The frame of the previewed page.
pub const FRAME: &str = "[data-testid=preview-frame]";
/// The field of a heading.
pub const TITLE: &str = "[data-testid=field-title] input, [data-testid=field-title] textarea";
const IS_READY: &str = "return document.querySelector('[data-testid=preview-frame]')?.dataset.ready === 'true'";

/// A machine with the demo `corner`.
pub fn with_demo() -> Stage {
    let stage = Stage::new();
    stage.backlot(&["demo", "create", "corner", "--template", "bakery", "--name", "Corner Bakery"]);
    stage
}

/// The window, wide enough for the page beside the form, with the preview of `corner` in it.
pub fn open_preview(stage: &Stage) -> Window {
    let window = stage.open();
    window.resize(1600, 900);
    window.see("badge-corner");
    window.click("tab-content");
    window.click("preview-start");
    window.see_that("the page is in its frame", SOON, IS_READY);
    window
}

#[test]
fn what_is_typed_is_painted_beside_it_and_a_click_there_opens_its_form() {
    let stage = with_demo();
    let window = open_preview(&stage);
    window.click("row-hero");
    window.see("field-title");
    window.within(FRAME, |window| window.run("window.isSamePage = true"));
    // Nothing can be saved meanwhile: what is seen in the page is not what is on the disk.
    window.fill_at(TITLE, "Bread & time");
    window.within(FRAME, |window| {
        window.see_that("the heading is painted", SOON, "return document.querySelector('h1')?.textContent.trim() === 'Bread & time'");
        assert_eq!(window.run("return window.isSamePage"), true, "the page was not loaded again");
        window.see_that(
            "the selected part is outlined",
            SOON,
            "return document.querySelector('[data-backlot-outline=select]')?.style.display === 'block'",
        );
    });
    window.see_text("save-state", "Saved", SOON);
    window.within(FRAME, |window| assert_eq!(window.run("return window.isSamePage"), true, "saving changes nothing that is seen"));

    // Back the other way: what is clicked in the page is selected in the list.
    let other = "return document.querySelectorAll('[data-testid^=row-]')[2].dataset.testid.slice(4)";
    let other = window.run(other).as_str().unwrap().to_owned();
    window.within(FRAME, |window| window.click_at(&format!("#{other}")));
    window.see_that(
        "it is selected",
        SOON,
        &format!("return document.querySelector('[data-testid=\"row-{other}\"]')?.getAttribute('aria-selected') === 'true'"),
    );
    window.screenshot("preview");
    window.is_accessible("the preview beside the form");

    window.click("preview-stop");
    window.see("preview-start");
    window.see_gone("preview-pane");
}

#[test]
fn a_preview_that_a_terminal_starts_is_seen_in_the_window_until_its_process_is_killed() {
    let stage = with_demo();
    let window = stage.open();
    window.resize(1600, 900);
    window.see("badge-corner");
    window.click("tab-content");
    window.see("preview-start");
    let running: Value = serde_json::from_str(&stage.backlot(&["--json", "preview", "start", "corner"])).unwrap();
    window.see_text("preview-address", &running["port"].to_string(), SOON);
    window.see_that("the page is in its frame", SOON, IS_READY);
    let running = running["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 1).unwrap();
    send(rustix::process::Pid::from_raw(running).unwrap(), rustix::process::Signal::KILL);
    window.see("preview-start");
    window.see_gone("preview-pane");
}

/// What a hostile page tries, from the frame and from frames within it. Each answers with what it got; nothing is well.
const HOSTILE: &str = r"
const got = {};
const attempt = (name, work) => Promise.race([Promise.resolve().then(work), new Promise((done) => setTimeout(() => done('no answer'), 1500))])
  .then((value) => { got[name] = String(value); }, (error) => { got[name] = 'refused: ' + error; });
const read = (url, options) => fetch(url, options).then(async (answer) => (answer.ok ? 'READ ' : answer.status + ' ') + (await answer.text()).slice(0, 200));
const order = (command, body) => JSON.stringify({ cmd: command, callback: 1, error: 2, payload: body, options: {}, __TAURI_INVOKE_KEY__: 'guess' });
const raw = (command, body) => JSON.stringify({ command, cmd: command, callback: 1, error: 2, payload: body, arguments: body, options: {} });
async function run({ demo, port, address, top: wanted }) {
  await attempt('internals', () => typeof window.__TAURI_INTERNALS__ + ' ' + typeof window.__TAURI__);
  await attempt('invoke', () => window.__TAURI_INTERNALS__.invoke('call', { operation: 'delete_demo', request: { demo } }).then(() => 'DONE'));
  for (const [name, handler] of Object.entries({ ipc: window.webkit?.messageHandlers?.ipc, any: null })) {
    await attempt('handler ' + name, () => { for (const text of [order('call', { operation: 'delete_demo', request: { demo } }), raw('call', { operation: 'delete_demo', request: { demo } }), '{', 'call']) handler.postMessage(text); return 'sent'; });
  }
  for (const url of ['ipc://localhost/call', 'http://ipc.localhost/call', 'tauri://localhost/call']) {
    await attempt('fetch ' + url, () => read(url, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Tauri-Callback': '1', 'Tauri-Error': '2', 'Tauri-Invoke-Key': 'guess' }, body: JSON.stringify({ operation: 'delete_demo', request: { demo } }) }));
    await attempt('plain ' + url, () => read(url, { method: 'POST', body: JSON.stringify({ operation: 'delete_demo', request: { demo } }) }));
    await attempt('beacon ' + url, () => navigator.sendBeacon(url, JSON.stringify({ operation: 'delete_demo', request: { demo } })));
  }
  await attempt('window page', () => read('tauri://localhost/index.html'));
  await attempt('media', () => read('media://localhost/' + demo + '/full//uploads/images/hero.jpg'));
  await attempt('parent document', () => 'READ ' + parent.document.title);
  await attempt('top document', () => 'READ ' + top.document.title);
  await attempt('top location', () => { top.location = wanted; return 'set'; });
  await attempt('top replace', () => { top.location.replace(wanted); return 'set'; });
  await attempt('top link', () => { const link = document.createElement('a'); link.href = wanted; link.target = '_top'; document.body.append(link); link.click(); return 'clicked'; });
  await attempt('top form', () => { const form = document.createElement('form'); form.action = wanted; form.target = '_top'; document.body.append(form); form.submit(); return 'sent'; });
  await attempt('popup', () => window.open(wanted));
  await attempt('alert', () => alert('owned'));
  await attempt('other preview', () => read('http://127.0.0.1:' + port + '/'));
  await attempt('other preview, plainly', () => fetch('http://127.0.0.1:' + port + '/', { mode: 'no-cors' }).then((answer) => answer.type));
  await attempt('other preview by its name', () => read(address + '/'));
  await attempt('other preview by its name, plainly', () => fetch(address + '/', { mode: 'no-cors' }).then((answer) => answer.type));
  await attempt('service worker', () => navigator.serviceWorker.register('/assets/scripts.js').then(() => 'DONE'));
  await attempt('other script', () => new Promise((done) => { const script = document.createElement('script'); script.src = 'http://127.0.0.1:' + port + '/assets/scripts.js'; script.onload = () => done('RAN'); script.onerror = () => done('refused'); document.head.append(script); }));
  await attempt('stop', () => fetch('/__backlot/stop', { method: 'POST' }).then((answer) => answer.status));
  await attempt('state', () => fetch('/__backlot/state').then((answer) => answer.status));
  for (const path of ['/../demo.json', '/..%2fdemo.json', '/%2e%2e/demo.json', '/%2e%2e%2fdemo.json', '/..%5cdemo.json', '/%252e%252e%252fdemo.json', '/a/..%2f..%2fdemo.json', '/.%2e/demo.json', '/%c0%ae%c0%ae/demo.json', '/..;/demo.json', '/%2e%2e%00/demo.json', '//etc/passwd', '/link.html', '/.git/config'])
    await attempt('path ' + path, () => fetch(path).then(async (answer) => answer.ok ? 'READ ' + (await answer.text()).slice(0, 200) : answer.status));
  for (const src of ['tauri://localhost/', 'tauri://localhost/index.html', 'ipc://localhost/app_snapshot'])
    await attempt('frame ' + src, () => new Promise((done) => { const frame = document.createElement('iframe'); frame.src = src; frame.onload = () => { try { done('READ ' + frame.contentDocument.documentElement.outerHTML.slice(0, 200)); } catch { done('closed'); } }; document.body.append(frame); }));
  parent.postMessage({ backlot: 'selected', page: '/../../x', widget: 'x'.repeat(100000) }, '*');
  parent.postMessage({ backlot: 'ready', page: 'javascript:alert(1)', title: {} }, '*');
  return got;
}
";

#[test]
fn a_hostile_page_in_the_frame_gets_nowhere() {
    let stage = with_demo();
    // Another demo, whose page is hostile; the first one's preview runs beside it.
    let html = format!("<!doctype html><title>Hostile</title><body><h1>Hello</h1><script>{HOSTILE}</script></body>");
    let source = site(&stage.work().join("hostile"), &[("index.html", &html), ("README.md", "A site.")]);
    stage.backlot(&["demo", "create", "hostile", "--template", source.to_str().unwrap(), "--name", "Hostile"]);
    // A link out of the site that came into the clone later.
    std::os::unix::fs::symlink(stage.demo("hostile").join("demo.json"), stage.demo("hostile").join("site/link.html")).unwrap();
    let victim: Value = serde_json::from_str(&stage.backlot(&["--json", "demo", "show", "corner"])).unwrap();
    let running: Value = serde_json::from_str(&stage.backlot(&["--json", "preview", "start", "corner"])).unwrap();

    let window = stage.open();
    window.resize(1600, 900);
    window.see("badge-hostile");
    window.click("demo-row-hostile");
    window.click("tab-content");
    window.click("preview-start");
    window.see_text("preview-address", "localhost:", SOON);
    let address = window.run("return document.querySelector('[data-testid=preview-address]').getAttribute('aria-label')");
    let port: u16 =
        address.as_str().unwrap().split(':').nth(2).unwrap().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
    // The frame is the window's own, and no other.
    let is_there =
        format!("return new RegExp('^http://[a-z0-9-]+[.]localhost:{port}/').test(document.querySelector('{FRAME}')?.src ?? '')");
    window.see_that("the page is in its frame", SOON, &is_there);
    let frames =
        "return [...document.querySelectorAll('iframe')].map((frame) => frame.dataset.testid + ': ' + frame.getAttribute('sandbox'))";
    assert_eq!(window.run(frames), json!(["preview-frame: allow-scripts allow-forms allow-same-origin"]));
    window.within(FRAME, |window| window.see_that("the hostile page is loaded", SOON, "return typeof run === 'function'"));
    let tried = window.within(FRAME, |window| {
        let start = "run(arguments[0]).then((got) => { window.done = got; }); return true";
        let wanted =
            json!({ "demo": victim["id"], "port": running["port"], "address": running["address"], "top": "https://evil.example/" });
        window.run_with(start, &[wanted]);
        window.see_that("everything was tried", Duration::from_secs(60), "return window.done")
    });
    let tried = tried.as_object().unwrap();
    assert!(tried.len() > 35, "{tried:#?}");
    for (name, got) in tried {
        let got = got.as_str().unwrap();
        assert!(!got.contains("READ") && !got.contains("RAN") && !got.contains("DONE"), "{name}: {got}");
    }
    assert_eq!(tried["internals"], "undefined undefined", "{tried:#?}");
    assert_eq!(tried["popup"], "null");
    assert_eq!((&tried["state"], &tried["stop"]), (&json!("403"), &json!("403")));

    // The window is where it was, and everything is still there.
    assert_eq!(window.run("return location.href").as_str().unwrap().trim_end_matches('/'), "tauri://localhost");
    window.see("badge-corner");
    let list: Vec<Value> = serde_json::from_str(&stage.backlot(&["--json", "demo", "list"])).unwrap();
    assert_eq!(list.len(), 2);
    let previews: Vec<Value> = serde_json::from_str(&stage.backlot(&["--json", "preview", "list"])).unwrap();
    assert_eq!(previews.len(), 2, "nothing was stopped: {previews:?}");
    // What it said of pages that are not there is not heeded, and no page of the window was let into it.
    assert!(!window.shows("content-retry"), "{}", window.see("content"));
    window.within(FRAME, |window| {
        for at in 1..=3 {
            window.within(&format!("iframe:nth-of-type({at})"), |window| {
                assert_eq!(window.run("return document.querySelectorAll('[data-testid]').length + (typeof window.__TAURI_INTERNALS__ === 'undefined' ? 0 : 1)"), 0);
            });
        }
    });
    // The window still works.
    window.click("tab-overview");
    window.press(&[CONTROL, "k"]);
    window.see("palette-input");

    // A name that was made to point here gets no page.
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421 ") && !answer.contains("Hostile"), "{answer}");
    stage.backlot(&["preview", "stop", "corner"]);
    drop(window);
    let ended = wait(SOON, || TcpStream::connect(("127.0.0.1", port)).is_err().then_some(()));
    assert!(ended.is_some(), "the window's preview ends with it");
}
