//! Operations on builds of demos' sites.

use std::path::PathBuf;

use uuid::Uuid;

use super::{DemoRef, Step};
use crate::app::BuildOrder;
use crate::error::{Code, Error};
use crate::export::model::{Build, Outline};

operations! { BUILDS:
    /// The builds of a demo, newest first.
    read list_builds for (Window, Cli, Agent): ListBuilds {
        /// The demo.
        demo: DemoRef,
    } -> Vec<Build>
        = |call, request| call.app.builds(&request.demo.0);

    /// What a build of a demo would be made of.
    read outline_build for (Window, Cli, Agent): OutlineBuild {
        /// The demo.
        demo: DemoRef,
    } -> Outline
        = |call, request| call.app.build_outline(&request.demo.0);

    /// Builds a demo's whole site as a folder or a zip file.
    long build_demo for (Window, Cli, Agent): BuildDemo {
        /// The demo.
        demo: DemoRef,
        /// A new folder, or a file that ends with `.zip`; an earlier build there that nobody changed is replaced.
        target: PathBuf,
        /// Where the site will be published, for its sitemap and social images; empty if that is not known.
        site_url: String,
        /// Hand over the files as they are, even if they are sources that the site's own command builds.
        as_files: bool,
    } -> Build
        = |call, request| {
            let BuildDemo { demo, target, site_url, as_files } = request;
            let order = BuildOrder { target, site_url, as_files };
            if call.waits() {
                call.app.build(&demo.0, &order, &|build| (call.on_step)(Step::Build(build)), call.cancel)
            } else {
                call.app.start_build(&demo.0, &order)
            }
        };

    /// Stops a build of this process; nothing remains of it.
    write cancel_build for (Window): CancelBuild {
        /// The build's id.
        id: Uuid,
    } -> ()
        = |call, request| {
            call.app.cancel_build(request.id);
            Ok(())
        };

    /// Where a build goes in a folder that a person chose: the folder itself if it is free for that, else a new one in it.
    read suggest_build_target for (Window): SuggestBuildTarget {
        /// The demo.
        demo: DemoRef,
        /// The folder.
        folder: PathBuf,
    } -> PathBuf
        = |call, request| call.app.build_place(&request.demo.0, &request.folder);

    /// Opens the folder of a build, or the one that its zip file is in, with the system's file manager.
    read open_build_folder for (Window): OpenBuildFolder {
        /// The demo.
        demo: DemoRef,
        /// The build's id.
        id: Uuid,
    } -> ()
        = |call, request| {
            let folder = call.app.build_folder(&request.demo.0, request.id)?;
            call.host.open_folder(&folder.ok_or_else(|| {
                Error::new(Code::NotFound, "The build is no longer where it was put. Build again to have it.")
            })?)
        };
}
