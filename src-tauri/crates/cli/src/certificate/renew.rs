//! `chancery cert renew` and `cert rotate`: a successor with the same or a new key. Neither revokes anything.

use std::path::PathBuf;

use api::ApiError;
use api::request::CertificateRenewal;
use clap::Args;

use super::delivery::Delivery;
use super::issue::request_text;
use super::revoke::quoted;
use crate::invocation::Invocation;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Renew {
    /// Certifies a new key instead of the same one
    #[arg(long)]
    new_key: bool,
    #[command(flatten)]
    successor: Successor,
}

#[derive(Debug, Args)]
pub(crate) struct Successor {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint
    #[arg(value_name = "C")]
    certificate: String,
    /// What the successor is for; without it what the certificate was issued for
    #[arg(long, value_name = "P")]
    profile: Option<String>,
    /// Kind of key to make: ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 rsa-pss-3072 ed25519
    #[arg(long, value_name = "KEY", conflicts_with = "csr")]
    key: Option<String>,
    /// A signing request that brings the new key, PEM or DER; `-` is standard input
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// Life in days
    #[arg(long, value_name = "N", conflicts_with = "not_after", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Last moment of validity, RFC 3339 or a date (UTC)
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    #[command(flatten)]
    delivery: Delivery,
}

pub(crate) fn renew(renew: Renew, invocation: &Invocation) -> Result<Status, ApiError> {
    let new_key = renew.new_key || renew.successor.key.is_some() || renew.successor.csr.is_some();
    succeed(renew.successor, new_key, invocation).map(|(status, _)| status)
}

/// The successor is handed over first; the certificate before is revoked by a command of its own, once nothing uses it any more.
pub(crate) fn rotate(successor: Successor, invocation: &Invocation) -> Result<Status, ApiError> {
    let (status, before) = succeed(successor, true, invocation)?;
    if let Some(before) = before {
        invocation.output.note(&format!(
            "The certificate before stays valid. Once nothing uses it any more:\n  chancery cert revoke {} --reason superseded",
            quoted(&before)
        ));
    }
    Ok(status)
}

fn succeed(successor: Successor, new_key: bool, invocation: &Invocation) -> Result<(Status, Option<String>), ApiError> {
    let Successor { certificate, profile, key, csr, days, not_after, delivery } = successor;
    invocation.open()?;
    let mut draft = invocation.surface().certificate_renewal(CertificateRenewal { certificate, profile })?;
    draft.request = csr.as_deref().map(|csr| request_text(csr, invocation)).transpose()?;
    draft.same_key = !new_key;
    (draft.key, draft.days, draft.not_after) = (key, days, not_after);
    let before = draft.renews.clone();
    let (status, issued) = delivery.deliver(draft, invocation)?;
    Ok((status, before.filter(|_| issued.is_some())))
}
