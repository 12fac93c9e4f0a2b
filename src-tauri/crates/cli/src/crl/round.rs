//! `chancery crl run`: every CRL that is due, as a timer does it.

use api::ApiError;
use api::request::Nothing;

use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

pub(crate) fn run(invocation: &Invocation) -> Result<Status, ApiError> {
    let status = invocation.open_unlocked_if_given()?;
    // Whoever runs this every few minutes is asked for keys only when they are needed.
    let refused = if !status.unlocked && invocation.surface().crls_are_due()? { invocation.unlock(&status).err() } else { None };
    // Without keys as well: that a CRL could not be renewed stands in its history.
    let round = invocation.surface().crl_run(Nothing {})?;
    invocation.output.result(&round, render::crl_round::round)?;
    match refused {
        Some(error) if !round.ok => Err(error),
        _ => Ok(Status::when(round.ok, Status::Failed)),
    }
}
