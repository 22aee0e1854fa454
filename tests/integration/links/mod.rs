//! Links that somebody planted in a workspace: with one at each of its paths no operation reads, writes or deletes through it.
//!
//! A workspace in which everything was used once is copied for each pair of a path and an operation; what is at the path moves
//! out, and a link to it takes its place. So whoever followed it would find all that it looks for, and go on.

mod world;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{BACKLOT, TestWorkspace};
use world::{Operation, World};

/// A file or folder as it was found: its mode, its time, and its bytes or where it leads.
type Found = (u32, (i64, i64), Vec<u8>);

/// Everything at and below a path, by paths from it.
fn found(at: &Path) -> BTreeMap<PathBuf, Found> {
    let mut all = BTreeMap::new();
    let mut pending = vec![at.to_owned()];
    while let Some(path) = pending.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let bytes = if metadata.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if metadata.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else {
            fs::read(&path).unwrap()
        };
        all.insert(path.strip_prefix(at).unwrap().to_owned(), (metadata.mode(), (metadata.mtime(), metadata.mtime_nsec()), bytes));
    }
    all
}

/// A copy of the workspace with one link in it.
struct Planted {
    temp: tempfile::TempDir,
    link: PathBuf,
}

impl Planted {
    fn new(world: &World, path: &str) -> Self {
        // In memory, where there is such a place: thousands of copies need not outlast a power cut.
        let temp = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let copied = Command::new("cp").arg("-a").arg(&world.workspace.root).arg(temp.path().join("workspace")).status().unwrap();
        assert!(copied.success());
        let (link, canary) = (temp.path().join("workspace").join(path), temp.path().join("out/canary"));
        fs::create_dir(temp.path().join("out")).unwrap();
        fs::write(temp.path().join("out/beside"), "beside").unwrap();
        if fs::rename(&link, &canary).is_err() {
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            if world::is_file(path) { fs::write(&canary, "{}").unwrap() } else { fs::create_dir(&canary).unwrap() }
        }
        if fs::read_dir(&canary).is_ok_and(|mut entries| entries.next().is_none()) {
            // What is swept: a file, a folder named by an id, a document.
            let inner = canary.join("0191d9c0-0000-7000-8000-000000000000");
            fs::create_dir(&inner).unwrap();
            for file in [canary.join("left.tmp"), canary.join("left.json"), inner.join("file")] {
                fs::write(file, "{}").unwrap();
            }
        }
        symlink(&canary, &link).unwrap();
        Self { temp, link }
    }

    fn root(&self) -> PathBuf {
        self.temp.path().join("workspace")
    }

    fn run(&self, arguments: &[String]) -> Output {
        let place = |argument: &String| argument.replace("{out}", self.temp.path().join("built").to_str().unwrap());
        let mut command = Command::new(BACKLOT);
        command.arg("--workspace").arg(self.root()).args(arguments.iter().map(place));
        command.stdin(Stdio::null()).output().expect("the CLI starts")
    }

    /// Puts what was moved out back in its place.
    fn mend(&self) {
        if fs::remove_file(&self.link).is_ok() {
            fs::rename(self.temp.path().join("out/canary"), &self.link).unwrap();
        }
    }
}

/// One pair. Gives what is wrong.
fn try_pair(world: &World, path: &str, operation: &Operation) -> Option<String> {
    let planted = Planted::new(world, path);
    let out = planted.temp.path().join("out");
    let before = found(&out);
    let output = planted.run(&operation.arguments);
    let after = found(&out);
    if operation.name == "preview start" {
        // A process was started, unless that was refused; it ends by the workspace's own means.
        planted.mend();
        let stop = ["preview", "stop", "one"].map(str::to_owned);
        planted.run(&stop);
    }
    if after == before {
        return None;
    }
    let mut changed: Vec<String> = Vec::new();
    for path in before.keys().chain(after.keys()) {
        if before.get(path) != after.get(path) {
            changed.push(path.display().to_string());
        }
    }
    changed.sort();
    changed.dedup();
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Some(format!("{path} <- {}: exit {:?}, changed outside: {} ({said})", operation.name, output.status.code(), changed.join(", ")))
}

/// Whether a pair is among those that are always tried: each path with saving, and in turn with another operation; each operation
/// with what is emptied, cut or swept.
fn is_always_tried(world: &World, path: usize, operation: usize) -> bool {
    let is_emptied = ["demos/one/.tmp", "demos/one/.staged", "demos/one/activity.log", ".staging"];
    let is_in_turn = path % world.operations.len() == operation;
    world.operations[operation].name == "page set" || is_emptied.contains(&world.paths[path].as_str()) || is_in_turn
}

#[test]
fn no_operation_reads_writes_or_deletes_through_a_link_at_any_path_of_a_workspace() {
    let world = World::new();
    let all = std::env::var_os("BACKLOT_TORTURE").is_some();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for path in 0..world.paths.len() {
        pairs.extend((0..world.operations.len()).map(|operation| (path, operation)));
    }
    pairs.retain(|(path, operation)| all || is_always_tried(&world, *path, *operation));
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from) * 2;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((path, operation)) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = try_pair(&world, &world.paths[*path], &world.operations[*operation]);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    eprintln!("{} pairs of {} paths and {} operations were tried", pairs.len(), world.paths.len(), world.operations.len());
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {} pairs:\n{}", wrong.len(), pairs.len(), wrong.join("\n"));
}

#[test]
fn a_link_where_an_operation_works_is_an_error_that_names_it_and_nothing_is_done() {
    let world = World::new();
    for (path, operations) in [
        ("demos", ["demo list", "page set"]),
        ("state", ["demo list", "page set"]),
        ("templates", ["template list", "demo create"]),
        (".staging", ["demo list", "page set"]),
        (".trash", ["demo list --trash", "demo delete"]),
        ("cache", ["demo list", "doctor"]),
        ("state/creations", ["demo list", "demo create"]),
        ("state/locks", ["demo list", "page set"]),
        ("state/activity.log", ["demo list", "demo tag"]),
        ("state/.tmp", ["settings set", "demo create"]),
        ("backlot.json", ["demo list", "page set"]),
        ("demos/one/.tmp", ["page set", "media set"]),
        ("demos/one/.staged", ["page set", "media add"]),
        ("demos/one/.backup", ["page set", "demo tag"]),
        ("demos/one/.trash", ["page remove", "media remove"]),
        ("demos/one/quarantine", ["page set", "menu add"]),
        ("demos/one/txn.json", ["page set", "media set"]),
        ("demos/one/activity.log", ["demo tag", "page set"]),
        ("demos/one/demo.json", ["demo tag", "page set"]),
        ("demos/one/site", ["page set", "media add"]),
        ("templates/source/mirror.git", ["template refresh", "demo create"]),
    ] {
        for name in operations {
            let planted = Planted::new(&world, path);
            let (out, others) = (planted.temp.path().join("out"), planted.root().join("demos"));
            let (before, documents) = (found(&out), found(&others));
            let operation = world.operations.iter().find(|operation| operation.name == name).unwrap_or_else(|| panic!("{name}"));
            let output = planted.run(&operation.arguments);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{path} <- {name}: {said}");
            let named = said.contains(planted.link.to_str().unwrap()) && said.contains("is a symbolic link");
            assert!(named, "{path} <- {name}: {said}");
            assert_eq!(found(&out), before, "{path} <- {name}");
            assert_eq!(found(&others).keys().collect::<Vec<_>>(), documents.keys().collect::<Vec<_>>(), "{path} <- {name}");
        }
    }
}

#[test]
fn a_link_in_one_demo_does_not_keep_the_others_from_being_listed_and_changed() {
    let world = World::new();
    for path in ["demos/one/.staged", "demos/one/demo.json", "demos/one/site", "demos/one"] {
        let planted = Planted::new(&world, path);
        let listed = planted.run(&["--json", "demo", "list"].map(str::to_owned));
        assert!(listed.status.success(), "{path}: {}", String::from_utf8_lossy(&listed.stderr));
        let listed: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).unwrap();
        let slugs: Vec<&str> = listed.iter().filter_map(|demo| demo["slug"].as_str()).collect();
        assert!(slugs.contains(&"one") && slugs.contains(&"two"), "{path}: {slugs:?}");
        let tagged = planted.run(&["demo", "tag", "two", "x"].map(str::to_owned));
        assert!(tagged.status.success(), "{path}: {}", String::from_utf8_lossy(&tagged.stderr));
    }
}

#[test]
fn a_demo_that_is_a_link_is_reported_and_never_acted_on() {
    let world = World::new();
    let planted = Planted::new(&world, "demos/one");
    let before = found(&planted.temp.path().join("out"));
    for operation in world.operations.iter().filter(|operation| operation.arguments.iter().any(|argument| argument == "one")) {
        let output = planted.run(&operation.arguments);
        let is_about_nothing = ["demo show", "preview list", "preview show", "preview stop", "builds"].contains(&operation.name.as_str());
        assert!(is_about_nothing || output.status.code() == Some(1), "{}: {output:?}", operation.name);
    }
    let doctor = planted.run(&["doctor"].map(str::to_owned));
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(!doctor.status.success() && said.contains("demos/one"), "{said}");
    assert_eq!(found(&planted.temp.path().join("out")), before);
}

#[test]
fn a_workspace_that_is_itself_a_link_or_lies_behind_one_is_used_as_it_is() {
    let workspace = TestWorkspace::new();
    let disk = workspace.beside("disk");
    fs::create_dir(&disk).unwrap();
    symlink(&disk, &workspace.root).unwrap();
    let source = workspace.repository("source", world::SITE);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    workspace.json(&["page", "set", "one", "about", "/name", "\"Us\""]);
    assert!(disk.join("demos/one/demo.json").is_file() && fs::symlink_metadata(&workspace.root).unwrap().is_symlink());
    assert!(workspace.run(&["doctor"]).status.success());
}

#[test]
fn a_workspace_whose_path_is_not_utf_8_is_refused_in_words() {
    use std::os::unix::ffi::OsStrExt as _;
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    let output = Command::new(BACKLOT).arg("--json").arg("--workspace").arg(&root).args(["demo", "list"]).output().unwrap();
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((output.status.code(), error["code"].as_str(), error["field"].as_str()), (Some(1), Some("InvalidInput"), Some("workspace")));
    assert!(error["message"].as_str().unwrap().contains("is not valid UTF-8"), "{error}");
    assert!(!root.exists(), "nothing was created");
}

#[test]
fn nothing_is_changed_in_a_folder_that_a_template_links_to() {
    let workspace = TestWorkspace::new();
    let out = workspace.beside("out");
    fs::create_dir_all(out.join("folder")).unwrap();
    fs::write(out.join("folder/file"), "canary").unwrap();
    fs::set_permissions(out.join("folder/file"), fs::Permissions::from_mode(0o644)).unwrap();
    let source = workspace.repository("source", world::SITE);
    let before = found(&out);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    // As a person may add them: one that leads out, one that stays within.
    symlink(&out, workspace.site("one").join("assets")).unwrap();
    symlink("uploads", workspace.site("one").join("pictures")).unwrap();
    workspace.json(&["page", "set", "one", "about", "/name", "\"Us\""]);
    workspace.json(&["demo", "delete", "one"]);
    workspace.json(&["demo", "purge", "one"]);
    assert_eq!(workspace.names(".trash").len() + workspace.names(".staging").len(), 0);
    assert_eq!(found(&out), before);
}
