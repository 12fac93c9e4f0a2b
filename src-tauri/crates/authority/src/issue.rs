//! Issues a certificate: what the user saw is what is signed, and it is on record before the CA key is touched (invariants 1 and 2).

use std::sync::OnceLock;

use pki::extension::Extension;
use pki::issuance::{IssuanceRequest, IssuerSide, PrepareError, Prepared, SignPreparedError, prepare};
use pki::key::KeyError;
use pki::preflight::Finding;
use pki::request::SigningRequest;
use pki::{Certificate, DistinguishedName, GeneralName, KeySpec, Lifetime, Policy, PrivateKey, Profile, PublicKey, SerialNumber};
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::findings;
use crate::issuer::{Duty, IssuingAuthority, Unusable};
use crate::keystore::KeyStoreError;
use crate::registry::{
    AuthorityId, CertificateFacts, CertificateId, CertificateKind, IntentId, IntentPurpose, IssueRecord, NewCertificate, NewIntent, Read,
    RegistryError,
};
use crate::session::{Session, SessionError, random};
use crate::{renew, request_inbox, subordinate};

/// Where the certificate's key comes from.
#[derive(Debug)]
pub enum KeyWish {
    /// It is made here; `None` for the profile's default.
    Make(Option<KeySpec>),
    /// It belongs to whoever made this request.
    Request(Box<SigningRequest>),
    /// It is the key of the certificate that is renewed.
    Same(Box<PublicKey>),
}

impl KeyWish {
    /// The public key, where it is known beforehand.
    pub(crate) fn public_key(&self) -> Option<&PublicKey> {
        match self {
            Self::Make(_) => None,
            Self::Request(request) => Some(request.public_key()),
            Self::Same(key) => Some(key),
        }
    }

    pub(crate) fn whereabouts(&self, kept: bool) -> &'static str {
        match (self, kept) {
            (Self::Make(_), true) => KeyOrigin::Kept,
            (Self::Make(_), false) => KeyOrigin::HandedOver,
            (Self::Request(_), _) => KeyOrigin::Request,
            (Self::Same(_), _) => KeyOrigin::AsBefore,
        }
        .said()
    }
}

/// Where the key of a certificate came from and went when it was issued, as the audit log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// It was made here and kept, sealed.
    Kept,
    /// It was made here, handed over and forgotten.
    HandedOver,
    /// It was never here: a request brought its public half.
    Request,
    /// It is the key of the certificate that was renewed.
    AsBefore,
}

impl KeyOrigin {
    const ALL: [Self; 4] = [Self::Kept, Self::HandedOver, Self::Request, Self::AsBefore];

    /// Returns the name: `kept`, `handed-over`, `request`, `as-before`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::HandedOver => "handed-over",
            Self::Request => "request",
            Self::AsBefore => "as-before",
        }
    }

    /// Reads what the row `certificate.issued` says of the key; `None` for anything else.
    #[must_use]
    pub fn of_audit(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.said() == text)
    }

    /// As it stands in the audit log, which is never rewritten.
    fn said(self) -> &'static str {
        match self {
            Self::Kept => "made here, kept sealed",
            Self::HandedOver => "made here, handed over, not kept",
            Self::Request => "from a request",
            Self::AsBefore => "as before",
        }
    }
}

/// What the certificate shall be.
#[derive(Debug)]
pub struct CertificateWish {
    /// Who issues it.
    pub authority: AuthorityId,
    /// What it is for.
    pub profile: Profile,
    /// Subject; `None`: the request's, else made from the first name.
    pub subject: Option<DistinguishedName>,
    /// Names; empty: the request's.
    pub names: Vec<GeneralName>,
    /// Its key.
    pub key: KeyWish,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Whether to ask for OCSP stapling (RFC 7633).
    pub must_staple: bool,
    /// Extensions beside those that the profile writes, such as the security identifier of an account.
    pub extensions: Vec<Extension>,
    /// Warnings accepted by lint name.
    pub accept: Vec<String>,
    /// The certificate whose place it takes: superseded in the transaction that records this one.
    pub renews: Option<CertificateId>,
}

/// A certificate could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The authority cannot issue.
    #[error(transparent)]
    Issuer(#[from] Unusable),
    /// The clock is behind the last time seen.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
    },
    /// The key that is to be certified was revoked as compromised: whoever has it could use the new certificate too.
    #[error("the key of {name} was revoked as compromised")]
    KeyCompromised {
        /// The revoked certificate.
        name: String,
    },
    /// The certificate to be renewed has a successor already.
    #[error("{name} was renewed already, by {successor}")]
    AlreadyRenewed {
        /// The certificate.
        name: String,
        /// Its successor.
        successor: CertificateId,
    },
    /// An authority whose key is elsewhere asks for its certificate; one whose key is here is created.
    #[error("profile {profile} is for authorities, and nothing asks for this one")]
    NobodyAsks {
        /// The profile.
        profile: String,
    },
    /// The request says that it is none of an authority (RFC 5280 4.2.1.9).
    #[error("profile {profile} is for authorities, and the request says that it is for none")]
    AsksForNoAuthority {
        /// The profile.
        profile: String,
    },
    /// The request is of the key that would sign.
    #[error("{authority} has the key that the request is for")]
    OwnKey {
        /// Who would sign.
        authority: String,
    },
    /// The certificate would not be right.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// Signing failed.
    #[error(transparent)]
    Sign(#[from] SignPreparedError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The key that is to be kept could not be sealed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The request was turned down.
    #[error("the request of {name} was rejected")]
    RequestRejected {
        /// Who asks.
        name: String,
        /// Why it was turned down.
        note: Option<String>,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What would be signed.
#[derive(Debug)]
pub struct Preview {
    /// The certificate under a throwaway signature; serial and a key to be made are stand-ins.
    pub certificate: Certificate,
    /// What the lints say; no error among them, else it would have been refused.
    pub findings: Vec<Finding>,
}

/// A certificate that was issued.
#[derive(Debug)]
pub struct Issued {
    /// Its row.
    pub id: CertificateId,
    /// The certificate.
    pub certificate: Certificate,
    /// Its private key, if one was made; it is kept nowhere else unless the profile says so.
    pub key: Option<PrivateKey>,
    /// What the lints said.
    pub findings: Vec<Finding>,
}

impl Session {
    /// Shows what would be signed, without drawing a serial or a key. Works while locked.
    ///
    /// # Errors
    /// As [`Session::issue`], apart from the keystore's.
    pub fn preview(&self, wish: &CertificateWish) -> Result<Preview, IssueError> {
        let now = self.now();
        let issuer = self.issuer_for(wish, now)?;
        let public = match &wish.key {
            KeyWish::Request(request) => request.public_key(),
            KeyWish::Same(key) => key,
            KeyWish::Make(spec) => stand_in_key(spec.unwrap_or_else(|| wish.profile.keys().default()))?,
        };
        let prepared = self.prepare_wish(wish, &issuer, public, now)?;
        Ok(Preview { certificate: prepared.preview().clone(), findings: prepared.findings().to_vec() })
    }

    /// Issues a certificate and records it. A key that is made is in the result: the caller hands it over. It is kept, sealed, only where the
    /// profile says so.
    ///
    /// # Errors
    /// When the authority cannot issue, the preflight refuses, the keys are locked, or the registry cannot be written; nothing is issued then.
    pub fn issue(&self, wish: &CertificateWish) -> Result<Issued, IssueError> {
        let now = self.now();
        let issuer = self.issuer_for(wish, now)?;
        let signer = issuer.signer(self.keystore().as_ref())?;
        let made = match &wish.key {
            KeyWish::Make(spec) => Some(PrivateKey::generate(spec.unwrap_or_else(|| wish.profile.keys().default()))?),
            KeyWish::Request(_) | KeyWish::Same(_) => None,
        };
        let public = made.as_ref().map(PrivateKey::public_key).or_else(|| wish.key.public_key()).ok_or(KeyError::Generation)?;
        let mut prepared = self.prepare_wish(wish, &issuer, public, now)?;
        prepared.accept(&wish.accept);
        // Sealed before anything is recorded: a keystore that fails leaves nothing behind.
        let keeps = made.as_ref().filter(|_| wish.profile.keys().kept());
        let kept = keeps.map(|key| self.kept_key(prepared.preview().display_name(), key, now)).transpose()?;
        let said = prepared.findings().to_vec();
        let intent = self.intent_for(&issuer, &prepared, now)?;
        self.change(|tx| tx.open_intent(&intent))?;
        let certificate = match prepared.sign(signer.as_ref()) {
            Ok(certificate) => certificate,
            Err(error) => {
                self.change(|tx| tx.void_intent(intent.id, now))?;
                return Err(error.into());
            }
        };
        let mut new = issued_row(&certificate, &issuer, &wish.profile, &said, now);
        let before = wish.renews.map(|id| self.registry().read(|tx| tx.certificate(id))).transpose()?.flatten();
        let keeps_key = matches!(wish.key, KeyWish::Same(_)) && before.as_ref().is_some_and(|before| before.record.key_held);
        new.record.key_held = kept.is_some() || keeps_key;
        let id = self.change(|tx| {
            if wish.profile.is_authority() {
                subordinate::settle(tx, &mut new, &certificate)?;
            }
            if let Some(key) = &kept {
                tx.insert_key(key)?;
            }
            let id = tx.insert_certificate(&new)?;
            tx.finish_intent(intent.id, &id.to_string(), now)?;
            if let KeyWish::Request(request) = &wish.key {
                request_inbox::settle(self, tx, request, id)?;
            }
            tx.append_audit(&self.event(
                "certificate.issued",
                &id.to_string(),
                json!({
                    "name": new.facts.display_name, "authority": issuer.row.name, "profile": wish.profile.name(), "serial": new.facts.serial.to_string(),
                    "fingerprint": new.facts.fingerprint.to_string(), "key": wish.key.whereabouts(kept.is_some()),
                    "accepted": said.iter().filter(|finding| finding.accepted).map(|finding| finding.lint).collect::<Vec<_>>(),
                    "renews": wish.renews.map(|before| before.to_string()),
                }),
            ))?;
            if let Some(before) = &before {
                tx.set_superseded(before.id, Some(id))?;
                let name = &before.facts.display_name;
                tx.append_audit(&self.event("certificate.superseded", &before.id.to_string(), json!({ "name": name, "by": id.to_string() })))?;
            }
            Ok::<_, RegistryError>(id)
        })?;
        Ok(Issued { id, certificate, key: made, findings: said })
    }

    fn issuer_for(&self, wish: &CertificateWish, now: OffsetDateTime) -> Result<IssuingAuthority, IssueError> {
        self.registry().read(|tx| {
            renew::check(tx, wish)?;
            if let KeyWish::Request(request) = &wish.key {
                request_inbox::check(tx, request)?;
            }
            let issuer = self.issuer_in(tx, wish.authority, now)?;
            subordinate::check(wish, &issuer)?;
            Ok(issuer)
        })
    }

    /// The authority that issues, if it can and the clock can be trusted.
    pub(crate) fn issuer_in(&self, tx: &Read<'_>, authority: AuthorityId, now: OffsetDateTime) -> Result<IssuingAuthority, IssueError> {
        if let Err(seen) = self.check_clock(tx)? {
            return Err(IssueError::ClockWentBack { seen });
        }
        Ok(IssuingAuthority::load(tx, authority, Duty::Certificates, now)??)
    }

    /// What is to be signed for a wish, under a serial drawn now.
    pub(crate) fn prepare_wish(
        &self,
        wish: &CertificateWish,
        issuer: &IssuingAuthority,
        public_key: &PublicKey,
        now: OffsetDateTime,
    ) -> Result<Prepared, IssueError> {
        self.with_request(wish, issuer, public_key, now, prepare)
    }

    /// Does some work with what a wish asks of its issuer, under a serial drawn now.
    pub(crate) fn with_request<T>(
        &self,
        wish: &CertificateWish,
        issuer: &IssuingAuthority,
        public_key: &PublicKey,
        now: OffsetDateTime,
        work: impl FnOnce(&IssuanceRequest<'_>, IssuerSide<'_>) -> Result<T, PrepareError>,
    ) -> Result<T, IssueError> {
        let (mut subject, mut names, mut requested) = (wish.subject.clone(), wish.names.clone(), [].as_slice());
        if let KeyWish::Request(request) = &wish.key {
            if wish.profile.request().subject() {
                subject = subject.or_else(|| Some(request.subject().clone()).filter(|subject| !subject.is_empty()));
            }
            if names.is_empty() && wish.profile.request().names() {
                names = request.names().to_vec();
            }
            requested = request.extensions();
        }
        let (path_length, name_constraints) = subordinate::bounds(wish, issuer);
        let kind = if wish.profile.is_authority() { CertificateKind::Authority } else { CertificateKind::Leaf };
        let addresses = issuer.addresses(kind, subject.as_ref(), &names);
        let request = IssuanceRequest {
            profile: &wish.profile,
            subject,
            names,
            public_key,
            serial: SerialNumber::from_entropy(random(self.host().entropy.as_ref())?),
            now,
            lifetime: wish.lifetime,
            path_length,
            name_constraints,
            addresses,
            must_staple: wish.must_staple,
            requested,
            extensions: wish.extensions.clone(),
            policy: issuer.policy.as_ref(),
            subject_key_id: None,
        };
        Ok(work(&request, issuer.side())?)
    }

    /// The record of what is about to be signed.
    pub(crate) fn intent_for(
        &self,
        issuer: &IssuingAuthority,
        prepared: &Prepared,
        now: OffsetDateTime,
    ) -> Result<NewIntent, EntropyError> {
        Ok(NewIntent {
            id: IntentId::new(now, self.id_entropy()?),
            authority: Some(issuer.row.id),
            purpose: IntentPurpose::Certificate { issuer: prepared.preview().issuer().clone(), serial: prepared.serial().clone() },
            tbs: Some(prepared.tbs_der().to_vec()),
            actor: self.host().actor.to_json(),
            created_at: now,
        })
    }
}

/// The row of a certificate that an authority of ours just signed.
pub(crate) fn issued_row(
    certificate: &Certificate,
    issuer: &IssuingAuthority,
    profile: &Profile,
    said: &[Finding],
    now: OffsetDateTime,
) -> NewCertificate {
    NewCertificate {
        facts: CertificateFacts::of(certificate),
        record: IssueRecord {
            authority: Some(issuer.row.id),
            generation: Some(issuer.generation.generation.id),
            issuer_key: Some(issuer.certificate.public_key().fingerprint()),
            key_held: false,
            profile: Some(profile.name().to_owned()),
            profile_version: Some(profile.version()),
            policy_version: issuer.policy.as_ref().map(Policy::version),
            issued_at: now,
            imported: false,
            findings: findings::to_document(said),
        },
        der: certificate.der().to_vec(),
    }
}

/// A public key of the wanted kind for previews: made once per process, its private half forgotten at once.
pub(crate) fn stand_in_key(spec: KeySpec) -> Result<&'static PublicKey, KeyError> {
    static KEYS: [OnceLock<PublicKey>; KeySpec::ALL.len()] = [const { OnceLock::new() }; KeySpec::ALL.len()];
    let place = KeySpec::ALL.iter().position(|known| *known == spec).and_then(|place| KEYS.get(place)).ok_or(KeyError::Generation)?;
    if let Some(key) = place.get() {
        return Ok(key);
    }
    let key = PrivateKey::generate(spec)?.public_key().clone();
    Ok(place.get_or_init(|| key))
}
