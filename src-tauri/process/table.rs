//! The processes of this machine, as far as the system tells (on Linux, `/proc`).

use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The variable that marks the processes of a tree.
pub(super) const MARK: &str = "BACKLOT_TREE";

/// A process, told apart from a later one of the same number by when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its number.
    pub pid: u32,
    /// When it started, in the system's own count; 0 where that is not told.
    pub started: u64,
    /// The start of the machine that the count began with, where the system says; none in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Uuid>,
}

/// A process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its number.
    pub pid: u32,
    /// Its command's name.
    pub command: String,
}

/// What the processes of a tree are known by to whoever is not their keeper.
///
/// The first of them is known by its number and its start, what is below a process that is known by its parents, and what left
/// them by the mark in its environment. A process that cleared its environment and left its parents is not known any more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Marked {
    /// The mark, which is used once only.
    pub mark: String,
    /// The command's own process, once it runs.
    pub command: Option<Identity>,
}

impl Identity {
    /// The process of that number; where the system tells of it, only if there is one.
    pub fn of(pid: u32) -> Option<Self> {
        linux::started(pid).map(|started| Self { pid, started, boot: linux::boot() })
    }

    /// Whether there may be a process of that number, whichever it is.
    pub fn is_used(pid: u32) -> bool {
        !cfg!(target_os = "linux") || linux::started(pid).is_some()
    }

    /// This very process.
    pub fn own() -> Self {
        let pid = std::process::id();
        Self::of(pid).unwrap_or(Self { pid, started: 0, boot: None })
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        let is_same = |now: Self| now.started == self.started && self.boot.is_none_or(|boot| now.boot == Some(boot));
        Self::of(self.pid).is_some_and(is_same)
    }

    /// Whether it is known to have ended.
    pub fn has_ended(&self) -> bool {
        cfg!(target_os = "linux") && !self.is_alive()
    }

    /// Ends it at once, if it is still that very process, and waits up to two seconds until it is gone.
    pub fn kill(&self) {
        linux::kill_all(|| Some(*self).filter(Self::is_alive).into_iter().map(|identity| identity.pid).collect());
    }
}

impl Marked {
    /// Ends every process of the tree at once, and waits up to two seconds until they are gone. Answers how many there were.
    pub fn end(&self) -> usize {
        linux::kill_all(|| linux::members(self))
    }

    /// Whether a process of the tree works in that folder or below it, under whatever name the folder has now.
    pub fn works_in(&self, folder: &Path) -> bool {
        #[expect(clippy::disallowed_methods, reason = "/proc names folders by the paths that links lead to")]
        let Ok(folder) = folder.canonicalize() else { return false };
        linux::members(self).into_iter().filter_map(linux::working_folder).any(|at| at.starts_with(&folder))
    }

    /// Where a connection from this machine reaches a process of the tree: addresses at 127.0.0.1 and `[::1]`, those at
    /// 127.0.0.1 first. None where the system does not tell.
    pub fn reached_at(&self) -> Option<Vec<SocketAddr>> {
        linux::reached_at(&linux::members(self))
    }
}

/// The sockets that listen at a port of this machine, at any address, by the system's numbers; none where it does not tell.
pub fn sockets_on(port: u16) -> Option<Vec<u64>> {
    linux::sockets_on(port)
}

/// Who listens on a port of this machine, where the system tells.
pub fn listener_on(port: u16) -> Option<Listener> {
    linux::listener_on(port)
}

#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "these are files of the system")]
pub(super) mod linux {
    use std::collections::{HashMap, HashSet};
    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
    use std::os::fd::OwnedFd;
    use std::path::PathBuf;
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
    use uuid::Uuid;

    use super::{Identity, Listener, MARK, Marked};

    /// How long processes have to be gone once they are killed.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// What stands behind the command's name in `/proc/<pid>/stat`: state, parent, … (proc(5)).
    fn stat(pid: u32) -> Option<Vec<String>> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
    }

    /// When a living process started; none for one that ended and is not collected yet.
    pub fn started(pid: u32) -> Option<u64> {
        let stat = stat(pid)?;
        let is_over = matches!(stat.first()?.as_str(), "Z" | "X" | "x");
        stat.get(19)?.parse().ok().filter(|_| !is_over)
    }

    /// The present start of the machine.
    pub fn boot() -> Option<Uuid> {
        static BOOT: LazyLock<Option<Uuid>> =
            LazyLock::new(|| fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().parse().ok());
        *BOOT
    }

    /// Where a process works.
    pub fn working_folder(pid: u32) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{pid}/cwd")).ok()
    }

    fn all() -> Vec<u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }

    /// The living processes that have the mark in their environment.
    pub fn marked(mark: &str) -> Vec<u32> {
        all().into_iter().filter(|pid| has_mark(*pid, mark)).collect()
    }

    fn has_mark(pid: u32, mark: &str) -> bool {
        let wanted = format!("{MARK}={mark}");
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()) && started(pid).is_some()
    }

    /// The living processes of a tree, each once.
    pub fn members(tree: &Marked) -> Vec<u32> {
        let mut known = marked(&tree.mark);
        known.extend(tree.command.filter(Identity::is_alive).map(|command| command.pid));
        let below = descendants(&known);
        known.extend(below);
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The living processes below some.
    pub fn descendants(of: &[u32]) -> Vec<u32> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for pid in all() {
            if let Some(parent) = stat(pid).filter(|_| started(pid).is_some()).and_then(|stat| stat.get(1)?.parse().ok()) {
                children.entry(parent).or_default().push(pid);
            }
        }
        let mut found = Vec::new();
        let mut next = of.to_vec();
        while let Some(parent) = next.pop() {
            let below = children.remove(&parent).unwrap_or_default();
            next.extend(&below);
            found.extend(below);
        }
        found
    }

    /// A hold on a process that does not slip to a later one of its number.
    pub fn hold(pid: u32) -> Option<OwnedFd> {
        pidfd_open(Pid::from_raw(i32::try_from(pid).ok()?)?, PidfdFlags::empty()).ok()
    }

    /// Sends all of them a signal.
    pub fn signal(pids: &[u32], signal: Signal) {
        for held in pids.iter().filter_map(|pid| hold(*pid)) {
            let _ = pidfd_send_signal(held, signal);
        }
    }

    /// Kills whatever `find` finds, until it finds nothing more; answers how many there were.
    pub fn kill_all(find: impl Fn() -> Vec<u32>) -> usize {
        let until = Instant::now() + PATIENCE;
        let mut killed = HashSet::new();
        loop {
            let meant = stop_all(&find, until);
            if meant.is_empty() {
                return killed.len();
            }
            for (pid, held) in &meant {
                killed.insert(*pid);
                let _ = pidfd_send_signal(held, Signal::KILL);
            }
            for held in meant.values() {
                let Some(left) = until.checked_duration_since(Instant::now()) else { return killed.len() };
                wait_for_end(held, left);
            }
        }
    }

    /// Stops whatever `find` finds, until it finds nothing more: what is stopped starts nothing, and is still the parent of what
    /// it started, which could not be told from others once it is dead.
    fn stop_all(find: &impl Fn() -> Vec<u32>, until: Instant) -> HashMap<u32, OwnedFd> {
        let mut stopped: HashMap<u32, OwnedFd> = HashMap::new();
        loop {
            let new = find().into_iter().filter(|pid| !stopped.contains_key(pid));
            // Held first and looked for again, so that no number is taken for another process.
            let held: HashMap<u32, OwnedFd> = new.filter_map(|pid| Some((pid, hold(pid)?))).collect();
            let still: HashSet<u32> = if held.is_empty() { HashSet::new() } else { find().into_iter().collect() };
            let before = stopped.len();
            for (pid, held) in held.into_iter().filter(|(pid, _)| still.contains(pid)) {
                let _ = pidfd_send_signal(&held, Signal::STOP);
                stopped.insert(pid, held);
            }
            if stopped.len() == before || Instant::now() >= until {
                return stopped;
            }
        }
    }

    fn wait_for_end(held: &OwnedFd, patience: Duration) {
        let limit = Timespec { tv_sec: i64::try_from(patience.as_secs()).unwrap_or(1), tv_nsec: patience.subsec_nanos().into() };
        // Readable is what a process that ended is. One that is not collected yet counts as ended here too.
        let _ = poll(&mut [PollFd::new(held, PollFlags::IN)], Some(&limit));
    }

    /// The sockets that listen, by their numbers, with their addresses.
    fn listening() -> HashMap<u64, SocketAddr> {
        let mut found = HashMap::new();
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
                let fields: Vec<&str> = line.split_whitespace().collect();
                let address = fields.get(1).and_then(|local| address(local));
                let inode = fields.get(9).and_then(|inode| inode.parse().ok());
                if let (Some(address), Some(inode), Some(&"0A")) = (address, inode, fields.get(3)) {
                    found.insert(inode, address);
                }
            }
        }
        found
    }

    /// An address as `/proc/net` writes it: words of four bytes as this machine has numbers, in hexadecimal digits, and the port.
    fn address(written: &str) -> Option<SocketAddr> {
        let (ip, port) = written.split_once(':')?;
        let bytes: Vec<u8> = (0..ip.len() / 8)
            .map(|word| u32::from_str_radix(ip.get(word * 8..word * 8 + 8)?, 16).ok().map(u32::to_ne_bytes))
            .collect::<Option<Vec<_>>>()?
            .concat();
        let ip = match *bytes.as_slice() {
            [a, b, c, d] => IpAddr::from([a, b, c, d]),
            _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    }

    /// Where a connection from this machine reaches one of these sockets, and no other: the system gives a connection to whoever
    /// listens at the very address, before whoever listens at all of them.
    pub fn reached(own: &HashSet<u64>, listening: &HashMap<u64, SocketAddr>) -> Vec<SocketAddr> {
        let mut ports: Vec<u16> = own.iter().filter_map(|socket| Some(listening.get(socket)?.port())).collect();
        ports.sort_unstable();
        ports.dedup();
        let all_of_six = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let four = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::UNSPECIFIED), all_of_six];
        let six = [IpAddr::V6(Ipv6Addr::LOCALHOST), all_of_six];
        let is_own = |heard: &[IpAddr], port: u16| {
            let at = |ip: &IpAddr| {
                let mut there = listening.iter().filter(|(_, address)| **address == SocketAddr::new(*ip, port)).peekable();
                there.peek()?;
                Some(there.all(|(socket, _)| own.contains(socket)))
            };
            heard.iter().find_map(at) == Some(true)
        };
        let of = |heard: &[IpAddr]| {
            let ports = ports.iter().filter(|port| is_own(heard, **port));
            ports.map(|port| SocketAddr::new(heard[0], *port)).collect::<Vec<_>>()
        };
        [of(&four), of(&six)].concat()
    }

    fn sockets(pid: u32) -> Vec<u64> {
        let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        open.filter_map(|entry| {
            let target = fs::read_link(entry.path()).ok()?;
            target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
        })
        .collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it is not known")]
    pub fn sockets_on(port: u16) -> Option<Vec<u64>> {
        let mut found: Vec<u64> = listening().into_iter().filter(|(_, address)| address.port() == port).map(|(socket, _)| socket).collect();
        found.sort_unstable();
        Some(found)
    }

    pub fn listener_on(port: u16) -> Option<Listener> {
        let listening = listening();
        let pid = all()
            .into_iter()
            .find(|pid| sockets(*pid).iter().any(|socket| listening.get(socket).is_some_and(|address| address.port() == port)))?;
        let command = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned();
        Some(Listener { pid, command })
    }

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it is not known")]
    pub fn reached_at(pids: &[u32]) -> Option<Vec<SocketAddr>> {
        let own = pids.iter().flat_map(|pid| sockets(*pid)).collect();
        Some(reached(&own, &listening()))
    }
}

/// Elsewhere only what the process group or the job does is known.
#[cfg(not(target_os = "linux"))]
pub(super) mod linux {
    use std::net::SocketAddr;
    use std::path::PathBuf;

    use uuid::Uuid;

    use super::{Listener, Marked};

    pub fn boot() -> Option<Uuid> {
        None
    }

    pub fn working_folder(_pid: u32) -> Option<PathBuf> {
        None
    }

    pub fn started(pid: u32) -> Option<u64> {
        (pid == std::process::id()).then_some(0)
    }

    pub fn members(_tree: &Marked) -> Vec<u32> {
        Vec::new()
    }

    pub fn kill_all(_find: impl Fn() -> Vec<u32>) -> usize {
        0
    }

    pub fn sockets_on(_port: u16) -> Option<Vec<u64>> {
        None
    }

    pub fn listener_on(_port: u16) -> Option<Listener> {
        None
    }

    pub fn reached_at(_pids: &[u32]) -> Option<Vec<SocketAddr>> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_known_by_its_number_and_its_start() {
        let own = Identity::own();
        assert!(own.is_alive() && own.started > 0);
        assert!(!Identity { started: own.started + 1, ..own }.is_alive());
        assert!(!Identity { boot: Some(Uuid::nil()), ..own }.is_alive(), "numbers begin again when the machine starts");
        assert!(Identity { boot: None, ..own }.is_alive(), "an older record does not say");
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let identity = Identity::of(child.id()).unwrap();
        Identity { started: identity.started + 1, ..identity }.kill();
        assert!(identity.is_alive(), "another process of that number is left alone");
        identity.kill();
        assert!(!identity.is_alive(), "one that ended and is not collected yet does not live");
        child.wait().unwrap();
    }

    #[test]
    fn a_tree_without_its_mark_is_known_by_its_first_process_and_ended_whole() {
        use std::io::BufRead as _;
        let script = "sh -c 'sleep 600 & echo $!; wait' & sleep 600 & echo $!; wait";
        let mut child = Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines().take(2);
        let below: Vec<Identity> = lines.map(|line| Identity::of(line.unwrap().parse().unwrap()).unwrap()).collect();
        let command = Identity::of(child.id()).unwrap();
        let of = |command| Marked { mark: "no process has it".to_owned(), command: Some(command) };
        assert_eq!(of(Identity { started: command.started + 1, ..command }).end(), 0, "another process of that number is left alone");
        assert_eq!(of(command).end(), 4);
        assert!(!command.is_alive() && !below.iter().any(Identity::is_alive));
        child.wait().unwrap();
    }

    #[test]
    fn the_listener_on_a_port_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(listener_on(port).map(|who| who.pid), Some(std::process::id()));
        drop(listener);
        assert_eq!(listener_on(port), None);
    }

    #[test]
    fn what_a_tree_is_reached_at_is_told_from_what_others_have_at_the_same_port() {
        let of = |own: &[&str], others: &[&str]| {
            let number = |at: usize| u64::try_from(at).unwrap();
            let all = own.iter().chain(others).enumerate().map(|(at, address)| (number(at), address.parse().unwrap())).collect();
            let own = (0..own.len()).map(number).collect();
            linux::reached(&own, &all).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of(&["[::1]:5173"], &["127.0.0.1:5173"]), ["[::1]:5173"]);
        assert_eq!(of(&["127.0.0.1:5173"], &["[::1]:5173"]), ["127.0.0.1:5173"]);
        assert_eq!(of(&["0.0.0.0:80", "[::1]:90"], &["127.0.0.1:90"]), ["127.0.0.1:80", "[::1]:90"]);
        assert_eq!(of(&["[::]:80"], &["[::1]:81"]), ["127.0.0.1:80", "[::1]:80"]);
        assert_eq!(of(&["[::]:80"], &["0.0.0.0:80"]), ["[::1]:80"], "it hears of six only");
        assert_eq!(of(&["[::]:80"], &["127.0.0.1:80", "[::1]:80"]), [""; 0]);
        assert_eq!(of(&["192.168.1.5:80"], &["127.0.0.1:80"]), [""; 0]);
        assert_eq!(of(&["127.0.0.1:80"], &["127.0.0.1:80"]), [""; 0], "nobody knows who of two gets it");
    }

    #[test]
    fn a_process_is_reached_at_the_addresses_that_it_listens_at() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let own = Marked { mark: "no process has it".to_owned(), command: Some(Identity::own()) };
        let address = listener.local_addr().unwrap();
        assert!(own.reached_at().unwrap().contains(&address));
        if let Ok(six) = std::net::TcpListener::bind("[::1]:0") {
            assert!(own.reached_at().unwrap().contains(&six.local_addr().unwrap()));
        }
        drop(listener);
        assert!(!own.reached_at().unwrap().contains(&address));
    }
}
