//! The full check: SQLite's own, every certificate against its columns, every counter against a recount, every kept CRL against its hash, and
//! the audit chain.

use pki::{Certificate, Fingerprint};

use super::cell::Cells;
use super::certificates::{COLUMNS, certificate_row};
use super::facts::CertificateFacts;
use super::{CrlId, Read, RegistryError};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFinding {
    /// The row or table.
    pub place: String,
    /// A code that has words in the catalogue.
    pub code: &'static str,
    /// The particulars, for the log and the curious.
    pub message: String,
}

impl CheckFinding {
    pub(super) fn new(place: &str, code: &'static str, message: String) -> Self {
        Self { place: place.to_owned(), code, message }
    }
}

/// What a check has looked at and found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckReport {
    /// Everything that is not as it should be.
    pub findings: Vec<CheckFinding>,
    /// How many certificates were read.
    pub certificates: u64,
    /// How many audit rows were read.
    pub audit_rows: u64,
}

impl Read<'_> {
    /// A quick look at the file's structure, without the rows' content: for the background after an unclean stop, weekly, before a backup.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn quick_check(&self) -> Result<Vec<CheckFinding>, RegistryError> {
        self.pragma_findings("PRAGMA quick_check(100)")
    }

    /// Checks everything. Damage is a finding; an error is what kept the check from going on.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn check(&self) -> Result<CheckReport, RegistryError> {
        let mut report = CheckReport { findings: self.pragma_findings("PRAGMA integrity_check(100)")?, ..CheckReport::default() };
        report.findings.extend(self.foreign_key_findings()?);
        // A page that cannot be read ends one part of the check, not the others.
        let part = |outcome: Result<(), RegistryError>, place: &str, findings: &mut Vec<CheckFinding>| match outcome {
            Ok(()) => Ok(()),
            Err(RegistryError::Damaged { detail }) => {
                findings.push(CheckFinding::new(place, "file_damaged", detail));
                Ok(())
            }
            Err(error @ RegistryError::Cell { .. }) => {
                findings.push(CheckFinding::new(place, "cell_unreadable", error.to_string()));
                Ok(())
            }
            Err(error) => Err(error),
        };
        let mut findings = Vec::new();
        let outcome = self.check_certificates(&mut findings, &mut report.certificates);
        part(outcome, "certificates", &mut findings)?;
        let outcome = self.check_counters(&mut findings);
        part(outcome, "certificate_totals", &mut findings)?;
        let outcome = self.check_crls(&mut findings);
        part(outcome, "crls", &mut findings)?;
        let outcome = self.verify_chain(|_| report.audit_rows += 1).map(|found| findings.extend(found));
        part(outcome, "audit", &mut findings)?;
        report.findings.extend(findings);
        Ok(report)
    }

    fn pragma_findings(&self, sql: &str) -> Result<Vec<CheckFinding>, RegistryError> {
        let mut statement = self.connection.prepare(sql)?;
        let answers: Vec<String> = match statement.query_map([], |row| row.get(0)).and_then(Iterator::collect) {
            Ok(answers) => answers,
            Err(error) => match RegistryError::from(error) {
                RegistryError::Damaged { detail } => vec![detail],
                other => return Err(other),
            },
        };
        Ok(answers.into_iter().filter(|answer| answer != "ok").map(|answer| CheckFinding::new("file", "file_damaged", answer)).collect())
    }

    fn foreign_key_findings(&self) -> Result<Vec<CheckFinding>, RegistryError> {
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        let mut findings = Vec::new();
        while let Some(row) = rows.next()? {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            findings.push(CheckFinding::new(&table, "row_without_parent", format!("a row names a row of {parent} that is not there")));
        }
        Ok(findings)
    }

    fn check_certificates(&self, findings: &mut Vec<CheckFinding>, count: &mut u64) -> Result<(), RegistryError> {
        let sql = format!("SELECT {COLUMNS}, d.der FROM certificates c LEFT JOIN certificate_ders d ON d.certificate = c.id ORDER BY c.id");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *count += 1;
            let cells = Cells::new("certificates", row);
            let (row, der) = match certificate_row(&cells).and_then(|row| Ok((row, cells.get::<Option<Vec<u8>>>("der")?))) {
                Ok(read) => read,
                Err(error @ RegistryError::Cell { .. }) => {
                    findings.push(CheckFinding::new("certificates", "cell_unreadable", error.to_string()));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let place = format!("certificate {}", row.id);
            let Some(der) = der else {
                findings.push(CheckFinding::new(&place, "certificate_missing", "its DER is not there".to_owned()));
                continue;
            };
            if Fingerprint::of(&der) != row.facts.fingerprint {
                findings.push(CheckFinding::new(&place, "certificate_changed", "its DER does not have its SHA-256".to_owned()));
                continue;
            }
            match Certificate::from_der(&der) {
                Ok(certificate) => {
                    let differing = differing_columns(&row.facts, &CertificateFacts::of(&certificate));
                    if !differing.is_empty() {
                        findings.push(CheckFinding::new(&place, "certificate_columns_differ", differing.join(", ")));
                    }
                }
                Err(error) => findings.push(CheckFinding::new(&place, "certificate_unreadable", error.to_string())),
            }
        }
        Ok(())
    }

    fn check_counters(&self, findings: &mut Vec<CheckFinding>) -> Result<(), RegistryError> {
        let (kept, counted) = self.recount()?;
        for name in kept.keys().chain(counted.keys().filter(|name| !kept.contains_key(*name))) {
            let (kept, counted) = (kept.get(name).unwrap_or(&0), counted.get(name).unwrap_or(&0));
            if kept != counted {
                findings.push(CheckFinding::new(name, "counter_wrong", format!("kept {kept}, counted {counted}")));
            }
        }
        Ok(())
    }

    fn check_crls(&self, findings: &mut Vec<CheckFinding>) -> Result<(), RegistryError> {
        let sql = "SELECT id, sha256 FROM crls WHERE EXISTS (SELECT 1 FROM crl_chunks WHERE crl = crls.id) ORDER BY id";
        let kept: Vec<(CrlId, Fingerprint)> = self.rows("crls", sql, &[], |cells| Ok((cells.get("id")?, cells.get("sha256")?)))?;
        for (id, sha256) in kept {
            let mut der = Vec::new();
            self.crl_der(id, |bytes| {
                der.extend_from_slice(bytes);
                Ok::<(), RegistryError>(())
            })?;
            if Fingerprint::of(&der) != sha256 {
                findings.push(CheckFinding::new(&format!("CRL {id}"), "crl_changed", "its DER does not have its SHA-256".to_owned()));
            }
        }
        Ok(())
    }
}

/// The columns in which a row and its certificate differ.
fn differing_columns(row: &CertificateFacts, derived: &CertificateFacts) -> Vec<&'static str> {
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
