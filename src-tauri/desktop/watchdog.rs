//! Brings the window back after a demo's page has frozen it or made it crash.
//!
//! `WebKitGTK` runs a frame in the web process of the page around it, so a previewed page with a script that never ends freezes
//! the whole window. While a preview is shown, the host asks the web process for an answer twice a second. If there is none
//! for [`PATIENCE`], or the process uses more memory than [`memory_limit`], the host ends it and loads the interface again. A
//! crash of the web process takes the same path.
//!
//! The interface reports what it shows as it changes ([`WindowView`]) and gets that back once after such an end ([`Restored`]), then
//! without the preview. Everything else it shows is with the host or on the disk.
//!
//! Only Linux is watched: `WebView2` runs frames of other origins in processes of their own.

use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg_attr(not(target_os = "linux"), expect(unused_imports, reason = "only Linux is watched"))]
use backlot::api::{EndReason, Restored, WindowView};

/// What is known of the window's web process, managed by the program.
#[derive(Debug, Default)]
pub struct Watchdog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    shown: WindowView,
    restored: Option<Restored>,
}

impl Watchdog {
    /// Takes in what the interface shows now.
    pub fn note(&self, shown: WindowView) {
        self.state().shown = shown;
    }

    /// What the interface goes back to, once; none after an ordinary start.
    pub fn take_restored(&self) -> Option<Restored> {
        self.state().restored.take()
    }

    /// Takes in that the web process has ended.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux is watched"))]
    fn ended(&self, why: EndReason) {
        let mut state = self.state();
        let preview = state.shown.preview.take();
        let place = state.shown.place.clone();
        tracing::warn!(?why, ?preview, "the window's web process has ended and is started again");
        state.restored = Some(Restored { place, preview, why });
    }

    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux is watched"))]
    fn shows_preview(&self) -> bool {
        self.state().shown.preview.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches the web process of the window from now on.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "watching may fail where there is something to watch")]
pub fn start(_window: &tauri::WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
pub use linux::start;

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    use backlot::app::App;
    use gtk::{gio, glib};
    use tauri::{AppHandle, Manager as _, WebviewWindow};
    use webkit2gtk::{WebProcessTerminationReason, WebView, WebViewExt as _};

    use super::{EndReason, Watchdog};

    /// How often the web process is asked.
    const INTERVAL: Duration = Duration::from_millis(500);
    /// How long an answer may take while a preview is shown.
    const PATIENCE: Duration = Duration::from_secs(3);
    /// How many ends of the web process within how long are too many: the page in the frame is not to blame then.
    const TOO_MANY: (usize, Duration) = (4, Duration::from_secs(60));
    /// The least and the most memory that the web process may use while a preview is shown, in bytes.
    const MEMORY: (u64, u64) = (1_500_000_000, 4_000_000_000);
    /// The name of a web process, as Linux cuts it off.
    const WEB_PROCESS: &str = "WebKitWebProces";

    struct Watched {
        view: WebView,
        handle: AppHandle,
        /// When the question that is not answered yet was asked.
        asked: Cell<Option<Instant>>,
        /// Why the process was ended from here.
        cause: Cell<Option<EndReason>>,
        ends: RefCell<VecDeque<Instant>>,
        limit: u64,
    }

    /// Watches the web process of the window from now on.
    pub fn start(window: &WebviewWindow) -> tauri::Result<()> {
        let handle = window.app_handle().clone();
        window.with_webview(move |platform| {
            let watched = Rc::new(Watched {
                view: platform.inner(),
                handle,
                asked: Cell::new(None),
                cause: Cell::new(None),
                ends: RefCell::default(),
                limit: memory_limit(total_memory()),
            });
            let ended = watched.clone();
            watched.view.connect_web_process_terminated(move |_, reason| {
                let is_full = reason == WebProcessTerminationReason::ExceededMemoryLimit;
                let by_itself = if is_full { EndReason::Memory } else { EndReason::Crashed };
                ended.ended(ended.cause.take().unwrap_or(by_itself));
            });
            glib::timeout_add_local(INTERVAL, move || {
                watched.check();
                glib::ControlFlow::Continue
            });
        })
    }

    impl Watched {
        fn watchdog(&self) -> tauri::State<'_, Watchdog> {
            self.handle.state()
        }

        fn check(self: &Rc<Self>) {
            if !self.watchdog().shows_preview() {
                self.asked.set(None);
            } else if self.asked.get().is_some_and(|asked| asked.elapsed() >= PATIENCE) {
                self.end(EndReason::Unresponsive);
            } else if largest_web_process() > self.limit {
                self.end(EndReason::Memory);
            } else if self.asked.get().is_none() {
                self.ask();
            }
        }

        fn ask(self: &Rc<Self>) {
            let asked = Instant::now();
            self.asked.set(Some(asked));
            let watched = self.clone();
            // Any answer will do. One to an earlier question, from a process that has ended since, does not count.
            self.view.evaluate_javascript("0", Some("backlot"), None, None::<&gio::Cancellable>, move |_| {
                if watched.asked.get() == Some(asked) {
                    watched.asked.set(None);
                }
            });
        }

        fn end(&self, why: EndReason) {
            self.asked.set(None);
            self.cause.set(Some(why));
            self.view.terminate_web_process();
        }

        fn ended(self: &Rc<Self>, why: EndReason) {
            self.asked.set(None);
            self.watchdog().ended(why);
            self.handle.state::<App>().release_documents();
            if self.is_too_often() {
                tracing::error!("the window's web process ended again and again; the program ends");
                crate::closing::begin(&self.handle);
                return;
            }
            let view = self.view.clone();
            // Not from within the signal.
            glib::idle_add_local_once(move || view.reload());
        }

        fn is_too_often(&self) -> bool {
            let mut ends = self.ends.borrow_mut();
            ends.push_back(Instant::now());
            ends.retain(|end| end.elapsed() < TOO_MANY.1);
            ends.len() >= TOO_MANY.0
        }
    }

    /// How much memory the web process may use while a preview is shown, in bytes, on a machine with so much: a quarter.
    fn memory_limit(total: u64) -> u64 {
        (total / 4).clamp(MEMORY.0, MEMORY.1)
    }

    /// The machine's memory, in bytes.
    #[expect(clippy::disallowed_methods, reason = "these are files of the system")]
    fn total_memory() -> u64 {
        let known = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        known.lines().find_map(|line| line.strip_prefix("MemTotal:")).and_then(kibibytes).unwrap_or(MEMORY.1 * 4)
    }

    /// The memory in use by the largest web process of this program, in bytes. Those of demos' pictures are ended in seconds anyway.
    #[expect(clippy::disallowed_methods, reason = "these are files of the system")]
    fn largest_web_process() -> u64 {
        let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        let pids: Vec<String> = children.flat_map(|pids| pids.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
        pids.iter().filter_map(|pid| memory_of(pid)).max().unwrap_or(0)
    }

    #[expect(clippy::disallowed_methods, reason = "these are files of the system")]
    fn memory_of(pid: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        (field("Name:")?.trim() == WEB_PROCESS).then_some(())?;
        kibibytes(field("VmRSS:")?)
    }

    fn kibibytes(field: &str) -> Option<u64> {
        field.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|number| number * 1024)
    }
}
