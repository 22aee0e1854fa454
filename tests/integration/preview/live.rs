//! Pages that are open hear what changes.

use std::fs;

use backlot::app::{SiteChange, SitePart, StartPreview};

use super::http::{Listening, get, port_of, until};
use super::{SITE, Stopped, start, workspace};
use crate::support::open;

#[test]
fn a_change_of_a_file_reaches_the_pages_that_it_is_about() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let site = workspace.site("one");
    let (mut page, hello) = Listening::begin(port);
    assert!(get(port, "/").text().contains(&format!("data-version=\"{hello}\"")), "the page and its first message agree");
    // The watch begins as the preview does; the first change is made until it is heard.
    let mut heard = |change: &dyn Fn(), kind: &str, about: Option<&str>| {
        change();
        loop {
            let message = page.next().expect("the server goes on");
            if message["kind"] == kind && message["page"].as_str() == about {
                return message["version"].as_str().unwrap().to_owned();
            }
        }
    };
    let first = heard(&|| fs::write(site.join("assets/site.css"), "body { color: blue }").unwrap(), "style", None);
    assert_ne!(first, hello);
    heard(&|| fs::write(site.join("about.html"), "<body>About us</body>").unwrap(), "page", Some("/about"));
    heard(&|| fs::write(site.join("blog/index.html"), "<body>News</body>").unwrap(), "page", Some("/blog"));
    heard(&|| fs::write(site.join("assets/a.js"), "2").unwrap(), "all", None);
    // As editors save: a new file renamed over the old one; in a folder that is new as well.
    fs::create_dir_all(site.join("new/deep")).unwrap();
    heard(&|| (), "all", None);
    let version = heard(
        &|| {
            fs::write(site.join("new/deep/.tmp"), "<body>Deep</body>").unwrap();
            fs::rename(site.join("new/deep/.tmp"), site.join("new/deep/page.html")).unwrap();
        },
        "page",
        Some("/new/deep/page"),
    );
    assert!(get(port, "/new/deep/page").text().contains("Deep"));
    let _ = version;
}

#[test]
fn a_page_that_missed_something_finds_out_by_the_numbers() {
    let workspace = workspace(SITE);
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let port = port_of(app.start_preview(demo, StartPreview::default()).unwrap().address().unwrap());
    let loaded = get(port, "/").text();
    app.preview_changed(demo, &SiteChange::Page { page: "/".into() });
    let (mut page, hello) = Listening::begin(port);
    assert!(!loaded.contains(&hello), "the page carries an older number than the first message");
    let part = SitePart { name: "widget:hero".into(), before: "<i></i>".into(), html: "<b>\n</b>".into() };
    app.preview_changed(demo, &SiteChange::Parts { page: "/".into(), parts: vec![part] });
    let message = page.next().unwrap();
    assert_eq!((message["kind"].as_str(), message["page"].as_str()), (Some("parts"), Some("/")));
    assert_eq!(message["parts"][0]["html"], "<b>\n</b>");
    let (mut other, _) = Listening::begin(port);
    app.preview_changed(demo, &SiteChange::All);
    assert_eq!((page.next().unwrap()["kind"].as_str(), other.next().unwrap()["kind"].as_str()), (Some("all"), Some("all")));
    app.stop_preview(demo).unwrap();
    assert!(page.next().is_none() && other.next().is_none(), "pages are let go when the preview ends");
    app.close();
}

#[test]
fn a_demo_that_is_renamed_is_served_from_where_it_is_and_still_watched() {
    let workspace = workspace(SITE);
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let port = port_of(app.start_preview(demo, StartPreview::default()).unwrap().address().unwrap());
    let (mut page, _) = Listening::begin(port);
    app.rename(demo, None, Some("two")).unwrap();
    until("the renamed demo is served", || get(port, "/").status == 200);
    // What changed while one watch ended and the other began was seen by neither: the pages are made anew.
    while page.next().unwrap()["kind"] != "all" {}
    fs::write(workspace.site("two").join("about.html"), "<body>Moved</body>").unwrap();
    while page.next().unwrap()["kind"] != "page" {}
    assert!(get(port, "/about").text().contains("Moved"));
    app.close();
}

#[test]
fn pages_that_share_a_connection_are_known_and_greeted_over_it() {
    let workspace = workspace(SITE);
    let app = open(&workspace);
    let demo = app.demo("one").unwrap().demo.id;
    let port = port_of(app.start_preview(demo, StartPreview::default()).unwrap().address().unwrap());
    let (mut shared, hello, id) = Listening::begin_shared(port);
    let call = |id: u64, number: u64, pages: &str| get(port, &format!("/__backlot/live/pages?id={id}&call={number}{pages}")).status;
    app.preview_changed(demo, &SiteChange::Style);
    let version = shared.next().unwrap()["version"].as_str().unwrap().to_owned();
    assert_ne!(version, hello);
    assert_eq!(call(id, 7, "&page=/&page=/about.html&page=/a%26b"), 204);
    let greeting = shared.next().unwrap();
    assert_eq!((greeting["kind"].as_str(), greeting["version"].as_str()), (Some("hello"), Some(version.as_str())));
    assert_eq!((greeting["listener"].as_u64(), greeting["call"].as_u64()), (Some(id), Some(7)));
    app.preview_changed(demo, &SiteChange::Page { page: "/about".into() });
    assert_eq!(shared.next().unwrap()["page"], "/about");
    assert_eq!((call(id + 1, 8, "&page=/"), call(id, 9, "")), (404, 204));
    assert_eq!(shared.next().unwrap()["call"], 9);
    for bad in ["", "?id=1", "?call=1", "?id=x&call=1"] {
        assert_eq!(get(port, &format!("/__backlot/live/pages{bad}")).status, 400, "{bad}");
    }
    let worker = get(port, "/__backlot/live-worker.js");
    assert_eq!((worker.status, worker.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    drop(shared);
    app.close();
}
