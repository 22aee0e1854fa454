//! Who else has an account on this machine, and so may connect to its ports.

use std::path::Path;

/// The first number of people's accounts; those of services come before.
const FIRST: u32 = 1000;
/// From here on systems give accounts to nobody, and to containers.
const LAST: u32 = 60_000;

/// Whether other people have accounts on this machine. Of accounts that are kept elsewhere (LDAP, macOS, Windows) nothing is known.
#[expect(clippy::disallowed_methods, reason = "it is a file of the system")]
pub fn is_shared_machine() -> bool {
    #[cfg(unix)]
    let own = rustix::process::getuid().as_raw();
    #[cfg(not(unix))]
    let own = 0;
    std::fs::read(Path::new("/etc/passwd")).is_ok_and(|passwd| has_others(&String::from_utf8_lossy(&passwd), own))
}

/// Whether a list of accounts, in the form of `/etc/passwd`, has a person's other than `own`: with a number of people's, and a
/// shell to log in with.
fn has_others(passwd: &str, own: u32) -> bool {
    passwd.lines().any(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, uid, _, _, _, shell] = fields[..] else { return false };
        let is_person = uid.parse().is_ok_and(|uid: u32| (FIRST..=LAST).contains(&uid) && uid != own);
        let program = shell.trim().rsplit('/').next().unwrap_or_default();
        is_person && !["nologin", "false", "true", "sync", "halt", "shutdown"].contains(&program)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: &str = "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n\
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n# a comment\n\nhalf:x:1000\n";

    #[test]
    fn a_machine_is_shared_when_another_person_can_log_in() {
        let with = |line: &str| format!("{SERVICES}ana:x:1000:1000:Ana:/home/ana:/bin/bash\n{line}\n");
        assert!(!has_others(SERVICES, 1000) && !has_others(SERVICES, 0) && !has_others("", 0));
        assert!(!has_others(&with(""), 1000), "the only person");
        assert!(has_others(&with(""), 0), "root beside a person");
        assert!(has_others(&with("ben:x:1001:1001::/home/ben:/usr/bin/zsh"), 1000));
        assert!(has_others(&with("ben:x:1001:1001::/home/ben:"), 1000), "no shell stands for the usual one");
        for service in ["ci:x:1001:1001::/srv/ci:/usr/sbin/nologin", "ci:x:1001:1001::/srv/ci:/bin/false", "ci:x:999:999::/srv:/bin/sh"] {
            assert!(!has_others(&with(service), 1000), "{service}");
        }
        assert!(!has_others(&with("nixbld1:x:70000:1::/var/empty:/bin/sh"), 1000));
    }
}
