//! `backlot api …`: any operation, by its name.

use std::io::Read as _;

use backlot::api::{Caller, operations};
use backlot::error::{Code, Error, Result};
use clap::Args;
use serde_json::Value;

use crate::Context;
use crate::output::table;

/// What is called.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The operation, such as `rename_page`; without it, all operations are listed
    operation: Option<String>,
    /// Its request as JSON, such as '{"demo": "client"}'; “-” reads it from standard input
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    request: Option<String>,
}

pub fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let Some(name) = arguments.operation else {
        list(context);
        return Ok(());
    };
    let request = request(arguments.request)?;
    let answer = context.api.dispatch(&name, request, &|step| context.out.step(step), &context.cancel);
    context.out.end_progress();
    context.out.result(&answer?, |answer| serde_json::to_string_pretty(answer).unwrap_or_default());
    Ok(())
}

fn request(given: Option<String>) -> Result<Value> {
    let invalid = |why: String| Error::new(Code::InvalidInput, why).field("request");
    let text = match given.as_deref() {
        None => return Ok(Value::Null),
        Some("-") => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|cause| invalid(format!("Standard input cannot be read: {cause}.")))?;
            text
        }
        Some(text) => text.to_owned(),
    };
    serde_json::from_str(&text).map_err(|cause| invalid(format!("The request is not JSON: {cause}.")))
}

/// Lists the operations that the command line may call.
fn list(context: &Context) {
    let ours = operations().filter(|operation| operation.callers.contains(&Caller::Cli));
    let rows: Vec<_> = ours
        .map(|operation| {
            let about = operation.about.trim().lines().next().unwrap_or_default();
            serde_json::json!({ "name": operation.name, "kind": operation.kind, "about": about })
        })
        .collect();
    context.out.result(&rows, |rows| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        table(&rows.iter().map(|row| vec![text(&row["name"]), text(&row["kind"]), text(&row["about"])]).collect::<Vec<_>>())
    });
}
