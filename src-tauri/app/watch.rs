//! Notices what other processes, or a person with a file manager, change in the workspace.
//!
//! Folders are watched one level deep: of the sites, with their thousands of files, only what their forms are made of, and only of
//! those that have a document open, and where the catalogue of media is, once it was shown. A change is not understood, only
//! noticed: the app looks at the disk again and finds the difference.
//!
//! Systems limit how many folders may be watched. Where that is reached, the disk is looked at every few seconds instead, and a
//! notice says so. As often it is looked whether the workspace is still where it was opened: a move of a folder around it is no
//! event of anything that is watched.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use uuid::Uuid;

use super::view::{Change, Notice};
use super::{App, settings};
use crate::content::model::Content;
use crate::error::{Code, Error, Result};
use crate::site::{file, layout};
use crate::store::disk;
use crate::workspace::{Workspace, demo as names};

/// How long changes are gathered before the disk is looked at.
const GATHER: Duration = Duration::from_millis(60);
/// How often what is not watched is looked at.
const POLL: Duration = Duration::from_secs(2);
/// What the limit of watched folders can be raised to, as editors recommend it.
const ENOUGH: u32 = 524_288;

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
        let (sender, changes) = channel();
        let mut watched = Watched::start(&app, sender.clone());
        *app.0.notice.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender.clone());
        watched.update(&app);
        let workspace = &app.0.workspace;
        let (of_previews, follow) = (workspace.previews(), app.0.previews.follow());
        let (state, chosen) = (workspace.state(), workspace.state().join(settings::FILE));
        let work = move || {
            let mut contents = Contents::default();
            let mut was_away = false;
            loop {
                let mut places = match changes.recv_timeout(POLL) {
                    Ok(Told::Changed(places)) => places,
                    Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        if !app.is_in_place() {
                            was_away = true;
                            continue;
                        }
                        if watched.watcher.is_some() && !was_away {
                            continue;
                        }
                        watched.everything(&app)
                    }
                };
                loop {
                    match changes.recv_timeout(GATHER) {
                        Ok(Told::Changed(more)) => places.extend(more),
                        Err(RecvTimeoutError::Timeout) => break,
                        Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                if !app.is_in_place() {
                    was_away = true;
                    continue;
                }
                // Whatever happened to it elsewhere was no event here.
                if std::mem::take(&mut was_away) {
                    places = watched.everything(&app);
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
                watched.update(&app);
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
        };
        let thread = thread::Builder::new().name("watch".to_owned()).spawn(work).map_err(|cause| {
            Error::new(
                Code::Io,
                format!("The workspace cannot be watched ({cause}). Changes by other programs are shown at the next action."),
            )
        })?;
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
    let is_in_demo = place.parent().is_some_and(|folder| disk::exists(folder.join(names::IDENTITY)).unwrap_or(false));
    !is_in_demo || [names::IDENTITY, names::STATUS, names::SITE].contains(&name)
}

/// What is watched, or looked at every few seconds where the system watches no more.
struct Watched {
    /// None where it is looked at.
    watcher: Option<notify::RecommendedWatcher>,
    folders: HashSet<PathBuf>,
}

impl Watched {
    /// Watches what a workspace has from the start.
    fn start(app: &App, notice: Sender<Told>) -> Self {
        let everything = app.0.workspace.demos();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too; only what may have changed something counts.
            match event {
                Ok(event) if event.kind.is_access() => {}
                Ok(event) => drop(notice.send(Told::Changed(event.paths))),
                // Something was missed: everything may have changed.
                Err(_) => drop(notice.send(Told::Changed(vec![everything.clone()]))),
            }
        });
        let watcher = watcher.and_then(|mut watcher| {
            from_the_start(&app.0.workspace).iter().try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))?;
            Ok(watcher)
        });
        let watcher = watcher.map_err(|cause| give_up(app, &cause)).ok();
        Self { watcher, folders: HashSet::new() }
    }

    /// Watches the folder of each demo that is there, what the forms are made of in those that are being edited and the media of those whose
    /// media were listed; forgets those that are gone.
    fn update(&mut self, app: &App) {
        let there = folders_of(app);
        if let Some(watcher) = &mut self.watcher {
            for gone in self.folders.difference(&there) {
                let _ = watcher.unwatch(gone);
            }
            for new in there.difference(&self.folders) {
                match watcher.watch(new, RecursiveMode::NonRecursive) {
                    Ok(()) => {}
                    Err(cause) if is_limit(&cause) => {
                        give_up(app, &cause);
                        self.watcher = None;
                        break;
                    }
                    Err(cause) => tracing::warn!(path = %new.display(), error = %cause, "a demo cannot be watched"),
                }
            }
        }
        self.folders = there;
    }

    /// Every place where something may have changed.
    fn everything(&self, app: &App) -> Vec<PathBuf> {
        let chosen = app.0.workspace.state().join(settings::FILE);
        from_the_start(&app.0.workspace).into_iter().chain(self.folders.iter().cloned()).chain([chosen]).collect()
    }
}

/// What is watched whatever there is in it.
fn from_the_start(workspace: &Workspace) -> Vec<PathBuf> {
    let folders = [workspace.demos(), workspace.creations(), workspace.templates(), workspace.trash(), workspace.previews()];
    folders.into_iter().chain([workspace.state(), workspace.root().to_owned()]).collect()
}

/// What is watched of the demos that are there.
fn folders_of(app: &App) -> HashSet<PathBuf> {
    let mut there = demo_folders(&app.0.workspace);
    let edited: HashSet<Uuid> = app.0.autosave.demos().into_iter().collect();
    let listed: HashSet<Uuid> = app.media_listed().keys().copied().collect();
    for demo in edited.union(&listed) {
        let Ok(site) = app.0.demos.folder(*demo).map(|demo| demo.join(names::SITE)) else { continue };
        let folders = if edited.contains(demo) { layout::forms(&site) } else { ["", layout::UPLOADS].map(str::to_owned).to_vec() };
        let folders = folders.iter().filter_map(|folder| file::place(&site, folder).ok());
        there.extend(folders.filter(|folder| disk::is_dir(folder).unwrap_or(false)));
    }
    there
}

fn demo_folders(workspace: &Workspace) -> HashSet<PathBuf> {
    let entries = disk::read_dir(workspace.demos()).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(disk::Kind::is_dir)).map(|entry| entry.path()).collect()
}

/// From now on the disk is looked at, and people are told.
fn give_up(app: &App, cause: &notify::Error) {
    tracing::warn!(error = %cause, "the workspace is not watched; it is looked at instead");
    app.put_notice(Notice::NotWatched { message: limited(cause) });
}

/// Why the folders of a workspace cannot be watched, for a person; none if they can.
pub(super) fn limit(workspace: &Workspace) -> Option<String> {
    let watch = || {
        let mut watcher = notify::recommended_watcher(|_| ())?;
        let mut folders = from_the_start(workspace).into_iter().chain(demo_folders(workspace));
        folders.try_for_each(|folder| watcher.watch(&folder, RecursiveMode::NonRecursive))
    };
    watch().err().filter(is_limit).map(|cause| limited(&cause))
}

/// Whether the system has no more to give, of watches or of watchers.
fn is_limit(cause: &notify::Error) -> bool {
    match &cause.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        notify::ErrorKind::Io(cause) => {
            matches!(cause.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) || is_too_many(cause)
        }
        _ => false,
    }
}

#[cfg(unix)]
fn is_too_many(cause: &std::io::Error) -> bool {
    matches!(rustix::io::Errno::from_io_error(cause), Some(rustix::io::Errno::MFILE | rustix::io::Errno::NFILE))
}

#[cfg(not(unix))]
fn is_too_many(_cause: &std::io::Error) -> bool {
    false
}

fn limited(cause: &notify::Error) -> String {
    let is_instances = matches!(&cause.kind, notify::ErrorKind::Io(cause) if is_too_many(cause));
    let help = match (is_limit(cause) && cfg!(target_os = "linux"), is_instances) {
        (false, _) => format!(" ({cause})."),
        (true, true) => ". To raise the limit, run: sudo sysctl fs.inotify.max_user_instances=1024".to_owned(),
        (true, false) => format!(". To raise the limit, run: sudo sysctl fs.inotify.max_user_watches={ENOUGH}"),
    };
    format!(
        "Backlot checks for changes by other programs every {} seconds, because the system cannot watch more folders{help}",
        POLL.as_secs()
    )
}
