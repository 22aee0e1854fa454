//! What keeps a folder of files from being handed over as a finished site.

use std::path::Path;

use super::model::{Outline, OwnCommand, Sources};
use super::plan::{Contents, Plan};
use crate::error::{Code, Error, Result};
use crate::git;
use crate::site::lfs::{self, listed};
use crate::site::{generator, input, package, shown};

/// What a build of the site at `site` would be made of.
///
/// # Errors
/// `NotWritable` or `Io` if a file that decides whether the site is finished cannot be read.
pub fn outline(site: &Path) -> Result<Outline> {
    let is_rendered = shown::is_rendered(site);
    let own_command = package::build_script(site)?.map(|(command, line)| OwnCommand { command, line });
    let sources = generator::recognize(site)?.map(|found| Sources {
        generator: found.name.to_owned(),
        found_by: found.found_by,
        command: found.build.join(" "),
        output: found.output.to_owned(),
    });
    let missing_submodules = missing_submodules(site, is_rendered).unwrap_or_default();
    let damaged = if is_rendered { input::damaged(site) } else { input::missing_layout(site).into_iter().collect() };
    let problems = damaged.iter().map(ToString::to_string).collect();
    Ok(Outline { is_rendered, own_command, sources, missing_submodules, problems })
}

/// The folders of submodules that were not fetched and that a build would take something from.
///
/// # Errors
/// Those of [`git::submodules`]. They keep nobody from building: what git knows of a site is not what it is made of.
pub(super) fn missing_submodules(site: &Path, is_rendered: bool) -> Result<Vec<String>> {
    let missing = git::submodules(site)?.into_iter().filter(|submodule| !submodule.is_fetched).map(|submodule| submodule.path);
    Ok(missing.filter(|path| !is_rendered || input::is_read(path)).collect())
}

/// Whether a site that is taken as it stands is a finished one.
///
/// # Errors
/// `WrongState` for the field `as_files` if it is not; what is to be done is in the message.
pub(super) fn check_finished(site: &Path, outline: &Outline) -> Result<()> {
    let refuse = |message: String| Err(Error::new(Code::WrongState, message).field("as_files"));
    if let Some(Sources { generator, found_by, command, output }) = &outline.sources {
        return refuse(format!(
            "The files are sources for {generator} ({found_by}), not a finished site: its own command builds it. Nothing was built. Run \
             “{command}” in {}; the site is then in its folder “{output}”. To get the sources as they are, build with “--as-files”.",
            site.display()
        ));
    }
    check_submodules(&outline.missing_submodules)
}

/// Whether everything is there that a build takes something from.
///
/// # Errors
/// `WrongState` for the field `as_files` if `missing` names submodules.
pub(super) fn check_submodules(missing: &[String]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "A part of the site is missing, since these submodules were not fetched: {}. Nothing was built. Fetch them with “backlot demo \
         submodules”, then build again; or build without them with “--as-files”.",
        listed(missing)
    );
    Err(Error::new(Code::WrongState, message).field("as_files"))
}

/// Refuses a plan with a file that is only a pointer of Git LFS: it would be handed over as the file itself.
///
/// # Errors
/// `WrongState`, naming the files.
pub(super) fn check_pointers(site: &Path, plan: &Plan) -> Result<()> {
    let is_pointer = |contents: &Contents| match contents {
        Contents::Bytes(bytes) => lfs::is_pointer(bytes),
        Contents::Site(path) => lfs::is_pointer_at(site, path),
    };
    let found: Vec<String> = plan.files.iter().filter(|(_, contents)| is_pointer(contents)).map(|(path, _)| path.clone()).collect();
    let what = match found.as_slice() {
        [] => return Ok(()),
        [one] => format!("{one} is in Git LFS and was not downloaded: the file is only a pointer to it"),
        more => format!("{} files are in Git LFS and were not downloaded, so only pointers to them are here: {}", more.len(), listed(more)),
    };
    Err(Error::new(Code::WrongState, format!("{what}. Nothing was built. {} ({}), then build again.", lfs::REMEDY, site.display())))
}
