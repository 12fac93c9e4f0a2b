//! Creating and opening a registry: every reason why that may fail is told apart before anything is written.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;

use rusqlite::Connection;
use time::OffsetDateTime;

use super::connection::{self, Access};
use super::error::{OpenError, RegistryError};
use super::ids::RegistryId;
use super::migration::{known_schema, migrate, migrate_with_copy, schema_of};
use super::settings::{KeysKind, Meta, RecoveryChoice};
use super::{Disk, Registry, Write};
use crate::audit::Actor;
use crate::in_use::{self, InUse};
use crate::leftovers::{self, Workshop};
use crate::watch::Unwatched;

/// "Chan": what SQLite's header calls our files (its `application_id`).
const APPLICATION: i32 = 0x4368_616e;
/// The first bytes of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The first octets of a database of XCA before version 2.
const OLD_XCA: [u8; 4] = [0xca, 0xdb, 0x19, 0x69];
/// Where the header has the application id.
const APPLICATION_AT: usize = 68;

/// How long the header of SQLite's files is.
const HEADER: u64 = 100;
/// The schema is told from what no other file holds.
const OUR_SCHEMA: &[u8] = b"CREATE TABLE certificate_ders";
/// The schema lies within so many octets: it is the first that is written.
const SCHEMA_WITHIN: u64 = 1024 * 1024;

/// What a file of SQLite is, told from its first hundred octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseFile {
    /// A registry.
    Registry,
    /// Another program's.
    Foreign,
}

impl DatabaseFile {
    /// Tells from the first octets of a file; `None` where it is no database. XCA's of before version 2 are no file of SQLite, and one all the same.
    pub fn of_header(header: &[u8]) -> Option<Self> {
        if header.starts_with(&OLD_XCA) {
            return Some(Self::Foreign);
        }
        let ours = header.get(APPLICATION_AT..APPLICATION_AT + 4) == Some(&APPLICATION.to_be_bytes());
        header.starts_with(MAGIC).then_some(if ours { Self::Registry } else { Self::Foreign })
    }
}

/// What a new registry is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRegistry {
    /// Its id.
    pub id: RegistryId,
    /// Its display name.
    pub name: String,
    /// Where its keys are kept.
    pub keys: KeysKind,
    /// Whether it is a test.
    pub is_test: bool,
    /// Who makes it.
    pub actor: Actor,
    /// The present time.
    pub now: OffsetDateTime,
    /// What it is to lie on.
    pub disk: Disk,
}

impl Registry {
    /// Creates a registry, readable by its owner only. It is made under another name and takes its own when it is whole: a crash leaves no
    /// half registry. Nothing is ever overwritten.
    ///
    /// # Errors
    /// `AlreadyExists`, `NotFound` (of the folder), `OnShare`, `ReadOnly`, `Full`, `Io`.
    pub fn create(path: &Path, new: &NewRegistry) -> Result<Self, OpenError> {
        Self::create_with(path, new, |_| Ok(()))
    }

    /// As [`Registry::create`]; what `first` writes is there from the file's first moment on.
    ///
    /// # Errors
    /// As [`Registry::create`], and what `first` says.
    pub fn create_with(
        path: &Path,
        new: &NewRegistry,
        first: impl FnOnce(&Write<'_>) -> Result<(), RegistryError>,
    ) -> Result<Self, OpenError> {
        if path.is_dir() {
            return Err(OpenError::IsFolder { path: path.to_owned() });
        }
        if path.symlink_metadata().is_ok() {
            return Err(OpenError::AlreadyExists { path: path.to_owned() });
        }
        if let Some(share) = new.disk.refused() {
            return Err(OpenError::OnShare { path: path.to_owned(), share });
        }
        let folder = folder_of(path);
        let failed = |error: std::io::Error| OpenError::io(folder, &error);
        // In a folder of its own: what SQLite puts beside the file goes with that folder when something fails.
        let workshop = Workshop::new_in(folder, leftovers::NEW_REGISTRY).map_err(failed)?;
        // `tempfile` makes it with mode 0600, and SQLite gives the same to WAL and shared memory.
        let made = tempfile::NamedTempFile::new_in(workshop.path()).map_err(failed)?;
        fill(made.path(), new, first).map_err(|error| OpenError::at(path, error))?;
        made.as_file().sync_all().map_err(|error| OpenError::io(path, &error))?;
        made.persist_noclobber(path).map_err(|error| OpenError::io(path, &error.error))?;
        sync_folder(folder).map_err(|error| OpenError::io(folder, &error))?;
        Self::open_on(path, new.disk, &new.actor, new.now)
    }

    /// Opens a registry on a disk of this machine, see [`Registry::open_on`].
    ///
    /// # Errors
    /// As there.
    pub fn open(path: &Path, actor: &Actor, now: OffsetDateTime) -> Result<Self, OpenError> {
        Self::open_on(path, Disk::OWN, actor, now)
    }

    /// Opens a registry: for reading and writing where file, folder and disk allow that, else for browsing ([`Registry::read_only`]). An older schema
    /// is brought up to date after a copy was made, in the name of `actor`; a newer one is refused.
    ///
    /// # Errors
    /// Every variant of [`OpenError`] but `AlreadyExists`; `OnShare` for what would have to be written first.
    pub fn open_on(path: &Path, disk: Disk, actor: &Actor, now: OffsetDateTime) -> Result<Self, OpenError> {
        let in_use = InUse::after(path, recognise)?;
        if disk.refused().is_some() || !writable(path) {
            return Self::browse(path, disk, in_use);
        }
        let access = if disk.share.is_some() { Access::OnShare } else { Access::ReadWrite };
        let unclean = (has_wal(path) || has_journal(path)).into();
        let failed = |error: rusqlite::Error| OpenError::at(path, error.into());
        let mut writer = connection::writer(path, access).map_err(failed)?;
        if writer.is_readonly("main").map_err(failed)? {
            drop(writer);
            return Self::browse(path, disk, in_use);
        }
        let found = schema_of(&writer).map_err(|error| OpenError::at(path, error))?;
        if found > known_schema() {
            return Err(OpenError::Newer { found, known: known_schema() });
        }
        migrate_with_copy(path, &mut writer, known_schema(), actor, now)?;
        let (writer, readers, watcher) = (Mutex::new(Some(writer)), Mutex::default(), Mutex::default());
        let registry = Self { path: path.to_owned(), disk, access, readers, watcher, writer, unclean, full: false, in_use };
        registry.greet()?;
        if registry.read(|tx| tx.rebuild_asked()).map_err(|error| OpenError::at(path, error))? {
            registry.repair().map_err(|error| OpenError::at(path, error))?;
        }
        Ok(registry)
    }

    /// Opens a registry for browsing, whatever file and folder would allow.
    ///
    /// # Errors
    /// As [`Registry::open`]; `ReadOnly` for a schema that would have to be upgraded first, or a WAL that would have to be recovered.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        Self::browse(path, Disk::OWN, InUse::after(path, recognise)?)
    }

    /// Opens a registry for browsing because its disk has no room for what writing takes, not even for the memory that SQLite's readers and writers share.
    /// What would be written is refused as on a full disk.
    ///
    /// # Errors
    /// As [`Registry::open`]; `Full` while a WAL holds what the file does not.
    pub fn open_on_full_disk(path: &Path, disk: Disk) -> Result<Self, OpenError> {
        let mut registry = Self::browse(path, disk, InUse::after(path, recognise)?)?;
        registry.full = true;
        Ok(registry)
    }

    fn browse(path: &Path, disk: Disk, in_use: InUse) -> Result<Self, OpenError> {
        Self::browsed(path, disk, in_use).map_err(|error| match (error, disk.refused()) {
            (OpenError::ReadOnly { path }, Some(share)) => OpenError::OnShare { path, share },
            (error, _) => error,
        })
    }

    fn browsed(path: &Path, disk: Disk, in_use: InUse) -> Result<Self, OpenError> {
        let (reader, access) = match browsable(path) {
            Ok(found) => found,
            Err(RegistryError::Io { .. }) => return Err(OpenError::ReadOnly { path: path.to_owned() }),
            Err(error) => return Err(OpenError::at(path, error)),
        };
        let found = schema_of(&reader).map_err(|error| OpenError::at(path, error))?;
        if found > known_schema() {
            return Err(OpenError::Newer { found, known: known_schema() });
        }
        if found < known_schema() {
            return Err(OpenError::ReadOnly { path: path.to_owned() });
        }
        let registry = Self {
            path: path.to_owned(),
            disk,
            access,
            readers: Mutex::new(vec![reader]),
            watcher: Mutex::default(),
            writer: Mutex::default(),
            unclean: false.into(),
            full: false,
            in_use,
        };
        registry.greet()?;
        Ok(registry)
    }

    /// Reads what tells that the file is whole enough to work with: its own row and the audit head.
    fn greet(&self) -> Result<(), OpenError> {
        self.read(|read| {
            read.meta()?;
            read.audit_head().map(|_| ())
        })
        .map_err(|error| OpenError::at(&self.path, error))
    }
}

/// A connection that reads a file whether or not anything may be made beside it: without a WAL to heed, SQLite can do without the shared memory that it may not,
/// or for want of room cannot, create. Nor may there be a rollback journal: what was cut off half-way stands in the file until it is put back.
pub(super) fn browsable(path: &Path) -> Result<(Connection, Access), RegistryError> {
    match readable(path, Access::ReadOnly) {
        Err(RegistryError::Io { .. } | RegistryError::ReadOnly | RegistryError::Full) if !has_wal(path) && !has_journal(path) => {
            Ok((readable(path, Access::Immutable)?, Access::Immutable))
        }
        outcome => Ok((outcome?, Access::ReadOnly)),
    }
}

fn readable(path: &Path, access: Access) -> Result<Connection, RegistryError> {
    let reader = connection::reader(path, access)?;
    reader.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(reader)
}

/// Writes schema and first row into an empty file, with a rollback journal: one file is to be renamed, not three.
fn fill(path: &Path, new: &NewRegistry, first: impl FnOnce(&Write<'_>) -> Result<(), RegistryError>) -> Result<(), RegistryError> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    migrate(&mut connection, known_schema(), &new.actor, new.now)?;
    let transaction = connection.transaction()?;
    let write = Write::new(&transaction);
    // There is nothing yet that would have to be derived anew.
    write.rebuild_derived(&Unwatched)?;
    write.insert_meta(&Meta {
        id: new.id,
        name: new.name.clone(),
        keys: new.keys,
        is_test: new.is_test,
        created_at: new.now,
        last_seen_at: new.now,
        recovery: RecoveryChoice::Undecided,
        epoch: 0,
        awaits_crl: false,
    })?;
    first(&write)?;
    drop(write);
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Tells what is at a path from its first hundred bytes; when they are not a registry's, from the schema that lies behind them.
pub(super) fn recognise(path: &Path) -> Result<(), OpenError> {
    let about = path.metadata().map_err(|error| OpenError::io(path, &error))?;
    if about.is_dir() {
        return Err(OpenError::IsFolder { path: path.to_owned() });
    }
    let failed = |error: std::io::Error| OpenError::io(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut header = Vec::new();
    Read::by_ref(&mut file).take(HEADER).read_to_end(&mut header).map_err(failed)?;
    if DatabaseFile::of_header(&header) == Some(DatabaseFile::Registry) {
        return Ok(());
    }
    let mut behind = Vec::new();
    file.take(SCHEMA_WITHIN).read_to_end(&mut behind).map_err(failed)?;
    if behind.windows(OUR_SCHEMA.len()).any(|window| window == OUR_SCHEMA) {
        return Err(OpenError::Damaged {
            path: path.to_owned(),
            detail: "its first bytes are not a registry's, what follows is".to_owned(),
        });
    }
    Err(OpenError::NotARegistry { path: path.to_owned() })
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes a rename or a new file in a folder last.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

pub(super) fn has_wal(path: &Path) -> bool {
    has_beside(path, "-wal")
}

/// Whether a transaction was cut off whose pages are to be put back.
pub(super) fn has_journal(path: &Path) -> bool {
    has_beside(path, "-journal")
}

/// SQLite follows links, and puts its files beside what they lead to.
fn has_beside(path: &Path, ending: &str) -> bool {
    let mut name = in_use::followed(path).into_os_string();
    name.push(ending);
    Path::new(&name).metadata().is_ok_and(|about| about.len() > 0)
}

/// Whether file and folder can be written: SQLite needs to make its WAL beside the file.
#[cfg(unix)]
pub(super) fn writable(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(path, Access::WRITE_OK).is_ok() && access(folder_of(&in_use::followed(path)), Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether the file can be written.
#[cfg(not(unix))]
pub(super) fn writable(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| !about.permissions().readonly())
}
