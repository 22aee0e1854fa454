//! A site's own server on `[::1]`, passed on from 127.0.0.1: with the same questions as to a site that is served here.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::json;

use super::command::{site, start_trusted};
use super::http::{PATIENCE, ask};
use super::{Stopped, workspace};
use crate::support::TestWorkspace;

/// Says what it was asked, takes what it is sent, and goes on with another protocol if asked to.
const SERVER: &str = r"
const server = require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  const loose = [['Content-Security-Policy', 'script-src https:'], ['Cross-Origin-Resource-Policy', 'cross-origin']];
  for (const [name, value] of request.url === '/loose' ? loose : []) response.setHeader(name, value);
  request.on('end', () => response.end(`dev ${request.method} ${request.url} host=${request.headers.host} ${body}`));
});
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.on('data', (data) => socket.write(data));
  socket.on('end', () => socket.end());
});
server.listen(Number(process.env.PORT), '::1', () => console.log(`http://[::1]:${process.env.PORT}/`));
";

/// The port that it is passed on from, where this machine has an address `[::1]`.
fn started(workspace: &TestWorkspace) -> Option<u16> {
    std::net::TcpListener::bind("[::1]:0").ok()?;
    let command = json!({"preview": {"command": ["node", "server.js"]}}).to_string();
    fs::write(workspace.site("one").join("backlot.json"), command).unwrap();
    fs::write(workspace.site("one").join("server.js"), SERVER).unwrap();
    Some(start_trusted(workspace))
}

#[test]
fn names_and_origins_of_others_get_no_answer_from_a_server_that_is_passed_on() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let Some(port) = started(&workspace) else { return };
    let with = |headers: &[(&str, &str)]| {
        let answer = ask(port, "GET", "/page", headers);
        (answer.status, answer.text().contains("dev "))
    };
    assert_eq!(with(&[]), (200, true));
    assert_eq!(with(&[("Host", &format!("localhost:{port}")), ("Origin", "tauri://localhost")]), (200, true));
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), format!("[::1]:{port}")] {
        assert_eq!(with(&[("Host", &host)]), (421, false), "{host}");
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(with(&[("Origin", origin)]), (403, false), "{origin}");
    }
    assert_eq!(with(&[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]), (403, false));
    let upgrade = [("Connection", "Upgrade"), ("Upgrade", "echo"), ("Origin", "https://evil.example")];
    assert_eq!(with(&upgrade), (403, false), "nor a web socket");
    // Every request is looked at, also one that comes over a connection that was fine before.
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = |origin: &str, more: &str| format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\n{more}\r\n");
    let own = format!("http://127.0.0.1:{port}");
    stream.write_all((request(&own, "") + &request("https://evil.example", "Connection: close\r\n")).as_bytes()).unwrap();
    let mut both = String::new();
    stream.read_to_string(&mut both).unwrap();
    assert!(both.contains("HTTP/1.1 200 OK") && both.contains("HTTP/1.1 403 Forbidden"), "{both}");
    assert_eq!(both.matches("dev GET").count(), 1, "{both}");
}

#[test]
fn a_server_that_is_passed_on_is_no_part_of_the_pages_of_another_preview() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let Some(port) = started(&workspace) else { return };
    // Another port of this machine is the same site to a browser, and a script is asked for without an origin.
    let script = [("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script")];
    for (path, own) in [("/app.js", None), ("/loose", Some("script-src https:"))] {
        let answer = ask(port, "GET", path, &script);
        let all = |name: &str| {
            let found = answer.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(all("cross-origin-resource-policy"), ["same-origin"], "{path}");
        let policies = all("content-security-policy");
        let (ours, theirs): (Vec<&str>, Vec<&str>) = policies.iter().partition(|policy| policy.starts_with("frame-ancestors "));
        assert_eq!((ours.len(), theirs), (1, own.into_iter().collect()), "{path}: its own policy is as it was");
        assert!(ours[0].starts_with("frame-ancestors 'self' tauri://localhost"), "{ours:?}");
    }
}

#[test]
fn what_is_sent_and_what_goes_on_as_another_protocol_is_passed_on_as_it_is() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let Some(port) = started(&workspace) else { return };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = |more: &str| format!("POST /form HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all((head("Content-Length: 5\r\n") + "bread").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(&format!("dev POST /form host=127.0.0.1:{port} bread")), "{answer}");

    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(stream);
    let upgrade = format!("GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    lines.get_mut().write_all(upgrade.as_bytes()).unwrap();
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "HTTP/1.1 101 Switching Protocols");
    while line.trim() != "" {
        line.clear();
        lines.read_line(&mut line).unwrap();
    }
    for said in ["one\n", "two\n"] {
        lines.get_mut().write_all(said.as_bytes()).unwrap();
        line.clear();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, said);
    }
    // Stopping ends it, however it goes on.
    workspace.json(&["preview", "stop", "one"]);
    line.clear();
    assert!(matches!(lines.read_line(&mut line), Ok(0) | Err(_)));
}
