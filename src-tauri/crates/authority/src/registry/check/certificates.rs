//! Every certificate: the SHA-256 of its DER, and every column that its DER also says.

use std::collections::HashMap;

use pki::{Certificate, Fingerprint};

use super::Findings;
use crate::registry::cell::Cells;
use crate::registry::certificates::{COLUMNS, CertificateRow, certificate_row};
use crate::registry::facts::CertificateFacts;
use crate::registry::ids::{AuthorityId, CertificateId, GenerationId};
use crate::registry::search::sort_name;
use crate::registry::{Read, RegistryError};

/// The keys that sign here: whose they are, and their SHA-256.
type Signers = HashMap<GenerationId, (AuthorityId, Fingerprint)>;

impl Read<'_> {
    pub(super) fn check_certificates(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let signers = self.signers()?;
        let sql = format!(
            "SELECT {COLUMNS}, c.sort_name, c.issuer_hash, d.der FROM certificates c LEFT JOIN certificate_ders d ON d.certificate = c.id ORDER BY c.id"
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found.step()?;
            found.report.certificates += 1;
            let (cells, of_ders) = (Cells::new("certificates", row), Cells::new("certificate_ders", row));
            let Some(row) = found.kept(certificate_row(&cells))? else { continue };
            let place = format!("certificate {}", row.id);
            let Some(der) = found.kept(of_ders.get::<Option<Vec<u8>>>("der"))? else { continue };
            let Some(der) = der else {
                found.add(&place, "certificate_missing", format!("SHA-256 {}", row.facts.fingerprint));
                continue;
            };
            if Fingerprint::of(&der) != row.facts.fingerprint {
                found.add(&place, "certificate_changed", format!("SHA-256 {} is recorded", row.facts.fingerprint));
                continue;
            }
            let certificate = match Certificate::from_der(&der) {
                Ok(certificate) => certificate,
                Err(error) => {
                    found.add(&place, "certificate_unreadable", error.to_string());
                    continue;
                }
            };
            let derived = CertificateFacts::of(&certificate);
            let mut differing = differing_columns(&row.facts, &derived);
            if found.kept(cells.get::<String>("sort_name"))?.is_some_and(|kept| kept != sort_name(&derived.display_name)) {
                differing.push("sort_name");
            }
            if found.kept(cells.get::<Fingerprint>("issuer_hash"))?.is_some_and(|kept| kept != derived.issuer_hash()) {
                differing.push("issuer_hash");
            }
            if !differing.is_empty() {
                found.add(&place, "certificate_columns_differ", differing.join(", "));
            }
            if let Some(problem) = issuer_problem(&row, &signers) {
                found.add(&place, "certificate_issuer_differs", problem.to_owned());
            }
        }
        Ok(())
    }

    fn signers(&self) -> Result<Signers, RegistryError> {
        let sql = "SELECT g.id, g.authority, k.fingerprint FROM generations g JOIN keys k ON k.id = g.key";
        // What cannot be read of these is told by the check of their own tables.
        let mut signers = Signers::new();
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let cells = Cells::new("generations", row);
            if let (Ok(id), Ok(authority), Ok(key)) = (cells.get("id"), cells.get("authority"), cells.get("fingerprint")) {
                signers.insert(id, (authority, key));
            }
        }
        Ok(signers)
    }
}

/// What does not fit between a certificate's record and the key that is said to have signed it.
fn issuer_problem(row: &CertificateRow, signers: &Signers) -> Option<&'static str> {
    let (first, end) = CertificateId::of_second(row.record.issued_at);
    let CertificateId(id) = row.id;
    if !(first..end).contains(&id) {
        return Some("issued_at does not fit the id");
    }
    let Some(generation) = row.record.generation else {
        return row.record.authority.map(|_| "authority without a generation");
    };
    // A generation that is not there is told by its foreign key.
    let (authority, key) = signers.get(&generation)?;
    if row.record.authority != Some(*authority) {
        return Some("the generation is another authority's");
    }
    (row.record.issuer_key != Some(*key)).then_some("issuer_key is not the generation's key")
}

/// The columns in which a row and its certificate differ.
pub(in crate::registry) fn differing_columns(row: &CertificateFacts, derived: &CertificateFacts) -> Vec<&'static str> {
    let pairs = [
        ("kind", row.kind == derived.kind),
        ("class", row.class == derived.class),
        ("serial", row.serial == derived.serial),
        ("subject_key_id", row.subject_key_id == derived.subject_key_id),
        ("authority_key_id", row.authority_key_id == derived.authority_key_id),
        ("subject", row.subject == derived.subject),
        ("issuer", row.issuer == derived.issuer),
        ("display_name", row.display_name == derived.display_name),
        ("names", row.names == derived.names),
        ("not_before", row.not_before == derived.not_before),
        ("not_after", row.not_after == derived.not_after),
        ("key_kind", row.key_kind == derived.key_kind),
        ("key_fingerprint", row.key_fingerprint == derived.key_fingerprint),
    ];
    pairs.into_iter().filter(|(_, equal)| !equal).map(|(column, _)| column).collect()
}
