//! Recording certificates and what happens to them, with everything that lists, searches and counts need.

use pki::{Fingerprint, RevocationReason};
use time::OffsetDateTime;

use super::cell::Bound;
use super::certificates::{CertificateState, IssueRecord, NewCertificate, Standing};
use super::counters::Counted;
use super::facts::CertificateFacts;
use super::ids::{AuthorityId, CertificateId, GenerationId};
use super::search::{index_terms, sort_name};
use super::{RegistryError, Write};

/// What a certificate is found by, worked out beforehand: that is a good part of recording one, and needs no registry.
#[derive(Debug, Clone)]
pub struct SearchTerms(String);

impl SearchTerms {
    /// Of a certificate with these columns.
    #[must_use]
    pub fn of(facts: &CertificateFacts) -> Self {
        Self(index_terms(facts))
    }
}

impl Write<'_> {
    /// Records a certificate with everything that lists, searches and counts need.
    ///
    /// # Errors
    /// `AlreadyPresent` if its fingerprint is known, or one of ours has its issuer and serial.
    pub fn insert_certificate(&self, new: &NewCertificate) -> Result<CertificateId, RegistryError> {
        let NewCertificate { facts, record, der } = new;
        self.insert_certificate_with(facts, record, der, &SearchTerms::of(facts))
    }

    /// As [`Write::insert_certificate`], with the terms of these very columns.
    ///
    /// # Errors
    /// As there.
    pub fn insert_certificate_with(
        &self,
        facts: &CertificateFacts,
        record: &IssueRecord,
        der: &[u8],
        terms: &SearchTerms,
    ) -> Result<CertificateId, RegistryError> {
        let id = self.next_certificate_id(record.issued_at)?;
        let sorted = sort_name(&facts.display_name);
        let sql = "INSERT INTO certificates (id, authority, generation, kind, class, serial, issuer_hash, fingerprint, subject_key_id, authority_key_id, issuer_key, subject, issuer, \
            display_name, sort_name, names, not_before, not_after, key_kind, key_fingerprint, key_held, profile, profile_version, policy_version, issued_at, imported, findings) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)";
        self.execute(
            sql,
            &[
                &Bound(&id),
                &Bound(&record.authority),
                &Bound(&record.generation),
                &Bound(&facts.kind),
                &Bound(&facts.class),
                &Bound(&facts.serial),
                &Bound(&facts.issuer_hash()),
                &Bound(&facts.fingerprint),
                &Bound(&facts.subject_key_id),
                &Bound(&facts.authority_key_id),
                &Bound(&record.issuer_key),
                &Bound(&facts.subject),
                &Bound(&facts.issuer),
                &facts.display_name,
                &sorted,
                &Bound(&facts.names),
                &Bound(&facts.not_before),
                &Bound(&facts.not_after),
                &facts.key_kind,
                &Bound(&facts.key_fingerprint),
                &record.key_held,
                &record.profile,
                &record.profile_version,
                &record.policy_version,
                &Bound(&record.issued_at),
                &record.imported,
                &Bound(&record.findings),
            ],
        )?;
        self.execute("INSERT INTO certificate_ders (certificate, der) VALUES (?1, ?2)", &[&Bound(&id), &der])?;
        self.index_under(id, facts, terms)?;
        let counted = Counted {
            authority: record.authority,
            kind: facts.kind,
            class: facts.class,
            not_after: facts.not_after,
            standing: Standing::Good,
            archived: false,
        };
        self.count(&counted, 1)?;
        self.place(id, facts.not_after, &sorted, 1)?;
        Ok(id)
    }

    /// Writes the names and words that a certificate is found by.
    pub(super) fn index_certificate(&self, id: CertificateId, facts: &CertificateFacts) -> Result<(), RegistryError> {
        self.index_under(id, facts, &SearchTerms::of(facts))
    }

    fn index_under(&self, id: CertificateId, facts: &CertificateFacts, terms: &SearchTerms) -> Result<(), RegistryError> {
        for name in &facts.names {
            self.execute("INSERT INTO certificate_names (name, certificate) VALUES (?1, ?2) ON CONFLICT DO NOTHING", &[name, &Bound(&id)])?;
        }
        self.execute("INSERT INTO certificate_words (rowid, words) VALUES (?1, ?2)", &[&Bound(&id), &terms.0])?;
        Ok(())
    }

    fn next_certificate_id(&self, issued_at: OffsetDateTime) -> Result<CertificateId, RegistryError> {
        let (first, end) = CertificateId::of_second(issued_at);
        let mut pending = self.pending.borrow_mut();
        let next = match pending.last_id {
            Some(last) if (first..end).contains(&last) => last + 1,
            _ => {
                let last = self.number("SELECT max(id) FROM certificates WHERE id >= ?1 AND id < ?2", &[first.into(), end.into()])?;
                if last == 0 { first.max(CertificateId::LEAST) } else { last + 1 }
            }
        };
        if next >= end {
            return Err(RegistryError::Refused {
                detail: format!("more than {} certificates issued in one second", CertificateId::PER_SECOND),
            });
        }
        pending.last_id = Some(next);
        Ok(CertificateId(next))
    }

    /// Applies a change to what has happened to a certificate and keeps counts and positions right.
    fn change_state(&self, id: CertificateId, change: impl FnOnce(&mut CertificateState)) -> Result<(), RegistryError> {
        let before = self.certificate(id)?.ok_or(RegistryError::Missing { table: "certificates", row: id.to_string() })?;
        let mut after = before.clone();
        change(&mut after.state);
        let state = &after.state;
        let sql = "UPDATE certificates SET archived = ?2, standing = ?3, revoked_at = ?4, revocation_reason = ?5, invalidity_date = ?6, superseded_by = ?7 WHERE id = ?1";
        self.execute(
            sql,
            &[
                &Bound(&id),
                &state.archived,
                &Bound(&state.standing),
                &Bound(&state.revoked_at),
                &Bound(&state.reason),
                &Bound(&state.invalidity_date),
                &Bound(&state.superseded_by),
            ],
        )?;
        self.count(&before.counted(), -1)?;
        self.count(&after.counted(), 1)?;
        if before.state.archived != state.archived {
            self.place(id, before.facts.not_after, &sort_name(&before.facts.display_name), if state.archived { -1 } else { 1 })?;
        }
        Ok(())
    }

    /// Puts a certificate away, or back.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn set_archived(&self, id: CertificateId, archived: bool) -> Result<(), RegistryError> {
        self.change_state(id, |state| state.archived = archived)
    }

    /// Records that a certificate is revoked, or with `certificateHold` held. Which changes are lawful is the use case's to decide.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn set_revoked(
        &self,
        id: CertificateId,
        at: OffsetDateTime,
        reason: RevocationReason,
        invalidity_date: Option<OffsetDateTime>,
    ) -> Result<(), RegistryError> {
        self.change_state(id, |state| {
            state.standing = if reason == RevocationReason::CertificateHold { Standing::Held } else { Standing::Revoked };
            state.revoked_at = Some(at);
            state.reason = Some(reason);
            state.invalidity_date = invalidity_date;
        })
    }

    /// Records that a hold is lifted.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn clear_revoked(&self, id: CertificateId) -> Result<(), RegistryError> {
        self.change_state(id, |state| {
            state.standing = if state.superseded_by.is_some() { Standing::Superseded } else { Standing::Good };
            state.revoked_at = None;
            state.reason = None;
            state.invalidity_date = None;
        })
    }

    /// Records a certificate's successor, or with `None` that it has none after all.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn set_superseded(&self, id: CertificateId, successor: Option<CertificateId>) -> Result<(), RegistryError> {
        self.change_state(id, |state| {
            state.superseded_by = successor;
            state.standing = match state.standing {
                Standing::Good | Standing::Superseded if successor.is_some() => Standing::Superseded,
                Standing::Superseded => Standing::Good,
                other => other,
            };
        })
    }

    /// Records the key that verified a certificate's signature, and the authority of ours that holds it.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn set_issuer(
        &self,
        id: CertificateId,
        issuer_key: &Fingerprint,
        signer: Option<(AuthorityId, GenerationId)>,
    ) -> Result<(), RegistryError> {
        let before = self.certificate(id)?.ok_or(RegistryError::Missing { table: "certificates", row: id.to_string() })?;
        let (authority, generation) = signer.unzip();
        self.execute(
            "UPDATE certificates SET issuer_key = ?2, authority = ?3, generation = ?4 WHERE id = ?1",
            &[&Bound(&id), &Bound(issuer_key), &Bound(&authority), &Bound(&generation)],
        )?;
        self.count(&before.counted(), -1)?;
        self.count(&Counted { authority, ..before.counted() }, 1)
    }

    /// Records what profile a certificate follows, or with `None` that none is known.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn set_profile(&self, id: CertificateId, profile: Option<&str>) -> Result<(), RegistryError> {
        self.change("certificates", &id, "UPDATE certificates SET profile = ?2 WHERE id = ?1", &[&Bound(&id), &profile])
    }

    /// Records whether we have a certificate's private key.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn set_key_held(&self, id: CertificateId, held: bool) -> Result<(), RegistryError> {
        self.change("certificates", &id, "UPDATE certificates SET key_held = ?2 WHERE id = ?1", &[&Bound(&id), &held])
    }

    /// Adds a tag, or takes it away.
    ///
    /// # Errors
    /// `Refused` if there is no such certificate.
    pub fn set_tag(&self, id: CertificateId, tag: &str, present: bool) -> Result<(), RegistryError> {
        let sql = if present {
            "INSERT INTO certificate_tags (tag, certificate) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM certificate_tags WHERE tag = ?1 AND certificate = ?2"
        };
        self.execute(sql, &[&tag, &Bound(&id)])?;
        Ok(())
    }
}
