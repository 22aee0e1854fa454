//! A demo's pages, changed through the CLI and the library, by several processes at once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Barrier;

use backlot::error::Code;
use serde_json::{Value, json};

use crate::support::{TestWorkspace, open};

fn with_demo() -> TestWorkspace {
    let workspace = TestWorkspace::new();
    workspace.json(&["demo", "create", "one", "--template", "bakery"]);
    workspace
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What the catalogue says of each item's usage is what a scan finds: the scan changes nothing.
fn assert_usage_is_as_scanned(workspace: &TestWorkspace) {
    let catalogue = workspace.site("one").join("uploads/media.json");
    let usage = |files: &Value| -> Vec<(String, BTreeSet<String>)> {
        let places = |file: &Value| file["usedIn"].as_array().unwrap().iter().map(|place| place.as_str().unwrap().to_owned()).collect();
        files.as_array().unwrap().iter().map(|file| (file["path"].as_str().unwrap().to_owned(), places(file))).collect()
    };
    let noted = usage(&read(&catalogue)["files"]);
    let kept = fs::read(&catalogue).unwrap();
    assert_eq!(noted, usage(&workspace.json(&["media", "usage", "one"])["files"]));
    fs::write(&catalogue, kept).unwrap();
}

#[test]
fn a_place_that_is_deeper_than_any_document_is_refused() {
    let workspace = with_demo();
    let path = workspace.site("one").join("pages/index.json");
    let text = fs::read_to_string(&path).unwrap();
    for depth in [128, 1_000, 20_000] {
        let refused = workspace.refused(&["page", "set", "one", "index", &"/x".repeat(depth), "1"]);
        assert_eq!(refused["code"], "InvalidInput", "{depth}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    // A place that is there is found a hundred levels deep.
    let nested = format!("{}1{}", "{\"x\":".repeat(99), "}".repeat(99));
    workspace.json(&["page", "set", "one", "index", "/x", &nested]);
    workspace.json(&["page", "set", "one", "index", &"/x".repeat(100), "2"]);
}

#[test]
fn a_value_is_cut_into_a_page_and_a_stale_revision_is_refused() {
    let workspace = with_demo();
    let path = workspace.site("one").join("pages/index.json");
    let text = fs::read_to_string(&path).unwrap().replacen("{\n", "{\n  \"theirs\": [1.50, \"\\u00e9\"],\n", 1);
    fs::write(&path, &text).unwrap();
    let before = workspace.json(&["page", "show", "one", "index"]);
    assert_eq!((before["document"]["name"].as_str(), before.as_object().unwrap().len()), (Some("Home"), 2));
    let rev = before["rev"].as_str().unwrap();
    let set = workspace.json(&["page", "set", "one", "index", "/widgets/hero/settings/title", "\"Fresh ✓\"", "--expect-rev", rev]);
    assert_eq!(set["document"]["widgets"]["hero"]["settings"]["title"], "Fresh ✓");
    let new = fs::read_to_string(&path).unwrap();
    let updated = format!("\"updated\": {}", set["document"]["updated"]);
    let expected = text.replacen("\"Slow bread for quick mornings.\"", "\"Fresh ✓\"", 1).replacen(
        "\"updated\": \"2026-09-01T09:00:00Z\"",
        &updated,
        1,
    );
    assert_eq!(new, expected);
    let stale = workspace.refused(&["page", "set", "one", "index", "/name", "\"x\"", "--expect-rev", rev]);
    assert_eq!(stale["code"], "Conflict");
    assert_eq!(fs::read_to_string(&path).unwrap(), new);
    // The revision that a change answers with is good for the next one.
    let rev = set["rev"].as_str().unwrap();
    let set = workspace.json(&[
        "page",
        "set",
        "one",
        "index",
        "/widgets/hero/settings/image",
        "\"/uploads/images/map.webp\"",
        "--expect-rev",
        rev,
    ]);
    assert_ne!(set["rev"], rev);
    assert_usage_is_as_scanned(&workspace);
    for (arguments, code) in [
        (["index", "name", "1"], "InvalidInput"),
        (["index", "/name", "x"], "InvalidInput"),
        (["index", "/name", "7"], "InvalidInput"),
        (["index", "/widgets/hero", "{}"], "InvalidInput"),
        (["index", "/name/deeper", "1"], "InvalidInput"),
        (["nowhere", "/name", "1"], "NotFound"),
        (["../demo", "/name", "1"], "InvalidInput"),
    ] {
        let all: Vec<&str> = ["page", "set", "one"].into_iter().chain(arguments).collect();
        let error = workspace.refused(&all);
        assert_eq!(error["code"], code, "{arguments:?}: {error}");
    }
    assert_eq!(workspace.json(&["page", "show", "one", "index"])["rev"], set["rev"]);
}

#[test]
fn what_stands_on_every_page_is_shown_and_set_too() {
    let workspace = with_demo();
    for (document, pointer, value) in [
        ("global/header", "/settings/logoText", json!("Mine")),
        ("menus/main-menu", "/items/0/label", json!("Start")),
        ("theme", "/settings/global/colors/0/value", json!("#123456")),
        ("pages/about", "/seo/description", json!("~ and /")),
    ] {
        let set = workspace.json(&["page", "set", "one", document, pointer, &value.to_string()]);
        assert_eq!(set["document"].pointer(pointer), Some(&value));
        assert_eq!(workspace.json(&["page", "show", "one", document]), set);
    }
    assert_eq!(workspace.refused(&["page", "show", "one", "global/sidebar"])["code"], "InvalidInput");
}

#[test]
fn everything_there_is_to_edit_is_listed() {
    let workspace = with_demo();
    let pages = workspace.json(&["page", "list", "one"]);
    let slugs: Vec<_> = pages.as_array().unwrap().iter().map(|page| page["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["index", "about", "contact", "menu"]);
    assert_eq!((&pages[0]["document"], &pages[0]["name"]), (&json!("pages/index"), &json!("Home")));
    let content = serde_json::to_value(open(&workspace).content("one").unwrap().list().unwrap()).unwrap();
    assert_eq!(
        content["globals"],
        json!([{"document": "global/header", "name": "Header"}, {"document": "global/footer", "name": "Footer"}])
    );
    assert_eq!(content["menus"][1], json!({"document": "menus/main-menu", "name": "Main menu"}));
    assert_eq!(content["theme"]["document"], "theme");
    assert!(content["themeGroups"].as_array().unwrap().iter().any(|group| group["key"] == "colors"));
    let hero = content["widgetTypes"].as_array().unwrap().iter().find(|known| known["type"] == "hero").unwrap();
    assert_eq!((&hero["label"], &hero["global"], hero.get("maxBlocks")), (&json!("Opening"), &json!(false), None));
    assert!(content["icons"][0]["svg"].as_str().unwrap().starts_with("<svg "));
}

#[test]
fn a_page_is_added_copied_renamed_removed_and_restored() {
    let workspace = with_demo();
    let site = workspace.site("one");
    let added = workspace.json(&["page", "add", "one", "  Über uns "]);
    assert_eq!((added["slug"].as_str(), added["name"].as_str(), &added["widgets"]), (Some("uber-uns"), Some("Über uns"), &json!(0)));
    let page = read(&site.join("pages/uber-uns.json"));
    assert_eq!((&page["slug"], &page["id"], &page["uuid"]), (&json!("uber-uns"), &json!("uber-uns"), &added["uuid"]));
    assert_eq!(workspace.json(&["page", "add", "one", "Über uns"])["slug"], "uber-uns-2");
    let copied = workspace.json(&["page", "duplicate", "one", "menu"]);
    assert_eq!((copied["slug"].as_str(), copied["name"].as_str()), (Some("menu-copy"), Some("Menu (copy)")));
    assert_eq!(workspace.json(&["page", "duplicate", "one", "menu-copy"])["name"], "Menu (copy 2)");
    let (original, copy) = (read(&site.join("pages/menu.json")), read(&site.join("pages/menu-copy.json")));
    assert!(original["widgets"] == copy["widgets"] && original["uuid"] != copy["uuid"] && copy["id"] == "menu-copy");
    assert_usage_is_as_scanned(&workspace);
    assert_eq!(workspace.json(&["page", "rename", "one", "menu-copy", "--name", "Cakes"])["name"], "Cakes");
    assert_eq!(workspace.json(&["page", "rename", "one", "menu-copy", "cakes"])["slug"], "cakes");
    assert!(!site.join("pages/menu-copy.json").exists());
    assert_usage_is_as_scanned(&workspace);
    let text = fs::read(site.join("pages/cakes.json")).unwrap();
    let token = workspace.json(&["page", "remove", "one", "cakes"])["token"].as_str().unwrap().to_owned();
    assert!(!site.join("pages/cakes.json").exists());
    assert_usage_is_as_scanned(&workspace);
    // The bytes come back, and only once.
    workspace.json(&["page", "restore", "one", &token]);
    assert_eq!(fs::read(site.join("pages/cakes.json")).unwrap(), text);
    assert_usage_is_as_scanned(&workspace);
    assert_eq!(workspace.refused(&["page", "restore", "one", &token])["code"], "NotFound");
    assert_eq!(workspace.refused(&["page", "restore", "one", "../../demo"])["code"], "NotFound");
    // Its place may be taken by then.
    let token = workspace.json(&["page", "remove", "one", "cakes"])["token"].as_str().unwrap().to_owned();
    workspace.json(&["page", "add", "one", "Cakes"]);
    let restored = workspace.json(&["page", "restore", "one", &token]);
    assert_eq!((restored["slug"].as_str(), restored["name"].as_str()), (Some("cakes-2"), Some("Cakes")));
    assert_eq!(read(&site.join("pages/cakes-2.json"))["id"], "cakes-2");
    assert_usage_is_as_scanned(&workspace);
    assert!(fs::read_dir(workspace.root.join("demos/one/.trash")).unwrap().next().is_none(), "nothing is left of what is back");
}

#[test]
fn links_follow_a_page_and_those_to_a_removed_one_are_told() {
    let workspace = with_demo();
    let site = workspace.site("one");
    let rich = json!("<p>See <a href=\"menu.html#bread\">the menu</a>, menu.html</p>").to_string();
    workspace.json(&["page", "set", "one", "about", "/seo/theirs", &rich]);
    let texts = || -> Vec<(String, String)> {
        ["pages", "pages/global", "menus"]
            .iter()
            .flat_map(|folder| fs::read_dir(site.join(folder)).unwrap().flatten())
            .filter(|entry| entry.path().is_file())
            .map(|entry| (entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap()))
            .collect()
    };
    let before: Vec<(String, String)> = texts();
    let linking = before.iter().filter(|(_, text)| text.contains("\"menu.html\"")).count();
    assert!(linking >= 3, "{linking}");
    workspace.json(&["page", "rename", "one", "menu", "bread"]);
    let after = texts();
    for (path, text) in &before {
        let expected = text.replace("\"menu.html\"", "\"bread.html\"").replace("menu.html#bread", "bread.html#bread");
        let found = after.iter().find(|(other, _)| other == path).map(|(_, text)| text);
        if path.ends_with("pages/menu.json") {
            assert_eq!(found, None);
        } else {
            assert_eq!(found, Some(&expected), "{path}");
        }
    }
    let page = read(&site.join("pages/bread.json"));
    assert_eq!((&page["slug"], &page["id"], &page["name"]), (&json!("bread"), &json!("bread"), &json!("Menu")));
    assert_usage_is_as_scanned(&workspace);
    for (arguments, code) in [
        (["about", "bread"], "AlreadyExists"),
        (["about", "Not a slug"], "InvalidInput"),
        (["about", "global"], "InvalidInput"),
        (["index", "start"], "InvalidInput"),
        (["global/header", "x"], "InvalidInput"),
        (["nowhere", "x"], "NotFound"),
    ] {
        let all: Vec<&str> = ["page", "rename", "one"].into_iter().chain(arguments).collect();
        assert_eq!(workspace.refused(&all)["code"], code, "{arguments:?}");
    }
    assert_eq!(workspace.json(&["page", "rename", "one", "index", "--name", "Start"])["name"], "Start");
    let removed = workspace.json(&["page", "remove", "one", "bread"]);
    let links: Vec<_> = removed["links"].as_array().unwrap().iter().map(|link| link.as_str().unwrap()).collect();
    assert!(links.contains(&"pages/index") && links.contains(&"menus/main-menu") && links.contains(&"pages/about"), "{links:?}");
    let places = removed["places"].as_array().unwrap();
    let is_in = |document: &str, part: &str| places.iter().any(|place| place["document"] == document && !place[part].is_null());
    assert!(is_in("pages/index", "widget") && is_in("menus/main-menu", "path") && !is_in("menus/main-menu", "widget"), "{places:?}");
    assert_eq!(workspace.refused(&["page", "remove", "one", "index"])["code"], "InvalidInput");
}

#[test]
fn a_menu_is_added_removed_and_restored_and_what_shows_it_is_told() {
    let workspace = with_demo();
    let menus = workspace.site("one").join("menus");
    let names = || -> Vec<String> {
        let listed = workspace.json(&["menu", "list", "one"]);
        listed.as_array().unwrap().iter().map(|menu| menu["document"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(), ["menus/footer-menu", "menus/main-menu"]);
    let added = workspace.json(&["menu", "add", "one", " Über uns "]);
    assert_eq!((&added["document"], &added["name"]), (&json!("menus/uber-uns"), &json!("Über uns")));
    let menu = read(&menus.join("uber-uns.json"));
    assert_eq!((&menu["id"], &menu["name"], &menu["items"]), (&json!("uber-uns"), &json!("Über uns"), &json!([])));
    assert_eq!(workspace.json(&["menu", "add", "one", "Über uns"])["document"], "menus/uber-uns-2");
    assert_eq!(workspace.refused(&["menu", "add", "one", "  "])["field"], "name");

    let before = fs::read(menus.join("main-menu.json")).unwrap();
    let removed = workspace.json(&["menu", "remove", "one", "main-menu"]);
    assert_eq!(removed["links"], json!(["global/header"]));
    assert_eq!(removed["places"], json!([{"document": "global/header", "path": ["settings", "menu"]}]));
    assert!(!menus.join("main-menu.json").exists());
    let token = removed["token"].as_str().unwrap();
    assert_eq!(workspace.refused(&["page", "restore", "one", token])["code"], "InvalidInput");
    assert_eq!(workspace.json(&["menu", "restore", "one", token])["document"], "menus/main-menu");
    assert_eq!(fs::read(menus.join("main-menu.json")).unwrap(), before, "byte for byte");
    assert_eq!(workspace.refused(&["menu", "restore", "one", token])["code"], "NotFound");
    assert_eq!(workspace.refused(&["menu", "remove", "one", "nowhere"])["code"], "NotFound");

    // Where there is one again, the old one comes back beside it.
    let removed = workspace.json(&["menu", "remove", "one", "uber-uns"]);
    assert_eq!(removed["links"], json!([]));
    workspace.json(&["menu", "add", "one", "Über uns"]);
    let token = removed["token"].as_str().unwrap();
    assert_eq!(workspace.json(&["menu", "restore", "one", token])["document"], "menus/uber-uns-3");
    assert_eq!(read(&menus.join("uber-uns-3.json"))["id"], "uber-uns-3");

    // The first one of a site.
    fs::remove_dir_all(&menus).unwrap();
    workspace.json(&["menu", "add", "one", "Main"]);
    assert_eq!(names(), ["menus/main"]);
}

#[test]
fn what_cannot_be_understood_is_told_and_keeps_every_byte() {
    let workspace = with_demo();
    let pages = workspace.site("one").join("pages");
    let huge = [b"{\"widgets\": {}, \"x\": \"".as_slice(), &vec![b'x'; 17 * 1024 * 1024], b"\"}"].concat();
    let broken: Vec<(&str, &[u8], &str)> = vec![
        ("half", b"{\"name\": \"Half\", \"widgets\": {", "not JSON"),
        ("nul", b"{\"widgets\": {}}\0\0", "NUL"),
        ("empty", b"", "empty"),
        ("binary", b"\xff\xfe{}", "not text"),
        ("list", b"[]", "no JSON object"),
        ("twice", b"{\"name\": \"Twice\", \"widgets\": {}, \"widgets\": {}}", "there twice"),
        ("order", b"{\"name\": \"Order\", \"widgets\": {}, \"widgetsOrder\": [\"x\"]}", "which is not there"),
        ("huge", &huge, "larger than 16 MiB"),
    ];
    for (slug, bytes, _) in &broken {
        fs::write(pages.join(format!("{slug}.json")), bytes).unwrap();
    }
    let listed = workspace.json(&["page", "list", "one"]);
    for (slug, _, why) in &broken {
        let page = listed.as_array().unwrap().iter().find(|page| page["slug"] == *slug).unwrap();
        assert!(page["problem"].as_str().unwrap().contains(why), "{page}");
    }
    let shown = workspace.json(&["page", "show", "one", "half"]);
    assert_eq!((&shown["document"], shown["text"].as_str()), (&Value::Null, std::str::from_utf8(broken[0].1).ok()));
    for slug in ["half", "nul", "empty", "binary", "twice"] {
        assert_eq!(workspace.refused(&["page", "set", "one", slug, "/name", "\"x\""])["code"], "Corrupt", "{slug}");
        assert_eq!(workspace.refused(&["page", "rename", "one", slug, "new"])["code"], "Corrupt", "{slug}");
        assert_eq!(workspace.refused(&["page", "duplicate", "one", slug])["code"], "Corrupt", "{slug}");
    }
    // Other pages are changed as ever, and links in what is no JSON are left alone.
    workspace.json(&["page", "rename", "one", "menu", "bread"]);
    for (slug, bytes, _) in &broken {
        assert!(fs::read(pages.join(format!("{slug}.json"))).unwrap() == *bytes, "{slug}");
    }
    // One part at a time it can be mended; and what cannot be read can still be put away and brought back.
    let mended = workspace.json(&["page", "set", "one", "order", "/widgetsOrder", "[]"]);
    assert_eq!(mended.get("problem"), None);
    let token = workspace.json(&["page", "remove", "one", "half"])["token"].as_str().unwrap().to_owned();
    let restored = workspace.json(&["page", "restore", "one", &token]);
    assert!(restored["problem"].as_str().unwrap().contains("not JSON"));
    assert!(fs::read(pages.join("half.json")).unwrap() == broken[0].1);
}

#[test]
fn a_catalogue_that_cannot_be_understood_keeps_nobody_from_saving() {
    let workspace = with_demo();
    let catalogue = workspace.site("one").join("uploads/media.json");
    fs::write(&catalogue, "{\"files\": [").unwrap();
    workspace.json(&["page", "set", "one", "index", "/widgets/hero/settings/image", "\"\""]);
    assert_eq!(fs::read_to_string(&catalogue).unwrap(), "{\"files\": [");
}

#[cfg(unix)]
#[test]
fn nothing_is_read_or_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let workspace = with_demo();
    let (site, out) = (workspace.site("one"), workspace.beside("out"));
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("secret.json"), "{\"name\": \"Secret\", \"widgets\": {}, \"x\": \"about.html\"}").unwrap();
    symlink(out.join("secret.json"), site.join("pages/linked.json")).unwrap();
    let listed = workspace.json(&["page", "list", "one"]);
    let linked = listed.as_array().unwrap().iter().find(|page| page["slug"] == "linked").unwrap();
    assert!(linked["problem"].as_str().unwrap().contains("is a link") && linked["name"] == "Linked", "{linked}");
    for arguments in [vec!["show", "one", "linked"], vec!["set", "one", "linked", "/name", "\"x\""], vec!["remove", "one", "linked"]] {
        let all: Vec<&str> = ["page"].into_iter().chain(arguments).collect();
        assert_eq!(workspace.refused(&all)["code"], "InvalidInput", "{all:?}");
    }
    assert_eq!(workspace.json(&["page", "add", "one", "Linked"])["slug"], "linked-2", "a link takes its name too");
    workspace.json(&["page", "rename", "one", "about", "team"]);
    // The whole folder.
    fs::rename(site.join("pages"), site.join("moved")).unwrap();
    symlink(&out, site.join("pages")).unwrap();
    for arguments in [
        vec!["add", "one", "New"],
        vec!["show", "one", "secret"],
        vec!["set", "one", "secret", "/name", "\"x\""],
        vec!["duplicate", "one", "secret"],
        vec!["rename", "one", "secret", "new"],
        vec!["remove", "one", "secret"],
    ] {
        let all: Vec<&str> = ["page"].into_iter().chain(arguments).collect();
        assert_eq!(workspace.refused(&all)["code"], "InvalidInput", "{all:?}");
    }
    assert_eq!(workspace.json(&["page", "list", "one"]), json!([]));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    assert!(fs::read_to_string(out.join("secret.json")).unwrap().contains("\"about.html\""));
}

#[test]
fn pages_added_at_once_by_many_processes_and_threads_are_all_there() {
    let workspace = with_demo();
    let children: Vec<_> = (0..8).map(|_| workspace.start(&["page", "add", "one", "News"])).collect();
    // Threads share a hold of the lock, so that each must see what the others are about to write.
    let content = open(&workspace).content("one").unwrap();
    let barrier = Barrier::new(8);
    let mut slugs: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    content.add_page("News").unwrap().slug
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    slugs.extend(children.into_iter().map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["slug"].as_str().unwrap().to_owned()
    }));
    let different: BTreeSet<&String> = slugs.iter().collect();
    assert_eq!(different.len(), 16, "{slugs:?}");
    for slug in different {
        assert_eq!(read(&workspace.site("one").join(format!("pages/{slug}.json")))["slug"], slug.as_str());
    }
}

#[test]
fn texts_are_found_where_they_stand() {
    let workspace = with_demo();
    let rich = json!("<p>Fresh <b>SOUR</b>dough &amp; more</p>").to_string();
    let pointer = "/widgets/story/settings/text";
    workspace.json(&["page", "set", "one", "about", pointer, &rich]);
    let content = open(&workspace).content("one").unwrap();
    let hits = content.search(" sourDOUGH ").unwrap();
    let documents: BTreeSet<String> = hits.iter().map(|hit| hit.document.to_string()).collect();
    assert!(documents.contains("pages/index"), "{documents:?}");
    for hit in &hits {
        let units: Vec<u16> = hit.excerpt.encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[hit.start..hit.end]).unwrap().to_lowercase(), "sourdough");
        let document = content.show(&hit.document).unwrap().document;
        let value =
            hit.path.iter().fold(&document, |value, key| key.parse::<usize>().map_or_else(|_| &value[key.as_str()], |index| &value[index]));
        assert!(value.is_string(), "{hit:?}");
    }
    assert_eq!(hits[0].name, "Home");
    let rich = hits.iter().find(|hit| hit.document.slug() == Some("about")).unwrap();
    assert_eq!((rich.excerpt.as_str(), rich.widget.as_deref(), rich.block.as_deref()), ("Fresh SOURdough & more", Some("story"), None));
    assert_eq!(format!("/{}", rich.path.join("/")), pointer);
    // Neither ids, types and keys nor tags are texts, and there is an end to it.
    for query in ["widgetsOrder", "rich-text", "strong>", "_self", "", "  "] {
        assert!(content.search(query).unwrap().is_empty(), "{query}: {:?}", content.search(query).unwrap()[0]);
    }
    workspace.json(&["page", "set", "one", "about", "/seo/description", &json!("e ".repeat(2000)).to_string()]);
    assert_eq!(content.search("e").unwrap().len(), 500);
}

#[test]
fn nothing_is_put_where_a_demo_was() {
    let workspace = with_demo();
    let content = open(&workspace).content("one").unwrap();
    workspace.json(&["demo", "rename", "one", "two"]);
    assert_eq!(content.add_page("New").unwrap_err().code, Code::NotFound);
    assert_eq!(workspace.names("demos"), ["two"]);
    workspace.json(&["demo", "create", "one", "--template", "portfolio"]);
    assert_eq!(content.add_page("New").unwrap_err().code, Code::NotFound, "another demo is there now");
    workspace.assert_pristine("one");
}

#[test]
fn a_demo_without_the_layout_has_no_content_and_may_begin_with_a_page() {
    let workspace = TestWorkspace::new();
    let repository = workspace.repository("plain", &[("README.md", "Hi")]);
    workspace.json(&["demo", "create", "two", "--template", repository.to_str().unwrap()]);
    assert_eq!(workspace.json(&["page", "list", "two"]), json!([]));
    assert_eq!(workspace.json(&["page", "add", "two", "Index"])["slug"], "index");
    assert_eq!(workspace.refused(&["page", "list", "nowhere"])["code"], "NotFound");
}
