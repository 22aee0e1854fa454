//! Each preview is an origin of its own, and a private one is for those who know its name.

use std::path::Path;
use std::process::{Command, Stdio};

use backlot::app::StartPreview;
use serde_json::{Value, json};

use super::http::{ask, get, own_address, try_ask};
use super::{SITE, Stopped, start, workspace};
use crate::media_corpus::browser;
use crate::support::{TestWorkspace, open};

/// The address that the CLI says a preview has.
fn address(workspace: &TestWorkspace, demo: &str) -> String {
    workspace.json(&["preview", "show", demo])["address"].as_str().unwrap().to_owned()
}

/// What a `Host` header says of an address.
fn host(address: &str) -> &str {
    address.strip_prefix("http://").unwrap()
}

#[test]
fn a_preview_answers_to_its_own_name_and_to_no_other_demo_s() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one", "two"]);
    workspace.json(&["demo", "create", "two", "--template", workspace.beside("source").to_str().unwrap()]);
    let port = start(&workspace, "one");
    start(&workspace, "two");
    let (one, two) = (address(&workspace, "one"), address(&workspace, "two"));
    let id = workspace.json(&["demo", "show", "one"])["id"].as_str().unwrap().to_owned();
    assert_eq!(one, format!("http://{id}.localhost:{port}"));
    assert_eq!(workspace.json(&["preview", "show", "one"])["fallback"], format!("http://127.0.0.1:{port}"));
    let with = |host: &str| ask(port, "GET", "/", &[("Host", host)]).status;
    assert_eq!((with(host(&one)), with(&format!("127.0.0.1:{port}"))), (200, 200));
    let stranger = format!("{}:{port}", host(&two).split(':').next().unwrap());
    assert_eq!((with(&stranger), with(host(&two)), with(&format!("x.{}", host(&one)))), (421, 421, 421));
    let from = |origin: &str| ask(port, "GET", "/", &[("Host", host(&one)), ("Origin", origin)]).status;
    assert_eq!((from(&one), from(&two), from(&format!("http://{stranger}"))), (200, 403, 403));
}

#[test]
fn a_development_server_has_its_demo_s_name_too_unless_it_refuses_such_names() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    for (accepts, refuses_names) in [("true", false), ("request.headers.host.startsWith('127.0.0.1:')", true)] {
        let server = format!(
            "require('node:http').createServer((request, response) => {{
  response.statusCode = {accepts} ? 200 : 403;
  response.end('from the command');
}}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('http://localhost:' + process.env.PORT + '/docs/'));"
        );
        let command = json!({"preview": {"command": ["node", "-e", server]}});
        std::fs::write(workspace.site("one").join("backlot.json"), command.to_string()).unwrap();
        let started = workspace.json(&["preview", "start", "one", "--trust-command"]);
        let port = u16::try_from(started["port"].as_u64().unwrap()).unwrap();
        let loopback = format!("http://127.0.0.1:{port}/docs/");
        let expected = if refuses_names {
            (json!(loopback), Value::Null)
        } else {
            (json!(format!("{}/docs/", own_address(&workspace, port))), json!(loopback))
        };
        assert_eq!((started["address"].clone(), started["fallback"].clone()), expected);
        workspace.json(&["preview", "stop", "one"]);
    }
}

#[test]
fn service_workers_are_refused() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    assert_eq!(get(port, "/assets/a.js").status, 200);
    assert_eq!(ask(port, "GET", "/assets/a.js", &[("Service-Worker", "script")]).status, 403);
}

#[test]
fn long_requests_are_answered_and_longer_ones_get_a_page_that_says_why() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let cookies = |count: usize| (0..count).map(|at| format!("c{at}={}", "x".repeat(4000))).collect::<Vec<_>>().join("; ");
    assert_eq!(ask(port, "GET", "/", &[("Cookie", &cookies(40))]).status, 200);
    let refused = ask(port, "GET", "/", &[("Cookie", &cookies(100))]);
    assert_eq!(refused.status, 431);
    assert!(refused.text().contains("Too many cookies") && refused.text().contains("Clear the cookies"), "{}", refused.text());
    assert!(try_ask(port, "GET", "/", &[("Cookie", &cookies(600))]).map_or(true, |answer| answer.status == 431), "there is an end");
}

#[test]
fn nothing_goes_from_one_preview_to_another_in_a_browser() {
    let Some(chromium) = browser() else {
        eprintln!("not run: Chromium is not installed or was not asked for, or the UI's packages are missing");
        return;
    };
    let site = [SITE, &[("sw.js", "self.addEventListener('fetch', () => {})")]].concat();
    let workspace = workspace(&site);
    let _stopped = Stopped(&workspace, &["one", "two"]);
    workspace.json(&["demo", "create", "two", "--template", workspace.beside("source").to_str().unwrap()]);
    start(&workspace, "one");
    start(&workspace, "two");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/tests/preview-origins.mjs");
    let mut command = Command::new("node");
    command.arg(script).args([address(&workspace, "one"), address(&workspace, "two")]);
    let output = command.env("CHROMIUM", chromium).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the browser failed: {}", output.status);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    println!("{found:#}");
    assert_eq!((&found["first"]["status"], &found["second"]["status"]), (&200.into(), &200.into()));
    let kept = &found["kept"];
    assert!(kept["cookies"].as_str().unwrap().contains("plain=1"), "a site has its own cookies: {kept}");
    assert_eq!(kept["registrations"], 0, "{kept}");
    let seen = &found["seen"];
    assert_eq!((seen["cookies"].as_str(), &seen["stored"], &seen["caches"]), (Some(""), &Value::Null, &serde_json::json!([])), "{seen}");
    for way in ["fetched", "plainly", "script"] {
        assert_eq!(seen[way], "refused", "{way}");
    }
    let (some, many) = (&found["flooded"]["some"], &found["flooded"]["many"]);
    assert!(some["cookies"].as_u64().unwrap() > 150_000, "{some}");
    assert_eq!((&some["own"]["status"], &some["other"]["status"]), (&200.into(), &200.into()));
    assert!(many["own"]["text"].as_str().unwrap().contains("Too many cookies"), "{many}");
    assert_eq!(many["other"]["status"], 200);
}

#[test]
fn a_private_preview_is_for_those_who_know_its_name() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    workspace.json(&["settings", "set", "preview-private", "on"]);
    let port = start(&workspace, "one");
    let shown = workspace.json(&["preview", "show", "one"]);
    let own = address(&workspace, "one");
    assert_eq!(shown["fallback"], Value::Null);
    let id = workspace.json(&["demo", "show", "one"])["id"].as_str().unwrap().to_owned();
    for path in ["/", "/about", "/assets/site.css", "/__backlot/live.js", "/__backlot/live", "/__backlot/state", "/nothing"] {
        for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
            let answer = ask(port, "GET", path, &[("Host", &host)]);
            assert_eq!(answer.status, 403, "{host}{path}");
            assert!(!answer.text().contains("Home") && !answer.text().contains(host_of(&own)), "{}", answer.text());
        }
        let guessed = ask(port, "GET", path, &[("Host", &format!("{id}.localhost:{port}"))]);
        assert_eq!(guessed.status, 421, "{path}");
    }
    let with = |path: &str| ask(port, "GET", path, &[("Host", host(&own))]);
    assert!(with("/").text().contains("Home") && with("/assets/site.css").status == 200 && with("/__backlot/live.js").status == 200);
    assert_eq!(workspace.json(&["preview", "list"])[0]["state"], "running", "the workspace's own processes ask as before");

    // A browser is sent to it without its name in a command line.
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let ticket = app.preview_ticket(demo, "/about?a=b").unwrap().unwrap();
    assert!(!ticket.contains(host_of(&own)), "{ticket}");
    let path = ticket.strip_prefix(&format!("http://127.0.0.1:{port}")).unwrap();
    let way = get(port, path);
    assert_eq!((way.status, way.header("location")), (302, Some(format!("{own}/about?a=b").as_str())));
    assert_eq!(get(port, path).status, 403, "it leads there once");
    app.stop_preview(demo).unwrap();

    // The next one has another name, and nobody else's choice changes it.
    let again = app.start_preview(demo, StartPreview::default()).unwrap();
    assert_ne!(host_of(again.address().unwrap()), host_of(&own));
    app.stop_preview(demo).unwrap();
    workspace.json(&["settings", "set", "preview-private", "off"]);
    let open = app.start_preview(demo, StartPreview::default()).unwrap();
    assert_eq!(host_of(open.address().unwrap()), format!("{id}.localhost"));
    assert_eq!(app.preview_ticket(demo, "/").unwrap(), None);
    app.close();
}

/// The host name of an address.
fn host_of(address: &str) -> &str {
    host(address).split(':').next().unwrap()
}

#[test]
fn who_sees_previews_is_chosen_by_three_words() {
    let workspace = TestWorkspace::new();
    assert_eq!(workspace.json(&["settings", "get"])["preview_private"], "auto");
    for choice in ["on", "off", "auto"] {
        assert_eq!(workspace.json(&["settings", "set", "preview-private", choice])["preview_private"], choice);
    }
    let refused = workspace.refused(&["settings", "set", "preview-private", "maybe"]);
    assert_eq!((refused["code"].as_str(), refused["field"].as_str()), (Some("InvalidInput"), Some("preview_private")));
    let refused = workspace.refused(&["settings", "set", "save-after-seconds", "soon"]);
    assert_eq!((refused["code"].as_str(), refused["field"].as_str()), (Some("InvalidInput"), Some("save_after_seconds")));
    let all = workspace.json(&["settings", "get"]);
    assert_eq!((&all["save_after_seconds"], &all["preview_private"]), (&1.into(), &"auto".into()));
}
