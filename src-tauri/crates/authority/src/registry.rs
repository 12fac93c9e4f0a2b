//! The registry: one SQLite file that remembers everything but private keys. `Registry` is the only door to it, and SQL stays in here.
//!
//! Reads see one moment of the file; a write is one `BEGIN IMMEDIATE` transaction and happens whole or not at all. Table functions are
//! methods of [`Read`] and [`Write`], one file per table.

mod audit_list;
mod audit_rows;
mod audit_walk;
mod authorities;
mod authority_requests;
mod backup;
mod cell;
mod certificate_changes;
mod certificates;
mod check;
mod connection;
mod counters;
mod crl_beside;
mod crl_completeness;
mod crl_contents;
mod crl_cutting;
mod crl_deltas;
mod crl_differences;
mod crl_duties;
mod crl_entries;
mod crl_pieces;
mod crl_scopes;
mod crl_waits;
mod crls;
mod error;
mod facts;
mod filter;
mod filtered_count;
mod foreign;
mod generation_addresses;
mod ids;
mod intents;
mod keys;
mod late_indexes;
mod leases;
mod lock_holder;
mod migration;
mod open;
mod outside_parties;
mod page;
mod policies;
mod positions;
mod rebuild;
mod repair;
mod requests;
mod restore;
mod revocations;
mod salvage;
mod search;
mod settings;
mod share;
mod source_contents;
mod source_events;
mod source_replacement;
mod source_staging;
mod sources;
mod tasks;
mod transaction;
mod walk;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::{Connection, TransactionBehavior};

use crate::in_use::InUse;

pub use audit_list::{AuditFacets, AuditFilter, AuditStart, MOST_COUNTED, MOST_SEARCHED};
pub use audit_rows::{AuditHead, AuditRow, ChainVerdict};
pub use authorities::{AuthorityKind, AuthorityRow, GenerationRow, NewGeneration};
pub use authority_requests::AuthorityRequestRow;
pub use backup::BackupReport;
pub use certificate_changes::SearchTerms;
pub use certificates::{CertificateRow, CertificateState, CertificateStatus, IssueRecord, NewCertificate, Standing};
pub use check::{CheckFinding, CheckReport, FINDING_CODES};
pub use counters::{CertificateTotal, ExpiryDay, StatusCounts};
pub use crl_contents::ListedEntry;
pub use crl_differences::{CrlEntryChange, EntryEnd};
pub use crl_entries::NewCrlEntry;
pub use crl_pieces::{CrlCut, CrlPiece};
pub use crl_scopes::{CrlCovers, CrlScope};
pub use crl_waits::CrlAnswer;
pub use crls::{CrlEvent, CrlKind, CrlRow, CrlState, NewCrl, WHOLE};
pub use error::{OpenError, RegistryError};
pub use facts::{CertificateFacts, CertificateKind, ExpiryClass};
pub use filter::{Archived, CertificateFilter, Sort, SortBy};
pub use foreign::{
    ForeignDatabase, ForeignError, ForeignKind, LARGEST_DATABASE, MOST_ROWS, TinyCaRow, XcaAuthority, XcaItem, XcaKey, XcaKind,
    XcaRevocation, XcaTables,
};
pub use ids::{
    AuthorityId, CertificateId, CrlId, GenerationId, IdError, IntentId, KeyRowId, OutsidePartyId, QuarantineId, RegistryId, RequestId,
    RevocationId, SourceCertificateId, SourceCrlId, SourceEventId, SourceId, TaskId,
};
pub use intents::{IntentKind, IntentPurpose, IntentRow, IntentState, NewIntent};
pub use keys::{KeyLocation, KeyRow, KeyState, NewKey};
pub use lock_holder::LockHolder;
pub use migration::{HistoryRow, Migrated, known_schema};
pub use open::{DatabaseFile, NewRegistry};
pub use outside_parties::{OutsidePartyKind, OutsidePartyRow};
pub use page::{Count, Page, PageOf};
pub use policies::{PolicyRow, ProfileRow};
pub use repair::RepairedBatch;
pub use requests::{RequestRow, RequestState};
pub use revocations::{NewRevocation, RevocationRow};
pub(crate) use salvage::SALVAGED;
pub use salvage::{LostRow, SalvageReport};
pub use settings::{KeysKind, Meta, RecoveryChoice};
pub use share::{Disk, Share};
pub use source_contents::{SourceCertificateRow, SourceCountryRow, SourceCrlRow, SourceFilter, SourceQuarantineRow, SourceRevokedRow};
pub use source_events::{SourceEventRow, SourceFailureRow, SourceOutcome, SourceStage};
pub use source_replacement::{SourceChangeKind, SourceChangeRow, SourceDifferenceRow};
pub use source_staging::{SourceStaging, StagedCertificate, StagedCrl, StagedQuarantine};
pub use sources::{SourceCrlSignature, SourceKind, SourceMemberKind, SourcePlaceKind, SourceRow, SourceSeen, SourceSignerRow};
pub use tasks::{TaskRow, TaskState};
pub use transaction::{Read, Write};

/// How many idle reading connections are kept.
const READERS_KEPT: usize = 4;

/// An open registry. Shared between threads: one writer at a time, readers beside it.
#[derive(Debug)]
pub struct Registry {
    path: PathBuf,
    disk: Disk,
    access: connection::Access,
    /// Before the writer, so that they close first: only the last connection of a file takes its WAL away, and only one that writes can.
    readers: Mutex<Vec<Connection>>,
    /// Looks for what other connections write. `data_version` counts for each connection by itself, so it is always the same one.
    watcher: Mutex<Option<Connection>>,
    writer: Mutex<Option<Connection>>,
    /// A WAL was there before the file was opened: who had it open did not end in order, or still has it open.
    unclean: AtomicBool,
    /// The disk has no room for what writing takes.
    full: bool,
    /// Last, so that it counts as open until every connection is closed.
    #[expect(dead_code, reason = "it is kept for as long as the file is open")]
    in_use: InUse,
}

impl Registry {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is open for browsing only, because file or folder cannot be written or because that was asked for.
    #[must_use]
    pub fn read_only(&self) -> bool {
        !matches!(self.access, connection::Access::ReadWrite | connection::Access::OnShare)
    }

    /// Whether it is open for browsing only because its disk had no room for what writing takes.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        self.full
    }

    /// The share that the file lies on, if it lies on one.
    #[must_use]
    pub fn share(&self) -> Option<Share> {
        self.disk.share
    }

    /// Whether the file was left by a program that did not end in order, and was not looked at since.
    #[must_use]
    pub fn stopped_uncleanly(&self) -> bool {
        self.unclean.load(Ordering::Relaxed)
    }

    /// The file was looked at.
    pub(crate) fn forget_unclean_stop(&self) {
        self.unclean.store(false, Ordering::Relaxed);
    }

    /// Derives counters, position ranges, names and words anew from the certificates' columns.
    ///
    /// # Errors
    /// `ReadOnly`, `Busy`, or a row that cannot be read.
    pub fn repair(&self) -> Result<(), RegistryError> {
        self.write(|tx| tx.rebuild_derived(&crate::watch::Unwatched))
    }

    /// The schema of the file.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn schema(&self) -> Result<u32, RegistryError> {
        self.read(|tx| tx.schema())
    }

    /// Every change of schema that the file has seen, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn history(&self) -> Result<Vec<HistoryRow>, RegistryError> {
        self.read(|tx| tx.history())
    }

    /// A number that changes when another connection, of this program or another, has written.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn data_version(&self) -> Result<i64, RegistryError> {
        let mut slot = held(&self.watcher);
        let watcher = match slot.take() {
            Some(watcher) => watcher,
            None => connection::reader(&self.path, self.access)?,
        };
        let version = watcher.query_row("PRAGMA data_version", [], |row| row.get(0));
        *slot = Some(watcher);
        Ok(version?)
    }

    /// Runs `work` on one moment of the registry. Use cases bring their own error, as long as it can hold a [`RegistryError`].
    ///
    /// # Errors
    /// What `work` returns, or the registry's own failure to begin.
    pub fn read<T, E: From<RegistryError>>(&self, work: impl FnOnce(&Read<'_>) -> Result<T, E>) -> Result<T, E> {
        // What nobody can write is not read from memory all the same: whoever has made room since then may write.
        let changing = self.access == connection::Access::Immutable && (open::has_wal(&self.path) || open::has_journal(&self.path));
        let access = if changing { connection::Access::ReadOnly } else { self.access };
        let kept = held(&self.readers).pop().filter(|_| self.access != connection::Access::Immutable);
        let mut reader = match kept {
            Some(reader) => reader,
            None => connection::reader(&self.path, access).map_err(RegistryError::from)?,
        };
        let outcome = {
            let transaction = reader.transaction_with_behavior(TransactionBehavior::Deferred).map_err(RegistryError::from)?;
            work(&Read::new(&transaction))
        };
        let mut readers = held(&self.readers);
        if readers.len() < READERS_KEPT && self.access != connection::Access::Immutable {
            readers.push(reader);
        }
        outcome
    }

    /// Whether another program is writing at this moment.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn held_by_another(&self) -> Result<bool, RegistryError> {
        if self.read_only() {
            return Ok(false);
        }
        // What this program writes is not another's.
        let _own = held(&self.writer);
        Ok(connection::is_write_locked(&self.path)?)
    }

    /// Whether it can be written; else why not.
    fn writable(&self) -> Result<(), RegistryError> {
        if !self.read_only() {
            return Ok(());
        }
        let why = if self.full { RegistryError::Full } else { RegistryError::ReadOnly };
        Err(self.disk.refused().map_or(why, |_| RegistryError::OnShare))
    }

    /// Runs `work` in one `BEGIN IMMEDIATE` transaction that commits when it succeeds and leaves no trace when it fails. Another program's
    /// write is waited for: five seconds while nothing changes, a minute while programs take turns.
    ///
    /// # Errors
    /// `ReadOnly`, `OnShare` or `Full` before anything is done, `Busy`, `Full`, `Io`, or what `work` returns.
    pub fn write<T, E: From<RegistryError>>(&self, work: impl FnOnce(&Write<'_>) -> Result<T, E>) -> Result<T, E> {
        self.writable()?;
        let mut slot = held(&self.writer);
        // Taken out, and put back only while it can be trusted: after a failed sync a new connection reads the file afresh, and a panic in
        // `work` leaves no half-used connection behind.
        let writer = match slot.take() {
            Some(writer) => writer,
            None => connection::writer(&self.path, self.access).map_err(RegistryError::from)?,
        };
        let outcome = run(&writer, self.access, work);
        if !matches!(outcome, Err(Failure::Storage(RegistryError::Io { .. } | RegistryError::Damaged { .. }))) {
            *slot = Some(writer);
        }
        outcome.map_err(|failure| match failure {
            Failure::Storage(error) => error.into(),
            Failure::Work(error) => error,
        })
    }
}

impl Registry {
    /// Gives back the memory in which the last write has kept pages of the file: after a large one that is all it may have, and the next is small.
    pub fn release_memory(&self) {
        if let Some(writer) = held(&self.writer).as_ref()
            && let Err(error) = writer.execute_batch("PRAGMA shrink_memory")
        {
            tracing::warn!(%error, "the memory of a large write is kept");
        }
    }

    /// As [`Registry::write`], when nobody else writes at this moment; else nothing is done (`None`) and nothing is waited for.
    ///
    /// # Errors
    /// As [`Registry::write`], but `Busy`.
    pub fn write_if_free<T, E: From<RegistryError>>(&self, work: impl FnOnce(&Write<'_>) -> Result<T, E>) -> Result<Option<T>, E> {
        // This thread may itself be in the middle of a write: then the lock is taken.
        let mut slot = match self.writer.try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(None),
        };
        let Some(writer) = slot.as_mut() else { return Ok(None) };
        connection::set_patience(writer, false).map_err(RegistryError::from)?;
        let outcome = run(writer, self.access, work);
        connection::set_patience(writer, true).map_err(RegistryError::from)?;
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Failure::Storage(RegistryError::Busy)) => Ok(None),
            Err(Failure::Storage(error)) => {
                *slot = None;
                Err(error.into())
            }
            Err(Failure::Work(error)) => Err(error),
        }
    }
}

enum Failure<E> {
    Storage(RegistryError),
    Work(E),
}

fn run<T, E>(writer: &Connection, access: connection::Access, work: impl FnOnce(&Write<'_>) -> Result<T, E>) -> Result<T, Failure<E>> {
    let transaction = connection::begin(writer, access).map_err(|error| Failure::Storage(error.into()))?;
    let value = {
        let write = Write::new(&transaction);
        let value = work(&write).map_err(Failure::Work)?;
        write.flush().map_err(Failure::Storage)?;
        value
    };
    transaction.commit().map_err(|error| Failure::Storage(error.into()))?;
    Ok(value)
}

/// A connection is whole again after a panic elsewhere: SQLite has rolled back, so the lock's poison says nothing.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
