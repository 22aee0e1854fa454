//! `backlot settings`: what is chosen for the whole workspace.

use backlot::app::Settings;
use backlot::error::Result;
use clap::{Subcommand, ValueEnum};

use crate::Context;
use crate::output::table;

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show every setting
    Get,
    /// Choose a setting; a window that is open follows at once
    Set {
        /// The setting
        key: Key,
        /// Its value
        value: u32,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Key {
    /// How long after the last edit a document is saved, in seconds, from 1 to 60
    SaveAfterSeconds,
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { app, out, .. } = context;
    let settings = match verb {
        Verb::Get => app.settings()?,
        Verb::Set { key: Key::SaveAfterSeconds, value } => app.set_settings(Settings { save_after_seconds: value })?,
    };
    out.result(&settings, |settings| table(&[vec!["save-after-seconds".to_owned(), settings.save_after_seconds.to_string()]]));
    Ok(())
}
