//! One run of the program: the global options, the surface of the core, and what may be asked for once.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use api::request::{Nothing, RegistryOpen, RegistryUnlock};
use api::text::{FilePath, Secret};
use api::view::RegistryStatus;
use api::{ApiError, ErrorCode, Host, Surface};

use crate::arguments::Global;
use crate::output::Output;
use crate::{last_registry, layout, questions, secrets};

/// One run of the program.
pub(crate) struct Invocation {
    pub(crate) global: Global,
    pub(crate) output: Output,
    surface: Surface,
    standard_input_taken: Cell<bool>,
}

/// A request that contradicts itself or lacks something.
pub(crate) fn usage(problem: &str) -> ApiError {
    ApiError::new(ErrorCode::BadUsage).with("problem", problem)
}

impl Invocation {
    pub(crate) fn new(global: Global) -> Self {
        let output = Output::new(&global);
        let host = Host::of_this_machine(concat!("chancery ", env!("CARGO_PKG_VERSION"))).agreeing_to_shares(global.on_share);
        let surface = Surface::new(host);
        Self { global, output, surface, standard_input_taken: Cell::new(false) }
    }

    /// The core, with or without an open registry.
    pub(crate) fn surface(&self) -> &Surface {
        &self.surface
    }

    /// The registry that was named, else the one last used if the user agrees; not opened.
    pub(crate) fn registry_path(&self) -> Result<PathBuf, ApiError> {
        match self.named_registry() {
            Some(path) => Ok(path),
            None => self.offered_registry(),
        }
    }

    /// Opens the registry that was named, else the one last used if the user agrees.
    pub(crate) fn open(&self) -> Result<RegistryStatus, ApiError> {
        let path = self.registry_path()?;
        self.open_at(&path)
    }

    /// Opens the registry if one was named.
    pub(crate) fn open_if_named(&self) -> Result<Option<RegistryStatus>, ApiError> {
        self.named_registry().map(|path| self.open_at(&path)).transpose()
    }

    /// Opens the registry and unlocks its keys.
    pub(crate) fn open_unlocked(&self) -> Result<RegistryStatus, ApiError> {
        let status = self.open()?;
        self.unlock(&status)
    }

    /// Opens the registry, and unlocks its keys where that needs no question: a passphrase file was given.
    pub(crate) fn open_unlocked_if_given(&self) -> Result<RegistryStatus, ApiError> {
        let status = self.open()?;
        if self.passphrase_file().is_some() && status.keys == "passphrase" { self.unlock(&status) } else { Ok(status) }
    }

    /// Does something that may turn out to need keys: when it does, they are unlocked and it is done again.
    pub(crate) fn with_keys_if_needed<T>(&self, act: impl Fn(&Surface) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let status = self.open_unlocked_if_given()?;
        match act(&self.surface) {
            Err(error) if matches!(error.code, ErrorCode::Locked | ErrorCode::PassphraseRequired) && !status.unlocked => {
                self.unlock(&status)?;
                act(&self.surface)
            }
            outcome => outcome,
        }
    }

    /// Unlocks the keys: by the passphrase file, by a question, or through the keyring.
    pub(crate) fn unlock(&self, status: &RegistryStatus) -> Result<RegistryStatus, ApiError> {
        if status.unlocked {
            return Ok(status.clone());
        }
        let passphrase = if status.keys == "passphrase" { Some(self.passphrase("Passphrase of the vault")?) } else { None };
        let status = self.surface.registry_unlock(RegistryUnlock { passphrase })?;
        if status.sealed_at_unlock > 0 {
            let entries = layout::counted(status.sealed_at_unlock, "entry", "entries");
            self.output.note(&format!("{entries} of the audit log, written while the keys were locked, sealed now."));
        }
        Ok(status)
    }

    /// The vault's passphrase, as it is now.
    pub(crate) fn passphrase(&self, question: &str) -> Result<Secret, ApiError> {
        match self.passphrase_file() {
            Some(file) => secrets::first_line(file, self),
            None => secrets::prompted(question, ErrorCode::PassphraseRequired),
        }
    }

    /// A passphrase that is being chosen. A weak one is warned about.
    pub(crate) fn chosen_passphrase(&self, file: Option<&Path>, what: &str) -> Result<Secret, ApiError> {
        let secret = match file {
            Some(file) => secrets::first_line(file, self)?,
            None => secrets::prompted_twice(&format!("New {what}"), ErrorCode::PassphraseRequired, self)?,
        };
        secrets::warn_if_weak(&secret, what, self);
        Ok(secret)
    }

    /// The file of the vault's passphrase, if one was given.
    pub(crate) fn passphrase_file(&self) -> Option<&Path> {
        given(self.global.passphrase_file.as_ref())
    }

    /// The file of a second passphrase, if one was given.
    pub(crate) fn new_passphrase_file(&self) -> Option<&Path> {
        given(self.global.new_passphrase_file.as_ref())
    }

    /// The file of a recovery file's passphrase. A keyring registry has no other passphrase, so either option names it.
    pub(crate) fn recovery_passphrase_file(&self) -> Option<&Path> {
        given(self.global.new_passphrase_file.as_ref()).or_else(|| self.passphrase_file())
    }

    /// Standard input can be read for one thing only.
    pub(crate) fn take_standard_input(&self) -> Result<(), ApiError> {
        if self.standard_input_taken.replace(true) {
            return Err(usage("standard input can be read for one thing only"));
        }
        Ok(())
    }

    /// The status of the open registry.
    pub(crate) fn status(&self) -> Result<RegistryStatus, ApiError> {
        self.surface.registry_status(Nothing {})
    }

    /// After a command that changed something: makes the day's copy if it is still to be made. The command is done whatever becomes of the copy.
    pub(crate) fn back_up_daily(&self) {
        if let Err(error) = self.surface.back_up_daily(false) {
            let words = api::words::error(&error);
            self.output.note(&format!("The daily backup failed: {}.\n{}", words.title, words.next));
        }
    }

    /// The registry that was named; an empty name is none.
    pub(crate) fn named_registry(&self) -> Option<PathBuf> {
        given(self.global.registry.as_ref()).map(Path::to_path_buf)
    }

    fn offered_registry(&self) -> Result<PathBuf, ApiError> {
        let path = last_registry::remembered().filter(|_| questions::can_ask()).ok_or_else(|| ApiError::new(ErrorCode::NoRegistryOpen))?;
        if self.global.yes || questions::agreed(&format!("Use the registry {}, last used?", path.display()))? {
            return Ok(path);
        }
        Err(ApiError::new(ErrorCode::NoRegistryOpen))
    }

    fn open_at(&self, path: &Path) -> Result<RegistryStatus, ApiError> {
        // Most commands only look: who needs keys unlocks them.
        let status = self.surface.registry_open_to_look(RegistryOpen { path: FilePath::from(path.to_path_buf()), on_share: false })?;
        if questions::can_ask() {
            last_registry::remember(path);
        }
        Ok(status)
    }
}

/// An empty path, as from an empty environment variable, is none.
fn given(path: Option<&PathBuf>) -> Option<&Path> {
    path.map(PathBuf::as_path).filter(|path| !path.as_os_str().is_empty())
}
