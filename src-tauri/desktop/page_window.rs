//! A preview in a window of its own, with a process of its own: a page that hangs or fills the memory takes nothing else along.
//!
//! The process is this program again, started as `backlot-desktop --page-window TITLE`. It knows no workspace and has no
//! commands; the page in it can do what it could in a browser, and keeps nothing. Its standard input is its tie to the program
//! that started it: the first line is the URL, a further one is shown in the window and brings it to the front, and its end
//! closes it, so it never outlives the program. The URL is no argument, since every user of the machine can read those.

use std::collections::HashMap;
use std::io::{BufRead as _, Write as _, stdin};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use backlot::app::Change;
use backlot::error::{Code, Error, Result};
use backlot::preview::model::State;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_opener::OpenerExt as _;
use uuid::Uuid;

/// The argument by which the program is such a window.
const FLAG: &str = "--page-window";
/// The window's label. No capability names it.
const LABEL: &str = "page";
/// How often at most a page may open another one in the browser.
const OPENING: Duration = Duration::from_secs(1);

/// The windows that this program has opened, by their demos; managed by it.
#[derive(Debug, Default)]
pub struct PageWindows(Mutex<HashMap<Uuid, Child>>);

impl PageWindows {
    /// Shows `url`, a page of `demo`'s preview, in a window called `name`, or brings the one that is open to the front.
    ///
    /// # Errors
    /// `Io` if the window cannot be started.
    pub fn open(&self, demo: Uuid, url: &Url, name: &str) -> Result<()> {
        let failed = |cause: std::io::Error| Error::new(Code::Io, format!("The window could not be opened: {cause}."));
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, child| matches!(child.try_wait(), Ok(None)));
        if let Some(tie) = windows.get_mut(&demo).and_then(|child| child.stdin.as_mut())
            && writeln!(tie, "{url}").is_ok()
        {
            return Ok(());
        }
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg(FLAG).arg(name).stdin(Stdio::piped());
        // A test drives the window that it opened, and no other.
        command.env_remove("TAURI_WEBVIEW_AUTOMATION");
        let mut child = command.spawn().map_err(failed)?;
        let told = child.stdin.as_mut().map_or(Ok(()), |tie| writeln!(tie, "{url}"));
        windows.insert(demo, child);
        told.map_err(failed)
    }

    /// Closes the window of a demo, if there is one.
    fn close(&self, demo: Uuid) {
        let Some(mut child) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&demo) else { return };
        drop(child.stdin.take());
        std::thread::spawn(move || child.wait());
    }
}

/// Closes the window of a preview that has ended.
pub fn follow(handle: &AppHandle, change: &Change) {
    if let Change::PreviewChanged { preview } = change
        && !matches!(preview.state, State::Running { .. } | State::Starting { .. })
    {
        handle.state::<PageWindows>().close(preview.demo);
    }
}

/// Is the window, if the program was started as one.
pub fn main() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next()? != FLAG {
        return None;
    }
    let mut line = String::new();
    stdin().lock().read_line(&mut line).ok()?;
    let url = Url::parse(line.trim()).ok().filter(is_web);
    let Some(url) = url else { return Some(ExitCode::from(2)) };
    let ended = run(url, &arguments.next().unwrap_or_default());
    Some(if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_web(url: &Url) -> bool {
    ["http", "https"].contains(&url.scheme())
}

fn run(url: Url, name: &str) -> tauri::Result<()> {
    let title = if name.is_empty() { "Preview".to_owned() } else { format!("{name} – Preview") };
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_opener::init())
        .setup(move |app| {
            let handle = app.handle().clone();
            let last = Mutex::new(None::<Instant>);
            let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::External(url))
                .title(title)
                .inner_size(1280.0, 800.0)
                .incognito(true)
                // Nothing of this machine but what a server says.
                .on_navigation(|url| is_web(url) || ["about", "blob", "data"].contains(&url.scheme()))
                .on_new_window(move |url, _| {
                    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                    if is_web(&url) && last.is_none_or(|last| last.elapsed() >= OPENING) {
                        *last = Some(Instant::now());
                        let _ = handle.opener().open_url(url.as_str(), None::<&str>);
                    }
                    NewWindowResponse::Deny
                })
                .on_download(|_, _| false)
                .build()?;
            crate::graphics::choose(&window)?;
            follow_the_program(app.handle().clone());
            Ok(())
        })
        .build(crate::context())?;
    app.run(|_, _| {});
    Ok(())
}

/// Shows each page that the program sends, and ends with it.
fn follow_the_program(handle: AppHandle) {
    std::thread::spawn(move || {
        for line in stdin().lock().lines().map_while(std::result::Result::ok) {
            let Some(window) = handle.get_webview_window(LABEL) else { continue };
            let url = Url::parse(&line).ok().filter(is_web);
            let _ = url.map(|url| window.navigate(url));
            let _ = window.unminimize().and_then(|()| window.set_focus());
        }
        handle.exit(0);
    });
}
