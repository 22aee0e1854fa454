//! One workspace, opened as the window opens it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::Response;
use backlot::api::{Api, Caller, media_response};
use backlot::app::{App, Options, SaveDelays, Watch};
use backlot::cancel::Cancel;
use backlot::clock::Clock;
use backlot::error::{Code, Error, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::control::{Control, Gate};
use crate::events::{self, Events};
use crate::seed::{Prepared, Scenario};
use crate::shell::Shell;

/// A session, until it is ended.
#[derive(Debug)]
pub struct Session {
    token: String,
    folder: TempDir,
    app: App,
    api: Api,
    shell: Arc<Shell>,
    gate: Arc<Gate>,
    events: Arc<Events>,
}

/// Changes by other programs are noticed for as long as this lives.
struct Noticing(Option<Watch>);

impl Session {
    /// Copies what the scenario needs into a workspace of its own and opens it.
    ///
    /// # Errors
    /// What the copy or the start fails with.
    pub fn begin(prepared: &Prepared, scenario: &Scenario) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("backlot-session-").tempdir().map_err(|cause| failed("a folder", &cause))?;
        let root = folder.path().join("Backlot");
        prepared.fill(&root, scenario)?;
        let app = open(&root)?;
        let shell = Arc::new(Shell::default());
        let events = Arc::new(Events::default());
        tell(&app, &events);
        let api = Api::new(app.clone(), shell.clone(), Caller::Window);
        Ok(Self { token: uuid::Uuid::new_v4().to_string(), folder, app, api, shell, gate: Arc::default(), events })
    }

    /// What its requests are addressed to.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Where its workspace is, and a program for other processes to work in it.
    pub fn about(&self) -> Value {
        json!({"token": self.token, "workspace": self.root(), "outside": self.folder.path(), "cli": program()})
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("Backlot")
    }

    /// Does an operation as the window asks for it.
    ///
    /// # Errors
    /// Those of the operation, or the refusal that a test set.
    pub fn call(&self, operation: &str, request: Value) -> Result<Value> {
        self.gate.pass(operation)?;
        self.api.dispatch(operation, request, &|_| (), &Cancel::new())
    }

    /// Hears of its events.
    pub fn listen(&self) -> UnboundedReceiver<axum::body::Bytes> {
        self.events.listen()
    }

    /// A picture, sound or film of a demo.
    pub fn media(&self, place: &str, range: Option<&str>) -> Response<Vec<u8>> {
        media_response::respond(&self.app, place, range)
    }

    /// Does what a test asks for, and answers what it asked about.
    pub fn control(&self, control: Control) -> Value {
        match control {
            Control::Hold { operation } => self.gate.hold(operation),
            Control::Release { operation } => self.gate.release(&operation),
            Control::Refuse { operation, error, times } => self.gate.refuse(operation, error, times),
            Control::Accept { operation } => self.gate.accept(&operation),
            Control::Calls { operation } => return self.gate.calls(&operation).into(),
            Control::HoldEvents => self.events.hold(),
            Control::ReleaseEvents => self.events.release(),
            Control::SkipEvent => self.events.skip(),
            Control::Pick { paths } => self.shell.will_pick(paths),
            Control::Opened => return self.shell.opened(),
            Control::Shell => return self.shell.about(),
            Control::Restore { restored } => self.shell.restore(restored),
            Control::Drag { drag } => events::drag(&self.events, &drag),
            Control::Close => self.app.tell_closing(),
        }
        Value::Null
    }

    /// Ends it as the program ends, and removes its folder.
    pub fn end(&self) {
        self.gate.end();
        self.app.close();
        self.events.end();
        let _ = std::fs::remove_dir_all(self.folder.path());
    }
}

/// Opens a workspace.
///
/// # Errors
/// Those of [`App::open`].
pub fn open(root: &Path) -> Result<App> {
    App::open(Options { root: root.to_owned(), program: program(), clock: Clock::system(), delays: SaveDelays::default() })
}

/// The CLI, which lies beside this program.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name(if cfg!(windows) { "backlot.exe" } else { "backlot" })
}

/// Hands every event on, and every change by other processes with them.
fn tell(app: &App, events: &Arc<Events>) {
    let changes = app.subscribe();
    let noticing = Noticing(app.watch().ok());
    let events = Arc::downgrade(events);
    std::thread::spawn(move || {
        let Noticing(_watch) = noticing;
        for change in changes.iter() {
            let Some(events) = events.upgrade() else { return };
            events.send(events::CHANGES, &change);
        }
    });
}

/// Why a session cannot be prepared.
pub fn failed(what: &str, cause: &std::io::Error) -> Error {
    Error::new(Code::Io, format!("A session cannot be prepared: {what}: {cause}."))
}
