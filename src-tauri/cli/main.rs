//! `backlot`: the command line, a thin shell over [`backlot::api`]. It links no webview.
//!
//! Exit status: 0 done, 1 refused or failed (one line on stderr, `{code,message}` with `--json`), 2 usage.

mod api;
mod build;
mod demo;
mod doctor;
mod media;
mod menu;
mod output;
mod page;
mod preview;
mod settings;
mod template;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use backlot::api::{Api, Caller, Request, Step};
use backlot::app::{App, Options, SaveDelays, start_log};
use backlot::cancel::Cancel;
use backlot::clock::Clock;
use backlot::error::{Code, Error, Result};
use backlot::workspace::Workspace;
use clap::{Parser, Subcommand};

use output::Output;

/// Keeps many demo sites on your own machine.
#[derive(Debug, Parser)]
#[command(name = "backlot", version, max_term_width = 100)]
struct Arguments {
    /// The workspace's folder; see also the environment
    #[arg(long, global = true, value_name = "DIR", help = "The workspace's folder [default: $BACKLOT_WORKSPACE, else ~/Backlot]")]
    workspace: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Debug, Subcommand)]
enum Noun {
    /// The git repositories that demos are cloned from
    #[command(subcommand)]
    Template(template::Verb),
    /// The demos
    #[command(subcommand)]
    Demo(demo::Verb),
    /// Look the whole workspace through for what is not as it should be
    Doctor(doctor::Arguments),
    /// The files a demo's pages show
    #[command(subcommand)]
    Media(media::Verb),
    /// The pages of a demo, and what stands on every page
    #[command(subcommand)]
    Page(page::Verb),
    /// The menus of a demo
    #[command(subcommand)]
    Menu(menu::Verb),
    /// The demos' sites on this machine's own ports
    #[command(subcommand)]
    Preview(preview::Verb),
    /// Build a demo's whole site, as a folder or a zip file that can be put on a server
    Build(build::Arguments),
    /// List the builds of a demo
    Builds(build::List),
    /// What is chosen for the whole workspace
    #[command(subcommand)]
    Settings(settings::Verb),
    /// Call any operation by its name, with JSON: what scripts and programs do
    Api(api::Arguments),
    /// The process behind a preview
    #[command(name = "__preview", hide = true)]
    Serve(preview::Serve),
}

/// What every verb is given.
struct Context {
    api: Api,
    out: Output,
    cancel: Cancel,
}

impl Context {
    /// Does an operation that takes a while, and shows how far it is.
    fn follow<R: Request>(&self, request: R) -> Result<R::Response> {
        let done = self.api.call_with(request, &|step| self.show(step), &self.cancel);
        self.out.end_progress();
        done
    }

    fn show(&self, step: Step<'_>) {
        self.out.step(step);
    }
}

fn main() -> ExitCode {
    if let Some(ended) = backlot::git::worker::main().or_else(backlot::process::main) {
        return ended;
    }
    let arguments = Arguments::parse();
    let out = Output::new(arguments.json);
    match run(arguments, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out.error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, out: Output) -> Result<()> {
    let root = Workspace::find_root(arguments.workspace)?;
    let program =
        std::env::current_exe().map_err(|cause| Error::new(Code::Internal, format!("The program cannot find itself: {cause}.")))?;
    start_log(&root);
    let app = App::open(Options { root, program, clock: Clock::system(), delays: SaveDelays::default() })?;
    let cancel = Cancel::new();
    end_in_order(&app, &cancel);
    let serves = app.clone();
    let context = Context { api: Api::new(app, Arc::new(preview::Terminal), Caller::Cli), out, cancel };
    match arguments.noun {
        Noun::Template(verb) => template::run(verb, &context),
        Noun::Demo(verb) => demo::run(verb, &context),
        Noun::Doctor(arguments) => doctor::run(&arguments, &context),
        Noun::Media(verb) => media::run(verb, &context),
        Noun::Page(verb) => page::run(verb, &context),
        Noun::Menu(verb) => menu::run(verb, &context),
        Noun::Preview(verb) => preview::run(verb, &context),
        Noun::Build(arguments) => build::run(&arguments, &context),
        Noun::Builds(arguments) => build::list(&arguments, &context),
        Noun::Settings(verb) => settings::run(verb, &context),
        Noun::Api(arguments) => api::run(arguments, &context),
        Noun::Serve(serve) => preview::serve(&serve, &serves),
    }
}

/// On the first SIGINT or SIGTERM what is under way is stopped and cleaned up; on the second the program ends at once.
fn end_in_order(app: &App, cancel: &Cancel) {
    let (app, cancel) = (app.clone(), cancel.clone());
    let again = std::sync::atomic::AtomicBool::new(false);
    let set = ctrlc::set_handler(move || {
        if again.swap(true, std::sync::atomic::Ordering::SeqCst) {
            std::process::exit(130);
        }
        app.begin_closing();
        cancel.cancel();
        let app = app.clone();
        std::thread::spawn(move || app.close());
    });
    if let Err(cause) = set {
        tracing::warn!(error = %cause, "signals cannot be handled");
    }
}
