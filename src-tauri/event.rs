//! What the library tells whoever watches: one channel, numbered without gaps.
//!
//! A watcher takes a snapshot, remembers its `seq`, and applies events with higher numbers. A number that is not the
//! last one plus one means that something was missed: take a new snapshot. Events carry whole things, not differences,
//! so applying one twice does no harm.

use std::collections::VecDeque;
use std::sync::mpsc::{RecvError, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

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

/// How many events wait for a subscriber that does not read them. One that is further behind misses them.
const CAPACITY: usize = 4096;

/// Numbers events and hands each to every subscriber.
#[derive(Debug)]
pub struct Hub<B> {
    inner: Mutex<Inner<B>>,
}

#[derive(Debug)]
struct Inner<B> {
    seq: u64,
    subscribers: Vec<Weak<Queue<B>>>,
}

/// What a subscriber has not read yet.
#[derive(Debug)]
struct Queue<B> {
    waiting: Mutex<Waiting<B>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Waiting<B> {
    events: VecDeque<Event<B>>,
    /// Nothing more will come.
    is_over: bool,
}

/// Every event from a moment on, in order. Dropping it ends the subscription.
///
/// Whoever falls [`CAPACITY`] events behind misses what waited for them, and finds that out by the next number.
#[derive(Debug)]
pub struct Subscription<B>(Arc<Queue<B>>);

impl<B> Default for Hub<B> {
    fn default() -> Self {
        Self { inner: Mutex::new(Inner { seq: 0, subscribers: Vec::new() }) }
    }
}

impl<B: Clone> Hub<B> {
    /// Every event from now on.
    pub fn subscribe(&self) -> Subscription<B> {
        let waiting = Mutex::new(Waiting { events: VecDeque::new(), is_over: false });
        let queue = Arc::new(Queue { waiting, changed: Condvar::new() });
        self.lock().subscribers.push(Arc::downgrade(&queue));
        Subscription(queue)
    }

    /// Tells every subscriber `body` under the next number.
    pub fn emit(&self, body: B) {
        let mut inner = self.lock();
        inner.seq += 1;
        let event = Event { seq: inner.seq, body };
        inner.subscribers.retain(|subscriber| subscriber.upgrade().inspect(|queue| queue.put(event.clone())).is_some());
    }

    /// The number of the last event told.
    pub fn seq(&self) -> u64 {
        self.lock().seq
    }
}

impl<B> Hub<B> {
    fn lock(&self) -> MutexGuard<'_, Inner<B>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B> Drop for Hub<B> {
    fn drop(&mut self) {
        for queue in self.lock().subscribers.iter().filter_map(Weak::upgrade) {
            queue.lock().is_over = true;
            queue.changed.notify_all();
        }
    }
}

impl<B> Queue<B> {
    fn put(&self, event: Event<B>) {
        let mut waiting = self.lock();
        if waiting.events.len() >= CAPACITY {
            // The newest stays, so that its number shows the gap.
            waiting.events.clear();
        }
        waiting.events.push_back(event);
        drop(waiting);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<B>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B> Subscription<B> {
    /// The next event, which is waited for.
    ///
    /// # Errors
    /// If no more will come.
    pub fn recv(&self) -> Result<Event<B>, RecvError> {
        let is_empty = |waiting: &mut Waiting<B>| waiting.events.is_empty() && !waiting.is_over;
        let mut waiting = self.0.changed.wait_while(self.0.lock(), is_empty).unwrap_or_else(PoisonError::into_inner);
        waiting.events.pop_front().ok_or(RecvError)
    }

    /// As [`Subscription::recv`], for no longer than this.
    ///
    /// # Errors
    /// If none came, or no more will.
    pub fn recv_timeout(&self, patience: Duration) -> Result<Event<B>, RecvTimeoutError> {
        let is_empty = |waiting: &mut Waiting<B>| waiting.events.is_empty() && !waiting.is_over;
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), patience, is_empty);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        let is_over = waiting.is_over;
        let none = if is_over { RecvTimeoutError::Disconnected } else { RecvTimeoutError::Timeout };
        waiting.events.pop_front().ok_or(none)
    }

    /// The events that have come.
    pub fn try_iter(&self) -> impl Iterator<Item = Event<B>> {
        std::iter::from_fn(|| self.0.lock().events.pop_front())
    }

    /// Every event, each waited for, until no more will come.
    pub fn iter(&self) -> impl Iterator<Item = Event<B>> {
        std::iter::from_fn(|| self.recv().ok())
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
        let seen = |events: Subscription<&'static str>| events.try_iter().map(|event| (event.seq, event.body)).collect::<Vec<_>>();
        assert_eq!(seen(early), [(1, "a"), (2, "b")]);
        assert_eq!(seen(late), [(2, "b")]);
        assert_eq!(hub.seq(), 2);
    }

    #[test]
    fn a_subscriber_that_stops_reading_holds_a_bounded_number_and_sees_the_gap() {
        let hub = Hub::default();
        let slow = hub.subscribe();
        for number in 0..=CAPACITY {
            hub.emit(number);
        }
        hub.emit(0);
        let numbers: Vec<u64> = slow.try_iter().map(|event| event.seq).collect();
        let last = CAPACITY as u64;
        assert_eq!(numbers, [last + 1, last + 2], "the newest are there, after a gap");
    }

    #[test]
    fn a_subscription_ends_with_its_hub_after_what_it_had_to_tell() {
        let hub = Hub::default();
        let events = hub.subscribe();
        let reader = std::thread::spawn(move || events.iter().map(|event| event.body).collect::<Vec<_>>());
        hub.emit("last");
        drop(hub);
        assert_eq!(reader.join().unwrap(), ["last"]);
        let quiet: Hub<&str> = Hub::default();
        assert_eq!(quiet.subscribe().recv_timeout(Duration::ZERO).unwrap_err(), RecvTimeoutError::Timeout);
    }
}
