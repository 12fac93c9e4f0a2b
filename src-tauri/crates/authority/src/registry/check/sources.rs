//! What others gave: every cell is read as its type, and certificates and CRLs are compared with their digests.

use pki::crl::{CrlWalk, CrlWalkError};
use pki::{Certificate, DistinguishedName, Fingerprint, KeyId, SerialNumber};
use time::OffsetDateTime;

use super::Findings;
use crate::registry::cell::{Bound, owned};
use crate::registry::ids::{SourceCertificateId, SourceCrlId, SourceId};
use crate::registry::sources::SourceMemberKind;
use crate::registry::{Read, RegistryError, SourceCrlRow, source_contents, source_events, sources};

impl Read<'_> {
    pub(super) fn source_rows(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let nothing = |_: &mut Findings<'_>, ()| {};
        self.every(found, "sources", sources::COLUMNS, sources::source_row, |_, _| {})?;
        self.every(found, "source_signers", sources::SIGNER_COLUMNS, sources::signer_row, |_, _| {})?;
        self.every(
            found,
            "source_certificates",
            "id, sha256, sources, serial, issuer, issuer_text, subject, subject_text, subject_key_id, authority_key_id, country, key_kind, not_before, not_after, der",
            |cells| {
                cells.get::<SourceCertificateId>("id")?;
                let certificate =
                    Certificate::from_der(&source_contents::whole_der(cells)?).map_err(|error| cells.refuse("der", error.to_string()))?;
                let differs = [
                    ("serial", cells.get::<SerialNumber>("serial")? != *certificate.serial()),
                    ("issuer", cells.get::<DistinguishedName>("issuer")? != *certificate.issuer()),
                    ("issuer_text", cells.get::<String>("issuer_text")? != certificate.issuer().rfc4514()),
                    ("subject", cells.get::<DistinguishedName>("subject")? != *certificate.subject()),
                    ("subject_text", cells.get::<String>("subject_text")? != certificate.subject().rfc4514()),
                    ("subject_key_id", cells.get::<Option<KeyId>>("subject_key_id")? != certificate.subject_key_id()),
                    ("authority_key_id", cells.get::<Option<KeyId>>("authority_key_id")? != certificate.authority_key_id()),
                    ("key_kind", cells.get::<String>("key_kind")? != certificate.public_key().algorithm().kind()),
                    ("not_before", cells.get::<OffsetDateTime>("not_before")? != certificate.validity().not_before()),
                    ("not_after", cells.get::<OffsetDateTime>("not_after")? != certificate.validity().not_after()),
                ];
                cells.get::<u32>("sources")?;
                cells.get::<String>("country")?;
                match differs.into_iter().find(|(_, differs)| *differs) {
                    Some((column, _)) => Err(cells.refuse(column, "the certificate says something else".to_owned())),
                    None => Ok(()),
                }
            },
            nothing,
        )?;
        self.every(
            found,
            "source_members",
            "source, certificate, kind, country",
            |cells| {
                cells.get::<SourceId>("source")?;
                cells.get::<SourceCertificateId>("certificate")?;
                cells.get::<SourceMemberKind>("kind")?;
                cells.get::<String>("country").map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "source_countries",
            "source, country, kind, count, next_update",
            |cells| {
                cells.get::<SourceId>("source")?;
                source_contents::country_row(cells).map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "source_crls",
            source_contents::CRL_COLUMNS,
            |cells| {
                let row = source_contents::crl_row(cells)?;
                if cells.get::<String>("issuer_text")? != row.issuer.rfc4514() {
                    return Err(cells.refuse("issuer_text", "the issuer is another".to_owned()));
                }
                self.compare_source_crl(&row).map(|differs| match differs {
                    Some((column, problem)) => Err(cells.refuse(column, problem)),
                    None => Ok(()),
                })?
            },
            nothing,
        )?;
        self.every(
            found,
            "source_crl_chunks",
            "crl, part, typeof(bytes) AS bytes",
            |cells| {
                cells.get::<SourceCrlId>("crl")?;
                cells.get::<u64>("part")?;
                match cells.get::<String>("bytes")?.as_str() {
                    "blob" => Ok(()),
                    other => Err(cells.refuse("bytes", format!("{other} where bytes belong"))),
                }
            },
            nothing,
        )?;
        self.every(
            found,
            "source_revoked",
            "crl, serial, position, revoked_at, reason",
            |cells| {
                cells.get::<SourceCrlId>("crl")?;
                source_contents::revoked_row(cells).map(drop)
            },
            nothing,
        )?;
        self.every(
            found,
            "source_quarantine",
            "id, source, place, reason, detail, size, sha256, bytes",
            |cells| {
                let row = source_contents::quarantine_row(cells)?;
                match Fingerprint::of(&row.bytes) == row.sha256 && u64::try_from(row.bytes.len()).is_ok_and(|size| size == row.size) {
                    true => Ok(()),
                    false => Err(cells.refuse("bytes", "they are not those that came".to_owned())),
                }
            },
            nothing,
        )?;
        self.every(found, "source_events", source_events::COLUMNS, source_events::event_row, |_, _| {})
    }

    /// What of a CRL's row, or of the rows of its entries, its octets do not say.
    fn compare_source_crl(&self, row: &SourceCrlRow) -> Result<Option<(&'static str, String)>, RegistryError> {
        let der = match self.source_crl_der(row) {
            Ok(der) => der,
            Err(RegistryError::Cell { problem, .. }) => return Ok(Some(("sha256", problem))),
            Err(error) => return Err(error),
        };
        let unreadable = |error: CrlWalkError| Ok(Some(("sha256", error.to_string())));
        let mut walk = match CrlWalk::open(der.as_slice()) {
            Ok(walk) => walk,
            Err(error) => return unreadable(error),
        };
        let mut position = 0_u64;
        loop {
            let entry = match walk.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => return unreadable(error),
            };
            let sql = "SELECT crl, serial, position, revoked_at, reason FROM source_revoked WHERE crl = ?1 AND serial = ?2 AND position = ?3";
            let kept = self.row("source_revoked", sql, &[&Bound(&row.id), &entry.serial_octets, &Bound(&position)], source_contents::revoked_row);
            let said = entry.read().map(|entry| (entry.revoked_at(), entry.reason()));
            // A cell that cannot be read is told where its table is.
            let same = match (kept, said) {
                (Err(RegistryError::Cell { .. }), _) => true,
                (Err(error), _) => return Err(error),
                (Ok(Some(kept)), Ok(said)) => (kept.revoked_at, kept.reason) == said,
                _ => false,
            };
            if !same {
                return Ok(Some(("entries", format!("entry {position} is kept as something else"))));
            }
            position += 1;
        }
        let summary = match walk.finish() {
            Ok(summary) => summary,
            Err(error) => return unreadable(error),
        };
        let kept = self.number("SELECT count(*) FROM source_revoked WHERE crl = ?1", &[owned(&row.id)])?;
        let differs = [
            ("issuer", row.issuer != *summary.issuer()),
            ("authority_key_id", row.authority_key_id.as_ref() != summary.authority_key_id()),
            ("number", row.number.as_ref() != summary.number()),
            ("this_update", row.this_update != summary.this_update()),
            ("next_update", row.next_update != summary.next_update()),
            ("entries", row.entries != summary.entry_count() || u64::try_from(kept) != Ok(row.entries)),
            ("size", row.size != summary.size()),
        ];
        Ok(differs.into_iter().find(|(_, differs)| *differs).map(|(column, _)| (column, "the CRL says something else".to_owned())))
    }
}
