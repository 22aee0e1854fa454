//! The one window, and what can be said without it.

use backlot::error::Error;
use tauri::window::Color;
use tauri::{AppHandle, Manager, Theme, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

use crate::{graphics, watchdog};

/// What is remembered of the window. Not whether it is visible: it is shown when there is something to see.
pub const REMEMBERED: StateFlags = StateFlags::SIZE.union(StateFlags::POSITION).union(StateFlags::MAXIMIZED);

/// The label of the window, by which the capability names it.
pub const LABEL: &str = "main";

/// Makes the window, hidden until the interface has painted once, so that there is no white flash.
pub fn open(handle: &AppHandle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(handle, LABEL, WebviewUrl::default())
        .title("Backlot")
        .inner_size(1280.0, 820.0)
        .min_inner_size(900.0, 600.0)
        .center()
        .visible(false)
        .background_color(Color(0x24, 0x1f, 0x1d, 0xff))
        .build()?;
    graphics::choose(&window)?;
    watchdog::start(&window)?;
    if window.theme().is_ok_and(|theme| theme == Theme::Light) {
        window.set_background_color(Some(Color(0xf7, 0xf4, 0xef, 0xff)))?;
    }
    Ok(())
}

/// Shows the window and brings it to the front.
pub fn show(handle: &AppHandle) {
    if let Some(window) = handle.get_webview_window(LABEL) {
        let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(cause) = shown {
            tracing::warn!(error = %cause, "the window could not be shown");
        }
    }
}

/// Whether there is a window that has something to show, and so may have something to hand over.
pub fn is_shown(handle: &AppHandle) -> bool {
    handle.get_webview_window(LABEL).is_some_and(|window| window.is_visible().unwrap_or(false))
}

/// Says why there is no window.
pub fn refuse(error: &Error) {
    tracing::error!(code = ?error.code, "{}", error.message);
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Backlot could not start")
        .set_description(&error.message)
        .show();
}
