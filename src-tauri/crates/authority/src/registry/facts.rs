//! What the columns of a certificate say that its DER also says: they are derived from it, and a check derives them again.

use pki::{Certificate, DistinguishedName, Fingerprint, KeyId, SerialNumber};
use time::OffsetDateTime;

use super::cell::words;

words! {
    /// Whose certificate it is.
    pub enum CertificateKind {
        /// An authority's (basicConstraints cA).
        Authority = "authority",
        /// Anyone else's.
        Leaf = "leaf",
    }
}

words! {
    /// What a certificate is counted under when expiries are shown.
    pub enum ExpiryClass {
        /// Extended key usage serverAuth.
        Server = "server",
        /// Extended key usage clientAuth and not serverAuth.
        Client = "client",
        /// An authority's certificate.
        Authority = "authority",
        /// The rest.
        Other = "other",
    }
}

/// Extended key usage of TLS servers, RFC 5280 4.2.1.12.
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
/// Extended key usage of TLS clients, RFC 5280 4.2.1.12.
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

/// The columns that are derived from a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whose certificate it is.
    pub kind: CertificateKind,
    /// What it is counted under.
    pub class: ExpiryClass,
    /// Its serial number.
    pub serial: SerialNumber,
    /// SHA-256 of its DER.
    pub fingerprint: Fingerprint,
    /// Subject key identifier.
    pub subject_key_id: Option<KeyId>,
    /// Authority key identifier.
    pub authority_key_id: Option<KeyId>,
    /// Its subject, byte for byte.
    pub subject: DistinguishedName,
    /// Its issuer, byte for byte.
    pub issuer: DistinguishedName,
    /// What lists call it.
    pub display_name: String,
    /// Its subject alternative names, as "dns:www.example.test".
    pub names: Vec<String>,
    /// First second of its validity.
    pub not_before: OffsetDateTime,
    /// Last second of its validity.
    pub not_after: OffsetDateTime,
    /// "ec-p256" and so on.
    pub key_kind: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub key_fingerprint: Fingerprint,
}

impl CertificateFacts {
    /// Derives the columns from a certificate.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        let kind = if certificate.is_authority() { CertificateKind::Authority } else { CertificateKind::Leaf };
        let usages = certificate.extended_key_usages().unwrap_or_default();
        let class = match kind {
            CertificateKind::Authority => ExpiryClass::Authority,
            CertificateKind::Leaf if usages.iter().any(|oid| oid == SERVER_AUTH) => ExpiryClass::Server,
            CertificateKind::Leaf if usages.iter().any(|oid| oid == CLIENT_AUTH) => ExpiryClass::Client,
            CertificateKind::Leaf => ExpiryClass::Other,
        };
        Self {
            kind,
            class,
            serial: certificate.serial().clone(),
            fingerprint: certificate.fingerprint(),
            subject_key_id: certificate.subject_key_id(),
            authority_key_id: certificate.authority_key_id(),
            subject: certificate.subject().clone(),
            issuer: certificate.issuer().clone(),
            display_name: certificate.display_name(),
            names: certificate.names().iter().map(ToString::to_string).collect(),
            not_before: certificate.validity().not_before(),
            not_after: certificate.validity().not_after(),
            key_kind: certificate.public_key().algorithm().kind(),
            key_fingerprint: certificate.public_key().fingerprint(),
        }
    }

    /// SHA-256 of the issuer's bytes: serials are unique within it.
    pub(super) fn issuer_hash(&self) -> Fingerprint {
        Fingerprint::of(self.issuer.as_der())
    }
}
