//! The program's own log: the causes that a message to a person leaves out.

use std::path::Path;

use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

use crate::workspace::Workspace;

/// How many days are kept.
const DAYS: usize = 7;

/// Writes warnings and errors to a file a day below the workspace's `logs/`; `BACKLOT_LOG` asks for more (`debug`, say). Where
/// nothing can be written nothing is logged, which is no reason not to work.
pub fn start_log(root: &Path) {
    let folder = Workspace::at(root.to_owned()).logs();
    if std::fs::create_dir_all(&folder).is_err() {
        return;
    }
    prune(&folder);
    let appender = Builder::new().rotation(Rotation::DAILY).filename_prefix("backlot").filename_suffix("log").build(folder);
    if let Ok(appender) = appender {
        let filter = EnvFilter::try_from_env("BACKLOT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
        // Another one may have been started in this process; it stays.
        let _ = tracing_subscriber::fmt().with_writer(appender).with_ansi(false).with_env_filter(filter).try_init();
    }
}

/// Removes all but the newest files; their names begin alike and go on with the date. Not left to the appender, which prints on
/// stderr what it cannot do, where scripts expect an answer.
fn prune(folder: &Path) {
    let mut names: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    names.sort();
    for old in names.iter().rev().skip(DAYS) {
        let _ = std::fs::remove_file(old);
    }
}
