//! Many processes at once.

use std::collections::HashSet;
use std::process::Child;

use serde_json::Value;

use crate::support::TestWorkspace;

const PROCESSES: usize = 16;

fn finish(child: Child) -> (bool, Value) {
    let output = child.wait_with_output().unwrap();
    let text = if output.status.success() { &output.stdout } else { &output.stderr };
    (output.status.success(), serde_json::from_slice(text).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(text))))
}

#[test]
fn of_sixteen_requests_for_one_slug_exactly_one_wins() {
    let workspace = TestWorkspace::new();
    let source = workspace.large_repository("source", 500);
    let children: Vec<Child> = (0..PROCESSES)
        .map(|number| {
            workspace.start(&["demo", "create", "wanted", "--template", source.to_str().unwrap(), "--request-id", &format!("r{number}")])
        })
        .collect();
    let (won, lost): (Vec<_>, Vec<_>) = children.into_iter().map(finish).partition(|(succeeded, _)| *succeeded);
    assert_eq!(won.len(), 1, "{lost:?}");
    for (_, error) in &lost {
        assert!(["InProgress", "AlreadyExists"].contains(&error["code"].as_str().unwrap()), "{error}");
    }
    assert_eq!(workspace.json(&["demo", "show", "wanted"])["id"], won[0].1["id"]);
    assert_eq!(workspace.json(&["demo", "list"]).as_array().unwrap().len(), 1, "who lost at the door leaves no record");
    assert_eq!(workspace.names(".staging"), [""; 0]);
    workspace.assert_pristine("wanted");
}

#[test]
fn sixteen_processes_with_one_request_id_get_one_demo() {
    let workspace = TestWorkspace::new();
    let source = workspace.large_repository("source", 500);
    let children: Vec<Child> = (0..PROCESSES)
        .map(|_| workspace.start(&["demo", "create", "wanted", "--template", source.to_str().unwrap(), "--request-id", "one"]))
        .collect();
    let results: Vec<_> = children.into_iter().map(finish).collect();
    assert!(results.iter().all(|(succeeded, _)| *succeeded), "{results:?}");
    assert_eq!(results.iter().map(|(_, demo)| demo["id"].to_string()).collect::<HashSet<_>>().len(), 1);
    assert_eq!(workspace.names("demos"), ["wanted"]);
    workspace.assert_pristine("wanted");
}

#[test]
fn many_demos_of_one_new_template_are_made_at_once_from_one_mirror() {
    let workspace = TestWorkspace::new();
    let source = workspace.large_repository("source", 200);
    let children: Vec<Child> = (0..PROCESSES)
        .map(|number| workspace.start(&["demo", "create", &format!("demo-{number}"), "--template", source.to_str().unwrap()]))
        .collect();
    for (succeeded, answer) in children.into_iter().map(finish) {
        assert!(succeeded, "{answer}");
    }
    assert_eq!((workspace.names("demos").len(), workspace.names("templates").len()), (PROCESSES, 1));
    (0..PROCESSES).for_each(|number| workspace.assert_pristine(&format!("demo-{number}")));
}
