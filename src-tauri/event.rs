//! What the library tells whoever watches: one channel, numbered without gaps.
//!
//! A watcher takes a snapshot, remembers its `seq`, and applies events with higher numbers. A number that is not the
//! last one plus one means that something was missed: take a new snapshot. Events carry whole things, not differences,
//! so applying one twice does no harm.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A numbered event.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Event<B> {
    /// Counts up by one from the start of this process.
    #[ts(type = "number")]
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub body: B,
}

/// Numbers events and hands each to every subscriber.
#[derive(Debug)]
pub struct Hub<B> {
    inner: Mutex<Inner<B>>,
}

#[derive(Debug)]
struct Inner<B> {
    seq: u64,
    subscribers: Vec<Sender<Event<B>>>,
}

impl<B> Default for Hub<B> {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { seq: 0, subscribers: Vec::new() }) }
    }
}

impl<B: Clone> Hub<B> {
    /// Every event from now on, in order. Dropping the receiver ends the subscription.
    pub fn subscribe(&self) -> Receiver<Event<B>> {
        let (sender, receiver) = channel();
        self.lock().subscribers.push(sender);
        receiver
    }

    /// Tells every subscriber `body` under the next number.
    pub fn emit(&self, body: B) {
        let mut inner = self.lock();
        inner.seq += 1;
        let event = Event { seq: inner.seq, body };
        inner.subscribers.retain(|subscriber| subscriber.send(event.clone()).is_ok());
    }

    /// The number of the last event told.
    pub fn seq(&self) -> u64 {
        self.lock().seq
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner<B>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribers_see_every_event_in_order_without_gaps() {
        let hub = Hub::default();
        let early = hub.subscribe();
        hub.emit("a");
        let late = hub.subscribe();
        hub.emit("b");
        let seen = |receiver: Receiver<Event<&'static str>>| receiver.try_iter().map(|event| (event.seq, event.body)).collect::<Vec<_>>();
        assert_eq!(seen(early), [(1, "a"), (2, "b")]);
        assert_eq!(seen(late), [(2, "b")]);
        assert_eq!(hub.seq(), 2);
    }
}
