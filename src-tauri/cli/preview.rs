//! `backlot preview …`, and the process that serves one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use backlot::api::{
    Call, DecidePreviewCommand, Host, ListDemos, ListPreviews, ShowDemo, ShowPreview, ShowPreviewCommand, ShowPreviewLog, StartDemoPreview,
    Step, StopPreview,
};
use backlot::app::{App, ServingPreview, StartPreview};
use backlot::error::{Code, Error, Result};
use backlot::preview::model::{Decision, Offer, Preview, State};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Context;
use crate::output::table;

/// What can be done with previews.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Serve a demo's site, in the background, and print its address once it answers
    Start {
        /// The demo's slug or id
        demo: String,
        /// The port to take [default: any that is free]
        #[arg(long)]
        port: Option<u16>,
        /// Let the site's own command run, as it stands now
        #[arg(long, conflicts_with = "restricted")]
        trust_command: bool,
        /// Never run the site's own command; show its files
        #[arg(long)]
        restricted: bool,
    },
    /// Stop a demo's preview, whichever program runs it
    Stop {
        /// The demo's slug or id
        demo: String,
    },
    /// List the previews that run, or failed
    List,
    /// Show how a demo's preview is
    Show {
        /// The demo's slug or id
        demo: String,
    },
    /// Show the command that a site brings to serve itself, and what was decided about it
    Command {
        /// The demo's slug or id
        demo: String,
    },
    /// Print the end of what the site's own command said
    Log {
        /// The demo's slug or id
        demo: String,
    },
}

/// The process that serves one preview, until it is stopped.
#[derive(Debug, Args)]
pub struct Serve {
    /// The demo's id
    demo: String,
    #[arg(long)]
    port: Option<u16>,
}

/// What that process says, a line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// The site's own command said something, in whole lines.
    Said(String),
    /// It answers; nothing more is said.
    Ready(Preview),
    /// Another process is starting it; nothing more is said.
    Joined,
    /// It does not answer; nothing more is said.
    Failed(Error),
}

/// How often it is looked whether the start was cancelled.
const GLANCE: Duration = Duration::from_millis(200);

/// A preview with its demo's slug.
#[derive(Debug, Serialize)]
struct Row {
    slug: String,
    #[serde(flatten)]
    preview: Preview,
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    let found = |demo: String| api.call(ShowDemo { demo: demo.into() }).map(|view| view.demo);
    match verb {
        Verb::Start { demo, port, trust_command, restricted } => {
            let demo = found(demo)?;
            if trust_command || restricted {
                decide(demo.id, if trust_command { Decision::Trusted } else { Decision::Restricted }, context)?;
            }
            let preview = context.follow(StartDemoPreview { demo: demo.id.into(), port })?;
            let row = Row { slug: demo.slug, preview };
            out.result(&row, |row| row.preview.address().unwrap_or("It is starting.").to_owned());
            if let State::Running { fallback: Some(fallback), .. } = &row.preview.state {
                out.note(&format!("In a browser that does not open this address: {fallback}"));
            }
        }
        Verb::Stop { demo } => {
            let demo = found(demo)?;
            let preview = api.call(StopPreview { demo: demo.id.into() })?;
            let row = Row { slug: demo.slug, preview };
            out.result(&row, |row| format!("The preview of “{}” is stopped.", row.slug));
        }
        Verb::List => {
            let demos = api.call(ListDemos {})?;
            let slug =
                |id: Uuid| demos.iter().find(|view| view.demo.id == id).map_or_else(|| id.to_string(), |view| view.demo.slug.clone());
            let previews = api.call(ListPreviews {})?;
            let mut rows: Vec<Row> = previews.into_iter().map(|preview| Row { slug: slug(preview.demo), preview }).collect();
            rows.sort_by(|a, b| a.slug.cmp(&b.slug));
            out.result(&rows, |rows| table(&rows.iter().map(line).collect::<Vec<_>>()));
        }
        Verb::Show { demo } => {
            let demo = found(demo)?;
            let row = Row { slug: demo.slug, preview: api.call(ShowPreview { demo: demo.id.into() })? };
            out.result(&row, |row| table(&[line(row)]));
        }
        Verb::Command { demo } => {
            let offer = api.call(ShowPreviewCommand { demo: demo.into() })?;
            out.result(&offer, |offer| offer.as_ref().map_or_else(|| "The site brings no command of its own.".to_owned(), shown));
        }
        Verb::Log { demo } => {
            let log = api.call(ShowPreviewLog { demo: demo.into() })?;
            out.result(&log, |log| log.text.clone());
        }
    }
    Ok(())
}

/// Remembers a decision about the command as it stands now.
fn decide(demo: Uuid, decision: Decision, context: &Context) -> Result<()> {
    match context.api.call(ShowPreviewCommand { demo: demo.into() })? {
        Some(offer) => context.api.call(DecidePreviewCommand { demo: demo.into(), key: offer.key, decision }).map(drop),
        None if decision == Decision::Restricted => Ok(()),
        None => Err(Error::new(Code::NotFound, "This site brings no command of its own. Nothing was started; leave out --trust-command.")),
    }
}

/// The command line as a host: a preview outlives it, in a process of its own.
#[derive(Debug)]
pub struct Terminal;

impl Host for Terminal {
    /// Starts a process of our own that serves the preview, and waits until it answers or says why not. If another process is
    /// starting it already, that is waited for.
    fn start_preview(&self, call: &Call<'_>, demo: Uuid, port: Option<u16>) -> Result<Preview> {
        let failed = |cause: std::io::Error| Error::new(Code::Io, format!("The preview's process could not be started: {cause}."));
        let program = std::env::current_exe().map_err(failed)?;
        let mut command = Command::new(program);
        command.arg("--workspace").arg(call.app.root()).args(["__preview", &demo.to_string()]);
        if let Some(port) = port {
            command.args(["--port", &port.to_string()]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(failed)?;
        let (sender, words) = channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let lines = BufReader::new(stdout).lines().map_while(std::result::Result::ok);
                lines.map_while(|line| serde_json::from_str(&line).ok()).try_for_each(|word: Word| sender.send(word))
            });
        }
        let said = |line: &str| (call.on_step)(Step::Said(line));
        loop {
            match words.recv_timeout(GLANCE) {
                Ok(Word::Said(text)) => text.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(said),
                Ok(Word::Ready(preview)) => return Ok(preview),
                Ok(Word::Failed(error)) => return Err(error),
                Ok(Word::Joined) => return call.app.join_preview(demo, call.cancel, said),
                Err(RecvTimeoutError::Timeout) if call.cancel.is_cancelled() => {
                    call.app.stop_preview(demo)?;
                    return Err(Error::new(Code::Cancelled, "Cancelled. The preview was stopped."));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(Code::Internal, "The preview's process ended without a word; the log says more."));
                }
            }
        }
    }
}

/// The process behind a preview: serves it until somebody stops it.
pub fn serve(serve: &Serve, app: &App) -> Result<()> {
    backlot::process::detach();
    let say = |word: &Word| {
        let line = serde_json::to_string(word).unwrap_or_default();
        // Who asked may be gone; then nobody need know.
        let _ = writeln!(std::io::stdout(), "{line}");
    };
    let served = app.demo(&serve.demo).and_then(|view| {
        let start = StartPreview { port: serve.port, is_background: true };
        app.serve_preview(view.demo.id, start, |progress| match progress {
            ServingPreview::Joined => say(&Word::Joined),
            ServingPreview::Said(text) => say(&Word::Said(text.to_owned())),
            ServingPreview::Ready(preview) => say(&Word::Ready(preview.clone())),
        })
    });
    if let Err(error) = &served {
        say(&Word::Failed(error.clone()));
    }
    app.close();
    served
}

fn line(row: &Row) -> Vec<String> {
    let kind = row.preview.kind.and_then(|kind| Some(serde_json::to_value(kind).ok()?.as_str()?.to_owned())).unwrap_or_default();
    let detail = match &row.preview.state {
        State::Running { address, pid, .. } => format!("{address} (process {pid})"),
        State::Failed { error } => error.message.lines().next().unwrap_or_default().to_owned(),
        State::Starting { since } => format!("since {since}"),
        State::Stopped => String::new(),
    };
    vec![row.slug.clone(), row.preview.state.name().to_owned(), kind, detail]
}

fn shown(offer: &Offer) -> String {
    let mut rows = vec![
        vec!["Command".to_owned(), offer.command.join(" ")],
        vec!["Found in".to_owned(), offer.found_in.clone()],
        vec!["Commit".to_owned(), offer.commit.clone()],
    ];
    rows.extend(offer.scripts.iter().map(|script| vec![format!("Script {}", script.name), script.line.clone()]));
    if let Some(lockfile) = &offer.lockfile {
        rows.push(vec![lockfile.name.clone(), lockfile.hash.clone()]);
    }
    let decision = match offer.decision {
        Decision::Undecided => "not decided",
        Decision::Trusted => "trusted",
        Decision::Restricted => "restricted: files are shown",
    };
    rows.push(vec!["Decision".to_owned(), decision.to_owned()]);
    rows.extend(offer.missing.iter().map(|missing| vec!["Missing".to_owned(), missing.clone()]));
    table(&rows)
}
