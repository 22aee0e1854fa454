//! `backlot media …`

use std::path::PathBuf;

use backlot::api::{
    Api, CheckMedia, ImportMedia, ListMedia, ListUsesOf, NoteMediaUsage, RemoveMedia, RenameMedia, RepairMedia, ReplaceMedia, RestoreMedia,
    SetMediaMetadata, ShowDemo,
};
use backlot::app::MediaListing;
use backlot::error::{Code, Error, Result};
use backlot::media::model::{FindingKind, FocalChange, FocalPoint, ImportState, MediaChange, MediaFinding, MediaImport};
use clap::Subcommand;
use serde_json::{Value, json};

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
    /// Add files, and all files of folders, to a demo's media: in several sizes, each only once
    ///
    /// Metadata such as EXIF, XMP, GPS locations, tags and document properties are removed. The output lists, for each file,
    /// what was removed, what was repaired, and what had to be kept, such as the properties of a signed PDF. The text of
    /// documents and what a video, an image or a recording shows is not changed.
    Add {
        /// The demo's slug or id
        demo: String,
        /// The files and folders
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
        /// What must be seen wherever it is cropped, 0 to 1 from the left and the top, such as 0.5,0.25; “none” takes it away
        #[arg(long, value_name = "X,Y", value_parser = focal_point)]
        focal_point: Option<FocalChange>,
        /// Only if the media are still of this revision
        #[arg(long, value_name = "REV")]
        expect_rev: Option<String>,
    },
    /// Note in the catalogue where each item is used, by a scan of the site; with an id, show the places that use it
    Usage {
        /// The demo's slug or id
        demo: String,
        /// The item's id
        id: Option<String>,
    },
    /// Put another file in the place of an item's; what refers to it refers to the new one
    Replace {
        /// The demo's slug or id
        demo: String,
        /// The item's id
        id: String,
        /// The file
        file: PathBuf,
    },
    /// Give an item's file another name; what refers to it follows
    Rename {
        /// The demo's slug or id
        demo: String,
        /// The item's id
        id: String,
        /// The new name; the ending stays
        filename: String,
    },
    /// Move items and their files to the demo's trash
    Remove {
        /// The demo's slug or id
        demo: String,
        /// The items' ids
        #[arg(required = true)]
        ids: Vec<String>,
        /// Even if something uses them
        #[arg(long)]
        force: bool,
    },
    /// Bring back what was removed or repaired
    Restore {
        /// The demo's slug or id
        demo: String,
        /// What “remove” or “doctor --fix” gave
        token: String,
    },
    /// Look for missing files, files that no item is about, duplicates, and whatever else is not as it should be
    Doctor {
        /// The demo's slug or id
        demo: String,
        /// Do what can be done about it; “restore” undoes it
        #[arg(long)]
        fix: bool,
    },
}

fn focal_point(text: &str) -> Result<FocalChange, String> {
    if text == "none" {
        return Ok(FocalChange::Clear);
    }
    let point = text.split_once(',').and_then(|(x, y)| Some(FocalPoint { x: x.trim().parse().ok()?, y: y.trim().parse().ok()? }));
    point.map(FocalChange::Set).ok_or_else(|| "two numbers are needed, such as 0.5,0.25".to_owned())
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    match verb {
        Verb::List { demo } => out.result(&api.call(ListMedia { demo: demo.into() })?, rows),
        Verb::Add { demo, files } => return add(&demo, files, context),
        Verb::Set { demo, id, alt, title, caption, focal_point, expect_rev } => {
            let change = MediaChange { alt, title, caption, focal_point: focal_point.unwrap_or_default() };
            out.result(&api.call(SetMediaMetadata { demo: demo.into(), id, change, expect_rev })?, rows);
        }
        Verb::Usage { demo, id: None } => out.result(&api.call(NoteMediaUsage { demo: demo.into() })?, rows),
        Verb::Usage { demo, id: Some(id) } => {
            out.result(&api.call(ListUsesOf { demo: demo.into(), id })?, |uses| {
                let rows = uses.iter().map(|one| vec![one.document.clone(), one.name.clone(), one.path.join("/")]);
                table(&rows.collect::<Vec<_>>())
            });
        }
        Verb::Replace { demo, id, file } => {
            out.result(&context.follow(ReplaceMedia { demo: demo.as_str().into(), id, file })?, |listing| {
                let token = listing.token.as_deref().unwrap_or_default();
                let mut lines = vec![with_warnings(listing)];
                lines.extend(listing.notes.iter().map(|note| format!("  {}", note.message)));
                lines.push(format!("Bring the old file back: backlot media restore {demo} {token}"));
                lines.join("\n")
            });
        }
        Verb::Rename { demo, id, filename } => {
            out.result(&api.call(RenameMedia { demo: demo.into(), id, filename })?, with_warnings);
        }
        Verb::Remove { demo, ids, force } => {
            let request = RemoveMedia { demo: demo.as_str().into(), ids: ids.clone(), even_if_used: force };
            let token = api.call(request).map_err(|mut error| {
                if error.code == Code::InUse {
                    error.message.push_str(" With --force it is removed all the same.");
                }
                error
            })?;
            out.result(&json!({ "removed": ids, "token": token }), |_| {
                format!("Removed {}. Bring back: backlot media restore {demo} {token}", ids.join(", "))
            });
        }
        Verb::Restore { demo, token } => {
            api.call(RestoreMedia { demo: demo.into(), token: token.clone() })?;
            out.result(&json!({ "restored": token }), |_| "Brought back.".to_owned());
        }
        Verb::Doctor { demo, fix } => return doctor(&demo, fix, context),
    }
    Ok(())
}

fn add(demo: &str, files: Vec<PathBuf>, context: &Context) -> Result<()> {
    let done = context.follow(ImportMedia { demo: demo.into(), files })?;
    let shown = |answer: &Value| {
        let mut lines = Vec::new();
        for item in answer["files"].as_array().into_iter().flatten() {
            lines.push(format!("Added {}", text(&item["path"])));
            let noted = done.notes.iter().find(|noted| item["id"] == noted.id.as_str());
            lines.extend(noted.into_iter().flat_map(|noted| &noted.notes).map(|note| format!("  {}", note.message)));
        }
        lines.extend(done.duplicates.iter().map(|one| format!("Not added, since it is there already as {}: {}", one.id, one.file)));
        lines.join("\n")
    };
    let count = format!("{} of {} files were added", done.added.len(), done.total);
    let outcome = match done.failed.as_slice() {
        _ if done.state == ImportState::Cancelled => Err(Error::new(Code::Cancelled, format!("Cancelled: {count}, and they stay."))),
        [] => Ok(()),
        [one] => Err(Error { message: format!("{}: {}", one.file, one.error.message), ..one.error.clone() }),
        [first, ..] => {
            let reasons: Vec<String> = done.failed.iter().map(|one| format!("{}: {}", one.file, one.error.message)).collect();
            Err(Error { message: format!("{count}. {}", reasons.join(" ")), ..first.error.clone() })
        }
    };
    context.out.outcome(&added(&context.api, demo, &done)?, shown, outcome)
}

/// What was added as `media list` shows it, with the revision, and what was not.
///
/// # Errors
/// `Indeterminate` if files were added and cannot be shown; those of the list if none was.
fn added(api: &Api, demo: &str, done: &MediaImport) -> Result<Value> {
    // It may have another slug by now.
    let slug = api.call(ShowDemo { demo: done.demo.into() }).map_or_else(|_| demo.to_owned(), |view| view.demo.slug);
    let listing = api.call(ListMedia { demo: done.demo.into() });
    // What is recorded and not finished is not counted as added yet.
    let unfinished = done.failed.iter().find(|one| one.error.code == Code::Indeterminate);
    let MediaListing { rev, files, .. } = listing.map_err(|cause| match done.added.len() {
        0 => unfinished.map_or(cause, |one| one.error.clone()),
        count => Error::new(
            Code::Indeterminate,
            format!("{count} of {} files were added, but the list of media could not be read afterwards. “backlot media list {slug}” shows them.", done.total),
        ),
    })?;
    let files: Vec<Value> = files.into_iter().filter(|item| done.added.iter().any(|id| item["id"] == id.as_str())).collect();
    Ok(json!({ "rev": rev, "files": files, "duplicates": done.duplicates, "failed": done.failed, "notes": done.notes }))
}

fn doctor(demo: &str, fix: bool, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    let findings = api.call(CheckMedia { demo: demo.into() })?;
    let can_fix = findings.iter().filter(|finding| finding.remedy.is_some()).count();
    let token = if fix && can_fix > 0 { Some(api.call(RepairMedia { demo: demo.into(), findings: findings.clone() })?) } else { None };
    let line = |finding: &MediaFinding| {
        let remedy = finding.remedy.as_ref().map_or_else(String::new, |remedy| format!(" → {remedy}"));
        format!("{}: {}{remedy}", finding.path, finding.message)
    };
    let shown = |_: &Value| {
        let mut lines: Vec<String> = findings.iter().map(line).collect();
        match &token {
            Some(token) => lines.push(format!("{can_fix} of {} were repaired. Undo: backlot media restore {demo} {token}", findings.len())),
            None if findings.is_empty() => lines.push("All media are as they should be.".to_owned()),
            None => {}
        }
        lines.join("\n")
    };
    // A picture without a description is work to be done, nothing broken.
    let is_broken = |finding: &&MediaFinding| finding.kind != FindingKind::MissingAlt && (token.is_none() || finding.remedy.is_none());
    let left = findings.iter().filter(is_broken).count();
    let hint = if token.is_none() && can_fix > 0 { " “backlot media doctor --fix” does what can be done." } else { "" };
    let outcome = if left == 0 {
        Ok(())
    } else {
        Err(Error::new(Code::Corrupt, format!("{left} of {} findings need attention.{hint}", findings.len())))
    };
    out.outcome(&json!({ "findings": findings, "token": token }), shown, outcome)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

/// The items, and what should be looked at.
fn with_warnings(listing: &MediaListing) -> String {
    [rows(listing)].into_iter().chain(listing.warnings.iter().cloned()).collect::<Vec<_>>().join("\n")
}

fn rows(listing: &MediaListing) -> String {
    let places = |file: &Value| file["usedIn"].as_array().map_or(0, Vec::len);
    let row = |file: &Value| {
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
