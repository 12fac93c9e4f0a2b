//! Signing the key of another authority, ours or not: a second way to trust it. Subject, key and key identifier are those of its certificate, what binds
//! it is kept or made narrower, never wider.

use pki::issuance::{IssuanceRequest, PrepareError, Prepared, SignPreparedError, prepare};
use pki::preflight::Finding;
use pki::{Certificate, GeneralName, KeyUsage, Lifetime, NameConstraints, Profile, SerialNumber, SignatureVerdict};
use serde_json::json;
use time::OffsetDateTime;

use crate::carried;
use crate::clock::EntropyError;
use crate::issue::issued_row;
use crate::issuer::{CROSS_CERTIFICATE, Duty, IssuingAuthority, Unusable};
use crate::keystore::KeyStoreError;
use crate::registry::{
    AuthorityId, CertificateId, CertificateKind, IntentId, IntentPurpose, KeyLocation, KeyState, NewIntent, RegistryError,
};
use crate::session::{Session, random};

/// Whose key shall be signed, by whom, and within which bounds.
#[derive(Debug, Clone)]
pub struct CrossSigning {
    /// Who signs.
    pub authority: AuthorityId,
    /// The certificate of the other authority.
    pub certificate: Certificate,
    /// How long it holds; never beyond the end of who signs.
    pub lifetime: Lifetime,
    /// Longest chain of further authorities below; not longer than the other's own.
    pub path_length: Option<u8>,
    /// Names to which it is bound beside those of its own certificate: permitted ones must lie within its own, excluded ones are added.
    pub constraints: NameConstraints,
}

/// Nothing was cross-signed.
#[derive(Debug, thiserror::Error)]
pub enum CrossSignError {
    /// The authority cannot sign.
    #[error(transparent)]
    Issuer(#[from] Unusable),
    /// The certificate is none of an authority (RFC 5280 4.2.1.9, 4.2.1.3).
    #[error("{name} is not the certificate of an authority")]
    NotAuthority {
        /// Its name.
        name: String,
    },
    /// The certificate is one of the authority's own key.
    #[error("{name} has the key that would sign")]
    OwnKey {
        /// Its name.
        name: String,
    },
    /// The certificate says that it signed itself, and did not: it was altered.
    #[error("the certificate of {name} was not signed by its own key")]
    Altered {
        /// Its name.
        name: String,
    },
    /// The certificate has ended, or has not begun.
    #[error("{name} is valid from {not_before} to {not_after}")]
    OutsideValidity {
        /// Its name.
        name: String,
        /// First moment.
        not_before: OffsetDateTime,
        /// Last moment.
        not_after: OffsetDateTime,
    },
    /// A bound would be wider than that of the certificate.
    #[error("{wish} is wider than {bound}")]
    Wider {
        /// What was wished.
        wish: String,
        /// What the certificate says.
        bound: String,
    },
    /// Its key was revoked as compromised.
    #[error("the key of {name} was revoked as compromised")]
    KeyCompromised {
        /// The revoked certificate.
        name: String,
    },
    /// The clock is behind the last time seen.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// The certificate would not be right.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// Signing failed.
    #[error(transparent)]
    Sign(#[from] SignPreparedError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What was cross-signed.
#[derive(Debug)]
pub struct CrossSigned {
    /// Its row.
    pub id: CertificateId,
    /// The certificate.
    pub certificate: Certificate,
    /// What the lints said.
    pub findings: Vec<Finding>,
}

impl Session {
    /// Shows what would be signed, under a serial that is a stand-in. Works while locked.
    ///
    /// # Errors
    /// As [`Session::cross_sign`], apart from the keystore's.
    pub fn preview_cross_signing(&self, wish: &CrossSigning) -> Result<(Certificate, Vec<Finding>), CrossSignError> {
        let (_, prepared) = self.prepare_cross_signing(wish, self.now())?;
        Ok((prepared.preview().clone(), prepared.findings().to_vec()))
    }

    /// Signs the key of another authority and records the certificate.
    ///
    /// # Errors
    /// See [`CrossSignError`]; nothing was signed then.
    pub fn cross_sign(&self, wish: &CrossSigning) -> Result<CrossSigned, CrossSignError> {
        let now = self.now();
        let (issuer, prepared) = self.prepare_cross_signing(wish, now)?;
        let signer = issuer.signer(self.keystore().as_ref())?;
        let intent = NewIntent {
            id: IntentId::new(now, self.id_entropy()?),
            authority: Some(issuer.row.id),
            purpose: IntentPurpose::Certificate { issuer: prepared.preview().issuer().clone(), serial: prepared.serial().clone() },
            tbs: Some(prepared.tbs_der().to_vec()),
            actor: self.host().actor.to_json(),
            created_at: now,
        };
        self.change(|tx| tx.open_intent(&intent))?;
        let said = prepared.findings().to_vec();
        let certificate = match prepared.sign(signer.as_ref()) {
            Ok(certificate) => certificate,
            Err(error) => {
                self.change(|tx| tx.void_intent(intent.id, now))?;
                return Err(error.into());
            }
        };
        let mut new = issued_row(&certificate, &issuer, &Profile::intermediate(), &said, now);
        (new.record.profile, new.record.profile_version) = (Some(CROSS_CERTIFICATE.to_owned()), None);
        let id = self.change(|tx| {
            let key = tx.key_by_fingerprint(&certificate.public_key().fingerprint())?;
            new.record.key_held = key.is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere);
            let id = tx.insert_certificate(&new)?;
            tx.finish_intent(intent.id, &id.to_string(), now)?;
            tx.append_audit(&self.event(
                "authority.cross-signed",
                &issuer.row.id.to_string(),
                json!({
                    "name": issuer.row.name, "certificate": id.to_string(), "of": certificate.display_name(), "serial": certificate.serial().to_string(),
                    "fingerprint": certificate.fingerprint().to_string(), "key": certificate.public_key().fingerprint().to_string(),
                }),
            ))?;
            Ok::<_, RegistryError>(id)
        })?;
        Ok(CrossSigned { id, certificate, findings: said })
    }

    fn prepare_cross_signing(&self, wish: &CrossSigning, now: OffsetDateTime) -> Result<(IssuingAuthority, Prepared), CrossSignError> {
        let theirs = &wish.certificate;
        let name = || theirs.display_name();
        let issuer = self.registry().read(|tx| {
            if let Err(seen) = self.check_clock(tx)? {
                return Err(CrossSignError::ClockWentBack { seen });
            }
            if let Some(row) = tx.compromised_certificate_of_key(&theirs.public_key().fingerprint())? {
                return Err(CrossSignError::KeyCompromised { name: row.facts.display_name });
            }
            Ok(IssuingAuthority::load(tx, wish.authority, Duty::Certificates, now)??)
        })?;
        let signs = theirs.key_usages().is_none_or(|usages| usages.contains(KeyUsage::KeyCertSign));
        if !theirs.is_authority() || !signs {
            return Err(CrossSignError::NotAuthority { name: name() });
        }
        if theirs.is_self_issued() && theirs.signed_by(theirs.public_key()) == SignatureVerdict::Invalid {
            return Err(CrossSignError::Altered { name: name() });
        }
        if theirs.public_key() == issuer.certificate.public_key() {
            return Err(CrossSignError::OwnKey { name: name() });
        }
        let validity = theirs.validity();
        if !validity.contains(now) {
            return Err(CrossSignError::OutsideValidity {
                name: name(),
                not_before: validity.not_before(),
                not_after: validity.not_after(),
            });
        }
        let profile = Profile::intermediate();
        let request = IssuanceRequest {
            profile: &profile,
            subject: Some(theirs.subject().clone()),
            names: theirs.names().to_vec(),
            public_key: theirs.public_key(),
            // What the key has signed names this identifier: the new certificate must be found by it (RFC 5280 4.2.1.1).
            subject_key_id: Some(theirs.key_id_for_children()),
            serial: SerialNumber::from_entropy(random(self.host().entropy.as_ref())?),
            now,
            lifetime: wish.lifetime,
            path_length: path_length(wish)?,
            name_constraints: narrowed(&carried::name_constraints(theirs), &wish.constraints)?,
            addresses: issuer.addresses(CertificateKind::Authority, Some(theirs.subject()), theirs.names()),
            must_staple: false,
            requested: &[],
            extensions: carried::extensions(theirs),
            policy: issuer.policy.as_ref(),
        };
        let prepared = prepare(&request, issuer.side())?;
        Ok((issuer, prepared))
    }
}

/// The wished path length, if it is not longer than the certificate's own.
fn path_length(wish: &CrossSigning) -> Result<Option<u8>, CrossSignError> {
    let bound = carried::path_length(&wish.certificate);
    match (wish.path_length, bound) {
        (Some(wished), Some(bound)) if wished > bound => Err(CrossSignError::Wider { wish: wished.to_string(), bound: bound.to_string() }),
        (Some(wished), _) => Ok(Some(wished)),
        (None, bound) => Ok(bound),
    }
}

/// The certificate's own constraints with those that were wished: excluded subtrees are added, permitted ones take the place of those of their form, in
/// which they must lie (RFC 5280 4.2.1.10).
fn narrowed(own: &NameConstraints, wished: &NameConstraints) -> Result<NameConstraints, CrossSignError> {
    let mut narrowed = own.clone();
    for subtree in &wished.excluded {
        if !narrowed.excluded.contains(subtree) {
            narrowed.excluded.push(subtree.clone());
        }
    }
    for subtree in &wished.permitted {
        let within = own.permitted.iter().filter(|bound| bound.kind() == subtree.kind()).collect::<Vec<_>>();
        let base = GeneralName::parse(&subtree.to_string()).ok();
        let bound = NameConstraints { permitted: own.permitted.clone(), excluded: Vec::new() };
        if !within.is_empty() && !own.permitted.contains(subtree) && base.is_none_or(|base| bound.permits(&base).is_err()) {
            let bound = within.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(CrossSignError::Wider { wish: subtree.to_string(), bound });
        }
    }
    if !wished.permitted.is_empty() {
        narrowed.permitted.retain(|bound| !wished.permitted.iter().any(|subtree| subtree.kind() == bound.kind()));
        narrowed.permitted.extend(wished.permitted.iter().cloned());
    }
    Ok(narrowed)
}
