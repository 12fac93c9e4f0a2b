//! Renewing: a successor for a certificate, with the same or a new key. The certificate before stays as it is, valid until it ends or is revoked, and is recorded as superseded.
//!
//! A successor is issued like any other certificate ([`Session::issue`]): the profile as it is now writes it, so that what was weak before (a SHA-1
//! signature, a key usage too many) is not carried on. What stays is what the holder is known by: subject and names.

use pki::{Certificate, ExtendedKeyUsage, ExtensionValue};

use crate::issue::{CertificateWish, IssueError, KeyWish};
use crate::registry::{CertificateId, CertificateRow, Read, RegistryError};
use crate::session::Session;

/// What a successor starts from.
#[derive(Debug)]
pub struct Predecessor {
    /// The row of the certificate before.
    pub row: CertificateRow,
    /// The certificate before.
    pub certificate: Certificate,
    /// Its profile; for a certificate that came from elsewhere, the built-in one that its purposes tell of.
    pub profile: Option<String>,
}

impl Predecessor {
    /// The security identifier of the account it was issued for (KB5014754).
    #[must_use]
    pub fn security_identifier(&self) -> Option<String> {
        self.certificate.extensions().iter().find_map(|extension| match extension.value() {
            ExtensionValue::SecurityIdentifier(identifier) => Some(identifier.as_str().to_owned()),
            _ => None,
        })
    }

    /// Whether it asks for OCSP stapling (RFC 7633).
    #[must_use]
    pub fn must_staple(&self) -> bool {
        self.certificate.extensions().iter().any(|extension| match extension.value() {
            ExtensionValue::TlsFeatures(features) => features.0.contains(&pki::extension::STATUS_REQUEST),
            _ => false,
        })
    }
}

impl Session {
    /// Looks up what a successor of a certificate starts from.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate; the registry's own.
    pub fn predecessor(&self, id: CertificateId) -> Result<Predecessor, RegistryError> {
        self.registry().read(|tx| {
            let row = tx.certificate(id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
            let certificate = tx.certificate_of(&row)?;
            let profile = row.record.profile.clone().or_else(|| profile_told_by(&certificate).map(str::to_owned));
            Ok(Predecessor { row, certificate, profile })
        })
    }
}

/// Refuses a key that was revoked as compromised, under whatever certificate, and a second successor.
pub(crate) fn check(tx: &Read<'_>, wish: &CertificateWish) -> Result<(), IssueError> {
    let known = match &wish.key {
        KeyWish::Make(_) => None,
        KeyWish::Request(request) => Some(request.public_key()),
        KeyWish::Same(key) => Some(key.as_ref()),
    };
    if let Some(key) = known
        && let Some(row) = tx.compromised_certificate_of_key(&key.fingerprint())?
    {
        return Err(IssueError::KeyCompromised { name: row.facts.display_name });
    }
    if let Some(id) = wish.renews
        && let Some(row) = tx.certificate(id)?
        && let Some(successor) = row.state.superseded_by
    {
        return Err(IssueError::AlreadyRenewed { name: row.facts.display_name, successor });
    }
    Ok(())
}

/// The purposes that tell of a built-in profile; the first line of which all are there wins.
const TOLD_BY: &[(&[&str], &str)] = &[
    (&["msSmartcardLogin"], "ad-logon"),
    (&["serverAuth", "clientAuth"], "mtls"),
    (&["serverAuth"], "tls-server"),
    (&["emailProtection"], "email"),
    (&["codeSigning"], "code-signing"),
    (&["timeStamping"], "time-stamping"),
    (&["OCSPSigning"], "ocsp-signer"),
    (&["documentSigning"], "document-signing"),
    (&["clientAuth"], "tls-client"),
];

/// The built-in profile whose purposes a certificate has.
fn profile_told_by(certificate: &Certificate) -> Option<&'static str> {
    let purposes: Vec<ExtendedKeyUsage> = certificate.extended_key_usages()?.iter().filter_map(|oid| oid.parse().ok()).collect();
    let has = |name: &&str| purposes.iter().any(|purpose| purpose.name() == *name);
    TOLD_BY.iter().find(|(wanted, _)| wanted.iter().all(has)).map(|(_, profile)| *profile)
}
