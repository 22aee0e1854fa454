//! Notices what changes in the sites that this process serves, so that their pages reload.
//!
//! Every folder of a site is watched, but for hidden ones and installed packages. What a change means for the open pages is
//! told by the file's name; in doubt they reload.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use uuid::Uuid;

use super::App;
use crate::preview::Change;
use crate::workspace::demo as names;

/// How long changes are gathered.
const GATHER: Duration = Duration::from_millis(40);
/// How many folders of one site are watched.
const MOST: usize = 4000;

/// The sites that are watched. Dropping one's sender ends its watch.
#[derive(Debug, Default)]
pub(super) struct Sites(Mutex<HashMap<Uuid, Watched>>);

#[derive(Debug)]
struct Watched {
    folder: PathBuf,
    _stop: Sender<Vec<PathBuf>>,
}

impl Sites {
    /// Nothing is watched any more.
    pub fn end(&self) {
        self.sites().clear();
    }

    fn sites(&self) -> MutexGuard<'_, HashMap<Uuid, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Watches the sites that this process serves now, and no others.
    pub(super) fn watch_served(&self) {
        let served = self.0.previews.served();
        let mut sites = self.0.sites.sites();
        sites.retain(|demo, _| served.contains(demo));
        for demo in served {
            let Ok(folder) = self.0.demos.folder(demo).map(|folder| folder.join(names::SITE)) else { continue };
            if sites.get(&demo).is_some_and(|watched| watched.folder == folder) {
                continue;
            }
            match watch(self, demo, &folder) {
                Ok(stop) => drop(sites.insert(demo, Watched { folder, _stop: stop })),
                Err(cause) => tracing::warn!(%demo, error = %cause, "a site is not watched; its pages do not reload by themselves"),
            }
        }
    }
}

fn watch(app: &App, demo: Uuid, folder: &Path) -> notify::Result<Sender<Vec<PathBuf>>> {
    let (sender, changes) = channel();
    let (stop, stopped) = channel();
    let notice = sender;
    let everything = folder.to_owned();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
        Ok(event) if event.kind.is_access() => {}
        Ok(event) => drop(notice.send(event.paths)),
        Err(_) => drop(notice.send(vec![everything.clone()])),
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    let mut watched = BTreeSet::from([folder.to_owned()]);
    add(&mut watcher, &mut watched, folder);
    let (weak, folder) = (std::sync::Arc::downgrade(&app.0), folder.to_owned());
    std::thread::spawn(move || {
        while let Some(places) = gather(&changes, &stopped) {
            for place in &places {
                if place.is_dir() && is_of_site(&folder, place) {
                    add(&mut watcher, &mut watched, place);
                }
            }
            let Some(app) = weak.upgrade().map(App) else { return };
            for change in meanings(&folder, &places) {
                app.0.previews.changed(demo, &change);
            }
        }
    });
    Ok(stop)
}

/// The places of the next changes; none when the watch is over.
fn gather(changes: &Receiver<Vec<PathBuf>>, stopped: &Receiver<Vec<PathBuf>>) -> Option<BTreeSet<PathBuf>> {
    const GLANCE: Duration = Duration::from_millis(500);
    let is_over = || matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected));
    let mut places: BTreeSet<PathBuf> = loop {
        match changes.recv_timeout(GLANCE) {
            Ok(places) => break places.into_iter().collect(),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if is_over() => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    while let Ok(more) = changes.recv_timeout(GATHER) {
        places.extend(more);
    }
    (!is_over()).then_some(places)
}

/// Watches the folders below one, unless they are watched already.
fn add(watcher: &mut RecommendedWatcher, watched: &mut BTreeSet<PathBuf>, folder: &Path) {
    let mut next = vec![folder.to_owned()];
    while let Some(folder) = next.pop() {
        if watched.len() >= MOST {
            return;
        }
        if !watched.contains(&folder) {
            if watcher.watch(&folder, RecursiveMode::NonRecursive).is_err() {
                continue;
            }
            watched.insert(folder.clone());
        }
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        next.extend(folders.filter(|entry| entry.file_name().to_str().is_some_and(is_shown)).map(|entry| entry.path()));
    }
}

/// Whether a name can be one of a part of the site.
fn is_shown(name: &str) -> bool {
    !name.starts_with('.') && name != "node_modules"
}

fn is_of_site(folder: &Path, place: &Path) -> bool {
    place.strip_prefix(folder).is_ok_and(|path| path.components().all(|part| part.as_os_str().to_str().is_some_and(is_shown)))
}

/// What changes at these places mean for the pages that are open.
fn meanings(folder: &Path, places: &BTreeSet<PathBuf>) -> Vec<Change> {
    let paths = places.iter().filter(|place| is_of_site(folder, place)).filter_map(|place| place.strip_prefix(folder).ok()?.to_str());
    let is_rendered = folder.join("layout.liquid").exists();
    let mut found: Vec<Change> = Vec::new();
    for path in paths {
        let change = meaning(&path.replace('\\', "/"), is_rendered);
        if change == Change::All {
            return vec![Change::All];
        }
        if !found.contains(&change) {
            found.push(change);
        }
    }
    found
}

/// What a change of one file means.
fn meaning(path: &str, is_rendered: bool) -> Change {
    let page = |stem: &str| {
        let stem = stem.strip_suffix("index").filter(|rest| rest.is_empty() || rest.ends_with('/')).unwrap_or(stem);
        Change::Page { page: format!("/{}", stem.trim_end_matches('/')) }
    };
    if Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("css")) {
        Change::Style
    } else {
        let stem = if is_rendered {
            path.strip_prefix("pages/").and_then(|path| path.strip_suffix(".json")).filter(|stem| !stem.contains('/'))
        } else {
            path.strip_suffix(".html")
        };
        stem.map_or(Change::All, page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: &Path, paths: &[&str]) -> Vec<Change> {
        meanings(folder, &paths.iter().map(|path| folder.join(path)).collect())
    }

    fn page(page: &str) -> Change {
        Change::Page { page: page.to_owned() }
    }

    #[test]
    fn what_changed_is_told_by_the_name() {
        let temp = tempfile::tempdir().unwrap();
        let of = |paths: &[&str]| of(temp.path(), paths);
        assert_eq!(of(&["assets/a.css", "b.css"]), [Change::Style]);
        let pages = [page("/about"), page("/blog"), page("/"), page("/myindex")];
        assert_eq!(of(&["index.html", "about.html", "blog/index.html", "myindex.html"]), pages);
        assert_eq!(of(&["pages/about.json"]), [Change::All], "in a site of files that can be anything");
        std::fs::write(temp.path().join("layout.liquid"), "").unwrap();
        assert_eq!(of(&["pages/about.json", "pages/index.json"]), [page("/about"), page("/")]);
        for anything in
            ["pages/global/header.json", "theme.json", "layout.liquid", "widgets/hero/widget.liquid", "a.js", "uploads/images/a.jpg"]
        {
            assert_eq!(of(&[anything, "a.css"]), [Change::All], "{anything}");
        }
        assert_eq!(of(&[".git/index", "node_modules/a/b.js", "assets/.a.css.swp"]), []);
    }
}
