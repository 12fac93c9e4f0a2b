//! Copies the registry, and its vault, into one file that is opened to prove it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::registry::{BackupReport, OpenError, RegistryError};
use crate::session::Session;

/// Setting of the copy in which the vault travels, base64.
pub const VAULT_SETTING: &str = "backup.vault";
/// Setting of the registry that says when it was last backed up, epoch milliseconds.
pub const BACKED_UP_SETTING: &str = "backup.last";

/// A backup could not be made; nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// A file is in the way, or the copy cannot be written or does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
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

impl Session {
    /// Makes a backup at `out`: a copy of one moment, with the vault inside, opened and counted before it counts as made.
    ///
    /// # Errors
    /// When a file is in the way (a backup never replaces one), the disk is full, or the copy does not open.
    pub fn back_up(&self, out: &Path) -> Result<BackupReport, BackUpError> {
        if out.symlink_metadata().is_ok() {
            return Err(OpenError::AlreadyExists { path: out.to_owned() }.into());
        }
        let now = self.now();
        let vault = match self.vault_file() {
            Some(path) => Some(std::fs::read(&path).map_err(|source| BackUpError::Vault { path, source })?),
            None => None,
        };
        if !self.registry().read_only() {
            let name = out.file_name().map(|name| name.to_string_lossy().into_owned());
            let event = self.event("registry.backed-up", &self.id().to_string(), json!({ "file": name }));
            self.change(|tx| tx.append_audit(&event))?;
        }
        let extra = vault.map(|bytes| (VAULT_SETTING, STANDARD.encode(bytes)));
        let report = self.registry().backup_to(out, extra.as_slice())?;
        if !self.registry().read_only() {
            let millis = now.unix_timestamp_nanos() / 1_000_000;
            self.change(|tx| tx.set_setting(BACKED_UP_SETTING, Some(&millis.to_string())))?;
        }
        Ok(report)
    }
}
