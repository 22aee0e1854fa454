//! Ending processes that these commands started, by their ids.
//!
//! Never through the external `kill`: it is not on every system, and some of its releases read only the first digit of a
//! negative number, which ends every process of the machine.

use std::process::Child;

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Asks a child to end, and waits until it has.
pub fn terminate(child: &mut Child) {
    #[cfg(unix)]
    if let Some(process) = process_of(child) {
        let _ = kill_process(process, Signal::TERM);
    }
    #[cfg(not(unix))]
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends a child that leads a process group of its own, with the whole group, and waits for the child.
pub fn end_group(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = process_of(child) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends one process.
#[cfg(target_os = "linux")]
pub fn end(id: u32) {
    if let Some(process) = checked(id) {
        let _ = kill_process(process, Signal::KILL);
    }
}

/// The child's id, unless it has been waited for: then the number may be another's.
#[cfg(unix)]
fn process_of(child: &mut Child) -> Option<Pid> {
    if child.try_wait().ok()?.is_some() {
        return None;
    }
    checked(child.id())
}

#[cfg(unix)]
fn checked(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().filter(|id| *id > 1).and_then(Pid::from_raw)
}

#[cfg(all(test, unix))]
mod tests {
    use super::checked;

    #[test]
    fn no_process_is_named_by_zero_one_or_more_than_a_pid_holds() {
        assert!([0, 1, u32::MAX].into_iter().all(|id| checked(id).is_none()));
        assert!(checked(2).is_some());
    }
}
