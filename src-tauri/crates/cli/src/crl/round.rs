//! `chancery crl run`: every CRL that is due, as a timer does it.

use api::request::Nothing;
use api::{ApiError, ErrorCode};

use crate::invocation::Invocation;
use crate::status::Status;
use crate::{questions, render};

pub(crate) fn run(invocation: &Invocation) -> Result<Status, ApiError> {
    let status = invocation.open_unlocked_if_given()?;
    // Whoever runs this every few minutes is asked for keys only when they are needed, and a timer asks nobody: a locked keyring would put up its question.
    let needed = !status.unlocked && invocation.surface().crls_are_due()?;
    let nobody_there = status.keys == "os" && status.key_store == "locked" && !questions::can_ask();
    let refused = match (needed, nobody_there) {
        (true, true) => Some(ApiError::new(ErrorCode::Locked)),
        (true, false) => invocation.unlock(&status).err(),
        (false, _) => None,
    };
    // Also where nothing was due a moment ago: it may be by now.
    if refused.is_some() || nobody_there {
        invocation.surface().registry_lock(Nothing {})?;
    }
    // Without keys as well: that a CRL could not be renewed stands in its history.
    let round = invocation.surface().crl_run(Nothing {})?;
    invocation.output.result(&round, render::crl_round::round)?;
    match refused {
        Some(error) if !round.ok => Err(error),
        _ => Ok(Status::when(round.ok, Status::Failed)),
    }
}
