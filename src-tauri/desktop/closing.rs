//! The end: everything is saved first, off the main thread, and the window says so if it takes long.
//!
//! Closing the window, Quit, SIGTERM, SIGINT, SIGHUP and the end of the session all come here. A second signal ends at once.
//! A display that goes away, as at a log-off, leaves no time for the window: see [`save_when_the_display_goes`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backlot::app::App;
use tauri::{AppHandle, Manager};

/// How long the window has to hand over what was typed last.
const HANDOVER: Duration = Duration::from_millis(600);

/// The state of the end, managed by the program.
#[derive(Debug)]
pub struct Closing {
    has_begun: AtomicBool,
    is_saved: AtomicBool,
    handed_over: SyncSender<()>,
    waiting: Mutex<Receiver<()>>,
}

impl Default for Closing {
    fn default() -> Self {
        let (handed_over, waiting) = sync_channel(1);
        Self { has_begun: AtomicBool::new(false), is_saved: AtomicBool::new(false), handed_over, waiting: Mutex::new(waiting) }
    }
}

impl Closing {
    /// Whether everything is saved, so that the program may end.
    pub fn is_saved(&self) -> bool {
        self.is_saved.load(Ordering::SeqCst)
    }

    /// The window has handed over what was typed last.
    pub fn handed_over(&self) {
        let _ = self.handed_over.try_send(());
    }
}

/// Ends the program in order, unless that has begun already.
pub fn begin(handle: &AppHandle) {
    let closing = handle.state::<Closing>();
    if closing.has_begun.swap(true, Ordering::SeqCst) {
        return;
    }
    let handle = handle.clone();
    std::thread::spawn(move || {
        let (app, closing) = (handle.state::<App>(), handle.state::<Closing>());
        app.tell_closing();
        if crate::window::is_shown(&handle) {
            let _ = closing.waiting.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(HANDOVER);
        }
        app.close();
        closing.is_saved.store(true, Ordering::SeqCst);
        handle.exit(0);
    });
}

/// Saves everything when the display goes away, as at the end of a Wayland session that asks nobody to end first.
///
/// GDK then ends the program on the spot (`_exit`), with nothing said but a message in its log, by which it is known here. A
/// closed X server is not even that: Xlib ends the program, and the draft log has what was not saved.
#[cfg(target_os = "linux")]
pub fn save_when_the_display_goes(handle: &AppHandle) {
    use gtk::glib::{LogLevel, log_set_writer_func, log_writer_default};

    /// One of them is in every message of GDK's that comes before such an end.
    const ENDS: [&str; 2] = ["display", "Wayland"];
    let app = handle.state::<App>().inner().clone();
    log_set_writer_func(move |level, fields| {
        let written = log_writer_default(level, fields);
        let field = |key| fields.iter().find(|field| field.key() == key).and_then(|field| field.value_str()).unwrap_or_default();
        if level == LogLevel::Message && field("GLIB_DOMAIN") == "Gdk" && ENDS.iter().any(|sign| field("MESSAGE").contains(sign)) {
            app.close();
        }
        written
    });
}
