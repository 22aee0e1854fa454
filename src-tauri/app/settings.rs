//! What a person chose for the whole workspace: `state/settings.json`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{App, SaveDelays};
use crate::error::{Code, Error, Result};
use crate::store::{Document, Store};
use crate::workspace::Workspace;

/// The file, in the folder of the workspace's state.
pub(super) const FILE: &str = "settings.json";
/// How long edits may wait to be saved, in seconds.
const SAVE_AFTER: std::ops::RangeInclusive<u32> = 1..=60;

/// Who can see previews.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export, rename = "PreviewPrivacy")]
#[serde(rename_all = "snake_case")]
pub enum Privacy {
    /// This user alone if other people have accounts on this machine.
    #[default]
    Auto,
    /// This user alone.
    On,
    /// Every user of this machine who knows the port.
    Off,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(default)]
pub struct Settings {
    /// How long after the last edit a document is saved, in seconds, from 1 to 60. However long that is, edits are in the draft log
    /// within a second.
    pub save_after_seconds: u32,
    /// Whether the previews that are started from now on are for this user alone.
    pub preview_private: Privacy,
}

impl Default for Settings {
    fn default() -> Self {
        Self { save_after_seconds: 1, preview_private: Privacy::Auto }
    }
}

impl Document for Settings {}

impl Settings {
    /// How long edits wait: a pause that is longer than the longest wait of `before` lengthens that too.
    fn delays(self, before: SaveDelays) -> SaveDelays {
        let debounce = Duration::from_secs(self.save_after_seconds.clamp(*SAVE_AFTER.start(), *SAVE_AFTER.end()).into());
        SaveDelays { debounce, cap: before.cap.max(debounce), draft: before.draft }
    }
}

/// How long edits wait in a workspace: as somebody chose, or else `default`.
pub(super) fn delays(workspace: &Workspace, default: SaveDelays) -> SaveDelays {
    match store(workspace).read::<Settings>(FILE) {
        Ok(chosen) => chosen.map_or(default, |settings| settings.delays(default)),
        Err(error) => {
            tracing::warn!(%error, "the settings cannot be read; what the program comes with is used");
            default
        }
    }
}

fn store(workspace: &Workspace) -> Store {
    Store::new(workspace.state(), &workspace.locks(), "state")
}

impl App {
    /// What is chosen for the workspace; what nobody chose is as the program comes with it.
    ///
    /// # Errors
    /// `Corrupt` if the file cannot be understood and no good copy is kept; `NotWritable` or `Io`.
    pub fn settings(&self) -> Result<Settings> {
        Ok(store(&self.0.workspace).read(FILE)?.unwrap_or_default())
    }

    /// Chooses. It counts at once in this process, and in every other that watches.
    ///
    /// # Errors
    /// `InvalidInput` if a value is out of its range; those of the store. Then nothing is changed.
    pub fn set_settings(&self, settings: Settings) -> Result<Settings> {
        if !SAVE_AFTER.contains(&settings.save_after_seconds) {
            let message = format!(
                "Edits can be saved from {} to {} seconds after the last one, not {}. Nothing was changed.",
                SAVE_AFTER.start(),
                SAVE_AFTER.end(),
                settings.save_after_seconds
            );
            return Err(Error::new(Code::InvalidInput, message).field("save_after_seconds"));
        }
        store(&self.0.workspace).put(FILE, "change the settings", &settings)?;
        self.follow_settings();
        Ok(settings)
    }

    /// Whether a preview that is started now is for this user alone. In doubt it is.
    pub fn has_private_previews(&self) -> bool {
        match self.settings().map_or(Privacy::On, |settings| settings.preview_private) {
            Privacy::On => true,
            Privacy::Off => false,
            Privacy::Auto => crate::process::is_shared_machine(),
        }
    }

    /// Does as the settings say, which somebody may have changed.
    pub(super) fn follow_settings(&self) {
        self.0.autosave.set_delays(delays(&self.0.workspace, self.0.delays));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pause_lengthens_the_longest_wait_and_none_leaves_the_range() {
        let seconds = |seconds| Settings { save_after_seconds: seconds, ..Settings::default() }.delays(SaveDelays::default());
        assert_eq!((seconds(1).debounce.as_secs(), seconds(1).cap.as_secs()), (1, 10));
        assert_eq!((seconds(60).debounce.as_secs(), seconds(60).cap.as_secs()), (60, 60));
        assert_eq!((seconds(0).debounce.as_secs(), seconds(9_999).debounce.as_secs()), (1, 60), "as somebody wrote by hand");
        assert_eq!(seconds(30).draft, SaveDelays::default().draft);
    }
}
