//! The issuers of a certificate, as the registry knows them: links are verified signatures, never equal names (invariant 7).

use pki::{Certificate, SignatureVerdict};

use crate::issuer::is_cross;
use crate::registry::{CertificateId, CertificateRow, Read, RegistryError};

/// Longest chain that is followed.
const DEEPEST: usize = 16;

/// One certificate of a chain.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its row.
    pub row: CertificateRow,
    /// The certificate.
    pub certificate: Certificate,
}

impl Read<'_> {
    /// A certificate by its row.
    ///
    /// # Errors
    /// When it is missing, or its DER cannot be read any more.
    pub fn certificate_of(&self, row: &CertificateRow) -> Result<Certificate, RegistryError> {
        let der = self.certificate_der(row.id)?;
        Certificate::from_der(&der).map_err(|error| RegistryError::Cell {
            table: "certificate_ders",
            column: "der",
            row: row.id.to_string(),
            problem: error.to_string(),
        })
    }

    /// A certificate and its issuers up to the root, as far as they are known; the certificate itself first.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn chain(&self, id: CertificateId) -> Result<Vec<Link>, RegistryError> {
        let row = self.certificate(id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
        let certificate = self.certificate_of(&row)?;
        self.chain_above(Link { row, certificate })
    }

    fn chain_above(&self, first: Link) -> Result<Vec<Link>, RegistryError> {
        let mut chain = vec![first];
        while chain.len() < DEEPEST {
            let Some(last) = chain.last() else { break };
            if last.certificate.is_self_issued() && last.certificate.signed_by(last.certificate.public_key()) != SignatureVerdict::Invalid {
                break;
            }
            let Some(issuer) = self.issuer_of(&last.certificate)? else { break };
            if chain.iter().any(|link| link.row.id == issuer.row.id) {
                break;
            }
            chain.push(issuer);
        }
        Ok(chain)
    }

    /// The newest certificate in the registry whose key verifies this one's signature; one that another has followed, and before it a cross-certificate,
    /// only where there is no other.
    ///
    /// # Errors
    /// When a row cannot be read.
    pub fn issuer_of(&self, certificate: &Certificate) -> Result<Option<Link>, RegistryError> {
        let mut candidates = self.issuer_candidates(certificate.issuer(), certificate.authority_key_id().as_ref())?;
        candidates.sort_by_key(|row| (is_cross(row), row.state.superseded_by.is_some(), std::cmp::Reverse((row.facts.not_before, row.id))));
        for row in candidates {
            let issuer = self.certificate_of(&row)?;
            if certificate.signed_by(issuer.public_key()).is_valid() {
                return Ok(Some(Link { row, certificate: issuer }));
            }
        }
        Ok(None)
    }
}

/// The issuers of `chain`'s first certificate without the root, for files that servers send (RFC 8446 4.4.2 lets the root be left out).
pub fn without_root(chain: &[Link]) -> Vec<Certificate> {
    chain.iter().skip(1).filter(|link| !link.certificate.is_self_issued()).map(|link| link.certificate.clone()).collect()
}
