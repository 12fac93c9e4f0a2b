//! The keyring of the operating system: Secret Service, macOS Keychain, Windows Credential Manager.
//!
//! Service name `chancery`, user name the registry's id, a slash, and the key's id. The value is one line of UTF-8 text of at most 1,200 characters, which
//! every platform keeps: KDE's wallet keeps only text, a version of gnome-keyring loses its collection on several lines, Windows has 2,560 bytes.

mod faults;
mod look;
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod platform;
#[cfg(all(unix, not(target_os = "macos")))]
mod secret_service;
mod worker;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use zeroize::Zeroizing;

use self::look::Look;
use self::worker::{Answer, Ask, Connect, Worker};
use super::entries::{Entries, EntryName};
use super::{KeyStoreError, KeyStoreKind, StoreState};
use crate::clock::Entropy;
use crate::secret::Passphrase;

/// The service name of all our entries.
const SERVICE: &str = "chancery";

/// How long a call waits for the keyring, and so for a person who was asked to unlock it.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);
/// How long looking at the state waits: nobody is prompted then.
const STATE_DEADLINE: Duration = Duration::from_secs(5);
/// How long a glance at it waits: a person sees a wait of a tenth of a second.
const GLANCE: Duration = Duration::from_millis(60);

/// The keys of one registry in the keyring of the operating system.
pub struct OsKeyStore {
    registry: String,
    home: Option<PathBuf>,
    worker: Worker,
    look: Look,
    entropy: Arc<dyn Entropy>,
    deadline: Duration,
    /// Whether we have locked it: the keyring itself may be open, which is its owner's business.
    closed: AtomicBool,
}

impl OsKeyStore {
    /// Names the keyring's entries of the registry `registry`. Nothing is contacted yet.
    ///
    /// `home` is the folder whose file system [`KeyStore::sync`](super::KeyStore::sync) makes durable: the one with the user's keyring files. Without it
    /// all file systems are.
    #[must_use]
    pub fn new(registry: &str, home: Option<PathBuf>, entropy: Arc<dyn Entropy>) -> Self {
        #[cfg(all(unix, not(target_os = "macos")))]
        let connect: Connect = Arc::new(secret_service::connect);
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        let connect: Connect = Arc::new(platform::connect);
        Self::with_connect(registry, home, entropy, connect)
    }

    fn with_connect(registry: &str, home: Option<PathBuf>, entropy: Arc<dyn Entropy>, connect: Connect) -> Self {
        Self {
            registry: registry.to_owned(),
            home,
            worker: Worker::new(Arc::clone(&connect)),
            look: Look::new(connect),
            entropy,
            deadline: DEFAULT_DEADLINE,
            closed: AtomicBool::new(false),
        }
    }

    /// Sets how long a call waits for the keyring.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    fn user(&self, name: &EntryName) -> String {
        format!("{}/{}", self.registry, name.as_str())
    }

    fn ask(&self, ask: Ask) -> Result<Answer, KeyStoreError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(KeyStoreError::Locked);
        }
        self.worker.ask(ask, self.deadline)
    }
}

impl fmt::Debug for OsKeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OsKeyStore").field("registry", &self.registry).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Entries for OsKeyStore {
    fn kind(&self) -> KeyStoreKind {
        KeyStoreKind::Os
    }

    fn state(&self) -> StoreState {
        if self.closed.load(Ordering::SeqCst) { StoreState::Locked } else { self.look.within(self.deadline.min(STATE_DEADLINE)) }
    }

    fn glance(&self) -> StoreState {
        if self.closed.load(Ordering::SeqCst) { StoreState::Locked } else { self.look.within(GLANCE) }
    }

    fn names(&self) -> Result<Vec<String>, KeyStoreError> {
        let prefix = format!("{}/", self.registry);
        let Answer::Listed(users) = self.ask(Ask::List { prefix: prefix.clone() })? else { return Ok(Vec::new()) };
        Ok(users.into_iter().filter_map(|user| user.strip_prefix(&prefix).map(ToOwned::to_owned)).collect())
    }

    fn read(&self, name: &EntryName, fresh: bool) -> Result<Option<Zeroizing<String>>, KeyStoreError> {
        let Answer::Line(Some(bytes)) = self.ask(Ask::Read { user: self.user(name), fresh })? else { return Ok(None) };
        match std::str::from_utf8(&bytes) {
            Ok(line) => Ok(Some(Zeroizing::new(line.to_owned()))),
            Err(_) => Err(KeyStoreError::damaged("the entry is not text")),
        }
    }

    fn create(&self, name: &EntryName, label: &str, line: Zeroizing<String>) -> Result<(), KeyStoreError> {
        self.ask(Ask::Create { user: self.user(name), label: entry_label(label), line }).map(|_| ())
    }

    fn delete(&self, name: &EntryName) -> Result<bool, KeyStoreError> {
        Ok(matches!(self.ask(Ask::Delete { user: self.user(name) })?, Answer::Deleted(true)))
    }

    /// gnome-keyring syncs its file but not the folder that it renames it in.
    fn sync(&self) -> Result<(), KeyStoreError> {
        #[cfg(target_os = "linux")]
        match &self.home {
            Some(home) => {
                let synced = std::fs::File::open(home).and_then(|folder| rustix::fs::syncfs(folder).map_err(Into::into));
                synced.map_err(|error| KeyStoreError::from_io(home, &error))?;
            }
            None => rustix::fs::sync(),
        }
        #[cfg(all(unix, not(target_os = "linux")))]
        rustix::fs::sync();
        Ok(())
    }

    fn unlock(&self, _passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::Unsupported { what: "a passphrase for the keyring: the operating system asks for it".to_owned() })
    }

    fn ask_to_unlock(&self) -> Result<(), KeyStoreError> {
        self.ask(Ask::Unlock).map(|_| ())
    }

    fn lock(&self) {
        self.closed.store(true, Ordering::SeqCst);
        // Who waits for a prompt waits for nothing: its answer would open what was just locked.
        self.worker.cancel();
    }

    fn reopen(&self) -> Result<(), KeyStoreError> {
        let was_closed = self.closed.swap(false, Ordering::SeqCst);
        let asked = self.ask_to_unlock();
        // What we had not locked ourselves stays as it is: a daemon that is gone must not be taken for one that is locked.
        if asked.is_err() && was_closed {
            self.closed.store(true, Ordering::SeqCst);
        }
        asked
    }

    fn cancel(&self) {
        self.worker.cancel();
        self.look.cancel();
    }

    fn waits(&self) -> Option<Duration> {
        self.worker.waits().max(self.look.waits())
    }

    fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }
}

/// What the keyring's own program shows: one line, and ours by name.
fn entry_label(label: &str) -> String {
    let label: String = label.chars().filter(|character| !character.is_control()).take(100).collect();
    if label.is_empty() { "Chancery".to_owned() } else { format!("Chancery: {label}") }
}

#[cfg(test)]
mod tests;
