//! Making a registry and its vault: two files, one moment.
//!
//! A registry file takes its name whole, with its first audit row, and with a copy of its vault inside; then the vault is put beside it and the copy goes.
//! A crash leaves either nothing, or a registry that brings its vault out when it is opened.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{AUDIT_SECRET, Host, NewKeys, SECRET_OCTETS, Session, SessionError, random, vault_path};
use crate::audit::AuditEvent;
use crate::back_up::{VaultLostError, bring_vault};
use crate::crl_gate::CrlGates;
use crate::file::{FileError, folder_of};
use crate::keystore::{KeyStore, KeyStoreError, Vault};
use crate::leftovers::{self, Workshop};
use crate::registry::{KeysKind, NewRegistry, OpenError, Registry, RegistryId};
use crate::secret::SecretBytes;
use crate::verify_audit::seal_head;

impl Session {
    /// Makes a registry, with its vault where keys live in one, and opens it unlocked.
    ///
    /// # Errors
    /// When a file is there already or cannot be made, or the keyring cannot be reached.
    pub fn create(path: &Path, name: &str, keys: NewKeys, is_test: bool, host: Host) -> Result<Self, SessionError> {
        let now = host.clock.now();
        let id = RegistryId::new(now, random(host.entropy.as_ref())?);
        // Known before vault or keyring are touched.
        if path.is_dir() {
            return Err(OpenError::IsFolder { path: path.to_owned() }.into());
        }
        if path.symlink_metadata().is_ok() {
            return Err(OpenError::AlreadyExists { path: path.to_owned() }.into());
        }
        let disk = host.disk(path);
        if let Some(share) = disk.refused() {
            return Err(OpenError::OnShare { path: path.to_owned(), share }.into());
        }
        let new = |keys| NewRegistry { id, name: name.to_owned(), keys, is_test, actor: host.actor.clone(), now, disk };
        let secret = SecretBytes::random(SECRET_OCTETS, host.entropy.as_ref())?;
        let (registry, keystore, vault): (_, Arc<dyn KeyStore>, _) = match keys {
            NewKeys::Os => {
                let keystore = host.keyring.open(&id);
                keep(keystore.as_ref(), &secret)?;
                let registry = first_written(path, &new(KeysKind::Os), &secret, None).inspect_err(|_| {
                    // A registry that took its name, and could not be opened then, is sealed under this secret.
                    if !matches!(path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound) {
                        return;
                    }
                    if let Err(left) = keystore.remove_secret(AUDIT_SECRET) {
                        tracing::warn!(%left, "an unused secret is left behind in the keyring");
                    }
                })?;
                (registry, keystore, None)
            }
            NewKeys::Vault(passphrase) => {
                let beside = vault_path(path);
                if beside.symlink_metadata().is_ok() {
                    return Err(SessionError::VaultExists { path: beside });
                }
                let failed = |error| SessionError::from(VaultLostError::File(FileError::from_io(&beside, error)));
                let workshop = Workshop::new_in(folder_of(path), leftovers::NEW_VAULT).map_err(failed)?;
                let made = workshop.path().join("vault");
                let vault = Vault::create_with_cost(&made, &passphrase, &id.to_string(), Arc::clone(&host.entropy), host.passphrase_cost)?;
                keep(&vault, &secret)?;
                let inside = STANDARD.encode(std::fs::read(&made).map_err(failed)?);
                let registry = first_written(path, &new(KeysKind::Passphrase), &secret, Some(&inside))?;
                bring_vault(&registry, &beside)?;
                let vault = Arc::new(vault.moved_to(&beside));
                (registry, Arc::clone(&vault) as Arc<dyn KeyStore>, Some(vault))
            }
        };
        let meta = registry.read(|tx| tx.meta())?;
        Ok(Self {
            registry,
            meta,
            keystore,
            vault,
            host,
            audit_secret: Mutex::new(Some(secret)),
            unlocks_when_needed: AtomicBool::new(false),
            rows_at_open: 0,
            sealed_at_unlock: AtomicU64::new(0),
            crl_gates: CrlGates::default(),
        })
    }
}

/// Keeps the secret of the audit log before there is a log.
fn keep(keystore: &dyn KeyStore, secret: &SecretBytes) -> Result<(), KeyStoreError> {
    keystore.store_secret(AUDIT_SECRET, secret)?;
    keystore.sync()
}

/// Makes the registry file: its first row, its first audit row under a seal, and its vault's bytes come into being with it.
fn first_written(path: &Path, new: &NewRegistry, secret: &SecretBytes, vault: Option<&str>) -> Result<Registry, SessionError> {
    let event = AuditEvent {
        at: new.now,
        actor: new.actor.clone(),
        action: "registry.created".to_owned(),
        subject: new.id.to_string(),
        detail: serde_json::json!({ "name": new.name, "keys": new.keys.as_str() }),
        why: None,
    };
    Ok(Registry::create_with(path, new, |tx| {
        tx.append_audit(&event)?;
        seal_head(tx, secret, new.now)?;
        tx.set_setting(crate::back_up::NEW_VAULT_SETTING, vault)
    })?)
}
