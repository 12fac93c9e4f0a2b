//! `chancery cert show`.

use api::ApiError;
use api::request::{CertificateAsn1, CertificateInFile, CertificateNamed};
use api::text::FilePath;
use clap::Args;

use super::{Named, named_or_file};
use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id, A/SERIAL, serial or SHA-256 fingerprint; or a file
    #[arg(value_name = "C-OR-FILE")]
    certificate: String,
    /// Every field and extension in plain words
    #[arg(long, conflicts_with = "asn1")]
    text: bool,
    /// Its ASN.1, element by element: offset, header and content length, type and value
    #[arg(long)]
    asn1: bool,
}

pub(crate) fn run(show: &Show, invocation: &Invocation) -> Result<Status, ApiError> {
    if show.asn1 {
        let request = match named_or_file(&show.certificate) {
            Named::InFile(path) => CertificateAsn1 { path: Some(FilePath::from(path)), ..CertificateAsn1::default() },
            Named::InRegistry(certificate) => {
                invocation.open()?;
                CertificateAsn1 { certificate: Some(certificate), ..CertificateAsn1::default() }
            }
        };
        let view = invocation.surface().certificate_asn1(request)?;
        invocation.output.result(&view, render::certificate::asn1)?;
        return Ok(Status::Done);
    }
    let detail = match named_or_file(&show.certificate) {
        Named::InFile(path) => invocation.surface().certificate_in_file(CertificateInFile { path: FilePath::from(path) })?,
        Named::InRegistry(certificate) => {
            invocation.open()?;
            invocation.surface().certificate_show(CertificateNamed { certificate })?
        }
    };
    invocation.output.result(&detail, if show.text { render::certificate::full } else { render::certificate::one })?;
    Ok(Status::Done)
}
