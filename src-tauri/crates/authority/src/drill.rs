//! A drill proves that a backup opens: it is restored to a place of its own, checked from end to end, its keys are found, and the copy is thrown away.

use std::path::{Path, PathBuf};

use pki::PublicKey;
use serde_json::json;
use time::OffsetDateTime;

use crate::back_up::epoch_milliseconds;
use crate::daily_backup::DRILLED_SETTING;
use crate::file::FileError;
use crate::keystore::KeyStoreError;
use crate::leftovers::{self, Workshop};
use crate::registry::{CheckFinding, KeyState, RegistryError, RegistryId};
use crate::restore::{RestoreError, RestoreWish, restore};
use crate::secret::Passphrase;
use crate::session::{Host, Session, SessionError, key_ref};

/// What a drill has found.
#[derive(Debug)]
pub struct Drilled {
    /// Whose backup it is.
    pub registry: RegistryId,
    /// The registry's name.
    pub name: String,
    /// The time of the last thing on record in it.
    pub made_at: Option<OffsetDateTime>,
    /// Certificates in it; each was compared with its SHA-256 and its columns.
    pub certificates: u64,
    /// Authorities in it.
    pub authorities: u64,
    /// Audit rows in it; the chain was followed from the first to the last.
    pub audit_rows: u64,
    /// Whether the head of the log was compared with its MAC.
    pub sealed: bool,
    /// Keys that are where the backup says and fit their certificates.
    pub keys_found: u64,
    /// Labels of keys that are not.
    pub keys_missing: Vec<String>,
    /// Everything that is not as it should be.
    pub findings: Vec<CheckFinding>,
}

impl Drilled {
    /// Whether a registry could be made from this backup that lacks nothing.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.findings.is_empty() && self.keys_missing.is_empty() && self.sealed
    }
}

/// A drill could not be held, which says nothing good of the backup.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// The backup is one of another registry than the open one.
    #[error("{} is a backup of {name}", path.display())]
    OfAnother {
        /// The backup.
        path: PathBuf,
        /// The registry that it is of.
        name: String,
    },
    /// It cannot be restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// There is no place to restore it to.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its vault does not open, or the keyring does not answer.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The keystore does not answer.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The restored copy cannot be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Holds a drill; `place` is a folder for the copy, which is gone afterwards. `passphrase` opens the vault inside.
///
/// # Errors
/// See [`DrillError`].
pub fn drill(backup: &Path, passphrase: Option<&Passphrase>, place: &Path, host: &Host) -> Result<Drilled, DrillError> {
    let workshop = Workshop::new_in(place, leftovers::COPY).map_err(|error| FileError::from_io(place, error))?;
    let to = workshop.path().join("drill.chancery");
    let wish = RestoreWish { backup, to: &to, crls: &[], accept_lost_crls: false };
    let (copy, restored) = restore(&wish, host)?;
    let report = copy.registry().check()?;
    let mut findings = report.findings;
    copy.unlock(passphrase)?;
    let verdict = copy.verify_audit()?;
    findings.extend(verdict.findings.into_iter().filter(|finding| !findings.contains(finding)).collect::<Vec<_>>());
    let (mut keys_found, mut keys_missing) = (0, Vec::new());
    let (rows, authorities) = copy.registry().read(|tx| Ok::<_, RegistryError>((tx.keys()?, tx.authorities()?.len())))?;
    let here = copy.key_location();
    for row in rows.into_iter().filter(|row| row.key.state == KeyState::Ready && row.key.location == here) {
        let proved = match PublicKey::from_spki_der(&row.key.spki) {
            Ok(expected) => copy.keystore().prove(&key_ref(row.key.id)?, &expected),
            Err(error) => Err(KeyStoreError::Damaged { what: error.to_string() }),
        };
        match proved {
            Ok(()) => keys_found += 1,
            Err(
                error @ (KeyStoreError::Locked
                | KeyStoreError::Unreachable { .. }
                | KeyStoreError::TimedOut { .. }
                | KeyStoreError::Cancelled),
            ) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, label = row.key.label, "the drill does not find a key");
                keys_missing.push(row.key.label);
            }
        }
    }
    Ok(Drilled {
        registry: copy.id(),
        name: copy.meta()?.name,
        made_at: restored.made_at,
        certificates: report.certificates,
        authorities: u64::try_from(authorities).unwrap_or(u64::MAX),
        // The row that tells of the restore is the copy's own.
        audit_rows: report.audit_rows.saturating_sub(1),
        sealed: verdict.sealed,
        keys_found,
        keys_missing,
        findings,
    })
}

impl Session {
    /// Holds a drill with a backup of this registry, on the record.
    ///
    /// # Errors
    /// See [`DrillError`].
    pub fn drill(&self, backup: &Path, passphrase: Option<&Passphrase>) -> Result<Drilled, DrillError> {
        let elsewhere = self.registry().read_only() || self.registry().share().is_some();
        let place = if elsewhere { std::env::temp_dir() } else { crate::file::folder_of(self.registry().path()).to_owned() };
        let outcome = drill(backup, passphrase, &place, self.host());
        let file = backup.file_name().map(|name| name.to_string_lossy().into_owned());
        let detail = match &outcome {
            Ok(drilled) if drilled.registry != self.id() => {
                return Err(DrillError::OfAnother { path: backup.to_owned(), name: drilled.name.clone() });
            }
            Ok(drilled) => json!({
                "file": file, "ok": drilled.ok(), "certificates": drilled.certificates, "keys": drilled.keys_found,
                "missing": drilled.keys_missing, "findings": drilled.findings.len(),
            }),
            Err(error) => json!({ "file": file, "ok": false, "problem": error.to_string() }),
        };
        if !self.registry().read_only() {
            let now = epoch_milliseconds(self.now());
            let event = self.event("registry.drilled", &self.id().to_string(), detail);
            self.change(|tx| {
                if outcome.as_ref().is_ok_and(Drilled::ok) {
                    tx.set_setting(DRILLED_SETTING, Some(&now.to_string()))?;
                }
                tx.append_audit(&event).map(drop)
            })?;
        }
        outcome
    }
}
