//! The layout of a site, as Widgetizer projects and themes have it: where things stand and what they look like.
//!
//! Descriptions and pure functions; of a demo only its documents are read, and what is changed is changed in a batch of its store.

pub mod builtin;
pub mod documents;
pub mod file;
pub mod generator;
pub mod kind;
pub mod lfs;
pub mod locale;
pub mod markup;
pub mod media;
pub mod name;
pub mod package;
pub mod references;
pub mod shown;
pub mod sizes;
pub mod usage;
