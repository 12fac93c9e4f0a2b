//! The audit log's table: rows are appended, chained, paged and verified, never changed.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::cell::{Bound, Cells, epoch_milliseconds};
use super::check::CheckFinding;
use super::{Read, RegistryError, SALVAGED, Write};
use crate::audit::{AuditEvent, BEFORE_THE_FIRST, Link};

/// Where the walk along the chain stands: the row before, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChainPlace {
    pub(crate) sequence: u64,
    pub(crate) hash: [u8; 32],
}

impl ChainPlace {
    /// Before the first row.
    pub(crate) const START: Self = Self { sequence: 0, hash: BEFORE_THE_FIRST };
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1 for the first.
    pub sequence: u64,
    /// When.
    pub at: OffsetDateTime,
    /// Who (JSON).
    pub actor: String,
    /// What, as "noun.verb".
    pub action: String,
    /// To what.
    pub subject: String,
    /// The particulars (JSON).
    pub detail: String,
    /// Why, where a reason was asked for.
    pub why: Option<String>,
    /// The hash of the row before.
    pub previous: [u8; 32],
    /// The row's own hash.
    pub hash: [u8; 32],
}

/// How long the log is, what its last hash is, and a MAC over both under a secret that the registry does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// How many rows.
    pub count: u64,
    /// The hash of the last; zeros if there is none.
    pub head: [u8; 32],
    /// The MAC over [`crate::audit::head_text`].
    pub mac: Vec<u8>,
    /// When it was made.
    pub at: OffsetDateTime,
}

/// What a walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainVerdict {
    /// What is wrong.
    pub findings: Vec<CheckFinding>,
    /// Breaks that a sealed row of a salvage names: they were found then, and are told no more.
    pub on_record: u64,
}

/// A step of the walk: a break, or what the row of a salvage says that it found.
enum Step {
    Break(CheckFinding),
    Declared(HashSet<(String, String)>),
}

pub(super) const COLUMNS: &str = "sequence, at, actor, action, subject, detail, why, previous, hash";

pub(super) fn audit_row(cells: &Cells<'_>) -> Result<AuditRow, RegistryError> {
    Ok(AuditRow {
        sequence: cells.get("sequence")?,
        at: cells.get("at")?,
        actor: cells.get("actor")?,
        action: cells.get("action")?,
        subject: cells.get("subject")?,
        detail: cells.get("detail")?,
        why: cells.get("why")?,
        previous: cells.get("previous")?,
        hash: cells.get("hash")?,
    })
}

impl AuditRow {
    /// The time as it is kept and hashed: milliseconds since 1970-01-01 UTC.
    pub fn at_milliseconds(&self) -> i64 {
        epoch_milliseconds(self.at)
    }

    /// What is wrong with a row that stands behind `place`.
    fn misfits(&self, place: ChainPlace, sealed: Option<&AuditHead>) -> Vec<CheckFinding> {
        let here = format!("audit row {}", self.sequence);
        let mut findings = Vec::new();
        if self.sequence != place.sequence + 1 {
            findings.push(CheckFinding::new(&here, "audit_gap", format!("row {} is missing before it", place.sequence + 1)));
        }
        if self.previous != place.hash {
            findings.push(CheckFinding::new(&here, "audit_broken", "it does not follow from the row before".to_owned()));
        }
        let link = Link {
            sequence: self.sequence,
            at: self.at_milliseconds(),
            actor: &self.actor,
            action: &self.action,
            subject: &self.subject,
            detail: &self.detail,
            why: self.why.as_deref(),
            previous: &self.previous,
        };
        if link.hash() != self.hash {
            findings.push(CheckFinding::new(&here, "audit_changed", "its hash does not fit its text".to_owned()));
        }
        if sealed.is_some_and(|sealed| sealed.count == self.sequence && sealed.head != self.hash) {
            findings.push(CheckFinding::new(&here, "audit_head_differs", "the sealed head has another hash".to_owned()));
        }
        findings
    }
}

impl Read<'_> {
    /// How many rows the log has, and the hash of the last (zeros if there is none).
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_head(&self) -> Result<(u64, [u8; 32]), RegistryError> {
        let newest =
            self.row("audit", "SELECT sequence, hash FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)", &[], |cells| {
                Ok((cells.get("sequence")?, cells.get("hash")?))
            })?;
        Ok(newest.unwrap_or((0, BEFORE_THE_FIRST)))
    }

    /// The newest rows before a sequence number (`None`: from the end), newest first, of one subject or of all.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn audit_page(&self, subject: Option<&str>, before: Option<u64>, limit: u32) -> Result<Vec<AuditRow>, RegistryError> {
        let before = Bound(&before);
        match subject {
            Some(subject) => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM audit WHERE subject = ?1 AND (?2 IS NULL OR sequence < ?2) ORDER BY sequence DESC LIMIT ?3"
                );
                self.rows("audit", &sql, &[&subject, &before, &limit], audit_row)
            }
            None => {
                let sql = format!(
                    "SELECT {COLUMNS} FROM audit WHERE sequence < coalesce(?1, 9223372036854775807) ORDER BY sequence DESC LIMIT ?2"
                );
                self.rows("audit", &sql, &[&before, &limit], audit_row)
            }
        }
    }

    /// The newest MAC of the log's head.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn newest_audit_mac(&self) -> Result<Option<AuditHead>, RegistryError> {
        self.row("audit_heads", "SELECT count, head, mac, at FROM audit_heads ORDER BY count DESC LIMIT 1", &[], |cells| {
            Ok(AuditHead { count: cells.get("count")?, head: cells.get("head")?, mac: cells.get("mac")?, at: cells.get("at")? })
        })
    }

    /// Walks the whole chain, hands each row to `each` and reports every row that does not fit: changed, missing before it, or moved. A MACed
    /// head is compared with the row it stands for; whether its MAC is right is for the holder of the secret to say. A break that the row of a
    /// salvage names is on record only where the seal vouches for that row: it stands at or before the sealed head, and from it to the head the
    /// chain is whole or broken as later such rows say.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn verify_chain(&self, each: impl FnMut(&AuditRow)) -> Result<ChainVerdict, RegistryError> {
        self.verify_chain_between(ChainPlace::START, None, each)
    }

    /// As [`Read::verify_chain`], for the rows behind a place that is known to be right, and not beyond `until`: there the end is not asked for.
    pub(crate) fn verify_chain_between(
        &self,
        from: ChainPlace,
        until: Option<u64>,
        mut each: impl FnMut(&AuditRow),
    ) -> Result<ChainVerdict, RegistryError> {
        let mut steps = Vec::new();
        // How many steps the sealed head vouches for.
        let mut vouched = 0;
        let mut place = from;
        let sealed = self.newest_audit_mac()?;
        let sql = format!("SELECT {COLUMNS} FROM audit WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let last = until.and_then(|until| i64::try_from(until).ok()).unwrap_or(i64::MAX);
        let mut rows = statement.query(rusqlite::params![Bound(&from.sequence), last])?;
        while let Some(row) = rows.next()? {
            let row = match audit_row(&Cells::new("audit", row)) {
                Ok(row) => row,
                Err(error @ RegistryError::Cell { .. }) => {
                    steps.push(Step::Break(CheckFinding::new("audit", "audit_unreadable", error.to_string())));
                    continue;
                }
                Err(error) => return Err(error),
            };
            // What is wrong before the row is declared by it; what is wrong with the row itself makes its declaration worth nothing.
            let (before, itself): (Vec<_>, Vec<_>) =
                row.misfits(place, sealed.as_ref()).into_iter().partition(|finding| matches!(finding.code, "audit_gap" | "audit_broken"));
            steps.extend(before.into_iter().map(Step::Break));
            if row.action == SALVAGED {
                steps.push(Step::Declared(declared_breaks(&row)));
            }
            steps.extend(itself.into_iter().map(Step::Break));
            if sealed.as_ref().is_some_and(|sealed| sealed.count == row.sequence && sealed.head == row.hash) {
                vouched = steps.len();
            }
            each(&row);
            place = ChainPlace { sequence: row.sequence, hash: row.hash };
        }
        let mut verdict = judged(steps, vouched);
        if until.is_none()
            && let Some(sealed) = sealed.filter(|sealed| sealed.count > place.sequence)
        {
            let message = format!("{} rows were sealed, {} are left", sealed.count, place.sequence);
            verdict.findings.push(CheckFinding::new("audit", "audit_cut", message));
        }
        Ok(verdict)
    }

    /// Whether the seal over the head was lost with a page, as the newest salvage says.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub(crate) fn seal_was_lost(&self) -> Result<bool, RegistryError> {
        let sql = "SELECT sequence, detail FROM audit WHERE subject = ?1 AND action = ?2 ORDER BY sequence DESC LIMIT 1";
        let subject = self.meta()?.id.to_string();
        let detail = self.row("audit", sql, &[&subject, &SALVAGED], |cells| cells.get::<serde_json::Value>("detail"))?;
        Ok(detail.is_some_and(|detail| detail.get("seal").and_then(serde_json::Value::as_str) == Some("lost")))
    }
}

/// Goes back from the sealed head: each row's hash holds the one before, so that the seal vouches for every row down to the first break that no row
/// above it has declared.
fn judged(mut steps: Vec<Step>, vouched: usize) -> ChainVerdict {
    let mut verdict = ChainVerdict::default();
    let beyond = steps.split_off(vouched);
    let mut declared = HashSet::new();
    let mut trusted = true;
    let mut found = Vec::new();
    for step in steps.into_iter().rev() {
        match step {
            Step::Break(finding) if trusted && declared.contains(&(finding.place.clone(), finding.code.to_owned())) => {
                verdict.on_record += 1;
            }
            Step::Break(finding) => {
                trusted = false;
                found.push(finding);
            }
            Step::Declared(breaks) if trusted => declared.extend(breaks),
            Step::Declared(_) => {}
        }
    }
    found.reverse();
    verdict.findings = found;
    verdict.findings.extend(beyond.into_iter().filter_map(|step| match step {
        Step::Break(finding) => Some(finding),
        Step::Declared(_) => None,
    }));
    verdict
}

/// The breaks that the row of a salvage names: place and code.
fn declared_breaks(row: &AuditRow) -> HashSet<(String, String)> {
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let breaks = detail.get("breaks").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    breaks.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect()
}

impl Write<'_> {
    /// Appends an event to the log; it commits together with what it tells of. Returns its sequence number.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn append_audit(&self, event: &AuditEvent) -> Result<u64, RegistryError> {
        let gathered = self.pending.borrow().audit_head;
        let (last, previous) = gathered.map_or_else(|| self.audit_head(), Ok)?;
        let (actor, detail) = (event.actor.to_json().to_string(), event.detail.to_string());
        let link = Link {
            sequence: last + 1,
            at: epoch_milliseconds(event.at),
            actor: &actor,
            action: &event.action,
            subject: &event.subject,
            detail: &detail,
            why: event.why.as_deref(),
            previous: &previous,
        };
        let hash = link.hash();
        let sql = format!("INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        self.execute(
            &sql,
            &[
                &Bound(&link.sequence),
                &link.at,
                &link.actor,
                &link.action,
                &link.subject,
                &link.detail,
                &link.why,
                &Bound(&previous),
                &Bound(&hash),
            ],
        )?;
        self.pending.borrow_mut().audit_head = Some((link.sequence, hash));
        Ok(link.sequence)
    }

    /// Stores a MAC of the head; older ones go.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn set_audit_mac(&self, head: &AuditHead) -> Result<(), RegistryError> {
        self.execute("DELETE FROM audit_heads", &[])?;
        self.execute(
            "INSERT INTO audit_heads (count, head, mac, at) VALUES (?1, ?2, ?3, ?4)",
            &[&Bound(&head.count), &Bound(&head.head), &head.mac, &Bound(&head.at)],
        )?;
        Ok(())
    }
}
