//! `backlot page …`

use backlot::api::{AddPage, DuplicatePage, ListContent, RemovePage, RenamePage, RestorePage, SetDocumentValue, ShowDocument};
use backlot::content::model::{PageInfo, Shown};
use backlot::error::{Code, Error, Result};
use clap::Subcommand;

use crate::Context;
use crate::output::table;

/// What can be done with a demo's pages.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List a demo's pages
    List {
        /// The demo's slug or id
        demo: String,
    },
    /// Show what is in a page
    Show {
        /// The demo's slug or id
        demo: String,
        /// The page's slug; or global/header, global/footer, menus/<name>, theme
        page: String,
    },
    /// Set one value in a page
    Set {
        /// The demo's slug or id
        demo: String,
        /// The page's slug; or global/header, global/footer, menus/<name>, theme
        page: String,
        /// Where the value stands, as a JSON pointer such as /widgets/hero/settings/title
        pointer: String,
        /// The value, as JSON
        #[arg(value_name = "JSON", allow_hyphen_values = true)]
        value: String,
        /// Only if the page is still of this revision
        #[arg(long, value_name = "REV")]
        expect_rev: Option<String>,
    },
    /// Add an empty page
    Add {
        /// The demo's slug or id
        demo: String,
        /// What to call it
        name: String,
    },
    /// Copy a page
    Duplicate {
        /// The demo's slug or id
        demo: String,
        /// The page's slug
        page: String,
    },
    /// Give a page another slug, another name, or both
    Rename {
        /// The demo's slug or id
        demo: String,
        /// The page's slug
        page: String,
        /// Its new slug; links to it follow
        slug: Option<String>,
        /// Its new name
        #[arg(long)]
        name: Option<String>,
    },
    /// Remove a page; it can be restored
    Remove {
        /// The demo's slug or id
        demo: String,
        /// The page's slug
        page: String,
    },
    /// Bring a removed page back
    Restore {
        /// The demo's slug or id
        demo: String,
        /// What removing it answered with
        token: String,
    },
}

pub fn run(verb: Verb, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    match verb {
        Verb::List { demo } => out.result(&api.call(ListContent { demo: demo.into() })?.pages, |pages| rows(pages)),
        Verb::Show { demo, page } => out.result(&api.call(ShowDocument { demo: demo.into(), document: page })?, shown),
        Verb::Set { demo, page, pointer, value, expect_rev } => {
            let value = serde_json::from_str(&value).map_err(|cause| {
                let message = format!("“{value}” is not JSON: {cause}. A text is quoted, as in '\"Hello\"'. Nothing was changed.");
                Error::new(Code::InvalidInput, message).field("value")
            })?;
            let request = SetDocumentValue { demo: demo.into(), document: page.clone(), pointer, value, expect_rev };
            out.result(&api.call(request)?, |_| format!("Changed {page}."));
        }
        Verb::Add { demo, name } => out.result(&api.call(AddPage { demo: demo.into(), name })?, row),
        Verb::Duplicate { demo, page } => out.result(&api.call(DuplicatePage { demo: demo.into(), page })?, row),
        Verb::Rename { demo, page, slug, name } => {
            if slug.is_none() && name.is_none() {
                return Err(Error::new(Code::InvalidInput, "Say what to rename it to: a new slug, --name, or both."));
            }
            out.result(&api.call(RenamePage { demo: demo.into(), page, name, slug })?, row);
        }
        Verb::Remove { demo, page } => {
            let request = RemovePage { demo: demo.as_str().into(), page: page.clone() };
            out.result(&api.call(request)?, |removed| {
                let links: Vec<String> = removed.links.iter().map(ToString::to_string).collect();
                let dangling = if links.is_empty() { String::new() } else { format!(" Still linking to it: {}.", links.join(", ")) };
                format!("Removed {page}.{dangling} “backlot page restore {demo} {}” brings it back.", removed.token)
            });
        }
        Verb::Restore { demo, token } => out.result(&api.call(RestorePage { demo: demo.into(), token })?, row),
    }
    Ok(())
}

fn shown(shown: &Shown) -> String {
    let text = shown.text.clone().unwrap_or_else(|| serde_json::to_string_pretty(&shown.document).unwrap_or_default());
    shown.problem.as_ref().map_or_else(|| text.clone(), |problem| format!("{problem}\n\n{text}"))
}

fn rows(pages: &[PageInfo]) -> String {
    let row = |page: &PageInfo| {
        vec![page.slug.clone(), page.name.clone(), format!("{} widgets", page.widgets), page.problem.clone().unwrap_or_default()]
    };
    table(&pages.iter().map(row).collect::<Vec<_>>())
}

fn row(page: &PageInfo) -> String {
    rows(std::slice::from_ref(page))
}
