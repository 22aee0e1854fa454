//! Whose picture is taken for lists, and whose is not.

use std::fs;

use backlot::app::App;
use uuid::Uuid;

use super::workspace;
use crate::support::{TestWorkspace, open};

const PACKAGE: &str = r#"{"scripts":{"dev":"vite"}}"#;
const SHOT: &[u8] = b"the site's own picture";

/// Another demo, of a site that nothing but its files serve.
fn plain(workspace: &TestWorkspace) {
    let source = workspace.repository("plain", &[("index.html", "<body>Plain</body>")]);
    workspace.json(&["demo", "create", "two", "--template", source.to_str().unwrap()]);
}

fn id(app: &App, name: &str) -> Uuid {
    app.demo(name).unwrap().demo.id
}

/// Looks at both pictures, `one` first; whose is to be taken next.
fn next(app: &App) -> Uuid {
    app.demo_screenshot(id(app, "one"));
    app.demo_screenshot(id(app, "two"));
    let sitting = app.next_sitting().unwrap();
    let demo = sitting.demo;
    app.end_sitting(sitting);
    demo
}

#[test]
fn no_picture_is_taken_of_the_files_that_a_command_makes_a_site_of() {
    let files = [("index.html", "<script type=\"module\" src=\"/src/main.jsx\"></script>"), ("package.json", PACKAGE)];
    let workspace = workspace(&files);
    plain(&workspace);
    fs::write(workspace.site("one").join("screenshot.png"), SHOT).unwrap();
    let app = open(&workspace);
    assert_eq!(next(&app), id(&app, "two"));
    assert_eq!(app.demo_screenshot(id(&app, "one")).as_deref(), Some(SHOT), "it is shown by its own");
    app.close();
}

#[test]
fn a_picture_that_was_taken_of_files_goes_when_a_command_serves_them() {
    let workspace = workspace(&[("index.html", "<body>Files</body>")]);
    plain(&workspace);
    fs::write(workspace.site("one").join("screenshot.png"), SHOT).unwrap();
    let app = open(&workspace);
    app.demo_screenshot(id(&app, "one"));
    let sitting = app.next_sitting().unwrap();
    app.portray(&sitting, Some((2, 2, vec![200; 12]))).unwrap();
    app.end_sitting(sitting);
    let taken = app.demo_screenshot(id(&app, "one")).unwrap();
    assert_ne!(taken, SHOT);
    fs::write(workspace.site("one").join("package.json"), PACKAGE).unwrap();
    assert_eq!(next(&app), id(&app, "two"));
    assert_eq!(app.demo_screenshot(id(&app, "one")).as_deref(), Some(SHOT));
    app.close();
}
