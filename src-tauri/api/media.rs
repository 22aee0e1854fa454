//! Operations on a demo's media.

use std::collections::BTreeMap;
use std::path::PathBuf;

use uuid::Uuid;

use super::{DemoRef, Step};
use crate::media::model::{MediaChange, MediaFinding, MediaImport, MediaListing, MediaUse};

operations! { MEDIA:
    /// The media of a demo.
    read list_media for (Window, Cli, Agent): ListMedia {
        /// The demo.
        demo: DemoRef,
    } -> MediaListing
        = |call, request| call.app.list_media(call.demo(&request.demo)?);

    /// Adds files, and all files of folders, to a demo's media: in several sizes, each only once.
    long import_media for (Window, Cli, Agent): ImportMedia {
        /// The demo.
        demo: DemoRef,
        /// The files and folders.
        files: Vec<PathBuf>,
    } -> MediaImport
        = |call, request| {
            let ImportMedia { demo, files } = request;
            if call.waits() {
                call.app.import_media(&demo.0, &files, &|import| (call.on_step)(Step::Import(import)), call.cancel)
            } else {
                call.app.start_import(&demo.0, files)
            }
        };

    /// The imports into a demo that this process works on.
    read list_imports for (Window): ListImports {
        /// The demo.
        demo: DemoRef,
    } -> Vec<MediaImport>
        = |call, request| call.app.imports(&request.demo.0);

    /// Stops an import of this process; what it has added stays.
    write cancel_import for (Window): CancelImport {
        /// The import's id.
        id: Uuid,
    } -> ()
        = |call, request| {
            call.app.cancel_import(request.id);
            Ok(())
        };

    /// Changes an item's description. Answers with the item alone.
    write set_media_metadata for (Window, Cli, Agent): SetMediaMetadata {
        /// The demo.
        demo: DemoRef,
        /// The item's id.
        id: String,
        /// What changes; the rest stays.
        change: MediaChange,
        /// Only if the media are still of this revision.
        expect_rev: Option<String>,
    } -> MediaListing
        = |call, request| {
            let SetMediaMetadata { demo, id, change, expect_rev } = request;
            call.app.change_media(&demo.0, |media| media.set(&id, &change, expect_rev.as_deref()))
        };

    /// Puts another file in the place of an item's; what refers to it refers to the new one.
    write replace_media for (Window, Cli, Agent): ReplaceMedia {
        /// The demo.
        demo: DemoRef,
        /// The item's id.
        id: String,
        /// The file.
        file: PathBuf,
    } -> MediaListing
        = |call, request| call.app.change_media(&request.demo.0, |media| media.replace(&request.id, &request.file, call.cancel));

    /// Gives an item's file another name; what refers to it follows.
    write rename_media for (Window, Cli, Agent): RenameMedia {
        /// The demo.
        demo: DemoRef,
        /// The item's id.
        id: String,
        /// The new file name; its extension stays.
        filename: String,
    } -> MediaListing
        = |call, request| call.app.change_media(&request.demo.0, |media| media.rename(&request.id, &request.filename));

    /// Moves items and their files to the demo's trash. Answers with what brings them back.
    write remove_media for (Window, Cli, Agent): RemoveMedia {
        /// The demo.
        demo: DemoRef,
        /// The items' ids.
        ids: Vec<String>,
        /// Even if something uses them.
        even_if_used: bool,
    } -> String
        = |call, request| call.app.change_media(&request.demo.0, |media| media.remove(&request.ids, request.even_if_used));

    /// Brings back what was removed, replaced or repaired.
    write restore_media for (Window, Cli, Agent): RestoreMedia {
        /// The demo.
        demo: DemoRef,
        /// What that change answered with.
        token: String,
    } -> ()
        = |call, request| call.app.change_media(&request.demo.0, |media| media.restore(&request.token));

    /// Where items are used, by their ids. An item that is gone has no entry.
    read list_media_uses for (Window, Cli, Agent): ListMediaUses {
        /// The demo.
        demo: DemoRef,
        /// The items' ids.
        ids: Vec<String>,
    } -> BTreeMap<String, Vec<MediaUse>>
        = |call, request| call.app.settled_media(call.demo(&request.demo)?)?.uses_of_all(&request.ids);

    /// Where one item is used.
    read list_uses_of for (Window, Cli, Agent): ListUsesOf {
        /// The demo.
        demo: DemoRef,
        /// The item's id.
        id: String,
    } -> Vec<MediaUse>
        = |call, request| call.app.settled_media(call.demo(&request.demo)?)?.uses(&request.id);

    /// Notes in the catalogue where each item is used, by a scan of the site.
    write note_media_usage for (Window, Cli, Agent): NoteMediaUsage {
        /// The demo.
        demo: DemoRef,
    } -> MediaListing
        = |call, request| call.app.change_media(&request.demo.0, crate::media::Media::usage);

    /// Finds missing files, files without an item, duplicates and other problems.
    read check_media for (Window, Cli, Agent): CheckMedia {
        /// The demo.
        demo: DemoRef,
    } -> Vec<MediaFinding>
        = |call, request| call.app.settled_media(call.demo(&request.demo)?)?.check();

    /// Repairs what was found. Answers with what undoes it.
    write repair_media for (Window, Cli, Agent): RepairMedia {
        /// The demo.
        demo: DemoRef,
        /// What `check_media` found.
        findings: Vec<MediaFinding>,
    } -> String
        = |call, request| call.app.change_media(&request.demo.0, |media| media.repair(&request.findings));
}
