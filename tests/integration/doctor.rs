//! The doctor: what it finds, what it does about it, and how that is undone.

use std::fs;
use std::io::Write;
use std::process::Command;

use serde_json::Value;

use crate::support::{BACKLOT, TestWorkspace};

/// Runs the doctor; gives its findings and whether it was content.
fn doctor(workspace: &TestWorkspace, arguments: &[&str]) -> (Vec<Value>, bool) {
    let output = workspace.command(&[&["--json", "doctor"], arguments].concat()).output().unwrap();
    (serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap_or_default(), output.status.success())
}

#[test]
fn a_healthy_workspace_has_no_findings() {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    assert_eq!(doctor(&workspace, &[]), (vec![], true));
}

#[test]
fn what_is_found_is_said_and_only_done_when_asked_and_can_be_undone() {
    let workspace = TestWorkspace::new();
    let id = workspace.json(&["demo", "create", "one", "--template", "bakery"])["id"].as_str().unwrap().to_owned();
    let at = |path: &str| workspace.root.join(path);
    fs::write(at("state/creations/broken.json"), "{ torn").unwrap();
    fs::create_dir(at("templates/half")).unwrap();
    fs::create_dir(at("demos/stranger")).unwrap();
    fs::File::options().append(true).open(at("state/activity.log")).unwrap().write_all(b"0000 torn").unwrap();
    fs::write(at("demos/one/.tmp/left.tmp"), "x")
        .or_else(|_| fs::create_dir(at("demos/one/.tmp")).and_then(|()| fs::write(at("demos/one/.tmp/left.tmp"), "x")))
        .unwrap();

    let (found, content) = doctor(&workspace, &[]);
    let paths: Vec<String> =
        found.iter().map(|finding| finding["path"].as_str().unwrap().replace(workspace.root.to_str().unwrap(), "")).collect();
    assert_eq!(paths, ["/state/creations/broken.json", "/templates/half", "/demos/one", "/demos/stranger", "/state/activity.log"]);
    assert!(!content && found.iter().all(|finding| finding["fixed"] == false));
    assert_eq!(fs::read_to_string(at("state/creations/broken.json")).unwrap(), "{ torn", "nothing was done");

    let (fixed, content) = doctor(&workspace, &["--fix"]);
    let open: Vec<_> = fixed.iter().filter(|finding| finding["fixed"] == false).map(|finding| finding["path"].as_str().unwrap()).collect();
    assert_eq!((open, content), (vec![at("demos/stranger").to_str().unwrap()], false), "a folder of somebody's is left to a person");
    assert!(!at("state/creations/broken.json").exists() && !at("templates/half").exists() && !at("demos/one/.tmp/left.tmp").exists());
    assert!(fs::read_to_string(at("state/activity.log")).unwrap().ends_with("}\n"));
    assert_eq!(doctor(&workspace, &[]).0.len(), 1);

    workspace.json(&["doctor", "--undo"]);
    assert_eq!(fs::read_to_string(at("state/creations/broken.json")).unwrap(), "{ torn");
    assert!(at("templates/half").is_dir());
    assert_eq!(workspace.refused(&["doctor", "--undo"])["code"], "NotFound");
    assert_eq!(workspace.json(&["demo", "show", "one"])["id"].as_str(), Some(id.as_str()));
}

/// Runs the doctor while the system refuses one kind of call.
#[cfg(target_os = "linux")]
fn doctor_refused(workspace: &TestWorkspace, strace: &[&str], arguments: &[&str]) -> Vec<Value> {
    let mut command = Command::new("strace");
    command.args(["-f", "-o"]).arg(workspace.beside("strace.log")).args(strace);
    command.arg(BACKLOT).arg("--workspace").arg(&workspace.root).args(["--json", "doctor"]).args(arguments);
    let output = command.output().expect("strace is installed: `cargo xtask setup` does it");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_read_is_reported_and_left() {
    let workspace = TestWorkspace::with_demo("bakery");
    let record = workspace.root.join("state/creations").join(&workspace.names("state/creations")[0]);
    let template = workspace.root.join("templates/bakery/template.json");
    for path in [&record, &template] {
        let before = fs::read(path).unwrap();
        let strace = ["-P", path.to_str().unwrap(), "-e", "trace=openat,openat2", "-e", "inject=openat,openat2:error=EACCES"];
        let found = doctor_refused(&workspace, &strace, &["--fix"]);
        let finding = found
            .iter()
            .find(|finding| finding["problem"].as_str().unwrap().contains("cannot be read"))
            .unwrap_or_else(|| panic!("{found:?}"));
        assert_eq!((&finding["remedy"], &finding["fixed"]), (&Value::Null, &Value::Bool(false)), "{finding}");
        assert_eq!(fs::read(path).unwrap(), before, "a sound file stays where it is");
    }
    assert_eq!(doctor(&workspace, &[]), (vec![], true));
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_that_watches_no_more_folders_is_reported_with_what_to_do() {
    let workspace = TestWorkspace::with_demo("bakery");
    for (call, error, limit) in [("inotify_add_watch", "ENOSPC", "max_user_watches"), ("inotify_init1", "EMFILE", "max_user_instances")] {
        let found = doctor_refused(&workspace, &["-e", &format!("trace={call}"), "-e", &format!("inject={call}:error={error}")], &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0]["problem"].as_str().unwrap().contains(limit), "{found:?}");
    }
}

#[test]
fn what_an_older_run_left_does_not_stand_in_the_way_of_an_undo() {
    let workspace = TestWorkspace::with_demo("bakery");
    let torn = workspace.root.join("state/creations/torn.json");
    fs::write(&torn, "{ torn").unwrap();
    doctor(&workspace, &["--fix"]);
    // Killed before the list was written, with the clock of another year; and one whose list is lost.
    for name in ["doctor-ffff0000-0000-7000-8000-000000000000", "doctor-000900"] {
        let folder = workspace.root.join(".trash").join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("moved.json"), "").unwrap();
    }
    let lost = workspace.root.join(".trash/doctor-000901");
    fs::create_dir(&lost).unwrap();
    fs::write(lost.join("0"), "kept").unwrap();
    workspace.json(&["doctor", "--undo"]);
    assert_eq!(fs::read_to_string(&torn).unwrap(), "{ torn");
    assert_eq!(workspace.refused(&["doctor", "--undo"])["code"], "Corrupt");
    assert_eq!(fs::read_to_string(lost.join("0")).unwrap(), "kept");
}

#[test]
fn runs_are_undone_in_their_order_and_nothing_new_is_replaced() {
    let workspace = TestWorkspace::with_demo("bakery");
    let at = |name: &str| workspace.root.join("state/creations").join(name);
    for name in ["first.json", "second.json"] {
        fs::write(at(name), name).unwrap();
        doctor(&workspace, &["--fix"]);
    }
    fs::write(at("second.json"), "new").unwrap();
    assert_eq!(workspace.refused(&["doctor", "--undo"])["code"], "AlreadyExists");
    fs::remove_file(at("second.json")).unwrap();
    workspace.json(&["doctor", "--undo"]);
    assert!(at("second.json").exists() && !at("first.json").exists());
    workspace.json(&["doctor", "--undo"]);
    assert!(at("first.json").exists());
}

#[test]
fn a_template_in_use_is_left_to_whoever_uses_it() {
    let workspace = TestWorkspace::with_demo("bakery");
    fs::create_dir(workspace.root.join("templates/half")).unwrap();
    let lock = fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(workspace.root.join("state/locks/template-use-half.lock"))
        .unwrap();
    lock.lock().unwrap();
    let (found, _) = doctor(&workspace, &["--fix"]);
    assert_eq!((found.len(), &found[0]["fixed"]), (1, &Value::Bool(false)), "{found:?}");
    assert!(workspace.root.join("templates/half").is_dir());
    drop(lock);
    assert_eq!(doctor(&workspace, &["--fix"]).0[0]["fixed"], true);
    assert!(!workspace.root.join("templates/half").exists());
}

#[test]
fn what_this_version_does_not_know_is_reported_and_left() {
    let workspace = TestWorkspace::with_demo("bakery");
    let path = workspace.root.join("demos/one/demo.status.json");
    let unknown = fs::read_to_string(&path).unwrap().replace("\"state\": \"ready\"", "\"state\": \"frozen\"");
    fs::write(&path, &unknown).unwrap();
    let (found, _) = doctor(&workspace, &["--fix"]);
    assert!(found.iter().any(|finding| finding["problem"].as_str().unwrap().contains("frozen")), "{found:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), unknown);
}

#[cfg(unix)]
#[test]
fn files_of_another_user_are_reported_with_the_command_to_run() {
    let workspace = TestWorkspace::with_demo("bakery");
    let page = workspace.site("one").join("pages/index.json");
    // Only root may give files away.
    if std::os::unix::fs::chown(&page, Some(12_345), None).is_ok() {
        let (found, content) = doctor(&workspace, &[]);
        assert_eq!((found.len(), content), (1, false), "{found:?}");
        let problem = found[0]["problem"].as_str().unwrap();
        assert!(problem.contains("sudo chown -hR ") && problem.contains("demos/one'"), "{problem}");
    }
}
