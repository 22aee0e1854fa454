//! Operations on demos.

use uuid::Uuid;

use super::{DemoRef, Step, data_url};
use crate::app::SlugCheck;
use crate::demo::model::{CreateDemo, DemoView, DemoWarning};
use crate::error::{Code, Error};

operations! { DEMOS:
    /// The demos and the creations that are not done, newest first.
    read list_demos for (Window, Cli, Agent): ListDemos {} -> Vec<DemoView>
        = |call, _| call.app.demos();

    /// One demo, or a creation that is not done.
    read show_demo for (Window, Cli, Agent): ShowDemo {
        /// The demo.
        demo: DemoRef,
    } -> DemoView
        = |call, request| call.app.demo(&request.demo.0);

    /// The demos in the trash, the last deleted first.
    read list_trash for (Window, Cli, Agent): ListTrash {} -> Vec<DemoView>
        = |call, _| call.app.trash();

    /// One demo in the trash: of several with one slug the last deleted.
    read show_trashed_demo for (Window, Cli, Agent): ShowTrashedDemo {
        /// The demo.
        demo: DemoRef,
    } -> DemoView
        = |call, request| call.app.trashed(&request.demo.0);

    /// Whether a slug can be used, and one that can.
    read check_slug for (Window, Cli, Agent): CheckSlug {
        /// The slug.
        slug: String,
    } -> SlugCheck
        = |call, request| Ok(call.app.check_slug(&request.slug));

    /// A valid and free slug for a name.
    read suggest_slug for (Window, Cli, Agent): SuggestSlug {
        /// The name.
        name: String,
    } -> String
        = |call, request| Ok(call.app.suggest_slug(&request.name));

    /// Creates a demo from a template.
    long create_demo for (Window, Cli, Agent): CreateDemo as it is -> DemoView
        = |call, request| if call.waits() {
            call.app.create(request, &|progress| (call.on_step)(Step::Fetch(&progress)), call.cancel)
        } else {
            call.app.start_create(request)
        };

    /// Tries a failed or interrupted creation again.
    long retry_creation for (Window, Cli, Agent): RetryCreation {
        /// The demo that was to be created.
        demo: DemoRef,
    } -> DemoView
        = |call, request| {
            let request_id = call.app.demo(&request.demo.0)?.demo.request_id;
            if call.waits() {
                let request = call.app.request_to_retry(&request_id)?;
                call.app.create(request, &|progress| (call.on_step)(Step::Fetch(&progress)), call.cancel)
            } else {
                call.app.retry(&request_id)
            }
        };

    /// Stops a creation, in whichever process it runs, and answers with what has become of it.
    write cancel_creation for (Window, Cli, Agent): CancelCreation {
        /// The demo that is being created.
        demo: DemoRef,
    } -> DemoView
        = |call, request| call.app.cancel(&call.app.demo(&request.demo.0)?.demo.request_id);

    /// Forgets a failed or interrupted creation.
    write dismiss_creation for (Window, Cli, Agent): DismissCreation {
        /// The demo that was to be created.
        demo: DemoRef,
    } -> ()
        = |call, request| call.app.dismiss(&call.app.demo(&request.demo.0)?.demo.request_id);

    /// Gives a demo another name, another slug, or both.
    write rename_demo for (Window, Cli, Agent): RenameDemo {
        /// The demo.
        demo: DemoRef,
        /// Its new name.
        name: Option<String>,
        /// Its new slug.
        slug: Option<String>,
    } -> DemoView
        = |call, request| call.app.rename(call.demo(&request.demo)?, request.name.as_deref(), request.slug.as_deref());

    /// Gives a demo these tags instead of those it has.
    write tag_demo for (Window, Cli, Agent): TagDemo {
        /// The demo.
        demo: DemoRef,
        /// The tags.
        tags: Vec<String>,
    } -> DemoView
        = |call, request| call.app.tag(call.demo(&request.demo)?, &request.tags);

    /// Moves a demo to the trash.
    write delete_demo for (Window, Cli, Agent): DeleteDemo {
        /// The demo.
        demo: DemoRef,
    } -> DemoView
        = |call, request| call.app.delete(call.demo(&request.demo)?);

    /// Brings a demo back from the trash.
    write restore_demo for (Window, Cli, Agent): RestoreDemo {
        /// The demo; of several with one slug the last deleted.
        demo: DemoRef,
    } -> DemoView
        = |call, request| call.app.restore(call.app.trashed(&request.demo.0)?.demo.id);

    /// Removes a demo in the trash for good. Answers with its id.
    write purge_demo for (Window, Cli): PurgeDemo {
        /// The demo; of several with one slug the last deleted.
        demo: DemoRef,
    } -> Uuid
        = |call, request| {
            let id = call.app.trashed(&request.demo.0)?.demo.id;
            call.app.purge(id)?;
            Ok(id)
        };

    /// What a person should know about a demo; nothing while it is being created.
    read list_demo_warnings for (Window, Cli, Agent): ListDemoWarnings {
        /// The demo.
        demo: DemoRef,
    } -> Vec<DemoWarning>
        = |call, request| call.app.demo_warnings(&request.demo.0);

    /// Fetches the submodules of a demo that are not there, all or none, and answers with their folders.
    long fetch_submodules for (Window, Cli): FetchSubmodules {
        /// The demo.
        demo: DemoRef,
    } -> Vec<String>
        = |call, request| call.app.fetch_submodules(&request.demo.0, &|progress| (call.on_step)(Step::Fetch(&progress)), call.cancel);

    /// Stops the fetch of a demo's submodules in this process.
    write cancel_submodule_fetch for (Window): CancelSubmoduleFetch {
        /// The demo.
        demo: DemoRef,
    } -> ()
        = |call, request| {
            call.app.cancel_fetch(call.demo(&request.demo)?);
            Ok(())
        };

    /// The screenshot of a demo as a data URL; none if there is none yet.
    read get_demo_screenshot for (Window): GetDemoScreenshot {
        /// The demo.
        demo: DemoRef,
    } -> Option<String>
        = |call, request| Ok(call.app.demo_screenshot(call.demo(&request.demo)?).and_then(data_url));

    /// Opens a demo's folder with the system's file manager.
    read open_demo_folder for (Window): OpenDemoFolder {
        /// The demo.
        demo: DemoRef,
    } -> ()
        = |call, request| {
            let folder = call.app.demo(&request.demo.0)?.folder;
            call.host.open_folder(&folder.ok_or_else(|| Error::new(Code::WrongState, "The demo has no folder yet."))?)
        };
}
