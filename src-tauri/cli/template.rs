//! `backlot template …`

use backlot::api::{AddTemplate, ListTemplates, RefreshTemplate, RemoveTemplate, ShowTemplate};
use backlot::error::Result;
use backlot::template::model::{Kind, Template};
use clap::Subcommand;

use crate::Context;
use crate::output::table;

/// What can be done with templates.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Fetch a template from a URL or a folder, or bring it up to date if it is there
    Add {
        /// An https or ssh URL, or a folder on this machine
        source: String,
        /// A branch that must be in it
        #[arg(long)]
        branch: Option<String>,
    },
    /// List the templates, starters first
    List,
    /// Show one template
    Show {
        /// The template's key
        key: String,
    },
    /// Bring a template's mirror up to date
    Refresh {
        /// The template's key
        key: String,
    },
    /// Remove a template's mirror; its demos stay
    Remove {
        /// The template's key
        key: String,
    },
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    match verb {
        Verb::Add { source, branch } => {
            out.result(&context.follow(AddTemplate { source, branch })?, |template| {
                format!("{}\nCreate a demo from it: backlot demo create NAME --template {}", one(template), template.key)
            });
        }
        Verb::List => out.result(&api.call(ListTemplates {})?, |templates| {
            table(
                &templates
                    .iter()
                    .map(|template| {
                        vec![template.key.clone(), kind(template.kind).to_owned(), short(&template.commit).to_owned(), template.url.clone()]
                    })
                    .collect::<Vec<_>>(),
            )
        }),
        Verb::Show { key } => out.result(&api.call(ShowTemplate { key })?, one),
        Verb::Refresh { key } => out.result(&context.follow(RefreshTemplate { key })?, one),
        Verb::Remove { key } => {
            api.call(RemoveTemplate { key: key.clone() })?;
            out.result(&serde_json::json!({ "removed": key }), |_| format!("Removed the template {key}; its demos are untouched."));
        }
    }
    Ok(())
}

fn one(template: &Template) -> String {
    let mut rows = vec![
        vec!["Key".to_owned(), template.key.clone()],
        vec!["Name".to_owned(), template.name.clone()],
        vec!["From".to_owned(), template.url.clone()],
        vec!["Branch".to_owned(), if template.branch.is_empty() { "–".to_owned() } else { template.branch.clone() }],
        vec!["Commit".to_owned(), if template.commit.is_empty() { "–".to_owned() } else { template.commit.clone() }],
    ];
    if !template.left_out.is_empty() {
        let names: Vec<&str> = template.left_out.iter().map(|name| name.strip_prefix("refs/heads/").unwrap_or(name)).collect();
        rows.push(vec!["Damaged".to_owned(), format!("{}: an object is missing in the source", names.join(", "))]);
    }
    table(&rows)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Starter => "starter",
        Kind::Path => "folder",
        Kind::Url => "url",
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or("–")
}
