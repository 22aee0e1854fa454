//! The shell of a session: it has no window, so it records requests and returns the answers that a test set.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use backlot::api::{Host, Pick, Restored, WindowView};
use backlot::error::Result;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Shell(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    opened: Vec<Value>,
    picks: VecDeque<Vec<PathBuf>>,
    restored: Option<Restored>,
    view: WindowView,
    is_shown: bool,
    is_quit: bool,
    is_handed_over: bool,
}

impl Shell {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues the answer of the next dialog.
    pub fn will_pick(&self, paths: Vec<PathBuf>) {
        self.state().picks.push_back(paths);
    }

    /// What it goes back to, at the next start of the interface.
    pub fn restore(&self, restored: Restored) {
        self.state().restored = Some(restored);
    }

    /// What was opened so far.
    pub fn opened(&self) -> Value {
        self.state().opened.clone().into()
    }

    /// What the interface asked of its window.
    pub fn about(&self) -> Value {
        let state = self.state();
        json!({"shown": state.is_shown, "quit": state.is_quit, "handed_over": state.is_handed_over, "view": state.view})
    }
}

impl Host for Shell {
    fn open_folder(&self, folder: &Path) -> Result<()> {
        self.state().opened.push(json!({"folder": folder}));
        Ok(())
    }

    fn open_url(&self, url: &str) -> Result<()> {
        self.state().opened.push(json!({"url": url}));
        Ok(())
    }

    fn open_page(&self, demo: Uuid, url: &str, name: &str) -> Result<()> {
        self.state().opened.push(json!({"window": url, "demo": demo, "name": name}));
        Ok(())
    }

    fn pick(&self, _pick: Pick, _title: &str) -> Result<Vec<PathBuf>> {
        Ok(self.state().picks.pop_front().unwrap_or_default())
    }

    fn ready(&self) -> Result<()> {
        self.state().is_shown = true;
        Ok(())
    }

    fn quit(&self) -> Result<()> {
        self.state().is_quit = true;
        Ok(())
    }

    fn handed_over(&self) -> Result<()> {
        self.state().is_handed_over = true;
        Ok(())
    }

    fn note_view(&self, view: WindowView) -> Result<()> {
        self.state().view = view;
        Ok(())
    }

    fn take_restored(&self) -> Result<Option<Restored>> {
        Ok(self.state().restored.take())
    }
}
