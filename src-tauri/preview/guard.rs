//! Who may ask: requests that name this very server, from its own pages, the app, or a person's address bar.
//!
//! Any web page in any browser can send requests to a port of this machine. Against a name of somebody else's that was made
//! to point here (DNS rebinding) `Host` is checked; against scripts of other sites `Origin` and `Sec-Fetch-Site`.

use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

/// Where the app's own window comes from.
const APP: &[&str] = &["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
/// Where it comes from while the interface is worked on.
const WORKSHOP: &str = "http://localhost:1420";

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub status: StatusCode,
    pub reason: &'static str,
}

/// The origins whose pages may show a preview in a frame, and talk with it.
pub(super) fn parents() -> Vec<&'static str> {
    let workshop = cfg!(debug_assertions).then_some(WORKSHOP);
    APP.iter().copied().chain(workshop).collect()
}

/// Looks whether a request may be answered by the server at `port`.
pub(super) fn check(request: &Parts, port: u16) -> Result<(), Refused> {
    let refuse = |status, reason| Err(Refused { status, reason });
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let is_own = |host: &str| own.iter().any(|own| own.eq_ignore_ascii_case(host));
    let mut hosts = request.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return refuse(StatusCode::BAD_REQUEST, "A request names exactly one Host.");
    };
    let authority = request.uri.authority().map(hyper::http::uri::Authority::as_str);
    if !host.to_str().is_ok_and(is_own) || authority.is_some_and(|authority| !is_own(authority)) {
        return refuse(StatusCode::MISDIRECTED_REQUEST, "This preview answers to 127.0.0.1 and localhost only, at its own port.");
    }
    if let Some(origin) = request.headers.get(ORIGIN) {
        let is_known = |origin: &str| parents().contains(&origin) || origin.strip_prefix("http://").is_some_and(is_own);
        if !origin.to_str().is_ok_and(is_known) {
            return refuse(StatusCode::FORBIDDEN, "This preview answers to its own pages and to Backlot only.");
        }
    }
    // A person may follow a link from anywhere; a page of somebody else may not use what is here as a part of itself.
    if says(&request.headers, "sec-fetch-site", "cross-site") && !says(&request.headers, "sec-fetch-mode", "navigate") {
        return refuse(StatusCode::FORBIDDEN, "This preview is no part of other sites.");
    }
    Ok(())
}

/// Looks whether what a site shows may be asked for like this.
pub(super) fn check_reading(method: &Method) -> Result<(), Refused> {
    if [Method::GET, Method::HEAD].contains(method) {
        return Ok(());
    }
    Err(Refused { status: StatusCode::METHOD_NOT_ALLOWED, reason: "A preview is only looked at: GET and HEAD." })
}

fn says(headers: &HeaderMap, name: &str, value: &str) -> bool {
    headers.get(name).is_some_and(|said| said.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn asked(uri: &str, headers: &[(&str, &str)]) -> Result<(), u16> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0, 4321).map_err(|refused| refused.status.as_u16())
    }

    #[test]
    fn only_its_own_name_and_port_are_answered() {
        for host in ["127.0.0.1:4321", "localhost:4321", "LOCALHOST:4321"] {
            assert_eq!(asked("/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4321",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.evil.example:4321",
            "localhost.evil:4321",
            "[::1]:4321",
            "0.0.0.0:4321",
            "user@127.0.0.1:4321",
            "127.0.0.1:4321:4321",
            "",
        ] {
            assert_eq!(asked("/", &[("host", host)]), Err(421), "{host}");
        }
        assert_eq!(asked("http://evil.example/", &[("host", "127.0.0.1:4321")]), Err(421));
        assert_eq!(asked("http://127.0.0.1:4321/", &[("host", "127.0.0.1:4321")]), Ok(()));
        assert_eq!(asked("/", &[]), Err(400));
        assert_eq!(asked("/", &[("host", "127.0.0.1:4321"), ("host", "evil.example")]), Err(400));
    }

    #[test]
    fn scripts_of_others_are_refused_and_the_app_and_the_page_itself_are_not() {
        let from = |name: &str, value: &str| asked("/", &[("host", "127.0.0.1:4321"), (name, value)]);
        for origin in ["http://127.0.0.1:4321", "http://localhost:4321", "tauri://localhost", "http://tauri.localhost"] {
            assert_eq!(from("origin", origin), Ok(()), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1:4322",
            "https://127.0.0.1:4321",
            "tauri://localhost.evil",
            "http://tauri.localhost:1",
            "",
        ] {
            assert_eq!(from("origin", origin), Err(403), "{origin}");
        }
        assert_eq!(from("sec-fetch-site", "cross-site"), Err(403));
        assert_eq!(from("sec-fetch-site", "same-origin"), Ok(()));
        let link = [("host", "127.0.0.1:4321"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert_eq!(asked("/", &link), Ok(()), "a link somewhere else may lead here");
    }
}
