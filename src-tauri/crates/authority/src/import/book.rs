//! Writes an import: authorities, certificates with their links, what belongs to them. One transaction, begun by whoever has staged the keys.

use std::collections::HashMap;
use std::thread;

use pki::crl::Crl;
use pki::{Certificate, Fingerprint, PublicKey};
use serde_json::json;
use time::OffsetDateTime;

use super::ImportError;
use super::foreign_crl::{adopt, take_crl};
use super::issuers::PlannedIssuer;
use super::links::PlannedCertificate;
use super::plan::Plan;
use super::report::Report;
use crate::issuer::CROSS_CERTIFICATE;
use crate::registry::{
    AuthorityId, AuthorityKind, AuthorityRow, CertificateId, CertificateRow, GenerationId, IssueRecord, KeyLocation, KeyRowId, KeyState,
    NewGeneration, NewKey, RegistryError, RequestId, RequestRow, RequestState, SearchTerms, Write,
};
use crate::session::Session;
use crate::watch::Watch;

/// Life of the CRLs of an imported authority in days, until the user says otherwise.
const CRL_DAYS: u32 = 7;
/// Longest life of a CRL that is taken over, in days (BR 4.9.7: twelve months for CAs).
const MOST_CRL_DAYS: u32 = 366;
/// How many certificates are linked to an authority that is recognised late, at once.
const CHILDREN: u32 = 100_000;
/// Certificates whose words are worked out ahead.
const BATCH: usize = 1_024;
/// From so many on some indexes are made at the end: they fill a good part of the memory that a write has.
const MANY: usize = 8_192;
/// Certificates that are recorded before somebody is asked whether to go on.
const STEP: u64 = 64;

fn terms_of(certificates: &[PlannedCertificate]) -> Vec<SearchTerms> {
    certificates.iter().map(|new| SearchTerms::of(&new.facts)).collect()
}

/// One import being written.
pub(super) struct Book<'a, 'tx> {
    pub(super) session: &'a Session,
    pub(super) tx: &'a Write<'tx>,
    pub(super) watch: &'a dyn Watch,
    pub(super) now: OffsetDateTime,
    /// Authority and generation of each issuing key that has one.
    pub(super) issuers: HashMap<Fingerprint, (AuthorityId, GenerationId)>,
    /// Keys of the issuers that were written so far, for links between them.
    pub(super) made: Vec<(PublicKey, Option<AuthorityId>)>,
}

impl Book<'_, '_> {
    /// The authority of a key: the one there is, or a new one under the parent that signed it.
    pub(super) fn authority(&mut self, issuer: &PlannedIssuer) -> Result<(), ImportError> {
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

    /// CA certificates first, so that what they have signed finds its authority, and of these the roots' own; then the oldest: their ids rise in this order,
    /// and the index of words cuts its pieces short where they do not. The links are in the plan.
    pub(super) fn certificates(&mut self, plan: &mut Plan) -> Result<(), ImportError> {
        plan.certificates.sort_by_key(|new| (new.authority.is_none(), !new.self_signed, new.facts.not_before));
        let revoked_before = self.tx.has_revocations()?;
        let Plan { certificates, report, .. } = plan;
        let mut ids = Vec::with_capacity(certificates.len());
        let total = u64::try_from(certificates.len()).unwrap_or(0);
        let of_authorities = certificates.partition_point(|new| new.authority.is_some());
        let (authorities, leaves) = certificates.split_at_mut(of_authorities);
        self.recorded(authorities, total, report, &mut ids)?;
        if self.are_many(leaves.len())? {
            let (tx, watch) = (self.tx, self.watch);
            tx.with_late_indexes(watch, || self.recorded(leaves, total, report, &mut ids)).map_err(|error| match error {
                ImportError::Registry(RegistryError::Cancelled) => ImportError::Cancelled,
                error => error,
            })?;
        } else {
            self.recorded(leaves, total, report, &mut ids)?;
        }
        if revoked_before {
            for id in ids {
                if let Some(row) = self.tx.certificate(id)? {
                    adopt(self.tx, &row, self.now)?;
                }
            }
        }
        Ok(self.settle_lines()?)
    }

    /// Whether so many come that indexes are cheaper made again than kept: that takes reading what is there already.
    fn are_many(&self, coming: usize) -> Result<bool, RegistryError> {
        if coming < MANY {
            return Ok(false);
        }
        let there: u64 = self.tx.certificate_totals()?.iter().map(|total| total.count).sum();
        Ok(u64::try_from(coming).is_ok_and(|coming| coming >= there))
    }

    /// Records some of `total` certificates, after those that have their `ids`.
    fn recorded(
        &mut self,
        certificates: &mut [PlannedCertificate],
        total: u64,
        report: &mut Report,
        ids: &mut Vec<CertificateId>,
    ) -> Result<(), ImportError> {
        let mut rest = certificates;
        let mut terms = terms_of(rest.get(..BATCH.min(rest.len())).unwrap_or_default());
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at_mut(BATCH.min(rest.len()));
            let next = behind.get(..BATCH.min(behind.len())).unwrap_or_default();
            // While one batch is recorded, another core works out by which words the next is found.
            terms = thread::scope(|scope| {
                let ahead = scope.spawn(|| terms_of(next));
                for (new, terms) in batch.iter_mut().zip(&terms) {
                    let done = u64::try_from(ids.len()).unwrap_or(u64::MAX);
                    if done.is_multiple_of(STEP) {
                        self.watch.progress(done, total);
                        if self.watch.cancelled() {
                            return Err(ImportError::Cancelled);
                        }
                    }
                    let id = self.certificate(new, terms)?;
                    self.note(id, new)?;
                    ids.push(id);
                    if let Some(item) = report.items.get_mut(new.place) {
                        item.id = Some(id.to_string());
                    }
                }
                Ok(ahead.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })?;
            rest = behind;
        }
        Ok(())
    }

    fn certificate(&mut self, new: &mut PlannedCertificate, terms: &SearchTerms) -> Result<CertificateId, ImportError> {
        let signer = match &new.issuer {
            Some(key) => self.signer(key)?,
            None => None,
        };
        let held = self.tx.holds_key(&new.facts.key_fingerprint)?;
        let beside = match &new.authority {
            Some(certificate) => self.beside_the_line(certificate, new.issuer.as_ref())?,
            None => false,
        };
        let record = IssueRecord {
            authority: signer.map(|(authority, _)| authority),
            generation: signer.map(|(_, generation)| generation),
            issuer_key: new.issuer,
            key_held: held,
            profile: beside.then(|| CROSS_CERTIFICATE.to_owned()),
            profile_version: None,
            policy_version: None,
            issued_at: new.facts.not_before.min(self.now),
            imported: true,
            findings: None,
        };
        // Written once: the plan has no use for it after that.
        let der = std::mem::take(&mut new.der);
        Ok(self.tx.insert_certificate_with(&new.facts, &record, &der, terms)?)
    }

    fn link(&mut self, row: &CertificateRow) -> Result<(), ImportError> {
        let certificate = self.tx.certificate_of(row)?;
        let Some(key) = self.issuer_key(&certificate)? else { return Ok(()) };
        let signer = self.signer(&key)?;
        self.tx.set_issuer(row.id, &key, signer)?;
        Ok(())
    }

    /// A new authority goes on as it did elsewhere: with the addresses that its newest certificate names, and CRLs of the life of its last one.
    pub(super) fn settings(&mut self, plan: &Plan) -> Result<(), ImportError> {
        for (key, authority) in self.made.clone() {
            let Some(mut row) = authority.map(|id| self.tx.authority(id)).transpose()?.flatten() else { continue };
            let of_key = key.fingerprint();
            let issued = plan.certificates.iter().filter(|new| new.issuer == Some(of_key) && new.facts.subject != new.facts.issuer);
            if let Some(newest) = issued.filter(|new| new.facts.issuer == row.issuer_name).max_by_key(|new| new.facts.not_before)
                && let Some(newest) = self.tx.certificate_by_fingerprint(&newest.facts.fingerprint)?
            {
                let addresses = self.tx.certificate_of(&newest)?.addresses();
                (row.crl_urls, row.issuer_urls, row.ocsp_urls) = (addresses.crl_urls, addresses.issuer_urls, addresses.ocsp_urls);
            }
            let signed = plan.crls.iter().filter(|(.., signer)| *signer == of_key).map(|(_, crl, _)| crl);
            if let Some((from, Some(until))) = signed.max_by_key(|crl| crl.this_update()).map(|crl| (crl.this_update(), crl.next_update()))
            {
                row.crl_days = u32::try_from((until - from).whole_days()).unwrap_or(CRL_DAYS).clamp(1, MOST_CRL_DAYS);
            }
            if let Some(days) = plan.crl_days.get(&of_key) {
                row.crl_days = *days;
            }
            self.tx.update_authority(&row)?;
        }
        Ok(())
    }

    /// Certificates that were here before their issuer was known, or was an authority.
    pub(super) fn link_children(&mut self, plan: &Plan) -> Result<(), ImportError> {
        // What came in now has its links from the plan.
        let issuers = plan.issuers.iter().filter(|_| plan.had_certificates);
        for issuer in issuers {
            for ca in &issuer.certificates {
                let mut rows = self.tx.certificates_without_issuer(ca.subject())?;
                if let Some(parent) = self.tx.certificate_by_fingerprint(&ca.fingerprint())? {
                    rows.extend(self.tx.children_of_none_of_ours(&parent, CHILDREN)?);
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
    pub(super) fn key_holders(&self, kept: &[NewKey]) -> Result<(), RegistryError> {
        for key in kept {
            for row in self.tx.certificates_of_key(&key.fingerprint)? {
                self.tx.set_key_held(row.id, true)?;
            }
        }
        Ok(())
    }

    pub(super) fn requests(&self, plan: &mut Plan) -> Result<(), ImportError> {
        for (place, request, note) in &plan.requests {
            let id = RequestId::new(self.now, self.session.id_entropy()?);
            let answered = self.tx.certificates_of_key(&request.public_key().fingerprint())?.first().map(|row| row.id);
            self.tx.insert_request(&RequestRow {
                state: if answered.is_some() { RequestState::Issued } else { RequestState::Open },
                certificate: answered,
                note: note.as_ref().map(|note| note.comment.clone()).filter(|comment| !comment.is_empty()),
                ..RequestRow::received(id, request, self.now)
            })?;
            if let Some(item) = plan.report.items.get_mut(*place) {
                item.id = Some(id.to_string());
            }
        }
        Ok(())
    }

    pub(super) fn crls(&mut self, plan: &Plan) -> Result<(), ImportError> {
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
