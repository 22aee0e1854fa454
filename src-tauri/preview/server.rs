//! One preview's server: accepts connections, and ends with all of them within a second.

use std::convert::Infallible;
use std::fmt;
use std::net::TcpListener;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::connections::{Connection, Connections};
use super::follow::Followers;
use super::host::Names;
use super::live::{Change, Live};
use super::model::Preview;
use super::paint::{self, Painter};
use super::respond;
use super::site::{Look, Place, Site};
use super::source::Pages;
use super::ticket::Tickets;
use crate::error::{Code, Error, Result};

/// How long a connection may be idle, or take to say what it wants.
const IDLE: Duration = Duration::from_secs(30);
/// How long nothing is accepted after that failed, unless a connection ends before.
const AGAIN: Duration = Duration::from_millis(50);
/// How much of a request's head is read. A longer one is refused without a page.
const HEAD: usize = 1024 * 1024;
/// How long answers that are under way have, when the server ends.
const DRAIN: Duration = Duration::from_millis(600);
/// How often pages that listen are shown that the server is there.
const PING: Duration = Duration::from_secs(20);

/// Whose server it is.
pub(super) trait Owner: fmt::Debug + Send + Sync {
    /// Whether the workspace that it belongs to was moved since.
    fn is_moved(&self) -> bool {
        false
    }

    /// How the preview is.
    fn view(&self) -> Preview;
    /// What time it is.
    fn now(&self) -> Timestamp;
    /// Somebody with the right to do so asks that it stops; must not wait.
    fn stop(&self);
    /// The site's folder went, or came back.
    fn site_changed(&self);
}

/// What is served.
pub(super) enum Served {
    /// A folder.
    Site(Site),
    /// Nothing but the way to another server, which is there once it has an address.
    Command(Box<dyn Fn() -> Option<String> + Send + Sync>),
}

/// What every request of one server needs.
pub(super) struct Shared {
    pub names: Names,
    /// The hash of what only the workspace's processes know.
    pub token: blake3::Hash,
    pub tickets: Tickets,
    pub served: Served,
    pub pages: Pages,
    pub live: Live,
    /// Other processes that want to know how the preview is.
    pub followers: Followers,
    pub painter: Painter,
    pub owner: Arc<dyn Owner>,
}

impl Shared {
    pub fn new(names: Names, token: &str, served: Served, owner: Arc<dyn Owner>) -> Self {
        Self {
            names,
            token: blake3::hash(token.as_bytes()),
            tickets: Tickets::new(token),
            served,
            pages: Pages::default(),
            live: Live::new(),
            followers: Followers::default(),
            painter: Painter::default(),
            owner,
        }
    }

    /// The folder that is served now, for one of many requests.
    pub fn place(&self) -> Result<Arc<Place>> {
        self.found(Site::look)
    }

    /// The folder that is served at this very moment.
    pub fn place_now(&self) -> Result<Arc<Place>> {
        self.found(Site::look_anew)
    }

    fn found(&self, look: impl FnOnce(&Site) -> Look) -> Result<Arc<Place>> {
        let Served::Site(site) = &self.served else {
            return Err(Error::new(Code::Internal, "This preview serves no folder."));
        };
        let look = look(site);
        if look.has_changed {
            self.changed(&Change::All);
            self.owner.site_changed();
        }
        look.place
    }

    /// Something of the site is different.
    pub fn changed(&self, change: &Change) {
        match change {
            Change::Page { page } | Change::Parts { page, .. } => self.pages.forget(Some(page)),
            Change::All => self.pages.forget(None),
            Change::Style | Change::Files { .. } => {}
        }
        self.live.tell(change);
    }
}

/// A server that runs until it is stopped.
#[derive(Debug)]
pub(super) struct Server {
    stop: watch::Sender<bool>,
    ended: Arc<Ended>,
}

#[derive(Debug, Default)]
struct Ended(Mutex<bool>, Condvar);

impl Server {
    /// Serves what comes to `listener`.
    pub fn start(runtime: &Handle, listener: TcpListener, shared: Arc<Shared>) -> Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let ended = Arc::new(Ended::default());
        let _within = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|cause| Error::new(Code::Io, format!("The port could not be served: {cause}. Nothing was started.")))?;
        let signal = ended.clone();
        if matches!(shared.served, Served::Site(_)) {
            runtime.spawn(paint::run(shared.clone(), stopping.clone()));
        }
        runtime.spawn(async move {
            serve(listener, shared, stopping).await;
            *signal.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            signal.1.notify_all();
        });
        Ok(Self { stop, ended })
    }

    /// Begins to end: the port is free at once, answers that are under way are finished if they are quick.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until it has ended; whether it has.
    pub fn wait(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut ended = self.ended.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            ended = self.ended.1.wait_timeout(ended, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(listener: tokio::net::TcpListener, shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
    let mut connections = Connections::default();
    let mut ping = tokio::time::interval(PING);
    loop {
        let idled = connections.idled();
        tokio::select! {
            () = stopped(&mut stopping) => break,
            accepted = listener.accept(), if connections.has_room() => match accepted {
                Ok((stream, _)) => connections.spawn(|own| connection(stream, own, shared.clone(), stopping.clone())),
                Err(cause) => tokio::select! {
                    () = stopped(&mut stopping) => break,
                    () = rest(&cause, &mut connections) => {}
                },
            },
            Some(()) = connections.join_next() => {}
            () = idled, if !connections.has_room() => {}
            _ = ping.tick() => {
                shared.live.ping();
                shared.followers.tell();
            }
        }
    }
    drop(listener);
    shared.live.end();
    shared.followers.end();
    let drained = tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        connections.shutdown().await;
    }
}

/// Waits until it is worth while to accept again. Who gave up before he was accepted keeps nobody. Otherwise (out of descriptors,
/// say) trying again at once would only fail again and again: a connection must end first, or something else in this process must
/// let go of what is short. Of that nobody tells, so it is tried again after a moment too.
pub(super) async fn rest(cause: &std::io::Error, connections: &mut Connections) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if matches!(cause.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        return;
    }
    tracing::warn!(error = %cause, "a connection could not be accepted");
    connections.evict();
    let _ = tokio::time::timeout(AGAIN, async {
        if connections.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    })
    .await;
}

async fn connection(stream: TcpStream, own: Connection, shared: Arc<Shared>, mut stopping: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let (shared, busy) = (shared.clone(), own.busy());
        async move { Ok::<_, Infallible>(respond::answer(shared, request.into_parts().0).await.map(|body| busy.with(body))) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(HEAD);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // How a connection ends is the other side's business.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = own.evicted() => return,
        () = stopped(&mut stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Waits until the server is to end.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Who holds the other end may be gone: that is a stop as well.
    let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
}
