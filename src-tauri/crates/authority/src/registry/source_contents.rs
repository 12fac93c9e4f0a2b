//! What sources hold: certificates, CRLs with their entries, quarantine, and how much of each country. Replaced as one, read page by page.

use pki::crl::CrlReadError;
use pki::{Certificate, CrlNumber, DistinguishedName, Fingerprint, KeyId, RevocationReason, SerialNumber};
use time::OffsetDateTime;

use super::cell::{Bound, Cells};
use super::ids::{QuarantineId, SourceCertificateId, SourceCrlId, SourceId};
use super::sources::{SourceCrlSignature, SourceMemberKind};
use super::{Read, RegistryError};

/// A certificate of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCertificateRow {
    /// Its id.
    pub id: SourceCertificateId,
    /// What it is in this source.
    pub kind: SourceMemberKind,
    /// The country that it is of in this source; empty where it names none.
    pub country: String,
    /// In how many sources it is.
    pub sources: u32,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// Its DER.
    pub der: Vec<u8>,
}

/// A CRL of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCrlRow {
    /// Its id.
    pub id: SourceCrlId,
    /// Of which source.
    pub source: SourceId,
    /// SHA-256 of its DER.
    pub sha256: Fingerprint,
    /// Who signed it, by name.
    pub issuer: DistinguishedName,
    /// The identifier of his key.
    pub authority_key_id: Option<KeyId>,
    /// The country of its issuer; empty where it names none.
    pub country: String,
    /// Its number.
    pub number: Option<CrlNumber>,
    /// When it was issued.
    pub this_update: OffsetDateTime,
    /// By when the next one comes.
    pub next_update: Option<OffsetDateTime>,
    /// What is known of its signature.
    pub signature: SourceCrlSignature,
    /// How many entries it has.
    pub entries: u64,
    /// Octets of its DER.
    pub size: u64,
}

/// An entry of a source's CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRevokedRow {
    /// The serial number.
    pub serial: SerialNumber,
    /// Which entry of the list it is, 0 for the first.
    pub position: u64,
    /// When it was revoked.
    pub revoked_at: OffsetDateTime,
    /// Why, if that is said.
    pub reason: Option<RevocationReason>,
}

/// Something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceQuarantineRow {
    /// Its id.
    pub id: QuarantineId,
    /// Of which source.
    pub source: SourceId,
    /// Where it stood.
    pub place: String,
    /// Why it cannot be read, a code.
    pub reason: String,
    /// The particulars.
    pub detail: String,
    /// Its octets.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: Fingerprint,
    /// The octets, or as many of them as were asked for.
    pub bytes: Vec<u8>,
}

/// How much a source has of a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCountryRow {
    /// The country; empty for what names none.
    pub country: String,
    /// The kind of certificate; `None` for CRLs.
    pub kind: Option<SourceMemberKind>,
    /// How many.
    pub count: u64,
    /// The earliest end of these CRLs.
    pub next_update: Option<OffsetDateTime>,
}

/// Which certificates of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceFilter {
    /// Only of this kind.
    pub kind: Option<SourceMemberKind>,
    /// Only of this country; empty: those that name none.
    pub country: Option<String>,
}

/// Where a page of certificates begins: behind this country and certificate.
pub(crate) type SourcePlace = (String, SourceCertificateId);

pub(super) const CERTIFICATE_COLUMNS: &str =
    "c.id AS id, m.kind AS kind, m.country AS country, c.sources AS sources, c.sha256 AS sha256, c.der AS der";

pub(super) fn certificate_row(cells: &Cells<'_>) -> Result<SourceCertificateRow, RegistryError> {
    Ok(SourceCertificateRow {
        id: cells.get("id")?,
        kind: cells.get("kind")?,
        country: cells.get("country")?,
        sources: cells.get("sources")?,
        sha256: cells.get("sha256")?,
        der: whole_der(cells)?,
    })
}

/// The DER of a row, if it is what was taken.
pub(super) fn whole_der(cells: &Cells<'_>) -> Result<Vec<u8>, RegistryError> {
    let der: Vec<u8> = cells.get("der")?;
    if Fingerprint::of(&der) == cells.get::<Fingerprint>("sha256")? {
        Ok(der)
    } else {
        Err(cells.refuse("der", "the SHA-256 is another".to_owned()))
    }
}

pub(super) const CRL_COLUMNS: &str =
    "id, source, sha256, issuer, issuer_text, authority_key_id, country, number, this_update, next_update, signature, entries, size";

pub(super) fn crl_row(cells: &Cells<'_>) -> Result<SourceCrlRow, RegistryError> {
    Ok(SourceCrlRow {
        id: cells.get("id")?,
        source: cells.get("source")?,
        sha256: cells.get("sha256")?,
        issuer: cells.get("issuer")?,
        authority_key_id: cells.get("authority_key_id")?,
        country: cells.get("country")?,
        number: cells.get("number")?,
        this_update: cells.get("this_update")?,
        next_update: cells.get("next_update")?,
        signature: cells.get("signature")?,
        entries: cells.get("entries")?,
        size: cells.get("size")?,
    })
}

pub(super) fn revoked_row(cells: &Cells<'_>) -> Result<SourceRevokedRow, RegistryError> {
    Ok(SourceRevokedRow {
        serial: cells.get("serial")?,
        position: cells.get("position")?,
        revoked_at: cells.get("revoked_at")?,
        reason: cells.get("reason")?,
    })
}

pub(super) fn quarantine_row(cells: &Cells<'_>) -> Result<SourceQuarantineRow, RegistryError> {
    Ok(SourceQuarantineRow {
        id: cells.get("id")?,
        source: cells.get("source")?,
        place: cells.get("place")?,
        reason: cells.get("reason")?,
        detail: cells.get("detail")?,
        size: cells.get("size")?,
        sha256: cells.get("sha256")?,
        bytes: cells.get("bytes")?,
    })
}

pub(super) fn country_row(cells: &Cells<'_>) -> Result<SourceCountryRow, RegistryError> {
    let kind: String = cells.get("kind")?;
    let kind = match kind.as_str() {
        "crl" => None,
        _ => Some(cells.get("kind")?),
    };
    Ok(SourceCountryRow { country: cells.get("country")?, kind, count: cells.get("count")?, next_update: cells.get("next_update")? })
}

impl Read<'_> {
    /// The certificates of a source that a filter lets through, by country, behind a place, at most `limit` of them.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(crate) fn source_certificates(
        &self,
        source: SourceId,
        filter: &SourceFilter,
        after: Option<&SourcePlace>,
        limit: u32,
    ) -> Result<Vec<SourceCertificateRow>, RegistryError> {
        let (country, id) = after.map_or((String::new(), -1), |(country, SourceCertificateId(id))| (country.clone(), *id));
        let kind = filter.kind.map_or("", |_| "AND m.kind = ?4");
        let only = filter.country.as_ref().map_or("", |_| "AND m.country = ?5");
        let sql = format!(
            "SELECT {CERTIFICATE_COLUMNS} FROM source_members m JOIN source_certificates c ON c.id = m.certificate \
            WHERE m.source = ?1 {kind} {only} AND (m.country, m.certificate) > (?2, ?3) ORDER BY m.country, m.certificate LIMIT ?6"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.raw_bind_parameter(1, Bound(&source))?;
        statement.raw_bind_parameter(2, &country)?;
        statement.raw_bind_parameter(3, id)?;
        if let Some(kind) = &filter.kind {
            statement.raw_bind_parameter(4, Bound(kind))?;
        }
        if let Some(country) = &filter.country {
            statement.raw_bind_parameter(5, country)?;
        }
        statement.raw_bind_parameter(6, limit)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(certificate_row(&Cells::new("source_certificates", row))?);
        }
        Ok(found)
    }

    /// A certificate of a source by its id; as it is in the source that has it first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_certificate(&self, id: SourceCertificateId) -> Result<Option<SourceCertificateRow>, RegistryError> {
        let sql = format!(
            "SELECT {CERTIFICATE_COLUMNS} FROM source_members m JOIN source_certificates c ON c.id = m.certificate \
            WHERE m.certificate = ?1 ORDER BY m.source LIMIT 1"
        );
        self.row("source_certificates", &sql, &[&Bound(&id)], certificate_row)
    }

    /// Whether a source has a certificate.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_has_certificate(&self, source: SourceId, id: SourceCertificateId) -> Result<bool, RegistryError> {
        let sql = "SELECT certificate FROM source_members WHERE source = ?1 AND certificate = ?2";
        Ok(self
            .row("source_members", sql, &[&Bound(&source), &Bound(&id)], |cells| cells.get::<SourceCertificateId>("certificate"))?
            .is_some())
    }

    /// How much a source has of each country and kind.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_countries(&self, source: SourceId) -> Result<Vec<SourceCountryRow>, RegistryError> {
        let sql = "SELECT source, country, kind, count, next_update FROM source_countries WHERE source = ?1 ORDER BY country, kind";
        self.rows("source_countries", sql, &[&Bound(&source)], country_row)
    }

    /// The CRLs of a source behind one, at most `limit` of them.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_crls(&self, source: SourceId, after: Option<Fingerprint>, limit: u32) -> Result<Vec<SourceCrlRow>, RegistryError> {
        let after = after.map_or_else(Vec::new, |sha256| sha256.as_bytes().to_vec());
        let sql = format!("SELECT {CRL_COLUMNS} FROM source_crls WHERE source = ?1 AND sha256 > ?2 ORDER BY sha256 LIMIT ?3");
        self.rows("source_crls", &sql, &[&Bound(&source), &after, &limit], crl_row)
    }

    /// A CRL of a source.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_crl(&self, id: SourceCrlId) -> Result<Option<SourceCrlRow>, RegistryError> {
        self.row("source_crls", &format!("SELECT {CRL_COLUMNS} FROM source_crls WHERE id = ?1"), &[&Bound(&id)], crl_row)
    }

    /// The CRLs of all sources that were issued under a name, at most `limit` of them.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_crls_of_issuer(&self, issuer: &DistinguishedName, limit: u32) -> Result<Vec<SourceCrlRow>, RegistryError> {
        let sql = format!("SELECT {CRL_COLUMNS} FROM source_crls WHERE issuer = ?1 ORDER BY this_update DESC LIMIT ?2");
        self.rows("source_crls", &sql, &[&Bound(issuer), &limit], crl_row)
    }

    /// The CRLs of sources that end before a time, those that have ended longest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_crls_ending(&self, before: OffsetDateTime, limit: u32) -> Result<Vec<SourceCrlRow>, RegistryError> {
        let sql = format!(
            "SELECT {CRL_COLUMNS} FROM source_crls WHERE next_update IS NOT NULL AND next_update < ?1 ORDER BY next_update LIMIT ?2"
        );
        self.rows("source_crls", &sql, &[&Bound(&before), &limit], crl_row)
    }

    /// The DER of a source's CRL, byte for byte.
    ///
    /// # Errors
    /// [`RegistryError`]; `Cell` if it is not what was taken.
    pub fn source_crl_der(&self, row: &SourceCrlRow) -> Result<Vec<u8>, RegistryError> {
        let sql = "SELECT crl, bytes FROM source_crl_chunks WHERE crl = ?1 ORDER BY part";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([Bound(&row.id)])?;
        let mut der = Vec::with_capacity(usize::try_from(row.size).unwrap_or(0).min(1 << 28));
        while let Some(found) = rows.next()? {
            let bytes: Vec<u8> = Cells::new("source_crl_chunks", found).get("bytes")?;
            der.extend_from_slice(&bytes);
        }
        if Fingerprint::of(&der) == row.sha256 {
            return Ok(der);
        }
        let problem = format!("{} octets without the SHA-256 {}", der.len(), row.sha256);
        Err(RegistryError::Cell { table: "source_crl_chunks", column: "bytes", row: row.id.to_string(), problem })
    }

    /// A source's CRL, read.
    ///
    /// # Errors
    /// [`RegistryError`]; `Cell` if it is not what was taken.
    pub fn source_crl_read(&self, row: &SourceCrlRow) -> Result<pki::Crl, RegistryError> {
        let cell = |problem: CrlReadError| RegistryError::Cell {
            table: "source_crl_chunks",
            column: "bytes",
            row: row.id.to_string(),
            problem: problem.to_string(),
        };
        pki::Crl::from_der(&self.source_crl_der(row)?).map_err(cell)
    }

    /// The entries of a source's CRL in the order of their serial numbers' octets, behind one, at most `limit` of them.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_revoked(
        &self,
        crl: SourceCrlId,
        after: Option<&(SerialNumber, u64)>,
        limit: u32,
    ) -> Result<Vec<SourceRevokedRow>, RegistryError> {
        let (serial, position) = after.map_or((Vec::new(), -1), |(serial, position)| {
            (serial.content_octets().to_vec(), i64::try_from(*position).unwrap_or(i64::MAX))
        });
        let sql = "SELECT crl, serial, position, revoked_at, reason FROM source_revoked WHERE crl = ?1 AND (serial, position) > (?2, ?3) \
            ORDER BY serial, position LIMIT ?4";
        self.rows("source_revoked", sql, &[&Bound(&crl), &serial, &position, &limit], revoked_row)
    }

    /// The entries of a source's CRL for a serial number.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_revoked_serial(&self, crl: SourceCrlId, serial: &SerialNumber) -> Result<Vec<SourceRevokedRow>, RegistryError> {
        let sql = "SELECT crl, serial, position, revoked_at, reason FROM source_revoked WHERE crl = ?1 AND serial = ?2 ORDER BY position LIMIT 100";
        self.rows("source_revoked", sql, &[&Bound(&crl), &Bound(serial)], revoked_row)
    }

    /// What a source has in quarantine, behind one, at most `limit` things with their first `octets`.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_quarantine(
        &self,
        source: SourceId,
        after: Option<QuarantineId>,
        limit: u32,
        octets: u32,
    ) -> Result<Vec<SourceQuarantineRow>, RegistryError> {
        let after = after.map_or(-1, |QuarantineId(id)| id);
        let sql = "SELECT id, source, place, reason, detail, size, sha256, substr(bytes, 1, ?4) AS bytes FROM source_quarantine \
            WHERE source = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        self.rows("source_quarantine", sql, &[&Bound(&source), &after, &limit, &octets], quarantine_row)
    }

    /// One thing in quarantine, whole.
    ///
    /// # Errors
    /// [`RegistryError`]; `Cell` if it is not what was taken.
    pub fn quarantined(&self, id: QuarantineId) -> Result<Option<SourceQuarantineRow>, RegistryError> {
        let sql = "SELECT id, source, place, reason, detail, size, sha256, bytes FROM source_quarantine WHERE id = ?1";
        self.row("source_quarantine", sql, &[&Bound(&id)], |cells| {
            let row = quarantine_row(cells)?;
            if Fingerprint::of(&row.bytes) == row.sha256 {
                Ok(row)
            } else {
                Err(cells.refuse("bytes", "the SHA-256 is another".to_owned()))
            }
        })
    }

    /// The certificates of all sources that may have issued something: by the issuer's name, and by his key identifier where one is said. With what each is
    /// in a source, once for each kind; those that vouch for others come first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn source_issuers(
        &self,
        issuer: &DistinguishedName,
        key: Option<&KeyId>,
        limit: u32,
    ) -> Result<Vec<(Certificate, Vec<SourceMemberKind>)>, RegistryError> {
        let of_key = "(?2 IS NULL OR c.subject_key_id IS NULL OR c.subject_key_id = ?2)";
        let sql = format!(
            "SELECT c.id AS id, c.sha256 AS sha256, c.der AS der FROM source_certificates c WHERE c.subject = ?1 AND {of_key} ORDER BY c.not_after DESC LIMIT ?3"
        );
        let key = key.cloned();
        let found = self.rows("source_certificates", &sql, &[&Bound(issuer), &Bound(&key), &limit], |cells| {
            let id: SourceCertificateId = cells.get("id")?;
            let certificate = Certificate::from_der(&whole_der(cells)?).map_err(|error| cells.refuse("der", error.to_string()))?;
            Ok((id, certificate))
        })?;
        let kinds = |id: &SourceCertificateId| {
            let sql = "SELECT DISTINCT certificate, kind FROM source_members WHERE certificate = ?1";
            self.rows("source_members", sql, &[&Bound(id)], |cells| cells.get("kind"))
        };
        found.into_iter().map(|(id, certificate)| Ok((certificate, kinds(&id)?))).collect()
    }
}
