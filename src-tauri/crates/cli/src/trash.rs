//! `chancery registry undo` and `trash`: what was not signed can be taken back.

use api::ApiError;
use api::request::{Nothing, TrashRestore, UndoDone, UndoPlanned};
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::output::Listing;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The act by its number in the audit log (chancery audit list)
    #[arg(long, value_name = "N")]
    act: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists what is out of use
    #[command(after_help = "Example:\n  chancery registry trash list")]
    List,
    /// Takes something out of the trash
    #[command(after_help = "Example:\n  chancery registry trash restore profile old-server")]
    Restore(Restore),
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// What it is
    #[arg(value_parser = ["profile", "certificate", "request"])]
    kind: String,
    /// Its id, as the list shows it
    id: String,
}

pub(crate) fn undo(undo: &Undo, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let plan = invocation.surface().registry_undo_plan(UndoPlanned { sequence: undo.act })?;
    let done = invocation.surface().registry_undo(UndoDone { sequence: plan.act.sequence })?;
    if let Some(later) = &plan.later {
        invocation.output.note(&format!("Done since then: {later}"));
    }
    invocation.output.result(&done, render::trash::undone)?;
    Ok(Status::Done)
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    let list = match verb {
        Verb::List => {
            invocation.open()?;
            invocation.surface().trash_list(Nothing {})?
        }
        Verb::Restore(Restore { kind, id }) => {
            invocation.open_unlocked_if_given()?;
            invocation.surface().trash_restore(TrashRestore { kind, id })?
        }
    };
    invocation.output.result(&Listing::whole(&list.items), |_| render::trash::list(&list))?;
    Ok(Status::Done)
}
