//! Creates a root, or an intermediate under another authority.

use pki::issuance::{Addresses, IssuanceRequest, IssuerSide, PrepareError, Prepared, SignPreparedError, prepare};
use pki::key::KeyError;
use pki::{DistinguishedName, KeySpec, Lifetime, NameConstraints, PrivateKey, Profile, SerialNumber, SignatureAlgorithm};
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::findings;
use crate::issuer::{Duty, IssuingAuthority, Unusable};
use crate::key_staging::{KeepError, make_ready, void_if_open};
use crate::keystore::KeyStoreError;
use crate::registry::{
    AuthorityId, AuthorityKind, AuthorityRow, CertificateFacts, CertificateKind, CrlAnswer, GenerationId, IntentId, IntentPurpose,
    IssueRecord, KeyRowId, NewCertificate, NewGeneration, NewIntent, RegistryError,
};
use crate::session::{Session, SessionError, random};
use crate::settings::{CRL_ISSUING_DAYS, CRL_ROOT_DAYS};
use crate::taken::Taken;

/// What the new authority shall be.
#[derive(Debug)]
pub struct NewAuthority {
    /// Display name, unique.
    pub name: String,
    /// Subject; must not be empty (RFC 5280 4.1.2.6).
    pub subject: DistinguishedName,
    /// The authority above; `None` for a root.
    pub parent: Option<AuthorityId>,
    /// The key to make; `None` for the profile's default.
    pub key: Option<KeySpec>,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Longest chain of further authorities below.
    pub path_length: Option<u8>,
    /// Names that may, and may not, appear below.
    pub constraints: NameConstraints,
    /// Its own addresses, written into what it issues.
    pub addresses: Addresses,
}

/// An authority could not be created. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum CreateAuthorityError {
    /// A keyring registry wants its recovery file, or a refusal, first.
    #[error("the registry wants a recovery file first")]
    RecoveryUndecided,
    /// Another authority is called like that.
    #[error(transparent)]
    Taken(#[from] Taken),
    /// The authority above cannot issue.
    #[error(transparent)]
    Parent(#[from] Unusable),
    /// The clock is behind the last time seen.
    #[error("the clock is behind {seen}")]
    ClockWentBack {
        /// The last time seen.
        seen: OffsetDateTime,
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
    /// The key could not be sealed to the recovery key.
    #[error(transparent)]
    Session(#[from] SessionError),
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

impl From<KeepError> for CreateAuthorityError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::KeyStore(inner) => Self::KeyStore(inner),
            KeepError::Session(inner) => Self::Session(inner),
        }
    }
}

struct Plan {
    authority: AuthorityId,
    generation: GenerationId,
    key: KeyRowId,
    intent: IntentId,
    parent: Option<IssuingAuthority>,
    profile: Profile,
}

impl Session {
    /// Creates an authority: stages its key, proves it in the keystore, records what will be signed, signs, and takes it into use.
    ///
    /// # Errors
    /// See [`CreateAuthorityError`]; the registry then has the rows it had, apart from the audit log and the burnt serial.
    pub fn create_authority(&self, wish: &NewAuthority) -> Result<AuthorityId, CreateAuthorityError> {
        let now = self.now();
        if !self.recovery_decided()? {
            return Err(CreateAuthorityError::RecoveryUndecided);
        }
        let parent = self.registry().read(|tx| {
            if let Err(seen) = self.check_clock(tx)? {
                return Err(CreateAuthorityError::ClockWentBack { seen });
            }
            if let Some(taken) = Taken::by_another(tx, &wish.name, &wish.subject)? {
                return Err(taken.into());
            }
            Ok(wish.parent.map(|id| IssuingAuthority::load(tx, id, Duty::Certificates, now)).transpose()?.transpose()?)
        })?;
        let profile = if parent.is_some() { Profile::intermediate() } else { Profile::root() };
        let plan = Plan {
            authority: AuthorityId::new(now, self.id_entropy()?),
            generation: GenerationId::new(now, self.id_entropy()?),
            key: KeyRowId::new(now, self.id_entropy()?),
            intent: IntentId::new(now, self.id_entropy()?),
            parent,
            profile,
        };
        // Locked keys are found out before anything is made.
        let parent_signer = plan.parent.as_ref().map(|parent| parent.signer(self.keystore().as_ref())).transpose()?;
        let spec = wish.key.unwrap_or_else(|| plan.profile.keys().default());
        let key = PrivateKey::generate(spec)?;
        let prepared = self.prepare_authority(wish, &plan, &key, spec, now)?;
        self.stage(wish, &plan, &key, &prepared, now)?;
        match self.complete(wish, &plan, key, prepared, parent_signer, now) {
            Ok(()) => Ok(plan.authority),
            Err(error) => {
                self.abandon(&plan, now)?;
                Err(error)
            }
        }
    }

    fn prepare_authority(
        &self,
        wish: &NewAuthority,
        plan: &Plan,
        key: &PrivateKey,
        spec: KeySpec,
        now: OffsetDateTime,
    ) -> Result<Prepared, CreateAuthorityError> {
        let request = IssuanceRequest {
            profile: &plan.profile,
            subject: Some(wish.subject.clone()),
            names: Vec::new(),
            public_key: key.public_key(),
            serial: SerialNumber::from_entropy(random(self.host().entropy.as_ref())?),
            now,
            lifetime: wish.lifetime,
            path_length: wish.path_length,
            name_constraints: wish.constraints.clone(),
            addresses: plan
                .parent
                .as_ref()
                .map(|parent| parent.addresses(CertificateKind::Authority, Some(&wish.subject), &[]))
                .unwrap_or_default(),
            must_staple: false,
            requested: &[],
            extensions: Vec::new(),
            policy: plan.parent.as_ref().and_then(|parent| parent.policy.as_ref()),
            subject_key_id: None,
        };
        let side = plan.parent.as_ref().map_or(IssuerSide::SelfSigned(SignatureAlgorithm::for_key(spec)), IssuingAuthority::side);
        Ok(prepare(&request, side)?)
    }

    /// Commits the key as staging and the certificate as intended, before keystore and CA key are touched.
    fn stage(
        &self,
        wish: &NewAuthority,
        plan: &Plan,
        key: &PrivateKey,
        prepared: &Prepared,
        now: OffsetDateTime,
    ) -> Result<(), CreateAuthorityError> {
        let staged = self.staged_key(plan.key, &wish.name, key, now);
        let intent = NewIntent {
            id: plan.intent,
            authority: wish.parent,
            purpose: IntentPurpose::Certificate { issuer: prepared.preview().issuer().clone(), serial: prepared.serial().clone() },
            tbs: Some(prepared.tbs_der().to_vec()),
            actor: self.host().actor.to_json(),
            created_at: now,
        };
        let event =
            self.event("key.staged", &plan.key.to_string(), json!({ "label": wish.name, "authority": wish.name, "kind": staged.key_kind }));
        self.change(|tx| {
            self.check_keys_stay(tx)?;
            tx.insert_key(&staged)?;
            tx.open_intent(&intent)?;
            tx.append_audit(&event)?;
            Ok(())
        })
    }

    fn complete(
        &self,
        wish: &NewAuthority,
        plan: &Plan,
        key: PrivateKey,
        prepared: Prepared,
        parent_signer: Option<Box<dyn pki::Signer + Send>>,
        now: OffsetDateTime,
    ) -> Result<(), CreateAuthorityError> {
        let sealed = self.keep_staged(plan.key, &wish.name, &key)?;
        let signer = match parent_signer {
            Some(signer) => signer,
            None => self.staged_signer(plan.key, key.public_key())?,
        };
        drop(key);
        let said = prepared.findings().to_vec();
        let certificate = prepared.sign(signer.as_ref())?;
        // A root's is long, as its key is seldom at hand (BR 4.9.7 allows twelve months).
        let crl_days = if wish.parent.is_some() { CRL_ISSUING_DAYS } else { CRL_ROOT_DAYS };
        let row = AuthorityRow {
            id: plan.authority,
            name: wish.name.clone(),
            parent: wish.parent,
            kind: if wish.parent.is_some() { AuthorityKind::Intermediate } else { AuthorityKind::Root },
            retired: false,
            issuer_name: certificate.subject().clone(),
            crl_urls: wish.addresses.crl_urls.clone(),
            issuer_urls: wish.addresses.issuer_urls.clone(),
            ocsp_urls: wish.addresses.ocsp_urls.clone(),
            crl_days: self.registry().read(|tx| crl_days.get(tx))?,
            delta: false,
            partitions: 0,
            split: false,
            created_at: now,
        };
        let generation =
            NewGeneration { id: plan.generation, authority: plan.authority, number: 1, key: plan.key, current: true, created_at: now };
        // A root issues its own certificate: it belongs to the authority that it makes.
        let (issuer, issuer_generation) =
            plan.parent.as_ref().map_or((plan.authority, plan.generation), |parent| (parent.row.id, parent.generation.generation.id));
        let issuer_key = plan
            .parent
            .as_ref()
            .map_or_else(|| certificate.public_key().fingerprint(), |parent| parent.certificate.public_key().fingerprint());
        let record = NewCertificate {
            facts: CertificateFacts::of(&certificate),
            record: IssueRecord {
                authority: Some(issuer),
                generation: Some(issuer_generation),
                issuer_key: Some(issuer_key),
                key_held: true,
                profile: Some(plan.profile.name().to_owned()),
                profile_version: Some(plan.profile.version()),
                policy_version: None,
                issued_at: now,
                imported: false,
                findings: findings::to_document(&said),
            },
            der: certificate.der().to_vec(),
        };
        self.change(|tx| {
            make_ready(tx, plan.key, sealed.as_deref(), now)?;
            tx.insert_authority(&row)?;
            tx.insert_generation(&generation)?;
            tx.answer_crl_wait(generation.id, CrlAnswer::New)?;
            let id = tx.insert_certificate(&record)?;
            tx.finish_intent(plan.intent, &id.to_string(), now)?;
            tx.append_audit(&self.event(
                "authority.created",
                &plan.authority.to_string(),
                json!({ "name": wish.name, "certificate": id.to_string(), "serial": certificate.serial().to_string(), "fingerprint": certificate.fingerprint().to_string() }),
            ))?;
            Ok(())
        })
    }

    /// Undoes what [`Session::stage`] and the keystore step left, so that no key is there that no authority uses.
    fn abandon(&self, plan: &Plan, now: OffsetDateTime) -> Result<(), CreateAuthorityError> {
        let event = self.event("authority.not-created", &plan.authority.to_string(), json!({ "key": plan.key.to_string() }));
        self.give_up_staged(plan.key, |tx| {
            void_if_open(tx, plan.intent, now)?;
            tx.append_audit(&event).map(drop)
        })?;
        Ok(())
    }
}
