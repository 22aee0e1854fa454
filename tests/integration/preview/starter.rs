//! Previews of sites that are rendered, as the app serves them: of the bakery.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::http::get;
use super::{Stopped, start};
use crate::support::TestWorkspace;

/// Every file of a site but what is hidden, by its path from there.
fn files(site: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![site.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(site).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != ".git" {
                folders.push(path);
            } else if !name.starts_with('.') {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn a_preview_of_a_rendered_site_has_its_pages_media_and_assets_and_nothing_that_they_are_made_of() {
    let workspace = TestWorkspace::with_demo("bakery");
    workspace.share_previews();
    let site = workspace.site("one");
    fs::write(site.join("widgets/hero/hero.js"), "1").unwrap();
    fs::write(site.join("assets/part.liquid"), "{{ secret }}").unwrap();
    fs::write(site.join("package.json"), "{}").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../theme.json", site.join("assets/linked.json")).unwrap();
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");

    let all = files(&site);
    assert!(["theme.json", "layout.liquid", "pages/index.json", "uploads/media.json"].iter().all(|path| all.contains(*path)), "{all:?}");
    let is_served = |path: &&String| get(port, &format!("/{path}")).status == 200;
    let served: BTreeSet<&String> = all.iter().filter(is_served).collect();
    let is_for_visitors = |path: &&String| {
        (path.starts_with("assets/") || path.starts_with("uploads/") || *path == "widgets/hero/hero.js")
            && !["uploads/media.json", "assets/part.liquid", "assets/linked.json"].contains(&path.as_str())
    };
    assert_eq!(served, all.iter().filter(is_for_visitors).collect::<BTreeSet<_>>());

    // What the pages ask for is there.
    for page in ["/", "/about", "/menu", "/contact"] {
        let html = get(port, page).text();
        let asked = html.split(['"', '\'', ' ', '(', ')']).filter(|part| part.starts_with("/assets/") || part.starts_with("/uploads/"));
        let asked: BTreeSet<&str> = asked.collect();
        assert!(asked.len() > 3, "{page}: {asked:?}");
        for path in asked {
            assert_eq!(get(port, path).status, 200, "{page}: {path}");
        }
    }
}
