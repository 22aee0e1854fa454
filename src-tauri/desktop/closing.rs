//! The end: everything is saved first, off the main thread, and the window says so if it takes long.
//!
//! Closing the window, Quit, SIGTERM, SIGINT, SIGHUP and the end of the session all come here. A second signal ends at once.

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
