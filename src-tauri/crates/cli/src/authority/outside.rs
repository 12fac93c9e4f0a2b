//! `chancery authority csr` and `install`: certificates from an authority elsewhere.

use std::path::PathBuf;

use api::request::{AuthorityCsr, AuthorityInstall, AuthorityNamed, AuthorityRequest};
use api::text::FilePath;
use api::{ApiError, ErrorCode};
use clap::Args;

use crate::invocation::Invocation;
use crate::render;
use crate::status::Status;

#[derive(Debug, Args)]
pub(crate) struct Csr {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
    /// The file to write, PEM
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Asks for a new key under the same name, made now unless one waits already; it issues once its certificate is installed
    #[arg(long)]
    new_key: bool,
    /// Kind of the new key; without it the present one's
    #[arg(long, value_name = "KEY", requires = "new_key")]
    key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
    /// The certificate that answers its request, PEM, DER or PKCS#7; those of its issuers may be in the same file
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
}

pub(crate) fn csr(csr: Csr, invocation: &Invocation) -> Result<Status, ApiError> {
    // A request that was made before needs no key.
    let view = invocation.with_keys_if_needed(|surface| {
        surface.authority_csr(AuthorityCsr {
            authority: csr.authority.clone(),
            new_key: csr.new_key,
            key: csr.key.clone(),
            out: Some(FilePath::from(csr.out.clone())),
            overwrite: invocation.global.overwrite,
        })
    })?;
    invocation.output.result(&view, render::authority::csr)?;
    Ok(Status::Done)
}

pub(crate) fn install(install: Install, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let path = Some(FilePath::from(install.certificate));
    let installed = invocation.surface().authority_install(AuthorityInstall { authority: install.authority, path, text: None })?;
    if !installed.issuer_known {
        invocation.output.note(&format!(
            "The certificate of {} is not known here, so nothing says that it signed this one. Import it: chancery import FILE",
            installed.certificate.issuer.rfc4514
        ));
    }
    invocation.output.result(&installed, |installed| render::authority::one(&installed.authority))?;
    Ok(Status::Done)
}

/// Makes an authority that waits for its certificate.
pub(crate) fn request(request: AuthorityRequest, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked()?;
    let view = invocation.surface().authority_request(request)?;
    let name = &view.authority.name;
    invocation.output.note(&format!(
        "{name} waits for its certificate. Write its request with `chancery authority csr {name:?} --out FILE`, have it signed, and install the answer: `chancery authority install {name:?} CERT`"
    ));
    invocation.output.result(&view, render::authority::csr)?;
    Ok(Status::Done)
}

/// Shows an authority, with or without a certificate.
pub(crate) fn show(authority: String, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    shown(authority, invocation)
}

/// Shows an authority of the registry that is open.
pub(super) fn shown(authority: String, invocation: &Invocation) -> Result<Status, ApiError> {
    match invocation.surface().authority_show(AuthorityNamed { authority: authority.clone() }) {
        Err(error) if error.code == ErrorCode::AwaitsCertificate => {
            let view =
                invocation.surface().authority_csr(AuthorityCsr { authority, new_key: false, key: None, out: None, overwrite: false })?;
            invocation.output.result(&view, render::authority::csr)?;
        }
        shown => invocation.output.result(&shown?, render::authority::one)?,
    }
    Ok(Status::Done)
}
