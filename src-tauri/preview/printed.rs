//! URLs in what a dev command prints, and the places where its site may be.
//!
//! Dev servers print where they answer, each in its own words: `➜  Local:   http://localhost:5173/docs/`. The scheme, the port
//! and the base path count. The host does not: a preview is opened on this machine only.

use std::time::Instant;

/// The names that dev servers give this machine.
const HOSTS: &[&str] = &["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]"];
/// How many places are remembered; of more, the oldest are forgotten.
const MOST: usize = 16;

/// A URL of this machine in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Printed {
    pub port: u16,
    pub is_secure: bool,
    /// The base path as it was printed, such as `/docs/`; empty for the root.
    pub path: String,
    /// What the line says before it, without digits: the same announcement has the same words.
    lead: String,
}

/// A place where the site may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub port: u16,
    pub is_secure: bool,
    pub path: String,
    /// Since when the place is known.
    pub since: Instant,
    /// Whether the command itself has answered there: whoever answers there later is never taken in its place.
    pub was_own: bool,
    /// The words before the URL; none until it is printed.
    lead: Option<String>,
}

/// The places where the site may be, those printed last at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates(Vec<Candidate>);

impl Printed {
    /// Whether it is announced as the site's own URL, rather than mentioned.
    fn is_announced(&self) -> bool {
        self.lead.to_ascii_lowercase().ends_with("local")
    }
}

impl Candidates {
    /// The port that the command was given.
    pub fn given(port: u16) -> Self {
        Self(vec![Candidate { port, is_secure: false, path: String::new(), since: Instant::now(), was_own: false, lead: None }])
    }

    /// Takes what was printed.
    pub fn note(&mut self, printed: Printed) {
        let at = self.0.iter().position(|known| (known.port, known.is_secure) == (printed.port, printed.is_secure));
        let Printed { port, is_secure, .. } = printed;
        let mut candidate = at.map_or_else(
            || Candidate { port, is_secure, path: String::new(), since: Instant::now(), was_own: false, lead: None },
            |at| self.0.remove(at),
        );
        // The first mention counts, and whatever announces the site anew: a server that was restarted with other settings.
        if candidate.lead.as_ref().is_none_or(|lead| *lead == printed.lead || printed.is_announced()) {
            candidate.path = printed.path;
            candidate.lead = Some(printed.lead);
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(candidate);
    }

    /// The places, those printed last first: what the command printed says more than what it was given.
    pub fn newest(&self) -> impl Iterator<Item = &Candidate> {
        self.0.iter().rev()
    }

    /// The base path of the site at a port.
    pub fn path(&self, port: u16, is_secure: bool) -> Option<&str> {
        self.0.iter().find(|known| (known.port, known.is_secure) == (port, is_secure)).map(|known| known.path.as_str())
    }

    /// Whether a URL with this port was printed.
    pub fn is_printed(&self, port: u16) -> bool {
        self.0.iter().any(|known| known.port == port && known.lead.is_some())
    }

    /// Notes that the command itself answers at a port.
    pub fn own(&mut self, port: u16) {
        for known in self.0.iter_mut().filter(|known| known.port == port) {
            known.was_own = true;
        }
    }
}

/// The URLs of this machine in a line, in order.
pub(super) fn urls_in(line: &str) -> Vec<Printed> {
    let lower = line.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(at) = lower[next..].find("http").map(|at| next + at) {
        next = at + 4;
        let (is_secure, scheme) = if lower[at..].starts_with("https://") { (true, 8) } else { (false, 7) };
        if !is_secure && !lower[at..].starts_with("http://") {
            continue;
        }
        let from = at + scheme;
        let Some(host) = HOSTS.iter().find(|host| lower[from..].starts_with(**host)) else { continue };
        let rest = &line[from + host.len()..];
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '.' && !is_over(&rest[1..]) || c == '-') {
            continue;
        }
        let digits = rest.strip_prefix(':').map(|rest| &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()]);
        let port = match digits {
            Some(digits) => digits.parse().ok(),
            None if is_secure => Some(443),
            None => Some(80),
        };
        let Some(port) = port.filter(|port| *port != 0) else { continue };
        let path = base_path(&rest[digits.map_or(0, |digits| digits.len() + 1)..]);
        let lead = line[..at].trim_end_matches(|c: char| !c.is_alphanumeric()).chars().filter(|c| !c.is_ascii_digit()).collect();
        found.push(Printed { port, is_secure, path, lead });
    }
    found
}

/// Whether a text does not go on with a name.
fn is_over(rest: &str) -> bool {
    !rest.starts_with(char::is_alphanumeric)
}

/// The base path at the start of what follows a host and a port: without a query, and without what a sentence puts after it.
fn base_path(rest: &str) -> String {
    if !rest.starts_with('/') {
        return String::new();
    }
    let is_part = |c: char| c.is_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(c);
    let path = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
    let mut path = path.trim_end_matches(['.', ',', ';', ':', '!', '\'', '*', '&']);
    // A bracket belongs to the path only if it was opened there.
    while path.ends_with(')') && path.matches(')').count() > path.matches('(').count() {
        path = path[..path.len() - 1].trim_end_matches(['.', ',', ';', ':', '!', '\'']);
    }
    // The folder of a file is where the site is.
    let (folder, last) = path.rsplit_once('/').unwrap_or_default();
    let ending = last.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| (2..=5).contains(&ending.len()));
    let is_file = ending.is_some_and(|ending| ending.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let path = if is_file { &path[..=folder.len()] } else { path };
    if path == "/" {
        return String::new();
    }
    let mut encoded = String::new();
    for c in path.chars() {
        if c.is_ascii() {
            encoded.push(c);
        } else {
            encoded.extend(c.to_string().bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(line: &str) -> Vec<(u16, bool, String)> {
        urls_in(line).into_iter().map(|url| (url.port, url.is_secure, url.path)).collect()
    }

    fn assert_urls(line: &str, expected: &[(u16, bool, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(port, is_secure, path)| (*port, *is_secure, (*path).to_owned())).collect();
        assert_eq!(urls(line), expected, "{line}");
    }

    #[test]
    fn urls_are_found_in_what_dev_servers_print() {
        assert_urls("  ➜  Local:   http://localhost:5173/", &[(5173, false, "")]);
        assert_urls("ready - started server on 0.0.0.0:3000, url: http://localhost:3000", &[(3000, false, "")]);
        assert_urls("Server running at http://127.0.0.1:8080/ and http://[::1]:8081.", &[(8080, false, ""), (8081, false, "")]);
        assert_urls("https://localhost:8443/x http://localhost", &[(8443, true, "/x"), (80, false, "")]);
        assert_urls("Network: http://192.168.1.5:5173/ see https://vite.dev http://localhost:99999 http://localhostess.com:1", &[]);
        assert_urls("HTTP://LOCALHOST:3000/Docs/", &[(3000, false, "/Docs/")]);
        assert_urls("http://localhost.evil.example:3000/ http://localhost-x:1 http http:// https://", &[]);
    }

    #[test]
    fn base_paths_are_kept_without_what_follows_them() {
        for (line, port, is_secure, path) in [
            ("┃ Local    http://localhost:4321/docs/", 4321, false, "/docs/"),
            ("  - Local:        http://localhost:3000/docs", 3000, false, "/docs"),
            ("  ➜  Local:   https://localhost:5173/my-app/v1.2/", 5173, true, "/my-app/v1.2/"),
            ("Web Server is available at http://localhost:1313/docs/ (bind address 127.0.0.1)", 1313, false, "/docs/"),
            ("INFO    -  [12:00:01] Serving on http://127.0.0.1:8000/guide/", 8000, false, "/guide/"),
            ("    Server address: http://127.0.0.1:4000/baseurl/", 4000, false, "/baseurl/"),
            ("[SUCCESS] Docusaurus website is running at: http://localhost:3000/base/.", 3000, false, "/base/"),
            ("open \"http://localhost:3000/docs/\", or stop", 3000, false, "/docs/"),
            ("(http://localhost:3000/docs)", 3000, false, "/docs"),
            ("<http://localhost:3000/a(b)/>", 3000, false, "/a(b)/"),
            ("│ http://0.0.0.0:3000/docs/│", 3000, false, "/docs/"),
            ("http://localhost:8888/lab?token=abc#top", 8888, false, "/lab"),
            ("http://localhost:8080/start/index.html", 8080, false, "/start/"),
            ("http://localhost:8080/favicon.ico", 8080, false, ""),
            ("http://[::1]:8080/v1.2", 8080, false, "/v1.2"),
            ("http://localhost:5173/über/", 5173, false, "/%C3%BCber/"),
            ("http://localhost:5173…", 5173, false, ""),
        ] {
            assert_urls(line, &[(port, is_secure, path)]);
        }
    }

    fn after(lines: &[&str]) -> Vec<(u16, String)> {
        let mut candidates = Candidates::given(4000);
        for line in lines {
            for printed in urls_in(line) {
                candidates.note(printed);
            }
        }
        candidates.newest().map(|known| (known.port, known.path.clone())).collect()
    }

    #[test]
    fn mentions_do_not_change_the_base_path_and_announcements_do() {
        let one = |path: &str| vec![(4000, path.to_owned())];
        let local = "Local: http://localhost:4000/docs/";
        assert_eq!(after(&[]), one(""));
        assert_eq!(after(&[local, "Inspect: http://localhost:4000/__inspect/"]), one("/docs/"));
        assert_eq!(after(&["GET http://localhost:4000/api 200", local]), one("/docs/"));
        assert_eq!(after(&[local, "  Local:   http://localhost:4000/new/"]), one("/new/"));
        let serving = |time: &str, path: &str| format!("[{time}] Serving on http://127.0.0.1:4000{path}");
        assert_eq!(after(&[&serving("12:00", "/a/"), "see http://localhost:4000/b/", &serving("12:31", "/c/")]), one("/c/"));
    }

    #[test]
    fn what_was_printed_last_comes_first_and_the_oldest_are_forgotten() {
        let ports = |lines: &[&str]| after(lines).into_iter().map(|(port, _)| port).collect::<Vec<_>>();
        assert_eq!(ports(&["http://localhost:5001", "http://localhost:5002"]), [5002, 5001, 4000]);
        assert_eq!(ports(&["http://localhost:5001", "http://localhost:5002", "http://localhost:5001"]), [5001, 5002, 4000]);
        let many: Vec<String> = (0..40).map(|port| format!("http://localhost:{}", 6100 + port)).collect();
        let ports = ports(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((ports.len(), ports[0]), (MOST, 6139));
    }
}
