//! `backlot settings`: what is chosen for the whole workspace.

use backlot::api::{ArePreviewsPrivate, GetSettings, SetSettings};
use backlot::app::{Privacy, Settings};
use backlot::error::{Code, Error, Result};
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
        value: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Key {
    /// How long after the last edit a document is saved, in seconds, from 1 to 60
    SaveAfterSeconds,
    /// Whether previews are for you alone: `on`, `off`, or `auto`, which is on where others have accounts on this machine
    PreviewPrivate,
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    let settings = match verb {
        Verb::Get => api.call(GetSettings {})?,
        Verb::Set { key, value } => api.call(SetSettings { settings: with(api.call(GetSettings {})?, key, &value)? })?,
    };
    let is_private = api.call(ArePreviewsPrivate {})?;
    out.result(&settings, |settings| {
        let private = match settings.preview_private {
            Privacy::Auto => format!("auto, which is {} here", if is_private { "on" } else { "off" }),
            Privacy::On => "on".to_owned(),
            Privacy::Off => "off".to_owned(),
        };
        let rows = [("save-after-seconds", settings.save_after_seconds.to_string()), ("preview-private", private)];
        table(&rows.map(|(key, value)| vec![key.to_owned(), value]))
    });
    Ok(())
}

/// The settings with one of them changed.
fn with(settings: Settings, key: Key, value: &str) -> Result<Settings> {
    let unusable = |field: &str, usable: &str| {
        Error::new(Code::InvalidInput, format!("“{value}” is no value for this setting; use {usable}. Nothing was changed.")).field(field)
    };
    Ok(match key {
        Key::SaveAfterSeconds => {
            let seconds = value.parse().map_err(|_| unusable("save_after_seconds", "a number of seconds from 1 to 60"))?;
            Settings { save_after_seconds: seconds, ..settings }
        }
        Key::PreviewPrivate => {
            let privacy = match value {
                "auto" => Privacy::Auto,
                "on" => Privacy::On,
                "off" => Privacy::Off,
                _ => return Err(unusable("preview_private", "auto, on or off")),
            };
            Settings { preview_private: privacy, ..settings }
        }
    })
}
