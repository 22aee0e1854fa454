//! The layout of a site, as Widgetizer projects and themes have it: where things stand and what they look like.
//!
//! Only descriptions and pure functions: nothing here reads or changes a demo.

pub mod file;
pub mod media;
