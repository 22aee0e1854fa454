//! The host names that a preview answers to.
//!
//! Every preview has a name of its own below `localhost`, which browsers resolve to this machine (RFC 6761). So each is an
//! origin of its own whatever its port: no cookie, stored value or cache goes from one demo to another, as they would if all
//! of them were at 127.0.0.1. Where a browser does not know such names, a preview also answers at 127.0.0.1.
//!
//! Any user of this machine can connect to its ports. On a machine that people share a preview is private: its name has a
//! secret in it, and it has no other name. A name needs no cookie, which the app's frame would not send.

use uuid::Uuid;

/// How many hexadecimal digits of a secret are in a name. With the demo's id before it that is as long as a label may be.
const SECRET: usize = 26;

/// Names for the loopback addresses, which previews have shared.
const LOOPBACK: [&str; 2] = ["127.0.0.1", "localhost"];

/// The names of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    port: u16,
    /// The name that nothing else has, if there is one.
    own: Option<String>,
    is_private: bool,
}

/// How a request names the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// By a name under which it is shown.
    Shown,
    /// As a server of this machine, which is not enough to be shown a private preview.
    Loopback,
}

impl Names {
    /// Those of a demo's preview.
    pub fn of(demo: Uuid, port: u16) -> Self {
        Self { port, own: Some(format!("{demo}.localhost")), is_private: false }
    }

    /// Those of a demo's preview that only those may see who know `token`.
    pub fn private(demo: Uuid, port: u16, token: &str) -> Self {
        let secret = blake3::Hash::from(blake3::derive_key("backlot preview host name", token.as_bytes())).to_hex();
        Self { port, own: Some(format!("{demo}-{}.localhost", &secret[..SECRET])), is_private: true }
    }

    /// Those of a server that has no name of its own.
    pub fn loopback(port: u16) -> Self {
        Self { port, own: None, is_private: false }
    }

    /// The address to use.
    pub fn address(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Host and port of the address to use, as a `Host` header has them.
    pub fn host(&self) -> String {
        format!("{}:{}", self.own.as_deref().unwrap_or(LOOPBACK[0]), self.port)
    }

    /// The address for a browser that does not resolve the first one.
    pub fn fallback(&self) -> Option<String> {
        (self.own.is_some() && !self.is_private).then(|| format!("http://{}:{}", LOOPBACK[0], self.port))
    }

    /// What a `Host` header, or an origin without its scheme, stands for; none if it is another server's.
    pub fn named(&self, host: &str) -> Option<Named> {
        let (name, port) = host.rsplit_once(':')?;
        if port != self.port.to_string() {
            return None;
        }
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if self.own.as_deref().is_some_and(is) {
            return Some(Named::Shown);
        }
        LOOPBACK.iter().any(|known| is(known)).then_some(if self.is_private { Named::Loopback } else { Named::Shown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_its_own_is_a_label_that_only_its_preview_has() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let names = Names::of(one, 4321);
        assert_eq!(names.address(), "http://00000000-0000-0000-0000-000000000001.localhost:4321");
        assert_eq!(names.fallback().as_deref(), Some("http://127.0.0.1:4321"));
        for host in ["00000000-0000-0000-0000-000000000001.localhost:4321", "127.0.0.1:4321", "LOCALHOST:4321"] {
            assert_eq!(names.named(host), Some(Named::Shown), "{host}");
        }
        let other = Names::of(two, 4321).address();
        for host in [&other["http://".len()..], "00000000-0000-0000-0000-000000000001.localhost", "localhost:1", "localhost", ""] {
            assert_eq!(names.named(host), None, "{host}");
        }
    }

    #[test]
    fn a_private_name_cannot_be_guessed_and_is_the_only_one() {
        let demo = Uuid::from_u128(1);
        let names = Names::private(demo, 4321, "token");
        let address = names.address();
        let host = &address["http://".len()..];
        assert_eq!(host.split('.').next().map(str::len), Some(63), "as long as a label may be");
        assert_eq!((names.named(host), names.fallback()), (Some(Named::Shown), None));
        assert_eq!(names.named("127.0.0.1:4321"), Some(Named::Loopback));
        assert_eq!(names.named(&Names::of(demo, 4321).address()["http://".len()..]), None);
        assert_ne!(Names::private(demo, 4321, "other").address(), address);
        assert_eq!(Names::private(demo, 4321, "token").address(), address);
    }
}
