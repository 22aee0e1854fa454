//! A workspace that was copied or moved: a copy never acts on the original, and a moved one goes on as before.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{BACKLOT, TestWorkspace, git, open};

/// The CLI on a workspace elsewhere.
fn run(root: &Path, arguments: &[&str]) -> Output {
    Command::new(BACKLOT).arg("--workspace").arg(root).arg("--json").args(arguments).output().unwrap()
}

fn json(root: &Path, arguments: &[&str]) -> Value {
    let output = run(root, arguments);
    assert!(output.status.success(), "{arguments:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Copies the whole workspace, as `cp -a` does it.
fn copy(workspace: &TestWorkspace) -> PathBuf {
    let to = workspace.beside("copy");
    assert!(Command::new("cp").arg("-a").arg(&workspace.root).arg(&to).status().unwrap().success());
    to
}

/// Moves it, as `mv` does it.
fn moved(workspace: &mut TestWorkspace) {
    let to = workspace.beside("moved");
    fs::rename(&workspace.root, &to).unwrap();
    workspace.root = to;
}

fn workspace_id(root: &Path) -> String {
    let manifest: Value = serde_json::from_slice(&fs::read(root.join("backlot.json")).unwrap()).unwrap();
    manifest["id"].as_str().unwrap().to_owned()
}

const SERVER: &str = r"
require('node:http').createServer((request, response) => response.end('dev')).listen(Number(process.env.PORT), '127.0.0.1');
";
const COMMAND: (&str, &str) = ("backlot.json", r#"{"preview":{"command":["node","server.js"]}}"#);

/// A workspace whose demo `one` brings a command of its own.
fn with_command() -> TestWorkspace {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("index.html", "<body>File</body>"), ("server.js", SERVER), COMMAND]);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    workspace
}

/// Ends the preview, whatever a test does.
struct Stopped<'a>(&'a TestWorkspace);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let _ = self.0.run(&["preview", "stop", "one"]);
    }
}

/// Makes the record of the running preview one of an older Backlot.
fn unbind(root: &Path) {
    for entry in fs::read_dir(root.join("state/previews")).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let mut record: Value = serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap();
        record.as_object_mut().unwrap().remove("bound");
        fs::write(entry.path(), record.to_string()).unwrap();
    }
}

#[test]
fn a_copy_leaves_the_previews_of_the_original_alone() {
    for is_older in [false, true] {
        let workspace = with_command();
        let _stopped = Stopped(&workspace);
        let running = workspace.json(&["preview", "start", "one", "--trust-command"]);
        assert_eq!(running["kind"], "command");
        if is_older {
            unbind(&workspace.root);
        }
        let copy = copy(&workspace);
        assert_eq!(json(&copy, &["demo", "list"]).as_array().unwrap().len(), 1);
        assert_eq!(json(&copy, &["preview", "list"]), json!([]));
        assert_eq!(json(&copy, &["preview", "stop", "one"])["state"], "stopped");
        assert_eq!(workspace.json(&["preview", "show", "one"])["address"], running["address"], "older: {is_older}");
        let refused: Value = serde_json::from_slice(&run(&copy, &["preview", "start", "one"]).stderr).unwrap();
        assert_eq!(refused["code"], "NotTrusted", "trust does not pass to a copy");
        // Its own preview is its own.
        let own = json(&copy, &["preview", "start", "one", "--restricted"]);
        assert_ne!(own["port"], running["port"]);
        assert_eq!(json(&copy, &["preview", "stop", "one"])["state"], "stopped");
        assert_eq!(workspace.json(&["preview", "show", "one"])["address"], running["address"]);
    }
}

#[test]
fn trust_in_a_command_does_not_pass_to_a_copy_of_the_demo() {
    let workspace = with_command();
    workspace.json(&["preview", "start", "one", "--trust-command"]);
    workspace.json(&["preview", "stop", "one"]);
    assert_eq!(workspace.json(&["preview", "command", "one"])["decision"], "trusted");
    let demos = workspace.root.join("demos");
    assert!(Command::new("cp").arg("-a").arg(demos.join("one")).arg(demos.join("two")).status().unwrap().success());
    assert_eq!(workspace.json(&["preview", "command", "two"])["decision"], "undecided");
    assert_eq!(workspace.json(&["preview", "command", "one"])["decision"], "trusted");
    // The original is gone, and the copy is put in its place with the original's id.
    let text = fs::read_to_string(demos.join("one/demo.json")).unwrap();
    fs::remove_dir_all(demos.join("one")).unwrap();
    fs::rename(demos.join("two"), demos.join("one")).unwrap();
    fs::write(demos.join("one/demo.json"), text).unwrap();
    assert_eq!(workspace.json(&["preview", "command", "one"])["decision"], "undecided");
}

#[test]
fn a_copy_leaves_the_builds_of_the_original_alone() {
    for is_older in [false, true] {
        let workspace = TestWorkspace::with_demo("bakery");
        let out = workspace.beside("out");
        let app = open(&workspace);
        let order = backlot::app::BuildOrder { target: out.clone(), ..Default::default() };
        // Held where its files are written.
        let cancel = backlot::cancel::Cancel::new();
        let copied = std::sync::Mutex::new(None);
        let look = |build: &backlot::export::model::Build| {
            let beside = workspace.beside(&format!(".{}.backlot", build.id));
            // Several threads write, and tell of it.
            let mut copied = copied.lock().unwrap();
            if copied.is_some() || !beside.exists() {
                return;
            }
            if is_older {
                let record = workspace.root.join("state/builds").join(format!("{}.json", build.demo));
                let mut kept: Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
                kept["builds"][0].as_object_mut().unwrap().remove("bound");
                fs::write(&record, kept.to_string()).unwrap();
            }
            let copy = copy(&workspace);
            let listed = json(&copy, &["builds", "one"]);
            assert!(listed.as_array().unwrap().iter().all(|build| build["state"]["kind"] != "running"), "{listed}");
            assert!(beside.exists(), "the build's own folder is still there; older: {is_older}");
            *copied = Some(copy);
        };
        app.build("one", &order, &look, &cancel).unwrap();
        assert!(copied.lock().unwrap().is_some() && out.join("index.html").is_file());
    }
}

#[test]
fn a_copy_undoes_what_the_doctor_did_in_itself_only() {
    let workspace = TestWorkspace::with_demo("bakery");
    let torn = |root: &Path| root.join("state/creations/torn.json");
    fs::write(torn(&workspace.root), "{ torn").unwrap();
    workspace.run(&["doctor", "--fix"]);
    assert!(!torn(&workspace.root).exists());
    let copy = copy(&workspace);
    json(&copy, &["doctor", "--undo"]);
    assert!(torn(&copy).exists() && !torn(&workspace.root).exists());
    workspace.json(&["doctor", "--undo"]);
    assert!(torn(&workspace.root).exists());
}

#[test]
fn a_list_of_an_older_doctor_is_undone_in_the_workspace_that_it_is_in() {
    let mut workspace = TestWorkspace::with_demo("bakery");
    let aside = workspace.root.join(".trash/doctor-01890000-0000-7000-8000-000000000000");
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("0"), "{ torn").unwrap();
    let outside = workspace.file("outside/state/creations/here", "");
    let from = Path::new(&outside).with_file_name("torn.json");
    fs::write(aside.join("moved.json"), json!({"schema": 1, "rev": 1, "from": [from]}).to_string()).unwrap();
    moved(&mut workspace);
    workspace.json(&["doctor", "--undo"]);
    assert!(!from.exists());
    assert_eq!(fs::read_to_string(workspace.root.join("state/creations/torn.json")).unwrap(), "{ torn");
}

#[test]
fn a_copy_has_an_id_of_its_own_and_a_moved_workspace_keeps_its_id() {
    let mut workspace = TestWorkspace::with_demo("bakery");
    let id = workspace_id(&workspace.root);
    let copy = copy(&workspace);
    json(&copy, &["demo", "list"]);
    let of_copy = workspace_id(&copy);
    assert_ne!(of_copy, id);
    json(&copy, &["demo", "list"]);
    assert_eq!(workspace_id(&copy), of_copy);
    moved(&mut workspace);
    workspace.json(&["demo", "list"]);
    assert_eq!(workspace_id(&workspace.root), id);
    // Moved to another disk: another folder, and the first one is gone.
    let elsewhere = workspace.beside("elsewhere");
    assert!(Command::new("cp").arg("-a").arg(&workspace.root).arg(&elsewhere).status().unwrap().success());
    fs::remove_dir_all(&workspace.root).unwrap();
    json(&elsewhere, &["demo", "list"]);
    assert_eq!(workspace_id(&elsewhere), id);
    // A workspace of an older Backlot does not name its folder.
    let manifest = elsewhere.join("backlot.json");
    let mut older: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    older.as_object_mut().unwrap().remove("root");
    fs::write(&manifest, older.to_string()).unwrap();
    json(&elsewhere, &["demo", "list"]);
    assert_eq!(workspace_id(&elsewhere), id);
}

#[test]
fn a_moved_workspace_goes_on_as_before() {
    let mut workspace = with_command();
    let inner = workspace.repository("inner", &[("inner.txt", "x")]);
    workspace.json(&["preview", "start", "one", "--trust-command"]);
    let out = workspace.beside("out");
    workspace.json(&["demo", "create", "two", "--template", "bakery"]);
    workspace.json(&["build", "two", out.to_str().unwrap()]);
    moved(&mut workspace);
    let listed = workspace.json(&["preview", "list"]);
    assert_eq!(listed[0]["state"], "failed", "its process knows the folder by its former path, and is known here: {listed}");
    assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped");
    assert_eq!(workspace.json(&["preview", "command", "one"])["decision"], "trusted");
    assert_eq!(workspace.json(&["preview", "start", "one"])["kind"], "command");
    workspace.json(&["preview", "stop", "one"]);
    assert_eq!(workspace.json(&["builds", "two"])[0]["state"]["kind"], "done");
    workspace.json(&["build", "two", out.to_str().unwrap()]);
    workspace.json(&["template", "refresh", "source"]);
    workspace.json(&["demo", "create", "three", "--template", "source"]);
    workspace.json(&["page", "list", "two"]);
    workspace.json(&["demo", "create", "four", "--template", inner.to_str().unwrap()]);
    for slug in ["one", "two", "three", "four"] {
        assert_eq!(git(&workspace.site(slug), &["status", "--porcelain"]), "", "{slug}");
    }
    workspace.json(&["demo", "rename", "four", "five"]);
    assert_eq!(workspace.json(&["doctor"]), json!([]));
}
