//! Copies the registry, and its vault, into one file that is opened to prove it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use time::OffsetDateTime;

use crate::file::{FileError, FileMode, folder_of, write_new_atomically};
use crate::leftovers;
use crate::registry::{BackupReport, OpenError, Read, Registry, RegistryError};
use crate::session::Session;
use crate::upkeep::CheckDue;
use crate::watch::Watch;

/// Setting of the copy in which the vault travels, base64.
pub const VAULT_SETTING: &str = "backup.vault";
/// Setting of the copy that says that it is one, and of which moment, epoch milliseconds.
pub const COPY_SETTING: &str = "backup.copy";
/// Setting of a registry that is being made, in which its vault travels until it lies beside it, base64.
pub(crate) const NEW_VAULT_SETTING: &str = "new.vault";
/// Setting of the registry that says when it was last backed up, epoch milliseconds.
pub const BACKED_UP_SETTING: &str = "backup.last";

/// A backup could not be made; nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// A file is in the way, or the copy cannot be written or does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Whoever watched has stopped it.
    #[error("stopped")]
    Cancelled,
    /// The registry is damaged: a copy of it would in time take the place of the sound ones.
    #[error("the registry is damaged: {first}")]
    Damaged {
        /// The registry file.
        path: PathBuf,
        /// How many findings there are.
        findings: usize,
        /// What the first says.
        first: String,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The vault cannot be read.
    #[error("{} cannot be read", path.display())]
    Vault {
        /// The vault file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

/// The vault in a backup could not be put beside it.
#[derive(Debug, thiserror::Error)]
pub enum VaultLostError {
    /// The copy of the vault is no base64 text.
    #[error("the vault in {} cannot be read", path.display())]
    Damaged {
        /// The registry file.
        path: PathBuf,
    },
    /// It could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Puts the vault that travels in a backup, or in a registry whose making was interrupted, beside it, where none is: it opens like any registry then.
pub(crate) fn bring_vault(registry: &Registry, vault: &Path) -> Result<(), VaultLostError> {
    let new = registry.read(|tx| tx.setting(NEW_VAULT_SETTING))?;
    if vault.symlink_metadata().is_err()
        && let Some(text) = match &new {
            Some(text) => Some(text.clone()),
            None => registry.read(|tx| tx.setting(VAULT_SETTING))?,
        }
    {
        let bytes = STANDARD.decode(text).map_err(|_| VaultLostError::Damaged { path: registry.path().to_owned() })?;
        match write_new_atomically(vault, FileMode::Private, false, &bytes) {
            // Another program has opened the registry in the same moment.
            Err(FileError::AlreadyExists { .. }) if std::fs::read(vault).is_ok_and(|there| there == bytes) => {}
            outcome => outcome?,
        }
    }
    // From here on the vault beside it gets keys that this copy does not have.
    if new.is_some() && !registry.read_only() {
        registry.write(|tx| tx.set_setting(NEW_VAULT_SETTING, None))?;
    }
    Ok(())
}

impl Session {
    /// Makes a backup at `out`: a copy of one moment, with the vault inside, opened, counted and compared certificate by certificate before it counts as
    /// made. The structure of the registry's file and its certificates are looked at first, so that the log tells of no backup that damage prevents.
    ///
    /// # Errors
    /// When a file is in the way (a backup never replaces one), the registry is damaged, the disk is full, the copy does not open, or `watch` stopped it.
    pub fn back_up(&self, out: &Path, watch: &dyn Watch) -> Result<BackupReport, BackUpError> {
        leftovers::clear(folder_of(out));
        if out.symlink_metadata().is_ok() {
            return Err(OpenError::AlreadyExists { path: out.to_owned() }.into());
        }
        let damage = self.quick_check(CheckDue::Backup, watch).map_err(|error| match error {
            RegistryError::Cancelled => BackUpError::Cancelled,
            error => error.into(),
        })?;
        if let Some(first) = damage.first() {
            let path = self.registry().path().to_owned();
            return Err(BackUpError::Damaged { path, findings: damage.len(), first: first.message.clone() });
        }
        self.compare_certificates(watch)?;
        let now = epoch_milliseconds(self.now());
        let vault = match self.vault_file() {
            Some(path) => Some(std::fs::read(&path).map_err(|source| BackUpError::Vault { path, source })?),
            None => None,
        };
        if !self.registry().read_only() {
            let name = out.file_name().map(|name| name.to_string_lossy().into_owned());
            let event = self.event("registry.backed-up", &self.id().to_string(), json!({ "file": name }));
            self.change(|tx| tx.append_audit(&event))?;
        }
        let mut extra = vec![(COPY_SETTING, now.to_string())];
        extra.extend(vault.map(|bytes| (VAULT_SETTING, STANDARD.encode(bytes))));
        let report = self.registry().backup_watched(out, &extra, watch)?.ok_or(BackUpError::Cancelled)?;
        if !self.registry().read_only() {
            self.change(|tx| tx.set_setting(BACKED_UP_SETTING, Some(&now.to_string())))?;
        }
        Ok(report)
    }

    /// Refuses a registry in which a certificate is not as it was signed.
    fn compare_certificates(&self, watch: &dyn Watch) -> Result<(), BackUpError> {
        match self.registry().compare_certificates(watch) {
            Ok(true) => Ok(()),
            Ok(false) | Err(RegistryError::Cancelled) => Err(BackUpError::Cancelled),
            Err(error @ (RegistryError::Damaged { .. } | RegistryError::Cell { .. })) => {
                self.note_damage(CheckDue::Backup, &error)?;
                let path = self.registry().path().to_owned();
                Err(BackUpError::Damaged { path, findings: 1, first: error.to_string() })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A moment as settings keep it.
pub(crate) fn epoch_milliseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}

/// The moment that a setting keeps; `None` where none is set.
pub(crate) fn moment(tx: &Read<'_>, key: &str) -> Result<Option<OffsetDateTime>, RegistryError> {
    let kept = tx.setting(key)?.and_then(|text| text.parse::<i128>().ok());
    Ok(kept.and_then(|millis| OffsetDateTime::from_unix_timestamp_nanos(millis * 1_000_000).ok()))
}
