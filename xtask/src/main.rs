//! The project's own commands: `cargo xtask <command>`.
//!
//! Everything a fresh clone needs is one command away, so each of them prepares the machine first (quickly, when there
//! is nothing to do), says what it does and how long it took, and on failure prints the command that failed and what to
//! do about it. Next to no dependencies: this is compiled before anything else on a new machine.
#![allow(
    clippy::disallowed_methods,
    reason = "the product's store and clock guard a workspace; this program writes only build output and stamps"
)]

mod bench;
mod broken;
mod bundle;
mod clean_root;
mod declared;
mod display;
mod fresh;
mod paths;
mod proof;
mod run;
mod rust;
mod scratch;
mod setup;
mod signal;
mod step;
mod system;
mod test;
mod ui;

use std::process::ExitCode;
use step::Failure;

const HELP: &str = "\
The project's own commands. Each prepares the machine first, and says what it does and how long it took.

  cargo xtask setup                 install what is missing: system packages, the UI's packages
  cargo xtask run [--release]       build and open Backlot; with no display, drive the real window once under Xvfb
  cargo xtask run --declared        the same without a display, and with no other programs on the PATH than it declares
  cargo xtask dev                   open Backlot with the UI served by Vite, reloading on change
  cargo xtask web                   serve the UI to a browser, with the real backend in a workspace that is thrown away
  cargo xtask test [--quick]        every test there is; --quick: no clippy, crash, browser or window tests
  cargo xtask e2e [--screenshots] [name…]
                                    only the tests in the real window, or those whose name contains one given;
                                    --screenshots: refresh docs/screenshots
  cargo xtask browser [file…]       the tests of the UI in a browser against the real backend, or those of files
                                    whose name contains one given; not part of “test” yet
  cargo xtask torture [minutes]     kill and starve the program at every single moment, again and again [default: 10]
  cargo xtask broken [name…]        break the store on purpose, in a copy, in every way there is a test for, or in those whose
                                    name contains one given: each test must fail; all variants are compiled once
  cargo xtask bench store [--quick]
                                    the store against what else there is, into docs/benchmarks/store.md; --quick: one round
  cargo xtask bench media [--quick] an import of 2,000 photographs, into docs/benchmarks/media.md; --quick: 200
  cargo xtask bench edit [--quick]  keystrokes and saves of a long page, into docs/benchmarks/editing.md
  cargo xtask bench render [--quick]
                                    a page of thirty widgets, into docs/benchmarks/render.md; --quick: 20 rounds
  cargo xtask bench export [--quick]
                                    a site of 200 pages and 400 pictures, built, into docs/benchmarks/export.md; --quick: 20 pages
  cargo xtask bench busy            the real window while 2,000 photographs come in, into docs/benchmarks/busy.md
  cargo xtask bench repaint         from a key to the painted preview in the real window, into docs/benchmarks/repaint.md
  cargo xtask bench preview [--quick]
                                    ten previews under load, into docs/benchmarks/preview.md; --quick: for five seconds
  cargo xtask fresh                 both commands of the README in a clean Debian root made by debootstrap (Debian or Ubuntu,
                                    as root); takes the last commit, downloads everything, and prints how long each step took
  cargo xtask bundle                build the .deb and the .rpm
  cargo xtask bundle --check        install and start the .deb in a clean system root (Debian or Ubuntu, as root)

CARGO_TARGET_DIR is honoured. Logs of the quiet steps are kept in target/xtask/logs.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let started = std::time::Instant::now();
    let outcome = match arguments.as_slice() {
        ["setup"] => setup::prepare(setup::Purpose::Test),
        ["run"] => run::run(rust::Profile::Dev),
        ["run", "--declared"] => run::with_declared_programs(),
        ["run", "--release"] => run::run(rust::Profile::Release),
        ["dev"] => run::dev(),
        ["test"] => test::run(test::Extent::Everything),
        ["test", "--quick"] => test::run(test::Extent::Quick),
        ["e2e", "--screenshots", names @ ..] => test::window(names, test::Screenshots::Refresh),
        ["web"] => test::web(),
        ["browser", names @ ..] if names.iter().all(|name| !name.starts_with('-')) => test::browser_alone(names),
        ["e2e", names @ ..] if names.iter().all(|name| !name.starts_with('-')) => test::window(names, test::Screenshots::Leave),
        ["torture"] => test::torture(10),
        ["torture", minutes] if minutes.parse::<u64>().is_ok() => test::torture(minutes.parse().unwrap_or(10)),
        ["broken", names @ ..] if names.iter().all(|name| !name.starts_with('-')) => proof::run(names),
        ["bench", "store"] => bench::store(bench::Rounds::Several),
        ["bench", "store", "--quick"] => bench::store(bench::Rounds::One),
        ["bench", "media"] => bench::media(bench::Rounds::Several),
        ["bench", "media", "--quick"] => bench::media(bench::Rounds::One),
        ["bench", "edit"] => bench::edit(bench::Rounds::Several),
        ["bench", "edit", "--quick"] => bench::edit(bench::Rounds::One),
        ["bench", "render"] => bench::render(bench::Rounds::Several),
        ["bench", "render", "--quick"] => bench::render(bench::Rounds::One),
        ["bench", "export"] => bench::export(bench::Rounds::Several),
        ["bench", "export", "--quick"] => bench::export(bench::Rounds::One),
        ["bench", module @ ("busy" | "repaint")] => test::measure(module),
        ["bench", "preview"] => bench::preview(bench::Rounds::Several),
        ["bench", "preview", "--quick"] => bench::preview(bench::Rounds::One),
        ["fresh"] => fresh::run(),
        ["bundle"] => bundle::build().map(drop),
        ["bundle", "--check"] => bundle::check(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        unknown => Err(Failure::new(format!("there is no `cargo xtask {}`\n\n{HELP}", unknown.join(" ")))),
    };
    match outcome {
        Ok(()) => {
            println!("Done in {}.", step::seconds(started.elapsed()));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("\n✗ {failure}\nFailed after {}.", step::seconds(started.elapsed()));
            ExitCode::FAILURE
        }
    }
}
