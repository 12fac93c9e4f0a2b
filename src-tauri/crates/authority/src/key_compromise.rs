//! A key that is in other hands: every certificate of it, under whatever authority of this registry, is revoked in one act.

use pki::{Fingerprint, PublicKey, RevocationReason};
use serde_json::json;
use time::OffsetDateTime;

use crate::registry::{AuthorityId, CertificateKind, CertificateRow, Read, RegistryError};
use crate::revoke::{RevocationWish, RevokeError, sharpens};
use crate::session::Session;

/// What becomes of a certificate of a compromised key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompromiseOutcome {
    /// It is revoked.
    Revoked,
    /// It is held or revoked for another reason, which is sharpened.
    Sharpened,
    /// It is revoked for this reason already.
    Known,
    /// No authority of this registry issued it: whoever did must be told.
    NotOurs,
}

/// One certificate of a compromised key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompromisedCertificate {
    /// Its row, as it was before.
    pub row: CertificateRow,
    /// What becomes of it.
    pub outcome: CompromiseOutcome,
}

/// A key that may be in other hands, however its certificates write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspectKey {
    /// SHA-256 of the `SubjectPublicKeyInfo` by which it was named.
    pub fingerprint: Fingerprint,
    forms: Vec<Fingerprint>,
    /// The bits of a point: certificates may spell out its curve in more ways than can be listed.
    point: Option<Vec<u8>>,
}

impl From<&PublicKey> for SuspectKey {
    fn from(key: &PublicKey) -> Self {
        let point = key.algorithm().kind().starts_with("ec-").then(|| key.key_bits().to_vec());
        Self { fingerprint: key.fingerprint(), forms: key.fingerprints(), point }
    }
}

impl SuspectKey {
    /// A key of which only the fingerprint is known.
    #[must_use]
    pub fn of_fingerprint(fingerprint: Fingerprint) -> Self {
        Self { fingerprint, forms: vec![fingerprint], point: None }
    }

    /// Its certificates, oldest first.
    fn certificates(&self, tx: &Read<'_>) -> Result<Vec<CertificateRow>, RegistryError> {
        let mut rows = Vec::new();
        for form in &self.forms {
            rows.extend(tx.certificates_of_key(form)?);
        }
        if let Some(point) = &self.point {
            for row in tx.certificates_with_explicit_curve()? {
                if tx.certificate_of(&row)?.public_key().key_bits() == point.as_slice() {
                    rows.push(row);
                }
            }
        }
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        Ok(rows)
    }
}

/// What the word that a key is compromised does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compromise {
    /// SHA-256 of the key's `SubjectPublicKeyInfo`.
    pub key: Fingerprint,
    /// Every certificate of it, oldest first, however it writes the key.
    pub certificates: Vec<CompromisedCertificate>,
    /// The authorities whose CRLs are stale by it.
    pub stale: Vec<AuthorityId>,
}

impl Compromise {
    /// The certificates that are revoked or sharpened, oldest first: what somebody confirms.
    pub fn acts(&self) -> impl Iterator<Item = &CompromisedCertificate> {
        let acts = |outcome| matches!(outcome, CompromiseOutcome::Revoked | CompromiseOutcome::Sharpened);
        self.certificates.iter().filter(move |certificate| acts(certificate.outcome))
    }
}

impl Session {
    /// Says what [`Session::revoke_key`] would do.
    ///
    /// # Errors
    /// See [`RevokeError`].
    pub fn plan_key_compromise(&self, key: &SuspectKey, wish: &KeyCompromise) -> Result<Compromise, RevokeError> {
        Ok(self.registry().read(|tx| planned(tx, key, wish))?)
    }

    /// Revokes every certificate of a key that authorities of this registry have issued: as `keyCompromise`, an authority's own as `cACompromise`
    /// (RFC 5280 5.3.1). All or none; needs no key. `confirmed`: the plan that somebody has seen.
    ///
    /// # Errors
    /// See [`RevokeError`]; nothing was revoked then. `PlanChanged` where it would revoke anything else than was confirmed.
    pub fn revoke_key(&self, key: &SuspectKey, wish: &KeyCompromise, confirmed: &Compromise) -> Result<Compromise, RevokeError> {
        let now = self.moment_of(&wish.of(CertificateKind::Leaf))?;
        let full = |error: &RevokeError| matches!(error, RevokeError::Registry(RegistryError::Full));
        self.even_on_a_full_disk(full, || {
            self.change(|tx| {
                if let Err(seen) = self.check_clock(tx)? {
                    return Err(RevokeError::ClockWentBack { seen });
                }
                let plan = planned(tx, key, wish)?;
                let same = |certificate: &CompromisedCertificate| (certificate.row.id, certificate.outcome);
                if !plan.acts().map(same).eq(confirmed.acts().map(same)) {
                    return Err(RevokeError::PlanChanged { certificates: plan.acts().count() });
                }
                for certificate in plan.acts() {
                    self.revoke_one(tx, &certificate.row, &wish.of(certificate.row.facts.kind), now)?;
                }
                let count = |outcome| plan.certificates.iter().filter(|certificate| certificate.outcome == outcome).count();
                let mut event = self.event(
                    "key.compromised",
                    &key.fingerprint.to_string(),
                    json!({
                        "fingerprint": key.fingerprint.to_string(), "revoked": count(CompromiseOutcome::Revoked),
                        "sharpened": count(CompromiseOutcome::Sharpened), "notOurs": count(CompromiseOutcome::NotOurs),
                    }),
                );
                event.why.clone_from(&wish.note);
                tx.append_audit(&event)?;
                Ok(plan)
            })
        })
    }
}

/// Since when, and why, for the record.
#[derive(Debug, Clone, Default)]
pub struct KeyCompromise {
    /// When the key came into other hands, RFC 5280 5.3.2; not in the future.
    pub invalidity_date: Option<OffsetDateTime>,
    /// Why it is known.
    pub note: Option<String>,
}

impl KeyCompromise {
    fn of(&self, kind: CertificateKind) -> RevocationWish {
        let reason = match kind {
            CertificateKind::Authority => RevocationReason::CaCompromise,
            CertificateKind::Leaf => RevocationReason::KeyCompromise,
        };
        RevocationWish { reason, invalidity_date: self.invalidity_date, note: self.note.clone() }
    }
}

fn planned(tx: &Read<'_>, key: &SuspectKey, wish: &KeyCompromise) -> Result<Compromise, RegistryError> {
    let rows = key.certificates(tx)?;
    let mut compromise = Compromise { key: key.fingerprint, certificates: Vec::new(), stale: Vec::new() };
    for row in rows {
        let outcome = match (row.record.authority, row.record.generation) {
            (Some(authority), Some(_)) => {
                let outcome = match tx.revocation(&row.facts.issuer, &row.facts.serial)? {
                    None => CompromiseOutcome::Revoked,
                    Some(standing) if sharpens(&standing, &wish.of(row.facts.kind)) => CompromiseOutcome::Sharpened,
                    Some(_) => CompromiseOutcome::Known,
                };
                if outcome != CompromiseOutcome::Known && !compromise.stale.contains(&authority) {
                    compromise.stale.push(authority);
                }
                outcome
            }
            _ => CompromiseOutcome::NotOurs,
        };
        compromise.certificates.push(CompromisedCertificate { row, outcome });
    }
    Ok(compromise)
}
