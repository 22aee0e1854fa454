//! Ending processes that these commands started, by their ids.
//!
//! Never through the external `kill`: it is not on every system, and some of its releases read only the first digit of a
//! negative number, which ends every process of the machine.

use std::process::{Child, ExitStatus};
use std::time::Duration;

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

/// Waits until a child has ended, and gives the processor time that it took with all its descendants that were waited for; none
/// where the system does not say.
pub fn wait_timed(child: &mut Child) -> std::io::Result<(ExitStatus, Option<Duration>)> {
    #[cfg(target_os = "linux")]
    let spent = process_of(child).and_then(|process| {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        // It is left as it is, so that its times can still be read.
        waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).ok()?;
        let told = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
        ticks(&told).map(|ticks| Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
    });
    #[cfg(not(target_os = "linux"))]
    let spent = None;
    child.wait().map(|status| (status, spent))
}

/// The clock ticks that a process and its children took, of `/proc/<pid>/stat` (`proc_pid_stat(5)`): the fields 14 to 17.
#[cfg(target_os = "linux")]
fn ticks(stat: &str) -> Option<u64> {
    // The second field is the program's name in parentheses, which may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().skip(11).take(4).map(|field| field.parse::<u64>().ok()).sum()
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

    #[cfg(target_os = "linux")]
    #[test]
    fn the_time_of_a_process_is_its_own_and_that_of_its_children() {
        let stat = "12 (a b) c) S 1 1 1 0 -1 0 9 9 9 9 1 2 3 4 20 0 1 0 5";
        assert_eq!(super::ticks(stat), Some(10));
        assert_eq!(super::ticks("12 (a"), None);
    }

    #[test]
    fn no_process_is_named_by_zero_one_or_more_than_a_pid_holds() {
        assert!([0, 1, u32::MAX].into_iter().all(|id| checked(id).is_none()));
        assert!(checked(2).is_some());
    }
}
