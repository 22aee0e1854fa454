//! A demo from a template, and what is said when it cannot be made.

use std::fs;

use backlot::app::{App, Options, SaveDelays};
use backlot::clock::Clock;
use jiff::SignedDuration;

use crate::support::{BACKLOT, SmallDisk, TestWorkspace, commit, git, init};

#[test]
fn a_demo_of_a_starter_is_a_clean_clone() {
    let workspace = TestWorkspace::new();
    for starter in ["bakery", "portfolio", "saas"] {
        let demo = workspace.json(&["demo", "create", starter, "--template", starter]);
        assert_eq!(demo["status"]["state"], "ready");
        assert_eq!(demo["template"]["key"], starter);
        assert_eq!(demo["version_id"], git(&workspace.site(starter), &["rev-parse", "HEAD"]).trim());
        workspace.assert_pristine(starter);
        assert!(workspace.site(starter).join("pages/index.json").is_file(), "{starter} has a home page");
    }
    assert_eq!(workspace.names(".staging"), [""; 0]);
}

#[test]
fn a_demo_of_a_repository_has_its_branches_tags_and_origin() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one"), ("dir/b.txt", "two"), ("run.sh", "#!/bin/sh\n")]);
    git(&source, &["update-index", "--chmod=+x", "run.sh"]);
    git(&source, &["commit", "--quiet", "--message", "Executable"]);
    git(&source, &["tag", "--annotate", "v1", "--message", "One"]);
    git(&source, &["branch", "dev"]);
    let url = format!("file://{}", source.display());
    let demo = workspace.json(&["demo", "create", "mine", "--template", &url]);
    assert_eq!(demo["template"]["url"], source.display().to_string());
    workspace.assert_pristine("mine");
    let site = workspace.site("mine");
    assert_eq!(fs::read_to_string(site.join("dir/b.txt")).unwrap(), "two");
    assert_eq!(git(&site, &["rev-parse", "--abbrev-ref", "HEAD@{upstream}"]).trim(), "origin/main");
    assert_eq!(
        // Which short name `HEAD` has differs from one git to the next.
        git(&site, &["branch", "--remotes", "--format=%(refname)"]).lines().collect::<Vec<_>>(),
        ["refs/remotes/origin/HEAD", "refs/remotes/origin/dev", "refs/remotes/origin/main"]
    );
    assert_eq!(git(&site, &["describe", "--tags"]).trim(), "v1");
    assert_eq!(git(&site, &["ls-files", "--stage", "run.sh"]).split(' ').next(), Some("100755"));
}

#[test]
fn a_demo_stands_on_its_own_when_its_source_and_mirror_are_gone() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    workspace.json(&["demo", "create", "mine", "--template", source.to_str().unwrap()]);
    fs::remove_dir_all(&source).unwrap();
    workspace.json(&["template", "remove", "source"]);
    workspace.assert_pristine("mine");
    assert_eq!(git(&workspace.site("mine"), &["log", "--format=%s"]).trim(), "First");
}

#[test]
fn a_local_template_has_its_newest_commits_each_time() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    workspace.json(&["demo", "create", "first", "--template", source.to_str().unwrap()]);
    commit(&source, &[("a.txt", "two")], "Second");
    for (slug, template) in [("by-path", source.to_str().unwrap()), ("by-key", "source")] {
        workspace.json(&["demo", "create", slug, "--template", template]);
        assert_eq!(fs::read_to_string(workspace.site(slug).join("a.txt")).unwrap(), "two");
        workspace.assert_pristine(slug);
    }
}

#[test]
fn a_branch_can_be_chosen_and_a_missing_one_is_named() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    git(&source, &["checkout", "--quiet", "-b", "dev"]);
    commit(&source, &[("a.txt", "dev")], "On dev");
    git(&source, &["checkout", "--quiet", "main"]);
    let template = source.to_str().unwrap();
    workspace.json(&["demo", "create", "dev", "--template", template, "--branch", "dev"]);
    assert_eq!(fs::read_to_string(workspace.site("dev").join("a.txt")).unwrap(), "dev");
    let error = workspace.refused(&["demo", "create", "other", "--template", template, "--branch", "nope"]);
    assert_eq!(error["code"], "BranchMissing");
    assert!(error["message"].as_str().unwrap().contains("dev, main"), "{error}");
    // The branch comes into being, and the same creation succeeds.
    git(&source, &["branch", "nope"]);
    assert_eq!(workspace.json(&["demo", "retry", "other"])["status"]["state"], "ready");
}

#[test]
fn what_cannot_be_cloned_is_a_failed_record_without_leftovers_and_a_retry_succeeds_once_the_cause_is_gone() {
    let workspace = TestWorkspace::new();
    let (missing, plain, empty) = (workspace.beside("missing"), workspace.beside("plain"), workspace.beside("empty"));
    fs::create_dir_all(&plain).unwrap();
    init(&empty);
    for (slug, source, code) in [("a", &missing, "NotFound"), ("b", &plain, "NotARepository"), ("c", &empty, "EmptyRepository")] {
        let error = workspace.refused(&["demo", "create", slug, "--template", source.to_str().unwrap(), "--name", "Kept"]);
        assert_eq!(error["code"], code);
        assert!(error["message"].as_str().unwrap().contains(source.to_str().unwrap()), "{error}");
        let record = workspace.json(&["demo", "show", slug]);
        assert_eq!((record["status"]["state"].as_str(), record["status"]["error"]["code"].as_str()), (Some("failed"), Some(code)));
        // The same cause, the same answer.
        assert_eq!(workspace.refused(&["demo", "retry", slug])["code"], code);
        assert_eq!((workspace.names("demos"), workspace.names(".staging"), workspace.names("templates")), (vec![], vec![], vec![]));
        if !source.join(".git").exists() {
            init(source);
        }
        commit(source, &[("a.txt", "one")], "First");
        let demo = workspace.json(&["demo", "retry", slug]);
        assert_eq!((demo["status"]["state"].as_str(), demo["name"].as_str()), (Some("ready"), Some("Kept")));
        workspace.assert_pristine(slug);
        workspace.json(&["demo", "delete", slug]);
        workspace.json(&["template", "remove", demo["template"]["key"].as_str().unwrap()]);
    }
}

#[test]
fn only_safe_sources_are_taken() {
    let workspace = TestWorkspace::new();
    for url in ["http://example.com/a.git", "git://example.com/a", "ext::sh"] {
        let error = workspace.refused(&["demo", "create", "a", "--template", url]);
        assert!(["UnsupportedUrl", "NotFound"].contains(&error["code"].as_str().unwrap()), "{url}: {error}");
    }
    let error = workspace.refused(&["demo", "create", "b", "--template", "https://me:secret@example.com/a"]);
    assert_eq!(error["code"], "InvalidInput");
    assert!(!error.to_string().contains("secret"));
}

#[test]
fn the_brief_and_the_assets_are_uncommitted_changes() {
    let workspace = TestWorkspace::new();
    let logo = workspace.beside("Our Logo.svg");
    fs::write(&logo, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    let demo = workspace.json(&[
        "demo",
        "create",
        "rye",
        "--template",
        "bakery",
        "--brief",
        "business=Rye & Co",
        "--brief",
        "primary_color=#a0522d",
        "--brief",
        "email=hi@rye.example",
        "--asset",
        logo.to_str().unwrap(),
        "--tag",
        "food",
    ]);
    assert_eq!((demo["brief"]["business"].as_str(), demo["tags"][0].as_str()), (Some("Rye & Co"), Some("food")));
    let site = workspace.site("rye");
    let changed = git(&site, &["status", "--porcelain"]);
    assert!(
        changed.contains("pages/global/header.json") && changed.contains("theme.json") && changed.contains("uploads/images/our-logo.svg"),
        "{changed}"
    );
    assert_eq!(git(&site, &["rev-parse", "HEAD"]).trim(), demo["version_id"]);
    let media: serde_json::Value = serde_json::from_str(&fs::read_to_string(site.join("uploads/media.json")).unwrap()).unwrap();
    let item = media["files"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (item["path"].as_str(), item["originalName"].as_str(), item["type"].as_str()),
        (Some("/uploads/images/our-logo.svg"), Some("Our Logo.svg"), Some("image/svg+xml"))
    );
    for refused in [["--brief", "colour=red"], ["--brief", "primary_color=red"], ["--asset", "/nowhere.png"]] {
        assert_eq!(workspace.refused(&["demo", "create", "no", "--template", "bakery", refused[0], refused[1]])["code"], "InvalidInput");
    }
    assert_eq!(workspace.json(&["demo", "list"]).as_array().unwrap().len(), 1, "what is refused at the door leaves no record");
}

#[test]
fn an_invalid_slug_is_refused_and_a_taken_one_comes_with_a_free_one() {
    let workspace = TestWorkspace::new();
    for slug in ["", "-a", "A", "a b", "../a", "con", "ä"] {
        let error = workspace.refused(&["demo", "create", "--template", "bakery", "--", slug]);
        assert_eq!((error["code"].as_str(), error["field"].as_str()), (Some("InvalidInput"), Some("slug")), "{slug}");
    }
    workspace.json(&["demo", "create", "taken", "--template", "bakery"]);
    let error = workspace.refused(&["demo", "create", "taken", "--template", "bakery"]);
    assert_eq!((error["code"].as_str(), error["field"].as_str()), (Some("AlreadyExists"), Some("slug")));
    assert!(error["message"].as_str().unwrap().contains("taken-2"), "{error}");
}

#[test]
fn a_repeated_request_gives_the_same_demo_and_another_one_is_refused() {
    let workspace = TestWorkspace::new();
    let create =
        |slug: &str| workspace.command(&["demo", "create", slug, "--template", "bakery", "--request-id", "r1", "--json"]).output().unwrap();
    let first = create("one");
    let id = |output: &std::process::Output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["id"].clone();
    assert_eq!(id(&first), id(&create("one")));
    // Also when it was renamed or deleted since.
    workspace.json(&["demo", "rename", "one", "other"]);
    assert_eq!(id(&first), id(&create("one")));
    workspace.json(&["demo", "delete", "other"]);
    assert_eq!(id(&first), id(&create("one")));
    assert_eq!(workspace.refused(&["demo", "create", "two", "--template", "bakery", "--request-id", "r1"])["code"], "RequestIdReused");
    assert_eq!(workspace.refused(&["demo", "create", "two", "--template", "bakery", "--request-id", "../r1"])["code"], "InvalidInput");
    assert_eq!(workspace.names("demos"), [""; 0]);
}

#[test]
fn a_new_request_takes_the_place_of_a_failed_one() {
    let workspace = TestWorkspace::new();
    workspace.refused(&["demo", "create", "one", "--template", "/nowhere/at/all"]);
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    let listed = workspace.json(&["demo", "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["status"]["state"], "ready");
}

/// A full disk, on a file system of its own. Mounting needs root: elsewhere the test says that it was not run.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failed_record_without_leftovers_and_a_retry_succeeds_with_space() {
    let workspace = TestWorkspace::new();
    let source = workspace.large_repository("source", 400);
    let Some(small) = SmallDisk::mount(&workspace.root, "3m") else {
        eprintln!("not run: a tmpfs cannot be mounted here");
        return;
    };
    let filler = workspace.root.join("filler");
    fs::write(&filler, vec![1; 2_300_000]).unwrap();
    let error = workspace.refused(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    assert_eq!(error["code"], "DiskFull", "{error}");
    assert_eq!(workspace.state("one"), "failed");
    assert_eq!((workspace.names("demos"), workspace.names(".staging")), (vec![], vec![]));
    fs::remove_file(&filler).unwrap();
    small.resize("60m");
    workspace.json(&["demo", "retry", "one"]);
    workspace.assert_pristine("one");
}

#[test]
fn the_record_of_a_finished_creation_goes_after_a_month_and_its_request_is_still_known() {
    let workspace = TestWorkspace::new();
    let create = ["demo", "create", "one", "--template", "bakery", "--request-id", "r1"];
    let id = workspace.json(&create)["id"].clone();
    let open_in = |days: i64| {
        let clock = Clock::fixed(Clock::system().now() + SignedDuration::from_hours(days * 24));
        let options = Options { root: workspace.root.clone(), program: BACKLOT.into(), clock, delays: SaveDelays::default() };
        drop(App::open(options).unwrap());
    };
    open_in(29);
    assert_eq!(workspace.names("state/creations"), ["r1.json"]);
    open_in(31);
    assert_eq!(workspace.names("state/creations"), Vec::<String>::new());
    assert_eq!(workspace.json(&create)["id"], id);
    assert_eq!(workspace.names("demos"), ["one"]);
}
