//! Salvage: every row that can still be read in a damaged file, put into a new registry. The damaged file is only read.

mod gather;
mod mend;
mod pages;
mod records;

use std::collections::HashMap;
use std::path::Path;

use pki::Fingerprint;
use time::OffsetDateTime;

use super::cell::{Bound, epoch_milliseconds};
use super::error::OpenError;
use super::ids::{GenerationId, RegistryId};
use super::settings::KeysKind;
use super::{Disk, NewRegistry, Registry, RegistryError, Write};
use crate::audit::{Actor, AuditEvent, Link};
use crate::watch::Unwatched;
use gather::{Kept, Map};
use pages::Pages;

/// The action of the audit row that begins the log of a salvaged registry anew.
pub(crate) const SALVAGED: &str = "registry.salvaged";

/// A row that could not be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostRow {
    /// Its table.
    pub table: String,
    /// Its key, as far as it can be read.
    pub row: String,
    /// What is wrong.
    pub problem: String,
}

/// What a salvage found.
#[derive(Debug, Default)]
pub struct SalvageReport {
    /// Rows taken over, by table.
    pub kept: Kept,
    /// Rows that were not.
    pub lost: Vec<LostRow>,
    /// Pages that were to be read and could not be.
    pub damaged_pages: Vec<u32>,
    /// Certificates whose row was made anew from their bytes.
    pub rows_made_anew: u64,
    /// Serials whose certificate is lost, in hex.
    pub lost_serials: Vec<String>,
    /// Rows of the audit log that do not follow from the row before.
    pub audit_breaks: u64,
    /// Certificates in the new registry.
    pub certificates: u64,
    /// CRLs whose entries are lost but whose bytes are whole: they tell revocations again.
    pub(crate) crls: Vec<(GenerationId, Vec<u8>)>,
    /// Certificates found by looking at bytes alone.
    found_by_bytes: HashMap<Fingerprint, Vec<u8>>,
}

impl Registry {
    /// Takes every row that can be read out of the damaged file at `from`, and its WAL, into a new registry at `to` (on `disk`), which awaits the newest published
    /// CRLs as a restored one does.
    ///
    /// # Errors
    /// `NotARegistry` if nothing of a registry is in the file; `AlreadyExists`, and what else keeps a new registry from being made.
    pub fn salvage(
        from: &Path,
        to: &Path,
        disk: Disk,
        spare: RegistryId,
        actor: &Actor,
        now: OffsetDateTime,
    ) -> Result<(Self, SalvageReport), OpenError> {
        if from.is_dir() {
            return Err(OpenError::IsFolder { path: from.to_owned() });
        }
        let pages = Pages::open(from).map_err(|error| OpenError::io(from, &error))?;
        let map = Map::of(&pages);
        let mut report = SalvageReport { damaged_pages: map.damaged.clone(), ..SalvageReport::default() };
        let name = from.file_stem().map_or_else(|| "registry".to_owned(), |name| name.to_string_lossy().into_owned());
        let new = NewRegistry { id: spare, name, keys: KeysKind::Passphrase, is_test: false, actor: actor.clone(), now, disk };
        let registry = Self::create_with(to, &new, |tx| {
            tx.execute("PRAGMA defer_foreign_keys = ON", &[])?;
            let triggers: Vec<(String, String)> =
                tx.rows("sqlite_schema", "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'", &[], |cells| {
                    Ok((cells.get("name")?, cells.get("sql")?))
                })?;
            for (name, _) in &triggers {
                tx.execute(&format!("DROP TRIGGER {name}"), &[])?;
            }
            tx.execute("DELETE FROM schema_history", &[])?;
            tx.take_rows(&pages, &map, &mut report)?;
            if report.kept.is_empty() {
                return Err(RegistryError::Missing { table: "certificates", row: "any".to_owned() });
            }
            if !report.kept.contains_key("meta") {
                tx.guess_meta()?;
            }
            tx.look_for_missing(&pages, &mut report)?;
            tx.mend_salvaged(&mut report)?;
            let mut after = None;
            loop {
                after = tx.repair_certificates(after)?.next;
                if after.is_none() {
                    break;
                }
            }
            tx.rebuild_derived(&Unwatched)?;
            tx.set_setting("check.damage", None)?;
            tx.begin_epoch()?;
            tx.begin_log_anew(&mut report, actor, now)?;
            for (_, sql) in &triggers {
                tx.connection.execute_batch(sql)?;
            }
            report.certificates = u64::try_from(tx.number("SELECT count(*) FROM certificates", &[])?).unwrap_or(0);
            Ok(())
        });
        match registry {
            Err(OpenError::Registry(RegistryError::Missing { .. })) => Err(OpenError::NotARegistry { path: from.to_owned() }),
            Err(error) => Err(error),
            Ok(registry) => Ok((registry, report)),
        }
    }
}

impl Write<'_> {
    /// What the registry is, from what else tells it: the log names its id, its keys where they are.
    fn guess_meta(&self) -> Result<(), RegistryError> {
        let created = "SELECT subject FROM audit WHERE action = 'registry.created' ORDER BY sequence LIMIT 1";
        let id = self.row("audit", created, &[], |cells| cells.get::<String>("subject"))?.and_then(|text| text.parse::<RegistryId>().ok());
        if let Some(id) = id {
            self.execute("UPDATE meta SET registry = ?1", &[&Bound(&id)])?;
        }
        let location =
            "SELECT location FROM keys WHERE location IN ('os', 'vault', 'memory') GROUP BY location ORDER BY count(*) DESC LIMIT 1";
        let keys = match self.row("keys", location, &[], |cells| cells.get::<String>("location"))?.as_deref() {
            Some("os") => KeysKind::Os,
            Some("memory") => KeysKind::Memory,
            _ => KeysKind::Passphrase,
        };
        self.set_keys_kind(keys)
    }

    /// The log goes on after the highest number that it is known to have had. The row says where it came from and where it is broken, so that the breaks
    /// are told apart from ones that come later.
    fn begin_log_anew(&self, report: &mut SalvageReport, actor: &Actor, now: OffsetDateTime) -> Result<(), RegistryError> {
        let (last, previous) = self.audit_head()?;
        let sealed = self.newest_audit_mac()?;
        let sequence = sealed.as_ref().map_or(last, |sealed| sealed.count.max(last)) + 1;
        let found = self.verify_chain(|_| ())?.findings;
        let seal_fits = sealed.as_ref().is_some_and(|sealed| {
            sealed.count <= last && !found.iter().any(|finding| matches!(finding.code, "audit_head_differs" | "audit_cut"))
        });
        let mut breaks: Vec<(String, &str)> = found
            .into_iter()
            .filter(|finding| finding.place.starts_with("audit row "))
            .map(|finding| (finding.place, finding.code))
            .collect();
        if sequence != last + 1 {
            breaks.push((format!("audit row {sequence}"), "audit_gap"));
        }
        let whole_head = match &sealed {
            Some(_) if seal_fits => self
                .row(
                    "audit",
                    "SELECT sequence FROM audit WHERE sequence = ?1",
                    &[&Bound(&sealed.as_ref().map_or(0, |sealed| sealed.count))],
                    |_| Ok(()),
                )?
                .is_some(),
            _ => false,
        };
        report.audit_breaks = u64::try_from(breaks.len()).unwrap_or(u64::MAX);
        let detail = serde_json::json!({
            "count": sealed.as_ref().map_or(last, |sealed| sealed.count.max(last)),
            "head": hex::encode(previous),
            "sealed": sealed.as_ref().map(|sealed| serde_json::json!({ "count": sealed.count, "head": hex::encode(sealed.head), "mac": hex::encode(&sealed.mac) })),
            "seal": if whole_head { "kept" } else { "lost" },
            "breaks": breaks.iter().map(|(place, code)| serde_json::json!([place, code])).collect::<Vec<_>>(),
            "lost": report.lost.len(),
            "pages": report.damaged_pages.len(),
        });
        if !whole_head {
            self.execute("DELETE FROM audit_heads", &[])?;
        }
        let subject = self.meta()?.id.to_string();
        let event = AuditEvent { at: now, actor: actor.clone(), action: SALVAGED.to_owned(), subject, detail, why: None };
        let (actor, detail) = (event.actor.to_json().to_string(), event.detail.to_string());
        let link = Link {
            sequence,
            at: epoch_milliseconds(event.at),
            actor: &actor,
            action: &event.action,
            subject: &event.subject,
            detail: &detail,
            why: None,
            previous: &previous,
        };
        let sql = "INSERT INTO audit (sequence, at, actor, action, subject, detail, why, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?8)";
        self.execute(
            sql,
            &[&Bound(&sequence), &link.at, &actor, &event.action, &event.subject, &detail, &Bound(&previous), &Bound(&link.hash())],
        )?;
        Ok(())
    }
}
