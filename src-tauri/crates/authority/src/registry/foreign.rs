//! Databases of other programs, read from a private copy: nothing of the original is locked, written or left beside it.
//!
//! Such a file is hostile until it is read. Only tables are asked, never views; no function of the schema runs; nothing is larger than the limits.

mod tiny_ca;
mod xca;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::in_use::open_to_read;
use crate::leftovers::{self, Workshop};

pub use tiny_ca::TinyCaRow;
pub use xca::{XcaAuthority, XcaItem, XcaKey, XcaKind, XcaRevocation, XcaTables};

/// The first octets of every database of SQLite.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// A database that is larger is refused, in octets: a million certificates stay below.
pub const LARGEST_DATABASE: u64 = 4 << 30;
/// Octets of the longest value that is read.
const LONGEST_VALUE: i32 = 64 << 20;
/// Rows of one table that are read at most.
pub const MOST_ROWS: usize = 2_000_000;
/// How the copies are called.
const COPY: &str = "copied.db";

/// What kind of database a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKind {
    /// XCA 2.0 or later, with the version of its schema.
    Xca(u32),
    /// `tiny_ca`.
    TinyCa,
    /// A registry of this program.
    Chancery,
    /// Something else.
    Unknown,
}

/// Why a database of another program cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// It is larger than any that is read.
    #[error("larger than {limit} octets")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// A table has more rows than are read.
    #[error("{table} has more than {limit} rows")]
    TooManyRows {
        /// The table.
        table: &'static str,
        /// The limit.
        limit: usize,
    },
    /// It, or the room for the copy, fails.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// SQLite cannot read it.
    #[error(transparent)]
    Damaged(#[from] rusqlite::Error),
}

/// A copy of another program's database, gone when it is dropped.
pub struct ForeignDatabase {
    connection: Connection,
    // Behind the connection: it is closed before its file goes.
    _copy: Workshop,
}

impl ForeignDatabase {
    /// Whether a file begins as databases of SQLite do.
    pub fn begins(start: &[u8]) -> bool {
        start.starts_with(SQLITE)
    }

    /// Copies a database with what its journal holds, and opens the copy.
    ///
    /// # Errors
    /// [`ForeignError`]
    pub fn copied(path: &Path) -> Result<Self, ForeignError> {
        let copy = Workshop::new_in(&std::env::temp_dir(), leftovers::COPY)?;
        let to = copy.path().join(COPY);
        copy_file(path, &to)?;
        for end in ["-journal", "-wal"] {
            match copy_file(&with_end(path, end), &with_end(&to, end)) {
                Err(ForeignError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                outcome => outcome?,
            }
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&to, flags)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
        connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        Ok(Self { connection, _copy: copy })
    }

    /// Whose database it is, by its tables.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn kind(&self) -> Result<ForeignKind, ForeignError> {
        if self.has_table("items")? && self.has_table("x509super")? && self.has_table("certs")? {
            let schema = self.setting("schema")?.and_then(|version| version.trim().parse().ok()).unwrap_or(0);
            return Ok(ForeignKind::Xca(schema));
        }
        if self.has_table("meta")? && self.has_table("certificate_ders")? {
            return Ok(ForeignKind::Chancery);
        }
        let tiny = self.has_table("certificates")? && self.has_columns("certificates", tiny_ca::COLUMNS)?;
        Ok(if tiny { ForeignKind::TinyCa } else { ForeignKind::Unknown })
    }

    fn has_table(&self, name: &str) -> Result<bool, ForeignError> {
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql NOT LIKE 'CREATE VIRTUAL%'";
        let count: i64 = self.connection.query_row(sql, [name], |row| row.get(0))?;
        Ok(count == 1)
    }

    fn has_columns(&self, table: &str, columns: &[&str]) -> Result<bool, ForeignError> {
        let mut statement = self.connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let present = statement.query_map([table], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(columns.iter().all(|column| present.iter().any(|name| name == column)))
    }

    /// All rows of a query over one table.
    fn rows<T>(&self, table: &'static str, sql: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>, ForeignError> {
        if !self.has_table(table)? {
            return Ok(Vec::new());
        }
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            if found.len() >= MOST_ROWS {
                return Err(ForeignError::TooManyRows { table, limit: MOST_ROWS });
            }
            found.push(read(row)?);
        }
        Ok(found)
    }
}

/// A value as text, whatever it was stored as; empty for none.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(octets) | ValueRef::Blob(octets) => String::from_utf8_lossy(octets).into_owned(),
    })
}

/// A value as a whole number, 0 where it is none.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        ValueRef::Text(octets) => std::str::from_utf8(octets).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0),
        _ => 0,
    })
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), ForeignError> {
    let source = open_to_read(from)?;
    let mut target = File::create_new(to)?;
    let copied = io::copy(&mut source.take(LARGEST_DATABASE + 1), &mut target)?;
    if copied > LARGEST_DATABASE {
        return Err(ForeignError::TooLarge { limit: LARGEST_DATABASE });
    }
    Ok(target.flush()?)
}
