//! Repositories that mean harm. They are made with git's plumbing, since git itself refuses to make them otherwise.

use std::path::Path;

use crate::support::{TestWorkspace, git, git_with_input, init};

/// Commits a tree with one entry `mode name` to `main`, nested in folders as `name` says.
fn commit_entry(repository: &Path, entries: &[(&str, &str, &str)]) {
    let mut tree = String::new();
    for (mode, name, contents) in entries {
        let blob = git_with_input(repository, &["hash-object", "-w", "--stdin"], contents.as_bytes());
        tree = format!("{tree}{mode} blob {blob}\t{name}\0");
    }
    let tree = git_with_input(repository, &["mktree", "-z"], tree.as_bytes());
    let commit = git_with_input(repository, &["commit-tree", "-m", "Hostile", &tree], b"");
    git(repository, &["update-ref", "refs/heads/main", &commit]);
}

fn refusal(entries: &[(&str, &str, &str)]) -> (TestWorkspace, serde_json::Value) {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("hostile");
    init(&source);
    commit_entry(&source, entries);
    let error = workspace.refused(&["demo", "create", "victim", "--template", source.to_str().unwrap()]);
    (workspace, error)
}

#[test]
fn nothing_of_a_hostile_tree_is_written() {
    let hostile: [&[(&str, &str, &str)]; 7] = [
        &[("100644", "git~1", "x")],
        &[("100644", ".GIT", "x")],
        &[("100644", ".g\u{200c}it", "x")],
        &[("120000", "link", "../../outside")],
        &[("120000", "link", "/etc/passwd")],
        &[("100644", "Readme", "a"), ("100644", "readme", "b")],
        &[("100644", "aux.txt", "x")],
    ];
    for entries in hostile {
        let (workspace, error) = refusal(entries);
        assert_eq!(error["code"], "HostileRepository", "{entries:?}: {error}");
        assert_eq!((workspace.names("demos"), workspace.names(".staging")), (vec![], vec![]));
        assert_eq!(workspace.state("victim"), "failed");
    }
}

#[test]
fn links_within_the_tree_are_kept() {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("fine");
    init(&source);
    commit_entry(&source, &[("100644", "a.txt", "one"), ("120000", "b.txt", "a.txt")]);
    workspace.json(&["demo", "create", "fine", "--template", source.to_str().unwrap()]);
    assert_eq!(std::fs::read_link(workspace.site("fine").join("b.txt")).unwrap(), Path::new("a.txt"));
    workspace.assert_pristine("fine");
}

#[test]
fn hooks_and_filters_of_a_repository_never_run() {
    let workspace = TestWorkspace::new();
    let proof = workspace.beside("proof");
    let source = workspace.repository(
        "source",
        &[(".gitattributes", "*.txt filter=evil\n"), ("a.txt", "one"), ("hooks/post-checkout", "#!/bin/sh\ntouch proof\n")],
    );
    let run = format!("touch {}", proof.display());
    git(&source, &["config", "filter.evil.smudge", &run]);
    git(&source, &["config", "core.fsmonitor", &run]);
    git(&source, &["config", "uploadpack.packObjectsHook", &run]);
    for hook in ["post-checkout", "post-update", "pre-auto-gc", "reference-transaction"] {
        let path = source.join(".git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{run}\n")).unwrap();
        assert!(std::process::Command::new("chmod").arg("+x").arg(&path).status().unwrap().success());
    }
    workspace.json(&["demo", "create", "safe", "--template", source.to_str().unwrap()]);
    assert!(!proof.exists());
    assert!(!workspace.site("safe").join(".git/hooks/post-checkout").exists());
    workspace.assert_pristine("safe");
}

#[test]
fn submodules_are_not_fetched() {
    let workspace = TestWorkspace::new();
    let inner = workspace.repository("inner", &[("secret.txt", "x")]);
    let outer = workspace.repository("outer", &[("a.txt", "one")]);
    git(&outer, &["submodule", "add", "--quiet", inner.to_str().unwrap(), "sub"]);
    git(&outer, &["commit", "--quiet", "--message", "Submodule"]);
    workspace.json(&["demo", "create", "outer", "--template", outer.to_str().unwrap()]);
    assert!(!workspace.site("outer").join("sub/secret.txt").exists());
    assert_eq!(git(&workspace.site("outer"), &["status", "--porcelain"]), "");
}

#[test]
fn a_link_behind_a_link_leads_nowhere() {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("hostile");
    init(&source);
    // `d/up` is the root of the tree, `d/up/..` is outside: only a look at both tells.
    std::fs::create_dir_all(source.join("d")).unwrap();
    std::os::unix::fs::symlink("..", source.join("d/up")).unwrap();
    std::os::unix::fs::symlink("d/up/..", source.join("uploads")).unwrap();
    git(&source, &["add", "--all"]);
    git(&source, &["commit", "--quiet", "--message", "Links"]);
    let asset = workspace.beside("asset.txt");
    std::fs::write(&asset, "text").unwrap();
    let error = workspace.refused(&["demo", "create", "one", "--template", source.to_str().unwrap(), "--asset", asset.to_str().unwrap()]);
    assert_eq!(error["code"], "HostileRepository", "{error}");
}

#[test]
fn assets_and_brief_do_not_follow_links_within_the_tree() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("real.json", "{\"settings\": {}}"), ("elsewhere/a.txt", "one")]);
    std::os::unix::fs::symlink("elsewhere", source.join("uploads")).unwrap();
    std::os::unix::fs::symlink("real.json", source.join("theme.json")).unwrap();
    git(&source, &["add", "--all"]);
    git(&source, &["commit", "--quiet", "--message", "Links"]);
    let asset = workspace.beside("asset.txt");
    std::fs::write(&asset, "text").unwrap();
    let create = ["demo", "create", "one", "--template", source.to_str().unwrap(), "--brief", "primary_color=#123456"];
    let error = workspace.refused(&[create.as_slice(), &["--asset", asset.to_str().unwrap()]].concat());
    assert_eq!(error["code"], "Io", "{error}");
    workspace.json(&["demo", "create", "two", "--template", source.to_str().unwrap(), "--brief", "primary_color=#123456"]);
    workspace.assert_pristine("two");
}

#[test]
fn a_tree_of_trees_that_never_ends_is_refused() {
    let workspace = TestWorkspace::new();
    let source = workspace.beside("bomb");
    init(&source);
    let mut tree = git_with_input(&source, &["mktree"], b"");
    for _ in 0..30 {
        let lines = (0..10).map(|n| format!("040000 tree {tree}\td{n}\n")).collect::<Vec<_>>().concat();
        tree = git_with_input(&source, &["mktree"], lines.as_bytes());
    }
    let commit = git_with_input(&source, &["commit-tree", "-m", "Bomb", &tree], b"");
    git(&source, &["update-ref", "refs/heads/main", &commit]);
    assert_eq!(workspace.refused(&["demo", "create", "one", "--template", source.to_str().unwrap()])["code"], "TooLarge");
}
