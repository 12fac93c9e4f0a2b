//! Refreshing a source: fetch, believe, stage, compare, replace. Stops at the first failure; each refresh leaves an event.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pki::Certificate;
use serde_json::json;
use time::OffsetDateTime;

use super::fetch::{Fetch, NoFetch, spooled};
use super::staging::{Expected, stage};
use super::{LONGEST_NAME, MOST_HOURS, MOST_SIGNERS, Place, SourceError, SourceWish, next_due};
use crate::registry::{
    RegistryError, SourceDifferenceRow, SourceEventId, SourceEventRow, SourceFailureRow, SourceId, SourceKind, SourceOutcome, SourceRow,
    SourceSeen, SourceStaging, Write,
};
use crate::session::Session;
use crate::watch::Watch;

/// How a source shall be refreshed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshWish {
    /// Takes it also when it is smaller by more than a fifth.
    pub accept_shrink: bool,
    /// Whether a person asks for it; else the schedule does.
    pub by_hand: bool,
    /// Changes listed, at most.
    pub listed: u32,
}

/// What a refresh did.
#[derive(Debug, Clone)]
pub struct Refreshed {
    /// The source as it is now.
    pub source: SourceRow,
    /// `Created`, `Replaced` or `Unchanged`.
    pub outcome: SourceOutcome,
    /// What was added, removed and changed.
    pub difference: SourceDifferenceRow,
}

/// What a look at the sources that were due has come to.
#[derive(Debug, Default)]
pub struct RefreshRound {
    /// Sources whose content is new or as it was.
    pub refreshed: Vec<Refreshed>,
    /// Names of sources whose refresh failed, and why.
    pub failed: Vec<(String, SourceError)>,
}

/// What was staged.
struct Staged {
    staging: SourceStaging,
    seen: SourceSeen,
    quarantined: u64,
}

/// How an error is told where it is kept.
pub(super) type Told = fn(&SourceError) -> (String, BTreeMap<String, String>);

impl Session {
    /// Makes a source with what is there. Where that cannot be taken, no source is made.
    ///
    /// # Errors
    /// [`SourceError`]
    pub fn create_source(&self, wish: &SourceWish, fetch: &dyn Fetch, listed: u32, watch: &dyn Watch) -> Result<Refreshed, SourceError> {
        let name = wish.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(SourceError::BadName);
        }
        if wish.refresh_hours.is_some_and(|hours| hours == 0 || hours > MOST_HOURS) {
            return Err(SourceError::BadHours);
        }
        let mut signers = wish.signers.clone();
        signers.sort_by_key(Certificate::fingerprint);
        signers.dedup();
        if signers.len() > MOST_SIGNERS {
            return Err(SourceError::TooManySigners);
        }
        if wish.kind == SourceKind::MasterList && signers.is_empty() {
            return Err(SourceError::SignerRequired);
        }
        let taken = || SourceError::NameTaken { name: name.to_owned() };
        if self.registry().read(|tx| tx.source_named(name))?.is_some() {
            return Err(taken());
        }
        let started = self.now();
        let id = SourceId::new(started, self.id_entropy()?);
        let row = SourceRow {
            id,
            name: name.to_owned(),
            kind: wish.kind,
            place_kind: wish.place.kind(),
            place: wish.place.text(),
            refresh_hours: wish.refresh_hours,
            created_at: started,
            revision: 0,
            seen: SourceSeen::default(),
            refreshed_at: None,
            changed_at: None,
            due_at: None,
            failures: 0,
            certificates: 0,
            crls: 0,
            revoked: 0,
            quarantined: 0,
            next_update: None,
        };
        let mut staged = self.staged(&row, &signers, &wish.place, fetch, watch)?;
        let place = wish.place.shown();
        self.change_staged(&mut staged.staging, |tx| {
            if tx.source_named(name)?.is_some() {
                return Err(taken());
            }
            tx.insert_source(&row)?;
            for signer in &signers {
                tx.insert_source_signer(id, signer.der())?;
            }
            let difference = tx.compare_staged(id, staged.quarantined, listed)?;
            check_size(&row, &place, &difference, true)?;
            let created = self.replaced(tx, &row, &staged.seen, difference, SourceOutcome::Created, true, started)?;
            let detail = json!({
                "name": name, "kind": row.kind.as_str(), "place": place, "signers": signers.iter().map(|signer| signer.fingerprint().to_string()).collect::<Vec<_>>(),
                "certificates": created.source.certificates, "crls": created.source.crls, "quarantined": created.source.quarantined,
                "sha256": staged.seen.sha256.map(|sha256| sha256.to_string()),
            });
            tx.append_audit(&self.event("source.created", &id.to_string(), detail))?;
            Ok(created)
        })
    }

    /// Refreshes a source. What it held stays where this fails; either way its history tells of it.
    ///
    /// # Errors
    /// [`SourceError`]
    pub fn refresh_source(
        &self,
        id: SourceId,
        wish: RefreshWish,
        fetch: &dyn Fetch,
        told: fn(&SourceError) -> (String, BTreeMap<String, String>),
        watch: &dyn Watch,
    ) -> Result<Refreshed, SourceError> {
        let started = self.now();
        let (row, signers) = self.source_with_signers(id)?;
        let outcome = self.refreshed(&row, &signers, wish, fetch, watch, started);
        if let Err(error) = &outcome
            && !matches!(error, SourceError::Cancelled | SourceError::NotFound { .. })
            && !self.registry().read_only()
            && let Err(unsaid) = self.note_failure(&row, wish, error, told, started)
        {
            // The failure itself is told to who asked; that its history lacks it is for the log of the program.
            tracing::warn!(%unsaid, source = %row.name, "a failed refresh could not be put into the history");
        }
        outcome
    }

    fn refreshed(
        &self,
        row: &SourceRow,
        signers: &[Certificate],
        wish: RefreshWish,
        fetch: &dyn Fetch,
        watch: &dyn Watch,
        started: OffsetDateTime,
    ) -> Result<Refreshed, SourceError> {
        let place = Place::of(row);
        let mut staged = self.staged(row, signers, &place, fetch, watch)?;
        let shown = place.shown();
        self.change_staged(&mut staged.staging, |tx| {
            let gone = || SourceError::NotFound { source_name: row.name.clone() };
            let current = tx.source(row.id)?.ok_or_else(gone)?;
            if current.revision != row.revision {
                return Err(SourceError::Overtaken { source_name: current.name });
            }
            let difference = tx.compare_staged(row.id, staged.quarantined, wish.listed)?;
            check_size(&current, &shown, &difference, wish.accept_shrink)?;
            let outcome = if difference.is_none() { SourceOutcome::Unchanged } else { SourceOutcome::Replaced };
            let refreshed = self.replaced(tx, &current, &staged.seen, difference, outcome, wish.by_hand, started)?;
            if outcome == SourceOutcome::Replaced {
                let difference = &refreshed.difference;
                let detail = json!({
                    "name": current.name, "place": shown, "added": difference.added, "removed": difference.removed, "changed": difference.changed,
                    "certificates": refreshed.source.certificates, "crls": refreshed.source.crls, "quarantined": refreshed.source.quarantined,
                    "shrinkAccepted": wish.accept_shrink && shrinks(current.kind, difference),
                    "sha256": staged.seen.sha256.map(|sha256| sha256.to_string()),
                });
                tx.append_audit(&self.event("source.refreshed", &row.id.to_string(), detail))?;
            }
            Ok(refreshed)
        })
    }

    /// Says what a refresh would add, remove and change, or what taking a file in its stead would. Changes nothing.
    ///
    /// # Errors
    /// [`SourceError`]
    pub fn compare_source(
        &self,
        id: SourceId,
        path: Option<PathBuf>,
        fetch: &dyn Fetch,
        listed: u32,
        watch: &dyn Watch,
    ) -> Result<(SourceDifferenceRow, bool), SourceError> {
        let (row, signers) = self.source_with_signers(id)?;
        let (place, fetch): (Place, &dyn Fetch) = match path {
            Some(path) => (Place::File(path), &NoFetch),
            None => (Place::of(&row), fetch),
        };
        let mut staged = self.staged(&row, &signers, &place, fetch, watch)?;
        let difference = self.registry().read_staged(&mut staged.staging, |tx| tx.compare_staged(id, staged.quarantined, listed))?;
        if difference.certificates.1 == 0 && difference.crls.1 == 0 {
            return Err(SourceError::Empty { place: place.shown() });
        }
        let shrinks = shrinks(row.kind, &difference);
        Ok((difference, shrinks))
    }

    /// Refreshes every source that is due, one after another; goes on after a failure.
    ///
    /// # Errors
    /// `Cancelled`, or when the registry cannot be read.
    pub fn refresh_due_sources(
        &self,
        fetch: &dyn Fetch,
        told: fn(&SourceError) -> (String, BTreeMap<String, String>),
        watch: &dyn Watch,
    ) -> Result<RefreshRound, SourceError> {
        let mut round = RefreshRound::default();
        for row in self.registry().read(|tx| tx.sources_due(self.now()))? {
            match self.refresh_source(row.id, RefreshWish { listed: 0, ..RefreshWish::default() }, fetch, told, watch) {
                Ok(refreshed) => round.refreshed.push(refreshed),
                Err(SourceError::Cancelled) => return Err(SourceError::Cancelled),
                // Somebody else has just done it, or taken the source away.
                Err(SourceError::Overtaken { .. } | SourceError::NotFound { .. }) => {}
                Err(error) => round.failed.push((row.name, error)),
            }
        }
        Ok(round)
    }

    fn source_with_signers(&self, id: SourceId) -> Result<(SourceRow, Vec<Certificate>), SourceError> {
        self.registry().read(|tx| {
            let row = tx.source(id)?.ok_or_else(|| SourceError::NotFound { source_name: id.to_string() })?;
            let mut signers = Vec::new();
            for signer in tx.source_signers(id)? {
                let certificate = Certificate::from_der(&signer.der).map_err(|error| RegistryError::Cell {
                    table: "source_signers",
                    column: "der",
                    row: signer.sha256.to_string(),
                    problem: error.to_string(),
                })?;
                signers.push(certificate);
            }
            Ok((row, signers))
        })
    }

    /// Fetches, believes and stages.
    fn staged(
        &self,
        row: &SourceRow,
        signers: &[Certificate],
        place: &Place,
        fetch: &dyn Fetch,
        watch: &dyn Watch,
    ) -> Result<Staged, SourceError> {
        let mut spool = spooled(place, fetch, watch)?;
        let mut staging = self.registry().stage_source()?;
        let shown = place.shown();
        let expected = Expected { kind: row.kind, place: &shown, signers, now: self.now() };
        let seen = stage(&expected, &mut spool, self.registry(), &mut staging, watch)?;
        let quarantined = staging.quarantined();
        Ok(Staged { staging, seen, quarantined })
    }

    /// Replaces, notes what was seen, and puts it into the history.
    #[expect(clippy::too_many_arguments, reason = "they are the parts of one record")]
    fn replaced(
        &self,
        tx: &Write<'_>,
        row: &SourceRow,
        seen: &SourceSeen,
        difference: SourceDifferenceRow,
        outcome: SourceOutcome,
        by_hand: bool,
        started: OffsetDateTime,
    ) -> Result<Refreshed, SourceError> {
        let now = self.now();
        tx.replace_source_content(row.id)?;
        tx.note_source_seen(row.id, seen, outcome != SourceOutcome::Unchanged, now, next_due(row.refresh_hours, now, 0, false))?;
        tx.insert_source_event(&SourceEventRow {
            id: SourceEventId::NONE,
            source: row.id,
            at: now,
            outcome,
            by_hand,
            added: difference.added,
            removed: difference.removed,
            changed: difference.changed,
            quarantined: difference.quarantined,
            milliseconds: between(started, now),
            failure: None,
        })?;
        let source = tx.source(row.id)?.ok_or_else(|| SourceError::NotFound { source_name: row.name.clone() })?;
        Ok(Refreshed { source, outcome, difference })
    }

    fn note_failure(
        &self,
        row: &SourceRow,
        wish: RefreshWish,
        error: &SourceError,
        told: Told,
        started: OffsetDateTime,
    ) -> Result<(), RegistryError> {
        let now = self.now();
        let (code, fields) = told(error);
        self.change(|tx| {
            let Some(current) = tx.source(row.id)? else { return Ok(()) };
            // A refresh that went well meanwhile is newer than this failure.
            let stands = current.revision == row.revision;
            let times = if stands { current.failures.saturating_add(1) } else { current.failures };
            if stands {
                tx.note_source_failure(row.id, next_due(row.refresh_hours, now, times, error.passes()))?;
            }
            tx.insert_source_event(&SourceEventRow {
                id: SourceEventId::NONE,
                source: row.id,
                at: now,
                outcome: SourceOutcome::Failed,
                by_hand: wish.by_hand,
                added: 0,
                removed: 0,
                changed: 0,
                quarantined: 0,
                milliseconds: between(started, now),
                failure: Some(SourceFailureRow { stage: error.stage(), code, fields, passing: error.passes(), times }),
            })
        })
    }
}

/// Whether a list is smaller by more than a fifth: its certificates, its CRLs, and the entries of what is one CRL.
fn shrinks(kind: SourceKind, difference: &SourceDifferenceRow) -> bool {
    shrunk(kind, difference).is_some()
}

fn shrunk(kind: SourceKind, difference: &SourceDifferenceRow) -> Option<(u64, u64)> {
    let entries = (kind == SourceKind::Crl).then_some(difference.revoked);
    let smaller = |(before, after): &(u64, u64)| after.saturating_mul(5) < before.saturating_mul(4);
    [Some(difference.certificates), Some(difference.crls), entries].into_iter().flatten().find(smaller)
}

fn check_size(row: &SourceRow, place: &str, difference: &SourceDifferenceRow, accepted: bool) -> Result<(), SourceError> {
    if difference.certificates.1 == 0 && difference.crls.1 == 0 {
        return Err(SourceError::Empty { place: place.to_owned() });
    }
    match shrunk(row.kind, difference).filter(|_| !accepted) {
        Some((before, after)) => Err(SourceError::Shrinks { source_name: row.name.clone(), before, after }),
        None => Ok(()),
    }
}

fn between(started: OffsetDateTime, now: OffsetDateTime) -> u64 {
    u64::try_from((now - started).whole_milliseconds()).unwrap_or(0)
}
