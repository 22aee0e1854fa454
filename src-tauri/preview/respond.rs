//! One request, one answer.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use http::request::Parts;
use hyper::body::{Body as _, Bytes};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};

use super::body::Body;
use super::guard::{self, Refused};
use super::live;
use super::mime;
use super::model::page_url;
use super::notice;
use super::path::{Refusal, SitePath};
use super::range::{self, Wanted};
use super::server::{Served, Shared};
use super::site::{Opened, Place};
use super::source::{Kept, Made, Source};
use super::ticket;
use crate::error::{Code, Error, Result};
use crate::site::shown;

/// Below this stand the paths that are the server's own.
pub(super) const RESERVED: &str = "/__backlot/";
/// Where the owner is asked how the preview is.
pub(super) const STATE_PATH: &str = "/__backlot/state";
/// Where whoever wants to know of its changes listens.
pub(super) const FOLLOW_PATH: &str = "/__backlot/follow";
/// Where it is asked to stop.
pub(super) const STOP_PATH: &str = "/__backlot/stop";
/// What only the workspace's processes know.
pub(super) const TOKEN: &str = "x-backlot-token";

/// Files up to this are read at once; larger ones in steps.
const SMALL: u64 = 256 * 1024;
/// How much a request may say of itself: every cookie that a page may set by the rules of browsers is a part of it.
const LARGEST_HEAD: usize = 256 * 1024;
/// Pages up to this get the script; larger ones are sent as they are.
const LARGEST_PAGE: u64 = 16 * 1024 * 1024;

type Answer = Response<Body>;

/// What a request wants to know of a file.
struct Asked {
    range: Option<String>,
    if_range: Option<String>,
    if_none_match: Option<String>,
}

/// What a path of the site comes to.
enum Plan {
    Answer(Answer),
    Page(Arc<dyn Source>, String, Asked),
}

/// Answers a request.
pub(super) async fn answer(shared: Arc<Shared>, request: Parts) -> Answer {
    let is_head = request.method == Method::HEAD;
    let mut answer = match route(&shared, request).await {
        Ok(answer) => answer,
        Err(refused) => refuse(refused),
    };
    let headers = answer.headers_mut();
    set(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    keep_from_others(headers);
    if !headers.contains_key(header::CACHE_CONTROL) {
        set(headers, header::CACHE_CONTROL, "no-cache");
    }
    if is_head {
        if let Some(size) = answer.body().size_hint().exact() {
            answer.headers_mut().insert(header::CONTENT_LENGTH, size.into());
        }
        *answer.body_mut() = Body::empty();
    }
    answer
}

async fn route(shared: &Arc<Shared>, request: Parts) -> Result<Answer, Refused> {
    let token = request.headers.get(TOKEN).map(HeaderValue::as_bytes).unwrap_or_default();
    // Hashes are compared in the same time, however much of them is the same.
    let is_known = blake3::hash(token) == shared.token;
    if let Some(way) = opened(shared, &request) {
        return Ok(way);
    }
    guard::check(&request, &shared.names, is_known)?;
    if head_size(&request) > LARGEST_HEAD {
        return Ok(too_large());
    }
    let path = request.uri.path().to_owned();
    if path.starts_with(RESERVED) {
        return reserved(shared, &request, &path, is_known).await;
    }
    guard::check_reading(&request.method)?;
    let path = match SitePath::parse(&path) {
        Ok(path) => path,
        Err(Refusal::Bad(why)) => return Ok(plain(StatusCode::BAD_REQUEST, &format!("This path is refused: {why}."))),
        Err(Refusal::Hidden) => return Ok(missing(shared.live.version())),
    };
    let asked = Asked::new(&request.headers);
    match &shared.served {
        Served::Command(target) => Ok(elsewhere(target().as_deref(), &request)),
        Served::Site(_) => Ok(of_site(shared, asked, path).await),
    }
}

/// The server's own paths.
async fn reserved(shared: &Arc<Shared>, request: &Parts, path: &str, is_known: bool) -> Result<Answer, Refused> {
    let stranger = || Refused { status: StatusCode::FORBIDDEN, reason: "Only Backlot asks this." };
    if path == STOP_PATH {
        if request.method != Method::POST {
            return Err(Refused { status: StatusCode::METHOD_NOT_ALLOWED, reason: "Stopping is a POST." });
        }
        if !is_known {
            return Err(stranger());
        }
        shared.owner.stop();
        return Ok(plain(StatusCode::ACCEPTED, "Stopping."));
    }
    guard::check_reading(&request.method)?;
    match path {
        live::SCRIPT_PATH => Ok(typed(StatusCode::OK, mime::of("js"), live::script())),
        live::WORKER_PATH => Ok(typed(StatusCode::OK, mime::of("js"), live::WORKER)),
        live::PAGES_PATH => Ok(match shared_pages(request).map(|(id, call, pages)| shared.live.share(id, pages, call)) {
            Some(true) => with_body(StatusCode::NO_CONTENT, mime::of("txt"), Body::empty()),
            Some(false) => plain(StatusCode::NOT_FOUND, "Nobody listens under this number."),
            None => plain(StatusCode::BAD_REQUEST, "This names no connection."),
        }),
        live::PATH => Ok(match shared.live.listen(listening(request)) {
            Some(messages) => with_body(StatusCode::OK, "text/event-stream", Body::Live(messages)),
            None => plain(StatusCode::SERVICE_UNAVAILABLE, "Too many pages listen already."),
        }),
        STATE_PATH if is_known => {
            let owner = shared.owner.clone();
            let view = blocking(move || Ok(owner.view())).await;
            Ok(typed(StatusCode::OK, mime::of("json"), serde_json::to_vec(&view.ok()).unwrap_or_default()))
        }
        FOLLOW_PATH if is_known => Ok(match shared.followers.add() {
            Some(words) => with_body(StatusCode::OK, "application/octet-stream", Body::Live(words)),
            None => plain(StatusCode::SERVICE_UNAVAILABLE, "Too many follow already."),
        }),
        STATE_PATH | FOLLOW_PATH => Err(stranger()),
        _ => Err(Refused { status: StatusCode::NOT_FOUND, reason: "There is nothing of this name." }),
    }
}

/// Sends a browser with a ticket to the page that it is for.
fn opened(shared: &Shared, request: &Parts) -> Option<Answer> {
    let (ticket, page) = request.uri.path().strip_prefix(ticket::PATH)?.split_once('/')?;
    if request.method != Method::GET || !shared.tickets.take(ticket, shared.owner.now()) {
        return None;
    }
    let query = request.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut answer = redirect(&format!("{}/{page}{query}", shared.names.address()));
    set(answer.headers_mut(), header::CACHE_CONTROL, "no-store");
    Some(answer)
}

/// How long what a request says of itself is.
fn head_size(request: &Parts) -> usize {
    let path = request.uri.path_and_query().map_or(0, |path| path.as_str().len());
    request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + path
}

/// What is said when a site's pages have set so many cookies that its requests are too long.
fn too_large() -> Answer {
    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    let text = "The pages of this site have set more cookies than a server accepts. Clear the cookies of this address in your browser, \
        then load the page again.";
    notice(status, "Too many cookies", text, None)
}

/// The page that asks to hear of changes.
fn listening(request: &Parts) -> Option<String> {
    let path = request.uri.query()?.strip_prefix("page=")?;
    SitePath::parse(path).ok().map(|path| path.page())
}

/// The connection whose pages are named, the number of the call, and the pages.
fn shared_pages(request: &Parts) -> Option<(u64, u64, BTreeSet<String>)> {
    let query = request.uri.query()?;
    let number = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name)?.parse().ok());
    let pages = query.split('&').filter_map(|part| SitePath::parse(part.strip_prefix("page=")?).ok());
    Some((number("id=")?, number("call=")?, pages.map(|path| path.page()).collect()))
}

/// Where the site's own dev server is.
fn elsewhere(address: Option<&str>, request: &Parts) -> Answer {
    let Some(address) = address else {
        return notice(StatusCode::SERVICE_UNAVAILABLE, "Not ready yet", "The site's own command is starting. Its log says more.", None);
    };
    let rest = request.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    redirect(&page_url(address, rest))
}

async fn of_site(shared: &Arc<Shared>, asked: Asked, path: SitePath) -> Answer {
    let version = shared.live.version();
    let planned = blocking({
        let shared = shared.clone();
        move || {
            let place = shared.place()?;
            Ok(match &place.source {
                Some(source) => {
                    // A file is one whatever its ending, as in a build.
                    let relative = path.relative();
                    let file = if path.is_folder() { None } else { source.file(&relative) };
                    match file.and_then(|file| of_file(&place, &relative, &file, &asked, version)) {
                        Some(answer) => Plan::Answer(answer),
                        None if path.ending().is_none_or(|ending| ending == "html") => Plan::Page(source.clone(), path.page(), asked),
                        None => Plan::Answer(missing(version)),
                    }
                }
                None => Plan::Answer(of_path(&place, &path, &asked, version)),
            })
        }
    });
    match planned.await {
        Ok(Plan::Answer(answer)) => answer,
        Ok(Plan::Page(source, page, asked)) => of_page(shared, &source, &page, &asked, version).await,
        Err(error) => notice(StatusCode::SERVICE_UNAVAILABLE, "The site is not there", &error.message, Some(version)),
    }
}

/// A page that is rendered.
async fn of_page(shared: &Arc<Shared>, source: &Arc<dyn Source>, page: &str, asked: &Asked, version: u64) -> Answer {
    let made = match made(shared, source, page).await {
        Ok(Some(made)) => {
            shared.painter.served(page, &made.html);
            let tag = format!("\"{}-{version:x}\"", made.hash);
            if asked.has(&tag) {
                return unchanged(&tag);
            }
            let mut answer = html(StatusCode::OK, &made.html, version);
            set(answer.headers_mut(), header::ETAG, &tag);
            return answer;
        }
        Ok(None) => match source.missing() {
            Some(missing) => made(shared, source, &missing).await,
            None => Ok(None),
        },
        Err(error) => Err(error),
    };
    match made {
        Ok(Some(made)) => html(StatusCode::NOT_FOUND, &made.html, version),
        Ok(None) => missing(version),
        Err(error) => notice(StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown", &error.message, Some(version)),
    }
}

/// The page as it was made last, or made now if it may be another one.
pub(super) async fn made(shared: &Arc<Shared>, source: &Arc<dyn Source>, page: &str) -> Result<Option<Made>> {
    let slot = shared.pages.slot(page);
    let mut slot = slot.lock_owned().await;
    let (source, page) = (source.clone(), page.to_owned());
    blocking(move || {
        let stamp = source.stamp(&page);
        if let (Some(kept), Some(stamp)) = (&*slot, stamp)
            && kept.stamp == stamp
        {
            return Ok(Some(kept.made.clone()));
        }
        *slot = None;
        let Some(made) = source.page(&page)?.map(Made::new) else { return Ok(None) };
        if let Some(stamp) = stamp {
            *slot = Some(Kept { stamp, made: made.clone() });
        }
        Ok(Some(made))
    })
    .await
}

/// A path of a site that is served as files.
fn of_path(place: &Place, path: &SitePath, asked: &Asked, version: u64) -> Answer {
    let relative = path.relative();
    let index = if relative.is_empty() { "index.html".to_owned() } else { format!("{relative}/index.html") };
    if path.is_folder() {
        return of_public(place, &index, asked, version).unwrap_or_else(|| missing_of(place, version));
    }
    if let Some(answer) = of_public(place, &relative, asked, version) {
        return answer;
    }
    if shown::file(place.folder(), &index, false).is_ok_and(|found| found.is_some()) {
        // Links in a page of a folder are meant from within it.
        return redirect(&path.with_slash());
    }
    of_public(place, &format!("{relative}.html"), asked, version).unwrap_or_else(|| missing_of(place, version))
}

/// What a build of a site of files has at a path; none if it has nothing there.
fn of_public(place: &Place, path: &str, asked: &Asked, version: u64) -> Option<Answer> {
    of_file(place, path, &shown::file(place.folder(), path, false).ok()??, asked, version)
}

/// The file that is shown at a path; none if there is no such file.
fn of_file(place: &Place, path: &str, file: &str, asked: &Asked, version: u64) -> Option<Answer> {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    let mime = ending.as_deref().map_or(mime::UNKNOWN, mime::of);
    let answer = match place.open(file) {
        Ok(Opened::File { file, size, stamp }) if mime == mime::HTML && size <= LARGEST_PAGE => of_html(file, size, &stamp, asked, version),
        Ok(Opened::File { file, size, stamp }) => of_bytes(file, size, &stamp, mime, asked),
        Ok(Opened::Folder) => return None,
        Err(cause) => Err(cause),
    };
    match answer {
        Ok(answer) => Some(answer),
        Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => Some(notice(
            StatusCode::FORBIDDEN,
            "This file is not shown",
            "It cannot be read, or it is a link that leads out of the site.",
            Some(version),
        )),
        Err(_) => None,
    }
}

fn of_html(mut file: File, size: u64, stamp: &str, asked: &Asked, version: u64) -> io::Result<Answer> {
    let tag = format!("\"{stamp}-{version:x}\"");
    if asked.has(&tag) {
        return Ok(unchanged(&tag));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    Read::by_ref(&mut file).take(LARGEST_PAGE).read_to_end(&mut bytes)?;
    let mut answer = html(StatusCode::OK, &bytes, version);
    set(answer.headers_mut(), header::ETAG, &tag);
    Ok(answer)
}

fn of_bytes(mut file: File, size: u64, stamp: &str, mime: &str, asked: &Asked) -> io::Result<Answer> {
    let tag = format!("\"{stamp}\"");
    if asked.has(&tag) {
        return Ok(unchanged(&tag));
    }
    let range = asked.range.as_deref().filter(|_| asked.if_range.as_ref().is_none_or(|if_range| *if_range == tag));
    let (status, first, length) = match range::wanted(range, size) {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Nothing => {
            let mut answer = plain(StatusCode::RANGE_NOT_SATISFIABLE, "The file is shorter than that.");
            set(answer.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(answer);
        }
    };
    if first > 0 {
        file.seek(SeekFrom::Start(first))?;
    }
    let body = if length <= SMALL {
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        file.take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Body::of(bytes)
    } else {
        Body::part(file, length)
    };
    let mut answer = with_body(status, mime, body);
    let headers = answer.headers_mut();
    set(headers, header::ETAG, &tag);
    set(headers, header::ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        set(headers, header::CONTENT_RANGE, &format!("bytes {first}-{}/{size}", first + length - 1));
    }
    if mime::is_sandboxed(mime) {
        set(
            headers,
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; sandbox",
        );
    }
    Ok(answer)
}

impl Asked {
    fn new(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { range: text(header::RANGE), if_range: text(header::IF_RANGE), if_none_match: text(header::IF_NONE_MATCH) }
    }

    /// Whether the other side has what this tag stands for already.
    fn has(&self, tag: &str) -> bool {
        self.if_none_match.as_ref().is_some_and(|tags| {
            tags.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
        })
    }
}

/// Does what may take a while on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|cause| {
        tracing::error!(error = %cause, "a page could not be made");
        Err(Error::new(Code::Internal, "Backlot met a defect of its own; the log says more."))
    })
}

/// A page of the site, with the script.
fn html(status: StatusCode, html: &[u8], version: u64) -> Answer {
    let mut answer = typed(status, mime::HTML, live::with_script(html, version));
    set(answer.headers_mut(), header::CONTENT_SECURITY_POLICY, &frame_policy());
    answer
}

/// Other pages, those of another preview too, load nothing of it as a part of theirs.
fn keep_from_others(headers: &mut HeaderMap) {
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
}

/// What is passed on from a site's own server is kept from others as what is served here; its own policies hold as well.
pub(super) fn fence(headers: &mut HeaderMap) {
    keep_from_others(headers);
    if let Ok(policy) = HeaderValue::from_str(&frame_policy()) {
        headers.append(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Nobody but the app shows a preview within its own pages.
fn frame_policy() -> String {
    format!("frame-ancestors 'self' {}", guard::parents().join(" "))
}

fn missing_of(place: &Place, version: u64) -> Answer {
    // A site's own page for what it does not have.
    let own = Asked { range: None, if_range: None, if_none_match: None };
    match of_public(place, "404.html", &own, version) {
        Some(mut answer) if answer.status() == StatusCode::OK => {
            *answer.status_mut() = StatusCode::NOT_FOUND;
            answer.headers_mut().remove(header::ETAG);
            answer
        }
        _ => missing(version),
    }
}

fn missing(version: u64) -> Answer {
    notice(
        StatusCode::NOT_FOUND,
        "There is no such page",
        "The site has nothing of this name. It appears here as soon as it has.",
        Some(version),
    )
}

fn notice(status: StatusCode, title: &str, text: &str, version: Option<u64>) -> Answer {
    let page = notice::page(status, title, text);
    let page = version.map_or_else(|| page.clone().into_bytes(), |version| live::with_script(page.as_bytes(), version));
    let mut answer = typed(status, mime::HTML, page);
    set(answer.headers_mut(), header::CONTENT_SECURITY_POLICY, &format!("{}; {}", notice::POLICY, frame_policy()));
    answer
}

pub(super) fn refuse(refused: Refused) -> Answer {
    let mut answer = plain(refused.status, refused.reason);
    if refused.status == StatusCode::METHOD_NOT_ALLOWED {
        set(answer.headers_mut(), header::ALLOW, "GET, HEAD");
    }
    answer
}

fn redirect(to: &str) -> Answer {
    let mut answer = plain(StatusCode::FOUND, "It is there.");
    set(answer.headers_mut(), header::LOCATION, to);
    answer
}

fn unchanged(tag: &str) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    set(answer.headers_mut(), header::ETAG, tag);
    answer
}

pub(super) fn plain(status: StatusCode, text: &str) -> Answer {
    typed(status, mime::of("txt"), format!("{text}\n"))
}

fn typed(status: StatusCode, mime: &str, bytes: impl Into<Bytes>) -> Answer {
    with_body(status, mime, Body::of(bytes))
}

fn with_body(status: StatusCode, mime: &str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    set(answer.headers_mut(), header::CONTENT_TYPE, mime);
    answer
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
