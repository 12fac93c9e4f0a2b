//! Does what the plan says: CA keys are staged and proved in the keystore, then everything is recorded in one transaction.

use std::collections::HashMap;

use pki::crl::Crl;
use pki::{Certificate, Fingerprint, PublicKey};
use serde_json::json;
use time::OffsetDateTime;

use super::foreign_crl::{adopt, take_crl};
use super::gather::gather;
use super::plan::{Plan, PlannedIssuer, plan};
use super::{ImportError, ImportWish, ObjectKind, Outcome, Report};
use crate::issuer::CROSS_CERTIFICATE;
use crate::key_staging::make_ready;
use crate::registry::{
    AuthorityId, AuthorityKind, AuthorityRow, CertificateFacts, CertificateId, CertificateRow, GenerationId, IssueRecord, KeyLocation,
    KeyRowId, KeyState, NewCertificate, NewGeneration, NewKey, RegistryError, RequestId, RequestRow, RequestState, Write,
};
use crate::session::{Session, key_ref};
use crate::watch::{Unwatched, Watch};

/// Life of the CRLs of an imported authority in days, until the user says otherwise.
const CRL_DAYS: u32 = 7;
/// Longest life of a CRL that is taken over, in days (BR 4.9.7: twelve months for CAs).
const MOST_CRL_DAYS: u32 = 366;
/// How many certificates are linked to an authority that is recognised late, at once.
const CHILDREN: u32 = 100_000;

/// A key row that is being filled: its id, and whether the row was there before.
struct Staged {
    id: KeyRowId,
    issuer: usize,
    fresh: bool,
}

impl Session {
    /// Says what an import would find and do. Changes nothing.
    ///
    /// # Errors
    /// When a path cannot be read, or a key and a certificate given together do not belong together.
    pub fn plan_import(&self, wish: &ImportWish) -> Result<Report, ImportError> {
        Ok(self.planned(wish, &Unwatched)?.report)
    }

    fn planned(&self, wish: &ImportWish, watch: &dyn Watch) -> Result<Plan, ImportError> {
        let input = gather(wish, watch)?;
        self.registry().read(|tx| plan(tx, input, wish.without_keys))
    }

    /// Takes everything that can be taken, in one transaction. `watch` hears of files read and then of certificates recorded, and may stop it.
    ///
    /// # Errors
    /// As [`Session::plan_import`]; when something is locked and no password opens it; when the keystore refuses a CA key. Nothing was taken then.
    pub fn import(&self, wish: &ImportWish, watch: &dyn Watch) -> Result<Report, ImportError> {
        let mut plan = self.planned(wish, watch)?;
        if !plan.report.locked.is_empty() {
            return Err(ImportError::PasswordWanted { paths: plan.report.locked_paths(), given: !wish.passwords.is_empty() });
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
            book.crls(plan)?;
            tx.append_audit(&self.event(
                "import.done",
                &self.id().to_string(),
                json!({
                    "certificates": plan.report.count(ObjectKind::Certificate, &Outcome::New), "keys": plan.report.count(ObjectKind::Key, &Outcome::New),
                    "requests": plan.report.count(ObjectKind::Request, &Outcome::New), "crls": plan.report.count(ObjectKind::Crl, &Outcome::New),
                    "revocations": plan.report.revocations,
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
    let mut plan = Plan::default();
    for (place, certificate) in above.iter().enumerate() {
        if tx.certificate_by_fingerprint(&certificate.fingerprint())?.is_none() {
            plan.certificates.push((place, certificate.clone()));
        }
        let (key, certificates) = (certificate.public_key().clone(), vec![certificate.clone()]);
        plan.issuers.push(PlannedIssuer { key, certificates, private: None });
    }
    let mut book = Book { session, tx, watch: &Unwatched, now, issuers: HashMap::new(), made: Vec::new() };
    for issuer in &plan.issuers {
        book.authority(issuer)?;
    }
    book.certificates(&mut plan)?;
    book.link_children(&plan)?;
    let rows = plan.certificates.iter().map(|(_, certificate)| tx.certificate_by_fingerprint(&certificate.fingerprint()));
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().map(|row| row.id).collect())
}

/// One import being written.
pub(super) struct Book<'a, 'tx> {
    session: &'a Session,
    pub(super) tx: &'a Write<'tx>,
    watch: &'a dyn Watch,
    now: OffsetDateTime,
    /// Authority and generation of each issuing key that has one.
    issuers: HashMap<Fingerprint, (AuthorityId, GenerationId)>,
    /// Keys of the issuers that were written so far, for links between them.
    pub(super) made: Vec<(PublicKey, Option<AuthorityId>)>,
}

impl Book<'_, '_> {
    /// The authority of a key: the one there is, or a new one under the parent that signed it.
    fn authority(&mut self, issuer: &PlannedIssuer) -> Result<(), ImportError> {
        let fingerprint = issuer.key.fingerprint();
        if self.signer(&fingerprint)?.is_some() {
            return Ok(());
        }
        let Some(foremost) = self.foremost_of(issuer)? else { return Ok(()) };
        let newest = &foremost;
        let key = match self.tx.key_by_fingerprint(&fingerprint)? {
            Some(row) => row.key.id,
            None => self.absent_key(issuer, newest)?,
        };
        let same_name = self.tx.authorities_with_issuer_name(newest.subject())?;
        let (authority, number) = match same_name.first() {
            Some(row) => (row.id, self.tx.generations(row.id)?.iter().map(|row| row.generation.number).max().unwrap_or(0) + 1),
            None => (self.new_authority(newest, issuer)?, 1),
        };
        let generation = GenerationId::new(self.now, self.session.id_entropy()?);
        // A second key under one name: the one that was there goes on being the one that issues.
        self.tx.insert_generation(&NewGeneration { id: generation, authority, number, key, current: number == 1, created_at: self.now })?;
        self.issuers.insert(fingerprint, (authority, generation));
        self.made.push((issuer.key.clone(), same_name.is_empty().then_some(authority)));
        Ok(())
    }

    fn absent_key(&self, issuer: &PlannedIssuer, newest: &Certificate) -> Result<KeyRowId, ImportError> {
        let id = KeyRowId::new(self.now, self.session.id_entropy()?);
        self.tx.insert_key(&NewKey {
            id,
            spki: issuer.key.spki_der().to_vec(),
            fingerprint: issuer.key.fingerprint(),
            key_kind: issuer.key.algorithm().kind(),
            location: KeyLocation::Elsewhere,
            state: KeyState::Ready,
            label: newest.display_name(),
            sealed_recovery: None,
            sealed_private: None,
            created_at: self.now,
        })?;
        Ok(id)
    }

    fn new_authority(&mut self, newest: &Certificate, issuer: &PlannedIssuer) -> Result<AuthorityId, ImportError> {
        let id = AuthorityId::new(self.now, self.session.id_entropy()?);
        // Issuers come in the order of their depth, so a parent in the same import was written a moment ago.
        let above = self.made.iter().map(|(key, _)| key).find(|key| **key != issuer.key && newest.signed_by(key).is_valid());
        let above = above.map(PublicKey::fingerprint);
        let found = match above {
            Some(key) => Some(key),
            None => self.issuer_key(newest)?,
        };
        let parent = match found {
            Some(key) if key != issuer.key.fingerprint() => self.signer(&key)?.map(|(authority, _)| authority),
            _ => None,
        };
        let name = self.unique_name(newest)?;
        self.tx.insert_authority(&AuthorityRow {
            id,
            name: name.clone(),
            parent,
            kind: AuthorityKind::Imported,
            retired: false,
            issuer_name: newest.subject().clone(),
            crl_urls: Vec::new(),
            issuer_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            crl_days: CRL_DAYS,
            delta: false,
            partitions: 0,
            split: false,
            created_at: self.now,
        })?;
        self.tx.append_audit(&self.session.event(
            "authority.imported",
            &id.to_string(),
            json!({ "name": name, "fingerprint": newest.fingerprint().to_string(), "keyHeld": issuer.private.is_some() }),
        ))?;
        Ok(id)
    }

    /// The CN, else the whole subject, made unique by ` (2)`.
    fn unique_name(&self, certificate: &Certificate) -> Result<String, RegistryError> {
        let subject = certificate.subject();
        let base = subject.common_name().unwrap_or_else(|| subject.rfc4514());
        let mut name = base.clone();
        let mut count = 1;
        while self.tx.authority_named(&name)?.is_some() {
            count += 1;
            name = format!("{base} ({count})");
        }
        Ok(name)
    }

    /// Authority and generation of an issuing key, new or old.
    pub(super) fn signer(&mut self, key: &Fingerprint) -> Result<Option<(AuthorityId, GenerationId)>, RegistryError> {
        if let Some(found) = self.issuers.get(key) {
            return Ok(Some(*found));
        }
        let Some(row) = self.tx.key_by_fingerprint(key)? else { return Ok(None) };
        let Some(generation) = self.tx.generation_of_key(row.key.id)? else { return Ok(None) };
        let found = (generation.generation.authority, generation.generation.id);
        self.issuers.insert(*key, found);
        Ok(Some(found))
    }

    /// The key that verifies a certificate, its own included.
    fn issuer_key(&self, certificate: &Certificate) -> Result<Option<Fingerprint>, RegistryError> {
        if certificate.is_self_signed() {
            return Ok(Some(certificate.public_key().fingerprint()));
        }
        Ok(self.tx.issuer_of(certificate)?.map(|link| link.row.facts.key_fingerprint))
    }

    /// CA certificates first, so that the links of the others are found, and of these the roots' own.
    fn certificates(&mut self, plan: &mut Plan) -> Result<(), ImportError> {
        let mut order: Vec<_> = plan.certificates.iter().collect();
        order.sort_by_key(|(_, certificate)| (!certificate.is_authority(), !certificate.is_self_signed()));
        let mut ids = Vec::new();
        let total = u64::try_from(order.len()).unwrap_or(0);
        for (done, (place, certificate)) in (0..).zip(order) {
            self.watch.progress(done, total);
            if self.watch.cancelled() {
                return Err(ImportError::Cancelled);
            }
            ids.push((*place, self.certificate(certificate)?));
        }
        // What was inserted before its issuer is linked now; roots come in any order.
        let inserted: Vec<_> = ids.iter().map(|(_, id)| *id).collect();
        for id in inserted {
            let Some(row) = self.tx.certificate(id)? else { continue };
            if row.record.issuer_key.is_none() || row.record.generation.is_none() {
                self.link(&row)?;
            }
            if let Some(linked) = self.tx.certificate(id)? {
                adopt(self.tx, &linked, self.now)?;
            }
        }
        self.settle_lines()?;
        for (place, id) in ids {
            if let Some(item) = plan.report.items.get_mut(place) {
                item.id = Some(id.to_string());
            }
        }
        Ok(())
    }

    fn certificate(&mut self, certificate: &Certificate) -> Result<CertificateId, ImportError> {
        let issuer_key = self.issuer_key(certificate)?;
        let signer = match &issuer_key {
            Some(key) => self.signer(key)?,
            None => None,
        };
        let held = self.tx.key_by_fingerprint(&certificate.public_key().fingerprint())?;
        let held = held.is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere);
        let beside = self.beside_the_line(certificate, issuer_key.as_ref())?;
        Ok(self.tx.insert_certificate(&NewCertificate {
            facts: CertificateFacts::of(certificate),
            record: IssueRecord {
                authority: signer.map(|(authority, _)| authority),
                generation: signer.map(|(_, generation)| generation),
                issuer_key,
                key_held: held,
                profile: beside.then(|| CROSS_CERTIFICATE.to_owned()),
                profile_version: None,
                policy_version: None,
                issued_at: certificate.validity().not_before().min(self.now),
                imported: true,
                findings: None,
            },
            der: certificate.der().to_vec(),
        })?)
    }

    fn link(&mut self, row: &CertificateRow) -> Result<(), ImportError> {
        let certificate = self.tx.certificate_of(row)?;
        let Some(key) = self.issuer_key(&certificate)? else { return Ok(()) };
        let signer = self.signer(&key)?;
        self.tx.set_issuer(row.id, &key, signer)?;
        Ok(())
    }

    /// A new authority goes on as it did elsewhere: with the addresses that its newest certificate names, and CRLs of the life of its last one.
    fn settings(&mut self, plan: &Plan) -> Result<(), ImportError> {
        for (key, authority) in self.made.clone() {
            let Some(mut row) = authority.map(|id| self.tx.authority(id)).transpose()?.flatten() else { continue };
            let issued = plan.certificates.iter().map(|(_, certificate)| certificate);
            let issued = issued.filter(|certificate| {
                certificate.issuer() == &row.issuer_name && !certificate.is_self_issued() && certificate.signed_by(&key).is_valid()
            });
            if let Some(newest) = issued.max_by_key(|certificate| certificate.validity().not_before()) {
                let addresses = newest.addresses();
                (row.crl_urls, row.issuer_urls, row.ocsp_urls) = (addresses.crl_urls, addresses.issuer_urls, addresses.ocsp_urls);
            }
            let signed = plan.crls.iter().filter(|(.., signer)| *signer == key.fingerprint()).map(|(_, crl, _)| crl);
            if let Some((from, Some(until))) = signed.max_by_key(|crl| crl.this_update()).map(|crl| (crl.this_update(), crl.next_update()))
            {
                row.crl_days = u32::try_from((until - from).whole_days()).unwrap_or(CRL_DAYS).clamp(1, MOST_CRL_DAYS);
            }
            self.tx.update_authority(&row)?;
        }
        Ok(())
    }

    /// Certificates that were here before their issuer was known, or was an authority.
    fn link_children(&mut self, plan: &Plan) -> Result<(), ImportError> {
        for issuer in &plan.issuers {
            for ca in &issuer.certificates {
                let mut rows = self.tx.certificates_without_issuer(ca.subject())?;
                if let Some(parent) = self.tx.certificate_by_fingerprint(&ca.fingerprint())? {
                    rows.extend(self.tx.children(&parent, CHILDREN)?.into_iter().filter(|row| row.record.generation.is_none()));
                }
                for row in rows {
                    self.link(&row)?;
                    self.adopt(&row, &issuer.key.fingerprint())?;
                }
            }
        }
        Ok(())
    }

    /// Certificates whose private key came along.
    fn key_holders(&self, kept: &[NewKey]) -> Result<(), RegistryError> {
        for key in kept {
            for row in self.tx.certificates_of_key(&key.fingerprint)? {
                self.tx.set_key_held(row.id, true)?;
            }
        }
        Ok(())
    }

    fn requests(&self, plan: &mut Plan) -> Result<(), ImportError> {
        for (place, request) in &plan.requests {
            let id = RequestId::new(self.now, self.session.id_entropy()?);
            let answered = self.tx.certificates_of_key(&request.public_key().fingerprint())?.first().map(|row| row.id);
            self.tx.insert_request(&RequestRow {
                state: if answered.is_some() { RequestState::Issued } else { RequestState::Open },
                certificate: answered,
                ..RequestRow::received(id, request, self.now)
            })?;
            if let Some(item) = plan.report.items.get_mut(*place) {
                item.id = Some(id.to_string());
            }
        }
        Ok(())
    }

    fn crls(&mut self, plan: &Plan) -> Result<(), ImportError> {
        let mut order: Vec<_> = plan.crls.iter().collect();
        order.sort_by(|(_, one, _), (_, other, _)| one.number().cmp(&other.number()));
        for (_, crl, signer) in order {
            let Some((authority, generation)) = self.signer(signer)? else { continue };
            self.crl(crl, authority, generation)?;
        }
        Ok(())
    }

    /// Records a CRL that was issued elsewhere, its number as a floor, and its entries as revocations.
    fn crl(&self, crl: &Crl, authority: AuthorityId, generation: GenerationId) -> Result<(), RegistryError> {
        take_crl(self.tx, crl, authority, generation, self.now).map(drop)
    }
}
