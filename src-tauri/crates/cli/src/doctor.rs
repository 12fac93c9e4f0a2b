//! `chancery doctor`: what is wrong with keyring, clock, disk and locks.

use api::ApiError;
use api::request::Nothing;
use api::text::FilePath;
use api::view::DoctorView;
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
    let opened = invocation.open_if_named();
    // A keyring is looked at as it is: its state is what the doctor is asked about, and nobody is prompted.
    let unlocked = match &opened {
        Ok(Some(status)) if status.keys == "passphrase" && invocation.passphrase_file().is_some() => invocation.unlock(status).map(drop),
        _ => Ok(()),
    };
    let view = match (&opened, invocation.named_registry()) {
        // A registry that does not open is a finding too, among what can be seen without it; then its error is told as everywhere.
        (Err(error), Some(path)) => invocation.surface().doctor_unopened(&FilePath::from(path), error),
        // It is a registry that has seen the later time.
        (Ok(_), _) if doctor.confirm_clock => invocation.surface().clock_confirm(Nothing {})?,
        _ => invocation.surface().doctor(Nothing {})?,
    };
    invocation.output.result(&view, render::doctor::view)?;
    opened?;
    unlocked?;
    Ok(verdict(&view))
}

/// Locked when nothing is wrong but that the keys cannot be reached; failed when anything else is.
fn verdict(view: &DoctorView) -> Status {
    let mut bad = view.findings.iter().filter(|finding| !finding.ok);
    if view.ok {
        Status::Done
    } else if bad.all(|finding| matches!(finding.code.as_str(), "keyring" | "vault")) {
        Status::Locked
    } else {
        Status::Failed
    }
}
