//! Files dragged over the window from outside, as the window hears of them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, PhysicalPosition};

/// The channel on which the window hears of dragged files.
const CHANNEL: &str = "backlot-drag";

/// How many files are being dragged: the system says so only when they enter.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Positions are CSS pixels of the viewport.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FileDrag {
    Over { x: f64, y: f64, count: usize },
    Drop { x: f64, y: f64, files: Vec<PathBuf> },
    Leave,
}

/// Tells the window of a drag.
pub fn tell(handle: &AppHandle, drag: &DragDropEvent) {
    let at = |position: &PhysicalPosition<f64>| {
        let scale = handle.get_webview_window(crate::window::LABEL).and_then(|window| window.scale_factor().ok()).unwrap_or(1.0);
        let position = position.to_logical::<f64>(scale);
        (position.x, position.y)
    };
    let told = match drag {
        DragDropEvent::Enter { paths, position } => {
            let (x, y) = at(position);
            COUNT.store(paths.len(), Ordering::Relaxed);
            FileDrag::Over { x, y, count: paths.len() }
        }
        DragDropEvent::Over { position } => {
            let (x, y) = at(position);
            FileDrag::Over { x, y, count: COUNT.load(Ordering::Relaxed) }
        }
        DragDropEvent::Drop { paths, position } => {
            let (x, y) = at(position);
            FileDrag::Drop { x, y, files: paths.clone() }
        }
        _ => FileDrag::Leave,
    };
    if let Err(cause) = handle.emit(CHANNEL, told) {
        tracing::warn!(error = %cause, "the window could not be told of a drag");
    }
}
