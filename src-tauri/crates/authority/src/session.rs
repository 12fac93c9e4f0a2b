//! An open registry with its keystore, and the outside forces that were passed in.

mod creation;
mod recovery_copy;
mod room;

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;

use crate::audit::{Actor, AuditEvent};
use crate::back_up::{VaultLostError, bring_vault};
use crate::clock::{self, Clock, Entropy, EntropyError};
use crate::crl_gate::CrlGates;
use crate::file::folder_of;
use crate::keystore::{KdfCost, KeyRef, KeyStore, KeyStoreError, KeyStoreKind, RecoveryError, RecoveryPublicKey, StoreState, Vault};
use crate::leftovers;
use crate::move_keys::MOVING_SETTING;
use crate::registry::{
    Disk, KeyLocation, KeyRowId, KeysKind, Meta, OpenError, Read, RecoveryChoice, Registry, RegistryError, RegistryId, Share,
    SourceStaging, Write,
};
use crate::reserve;
use crate::secret::{Passphrase, SecretBytes};
use crate::verify_audit;

/// Name under which the keystore holds the secret that MACs the head of the audit log.
pub(crate) const AUDIT_SECRET: &str = "audit-head";
/// Name under which the keystore holds the secret that seals leaf keys.
pub(crate) const SEALING_SECRET: &str = "leaf-sealing";
/// Every secret that a registry has in its keystore beside its keys.
pub(crate) const SECRETS: [&str; 2] = [AUDIT_SECRET, SEALING_SECRET];

/// Length of both.
const SECRET_OCTETS: usize = 32;

/// Opens the operating system's keyring for one registry.
pub trait Keyring: Send + Sync {
    /// The keystore that holds this registry's keys.
    fn open(&self, registry: &RegistryId) -> Arc<dyn KeyStore>;
}

/// Tells what files lie on.
pub trait Disks: Send + Sync {
    /// The share that a folder lies on; `None` for a disk of this machine.
    fn share(&self, folder: &Path) -> Option<Share>;
}

/// What the operating system says of its disks.
#[derive(Debug)]
pub struct SystemDisks;

impl Disks for SystemDisks {
    fn share(&self, folder: &Path) -> Option<Share> {
        Share::of(folder)
    }
}

/// The outside forces: everything that is not the registry's own.
#[derive(Clone)]
pub struct Host {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Who acts.
    pub actor: Actor,
    /// Reaches the operating system's keyring.
    pub keyring: Arc<dyn Keyring>,
    /// What it shall cost to try a passphrase of a new vault.
    pub passphrase_cost: KdfCost,
    /// Tells disks from shares.
    pub disks: Arc<dyn Disks>,
    /// Whether somebody has agreed to write to a registry on a share.
    pub on_share: bool,
}

impl Host {
    /// What a registry lies on, or would lie on, and whether it may be written to there.
    pub fn disk(&self, registry: &Path) -> Disk {
        Disk { share: self.disks.share(folder_of(registry)), agreed: self.on_share }
    }

    /// An audit event of this host's actor, now.
    pub(crate) fn event(&self, action: &'static str, subject: &str, detail: serde_json::Value) -> AuditEvent {
        AuditEvent {
            at: self.clock.now(),
            actor: self.actor.clone(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            detail,
            why: None,
        }
    }
}

/// Where a new registry's keys will live, with what that needs.
pub enum NewKeys {
    /// In the operating system's keyring.
    Os,
    /// In a vault beside the registry, under this passphrase.
    Vault(Passphrase),
}

/// A registry could not be created, opened or unlocked.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The registry file said no.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A read or write of it failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The keystore said no.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The recovery file could not be made.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The vault that travels in a backup could not be put beside it.
    #[error(transparent)]
    Vault(#[from] VaultLostError),
    /// A vault is in the way of the new registry's.
    #[error("{} exists already", path.display())]
    VaultExists {
        /// The vault file.
        path: PathBuf,
    },
    /// The vault is missing or damaged.
    #[error("the vault {} cannot be read: {cause}", path.display())]
    VaultUnreadable {
        /// The vault file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A vault is wanted and no passphrase was given.
    #[error("a passphrase is needed")]
    PassphraseRequired,
}

/// An open registry with its keystore.
pub struct Session {
    registry: Registry,
    meta: Meta,
    keystore: Arc<dyn KeyStore>,
    vault: Option<Arc<Vault>>,
    host: Host,
    audit_secret: Mutex<Option<SecretBytes>>,
    rows_at_open: u64,
    sealed_at_unlock: AtomicU64,
    unlocks_when_needed: AtomicBool,
    crl_gates: CrlGates,
}

/// The vault that belongs to a registry file: `NAME.vault` beside it.
pub fn vault_path(registry: &Path) -> PathBuf {
    let mut name = registry.file_stem().map_or_else(|| OsString::from("registry"), OsString::from);
    name.push(".vault");
    registry.with_file_name(name)
}

impl Session {
    /// Opens a registry, its keys still locked where they are in a vault.
    ///
    /// # Errors
    /// When the file cannot be opened as a registry, or its vault cannot be read. One that is missing or damaged shows when keys are wanted.
    pub fn open(path: &Path, host: Host) -> Result<Self, SessionError> {
        let opened = || Registry::open_on(path, host.disk(path), &host.actor, host.clock.now());
        let is_full = |outcome: &Result<_, OpenError>| matches!(outcome, Err(OpenError::Full { .. }));
        let mut outcome = opened();
        if is_full(&outcome) && reserve::lend(path) {
            outcome = opened();
        }
        // Without the room that was set aside there is still everything to look at.
        let registry = if is_full(&outcome) { Registry::open_on_full_disk(path, host.disk(path))? } else { outcome? };
        tidy_beside(&registry);
        let meta = registry.read(|tx| tx.meta())?;
        let (keystore, vault): (Arc<dyn KeyStore>, Option<Arc<Vault>>) = match meta.keys {
            KeysKind::Os | KeysKind::Memory => (host.keyring.open(&meta.id), None),
            KeysKind::Passphrase => {
                let file = vault_path(path);
                bring_vault(&registry, &file)?;
                let vault = match Vault::open(&file, Arc::clone(&host.entropy)) {
                    // Browsing needs no keys, and the recovery file may bring them back: the vault itself says what is wrong with it.
                    Err(KeyStoreError::Io { kind: ErrorKind::NotFound, .. } | KeyStoreError::Damaged { .. }) => {
                        Vault::unread(&file, &meta.id.to_string(), Arc::clone(&host.entropy))
                    }
                    outcome => outcome?,
                };
                let vault = Arc::new(vault);
                (Arc::clone(&vault) as Arc<dyn KeyStore>, Some(vault))
            }
        };
        Self::begun(registry, meta, keystore, vault, host)
    }

    fn begun(
        registry: Registry,
        meta: Meta,
        keystore: Arc<dyn KeyStore>,
        vault: Option<Arc<Vault>>,
        host: Host,
    ) -> Result<Self, SessionError> {
        let rows_at_open = registry.read(|tx| tx.audit_head())?.0;
        let session = Self {
            registry,
            meta,
            keystore,
            vault,
            host,
            audit_secret: Mutex::new(None),
            rows_at_open,
            sealed_at_unlock: AtomicU64::new(0),
            unlocks_when_needed: AtomicBool::new(false),
            crl_gates: CrlGates::default(),
        };
        session.take_over_copy()?;
        if !session.registry.read_only()
            && let Err(error) = session.abandon_tasks()
        {
            // Browsing goes on; the next start looks again.
            tracing::warn!(%error, "tasks of a program that is gone could not be marked");
        }
        Ok(session)
    }

    /// Whether anything was changed, by this program or another, since the registry was opened here.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn changed_since_open(&self) -> Result<bool, RegistryError> {
        Ok(self.registry.read(|tx| tx.audit_head())?.0 > self.rows_at_open)
    }

    /// Makes the keys usable: opens the vault with its passphrase, or checks that the keyring answers. Settles what a crash left behind.
    ///
    /// # Errors
    /// A wrong passphrase, or a keyring that is locked or cannot be reached.
    pub fn unlock(&self, passphrase: Option<&Passphrase>) -> Result<(), SessionError> {
        self.unlocks_when_needed.store(false, Ordering::SeqCst);
        match &self.vault {
            Some(vault) => match self.keystore.state() {
                StoreState::Ready => {}
                StoreState::Locked => self.keystore.unlock(passphrase.ok_or(SessionError::PassphraseRequired)?)?,
                StoreState::Unreachable { cause } => return Err(SessionError::VaultUnreadable { path: vault.path().to_owned(), cause }),
            },
            None => self.keystore.reopen()?,
        }
        let secret = self.keystore.secret(AUDIT_SECRET)?;
        *self.audit_secret.lock().unwrap_or_else(PoisonError::into_inner) = secret;
        if !self.registry.read_only() {
            // First, so that what settling writes is not counted.
            let rows = self.seal_unsealed()?;
            self.sealed_at_unlock.store(rows, Ordering::Relaxed);
            self.settle()?;
        }
        Ok(())
    }

    /// How many entries of the log had been written while the keys were locked when the last unlock sealed them.
    pub fn sealed_at_unlock(&self) -> u64 {
        self.sealed_at_unlock.load(Ordering::Relaxed)
    }

    /// Makes the keys of a keyring usable if that takes no question: the keyring is open. A keyring that is locked or silent stays as it is.
    ///
    /// # Errors
    /// What an open keyring, or the registry, refuses.
    pub fn unlock_unasked(&self) -> Result<(), SessionError> {
        if self.vault.is_none() && self.keystore.state() == StoreState::Ready { self.unlock(None) } else { Ok(()) }
    }

    /// Puts [`Session::unlock_unasked`] off until the first change, or until the seal of the audit log is looked at: who only browses does not wait for a
    /// keyring, not even for one that is silent.
    pub fn unlock_when_needed(&self) {
        self.unlocks_when_needed.store(self.vault.is_none(), Ordering::SeqCst);
    }

    fn unlock_now_needed(&self) {
        if self.unlocks_when_needed.swap(false, Ordering::SeqCst)
            && let Err(error) = self.unlock_unasked()
        {
            // What is written is chained, and sealed at the next unlock.
            tracing::warn!(%error, "the keyring is not at hand");
        }
    }

    /// Forgets everything that keys can be reached with: the vault's master key, and the secrets read from the keyring. The operating system's keyring stays
    /// as it is, but nothing is asked of it before the next [`Session::unlock`].
    pub fn lock(&self) {
        self.unlocks_when_needed.store(false, Ordering::SeqCst);
        self.keystore.lock();
        self.sealed_at_unlock.store(0, Ordering::Relaxed);
        *self.audit_secret.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// State of the keystore, for what a person looks at: never waits for a keyring that is silent.
    pub fn store_state(&self) -> StoreState {
        self.keystore.glance()
    }

    /// The registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the registry says of itself, read afresh.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn meta(&self) -> Result<Meta, RegistryError> {
        self.registry.read(|tx| tx.meta())
    }

    /// The keystore.
    pub fn keystore(&self) -> &Arc<dyn KeyStore> {
        &self.keystore
    }

    /// Where keys made in this registry live, as its rows say it.
    pub(crate) fn key_location(&self) -> KeyLocation {
        match self.keystore.kind() {
            KeyStoreKind::Os => KeyLocation::Os,
            KeyStoreKind::Vault => KeyLocation::Vault,
            KeyStoreKind::Memory => KeyLocation::Memory,
        }
    }

    /// The vault, where keys live in one.
    pub(crate) fn vault(&self) -> Option<&Vault> {
        self.vault.as_deref()
    }

    /// Takes the secret of the audit log over, once it was put back where it belongs.
    pub(crate) fn take_audit_secret(&self, secret: SecretBytes) {
        *self.audit_secret.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret);
    }

    /// Whether another program has moved the keys elsewhere since this session began: it has to be opened anew.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn keys_moved(&self) -> Result<bool, RegistryError> {
        Ok(self.meta()?.keys != self.meta.keys)
    }

    /// Refuses to take a key into use while keys are on the move, or when they have moved from where this session keeps them.
    pub(crate) fn check_keys_stay(&self, tx: &Read<'_>) -> Result<(), RegistryError> {
        if tx.setting(MOVING_SETTING)?.is_some() || tx.meta()?.keys != self.meta.keys { Err(RegistryError::Busy) } else { Ok(()) }
    }

    /// The vault file, where keys live in one.
    pub fn vault_file(&self) -> Option<PathBuf> {
        self.vault.as_ref().map(|_| vault_path(self.registry.path()))
    }

    /// Who builds the CRL of which generation.
    pub(crate) fn crl_gates(&self) -> &CrlGates {
        &self.crl_gates
    }

    /// The outside forces.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Now.
    pub fn now(&self) -> OffsetDateTime {
        self.host.clock.now()
    }

    /// Which registry this is.
    pub fn id(&self) -> RegistryId {
        self.meta.id
    }

    /// How this registry keeps its keys.
    pub fn keys_kind(&self) -> KeysKind {
        self.meta.keys
    }

    /// An audit event of this session's actor, now.
    pub(crate) fn event(&self, action: &'static str, subject: &str, detail: serde_json::Value) -> AuditEvent {
        self.host.event(action, subject, detail)
    }

    /// Runs one write transaction, notes the time, and MACs the new head of the audit log while its secret is at hand.
    pub(crate) fn change<T, E: From<RegistryError>>(&self, work: impl FnOnce(&Write<'_>) -> Result<T, E>) -> Result<T, E> {
        let now = self.now();
        self.change_unnoted(|tx| {
            let value = work(tx)?;
            tx.note_time(now)?;
            Ok(value)
        })
    }

    /// [`change`](Self::change) that sees what was staged.
    pub(crate) fn change_staged<T, E: From<RegistryError>>(
        &self,
        staging: &mut SourceStaging,
        work: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.unlock_now_needed();
        let secret = self.audit_secret.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        self.registry.write_staged(staging, |tx| {
            let value = work(tx)?;
            tx.note_time(now)?;
            if let Some(secret) = secret.as_ref() {
                verify_audit::seal_head(tx, secret, now)?;
            }
            Ok(value)
        })
    }

    /// [`change`](Self::change) that leaves the last time seen alone: nothing was done at this time that a later act must not be older than. A
    /// refusal under a wrong clock must not have the right one refused afterwards.
    pub(crate) fn change_unnoted<T, E: From<RegistryError>>(&self, work: impl FnOnce(&Write<'_>) -> Result<T, E>) -> Result<T, E> {
        self.unlock_now_needed();
        let secret = self.audit_secret.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        self.registry.write(|tx| {
            let value = work(tx)?;
            if let Some(secret) = secret.as_ref() {
                verify_audit::seal_head(tx, secret, now)?;
            }
            Ok(value)
        })
    }

    /// The secret that MACs the audit head, while unlocked.
    pub(crate) fn with_audit_secret<T>(&self, work: impl FnOnce(Option<&SecretBytes>) -> T) -> T {
        self.unlock_now_needed();
        work(self.audit_secret.lock().unwrap_or_else(PoisonError::into_inner).as_ref())
    }

    /// The secret that seals leaf keys; made on first use.
    pub(crate) fn sealing_secret(&self) -> Result<SecretBytes, SessionError> {
        if let Some(secret) = self.keystore.secret(SEALING_SECRET)? {
            return Ok(secret);
        }
        // "No entry" means unknown (a keyring may have come back with another home): a new secret is made only while nothing is sealed under one.
        if self.registry.read(|tx| Ok::<_, RegistryError>(tx.keys()?.iter().any(|row| row.key.sealed_private.is_some())))? {
            return Err(KeyStoreError::Missing { key: named(SEALING_SECRET)? }.into());
        }
        let secret = SecretBytes::random(SECRET_OCTETS, self.host.entropy.as_ref())?;
        self.keystore.store_secret(SEALING_SECRET, &secret)?;
        self.keystore.sync()?;
        // A move of keys that began before this has not copied it.
        self.registry.read(|tx| self.check_keys_stay(tx))?;
        // A recovery file that is replaced at the same time may have looked before there was a secret: then it is sealed to that one.
        while let recovery @ RecoveryChoice::PublicKey(public) = self.meta()?.recovery {
            let sealed = self.keystore.sealed_secret(SEALING_SECRET, &RecoveryPublicKey::new(public))?;
            let text = sealed.map(|sealed| STANDARD.encode(sealed.to_bytes()));
            let kept = self.change(|tx| {
                let same = tx.meta()?.recovery == recovery;
                if same {
                    tx.set_setting(&sealed_setting(SEALING_SECRET), text.as_deref())?;
                }
                Ok::<_, RegistryError>(same)
            })?;
            if kept {
                break;
            }
        }
        Ok(secret)
    }

    /// Whether the clock can be trusted to date a signature.
    ///
    /// # Errors
    /// The last time seen, when the clock is more than five minutes behind it.
    pub(crate) fn check_clock(&self, tx: &Read<'_>) -> Result<Result<(), OffsetDateTime>, RegistryError> {
        let seen = tx.meta()?.last_seen_at;
        Ok(if clock::went_back(self.now(), seen) { Err(seen) } else { Ok(()) })
    }

    /// Ten random bytes for an id.
    pub(crate) fn id_entropy(&self) -> Result<[u8; 10], EntropyError> {
        random(self.host.entropy.as_ref())
    }

    /// Whether a first authority may be made: a keyring registry wants a recovery file, or its refusal, first (invariant 14).
    pub(crate) fn recovery_decided(&self) -> Result<bool, RegistryError> {
        Ok(self.meta.keys != KeysKind::Os || !matches!(self.meta()?.recovery, RecoveryChoice::Undecided))
    }
}

/// Takes away what a program that was cut off has left beside a registry, and sets room aside.
fn tidy_beside(registry: &Registry) {
    if !registry.read_only() {
        leftovers::clear(folder_of(registry.path()));
        reserve::set_aside(registry.path());
    }
}

/// Setting of the registry in which a secret stands sealed to the recovery key, base64.
pub(crate) fn sealed_setting(secret: &str) -> String {
    format!("recovery.sealed.{secret}")
}

/// The keystore's name for a key row.
pub(crate) fn key_ref(id: KeyRowId) -> Result<KeyRef, KeyStoreError> {
    named(&id.to_string())
}

fn named(text: &str) -> Result<KeyRef, KeyStoreError> {
    KeyRef::new(text).map_err(|error| KeyStoreError::Damaged { what: error.to_string() })
}

/// Draws N random bytes.
pub(crate) fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyError> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}
