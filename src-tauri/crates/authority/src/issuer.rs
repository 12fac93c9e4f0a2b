//! The authority that is about to sign: everything it takes, or why it cannot.

use std::cmp::Reverse;

use pki::issuance::{Addresses, IssuerSide};
use pki::{Certificate, DistinguishedName, Fingerprint, GeneralName, KeySpec, KeyUsage, Policy, PublicKey, SignatureAlgorithm, Signer};
use time::OffsetDateTime;

use crate::crl_addresses;
use crate::keystore::{KeyStore, KeyStoreError};
use crate::profiles::policy_in_force;
use crate::registry::{
    AuthorityId, AuthorityRow, CertificateId, CertificateKind, CertificateRow, GenerationId, GenerationRow, KeyLocation, KeyRow, KeyState,
    Read, RegistryError, Standing,
};
use crate::session::key_ref;

/// What an authority shall sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Certificates: needs keyCertSign (RFC 5280 4.2.1.3).
    Certificates,
    /// CRLs: needs cRLSign (RFC 5280 4.2.1.3).
    Crls,
    /// What its own next certificate starts from: whatever the present one allows, and whether it has ended or not.
    Itself,
}

/// Why an authority cannot sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// There is no such authority.
    #[error("there is no authority {id}")]
    Unknown {
        /// The id that was asked for.
        id: String,
    },
    /// Its request went to an authority elsewhere, and the answer was not installed yet.
    #[error("{authority} waits for its certificate")]
    AwaitsCertificate {
        /// Its name.
        authority: String,
    },
    /// It was retired: it issues nothing more.
    #[error("{authority} is retired")]
    Retired {
        /// Its name.
        authority: String,
    },
    /// Its key is not held here.
    #[error("the key of {authority} is not held here")]
    KeyElsewhere {
        /// Its name.
        authority: String,
    },
    /// Its key was never taken into use, or is being deleted.
    #[error("the key of {authority} is {state}")]
    KeyNotReady {
        /// Its name.
        authority: String,
        /// The state of the key.
        state: String,
    },
    /// Its certificate is not valid at this time.
    #[error("the certificate of {authority} is valid from {not_before} to {not_after}")]
    OutsideValidity {
        /// Its name.
        authority: String,
        /// First moment.
        not_before: OffsetDateTime,
        /// Last moment.
        not_after: OffsetDateTime,
    },
    /// Its certificate was revoked.
    #[error("the certificate of {authority} is revoked")]
    Revoked {
        /// Its name.
        authority: String,
    },
    /// Its certificate does not allow this.
    #[error("the certificate of {authority} lacks {usage}")]
    UsageMissing {
        /// Its name.
        authority: String,
        /// `keyCertSign` or `cRLSign`.
        usage: &'static str,
    },
    /// It signs with a kind of key that nothing is issued with here.
    #[error("the key of {authority} ({kind}) cannot sign here")]
    KeyKind {
        /// Its name.
        authority: String,
        /// The kind of key.
        kind: String,
    },
    /// Its certificate cannot be read.
    #[error("the certificate of {authority} cannot be read")]
    CertificateUnreadable {
        /// Its name.
        authority: String,
    },
}

/// An authority with one of its generations, that one's key and certificate.
#[derive(Debug, Clone)]
pub struct IssuingAuthority {
    /// Its row.
    pub row: AuthorityRow,
    /// The key generation that signs: the current one for certificates.
    pub generation: GenerationRow,
    /// That generation's key.
    pub key: KeyRow,
    /// Row of its certificate.
    pub certificate_row: CertificateRow,
    /// Its certificate.
    pub certificate: Certificate,
    /// What it signs with.
    pub algorithm: SignatureAlgorithm,
    /// What it allows; nothing: everything.
    pub policy: Option<Policy>,
}

impl IssuingAuthority {
    /// Gathers an authority with its current generation and asks whether it may sign.
    ///
    /// # Errors
    /// A registry fault outside, the reason why it may not sign inside.
    pub(crate) fn load(tx: &Read<'_>, id: AuthorityId, duty: Duty, now: OffsetDateTime) -> Result<Result<Self, Unusable>, RegistryError> {
        let Some(row) = tx.authority(id)? else { return Ok(Err(Unusable::Unknown { id: id.to_string() })) };
        match tx.current_generation(id)? {
            Some(generation) => Self::gather(tx, row, generation, duty, now),
            None => Ok(Err(Unusable::AwaitsCertificate { authority: row.name })),
        }
    }

    /// Gathers an authority with one of its generations and asks whether it may do this.
    ///
    /// # Errors
    /// A registry fault outside, the reason why it may not inside.
    pub(crate) fn load_generation(
        tx: &Read<'_>,
        generation: GenerationId,
        duty: Duty,
        now: OffsetDateTime,
    ) -> Result<Result<Self, Unusable>, RegistryError> {
        let unknown = || Unusable::Unknown { id: generation.to_string() };
        let Some(generation) = tx.generation(generation)? else { return Ok(Err(unknown())) };
        let Some(row) = tx.authority(generation.generation.authority)? else { return Ok(Err(unknown())) };
        Self::gather(tx, row, generation, duty, now)
    }

    fn gather(
        tx: &Read<'_>,
        row: AuthorityRow,
        generation: GenerationRow,
        duty: Duty,
        now: OffsetDateTime,
    ) -> Result<Result<Self, Unusable>, RegistryError> {
        let id = row.id;
        let unknown = || Unusable::Unknown { id: id.to_string() };
        let Some(key) = tx.key(generation.generation.key)? else { return Ok(Err(unknown())) };
        let authority = row.name.clone();
        if duty != Duty::Crls && row.retired {
            return Ok(Err(Unusable::Retired { authority }));
        }
        if key.key.location == KeyLocation::Elsewhere {
            return Ok(Err(Unusable::KeyElsewhere { authority }));
        }
        if key.key.state != KeyState::Ready {
            return Ok(Err(Unusable::KeyNotReady { authority, state: key.key.state.as_str().to_owned() }));
        }
        let Some((certificate_row, certificate)) = current_certificate(tx, &key)? else {
            let waits = certificates_of_authority(tx, &key.key.fingerprint)?.is_empty();
            let why = if waits { Unusable::AwaitsCertificate { authority } } else { Unusable::CertificateUnreadable { authority } };
            return Ok(Err(why));
        };
        let validity = certificate.validity();
        if duty == Duty::Certificates && !validity.contains(now) {
            return Ok(Err(Unusable::OutsideValidity { authority, not_before: validity.not_before(), not_after: validity.not_after() }));
        }
        if duty == Duty::Certificates && matches!(certificate_row.state.standing, Standing::Revoked | Standing::Held) {
            return Ok(Err(Unusable::Revoked { authority }));
        }
        let wanted = match duty {
            Duty::Certificates => Some((KeyUsage::KeyCertSign, "keyCertSign")),
            Duty::Crls => Some((KeyUsage::CrlSign, "cRLSign")),
            Duty::Itself => None,
        };
        if let (Some((usage, name)), Some(usages)) = (wanted, certificate.key_usages())
            && !usages.contains(usage)
        {
            return Ok(Err(Unusable::UsageMissing { authority, usage: name }));
        }
        let Some(algorithm) = habit(&key, certificate.public_key()) else {
            return Ok(Err(Unusable::KeyKind { authority, kind: certificate.public_key().algorithm().kind() }));
        };
        let policy = policy_in_force(tx, id)?;
        Ok(Ok(Self { row, generation, key, certificate_row, certificate, algorithm, policy }))
    }

    /// The issuer's side of a preparation.
    pub(crate) fn side(&self) -> IssuerSide<'_> {
        IssuerSide::Authority { certificate: &self.certificate, algorithm: self.algorithm }
    }

    /// The addresses that it writes into a certificate. Subject and names decide in which partition of its CRL that is.
    pub(crate) fn addresses(&self, kind: CertificateKind, subject: Option<&DistinguishedName>, names: &[GeneralName]) -> Addresses {
        let mut known_by = subject.map(|subject| subject.as_der().to_vec()).unwrap_or_default();
        names.iter().for_each(|name| known_by.extend(name.value().bytes().chain([0])));
        crl_addresses::written(&self.row, kind, &known_by)
    }

    /// The signer, straight from the keystore, proved against the certificate.
    pub(crate) fn signer(&self, keystore: &dyn KeyStore) -> Result<Box<dyn Signer + Send>, KeyStoreError> {
        let expected: &PublicKey = self.certificate.public_key();
        keystore.signer(&key_ref(self.key.key.id)?, expected)
    }

    /// Row id of its certificate.
    pub fn certificate_id(&self) -> CertificateId {
        self.certificate_row.id
    }
}

/// What a key signs with: what it was made for, which for RSA with PSS no public key tells, else what goes with the public key.
pub(crate) fn habit(key: &KeyRow, public: &PublicKey) -> Option<SignatureAlgorithm> {
    let made_for = key.key.key_kind.parse::<KeySpec>().ok().filter(|spec| spec.algorithm() == public.algorithm());
    made_for.map(SignatureAlgorithm::for_key).or_else(|| SignatureAlgorithm::for_public_key(public))
}

/// What the record of a certificate says whose subject has an authority of its own, beside the one that signed it: a second way to trust the same key.
pub(crate) const CROSS_CERTIFICATE: &str = "cross-certificate";

/// Whether a certificate of an authority came from another one than the authority's own line.
pub(crate) fn is_cross(row: &CertificateRow) -> bool {
    row.record.profile.as_deref() == Some(CROSS_CERTIFICATE)
}

/// The CA certificates of an authority's key that bear the authority's name, byte for byte: what it issues names it so. The one that is in force comes
/// first. Those of the authority's own line come before cross-certificates, those that nothing has followed before those that were replaced on purpose,
/// those that a known issuer vouches for before the others, and of these the newest.
pub(crate) fn certificates_of_authority(tx: &Read<'_>, key: &Fingerprint) -> Result<Vec<CertificateRow>, RegistryError> {
    let mut rows = tx.certificates_of_key(key)?;
    rows.retain(|row| row.facts.kind == CertificateKind::Authority);
    if let Some(authority) = authority_of_key(tx, key)? {
        // Anybody can certify a public key under a name of their own.
        rows.retain(|row| row.facts.subject == authority.issuer_name);
    }
    let line = own_line(&rows);
    let all: Vec<CertificateId> = rows.iter().map(|row| row.id).collect();
    rows.sort_by_key(|row| {
        let followed = row.state.superseded_by.is_some_and(|next| all.contains(&next));
        (!line.contains(&row.id), followed, row.record.issuer_key.is_none(), Reverse((row.facts.not_before, row.id)))
    });
    Ok(rows)
}

/// The authority whose key this is.
fn authority_of_key(tx: &Read<'_>, key: &Fingerprint) -> Result<Option<AuthorityRow>, RegistryError> {
    let Some(key) = tx.key_by_fingerprint(key)? else { return Ok(None) };
    let Some(generation) = tx.generation_of_key(key.key.id)? else { return Ok(None) };
    tx.authority(generation.generation.authority)
}

/// Those that make up the authority's own line: all but cross-certificates, and of these the ones that were installed in the place of one of the line.
fn own_line(rows: &[CertificateRow]) -> Vec<CertificateId> {
    let mut line: Vec<CertificateId> = rows.iter().filter(|row| !is_cross(row)).map(|row| row.id).collect();
    loop {
        let follows = |row: &CertificateRow| {
            rows.iter().any(|before| line.contains(&before.id) && before.state.superseded_by == Some(row.id)) && !line.contains(&row.id)
        };
        let more: Vec<CertificateId> = rows.iter().filter(|row| follows(row)).map(|row| row.id).collect();
        if more.is_empty() {
            return line;
        }
        line.extend(more);
    }
}

/// The CA certificate of a key that is in force: what the generation issues under.
pub(crate) fn current_certificate(tx: &Read<'_>, key: &KeyRow) -> Result<Option<(CertificateRow, Certificate)>, RegistryError> {
    let Some(row) = certificates_of_authority(tx, &key.key.fingerprint)?.into_iter().next() else { return Ok(None) };
    let der = tx.certificate_der(row.id)?;
    Ok(Certificate::from_der(&der).ok().map(|certificate| (row, certificate)))
}
