//! What only a shell can do: the window's own affairs, the system's dialogs, other programs.

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use super::Call;
use crate::app::StartPreview;
use crate::error::{Code, Error, Result};
use crate::preview::model::Preview;

/// What the interface shows, as it reports it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct WindowView {
    /// The demo whose page is in a frame, if there is one.
    pub preview: Option<Uuid>,
    /// Where in the window the person is; only the interface reads it.
    #[ts(type = "unknown")]
    pub place: Value,
}

/// Why the web process of the window ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EndReason {
    /// It did not answer.
    Unresponsive,
    /// It used too much memory.
    Memory,
    /// It crashed.
    Crashed,
}

/// What the interface goes back to after its web process has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Restored {
    /// What it reported last.
    #[ts(type = "unknown")]
    pub place: Value,
    /// The demo whose page was shown then, which is not shown again by itself.
    pub preview: Option<Uuid>,
    /// Why the web process ended.
    pub why: EndReason,
}

/// What a person is asked for with the system's own dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// A folder.
    Folder,
    /// Files, as many as they like.
    Files,
    /// Where a new file of this name shall be.
    NewFile(String),
}

/// What Backlot asks of the shell that it runs in. A shell without a window has none of it, and says so.
pub trait Host: fmt::Debug + Send + Sync {
    /// Opens a folder with the system's file manager.
    ///
    /// # Errors
    /// `Io` if there is none; `WrongState` without a window.
    fn open_folder(&self, _folder: &Path) -> Result<()> {
        Err(no_window())
    }

    /// Opens a URL in the person's browser.
    ///
    /// # Errors
    /// `Io` if there is none; `WrongState` without a window.
    fn open_url(&self, _url: &str) -> Result<()> {
        Err(no_window())
    }

    /// Shows a page of a demo called `name` in a window and a process of its own.
    ///
    /// # Errors
    /// `Io` if it cannot be started; `WrongState` without a window.
    fn open_page(&self, _demo: Uuid, _url: &str, _name: &str) -> Result<()> {
        Err(no_window())
    }

    /// Asks for files; none if the person changes their mind.
    ///
    /// # Errors
    /// `Internal` if the dialog cannot be opened; `WrongState` without a window.
    fn pick(&self, _pick: Pick, _title: &str) -> Result<Vec<PathBuf>> {
        Err(no_window())
    }

    /// The interface has painted: there is something to show.
    ///
    /// # Errors
    /// `WrongState` without a window.
    fn ready(&self) -> Result<()> {
        Err(no_window())
    }

    /// Ends the program as closing the window does.
    ///
    /// # Errors
    /// `WrongState` without a window.
    fn quit(&self) -> Result<()> {
        Err(no_window())
    }

    /// What was typed last is with the host: nothing keeps the program from ending.
    ///
    /// # Errors
    /// `WrongState` without a window.
    fn handed_over(&self) -> Result<()> {
        Err(no_window())
    }

    /// The interface shows something else.
    ///
    /// # Errors
    /// `WrongState` without a window.
    fn note_view(&self, _view: WindowView) -> Result<()> {
        Err(no_window())
    }

    /// What the interface showed before its web process ended, once; none after an ordinary start.
    ///
    /// # Errors
    /// `WrongState` without a window.
    fn take_restored(&self) -> Result<Option<Restored>> {
        Err(no_window())
    }

    /// Starts a demo's preview, or joins the one that runs. A shell that does not live as long as a preview starts a process that does.
    ///
    /// # Errors
    /// Those of [`App::start_preview`](crate::app::App::start_preview).
    fn start_preview(&self, call: &Call<'_>, demo: Uuid, port: Option<u16>) -> Result<Preview> {
        call.app.start_preview(demo, StartPreview { port, is_background: false })
    }
}

fn no_window() -> Error {
    Error::new(Code::WrongState, "Only the Backlot window can do this.")
}

/// A shell with no window.
#[derive(Debug, Clone, Copy)]
pub struct NoHost;

impl Host for NoHost {}
