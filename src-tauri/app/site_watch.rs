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
use crate::site::shown;
use crate::store::disk;
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
        let mut moved = Vec::new();
        for demo in served {
            let Ok(folder) = self.0.demos.folder(demo).map(|folder| folder.join(names::SITE)) else { continue };
            if sites.get(&demo).is_some_and(|watched| watched.folder == folder) {
                continue;
            }
            match watch(self, demo, &folder) {
                Ok(stop) => moved.extend(sites.insert(demo, Watched { folder, _stop: stop }).map(|_| demo)),
                Err(cause) => tracing::warn!(%demo, error = %cause, "a site is not watched; its pages do not reload by themselves"),
            }
        }
        drop(sites);
        // What the watch of the old folder was still gathering is lost with it, and what changed before this one began.
        for demo in moved {
            self.0.previews.changed(demo, &Change::All);
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
                if disk::is_dir(place).unwrap_or(false) && is_of_site(&folder, place) {
                    add(&mut watcher, &mut watched, place);
                }
            }
            let Some(app) = weak.upgrade().map(App) else { return };
            let paths = shown_paths(&folder, &places);
            app.0.sites_rendered.invalidate(demo, &paths);
            for meaning in meanings(&paths, shown::is_rendered(&folder)) {
                match meaning {
                    Meaning::Pages => app.0.previews.repaint(demo),
                    Meaning::Change(change) => app.0.previews.changed(demo, &change),
                }
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
        let entries = disk::read_dir(&folder).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir));
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

/// The paths of these places from the site's root, but for those that are no part of it.
fn shown_paths(folder: &Path, places: &BTreeSet<PathBuf>) -> Vec<String> {
    let of_site = places.iter().filter(|place| is_of_site(folder, place));
    of_site.filter_map(|place| Some(place.strip_prefix(folder).ok()?.to_str()?.replace('\\', "/"))).collect()
}

/// What changed files mean for the pages that are open.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// Any page may be made otherwise now.
    Pages,
    /// They are to be told.
    Change(Change),
}

fn meanings(paths: &[String], is_rendered: bool) -> Vec<Meaning> {
    let mut found: Vec<Meaning> = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        let meaning = match meaning(path, is_rendered) {
            Meaning::Change(Change::All) => return vec![Meaning::Change(Change::All)],
            Meaning::Change(Change::Files { files: of_it }) => {
                files.extend(of_it);
                continue;
            }
            meaning => meaning,
        };
        if !found.contains(&meaning) {
            found.push(meaning);
        }
    }
    if !files.is_empty() {
        found.push(Meaning::Change(Change::Files { files }));
    }
    found
}

/// What a change of one file means.
fn meaning(path: &str, is_rendered: bool) -> Meaning {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let page = |stem: &str| {
        let stem = stem.strip_suffix("index").filter(|rest| rest.is_empty() || rest.ends_with('/')).unwrap_or(stem);
        Meaning::Change(Change::Page { page: format!("/{}", stem.trim_end_matches('/')) })
    };
    match ending.as_str() {
        "css" => Meaning::Change(Change::Style),
        "json" | "liquid" if is_rendered => Meaning::Pages,
        "html" if !is_rendered => page(&path[..path.len() - ".html".len()]),
        // Where media are kept nothing runs: who does not name them does not show them.
        _ if path.starts_with("uploads/") && !ending.is_empty() => Meaning::Change(Change::Files { files: vec![path.to_owned()] }),
        _ => Meaning::Change(Change::All),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str], is_rendered: bool) -> Vec<Meaning> {
        let folder = Path::new("/site");
        meanings(&shown_paths(folder, &paths.iter().map(|path| folder.join(path)).collect()), is_rendered)
    }

    fn page(page: &str) -> Meaning {
        Meaning::Change(Change::Page { page: page.to_owned() })
    }

    #[test]
    fn what_changed_is_told_by_the_name() {
        let (style, all) = (Meaning::Change(Change::Style), Meaning::Change(Change::All));
        assert_eq!(of(&["assets/a.css", "b.css"], false), std::slice::from_ref(&style));
        let pages = [page("/about"), page("/blog"), page("/"), page("/myindex")];
        assert_eq!(of(&["about.html", "blog/index.html", "index.html", "myindex.html"], false), pages);
        assert_eq!(of(&["pages/about.json"], false), std::slice::from_ref(&all), "in a site of files that can be anything");
        let documents = ["layout.liquid", "pages/about.json", "pages/global/header.json", "theme.json", "widgets/hero/widget.liquid"];
        assert_eq!(of(&documents, true), [Meaning::Pages]);
        assert_eq!(of(&["a.css", "pages/index.json"], true), [style, Meaning::Pages]);
        let files = |files: &[&str]| Meaning::Change(Change::Files { files: files.iter().map(|file| (*file).to_owned()).collect() });
        let pictures = ["uploads/images/a.jpg", "uploads/images/b.jpg"];
        assert_eq!(of(&["uploads/images/a.jpg", "uploads/images/b.jpg", "uploads/media.json"], true), [Meaning::Pages, files(&pictures)]);
        for anything in ["a.js", "assets/a.woff2", "uploads/images", "pages"] {
            assert_eq!(of(&[anything, "a.css"], true), std::slice::from_ref(&all), "{anything}");
        }
        assert_eq!(of(&[".git/index", "node_modules/a/b.js", "assets/.a.css.swp"], true), []);
    }
}
