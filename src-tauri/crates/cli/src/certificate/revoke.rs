//! `chancery cert revoke`.

mod together;

use std::path::PathBuf;

use api::request::{AuthorityNamed, CertificateNamed, CertificateRevoke};
use api::view::{AuthorityRef, CertificateDetail, RevokedView};
use api::{ApiError, ErrorCode, words};
use clap::Args;

use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint
    #[arg(value_name = "C", required_unless_present = "from")]
    certificates: Vec<String>,
    /// Those named in this file too, one a line, `-` for standard input: all are revoked in one act, or none
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Each C is A/SERIAL, and nobody need have its certificate: the serial is on every CRL of A from now on
    #[arg(long)]
    unknown_serial: bool,
    /// RFC 5280's name: keyCompromise, caCompromise, affiliationChanged, superseded, cessationOfOperation, certificateHold, privilegeWithdrawn
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// When the key or certificate became invalid, RFC 3339 or a date (UTC)
    #[arg(long, value_name = "TIME")]
    invalidity_date: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

pub(crate) fn run(revoke: &Revoke, invocation: &Invocation) -> Result<Status, ApiError> {
    if !invocation.global.yes && !questions::can_ask() {
        return Err(usage("revoking cannot be undone: without a terminal it needs --yes"));
    }
    if revoke.from.is_some() || revoke.unknown_serial {
        return together::run(revoke, invocation);
    }
    invocation.open_unlocked_if_given()?;
    // Every name is looked up before anything is revoked, so a mistyped one revokes nothing.
    let mut certificates: Vec<CertificateDetail> = Vec::new();
    for certificate in &revoke.certificates {
        let found = invocation.surface().certificate_show(CertificateNamed { certificate: certificate.clone() })?;
        if !certificates.iter().any(|known| known.certificate.id == found.certificate.id) {
            certificates.push(found);
        }
    }
    if !invocation.global.yes {
        for certificate in certificates.iter().filter(|certificate| certificate.certificate.kind == "authority") {
            let named = AuthorityNamed { authority: certificate.certificate.fingerprint.clone() };
            // A CA certificate that belongs to no authority of the registry has nothing that could be counted.
            if let Ok(impact) = invocation.surface().authority_impact(named) {
                invocation.output.note(&render::authority::hanging(&impact));
            }
        }
        confirm(&certificates, revoke)?;
    }
    let mut done = RevokedView { certificates: Vec::new(), stale: Vec::new() };
    let mut failed = Vec::new();
    let count = certificates.len();
    for certificate in certificates {
        let view = invocation.surface().certificate_revoke(CertificateRevoke {
            certificates: vec![certificate.certificate.id.clone()],
            serials: Vec::new(),
            issuer: None,
            reason: revoke.reason.clone(),
            invalidity_date: revoke.invalidity_date.clone(),
            note: revoke.note.clone(),
            confirmation: certificate.certificate.name.clone(),
        });
        match view {
            Ok(view) => {
                done.certificates.extend(view.certificates);
                done.stale.extend(view.stale.into_iter().filter(|stale| !done.stale.contains(stale)).collect::<Vec<_>>());
            }
            // What was wrong with one of many is told, and the rest goes on.
            Err(error) if count > 1 => failed.push((certificate.certificate.name, error)),
            Err(error) => return Err(error),
        }
    }
    invocation.output.result(&done, render::certificate::revoked)?;
    for stale in &done.stale {
        say_stale(stale, invocation);
    }
    report(failed, count, invocation)
}

fn report(failed: Vec<(String, ApiError)>, count: usize, invocation: &Invocation) -> Result<Status, ApiError> {
    let failures = failed.len();
    let reasons: Vec<String> = failed.iter().map(|(name, error)| format!("{name}: {}", words::error(error).title)).collect();
    for reason in &reasons {
        invocation.output.note(&format!("not revoked: {reason}"));
    }
    match failed.into_iter().next() {
        None => Ok(Status::Done),
        Some((_, error)) if failures == count => Err(error),
        Some(_) => Err(ApiError::new(ErrorCode::BatchPartlyFailed)
            .with("failed", failures)
            .with("count", count)
            .with("report", reasons.join("; "))),
    }
}

/// The CRL is never built behind the user's back; that it no longer tells everything is said.
pub(crate) fn say_stale(stale: &AuthorityRef, invocation: &Invocation) {
    invocation.output.note(&format!(
        "The CRL of {} does not list this yet: it is stale. To build the next one:\n  chancery crl build {}",
        stale.name,
        quoted(&stale.name)
    ));
}

/// A name as a POSIX shell takes it.
pub(super) fn quoted(name: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@".contains(character);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

fn confirm(certificates: &[CertificateDetail], revoke: &Revoke) -> Result<(), ApiError> {
    let reason = revoke.reason.as_deref().unwrap_or("unspecified");
    let expected = match certificates {
        [one] => one.certificate.name.clone(),
        many => format!("revoke {}", many.len()),
    };
    let warning =
        if reason == "certificateHold" { "A held certificate stops working until the hold is lifted" } else { "Revoking cannot be undone" };
    let answer = questions::ask(&format!("{warning} (reason: {reason}). Type {expected} to go on:"))?;
    if answer == expected { Ok(()) } else { Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", expected)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_for_a_shell() {
        assert_eq!(quoted("issuing"), "issuing");
        assert_eq!(quoted("Team CA"), "'Team CA'");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted("-x"), "'-x'");
    }
}
