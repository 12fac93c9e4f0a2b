//! `chancery cert compare`.

use api::ApiError;
use api::request::CertificateCompare;
use api::text::FilePath;
use clap::Args;

use super::{Named, named_or_file};
use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The one: id, A/SERIAL, serial or SHA-256 fingerprint; or a file
    #[arg(value_name = "C1")]
    one: String,
    /// The other
    #[arg(value_name = "C2")]
    other: String,
}

pub(crate) fn run(compare: &Compare, invocation: &Invocation) -> Result<Status, ApiError> {
    let mut opened = false;
    let mut read = |text: &str| match named_or_file(text) {
        Named::InFile(path) => Ok((None, Some(FilePath::from(path)))),
        Named::InRegistry(name) => {
            if !opened {
                invocation.open()?;
                opened = true;
            }
            Ok::<_, ApiError>((Some(name), None))
        }
    };
    let (one, one_path) = read(&compare.one)?;
    let (other, other_path) = read(&compare.other)?;
    let view = invocation.surface().certificate_compare(CertificateCompare { one, one_path, other, other_path })?;
    invocation.output.result(&view, render::certificate::comparison)?;
    Ok(Status::Done)
}
