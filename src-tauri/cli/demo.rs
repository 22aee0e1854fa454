//! `backlot demo …`

use std::path::PathBuf;

use backlot::api::{
    CancelCreation, DeleteDemo, DismissCreation, FetchSubmodules, ListDemoWarnings, ListDemos, ListTrash, PurgeDemo, RenameDemo,
    RestoreDemo, RetryCreation, ShowDemo, ShowTrashedDemo, TagDemo,
};
use backlot::demo::model::{Brief, CreateDemo, DemoView, DemoWarning, State, WarningCode};
use backlot::error::{Code, Error, Result};
use clap::Subcommand;
use serde::Serialize;

use crate::Context;
use crate::output::table;

/// What can be done with demos.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Create a demo from a template
    Create {
        /// Its folder's name: lower-case letters, digits, inner hyphens
        slug: String,
        /// The template: its key, a URL, or a folder on this machine
        #[arg(long, value_name = "KEY|URL|PATH")]
        template: String,
        /// What a person calls it
        #[arg(long, default_value = "")]
        name: String,
        /// The branch to clone [default: the template's own]
        #[arg(long)]
        branch: Option<String>,
        /// Makes the request idempotent: the same id gives the same demo
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
        /// A file to put into the demo's media; may be given many times
        #[arg(long = "asset", value_name = "FILE")]
        assets: Vec<PathBuf>,
        /// A word to find it by; may be given many times
        #[arg(long = "tag", value_name = "TAG")]
        tags: Vec<String>,
        /// Something known of the business, such as business="Rye & Co"; may be given many times
        #[arg(long = "brief", value_name = "KEY=VALUE")]
        brief: Vec<String>,
        /// Fetch the submodules of the template as well, and those within them; only if you trust where they come from
        #[arg(long)]
        submodules: bool,
    },
    /// List the demos, creations included, the newest first
    List {
        /// Only those whose name, slug, template or tags have every one of these words
        #[arg(long, default_value = "")]
        search: String,
        /// Only those with this tag
        #[arg(long)]
        tag: Option<String>,
        /// Only those in this state
        #[arg(long)]
        state: Option<String>,
        /// Those in the trash instead
        #[arg(long)]
        trash: bool,
    },
    /// Show one demo
    Show {
        /// Its slug or id
        demo: String,
    },
    /// Fetch the submodules of a demo that are not there, and those within them; “demo show” tells where they come from
    Submodules {
        /// Its slug or id
        demo: String,
    },
    /// Try a failed or interrupted creation again
    Retry {
        /// Its slug or id
        demo: String,
    },
    /// Stop a creation, in whichever process it runs
    Cancel {
        /// Its slug or id
        demo: String,
    },
    /// Forget a failed or interrupted creation
    Dismiss {
        /// Its slug or id
        demo: String,
    },
    /// Give a demo another folder name, another name, or both
    Rename {
        /// Its slug or id
        demo: String,
        /// Its new folder name
        slug: Option<String>,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
    },
    /// Give a demo these tags instead of those it has
    Tag {
        /// Its slug or id
        demo: String,
        /// The tags; none takes all away
        tags: Vec<String>,
    },
    /// Move a demo to the trash
    Delete {
        /// Its slug or id
        demo: String,
    },
    /// Bring a demo back from the trash
    Restore {
        /// Its slug or id
        demo: String,
    },
    /// Remove a demo in the trash for good
    Purge {
        /// Its slug or id
        demo: String,
    },
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    let show = |view: &DemoView| out.result(view, one);
    match verb {
        Verb::Create { slug, template, name, branch, request_id, assets, tags, brief, submodules } => {
            let brief = parse_brief(&brief)?;
            let request = CreateDemo { slug, name, template, branch, tags, brief, assets, submodules, request_id };
            out.result(&with_warnings(context.follow(request)?, context), shown);
        }
        Verb::Retry { demo } => {
            out.result(&with_warnings(context.follow(RetryCreation { demo: demo.into() })?, context), shown);
        }
        Verb::List { search, tag, state, trash } => {
            let views = if trash { api.call(ListTrash {}) } else { api.call(ListDemos {}) }?;
            let views: Vec<_> = views
                .into_iter()
                .filter(|view| view.matches(&search))
                .filter(|view| tag.as_ref().is_none_or(|tag| view.demo.tags.iter().any(|other| other.eq_ignore_ascii_case(tag))))
                .filter(|view| state.as_ref().is_none_or(|state| view.status.state.name() == state))
                .collect();
            out.result(&views, |views| {
                let row = |view: &DemoView| {
                    vec![
                        view.demo.slug.clone(),
                        view.status.state.name().to_owned(),
                        view.demo.template.key.clone(),
                        match &view.status.state {
                            // A folder that cannot be read has no name to show, but a reason.
                            State::Failed { error } if view.demo.request_id.is_empty() => error.message.clone(),
                            _ => view.demo.name.clone(),
                        },
                    ]
                };
                table(&views.iter().map(row).collect::<Vec<_>>())
            });
        }
        Verb::Show { demo } => out.result(&with_warnings(api.call(ShowDemo { demo: demo.into() })?, context), shown),
        Verb::Submodules { demo } => {
            let fetched = context.follow(FetchSubmodules { demo: demo.into() })?;
            out.result(&serde_json::json!({ "fetched": fetched }), |result| {
                let fetched: Vec<&str> = result["fetched"].as_array().into_iter().flatten().filter_map(|path| path.as_str()).collect();
                if fetched.is_empty() { "All submodules are there.".to_owned() } else { format!("Fetched {}.", fetched.join(", ")) }
            });
        }
        Verb::Cancel { demo } => show(&api.call(CancelCreation { demo: demo.into() })?),
        Verb::Dismiss { demo } => {
            let view = api.call(ShowDemo { demo: demo.into() })?;
            api.call(DismissCreation { demo: view.demo.id.into() })?;
            out.result(&serde_json::json!({ "dismissed": view.demo.slug }), |_| format!("Dismissed “{}”.", view.demo.slug));
        }
        Verb::Rename { demo, slug, name } => {
            if slug.is_none() && name.is_none() {
                return Err(Error::new(Code::InvalidInput, "Say what to rename it to: a new folder name, --name, or both."));
            }
            show(&api.call(RenameDemo { demo: demo.into(), name, slug })?);
        }
        Verb::Tag { demo, tags } => show(&api.call(TagDemo { demo: demo.into(), tags })?),
        Verb::Delete { demo } => {
            let trashed = api.call(DeleteDemo { demo: demo.into() })?;
            out.result(&trashed, |view| format!("Moved “{0}” to the trash. Bring it back: backlot demo restore {0}", view.demo.slug));
        }
        Verb::Restore { demo } => show(&api.call(RestoreDemo { demo: demo.into() })?),
        Verb::Purge { demo } => {
            let view = api.call(ShowTrashedDemo { demo: demo.into() })?;
            api.call(PurgeDemo { demo: view.demo.id.into() })?;
            out.result(&serde_json::json!({ "purged": view.demo.id }), |_| format!("Removed “{}” for good.", view.demo.slug));
        }
    }
    Ok(())
}

/// A demo with what a person should know about it.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    view: DemoView,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<DemoWarning>,
}

fn with_warnings(view: DemoView, context: &Context) -> Shown {
    // A request may be fulfilled by a demo that is in the trash by now: nothing is said of that.
    let warnings = context.api.call(ListDemoWarnings { demo: view.demo.id.into() }).unwrap_or_default();
    Shown { view, warnings }
}

fn shown(shown: &Shown) -> String {
    let slug = &shown.view.demo.slug;
    let mut lines = vec![one(&shown.view)];
    for warning in &shown.warnings {
        lines.push(format!("Warning: {}", warning.message));
        if warning.code == WarningCode::Submodules {
            lines.push(format!("         Fetch: backlot demo submodules {slug}"));
        }
    }
    lines.join("\n")
}

fn parse_brief(pairs: &[String]) -> Result<Brief> {
    let mut brief = Brief::default();
    for pair in pairs {
        let refuse = |why: String| Error::new(Code::InvalidInput, format!("{why} Nothing was created.")).field("brief");
        let (key, value) = pair.split_once('=').ok_or_else(|| refuse(format!("“{pair}” is not KEY=VALUE.")))?;
        match brief.values_mut().find(|(known, _)| *known == key) {
            Some((_, field)) => value.clone_into(field),
            None => return Err(refuse(format!("A brief has no “{key}”; it has {}.", Brief::KEYS.join(", ")))),
        }
    }
    Ok(brief)
}

fn one(view: &DemoView) -> String {
    let mut rows = vec![
        vec!["Demo".to_owned(), view.demo.slug.clone()],
        vec!["Name".to_owned(), view.demo.name.clone()],
        vec!["State".to_owned(), view.status.state.name().to_owned()],
        vec!["Template".to_owned(), view.demo.template.url.clone()],
    ];
    if let State::Failed { error } = &view.status.state {
        rows.push(vec!["Reason".to_owned(), error.message.clone()]);
    }
    if !view.demo.tags.is_empty() {
        rows.push(vec!["Tags".to_owned(), view.demo.tags.join(", ")]);
    }
    if let Some(folder) = &view.folder {
        rows.push(vec!["Folder".to_owned(), folder.display().to_string()]);
    }
    table(&rows)
}
