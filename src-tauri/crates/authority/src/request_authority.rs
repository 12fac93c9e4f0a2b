//! Asking an authority elsewhere for the certificate of one of ours: a new authority that waits for it, a new key of one that issues, or the key that
//! issues now. A key is asked for once: its request is written down before it is signed, and the same bytes come back ever after.

use pki::extension::ExtensionFault;
use pki::issuance::{Addresses, IssuanceRequest, IssuerSide, PrepareError, prepare};
use pki::key::KeyError;
use pki::request::{AuthorityWish, SignRequestError, SigningRequest, authority_request_info, sign_request};
use pki::{
    DistinguishedName, KeySpec, Lifetime, NameConstraints, PrivateKey, Profile, PublicKey, SerialNumber, SignatureAlgorithm, Signer,
};
use serde_json::json;
use time::OffsetDateTime;

use crate::carried;
use crate::clock::EntropyError;
use crate::issuer::{Duty, IssuingAuthority, Unusable};
use crate::key_staging::{KeepError, make_ready};
use crate::keystore::KeyStoreError;
use crate::registry::{
    AuthorityId, AuthorityKind, AuthorityRequestRow, AuthorityRow, CrlAnswer, GenerationId, GenerationRow, KeyRow, KeyRowId, NewGeneration,
    Read, RegistryError, Write,
};
use crate::renew_authority::plan::next_number;
use crate::session::{Session, SessionError, random};
use crate::settings::CRL_ISSUING_DAYS;
use crate::taken::Taken;

/// What the authority shall be whose certificate is asked for.
#[derive(Debug)]
pub struct RequestedAuthority {
    /// Display name, unique.
    pub name: String,
    /// Subject; must not be empty (RFC 5280 4.1.2.6).
    pub subject: DistinguishedName,
    /// The key to make; `None` for an intermediate's default.
    pub key: Option<KeySpec>,
    /// Longest chain of further authorities below.
    pub path_length: Option<u8>,
    /// Names that may, and may not, appear below.
    pub constraints: NameConstraints,
    /// Its own addresses, written into what it issues.
    pub addresses: Addresses,
}

/// Which of an authority's keys is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedKey {
    /// The one that issues, or the one that waits where none issues yet.
    Present,
    /// A new one that waits, made if none does; `None` for the present one's kind.
    New(Option<KeySpec>),
}

/// The request of an authority's key.
#[derive(Debug)]
pub struct AuthorityRequest {
    /// The authority.
    pub authority: AuthorityRow,
    /// The generation of the key.
    pub generation: GenerationRow,
    /// The key.
    pub key: KeyRow,
    /// Whether the key has no certificate yet.
    pub waits: bool,
    /// The request.
    pub request: SigningRequest,
    /// When it was made.
    pub made_at: OffsetDateTime,
}

/// Nothing was asked for. No key was made that nobody uses.
#[derive(Debug, thiserror::Error)]
pub enum RequestAuthorityError {
    /// A keyring registry wants its recovery file, or a refusal, before a key is made.
    #[error("the registry wants a recovery file first")]
    RecoveryUndecided,
    /// Another authority is called like that.
    #[error(transparent)]
    Taken(#[from] Taken),
    /// The authority cannot sign with the key.
    #[error(transparent)]
    Authority(#[from] Unusable),
    /// Its key was revoked as compromised: only a new key helps.
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
    /// A certificate as asked for would not be right.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// What is asked for cannot be written.
    #[error(transparent)]
    Extension(#[from] ExtensionFault),
    /// The key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The keystore refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The key could not be sealed to the recovery key.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Signing failed.
    #[error(transparent)]
    Sign(#[from] SignRequestError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<KeepError> for RequestAuthorityError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::KeyStore(inner) => Self::KeyStore(inner),
            KeepError::Session(inner) => Self::Session(inner),
        }
    }
}

/// What a certificate is asked for with.
struct Asked<'a> {
    label: &'a str,
    subject: &'a DistinguishedName,
    path_length: Option<u8>,
    constraints: NameConstraints,
    spec: KeySpec,
}

impl Session {
    /// Makes an authority that waits for its certificate: its key is staged, proved in the keystore and taken into use together with the authority and
    /// the request.
    ///
    /// # Errors
    /// See [`RequestAuthorityError`]; the registry then has the rows it had, apart from the audit log.
    pub fn request_authority(&self, wish: &RequestedAuthority) -> Result<AuthorityId, RequestAuthorityError> {
        let now = self.now();
        self.registry().read(|tx| {
            self.check_clock_for_request(tx)?;
            match Taken::by_another(tx, &wish.name, &wish.subject)? {
                Some(taken) => Err(RequestAuthorityError::from(taken)),
                None => Ok(()),
            }
        })?;
        let row = AuthorityRow {
            id: AuthorityId::new(now, self.id_entropy()?),
            name: wish.name.clone(),
            parent: None,
            kind: AuthorityKind::Intermediate,
            retired: false,
            issuer_name: wish.subject.clone(),
            crl_urls: wish.addresses.crl_urls.clone(),
            issuer_urls: wish.addresses.issuer_urls.clone(),
            ocsp_urls: wish.addresses.ocsp_urls.clone(),
            crl_days: self.registry().read(|tx| CRL_ISSUING_DAYS.get(tx))?,
            delta: false,
            partitions: 0,
            split: false,
            created_at: now,
        };
        let asked = Asked {
            label: &wish.name,
            subject: &wish.subject,
            path_length: wish.path_length,
            constraints: wish.constraints.clone(),
            spec: wish.key.unwrap_or_else(|| Profile::intermediate().keys().default()),
        };
        self.ask_with_new_key(&asked, row.id, now, |tx| tx.insert_authority(&row))?;
        Ok(row.id)
    }

    /// The request of an authority's key; made if there is none yet.
    ///
    /// # Errors
    /// See [`RequestAuthorityError`].
    pub fn authority_request(&self, authority: AuthorityId, asked: AskedKey) -> Result<AuthorityRequest, RequestAuthorityError> {
        let now = self.now();
        let (waiting, present) = self.registry().read(|tx| {
            let waiting = waiting_generation(tx, authority)?;
            let present = IssuingAuthority::load(tx, authority, Duty::Itself, now)?;
            Ok::<_, RegistryError>((waiting, present))
        })?;
        match (asked, waiting, present) {
            (AskedKey::New(_), Some(generation), _) | (AskedKey::Present, Some(generation), Err(Unusable::AwaitsCertificate { .. })) => {
                // Made together with its key.
                let missing = || RegistryError::Missing { table: "settings", row: generation.generation.key.to_string() };
                Ok(self.recorded_request(&generation)?.ok_or_else(missing)?)
            }
            (_, _, Err(why)) => Err(why.into()),
            (AskedKey::Present, _, Ok(present)) => self.ask_with_present_key(&present, now),
            (AskedKey::New(spec), None, Ok(present)) => {
                self.registry().read(|tx| self.check_clock_for_request(tx))?;
                let own = &present.certificate;
                let known = present.key.key.key_kind.parse().ok();
                let asked = Asked {
                    label: &present.row.name,
                    subject: own.subject(),
                    path_length: carried::path_length(own),
                    constraints: carried::name_constraints(own),
                    spec: spec.or(known).unwrap_or_else(|| Profile::intermediate().keys().default()),
                };
                let generation = self.ask_with_new_key(&asked, authority, now, |_| Ok(()))?;
                let row = self.registry().read(|tx| tx.generation(generation))?;
                let missing = || RegistryError::Missing { table: "generations", row: generation.to_string() };
                let row = row.ok_or_else(missing)?;
                Ok(self.recorded_request(&row)?.ok_or_else(missing)?)
            }
        }
    }

    /// The request with which an authority waits for the certificate of a key, if it does.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn waiting_request(&self, authority: AuthorityId) -> Result<Option<AuthorityRequest>, RegistryError> {
        let generation = self.registry().read(|tx| waiting_generation(tx, authority))?;
        generation.map(|generation| self.recorded_request(&generation)).transpose().map(Option::flatten)
    }

    fn check_clock_for_request(&self, tx: &Read<'_>) -> Result<(), RequestAuthorityError> {
        self.check_clock(tx)?.map_err(|seen| RequestAuthorityError::ClockWentBack { seen })
    }

    /// The request as it was recorded, whole.
    fn recorded_request(&self, generation: &GenerationRow) -> Result<Option<AuthorityRequest>, RegistryError> {
        self.registry().read(|tx| {
            let of = &generation.generation;
            let (Some(authority), Some(key)) = (tx.authority(of.authority)?, tx.key(of.key)?) else { return Ok(None) };
            let Some(row) = tx.authority_request(of.key)? else { return Ok(None) };
            let Some(der) = row.der else { return Ok(None) };
            let request = SigningRequest::from_der(&der).map_err(|error| RegistryError::Cell {
                table: "settings",
                column: "value",
                row: of.key.to_string(),
                problem: error.to_string(),
            })?;
            let waits = row.waits && !of.current;
            Ok(Some(AuthorityRequest { authority, generation: generation.clone(), key, waits, request, made_at: row.made_at }))
        })
    }

    /// The request of the key that issues. What it asks for is on record before the key is touched; a crash in between is made good by the next call.
    fn ask_with_present_key(&self, present: &IssuingAuthority, now: OffsetDateTime) -> Result<AuthorityRequest, RequestAuthorityError> {
        if let Some(found) = self.recorded_request(&present.generation)? {
            return Ok(found);
        }
        let key = present.key.key.id;
        let begun = self.registry().read(|tx| {
            self.check_clock_for_request(tx)?;
            if let Some(row) = tx.compromised_certificate_of_key(&present.key.key.fingerprint)? {
                return Err(RequestAuthorityError::KeyCompromised { name: row.facts.display_name });
            }
            Ok(tx.authority_request(key)?)
        })?;
        // Locked keys are found out before anything is recorded.
        let signer = present.signer(self.keystore().as_ref())?;
        let row = match begun {
            Some(row) => row,
            None => {
                let own = &present.certificate;
                let constraints = carried::name_constraints(own);
                let (subject, public_key, path_length) = (own.subject(), own.public_key(), carried::path_length(own));
                let info = authority_request_info(&AuthorityWish { subject, public_key, path_length, constraints: &constraints })?;
                let row = AuthorityRequestRow { info, der: None, waits: false, made_at: now };
                self.change(|tx| {
                    tx.set_authority_request(key, &row)?;
                    tx.append_audit(&self.requested(&present.row.name, present.row.id, present.generation.generation.number, public_key))
                })?;
                row
            }
        };
        let request = sign_request(&row.info, signer.as_ref())?;
        self.change(|tx| tx.set_authority_request(key, &AuthorityRequestRow { der: Some(request.der().to_vec()), ..row.clone() }))?;
        let missing = || RegistryError::Missing { table: "settings", row: key.to_string() };
        Ok(self.recorded_request(&present.generation)?.ok_or_else(missing)?)
    }

    /// Makes a key and its request: staged, proved in the keystore, and taken into use in the transaction that records the request. The generation waits.
    fn ask_with_new_key(
        &self,
        asked: &Asked<'_>,
        authority: AuthorityId,
        now: OffsetDateTime,
        before: impl FnOnce(&Write<'_>) -> Result<(), RegistryError>,
    ) -> Result<GenerationId, RequestAuthorityError> {
        if !self.recovery_decided()? {
            return Err(RequestAuthorityError::RecoveryUndecided);
        }
        let key = PrivateKey::generate(asked.spec)?;
        let public = key.public_key().clone();
        self.check_asked(asked, &public, now)?;
        let (subject, path_length, constraints) = (asked.subject, asked.path_length, &asked.constraints);
        let info = authority_request_info(&AuthorityWish { subject, public_key: &public, path_length, constraints })?;
        let id = KeyRowId::new(now, self.id_entropy()?);
        let generation = GenerationId::new(now, self.id_entropy()?);
        let staged = self.staged_key(id, asked.label, &key, now);
        let event =
            self.event("key.staged", &id.to_string(), json!({ "label": asked.label, "authority": asked.label, "kind": staged.key_kind }));
        self.change(|tx| {
            self.check_keys_stay(tx)?;
            tx.insert_key(&staged)?;
            tx.append_audit(&event)
        })?;
        let outcome = (|| {
            let sealed = self.keep_staged(id, asked.label, &key)?;
            drop(key);
            let signer: Box<dyn Signer + Send> = self.staged_signer(id, &public)?;
            let request = sign_request(&info, signer.as_ref())?;
            self.change(|tx| {
                make_ready(tx, id, sealed.as_deref(), now)?;
                before(tx)?;
                let number = next_number(tx, authority)?;
                tx.insert_generation(&NewGeneration { id: generation, authority, number, key: id, current: false, created_at: now })?;
                tx.answer_crl_wait(generation, CrlAnswer::New)?;
                tx.set_authority_request(id, &AuthorityRequestRow { info, der: Some(request.der().to_vec()), waits: true, made_at: now })?;
                tx.append_audit(&self.requested(asked.label, authority, number, &public))
            })?;
            Ok(generation)
        })();
        if outcome.is_err() {
            let detail = json!({ "name": asked.label, "key": id.to_string() });
            let event = self.event("authority.not-requested", &authority.to_string(), detail);
            self.give_up_staged(id, |tx| tx.append_audit(&event).map(drop))?;
        }
        outcome
    }

    fn requested(&self, name: &str, authority: AuthorityId, generation: u32, key: &PublicKey) -> crate::audit::AuditEvent {
        let detail = json!({ "name": name, "generation": generation, "key": key.fingerprint().to_string() });
        self.event("authority.requested", &authority.to_string(), detail)
    }

    /// Judges what is asked for as what it would become, by the rules of certificates that we sign ourselves: a subject or constraint that breaks one is
    /// known before the request goes out.
    fn check_asked(&self, asked: &Asked<'_>, key: &PublicKey, now: OffsetDateTime) -> Result<(), RequestAuthorityError> {
        let request = IssuanceRequest {
            profile: &Profile::root(),
            policy: None,
            subject: Some(asked.subject.clone()),
            names: Vec::new(),
            public_key: key,
            serial: SerialNumber::from_entropy(random(self.host().entropy.as_ref())?),
            now,
            lifetime: Lifetime::ProfileDefault,
            path_length: asked.path_length,
            name_constraints: asked.constraints.clone(),
            addresses: Addresses::default(),
            must_staple: false,
            requested: &[],
            extensions: Vec::new(),
            subject_key_id: None,
        };
        prepare(&request, IssuerSide::SelfSigned(SignatureAlgorithm::for_key(asked.spec)))?;
        Ok(())
    }
}

/// The newest generation of an authority whose key is here, was asked for, and has no certificate yet.
pub(crate) fn waiting_generation(tx: &Read<'_>, authority: AuthorityId) -> Result<Option<GenerationRow>, RegistryError> {
    for generation in tx.generations(authority)?.into_iter().rev().filter(|row| !row.generation.current) {
        if waits(tx, &generation)? {
            return Ok(Some(generation));
        }
    }
    Ok(None)
}

/// Whether a generation has never issued, because its certificate was asked for and was not installed yet.
pub(crate) fn waits(tx: &Read<'_>, generation: &GenerationRow) -> Result<bool, RegistryError> {
    Ok(!generation.generation.current && tx.authority_request(generation.generation.key)?.is_some_and(|row| row.waits))
}
