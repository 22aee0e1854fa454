//! Dev commands as they are: they end with their input, serve below a base path, move to other ports, and take ports that
//! browsers block.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use super::command::site;
use super::http::{PATIENCE, get, is_open, own_address, until};
use super::others::told;
use super::{Stopped, is_alive, record, workspace};
use crate::support::{TestWorkspace, open};

/// Sets the command of the demo `one`: a Node program, which is run as it is.
fn set_command(workspace: &TestWorkspace, script: &str) {
    fs::write(workspace.site("one").join("dev.js"), script).unwrap();
    let command = json!({"preview": {"command": ["node", "dev.js"]}}).to_string();
    fs::write(workspace.site("one").join("backlot.json"), command).unwrap();
}

fn start_trusted(workspace: &TestWorkspace) -> Value {
    workspace.json(&["preview", "start", "one", "--trust-command"])
}

fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn address(workspace: &TestWorkspace) -> String {
    workspace.json(&["preview", "show", "one"])["address"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_command_that_ends_with_its_input_lives_until_it_is_stopped() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    // As watchers do, in three ways: a stream that ends, a shell that reads, a program that waits for a key.
    let node = "process.stdin.on('end', () => process.exit(7)).resume();
const server = require('node:http').createServer((request, response) => response.end('watching'));
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('http://localhost:' + process.env.PORT));";
    fs::write(workspace.site("one").join("dev.js"), node).unwrap();
    fs::write(workspace.site("one").join("serve.js"), node.replace("process.stdin.on('end', () => process.exit(7)).resume();", ""))
        .unwrap();
    let shell = "node serve.js & server=$!; read line; echo over; kill $server; exit 7";
    for command in [json!(["node", "dev.js"]), json!(["sh", "-c", shell])] {
        fs::write(workspace.site("one").join("backlot.json"), json!({"preview": {"command": command}}).to_string()).unwrap();
        let started = start_trusted(&workspace);
        let port = u16::try_from(started["port"].as_u64().unwrap()).unwrap();
        let tree = record(&workspace, "one").unwrap()["tree"]["command"]["pid"].as_u64().unwrap();
        assert_eq!(get(port, "/").text(), "watching", "{command}");
        assert!(is_alive(tree), "{command}");
        assert_eq!(workspace.json(&["preview", "stop", "one"])["state"], "stopped");
        assert!(!is_alive(tree) && !is_open(port), "{command}");
    }
}

#[test]
fn a_base_path_in_the_printed_url_is_kept() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let script = |line: &str| {
        format!(
            "const port = Number(process.env.PORT);
require('node:http').createServer((request, response) => {{
  response.statusCode = request.url.startsWith('/docs') ? 200 : 404;
  response.end('at ' + request.url);
}}).listen(port, '127.0.0.1', () => console.log({line}));"
        )
    };
    let colored = r"'\u001b[1m  \u001b[32m➜\u001b[39m  Local\u001b[22m:   \u001b[36mhttp://localhost:\u001b[1m' + port + '\u001b[22m/docs/\u001b[39m\n  ➜  Network: http://192.168.1.5:' + port + '/docs/\n  press h to show help'";
    for (line, base) in [
        (colored, "/docs/"),
        ("`Web Server is available at http://localhost:${port}/docs/ (bind address 127.0.0.1)`", "/docs/"),
        ("`Ready on \"http://127.0.0.1:${port}/docs\", in 3 ms.`", "/docs"),
    ] {
        set_command(&workspace, &script(line));
        let started = start_trusted(&workspace);
        let origin = own_address(&workspace, u16::try_from(started["port"].as_u64().unwrap()).unwrap());
        let expected = format!("{origin}{base}");
        assert_eq!(started["address"], expected);
        assert_eq!(address(&workspace), expected);
        // The server of our own leads there.
        let own = u16::try_from(record(&workspace, "one").unwrap()["port"].as_u64().unwrap()).unwrap();
        for (path, to) in [("/", base), ("/about?a=b", "/docs/about?a=b"), ("/docs/about", "/docs/about")] {
            let expected = format!("{origin}{to}");
            assert_eq!(get(own, path).header("location"), Some(expected.as_str()), "{path}");
        }
        workspace.json(&["preview", "stop", "one"]);
    }
}

#[test]
fn a_server_with_https_at_the_port_that_it_was_given_is_found_with_its_base_path() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    // What speaks https is not spoken with: that somebody listens is enough.
    let script = "require('node:net').createServer((socket) => socket.destroy()).listen(Number(process.env.PORT), '127.0.0.1', () =>
  console.log('  Local: https://localhost:' + process.env.PORT + '/shop/'));";
    set_command(&workspace, script);
    let started = start_trusted(&workspace);
    assert_eq!(started["address"], format!("https://localhost:{}/shop/", started["port"]));
}

/// A server that is told over a connection where to be next, and says `at PORT` over it once it is there.
const MOVING: &str = r"
const { createServer } = require('node:http');
const lines = require('node:readline').createInterface({ input: require('node:net').connect(CONTROL, '127.0.0.1') });
const control = lines.input;
let server = null;
function serve(port, path, prints) {
  server = createServer((request, response) => response.end('moving site'));
  server.listen(port, '127.0.0.1', () => {
    if (prints) console.log(`  Local:   http://localhost:${port}${path}`);
    control.write(`at ${port} ${process.pid}\n`);
  });
}
lines.on('line', (line) => {
  const [word, port, path, prints] = line.split(' ');
  if (word !== 'leave') return serve(Number(port), path, prints !== 'silently');
  server.close(() => control.write('left\n'));
  server.closeAllConnections();
});
";

struct Moving {
    stream: BufReader<TcpStream>,
}

impl Moving {
    fn start(workspace: &TestWorkspace, at: u16, path: &str) -> (Self, Value) {
        let control = TcpListener::bind("127.0.0.1:0").unwrap();
        let script = MOVING.replace("CONTROL", &control.local_addr().unwrap().port().to_string());
        set_command(workspace, &script);
        let starting = workspace.start(&["preview", "start", "one", "--trust-command"]);
        let (stream, _) = control.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut moving = Self { stream: BufReader::new(stream) };
        moving.serve(at, path, "");
        let output = starting.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (moving, serde_json::from_slice(&output.stdout).unwrap())
    }

    fn say(&mut self, text: &str) -> String {
        self.stream.get_mut().write_all(format!("{text}\n").as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn serve(&mut self, port: u16, path: &str, how: &str) {
        let said = self.say(&format!("serve {port} {path} {how}"));
        assert!(said.starts_with(&format!("at {port} ")), "{said}");
    }

    fn leave(&mut self) {
        assert_eq!(self.say("leave"), "left");
    }
}

/// Somebody else's server.
fn stranger(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\nstranger");
        }
    });
}

#[test]
fn a_server_that_moves_to_another_port_is_found_again() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let ports = [free(), free(), free()];
    let (mut moving, started) = Moving::start(&workspace, ports[0], "/docs/");
    let at = |port: u16, path: &str| format!("{}{path}", own_address(&workspace, port));
    assert_eq!(started["address"], at(ports[0], "/docs/"));
    let process = record(&workspace, "one").unwrap();
    // An open app, which hears of it without asking.
    let app = open(&workspace);
    let _watch = app.watch().unwrap();
    let events = app.subscribe();
    told(&events, |preview| preview.address().is_some());
    // With a stranger at the port that it left, who is never shown.
    moving.leave();
    stranger(ports[0]);
    moving.serve(ports[1], "/new/", "");
    let new = at(ports[1], "/new/");
    told(&events, |preview| preview.address() == Some(&new));
    assert_eq!(address(&workspace), new);
    app.close();
    // And there and back, without a word.
    moving.leave();
    moving.serve(ports[2], "/", "silently");
    until("it is found without a word", || address(&workspace) == at(ports[2], ""));
    moving.leave();
    moving.serve(ports[1], "/new/", "");
    until("it is found again", || address(&workspace) == at(ports[1], "/new/"));
    let now = record(&workspace, "one").unwrap();
    for part in ["owner", "tree", "token"] {
        assert_eq!(now[part], process[part], "nothing was started anew");
    }
}

#[test]
fn the_port_of_a_server_that_is_gone_is_not_given_to_somebody_else() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = free();
    let (mut moving, _) = Moving::start(&workspace, port, "/");
    moving.leave();
    stranger(port);
    // It is told as it is: the command runs and does not answer.
    until("it is said to be silent", || workspace.json(&["preview", "show", "one"])["state"] == "failed");
    let other = free();
    moving.serve(other, "/", "");
    until("it is found elsewhere", || address(&workspace) == own_address(&workspace, other));
}

#[test]
fn another_base_path_at_the_same_port_is_followed() {
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let port = free();
    let (mut moving, started) = Moving::start(&workspace, port, "/old/");
    let origin = own_address(&workspace, port);
    assert_eq!(started["address"], format!("{origin}/old/"));
    moving.leave();
    moving.serve(port, "/new/", "");
    until("its path is followed", || address(&workspace) == format!("{origin}/new/"));
}

#[test]
fn ports_that_browsers_block_are_refused_when_asked_for() {
    let workspace = workspace(&site(&[super::command::DIRECT]));
    let _stopped = Stopped(&workspace, &["one"]);
    for decision in ["--restricted", "--trust-command"] {
        for port in ["6000", "6667", "10080"] {
            let refused = workspace.refused(&["preview", "start", "one", decision, "--port", port]);
            assert_eq!((refused["code"].as_str(), refused["field"].as_str()), (Some("InvalidInput"), Some("port")), "{port}");
            let message = refused["message"].as_str().unwrap();
            assert!(message.contains("Browsers block port") && message.contains(port), "{message}");
            assert!(record(&workspace, "one").is_none(), "nothing was started");
        }
    }
}

#[test]
fn a_command_that_serves_at_a_port_that_browsers_block_is_explained() {
    // The first of them that is free on this machine.
    let Some(port) = [6566, 6697, 6679, 10080].into_iter().find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) else { return };
    let workspace = workspace(&site(&[]));
    let _stopped = Stopped(&workspace, &["one"]);
    let script = format!(
        "require('node:http').createServer((request, response) => response.end('site')).listen({port}, '127.0.0.1', () =>
  console.log('  Local: http://localhost:{port}/'));"
    );
    set_command(&workspace, &script);
    let refused = workspace.refused(&["preview", "start", "one", "--trust-command"]);
    assert_eq!(refused["code"], "CommandFailed");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(&format!("port {port} ")) && message.contains("browsers block"), "{message}");
    assert!(!is_open(port), "the command was ended");
    assert_eq!(workspace.json(&["preview", "show", "one"])["error"], refused);
}
