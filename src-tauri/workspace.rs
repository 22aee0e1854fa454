//! Every path on disk, in one place. Nothing else in the library joins names below a workspace.
//!
//! A workspace is one folder on one file system: `demos/`, `.staging/` and `.trash/` must be on the same one, since a
//! demo appears, leaves and returns by one rename.

mod identity;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use identity::{Binding, FolderId, Root};

/// The folder that holds everything, default `~/Backlot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    root: PathBuf,
    /// What its records are bound to; none before it was opened.
    binding: Option<Arc<Binding>>,
}

impl Workspace {
    /// The workspace at `root`, which must be absolute. Nothing is created.
    pub fn at(root: PathBuf) -> Self {
        Self { root, binding: None }
    }

    /// The same workspace, known to be that one in that folder.
    #[must_use]
    pub fn bound_to(self, binding: Binding) -> Self {
        Self { binding: Some(Arc::new(binding)), ..self }
    }

    /// What its records of processes and paths are bound to; none before it was opened.
    pub fn binding(&self) -> Option<&Binding> {
        self.binding.as_deref()
    }

    /// Whether a record belongs to this workspace in this folder, and not to one that it was copied from.
    pub fn is_own(&self, bound: &Binding) -> bool {
        self.binding().is_none_or(|own| own.is_same(bound))
    }

    /// Whether the workspace that was opened is still at its path.
    pub fn is_in_place(&self) -> bool {
        self.binding().is_none_or(|own| Root::of(&self.root).is_ok_and(|found| found.is_same(&own.root)))
    }

    /// Where the workspace is when nothing else is said: `$BACKLOT_WORKSPACE`, else `Backlot` in the home folder.
    pub fn default_root() -> Option<PathBuf> {
        if let Some(root) = std::env::var_os("BACKLOT_WORKSPACE").filter(|root| !root.is_empty()) {
            return Some(PathBuf::from(root));
        }
        std::env::home_dir().map(|home| home.join("Backlot"))
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `backlot.json`, which marks a folder as a workspace.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("backlot.json")
    }

    /// The complete demos, a folder each.
    pub fn demos(&self) -> PathBuf {
        self.root.join("demos")
    }

    /// One demo's folder.
    pub fn demo(&self, slug: &str) -> PathBuf {
        self.demos().join(slug)
    }

    /// Demos being built, a folder each, by demo id.
    pub fn staging(&self) -> PathBuf {
        self.root.join(".staging")
    }

    /// Deleted demos, a folder each, by demo id.
    pub fn trash(&self) -> PathBuf {
        self.root.join(".trash")
    }

    /// What can be made again at any time: it may be lost or removed.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Small pictures of media, for the window.
    pub fn thumbnails(&self) -> PathBuf {
        self.cache().join("thumbnails")
    }

    /// Pictures of demos, for lists.
    pub fn portraits(&self) -> PathBuf {
        self.cache().join("portraits")
    }

    /// The cached templates, a folder each.
    pub fn templates(&self) -> PathBuf {
        self.root.join("templates")
    }

    /// One template's folder.
    pub fn template(&self, key: &str) -> PathBuf {
        self.templates().join(key)
    }

    /// What the workspace itself must remember.
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The creation records, one for each request id.
    pub fn creations(&self) -> PathBuf {
        self.state().join("creations")
    }

    /// The lock files; never inside a folder that moves.
    pub fn locks(&self) -> PathBuf {
        self.state().join("locks")
    }

    /// Edits that are not saved yet, a log for each demo and program.
    pub fn drafts(&self) -> PathBuf {
        self.state().join("drafts")
    }

    /// The previews that run, a record each.
    pub fn previews(&self) -> PathBuf {
        self.state().join("previews")
    }

    /// What was decided about the dev commands of demos.
    pub fn trust(&self) -> PathBuf {
        self.state().join("trust")
    }

    /// What is known of the builds of each demo, a file each.
    pub fn builds(&self) -> PathBuf {
        self.state().join("builds")
    }

    /// The program's own log files.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Every folder that a workspace has from the start.
    pub fn folders(&self) -> [PathBuf; 11] {
        [
            self.demos(),
            self.staging(),
            self.trash(),
            self.templates(),
            self.state(),
            self.creations(),
            self.locks(),
            self.drafts(),
            self.previews(),
            self.trust(),
            self.logs(),
        ]
    }
}

/// The names inside one demo's folder, be it under `demos/`, `.staging/` or `.trash/`.
pub mod demo {
    /// The demo's identity.
    pub const IDENTITY: &str = "demo.json";
    /// The demo's state.
    pub const STATUS: &str = "demo.status.json";
    /// Which edits of whose drafts are saved.
    pub const AUTOSAVE: &str = "autosave.json";
    /// The git clone.
    pub const SITE: &str = "site";
    /// What commands said that ran in the demo.
    pub const LOGS: &str = "logs";
    /// What was removed, by the token that brings it back: pages as a document each, `.trash/<token>.json`; media as a folder
    /// each, `.trash/<token>/`, with the files and a record of what they were.
    pub const TRASH: &str = ".trash";
}

/// The names inside one template's folder.
pub mod template {
    /// The template's identity.
    pub const IDENTITY: &str = "template.json";
    /// The bare mirror demos are cloned from.
    pub const MIRROR: &str = "mirror.git";
}
