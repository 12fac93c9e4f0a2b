//! What can go wrong with the registry, told apart by what the user can do about it.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::Share;

/// A registry cannot be created or opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing is at the path.
    #[error("{} does not exist", path.display())]
    NotFound {
        /// The path that was given.
        path: PathBuf,
    },
    /// The path is a folder.
    #[error("{} is a folder", path.display())]
    IsFolder {
        /// The path that was given.
        path: PathBuf,
    },
    /// A registry is never written over another file.
    #[error("{} exists already", path.display())]
    AlreadyExists {
        /// The path that was given.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a Chancery registry", path.display())]
    NotARegistry {
        /// The path that was given.
        path: PathBuf,
    },
    /// A newer program wrote the file.
    #[error("the registry has schema {found}, this program knows {known}")]
    Newer {
        /// The schema of the file.
        found: u32,
        /// The newest schema that this program knows.
        known: u32,
    },
    /// The file has a registry's header but cannot be read.
    #[error("{} is damaged: {detail}", path.display())]
    Damaged {
        /// The path that was given.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// Another program holds it.
    #[error("{} is in use by another program", path.display())]
    Busy {
        /// The path that was given.
        path: PathBuf,
    },
    /// It would have to be written (created, upgraded, recovered) and cannot be.
    #[error("{} cannot be written", path.display())]
    ReadOnly {
        /// The path that was given.
        path: PathBuf,
    },
    /// It lies on a share, or would, and nobody has agreed to write to it there.
    #[error("{} lies on a network share", path.display())]
    OnShare {
        /// The path that was given.
        path: PathBuf,
        /// The kind of share.
        share: Share,
    },
    /// The disk is full.
    #[error("no space is left for {}", path.display())]
    Full {
        /// The path that was given.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("{}: {detail}", path.display())]
    Io {
        /// The path that was given.
        path: PathBuf,
        /// What it said.
        detail: String,
    },
    /// A cell of the registry's own rows does not hold what it should.
    #[error(transparent)]
    Registry(RegistryError),
}

impl OpenError {
    /// Puts the path to what SQLite or a row read said.
    pub(crate) fn at(path: &std::path::Path, error: RegistryError) -> Self {
        let path = path.to_owned();
        match error {
            RegistryError::Busy => Self::Busy { path },
            RegistryError::ReadOnly => Self::ReadOnly { path },
            RegistryError::Full => Self::Full { path },
            RegistryError::Damaged { detail } => Self::Damaged { path, detail },
            RegistryError::Io { detail } => Self::Io { path, detail },
            other => Self::Registry(other),
        }
    }

    /// Puts the path to what the operating system said.
    pub(crate) fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotFound { path },
            std::io::ErrorKind::AlreadyExists => Self::AlreadyExists { path },
            std::io::ErrorKind::IsADirectory => Self::IsFolder { path },
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Io { path, detail: error.to_string() },
        }
    }
}

/// A read or a write of the registry failed. After a failed write nothing of it has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Another program kept the registry locked for longer than five seconds, or others had their turns for a minute.
    #[error("the registry is in use by another program")]
    Busy,
    /// The registry is open for browsing only.
    #[error("the registry is open for reading only")]
    ReadOnly,
    /// The registry lies on a share and nobody has agreed to write to it there: it is open for browsing only.
    #[error("the registry lies on a network share and is open for reading only")]
    OnShare,
    /// The disk is full.
    #[error("no space is left on the disk of the registry")]
    Full,
    /// SQLite found the file inconsistent.
    #[error("the registry is damaged: {detail}")]
    Damaged {
        /// What SQLite said.
        detail: String,
    },
    /// The operating system refused a read or write.
    #[error("the registry could not be read or written: {detail}")]
    Io {
        /// What it said.
        detail: String,
    },
    /// A column does not hold what it should.
    #[error("{table} row {row}, column {column}: {problem}")]
    Cell {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The key of the row.
        row: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// A row with the same key (a serial, a fingerprint, a name, a CRL number) is there already.
    #[error("the registry has this already: {what}")]
    AlreadyPresent {
        /// The columns that must be unique, as SQLite names them.
        what: String,
    },
    /// A rule of the schema, or of the preflight, refuses the row.
    #[error("the registry refuses this: {detail}")]
    Refused {
        /// The rule, as SQLite or the preflight names it.
        detail: String,
    },
    /// No row has this key.
    #[error("{table} has no row {row}")]
    Missing {
        /// The table.
        table: &'static str,
        /// The key that was asked for.
        row: String,
    },
    /// A cursor belongs to another order or is no cursor.
    #[error("{text:?} is not a cursor of this list")]
    BadCursor {
        /// The text that was given.
        text: String,
    },
    /// A position in a filtered list beyond where positions are counted.
    #[error("position {position} is beyond {most}")]
    PositionTooFar {
        /// The position that was asked for.
        position: u64,
        /// The highest one that a filtered list serves.
        most: u64,
    },
    /// Whoever waited for the work has stopped it; nothing of the step that was under way has happened.
    #[error("the work was stopped")]
    Cancelled,
    /// A statement failed in a way that should not happen.
    #[error("the registry's statement failed: {detail}")]
    Statement {
        /// What SQLite said.
        detail: String,
    },
}

impl From<rusqlite::Error> for RegistryError {
    fn from(error: rusqlite::Error) -> Self {
        let detail = match &error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return Self::Statement { detail };
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => Self::Busy,
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { detail },
            // The memory that a registry's readers and writers share is a file as well, and the first to be refused its room.
            ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Self::Io { detail },
            ErrorCode::ConstraintViolation => match failure.extended_code {
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | rusqlite::ffi::SQLITE_CONSTRAINT_ROWID => {
                    let what = detail.strip_prefix("UNIQUE constraint failed: ").unwrap_or(&detail).to_owned();
                    Self::AlreadyPresent { what }
                }
                _ => Self::Refused { detail },
            },
            _ => Self::Statement { detail },
        }
    }
}
