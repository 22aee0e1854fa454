//! As much of the WebDriver protocol as the tests speak: JSON over HTTP to a driver on this machine.
//!
//! Written out rather than taken from fantoccini, whose tree turns on features of `syn` and `tokio` that the product
//! does not use: with it, `cargo build` and `cargo test` would each compile Tauri for themselves. It is also plain
//! blocking code, which a test reads better in.

use serde_json::{Value, json};
use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long one command may take before the driver counts as dead.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every element is called on the wire.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why a command failed.
#[derive(Debug)]
pub enum Fault {
    /// The driver's own error code, such as `no such element`, and its message.
    Said { code: String, message: String },
    /// The driver, or the window with it, is gone.
    Gone(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said { code, message } => write!(formatter, "{code}: {message}"),
            Self::Gone(why) => write!(formatter, "the window or its driver is gone: {why}"),
        }
    }
}

impl Fault {
    /// Whether the page may only not be ready yet.
    pub fn may_pass(&self) -> bool {
        const PASSING: [&str; 5] =
            ["no such element", "stale element reference", "element not interactable", "element click intercepted", "javascript error"];
        matches!(self, Self::Said { code, .. } if PASSING.contains(&code.as_str()))
    }
}

pub type Reply<T = Value> = Result<T, Fault>;

/// An element of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element(String);

/// A window under the driver's control.
#[derive(Debug)]
pub struct Session {
    port: u16,
    id: String,
}

impl Session {
    /// Lets the driver on `port` start a program with these arguments.
    pub fn start(port: u16, program: &str, arguments: &[String]) -> Reply<Self> {
        let options = json!({ "binary": program, "args": arguments });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let answer = request(port, "POST", "/session", Some(&wanted))?;
        let id = answer["sessionId"].as_str().ok_or_else(|| Fault::Gone(format!("no session in {answer}")))?;
        Ok(Self { port, id: id.to_owned() })
    }

    /// Whether a driver listens on `port` and takes sessions.
    pub fn is_ready(port: u16) -> bool {
        request(port, "GET", "/status", None).is_ok_and(|status| status["ready"] == true)
    }

    /// Ends the session, and the program with it.
    pub fn end(&self) -> Reply {
        request(self.port, "DELETE", &format!("/session/{}", self.id), None)
    }

    pub fn url(&self) -> Reply<String> {
        Ok(text_of(&self.get("url")?))
    }

    /// The first element that a CSS selector finds.
    pub fn find(&self, selector: &str) -> Reply<Element> {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }))?;
        found[ELEMENT].as_str().map(|id| Element(id.to_owned())).ok_or_else(|| Fault::Gone(format!("no element in {found}")))
    }

    pub fn click(&self, element: &Element) -> Reply {
        self.post(&format!("element/{}/click", element.0), &json!({}))
    }

    pub fn type_into(&self, element: &Element, text: &str) -> Reply {
        self.post(&format!("element/{}/value", element.0), &json!({ "text": text }))
    }

    /// A property of an element, such as an input's `value`.
    pub fn property(&self, element: &Element, name: &str) -> Reply {
        self.get(&format!("element/{}/property/{name}", element.0))
    }

    pub fn is_enabled(&self, element: &Element) -> Reply<bool> {
        Ok(self.get(&format!("element/{}/enabled", element.0))? == true)
    }

    /// Runs a script's body in the page, and answers what it returns.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Reply {
        self.post("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs a script's body whose last argument is a function to call with the answer.
    pub fn run_until_called(&self, script: &str, arguments: &[Value]) -> Reply {
        self.post("execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// Presses keys together and lets them go in reverse: `["\u{e009}", "k"]` is Ctrl+K.
    pub fn press(&self, keys: &[&str]) -> Reply {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
        let actions: Vec<Value> = down.chain(up).collect();
        self.post("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }))
    }

    /// Goes into a frame: what follows is about the page in it, however foreign that is.
    pub fn enter(&self, frame: &Element) -> Reply {
        self.post("frame", &json!({ "id": { ELEMENT: frame.0 } }))
    }

    /// Goes back to the page around the frame.
    pub fn leave(&self) -> Reply {
        self.post("frame/parent", &json!({}))
    }

    pub fn resize(&self, width: u32, height: u32) -> Reply {
        self.post("window/rect", &json!({ "x": 0, "y": 0, "width": width, "height": height }))
    }

    fn get(&self, what: &str) -> Reply {
        request(self.port, "GET", &format!("/session/{}/{what}", self.id), None)
    }

    fn post(&self, what: &str, body: &Value) -> Reply {
        request(self.port, "POST", &format!("/session/{}/{what}", self.id), Some(body))
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn request(port: u16, method: &str, path: &str, body: Option<&Value>) -> Reply {
    let (status, answer) = exchange(port, method, path, body).map_err(|error| Fault::Gone(format!("{method} {path}: {error}")))?;
    let mut answer: Value = serde_json::from_slice(&answer).map_err(|error| Fault::Gone(format!("{method} {path}: {error}")))?;
    let value = answer["value"].take();
    if status == 200 {
        return Ok(value);
    }
    let (code, message) = (text_of(&value["error"]), text_of(&value["message"]));
    // The driver lives on after its window died.
    if code == "invalid session id" || message.contains("session deleted") {
        Err(Fault::Gone(message))
    } else {
        Err(Fault::Said { code, message })
    }
}

fn exchange(port: u16, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<(u16, Vec<u8>)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;

    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut length = None;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut answer = vec![];
    match length {
        Some(length) => {
            answer.resize(length, 0);
            reader.read_exact(&mut answer)?;
        }
        None => drop(reader.read_to_end(&mut answer)?),
    }
    Ok((status, answer))
}
