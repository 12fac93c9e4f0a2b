//! Fills a test registry with certificates: the normal code path, in batches of one transaction.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use pki::issuance::{Addresses, IssuanceRequest, prepare};
use pki::{DistinguishedName, GeneralName, KeySpec, Lifetime, NameConstraints, PrivateKey, Profile, RevocationReason, SerialNumber};
use serde_json::json;
use time::Duration;

use crate::create_authority::{CreateAuthorityError, NewAuthority};
use crate::issue::{IssueError, issued_row};
use crate::issuer::{Duty, IssuingAuthority};
use crate::registry::{AuthorityId, CertificateId, CertificateKind, NewIntent, RegistryError};
use crate::revoke::{RevocationWish, RevokeError};
use crate::session::{Session, random};
use crate::watch::Watch;

/// Certificates per transaction.
const BATCH: u64 = 2_000;

/// How much of what.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Certificates beside the authorities' own.
    pub certificates: u64,
    /// How many of them are revoked.
    pub revoked: u64,
    /// Self-signed authorities that issue them in turn.
    pub authorities: u64,
}

/// A registry could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// An authority could not be made.
    #[error(transparent)]
    Authority(#[from] CreateAuthorityError),
    /// A certificate could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A certificate could not be revoked.
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    /// Whoever waited for it asked for it to stop; batches written before stay.
    #[error("it was stopped")]
    Cancelled,
    /// A made-up name is none.
    #[error("{0}")]
    Name(String),
}

impl From<RegistryError> for SeedError {
    fn from(error: RegistryError) -> Self {
        Self::Issue(error.into())
    }
}

impl Session {
    /// Issues `seed.certificates` certificates of distinct keys and names, none of them expired, and revokes some. `watch` hears how many are done.
    ///
    /// # Errors
    /// When the registry cannot be written; batches written before stay.
    pub fn seed(&self, seed: &Seed, watch: &dyn Watch) -> Result<(), SeedError> {
        let mut authorities = Vec::new();
        for number in 1..=seed.authorities {
            authorities.push(self.create_authority(&NewAuthority {
                name: format!("Seed CA {number}"),
                subject:
                    DistinguishedName::parse(&format!("/O=Seed/CN=Seed CA {number}")).map_err(|error| SeedError::Name(error.to_string()))?,
                parent: None,
                key: Some(KeySpec::EcP256),
                lifetime: Lifetime::ProfileDefault,
                path_length: None,
                constraints: NameConstraints::default(),
                addresses: Addresses { crl_urls: vec![format!("http://crl.seed.test/{number}.crl")], ..Addresses::default() },
            })?);
        }
        // Every core prepares and signs a batch of its own; the registry takes them one after the other, each in whole transactions.
        let (next, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
        std::thread::scope(|scope| {
            let (told, heard) = mpsc::channel();
            let (next, stopped, authorities) = (&next, &stopped, authorities.as_slice());
            for _ in 0..workers {
                let told = told.clone();
                scope.spawn(move || {
                    while !stopped.load(Ordering::Relaxed) {
                        let first = next.fetch_add(BATCH, Ordering::Relaxed);
                        if first >= seed.certificates {
                            return;
                        }
                        let outcome = self.seed_and_revoke(authorities, seed, first);
                        stopped.fetch_or(outcome.is_err(), Ordering::Relaxed);
                        if told.send(outcome).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(told);
            let mut done = 0;
            // After a failure the others finish their batches, and the first failure is told.
            heard.into_iter().try_for_each(|outcome| {
                done += outcome?;
                watch.progress(done, seed.certificates);
                if watch.cancelled() {
                    stopped.store(true, Ordering::Relaxed);
                    return Err(SeedError::Cancelled);
                }
                Ok(())
            })
        })
    }

    /// Issues the batch that begins with certificate number `first`, and revokes those of it that are to be revoked; tells how many it was.
    fn seed_and_revoke(&self, authorities: &[AuthorityId], seed: &Seed, first: u64) -> Result<u64, SeedError> {
        let count = BATCH.min(seed.certificates - first);
        let ids = self.seed_batch(authorities, first, count)?;
        let revoked = seed.revoked.saturating_sub(first).min(count);
        let revoked: Vec<_> = ids.into_iter().take(usize::try_from(revoked).unwrap_or(usize::MAX)).collect();
        if !revoked.is_empty() {
            self.revoke(&revoked, &RevocationWish { reason: RevocationReason::Superseded, invalidity_date: None, note: None })?;
        }
        Ok(count)
    }

    fn seed_batch(&self, authorities: &[AuthorityId], first: u64, count: u64) -> Result<Vec<CertificateId>, SeedError> {
        let now = self.now();
        let issuers = self.registry().read(|tx| {
            authorities
                .iter()
                .map(|id| Ok(IssuingAuthority::load(tx, *id, Duty::Certificates, now)?.map_err(IssueError::from)?))
                .collect::<Result<Vec<_>, SeedError>>()
        })?;
        let mut signers = Vec::new();
        for issuer in &issuers {
            signers.push(issuer.signer(self.keystore().as_ref()).map_err(IssueError::from)?);
        }
        let profiles = [Profile::tls_server(), Profile::tls_client()];
        let mut batch = Vec::new();
        for number in first..first + count {
            let turn = usize::try_from(number).unwrap_or(0);
            let (Some(place), Some(profile)) = (turn.checked_rem(issuers.len()), profiles.get(turn % profiles.len())) else { continue };
            let Some(issuer) = issuers.get(place) else { continue };
            let name = format!("host-{number:07}.team-{}.seed.test", number % 97);
            let key = PrivateKey::generate(KeySpec::EcP256).map_err(IssueError::from)?;
            let names = vec![GeneralName::parse(&format!("dns:{name}")).map_err(|error| SeedError::Name(error.to_string()))?];
            let request = IssuanceRequest {
                profile,
                subject: None,
                names: names.clone(),
                public_key: key.public_key(),
                serial: SerialNumber::from_entropy(random(self.host().entropy.as_ref()).map_err(IssueError::from)?),
                now,
                // Endings spread over the year, never in one second.
                lifetime: Lifetime::Until(
                    now + Duration::days(30) + Duration::seconds(i64::try_from(number.wrapping_mul(7_919) % 31_000_000).unwrap_or(0)),
                ),
                path_length: None,
                name_constraints: NameConstraints::default(),
                addresses: issuer.addresses(CertificateKind::Leaf, None, &names),
                must_staple: false,
                requested: &[],
                extensions: Vec::new(),
                policy: None,
                subject_key_id: None,
            };
            let prepared = prepare(&request, issuer.side()).map_err(IssueError::from)?;
            let intent = self.intent_for(issuer, &prepared, now).map_err(IssueError::from)?;
            batch.push((place, profile, prepared, intent));
        }
        NewIntent::put_in_order(batch.iter_mut().map(|(.., intent)| intent));
        self.change(|tx| batch.iter().try_for_each(|(.., intent)| tx.open_intent(intent)))?;
        let mut signed = Vec::new();
        for (place, profile, prepared, intent) in batch {
            let (Some(issuer), Some(signer)) = (issuers.get(place), signers.get(place)) else { continue };
            let findings = prepared.findings().to_vec();
            let certificate = prepared.sign(signer.as_ref()).map_err(IssueError::from)?;
            signed.push((issued_row(&certificate, issuer, profile, &findings, now), intent.id));
        }
        self.change(|tx| {
            let mut ids = Vec::new();
            for (row, intent) in &signed {
                let id = tx.insert_certificate(row)?;
                tx.finish_intent(*intent, &id.to_string(), now)?;
                ids.push(id);
            }
            tx.append_audit(&self.event("seed.issued", &self.id().to_string(), json!({ "certificates": ids.len(), "first": first })))?;
            Ok(ids)
        })
    }
}
