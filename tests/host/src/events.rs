//! Events for the interface, as they would reach the window; a test can keep them back or lose one.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_stream::{Stream, StreamExt as _};

/// Sends each event to every page that listens.
#[derive(Debug, Default)]
pub struct Events(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    listeners: Vec<UnboundedSender<Bytes>>,
    /// Those kept back, while they are.
    held: Option<Vec<Bytes>>,
    skips: usize,
}

impl Events {
    /// Hears of every event from now on.
    pub fn listen(&self) -> UnboundedReceiver<Bytes> {
        let (sender, receiver) = unbounded_channel();
        // Its first words are what the page waits for: nothing can be missed after them.
        let _ = sender.send(Bytes::from_static(b": listening\n\n"));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).listeners.push(sender);
        receiver
    }

    /// Sends an event of that channel.
    pub fn send(&self, channel: &str, payload: &impl serde::Serialize) {
        let message = json!({"channel": channel, "payload": payload});
        let bytes = Bytes::from(format!("data: {message}\n\n"));
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.skips > 0 {
            state.skips -= 1;
        } else if let Some(held) = &mut state.held {
            held.push(bytes);
        } else {
            state.send(&bytes);
        }
    }

    pub fn hold(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).held.get_or_insert_default();
    }

    pub fn release(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bytes in state.held.take().unwrap_or_default() {
            state.send(&bytes);
        }
    }

    pub fn skip(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).skips += 1;
    }

    /// Lets go of every page.
    pub fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).listeners.clear();
    }
}

impl State {
    fn send(&mut self, bytes: &Bytes) {
        self.listeners.retain(|listener| listener.send(bytes.clone()).is_ok());
    }
}

/// The body of an answer that goes on until the session ends.
pub fn stream(events: UnboundedReceiver<Bytes>) -> impl Stream<Item = Result<Bytes, Infallible>> {
    UnboundedReceiverStream::new(events).map(Ok)
}

/// The channel of drags over the window.
pub const DRAG: &str = "backlot-drag";
/// The channel of everything else.
pub const CHANGES: &str = "backlot";

/// Emits a drag as the shell does: its position and files, or that it left.
pub fn drag(events: &Events, drag: &Value) {
    events.send(DRAG, drag);
}
