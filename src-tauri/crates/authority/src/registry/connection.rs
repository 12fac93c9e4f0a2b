//! SQLite connections and the settings each of them gets.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// How the file may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Read and written.
    ReadWrite,
    /// Read while others may write.
    ReadOnly,
    /// Read, and nobody can write: no WAL is left and the folder takes no new file.
    Immutable,
}

/// How long a lock of another program is waited for while nothing changes.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a turn is waited for while other programs take theirs.
const MOST_PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two attempts. It does not grow, as SQLite's own does: who has waited long would come behind everybody who is new.
const PAUSE: Duration = Duration::from_millis(2);
/// Statements slower than this are logged.
const SLOW: Duration = Duration::from_millis(100);

/// A connection that writes: a power cut after a commit loses nothing (`synchronous=FULL`; with NORMAL it does).
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE,
    )?;
    settle(&connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // On macOS fsync leaves data in the drive's cache; elsewhere these do nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // 64 MiB: a bulk import touches a dozen indexes in no order.
    connection.pragma_update(None, "cache_size", -65_536)?;
    Ok(connection)
}

/// A connection that writes a file which has no name yet: with a rollback journal, so that one file is to be renamed, not three.
pub(super) fn rollback_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settle(&connection)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let connection = if access == Access::Immutable {
        Connection::open_with_flags(immutable_address(path), flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(path, flags)?
    };
    settle(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

/// Whether a connection waits for others' locks.
pub(super) fn set_patience(connection: &Connection, patient: bool) -> rusqlite::Result<()> {
    connection.busy_handler(if patient { Some(wait) } else { None })
}

/// Whether another connection holds the lock for writing at this moment. Nothing is waited for and nothing is written.
pub(super) fn is_write_locked(path: &Path) -> rusqlite::Result<bool> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::ZERO)?;
    match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        Ok(()) => Ok(false),
        Err(error) if is_busy(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Waits for a lock; `attempts` have failed so far.
fn wait(attempts: i32) -> bool {
    thread_local! {
        static SINCE: Cell<Instant> = Cell::new(Instant::now());
    }
    if attempts == 0 {
        SINCE.set(Instant::now());
    }
    std::thread::sleep(PAUSE);
    SINCE.get().elapsed() < PATIENCE
}

/// Begins a transaction that writes. A program that holds the lock and changes nothing is waited for for five seconds; one of many that take turns has
/// patience for a minute.
pub(super) fn begin(writer: &Connection) -> rusqlite::Result<Transaction<'_>> {
    let start = Instant::now();
    loop {
        let seen = data_version(writer)?;
        match Transaction::new_unchecked(writer, TransactionBehavior::Immediate) {
            Err(error) if is_busy(&error) && start.elapsed() < MOST_PATIENCE && data_version(writer)? != seen => {}
            outcome => return outcome,
        }
    }
}

/// A number that changes when another connection has written.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0))
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}

fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A damaged file is told by an error, never by a wrong answer from a forged schema.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.trace_v2(
        TraceEventCodes::SQLITE_TRACE_PROFILE,
        Some(|event| {
            if let TraceEvent::Profile(statement, duration) = event
                && duration > SLOW
            {
                tracing::info!(milliseconds = duration.as_millis(), sql = %statement.sql(), "slow query");
            }
        }),
    );
    Ok(())
}

/// The `file:` address that tells SQLite that nobody writes. Everything but plain characters is escaped.
fn immutable_address(path: &Path) -> String {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => address.push(char::from(*byte)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address.push_str("?immutable=1");
    address
}
