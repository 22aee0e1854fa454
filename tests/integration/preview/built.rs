//! A preview serves what a build of the site has, and nothing that it does not have.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::http::get;
use super::{Stopped, start};
use crate::support::TestWorkspace;

/// Names that are hard on whoever writes URLs.
const ODD: &[&str] = &[
    "a:b", "a b", "a#b", "a?b", "100%", "a%2Fb", "a%20b", "é", "a&b", "a+b", "a'b", "a\"b", "con", "aux.min", "a;b=c,d", "~a", "a.",
    "index.b",
];

fn url(path: &str) -> String {
    let mut url = String::from("/");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

/// Every file below a folder, by path; links are files as well.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let entry = entry.unwrap();
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(name, fs::read(entry.path()).unwrap_or_default());
            }
        }
    }
    found
}

fn put(site: &Path, path: &str, text: &str) {
    let at = site.join(path);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::write(at, text).unwrap();
}

/// Links that stay within the site, and links that are not followed.
fn add_links(site: &Path, folder: &str, inside: &str) -> (Vec<String>, Vec<String>) {
    let at = |name: &str| format!("{folder}{name}");
    put(site, ".env", "SECRET");
    for (name, target) in [
        ("inside.txt", inside.to_owned()),
        ("twice.txt", "inside.txt".to_owned()),
        ("outside.txt", "/etc/hostname".to_owned()),
        ("around.txt", format!("../../site/{folder}{inside}")),
        ("hidden.txt", format!("{}.env", "../".repeat(folder.matches('/').count()))),
        ("git.txt", format!("{}.git/config", "../".repeat(folder.matches('/').count()))),
        ("gone.txt", "nowhere".to_owned()),
        ("loop.txt", "loop.txt".to_owned()),
        ("folder", ".".to_owned()),
    ] {
        symlink(target, site.join(at(name))).unwrap();
    }
    let left_out = ["outside.txt", "around.txt", "hidden.txt", "git.txt", "gone.txt", "loop.txt", "folder"];
    (["inside.txt", "twice.txt"].map(at).to_vec(), left_out.map(at).to_vec())
}

#[test]
fn a_preview_of_a_site_of_files_serves_what_a_build_has() {
    let workspace = TestWorkspace::new();
    workspace.share_previews();
    let source = workspace.repository("source", &[("index.html", "<body>home</body>"), ("docs/index.html", "<body>docs</body>")]);
    workspace.json(&["demo", "create", "one", "--template", source.to_str().unwrap()]);
    let site = workspace.site("one");
    for name in ODD {
        for ending in ["html", "txt", "css"] {
            put(&site, &format!("{name}.{ending}"), &format!("{name} as {ending}"));
            put(&site, &format!("docs/{name}/{name}.{ending}"), &format!("{name} as {ending}, deeper"));
        }
    }
    for path in [".htaccess", ".nojekyll", ".well-known/a", "_headers", ".hidden", ".well-known/.b", "node_modules/x.js", "docs/.htaccess"]
    {
        put(&site, path, path);
    }
    for path in ["a (Ann's conflicted copy 2024-05-01).html", "back\\slash.html", "docs/a\u{7}b.html", "%2e%2e.html", "..%2f.."] {
        put(&site, path, path);
    }
    let (followed, not_followed) = add_links(&site, "", "docs/index.html");
    workspace.json(&["build", "one", workspace.beside("out").to_str().unwrap()]);
    let built = files(&workspace.beside("out"));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");

    for (path, bytes) in built.iter().filter(|(path, _)| *path != ".backlot-build.json") {
        let answer = get(port, &url(path));
        assert_eq!(answer.status, 200, "{path}");
        let is_page = Path::new(path).extension().is_some_and(|ending| ending == "html");
        // A page has the script of the preview at its end.
        assert!(if is_page { answer.body.starts_with(&bytes[..bytes.len().min(4)]) } else { answer.body == *bytes }, "{path}");
    }
    let all = files(&site);
    let served: BTreeSet<&String> = all.keys().filter(|path| get(port, &url(path)).status == 200).collect();
    let has: BTreeSet<&String> = built.keys().filter(|path| *path != ".backlot-build.json").collect();
    assert_eq!(served, has);
    assert!(followed.iter().all(|path| built.contains_key(path)), "{:?}", built.keys());
    assert!(!not_followed.iter().any(|path| built.contains_key(path)), "{:?}", built.keys());
    assert_eq!(get(port, "/folder/index.html").status, 404, "a link to a folder is not followed");
    // Of the odd ones that are not in `ODD`, `%2e%2e.html` leads nowhere else.
    assert_eq!(built.len(), ODD.len() * 6 + 2 + 4 + 2 + 1 + 1);
    assert!(fs::symlink_metadata(workspace.beside("out/inside.txt")).unwrap().is_file(), "a copy");
}

#[test]
fn a_preview_of_a_rendered_site_serves_what_a_build_has() {
    let workspace = TestWorkspace::with_demo("bakery");
    workspace.share_previews();
    let site = workspace.site("one");
    let mut named = Vec::new();
    for name in ODD {
        for path in [format!("uploads/files/{name}.pdf"), format!("assets/{name}.txt"), format!("assets/{name}/{name}.txt")] {
            put(&site, &path, &path);
            named.push(path);
        }
    }
    let (followed, not_followed) = add_links(&site, "assets/", "base.css");
    named.extend(followed.iter().cloned());
    for path in [".htaccess", ".nojekyll", ".well-known/a", "_redirects", "uploads/.b", "assets/a (conflicted copy 2024-05-01 120000).txt"]
    {
        put(&site, path, path);
    }
    symlink("../theme.json", site.join("assets/theme.txt")).unwrap();
    let links: String = named.iter().chain(&not_followed).map(|path| ["<a href=\"", &url(path), "\">x</a>\n"].concat()).collect();
    put(&site, "widgets/hero/widget.liquid", &format!("{links}<a href=\"/assets/theme.txt\">t</a>"));
    workspace.json(&["build", "one", workspace.beside("out").to_str().unwrap()]);
    let built = files(&workspace.beside("out"));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");

    let contents: BTreeSet<&Vec<u8>> = built.values().collect();
    for path in &named {
        let answer = get(port, &url(path));
        assert_eq!(answer.status, 200, "{path}");
        // Of an asset the name has a part of its hash in a build, and a style sheet may refer to others by those.
        assert!(followed.contains(path) || contents.contains(&answer.body), "{path}");
        if path.starts_with("uploads/") {
            assert_eq!(built.get(path), Some(&answer.body), "{path}");
        }
    }
    for path in [".htaccess", ".nojekyll", ".well-known/a", "_redirects"] {
        assert_eq!((built.get(path), get(port, &url(path)).status), (Some(&path.as_bytes().to_vec()), 200), "{path}");
    }
    // What the build has none of, the preview has none of.
    let others =
        ["assets/theme.txt", "uploads/.b", "assets/a (conflicted copy 2024-05-01 120000).txt", ".env", "theme.json", "layout.liquid"];
    for path in not_followed.iter().map(String::as_str).chain(others) {
        assert_eq!(get(port, &url(path)).status, 404, "{path}");
    }
    assert!(
        !built.keys().any(|path| ["theme.", "outside", "hidden.", "git."].iter().any(|name| path.starts_with(&format!("assets/{name}"))))
    );
    for page in ["index.html", "about.html", "menu.html", "contact.html"] {
        assert_eq!((built.contains_key(page), get(port, &format!("/{page}")).status), (true, 200), "{page}");
    }
}
