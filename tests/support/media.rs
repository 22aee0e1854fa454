//! What must hold of a demo's media, whatever happened.

use std::collections::BTreeSet;
use std::fs;

use crate::support::TestWorkspace;

/// Every file under the uploads, from the site's root.
pub fn uploads(workspace: &TestWorkspace) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![workspace.site("one").join("uploads")];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                pending.push(entry.path());
            } else if entry.file_name() != "media.json" {
                found.insert(format!("/{}", entry.path().strip_prefix(workspace.site("one")).expect("as it must be").display()));
            }
        }
    }
    found
}

/// What the catalogue lists is there, and what is there is listed; nothing half-made is left anywhere.
pub fn assert_whole(workspace: &TestWorkspace) {
    let listed = workspace.json(&["media", "list", "one"]);
    let mut paths = BTreeSet::new();
    for item in listed["files"].as_array().expect("as it must be") {
        paths.insert(item["path"].as_str().expect("as it must be").to_owned());
        let sizes = item["sizes"].as_object().into_iter().flatten();
        paths.extend(sizes.map(|(_, size)| size["path"].as_str().expect("as it must be").to_owned()));
    }
    assert_eq!(paths, uploads(workspace));
    for folder in [".tmp", ".staged"] {
        assert_eq!(workspace.names(&format!("demos/one/{folder}")), [""; 0], "{folder}");
    }
}
