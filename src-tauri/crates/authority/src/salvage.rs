//! A new registry from what can still be read of a damaged one.

use std::path::{Path, PathBuf};

use pki::crl::Crl;
use serde_json::json;

use crate::clock::EntropyError;
use crate::file::{FileError, FileMode, write_new_atomically};
use crate::import::take_crl;
use crate::registry::{OpenError, Registry, RegistryError, RegistryId, SalvageReport};
use crate::session::{Host, random, vault_path};

/// What a salvage brought.
#[derive(Debug)]
pub struct Salvaged {
    /// What was found and what was lost.
    pub report: SalvageReport,
    /// Revocations that only a CRL still knew.
    pub revocations_from_crls: u32,
    /// The vault's copy, if one lay beside the damaged file.
    pub vault: Option<PathBuf>,
}

/// Nothing could be salvaged; nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum SalvageError {
    /// The file holds nothing of a registry, or something is in the way of the new one.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A vault is in the way of the new registry's.
    #[error("{} exists already", path.display())]
    VaultExists {
        /// The vault file.
        path: PathBuf,
    },
    /// The vault could not be copied.
    #[error(transparent)]
    File(#[from] FileError),
    /// The new registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Puts every row that can be read in the damaged registry at `from` into a new one at `to`, with a copy of the vault that lies beside it. The damaged
/// file is only read. Keys keep their names, so keyring and vault go on working; as after a restore no CRL is signed until the newest published one is
/// given or declined.
///
/// # Errors
/// See [`SalvageError`].
pub fn salvage(from: &Path, to: &Path, host: &Host) -> Result<Salvaged, SalvageError> {
    let (old_vault, new_vault) = (vault_path(from), vault_path(to));
    if new_vault.symlink_metadata().is_ok() {
        return Err(SalvageError::VaultExists { path: new_vault });
    }
    let vault = std::fs::read(&old_vault).ok();
    let now = host.clock.now();
    let spare = RegistryId::new(now, random(host.entropy.as_ref())?);
    let (registry, report) = Registry::salvage(from, to, host.disk(to), spare, &host.actor, now)?;
    let mut revocations_from_crls = 0;
    for (generation, der) in &report.crls {
        let Ok(crl) = Crl::from_der(der) else { continue };
        let Some(row) = registry.read(|tx| tx.generation(*generation))? else { continue };
        let authority = row.generation.authority;
        let taken = registry.write(|tx| {
            let taken = take_crl(tx, &crl, authority, *generation, now)?.revocations.len();
            let number = crl.number().map(ToString::to_string);
            let name = tx.authority(authority)?.map(|row| row.name);
            let detail = json!({ "name": name, "number": number, "revocations": taken, "sha256": crl.sha256().to_string() });
            tx.append_audit(&host.event("crl.installed", &authority.to_string(), detail))?;
            Ok::<_, RegistryError>(taken)
        })?;
        revocations_from_crls += u32::try_from(taken).unwrap_or(u32::MAX);
    }
    let vault = match vault {
        Some(bytes) => {
            write_new_atomically(&new_vault, FileMode::Private, false, &bytes)?;
            Some(new_vault)
        }
        None => None,
    };
    Ok(Salvaged { report, revocations_from_crls, vault })
}
