//! `backlot doctor`

use backlot::api::{CheckWorkspace, UndoWorkspaceRepair};
use backlot::app::{Finding, Remedy};
use backlot::error::{Code, Error, Result};
use clap::Args;

use crate::Context;

/// How the doctor is asked.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Do what can be done about what is found
    #[arg(long, conflicts_with = "undo")]
    fix: bool,
    /// Put back what was put aside last
    #[arg(long)]
    undo: bool,
}

pub fn run(arguments: &Arguments, context: &Context) -> Result<()> {
    let Context { api, out, .. } = context;
    if arguments.undo {
        out.result(&api.call(UndoWorkspaceRepair {})?, |paths| {
            paths.iter().map(|path| format!("Put back {}", path.display())).collect::<Vec<_>>().join("\n")
        });
        return Ok(());
    }
    let findings = api.call(CheckWorkspace { fix: arguments.fix })?;
    let left = findings.iter().filter(|finding| !finding.fixed).count();
    let hint = if findings.iter().any(|finding| !finding.fixed && finding.remedy.is_some()) {
        " “backlot doctor --fix” does what can be done."
    } else {
        ""
    };
    let outcome = match left {
        0 => Ok(()),
        _ => Err(Error::new(Code::Corrupt, format!("{left} of {} findings need attention.{hint}", findings.len()))),
    };
    let shown = |findings: &Vec<Finding>| match findings.len() {
        0 => "Everything is as it should be.".to_owned(),
        _ => findings.iter().map(line).collect::<Vec<_>>().join("\n"),
    };
    out.outcome(&findings, shown, outcome)
}

fn line(finding: &Finding) -> String {
    let deed = match (finding.remedy, finding.fixed) {
        (Some(Remedy::MoveAside), false) => " Would be put aside.",
        (Some(Remedy::MoveAside), true) => " Put aside; “backlot doctor --undo” puts it back.",
        (Some(Remedy::Finish), false) => " Would be finished.",
        (Some(Remedy::Finish), true) => " Finished.",
        (Some(Remedy::CutTail), false) => " Would be cut off.",
        (Some(Remedy::CutTail), true) => " Cut off.",
        (Some(Remedy::NewId), false) => " Would get an id of its own.",
        (Some(Remedy::NewId), true) => " It has an id of its own now.",
        (None, _) => "",
    };
    format!("{}: {}{deed}", finding.path.display(), finding.problem)
}
