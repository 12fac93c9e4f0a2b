//! Looking after the registry: when its file is to be looked at, the full check, and the repair of what can be derived.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::registry::{CheckFinding, CheckReport, Read, RegistryError};
use crate::session::Session;
use crate::watch::Watch;

/// Setting: when the file was last looked at, epoch milliseconds.
const LOOKED: &str = "check.last";
/// Setting: damage that no clean look of the same depth has followed: when it was found (epoch milliseconds), how many findings, how deep the look.
const DAMAGE: &str = "check.damage";
/// A look at the structure of the file alone.
const QUICK: &str = "quick";
/// A look at everything.
const FULL: &str = "full";
/// A file that was not looked at for this long is.
const WEEK: Duration = Duration::days(7);

/// Why the file is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDue {
    /// The program that had it open before did not end in order.
    UncleanStop,
    /// It was never looked at, or not for a week.
    Weekly,
    /// A backup is to be made: a damaged file must not push a sound backup out.
    Backup,
}

impl CheckDue {
    /// The word for it in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UncleanStop => "unclean-stop",
            Self::Weekly => "weekly",
            Self::Backup => "backup",
        }
    }
}

/// Damage that was found and not yet mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDamage {
    /// When it was found.
    pub at: OffsetDateTime,
    /// How many findings there were.
    pub findings: u64,
}

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// Certificates whose columns were made anew from their DER.
    pub certificates: u64,
    /// Whether counters, positions, names and words were made anew.
    pub derived: bool,
    /// Whether the indexes of the file were made anew.
    pub indexes: bool,
}

impl RepairReport {
    /// Whether anything was changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.certificates > 0 || self.derived || self.indexes
    }
}

impl Session {
    /// Whether a look at the file is due, and why. A registry that cannot be written is looked at on request only: nothing could be noted.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn check_due(&self) -> Result<Option<CheckDue>, RegistryError> {
        if self.registry().read_only() {
            return Ok(None);
        }
        if self.registry().stopped_uncleanly() {
            return Ok(Some(CheckDue::UncleanStop));
        }
        let (looked, made) = self.registry().read(|tx| Ok::<_, RegistryError>((tx.setting(LOOKED)?, tx.meta()?.created_at)))?;
        // What was made counts as looked at; a time that lies ahead is a clock that was wrong.
        let last = looked.and_then(|text| time_of(&text)).unwrap_or(made);
        let age = self.now() - last;
        Ok((age >= WEEK || age < -WEEK).then_some(CheckDue::Weekly))
    }

    /// Looks at the structure of the file if that is due, and notes the outcome; tells what was found, or `None` when nothing was due.
    ///
    /// # Errors
    /// `Cancelled`, or what kept the look from going on.
    pub fn check_if_due(&self, watch: &dyn Watch) -> Result<Option<Vec<CheckFinding>>, RegistryError> {
        match self.check_due()? {
            Some(why) => self.quick_check(why, watch).map(Some),
            None => Ok(None),
        }
    }

    /// Looks at the structure of the file and notes the outcome.
    ///
    /// # Errors
    /// `Cancelled`, or what kept the look from going on.
    pub fn quick_check(&self, why: CheckDue, watch: &dyn Watch) -> Result<Vec<CheckFinding>, RegistryError> {
        let findings = self.registry().quick_check(watch)?;
        self.note_look(&findings, why.as_str(), QUICK)?;
        Ok(findings)
    }

    /// Checks everything and notes the outcome.
    ///
    /// # Errors
    /// `Cancelled`, or what kept the check from going on; damage is a finding.
    pub fn check(&self, watch: &dyn Watch) -> Result<CheckReport, RegistryError> {
        let report = self.registry().check_watched(watch)?;
        self.note_look(&report.findings, "asked", FULL)?;
        Ok(report)
    }

    /// The damage that the last look found.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn known_damage(&self) -> Result<Option<KnownDamage>, RegistryError> {
        self.registry().read(known_damage)
    }

    /// Notes damage that a look at the structure alone does not find, so that only a clean check of everything ends it.
    pub(crate) fn note_damage(&self, why: CheckDue, damage: &RegistryError) -> Result<(), RegistryError> {
        let finding = CheckFinding { place: "certificates".to_owned(), code: "certificate_changed", message: damage.to_string() };
        self.note_look(&[finding], why.as_str(), FULL)
    }

    fn note_look(&self, findings: &[CheckFinding], why: &'static str, depth: &str) -> Result<(), RegistryError> {
        if self.registry().read_only() {
            return Ok(());
        }
        let now = milliseconds(self.now());
        let outcome = self.change(|tx| {
            tx.set_setting(LOOKED, Some(&now.to_string()))?;
            let known = tx.setting(DAMAGE)?;
            if findings.is_empty() {
                // A look at the structure says nothing of what is in the rows.
                let settled = depth == FULL || known.as_deref().is_some_and(|known| known.ends_with(QUICK));
                return if settled { tx.set_setting(DAMAGE, None) } else { Ok(()) };
            }
            tx.set_setting(DAMAGE, Some(&format!("{now} {} {depth}", findings.len())))?;
            if known.is_none() {
                let codes: std::collections::BTreeSet<_> = findings.iter().map(|finding| finding.code).collect();
                let detail = json!({ "findings": findings.len(), "codes": codes, "cause": why });
                tx.append_audit(&self.event("registry.damage-found", &self.id().to_string(), detail))?;
            }
            Ok(())
        });
        self.registry().forget_unclean_stop();
        match outcome {
            // A file so damaged that nothing can be noted in it: what was found is told all the same.
            Err(error @ (RegistryError::Damaged { .. } | RegistryError::Cell { .. } | RegistryError::Refused { .. }))
                if !findings.is_empty() =>
            {
                tracing::warn!(%error, "what the check found cannot be noted");
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Makes anew what can be derived: columns from their DER in batches of one transaction each, standings from revocations, indexes, then counters,
    /// positions, names, words and the pieces of CRLs. What was signed is never written. Each change commits with its audit row.
    ///
    /// # Errors
    /// `Cancelled` (whole batches stay, and the rest is asked for at the next opening), `ReadOnly`, `Busy`, or `Damaged` where a table cannot be
    /// read: then a backup or a salvage helps.
    pub fn repair(&self, watch: &dyn Watch) -> Result<RepairReport, RegistryError> {
        let before = self.registry().check_watched(&Part { watch, nth: 0 })?;
        let mut report = RepairReport::default();
        let subject = self.id().to_string();
        if before.findings.iter().any(|finding| matches!(finding.code, "file_damaged" | "schema_differs")) {
            self.change(|tx| {
                tx.reindex()?;
                tx.append_audit(&self.event("registry.reindexed", &subject, json!({})))
            })?;
            report.indexes = true;
        }
        let total = before.certificates;
        let (mut after, mut seen) = (None, 0);
        loop {
            let batch = self.change(|tx| {
                let batch = tx.repair_certificates(after)?;
                if !batch.changed.is_empty() {
                    // Should this end here, the next opening makes anew what depends on these.
                    tx.set_setting("registry.rebuild", Some("repair"))?;
                    let ids: Vec<_> = batch.changed.iter().map(ToString::to_string).collect();
                    tx.append_audit(&self.event("registry.repaired", &subject, json!({ "certificates": ids })))?;
                }
                Ok::<_, RegistryError>(batch)
            })?;
            report.certificates += u64::try_from(batch.changed.len()).unwrap_or(0);
            seen += batch.seen;
            Part { watch, nth: 1 }.progress(seen, total);
            if watch.cancelled() {
                return Err(RegistryError::Cancelled);
            }
            after = batch.next;
            if after.is_none() {
                break;
            }
        }
        let derived =
            |finding: &CheckFinding| DERIVED.contains(&finding.code) || DERIVED_TABLES.iter().any(|table| finding.place.starts_with(table));
        if report.certificates > 0 || report.indexes || before.left_out > 0 || before.findings.iter().any(derived) {
            self.change(|tx| {
                tx.rebuild_derived(&Part { watch, nth: 2 })?;
                tx.append_audit(&self.event("registry.rebuilt", &subject, json!({ "certificates": total })))
            })?;
            report.derived = true;
        }
        Ok(report)
    }
}

/// Findings that concern nothing but what is derived.
const DERIVED: [&str; 5] = ["counter_wrong", "crl_piece_differs", "positions_wrong", "names_differ", "words_differ"];
/// Tables that hold nothing but what is derived.
const DERIVED_TABLES: [&str; 8] = [
    "certificate_totals",
    "certificate_expiries",
    "certificate_names",
    "certificate_words",
    "crl_cuts",
    "crl_marks",
    "crl_pieces",
    "position_ranges",
];

/// One of the three parts of a repair: the check, the columns, what is derived.
struct Part<'a> {
    watch: &'a dyn Watch,
    nth: u64,
}

/// Steps that each part counts for.
const PART: u64 = 1_000;

impl Watch for Part<'_> {
    fn progress(&self, done: u64, total: u64) {
        let within = done.min(total).saturating_mul(PART).checked_div(total).unwrap_or(0);
        self.watch.progress(self.nth * PART + within, 3 * PART);
    }

    fn cancelled(&self) -> bool {
        self.watch.cancelled()
    }
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    time.unix_timestamp().saturating_mul(1000)
}

fn time_of(text: &str) -> Option<OffsetDateTime> {
    let millis: i64 = text.parse().ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
}

/// The damage that the last look found.
pub(crate) fn known_damage(tx: &Read<'_>) -> Result<Option<KnownDamage>, RegistryError> {
    Ok(tx.setting(DAMAGE)?.as_deref().and_then(damage_of))
}

fn damage_of(text: &str) -> Option<KnownDamage> {
    let mut words = text.split(' ');
    Some(KnownDamage { at: time_of(words.next()?)?, findings: words.next()?.parse().ok()? })
}
