//! The program's own log: the causes that a message to a person leaves out.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::store::disk;
use crate::workspace::Workspace;

/// How many days are kept.
const DAYS: usize = 7;

/// Writes warnings and errors to a file a day below the workspace's `logs/`; `BACKLOT_LOG` asks for more (`debug`, say). Where
/// nothing can be written nothing is logged, which is no reason not to work.
pub fn start_log(root: &Path) {
    let Ok(workspace) = Workspace::resolve(root) else { return };
    let folder = workspace.logs();
    if disk::create_dir_all(&folder).is_err() {
        return;
    }
    prune(&folder);
    let filter = EnvFilter::try_from_env("BACKLOT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let daily = Mutex::new(Daily { folder, clock: Clock::system(), open: None });
    // Another one may have been started in this process; it stays.
    let _ = tracing_subscriber::fmt().with_writer(daily).with_ansi(false).with_env_filter(filter).try_init();
}

/// A file for each day. Not an appender of a library: those follow links.
#[derive(Debug)]
struct Daily {
    folder: PathBuf,
    clock: Clock,
    /// The day, and its file.
    open: Option<(String, File)>,
}

impl Daily {
    fn file(&mut self) -> io::Result<&mut File> {
        let day: String = self.clock.now().to_string().chars().take_while(|c| *c != 'T').collect();
        let file = match self.open.take() {
            Some((of, file)) if of == day => file,
            _ => disk::open_to_append(self.folder.join(format!("backlot.{day}.log")))?,
        };
        Ok(&mut self.open.insert((day, file)).1)
    }
}

impl Write for Daily {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Removes all but the newest files; their names begin alike and go on with the date.
fn prune(folder: &Path) {
    let mut names: Vec<_> = disk::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    names.sort();
    for old in names.iter().rev().skip(DAYS) {
        let _ = disk::remove_file(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_has_a_file_and_a_link_in_its_place_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |time: &str| Clock::fixed(time.parse().unwrap());
        let mut daily = Daily { folder: folder.path().to_owned(), clock: at("2026-01-01T23:59:59Z"), open: None };
        daily.write_all(b"one").unwrap();
        daily.clock = at("2026-01-02T00:00:00Z");
        daily.write_all(b"two").unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read("backlot.2026-01-01.log"), read("backlot.2026-01-02.log")), ("one".to_owned(), "two".to_owned()));
        #[cfg(unix)]
        {
            std::fs::write(folder.path().join("canary"), "canary").unwrap();
            std::os::unix::fs::symlink("canary", folder.path().join("backlot.2026-01-03.log")).unwrap();
            daily.clock = at("2026-01-03T00:00:00Z");
            assert!(disk::is_link(&daily.write_all(b"three").unwrap_err()));
            assert_eq!(read("canary"), "canary");
        }
    }
}
