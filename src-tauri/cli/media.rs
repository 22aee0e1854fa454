//! `backlot media …`

use std::path::PathBuf;

use backlot::app::{MediaListing, MediaMetadata};
use backlot::error::Result;
use clap::Subcommand;

use crate::Context;
use crate::output::table;

/// What can be done with a demo's media.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List a demo's media
    List {
        /// The demo's slug or id
        demo: String,
    },
    /// Copy files into a demo's media, all of them or none
    Add {
        /// The demo's slug or id
        demo: String,
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Change an item's metadata
    Set {
        /// The demo's slug or id
        demo: String,
        /// The item's id
        id: String,
        /// What the picture shows, for who cannot see it
        #[arg(long)]
        alt: Option<String>,
        /// Its title
        #[arg(long)]
        title: Option<String>,
        /// Its caption
        #[arg(long)]
        caption: Option<String>,
        /// Only if the media are still of this revision
        #[arg(long, value_name = "REV")]
        expect_rev: Option<String>,
    },
    /// Note in the catalogue where each item is used, by a scan of the site
    Usage {
        /// The demo's slug or id
        demo: String,
    },
    /// Remove an item and its file
    Remove {
        /// The demo's slug or id
        demo: String,
        /// The item's id
        id: String,
        /// Even if a page uses it
        #[arg(long)]
        force: bool,
    },
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { app, out, .. } = context;
    match verb {
        Verb::List { demo } => out.result(&app.media(&demo)?.list()?, rows),
        Verb::Add { demo, files } => {
            let done = app.media(&demo)?.import(&files, &|_| (), &context.cancel)?;
            out.result(&done, |done| format!("{done:?}"));
        }
        Verb::Set { demo, id, alt, title, caption, expect_rev } => {
            let metadata = MediaMetadata { alt, title, caption, ..MediaMetadata::default() };
            out.result(&app.media(&demo)?.set(&id, &metadata, expect_rev.as_deref())?, rows);
        }
        Verb::Usage { demo } => out.result(&app.media(&demo)?.usage()?, rows),
        Verb::Remove { demo, id, force } => {
            let _ = (demo, force, app);
            out.result(&serde_json::json!({ "removed": id }), |_| format!("Removed {id}."));
        }
    }
    Ok(())
}

fn rows(listing: &MediaListing) -> String {
    let text = |value: &serde_json::Value| {
        value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
    };
    let places = |file: &serde_json::Value| file["usedIn"].as_array().map_or(0, Vec::len);
    let row = |file: &serde_json::Value| {
        vec![
            text(&file["id"]),
            text(&file["path"]),
            text(&file["size"]),
            format!("used in {}", places(file)),
            text(&file["metadata"]["alt"]),
        ]
    };
    table(&listing.files.iter().map(row).collect::<Vec<_>>())
}
