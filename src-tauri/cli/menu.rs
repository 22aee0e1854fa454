//! `backlot menu …`

use backlot::api::{AddMenu, ListContent, RemoveMenu, RestoreMenu};
use backlot::content::model::{DocumentInfo, DocumentName};
use backlot::error::Result;
use clap::Subcommand;

use crate::Context;
use crate::output::table;

/// What can be done with a demo's menus; what is in one is shown and set by `backlot page show` and `set`.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List a demo's menus
    List {
        /// The demo's slug or id
        demo: String,
    },
    /// Add an empty menu
    Add {
        /// The demo's slug or id
        demo: String,
        /// What to call it
        name: String,
    },
    /// Remove a menu; it can be restored
    Remove {
        /// The demo's slug or id
        demo: String,
        /// The menu's file name, without its ending
        menu: String,
    },
    /// Bring a removed menu back
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
        Verb::List { demo } => out.result(&api.call(ListContent { demo: demo.into() })?.menus, |menus| rows(menus)),
        Verb::Add { demo, name } => out.result(&api.call(AddMenu { demo: demo.into(), name })?, row),
        Verb::Remove { demo, menu } => {
            let menu = DocumentName::menu(menu.strip_prefix("menus/").unwrap_or(&menu))?;
            out.result(&api.call(RemoveMenu { demo: demo.as_str().into(), menu: menu.clone() })?, |removed| {
                let links: Vec<String> = removed.links.iter().map(ToString::to_string).collect();
                let dangling = if links.is_empty() { String::new() } else { format!(" Still showing it: {}.", links.join(", ")) };
                format!("Removed {menu}.{dangling} “backlot menu restore {demo} {}” brings it back.", removed.token)
            });
        }
        Verb::Restore { demo, token } => out.result(&api.call(RestoreMenu { demo: demo.into(), token })?, row),
    }
    Ok(())
}

fn rows(menus: &[DocumentInfo]) -> String {
    let row = |menu: &DocumentInfo| {
        vec![menu.document.menu_name().unwrap_or_default().to_owned(), menu.name.clone(), menu.problem.clone().unwrap_or_default()]
    };
    table(&menus.iter().map(row).collect::<Vec<_>>())
}

fn row(menu: &DocumentInfo) -> String {
    rows(std::slice::from_ref(menu))
}
