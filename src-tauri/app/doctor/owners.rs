//! Files of a workspace that its owner cannot read or change, as one `sudo backlot` leaves them.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Finding;
use crate::store::disk;
use crate::workspace::Workspace;

/// What a walk through a folder found.
#[derive(Debug, Default)]
struct Found {
    /// How many files and folders belong to another user, and the first of them.
    foreign: (usize, Option<PathBuf>),
    /// How many their owner may not read, or write into if they are folders, and the first of them.
    closed: (usize, Option<PathBuf>),
}

/// Looks at every file of the workspace; one finding for each demo, template or other folder with such files.
pub(super) fn look(workspace: &Workspace, findings: &mut Vec<Finding>) {
    let Ok(root) = disk::metadata(workspace.root()) else { return };
    let (user, group) = (root.uid(), root.gid());
    for area in areas(workspace) {
        let found = walk(&area, user);
        let mut report = |problem: String| findings.push(Finding { path: area.clone(), problem, remedy: None, fixed: false });
        let area = quoted(&area);
        if let (count, Some(first)) = found.foreign {
            let them = counted(count, "belongs", "belong");
            report(format!(
                "{them} to another user than the workspace, such as {}. Backlot cannot change them. Run: sudo chown -hR {user}:{group} {area}",
                first.display()
            ));
        }
        if let (count, Some(first)) = found.closed {
            let them = counted(count, "cannot be read or changed by its owner", "cannot be read or changed by their owner");
            report(format!("{them}, such as {}. Run: chmod -R u+rwX {area}", first.display()));
        }
    }
}

/// The parts of the workspace that are reported by themselves.
fn areas(workspace: &Workspace) -> Vec<PathBuf> {
    let many = [workspace.demos(), workspace.templates(), workspace.trash(), workspace.staging()];
    let inside = |folder: PathBuf| if many.contains(&folder) { super::entries(&folder) } else { vec![folder] };
    super::entries(workspace.root()).into_iter().flat_map(inside).collect()
}

/// Links are looked at and never followed.
fn walk(area: &Path, user: u32) -> Found {
    let mut found = Found::default();
    let mut next = vec![area.to_owned()];
    while let Some(path) = next.pop() {
        let Ok(metadata) = disk::symlink_metadata(&path) else { continue };
        let needed = if metadata.is_dir() { 0o700 } else { 0o400 };
        if metadata.uid() != user {
            note(&mut found.foreign, &path);
        } else if !metadata.is_symlink() && metadata.mode() & needed != needed {
            note(&mut found.closed, &path);
        }
        if metadata.is_dir() {
            next.extend(super::entries(&path).into_iter().rev());
        }
    }
    found
}

fn note((count, first): &mut (usize, Option<PathBuf>), path: &Path) {
    *count += 1;
    first.get_or_insert_with(|| path.to_owned());
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 file {one}") } else { format!("{count} files {many}") }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}
