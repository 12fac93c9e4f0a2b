//! `chancery cert verify`.

use std::path::PathBuf;

use api::ApiError;
use api::request::CertificateVerify;
use api::text::FilePath;
use clap::Args;

use super::{Named, named_or_file};
use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint; or a file
    #[arg(value_name = "C-OR-FILE")]
    certificate: String,
    /// The moment to judge at, RFC 3339 or a date (UTC); now if not given
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A file of trusted roots, instead of the registry's
    #[arg(long, value_name = "FILE")]
    trust: Vec<PathBuf>,
    /// A file of further intermediates
    #[arg(long, value_name = "FILE")]
    untrusted: Vec<PathBuf>,
    /// A file with a CRL
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// What it is to be used for
    #[arg(long, value_parser = ["tls-server", "tls-client", "email", "code-signing", "any"])]
    purpose: Option<String>,
    /// The host name or address that it must carry
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// The object identifier of a policy that will do; may be repeated
    #[arg(long, value_name = "OID")]
    policy: Vec<String>,
    /// Refuse unless a policy holds for the path: one of --policy, if given
    #[arg(long)]
    require_policy: bool,
    /// Policies may not be mapped
    #[arg(long)]
    inhibit_mapping: bool,
    /// anyPolicy counts for nothing
    #[arg(long)]
    inhibit_any: bool,
    /// Refuse unless a current CRL clears every certificate of the path
    #[arg(long)]
    require_revocation: bool,
}

pub(crate) fn run(verify: Verify, invocation: &Invocation) -> Result<Status, ApiError> {
    let (certificate, path) = match named_or_file(&verify.certificate) {
        Named::InRegistry(certificate) => (Some(certificate), None),
        Named::InFile(path) => (None, Some(FilePath::from(path))),
    };
    // A file with its own trust needs no registry; what a named one holds is used all the same.
    if path.is_some() && !verify.trust.is_empty() {
        invocation.open_if_named()?;
    } else {
        invocation.open()?;
    }
    let files = |paths: Vec<PathBuf>| paths.into_iter().map(FilePath::from).collect();
    let verdict = invocation.surface().certificate_verify(CertificateVerify {
        certificate,
        source_certificate: None,
        path,
        text: None,
        at: verify.at,
        trust: files(verify.trust),
        untrusted: files(verify.untrusted),
        crls: files(verify.crl),
        purpose: verify.purpose,
        host: verify.host,
        policies: verify.policy,
        require_policy: verify.require_policy,
        inhibit_mapping: verify.inhibit_mapping,
        inhibit_any: verify.inhibit_any,
        require_revocation: verify.require_revocation,
    })?;
    invocation.output.result(&verdict, render::verdict::verdict)?;
    Ok(Status::when(verdict.trusted, Status::Refused))
}
