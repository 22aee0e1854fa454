//! Operations on the workspace as a whole, and on the window that shows it.

use std::path::PathBuf;

use super::host::{Pick, Restored, WindowView};
use crate::app::{Finding, Settings, Snapshot};

operations! { WORKSPACE:
    /// Everything there is, and the number of the last event that is in it.
    read get_snapshot for (Window, Cli, Agent): GetSnapshot {} -> Snapshot
        = |call, _| call.app.snapshot();

    /// What is chosen for the workspace.
    read get_settings for (Window, Cli, Agent): GetSettings {} -> Settings
        = |call, _| call.app.settings();

    /// Chooses for the workspace; a window that is open follows at once.
    write set_settings for (Window, Cli): SetSettings {
        /// All of what is chosen.
        settings: Settings,
    } -> Settings
        = |call, request| call.app.set_settings(request.settings);

    /// Whether a preview that is started now is for this user of the machine alone.
    read are_previews_private for (Window, Cli, Agent): ArePreviewsPrivate {} -> bool
        = |call, _| Ok(call.app.has_private_previews());

    /// Checks the workspace for problems. With `fix` it repairs what it can; that can be undone.
    write check_workspace for (Window, Cli): CheckWorkspace {
        /// Whether to repair.
        fix: bool,
    } -> Vec<Finding>
        = |call, request| call.app.doctor(request.fix);

    /// Puts back what the last repair of the workspace put aside, and answers where.
    write undo_workspace_repair for (Window, Cli): UndoWorkspaceRepair {} -> Vec<PathBuf>
        = |call, _| call.app.undo_doctor();

    /// The interface has painted once: the window can be shown.
    write show_window for (Window): ShowWindow {} -> ()
        = |call, _| call.host.ready();

    /// Ends the program as closing its window does.
    write quit for (Window): Quit {} -> ()
        = |call, _| call.host.quit();

    /// Answers the event `closing`: what was typed last is saved or in the draft log.
    write confirm_closing for (Window): ConfirmClosing {} -> ()
        = |call, _| call.host.handed_over();

    /// Reports what the interface shows, whenever that changes; `take_restored_view` answers with it after a crash.
    write report_view for (Window): ReportView {
        /// What it shows.
        view: WindowView,
    } -> ()
        = |call, request| call.host.note_view(request.view);

    /// What the interface showed before its web process ended, once; none after an ordinary start.
    write take_restored_view for (Window): TakeRestoredView {} -> Option<Restored>
        = |call, _| call.host.take_restored();

    /// Asks for a folder with the system's dialog; none if the person cancels.
    read pick_folder for (Window): PickFolder {
        /// The dialog's title.
        title: String,
    } -> Option<PathBuf>
        = |call, request| Ok(call.host.pick(Pick::Folder, &request.title)?.pop());

    /// Asks for files with the system's dialog; none if the person cancels.
    read pick_files for (Window): PickFiles {
        /// The dialog's title.
        title: String,
    } -> Vec<PathBuf>
        = |call, request| call.host.pick(Pick::Files, &request.title);

    /// Asks where a new file shall be with the system's dialog; none if the person cancels.
    read pick_new_file for (Window): PickNewFile {
        /// The dialog's title.
        title: String,
        /// The file name that is offered.
        name: String,
    } -> Option<PathBuf>
        = |call, request| Ok(call.host.pick(Pick::NewFile(request.name), &request.title)?.pop());
}
