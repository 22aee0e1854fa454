//! Backlot without a window: many demo sites on one machine, cloned from templates and never half there.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`api`] | the one surface: every operation declared once, for the window, the command line and agents |
//! | [`app`] | opens a workspace, wires the features, tells of changes, ends in order |
//! | [`autosave`] | documents that are being edited: saved by themselves, merged, and kept as drafts until then |
//! | [`demo`] | demos: the creation protocol, the registry on disk, trash and restore |
//! | [`content`] | the documents of a demo: pages, global widgets, menus, theme settings; what can be done with them |
//! | [`export`] | a demo's whole site as a folder or a zip file, ready to be put on a server |
//! | [`media`] | the files a demo's pages show, and the catalogue that describes them |
//! | [`preview`] | each demo's site on a port of this machine: served, reloaded, by its own command if that is trusted |
//! | [`render`] | pages to HTML: LiquidJS in an engine with limits, on a thread of its own |
//! | [`template`] | templates: mirrors of repositories, and the starters inside the program |
//! | [`site`] | the layout of a site: where things stand and what they look like; pure descriptions |
//! | [`git`] | the only user of libgit2: fetching, checking, cloning, in a child process |
//! | [`process`] | commands of others, run and ended as whole trees of processes |
//! | [`store`] | the only writer of state: locks, atomic replacing, staging folders, JSON edited in place |
//! | [`error`], [`event`], [`clock`], [`cancel`], [`progress`], [`workspace`] | what everything may use |
//!
//! Imports run downward only, and `tests/tidy.rs` holds them: the shells (`cli`, `desktop`) use [`api`], and of [`app`] what
//! opens and closes a workspace; [`api`] uses [`app`] and the features' models; [`app`] uses every
//! feature; a feature uses [`store`], [`git`] and [`process`] and never another feature; everything may use the last row.
//!
//! The library names no window toolkit: it builds and is tested with no webview installed.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test fails by panicking"))]

pub mod api;
pub mod app;
pub mod autosave;
pub mod cancel;
pub mod clock;
pub mod content;
pub mod demo;
pub mod error;
pub mod event;
pub mod export;
pub mod git;
pub mod media;
pub mod preview;
pub mod process;
pub mod progress;
pub mod render;
pub mod site;
pub mod store;
pub mod template;
pub mod workspace;
