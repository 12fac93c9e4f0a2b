//! A registry from a backup. It begins an epoch: until the newest published CRL of each key was given, or declined by name, no CRL is signed
//! (architecture 5), for their numbers must go on above it, and revocations made after the backup stand on it.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::crl::Crl;
use serde_json::json;
use time::OffsetDateTime;

use crate::back_up::{COPY_SETTING, NEW_VAULT_SETTING, VAULT_SETTING};
use crate::install_crl::{AwaitedCrl, InstallCrlError, InstalledCrl, awaited, decline, install, signing_generation};
use crate::registry::{AuthorityId, KeyState, KeysKind, OpenError, Registry, RegistryError, Write};
use crate::session::{Host, Session, SessionError, vault_path};

/// What is to be restored.
#[derive(Debug)]
pub struct RestoreWish<'a> {
    /// The backup, or any copy of a registry. It is only read.
    pub backup: &'a Path,
    /// The registry to make; nothing may be there yet.
    pub to: &'a Path,
    /// The newest published CRLs.
    pub crls: &'a [Crl],
    /// Whether the CRLs that are not given are lost: numbers then go on far above those known.
    pub accept_lost_crls: bool,
}

/// What a restore brought.
#[derive(Debug)]
pub struct Restored {
    /// The time of the last thing on record in the backup.
    pub made_at: Option<OffsetDateTime>,
    /// How often this registry was restored, this time counted.
    pub epoch: u32,
    /// What each of the given CRLs brought, in their order, with the name of its authority.
    pub installed: Vec<(String, InstalledCrl)>,
    /// The CRLs that are still awaited.
    pub awaited: Vec<AwaitedCrl>,
}

/// A backup could not be restored; nothing was left behind.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup cannot be read, or something is in the way of the new registry.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A vault is in the way of the new registry's.
    #[error("{} exists already", path.display())]
    VaultExists {
        /// The vault file.
        path: PathBuf,
    },
    /// The keys of this registry are in a vault, and the copy has none inside or beside it.
    #[error("{} has no vault", path.display())]
    VaultMissing {
        /// The copy.
        path: PathBuf,
    },
    /// One of the CRLs was signed by no authority of the backup.
    #[error("no authority of the backup signed the CRL of {issuer}")]
    CrlNotOurs {
        /// The CRL's issuer.
        issuer: String,
    },
    /// One of the CRLs cannot be taken in.
    #[error(transparent)]
    Crl(#[from] InstallCrlError),
    /// The restored registry cannot be opened.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Restores a backup and opens the registry that comes of it, its keys still locked.
///
/// # Errors
/// See [`RestoreError`].
pub fn restore(wish: &RestoreWish<'_>, host: &Host) -> Result<(Session, Restored), RestoreError> {
    let beside = vault_path(wish.to);
    if beside.symlink_metadata().is_ok() && !wish.to.exists() {
        return Err(RestoreError::VaultExists { path: beside });
    }
    if let Some(share) = host.disk(wish.to).refused() {
        return Err(OpenError::OnShare { path: wish.to.to_owned(), share }.into());
    }
    let now = host.clock.now();
    let restored = Registry::restore(wish.backup, wish.to, &host.actor, now, |tx| {
        bring_along_vault(tx, wish.backup)?;
        let made_at = tx.audit_page(None, None, 1)?.first().map(|row| row.at);
        let epoch = begin(tx, host, wish.backup)?;
        let mut installed = Vec::with_capacity(wish.crls.len());
        for crl in wish.crls {
            let (authority, name, generation) =
                signer(tx, crl)?.ok_or_else(|| RestoreError::CrlNotOurs { issuer: crl.issuer().rfc4514() })?;
            let done = install(tx, crl, authority, generation, now, |detail| host.event("crl.installed", &authority.to_string(), detail))?;
            installed.push((name, done));
        }
        if wish.accept_lost_crls {
            for row in tx.generations_awaiting_crl()? {
                decline(tx, &row, now, |detail| host.event("crl.declined", &row.generation.authority.to_string(), detail))?;
            }
        }
        tx.note_time(now)?;
        Ok::<_, RestoreError>(Restored { made_at, epoch, installed, awaited: awaited(tx)? })
    })?;
    Ok((Session::open(wish.to, host.clone())?, restored))
}

impl Session {
    /// A backup that is opened as if it were a registry becomes one, and begins an epoch like any that was restored.
    pub(crate) fn take_over_copy(&self) -> Result<(), RegistryError> {
        if self.registry().read_only() || self.registry().read(|tx| tx.setting(COPY_SETTING))?.is_none() {
            return Ok(());
        }
        let path = self.registry().path().to_owned();
        self.change(|tx| begin(tx, self.host(), &path).map(drop))
    }
}

/// Begins an epoch, on the record.
fn begin(tx: &Write<'_>, host: &Host, backup: &Path) -> Result<u32, RegistryError> {
    let rows = tx.audit_head()?.0;
    tx.begin_epoch()?;
    // With nothing that could sign there is nothing to wait for.
    if tx.generations_awaiting_crl()?.is_empty() {
        tx.end_crl_wait()?;
    }
    // A key that was being made or removed then is not known now: what the keystore holds under its name may be in use by what came after.
    for row in tx.unsettled_keys()? {
        tx.set_key_state(row.key.id, KeyState::Deleted, host.clock.now())?;
    }
    tx.set_setting(COPY_SETTING, None)?;
    tx.set_setting(VAULT_SETTING, None)?;
    let meta = tx.meta()?;
    let file = backup.file_name().map(|name| name.to_string_lossy().into_owned());
    tx.append_audit(&host.event("registry.restored", &meta.id.to_string(), json!({ "file": file, "epoch": meta.epoch, "rows": rows })))?;
    Ok(meta.epoch)
}

/// Puts the vault of a copy where opening the new registry looks for it: inside, to be put beside it and forgotten.
fn bring_along_vault(tx: &Write<'_>, backup: &Path) -> Result<(), RestoreError> {
    if tx.meta()?.keys != KeysKind::Passphrase {
        return Ok(());
    }
    let inside = match tx.setting(NEW_VAULT_SETTING)? {
        Some(inside) => Some(inside),
        None => tx.setting(VAULT_SETTING)?,
    };
    let vault = match inside {
        Some(inside) => inside,
        None => {
            let beside = std::fs::read(vault_path(backup)).map_err(|_| RestoreError::VaultMissing { path: backup.to_owned() })?;
            STANDARD.encode(beside)
        }
    };
    Ok(tx.set_setting(NEW_VAULT_SETTING, Some(&vault))?)
}

type Signer = (AuthorityId, String, crate::registry::GenerationId);

/// The authority and generation that signed a CRL.
fn signer(tx: &Write<'_>, crl: &Crl) -> Result<Option<Signer>, RegistryError> {
    for row in tx.authorities_with_issuer_name(crl.issuer())? {
        if let Some(generation) = signing_generation(tx, row.id, crl)? {
            return Ok(Some((row.id, row.name, generation)));
        }
    }
    Ok(None)
}
