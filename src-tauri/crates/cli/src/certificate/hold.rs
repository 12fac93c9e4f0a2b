//! `chancery cert hold` and `release`.

use api::ApiError;
use api::request::{CertificateNamed, CertificateRelease, CertificateRevoke};
use clap::Args;

use super::revoke::say_stale;
use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Held {
    /// Each by id, A/SERIAL, serial or SHA-256 fingerprint
    #[arg(value_name = "C", required = true)]
    certificates: Vec<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Puts all on hold, or none.
pub(crate) fn hold(held: Held, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let mut found: Vec<(String, String)> = Vec::new();
    for certificate in held.certificates {
        let row = invocation.surface().certificate_show(CertificateNamed { certificate })?.certificate;
        if !found.iter().any(|(id, _)| *id == row.id) {
            found.push((row.id, row.name));
        }
    }
    // A hold can be lifted: nothing is asked.
    let confirmation = match found.as_slice() {
        [(_, name)] => name.clone(),
        many => format!("revoke {}", many.len()),
    };
    let done = invocation.surface().certificate_revoke(CertificateRevoke {
        certificates: found.into_iter().map(|(id, _)| id).collect(),
        serials: Vec::new(),
        issuer: None,
        reason: Some("certificateHold".to_owned()),
        invalidity_date: None,
        note: held.note,
        confirmation,
    })?;
    invocation.output.result(&done, render::certificate::revoked)?;
    done.stale.iter().for_each(|stale| say_stale(stale, invocation));
    Ok(Status::Done)
}

/// Lifts all holds, or none.
pub(crate) fn release(held: Held, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let done = invocation.surface().certificate_release(CertificateRelease { certificates: held.certificates, note: held.note })?;
    invocation.output.result(&done, render::certificate::revoked)?;
    done.stale.iter().for_each(|stale| say_stale(stale, invocation));
    Ok(Status::Done)
}
