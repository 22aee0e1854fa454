//! Notices what other processes, or a person with a file manager, change in the workspace.
//!
//! Folders are watched one level deep: of the sites, with their thousands of files, only where the documents are, and only of
//! those that have one open, and where the catalogue of media is, once somebody was shown it. A change is not understood, only
//! noticed: the app looks at the disk again and finds the difference.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use uuid::Uuid;

use super::view::Change;
use super::{App, settings};
use crate::content::model::Content;
use crate::error::{Code, Error, Result};
use crate::site::file;
use crate::store::disk;
use crate::workspace::demo as names;

/// How long changes are gathered before the disk is looked at.
const GATHER: Duration = Duration::from_millis(60);

/// Watching, for as long as it lives.
#[derive(Debug)]
pub struct Watch {
    stop: Option<Sender<Told>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
pub(super) enum Told {
    /// Something did, at these places.
    Changed(Vec<PathBuf>),
    Stop,
}

impl Watch {
    pub(super) fn start(app: App) -> Result<Self> {
        let failed = |cause: notify::Error| {
            Error::new(
                Code::Io,
                format!("The workspace cannot be watched ({cause}). Changes by other programs are seen at the next action."),
            )
        };
        let (sender, changes) = channel();
        let notice = sender.clone();
        let everything = app.0.workspace.demos();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too; only what may have changed something counts.
            match event {
                Ok(event) if event.kind.is_access() => {}
                Ok(event) => drop(notice.send(Told::Changed(event.paths))),
                // Something was missed: everything may have changed.
                Err(_) => drop(notice.send(Told::Changed(vec![everything.clone()]))),
            }
        })
        .map_err(failed)?;
        let workspace = &app.0.workspace;
        let (of_previews, follow) = (workspace.previews(), app.0.previews.follow());
        let (state, chosen) = (workspace.state(), workspace.state().join(settings::FILE));
        for folder in
            [workspace.demos(), workspace.creations(), workspace.templates(), workspace.trash(), of_previews.clone(), state.clone()]
        {
            watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        *app.0.notice.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        let mut watched = HashSet::new();
        watch_demos(&app, &mut watcher, &mut watched);
        let thread = thread::spawn(move || {
            let mut contents = Contents::default();
            while let Ok(Told::Changed(mut places)) = changes.recv() {
                loop {
                    match changes.recv_timeout(GATHER) {
                        Ok(Told::Changed(more)) => places.extend(more),
                        Err(RecvTimeoutError::Timeout) => break,
                        Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                if places.contains(&chosen) {
                    app.follow_settings();
                }
                // The rest of it is the program's own, and its folders are watched by themselves.
                let was_asked = places.is_empty();
                places.retain(|place| place.parent() != Some(&state));
                if places.is_empty() && !was_asked {
                    continue;
                }
                watch_demos(&app, &mut watcher, &mut watched);
                let (records, others): (Vec<&PathBuf>, Vec<&PathBuf>) = places.iter().partition(|place| place.starts_with(&of_previews));
                let may_be_demos = others.iter().any(|place| is_about_demos(place));
                if may_be_demos {
                    app.refresh();
                }
                // A folder that is gone is no longer served by whoever serves it.
                if may_be_demos || !records.is_empty() {
                    follow.look();
                }
                app.0.autosave.look(None);
                contents.look(&app, &places);
            }
        });
        Ok(Self { stop: Some(sender), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(Told::Stop);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What was last told of the demos that somebody has open.
#[derive(Debug, Default)]
struct Contents {
    /// The content of those with open documents.
    content: HashMap<Uuid, Content>,
    /// The revision of the media, of those whose media were listed too.
    media: HashMap<Uuid, Option<String>>,
    /// Those whose media may be others since this process began to bring some in.
    late: HashSet<Uuid>,
}

impl Contents {
    /// Tells which of them list something else now.
    fn look(&mut self, app: &App, places: &[PathBuf]) {
        let edited: HashSet<Uuid> = app.0.autosave.demos().into_iter().collect();
        let listed = app.media_listed().clone();
        let open: HashSet<Uuid> = edited.iter().chain(listed.keys()).copied().collect();
        self.content.retain(|demo, _| edited.contains(demo));
        self.media.retain(|demo, _| open.contains(demo));
        let imports: HashSet<Uuid> = app.0.imports.list().into_iter().map(|import| import.demo).collect();
        for demo in open {
            let Ok(folder) = app.0.demos.folder(demo) else { continue };
            let is_touched = places.iter().any(|place| place.starts_with(folder.join(names::SITE)));
            let is_wanted = edited.contains(&demo) && (is_touched || !self.content.contains_key(&demo));
            if is_wanted && let Ok(content) = app.content(&demo.to_string()).and_then(|content| content.list()) {
                let before = self.content.insert(demo, content.clone());
                if before.is_some_and(|before| before != content) {
                    app.0.hub.emit(Change::ContentChanged { demo });
                }
            }
            // An import tells of itself; what others did meanwhile is looked for when it is over.
            if is_touched && imports.contains(&demo) {
                self.late.insert(demo);
                continue;
            }
            if self.late.remove(&demo) || is_touched || !self.media.contains_key(&demo) {
                let now = app.media(&demo.to_string()).and_then(|media| media.revision()).ok().flatten();
                // Between the listing and the first look here somebody may have been quick.
                let before = self.media.insert(demo, now.clone()).or_else(|| listed.get(&demo).cloned());
                if before.is_some_and(|before| before != now) {
                    app.0.hub.emit(Change::MediaChanged { demo });
                }
            }
        }
    }
}

/// Whether a change there can be one of the list of demos. What a save leaves for a moment in a demo's folder cannot.
fn is_about_demos(place: &Path) -> bool {
    let name = place.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_in_demo = place.parent().is_some_and(|folder| disk::exists(folder.join(names::IDENTITY)));
    !is_in_demo || [names::IDENTITY, names::STATUS, names::SITE].contains(&name)
}

/// Watches the folder of each demo that is there, the documents of those that are being edited and the media of those whose media
/// were listed; forgets those that are gone.
fn watch_demos(app: &App, watcher: &mut notify::RecommendedWatcher, watched: &mut HashSet<PathBuf>) {
    let entries = disk::read_dir(app.0.workspace.demos()).into_iter().flatten().flatten();
    let mut there: HashSet<PathBuf> =
        entries.filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir)).map(|entry| entry.path()).collect();
    let edited = app.0.autosave.demos().into_iter().map(|demo| (demo, &["", "pages", "pages/global", "menus", "uploads"][..]));
    let listed: Vec<Uuid> = app.media_listed().keys().copied().collect();
    for (demo, folders) in edited.chain(listed.into_iter().map(|demo| (demo, &["", "uploads"][..]))) {
        let Ok(site) = app.0.demos.folder(demo).map(|demo| demo.join(names::SITE)) else { continue };
        let folders = folders.iter().filter_map(|folder| file::place(&site, folder).ok());
        there.extend(folders.filter(|folder| disk::is_dir(folder)));
    }
    for gone in watched.difference(&there) {
        let _ = watcher.unwatch(gone);
    }
    for new in there.difference(watched) {
        if let Err(cause) = watcher.watch(new, RecursiveMode::NonRecursive) {
            tracing::warn!(path = %new.display(), error = %cause, "a demo cannot be watched");
        }
    }
    *watched = there;
}
