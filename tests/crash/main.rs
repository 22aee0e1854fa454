//! The promises, proved by killing the real program and by making its system calls fail (`SQLite` tests its commits so).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stderr, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

#[path = "../support/mod.rs"]
mod support;

mod autosave;
mod creations;
mod doctor;
mod documents;
mod editor;
mod export;
mod locks;
mod media;
mod moments;
mod operations;
mod power;
