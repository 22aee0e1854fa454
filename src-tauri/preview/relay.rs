//! A site's own server that listens on `[::1]` only, passed on from 127.0.0.1, where a frame may show it.
//!
//! What is passed on has an address that Backlot gave it, so the same is asked of every request as of one for a site that is
//! served here: see [`guard`]. Behind that a request, its answer and what they agree to go on with (a web socket, say) are
//! handed on as they are. Only the headers that keep other pages from it are added, since not every request says who asks.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::body::Body;
use super::connections::{Connection, Connections};
use super::host::Names;
use super::{guard, port, respond};
use crate::error::{Code, Error, Result};

/// How long a connection may take to say what it wants.
const IDLE: Duration = Duration::from_secs(30);

/// The tasks that a connection began, which end with it.
type Tasks = Arc<Mutex<JoinSet<()>>>;

/// Takes a port for the site at `to`: the same one if it is free, so that addresses inside the site's pages stay right.
///
/// # Errors
/// What the system says if there is no port at all.
pub(super) fn listen(to: SocketAddr) -> Result<(TcpListener, u16)> {
    let (listener, port) = port::listen_near(to.port())?;
    let listener =
        TcpListener::from_std(listener).map_err(|cause| Error::new(Code::Io, format!("Port {port} could not be listened at: {cause}.")))?;
    Ok((listener, port))
}

/// Passes on what comes to `listener` under one of its `names` until it is dropped.
pub(super) async fn run(listener: TcpListener, names: Names, to: SocketAddr) {
    let mut connections = Connections::default();
    loop {
        let idled = connections.idled();
        tokio::select! {
            accepted = listener.accept(), if connections.has_room() => match accepted {
                Ok((stream, _)) => connections.spawn(|own| connection(stream, own, names.clone(), to)),
                Err(cause) => super::server::rest(&cause, &mut connections).await,
            },
            Some(()) = connections.join_next() => {}
            () = idled, if !connections.has_room() => {}
        }
    }
}

async fn connection(stream: TcpStream, own: Connection, names: Names, to: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let tasks = Tasks::default();
    let service = service_fn(|request: Request<Incoming>| {
        let (names, tasks, busy) = (names.clone(), tasks.clone(), own.busy());
        async move { Ok::<_, Infallible>(answer(request, &names, to, &tasks).await.map(|body| busy.with(body))) }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE).preserve_header_case(true);
    // How a connection ends is the other side's business.
    tokio::select! {
        _ = builder.serve_connection(TokioIo::new(stream), service).with_upgrades() => {}
        () = own.evicted() => return,
    }
    let _busy = own.busy();
    // What it agreed to go on with goes on, until either side ends it.
    let mut left = std::mem::take(&mut *tasks.lock().unwrap_or_else(PoisonError::into_inner));
    while left.join_next().await.is_some() {}
}

async fn answer(request: Request<Incoming>, names: &Names, to: SocketAddr, tasks: &Tasks) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if let Err(refused) = guard::check(&parts, names, false) {
        return respond::refuse(refused);
    }
    let mut answer = pass_on(Request::from_parts(parts, body), to, tasks).await.unwrap_or_else(|cause| {
        tracing::debug!(%to, error = %cause, "a request was not passed on");
        respond::plain(StatusCode::BAD_GATEWAY, "The site's own server did not answer. Its log may say why.")
    });
    respond::fence(answer.headers_mut());
    answer
}

async fn pass_on(
    mut request: Request<Incoming>,
    to: SocketAddr,
    tasks: &Tasks,
) -> std::result::Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(to).await?;
    let _ = stream.set_nodelay(true);
    let mut builder = hyper::client::conn::http1::Builder::new();
    let (mut site, connection) = builder.preserve_header_case(true).handshake(TokioIo::new(stream)).await?;
    begin(tasks, async move { drop(connection.with_upgrades().await) });
    let near = hyper::upgrade::on(&mut request);
    let mut answer = site.send_request(request).await?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let far = hyper::upgrade::on(&mut answer);
        begin(tasks, async move {
            if let (Ok(near), Ok(far)) = (near.await, far.await) {
                let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(near), &mut TokioIo::new(far)).await;
            }
        });
    }
    Ok(answer.map(Body::Passed))
}

fn begin(tasks: &Tasks, task: impl Future<Output = ()> + Send + 'static) {
    let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
    while tasks.try_join_next().is_some() {}
    tasks.spawn(task);
}
