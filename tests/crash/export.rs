//! Builds killed or failed at any moment: the place has the old build or the new one, and nothing is left beside it.

use std::fs;

use serde_json::Value;

use crate::moments::{Lasting, Strike, at_every_moment};
use crate::support::TestWorkspace;

/// Builds again and again to one place, struck at every moment.
fn build_under(strike: Strike, name: &str) {
    let workspace = TestWorkspace::with_demo("saas");
    let target = workspace.beside(name);
    let page = workspace.site("one").join("pages/index.json");
    let original = fs::read_to_string(&page).unwrap();
    let document: Value = serde_json::from_str(&original).unwrap();
    let title = document["name"].as_str().unwrap().to_owned();
    let index = || {
        if target.is_dir() {
            return fs::read_to_string(target.join("index.html")).unwrap();
        }
        let mut zip = zip::ZipArchive::new(fs::File::open(&target).unwrap()).expect("the zip is whole");
        std::io::read_to_string(zip.by_name("index.html").unwrap()).unwrap()
    };
    workspace.json(&["build", "one", target.to_str().unwrap()]);
    let shown = std::cell::RefCell::new(title.clone());
    at_every_moment(
        &workspace,
        strike,
        &["build", "one", target.to_str().unwrap()],
        |name| fs::write(&page, original.replacen(&format!("\"name\": \"{title}\""), &format!("\"name\": \"{name}\""), 1)).unwrap(),
        |name, ended| {
            // The next look settles what is left.
            let builds = workspace.json(&["builds", "one"]);
            let last = &builds[0];
            let said = last["state"]["kind"].as_str().unwrap();
            assert_ne!(said, "running", "{last}");
            assert!(last["finished"].is_string(), "{last}");
            let html = index();
            let is_new = html.contains(&format!("<title>{name}"));
            assert!(is_new || html.contains(&format!("<title>{}", shown.borrow())), "{name}: {html:.200}");
            if ended.succeeded() {
                assert!(is_new && said == "done");
            }
            if is_new {
                name.clone_into(&mut shown.borrow_mut());
            }
            let folder = target.parent().unwrap();
            let left: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            assert!(!left.iter().any(|name| name.ends_with(".backlot")), "{left:?}");
        },
    );
}

#[test]
fn a_build_killed_at_any_moment_is_the_old_one_or_the_new_one() {
    build_under(Strike::Kill, "out");
}

#[test]
fn a_zip_killed_at_any_moment_is_the_old_one_or_the_new_one() {
    build_under(Strike::Kill, "out.zip");
}

#[test]
fn a_build_on_a_disk_that_fills_up_at_any_moment_leaves_the_old_one() {
    build_under(Strike::Fail("ENOSPC", Lasting::FromThenOn), "out");
}
