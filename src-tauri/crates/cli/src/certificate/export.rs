//! `chancery cert export`.

use std::path::PathBuf;

use api::ApiError;
use api::request::CertificateExport;
use api::text::FilePath;
use clap::Args;

use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint
    #[arg(value_name = "C")]
    certificate: String,
    /// `chain` is the certificate and its intermediates, `bundle` the same with the root
    #[arg(long, value_parser = ["pem", "der", "chain", "bundle", "pkcs7"])]
    format: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(export: Export, invocation: &Invocation) -> Result<Status, ApiError> {
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
