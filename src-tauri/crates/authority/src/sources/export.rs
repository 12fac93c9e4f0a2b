//! What a source holds, written into a file: every certificate byte for byte, one of them, or one thing of the quarantine as it came.

use std::io;
use std::path::Path;

use pki::Certificate;
use pki::encoding::pem;
use serde_json::json;

use super::{SourceError, source_named};
use crate::export::ExportError;
use crate::file::{FileMode, write_new_atomically, write_new_atomically_with};
use crate::registry::{QuarantineId, Read, RegistryError, SourceCertificateId, SourceCertificateRow, SourceFilter};
use crate::session::Session;

/// Certificates read at once.
const PAGE: u32 = 500;

/// What a source holds could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportSourceError {
    /// What was named is not there.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file is in the way or cannot be written, or the registry says no.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// How one certificate is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateForm {
    /// PEM (RFC 7468 5).
    Pem,
    /// The octets that came.
    Der,
}

fn certificate_missing(id: &str) -> SourceError {
    SourceError::PartNotFound { what: "certificate of a source", id: id.to_owned() }
}

fn certificate_row(tx: &Read<'_>, text: &str) -> Result<SourceCertificateRow, SourceError> {
    let id: SourceCertificateId = text.parse().map_err(|_| certificate_missing(text))?;
    tx.source_certificate(id)?.ok_or_else(|| certificate_missing(text))
}

impl Session {
    /// A certificate of a source by its id.
    ///
    /// # Errors
    /// [`SourceError::PartNotFound`] where no source has it any more.
    pub fn source_certificate(&self, id: &str) -> Result<Certificate, SourceError> {
        let row = self.registry().read(|tx| certificate_row(tx, id))?;
        Certificate::from_der(&row.der).map_err(|error| RegistryError::Damaged { detail: error.to_string() }.into())
    }

    /// Writes one certificate of a source into a file, with the octets that came.
    ///
    /// # Errors
    /// [`ExportSourceError`]
    pub fn export_source_certificate(
        &self,
        named: &str,
        certificate: &str,
        form: CertificateForm,
        out: &Path,
        overwrite: bool,
    ) -> Result<(), ExportSourceError> {
        let (source, row) = self.registry().read(|tx| {
            let source = source_named(tx, named)?;
            let row = certificate_row(tx, certificate)?;
            if !tx.source_has_certificate(source.id, row.id)? {
                return Err(certificate_missing(certificate));
            }
            Ok((source, row))
        })?;
        let detail = json!({ "name": source.name, "certificate": row.sha256.to_string() });
        let write = || match form {
            CertificateForm::Pem => write_new_atomically(out, FileMode::Public, overwrite, pem::encode("CERTIFICATE", &row.der).as_bytes()),
            CertificateForm::Der => write_new_atomically(out, FileMode::Public, overwrite, &row.der),
        };
        Ok(self.noted("source.exported", &source.id.to_string(), detail, write)?)
    }

    /// Writes all certificates of a source into a file, PEM, each with the octets that came.
    ///
    /// # Errors
    /// [`ExportSourceError`]
    pub fn export_source(&self, named: &str, out: &Path, overwrite: bool) -> Result<(), ExportSourceError> {
        let source = self.registry().read(|tx| source_named(tx, named))?;
        let detail = json!({ "name": source.name, "certificates": source.certificates });
        let write = || {
            write_new_atomically_with(out, FileMode::Public, overwrite, |file| {
                let mut after = None;
                loop {
                    let rows = self.registry().read(|tx| tx.source_certificates(source.id, &SourceFilter::default(), after.as_ref(), PAGE));
                    let rows = rows.map_err(io::Error::other)?;
                    let Some(last) = rows.last() else { return Ok(()) };
                    after = Some((last.country.clone(), last.id));
                    for row in &rows {
                        file.write_all(pem::encode("CERTIFICATE", &row.der).as_bytes())?;
                    }
                }
            })
        };
        Ok(self.noted("source.exported", &source.id.to_string(), detail, write)?)
    }

    /// Writes one thing of a source's quarantine into a file, as it came.
    ///
    /// # Errors
    /// [`ExportSourceError`]
    pub fn export_quarantined(&self, named: &str, thing: &str, out: &Path, overwrite: bool) -> Result<(), ExportSourceError> {
        let missing = || SourceError::PartNotFound { what: "thing in quarantine", id: thing.to_owned() };
        let id: QuarantineId = thing.parse().map_err(|_| missing())?;
        let (source, found) = self.registry().read(|tx| {
            let source = source_named(tx, named)?;
            let found = tx.quarantined(id)?.filter(|found| found.source == source.id).ok_or_else(missing)?;
            Ok::<_, SourceError>((source, found))
        })?;
        let detail = json!({ "name": source.name, "quarantined": found.place, "sha256": found.sha256.to_string() });
        let write = || write_new_atomically(out, FileMode::Public, overwrite, &found.bytes);
        Ok(self.noted("source.exported", &source.id.to_string(), detail, write)?)
    }
}
