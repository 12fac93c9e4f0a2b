//! `chancery cert issue`.

use std::path::{Path, PathBuf};

use api::ApiError;
use api::request::{CertificateDraft, RequestRead};
use api::text::FilePath;
use clap::Args;

use super::delivery::Delivery;
use crate::invocation::Invocation;
use crate::secrets;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The issuing authority
    #[arg(long, value_name = "A")]
    authority: String,
    /// What the certificate is for; `chancery profile list` shows them
    #[arg(long, value_name = "P", default_value = "tls-server")]
    profile: String,
    /// Subject, RFC 4514 or, starting with /, in the order of encoding; without it CN = the first name
    #[arg(long, value_name = "DN")]
    subject: Option<String>,
    /// Subject alternative name: dns:… ip:… email:… uri:… upn:… dir:… rid:…, or without a prefix
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Kind of key to make: ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 rsa-pss-3072 ed25519
    #[arg(long, value_name = "KEY", conflicts_with = "csr")]
    key: Option<String>,
    /// A certificate signing request, PEM or DER; `-` is standard input
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// Life in days
    #[arg(long, value_name = "N", conflicts_with = "not_after", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Last moment of validity, RFC 3339 or a date (UTC)
    #[arg(long, value_name = "TIME")]
    not_after: Option<String>,
    /// Asks for the TLS feature extension (RFC 7633)
    #[arg(long)]
    must_staple: bool,
    /// Security identifier of the Active Directory account that it is for (KB5014754)
    #[arg(long, value_name = "S-1-5-…")]
    sid: Option<String>,
    #[command(flatten)]
    delivery: Delivery,
}

pub(crate) fn run(issue: Issue, invocation: &Invocation) -> Result<Status, ApiError> {
    let draft = CertificateDraft {
        request: issue.csr.as_deref().map(|csr| request_text(csr, invocation)).transpose()?,
        authority: issue.authority,
        profile: Some(issue.profile),
        subject: issue.subject,
        names: issue.name,
        key: issue.key,
        days: issue.days,
        not_after: issue.not_after,
        must_staple: issue.must_staple,
        sid: issue.sid,
        accept: Vec::new(),
        renews: None,
        same_key: false,
    };
    issue.delivery.deliver(draft, invocation).map(|(status, _)| status)
}

/// The request as PEM text, wherever and however it is written.
pub(super) fn request_text(csr: &Path, invocation: &Invocation) -> Result<String, ApiError> {
    let read = if csr == Path::new("-") {
        RequestRead { text: Some(secrets::text_of(csr, invocation)?.to_string()), path: None }
    } else {
        RequestRead { text: None, path: Some(FilePath::from(csr.to_path_buf())) }
    };
    Ok(invocation.surface().request_read(read)?.pem)
}
