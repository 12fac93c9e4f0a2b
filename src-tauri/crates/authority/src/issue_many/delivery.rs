//! The files of a batch: all of them staged in a hidden folder and synced before the batch is recorded, then put in place one by one.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use pki::encoding::{pkcs8_encrypt_pem, pkcs8_pem, pkcs12_encode};
use pki::{Certificate, PrivateKey};
use zeroize::Zeroizing;

use super::{Delivery, IssueManyError};
use crate::file::{FileError, FileMode, sync_folder};
use crate::hand_over::{Form, HandOverError, Protection};
use crate::leftovers;
use crate::out_folder::OutFolder;
use crate::registry::TaskId;

/// Stands before the name of a batch's folder.
const STAGED: &str = ".issue-";

impl Delivery {
    /// Finds out before anything is signed whether this can work, and makes the folder, which goes again with the answer where nothing came into it.
    pub(super) fn check(&self, makes_keys: bool, all_make_keys: bool) -> Result<OutFolder, IssueManyError> {
        if makes_keys && matches!(self.protection, Protection::Unsaid) {
            return Err(HandOverError::ProtectionUnsaid.into());
        }
        if self.form == Form::Pkcs12 && !all_make_keys {
            return Err(HandOverError::NoKey.into());
        }
        let folder = OutFolder::make(&self.out)?;
        leftovers::probe(&self.out).map_err(|error| FileError::from_io(&self.out, error))?;
        Ok(folder)
    }

    fn endings(&self, makes_key: bool) -> &'static [&'static str] {
        match (self.form, makes_key) {
            (Form::Pkcs12, _) => &["p12"],
            (Form::Pem, true) => &["key", "crt", "chain.pem"],
            (Form::Pem, false) => &["crt", "chain.pem"],
        }
    }

    /// The first file of a row that is in the way.
    pub(super) fn in_the_way(&self, stem: &str, makes_key: bool) -> Option<PathBuf> {
        if self.overwrite {
            return None;
        }
        self.endings(makes_key).iter().map(|ending| self.out.join(format!("{stem}.{ending}"))).find(|path| path.symlink_metadata().is_ok())
    }

    fn folder(&self, task: TaskId, batch: usize) -> PathBuf {
        self.out.join(format!("{STAGED}{task}-{batch}"))
    }

    /// An empty folder for a batch, for its owner only. What an interrupted run has left in it was never recorded.
    pub(super) fn stage(&self, task: TaskId, batch: usize) -> Result<Staged<'_>, IssueManyError> {
        let folder = self.folder(task, batch);
        discard(&folder)?;
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&folder).map_err(|error| FileError::from_io(&folder, error))?;
        Ok(Staged { delivery: self, folder })
    }

    /// Puts in place what was staged for recorded batches, and throws away what was staged for others.
    pub(super) fn settle(&self, task: TaskId, recorded: impl Fn(usize) -> bool) -> Result<(), IssueManyError> {
        let begins = format!("{STAGED}{task}-");
        let entries = match fs::read_dir(&self.out) {
            // Nothing came into the folder, so it went.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|error| FileError::from_io(&self.out, error))?,
        };
        for entry in entries {
            let entry = entry.map_err(|error| FileError::from_io(&self.out, error))?;
            let name = entry.file_name();
            let Some(batch) = name.to_str().and_then(|name| name.strip_prefix(&begins)).and_then(|batch| batch.parse().ok()) else {
                continue;
            };
            if recorded(batch) {
                Staged { delivery: self, folder: entry.path() }.place()?;
            } else {
                discard(&entry.path())?;
            }
        }
        Ok(())
    }
}

fn discard(folder: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FileError::from_io(folder, error)),
        _ => Ok(()),
    }
}

/// Whether two files hold the same. The first is small, which nobody knows of the other.
fn is_same(one: &Path, other: &Path) -> Result<bool, FileError> {
    let length = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| FileError::from_io(path, error));
    let read = |path: &Path| fs::read(path).map(Zeroizing::new).map_err(|error| FileError::from_io(path, error));
    Ok(length(one)? == length(other)? && read(one)? == read(other)?)
}

/// The staged files of one batch.
pub(super) struct Staged<'a> {
    delivery: &'a Delivery,
    folder: PathBuf,
}

impl Staged<'_> {
    /// Writes the files of one certificate. Nothing is synced yet.
    pub(super) fn put(
        &self,
        stem: &str,
        certificate: &Certificate,
        key: Option<&PrivateKey>,
        chain: &[Certificate],
    ) -> Result<(), IssueManyError> {
        if self.delivery.form == Form::Pkcs12 {
            let key = key.ok_or(HandOverError::NoKey)?;
            let empty = pki::encoding::Password::new(String::new());
            let password = if let Protection::Password(password) = &self.delivery.protection { password } else { &empty };
            let bytes = pkcs12_encode(key, certificate, chain, &certificate.display_name(), password).map_err(HandOverError::from)?;
            return self.write(&format!("{stem}.p12"), FileMode::Private, &bytes);
        }
        if let Some(key) = key {
            let pem: Zeroizing<String> = match &self.delivery.protection {
                Protection::Password(password) => pkcs8_encrypt_pem(key, password).map_err(HandOverError::from)?,
                Protection::Plain => pkcs8_pem(key),
                Protection::Unsaid => return Err(HandOverError::ProtectionUnsaid.into()),
            };
            self.write(&format!("{stem}.key"), FileMode::Private, pem.as_bytes())?;
        }
        let mut pem = certificate.pem();
        self.write(&format!("{stem}.crt"), FileMode::Public, pem.as_bytes())?;
        chain.iter().for_each(|issuer| pem.push_str(&issuer.pem()));
        self.write(&format!("{stem}.chain.pem"), FileMode::Public, pem.as_bytes())
    }

    fn write(&self, name: &str, mode: FileMode, bytes: &[u8]) -> Result<(), IssueManyError> {
        let path = self.folder.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(match mode {
                FileMode::Private => 0o600,
                FileMode::Public => 0o644,
            });
        }
        #[cfg(not(unix))]
        let _ = mode; // A file inherits the access list of its folder.
        let mut file = options.open(&path).map_err(|error| FileError::from_io(&path, error))?;
        file.write_all(bytes).map_err(|error| FileError::from_io(&path, error))?;
        // One call syncs the whole file system there; elsewhere each file is synced by itself.
        #[cfg(not(target_os = "linux"))]
        file.sync_all().map_err(|error| FileError::from_io(&path, error))?;
        Ok(())
    }

    /// Makes everything that was put there durable.
    pub(super) fn sync(&self) -> Result<(), IssueManyError> {
        let failed = |error| FileError::from_io(&self.folder, error);
        #[cfg(target_os = "linux")]
        {
            let folder = fs::File::open(&self.folder).map_err(failed)?;
            rustix::fs::syncfs(&folder).map_err(|error| failed(error.into()))?;
        }
        sync_folder(&self.folder).and_then(|()| sync_folder(&self.delivery.out)).map_err(failed)?;
        Ok(())
    }

    /// Throws away what was put there: nothing of it is recorded.
    pub(super) fn discard(self) -> Result<(), IssueManyError> {
        Ok(discard(&self.folder)?)
    }

    /// Gives every file its name. What is in the way and may not be replaced stays, and the rest stays staged.
    pub(super) fn place(self) -> Result<(), IssueManyError> {
        let failed = |error| FileError::from_io(&self.folder, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name());
        }
        names.sort();
        for name in names {
            let (from, to) = (self.folder.join(&name), self.delivery.out.join(&name));
            if self.delivery.overwrite {
                fs::rename(&from, &to).map_err(|error| FileError::from_io(&to, error))?;
            } else {
                let staged = tempfile::TempPath::try_from_path(&from).map_err(|error| FileError::from_io(&from, error))?;
                if let Err(refused) = staged.persist_noclobber(&to) {
                    // A power cut may have kept its new name and not that the old one is gone.
                    if refused.error.kind() == io::ErrorKind::AlreadyExists && is_same(&from, &to)? {
                        drop(refused.path);
                        continue;
                    }
                    // It must not be removed when it is dropped: a key exists nowhere else.
                    let error = FileError::from_io(&to, refused.error);
                    refused.path.keep().map_err(|kept| FileError::from_io(&from, kept.error))?;
                    return Err(error.into());
                }
            }
        }
        // The names last before the folder goes that they came from: no file system promises that a power cut keeps the order.
        sync_folder(&self.delivery.out).map_err(failed)?;
        fs::remove_dir(&self.folder).map_err(failed)?;
        sync_folder(&self.delivery.out).map_err(failed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::*;

    fn staged<'a>(delivery: &'a Delivery, octets: &[u8]) -> Staged<'a> {
        let task = TaskId::new(time::OffsetDateTime::UNIX_EPOCH, [7; 10]);
        let staged = delivery.stage(task, 0).unwrap();
        fs::write(staged.folder.join("www.key"), octets).unwrap();
        staged
    }

    #[test]
    fn what_has_its_name_already_is_put_in_place_and_what_is_other_peoples_stays() {
        let out = tempfile::tempdir().unwrap();
        let delivery = Delivery { out: out.path().to_owned(), form: Form::Pem, protection: Protection::Plain, overwrite: false };
        let key = out.path().join("www.key");
        staged(&delivery, b"a key").place().unwrap();
        // A power cut after the name was kept, and before it was kept that the old one is gone.
        staged(&delivery, b"a key").place().unwrap();
        assert_eq!(fs::read(&key).unwrap(), b"a key");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1, "nothing is left behind");
        let other = staged(&delivery, b"another");
        let folder = other.folder.clone();
        other.place().unwrap_err();
        assert_eq!((fs::read(&key).unwrap(), fs::read(folder.join("www.key")).unwrap()), (b"a key".to_vec(), b"another".to_vec()));
    }
}
