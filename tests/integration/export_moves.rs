//! What others do while a build runs: a build has the files of its own demo, and what a person put at its place stays.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use backlot::app::BuildOrder;
use backlot::cancel::Cancel;
use backlot::error::{Code, Error};
use backlot::export::model::{Build, Phase, State};

use crate::support::{TestWorkspace, commit, init, open};

/// How many files the sites have.
const FILES: usize = 60;

/// A template of files that all say `text`.
fn template(workspace: &TestWorkspace, name: &str, text: &str) -> String {
    let source = workspace.beside(name);
    init(&source);
    let names: Vec<String> = (0..FILES).map(|number| format!("f{number}.bin")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), text)).collect();
    files.push(("index.html", text));
    commit(&source, &files, "First");
    source.to_str().unwrap().to_owned()
}

/// Builds the demo `one` and calls `meddle` once, when the build is first told to be in `phase`; nothing goes on meanwhile.
fn build_with(workspace: &TestWorkspace, target: &Path, phase: Phase, meddle: impl FnOnce() + Send) -> Result<Build, Error> {
    let meddle = Mutex::new(Some(meddle));
    let on_build = |build: &Build| {
        let mut meddle = meddle.lock().unwrap();
        if matches!(build.state, State::Running { phase: now, .. } if now == phase)
            && let Some(meddle) = meddle.take()
        {
            meddle();
        }
    };
    let order = BuildOrder { target: target.to_owned(), ..BuildOrder::default() };
    let built = open(workspace).build("one", &order, &on_build, &Cancel::new());
    assert!(meddle.into_inner().unwrap().is_none(), "the build came to {phase:?}");
    built
}

fn files_saying(target: &Path, text: &str) -> usize {
    let files = fs::read_dir(target).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    files.filter(|contents| contents == text).count()
}

#[test]
fn a_build_has_no_file_of_another_demo_that_gets_the_name() {
    for name in ["out", "out.zip"] {
        let workspace = TestWorkspace::new();
        let (first, second) = (template(&workspace, "first", "one"), template(&workspace, "second", "two"));
        workspace.json(&["demo", "create", "one", "--template", &first]);
        let target = workspace.beside(name);
        let swap = || {
            workspace.json(&["demo", "rename", "one", "other"]);
            workspace.json(&["demo", "create", "one", "--template", &second]);
        };
        build_with(&workspace, &target, Phase::Writing, swap).unwrap();
        if name == "out" {
            assert_eq!((files_saying(&target, "one"), files_saying(&target, "two")), (FILES + 1, 0));
            continue;
        }
        let mut zip = zip::ZipArchive::new(fs::File::open(&target).unwrap()).unwrap();
        for number in 0..zip.len() {
            let file = zip.by_index(number).unwrap();
            assert_eq!(std::io::read_to_string(file).unwrap(), "one");
        }
    }
}

#[test]
fn a_build_whose_demo_is_replaced_while_its_pages_are_rendered_fails_and_leaves_nothing() {
    let workspace = TestWorkspace::with_demo("saas");
    let target = workspace.beside("out");
    let swap = || {
        workspace.json(&["demo", "rename", "one", "other"]);
        workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    };
    let error = build_with(&workspace, &target, Phase::Rendering, swap).unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");
    assert!(error.message.contains("Nothing was built"), "{error}");
    assert!(!target.exists());
    // It is found under its new name.
    workspace.json(&["build", "other", target.to_str().unwrap()]);
}

#[test]
fn what_a_person_puts_at_the_place_while_a_build_runs_stays() {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", &template(&workspace, "first", "one")]);
    let (folder, archive) = (workspace.beside("out"), workspace.beside("out.zip"));
    for target in [&folder, &archive] {
        workspace.json(&["build", "one", target.to_str().unwrap()]);
    }
    let own = folder.join("CNAME");
    let error = build_with(&workspace, &folder, Phase::Finishing, || fs::write(&own, "demo.example").unwrap()).unwrap_err();
    assert_eq!(error.code, Code::AlreadyExists, "{error}");
    assert!(error.message.contains("CNAME"), "{error}");
    assert_eq!(fs::read_to_string(&own).unwrap(), "demo.example");
    let error = build_with(&workspace, &archive, Phase::Finishing, || fs::write(&archive, "theirs").unwrap()).unwrap_err();
    assert_eq!(error.code, Code::AlreadyExists, "{error}");
    assert_eq!(fs::read_to_string(&archive).unwrap(), "theirs");
    let names = fs::read_dir(folder.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with('.') || name.contains("kept")).count(), 0);
}
