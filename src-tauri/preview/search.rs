//! Where a site's own dev command answers: found at first, watched, and found again when it moves.
//!
//! A place counts once something answers there that is of the command's own tree, where the system tells. Somebody who is not of
//! it is taken only after a while, only until the tree answers itself, and never where the tree itself has answered before.

use std::cell::LazyCell;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::dev::{Place, Shared, Standing};
use super::host::Names;
use super::printed::Candidates;
use super::{port, probe, relay};
use crate::process::{Marked, sockets_on};

/// How often it is looked for until it answers, and then.
const SEARCH: Duration = Duration::from_millis(120);
const WATCH: Duration = Duration::from_secs(2);
/// How long it has to answer at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);
/// How long a port must have been known before somebody who is not of the tree is taken for the site (a container, say).
const STRANGER: Duration = Duration::from_secs(5);
/// How long a server that went away is looked for often: it may just be restarting.
const RESTART: Duration = Duration::from_secs(15);
/// How long a server that went away is not said to be gone: longer than the rest of a command that crashed takes to end.
const GONE: Duration = Duration::from_secs(5);
/// How long a server that answers at the port that it was given has to print its URL, which may have a base path.
const PRINT: Duration = Duration::from_secs(1);
/// How long an answer may take while it is looked for.
const QUICK: Duration = Duration::from_millis(400);

/// Looks for the site until it answers, then watches whether it still does, and where.
pub(super) async fn search(shared: Arc<Shared>, tree: Marked) {
    let started = Instant::now();
    let mut found = loop {
        tokio::select! {
            () = tokio::time::sleep(SEARCH) => {}
            () = shared.printed.notified() => {}
        }
        match look(&shared, &tree, started.elapsed() > STRANGER).await {
            Some(Look::Found(found)) => break found,
            Some(Look::Blocked(port)) => return shared.give_up(&shared.blocked(port)),
            None if started.elapsed() > PATIENCE => return shared.give_up(&shared.mute()),
            None => {}
        }
    };
    if !shared.candidates().is_printed(found.port) {
        let _ = tokio::time::timeout(PRINT, shared.printed.notified()).await;
    }
    found.take_path(&shared);
    // A relay lives as long as its tasks.
    let (mut relay, mut origin) = found.origin(&shared).await;
    shared.stand(Standing::At(origin.place(&found.path)));
    let mut misses = 0;
    let mut gone: Option<Instant> = None;
    loop {
        let pause = if gone.is_some_and(|since| since.elapsed() < RESTART) { SEARCH } else { WATCH };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.printed.notified() => {}
        }
        let presence = {
            let (shared, tree, found) = (shared.clone(), tree.clone(), found.clone());
            let looked = tokio::task::spawn_blocking(move || found.presence(&shared, &tree));
            looked.await.unwrap_or(Presence::Slow)
        };
        let is_there = !matches!(presence, Presence::Gone);
        gone = if is_there { None } else { gone.or_else(|| Some(Instant::now())) };
        let moved = if is_there && found.who == Who::Own {
            None
        } else {
            let looked = look(&shared, &tree, gone.is_none_or(|since| since.elapsed() > STRANGER)).await;
            match looked {
                Some(Look::Found(other)) if !is_there || other.who > found.who => Some(other),
                Some(Look::Blocked(port)) if !is_there => {
                    shared.stand(Standing::Blocked(port));
                    continue;
                }
                _ => None,
            }
        };
        if let Some(other) = moved {
            tracing::debug!(from = found.port, to = other.port, "a dev command answers elsewhere now");
            // The relay goes first: the new one may have the same port.
            relay.shutdown().await;
            found = other;
            found.take_path(&shared);
            (relay, origin) = found.origin(&shared).await;
            (misses, gone) = (0, None);
        } else {
            match presence {
                Presence::Answers { path, sockets } => {
                    misses = 0;
                    found.path = path;
                    found.sockets = sockets;
                }
                Presence::Slow | Presence::Gone => misses += 1,
            }
        }
        if misses == 0 {
            shared.stand(Standing::At(origin.place(&found.path)));
        } else if gone.map_or(misses > 1, |since| since.elapsed() >= GONE) {
            // Longer than a moment: neither a busy server nor one that restarts.
            shared.stand(Standing::Silent(origin.place(&found.path)));
        }
    }
}

/// Who answers, the better the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    /// Somebody at a port that the command was given or printed: a container of it, say, or anybody.
    Stranger,
    /// The tree, at a port that it did not print.
    Unsaid,
    /// The tree, where it was told to or printed; or nobody knows who.
    Own,
}

/// What a look found.
#[derive(Debug)]
enum Look {
    Found(Found),
    /// The tree answers only at a port that browsers block.
    Blocked(u16),
}

/// Where the site was found.
#[derive(Debug, Clone)]
struct Found {
    ip: IpAddr,
    port: u16,
    is_secure: bool,
    /// Its base path.
    path: String,
    who: Who,
    /// Whether somebody else is at the same port of the other loopback, so that `localhost` may lead there.
    has_twin: bool,
    /// What listened at the port when it was found: while that is the same, so is who answers.
    sockets: Option<Vec<u64>>,
}

/// Whether the site is still where it was found.
#[derive(Debug)]
enum Presence {
    /// It answers, with this base path.
    Answers { path: String, sockets: Option<Vec<u64>> },
    /// It is there, and does not answer in time.
    Slow,
    /// Nobody is there, or somebody else.
    Gone,
}

impl Found {
    fn answers(&self, patience: Duration) -> std::io::Result<()> {
        if self.is_secure {
            return std::net::TcpStream::connect_timeout(&SocketAddr::new(self.ip, self.port), patience).map(drop);
        }
        probe::answers(self.ip, self.port, &self.path, patience)
    }

    /// Takes the base path as it is now: it may have been printed while the site was looked for.
    fn take_path(&mut self, shared: &Shared) {
        if let Some(path) = shared.candidates().path(self.port, self.is_secure) {
            path.clone_into(&mut self.path);
        }
    }

    fn is_in(&self, own: Option<&[SocketAddr]>) -> bool {
        own.is_none_or(|own| own.contains(&SocketAddr::new(self.ip, self.port)))
    }

    fn presence(&self, shared: &Shared, tree: &Marked) -> Presence {
        let sockets = sockets_on(self.port);
        if self.who != Who::Stranger && sockets != self.sockets && !self.is_in(tree.reached_at().as_deref()) {
            return Presence::Gone;
        }
        match self.answers(WATCH) {
            Ok(()) => {
                let path = shared.candidates().path(self.port, self.is_secure).unwrap_or(&self.path).to_owned();
                Presence::Answers { path, sockets }
            }
            Err(cause) if cause.kind() == ErrorKind::ConnectionRefused => Presence::Gone,
            Err(_) => Presence::Slow,
        }
    }

    /// Where a browser reaches it: under the demo's own name if its server answers to that, so that its cookies are its own. A site
    /// that listens on `[::1]` only is passed on from 127.0.0.1, where a frame may show it.
    async fn origin(&self, shared: &Shared) -> (JoinSet<()>, Origin) {
        let mut passing = JoinSet::new();
        if self.is_secure {
            // Certificates name `localhost` more often than numbers.
            let host = if self.has_twin { SocketAddr::new(self.ip, self.port).to_string() } else { format!("localhost:{}", self.port) };
            return (passing, Origin { url: format!("https://{host}"), fallback: None, port: self.port });
        }
        let mut port = self.port;
        if self.ip.is_ipv6() {
            let to = SocketAddr::new(self.ip, self.port);
            match relay::listen(to) {
                Ok((listener, own)) => {
                    port = own;
                    passing.spawn(relay::run(listener, Names::of(shared.demo, own), to));
                }
                Err(error) => tracing::warn!(%error, "a site on [::1] is not passed on"),
            }
        }
        let names = if self.takes_name(Names::of(shared.demo, port)).await { Names::of(shared.demo, port) } else { Names::loopback(port) };
        (passing, Origin { url: names.address(), fallback: names.fallback(), port })
    }

    /// Whether a browser that is sent to these names gets to the site, and is answered.
    async fn takes_name(&self, names: Names) -> bool {
        // Such a name leads to both loopbacks.
        if self.has_twin {
            return false;
        }
        let (ip, port, path) = (self.ip, self.port, self.path.clone());
        let asked = tokio::task::spawn_blocking(move || probe::takes_name(ip, port, &path, &names.host(), WATCH));
        asked.await.unwrap_or(false)
    }
}

/// Scheme, host and port of a place.
#[derive(Debug)]
struct Origin {
    url: String,
    /// For a browser that does not resolve the first one.
    fallback: Option<String>,
    port: u16,
}

impl Origin {
    fn place(&self, path: &str) -> Place {
        let at = |url: &str| format!("{url}{path}");
        Place { address: at(&self.url), fallback: self.fallback.as_deref().map(at), port: self.port }
    }
}

/// The best of the places where the site answers, looked for on a thread of its own.
async fn look(shared: &Arc<Shared>, tree: &Marked, tries_others: bool) -> Option<Look> {
    let (candidates, tree) = (shared.candidates(), tree.clone());
    let looked = tokio::task::spawn_blocking(move || find(&candidates, &tree, tries_others)).await.ok().flatten();
    if let Some(Look::Found(found)) = &looked
        && found.who == Who::Own
    {
        shared.own(found.port);
    }
    looked
}

/// The best of the places where the site answers. After a while ports that were neither given nor printed are tried too, and
/// then somebody who is not of the tree.
fn find(candidates: &Candidates, tree: &Marked, tries_others: bool) -> Option<Look> {
    let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    // Looked at only once somebody answers.
    let own = LazyCell::new(|| tree.reached_at());
    let is_own = |found: &Found| found.is_in(own.as_deref());
    let at = |ip, port, who| Found { ip, port, is_secure: false, path: String::new(), who, has_twin: false, sockets: sockets_on(port) };
    let printed = |who: Who| {
        let is_wanted = move |since: Instant, was_own: bool| who == Who::Own || (since.elapsed() > STRANGER && !was_own);
        let all = candidates.newest().filter(move |known| is_wanted(known.since, known.was_own));
        all.flat_map(move |known| both.map(|ip| Found { is_secure: known.is_secure, path: known.path.clone(), ..at(ip, known.port, who) }))
    };
    let can_open = |found: &Found| port::blocked(found.port).is_none();
    let answers = |found: &Found| found.answers(QUICK).is_ok();
    if let Some(found) = printed(Who::Own).find(|found| can_open(found) && answers(found) && is_own(found)) {
        let is_twin = |ip: &IpAddr| {
            let twin = Found { ip: *ip, ..found.clone() };
            *ip != found.ip && !is_own(&twin) && answers(&twin)
        };
        let has_twin = both.iter().any(is_twin);
        return Some(Look::Found(Found { has_twin, ..found }));
    }
    if !tries_others {
        return None;
    }
    let is_unsaid = |found: &Found| !candidates.newest().any(|known| known.port == found.port);
    let unsaid = || own.iter().flatten().map(|own| at(own.ip(), own.port(), Who::Unsaid)).filter(is_unsaid);
    let stranger = || printed(Who::Stranger).find(|found| can_open(found) && !is_own(found) && answers(found));
    if let Some(found) = unsaid().find(|found| can_open(found) && answers(found)).or_else(stranger) {
        return Some(Look::Found(found));
    }
    let blocked = printed(Who::Own).chain(unsaid()).find(|found| !can_open(found) && answers(found) && is_own(found));
    blocked.map(|found| Look::Blocked(found.port))
}
