//! Media replaced, renamed, removed and brought back: what refers to them follows.

use std::fs;

use serde_json::{Value, json};

use crate::support::TestWorkspace;
use crate::support::media::{assert_whole, uploads};
use crate::support::pictures;

/// A demo with one picture of three sizes, used on three pages, in the header, the theme and a menu; and the picture's id.
fn with_used_picture() -> (TestWorkspace, String) {
    let workspace = TestWorkspace::with_demo("saas");
    let file = workspace.file("Team Photo.jpg", pictures::jpeg(1200, 800, 1));
    let item = workspace.json(&["media", "add", "one", &file])["files"][0].clone();
    assert_eq!(item["path"], "/uploads/images/team-photo.jpg");
    let site = workspace.site("one");
    let write = |path: &str, document: Value| {
        fs::create_dir_all(site.join(path).parent().unwrap()).unwrap();
        fs::write(site.join(path), serde_json::to_string_pretty(&document).unwrap()).unwrap();
    };
    let text = "<p>Us: <img src=\"/uploads/images/team-photo-small.jpg\" alt=\"\"> and \
                <a href='/uploads/images/team-photo.jpg?v=2'>all of us</a>, not /uploads/images/team-photo.jpg.bak</p>";
    write(
        "pages/p1.json",
        json!({"name": "One", "widgets": {"w": {"type": "image", "settings": {"image": "/uploads/images/team-photo.jpg"}}}}),
    );
    write("pages/p2.json", json!({"name": "Two", "n": 1.50, "widgets": {"w": {"type": "text", "settings": {"text": text}}}}));
    write("pages/p3.json", json!({"name": "Three", "seo": {"og_image": "/uploads/images/team-photo-medium.jpg"}, "widgets": {}}));
    write("menus/files.json", json!({"name": "Files", "items": [{"label": "Us", "link": "/uploads/images/team-photo.jpg"}]}));
    let header = site.join("pages/global/header.json");
    let document = fs::read_to_string(&header).unwrap().replacen(
        "\"settings\": {",
        "\"settings\": {\n    \"logo2\": \"/uploads/images/team-photo-thumb.jpg\",",
        1,
    );
    fs::write(&header, document).unwrap();
    workspace.json(&["media", "usage", "one"]);
    (workspace, item["id"].as_str().unwrap().to_owned())
}

fn page(workspace: &TestWorkspace, path: &str) -> String {
    fs::read_to_string(workspace.site("one").join(path)).unwrap()
}

fn item(workspace: &TestWorkspace, id: &str) -> Value {
    let listed = workspace.json(&["media", "list", "one"]);
    listed["files"].as_array().unwrap().iter().find(|item| item["id"] == id).cloned().unwrap_or(Value::Null)
}

#[test]
fn the_places_that_use_an_item_are_told_each() {
    let (workspace, id) = with_used_picture();
    let uses = workspace.json(&["media", "usage", "one", &id]);
    let places: Vec<_> = uses
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["document"].as_str().unwrap(), one["name"].as_str().unwrap(), one["widget"].as_str()))
        .collect();
    assert_eq!(
        places,
        [
            ("menus/files", "Files", None),
            ("global/header", "Header", None),
            ("pages/p1", "One", Some("w")),
            ("pages/p2", "Two", Some("w")),
            ("pages/p3", "Three", None)
        ]
    );
    assert_eq!(item(&workspace, &id)["usedIn"], json!(["global:header", "p1", "p2", "p3"]));
    let refused = workspace.refused(&["media", "remove", "one", &id]);
    assert_eq!(refused["code"], "InUse");
    assert!(
        ["p1", "p2", "p3", "global:header", "menu:files"].iter().all(|place| refused["message"].as_str().unwrap().contains(place)),
        "{refused}"
    );
    assert_whole(&workspace);
}

#[test]
fn items_of_collections_use_media_as_pages_do() {
    let (workspace, id) = with_used_picture();
    let site = workspace.site("one");
    fs::create_dir_all(site.join("collections/news")).unwrap();
    let opening = site.join("collections/news/opening-day.json");
    fs::write(&opening, "{\"uuid\": \"u\", \"settings\": {\"image\": \"/uploads/images/team-photo.jpg\", \"n\": 1.50}}\n").unwrap();
    fs::write(site.join("collections/news/_order.json"), "{\"order\": [\"/uploads/images/team-photo.jpg\"]}").unwrap();
    let uses = workspace.json(&["media", "usage", "one", &id]);
    let uses = uses.as_array().unwrap();
    let of_news: Vec<_> = uses.iter().filter(|one| one["document"].as_str().unwrap().starts_with("collections/")).collect();
    assert_eq!((&of_news[0]["name"], &of_news[0]["path"]), (&json!("Opening day"), &json!(["settings", "image"])));
    assert_eq!((of_news.len(), &of_news[1]["document"]), (2, &json!("collections/news/_order.json")), "a file that is no document");
    workspace.json(&["media", "usage", "one"]);
    assert_eq!(item(&workspace, &id)["usedIn"], json!(["collection:news/opening-day", "global:header", "p1", "p2", "p3"]));
    let refused = workspace.refused(&["media", "remove", "one", &id]);
    assert!(refused["message"].as_str().unwrap().contains("collection:news/opening-day"), "{refused}");
    workspace.json(&["media", "rename", "one", &id, "crew.jpg"]);
    assert_eq!(
        fs::read_to_string(opening).unwrap(),
        "{\"uuid\": \"u\", \"settings\": {\"image\": \"/uploads/images/crew.jpg\", \"n\": 1.50}}\n"
    );
    assert_whole(&workspace);
}

#[test]
fn a_renamed_file_takes_every_reference_and_every_size_along() {
    let (workspace, id) = with_used_picture();
    let before = [page(&workspace, "pages/p2.json"), page(&workspace, "pages/global/header.json")];
    let renamed = workspace.json(&["media", "rename", "one", &id, "Die Crew.JPG"]);
    let new = &renamed["files"][0];
    assert_eq!((new["path"].as_str(), new["filename"].as_str()), (Some("/uploads/images/die-crew.jpg"), Some("die-crew.jpg")));
    assert_eq!(new["sizes"]["medium"]["path"], "/uploads/images/die-crew-medium.jpg");
    assert_eq!(new["usedIn"], json!(["global:header", "p1", "p2", "p3"]));
    let moved = |text: &str| text.replace("team-photo", "die-crew").replace("die-crew.jpg.bak", "team-photo.jpg.bak");
    // Every other byte stays.
    assert_eq!([page(&workspace, "pages/p2.json"), page(&workspace, "pages/global/header.json")], before.map(|text| moved(&text)));
    for path in ["pages/p1.json", "pages/p3.json", "menus/files.json"] {
        let text = page(&workspace, path);
        assert!(text.contains("die-crew") && !text.contains("team-photo"), "{text}");
    }
    assert_whole(&workspace);
    assert_eq!(workspace.refused(&["media", "rename", "one", &id, "board.jpg/../..."])["code"], "InvalidInput");
    let other = workspace.json(&["media", "add", "one", &workspace.file("other.jpg", pictures::jpeg(90, 90, 5))]);
    assert_eq!(other["files"][0]["path"], "/uploads/images/other.jpg");
    let refused = workspace.refused(&["media", "rename", "one", &id, "OTHER"]);
    assert_eq!((refused["code"].as_str(), refused["field"].as_str()), (Some("AlreadyExists"), Some("filename")));
    let safe = workspace.json(&["media", "rename", "one", &id, "../../x\u{202e}/nul.exe"]);
    assert_eq!(safe["files"][0]["path"], "/uploads/images/nul-exe.jpg");
    assert_whole(&workspace);
}

#[test]
fn a_file_of_the_same_kind_takes_the_place_and_no_page_changes() {
    let (workspace, id) = with_used_picture();
    workspace.json(&["media", "set", "one", &id, "--alt", "All of us", "--focal-point", "0.25,0.5"]);
    let pages = ["pages/p1.json", "pages/p2.json"].map(|path| page(&workspace, path));
    let new = workspace.file("new one.jpeg", pictures::jpeg(2000, 900, 2));
    let replaced = workspace.json(&["media", "replace", "one", &id, &new])["files"][0].clone();
    assert_eq!((replaced["id"].as_str(), replaced["path"].as_str()), (Some(id.as_str()), Some("/uploads/images/team-photo.jpg")));
    assert_eq!((&replaced["width"], &replaced["originalName"]), (&2000.into(), &"new one.jpeg".into()));
    assert_eq!(replaced["metadata"], json!({"alt": "All of us", "title": "", "caption": "", "focalPoint": {"x": 0.25, "y": 0.5}}));
    assert_eq!(replaced["sizes"].as_object().unwrap().len(), 4);
    assert_eq!(fs::read(workspace.site("one").join("uploads/images/team-photo.jpg")).unwrap(), fs::read(&new).unwrap());
    assert_eq!(["pages/p1.json", "pages/p2.json"].map(|path| page(&workspace, path)), pages);
    assert_whole(&workspace);
    let cleared = workspace.json(&["media", "set", "one", &id, "--focal-point", "none"]);
    assert_eq!(cleared["files"][0]["metadata"].get("focalPoint"), None);
    assert_eq!(workspace.refused(&["media", "set", "one", &id, "--focal-point", "2,0"])["field"], "focalPoint");
}

#[test]
fn for_a_file_of_another_kind_every_reference_follows() {
    let (workspace, id) = with_used_picture();
    // Smaller than the medium size that a page uses.
    let replaced =
        workspace.json(&["media", "replace", "one", &id, &workspace.file("x.png", pictures::png(600, 400, 2))])["files"][0].clone();
    assert_eq!((replaced["path"].as_str(), replaced["type"].as_str()), (Some("/uploads/images/team-photo.png"), Some("image/png")));
    assert_eq!(replaced["usedIn"], json!(["global:header", "p1", "p2", "p3"]));
    let text = page(&workspace, "pages/p2.json");
    assert!(text.contains("team-photo-small.png") && text.contains("/team-photo.png?v=2") && text.contains("team-photo.jpg.bak"), "{text}");
    assert!(
        page(&workspace, "pages/p3.json").contains("\"/uploads/images/team-photo.png\""),
        "the size that is gone leads to the whole picture"
    );
    assert_whole(&workspace);
    // A document in the place of a picture: it has no sizes, and lies in another folder.
    let replaced = workspace.json(&["media", "replace", "one", &id, &workspace.file("x.pdf", "%PDF-1.4\n%%EOF\n")])["files"][0].clone();
    assert_eq!(replaced["path"], "/uploads/files/team-photo.pdf");
    assert_eq!((replaced.get("width"), replaced.get("sizes")), (None, None));
    assert!(page(&workspace, "menus/files.json").contains("/uploads/files/team-photo.pdf"));
    let bad = workspace.refused(&["media", "replace", "one", &id, &workspace.file("x.html", "<html>")]);
    assert_eq!(bad["code"], "InvalidInput");
    assert_whole(&workspace);
}

#[test]
fn a_file_that_was_replaced_comes_back_with_every_reference_and_what_was_said_since_stays() {
    for (name, bytes) in [("new.jpg", pictures::jpeg(2000, 900, 2)), ("new.png", pictures::png(600, 400, 2))] {
        let (workspace, id) = with_used_picture();
        let files = uploads(&workspace);
        let original = fs::read(workspace.site("one").join("uploads/images/team-photo.jpg")).unwrap();
        let before = workspace.json(&["media", "list", "one"])["files"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == id.as_str())
            .unwrap()
            .clone();
        let token = workspace.json(&["media", "replace", "one", &id, &workspace.file(name, &bytes)])["token"].as_str().unwrap().to_owned();
        workspace.json(&["media", "set", "one", &id, "--alt", "Said since"]);
        workspace.json(&["media", "restore", "one", &token]);
        assert_whole(&workspace);
        assert_eq!(uploads(&workspace), files, "{name}: the same files as before");
        assert!(fs::read(workspace.site("one").join("uploads/images/team-photo.jpg")).unwrap() == original);
        let now = workspace.json(&["media", "list", "one"])["files"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == id.as_str())
            .unwrap()
            .clone();
        assert_eq!(now["metadata"]["alt"], "Said since");
        for key in ["path", "filename", "originalName", "type", "size", "uploaded", "width", "height", "sizes", "usedIn"] {
            assert_eq!(now[key], before[key], "{name}: {key}");
        }
        assert!(page(&workspace, "pages/p2.json").contains("/uploads/images/team-photo.jpg"));
        assert_eq!(workspace.refused(&["media", "restore", "one", &token])["code"], "NotFound", "once only");

        // Replaced again meanwhile: the older one is not what would be taken back.
        let first = workspace.json(&["media", "replace", "one", &id, &workspace.file(name, &bytes)])["token"].as_str().unwrap().to_owned();
        let second = workspace.json(&["media", "replace", "one", &id, &workspace.file("third.jpg", pictures::jpeg(300, 300, 7))]);
        let kept = uploads(&workspace);
        assert_eq!(workspace.refused(&["media", "restore", "one", &first])["code"], "Conflict");
        assert_eq!(uploads(&workspace), kept);
        workspace.json(&["media", "restore", "one", second["token"].as_str().unwrap()]);
        workspace.json(&["media", "restore", "one", &first]);
        assert_eq!(uploads(&workspace), files, "{name}: taken back one after the other");
        assert_whole(&workspace);
    }
}

#[test]
fn what_was_removed_comes_back_byte_by_byte_to_its_place() {
    let (workspace, id) = with_used_picture();
    let listed = workspace.json(&["media", "list", "one"]);
    let catalogue = page(&workspace, "uploads/media.json");
    let files = uploads(&workspace);
    let ids: Vec<&str> = listed["files"].as_array().unwrap().iter().filter_map(|item| item["id"].as_str()).collect();
    let some = [ids[0], ids[1], ids[3], id.as_str()];
    let arguments: Vec<&str> = ["media", "remove", "one", "--force"].into_iter().chain(some).collect();
    let removed = workspace.json(&arguments);
    let token = removed["token"].as_str().unwrap();
    assert_eq!(workspace.json(&["media", "list", "one"])["files"].as_array().unwrap().len(), ids.len() - 4);
    assert_whole(&workspace);
    workspace.json(&["media", "restore", "one", token]);
    assert_eq!(page(&workspace, "uploads/media.json"), catalogue);
    assert_eq!(uploads(&workspace), files);
    assert_whole(&workspace);
    assert_eq!(workspace.names("demos/one/.trash"), [""; 0]);
    for gone in [token, "../../etc", "no"] {
        assert_eq!(workspace.refused(&["media", "restore", "one", gone])["code"], "NotFound");
    }
    // All or none.
    assert_eq!(workspace.refused(&["media", "remove", "one", "--force", &id, "nobody"])["code"], "NotFound");
    assert_eq!(page(&workspace, "uploads/media.json"), catalogue);
}

#[test]
fn a_place_that_was_taken_meanwhile_is_not_taken_back() {
    let (workspace, id) = with_used_picture();
    let removed = workspace.json(&["media", "remove", "one", "--force", &id]);
    let token = removed["token"].as_str().unwrap();
    let other = workspace.json(&["media", "add", "one", &workspace.file("team photo.jpg", pictures::jpeg(50, 50, 77))]);
    assert_eq!(other["files"][0]["path"], "/uploads/images/team-photo.jpg");
    let refused = workspace.refused(&["media", "restore", "one", token]);
    assert_eq!(refused["code"], "AlreadyExists");
    assert!(refused["message"].as_str().unwrap().contains("team-photo.jpg"), "{refused}");
    assert_whole(&workspace);
    workspace.json(&["media", "rename", "one", other["files"][0]["id"].as_str().unwrap(), "another"]);
    workspace.json(&["media", "restore", "one", token]);
    assert_eq!(item(&workspace, &id)["path"], "/uploads/images/team-photo.jpg");
    assert_whole(&workspace);
}

#[test]
fn an_entry_that_leads_out_of_the_uploads_is_removed_and_what_it_leads_to_is_not() {
    let workspace = TestWorkspace::with_demo("saas");
    let catalogue = workspace.site("one").join("uploads/media.json");
    let outside = workspace.file("outside.jpg", "theirs");
    fs::write(workspace.site("one").join("uploads/images/link.jpg"), "").unwrap();
    fs::remove_file(workspace.site("one").join("uploads/images/link.jpg")).unwrap();
    std::os::unix::fs::symlink(&outside, workspace.site("one").join("uploads/images/link.jpg")).unwrap();
    for path in ["/uploads/../theme.json", "/uploads/images/link.jpg", "/theme.json", "/uploads/media.json", &outside] {
        let text = json!({"files": [{"id": "x", "path": path, "usedIn": null, "width": null}, 7, {"id": 8}]}).to_string();
        fs::write(&catalogue, text).unwrap();
        assert_eq!(workspace.json(&["media", "list", "one"])["files"][0]["usedIn"], json!([]));
        workspace.refused(&["media", "rename", "one", "x", "new"]);
        workspace.json(&["media", "remove", "one", "x", "--force"]);
        assert_eq!(fs::read_to_string(&catalogue).unwrap(), "{\"files\":[7,{\"id\":8}]}", "{path}");
        assert_eq!(fs::read_to_string(&outside).unwrap(), "theirs");
        assert!(workspace.site("one").join("theme.json").is_file());
    }
}
