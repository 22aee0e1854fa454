//! The one surface: every operation of Backlot, declared once.
//!
//! A row of the table says what an operation is called, what it is given and answers with, what kind it is and who may call it.
//! From these rows come the window's dispatch, `backlot api`, the TypeScript client, the JSON schemas and the reference in
//! `docs/reference/operations.md`. What must always hold:
//!
//! - A shell reaches a workspace through an operation and in no other way, so none can forget to save pending edits first or to
//!   emit what changed: that is the operation's part.
//! - Requests are plain data. A demo is named by its slug or id, and that is resolved here, once.
//! - A caller that an operation does not list is refused before anything is read. An agent may never approve, purge, trust a
//!   command or change settings.
//!
//! The shape follows `GitButler`'s `#[but_api]` and Yaak's declared RPC schema: one declaration, every caller.

#[macro_use]
mod declare;
mod builds;
mod content;
mod demos;
mod host;
mod media;
pub mod media_response;
mod previews;
mod reference;
mod templates;
mod workspace;

use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use crate::app::App;
use crate::cancel::Cancel;
use crate::error::{Code, Error, Result};
use crate::export::model::Build;
use crate::media::model::MediaImport;
use crate::progress::Progress;

pub use builds::*;
pub use content::*;
pub use demos::*;
pub use host::{EndReason, Host, NoHost, Pick, Restored, WindowView};
pub use media::*;
pub use previews::*;
pub use reference::reference;
pub use templates::*;
pub use workspace::*;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// The window, where a person clicks.
    Window,
    /// The command line: a person, or a script of theirs.
    Cli,
    /// A program that works for a person and is not one.
    Agent,
}

impl Caller {
    /// Its name in messages and in the reference.
    pub fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Cli => "cli",
            Self::Agent => "agent",
        }
    }
}

/// What an operation does to the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It changes nothing.
    Read,
    /// It changes something, in a moment.
    Write,
    /// It takes a while, and events report how far it is. Where it can go on by itself the window is answered at once, and
    /// others when it has ended.
    Long,
}

impl Kind {
    /// Its name in the reference.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Long => "long",
        }
    }
}

/// What an operation is given: one type for each operation.
pub trait Request: DeserializeOwned + JsonSchema + TS + 'static {
    /// What it answers with.
    type Response: Serialize + JsonSchema + TS + 'static;
    /// The operation's name.
    const NAME: &'static str;
    /// What it does to the workspace.
    const KIND: Kind;
    /// Who may call it.
    const CALLERS: &'static [Caller];
    /// What it does, in words: the documentation of its row.
    const ABOUT: &'static str;
    /// Whether the request's type is declared elsewhere, and not by its row.
    const IS_SHARED: bool;

    /// Does it.
    ///
    /// # Errors
    /// Those of the work.
    fn run(self, call: &Call<'_>) -> Result<Self::Response>;
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// What it is called, such as `rename_demo`.
    pub name: &'static str,
    /// What it does to the workspace.
    pub kind: Kind,
    /// Who may call it.
    pub callers: &'static [Caller],
    /// What it does, in words.
    pub about: &'static str,
    /// The JSON schema of its request.
    pub request: fn(&mut SchemaGenerator) -> Schema,
    /// The JSON schema of its response.
    pub response: fn(&mut SchemaGenerator) -> Schema,
    run: fn(&Call<'_>, Value) -> Result<Value>,
    #[cfg(test)]
    types: reference::Types,
}

impl Operation {
    const fn of<R: Request>() -> Self {
        Self {
            name: R::NAME,
            kind: R::KIND,
            callers: R::CALLERS,
            about: R::ABOUT,
            request: SchemaGenerator::subschema_for::<R>,
            response: SchemaGenerator::subschema_for::<R::Response>,
            run: |call, request| {
                // An operation that needs nothing may be given nothing.
                let request = if request.is_null() { Value::Object(serde_json::Map::new()) } else { request };
                let request: R = serde_json::from_value(request)
                    .map_err(|cause| Error::new(Code::InvalidInput, format!("The request of {} is not valid: {cause}.", R::NAME)))?;
                let answer = call.run(request)?;
                serde_json::to_value(answer).map_err(|cause| {
                    tracing::error!(operation = R::NAME, error = %cause, "an answer is no JSON");
                    Error::new(Code::Internal, "Backlot hit an internal error; the log says more.")
                })
            },
            #[cfg(test)]
            types: reference::Types::of::<R>(),
        }
    }
}

/// Every operation, by what they are about.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    let tables = [WORKSPACE, TEMPLATES, DEMOS, CONTENT, MEDIA, PREVIEWS, BUILDS];
    tables.into_iter().flatten()
}

/// How far long work is.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A template or a demo is fetched, checked or written.
    Fetch(&'a Progress),
    /// Files are added to a demo's media.
    Import(&'a MediaImport),
    /// A site is built.
    Build(&'a Build),
    /// A preview's command said a line.
    Said(&'a str),
}

/// Learns how far long work is, on whichever thread that is known.
pub type OnStep<'a> = &'a (dyn Fn(Step<'_>) + Sync);

/// One call of an operation: what it works on, and for whom.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The workspace.
    pub app: &'a App,
    /// What the shell does that Backlot cannot do without one.
    pub host: &'a dyn Host,
    /// Who calls.
    pub caller: Caller,
    /// Learns how far long work is.
    pub on_step: OnStep<'a>,
    /// Ends long work before its time.
    pub cancel: &'a Cancel,
}

impl Call<'_> {
    /// Whether long work is to be awaited; else it goes on and is followed by events.
    pub fn waits(&self) -> bool {
        self.caller != Caller::Window
    }

    /// The id of a demo.
    ///
    /// # Errors
    /// Those of [`App::demo_id`].
    pub fn demo(&self, demo: &DemoRef) -> Result<Uuid> {
        self.app.demo_id(&demo.0)
    }

    fn run<R: Request>(&self, request: R) -> Result<R::Response> {
        if !R::CALLERS.contains(&self.caller) {
            let callers: Vec<&str> = R::CALLERS.iter().map(|caller| caller.name()).collect();
            let message = format!("{} is for {} only; {} may not call it.", R::NAME, callers.join(" and "), self.caller.name());
            return Err(Error::new(Code::Forbidden, message));
        }
        request.run(self)
    }
}

/// The operations on one workspace, for one kind of caller.
#[derive(Debug, Clone)]
pub struct Api {
    app: App,
    host: Arc<dyn Host>,
    caller: Caller,
}

impl Api {
    /// The operations on the workspace that `app` opened.
    pub fn new(app: App, host: Arc<dyn Host>, caller: Caller) -> Self {
        Self { app, host, caller }
    }

    /// Does an operation.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not; those of the operation.
    pub fn call<R: Request>(&self, request: R) -> Result<R::Response> {
        self.call_with(request, &|_| (), &Cancel::new())
    }

    /// Does an operation that takes a while: `on_step` learns how far it is, and `cancel` ends it.
    ///
    /// # Errors
    /// Those of [`Self::call`].
    pub fn call_with<R: Request>(&self, request: R, on_step: OnStep<'_>, cancel: &Cancel) -> Result<R::Response> {
        self.with(on_step, cancel).run(request)
    }

    /// Does the operation of that name, with a request and an answer as JSON.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name; `InvalidInput` if the request is not one of it; those of [`Self::call`].
    pub fn dispatch(&self, name: &str, request: Value, on_step: OnStep<'_>, cancel: &Cancel) -> Result<Value> {
        let operation = operations().find(|operation| operation.name == name);
        let operation = operation
            .ok_or_else(|| Error::new(Code::NotFound, format!("There is no operation “{name}”. “backlot api” lists those there are.")))?;
        (operation.run)(&self.with(on_step, cancel), request)
    }

    fn with<'a>(&'a self, on_step: OnStep<'a>, cancel: &'a Cancel) -> Call<'a> {
        Call { app: &self.app, host: &*self.host, caller: self.caller, on_step, cancel }
    }
}

/// A demo, by its slug or its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(transparent)]
#[ts(export)]
pub struct DemoRef(pub String);

impl From<Uuid> for DemoRef {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

impl From<&str> for DemoRef {
    fn from(slug_or_id: &str) -> Self {
        Self(slug_or_id.to_owned())
    }
}

impl From<String> for DemoRef {
    fn from(slug_or_id: String) -> Self {
        Self(slug_or_id)
    }
}

/// A picture as a URL that holds it; none if it is of no kind that is shown.
fn data_url(bytes: Vec<u8>) -> Option<String> {
    use base64::Engine as _;
    let mime = match bytes.get(..4)? {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G'] => "image/png",
        b"RIFF" => "image/webp",
        _ => return None,
    };
    Some(format!("data:{mime};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes)))
}
