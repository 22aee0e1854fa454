//! The connections of one server: at most so many, of which those that are idle make room for new ones.
//!
//! Browsers open connections that they may never use, and keep others for later. They must not keep anybody waiting: when there
//! are too many, the one that has been idle for longest is closed, which browsers expect. One with a request under way, a page
//! that listens for changes included, is never closed for another.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How many connections there are before idle ones are closed.
const MOST: usize = 256;
/// How many more there may be while those are about to end.
const SPARE: usize = 64;

/// The connections of a server. Dropping this ends them.
#[derive(Debug, Default)]
pub(super) struct Connections {
    tasks: JoinSet<()>,
    idle: Arc<Idle>,
}

/// The connections that are idle, those that have been so for longest first.
#[derive(Debug, Default)]
struct Idle {
    state: Mutex<Order>,
    /// Woken when one becomes idle.
    more: Notify,
}

#[derive(Debug, Default)]
struct Order {
    next: u64,
    waiting: BTreeMap<u64, Arc<Notify>>,
}

/// One connection, for its own task.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    idle: Arc<Idle>,
    close: Arc<Notify>,
    work: Arc<Mutex<Work>>,
}

#[derive(Debug)]
struct Work {
    /// How many requests are under way.
    requests: usize,
    /// Its place among those that are idle.
    place: Option<u64>,
}

/// A request that is under way, or anything else that its connection must stay for.
#[derive(Debug)]
pub(super) struct Busy(Connection);

/// What answers a request, which is under way until this was sent.
#[derive(Debug)]
pub(super) struct Counted<B> {
    body: B,
    _busy: Busy,
}

impl Connections {
    /// Whether another connection may be accepted.
    pub fn has_room(&self) -> bool {
        let count = self.tasks.len();
        count < MOST || (count < MOST + SPARE && !self.idle.state().waiting.is_empty())
    }

    /// Serves a connection that was accepted. If there are too many, the one that has been idle for longest ends.
    pub fn spawn<F: Future<Output = ()> + Send + 'static>(&mut self, serve: impl FnOnce(Connection) -> F) {
        if self.tasks.len() >= MOST {
            self.evict();
        }
        let connection =
            Connection { idle: self.idle.clone(), close: Arc::default(), work: Arc::new(Mutex::new(Work { requests: 0, place: None })) };
        // One that has not asked for anything yet is idle.
        connection.rest(&mut connection.work());
        let ends = Ends(connection.clone());
        let served = serve(connection);
        self.tasks.spawn(async move {
            let _ends = ends;
            served.await;
        });
    }

    /// Ends the connection that has been idle for longest, if any is. Does not wait.
    pub fn evict(&self) {
        if let Some((_, close)) = self.idle.state().waiting.pop_first() {
            close.notify_one();
        }
    }

    /// Waits until a connection has ended; none if there are none.
    pub async fn join_next(&mut self) -> Option<()> {
        self.tasks.join_next().await.map(drop)
    }

    /// Waits until a connection is idle that was not.
    pub fn idled(&self) -> impl Future<Output = ()> + use<> {
        let idle = self.idle.clone();
        async move { idle.more.notified().await }
    }

    /// Ends all of them at once.
    pub async fn shutdown(&mut self) {
        self.tasks.shutdown().await;
    }
}

impl Idle {
    fn state(&self) -> MutexGuard<'_, Order> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// A request is under way until the answer is dropped.
    pub fn busy(&self) -> Busy {
        let mut work = self.work();
        work.requests += 1;
        if let Some(place) = work.place.take() {
            self.idle.state().waiting.remove(&place);
        }
        drop(work);
        Busy(self.clone())
    }

    /// Waits until it is to end for others: only ever while it is idle.
    pub async fn evicted(&self) {
        loop {
            self.close.notified().await;
            if self.work().requests == 0 {
                return;
            }
        }
    }

    fn rest(&self, work: &mut Work) {
        let mut order = self.idle.state();
        order.next += 1;
        let place = order.next;
        order.waiting.insert(place, self.close.clone());
        drop(order);
        work.place = Some(place);
        self.idle.more.notify_one();
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Busy {
    /// What answers the request.
    pub fn with<B>(self, body: B) -> Counted<B> {
        Counted { body, _busy: self }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut work = self.0.work();
        work.requests -= 1;
        if work.requests == 0 {
            self.0.rest(&mut work);
        }
    }
}

/// Forgets a connection when its task ends.
struct Ends(Connection);

impl Drop for Ends {
    fn drop(&mut self) {
        let place = self.0.work().place.take();
        if let Some(place) = place {
            self.0.idle.state().waiting.remove(&place);
        }
    }
}

impl<B: Body + Unpin> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Connections that end when they are to, and what each of them is for its task.
    struct Served {
        connections: Connections,
        each: Vec<Connection>,
    }

    impl Served {
        fn new(count: usize) -> Self {
            let mut served = Self { connections: Connections::default(), each: Vec::new() };
            for _ in 0..count {
                served.accept();
            }
            served
        }

        fn accept(&mut self) {
            let each = &mut self.each;
            self.connections.spawn(|connection| {
                each.push(connection.clone());
                async move { connection.evicted().await }
            });
        }
    }

    #[tokio::test]
    async fn the_longest_idle_connection_makes_room() {
        let mut served = Served::new(MOST);
        // The first asks for something, and the second did before the others came to rest.
        let first = served.each[0].busy();
        drop(served.each[1].busy());
        assert!(served.connections.has_room());
        served.accept();
        served.connections.join_next().await.unwrap();
        assert_eq!(served.connections.tasks.len(), MOST);
        let waiting = |served: &Served, at: usize| served.each[at].work().place.is_some();
        assert!(!waiting(&served, 2) && waiting(&served, 1) && waiting(&served, 3), "the third was idle for longest");
        drop(first);
        assert!(waiting(&served, 0));
    }

    #[tokio::test]
    async fn busy_connections_stay_and_new_ones_wait_until_one_is_idle() {
        let mut served = Served::new(MOST);
        let mut busy: Vec<Busy> = served.each.iter().map(Connection::busy).collect();
        assert!(!served.connections.has_room());
        served.connections.evict();
        drop(busy.pop());
        served.connections.idled().await;
        assert!(served.connections.has_room());
        served.accept();
        served.connections.join_next().await.unwrap();
        assert_eq!(served.connections.tasks.len(), MOST);
        served.connections.shutdown().await;
        assert!(served.connections.idle.state().waiting.is_empty());
    }

    #[tokio::test]
    async fn a_connection_that_is_asked_something_at_the_last_moment_stays() {
        let mut served = Served::new(1);
        served.connections.evict();
        let busy = served.each[0].busy();
        // Its task sees that it was meant to go, and that it is not idle any more.
        tokio::task::yield_now().await;
        assert_eq!(served.connections.tasks.len(), 1);
        drop(busy);
        served.connections.evict();
        served.connections.join_next().await.unwrap();
    }
}
