//! Certificates of our authorities from authorities elsewhere: the request, and its answer.

use std::io::ErrorKind;
use std::path::Path;

use authority::file::{FileError, FileMode, write_new_atomically_with};
use authority::install_certificate::InstalledCertificate;
use authority::keystore::StoreState;
use authority::overview::AuthoritySummary;
use authority::pki::Certificate;
use authority::pki::constraints::NameConstraints;
use authority::pki::encoding::{Object, recognise};
use authority::pki::issuance::Addresses;
use authority::registry::RegistryError;
use authority::request_authority::{AskedKey, AuthorityRequest as Asked, RequestedAuthority};
use authority::session::Session;

use super::authority_commands::check_url;
use super::reading::{key_spec, object_error, read_certificates, subject};
use super::{Surface, authority_view, certificate_view, named};
use crate::request::{AuthorityCsr, AuthorityInstall, AuthorityNamed, AuthorityRequest};
use crate::text::time_text;
use crate::view::{AuthorityCsrView, AuthorityInstalledView, AuthorityRef, CertificateView, FileWritten, WaitingAuthorityView};
use crate::{ApiError, ErrorCode};

/// How what was pasted is called where a file would be named.
const PASTED: &str = "text";

impl Surface {
    pub(super) fn try_authority_request(&self, request: AuthorityRequest) -> Result<AuthorityCsrView, ApiError> {
        let session = self.session()?;
        let name = request.name.trim();
        if name.is_empty() {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "an authority needs a name"));
        }
        for url in request.crl_urls.iter().chain(&request.issuer_urls).chain(&request.ocsp_urls) {
            check_url(url)?;
        }
        let id = session.request_authority(&RequestedAuthority {
            name: name.to_owned(),
            subject: subject(&request.subject)?,
            key: request.key.as_deref().map(key_spec).transpose()?,
            path_length: request.path_length,
            constraints: constraints(&request.permit, &request.exclude)?,
            addresses: Addresses {
                crl_urls: request.crl_urls,
                issuer_urls: request.issuer_urls,
                ocsp_urls: request.ocsp_urls,
                ..Addresses::default()
            },
        })?;
        Ok(csr_view(&session.authority_request(id, AskedKey::Present)?))
    }

    pub(super) fn try_authority_csr(&self, request: AuthorityCsr) -> Result<AuthorityCsrView, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        let spec = request.key.as_deref().map(key_spec).transpose()?;
        let asked = match (request.new_key, spec) {
            (true, spec) => AskedKey::New(spec),
            (false, None) => AskedKey::Present,
            (false, Some(_)) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a kind of key is chosen for a new key")),
        };
        if let Some(out) = &request.out {
            check_out(out.as_path(), request.overwrite)?;
        }
        let found = session.authority_request(row.id, asked)?;
        let mut view = csr_view(&found);
        if let Some(out) = request.out {
            session.export_authority_request(&found, out.as_path(), request.overwrite)?;
            view.files = vec![FileWritten { path: out.0, holds: "request".to_owned() }];
        }
        Ok(view)
    }

    pub(super) fn try_authority_install(&self, request: AuthorityInstall) -> Result<AuthorityInstalledView, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        let given = match (&request.path, &request.text) {
            (Some(path), None) => read_certificates(path.as_path())?,
            (None, Some(text)) => pasted(text)?,
            _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate is given as a file or as text")),
        };
        let InstalledCertificate { id, issuer_known, taken, .. } = session.install_certificate(row.id, &given)?;
        Ok(AuthorityInstalledView {
            authority: self.authority_show(AuthorityNamed { authority: row.id.to_string() })?,
            certificate: shown(&session, id)?,
            issuer_known,
            taken: taken.into_iter().map(|id| shown(&session, id)).collect::<Result<_, _>>()?,
        })
    }
}

/// An authority that has no certificate yet.
pub(super) fn waiting_view(
    session: &Session,
    summary: &AuthoritySummary,
    store: &StoreState,
) -> Result<Option<WaitingAuthorityView>, ApiError> {
    let row = &summary.row;
    let Some(request) = session.waiting_request(row.id)? else { return Ok(None) };
    let (location, state) = authority_view::key_view(&request.key, store);
    Ok(Some(WaitingAuthorityView {
        id: row.id.to_string(),
        name: row.name.clone(),
        status: if row.retired { "retired" } else { "waiting" }.to_owned(),
        key_location: location.to_owned(),
        key_state: state.to_owned(),
        csr: csr_view(&request),
        crl_urls: row.crl_urls.clone(),
        issuer_urls: row.issuer_urls.clone(),
        ocsp_urls: row.ocsp_urls.clone(),
        crl_days: row.crl_days,
    }))
}

/// Finds out, before a key is made or anything is signed, whether a file can be written: what would stop its writing stops this, and nothing is left of it.
pub(super) fn check_out(out: &Path, overwrite: bool) -> Result<(), FileError> {
    let mut writable = false;
    // The one way to know that a file can be made there is to make one; it takes its name only when it is filled, and this never is.
    let outcome = write_new_atomically_with(out, FileMode::Public, overwrite, |_| {
        writable = true;
        Err(ErrorKind::Interrupted.into())
    });
    if writable { Ok(()) } else { outcome }
}

/// Reads name constraints.
pub(super) fn constraints(permit: &[String], exclude: &[String]) -> Result<NameConstraints, ApiError> {
    NameConstraints::parse(permit, exclude)
        .map_err(|error| ApiError::new(ErrorCode::BadName).with("text", [permit, exclude].concat().join(", ")).with("problem", error))
}

fn csr_view(asked: &Asked) -> AuthorityCsrView {
    let request = &asked.request;
    AuthorityCsrView {
        authority: AuthorityRef { id: asked.authority.id.to_string(), name: asked.authority.name.clone() },
        generation: asked.generation.generation.number,
        waits: asked.waits,
        subject: certificate_view::name_text(request.subject()),
        key: asked.key.key.key_kind.clone(),
        key_fingerprint: request.public_key().fingerprint().to_string(),
        path_length: request.path_length(),
        sha256: authority::pki::Fingerprint::of(request.der()).to_string(),
        pem: request.pem(),
        made_at: time_text(asked.made_at),
        files: Vec::new(),
    }
}

fn shown(session: &Session, id: authority::registry::CertificateId) -> Result<CertificateView, ApiError> {
    let now = session.now();
    session.registry().read(|tx| {
        let missing = || RegistryError::Missing { table: "certificates", row: id.to_string() };
        certificate_view::of_row(tx, &tx.certificate(id)?.ok_or_else(missing)?, now)
    })
}

/// All certificates in a text.
fn pasted(text: &str) -> Result<Vec<Certificate>, ApiError> {
    let (mut found, mut fault) = (Vec::new(), None);
    for object in recognise(text.as_bytes(), &[]).found {
        match object.object {
            Ok(Object::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => fault = fault.or(Some(error)),
        }
    }
    match (found.is_empty(), fault) {
        (false, _) => Ok(found),
        (true, Some(error)) => Err(object_error(&error, PASTED)),
        (true, None) => Err(ApiError::new(ErrorCode::NotAnObject).with("path", PASTED)),
    }
}
