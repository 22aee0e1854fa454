//! The media doctor, and the small pictures for the window.

use std::fs;

use backlot::error::Code;
use serde_json::{Value, json};

use crate::support::media::assert_whole;
use crate::support::pictures;
use crate::support::{TestWorkspace, open};

/// A demo in whose media everything is wrong that can be; the ids of two pictures that were added.
fn in_disorder() -> (TestWorkspace, [String; 2]) {
    let workspace = TestWorkspace::with_demo("saas");
    let files = [workspace.file("a.jpg", pictures::jpeg(1200, 800, 1)), workspace.file("b.png", pictures::png(600, 300, 2))];
    let added = workspace.json(&["media", "add", "one", &files[0], &files[1]]);
    let id_of = |name: &str| {
        added["files"].as_array().unwrap().iter().find(|item| item["filename"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let ids = [id_of("a.jpg"), id_of("b.png")];
    let site = workspace.site("one");
    let uploads = site.join("uploads/images");
    // A size of the one is gone, and the file of the other.
    fs::remove_file(uploads.join("a-small.jpg")).unwrap();
    fs::remove_file(uploads.join("b.png")).unwrap();
    // Nobody knows these: one is used, one is not, one is hidden.
    fs::write(uploads.join("lost.jpg"), pictures::jpeg(30, 30, 3)).unwrap();
    fs::write(uploads.join("used.jpg"), pictures::jpeg(30, 30, 4)).unwrap();
    fs::write(uploads.join(".gitkeep"), "").unwrap();
    fs::write(site.join("pages/p.json"), json!({"name": "P", "x": ["/uploads/images/used.jpg", "/uploads/images/a.jpg"]}).to_string())
        .unwrap();
    // The same bytes twice, by hand: an import would have told.
    fs::copy(uploads.join("board.webp"), uploads.join("twin.webp")).unwrap();
    let catalogue = site.join("uploads/media.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&catalogue).unwrap()).unwrap();
    document["files"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "twin", "type": "image/webp", "path": "/uploads/images/twin.webp", "metadata": {"alt": "Twin"}, "usedIn": []}));
    fs::write(&catalogue, serde_json::to_string_pretty(&document).unwrap()).unwrap();
    (workspace, ids)
}

fn told(workspace: &TestWorkspace) -> Vec<(String, String, bool)> {
    let output = workspace.command(&["--json", "media", "doctor", "one"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut told: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].as_str().unwrap().to_owned(), one["path"].as_str().unwrap().to_owned(), one["remedy"].is_string()))
        .collect();
    told.sort();
    told
}

#[test]
fn everything_is_found_what_can_be_is_mended_and_all_of_it_undone() {
    let (workspace, ids) = in_disorder();
    let before = told(&workspace);
    let expected = [
        ("duplicate", "/uploads/images/twin.webp", false),
        ("missing_alt", "/uploads/images/a.jpg", false),
        ("missing_alt", "/uploads/images/b.png", false),
        ("missing_file", "/uploads/images/b.png", true),
        ("missing_size", "/uploads/images/a-small.jpg", true),
        ("orphan", "/uploads/images/lost.jpg", true),
        ("orphan", "/uploads/images/used.jpg", false),
        ("stale_usage", "/uploads/images/a.jpg", true),
    ];
    assert_eq!(before, expected.map(|(kind, path, remedy)| (kind.to_owned(), path.to_owned(), remedy)));
    let catalogue = workspace.site("one").join("uploads/media.json");
    let text = fs::read_to_string(&catalogue).unwrap();
    let output = workspace.command(&["--json", "media", "doctor", "one", "--fix"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "what takes a person is left");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let left = told(&workspace);
    assert_eq!(left, [&before[..2], &before[6..7]].concat());
    let listed = workspace.json(&["media", "list", "one"]);
    let item = |id: &str| listed["files"].as_array().unwrap().iter().find(|item| item["id"] == id).cloned();
    assert_eq!(item(&ids[0]).unwrap()["usedIn"], json!(["p"]));
    assert!(item(&ids[1]).is_none());
    let small = image::load_from_memory(&fs::read(workspace.site("one").join("uploads/images/a-small.jpg")).unwrap()).unwrap();
    assert_eq!((small.width(), small.height()), (480, 320));
    workspace.json(&["media", "restore", "one", report["token"].as_str().unwrap()]);
    assert_eq!(told(&workspace), before);
    assert_eq!(fs::read_to_string(&catalogue).unwrap(), text);
}

#[test]
fn a_repair_looks_again_and_does_only_what_still_holds() {
    let (workspace, ids) = in_disorder();
    let app = open(&workspace);
    let media = app.media("one").unwrap();
    let findings = media.check().unwrap();
    // In the meantime somebody began to use the one, and put the other back.
    let site = workspace.site("one");
    fs::write(site.join("pages/q.json"), "{\"x\": \"/uploads/images/lost.jpg\"}").unwrap();
    fs::write(site.join("uploads/images/b.png"), pictures::png(600, 300, 2)).unwrap();
    media.repair(&findings).unwrap();
    assert!(site.join("uploads/images/lost.jpg").is_file());
    assert!(media.list().unwrap().files.iter().any(|item| item["id"] == ids[1].as_str()));
    let advice: Vec<_> = findings.into_iter().filter(|finding| finding.remedy.is_none()).collect();
    assert_eq!(media.repair(&advice).unwrap_err().code, Code::InvalidInput);
}

#[test]
fn a_tidy_library_has_nothing_to_be_told() {
    let workspace = TestWorkspace::with_demo("bakery");
    assert_eq!(told(&workspace), []);
    workspace.json(&["media", "doctor", "one", "--fix"]);
    let added = workspace.json(&["media", "add", "one", &workspace.file("a.jpg", pictures::jpeg(300, 200, 1))]);
    assert_eq!(told(&workspace).len(), 1, "it has no words yet");
    workspace.json(&["media", "doctor", "one"]);
    workspace.json(&["media", "remove", "one", added["files"][0]["id"].as_str().unwrap()]);
    assert_whole(&workspace);
}

#[test]
fn thumbnails_are_small_kept_and_made_again_when_they_must() {
    let workspace = TestWorkspace::with_demo("saas");
    let files = [
        workspace.file("wide.jpg", pictures::jpeg(2000, 500, 1)),
        workspace.file("clear.png", pictures::clear_png(400, 800)),
        workspace.file("tiny.gif", pictures::gif(20, 10, 2)),
        workspace.file("doc.pdf", "%PDF-1.4\n%%EOF\n"),
        workspace.file("new.avif", pictures::avif(64, 64)),
    ];
    let arguments: Vec<&str> = ["media", "add", "one"].into_iter().chain(files.iter().map(String::as_str)).collect();
    workspace.json(&arguments);
    let app = open(&workspace);
    let media = app.media("one").unwrap();
    let shown = |path: &str| {
        let thumbnail = media.thumbnail(path).unwrap();
        let picture = image::load_from_memory(&thumbnail.bytes).unwrap();
        (thumbnail.mime, picture.width(), picture.height())
    };
    assert_eq!(shown("/uploads/images/wide.jpg"), ("image/jpeg", 256, 64));
    assert_eq!(shown("/uploads/images/clear.png"), ("image/png", 128, 256));
    assert_eq!(shown("/uploads/images/tiny.gif").1, 20);
    assert_eq!(media.thumbnail("/uploads/images/logo.svg").unwrap().mime, "image/svg+xml");
    assert_eq!(media.thumbnail("/uploads/images/new.avif").unwrap().bytes, pictures::avif(64, 64));
    for path in [
        "/uploads/files/doc.pdf",
        "/uploads/images/none.jpg",
        "/uploads/../theme.json",
        "/theme.json",
        "/uploads/media.json",
        "/uploads/images",
    ] {
        assert_eq!(media.thumbnail(path).unwrap_err().code, Code::NotFound, "{path}");
    }
    assert_eq!(media.file("/uploads/files/doc.pdf").unwrap().mime, "application/pdf");
    std::os::unix::fs::symlink("/etc/passwd", workspace.site("one").join("uploads/images/passwd.jpg")).unwrap();
    assert_eq!(media.file("/uploads/images/passwd.jpg").unwrap_err().code, Code::NotFound);
    // Damaged or gone, it is made again; another file in the same place has another one.
    let first = media.thumbnail("/uploads/images/wide.jpg").unwrap();
    let kept: Vec<_> = walk(&workspace.root.join("cache/thumbnails"));
    assert_eq!(kept.len(), 3);
    for path in &kept {
        fs::write(path, "damaged").unwrap();
    }
    assert_eq!(media.thumbnail("/uploads/images/wide.jpg").unwrap(), first);
    fs::remove_dir_all(workspace.root.join("cache")).unwrap();
    assert_eq!(media.thumbnail("/uploads/images/wide.jpg").unwrap(), first);
    let id =
        media.list().unwrap().files.into_iter().find(|item| item["filename"] == "wide.jpg").unwrap()["id"].as_str().unwrap().to_owned();
    workspace.json(&["media", "replace", "one", &id, &workspace.file("n.jpg", pictures::jpeg(300, 300, 9))]);
    assert_eq!(shown("/uploads/images/wide.jpg"), ("image/jpeg", 256, 256));
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { found.extend(walk(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}
