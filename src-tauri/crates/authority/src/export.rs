//! Writes certificates and CRLs into files.

use std::path::Path;

use pki::Certificate;
use pki::crl::Crl;
use pki::encoding::pkcs7_bundle;
use serde_json::json;

use crate::chain::without_root;
use crate::file::{FileError, FileMode, write_new_atomically};
use crate::registry::{AuthorityRow, CertificateId, RegistryError};
use crate::request_authority::AuthorityRequest;
use crate::session::Session;

/// How a certificate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateForm {
    /// The certificate alone, PEM.
    Pem,
    /// The certificate alone, DER.
    Der,
    /// Certificate and intermediates, PEM.
    Chain,
    /// Certificate, intermediates and root, PEM.
    Bundle,
    /// Certificate, intermediates and root, PKCS#7 DER.
    Pkcs7,
}

impl CertificateForm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pem, Self::Der, Self::Chain, Self::Bundle, Self::Pkcs7];

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
            Self::Chain => "chain",
            Self::Bundle => "bundle",
            Self::Pkcs7 => "pkcs7",
        }
    }
}

/// Something could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// The bytes of a certificate in a form.
    ///
    /// # Errors
    /// When it is not in the registry or its chain cannot be read.
    pub fn certificate_bytes(&self, id: CertificateId, form: CertificateForm) -> Result<Vec<u8>, ExportError> {
        let chain = self.registry().read(|tx| tx.chain(id))?;
        let Some(first) = chain.first() else { return Err(RegistryError::Missing { table: "certificates", row: id.to_string() }.into()) };
        let all = || chain.iter().map(|link| link.certificate.clone()).collect::<Vec<_>>();
        let text = |certificates: &[Certificate]| certificates.iter().map(Certificate::pem).collect::<String>().into_bytes();
        Ok(match form {
            CertificateForm::Pem => first.certificate.pem().into_bytes(),
            CertificateForm::Der => first.certificate.der().to_vec(),
            CertificateForm::Chain => text(&[vec![first.certificate.clone()], without_root(&chain)].concat()),
            CertificateForm::Bundle => text(&all()),
            CertificateForm::Pkcs7 => pkcs7_bundle(&all()),
        })
    }

    /// Writes a certificate into a file.
    ///
    /// # Errors
    /// As [`Session::certificate_bytes`], or when the file is in the way or cannot be written.
    pub fn export_certificate(&self, id: CertificateId, form: CertificateForm, out: &Path, overwrite: bool) -> Result<(), ExportError> {
        let bytes = self.certificate_bytes(id, form)?;
        let name = self.registry().read(|tx| tx.certificate(id))?.map(|row| row.facts.display_name);
        let write = || write_new_atomically(out, FileMode::Public, overwrite, &bytes);
        self.noted("certificate.exported", &id.to_string(), json!({ "name": name, "form": form.as_str() }), write)
    }

    /// Writes a CRL of an authority into a file.
    ///
    /// # Errors
    /// When the file is in the way or cannot be written.
    pub fn export_crl(&self, issuer: &AuthorityRow, crl: &Crl, pem: bool, out: &Path, overwrite: bool) -> Result<(), ExportError> {
        let bytes = if pem { crl.pem().into_bytes() } else { crl.der().to_vec() };
        let detail =
            json!({ "name": issuer.name, "number": crl.number().map(ToString::to_string), "form": if pem { "pem" } else { "der" } });
        self.noted("crl.exported", &issuer.id.to_string(), detail, || write_new_atomically(out, FileMode::Public, overwrite, &bytes))
    }

    /// Writes the request of an authority into a file, PEM.
    ///
    /// # Errors
    /// When the file is in the way or cannot be written.
    pub fn export_authority_request(&self, asked: &AuthorityRequest, out: &Path, overwrite: bool) -> Result<(), ExportError> {
        let detail = json!({ "name": asked.authority.name, "generation": asked.generation.generation.number });
        let write = || write_new_atomically(out, FileMode::Public, overwrite, asked.request.pem().as_bytes());
        self.noted("authority.request-exported", &asked.authority.id.to_string(), detail, write)
    }

    /// Writes a file and its row in the log, neither without the other; only where the registry cannot be written there is no row.
    pub(crate) fn noted(
        &self,
        action: &'static str,
        subject: &str,
        detail: serde_json::Value,
        write: impl FnOnce() -> Result<(), FileError>,
    ) -> Result<(), ExportError> {
        if self.registry().read_only() {
            return Ok(write()?);
        }
        let event = self.event(action, subject, detail);
        self.change(|tx| {
            tx.append_audit(&event)?;
            Ok(write()?)
        })
    }
}
