//! The library and the CLI on real files and real git repositories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stderr, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod cancel;
mod content;
mod copied;
mod create;
mod damaged;
mod demos;
mod demos_moved;
mod doctor;
mod export;
mod export_moves;
#[cfg(target_os = "linux")]
mod fat;
mod formats;
mod hostile;
mod identity;
#[cfg(unix)]
mod links;
mod media;
mod media_change;
mod media_corpus;
mod media_doctor;
mod media_hostile;
mod media_import;
mod media_metadata;
mod media_repair;
mod media_use;
mod preview;
mod published;
mod races;
mod render;
mod render_many;
mod render_tags;
mod render_theme;
mod rich_text;
mod submodules;
mod templates;
mod warnings;
mod watch;
