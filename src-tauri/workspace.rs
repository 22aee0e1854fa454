//! Every path on disk, in one place. Nothing else in the library joins names below a workspace.
//!
//! A workspace is one folder on one file system: `demos/`, `.staging/` and `.trash/` must be on the same one, since a
//! demo appears, leaves and returns by one rename.

mod identity;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub use identity::{Binding, FolderId, Root};

use crate::error::{Code, Error, Result};

/// The folder that holds everything, default `~/Backlot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    root: PathBuf,
    /// What its records are bound to; none before it was opened.
    binding: Option<Arc<Binding>>,
}

impl Workspace {
    /// The workspace at `root`, whose folder is made if it is not there. Links on the way to it are followed, this once: from here
    /// on `store::disk` refuses any.
    ///
    /// # Errors
    /// `InvalidInput` for a path that is not UTF-8, which documents could not name; `NotWritable`, `DiskFull` or `Io`.
    #[expect(clippy::disallowed_methods, reason = "it is not known yet where the workspace is")]
    pub fn resolve(root: &Path) -> Result<Self> {
        let failed = |cause: std::io::Error| Error::io("make the workspace's folder", root, &cause);
        let in_utf8 = |root: &Path| {
            let message = format!(
                "The workspace's path {} is not valid UTF-8. Nothing was created; choose a folder with another name.",
                root.display()
            );
            root.to_str().map(drop).ok_or_else(|| Error::new(Code::InvalidInput, message).field("workspace"))
        };
        let absolute = std::path::absolute(root).map_err(failed)?;
        in_utf8(&absolute)?;
        std::fs::create_dir_all(&absolute).map_err(failed)?;
        let resolved = std::fs::canonicalize(&absolute).map_err(failed)?;
        in_utf8(&resolved)?;
        Ok(Self::at(plain(resolved)))
    }

    /// The workspace at `root`, which must be absolute and lead through no link. Nothing is created.
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

    /// Makes sure that the workspace that was opened is still at its path.
    ///
    /// # Errors
    /// `WrongState` if it is not: what would be read or written there is of no workspace, or of another one.
    pub fn check_in_place(&self) -> Result<()> {
        if self.is_in_place() {
            return Ok(());
        }
        let message = format!(
            "The workspace folder was moved or deleted: {} is not the folder that Backlot opened. Changes cannot be saved. Move it back, or \
             quit and open it at its new location.",
            self.root.display()
        );
        Err(Error::new(Code::WrongState, message))
    }

    /// Where the workspace is: where `given` says, else `$BACKLOT_WORKSPACE`, else `Backlot` in the home folder.
    ///
    /// # Errors
    /// `InvalidInput` if that depends on what is not known, or on the folder that a program happens to be started in.
    pub fn find_root(given: Option<PathBuf>) -> Result<PathBuf> {
        let named = std::env::var_os("BACKLOT_WORKSPACE").filter(|root| !root.is_empty()).map(PathBuf::from);
        choose(given, named, std::env::home_dir())
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

    /// What a workspace has at fixed places, made when it is needed.
    pub fn made_later(&self) -> [PathBuf; 5] {
        [self.manifest(), self.cache(), self.thumbnails(), self.portraits(), self.builds()]
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

/// The path as other programs write it: on Windows a resolved one begins with `\\\\?\\`, which git does not take.
fn plain(resolved: PathBuf) -> PathBuf {
    if !cfg!(windows) {
        return resolved;
    }
    let plain = resolved.to_str().and_then(|path| path.strip_prefix(r"\\?\")).filter(|path| path.chars().nth(1) == Some(':'));
    plain.map_or_else(|| resolved.clone(), PathBuf::from)
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

/// The root among what was given, what the environment names, and the default. Shells leave `~` as it is where it is quoted,
/// or not at the start of a word: taken literally it would be a folder of that name.
fn choose(given: Option<PathBuf>, named: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf> {
    let refused = |message: String| Err(Error::new(Code::InvalidInput, message).field("workspace"));
    let no_home = || {
        Error::new(Code::InvalidInput, "There is no home folder to keep the workspace in. Name one with --workspace.").field("workspace")
    };
    let is_given = given.is_some();
    let Some(written) = given.or(named) else { return Ok(home.ok_or_else(no_home)?.join("Backlot")) };
    let mut parts = written.components();
    let root = match parts.next() {
        Some(Component::Normal(first)) if first == "~" => home.ok_or_else(no_home)?.join(parts.as_path()),
        Some(Component::Normal(first)) if first.to_string_lossy().starts_with('~') => {
            return refused(format!(
                "The workspace “{}” begins with another user's home folder, which only a shell can find. Nothing was opened; give the \
                 whole path, or write ./ before a folder of that name.",
                written.display()
            ));
        }
        _ => written,
    };
    if !is_given && root.is_relative() {
        return refused(format!(
            "BACKLOT_WORKSPACE is “{}”, which is another folder wherever a program is started. Nothing was opened; give the whole path.",
            root.display()
        ));
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_one_folder_wherever_a_program_is_started() {
        let path = |text: &str| Some(PathBuf::from(text));
        let chosen = |given: Option<&str>, named: Option<&str>| {
            choose(given.and_then(path), named.and_then(path), path("/home/ana")).map(|root| root.display().to_string())
        };
        for (given, named, root) in [
            (None, None, "/home/ana/Backlot"),
            (None, Some("/srv/demos"), "/srv/demos"),
            (None, Some("~"), "/home/ana/"),
            (None, Some("~/x y"), "/home/ana/x y"),
            (Some("~/x"), Some("/srv/demos"), "/home/ana/x"),
            (Some("here"), None, "here"),
            (Some("./~"), None, "./~"),
            (Some("a/~/b"), None, "a/~/b"),
        ] {
            assert_eq!(chosen(given, named).unwrap(), root, "{given:?} {named:?}");
        }
        for (given, named, why) in [
            (None, Some("demos"), "whole path"),
            (None, Some("./demos"), "whole path"),
            (None, Some("~ben/demos"), "another user's"),
            (Some("~ben"), None, "another user's"),
        ] {
            let refused = chosen(given, named).unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (Code::InvalidInput, Some("workspace")));
            assert!(refused.message.contains(why), "{}", refused.message);
        }
        assert!(choose(None, path("~/x"), None).is_err() && choose(None, None, None).is_err());
    }
}
