//! Ports for browsers: every server that a browser is sent to gets its port here.
//!
//! Browsers refuse to open some ports, whatever listens there: <https://fetch.spec.whatwg.org/#port-blocking>. A preview at
//! such a port would only show an error page, so none is ever chosen, and asking for one is an error.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::error::{Code, Error, Result};

/// The ports that browsers block, in order, with the service that each is kept for: the table of the Fetch Standard.
const BLOCKED: &[(u16, &str)] = &[
    (1, "tcpmux"),
    (7, "echo"),
    (9, "discard"),
    (11, "systat"),
    (13, "daytime"),
    (15, "netstat"),
    (17, "qotd"),
    (19, "chargen"),
    (20, "ftp-data"),
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (37, "time"),
    (42, "name"),
    (43, "nicname"),
    (53, "domain"),
    (69, "tftp"),
    (77, "rje"),
    (79, "finger"),
    (87, "link"),
    (95, "supdup"),
    (101, "hostname"),
    (102, "iso-tsap"),
    (103, "gppitnp"),
    (104, "acr-nema"),
    (109, "pop2"),
    (110, "pop3"),
    (111, "sunrpc"),
    (113, "auth"),
    (115, "sftp"),
    (117, "uucp-path"),
    (119, "nntp"),
    (123, "ntp"),
    (135, "epmap"),
    (137, "netbios-ns"),
    (139, "netbios-ssn"),
    (143, "imap"),
    (161, "snmp"),
    (179, "bgp"),
    (389, "ldap"),
    (427, "svrloc"),
    (465, "submissions"),
    (512, "exec"),
    (513, "login"),
    (514, "shell"),
    (515, "printer"),
    (526, "tempo"),
    (530, "courier"),
    (531, "chat"),
    (532, "netnews"),
    (540, "uucp"),
    (548, "afp"),
    (554, "rtsp"),
    (556, "remotefs"),
    (563, "nntps"),
    (587, "submission"),
    (601, "syslog-conn"),
    (636, "ldaps"),
    (989, "ftps-data"),
    (990, "ftps"),
    (993, "imaps"),
    (995, "pop3s"),
    (1719, "h323gatestat"),
    (1720, "h323hostcall"),
    (1723, "pptp"),
    (2049, "nfs"),
    (3659, "apple-sasl"),
    (4045, "npp"),
    (4190, "sieve"),
    (5060, "sip"),
    (5061, "sips"),
    (6000, "x11"),
    (6566, "sane-port"),
    (6665, "ircu"),
    (6666, "ircu"),
    (6667, "ircu"),
    (6668, "ircu"),
    (6669, "ircu"),
    (6679, "osaut"),
    (6697, "ircs-u"),
    (10080, "amanda"),
];
/// How many ports in a row may be blocked ones before no more are tried.
const TRIES: usize = 200;

/// The service that browsers keep `port` for, if they block it.
pub(super) fn blocked(port: u16) -> Option<&'static str> {
    BLOCKED.binary_search_by_key(&port, |(blocked, _)| *blocked).ok().map(|at| BLOCKED[at].1)
}

/// Refuses a port that was asked for if browsers block it.
///
/// # Errors
/// `InvalidInput` for a blocked port.
pub(super) fn check(port: Option<u16>) -> Result<()> {
    let Some((port, service)) = port.and_then(|port| Some((port, blocked(port)?))) else { return Ok(()) };
    let message =
        format!("Browsers block port {port} ({service}), so no page opens there. Nothing was started; choose another port, such as 4000.");
    Err(Error::new(Code::InvalidInput, message).field("port"))
}

/// Takes a port of this machine only: that one, or any that is free. Never one that browsers block.
///
/// # Errors
/// `InvalidInput` for a port that browsers block or the system keeps for others; `InUse` if it is taken; `Io`.
pub(super) fn listen(port: Option<u16>) -> Result<(TcpListener, u16)> {
    check(port)?;
    let failed = |cause: io::Error| {
        let port = port.unwrap_or_default();
        match cause.kind() {
            io::ErrorKind::AddrInUse => {
                let who =
                    crate::process::listener_on(port).map(|who| format!(", by {} (process {})", who.command, who.pid)).unwrap_or_default();
                let message =
                    format!("Port {port} is in use{who}. Nothing was started; choose another one, or none to be given a free one.");
                Error::new(Code::InUse, message).field("port")
            }
            io::ErrorKind::PermissionDenied => {
                Error::new(Code::InvalidInput, format!("Port {port} is not for you to use; those from 1024 on are. Nothing was started."))
                    .field("port")
            }
            _ => Error::new(Code::Io, format!("No port could be had: {cause}. Nothing was started.")),
        }
    };
    match port {
        Some(port) => bind(port),
        None => free(|| bind(0)),
    }
    .map_err(failed)
}

/// Takes `wanted` if it is free and not blocked, or any other port.
///
/// # Errors
/// The system's if there is no port at all.
pub(super) fn listen_near(wanted: u16) -> Result<(TcpListener, u16)> {
    let near = if blocked(wanted).is_none() { bind(wanted).ok() } else { None };
    near.map_or_else(|| listen(None), Ok)
}

fn bind(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// What `bind` gives, again and again until it is not at a blocked port.
fn free<T>(mut bind: impl FnMut() -> io::Result<(T, u16)>) -> io::Result<(T, u16)> {
    // Those that are blocked are held until then, so that none is given twice.
    let mut refused = Vec::new();
    while refused.len() < TRIES {
        let (listener, port) = bind()?;
        if blocked(port).is_none() {
            return Ok((listener, port));
        }
        refused.push(listener);
    }
    Err(io::Error::other("the system offers only ports that browsers block"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_ports_are_in_order_and_named() {
        assert!(BLOCKED.is_sorted_by_key(|(port, _)| *port));
        assert_eq!(BLOCKED.len(), 82);
        for port in [1, 7, 22, 5060, 5061, 6000, 6566, 6665, 6667, 6669, 6697, 10080] {
            assert!(blocked(port).is_some(), "{port}");
        }
        for port in [2, 80, 443, 3000, 4321, 5173, 6001, 6664, 6670, 8080, 10081, 65535] {
            assert!(blocked(port).is_none(), "{port}");
        }
    }

    #[test]
    fn blocked_ports_are_refused_when_asked_for() {
        for port in [1, 6000, 6667, 10080] {
            let refused = listen(Some(port)).unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (Code::InvalidInput, Some("port")), "{port}");
            assert!(refused.message.contains(&format!("port {port} ")), "{}", refused.message);
        }
    }

    #[test]
    fn free_ports_are_never_blocked_ones() {
        let mut offered = [6000, 6665, 10080, 6001, 7000].into_iter();
        let chosen = free(|| Ok(((), offered.next().unwrap()))).unwrap();
        assert_eq!(chosen.1, 6001);
        assert!(free(|| Ok(((), 6000))).is_err(), "it ends");
        assert!(free::<()>(|| Err(io::ErrorKind::AddrNotAvailable.into())).is_err());
        let (_near, port) = listen_near(6000).unwrap();
        assert!(port != 6000 && blocked(port).is_none());
    }
}
