//! What the window, the CLI and other programs are shown of a workspace.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::autosave::model::DocumentStanding;
use crate::demo::model::DemoView;
use crate::error::Error;
use crate::event::Event;
use crate::export::model::Build;
use crate::media::model::MediaImport;
use crate::preview::model::Preview;
use crate::template::model::Template;

/// Everything a window needs to begin; events with a higher `seq` follow on it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct Snapshot {
    /// The number of the last event that is already in here.
    #[ts(type = "number")]
    pub seq: u64,
    /// The program's version.
    pub version: String,
    /// The workspace's folder.
    pub workspace: String,
    /// Every demo, creations included, newest first; the trash is not in here.
    pub demos: Vec<DemoView>,
    /// Every template, starters first.
    pub templates: Vec<Template>,
    /// What a person should know about the workspace as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Notice>>", optional)]
    pub notices: Vec<Notice>,
}

/// What a person should know about the workspace as a whole, for as long as it is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// The folder that was opened is not at its path any more.
    WorkspaceMoved {
        /// That, and what to do.
        message: String,
    },
    /// Changes by other programs are found by looking every few seconds, since the system watches no more folders.
    NotWatched {
        /// That, and what to do.
        message: String,
    },
}

/// What happened. Each carries the whole thing it is about.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A demo is new, or something about it changed.
    DemoChanged {
        /// The demo as it is now.
        demo: Box<DemoView>,
    },
    /// A demo is no longer in the list: deleted, dismissed, or its folder is gone.
    DemoRemoved {
        /// The demo that was there.
        id: Uuid,
    },
    /// The templates changed.
    TemplatesChanged {
        /// All of them, starters first.
        templates: Vec<Template>,
    },
    /// A document that is being edited has another version, or stands otherwise with the disk.
    DocumentChanged(DocumentStanding),
    /// Pages, menus or widget types of a demo came, went or changed their names.
    ContentChanged {
        /// The demo.
        demo: Uuid,
    },
    /// The media of a demo changed.
    MediaChanged {
        /// The demo.
        demo: Uuid,
    },
    /// An import of media is further, or has ended.
    ImportChanged {
        /// The import as it is now.
        import: MediaImport,
    },
    /// There are other drafts to apply or give up.
    DraftsChanged {
        /// The demo.
        demo: Uuid,
    },
    /// A preview is started, answers, ended, or has nothing to show any more.
    PreviewChanged {
        /// The preview as it is now.
        preview: Preview,
    },
    /// A demo's dev command said something.
    PreviewSaid {
        /// The demo.
        demo: Uuid,
        /// Whole lines of plain text.
        text: String,
    },
    /// A build is further, or has ended.
    BuildChanged {
        /// The build as it is now.
        build: Build,
    },
    /// A demo has another picture.
    ThumbnailChanged {
        /// The demo.
        demo: Uuid,
    },
    /// There is something else to know about the workspace as a whole.
    NoticesChanged {
        /// All there is.
        notices: Vec<Notice>,
    },
    /// The program ends as soon as everything is saved.
    Closing,
}

/// An event as the window gets it.
pub type AppEvent = Event<Change>;

/// Whether a slug can be used, and one that can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[ts(export)]
pub struct SlugCheck {
    /// The slug as it was asked.
    pub slug: String,
    /// Why it cannot be used, or none when it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub error: Option<Error>,
    /// A valid and free slug near to it; the same when it can be used.
    pub suggestion: String,
}
