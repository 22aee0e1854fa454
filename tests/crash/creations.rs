//! A creation, a fetch, a deletion, killed at any moment.

use rustix::process::Signal;

use crate::moments::{Strike, at_every_moment};
use crate::support::{SilentHost, TestWorkspace, signal};

fn demo_is_whole_or_absent(workspace: &TestWorkspace, slug: &str) {
    if workspace.root.join("demos").join(slug).exists() {
        assert!(workspace.root.join("demos").join(slug).join("demo.json").is_file(), "{slug} is half there");
        workspace.assert_pristine(slug);
    }
}

#[test]
fn a_creation_killed_at_any_moment_leaves_a_whole_demo_or_none_and_can_be_retried() {
    let workspace = TestWorkspace::new();
    let source = workspace.repository("source", &[("a.txt", "one"), ("dir/b.txt", "two")]);
    let template = source.to_str().unwrap();
    workspace.json(&["template", "add", template]);
    let create = ["demo", "create", "{}", "--template", template, "--request-id", "r-{}"];
    at_every_moment(
        &workspace,
        Strike::Kill,
        &create,
        |_| (),
        |slug, ended| {
            assert!(ended.was_killed() || ended.succeeded());
            demo_is_whole_or_absent(&workspace, slug);
            // The next start settles what was left.
            let listed = workspace.json(&["demo", "list", "--search", slug]);
            assert_eq!(workspace.names(".staging"), [""; 0]);
            assert_eq!(workspace.names("state/.tmp"), [""; 0]);
            let state = listed
                .as_array()
                .unwrap()
                .iter()
                .find(|demo| demo["slug"] == slug)
                .map(|demo| demo["status"]["state"].as_str().unwrap().to_owned());
            match state.as_deref() {
                Some("ready") => {}
                Some("interrupted") => drop(workspace.json(&["demo", "retry", slug])),
                // It was killed before it had said a word about it.
                None => drop(workspace.json(&["demo", "create", slug, "--template", template])),
                other => panic!("{slug} is {other:?}"),
            }
            workspace.assert_pristine(slug);
            // The same request gives the same demo, whatever happened in between.
            if state.is_some() {
                let again = workspace.json(&["demo", "create", slug, "--template", template, "--request-id", &format!("r-{slug}")]);
                assert_eq!(again["id"], workspace.json(&["demo", "show", slug])["id"]);
            }
            workspace.json(&["demo", "delete", slug]);
            workspace.json(&["demo", "purge", slug]);
        },
    );
}

#[test]
fn a_template_whose_first_fetch_is_killed_at_any_moment_is_whole_or_absent() {
    let workspace = TestWorkspace::new();
    let folder = workspace.beside("sources");
    let make = |name: &str| drop(workspace.repository(&format!("sources/{name}"), &[("a.txt", name)]));
    at_every_moment(&workspace, Strike::Kill, &["template", "add", &format!("{}/{{}}", folder.display())], make, |name, _| {
        let keys = workspace.json(&["template", "list"]);
        let is_listed = keys.as_array().unwrap().iter().any(|template| template["key"] == name);
        assert_eq!(workspace.names("templates").contains(&name.to_owned()), is_listed, "{name} is half there");
        assert_eq!(workspace.names(".staging"), [""; 0]);
        workspace.json(&["template", "add", folder.join(name).to_str().unwrap()]);
        workspace.json(&["demo", "create", name, "--template", name]);
        workspace.assert_pristine(name);
        // What is left over would make every later run look at more, and the moments would never end.
        workspace.json(&["demo", "delete", name]);
        workspace.json(&["demo", "purge", name]);
        workspace.json(&["template", "remove", name]);
    });
}

#[test]
fn deleting_and_restoring_killed_at_any_moment_loses_nothing() {
    for (verb, other) in [("delete", "restore"), ("restore", "delete")] {
        let workspace = TestWorkspace::new();
        let id = workspace.json(&["demo", "create", "kept", "--template", "bakery"])["id"].clone();
        let everywhere = || {
            let lists = [workspace.json(&["demo", "list"]), workspace.json(&["demo", "list", "--trash"])];
            lists.iter().flat_map(|listed| listed.as_array().unwrap().clone()).collect::<Vec<_>>()
        };
        let begin = |_: &str| {
            let is_trashed = everywhere()[0]["status"]["state"] == "trashed";
            if is_trashed == (verb == "delete") {
                workspace.json(&["demo", other, "kept"]);
            }
        };
        at_every_moment(&workspace, Strike::Kill, &["demo", verb, "kept"], begin, |_, _| {
            let everywhere = everywhere();
            assert_eq!(everywhere.len(), 1, "{everywhere:?}");
            assert_eq!(everywhere[0]["id"], id);
        });
        if everywhere()[0]["status"]["state"] == "trashed" {
            workspace.json(&["demo", "restore", "kept"]);
        }
        workspace.assert_pristine("kept");
    }
}

#[test]
fn a_killed_worker_is_a_failed_creation_without_leftovers() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let child = workspace.start(&["demo", "create", "one", "--template", &host.url()]);
    let _connection = host.connected();
    let workers = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap();
    for worker in workers.split_whitespace() {
        signal(worker.parse().unwrap(), Signal::KILL);
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stderr).unwrap()["code"], "Git");
    assert_eq!((workspace.state("one"), workspace.names(".staging")), ("failed".to_owned(), vec![]));
}

#[test]
fn a_worker_does_not_outlive_its_parent() {
    let workspace = TestWorkspace::new();
    let host = SilentHost::new();
    let mut child = workspace.start(&["demo", "create", "one", "--template", &host.url()]);
    let mut connection = host.connected();
    child.kill().unwrap();
    child.wait().unwrap();
    // Its connection ends with it: reading past what it said gives the end of the stream.
    connection.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    std::io::copy(&mut connection, &mut std::io::sink()).expect("the worker hangs up");
}
