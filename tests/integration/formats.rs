//! Repositories in formats and conditions that are seldom met: many references, reftable, SHA-256, partial, damaged.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{TestWorkspace, commit, git, git_with_input, init};

/// Whether the git of this machine knows an option; says why a test is left out if it does not.
fn git_can(workspace: &TestWorkspace, arguments: &[&str]) -> bool {
    let probe = workspace.beside("probe");
    let done = Command::new("git").args(arguments).arg(&probe).output().expect("git starts");
    if !done.status.success() {
        eprintln!("left out: this git cannot do {arguments:?}");
    }
    let _ = fs::remove_dir_all(&probe);
    done.status.success()
}

/// How many files are below a folder.
fn count_files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries.map(|entry| if entry.file_type().unwrap().is_dir() { count_files(&entry.path()) } else { 1 }).sum()
}

/// The references of a repository with what they point to and are tags of, by git's own word.
fn refs(repository: &Path, patterns: &[&str]) -> Vec<String> {
    let listed = git(repository, &[&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname) %(*objectname)"], patterns].concat());
    listed.lines().map(str::to_owned).collect()
}

/// The lines of a command in a message, between quotation marks.
fn commands(message: &str) -> Vec<&str> {
    message.split('“').skip(1).filter_map(|rest| rest.split('”').next()).filter(|text| text.starts_with("git ")).collect()
}

/// Runs a command of a message in a shell; whether it succeeded.
fn try_to_run(line: &str, folder: &Path) -> bool {
    let done = Command::new("sh").args(["-c", line]).current_dir(folder).output().unwrap();
    eprintln!("{line}: {}", String::from_utf8_lossy(&done.stderr));
    done.status.success()
}

fn run(line: &str, folder: &Path) {
    assert!(try_to_run(line, folder), "{line}");
}

/// Makes `count` branches and tags, every fifth tag an object of its own.
fn make_refs(source: &Path, name: &str, count: usize) {
    let head = git(source, &["rev-parse", "HEAD"]);
    let head = head.trim();
    let line = |number| format!("create refs/heads/{name}/b{number} {head}\ncreate refs/tags/{name}-{number} {head}\n");
    git_with_input(source, &["update-ref", "--stdin"], (0..count).map(line).collect::<Vec<_>>().concat().as_bytes());
    for number in 0..5 {
        git(source, &["tag", "--annotate", "--message", "Release", &format!("{name}-release-{number}")]);
    }
    git(source, &["pack-refs", "--all"]);
}

#[test]
fn thousands_of_branches_and_tags_are_packed_in_mirrors_and_demos() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    make_refs(&source, "first", 1_000);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let mirror = workspace.root.join("templates/source/mirror.git");
    let demo = workspace.site("one");
    let compare = |demo: &Path| {
        for kind in ["refs/heads", "refs/tags"] {
            assert_eq!(refs(&mirror, &[kind]), refs(&source, &[kind]), "{kind}");
        }
        assert_eq!(refs(demo, &["refs/tags"]), refs(&source, &["refs/tags"]));
        let branches: Vec<String> = refs(&source, &["refs/heads"]).into_iter().map(|line| format!("origin/{line}")).collect();
        let tracked: Vec<String> = refs(demo, &["refs/remotes"]).into_iter().filter(|line| !line.starts_with("origin/HEAD")).collect();
        assert_eq!(tracked, branches);
        assert!(count_files(&mirror) < 60, "the mirror has {} files", count_files(&mirror));
        assert!(count_files(demo) < 60, "the demo has {} files", count_files(demo));
    };
    compare(&demo);
    workspace.assert_pristine("one");

    // A refresh moves, adds and removes many at once, and a name becomes a folder.
    commit(&source, &[("a.txt", "two")], "Second");
    make_refs(&source, "second", 500);
    let line = |number| format!("delete refs/heads/first/b{number}\ndelete refs/tags/first-{number}\n");
    git_with_input(&source, &["update-ref", "--stdin"], (0..300).map(line).collect::<Vec<_>>().concat().as_bytes());
    git(&source, &["branch", "first/b0/below"]);
    workspace.json(&["template", "refresh", "source"]);
    workspace.json(&["demo", "create", "two", "--template", "source", "--branch", "first/b0/below"]);
    compare(&workspace.site("two"));
    workspace.assert_pristine("two");
}

#[test]
fn a_mirror_of_an_earlier_version_gets_packed_references() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    workspace.json(&["template", "add", source.to_str().unwrap()]);
    let mirror = workspace.root.join("templates/source/mirror.git");
    let head = git(&mirror, &["rev-parse", "HEAD"]);
    fs::remove_file(mirror.join("packed-refs")).unwrap();
    fs::create_dir_all(mirror.join("refs/heads/old")).unwrap();
    for name in ["main", "old/one"] {
        fs::write(mirror.join("refs/heads").join(name), &head).unwrap();
    }
    commit(&source, &[("a.txt", "two")], "Second");
    workspace.json(&["demo", "create", "one", "--template", "source"]);
    assert_eq!(refs(&mirror, &[]), refs(&source, &["refs/heads"]));
    assert_eq!(fs::read_to_string(workspace.site("one").join("a.txt")).unwrap(), "two");
}

#[test]
fn a_repository_with_reftable_is_refused_with_the_command_that_converts_it() {
    let workspace = TestWorkspace::new();
    if !git_can(&workspace, &["init", "--ref-format=reftable"]) {
        return;
    }
    let source = workspace.beside("source");
    fs::create_dir_all(&source).unwrap();
    git(&source, &["init", "--quiet", "--initial-branch=main", "--ref-format=reftable"]);
    commit(&source, &[("a.txt", "one")], "First");
    let create = ["demo", "create", "one", "--template", source.to_str().unwrap()];
    let error = workspace.refused(&create);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("reftable"), "{message}");
    let [convert, copy] = commands(message)[..] else { panic!("two commands in {message}") };
    run(copy, &workspace.beside(""));
    workspace.json(&["demo", "create", "copy", "--template", workspace.beside("COPY.git").to_str().unwrap()]);
    workspace.assert_pristine("copy");
    if try_to_run(convert, &workspace.beside("")) {
        workspace.json(&create);
        workspace.assert_pristine("one");
    } else {
        eprintln!("left out: this git cannot convert references with reflogs");
    }
}

#[test]
fn a_repository_with_sha256_is_refused_with_the_commands_that_copy_it() {
    let workspace = TestWorkspace::new();
    if !git_can(&workspace, &["init", "--object-format=sha256"]) {
        return;
    }
    let source = workspace.beside("source");
    fs::create_dir_all(&source).unwrap();
    git(&source, &["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    commit(&source, &[("a.txt", "one")], "First");
    let error = workspace.refused(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("SHA-256"), "{message}");
    for command in commands(message) {
        run(command, workspace.beside("").as_path());
    }
    workspace.json(&["demo", "create", "one", "--template", workspace.beside("COPY").to_str().unwrap(), "--branch", "main"]);
    assert_eq!(fs::read_to_string(workspace.site("one").join("a.txt")).unwrap(), "one");
}

#[test]
fn a_partial_clone_is_refused_with_the_address_of_its_origin() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    commit(&source, &[("a.txt", "two")], "Second");
    git(&source, &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", source.display());
    git(&workspace.beside(""), &["clone", "--quiet", "--filter=blob:none", &url, "partial"]);
    let partial = workspace.beside("partial");
    let error = workspace.refused(&["demo", "create", "one", "--template", partial.to_str().unwrap()]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("partial clone") && message.contains(&url), "{message}");
    workspace.json(&["demo", "create", "one", "--template", &url]);
    workspace.assert_pristine("one");
}

/// Removes an object of a repository.
fn lose(source: &Path, name: &str) {
    let id = git(source, &["rev-parse", name]);
    let id = id.trim();
    let path = source.join(".git/objects").join(&id[..2]).join(&id[2..]);
    assert!(path.exists(), "{name} is an object of its own");
    fs::remove_file(path).unwrap();
}

#[test]
fn one_missing_object_leaves_out_only_the_branches_that_need_it() {
    // What is missing of the branch: its commit, a folder, a file, an earlier commit, the object of a tag.
    for missing in ["broken", "broken:folder", "broken:folder/b.txt", "broken~1", "broken~1:a.txt", "release"] {
        let workspace = TestWorkspace::new();
        let source = workspace.repository("source", &[("a.txt", "one")]);
        git(&source, &["checkout", "--quiet", "-b", "broken"]);
        commit(&source, &[("a.txt", "other")], "Other");
        commit(&source, &[("folder/b.txt", "lost")], "Lost");
        git(&source, &["checkout", "--quiet", "main"]);
        git(&source, &["branch", "fine"]);
        git(&source, &["tag", "v1"]);
        git(&source, &["tag", "--annotate", "--message", "Release", "release"]);
        lose(&source, missing);
        let created = workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
        assert_eq!(created["status"]["state"], "ready", "{missing}: {created}");
        workspace.assert_pristine("one");
        let is_tag = missing == "release";
        let template = workspace.json(&["template", "show", "source"]);
        let left_out = if is_tag { "refs/tags/release" } else { "refs/heads/broken" };
        assert_eq!(template["left_out"], serde_json::json!([left_out]), "{missing}");
        workspace.json(&["demo", "create", "two", "--template", "source", "--branch", "fine"]);
        if !is_tag {
            let error = workspace.refused(&["demo", "create", "three", "--template", "source", "--branch", "broken"]);
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("damaged") && message.contains("git fsck"), "{missing}: {message}");
        }
        let doctor = workspace.run(&["doctor"]);
        assert!(String::from_utf8_lossy(&doctor.stdout).contains(&format!("An object of {left_out} is missing")), "{missing}");
        let warnings = workspace.json(&["demo", "show", "one"])["warnings"].clone();
        assert_eq!((&warnings[0]["code"], warnings.as_array().map(Vec::len)), (&"damaged_branches".into(), Some(1)), "{missing}");
        // Once it is whole again, nothing is left out.
        git(&source, &["branch", "-D", "broken"]);
        git(&source, &["tag", "-d", "release"]);
        assert!(workspace.json(&["template", "refresh", "source"])["left_out"].is_null(), "{missing}");
    }
}

#[test]
fn a_damaged_default_branch_does_not_block_the_one_that_is_asked_for() {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("source");
    init(&source);
    commit(&source, &[("a.txt", "one")], "First");
    git(&source, &["branch", "fine"]);
    commit(&source, &[("a.txt", "two")], "Second");
    lose(&source, "main:a.txt");
    let error = workspace.refused(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    assert!(error["message"].as_str().unwrap().contains("The branch “main”"), "{error}");
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap(), "--branch", "fine"]);
    workspace.assert_pristine("one");
    // It is said in the same words when there is no other branch.
    let alone = workspace.repository("alone", &[("a.txt", "one")]);
    lose(&alone, "main:a.txt");
    let error = workspace.refused(&["demo", "create", "two", "--template", alone.to_str().unwrap()]);
    assert!(error["message"].as_str().unwrap().contains("The branch “main”"), "{error}");
}

#[test]
fn what_is_missing_from_a_stash_or_a_note_blocks_no_branch() {
    for name in ["refs/stash", "refs/notes/commits", "refs/pull/1/head", "refs/remotes/origin/old"] {
        let workspace = TestWorkspace::new();
        let source = workspace.repository("source", &[("index.html", "x")]);
        git(&source, &["checkout", "--quiet", "-b", "tmp"]);
        commit(&source, &[("lost.txt", "lost")], "Lost");
        let lost = git(&source, &["rev-parse", "tmp:lost.txt"]).trim().to_owned();
        git(&source, &["checkout", "--quiet", "main"]);
        git(&source, &["update-ref", name, "tmp"]);
        git(&source, &["branch", "--quiet", "-D", "tmp"]);
        fs::remove_file(source.join(".git/objects").join(&lost[..2]).join(&lost[2..])).unwrap();
        workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
        workspace.assert_pristine("one");
        let template = workspace.json(&["template", "show", "source"]);
        assert!(template["left_out"].is_null(), "{name}: {template}");
    }
}

#[test]
fn a_branch_whose_file_cannot_be_read_is_left_out_and_blocks_no_other() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("index.html", "x")]);
    git(&source, &["branch", "fine"]);
    git(&source, &["branch", "other"]);
    fs::write(source.join(".git/refs/heads/main"), "").unwrap();
    fs::write(source.join(".git/refs/heads/other"), "garbage").unwrap();
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap(), "--branch", "fine"]);
    workspace.assert_pristine("one");
    let template = workspace.json(&["template", "show", "source"]);
    assert_eq!(template["left_out"], serde_json::json!(["refs/heads/main", "refs/heads/other"]), "{template}");
}
