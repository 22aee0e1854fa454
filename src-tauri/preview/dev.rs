//! A site's own dev command while it runs: what it says, where it answers, how it ends.
//!
//! Where it answers is found out, not believed: it is given a free port as `PORT`, and what it prints is looked through for
//! addresses; an address counts once something answers there that is of the command's own tree, where the system tells. Somebody
//! who is not of it is taken only after a while, and only until the tree answers itself.

use std::cell::LazyCell;
use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinSet};

use super::command::shown;
use super::model::Offer;
use super::{probe, relay};
use crate::error::{Code, Error, Result};
use crate::process::{Capped, Ended, Lines, Marked, Order, Tree};

/// How large the log grows.
const LOG: u64 = 5 * 1024 * 1024;
/// How many of the last lines are kept for a message.
const LAST: usize = 12;
/// How long the command has to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked for until it answers, and then.
const SEARCH: Duration = Duration::from_millis(120);
const WATCH: Duration = Duration::from_secs(2);
/// How long it has to answer at all.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long a port must have been known before somebody who is not of the tree is taken for the site (a container, say).
const STRANGER: Duration = Duration::from_secs(5);

/// What is to be run.
#[derive(Debug)]
pub(super) struct Setup {
    /// The program that becomes the tree's keeper.
    pub program: PathBuf,
    /// The site.
    pub folder: PathBuf,
    pub offer: Offer,
    pub log: PathBuf,
    /// The port that it is asked to take.
    pub port: u16,
    pub mark: String,
}

/// Who hears of it.
pub(super) trait Listener: fmt::Debug + Send + Sync {
    /// It answers now, or no longer does.
    fn changed(&self);
    /// It said something, in whole lines.
    fn said(&self, text: &str);
    /// It ended by itself, or shall be given up; with the reason.
    fn ended(&self, error: Error);
}

/// Where the command answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nowhere yet.
    Starting,
    /// There.
    At(Place),
    /// It did there, and does not any more.
    Silent(Place),
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub address: String,
    pub port: u16,
}

/// A running command.
#[derive(Debug)]
pub(super) struct Dev {
    tree: Tree,
    shared: Arc<Shared>,
    search: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    command: String,
    needs_install: bool,
    listener: Arc<dyn Listener>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    standing: Standing,
    last: VecDeque<String>,
    candidates: Vec<Candidate>,
    log: Option<Capped>,
    failed: Option<Error>,
}

/// A port at which the site may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    port: u16,
    is_secure: bool,
    since: Instant,
}

impl Dev {
    /// Starts the command. It was trusted before.
    pub fn start(runtime: &Handle, setup: Setup, listener: Arc<dyn Listener>) -> Result<Self> {
        let shared = Arc::new(Shared {
            command: shown(&setup.offer.command),
            needs_install: setup.offer.needs_install,
            listener,
            state: Mutex::new(State {
                standing: Standing::Starting,
                last: VecDeque::new(),
                candidates: vec![Candidate { port: setup.port, is_secure: false, since: Instant::now() }],
                failed: None,
                log: Capped::open(&setup.log, LOG).inspect_err(|cause| tracing::warn!(error = %cause, "a dev command has no log")).ok(),
            }),
        });
        shared.said(&[format!("$ {}", shared.command)]);
        let set = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let environment = [
            set("PORT", &setup.port.to_string()),
            set("HOST", "127.0.0.1"),
            set("BROWSER", "none"),
            set("NO_COLOR", "1"),
            ("FORCE_COLOR".to_owned(), None),
        ];
        let order = Order {
            command: setup.offer.command,
            folder: setup.folder,
            environment: environment.into_iter().collect(),
            mark: setup.mark,
            grace: GRACE,
        };
        let (hears, ends) = (shared.clone(), shared.clone());
        let mut lines = Lines::default();
        let on_output = move |bytes: &[u8]| {
            let mut whole = Vec::new();
            lines.push(bytes, |line| whole.push(line.to_owned()));
            hears.said(&whole);
        };
        let tree = Tree::start(&setup.program, &order, on_output, move |ended| ends.ended(ended))?;
        let search = runtime.spawn(search(shared.clone(), tree.marked().clone())).abort_handle();
        Ok(Self { tree, shared, search })
    }

    /// Where it answers.
    pub fn standing(&self) -> Standing {
        self.shared.state().standing.clone()
    }

    /// What its processes are known by.
    pub fn marked(&self) -> &Marked {
        self.tree.marked()
    }

    /// Why it ended by itself, if it has.
    pub fn failed(&self) -> Option<Error> {
        self.shared.state().failed.clone()
    }

    /// Why it does not answer any more.
    pub fn silence(&self, place: &Place) -> Error {
        let message = format!("“{}” runs but does not answer at {} any more. Its log may say why.", self.shared.command, place.address);
        Error::new(Code::CommandFailed, message)
    }

    /// Asks the whole tree to end. Does not wait.
    pub fn stop(&self) {
        self.search.abort();
        self.tree.stop();
    }

    /// Waits until the whole tree has ended; whether it has.
    pub fn wait(&self, patience: Duration) -> bool {
        self.tree.wait(patience).is_some()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.search.abort();
    }
}

impl Shared {
    fn said(&self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        let text = lines.join("\n") + "\n";
        let mut state = self.state();
        for line in lines {
            for (port, is_secure) in ports_in(line) {
                if !state.candidates.iter().any(|known| known.port == port) && state.candidates.len() < 16 {
                    state.candidates.push(Candidate { port, is_secure, since: Instant::now() });
                }
            }
            if !line.trim().is_empty() {
                state.last.push_back(line.clone());
            }
        }
        while state.last.len() > LAST {
            state.last.pop_front();
        }
        if let Some(Err(cause)) = state.log.as_mut().map(|log| log.write(text.as_bytes())) {
            tracing::warn!(error = %cause, "what a dev command says is not logged any more");
            state.log = None;
        }
        drop(state);
        self.listener.said(&text);
    }

    fn ended(&self, ended: Ended) {
        let how = match ended {
            Ended::Stopped => return,
            Ended::Exited(0) => "ended".to_owned(),
            Ended::Exited(status) => format!("ended with status {status}"),
            Ended::Signalled(signal) => format!("was ended by signal {signal}"),
            Ended::Lost => "was ended from outside".to_owned(),
        };
        self.said(&[format!("[{how}]")]);
        let mut state = self.state();
        let last: Vec<&str> =
            state.last.iter().map(String::as_str).filter(|line| !line.starts_with("$ ") && !line.starts_with('[')).collect();
        let said = if last.is_empty() { String::new() } else { format!("\n\n{}", last.join("\n")) };
        let hint =
            if self.needs_install { " Its packages are not installed: install them in the site's folder (npm install, say)." } else { "" };
        let error = Error::new(Code::CommandFailed, format!("“{}” {how}.{hint}{said}", self.command));
        state.failed = Some(error.clone());
        drop(state);
        self.listener.ended(error);
    }

    fn stand(&self, standing: Standing) {
        let mut state = self.state();
        if state.standing != standing {
            state.standing = standing;
            drop(state);
            self.listener.changed();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks for the site until it answers, then watches whether it still does, and whether it answers at a better place.
async fn search(shared: Arc<Shared>, tree: Marked) {
    let begun = Instant::now();
    let look = || {
        let (candidates, tree) = (shared.state().candidates.clone(), tree.clone());
        let looked = tokio::task::spawn_blocking(move || look(&candidates, &tree, begun.elapsed() > STRANGER));
        async move { looked.await.ok().flatten() }
    };
    let mut found = loop {
        tokio::time::sleep(SEARCH).await;
        if let Some(found) = look().await {
            break found;
        }
        if begun.elapsed() > PATIENCE {
            let message = format!("“{}” runs, but nothing answered within three minutes. Its log may say why.", shared.command);
            shared.listener.ended(Error::new(Code::Timeout, message));
            return;
        }
    };
    // What is passed on is for as long as the tasks live.
    let (mut _passing, mut place) = found.place().await;
    shared.stand(Standing::At(place.clone()));
    let mut misses = 0;
    loop {
        tokio::time::sleep(WATCH).await;
        if found.who != Who::Own
            && let Some(better) = look().await.filter(|better| better.who > found.who)
        {
            found = better;
            (_passing, place) = found.place().await;
        }
        let answers = tokio::task::spawn_blocking(move || found.answers(WATCH)).await.unwrap_or(false);
        misses = if answers { 0 } else { misses + 1 };
        match misses {
            0 => shared.stand(Standing::At(place.clone())),
            1 => {}
            _ => shared.stand(Standing::Silent(place.clone())),
        }
    }
}

/// Who answers, the better the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Somebody at a port that the command was given or printed: a container of it, say, or anybody.
    Stranger,
    /// The tree, at a port that it did not say.
    Unsaid,
    /// The tree, where it was told to or said so; or nobody knows who.
    Own,
}

/// Where the site was found.
#[derive(Debug, Clone, Copy)]
struct Found {
    ip: IpAddr,
    port: u16,
    is_secure: bool,
    who: Who,
    /// Whether somebody else is at the same port of the other loopback, so that `localhost` may lead there.
    has_twin: bool,
}

impl Found {
    fn answers(&self, patience: Duration) -> bool {
        if self.is_secure {
            return std::net::TcpStream::connect_timeout(&SocketAddr::new(self.ip, self.port), patience).is_ok();
        }
        probe::answers(self.ip, self.port, patience)
    }

    /// The address to show. A site that listens on `[::1]` only is passed on from 127.0.0.1, where a frame may show it.
    async fn place(&self) -> (JoinSet<()>, Place) {
        let mut passing = JoinSet::new();
        if self.is_secure {
            // Certificates name `localhost` more often than numbers.
            let host = if self.has_twin { SocketAddr::new(self.ip, self.port).to_string() } else { format!("localhost:{}", self.port) };
            return (passing, Place { address: format!("https://{host}"), port: self.port });
        }
        let mut port = self.port;
        if self.ip.is_ipv6() {
            let to = SocketAddr::new(self.ip, self.port);
            match relay::listen(to).await.and_then(|listener| Ok((listener.local_addr()?.port(), listener))) {
                Ok((own, listener)) => {
                    port = own;
                    passing.spawn(relay::run(listener, own, to));
                }
                Err(cause) => tracing::warn!(error = %cause, "a site on [::1] is not passed on"),
            }
        }
        (passing, Place { address: format!("http://127.0.0.1:{port}"), port })
    }
}

/// The best of the places where the site answers. After a while ports that were neither given nor printed are tried too, and
/// then somebody who is not of the tree.
fn look(candidates: &[Candidate], tree: &Marked, tries_others: bool) -> Option<Found> {
    const QUICK: Duration = Duration::from_millis(400);
    let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    // Looked at only once somebody answers.
    let own = LazyCell::new(|| tree.reached_at());
    let is_own = |found: &Found| own.as_ref().is_none_or(|own| own.contains(&SocketAddr::new(found.ip, found.port)));
    // What it printed says more than what it was given.
    let said = |who: Who| {
        let all = candidates.iter().rev().filter(move |candidate| who == Who::Own || candidate.since.elapsed() > STRANGER);
        all.flat_map(move |candidate| {
            both.map(|ip| Found { ip, port: candidate.port, is_secure: candidate.is_secure, who, has_twin: false })
        })
    };
    if let Some(found) = said(Who::Own).find(|found| found.answers(QUICK) && is_own(found)) {
        let is_twin = |ip: &IpAddr| {
            let twin = Found { ip: *ip, ..found };
            *ip != found.ip && !is_own(&twin) && twin.answers(QUICK)
        };
        return Some(Found { has_twin: found.is_secure && both.iter().any(is_twin), ..found });
    }
    if !tries_others {
        return None;
    }
    let unsaid = own.iter().flatten().map(|at| Found { ip: at.ip(), port: at.port(), is_secure: false, who: Who::Unsaid, has_twin: false });
    let is_unsaid = |found: &Found| !candidates.iter().any(|candidate| candidate.port == found.port);
    let unsaid = unsaid.filter(is_unsaid).find(|found| found.answers(QUICK));
    unsaid.or_else(|| said(Who::Stranger).find(|found| !is_own(found) && found.answers(QUICK)))
}

/// The ports of this machine's own addresses in a line, and whether each is of a secure one.
fn ports_in(line: &str) -> Vec<(u16, bool)> {
    const HOSTS: &[&str] = &["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"];
    let mut found = Vec::new();
    for (scheme, is_secure) in [("http://", false), ("https://", true)] {
        for (at, _) in line.match_indices(scheme) {
            let rest = &line[at + scheme.len()..];
            let Some(rest) = HOSTS.iter().find_map(|host| rest.strip_prefix(host)) else { continue };
            if rest.starts_with(|c: char| c.is_alphanumeric() || c == '.' || c == '-') {
                continue;
            }
            let port = rest.strip_prefix(':').map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
            let port = match port {
                Some(digits) => digits.parse().ok(),
                None if is_secure => Some(443),
                None => Some(80),
            };
            found.extend(port.filter(|port| *port != 0).map(|port| (port, is_secure)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_what_dev_servers_print() {
        assert_eq!(ports_in("  ➜  Local:   http://localhost:5173/"), [(5173, false)]);
        assert_eq!(ports_in("ready - started server on 0.0.0.0:3000, url: http://localhost:3000"), [(3000, false)]);
        assert_eq!(ports_in("Server running at http://127.0.0.1:8080/ and http://[::1]:8081."), [(8080, false), (8081, false)]);
        assert_eq!(ports_in("https://localhost:8443/x http://localhost"), [(80, false), (8443, true)]);
        assert_eq!(ports_in("Network: http://192.168.1.5:5173/ see https://vite.dev http://localhost:99999 http://localhostess.com:1"), []);
    }
}
