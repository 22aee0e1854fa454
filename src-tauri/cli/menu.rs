//! `backlot menu …`

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
    let Context { app, out, .. } = context;
    match verb {
        Verb::List { demo } => out.result(&app.content(&demo)?.list()?.menus, |menus| rows(menus)),
        Verb::Add { demo, name } => out.result(&app.content(&demo)?.add_menu(&name)?, row),
        Verb::Remove { demo, menu } => {
            let document = DocumentName::menu(menu.strip_prefix("menus/").unwrap_or(&menu))?;
            out.result(&app.content(&demo)?.remove_menu(&document)?, |removed| {
                let links: Vec<String> = removed.links.iter().map(ToString::to_string).collect();
                let dangling = if links.is_empty() { String::new() } else { format!(" Still showing it: {}.", links.join(", ")) };
                format!("Removed {document}.{dangling} “backlot menu restore {demo} {}” brings it back.", removed.token)
            });
        }
        Verb::Restore { demo, token } => out.result(&app.content(&demo)?.restore_menu(&token)?, row),
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
