//! The full check: SQLite's own, every cell of every table, every certificate, request, key and CRL against its bytes, everything derived
//! against what it is derived from, and the audit chain.

mod certificates;
mod crl_pieces;
mod crls;
mod derived;
mod rows;
mod sources;

use super::{Read, Registry, RegistryError, connection};
use crate::watch::{Unwatched, Watch};

pub(super) use certificates::differing_columns;

/// Findings that a report lists; the rest are counted. A registry whose every row is damaged is told in as little memory as one with a few.
const MOST_LISTED: usize = 1_000;

/// Every code that a finding of a check may have. Each has words in the catalogue.
pub const FINDING_CODES: &[&str] = &[
    "audit_broken",
    "audit_changed",
    "audit_cut",
    "audit_gap",
    "audit_head_differs",
    "audit_mac_wrong",
    "audit_unreadable",
    "audit_unsealed",
    "authority_differs",
    "cell_unreadable",
    "certificate_changed",
    "certificate_columns_differ",
    "certificate_issuer_differs",
    "certificate_missing",
    "certificate_unreadable",
    "counter_wrong",
    "crl_changed",
    "crl_columns_differ",
    "crl_entry_differs",
    "crl_piece_differs",
    "crl_unreadable",
    "file_damaged",
    "intent_differs",
    "key_differs",
    "names_differ",
    "positions_wrong",
    "request_differs",
    "revocation_differs",
    "revocation_unlisted",
    "row_without_parent",
    "schema_differs",
    "words_differ",
];

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFinding {
    /// The row or table.
    pub place: String,
    /// A code that has words in the catalogue: one of [`FINDING_CODES`].
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
    /// What is not as it should be, at most a thousand of it.
    pub findings: Vec<CheckFinding>,
    /// How many findings are not listed.
    pub left_out: u64,
    /// How many certificates were read.
    pub certificates: u64,
    /// How many audit rows were read.
    pub audit_rows: u64,
}

impl CheckReport {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Gathers findings, and counts steps for whoever waits.
struct Findings<'a> {
    report: CheckReport,
    watch: &'a dyn Watch,
    done: u64,
    total: u64,
}

/// Between two looks at whoever waits, so many rows are read.
const STEP: u64 = 256;

impl Findings<'_> {
    fn add(&mut self, place: &str, code: &'static str, message: String) {
        self.push(CheckFinding::new(place, code, message));
    }

    fn push(&mut self, finding: CheckFinding) {
        if self.report.findings.len() < MOST_LISTED {
            self.report.findings.push(finding);
        } else {
            self.report.left_out += 1;
        }
    }

    /// One more row was read.
    fn step(&mut self) -> Result<(), RegistryError> {
        self.done += 1;
        if self.done.is_multiple_of(STEP) {
            self.watch.progress(self.done, self.total.max(self.done));
            if self.watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
        }
        Ok(())
    }

    /// Notes what ended one part of the check: a page that cannot be read ends that part, not the others.
    fn part(&mut self, place: &str, outcome: Result<(), RegistryError>) -> Result<(), RegistryError> {
        match outcome {
            Err(RegistryError::Damaged { detail }) => self.add(place, "file_damaged", detail),
            Err(error @ (RegistryError::Cell { .. } | RegistryError::Missing { .. })) => self.cell(&error),
            other => return other,
        }
        Ok(())
    }

    /// Notes a cell that does not hold what it should.
    fn cell(&mut self, error: &RegistryError) {
        match error {
            RegistryError::Cell { table, column, row, problem } => {
                self.add(&format!("{table} {row}"), "cell_unreadable", format!("column {column}: {problem}"));
            }
            RegistryError::Missing { table, row } => self.add(&format!("{table} {row}"), "row_without_parent", error.to_string()),
            other => self.add("file", "file_damaged", other.to_string()),
        }
    }

    /// Keeps the value of a row, or notes which cell is wrong.
    fn kept<T>(&mut self, outcome: Result<T, RegistryError>) -> Result<Option<T>, RegistryError> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(error @ (RegistryError::Cell { .. } | RegistryError::Missing { .. })) => {
                self.cell(&error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
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
        self.check_watched(&Unwatched)
    }

    /// Checks everything while `watch` is told how far it is.
    ///
    /// # Errors
    /// `Cancelled`, or what kept the check from going on.
    pub fn check_watched(&self, watch: &dyn Watch) -> Result<CheckReport, RegistryError> {
        let mut found = Findings { report: CheckReport::default(), watch, done: 0, total: 0 };
        // Where a counter cannot be read the bar is wrong, not the check.
        let rows = self.number("SELECT (SELECT count(*) FROM certificate_ders) + (SELECT count(*) FROM audit)", &[]).unwrap_or(0);
        found.total = u64::try_from(rows).unwrap_or(0);
        watch.progress(0, found.total);
        for finding in self.pragma_findings("PRAGMA integrity_check(100)")? {
            found.push(finding);
        }
        let outcome = self.foreign_key_findings(&mut found);
        found.part("file", outcome)?;
        for name in self.schema_differences()? {
            found.add("file", "schema_differs", name);
        }
        self.check_rows(&mut found)?;
        let outcome = self.check_certificates(&mut found);
        found.part("certificates", outcome)?;
        self.check_derived(&mut found)?;
        self.check_crls(&mut found)?;
        let outcome = self.check_crl_pieces(&mut found);
        found.part("crl_pieces", outcome)?;
        let outcome = self.check_audit(&mut found);
        found.part("audit", outcome)?;
        watch.progress(found.total, found.total);
        Ok(found.report)
    }

    fn check_audit(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let mut rows = 0;
        for finding in self.verify_chain(|_| rows += 1)?.findings {
            found.push(finding);
        }
        found.report.audit_rows = rows;
        Ok(())
    }

    pub(super) fn pragma_findings(&self, sql: &str) -> Result<Vec<CheckFinding>, RegistryError> {
        let mut statement = match self.connection.prepare(sql).map_err(RegistryError::from) {
            Ok(statement) => statement,
            Err(RegistryError::Damaged { detail }) => return Ok(vec![CheckFinding::new("file", "file_damaged", detail)]),
            Err(error) => return Err(error),
        };
        let answers: Vec<String> = match statement.query_map([], |row| row.get(0)).and_then(Iterator::collect) {
            Ok(answers) => answers,
            Err(error) => match RegistryError::from(error) {
                RegistryError::Damaged { detail } => vec![detail],
                other => return Err(other),
            },
        };
        Ok(answers.into_iter().filter(|answer| answer != "ok").map(|answer| CheckFinding::new("file", "file_damaged", answer)).collect())
    }

    fn foreign_key_findings(&self, found: &mut Findings<'_>) -> Result<(), RegistryError> {
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, row, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let place = row.map_or_else(|| table.clone(), |row| format!("{table} {row}"));
            found.add(&place, "row_without_parent", format!("it names a row of {parent} that is not there"));
        }
        Ok(())
    }
}

impl Registry {
    /// Runs the full check on one moment.
    ///
    /// # Errors
    /// What kept the check from going on; damage is a finding.
    pub fn check(&self) -> Result<CheckReport, RegistryError> {
        self.check_watched(&Unwatched)
    }

    /// Runs the full check on one moment while `watch` is told how far it is.
    ///
    /// # Errors
    /// `Cancelled`, or what kept the check from going on; damage is a finding.
    pub fn check_watched(&self, watch: &dyn Watch) -> Result<CheckReport, RegistryError> {
        self.interruptible(watch, |read| read.check_watched(watch))
    }

    /// Looks at the file's structure alone.
    ///
    /// # Errors
    /// `Cancelled`, or what kept the check from going on; damage is a finding.
    pub fn quick_check(&self, watch: &dyn Watch) -> Result<Vec<CheckFinding>, RegistryError> {
        self.interruptible(watch, |read| read.quick_check())
    }

    /// Runs a long read on a connection of its own, which is interrupted in the middle of a statement when `watch` says so.
    fn interruptible<T>(&self, watch: &dyn Watch, work: impl FnOnce(&Read<'_>) -> Result<T, RegistryError>) -> Result<T, RegistryError> {
        let connection = connection::reader(&self.path, self.access)?;
        let handle = connection.get_interrupt_handle();
        let (finished, waiting) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while waiting.recv_timeout(std::time::Duration::from_millis(100)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    if watch.cancelled() {
                        handle.interrupt();
                    }
                }
            });
            let outcome = connection.unchecked_transaction().map_err(RegistryError::from).and_then(|moment| work(&Read::new(&moment)));
            drop(finished);
            match outcome {
                // SQLite says "interrupted", which is what was asked for.
                Err(RegistryError::Statement { .. }) if watch.cancelled() => Err(RegistryError::Cancelled),
                outcome => outcome,
            }
        })
    }
}
