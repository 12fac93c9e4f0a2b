//! Does what the plan says: CA keys are staged and proved in the keystore, then everything is recorded in one transaction.

use std::collections::HashMap;

use pki::Certificate;
use serde_json::json;
use time::OffsetDateTime;

use super::book::Book;
use super::gather::gather;
use super::issuers::PlannedIssuer;
use super::links::{Fresh, Signers, linked};
use super::plan::{Plan, plan};
use super::{ImportError, ImportWish, ObjectKind, Outcome, Report};
use crate::key_staging::make_ready;
use crate::registry::{CertificateId, KeyRowId, KeyState, NewKey, RegistryError, Write};
use crate::session::{Session, key_ref};
use crate::watch::{Unwatched, Watch};

/// Sources that the log names; a thousand files are counted.
const SOURCES_NAMED: usize = 50;

/// A key row that is being filled: its id, and whether the row was there before.
struct Staged {
    id: KeyRowId,
    issuer: usize,
    fresh: bool,
}

impl Session {
    /// Says what an import would find and do. Changes nothing. `watch` hears of KiB read, then of certificates linked, and may stop it.
    ///
    /// # Errors
    /// When a path cannot be read, or a key and a certificate given together do not belong together.
    pub fn plan_import(&self, wish: &ImportWish, watch: &dyn Watch) -> Result<Report, ImportError> {
        Ok(self.planned(wish, watch)?.report)
    }

    fn planned(&self, wish: &ImportWish, watch: &dyn Watch) -> Result<Plan, ImportError> {
        let input = gather(wish, watch)?;
        self.registry().read(|tx| plan(tx, input, wish.without_keys, watch))
    }

    /// Takes everything that can be taken, in one transaction. `watch` hears of KiB read, of certificates linked and of those recorded, and may stop it.
    /// Where the registry has all of it already, nothing is written.
    ///
    /// # Errors
    /// As [`Session::plan_import`]; when something is locked and no password opens it; when the keystore refuses a CA key. Nothing was taken then.
    pub fn import(&self, wish: &ImportWish, watch: &dyn Watch) -> Result<Report, ImportError> {
        let mut plan = self.planned(wish, watch)?;
        if !plan.report.locked.is_empty() {
            return Err(ImportError::PasswordWanted { paths: plan.report.locked_paths(), given: !wish.passwords.is_empty() });
        }
        if plan.is_done {
            return Ok(plan.report);
        }
        if self.registry().read_only() {
            return Err(RegistryError::ReadOnly.into());
        }
        let now = self.now();
        if plan.issuers.iter().any(|issuer| issuer.private.is_some()) && !self.recovery_decided()? {
            return Err(ImportError::RecoveryUndecided);
        }
        let staged = self.stage_keys(&plan, now)?;
        let taken = self.fill_keystore(&plan, &staged).and_then(|()| self.record(&mut plan, &staged, watch, now));
        self.registry().release_memory();
        if let Err(error) = taken {
            self.unstage(&staged)?;
            return Err(error);
        }
        Ok(plan.report)
    }

    /// Commits a staging row for every CA key, before the keystore is touched.
    fn stage_keys(&self, plan: &Plan, now: OffsetDateTime) -> Result<Vec<Staged>, ImportError> {
        let mut staged = Vec::new();
        let mut rows = Vec::new();
        for (place, issuer) in plan.issuers.iter().enumerate() {
            if issuer.private.is_none() {
                continue;
            }
            let existing = match self.registry().read(|tx| tx.key_by_fingerprint(&issuer.key.fingerprint()))? {
                // Whoever has given it up may be removing it right now: its name is not used again.
                Some(row) if row.key.state == KeyState::Deleting => {
                    self.discard(&row)?;
                    None
                }
                existing => existing,
            };
            let id = match &existing {
                Some(row) => row.key.id,
                None => KeyRowId::new(now, self.id_entropy()?),
            };
            if existing.is_none() {
                rows.push(NewKey {
                    id,
                    spki: issuer.key.spki_der().to_vec(),
                    fingerprint: issuer.key.fingerprint(),
                    key_kind: issuer.key.algorithm().kind(),
                    location: self.key_location(),
                    state: KeyState::Staging,
                    label: issuer.certificates.last().map_or_else(String::new, Certificate::display_name),
                    sealed_recovery: None,
                    sealed_private: None,
                    created_at: now,
                });
            }
            staged.push(Staged { id, issuer: place, fresh: existing.is_none() });
        }
        if !rows.is_empty() {
            self.change(|tx| {
                self.check_keys_stay(tx)?;
                for row in &rows {
                    tx.insert_key(row)?;
                    tx.append_audit(&self.event(
                        "key.staged",
                        &row.id.to_string(),
                        json!({ "label": row.label, "kind": row.key_kind, "from": "import" }),
                    ))?;
                }
                Ok::<_, RegistryError>(())
            })?;
        }
        Ok(staged)
    }

    fn fill_keystore(&self, plan: &Plan, staged: &[Staged]) -> Result<(), ImportError> {
        for key in staged {
            let Some(issuer) = plan.issuers.get(key.issuer) else { continue };
            let Some((_, private)) = issuer.private.and_then(|place| plan.keys.get(place)) else { continue };
            let label = issuer.certificates.last().map_or_else(String::new, Certificate::display_name);
            self.keystore().store(&key_ref(key.id)?, &label, private)?;
        }
        if !staged.is_empty() {
            self.keystore().sync()?;
        }
        Ok(())
    }

    /// Takes back what was staged: nothing refers to it.
    fn unstage(&self, staged: &[Staged]) -> Result<(), ImportError> {
        for key in staged.iter().filter(|key| key.fresh) {
            self.give_up_staged(key.id, |_| Ok(()))?;
        }
        Ok(())
    }

    fn record(&self, plan: &mut Plan, staged: &[Staged], watch: &dyn Watch, now: OffsetDateTime) -> Result<(), ImportError> {
        let kept = self.kept_keys(plan, now)?;
        let location = self.key_location();
        let mut copies = Vec::new();
        for key in staged {
            let Some(issuer) = plan.issuers.get(key.issuer) else { continue };
            copies.push((key.id, self.recovery_copy(&key_ref(key.id)?, &issuer.key)?));
        }
        self.change(|tx| {
            for (id, copy) in &copies {
                if !copy.record(tx, *id)? {
                    // The recovery file was replaced since: it could not bring this key back.
                    return Err(RegistryError::Busy.into());
                }
            }
            for key in staged {
                let before = tx.key(key.id)?.map(|row| row.key.state);
                if !key.fresh && before == Some(KeyState::Ready) {
                    tx.set_key_state(key.id, KeyState::Ready, now)?;
                } else {
                    make_ready(tx, key.id, None, now)?;
                }
                tx.set_key_location(key.id, location)?;
            }
            let mut book = Book { session: self, tx, watch, now, issuers: HashMap::new(), made: Vec::new() };
            for issuer in &plan.issuers {
                book.authority(issuer)?;
            }
            book.certificates(plan)?;
            book.settings(plan)?;
            book.link_children(plan)?;
            for row in &kept {
                tx.insert_key(row)?;
            }
            book.key_holders(&kept)?;
            book.requests(plan)?;
            book.revocations(plan)?;
            book.crls(plan)?;
            book.floors(plan)?;
            book.profiles(plan)?;
            tx.append_audit(&self.event(
                "import.done",
                &self.id().to_string(),
                json!({
                    "certificates": plan.report.count(ObjectKind::Certificate, &Outcome::New), "keys": plan.report.count(ObjectKind::Key, &Outcome::New),
                    "requests": plan.report.count(ObjectKind::Request, &Outcome::New), "crls": plan.report.count(ObjectKind::Crl, &Outcome::New),
                    "revocations": plan.report.revocations, "profiles": plan.profiles.len(),
                    "sources": plan.report.sources.iter().take(SOURCES_NAMED).map(|source| json!({ "kind": source.kind.as_str(), "path": source.path })).collect::<Vec<_>>(),
                }),
            ))?;
            Ok(())
        })
    }

    /// Keys that are no authority's, sealed under the key that the keystore holds.
    fn kept_keys(&self, plan: &Plan, now: OffsetDateTime) -> Result<Vec<NewKey>, ImportError> {
        let authority = |place: usize| plan.issuers.iter().any(|issuer| issuer.private == Some(place));
        let leaves = plan.keys.iter().enumerate().filter(|(place, _)| !authority(*place));
        let label = |item: usize| plan.report.items.get(item).map_or_else(String::new, |item| item.object.clone());
        leaves.map(|(_, (item, key))| Ok(self.kept_key(label(*item), key, now)?)).collect()
    }
}

/// Takes certificates of authorities above one of ours that came with its certificate, the topmost first: each becomes an authority whose key is
/// elsewhere, unless it is one already. What comes back are those that were not here before.
pub(crate) fn take_issuers(session: &Session, tx: &Write<'_>, above: &[Certificate]) -> Result<Vec<CertificateId>, ImportError> {
    let now = session.now();
    let mut plan = Plan { had_certificates: true, ..Plan::default() };
    let (mut fresh, mut signers) = (Vec::new(), Signers::default());
    for (place, certificate) in above.iter().enumerate() {
        signers.add(certificate);
        if tx.certificate_by_fingerprint(&certificate.fingerprint())?.is_none() {
            fresh.push(Fresh { place, certificate: certificate.clone(), note: None });
        }
        let (key, certificates) = (certificate.public_key().clone(), vec![certificate.clone()]);
        plan.issuers.push(PlannedIssuer { key, certificates, private: None });
    }
    signers.add_from_registry(tx, &fresh)?;
    plan.certificates = linked(&signers, fresh, &Unwatched)?;
    let mut book = Book { session, tx, watch: &Unwatched, now, issuers: HashMap::new(), made: Vec::new() };
    for issuer in &plan.issuers {
        book.authority(issuer)?;
    }
    book.certificates(&mut plan)?;
    book.link_children(&plan)?;
    let rows = plan.certificates.iter().map(|new| tx.certificate_by_fingerprint(&new.facts.fingerprint));
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().map(|row| row.id).collect())
}
