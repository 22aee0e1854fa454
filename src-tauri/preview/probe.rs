//! A request to a port of this machine, as small as can be: to see whether somebody answers, and who.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::model::Preview;
use super::respond::{FOLLOW_PATH, STATE_PATH, STOP_PATH, TOKEN};

/// The longest answer that is read.
const LARGEST: u64 = 256 * 1024;
/// How long a connection may take that then stays open.
const ANSWER: Duration = Duration::from_secs(1);

/// An answer's status and what it carries.
#[derive(Debug)]
struct Heard {
    status: u16,
    body: Vec<u8>,
}

/// How the preview at `port` says it is; an error if nobody answers, or somebody else.
pub(super) fn state(port: u16, token: &str, patience: Duration) -> io::Result<Preview> {
    let heard = ask(IpAddr::V4(Ipv4Addr::LOCALHOST), port, "GET", STATE_PATH, Some(token), patience)?;
    let said = (heard.status == 200).then(|| serde_json::from_slice(&heard.body).ok()).flatten();
    said.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Asks the preview at `port` to stop.
///
/// # Errors
/// `ConnectionRefused` if nobody listens there; others if it was not heard.
pub(super) fn stop(port: u16, token: &str, patience: Duration) -> io::Result<()> {
    let heard = ask(IpAddr::V4(Ipv4Addr::LOCALHOST), port, "POST", STOP_PATH, Some(token), patience)?;
    (heard.status == 202).then_some(()).ok_or_else(|| io::ErrorKind::PermissionDenied.into())
}

/// Where the preview at `port` says from now on that it may be another one, until it ends. A word that does not come within
/// `patience` is an error of the stream, which may be read on.
pub(super) fn follow(port: u16, token: &str, patience: Duration) -> io::Result<TcpStream> {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let stream = begin(&own_name(address), address, port, "GET", FOLLOW_PATH, Some(token), ANSWER)?;
    stream.set_read_timeout(Some(patience))?;
    Ok(stream)
}

/// Asks for a path (the root's is empty) and takes any answer in HTTP for one.
///
/// # Errors
/// `ConnectionRefused` if nobody listens there; others if nothing that is HTTP comes in time.
pub(super) fn answers(address: IpAddr, port: u16, path: &str, patience: Duration) -> io::Result<()> {
    ask(address, port, "GET", root_or(path), None, patience).map(drop)
}

/// Whether a server answers a request that names it `host` as it answers others: development servers refuse names that they do
/// not know.
pub(super) fn takes_name(address: IpAddr, port: u16, path: &str, host: &str, patience: Duration) -> bool {
    let status = |host: &str| ask_as(host, address, port, "GET", root_or(path), None, patience).map(|answer| answer.status);
    match (status(&own_name(address)), status(host)) {
        (Ok(usual), Ok(named)) => usual == named,
        _ => false,
    }
}

fn root_or(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

/// How a request names the server at an address if nothing else is asked for.
fn own_name(address: IpAddr) -> String {
    if address.is_ipv6() { "localhost".to_owned() } else { address.to_string() }
}

fn ask(address: IpAddr, port: u16, method: &str, path: &str, token: Option<&str>, patience: Duration) -> io::Result<Heard> {
    ask_as(&own_name(address), address, port, method, path, token, patience)
}

fn ask_as(host: &str, address: IpAddr, port: u16, method: &str, path: &str, token: Option<&str>, patience: Duration) -> io::Result<Heard> {
    let until = Instant::now() + patience;
    let left = || until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or(io::ErrorKind::TimedOut);
    let mut stream = begin(host, address, port, method, path, token, patience)?;
    let mut bytes = Vec::new();
    let mut part = [0; 8 * 1024];
    // Without a token only the status line is of interest; a page may go on for as long as it likes.
    while (bytes.len() as u64) < LARGEST && (token.is_none().then(|| status(&bytes)).flatten().is_none()) {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut part)? {
            0 => break,
            length => bytes.extend_from_slice(&part[..length]),
        }
    }
    let status = status(&bytes).ok_or(io::ErrorKind::InvalidData)?;
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
    Ok(Heard { status, body: bytes.split_off(head) })
}

/// Sends a request and leaves its answer to be read.
fn begin(
    host: &str,
    address: IpAddr,
    port: u16,
    method: &str,
    path: &str,
    token: Option<&str>,
    patience: Duration,
) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), patience)?;
    stream.set_write_timeout(Some(patience))?;
    let token = token.map(|token| format!("{TOKEN}: {token}\r\n")).unwrap_or_default();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{token}Content-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    Ok(stream)
}

fn status(bytes: &[u8]) -> Option<u16> {
    let line = bytes.split(|byte| *byte == b'\n').next().filter(|line| line.len() < bytes.len())?;
    let line = std::str::from_utf8(line).ok()?;
    line.strip_prefix("HTTP/1.").and_then(|line| line.split(' ').nth(1)).and_then(|status| status.trim().parse().ok())
}
