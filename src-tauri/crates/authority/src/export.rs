//! Writes certificates and CRLs into files.

use std::path::Path;

use pki::Certificate;
use pki::crl::Crl;
use pki::encoding::{Password, java_trust_store, pem, pkcs7_bundle};
use serde_json::json;

use crate::chain::{Link, without_root};
use crate::deployment::{Deployment, KeyInFile, inline_profile};
use crate::file::{FileError, FileMode, write_new_atomically};
use crate::hand_over::stem_of;
use crate::key_form::{Unfit, public_jwk};
use crate::registry::{AuthorityRow, CertificateId, Read, RegistryError};
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
    /// A JSON Web Key, its public half.
    Jwk,
    /// What a program is set up with, but for the key.
    Deployment(Deployment),
}

impl CertificateForm {
    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
            Self::Chain => "chain",
            Self::Bundle => "bundle",
            Self::Pkcs7 => "pkcs7",
            Self::Jwk => "jwk",
            Self::Deployment(deployment) => deployment.as_str(),
        }
    }

    /// The form of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let plain = [Self::Pem, Self::Der, Self::Chain, Self::Bundle, Self::Pkcs7, Self::Jwk];
        plain.into_iter().chain(Deployment::ALL.map(Self::Deployment)).find(|form| form.as_str() == name)
    }
}

/// Something could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The form cannot hold what was asked for.
    #[error(transparent)]
    Unfit(#[from] Unfit),
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
        self.registry().read(|tx| bytes_of(tx, id, form))
    }

    /// Writes a certificate and its issuers into a Java store, as certificates that are trusted. The password seals nothing: it only makes the checksum of
    /// the store, which Java asks for.
    ///
    /// # Errors
    /// When it is not in the registry, or the file is in the way or cannot be written.
    pub fn export_trust_store(&self, id: CertificateId, password: &Password, out: &Path, overwrite: bool) -> Result<(), ExportError> {
        let chain = self.registry().read(|tx| tx.chain(id))?;
        let aliased = |(place, link): (usize, &Link)| (format!("{}-{place}", stem_of(&link.certificate)), link.certificate.clone());
        let aliases: Vec<_> = chain.iter().enumerate().map(aliased).collect();
        let bytes = java_trust_store(&aliases, password, self.now());
        let name = chain.first().map(|link| link.row.facts.display_name.clone());
        let write = || write_new_atomically(out, FileMode::Public, overwrite, &bytes);
        self.noted("certificate.exported", &id.to_string(), json!({ "name": name, "form": "jks" }), write)
    }

    /// The lines of a program's configuration that name a file of a certificate.
    ///
    /// # Errors
    /// When it is not in the registry.
    pub fn configuration(&self, id: CertificateId, of: Deployment, out: &Path, key: KeyInFile) -> Result<String, RegistryError> {
        let missing = || RegistryError::Missing { table: "certificates", row: id.to_string() };
        let certificate = self.registry().read(|tx| {
            let row = tx.certificate(id)?.ok_or_else(missing)?;
            tx.certificate_of(&row)
        })?;
        let file = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(of.configuration(&certificate, &file, key))
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

/// The octets of a certificate in a form.
pub(crate) fn bytes_of(tx: &Read<'_>, id: CertificateId, form: CertificateForm) -> Result<Vec<u8>, ExportError> {
    if form == CertificateForm::Pem || form == CertificateForm::Der {
        let der = tx.certificate_der(id)?;
        return Ok(if form == CertificateForm::Der { der } else { pem::encode("CERTIFICATE", &der).into_bytes() });
    }
    let chain = tx.chain(id)?;
    let Some(first) = chain.first() else { return Err(RegistryError::Missing { table: "certificates", row: id.to_string() }.into()) };
    let all = || chain.iter().map(|link| link.certificate.clone()).collect::<Vec<_>>();
    let text = |certificates: &[Certificate]| certificates.iter().map(Certificate::pem).collect::<String>().into_bytes();
    Ok(match form {
        CertificateForm::Pem => first.certificate.pem().into_bytes(),
        CertificateForm::Der => first.certificate.der().to_vec(),
        CertificateForm::Chain => text(&[vec![first.certificate.clone()], without_root(&chain)].concat()),
        CertificateForm::Bundle => text(&all()),
        CertificateForm::Pkcs7 => pkcs7_bundle(&all()),
        CertificateForm::Jwk => public_jwk(&first.certificate, &without_root(&chain))?,
        CertificateForm::Deployment(Deployment::OpenVpn) => inline_profile(&chain, None).to_vec(),
        CertificateForm::Deployment(kubernetes @ Deployment::Kubernetes) => return Err(Unfit::KeyOnly { form: kubernetes.as_str() }.into()),
        CertificateForm::Deployment(_) => text(&[vec![first.certificate.clone()], without_root(&chain)].concat()),
    })
}
