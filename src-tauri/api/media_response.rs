//! What the interface shows of a demo's media: pictures, sounds and films, as answers to HTTP requests.
//!
//! A demo is named by its id, which is random and cannot be guessed. Nothing outside `uploads/` is ever given.

use std::io::{Read, Seek, SeekFrom};

use http::{Response, StatusCode, header};

use crate::app::{App, MediaFile};
use crate::error::{Code, Error, Result};

/// The longest part of a film that is given at once, in bytes; the rest is asked for in turn.
const PART: u64 = 4 * 1024 * 1024;

/// Answers a request for `place`, which is `<demo>/<thumb|full>/<path>`, and for a part of it if `range` is a header that asks for one.
pub fn respond(app: &App, place: &str, range: Option<&str>) -> Response<Vec<u8>> {
    find(app, place, range).unwrap_or_else(|error| {
        let status = if error.code == Code::NotFound { StatusCode::NOT_FOUND } else { StatusCode::BAD_REQUEST };
        plain(status, error.message.into_bytes())
    })
}

fn find(app: &App, place: &str, asked: Option<&str>) -> Result<Response<Vec<u8>>> {
    let no_such = || Error::new(Code::NotFound, "There is no such picture.");
    let mut parts = place.trim_start_matches('/').splitn(3, '/');
    let (demo, size, path) = (parts.next().ok_or_else(no_such)?, parts.next().ok_or_else(no_such)?, parts.next().ok_or_else(no_such)?);
    let path = percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| no_such())?;
    let media = app.media(demo)?;
    if size == "thumb" {
        let picture = media.thumbnail(&path)?;
        return Ok(whole(picture.mime, picture.bytes));
    }
    let MediaFile { mut file, mime, size: length } = media.file(&path)?;
    let failed = |cause: std::io::Error| Error::new(Code::Io, format!("The file cannot be read ({cause})."));
    let Some((from, to)) = range(asked, length) else {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        return Ok(whole(mime, bytes));
    };
    let to = to.min(from + PART - 1);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    file.take(to + 1 - from).read_to_end(&mut bytes).map_err(failed)?;
    let mut response = whole(mime, bytes);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    if let Ok(value) = format!("bytes {from}-{to}/{length}").parse() {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// The first and the last byte that are asked for, if it is one range that there is (RFC 9110, section 14.2).
fn range(asked: Option<&str>, length: u64) -> Option<(u64, u64)> {
    let asked = asked?.strip_prefix("bytes=")?;
    let (from, to) = asked.split_once('-')?;
    let last = length.checked_sub(1)?;
    let (from, to) = match (from.parse::<u64>().ok(), to.parse::<u64>().ok()) {
        (Some(from), to) => (from, to.unwrap_or(last).min(last)),
        (None, Some(tail)) => (length.saturating_sub(tail), last),
        (None, None) => return None,
    };
    (from <= to).then_some((from, to))
}

fn whole(mime: &str, bytes: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = plain(StatusCode::OK, bytes);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, mime.parse().unwrap_or(header::HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::ACCEPT_RANGES, header::HeaderValue::from_static("bytes"));
    // An address names the time of the upload too, so that what stands behind it does not change.
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, max-age=86400"));
    // An SVG is a document too: as one, it may do nothing.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        header::HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    response
}

fn plain(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}
