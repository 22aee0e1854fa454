//! `backlot-desktop`: the window, a thin shell over [`backlot::app::App`].
//!
//! What must always hold: truth comes from the backend, as a snapshot and numbered events on one channel; the window is
//! never asked to wait (every command that touches the disk runs off the main thread); closing ends in order.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod closing;
mod commands;
mod drag;
mod graphics;
mod host;
mod media_scheme;
mod page_window;
mod portraits;
mod watchdog;
mod window;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use backlot::api::{Api, Caller};
use backlot::app::{App, Options, SaveDelays, start_log};
use backlot::clock::Clock;
use backlot::error::{Code, Error, Result};
use backlot::workspace::Workspace;
use tauri::{Emitter, Manager, RunEvent, WindowEvent};

/// The one channel on which the window hears of changes.
const CHANNEL: &str = "backlot";

fn main() -> ExitCode {
    if let Some(ended) = backlot::git::worker::main().or_else(backlot::process::main) {
        return ended;
    }
    if let Some(ended) = page_window::main() {
        return ended;
    }
    let opened = open_workspace();
    let app = match opened {
        Ok(app) => app,
        Err(error) => {
            window::refuse(&error);
            return ExitCode::FAILURE;
        }
    };
    match run(app) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            window::refuse(&Error::new(Code::Internal, format!("The window could not be opened: {cause}.")));
            ExitCode::FAILURE
        }
    }
}

/// What the program was built with. One place, so that the interface is in the program once.
fn context() -> tauri::Context {
    tauri::generate_context!()
}

fn open_workspace() -> Result<App> {
    let root = Workspace::find_root(workspace_argument())?;
    let program =
        std::env::current_exe().map_err(|cause| Error::new(Code::Internal, format!("The program cannot find itself: {cause}.")))?;
    start_log(&root);
    App::open(Options { root, program, clock: Clock::system(), delays: SaveDelays::default() })
}

/// `--workspace DIR` or `--workspace=DIR`; any other argument is left alone, since desktops add some of their own.
fn workspace_argument() -> Option<PathBuf> {
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--workspace" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(root) = argument.to_str().and_then(|text| text.strip_prefix("--workspace=")) {
            return Some(PathBuf::from(root));
        }
    }
    None
}

fn run(app: App) -> tauri::Result<()> {
    let mut builder = tauri::Builder::default();
    // Several windows on several workspaces are for tests and for who asks for them.
    if std::env::var_os("BACKLOT_MULTI_INSTANCE").is_none() {
        builder = builder.plugin(tauri_plugin_single_instance::init(|handle, _, _| window::show(handle)));
        builder = builder.plugin(tauri_plugin_window_state::Builder::default().with_state_flags(window::REMEMBERED).build());
    }
    let setup = app.clone();
    builder
        .plugin(tauri_plugin_opener::init())
        .manage(app)
        .manage(closing::Closing::default())
        .manage(page_window::PageWindows::default())
        .manage(watchdog::Watchdog::default())
        .register_asynchronous_uri_scheme_protocol("media", media_scheme::answer)
        .invoke_handler(tauri::generate_handler![commands::call])
        .setup(move |tauri| {
            let host = Arc::new(host::Desktop(tauri.handle().clone()));
            tauri.manage(Api::new(setup.clone(), host, Caller::Window));
            tell_window(&setup, tauri.handle().clone());
            end_on_signals(tauri.handle().clone());
            #[cfg(target_os = "linux")]
            closing::save_when_the_display_goes(tauri.handle());
            window::open(tauri.handle())?;
            portraits::start(&setup, tauri.handle());
            Ok(())
        })
        .build(context())?
        .run(|handle, event| match event {
            // Whoever asks, everything is saved first.
            RunEvent::ExitRequested { api, .. } if !handle.state::<closing::Closing>().is_saved() => {
                api.prevent_exit();
                closing::begin(handle);
            }
            RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } => {
                api.prevent_close();
                closing::begin(handle);
            }
            RunEvent::WindowEvent { event: WindowEvent::DragDrop(drag), .. } => drag::tell(handle, &drag),
            // Where the system gives no time to ask.
            RunEvent::Exit => handle.state::<App>().close(),
            _ => {}
        });
    Ok(())
}

/// Hands every event to the window, and every change by other processes with them.
fn tell_window(app: &App, handle: tauri::AppHandle) {
    let events = app.subscribe();
    let watch = app.watch().inspect_err(|error| tracing::warn!(%error, "changes by other programs go unnoticed")).ok();
    std::thread::spawn(move || {
        let _watch = watch;
        for event in events.iter() {
            page_window::follow(&handle, &event.body);
            if handle.emit(CHANNEL, event).is_err() {
                break;
            }
        }
    });
}

/// On the first SIGINT, SIGTERM or SIGHUP the program ends as if the window were closed; on the second, at once.
fn end_on_signals(handle: tauri::AppHandle) {
    let again = std::sync::atomic::AtomicBool::new(false);
    let set = ctrlc::set_handler(move || {
        if again.swap(true, std::sync::atomic::Ordering::SeqCst) {
            std::process::exit(130);
        }
        closing::begin(&handle);
    });
    if let Err(cause) = set {
        tracing::warn!(error = %cause, "signals cannot be handled");
    }
}
