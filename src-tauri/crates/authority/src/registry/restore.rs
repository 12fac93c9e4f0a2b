//! A new registry from a copy: put together under another name, checked, changed as a restore must, and only then given its name.

use std::path::Path;

use rusqlite::Connection;
use time::OffsetDateTime;

use super::connection;
use super::error::{OpenError, RegistryError};
use super::migration::{known_schema, migrate, schema_of};
use super::open::{browsable, folder_of, recognise, sync_folder};
use super::{Registry, Write, backup};
use crate::audit::Actor;
use crate::in_use::InUse;
use crate::leftovers::{self, Workshop};
use crate::watch::Unwatched;

impl Registry {
    /// Copies the registry or backup at `from` to `to`, brings it to this program's schema in the name of `actor`, and runs `first` in one transaction on the copy before it
    /// gets its name: what fails leaves nothing behind. Nothing is ever overwritten, and `from` is only read.
    ///
    /// # Errors
    /// What `first` returns; `AlreadyExists`; `Damaged` (of `from`) if the copy does not pass SQLite's check; every reason why `from` cannot be
    /// opened.
    pub fn restore<T, E: From<OpenError> + From<RegistryError>>(
        from: &Path,
        to: &Path,
        actor: &Actor,
        now: OffsetDateTime,
        first: impl FnOnce(&Write<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if to.is_dir() {
            return Err(OpenError::IsFolder { path: to.to_owned() }.into());
        }
        if to.symlink_metadata().is_ok() {
            return Err(OpenError::AlreadyExists { path: to.to_owned() }.into());
        }
        let folder = folder_of(to);
        let failed = |error: std::io::Error| E::from(OpenError::io(folder, &error));
        let workshop = Workshop::new_in(folder, leftovers::COPY).map_err(failed)?;
        let made = tempfile::NamedTempFile::new_in(workshop.path()).map_err(failed)?;
        copied(from, made.path())?;
        let value = changed(made.path(), to, actor, now, first)?;
        made.as_file().sync_all().map_err(|error| OpenError::io(to, &error))?;
        made.persist_noclobber(to).map_err(|error| OpenError::io(to, &error.error))?;
        sync_folder(folder).map_err(failed)?;
        Ok(value)
    }
}

/// Copies a file of any schema up to this program's, and checks the copy.
fn copied(from: &Path, to: &Path) -> Result<(), OpenError> {
    let _in_use = InUse::after(from, recognise)?;
    let failed = |error: RegistryError| OpenError::at(from, error);
    let (reader, _) = browsable(from).map_err(failed)?;
    let found = schema_of(&reader).map_err(failed)?;
    if found > known_schema() {
        return Err(OpenError::Newer { found, known: known_schema() });
    }
    if found == 0 {
        return Err(OpenError::NotARegistry { path: from.to_owned() });
    }
    let copy = || {
        reader.execute_batch("BEGIN; SELECT count(*) FROM meta;")?;
        let mut made = Connection::open(to)?;
        backup::pages(&reader, &mut made, &Unwatched)?;
        made.query_row("PRAGMA journal_mode = delete", [], |row| row.get::<_, String>(0))?;
        made.close().map_err(|(_, error)| error)?;
        backup::verified(to).map(drop)
    };
    copy().map_err(failed)
}

fn changed<T, E: From<OpenError> + From<RegistryError>>(
    path: &Path,
    name: &Path,
    actor: &Actor,
    now: OffsetDateTime,
    first: impl FnOnce(&Write<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let failed = |error: rusqlite::Error| E::from(OpenError::at(name, error.into()));
    let mut connection = connection::rollback_writer(path).map_err(failed)?;
    if schema_of(&connection).map_err(|error| OpenError::at(name, error))? < known_schema() {
        migrate(&mut connection, known_schema(), actor, now).map_err(|error| OpenError::at(name, error))?;
    }
    let transaction = connection.transaction().map_err(failed)?;
    let write = Write::new(&transaction);
    // A task belongs to the process that ran it.
    write.execute("DELETE FROM tasks WHERE state = 'running'", &[])?;
    let value = first(&write)?;
    write.flush()?;
    drop(write);
    transaction.commit().map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))?;
    Ok(value)
}
