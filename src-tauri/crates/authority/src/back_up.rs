//! Copies the registry, and its vault, into one file that is opened to prove it.

use std::path::Path;

use serde_json::json;

use crate::file::{FileError, check_writable};
use crate::registry::{BackupReport, RegistryError};
use crate::session::Session;

/// Setting of the copy in which the vault travels, base64.
pub const VAULT_SETTING: &str = "backup.vault";
/// Setting of the registry that says when it was last backed up, epoch milliseconds.
pub const BACKED_UP_SETTING: &str = "backup.last";

/// A backup could not be made; nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// A file is in the way, or the vault cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Makes a backup at `out`: a copy of one moment, with the vault inside, opened and counted before it counts as made.
    ///
    /// # Errors
    /// When a file is in the way (a backup never replaces one), the disk is full, or the copy does not open.
    pub fn back_up(&self, out: &Path) -> Result<BackupReport, BackUpError> {
        check_writable(out, false)?;
        let now = self.now();
        if !self.registry().read_only() {
            let event = self.event("registry.backed-up", &self.id().to_string(), json!({ "file": out.file_name().map(|name| name.to_string_lossy().into_owned()) }));
            self.change(|tx| tx.append_audit(&event).map(drop))?;
        }
        let vault = self.vault_file().map(|path| std::fs::read(&path).map_err(|error| FileError::io(&path, error))).transpose()?;
        let extra: Vec<(&str, String)> = vault.iter().map(|bytes| (VAULT_SETTING, base64(bytes))).collect();
        let report = self.registry().backup_to(out, &extra)?;
        if !self.registry().read_only() {
            let millis = now.unix_timestamp_nanos() / 1_000_000;
            self.change(|tx| tx.set_setting(BACKED_UP_SETTING, Some(&millis.to_string())))?;
        }
        Ok(report)
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
