//! The load: so many requests a second, each at its time, over connections that stay open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::server::{PATHS, Server};
use crate::{Failure, RATE};

/// Connections to each preview; browsers open up to six.
const CONNECTIONS: u32 = 5;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of it.
#[derive(Debug, Default)]
pub struct Load {
    pub requests: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    pub bytes: u64,
    /// In microseconds, sorted.
    pub latencies: Vec<u32>,
    pub seconds: f64,
    /// The server's memory in kB, each second.
    pub memory: Vec<u64>,
    /// Messages that open pages heard.
    pub heard: usize,
    pub changes: usize,
}

impl Load {
    /// How much larger the memory was over the last fifth of the time than over the second one, in kB; the first settles.
    pub fn growth(&self) -> i64 {
        let fifth = (self.memory.len() / 5).max(1);
        let largest = |from: usize| self.memory.iter().skip(from).take(fifth).copied().max().unwrap_or_default().cast_signed();
        largest(self.memory.len().saturating_sub(fifth)) - largest(fifth.min(self.memory.len().saturating_sub(1)))
    }
}

/// Loads every preview for so long.
pub fn run(server: &Server, time: Duration) -> Result<Load, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(load(server, time))
}

async fn load(server: &Server, time: Duration) -> Result<Load, Failure> {
    let begun = Instant::now();
    let bytes = Arc::new(AtomicU64::new(0));
    let heard = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut askers = JoinSet::new();
    let mut pages = JoinSet::new();
    for (number, port) in server.ports.iter().copied().enumerate() {
        pages.spawn(listen(port, heard.clone(), is_over.clone()));
        for connection in 0..CONNECTIONS {
            askers.spawn(ask(port, format!("This is demo-{number}."), connection as usize, begun, time, bytes.clone()));
        }
    }
    let mut load = Load::default();
    let mut tick = interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            _ = tick.tick() => {
                load.memory.push(server.memory()?);
                server.touch(load.changes)?;
                load.changes += 1;
            }
            asked = askers.join_next() => {
                let Some(asked) = asked else { break };
                let asked = asked?;
                load.requests += asked.latencies.len() as u64 + asked.errors;
                load.errors += asked.errors;
                load.first_error = load.first_error.or(asked.first_error);
                load.latencies.extend(asked.latencies);
            }
        }
    }
    load.seconds = begun.elapsed().as_secs_f64();
    is_over.store(true, Ordering::SeqCst);
    pages.shutdown().await;
    load.heard = heard.load(Ordering::SeqCst);
    load.bytes = bytes.load(Ordering::SeqCst);
    load.latencies.sort_unstable();
    Ok(load)
}

#[derive(Debug, Default)]
struct Asked {
    latencies: Vec<u32>,
    errors: u64,
    first_error: Option<String>,
}

/// Asks over one connection; a request that fails counts, and a new connection is made.
async fn ask(port: u16, title: String, offset: usize, begun: Instant, time: Duration, bytes: Arc<AtomicU64>) -> Asked {
    let mut asked = Asked::default();
    let mut tick = interval(Duration::from_secs(1) * CONNECTIONS / RATE);
    // A late request is made up for: the load is what it is said to be.
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut stream: Option<TcpStream> = None;
    let mut buffer = Vec::new();
    for number in offset.. {
        tick.tick().await;
        if begun.elapsed() >= time {
            return asked;
        }
        let (path, range, status) = PATHS[number % PATHS.len()];
        let sent = Instant::now();
        let answered = timeout(PATIENCE, async {
            let open = match stream.take() {
                Some(open) => open,
                None => TcpStream::connect(("127.0.0.1", port)).await?,
            };
            request(open, port, path, range, status, &title, &mut buffer).await
        });
        match answered.await.map_err(Failure::from).and_then(|answered| answered) {
            Ok((open, length)) => {
                asked.latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                bytes.fetch_add(length as u64, Ordering::Relaxed);
                stream = Some(open);
            }
            Err(failure) => {
                asked.errors += 1;
                asked.first_error.get_or_insert_with(|| format!("{path}: {failure}"));
            }
        }
    }
    asked
}

async fn request(
    mut stream: TcpStream,
    port: u16,
    path: &str,
    range: Option<&str>,
    status: u16,
    title: &str,
    buffer: &mut Vec<u8>,
) -> Result<(TcpStream, usize), Failure> {
    let range = range.map(|range| format!("Range: {range}\r\n")).unwrap_or_default();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{range}\r\n").as_bytes()).await?;
    buffer.clear();
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err("the connection ended".into());
        }
    };
    let text = std::str::from_utf8(&buffer[..head])?;
    if !text.starts_with(&format!("HTTP/1.1 {status} ")) {
        return Err(format!("not {status}: {}", text.lines().next().unwrap_or_default()).into());
    }
    let length: usize = text.lines().find_map(|line| line.strip_prefix("content-length: ")).ok_or("no length")?.parse()?;
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the answer is cut".into());
        }
    }
    if buffer.len() != head + length {
        return Err("the answer is too long".into());
    }
    let is_right = match path {
        "/" => String::from_utf8_lossy(&buffer[head..]).contains(title),
        "/video.mp4" => length == 100_000 && buffer[head..].iter().all(|byte| *byte == 9),
        _ => true,
    };
    if is_right { Ok((stream, length)) } else { Err("the answer is not of this demo".into()) }
}

/// A page that is open and hears of changes.
async fn listen(port: u16, heard: Arc<AtomicUsize>, is_over: Arc<AtomicBool>) -> Option<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(format!("GET /__backlot/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes()).await.ok()?;
    let mut buffer = [0; 4096];
    while !is_over.load(Ordering::SeqCst) {
        let length = stream.read(&mut buffer).await.ok().filter(|length| *length > 0)?;
        heard.fetch_add(String::from_utf8_lossy(&buffer[..length]).matches("\"kind\":\"style\"").count(), Ordering::SeqCst);
    }
    Some(())
}
