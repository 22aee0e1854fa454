//! The results as a page of the documentation.

use std::fmt::Write as _;
use std::time::Duration;

use backlot::clock::Clock;

use crate::load::Load;
use crate::server::Stopped;
use crate::{PREVIEWS, RATE, WARM_UP};

/// How much the memory may differ from the beginning to the end, in kB: what an allocator keeps for a moment.
pub const GROWTH: i64 = 3 * 1024;

/// The whole page.
pub fn write(idle: u64, load: &Load, stopped: &Stopped, time: Duration) -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    #[expect(clippy::cast_precision_loss, reason = "to be read by people")]
    let per_second = load.requests as f64 / load.seconds;
    #[expect(clippy::cast_precision_loss, reason = "to be read by people")]
    let megabytes = load.bytes as f64 / 1_000_000.0 / load.seconds;
    let at = |hundredths: usize| {
        let index = (load.latencies.len() * hundredths / 100).min(load.latencies.len().saturating_sub(1));
        f64::from(load.latencies.get(index).copied().unwrap_or_default()) / 1000.0
    };
    let begin = load.memory.first().copied().unwrap_or_default();
    let end = load.memory.last().copied().unwrap_or_default();
    let series: Vec<String> =
        load.memory.iter().step_by((load.memory.len() / 6).max(1)).map(|kilobytes| format!("{:.1}", mebibytes(*kilobytes))).collect();
    let mut text = format!(
        "# Previews under load\n\n\
         Written by `cargo xtask bench preview` on {}: {cores} cores, {}, the load generator on the same machine. {PREVIEWS} previews in \
         one process, each asked {RATE} times a second for {} s (after {} s that do not count) over five kept connections: pages \
         of 12 kB, a style sheet, a picture of 60 kB, 100 kB parts of a video, and a path that is not there. Every answer's status, \
         length and demo is checked. On each preview one page listens for changes, and each second a style sheet changes.\n\n\
         | | |\n| --- | ---: |\n",
        Clock::system().now().strftime("%Y-%m-%d"),
        std::env::consts::OS,
        time.as_secs(),
        WARM_UP.as_secs(),
    );
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "| {name} | {value} |");
    };
    row("Requests", load.requests.to_string());
    row("Errors", load.errors.to_string());
    row("Requests/s, of all", format!("{per_second:.0} (wanted {})", PREVIEWS * RATE as usize));
    row("MB/s", format!("{megabytes:.0}"));
    row("Latency p50, p99, longest (ms)", format!("{:.2}, {:.2}, {:.1}", at(50), at(99), at(100)));
    row("Changes told to the pages that listen", format!("{} of {}", load.heard, load.changes));
    row("Memory idle, at the beginning, at the end (MiB RSS)", {
        format!("{:.1}, {:.1}, {:.1}", mebibytes(idle), mebibytes(begin), mebibytes(end))
    });
    row("Memory over the time", series.join(" · "));
    row("Growth from the second fifth to the last (kB)", load.growth().to_string());
    row("Stopping all of them (ms)", stopped.took.as_millis().to_string());
    row("Ports still answering, still taken", format!("{}, {}", stopped.open_ports, stopped.locked_ports));
    row("Sockets, processes, records left", format!("{}, {}, {}", stopped.descriptors, stopped.processes, stopped.records));
    if let Some(error) = &load.first_error {
        let _ = writeln!(text, "\nThe first error: {error}");
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "to be read by people")]
fn mebibytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
