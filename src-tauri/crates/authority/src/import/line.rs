//! Which of several certificates of one key an authority stands under when they are brought in: its own line and what lies beside it, in whatever order
//! they come.

use pki::{Certificate, Fingerprint};

use super::book::Book;
use super::issuers::PlannedIssuer;
use crate::issuer::{CROSS_CERTIFICATE, certificates_of_authority};
use crate::registry::{AuthorityRow, CertificateKind, CertificateRow, RegistryError};

/// The certificate that tells what an authority is: the newest that its own key has signed, else the newest. Others may vouch for a root as well
/// (RFC 5280 3.2); that makes it no intermediate.
pub(super) fn foremost(certificates: &[Certificate]) -> Option<&Certificate> {
    let newest = |own: bool| {
        let fit = certificates.iter().filter(|certificate| !own || certificate.is_self_signed());
        fit.max_by_key(|certificate| certificate.validity().not_before())
    };
    newest(true).or_else(|| newest(false))
}

impl Book<'_, '_> {
    /// As [`foremost`], where the certificate with which a root signed itself may have come in earlier.
    pub(super) fn foremost_of(&self, issuer: &PlannedIssuer) -> Result<Option<Certificate>, RegistryError> {
        let Some(given) = foremost(&issuer.certificates) else { return Ok(None) };
        if given.is_self_signed() {
            return Ok(Some(given.clone()));
        }
        let rows = self.tx.certificates_of_key(&issuer.key.fingerprint())?;
        let rows = rows.iter().filter(|row| row.facts.kind == CertificateKind::Authority);
        let mut own = rows.map(|row| self.tx.certificate_of(row)).collect::<Result<Vec<_>, _>>()?;
        own.retain(Certificate::is_self_signed);
        Ok(foremost(&own).or(Some(given)).cloned())
    }

    /// Whether a CA certificate for an authority that has one is none of its line: another authority vouches for the same key, or says that it does. What
    /// is imported never puts an authority under another one; that takes an install.
    pub(super) fn beside_the_line(&self, certificate: &Certificate, issuer_key: Option<&Fingerprint>) -> Result<bool, RegistryError> {
        let own = certificate.public_key().fingerprint();
        if !certificate.is_authority() || issuer_key == Some(&own) {
            return Ok(false);
        }
        let Some(present) = certificates_of_authority(self.tx, &own)?.into_iter().next() else { return Ok(false) };
        let line = present.record.issuer_key;
        // All that an authority brings along when it comes here is judged by age, as it was elsewhere, unless it certifies itself.
        if line != Some(own) && self.made.iter().any(|(key, _)| key.fingerprint() == own) {
            return Ok(false);
        }
        Ok(match (line, issuer_key) {
            (Some(line), Some(key)) => line != *key,
            (Some(_), None) => true,
            // Nobody vouches for the present one yet: its issuer's name is all that tells its line.
            (None, _) => present.facts.issuer != *certificate.issuer(),
        })
    }

    /// An authority that came in now and has certified itself is a root: what others say of its key lies beside its line, also where it was here first.
    pub(super) fn settle_lines(&self) -> Result<(), RegistryError> {
        for own in self.made.iter().map(|(key, _)| key.fingerprint()) {
            let rows = certificates_of_authority(self.tx, &own)?;
            if !rows.iter().any(|row| row.record.issuer_key == Some(own)) {
                continue;
            }
            for row in rows.iter().filter(|row| row.record.issuer_key != Some(own) && row.record.profile.is_none()) {
                self.tx.set_profile(row.id, Some(CROSS_CERTIFICATE))?;
            }
        }
        Ok(())
    }

    /// An authority that was here before the one above it gets its place below it, where the certificate that it issues under says so: a second way to
    /// trust its key does not.
    pub(super) fn adopt(&mut self, row: &CertificateRow, above: &Fingerprint) -> Result<(), RegistryError> {
        let own_key = row.facts.key_fingerprint;
        let (Some((parent, _)), Some((own, generation))) = (self.signer(above)?, self.signer(&own_key)?) else { return Ok(()) };
        let current = self.tx.current_generation(own)?.is_some_and(|current| current.generation.id == generation);
        let in_force = certificates_of_authority(self.tx, &own_key)?.first().is_some_and(|first| first.id == row.id);
        if !(current && in_force) {
            return Ok(());
        }
        if let Some(authority) = self.tx.authority(own)?.filter(|authority| authority.parent.is_none() && authority.id != parent) {
            self.tx.update_authority(&AuthorityRow { parent: Some(parent), ..authority })?;
        }
        Ok(())
    }
}
