//! The passphrase vault: `NAME.vault` beside the registry, for machines without a keyring.
//!
//! The passphrase (Argon2id) wraps a random master key, which seals every entry; changing the passphrase rewraps the master key and touches no entry.
//! The file is read anew for every call and written under a lock file, so that desktop and command line can work side by side; it is replaced
//! atomically, 0600. While locked, nothing here opens it.

mod format;

use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use self::format::{Header, VaultEntry, VaultFile};
use super::entries::{Entries, EntryName};
use super::sealing::{self, KEY_LENGTH, KdfCost, SALT_LENGTH, Sealed};
use super::{KeyStoreError, KeyStoreKind, StoreState};
use crate::clock::Entropy;
use crate::file::{FileMode, folder_of, sync_folder, write_new_atomically};
use crate::in_use::open_to_read;
use crate::secret::{Passphrase, SecretBytes};

/// How long a write waits for another process's write.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// More than a hundred thousand entries.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A passphrase vault.
pub struct Vault {
    path: PathBuf,
    registry: String,
    entropy: Arc<dyn Entropy>,
    open: Mutex<Option<Open>>,
    patience: Duration,
}

/// What a vault holds while it is unlocked.
struct Open {
    master: SecretBytes,
    /// The wrapped master key that was opened: when the file holds another one, the passphrase was changed elsewhere.
    wrapped: Sealed,
}

impl Vault {
    /// Makes a new, empty vault, and leaves it unlocked.
    ///
    /// # Errors
    /// [`KeyStoreError::Io`], of kind `AlreadyExists` when something stands at `path`: a vault is never replaced.
    pub fn create(path: &Path, passphrase: &Passphrase, registry: &str, entropy: Arc<dyn Entropy>) -> Result<Self, KeyStoreError> {
        Self::create_with_cost(path, passphrase, registry, entropy, KdfCost::STANDARD)
    }

    /// As [`Vault::create`], with a passphrase that costs next to nothing to try.
    ///
    /// # Errors
    /// As [`Vault::create`].
    #[cfg(any(test, feature = "testing"))]
    pub fn create_cheap(path: &Path, passphrase: &Passphrase, registry: &str, entropy: Arc<dyn Entropy>) -> Result<Self, KeyStoreError> {
        Self::create_with_cost(path, passphrase, registry, entropy, KdfCost::CHEAP)
    }

    /// As [`Vault::create`], at a cost of the caller's choice.
    ///
    /// # Errors
    /// As [`Vault::create`].
    pub fn create_with_cost(
        path: &Path,
        passphrase: &Passphrase,
        registry: &str,
        entropy: Arc<dyn Entropy>,
        cost: KdfCost,
    ) -> Result<Self, KeyStoreError> {
        let master = SecretBytes::random(KEY_LENGTH, &*entropy)?;
        let header = wrap(&master, passphrase, registry, cost, &*entropy)?;
        let wrapped = header.master.clone();
        let file = VaultFile { header, entries: Vec::new() };
        write_new_atomically(path, FileMode::Private, false, &file.to_bytes(&master)?)
            .map_err(|error| KeyStoreError::from_file(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            registry: registry.to_owned(),
            entropy,
            open: Mutex::new(Some(Open { master, wrapped })),
            patience: LOCK_PATIENCE,
        })
    }

    /// Opens a vault file and checks that it is whole. The vault is locked.
    ///
    /// # Errors
    /// [`KeyStoreError::Damaged`], [`KeyStoreError::Unsupported`] for a newer version, [`KeyStoreError::CostRefused`], [`KeyStoreError::Io`].
    pub fn open(path: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, KeyStoreError> {
        let (file, _) = read_file(path)?;
        Ok(Self { path: path.to_owned(), registry: file.header.registry, entropy, open: Mutex::new(None), patience: LOCK_PATIENCE })
    }

    /// A vault whose file is missing or damaged: nothing can be done with it but say so, until a sound file lies there.
    pub(crate) fn unread(path: &Path, registry: &str, entropy: Arc<dyn Entropy>) -> Self {
        Self { path: path.to_owned(), registry: registry.to_owned(), entropy, open: Mutex::new(None), patience: LOCK_PATIENCE }
    }

    /// Puts another vault's bytes in the place of this one's, whatever is there, and locks it.
    ///
    /// # Errors
    /// [`KeyStoreError::Busy`] while another program writes; [`KeyStoreError::Io`]. The file stays as it was then.
    pub(crate) fn replace_file(&self, bytes: &[u8]) -> Result<(), KeyStoreError> {
        let mut open = self.open_state();
        let _lock = self.write_lock()?;
        write_new_atomically(&self.path, FileMode::Private, true, bytes).map_err(|error| KeyStoreError::from_file(&self.path, &error))?;
        *open = None;
        Ok(())
    }

    /// The same vault, whose file was copied to `path`.
    pub(crate) fn moved_to(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// Returns the id of the registry that the vault belongs to.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns where the vault lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells whether this is the passphrase, without unlocking anything.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassphrase`] when it is not; [`KeyStoreError::Damaged`], [`KeyStoreError::Io`].
    pub fn verify_passphrase(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        unwrap(&read_file(&self.path)?.0.header, passphrase).map(drop)
    }

    /// Changes the passphrase. Old copies of the file still open with the old one.
    ///
    /// # Errors
    /// [`KeyStoreError::WrongPassphrase`] when `current` is not the passphrase; [`KeyStoreError::Busy`]; the file stays as it was then.
    pub fn change_passphrase(&self, current: &Passphrase, new: &Passphrase) -> Result<(), KeyStoreError> {
        self.rewrap(current, new, None)
    }

    /// Wraps the master key under `new`; at the cost that the file has, raised to today's, where none is given.
    fn rewrap(&self, current: &Passphrase, new: &Passphrase, cost: Option<KdfCost>) -> Result<(), KeyStoreError> {
        let mut open = self.open_state();
        let _lock = self.write_lock()?;
        let (mut file, body) = read_file(&self.path)?;
        let master = unwrap(&file.header, current)?;
        file.verify(&master, &body)?;
        let header = wrap(&master, new, &file.header.registry, cost.unwrap_or_else(|| file.header.cost.raised()), &*self.entropy)?;
        let wrapped = header.master.clone();
        file.header = header;
        self.replace(&file, &master)?;
        *open = Some(Open { master, wrapped });
        Ok(())
    }

    /// Wraps the master key anew, so that the passphrase costs next to nothing to try.
    ///
    /// # Errors
    /// As [`Vault::change_passphrase`].
    #[cfg(any(test, feature = "testing"))]
    pub fn make_cheap(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        self.rewrap(passphrase, passphrase, Some(KdfCost::CHEAP))
    }

    fn open_state(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the file and holds it against the master key in memory.
    fn read_authentic(&self, open: &mut Option<Open>) -> Result<VaultFile, KeyStoreError> {
        let Some(Open { master, wrapped }) = open.as_ref() else { return Err(KeyStoreError::Locked) };
        let (file, body) = read_file(&self.path)?;
        if let Err(error) = file.verify(master, &body) {
            // Restored from elsewhere, not damaged: another master key, which wants its own passphrase.
            if file.header.master != *wrapped {
                *open = None;
                return Err(KeyStoreError::Locked);
            }
            return Err(error);
        }
        Ok(file)
    }

    fn replace(&self, file: &VaultFile, master: &SecretBytes) -> Result<(), KeyStoreError> {
        write_new_atomically(&self.path, FileMode::Private, true, &file.to_bytes(master)?)
            .map_err(|error| KeyStoreError::from_file(&self.path, &error))
    }

    /// Changes the entries: reads them under the lock, so that nothing another process wrote is lost.
    fn change<T>(&self, change: impl FnOnce(&mut VaultFile, &SecretBytes) -> Result<(bool, T), KeyStoreError>) -> Result<T, KeyStoreError> {
        let mut open = self.open_state();
        let _lock = self.write_lock()?;
        let mut file = self.read_authentic(&mut open)?;
        let Some(Open { master, .. }) = open.as_ref() else { return Err(KeyStoreError::Locked) };
        let (changed, outcome) = change(&mut file, master)?;
        if changed {
            self.replace(&file, master)?;
        }
        Ok(outcome)
    }

    /// Takes the lock file beside the vault. The vault itself cannot be the lock: it is replaced.
    fn write_lock(&self) -> Result<File, KeyStoreError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(&path).map_err(|error| KeyStoreError::from_io(&path, &error))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if start.elapsed() < self.patience => thread::sleep(Duration::from_millis(20)),
                Err(TryLockError::WouldBlock) => return Err(KeyStoreError::Busy { path: self.path.clone() }),
                Err(TryLockError::Error(error)) => return Err(KeyStoreError::from_io(&path, &error)),
            }
        }
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("path", &self.path).field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl Entries for Vault {
    fn kind(&self) -> KeyStoreKind {
        KeyStoreKind::Vault
    }

    fn state(&self) -> StoreState {
        match read_file(&self.path) {
            Err(error) => StoreState::Unreachable { cause: error.to_string() },
            Ok(_) if self.open_state().is_some() => StoreState::Ready,
            Ok(_) => StoreState::Locked,
        }
    }

    fn names(&self) -> Result<Vec<String>, KeyStoreError> {
        let mut open = self.open_state();
        Ok(self.read_authentic(&mut open)?.entries.into_iter().map(|entry| entry.name).collect())
    }

    fn read(&self, name: &EntryName, _fresh: bool) -> Result<Option<Zeroizing<String>>, KeyStoreError> {
        let mut open = self.open_state();
        let file = self.read_authentic(&mut open)?;
        let Some(Open { master, .. }) = open.as_ref() else { return Err(KeyStoreError::Locked) };
        let Some(entry) = file.entries.iter().find(|entry| entry.name == name.as_str()) else { return Ok(None) };
        let damaged = || KeyStoreError::damaged(format!("entry {} of the vault", name.as_str()));
        let line = sealing::open(master, &entry_context(&self.registry, name), &entry.sealed).ok_or_else(damaged)?;
        std::str::from_utf8(&line).map(|line| Some(Zeroizing::new(line.to_owned()))).map_err(|_| damaged())
    }

    fn create(&self, name: &EntryName, label: &str, line: Zeroizing<String>) -> Result<(), KeyStoreError> {
        self.change(|file, master| {
            if file.entries.iter().any(|entry| entry.name == name.as_str()) {
                return Err(KeyStoreError::AlreadyPresent);
            }
            let sealed = sealing::seal(master, &entry_context(&self.registry, name), line.as_bytes(), &*self.entropy)?;
            file.entries.push(VaultEntry { name: name.as_str().to_owned(), label: label.to_owned(), sealed });
            Ok((true, ()))
        })
    }

    fn delete(&self, name: &EntryName) -> Result<bool, KeyStoreError> {
        self.change(|file, _| {
            let before = file.entries.len();
            file.entries.retain(|entry| entry.name != name.as_str());
            let changed = file.entries.len() != before;
            Ok((changed, changed))
        })
    }

    fn sync(&self) -> Result<(), KeyStoreError> {
        // Each write was synced already; this also covers a vault that was copied into place.
        let synced = File::open(&self.path).and_then(|file| file.sync_all()).and_then(|()| sync_folder(folder_of(&self.path)));
        synced.map_err(|error| KeyStoreError::from_io(&self.path, &error))
    }

    fn unlock(&self, passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        let (file, body) = read_file(&self.path)?;
        if file.header.registry != self.registry {
            return Err(KeyStoreError::damaged("the vault belongs to another registry"));
        }
        let master = unwrap(&file.header, passphrase)?;
        file.verify(&master, &body)?;
        let weak = file.header.cost.is_below_standard();
        *self.open_state() = Some(Open { master, wrapped: file.header.master });
        // A vault from the days of a lower cost is brought up to today's while its passphrase is at hand.
        if weak && let Err(error) = self.rewrap(passphrase, passphrase, Some(file.header.cost.raised())) {
            tracing::warn!(%error, "the cost of trying the vault's passphrase stays below today's");
        }
        Ok(())
    }

    fn ask_to_unlock(&self) -> Result<(), KeyStoreError> {
        if self.open_state().is_some() { Ok(()) } else { Err(KeyStoreError::Locked) }
    }

    fn lock(&self) {
        *self.open_state() = None;
    }

    /// A vault never waits for anybody but another process, and then not for long.
    fn cancel(&self) {}

    fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
}

/// Reads the file and checks its form and checksum; returns it with the bytes that its authentication code covers.
fn read_file(path: &Path) -> Result<(VaultFile, Vec<u8>), KeyStoreError> {
    let failed = |error: io::Error| KeyStoreError::from_io(path, &error);
    let mut bytes = Vec::new();
    open_to_read(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(KeyStoreError::damaged("the vault is too large"));
    }
    Ok((VaultFile::from_bytes(&bytes)?, bytes))
}

fn wrap(
    master: &SecretBytes,
    passphrase: &Passphrase,
    registry: &str,
    cost: KdfCost,
    entropy: &dyn Entropy,
) -> Result<Header, KeyStoreError> {
    let salt = sealing::draw::<SALT_LENGTH>(entropy)?.to_vec();
    let wrapping = cost.derive(passphrase, &salt)?;
    let sealed = sealing::seal(&wrapping, &header_context(registry, cost), master.expose(), entropy)?;
    Ok(Header { registry: registry.to_owned(), cost, salt, master: sealed })
}

/// Opens the master key. The file's checksum held, so a failure here is the passphrase, not damage.
fn unwrap(header: &Header, passphrase: &Passphrase) -> Result<SecretBytes, KeyStoreError> {
    let wrapping = header.cost.derive(passphrase, &header.salt)?;
    let master = sealing::open(&wrapping, &header_context(&header.registry, header.cost), &header.master);
    master.map(|mut master| SecretBytes::new(std::mem::take(&mut *master))).ok_or(KeyStoreError::WrongPassphrase)
}

fn header_context(registry: &str, cost: KdfCost) -> Vec<u8> {
    format!("{}\n{registry}\nargon2id {} {} {}\n", format::TITLE, cost.memory_kib(), cost.passes(), cost.lanes()).into_bytes()
}

fn entry_context(registry: &str, name: &EntryName) -> Vec<u8> {
    format!("{}\n{registry}\n{}\n", format::TITLE, name.as_str()).into_bytes()
}

#[cfg(test)]
mod tests;
