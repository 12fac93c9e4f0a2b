//! What others gave: every cell is read as its type, and certificates and CRLs are compared with their digests.

use pki::{Certificate, DistinguishedName, Fingerprint, KeyId, SerialNumber};
use time::OffsetDateTime;

use super::Findings;
use crate::registry::ids::{SourceCertificateId, SourceCrlId, SourceId};
use crate::registry::sources::SourceMemberKind;
use crate::registry::{Read, RegistryError, source_contents, source_events, sources};

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
        let columns = source_contents::CRL_COLUMNS;
        self.every(
            found,
            "source_crls",
            columns,
            |cells| {
                let row = source_contents::crl_row(cells)?;
                match cells.get::<String>("issuer_text")? == row.issuer.rfc4514() {
                    true => Ok(()),
                    false => Err(cells.refuse("issuer_text", "the issuer is another".to_owned())),
                }
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
}
