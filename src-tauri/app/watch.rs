//! Notices what other processes, or a person with a file manager, change in the workspace.
//!
//! Folders are watched one level deep: the sites themselves, with their thousands of files, are not. A change is not
//! understood, only noticed: the app looks at the disk again and finds the difference.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use super::App;
use crate::error::{Code, Error, Result};

/// How long changes are gathered before the disk is looked at.
const GATHER: Duration = Duration::from_millis(60);

/// Watching, for as long as it lives.
#[derive(Debug)]
pub struct Watch {
    stop: Option<Sender<Told>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Told {
    Changed,
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
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too; only what may have changed something counts.
            if event.is_ok_and(|event| event.kind.is_access()) {
                return;
            }
            let _ = notice.send(Told::Changed);
        })
        .map_err(failed)?;
        let workspace = &app.0.workspace;
        for folder in [workspace.demos(), workspace.creations(), workspace.templates(), workspace.trash()] {
            watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        let mut watched = HashSet::new();
        watch_demos(&app, &mut watcher, &mut watched);
        let thread = thread::spawn(move || {
            while let Ok(Told::Changed) = changes.recv() {
                loop {
                    match changes.recv_timeout(GATHER) {
                        Ok(Told::Changed) => {}
                        Err(RecvTimeoutError::Timeout) => break,
                        Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
                watch_demos(&app, &mut watcher, &mut watched);
                app.refresh();
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

/// Watches the folder of each demo that is there, and forgets those that are gone.
fn watch_demos(app: &App, watcher: &mut notify::RecommendedWatcher, watched: &mut HashSet<PathBuf>) {
    let entries = std::fs::read_dir(app.0.workspace.demos()).into_iter().flatten().flatten();
    let there: HashSet<PathBuf> =
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect();
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
