//! The loopback host: Backlot's operations over HTTP and its events as server-sent events, so that the interface runs in a browser
//! against the real backend. It is for tests and for work on the interface, and no part of the product.
//!
//! Every page works in a session: a workspace of its own, copied from a prepared one, opened as the window opens it. A session
//! is known by a token that nobody can guess. Delays, refusals and what the system's dialogs answer are set by its controls.
//!
//! It prints its address as one line, and ends when its standard input does.
#![allow(clippy::disallowed_methods, reason = "the product's store and clock guard a workspace; this makes what a workspace begins with")]

mod control;
mod events;
mod seed;
mod session;
mod shell;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use backlot::error::{Code, Error};
use serde_json::Value;

use control::Control;
use seed::{Prepared, Scenario};
use session::Session;

/// The sessions by their tokens.
#[derive(Debug, Clone, Default)]
struct Sessions {
    prepared: Arc<Prepared>,
    open: Arc<Mutex<HashMap<String, Arc<Session>>>>,
}

impl Sessions {
    fn find(&self, token: &str) -> Result<Arc<Session>, Failed> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(token).cloned().ok_or_else(|| Failed(Error::new(Code::NotFound, "There is no such session.")))
    }
}

/// An error of Backlot's as an answer: the body is what the interface is given.
#[derive(Debug)]
struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(self.0)).into_response()
    }
}

/// Runs work that waits for the disk where it keeps no other request waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Failed> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|cause| Err(Error::new(Code::Internal, format!("An operation panicked: {cause}.")))).map_err(Failed)
}

async fn begin(State(sessions): State<Sessions>, Json(scenario): Json<Scenario>) -> Result<Json<Value>, Failed> {
    let session = blocking({
        let prepared = sessions.prepared.clone();
        move || Session::begin(&prepared, &scenario)
    })
    .await?;
    let (token, about) = (session.token().to_owned(), session.about());
    sessions.open.lock().unwrap_or_else(PoisonError::into_inner).insert(token, Arc::new(session));
    Ok(Json(about))
}

async fn end(State(sessions): State<Sessions>, Path(token): Path<String>) -> Result<(), Failed> {
    let ended = sessions.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&token);
    blocking(move || {
        if let Some(session) = ended {
            session.end();
        }
        Ok(())
    })
    .await
}

async fn call(
    State(sessions): State<Sessions>,
    Path((token, operation)): Path<(String, String)>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, Failed> {
    let session = sessions.find(&token)?;
    blocking(move || session.call(&operation, request)).await.map(Json)
}

async fn control(State(sessions): State<Sessions>, Path(token): Path<String>, Json(control): Json<Control>) -> Result<Json<Value>, Failed> {
    let session = sessions.find(&token)?;
    blocking(move || Ok(session.control(control))).await.map(Json)
}

async fn listen(State(sessions): State<Sessions>, Path(token): Path<String>) -> Result<Response, Failed> {
    let session = sessions.find(&token)?;
    let stream = events::stream(session.listen());
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(stream)).into_response())
}

async fn media(
    State(sessions): State<Sessions>,
    Path((token, place)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Failed> {
    let session = sessions.find(&token)?;
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    let response = blocking(move || Ok(session.media(&place, range.as_deref()))).await?;
    Ok(response.map(|bytes| Body::from(Bytes::from(bytes))))
}

fn router(sessions: Sessions) -> Router {
    Router::new()
        .route("/host/sessions", post(begin))
        .route("/host/sessions/{token}", delete(end))
        .route("/host/{token}/call/{operation}", post(call))
        .route("/host/{token}/control", post(control))
        .route("/host/{token}/events", get(listen))
        .route("/host/{token}/media/{*place}", get(media))
        .with_state(sessions)
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let sessions = Sessions::default();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}/", listener.local_addr()?);
    tokio::select! {
        served = axum::serve(listener, router(sessions.clone())).into_future() => served?,
        () = left_alone() => {}
    }
    let open = std::mem::take(&mut *sessions.open.lock().unwrap_or_else(PoisonError::into_inner));
    let ended = tokio::task::spawn_blocking(move || open.into_values().for_each(|session| session.end())).await;
    ended.map_err(io::Error::other)
}

/// Whoever started this is gone: nothing more comes over standard input.
async fn left_alone() {
    let (sender, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    });
    let _ = ended.await;
}
