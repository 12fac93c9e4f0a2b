//! What was taken out of a damaged file becomes a registry again: certificates without bytes are let go by name, bytes without a row get one, parents are
//! made anew from the certificates that tell of them, and what still hangs in the air is let go.

use pki::{Certificate, CrlNumber, Fingerprint, PublicKey};
use time::OffsetDateTime;

use super::{LostRow, SalvageReport};
use crate::registry::cell::Bound;
use crate::registry::crl_beside;
use crate::registry::crl_completeness::unlisted_revocations;
use crate::registry::facts::{CertificateFacts, CertificateKind};
use crate::registry::ids::{AuthorityId, CertificateId, CrlId, GenerationId, KeyRowId};
use crate::registry::{CrlKind, IssueRecord, NewCertificate, RegistryError, WHOLE, Write};

/// A key that may have signed what is found.
struct Signer {
    generation: GenerationId,
    authority: AuthorityId,
    fingerprint: Fingerprint,
    key: PublicKey,
}

impl Write<'_> {
    /// Brings everything into order that the check asks for, but derived data.
    pub(super) fn mend_salvaged(&self, report: &mut SalvageReport) -> Result<(), RegistryError> {
        self.let_damaged_certificates_go(report)?;
        self.take_certificates_without_rows(report)?;
        self.make_parents_anew()?;
        self.let_orphans_go(report)?;
        self.make_crl_scopes_anew()?;
        self.mend_crl_entry_subjects()?;
        self.mend_revocations()?;
        // Before CRLs are let go: what the newest of them has listed to the end decides.
        self.list_revocations()?;
        self.let_damaged_crls_go(report)?;
        // A serial that was set aside for what is lost stays burnt.
        let lost = "UPDATE intents SET state = 'void' WHERE kind = 'certificate' AND state = 'done' AND NOT EXISTS \
            (SELECT 1 FROM certificates c WHERE c.id = CAST(intents.result AS INTEGER) AND c.serial = intents.serial AND c.issuer_hash = intents.issuer_hash)";
        let burnt = "SELECT hex(serial) AS serial FROM intents WHERE kind = 'certificate' AND state = 'done' AND NOT EXISTS \
            (SELECT 1 FROM certificates c WHERE c.id = CAST(intents.result AS INTEGER) AND c.serial = intents.serial AND c.issuer_hash = intents.issuer_hash)";
        for serial in self.rows("intents", burnt, &[], |cells| cells.get::<String>("serial"))? {
            report.lost_serials.push(serial.to_lowercase());
        }
        self.execute(lost, &[]).map(drop)
    }

    fn let_damaged_certificates_go(&self, report: &mut SalvageReport) -> Result<(), RegistryError> {
        let sql =
            "SELECT c.id, c.fingerprint, d.der FROM certificates c LEFT JOIN certificate_ders d ON d.certificate = c.id ORDER BY c.id";
        let mut damaged = Vec::new();
        {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (id, recorded): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
                let whole = matches!(row.get_ref(2)?.as_blob(), Ok(der) if Fingerprint::of(der).as_bytes().as_slice() == recorded);
                if !whole {
                    damaged.push((id, recorded));
                }
            }
        }
        for (id, recorded) in damaged {
            let octets = <[u8; 32]>::try_from(recorded.as_slice()).unwrap_or_default();
            self.execute("DELETE FROM certificate_ders WHERE certificate = ?1", &[&id])?;
            if let Some(der) = report.found_by_bytes.get(&Fingerprint::from_bytes(octets)) {
                self.execute("INSERT INTO certificate_ders (certificate, der) VALUES (?1, ?2)", &[&id, der])?;
                continue;
            }
            let problem = format!("the certificate with SHA-256 {} is damaged", hex::encode(&recorded));
            report.lost.push(LostRow { table: "certificates".to_owned(), row: id.to_string(), problem });
            for sql in [
                "DELETE FROM certificate_tags WHERE certificate = ?1",
                "UPDATE revocations SET certificate = NULL WHERE certificate = ?1",
                "UPDATE requests SET certificate = NULL WHERE certificate = ?1",
                "UPDATE certificates SET superseded_by = NULL WHERE superseded_by = ?1",
                "DELETE FROM certificates WHERE id = ?1",
            ] {
                self.execute(sql, &[&id])?;
            }
        }
        Ok(())
    }

    /// Bytes without a row: the page with the row was damaged, the one with the certificate was not.
    fn take_certificates_without_rows(&self, report: &mut SalvageReport) -> Result<(), RegistryError> {
        let signers = self.salvaged_signers()?;
        let sql = "SELECT certificate, der FROM certificate_ders WHERE certificate NOT IN (SELECT id FROM certificates)";
        let with_id: Vec<(Option<i64>, Vec<u8>)> =
            self.rows("certificate_ders", sql, &[], |cells| Ok((cells.get("certificate")?, cells.get("der")?)))?;
        let by_bytes = std::mem::take(&mut report.found_by_bytes).into_values().map(|der| (None, der));
        for (id, der) in with_id.into_iter().chain(by_bytes) {
            if let Some(id) = id {
                self.execute("DELETE FROM certificate_ders WHERE certificate = ?1", &[&id])?;
            }
            let known =
                self.row("certificates", "SELECT id FROM certificates WHERE fingerprint = ?1", &[&Bound(&Fingerprint::of(&der))], |_| {
                    Ok(())
                })?;
            if known.is_some() {
                continue;
            }
            let Ok(certificate) = Certificate::from_der(&der) else {
                let row = id.map_or_else(|| "?".to_owned(), |id| id.to_string());
                report.lost.push(LostRow { table: "certificate_ders".to_owned(), row, problem: "its bytes are no certificate".to_owned() });
                continue;
            };
            self.take_certificate(id, &certificate, &signers)?;
            report.rows_made_anew += 1;
        }
        Ok(())
    }

    fn take_certificate(&self, id: Option<i64>, certificate: &Certificate, signers: &[Signer]) -> Result<(), RegistryError> {
        let facts = CertificateFacts::of(certificate);
        let signer = signers.iter().find(|signer| certificate.signed_by(&signer.key).is_valid());
        let held = "SELECT id FROM keys WHERE fingerprint = ?1 AND state = 'ready' AND location <> 'elsewhere'";
        let key_held = self.row("keys", held, &[&Bound(&facts.key_fingerprint)], |_| Ok(()))?.is_some();
        // An id is the second of issue and a number within it.
        let issued_at =
            id.and_then(|id| OffsetDateTime::from_unix_timestamp(id / CertificateId::PER_SECOND).ok()).unwrap_or(facts.not_before);
        let record = IssueRecord {
            authority: signer.map(|signer| signer.authority),
            generation: signer.map(|signer| signer.generation),
            issuer_key: signer.map(|signer| signer.fingerprint),
            key_held,
            profile: None,
            profile_version: None,
            policy_version: None,
            issued_at,
            imported: signer.is_none(),
            findings: None,
        };
        let CertificateId(made) = self.insert_certificate(&NewCertificate { facts, record, der: certificate.der().to_vec() })?;
        if let Some(id) = id.filter(|id| *id != made) {
            self.execute("UPDATE certificate_ders SET certificate = ?2 WHERE certificate = ?1", &[&made, &id])?;
            self.execute("UPDATE certificates SET id = ?2 WHERE id = ?1", &[&made, &id])?;
            self.execute("DELETE FROM certificate_names WHERE certificate = ?1", &[&made])?;
        }
        Ok(())
    }

    fn salvaged_signers(&self) -> Result<Vec<Signer>, RegistryError> {
        let sql = "SELECT g.id, g.authority, k.fingerprint, k.spki FROM generations g JOIN keys k ON k.id = g.key";
        let found = self.rows("generations", sql, &[], |cells| {
            let spki: Vec<u8> = cells.get("spki")?;
            let key = PublicKey::from_spki_der(&spki).ok();
            Ok(key.map(|key| {
                Ok::<_, RegistryError>(Signer {
                    generation: cells.get("id")?,
                    authority: cells.get("authority")?,
                    fingerprint: cells.get("fingerprint")?,
                    key,
                })
            }))
        })?;
        found.into_iter().flatten().collect()
    }

    /// Keys, generations and authorities whose page is lost, from the certificates that they signed and that were signed for them.
    fn make_parents_anew(&self) -> Result<(), RegistryError> {
        // A generation tells its key's name, the certificates that it signed tell which key that is, and the authority's own certificate has it.
        let keys = "SELECT g.key AS key, c.fingerprint AS fingerprint, a.der AS der FROM generations g \
            JOIN (SELECT generation, min(issuer_key) AS fingerprint FROM certificates WHERE generation IS NOT NULL GROUP BY generation) c ON c.generation = g.id \
            JOIN certificates own ON own.key_fingerprint = c.fingerprint AND own.kind = 'authority' JOIN certificate_ders a ON a.certificate = own.id \
            WHERE g.key NOT IN (SELECT id FROM keys) GROUP BY g.key";
        let lost: Vec<(KeyRowId, Vec<u8>)> = self.rows("keys", keys, &[], |cells| Ok((cells.get("key")?, cells.get("der")?)))?;
        let location = "SELECT CASE keys WHEN 'os' THEN 'os' WHEN 'memory' THEN 'memory' ELSE 'vault' END AS location FROM meta";
        let location = self.row("meta", location, &[], |cells| cells.get::<String>("location"))?.unwrap_or_else(|| "elsewhere".to_owned());
        for (id, der) in lost {
            let Ok(certificate) = Certificate::from_der(&der) else { continue };
            let public = certificate.public_key();
            let sql = "INSERT OR IGNORE INTO keys (id, spki, fingerprint, key_kind, location, state, label, created_at) VALUES (?1, ?2, ?3, ?4, ?5, 'ready', ?6, ?7)";
            let created = certificate.validity().not_before();
            self.execute(
                sql,
                &[
                    &Bound(&id),
                    &public.spki_der(),
                    &Bound(&public.fingerprint()),
                    &public.algorithm().kind(),
                    &location,
                    &certificate.display_name(),
                    &Bound(&created),
                ],
            )?;
        }
        let generations = "INSERT OR IGNORE INTO generations (id, authority, number, key, current, created_at) \
            SELECT c.generation, c.authority, 1 + (SELECT count(*) FROM generations g WHERE g.authority = c.authority), k.id, \
                NOT EXISTS (SELECT 1 FROM generations g WHERE g.authority = c.authority AND g.current = 1), min(c.issued_at) \
            FROM certificates c JOIN keys k ON k.fingerprint = c.issuer_key \
            WHERE c.generation IS NOT NULL AND c.authority IS NOT NULL AND c.generation NOT IN (SELECT id FROM generations) GROUP BY c.generation";
        self.execute(generations, &[])?;
        let authorities = "SELECT g.authority AS authority, c.display_name AS name, c.subject AS subject, c.subject = c.issuer AS root, c.authority AS parent, c.issued_at AS created \
            FROM generations g JOIN keys k ON k.id = g.key JOIN certificates c ON c.key_fingerprint = k.fingerprint AND c.kind = ?1 \
            WHERE g.authority NOT IN (SELECT id FROM authorities) GROUP BY g.authority";
        let lost = self.rows("authorities", authorities, &[&Bound(&CertificateKind::Authority)], |cells| {
            Ok((
                cells.get::<AuthorityId>("authority")?,
                cells.get::<String>("name")?,
                cells.get::<Vec<u8>>("subject")?,
                cells.get::<bool>("root")?,
                cells.get::<Option<AuthorityId>>("parent")?,
                cells.get::<OffsetDateTime>("created")?,
            ))
        })?;
        for (id, name, subject, root, parent, created) in lost {
            let mut free = name.clone();
            let mut nth = 1;
            while self.row("authorities", "SELECT id FROM authorities WHERE name = ?1", &[&free], |_| Ok(()))?.is_some() {
                nth += 1;
                free = format!("{name} ({nth})");
            }
            let parent = parent.filter(|parent| !root && *parent != id);
            let kind = if root { "root" } else { "intermediate" };
            let sql = "INSERT INTO authorities (id, name, parent, kind, issuer_name, crl_urls, issuer_urls, ocsp_urls, crl_days, created_at) VALUES (?1, ?2, ?3, ?4, ?5, '[]', '[]', '[]', 7, ?6)";
            self.execute(sql, &[&Bound(&id), &free, &Bound(&parent), &kind, &subject, &Bound(&created)])?;
        }
        Ok(())
    }

    /// A row that names one which is lost forgets it where it may, and is let go by name where it may not.
    fn let_orphans_go(&self, report: &mut SalvageReport) -> Result<(), RegistryError> {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'certificate_words*' \
            AND name NOT IN ('certificate_names', 'certificate_ders')";
        let tables: Vec<String> = self.rows("sqlite_schema", tables, &[], |cells| cells.get("name"))?;
        // What one lets go another may have named.
        for _ in 0..tables.len() {
            let mut changed = 0;
            for table in &tables {
                let sql = format!(
                    "SELECT f.\"from\" AS child, f.\"table\" AS parent, f.\"to\" AS key, t.\"notnull\" = 0 AS nullable FROM pragma_foreign_key_list('{table}') f JOIN pragma_table_info('{table}') t ON t.name = f.\"from\""
                );
                let links: Vec<(String, String, String, bool)> = self.rows("sqlite_schema", &sql, &[], |cells| {
                    Ok((cells.get("child")?, cells.get("parent")?, cells.get("key")?, cells.get("nullable")?))
                })?;
                for (child, parent, key, nullable) in links {
                    let dangling = format!("{child} IS NOT NULL AND {child} NOT IN (SELECT {key} FROM {parent})");
                    let gone = if nullable {
                        self.execute(&format!("UPDATE {table} SET {child} = NULL WHERE {dangling}"), &[])?
                    } else {
                        self.execute(&format!("DELETE FROM {table} WHERE {dangling}"), &[])?
                    };
                    if gone > 0 && !nullable {
                        let problem = format!("{gone} rows named rows of {parent} that are lost");
                        report.lost.push(LostRow { table: table.clone(), row: child.clone(), problem });
                    }
                    changed += gone;
                }
            }
            changed += self.execute(
                "UPDATE certificates SET authority = NULL, imported = 1 WHERE generation IS NULL AND authority IS NOT NULL",
                &[],
            )?;
            if changed == 0 {
                break;
            }
        }
        // Two authorities may not share a current generation, and each has one.
        let current =
            "UPDATE generations SET current = 1 WHERE id IN (SELECT max(id) FROM generations GROUP BY authority HAVING max(current) = 0)";
        self.execute(current, &[]).map(drop)
    }

    /// A certificate that says that it was revoked gets its revocation, and a revocation its certificate.
    fn mend_revocations(&self) -> Result<(), RegistryError> {
        let sql = "INSERT INTO revocations (authority, generation, issuer_hash, serial, certificate, revoked_at, reason, invalidity_date) \
            SELECT c.authority, c.generation, c.issuer_hash, c.serial, c.id, c.revoked_at, c.revocation_reason, c.invalidity_date FROM certificates c \
            WHERE c.standing IN ('revoked', 'held') AND c.generation IS NOT NULL AND c.revoked_at IS NOT NULL AND c.revocation_reason IS NOT NULL \
            AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.issuer_hash = c.issuer_hash AND r.serial = c.serial AND r.lifted_at IS NULL)";
        self.execute(sql, &[])?;
        let adopt = "UPDATE revocations SET certificate = (SELECT c.id FROM certificates c WHERE c.serial = revocations.serial AND c.issuer_hash = revocations.issuer_hash) WHERE certificate IS NULL";
        self.execute(adopt, &[]).map(drop)
    }

    /// A revocation in force that the next CRL would not list gets its entry, by the rule that the check and whoever builds a CRL go by.
    fn list_revocations(&self) -> Result<(), RegistryError> {
        let unlisted = format!(
            "SELECT r.id, r.generation, r.serial, r.revoked_at, r.reason, r.invalidity_date, c.not_after AS not_after FROM revocations r \
            LEFT JOIN certificates c ON c.id = r.certificate WHERE r.id IN ({})",
            unlisted_revocations()
        );
        let unlisted = self.rows("revocations", &unlisted, &[], crl_beside::entry)?;
        unlisted.iter().try_for_each(|entry| self.insert_crl_entry(entry))?;
        self.list_on_every_key()
    }

    /// A CRL whose bytes cannot be had any more is let go; its number stays behind as the one to continue above.
    fn let_damaged_crls_go(&self, report: &mut SalvageReport) -> Result<(), RegistryError> {
        for id in self.rows("crls", "SELECT id FROM crls ORDER BY id", &[], |cells| cells.get::<CrlId>("id"))? {
            let row = match self.crl(id) {
                Ok(Some(row)) => row,
                Ok(None) => continue,
                Err(error @ RegistryError::Cell { .. }) => {
                    report.lost.push(LostRow { table: "crls".to_owned(), row: id.to_string(), problem: error.to_string() });
                    let floor = "UPDATE generations SET crl_floor = max(coalesce(crl_floor, c.number), c.number) FROM crls c \
                        WHERE c.id = ?1 AND generations.id = c.generation";
                    self.execute(floor, &[&Bound(&id)])?;
                    self.drop_crl_der(id)?;
                    self.execute("DELETE FROM crls WHERE id = ?1", &[&Bound(&id)])?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut der = Vec::new();
            let kept = self.crl_der(id, |bytes| {
                der.extend_from_slice(bytes);
                Ok::<_, RegistryError>(())
            });
            let kept_is_whole = matches!(kept, Ok(true)) && Fingerprint::of(&der) == row.crl.sha256;
            if !matches!(kept, Ok(false)) && !kept_is_whole {
                self.drop_crl_der(id)?;
            }
            let ours = !row.crl.imported;
            let rebuilt = ours
                && match self.rebuilt_crl(&row) {
                    Ok(rebuilt) => rebuilt == (row.crl.sha256, row.crl.entry_count),
                    // What it was put together from is gone, too.
                    Err(RegistryError::Missing { .. } | RegistryError::Damaged { .. } | RegistryError::Cell { .. }) => false,
                    Err(error) => return Err(error),
                };
            if rebuilt || (!ours && kept_is_whole) {
                continue;
            }
            let problem = format!("CRL number {} cannot be put together again", row.crl.number);
            report.lost.push(LostRow { table: "crls".to_owned(), row: id.to_string(), problem });
            // A part or a delta does not say what the whole one says.
            if kept_is_whole && row.crl.kind == CrlKind::Base && row.crl.scope == WHOLE {
                report.crls.push((row.crl.generation, der));
            }
            self.raise_crl_floor(row.crl.generation, &row.crl.number)?;
            self.drop_crl_der(id)?;
            self.execute("DELETE FROM crls WHERE id = ?1", &[&Bound(&id)])?;
        }
        self.let_parts_of_lost_runs_go(report)
    }

    /// Up to which number entries were listed is told by the whole lists: where all of a run's are gone, what ends next would be counted as ended before it,
    /// and its parts could no longer be put together.
    fn let_parts_of_lost_runs_go(&self, report: &mut SalvageReport) -> Result<(), RegistryError> {
        let parts = "SELECT p.id, p.number FROM crls p WHERE p.scope <> '' AND p.imported = 0 AND NOT EXISTS (SELECT 1 FROM crls w \
            WHERE w.generation = p.generation AND w.number = p.number AND w.scope = '' AND w.imported = 0) ORDER BY p.id";
        let parts = self.rows("crls", parts, &[], |cells| Ok((cells.get::<CrlId>("id")?, cells.get::<CrlNumber>("number")?)))?;
        for (id, number) in parts {
            let problem = format!("the whole CRL number {number} is lost, and with it this part");
            report.lost.push(LostRow { table: "crls".to_owned(), row: id.to_string(), problem });
            self.drop_crl_der(id)?;
            self.execute("DELETE FROM crls WHERE id = ?1", &[&Bound(&id)])?;
        }
        Ok(())
    }
}
