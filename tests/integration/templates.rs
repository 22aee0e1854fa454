//! Templates: added, refreshed, listed, removed.

use std::fs;

use crate::support::{SilentHost, TestWorkspace, commit};

#[test]
fn starters_are_listed_before_they_are_used() {
    let workspace = TestWorkspace::new();
    let keys: Vec<_> = workspace
        .json(&["template", "list"])
        .as_array()
        .unwrap()
        .iter()
        .map(|template| template["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["bakery", "portfolio", "saas"]);
    assert_eq!(workspace.names("templates"), [""; 0]);
}

#[test]
fn a_template_is_added_once_refreshed_and_removed() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("My Site", &[("a.txt", "one")]);
    let added = workspace.json(&["template", "add", source.to_str().unwrap()]);
    assert_eq!((added["key"].as_str(), added["branch"].as_str(), added["kind"].as_str()), (Some("my-site"), Some("main"), Some("path")));
    assert_eq!(workspace.json(&["template", "add", source.to_str().unwrap()])["key"], "my-site");
    commit(&source, &[("a.txt", "two")], "Second");
    let refreshed = workspace.json(&["template", "refresh", "my-site"]);
    assert_ne!(refreshed["commit"], added["commit"]);
    assert_eq!(refreshed["added_at"], added["added_at"]);
    workspace.json(&["template", "remove", "my-site"]);
    assert_eq!(workspace.refused(&["template", "show", "my-site"])["code"], "NotFound");
    assert_eq!((workspace.names("templates"), workspace.names(".staging")), (vec![], vec![]));
}

#[test]
fn two_templates_of_one_name_have_two_keys() {
    let workspace = TestWorkspace::new();
    let first = workspace.repository("a/site", &[("a.txt", "one")]);
    let second = workspace.repository("b/site", &[("a.txt", "two")]);
    let third = workspace.repository("c/bakery", &[("a.txt", "three")]);
    let key = |path: &std::path::Path| workspace.json(&["template", "add", path.to_str().unwrap()])["key"].as_str().unwrap().to_owned();
    assert_eq!(key(&first), "site");
    let other = key(&second);
    assert!(other.starts_with("site-") && other.len() == "site-".len() + 6, "{other}");
    assert!(key(&third).starts_with("bakery-"), "a starter's key is not given away");
}

#[test]
fn a_template_in_use_is_not_removed() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    workspace.json(&["template", "add", source.to_str().unwrap()]);
    // A creation that hangs while it holds the template: its source has moved to a host that never answers.
    let identity = workspace.root.join("templates/source/template.json");
    let text = fs::read_to_string(&identity).unwrap().replace(&source.display().to_string(), &host.url());
    fs::write(&identity, text).unwrap();
    let mut child = workspace.start(&["demo", "create", "one", "--template", "source", "--branch", "elsewhere"]);
    let _connection = host.connected();
    assert_eq!(workspace.refused(&["template", "remove", "source"])["code"], "InProgress");
    child.kill().unwrap();
    child.wait().unwrap();
    workspace.json(&["template", "remove", "source"]);
}

#[test]
fn a_host_that_cannot_be_reached_is_named_and_nothing_is_left() {
    let workspace = TestWorkspace::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for url in [format!("https://127.0.0.1:{port}/a.git"), format!("ssh://git@127.0.0.1:{port}/a.git")] {
        let error = workspace.refused(&["template", "add", &url]);
        assert_eq!(error["code"], "NoNetwork", "{error}");
        assert!(error["message"].as_str().unwrap().contains(&url), "{error}");
    }
    assert_eq!((workspace.names("templates"), workspace.names(".staging")), (vec![], vec![]));
}

#[test]
fn a_branch_may_give_way_to_one_below_it() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    crate::support::git(&source, &["branch", "topic"]);
    workspace.json(&["template", "add", source.to_str().unwrap()]);
    crate::support::git(&source, &["branch", "-D", "topic"]);
    crate::support::git(&source, &["branch", "topic/sub"]);
    commit(&source, &[("a.txt", "two")], "Second");
    workspace.json(&["demo", "create", "one", "--template", "source", "--branch", "topic/sub"]);
    workspace.assert_pristine("one");
}

#[test]
fn a_shallow_source_is_refused_with_the_way_out() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one")]);
    commit(&source, &[("a.txt", "two")], "Second");
    let url = format!("file://{}", source.display());
    crate::support::git(workspace.beside("").as_path(), &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let error = workspace.refused(&["template", "add", workspace.beside("shallow").to_str().unwrap()]);
    assert!(error["message"].as_str().unwrap().contains("git fetch --unshallow"), "{error}");
}
