//! `chancery task`: long work, in whichever program it runs.

use api::ApiError;
use api::request::{Nothing, TaskNamed};
use clap::{Args, Subcommand};

use crate::invocation::Invocation;
use crate::output::Listing;
use crate::render;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists long work, newest first
    #[command(after_help = "Example:\n  chancery task list --json")]
    List,
    /// Shows one task
    #[command(after_help = "Example:\n  chancery task show 0199c7a1-5e6d-7c3b-9d0e-3f2a1b4c5d6e")]
    Show(Named),
    /// Asks a task to stop, in whichever program it runs; what it did so far is undone
    #[command(after_help = "Example:\n  chancery task cancel 0199c7a1-5e6d-7c3b-9d0e-3f2a1b4c5d6e")]
    Cancel(Named),
    /// Does a task again that came to no end: a backup, a CRL, an import without passwords
    #[command(after_help = "Example:\n  chancery task resume 0199c7a1-5e6d-7c3b-9d0e-3f2a1b4c5d6e --passphrase-file pass.txt")]
    Resume(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The id of the task
    #[arg(value_name = "T")]
    task: String,
}

impl From<Named> for TaskNamed {
    fn from(named: Named) -> Self {
        Self { task: named.task }
    }
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::List => {
            invocation.open()?;
            let list = invocation.surface().task_list(Nothing {})?;
            invocation.output.result(&Listing::whole(&list.items), |_| render::task::list(&list.items))?;
        }
        Verb::Show(named) => {
            invocation.open()?;
            let view = invocation.surface().task_show(named.into())?;
            invocation.output.result(&view, render::task::one)?;
        }
        Verb::Cancel(named) => {
            invocation.open_unlocked_if_given()?;
            let named = TaskNamed::from(named);
            invocation.surface().task_cancel(named.clone())?;
            let view = invocation.surface().task_show(named)?;
            invocation.output.result(&view, render::task::one)?;
            invocation.output.note("The program that runs it has been asked to stop.");
        }
        Verb::Resume(named) => {
            let named = TaskNamed::from(named);
            let view = invocation.with_keys_if_needed(|surface| surface.task_resume(named.clone()))?;
            invocation.output.result(&view, render::task::one)?;
        }
    }
    Ok(Status::Done)
}
