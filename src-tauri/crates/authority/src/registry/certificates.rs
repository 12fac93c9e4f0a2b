//! Certificates: written once, byte for byte, beside the columns that lists and searches need.

use pki::{DistinguishedName, Fingerprint, KeyId, RevocationReason, SerialNumber};
use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::counters::Counted;
use super::facts::CertificateFacts;
use super::ids::{AuthorityId, CertificateId, GenerationId};
use super::search::sort_name;
use super::{Read, RegistryError};

words! {
    /// What happened to a certificate, apart from time.
    pub enum Standing {
        /// Nothing.
        Good = "good",
        /// Revoked for good.
        Revoked = "revoked",
        /// Revoked for now (certificateHold).
        Held = "held",
        /// A successor was issued.
        Superseded = "superseded",
    }
}

words! {
    /// What a certificate is worth at a moment. The first that fits, in the order revoked, held, superseded, expired, valid.
    pub enum CertificateStatus {
        /// Revoked for good.
        Revoked = "revoked",
        /// On hold.
        Held = "held",
        /// A successor was issued.
        Superseded = "superseded",
        /// Its last second has passed.
        Expired = "expired",
        /// None of these.
        Valid = "valid",
    }
}

impl CertificateStatus {
    /// The condition on `certificates c`, `now` being the parameter with the present time.
    pub(super) fn sql(self, now: &str) -> String {
        match self {
            Self::Revoked => "c.standing = 'revoked'".to_owned(),
            Self::Held => "c.standing = 'held'".to_owned(),
            Self::Superseded => "c.standing = 'superseded'".to_owned(),
            Self::Expired => format!("(c.standing = 'good' AND c.not_after < {now})"),
            Self::Valid => format!("(c.standing = 'good' AND c.not_after >= {now})"),
        }
    }
}

/// How a certificate came into the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRecord {
    /// Our authority that issued it.
    pub authority: Option<AuthorityId>,
    /// The generation whose key signed it; for an authority's own certificate too, this is the signer.
    pub generation: Option<GenerationId>,
    /// SHA-256 of the SubjectPublicKeyInfo that its signature was verified with; `None` while no such key is known.
    pub issuer_key: Option<Fingerprint>,
    /// Whether we have its private key.
    pub key_held: bool,
    /// The profile it was issued under.
    pub profile: Option<String>,
    /// The version of that profile.
    pub profile_version: Option<u32>,
    /// The version of the authority's policy.
    pub policy_version: Option<u32>,
    /// When it was issued; for one taken in, its notBefore.
    pub issued_at: OffsetDateTime,
    /// Whether it was taken in rather than issued here.
    pub imported: bool,
    /// Findings of the checks before signing, with what was accepted (JSON).
    pub findings: Option<serde_json::Value>,
}

/// What has happened to a certificate since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateState {
    /// Whether it is put away.
    pub archived: bool,
    /// What happened to it.
    pub standing: Standing,
    /// When it was revoked or put on hold.
    pub revoked_at: Option<OffsetDateTime>,
    /// Why.
    pub reason: Option<RevocationReason>,
    /// Since when its key is suspect.
    pub invalidity_date: Option<OffsetDateTime>,
    /// Its successor.
    pub superseded_by: Option<CertificateId>,
}

/// A certificate to be recorded. The use case has made sure that facts and DER agree: [`CertificateFacts::of`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// What its columns say.
    pub facts: CertificateFacts,
    /// How it came in.
    pub record: IssueRecord,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// A recorded certificate, without its DER ([`Read::certificate_der`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRow {
    /// Its id.
    pub id: CertificateId,
    /// What its columns say.
    pub facts: CertificateFacts,
    /// How it came in.
    pub record: IssueRecord,
    /// What has happened since.
    pub state: CertificateState,
}

impl CertificateRow {
    /// What the certificate is worth at a moment; notAfter itself is still inside (RFC 5280 4.1.2.5).
    #[must_use]
    pub fn status(&self, now: OffsetDateTime) -> CertificateStatus {
        match self.state.standing {
            Standing::Revoked => CertificateStatus::Revoked,
            Standing::Held => CertificateStatus::Held,
            Standing::Superseded => CertificateStatus::Superseded,
            Standing::Good if self.facts.not_after < now => CertificateStatus::Expired,
            Standing::Good => CertificateStatus::Valid,
        }
    }

    pub(super) fn counted(&self) -> Counted {
        Counted {
            authority: self.record.authority,
            kind: self.facts.kind,
            class: self.facts.class,
            not_after: self.facts.not_after,
            standing: self.state.standing,
            archived: self.state.archived,
        }
    }
}

/// The columns that make a [`CertificateRow`], of `certificates c`.
pub(super) const COLUMNS: &str = "c.id, c.authority, c.generation, c.kind, c.class, c.serial, c.fingerprint, c.subject_key_id, c.authority_key_id, c.issuer_key, c.subject, c.issuer, \
    c.display_name, c.names, c.not_before, c.not_after, c.key_kind, c.key_fingerprint, c.key_held, c.profile, c.profile_version, c.policy_version, c.issued_at, c.imported, \
    c.findings, c.archived, c.standing, c.revoked_at, c.revocation_reason, c.invalidity_date, c.superseded_by";

pub(super) fn certificate_row(cells: &Cells<'_>) -> Result<CertificateRow, RegistryError> {
    Ok(CertificateRow {
        id: cells.get("id")?,
        facts: CertificateFacts {
            kind: cells.get("kind")?,
            class: cells.get("class")?,
            serial: cells.get("serial")?,
            fingerprint: cells.get("fingerprint")?,
            subject_key_id: cells.get("subject_key_id")?,
            authority_key_id: cells.get("authority_key_id")?,
            subject: cells.get("subject")?,
            issuer: cells.get("issuer")?,
            display_name: cells.get("display_name")?,
            names: cells.get("names")?,
            not_before: cells.get("not_before")?,
            not_after: cells.get("not_after")?,
            key_kind: cells.get("key_kind")?,
            key_fingerprint: cells.get("key_fingerprint")?,
        },
        record: IssueRecord {
            authority: cells.get("authority")?,
            generation: cells.get("generation")?,
            issuer_key: cells.get("issuer_key")?,
            key_held: cells.get("key_held")?,
            profile: cells.get("profile")?,
            profile_version: cells.get("profile_version")?,
            policy_version: cells.get("policy_version")?,
            issued_at: cells.get("issued_at")?,
            imported: cells.get("imported")?,
            findings: cells.get("findings")?,
        },
        state: CertificateState {
            archived: cells.get("archived")?,
            standing: cells.get("standing")?,
            revoked_at: cells.get("revoked_at")?,
            reason: cells.get("revocation_reason")?,
            invalidity_date: cells.get("invalidity_date")?,
            superseded_by: cells.get("superseded_by")?,
        },
    })
}

impl Read<'_> {
    fn certificates_where(&self, condition: &str, parameters: &[&dyn rusqlite::ToSql]) -> Result<Vec<CertificateRow>, RegistryError> {
        self.rows("certificates", &format!("SELECT {COLUMNS} FROM certificates c WHERE {condition}"), parameters, certificate_row)
    }

    /// The certificate with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificate(&self, id: CertificateId) -> Result<Option<CertificateRow>, RegistryError> {
        self.row("certificates", &format!("SELECT {COLUMNS} FROM certificates c WHERE c.id = ?1"), &[&Bound(&id)], certificate_row)
    }

    /// Whether there is any certificate at all.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn has_certificates(&self) -> Result<bool, RegistryError> {
        Ok(self.number("SELECT count(*) FROM (SELECT 1 FROM certificates LIMIT 1)", &[])? > 0)
    }

    /// The certificate itself, byte for byte: bytes without the recorded SHA-256 never leave.
    ///
    /// # Errors
    /// `Missing` if there is no such certificate.
    pub fn certificate_der(&self, id: CertificateId) -> Result<Vec<u8>, RegistryError> {
        let sql = "SELECT d.certificate, d.der, c.fingerprint FROM certificate_ders d JOIN certificates c ON c.id = d.certificate WHERE d.certificate = ?1";
        self.row("certificate_ders", sql, &[&Bound(&id)], |cells| {
            let (der, recorded): (Vec<u8>, Fingerprint) = (cells.get("der")?, cells.get("fingerprint")?);
            if Fingerprint::of(&der) != recorded {
                return Err(cells.refuse("der", format!("the bytes do not have the recorded SHA-256 {recorded}")));
            }
            Ok(der)
        })?
        .ok_or(RegistryError::Missing { table: "certificate_ders", row: id.to_string() })
    }

    /// The certificate with this SHA-256.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificate_by_fingerprint(&self, fingerprint: &Fingerprint) -> Result<Option<CertificateRow>, RegistryError> {
        Ok(self.certificates_where("c.fingerprint = ?1", &[&Bound(fingerprint)])?.pop())
    }

    /// All certificates with this serial, whoever issued them, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_by_serial(&self, serial: &SerialNumber) -> Result<Vec<CertificateRow>, RegistryError> {
        let mut found = self.certificates_where("c.imported = 0 AND c.serial = ?1", &[&Bound(serial)])?;
        found.extend(self.certificates_where("c.imported = 1 AND c.serial = ?1", &[&Bound(serial)])?);
        found.sort_by_key(|row| row.id);
        Ok(found)
    }

    /// The certificates of an issuer name with this serial: one, unless foreign ones collide.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_by_issuer_and_serial(
        &self,
        issuer: &DistinguishedName,
        serial: &SerialNumber,
    ) -> Result<Vec<CertificateRow>, RegistryError> {
        let mut found = self.certificates_by_serial(serial)?;
        found.retain(|row| row.facts.issuer == *issuer);
        Ok(found)
    }

    /// The certificates with this serial that one of our authorities issued.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_by_authority_and_serial(
        &self,
        authority: AuthorityId,
        serial: &SerialNumber,
    ) -> Result<Vec<CertificateRow>, RegistryError> {
        let mut found = self.certificates_by_serial(serial)?;
        found.retain(|row| row.record.authority == Some(authority));
        Ok(found)
    }

    /// The certificates with exactly this alternative name ("dns:www.example.test"), newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_with_name(&self, name: &str) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where("c.id IN (SELECT certificate FROM certificate_names WHERE name = ?1) ORDER BY c.id DESC", &[&name])
    }

    /// The certificates with exactly this display name, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_called(&self, display_name: &str) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where(
            "c.archived IN (0, 1) AND c.sort_name = ?1 AND c.display_name = ?2 ORDER BY c.id DESC",
            &[&sort_name(display_name), &display_name],
        )
    }

    /// Authority certificates that may have issued something with this issuer name and, if given, authority key identifier. Names and
    /// identifiers only nominate: the link is a verified signature.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn issuer_candidates(
        &self,
        issuer: &DistinguishedName,
        authority_key_id: Option<&KeyId>,
    ) -> Result<Vec<CertificateRow>, RegistryError> {
        let mut found = self.certificates_where("c.kind = 'authority' AND c.subject = ?1 ORDER BY c.id DESC", &[&Bound(issuer)])?;
        // Those whose identifier fits come first; the sort keeps the order otherwise.
        found.sort_by_key(|row| authority_key_id.is_some() && row.facts.subject_key_id.as_ref() != authority_key_id);
        Ok(found)
    }

    /// Authority certificates with this subject key identifier, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn authority_certificates_by_key_id(&self, key_id: &KeyId) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where("c.kind = 'authority' AND c.subject_key_id = ?1 ORDER BY c.id DESC", &[&Bound(key_id)])
    }

    /// The certificates whose signature was verified with the key of this one, under its name, and that none of our authorities is known to have issued;
    /// newest first, at most `limit`.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn children_of_none_of_ours(&self, parent: &CertificateRow, limit: u32) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where(
            "c.issuer_key = ?1 AND c.issuer = ?2 AND c.id <> ?3 AND c.generation IS NULL ORDER BY c.id DESC LIMIT ?4",
            &[&Bound(&parent.facts.key_fingerprint), &Bound(&parent.facts.subject), &Bound(&parent.id), &limit],
        )
    }

    /// The certificates with this issuer name whose signature no known key has verified yet.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_without_issuer(&self, issuer: &DistinguishedName) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where("c.issuer_key IS NULL AND c.issuer = ?1 ORDER BY c.id", &[&Bound(issuer)])
    }

    /// The certificates that hold a key, by SHA-256 of the SubjectPublicKeyInfo, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_of_key(&self, key: &Fingerprint) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where("c.key_fingerprint = ?1 ORDER BY c.id DESC", &[&Bound(key)])
    }

    /// The certificates whose key is a point on a curve that they spell out, or do not name at all (RFC 3279 2.3.5). There are few, and no index.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificates_with_explicit_curve(&self) -> Result<Vec<CertificateRow>, RegistryError> {
        self.certificates_where("c.key_kind IN ('ec-explicit', 'ec-implicit') ORDER BY c.id", &[])
    }

    /// The newest certificate of a key that was revoked because others have the key (RFC 5280 5.3.1). A key may be in thousands of certificates: none but
    /// that one is read.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn compromised_certificate_of_key(&self, key: &Fingerprint) -> Result<Option<CertificateRow>, RegistryError> {
        let reasons = [RevocationReason::KeyCompromise, RevocationReason::CaCompromise, RevocationReason::AaCompromise];
        let [one, two, three] = &reasons;
        let condition =
            "c.key_fingerprint = ?1 AND c.standing = 'revoked' AND c.revocation_reason IN (?2, ?3, ?4) ORDER BY c.id DESC LIMIT 1";
        Ok(self.certificates_where(condition, &[&Bound(key), &Bound(one), &Bound(two), &Bound(three)])?.into_iter().next())
    }

    /// The newest certificate of a key other than this one.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn other_certificate_of_key(&self, key: &Fingerprint, but: Option<CertificateId>) -> Result<Option<CertificateRow>, RegistryError> {
        let condition = "c.key_fingerprint = ?1 ORDER BY c.id DESC LIMIT 2";
        Ok(self.certificates_where(condition, &[&Bound(key)])?.into_iter().find(|row| Some(row.id) != but))
    }

    /// The last notAfter among what a generation has issued to others: until then it signs CRLs. `own`: the generation's own key.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn last_not_after(&self, generation: GenerationId, own: &Fingerprint) -> Result<Option<OffsetDateTime>, RegistryError> {
        let sql = "SELECT generation, not_after FROM certificates WHERE generation = ?1 AND key_fingerprint <> ?2 ORDER BY not_after DESC LIMIT 1";
        self.row("certificates", sql, &[&Bound(&generation), &Bound(own)], |cells| cells.get("not_after"))
    }

    /// The tags of a certificate, in order.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn certificate_tags(&self, id: CertificateId) -> Result<Vec<String>, RegistryError> {
        self.rows("certificate_tags", "SELECT tag FROM certificate_tags WHERE certificate = ?1 ORDER BY tag", &[&Bound(&id)], |cells| {
            cells.get("tag")
        })
    }

    /// Every tag that a certificate has, in order; each costs one look into the index.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn tags(&self) -> Result<Vec<String>, RegistryError> {
        let mut tags: Vec<String> = Vec::new();
        loop {
            let last = tags.last().map_or("", String::as_str);
            let sql = "SELECT tag FROM certificate_tags WHERE tag > ?1 ORDER BY tag LIMIT 1";
            match self.row("certificate_tags", sql, &[&last], |cells| cells.get("tag"))? {
                Some(tag) => tags.push(tag),
                None => return Ok(tags),
            }
        }
    }
}
