//! A browser's part, by hand: what is sent is exactly what is written here.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::TestWorkspace;

/// Long enough for any machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The port of an address such as `http://127.0.0.1:4321`.
pub fn port_of(address: &str) -> u16 {
    address.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
}

/// The address that the preview of demo `one` has at a port.
pub fn own_address(workspace: &TestWorkspace, port: u16) -> String {
    let demo = workspace.json(&["demo", "show", "one"]);
    format!("http://{}.localhost:{port}", demo["id"].as_str().unwrap())
}

/// Whether somebody listens there.
pub fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Asks for a path as a browser would.
pub fn get(port: u16, path: &str) -> Answer {
    ask(port, "GET", path, &[])
}

/// Asks with these headers beside `Host`, or instead of it.
pub fn ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    try_ask(port, method, path, headers).unwrap_or_else(|cause| panic!("{method} {path}: {cause}"))
}

pub fn try_ask(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> std::io::Result<Answer> {
    let mut stream = send(port, method, path, headers)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(Answer { status, headers, body: bytes.split_off(end + 4) })
}

/// Sends a request and leaves its answer to be read.
pub fn send(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        let _ = write!(request, "Host: 127.0.0.1:{port}\r\n");
    }
    for (name, value) in headers {
        let _ = write!(request, "{name}: {value}\r\n");
    }
    request += "\r\n";
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

/// A page that listens for changes.
pub struct Listening(BufReader<TcpStream>);

impl Listening {
    /// Begins to listen, once the server has said hello; gives its number too.
    pub fn begin(port: u16) -> (Self, String) {
        Self::begin_at(port, "/__backlot/live")
    }

    /// As the page of that path does, which was asked for.
    pub fn begin_as(port: u16, page: &str) -> (Self, String) {
        Self::begin_at(port, &format!("/__backlot/live?page={page}"))
    }

    /// As the worker does that listens for all tabs of a browser; gives the connection's number as well.
    pub fn begin_shared(port: u16) -> (Self, String, u64) {
        let stream = send(port, "GET", "/__backlot/live?shared", &[]).unwrap();
        let mut page = Self(BufReader::new(stream));
        let hello = page.next().expect("the server says hello");
        assert_eq!(hello["kind"], "hello");
        (page, hello["version"].as_str().unwrap().to_owned(), hello["listener"].as_u64().unwrap())
    }

    fn begin_at(port: u16, path: &str) -> (Self, String) {
        let stream = send(port, "GET", path, &[]).unwrap();
        let mut page = Self(BufReader::new(stream));
        let hello = page.next().expect("the server says hello");
        assert_eq!(hello["kind"], "hello");
        (page, hello["version"].as_str().unwrap().to_owned())
    }

    /// The next change; none when the server has ended it.
    pub fn next(&mut self) -> Option<serde_json::Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < until, "nothing is heard");
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(json) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(json).unwrap());
            }
        }
    }
}

/// Looks again and again until it is so.
pub fn until(what: &str, mut look: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !look() {
        assert!(begun.elapsed() < PATIENCE, "not so in time: {what}");
        // Another process tells nobody when it is done: this is a glance at it, never a wait for a time to pass.
        std::thread::park_timeout(Duration::from_millis(10));
    }
}
