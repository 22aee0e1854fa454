//! Submodules are fetched when somebody asks for them: all of them whole and in git's own layout, or none.

use std::fs;
use std::path::Path;

use backlot::cancel::Cancel;
use backlot::error::Code;
use backlot::progress::{Phase, Progress};

use crate::support::{TestWorkspace, commit, git, open};
use crate::warnings::{message, warning};

/// A template with two submodules, one of them with another within it and with URLs of both kinds.
fn nested(workspace: &TestWorkspace) -> std::path::PathBuf {
    workspace.repository("deep", &[("deep.txt", "three")]);
    let inner = workspace.repository("inner", &[("b.txt", "two"), (".gitattributes", "x.txt working-tree-encoding=UTF-16\n")]);
    git(&inner, &["submodule", "add", "--quiet", "../deep", "vendor/deep"]);
    git(&inner, &["commit", "--quiet", "--message", "Submodule"]);
    let outer = workspace.repository("outer", &[("index.html", "one")]);
    git(&outer, &["submodule", "add", "--quiet", "../inner", "themes/one"]);
    git(&outer, &["submodule", "add", "--quiet", "--name", "other", workspace.beside("deep").to_str().unwrap(), "lib"]);
    git(&outer, &["commit", "--quiet", "--message", "Submodules"]);
    outer
}

/// Every submodule of a demo is there, by git's own word: at its commit, clean, and git can work with it.
fn assert_fetched(workspace: &TestWorkspace, slug: &str) {
    let site = workspace.site(slug);
    for (path, text) in [("themes/one/b.txt", "two"), ("themes/one/vendor/deep/deep.txt", "three"), ("lib/deep.txt", "three")] {
        assert_eq!(fs::read_to_string(site.join(path)).unwrap(), text, "{path}");
    }
    let status = git(&site, &["submodule", "status", "--recursive"]);
    assert_eq!(status.lines().count(), 3, "{status}");
    assert!(status.lines().all(|line| line.starts_with(' ')), "each stands at its commit: {status}");
    for folder in ["", "themes/one", "themes/one/vendor/deep", "lib"] {
        assert_eq!(git(&site.join(folder), &["status", "--porcelain"]), "", "{folder} is clean");
        assert_eq!(git(&site.join(folder), &["fsck", "--full"]), "", "{folder} is whole");
    }
    git(&site, &["submodule", "foreach", "--quiet", "--recursive", "git fetch --quiet"]);
    git(&site, &["submodule", "update", "--init", "--recursive", "--quiet"]);
    assert_eq!(warning(workspace, slug, "submodules"), None);
    assert_eq!(workspace.names(".staging"), [""; 0]);
}

#[test]
fn submodules_are_fetched_when_asked_for_at_creation_and_later() {
    let workspace = TestWorkspace::new();
    let outer = nested(&workspace);
    let outer = outer.to_str().unwrap();
    let created = workspace.json(&["demo", "create", "one", "--template", outer, "--submodules"]);
    assert!(created["warnings"].is_null(), "{created}");
    assert_fetched(&workspace, "one");
    assert!(!workspace.root.join("demos/one/submodules").exists());

    workspace.json(&["demo", "create", "two", "--template", outer]);
    let fetched = workspace.json(&["demo", "submodules", "two"]);
    assert_eq!(fetched["fetched"], serde_json::json!(["lib", "themes/one"]));
    assert_fetched(&workspace, "two");
    assert_eq!(workspace.json(&["demo", "submodules", "two"])["fetched"], serde_json::json!([]));
    workspace.json(&["build", "two", workspace.beside("built").to_str().unwrap()]);
}

/// A name for the demo, what is done to the repository of a submodule, and what is said of that.
type Breakage = (&'static str, fn(&Path), &'static str);

#[test]
fn when_one_submodule_cannot_be_fetched_none_is() {
    let workspace = TestWorkspace::new();
    let outer = nested(&workspace);
    // The files of a site before and after are the same ones.
    let listing = |slug: &str| git(&workspace.site(slug), &["submodule", "status", "--recursive"]);
    let breakages: [Breakage; 4] = [
        ("gone", |deep| fs::rename(deep, deep.with_extension("away")).unwrap(), "There is nothing at"),
        ("hostile", hostile, "HostileRepository"),
        ("commit", rewritten, "on no branch"),
        ("blocked", |_| (), "is not empty"),
    ];
    for (slug, break_it, expected) in breakages {
        workspace.json(&["demo", "create", slug, "--template", outer.to_str().unwrap()]);
        let (deep, saved) = (workspace.beside("deep"), workspace.beside(&format!("saved-{slug}")));
        let copied = std::process::Command::new("cp").arg("-a").arg(&deep).arg(&saved).status().unwrap();
        assert!(copied.success());
        break_it(&deep);
        if slug == "hostile" {
            // The template follows to the commit that means harm.
            git(
                &workspace.site(slug),
                &["update-index", "--cacheinfo", &format!("160000,{},lib", git(&deep, &["rev-parse", "HEAD"]).trim())],
            );
        }
        if slug == "blocked" {
            fs::write(workspace.site(slug).join("themes/one/mine.txt"), "mine").unwrap();
        }
        let before = listing(slug);
        let error = workspace.refused(&["demo", "submodules", slug]);
        assert!(error.to_string().contains(expected), "{slug}: {error}");
        assert_eq!(listing(slug), before, "{slug}");
        assert!(before.lines().all(|line| line.starts_with('-')), "{before}");
        assert!(fs::read_dir(workspace.site(slug).join("lib")).unwrap().next().is_none(), "{slug}: its folder is empty");
        assert_eq!(workspace.names(".staging"), [""; 0]);
        let _ = fs::remove_dir_all(&deep);
        fs::rename(saved, deep).unwrap();
    }
    // A repository of a submodule that is there already may be somebody's work.
    let kept = workspace.site("blocked").join(".git/modules/other");
    fs::create_dir_all(&kept).unwrap();
    fs::remove_file(workspace.site("blocked").join("themes/one/mine.txt")).unwrap();
    let error = workspace.refused(&["demo", "submodules", "blocked"]);
    assert!(message(&error).contains("git submodule update --init"), "{error}");
    fs::remove_dir(&kept).unwrap();
    // Once nothing is in the way all of them come.
    workspace.json(&["demo", "submodules", "blocked"]);
    assert_fetched(&workspace, "blocked");
}

/// Makes a commit whose tree leaves its folder.
fn hostile(repository: &Path) {
    std::os::unix::fs::symlink("../../../outside", repository.join("link")).unwrap();
    git(repository, &["add", "--all"]);
    git(repository, &["commit", "--quiet", "--message", "Hostile"]);
}

/// Replaces the history of a repository, so that earlier commits are gone.
fn rewritten(repository: &Path) {
    git(repository, &["commit", "--quiet", "--amend", "--message", "Other"]);
    git(repository, &["reflog", "expire", "--expire=now", "--all"]);
    git(repository, &["gc", "--quiet", "--prune=now"]);
}

#[test]
fn names_and_urls_of_submodules_that_mean_harm_are_refused() {
    let cases = [
        ("../../../escape", "../deep", "HostileRepository"),
        ("a/../../../hooks", "../deep", "HostileRepository"),
        ("one", "ext::sh -c 'touch proof'", "InvalidInput"),
        ("one", "http://127.0.0.1:9/a.git", "UnsupportedUrl"),
        ("one", "../../../../../../../../../../../deep", "InvalidInput"),
        ("one", "-u./proof", "InvalidInput"),
    ];
    for (number, (name, url, code)) in cases.iter().enumerate() {
        let workspace = TestWorkspace::new();
        let deep = workspace.repository("deep", &[("deep.txt", "three")]);
        let source = workspace.repository("source", &[("index.html", "one")]);
        commit(&source, &[(".gitmodules", &format!("[submodule \"{name}\"]\n\tpath = sub\n\turl = {url}\n"))], "Submodule");
        let id = git(&deep, &["rev-parse", "HEAD"]);
        git(&source, &["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", id.trim())]);
        git(&source, &["commit", "--quiet", "--message", "Link"]);
        let create = ["demo", "create", "one", "--template", source.to_str().unwrap()];
        let error = workspace.refused(&[&create[..], &["--submodules"]].concat());
        assert_eq!(error["code"], *code, "{number}: {error}");
        assert_eq!((workspace.names("demos"), workspace.names(".staging")), (vec![], vec![]));
        workspace.json(&["demo", "create", "two", "--template", source.to_str().unwrap()]);
        assert_eq!(workspace.refused(&["demo", "submodules", "two"])["code"], *code);
        assert!(!workspace.site("two").join(".git/modules").exists());
    }
}

#[test]
fn repositories_on_this_machine_are_no_submodules_of_a_template_from_elsewhere() {
    let workspace = TestWorkspace::new();
    let private = workspace.repository("private", &[("secret.txt", "secret")]);
    let private = private.to_str().unwrap();
    let source = workspace.repository("source", &[("index.html", "one")]);
    git(&source, &["submodule", "add", "--quiet", private, "sub"]);
    git(&source, &["commit", "--quiet", "--message", "Submodule"]);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let site = workspace.site("one");
    for origin in ["https://a.example/site", "ssh://git@a.example/site", "git@a.example:site.git"] {
        git(&site, &["remote", "set-url", "origin", origin]);
        for url in [private.to_owned(), format!("file://{private}"), format!("file://localhost{private}")] {
            fs::write(site.join(".gitmodules"), format!("[submodule \"sub\"]\n\tpath = sub\n\turl = {url}\n")).unwrap();
            let error = workspace.refused(&["demo", "submodules", "one"]);
            assert!(error["code"] == "UnsupportedUrl" && message(&error).contains("on this machine"), "{url} of {origin}: {error}");
            assert!(fs::read_dir(site.join("sub")).unwrap().next().is_none() && !site.join(".git/modules").exists());
        }
    }
    git(&site, &["remote", "remove", "origin"]);
    assert_eq!(workspace.refused(&["demo", "submodules", "one"])["code"], "UnsupportedUrl", "where the site is from is not known");
}

#[test]
fn a_submodule_is_never_put_into_the_repository_of_one_that_was_fetched() {
    let workspace = TestWorkspace::new();
    let outer = nested(&workspace);
    workspace.json(&["demo", "create", "one", "--template", outer.to_str().unwrap(), "--submodules"]);
    let site = workspace.site("one");
    let sections = fs::read_to_string(site.join(".gitmodules")).unwrap();
    for name in ["other/x", "other"] {
        let more = format!("{sections}[submodule \"{name}\"]\n\tpath = more\n\turl = ../deep\n");
        fs::write(site.join(".gitmodules"), more).unwrap();
        let id = git(&workspace.beside("deep"), &["rev-parse", "HEAD"]);
        git(&site, &["update-index", "--add", "--cacheinfo", &format!("160000,{},more", id.trim())]);
        assert_eq!(workspace.refused(&["demo", "submodules", "one"])["code"], "HostileRepository", "{name}");
        assert!(!site.join(".git/modules/other/x").exists());
    }
}

#[test]
fn a_rendered_site_is_not_built_without_a_submodule_that_it_is_made_of() {
    let workspace = TestWorkspace::with_demo("bakery");
    let site = workspace.site("one");
    let id = git(&site, &["rev-parse", "HEAD"]);
    let add = |path: &str| git(&site, &["update-index", "--add", "--cacheinfo", &format!("160000,{},{path}", id.trim())]);
    // Nothing of a build comes from there.
    add("vendor/tool");
    workspace.json(&["build", "one", workspace.beside("whole").to_str().unwrap()]);
    for path in ["collections/events", "assets/vendor/one", "snippets/more"] {
        add(path);
        let target = workspace.beside("built");
        let error = workspace.refused(&["build", "one", target.to_str().unwrap()]);
        assert!(message(&error).contains(path) && !message(&error).contains("tool") && error["field"] == "as_files", "{error}");
        assert!(!target.exists());
        let target = workspace.beside(&format!("without-{}", path.replace('/', "-")));
        let built = workspace.json(&["build", "one", target.to_str().unwrap(), "--as-files"]);
        assert!(built["notes"].to_string().contains(&format!("The submodule {path} was not fetched")), "{built}");
        assert!(target.join("index.html").exists(), "its pages are rendered as ever");
        git(&site, &["rm", "--quiet", "--cached", path]);
    }
}

#[test]
fn a_fetch_of_submodules_can_be_cancelled_and_changes_nothing_then() {
    let workspace = TestWorkspace::new();
    let outer = nested(&workspace);
    workspace.json(&["demo", "create", "one", "--template", outer.to_str().unwrap()]);
    let app = open(&workspace);
    let id = app.demo("one").unwrap().demo.id;
    let fetch = |on_progress: &(dyn Fn(Progress) + Sync)| app.fetch_submodules("one", on_progress, &Cancel::new());
    for phase in [Phase::Fetching, Phase::Syncing] {
        let stop = |progress: Progress| {
            if progress.phase == phase {
                app.cancel_fetch(id);
            }
        };
        assert_eq!(fetch(&stop).unwrap_err().code, Code::Cancelled, "{phase:?}");
        assert!(fs::read_dir(workspace.site("one").join("lib")).unwrap().next().is_none());
        assert!(!workspace.site("one").join(".git/modules").exists());
    }
    // What has ended is left alone.
    app.cancel_fetch(id);
    assert_eq!(fetch(&|_| ()).unwrap(), ["lib", "themes/one"]);
    assert_fetched(&workspace, "one");
}
