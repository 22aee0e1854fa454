//! The layout of a site, as Widgetizer projects and themes have it: where things stand and what they look like.
//!
//! Descriptions and pure functions; of a demo only its documents are read, and what is changed is changed in a batch of its store.

pub mod builtin;
pub mod copies;
pub mod documents;
pub mod entities;
pub mod file;
pub mod file_uses;
pub mod generator;
pub mod held;
pub mod input;
pub mod kind;
pub mod layout;
pub mod lfs;
pub mod locale;
pub mod markup;
pub mod media;
pub mod mentions;
pub mod name;
pub mod package;
pub mod references;
pub mod shown;
pub mod sizes;
mod texts;
pub mod usage;
