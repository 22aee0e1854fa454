//! A site whose pages are rendered, by a renderer of the test's own.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use backlot::clock::Clock;
use backlot::error::{Code, Error, Result};
use backlot::preview::model::{Kind, Preview, State};
use backlot::preview::{Change, Found, Page, Previews, Source, Start, Surroundings};
use backlot::workspace::Workspace;
use uuid::Uuid;

use super::http::{PATIENCE, ask, get, port_of};

/// Renders pages as lines of text, and counts how often.
#[derive(Debug, Default)]
struct Renderer {
    stamp: AtomicU64,
    rendered: AtomicUsize,
    is_broken: AtomicBool,
}

impl Source for Renderer {
    fn page(&self, page: &str) -> Result<Option<Page>> {
        self.rendered.fetch_add(1, Ordering::SeqCst);
        if self.is_broken.load(Ordering::SeqCst) {
            return Err(Error::new(Code::InvalidInput, "widget.liquid, line 3: <unknown tag>"));
        }
        let is_known = ["/", "/about", "/404", "/blog/first"].contains(&page);
        Ok(is_known.then(|| Page { html: format!("<body>page {page}, {}</body>", self.stamp.load(Ordering::SeqCst)) }))
    }

    fn stamp(&self, _page: &str) -> Option<u64> {
        Some(self.stamp.load(Ordering::SeqCst))
    }

    fn missing(&self) -> Option<String> {
        Some("/404".to_owned())
    }

    fn file(&self, path: &str) -> Option<String> {
        ["assets/", "uploads/"].iter().any(|folder| path.starts_with(folder)).then(|| path.to_owned())
    }
}

#[derive(Debug)]
struct World {
    folder: PathBuf,
    renderer: Arc<Renderer>,
    told: Arc<Mutex<Vec<Preview>>>,
}

impl Surroundings for World {
    fn site(&self, _demo: Uuid) -> Result<Found> {
        Ok(Found { folder: self.folder.clone(), source: Some(self.renderer.clone()) })
    }

    fn commit(&self, _demo: Uuid) -> Result<String> {
        Ok(String::new())
    }

    fn is_private(&self) -> bool {
        false
    }

    fn tell(&self, preview: Preview) {
        self.told.lock().unwrap().push(preview);
    }

    fn said(&self, _demo: Uuid, _text: &str) {}
}

struct Stage {
    temp: tempfile::TempDir,
    previews: Previews,
    demo: Uuid,
    port: u16,
    renderer: Arc<Renderer>,
    told: Arc<Mutex<Vec<Preview>>>,
}

fn stage() -> Stage {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("demo/site");
    for (name, text) in
        [("assets/base.css", "a{}"), ("theme.json", "{}"), ("layout.liquid", ""), ("package.json", r#"{"scripts":{"dev":"evil"}}"#)]
    {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let (renderer, told) = (Arc::new(Renderer::default()), Arc::default());
    let world = World { folder, renderer: renderer.clone(), told: Arc::clone(&told) };
    let previews = Previews::new(Workspace::at(temp.path().join("w")), Clock::system(), "unused".into(), Box::new(world));
    let demo = Uuid::now_v7();
    let preview = previews.start(demo, Start::default()).unwrap();
    assert_eq!(preview.kind, Some(Kind::Rendered), "what can be rendered runs no command of its own");
    let port = port_of(preview.address().unwrap());
    Stage { temp, previews, demo, port, renderer, told }
}

#[test]
fn pages_are_rendered_once_until_something_of_them_changes() {
    let stage = stage();
    let count = || stage.renderer.rendered.load(Ordering::SeqCst);
    for path in ["/", "/index", "/index.html"] {
        assert!(get(stage.port, path).text().contains("page /, 0"), "{path}");
    }
    assert_eq!(count(), 1);
    for path in ["/about", "/about.html", "/about/"] {
        assert!(get(stage.port, path).text().contains("page /about, 0"), "{path}");
    }
    assert!(get(stage.port, "/blog/first").text().contains("page /blog/first, 0"));
    assert_eq!(count(), 3);
    // The app says that one page changed: only that is rendered again.
    stage.previews.changed(stage.demo, &Change::Page { page: "/about".into() });
    get(stage.port, "/");
    assert_eq!(count(), 3);
    get(stage.port, "/about");
    assert_eq!(count(), 4);
    stage.previews.changed(stage.demo, &Change::Parts { page: "/".into(), parts: Vec::new() });
    get(stage.port, "/about");
    assert_eq!(count(), 4);
    get(stage.port, "/");
    assert_eq!(count(), 5);
    stage.previews.changed(stage.demo, &Change::Style);
    get(stage.port, "/");
    assert_eq!(count(), 5, "a style sheet is not part of a page");
    // Even if nobody says so, what a page is made of is looked at.
    stage.renderer.stamp.store(1, Ordering::SeqCst);
    assert!(get(stage.port, "/").text().contains("page /, 1"));
    let tag = get(stage.port, "/").header("etag").unwrap().to_owned();
    assert_eq!(ask(stage.port, "GET", "/", &[("If-None-Match", &tag)]).status, 304);
    // Many at once wait for one.
    stage.renderer.stamp.store(2, Ordering::SeqCst);
    let before = count();
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..16).map(|_| scope.spawn(|| get(stage.port, "/").text())).collect();
        assert!(asked.into_iter().all(|text| text.join().unwrap().contains("page /, 2")));
    });
    assert_eq!(count(), before + 1);
    stage.previews.close(Instant::now() + PATIENCE);
    assert_eq!(stage.told.lock().unwrap().last().unwrap().state, State::Stopped);
}

#[test]
fn a_page_that_cannot_be_rendered_is_explained_and_one_that_is_not_there_is_the_site_s_own() {
    let stage = stage();
    let missing = get(stage.port, "/nothing");
    assert_eq!((missing.status, missing.text().contains("page /404, 0")), (404, true));
    stage.renderer.is_broken.store(true, Ordering::SeqCst);
    stage.renderer.stamp.store(1, Ordering::SeqCst);
    let broken = get(stage.port, "/");
    assert_eq!(broken.status, 500);
    assert!(broken.text().contains("widget.liquid, line 3: &lt;unknown tag&gt;") && broken.text().contains("live.js"), "{}", broken.text());
    stage.renderer.is_broken.store(false, Ordering::SeqCst);
    assert!(get(stage.port, "/").text().contains("page /, 1"));
    // Only what the renderer says is a file of the site.
    assert_eq!(get(stage.port, "/assets/base.css").text(), "a{}");
    for path in ["/theme.json", "/layout.liquid", "/package.json", "/assets/none.css"] {
        assert_eq!(get(stage.port, path).status, 404, "{path}");
    }
    stage.previews.close(Instant::now() + PATIENCE);
}

#[test]
fn files_of_a_rendered_site_are_shown_whatever_their_ending() {
    let stage = stage();
    let site = stage.temp.path().join("demo/site");
    fs::create_dir_all(site.join("uploads/files")).unwrap();
    for (path, text) in [("uploads/files/map.html", "<body>Map</body>"), ("assets/LICENSE", "MIT"), ("about.html", "no page of it")] {
        fs::write(site.join(path), text).unwrap();
    }
    let map = get(stage.port, "/uploads/files/map.html");
    assert_eq!((map.status, map.header("content-type"), map.text().contains("Map")), (200, Some("text/html; charset=utf-8"), true));
    assert_eq!(get(stage.port, "/assets/LICENSE").text(), "MIT");
    assert!(get(stage.port, "/about.html").text().contains("page /about, 0"), "pages are rendered");
    for path in ["/uploads/files/map", "/assets/LICENSE/", "/uploads/files", "/uploads/none.html"] {
        let missing = get(stage.port, path);
        assert_eq!((missing.status, missing.text().contains("page /404")), (404, true), "{path}");
    }
    stage.previews.close(Instant::now() + PATIENCE);
}
