//! The folder that is served, and the only way to its files.
//!
//! Files are opened relative to the folder itself (`openat2` with `RESOLVE_BENEATH` where the system has it), so that no link
//! leads out however it is made or changed meanwhile. Folders move: a demo is renamed, deleted, brought back. What is served is
//! always the folder that the demo has now, and never what another folder of its old name holds.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cap_std::fs::{Dir, OpenOptions};

use super::Source;
use crate::error::{Code, Error, Result};
use crate::site::held::{Mark, mark};
use crate::store::disk;

/// How long it is believed that a folder is gone, before it is looked for again.
const GONE: Duration = Duration::from_millis(250);

/// Where a site is now, and what makes its pages.
#[derive(Debug, Clone)]
pub struct Found {
    /// The folder.
    pub folder: PathBuf,
    /// What renders its pages; none if it is served as files.
    pub source: Option<Arc<dyn Source>>,
}

/// Finds the site.
pub(super) type Find = Box<dyn Fn() -> Result<Found> + Send + Sync>;

/// The site of one preview, wherever it goes.
pub(super) struct Site {
    find: Find,
    place: Mutex<State>,
}

enum State {
    Here(Arc<Place>),
    Gone(Error, Instant),
}

/// A folder that is there.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
    mark: Mark,
    dir: Dir,
    pub source: Option<Arc<dyn Source>>,
}

/// What a path of a site leads to.
#[derive(Debug)]
pub(super) enum Opened {
    File { file: File, size: u64, stamp: String },
    Folder,
}

/// How a look for the folder ended.
#[derive(Debug)]
pub(super) struct Look {
    pub place: Result<Arc<Place>>,
    /// Whether that is news.
    pub has_changed: bool,
}

impl Site {
    /// Finds the site for the first time.
    pub fn new(find: Find) -> Result<Self> {
        let place = Mutex::new(State::Here(Arc::new(Place::open_found(find()?)?)));
        Ok(Self { find, place })
    }

    /// Whether its pages are rendered, when it was last seen.
    pub fn is_rendered(&self) -> bool {
        matches!(&*self.state(), State::Here(place) if place.source.is_some())
    }

    /// The folder that is served now, for one of many who ask: that it is gone is believed for a moment.
    pub fn look(&self) -> Look {
        self.look_believing(GONE)
    }

    /// The folder that is served at this very moment.
    pub fn look_anew(&self) -> Look {
        self.look_believing(Duration::ZERO)
    }

    fn look_believing(&self, gone: Duration) -> Look {
        let mut state = self.state();
        match &*state {
            State::Here(place) if place.is_there() => return Look { place: Ok(place.clone()), has_changed: false },
            State::Gone(error, at) if at.elapsed() < gone => return Look { place: Err(error.clone()), has_changed: false },
            State::Here(_) | State::Gone(..) => {}
        }
        match (self.find)().and_then(Place::open_found) {
            Ok(place) => {
                let place = Arc::new(place);
                *state = State::Here(place.clone());
                Look { place: Ok(place), has_changed: true }
            }
            Err(error) => {
                let has_changed = !matches!(&*state, State::Gone(before, _) if *before == error);
                *state = State::Gone(error.clone(), Instant::now());
                Look { place: Err(error), has_changed }
            }
        }
    }
}

impl Site {
    fn state(&self) -> MutexGuard<'_, State> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

impl Place {
    fn open_found(found: Found) -> Result<Self> {
        let failed = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => gone(&found.folder),
            _ => Error::io("open the site's folder", &found.folder, &cause),
        };
        let dir = Dir::from_std_file(disk::open_folder(&found.folder).map_err(failed)?);
        let mark = dir.try_clone().and_then(|dir| mark(&dir.into_std_file().metadata()?)).map_err(failed)?;
        Ok(Self { folder: found.folder, mark, dir, source: found.source })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is the same folder at the same place.
    pub fn is_same(&self, other: &Self) -> bool {
        self.folder == other.folder && self.mark == other.mark
    }

    /// Whether its path still names this very folder.
    fn is_there(&self) -> bool {
        disk::metadata(&self.folder).and_then(|found| mark(&found)).is_ok_and(|mark| mark == self.mark)
    }

    /// Opens what `path`, below the folder, leads to: a file, or a folder.
    pub fn open(&self, path: &str) -> io::Result<Opened> {
        let mut options = OpenOptions::new();
        options.read(true);
        // A pipe that nobody writes to must not hold up the answer.
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let path = if path.is_empty() { "." } else { path };
        let file = self.dir.open_with(path, &options)?.into_std();
        let found = file.metadata()?;
        if found.is_dir() {
            return Ok(Opened::Folder);
        }
        if !found.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Opened::File { stamp: stamp(&found), size: found.len(), file })
    }
}

/// A mark that is another one whenever the file's contents may be.
fn stamp(found: &Metadata) -> String {
    let modified = found.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let mut stamp = format!("{:x}-{:x}.{:x}", found.len(), modified.as_secs(), modified.subsec_nanos());
    #[cfg(unix)]
    {
        use std::fmt::Write as _;
        use std::os::unix::fs::MetadataExt;
        let _ = write!(stamp, "-{:x}-{:x}.{:x}", found.ino(), found.ctime(), found.ctime_nsec());
    }
    stamp
}

fn gone(folder: &Path) -> Error {
    Error::new(
        Code::NotFound,
        format!(
            "The site's folder is gone: {} is not there. The preview goes on as soon as it is back, or can be stopped.",
            folder.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn site(folder: &Path) -> Site {
        let folder = folder.to_owned();
        Site::new(Box::new(move || Ok(Found { folder: folder.clone(), source: None }))).unwrap()
    }

    fn text(place: &Place, path: &str) -> io::Result<String> {
        match place.open(path)? {
            Opened::File { file, .. } => io::read_to_string(file),
            Opened::Folder => Ok("a folder".to_owned()),
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_within_the_site_are_followed_and_those_out_of_it_are_not() {
        use std::os::unix::fs::symlink;
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("site");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/b/page.html"), "page").unwrap();
        fs::write(temp.path().join("secret"), "secret").unwrap();
        symlink("a/b/page.html", root.join("inside")).unwrap();
        symlink("../page.html", root.join("a/b/up")).unwrap();
        fs::write(root.join("a/page.html"), "one up").unwrap();
        for (name, target) in [
            ("relative", "../secret"),
            ("absolute", "/etc/passwd"),
            ("folder", ".."),
            ("own", temp.path().join("site/a/b/page.html").to_str().unwrap()),
            ("proc", "/proc/self/environ"),
            ("loop", "loop"),
        ] {
            symlink(target, root.join(name)).unwrap();
        }
        let place = site(&root).look().place.unwrap();
        assert_eq!(text(&place, "inside").unwrap(), "page");
        assert_eq!(text(&place, "a/b/up").unwrap(), "one up");
        for path in ["relative", "absolute", "folder", "folder/secret", "own", "proc", "loop", "a/../../secret", "../secret", "/etc/passwd"]
        {
            assert!(text(&place, path).is_err(), "{path}");
        }
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), rustix::fs::Mode::RUSR).unwrap();
        assert!(text(&place, "pipe").is_err(), "a pipe is no file of a site, and nobody waits for it");
    }

    #[test]
    fn a_folder_that_goes_and_comes_back_is_noticed_and_another_of_its_name_is_not_taken_for_it() {
        let temp = tempfile::tempdir().unwrap();
        let (root, aside) = (temp.path().join("site"), temp.path().join("aside"));
        fs::create_dir(&root).unwrap();
        fs::write(root.join("a"), "one").unwrap();
        let moved = Arc::new(AtomicBool::new(false));
        let site = {
            let (root, aside, moved) = (root.clone(), aside.clone(), moved.clone());
            Site::new(Box::new(move || {
                Ok(Found { folder: if moved.load(Ordering::SeqCst) { aside.clone() } else { root.clone() }, source: None })
            }))
            .unwrap()
        };
        fs::rename(&root, &aside).unwrap();
        let look = site.look();
        assert!(look.has_changed && look.place.unwrap_err().message.contains("gone"));
        assert!(!site.look().has_changed, "it is told once");
        moved.store(true, Ordering::SeqCst);
        assert!(site.look_anew().place.is_ok(), "who was told that something is different need not wait");
        // A folder of its name that is another one is looked at anew.
        fs::rename(&aside, &root).unwrap();
        fs::create_dir(&aside).unwrap();
        fs::write(aside.join("a"), "two").unwrap();
        let look = site.look();
        assert!(look.has_changed);
        assert_eq!(text(&look.place.unwrap(), "a").unwrap(), "two");
    }
}
