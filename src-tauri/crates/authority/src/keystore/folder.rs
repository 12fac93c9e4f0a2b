//! A store for tests that outlives the process: one file for each entry, so that each call of a keyring can be seen, and interrupted, from outside.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::entries::{Entries, EntryName};
use super::{KeyStoreError, KeyStoreKind, StoreState};
use crate::clock::{Entropy, SystemEntropy};
use crate::file::sync_folder;
use crate::secret::Passphrase;

/// A folder that stands in for a keyring. Like the daemon of GNOME it writes beside, syncs the file and renames it, and leaves the folder unsynced
/// until [`super::KeyStore::sync`].
#[derive(Debug, Clone)]
pub struct FolderKeyStore {
    folder: PathBuf,
}

impl FolderKeyStore {
    /// A store in a folder, which is made when the first entry is.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn place(&self, name: &EntryName) -> PathBuf {
        self.folder.join(name.as_str().replace('/', "_"))
    }

    /// Shows a call to whoever watches the process, also one that only reads: each is a moment at which a program may be killed, or refused.
    fn called(&self, call: &str) -> Result<(), KeyStoreError> {
        let shown = fs::File::options().write(true).open("/dev/null").and_then(|mut nowhere| nowhere.write_all(call.as_bytes()));
        shown.map_err(self.failed())
    }

    fn failed(&self) -> impl Fn(io::Error) -> KeyStoreError {
        |error| KeyStoreError::from_io(&self.folder, &error)
    }
}

impl Entries for FolderKeyStore {
    fn kind(&self) -> KeyStoreKind {
        KeyStoreKind::Memory
    }

    fn state(&self) -> StoreState {
        StoreState::Ready
    }

    fn names(&self) -> Result<Vec<String>, KeyStoreError> {
        self.called("names")?;
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(self.failed())?,
        };
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().replacen("secret_", "secret/", 1)));
        let names = names.collect::<io::Result<Vec<String>>>().map_err(self.failed())?;
        Ok(names.into_iter().filter(|name| !name.starts_with('.')).collect())
    }

    fn read(&self, name: &EntryName, _fresh: bool) -> Result<Option<Zeroizing<String>>, KeyStoreError> {
        self.called("read")?;
        match fs::read_to_string(self.place(name)) {
            Ok(line) => Ok(Some(Zeroizing::new(line))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed()(error)),
        }
    }

    fn create(&self, name: &EntryName, _label: &str, line: Zeroizing<String>) -> Result<(), KeyStoreError> {
        self.called("create")?;
        let place = self.place(name);
        if place.exists() {
            return Err(KeyStoreError::AlreadyPresent);
        }
        if !self.folder.is_dir() {
            let made = fs::create_dir_all(&self.folder);
            made.and_then(|()| self.folder.ancestors().skip(1).take(2).try_for_each(sync_folder)).map_err(self.failed())?;
        }
        let mut made = tempfile::NamedTempFile::new_in(&self.folder).map_err(self.failed())?;
        made.write_all(line.as_bytes()).and_then(|()| made.as_file().sync_all()).map_err(self.failed())?;
        made.persist(place).map(drop).map_err(|error| self.failed()(error.error))
    }

    fn delete(&self, name: &EntryName) -> Result<bool, KeyStoreError> {
        self.called("delete")?;
        match fs::remove_file(self.place(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.failed()(error)),
        }
    }

    fn sync(&self) -> Result<(), KeyStoreError> {
        self.called("sync")?;
        if self.folder.is_dir() { sync_folder(&self.folder).map_err(self.failed()) } else { Ok(()) }
    }

    fn unlock(&self, _passphrase: &Passphrase) -> Result<(), KeyStoreError> {
        Ok(())
    }

    fn ask_to_unlock(&self) -> Result<(), KeyStoreError> {
        self.called("ask")
    }

    fn lock(&self) {}

    fn cancel(&self) {}

    fn entropy(&self) -> &dyn Entropy {
        &SystemEntropy
    }
}
