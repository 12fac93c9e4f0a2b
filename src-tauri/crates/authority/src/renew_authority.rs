//! Renewing an authority: a new certificate for its key, which keeps subject and key identifier, or a new key under the same name, which begins a
//! generation with CRL numbers and addresses of its own. The generation before goes on signing its CRL until its last certificate has ended.

pub(crate) mod plan;

use pki::issuance::{PrepareError, SignPreparedError};
use pki::key::KeyError;
use pki::preflight::Finding;
use pki::{Certificate, KeySpec, Lifetime, PrivateKey};
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::findings;
use crate::issuer::Unusable;
use crate::key_staging::{KeepError, make_ready, void_if_open};
use crate::keystore::KeyStoreError;
use crate::registry::{
    AuthorityId, AuthorityRow, CertificateFacts, CertificateId, CertificateRow, CrlAnswer, GenerationId, IntentId, IntentPurpose,
    IssueRecord, KeyRowId, NewCertificate, NewGeneration, NewIntent, RegistryError, Write,
};
use crate::session::{Session, SessionError};
use plan::Plan;

/// A new key, and where the CRL that it signs will be found.
#[derive(Debug, Clone, Default)]
pub struct NewKeyWish {
    /// The kind of key; `None` for the present one's.
    pub spec: Option<KeySpec>,
    /// Where its CRL will be found; `None` for the present addresses with the generation's number in the file name.
    pub crl_urls: Option<Vec<String>>,
}

/// What the renewed authority shall be.
#[derive(Debug, Clone)]
pub struct AuthorityRenewal {
    /// Which authority.
    pub authority: AuthorityId,
    /// A new key; `None` for the same.
    pub new_key: Option<NewKeyWish>,
    /// How long the new certificate lives.
    pub lifetime: Lifetime,
    /// Warnings accepted by lint name.
    pub accept: Vec<String>,
}

/// What would be signed.
#[derive(Debug)]
pub struct AuthorityRenewalPreview {
    /// The authority.
    pub authority: AuthorityRow,
    /// The certificate that it issues under now.
    pub before: (CertificateRow, Certificate),
    /// The certificate under a throwaway signature; serial and a key to be made are stand-ins.
    pub certificate: Certificate,
    /// What the lints say; no error among them.
    pub findings: Vec<Finding>,
    /// Where the CRL will be found.
    pub crl_urls: Vec<String>,
    /// Whether it is signed by its own key: those who trust the authority must take the new certificate over by hand.
    pub is_root: bool,
}

/// An authority that was renewed.
#[derive(Debug)]
pub struct AuthorityRenewed {
    /// Row of its new certificate.
    pub id: CertificateId,
    /// Its new certificate.
    pub certificate: Certificate,
    /// What the lints said.
    pub findings: Vec<Finding>,
}

/// An authority was not renewed. It is as it was, apart from the audit log and the burnt serial.
#[derive(Debug, thiserror::Error)]
pub enum RenewAuthorityError {
    /// Somebody outside issued its certificate, and issues the next.
    #[error("the certificate of {authority} was issued outside")]
    IssuedOutside {
        /// Its name.
        authority: String,
    },
    /// It, or the authority above it, cannot issue.
    #[error(transparent)]
    Issuer(#[from] Unusable),
    /// A keyring registry wants its recovery file, or a refusal, before a key is made.
    #[error("the registry wants a recovery file first")]
    RecoveryUndecided,
    /// The CRL of another generation is found at an address.
    #[error("the CRL of key {generation} is found at {url}")]
    CrlUrlTaken {
        /// The address.
        url: String,
        /// The number of the generation.
        generation: u32,
    },
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

impl From<KeepError> for RenewAuthorityError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::KeyStore(inner) => Self::KeyStore(inner),
            KeepError::Session(inner) => Self::Session(inner),
        }
    }
}

/// A key on its way into the keystore, and the generation that it begins.
struct Staged {
    row: KeyRowId,
    generation: GenerationId,
    key: PrivateKey,
}

impl Session {
    /// Shows what would be signed, without drawing a serial or a key. Works while locked.
    ///
    /// # Errors
    /// As [`Session::renew_authority`], apart from the keystore's.
    pub fn preview_authority_renewal(&self, wish: &AuthorityRenewal) -> Result<AuthorityRenewalPreview, RenewAuthorityError> {
        let now = self.now();
        let plan = self.plan_renewal(wish, now)?;
        let mut prepared = self.prepare_renewal(wish, &plan, plan.stand_in()?, now)?;
        prepared.accept(&wish.accept);
        Ok(AuthorityRenewalPreview {
            certificate: prepared.preview().clone(),
            findings: prepared.findings().to_vec(),
            crl_urls: plan.crl_urls.clone(),
            is_root: plan.above.is_none(),
            authority: plan.present.row,
            before: (plan.present.certificate_row, plan.present.certificate),
        })
    }

    /// Renews an authority. A new key is staged, proved in the keystore, and taken into use in the transaction that records its certificate.
    ///
    /// # Errors
    /// See [`RenewAuthorityError`].
    pub fn renew_authority(&self, wish: &AuthorityRenewal) -> Result<AuthorityRenewed, RenewAuthorityError> {
        let now = self.now();
        let plan = self.plan_renewal(wish, now)?;
        // Locked keys are found out before anything is made.
        let above = plan.above.as_ref().map(|above| above.signer(self.keystore().as_ref())).transpose()?;
        let same = if wish.new_key.is_none() && above.is_none() { Some(plan.present.signer(self.keystore().as_ref())?) } else { None };
        let staged = match wish.new_key {
            Some(_) => Some(Staged {
                row: KeyRowId::new(now, self.id_entropy()?),
                generation: GenerationId::new(now, self.id_entropy()?),
                key: PrivateKey::generate(plan.spec)?,
            }),
            None => None,
        };
        let public = staged.as_ref().map_or_else(|| plan.present.certificate.public_key(), |staged| staged.key.public_key());
        let mut prepared = self.prepare_renewal(wish, &plan, public, now)?;
        prepared.accept(&wish.accept);
        let intent = NewIntent {
            id: IntentId::new(now, self.id_entropy()?),
            authority: Some(plan.above.as_ref().map_or(wish.authority, |above| above.row.id)),
            purpose: IntentPurpose::Certificate { issuer: prepared.preview().issuer().clone(), serial: prepared.serial().clone() },
            tbs: Some(prepared.tbs_der().to_vec()),
            actor: self.host().actor.to_json(),
            created_at: now,
        };
        let name = plan.present.row.name.as_str();
        self.change(|tx| {
            tx.open_intent(&intent)?;
            let Some(staged) = &staged else { return Ok(()) };
            self.check_keys_stay(tx)?;
            let key = self.staged_key(staged.row, name, &staged.key, now);
            tx.insert_key(&key)?;
            let detail = json!({ "label": name, "authority": name, "kind": key.key_kind });
            tx.append_audit(&self.event("key.staged", &staged.row.to_string(), detail)).map(drop)
        })?;
        let outcome = (|| {
            let sealed = staged.as_ref().map(|staged| self.keep_staged(staged.row, name, &staged.key)).transpose()?.flatten();
            let signer = match (above, same, &staged) {
                (Some(signer), ..) | (None, Some(signer), _) => signer,
                (None, None, Some(staged)) => self.staged_signer(staged.row, staged.key.public_key())?,
                (None, None, None) => return Err(KeyError::Generation.into()),
            };
            let said = prepared.findings().to_vec();
            let certificate = prepared.sign(signer.as_ref())?;
            let id = self.change(|tx| {
                let generation = match &staged {
                    Some(staged) => Some((begin_generation(tx, &plan, staged, sealed.as_deref(), now)?, staged.generation)),
                    None => None,
                };
                self.record_renewal(tx, &plan, &certificate, &said, generation, intent.id, now)
            })?;
            Ok(AuthorityRenewed { id, certificate, findings: said })
        })();
        if outcome.is_err() {
            self.abandon_renewal(wish.authority, name, staged.as_ref(), intent.id, now)?;
        }
        outcome
    }

    /// Records the new certificate in the place of the one before.
    #[expect(clippy::too_many_arguments, reason = "one transaction takes everything that the steps before it have made")]
    fn record_renewal(
        &self,
        tx: &Write<'_>,
        plan: &Plan,
        certificate: &Certificate,
        said: &[Finding],
        began: Option<(u32, GenerationId)>,
        intent: IntentId,
        now: OffsetDateTime,
    ) -> Result<CertificateId, RegistryError> {
        let row = &plan.present.row;
        // A root is signed by its own key: by the new one, if there is one.
        let (issuer, generation, issuer_key) = match &plan.above {
            Some(above) => (above.row.id, above.generation.generation.id, above.certificate.public_key().fingerprint()),
            None => {
                let own = began.map_or(plan.present.generation.generation.id, |(_, generation)| generation);
                (row.id, own, certificate.public_key().fingerprint())
            }
        };
        let id = tx.insert_certificate(&NewCertificate {
            facts: CertificateFacts::of(certificate),
            record: IssueRecord {
                authority: Some(issuer),
                generation: Some(generation),
                issuer_key: Some(issuer_key),
                key_held: true,
                profile: Some(plan.profile.name().to_owned()),
                profile_version: Some(plan.profile.version()),
                policy_version: plan.above.as_ref().and_then(|above| above.policy.as_ref()).map(pki::Policy::version),
                issued_at: now,
                imported: false,
                findings: findings::to_document(said),
            },
            der: certificate.der().to_vec(),
        })?;
        tx.finish_intent(intent, &id.to_string(), now)?;
        let before = &plan.present.certificate_row;
        tx.set_superseded(before.id, Some(id))?;
        tx.append_audit(&self.event(
            if began.is_some() { "authority.rekeyed" } else { "authority.renewed" },
            &row.id.to_string(),
            json!({
                "name": row.name, "certificate": id.to_string(), "serial": certificate.serial().to_string(),
                "fingerprint": certificate.fingerprint().to_string(), "before": before.id.to_string(), "generation": began.map(|(number, _)| number),
                "accepted": said.iter().filter(|finding| finding.accepted).map(|finding| finding.lint).collect::<Vec<_>>(),
            }),
        ))?;
        Ok(id)
    }

    /// Undoes what was staged.
    fn abandon_renewal(
        &self,
        authority: AuthorityId,
        name: &str,
        staged: Option<&Staged>,
        intent: IntentId,
        now: OffsetDateTime,
    ) -> Result<(), RenewAuthorityError> {
        let key = staged.map(|staged| staged.row.to_string());
        let event = self.event("authority.not-renewed", &authority.to_string(), json!({ "name": name, "key": key }));
        match staged {
            Some(staged) => self.give_up_staged(staged.row, |tx| {
                void_if_open(tx, intent, now)?;
                tx.append_audit(&event).map(drop)
            })?,
            None => self.change(|tx| {
                tx.void_intent(intent, now)?;
                tx.append_audit(&event).map(drop)
            })?,
        }
        Ok(())
    }
}

/// Takes the new key into use: its generation is the current one from here on, the one before keeps the addresses that its certificates name.
fn begin_generation(
    tx: &Write<'_>,
    plan: &Plan,
    staged: &Staged,
    sealed: Option<&[u8]>,
    now: OffsetDateTime,
) -> Result<u32, RegistryError> {
    let authority = plan.present.row.id;
    make_ready(tx, staged.row, sealed, now)?;
    // Read anew: name and addresses may have been changed while the key was made.
    let row = tx.authority(authority)?.ok_or_else(|| RegistryError::Missing { table: "authorities", row: authority.to_string() })?;
    if let Some(before) = tx.current_generation(authority)? {
        tx.keep_generation_crl_urls(before.generation.id, &row.crl_urls)?;
    }
    let number = plan::next_number(tx, authority)?;
    tx.insert_generation(&NewGeneration { id: staged.generation, authority, number, key: staged.row, current: true, created_at: now })?;
    tx.answer_crl_wait(staged.generation, CrlAnswer::New)?;
    tx.update_authority(&AuthorityRow { crl_urls: plan.crl_urls.clone(), ..row })?;
    Ok(number)
}
