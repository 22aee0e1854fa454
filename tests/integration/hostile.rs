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
