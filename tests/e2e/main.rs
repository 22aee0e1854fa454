//! Journeys of a user through the real window, on real files and real git repositories.
//!
//! Run them with `cargo xtask e2e`, which brings a display that nobody sees; by themselves they need `DISPLAY` set, and
//! `--test-threads=1`, since native dialogs take the one keyboard there is.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test ends by panicking, and its files are its own"
)]

#[path = "../support/photographs.rs"]
mod photographs;
#[path = "../support/window.rs"]
mod window;

mod busy;
mod closing;
mod create;
mod dialog;
mod driver;
mod drop;
mod edit;
mod frozen;
mod interrupted;
mod keep;
mod keyboard;
mod library;
mod looks;
mod picture;
mod portraits;
mod preview;
mod removed;
mod repaint;
mod sources;
mod steps;
mod tour;
mod webdriver;
