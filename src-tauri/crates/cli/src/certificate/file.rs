//! `chancery cert archive`, `unarchive` and `tag`.

use api::ApiError;
use api::request::{CertificatesFiled, CertificatesTagged};
use clap::Args;

use crate::invocation::{Invocation, usage};
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Filed {
    /// Each by id, authority/serial, serial or fingerprint
    #[arg(value_name = "C", required = true)]
    certificates: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Tag {
    /// Certificates by id, authority/serial, serial or fingerprint; then +TAG to put one on and -TAG to take one off
    #[arg(value_name = "C... +TAG -TAG", required = true, allow_hyphen_values = true, trailing_var_arg = true)]
    words: Vec<String>,
}

pub(crate) fn archive(filed: Filed, archived: bool, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    invocation.surface().certificate_archive(CertificatesFiled { certificates: filed.certificates, archived })?;
    Ok(Status::Done)
}

pub(crate) fn tag(tag: Tag, invocation: &Invocation) -> Result<Status, ApiError> {
    let (mut certificates, mut add, mut remove) = (Vec::new(), Vec::new(), Vec::new());
    for word in tag.words {
        match (word.strip_prefix('+'), word.strip_prefix('-')) {
            (Some(tag), _) => add.push(tag.to_owned()),
            (_, Some(tag)) => remove.push(tag.to_owned()),
            _ => certificates.push(word),
        }
    }
    if certificates.is_empty() || (add.is_empty() && remove.is_empty()) {
        return Err(usage("at least one certificate and one +TAG or -TAG are needed"));
    }
    invocation.open_unlocked_if_given()?;
    invocation.surface().certificate_tag(CertificatesTagged { certificates, add, remove })?;
    Ok(Status::Done)
}
