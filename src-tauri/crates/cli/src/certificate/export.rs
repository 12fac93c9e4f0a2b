//! `chancery cert export`.

use std::path::PathBuf;

use api::request::CertificateExport;
use api::text::FilePath;
use api::{ApiError, ErrorCode};
use clap::Args;

use crate::invocation::{Invocation, usage};
use crate::key::{Departure, depart};
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint
    #[arg(value_name = "C")]
    certificate: String,
    /// `chain` is the certificate and its intermediates, `bundle` the same with the root
    #[arg(long, value_parser = ["pem", "der", "chain", "bundle", "pkcs7", "pkcs12"])]
    format: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// `pkcs12`, or `pem` with the key behind the certificate: its first line seals the key
    #[arg(long, value_name = "FILE", conflicts_with = "plain_key")]
    password_file: Option<PathBuf>,
    /// Lets the key leave without protection
    #[arg(long)]
    plain_key: bool,
    /// Why the key leaves, for the audit log; required if one does
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(crate) fn run(export: Export, invocation: &Invocation) -> Result<Status, ApiError> {
    let form = match export.format.as_str() {
        "pkcs12" => Some("pkcs12"),
        "pem" if export.password_file.is_some() || export.plain_key => Some("pem-with-certificate"),
        _ if export.password_file.is_some() || export.plain_key => {
            return Err(usage("a key goes out as pem or pkcs12"));
        }
        _ => None,
    };
    if let Some(form) = form {
        let reason = export.reason.ok_or_else(|| ApiError::new(ErrorCode::ReasonRequired))?;
        let Export { certificate, out, password_file, plain_key, .. } = export;
        return depart(Departure { certificate, out, format: Some(form.to_owned()), password_file, plain_key, reason }, invocation);
    }
    invocation.open()?;
    let view = invocation.surface().certificate_export(CertificateExport {
        certificate: export.certificate,
        format: export.format,
        out: FilePath::from(export.out),
        overwrite: invocation.global.overwrite,
    })?;
    invocation.output.result(&view, render::exported)?;
    Ok(Status::Done)
}
