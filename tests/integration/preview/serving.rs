//! What a preview answers.

use std::fs;

use super::http::{ask, get};
use super::{SITE, Stopped, start, workspace};

#[test]
fn pages_files_and_what_is_missing() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    for (path, text) in [("/", "Home"), ("/index.html", "Home"), ("/about", "About"), ("/about.html", "About"), ("/blog/", "Blog")] {
        let page = get(port, path);
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(page.text().contains(text) && page.text().contains("<script src=\"/__backlot/live.js\" data-version="), "{path}");
        assert_eq!(page.header("content-length"), Some(page.body.len().to_string().as_str()));
    }
    let folder = get(port, "/blog");
    assert_eq!((folder.status, folder.header("location")), (302, Some("/blog/")));
    for path in
        ["/nothing", "/assets", "/assets/", "/downloads/", "/.git/config", "/.git/HEAD", "/.gitignore", "/about/x", "/con", "/__backlot"]
    {
        let page = get(port, path);
        assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        assert!(!page.text().contains("site.css"), "nothing is listed: {path}");
        assert!(page.text().contains("There is no such page") && page.text().contains("/__backlot/live.js"), "{path}");
    }
    fs::write(workspace.site("one").join("404.html"), "<body>Own page</body>").unwrap();
    let own = get(port, "/nothing");
    assert_eq!((own.status, own.text().contains("Own page"), own.header("etag")), (404, true, None));
    let types = [
        ("/assets/site.css", "text/css; charset=utf-8"),
        ("/assets/a.js", "text/javascript; charset=utf-8"),
        ("/assets/logo.svg", "image/svg+xml"),
        ("/assets/unknown.zzz", "application/octet-stream"),
        ("/downloads/readme", "application/octet-stream"),
        ("/__backlot/live.js", "text/javascript; charset=utf-8"),
    ];
    for (path, mime) in types {
        let file = get(port, path);
        assert_eq!((file.status, file.header("content-type")), (200, Some(mime)), "{path}");
        assert_eq!((file.header("x-content-type-options"), file.header("cache-control")), (Some("nosniff"), Some("no-cache")), "{path}");
        assert_eq!(file.header("cross-origin-resource-policy"), Some("same-origin"));
        assert!(file.header("referrer-policy").is_some());
    }
    assert!(get(port, "/assets/logo.svg").header("content-security-policy").unwrap().ends_with("sandbox"));
    let framed = get(port, "/");
    assert!(framed.header("content-security-policy").unwrap().starts_with("frame-ancestors 'self' tauri://localhost"));
}

#[test]
fn what_the_browser_has_already_is_not_sent_again() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    for path in ["/", "/assets/site.css"] {
        let first = get(port, path);
        let tag = first.header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = ask(port, "GET", path, &[("If-None-Match", &known)]);
            assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())), "{path} {known}");
        }
        assert_eq!(ask(port, "GET", path, &[("If-None-Match", "\"other\"")]).status, 200);
        let head = ask(port, "HEAD", path, &[]);
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag.as_str())));
        assert_eq!(head.header("content-length"), Some(first.body.len().to_string().as_str()));
    }
    let tag = get(port, "/assets/site.css").header("etag").unwrap().to_owned();
    fs::write(workspace.site("one").join("assets/site.css"), "body { color: tan }").unwrap();
    let changed = ask(port, "GET", "/assets/site.css", &[("If-None-Match", &tag)]);
    assert_eq!((changed.status, changed.text().as_str()), (200, "body { color: tan }"), "of the same length, and another one");
}

#[test]
fn a_part_of_a_video_is_sent_as_a_part() {
    let workspace = workspace(SITE);
    let _stopped = Stopped(&workspace, &["one"]);
    let port = start(&workspace, "one");
    let video: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    fs::write(workspace.site("one").join("video.mp4"), &video).unwrap();
    let range = |range: &str| ask(port, "GET", "/video.mp4", &[("Range", range)]);
    let whole = get(port, "/video.mp4");
    assert_eq!((whole.status, whole.header("accept-ranges"), whole.header("content-type")), (200, Some("bytes"), Some("video/mp4")));
    assert!(whole.body == video, "every byte of it");
    for (asked, first, last) in [
        ("bytes=0-99", 0, 99),
        ("bytes=1000-2000999", 1000, 2_000_999),
        ("bytes=2999990-", 2_999_990, 2_999_999),
        ("bytes=-500000", 2_500_000, 2_999_999),
        ("bytes=2999999-9999999", 2_999_999, 2_999_999),
    ] {
        let part = range(asked);
        assert_eq!((part.status, part.header("content-range")), (206, Some(format!("bytes {first}-{last}/3000000").as_str())), "{asked}");
        assert!(part.body == video[first..=last], "{asked}");
    }
    let beyond = range("bytes=3000000-");
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */3000000")));
    assert_eq!(range("bytes=0-1,5-9").status, 200, "several ranges are the whole");
    let tag = whole.header("etag").unwrap();
    let if_range = |tag: &str| ask(port, "GET", "/video.mp4", &[("Range", "bytes=0-9"), ("If-Range", tag)]).status;
    assert_eq!((if_range(tag), if_range("\"older\"")), (206, 200), "parts of two versions are never put together");
    let head = ask(port, "HEAD", "/video.mp4", &[("Range", "bytes=0-9")]);
    assert_eq!((head.body.len(), head.header("content-length")), (0, Some("10")));
}
