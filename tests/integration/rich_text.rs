//! Rich text in a real browser: of all the ways to make one run or send something, none works in the page that it becomes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::media_corpus::browser;
use super::render::{Site, request};
use crate::support::TestWorkspace;

/// The attacks, by their classes.
fn attacks() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rich-text/attacks.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A site with one widget, which shows its rich text.
fn site() -> Site {
    Site::new(&[
        ("widgets/text/schema.json", r#"{"settings": [{"type": "richtext", "id": "text"}, {"type": "code", "id": "code"}]}"#),
        ("widgets/text/widget.liquid", "<div>{{ widget.settings.text | raw }}{{ widget.settings.code | raw }}</div>"),
        ("layout.liquid", "<!doctype html><title>x</title><main>{{ main_content | raw }}</main>"),
    ])
}

/// What a page shows of settings.
fn rendered(site: &Site, settings: Value) -> (String, String) {
    site.write("pages/page.json", &json!({"name": "Page", "widgets": {"one": {"type": "text", "settings": settings}}}).to_string());
    let html = site.renderer().page(request("pages/page")).unwrap().html;
    let inside = |from: &str, to: &str| html[html.find(from).unwrap() + from.len()..html.rfind(to).unwrap()].to_owned();
    let fragment = inside("<div>", "</div>");
    (html, fragment)
}

#[test]
fn nothing_that_can_run_or_load_is_left_of_an_attack() {
    let banned =
        ["<script", "<style", "<iframe", "<svg", "<math", "<base", "<meta", "<form", "<object", "<embed", "<template", "<noscript"];
    let site = site();
    let attacks = attacks();
    assert!(attacks.values().map(Vec::len).sum::<usize>() > 250);
    for text in attacks.values().flatten() {
        let (_, fragment) = rendered(&site, json!({ "text": text }));
        let lower = fragment.to_ascii_lowercase();
        let left: Vec<&str> =
            banned.into_iter().chain(["javascript:", "srcset=", "formaction="]).filter(|one| lower.contains(one)).collect();
        assert!(left.is_empty(), "{left:?} is left of {text} in {fragment}");
    }
}

/// In a real browser. Under `BACKLOT_TORTURE` every text is tried as it is, and by itself once it is cleaned.
#[test]
fn nothing_in_a_rich_text_runs_or_leaves() {
    let Some(chromium) = browser() else {
        eprintln!("not run: Chromium is not installed or was not asked for, or the UI's packages are missing");
        return;
    };
    let site = site();
    let list: Vec<Value> = attacks()
        .into_iter()
        .flat_map(|(class, texts)| texts.into_iter().map(move |text| (class.clone(), text)))
        .map(|(class, text)| {
            let (page, fragment) = rendered(&site, json!({ "text": text }));
            json!({"name": class, "before": text, "page": page, "fragment": fragment})
        })
        .collect();
    let workspace = TestWorkspace::new();
    let file = workspace.file("list.json", serde_json::to_vec(&list).unwrap());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/tests/rich-text.mjs");
    let output = Command::new("node").arg(script).arg(file).env("CHROMIUM", chromium).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the browser failed: {}", output.status);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["control"], json!({"ran": true, "requests": ["http://elsewhere.test/x.png"]}), "harm is seen where there is some");
    let results = found["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), list.len());

    let does = |side: &Value| side["ran"] == true || side["requests"].as_array().is_some_and(|requests| !requests.is_empty());
    let mut harmful = BTreeSet::new();
    let mut problems = Vec::new();
    let mut count = 0;
    for (attack, result) in list.iter().zip(&results) {
        if does(&result["before"]) {
            count += 1;
            harmful.insert(attack["name"].as_str().unwrap());
        }
        if does(&result["after"]) {
            problems.push(format!("{} does {} as {}", attack["before"], result["after"], attack["fragment"]));
        }
    }
    println!(
        "{count} of {} texts that were tried did something as they are",
        results.iter().filter(|one| !one["before"].is_null()).count()
    );
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), list.len(), problems.join("\n"));
    // What is seen to do no harm proves something only where harm is seen without the cleaning.
    let classes: BTreeSet<&str> = list.iter().filter_map(|attack| attack["name"].as_str()).collect();
    assert_eq!(harmful, classes, "each kind of attack works in this browser when nothing is cleaned");
}

#[test]
fn a_setting_for_code_may_run_and_a_list_for_rich_text_may_not() {
    let site = site();
    let code = "<script>embed()</script><iframe src=\"https://x.example\"></iframe>";
    assert_eq!(rendered(&site, json!({ "code": code, "text": code })).1, code);
    for text in [json!(["<script>x()</script>"]), json!({"toString": "<script>x()</script>", "href": "<script>"})] {
        assert_eq!(rendered(&site, json!({ "text": text })).1, "");
    }
}
