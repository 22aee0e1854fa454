//! Images made for the purpose, each for one feature or one attack, compared in a browser before and after their import:
//! they look the same, or the import says what it removed; and nothing in them runs or loads anything afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::TestWorkspace;

/// Drawings of which the import has something to say, beside those that attack. All others lose nothing.
const CHANGED: [&str; 12] = [
    "css-import.svg",
    "css-one-url-elsewhere.svg",
    "dtd-default-attributes.svg",
    "encoding-latin1.svg",
    "encoding-utf16-be.svg",
    "encoding-utf16-le.svg",
    "encoding-windows-1252.svg",
    "foreign-object.svg",
    "namespace-prefixed.svg",
    "program-illustrator.svg",
    "program-inkscape.svg",
    "switch-foreign-object.svg",
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/media-corpus")
}

/// Every file of the corpus, in order.
fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["svg", "images"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(corpus().join(folder)).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "md"))
        .collect();
    files.sort();
    files
}

fn is_drawing(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "svg")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// One file after its import.
struct Imported {
    before: PathBuf,
    after: PathBuf,
    notes: Vec<Value>,
}

/// Imports the whole corpus by the CLI; those that are refused are left out.
fn import(workspace: &TestWorkspace, files: &[PathBuf]) -> Vec<Imported> {
    let mut arguments = vec!["--json", "media", "add", "one"];
    arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
    let output = workspace.command(&arguments).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let places: BTreeMap<&str, &str> = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["originalName"].as_str().unwrap(), file["path"].as_str().unwrap()))
        .collect();
    let notes_of = |path: &Path| {
        let all = answer["notes"].as_array().into_iter().flatten();
        let mine = all.filter(|noted| Path::new(noted["file"].as_str().unwrap()) == path);
        mine.flat_map(|noted| noted["notes"].as_array().unwrap().clone()).collect()
    };
    let refused: Vec<&Value> =
        answer["failed"].as_array().unwrap().iter().filter(|failed| is_drawing(Path::new(failed["file"].as_str().unwrap()))).collect();
    assert_eq!(refused, [&Value::Null; 0], "every drawing of the corpus is taken");
    let imported = |path: &PathBuf| {
        let place = places.get(name(path).as_str())?;
        Some(Imported { before: path.clone(), after: workspace.site("one").join(place.trim_start_matches('/')), notes: notes_of(path) })
    };
    files.iter().filter_map(imported).collect()
}

/// The browser that xtask names, or one that is installed. An empty name asks for none; none is an error only where one was
/// promised.
pub fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("BACKLOT_CHROMIUM").map(PathBuf::from);
    if named.as_ref().is_some_and(|named| named.as_os_str().is_empty()) {
        return None;
    }
    let is_promised = named.is_some() || std::env::var_os("CI").is_some();
    let has_driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/node_modules/playwright-core").exists();
    let installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].map(PathBuf::from);
    let found = named.into_iter().chain(installed).find(|path| has_driver && path.exists());
    assert!(found.is_some() || !is_promised, "the corpus needs Chromium and the UI's packages (npm ci in ui)");
    found
}

#[test]
fn imported_images_look_the_same_or_the_import_says_what_it_removed() {
    let Some(chromium) = browser() else {
        eprintln!("not run: Chromium is not installed or was not asked for, or the UI's packages are missing");
        return;
    };
    let workspace = TestWorkspace::with_demo("saas");
    let imported = import(&workspace, &files());
    // The same pixels for drawings. Photographs may be encoded again, which moves each a little.
    let list: Vec<Value> = imported
        .iter()
        .map(|file| {
            let (channel, pixels) = if is_drawing(&file.before) { (2, 0) } else { (24, 144) };
            let name = name(&file.before);
            let attacks = name.starts_with("attack-");
            json!({"name": name, "before": file.before, "after": file.after, "channel": channel, "pixels": pixels, "attacks": attacks})
        })
        .collect();
    let list = workspace.file("list.json", serde_json::to_vec(&list).unwrap());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/tests/media-corpus.mjs");
    let output = Command::new("node").arg(script).arg(list).env("CHROMIUM", chromium).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "the comparison failed: {}", output.status);
    let results: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.len(), imported.len());

    let mut problems = Vec::new();
    let mut harmful = 0;
    for (file, result) in imported.iter().zip(&results) {
        let name = name(&file.before);
        let is_attack = name.starts_with("attack-");
        let does = |side: &Value| side["ran"] == true || side["requests"] != json!([]);
        if is_attack && does(&result["before"]) {
            harmful += 1;
        }
        if does(&result["after"]) {
            problems.push(format!("{name} still runs or loads something: {}", result["after"]));
        }
        if result["different"] != json!([]) && file.notes.is_empty() {
            problems.push(format!("{name} looks different ({}), and the import says nothing", result["different"]));
        }
        if is_drawing(&file.before) && (is_attack || CHANGED.contains(&name.as_str())) == file.notes.is_empty() {
            problems.push(format!("{name} has unexpected notes: {:?}", file.notes));
        }
        if !is_attack && !file.notes.is_empty() {
            let messages: Vec<&str> = file.notes.iter().filter_map(|note| note["message"].as_str()).collect();
            println!("{name}: {}{}", messages.join(" "), if result["different"] == json!([]) { "" } else { " Looks different." });
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(harmful >= 10, "only {harmful} attacks do anything in this browser before their import: the comparison proves little");
}
