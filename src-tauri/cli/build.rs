//! `backlot build …` and `backlot builds …`.

use std::path::PathBuf;

use backlot::api::{BuildDemo, ListBuilds};
use backlot::error::Result;
use backlot::export::model::{Build, State};
use clap::Args;

use crate::Context;
use crate::output::table;

/// What is built, and where.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The demo's slug or id
    demo: String,
    /// A new folder, or a file that ends with .zip; an earlier build there that nobody changed is replaced
    target: PathBuf,
    /// Where the site will be published, such as `https://example.com`: for its sitemap and the pictures that others show
    #[arg(long, value_name = "URL", default_value = "")]
    site_url: String,
    /// Hand over the files as they are, even if they are sources that the site's own command builds, or submodules are missing
    #[arg(long)]
    as_files: bool,
}

/// Whose builds are listed.
#[derive(Debug, Args)]
pub struct List {
    /// The demo's slug or id
    demo: String,
}

/// Builds a demo's site.
pub fn run(arguments: &Arguments, context: &Context) -> Result<()> {
    let Arguments { demo, target, site_url, as_files } = arguments;
    let request = BuildDemo { demo: demo.as_str().into(), target: target.clone(), site_url: site_url.clone(), as_files: *as_files };
    context.out.result(&context.follow(request)?, |build| {
        let counts = format!("{} pages, {} media files, {} files in all, {} kB", build.pages, build.media, build.files, build.bytes / 1000);
        let mut lines = vec![format!("Built {}: {counts}", build.target)];
        lines.extend(build.notes.iter().map(|note| format!("Note: {note}")));
        if build.site_url.is_empty() && build.pages > 0 {
            lines.push("Note: a sitemap needs to know where the site will be; --site-url says so.".to_owned());
        }
        lines.join("\n")
    });
    Ok(())
}

/// Lists a demo's builds.
pub fn list(arguments: &List, context: &Context) -> Result<()> {
    context.out.result(&context.api.call(ListBuilds { demo: arguments.demo.as_str().into() })?, |builds| {
        let row = |build: &Build| {
            let commit: String = build.commit.chars().take(10).collect();
            let changed = if build.has_changes { "+" } else { "" };
            vec![
                build.started.strftime("%Y-%m-%d %H:%M").to_string(),
                state(&build.state),
                format!("{commit}{changed}"),
                build.target.clone(),
            ]
        };
        table(&builds.iter().map(row).collect::<Vec<_>>())
    });
    Ok(())
}

fn state(state: &State) -> String {
    match state {
        State::Running { .. } => "running".to_owned(),
        State::Done => "done".to_owned(),
        State::Failed { error } => format!("failed: {}", error.message),
        State::Cancelled => "cancelled".to_owned(),
        State::Interrupted => "interrupted".to_owned(),
    }
}
