//! `chancery doctor`: what is wrong with keyring, clock, disk and locks.

use api::ApiError;
use api::request::Nothing;
use clap::Args;

use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  chancery doctor --registry team.chancery")]
pub(crate) struct Doctor {
    /// Takes the clock for right although the registry has seen a later time, so that signing goes on
    #[arg(long)]
    confirm_clock: bool,
}

pub(crate) fn run(invocation: &Invocation, doctor: &Doctor) -> Result<Status, ApiError> {
    // A registry that does not open is what the doctor is asked about: the rest is looked at first, then the error is told.
    let opened = invocation.open_if_named();
    if let Ok(Some(status)) = &opened
        && (status.keys == "os" || invocation.passphrase_file().is_some())
        && let Err(error) = invocation.unlock(status)
    {
        invocation.output.note(&format!("keys: {}", api::words::error(&error).title));
    }
    let view = match &opened {
        // It is a registry that has seen the later time.
        Ok(_) if doctor.confirm_clock => invocation.surface().clock_confirm(Nothing {})?,
        _ => invocation.surface().doctor(Nothing {})?,
    };
    invocation.output.result(&view, render::doctor::view)?;
    opened.map(|_| Status::Done)
}
