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
    /// Read and written on a share, with a rollback journal: a WAL's shared memory would not be shared with other machines.
    OnShare,
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
pub(super) fn writer(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE,
    )?;
    settle(&connection)?;
    if access == Access::OnShare {
        leave_wal(&connection)?;
        // A commit is the removal of the journal: EXTRA syncs the folder too, FULL does not.
        connection.pragma_update(None, "synchronous", "extra")?;
    } else {
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
    }
    // On macOS fsync leaves data in the drive's cache; elsewhere these do nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // 128 MiB: a bulk import touches a dozen indexes in no order. Given back when it is done (`Registry::release_memory`).
    connection.pragma_update(None, "cache_size", -131_072)?;
    Ok(connection)
}

/// Takes what a WAL holds into the file and goes on with a rollback journal. While the lock is exclusive SQLite keeps the index of the WAL in memory of its
/// own (SQLite, "Write-Ahead Logging", 9), so nothing is shared that could not be.
fn leave_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA locking_mode = exclusive", [], |_| Ok(()))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = delete", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(busy());
    }
    connection.query_row("PRAGMA locking_mode = normal", [], |_| Ok(()))?;
    // The lock is let go at the next access.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn busy() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)
}

/// A connection that writes a file which has no name yet: with a rollback journal, so that one file is to be renamed, not three.
pub(super) fn rollback_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settle(&connection)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    // What a program that was killed has left in a rollback journal is taken back by whoever reads next.
    let kind = if access == Access::OnShare { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let flags = kind | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
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
/// patience for a minute. On a share nothing is written while the file is in WAL mode, as a program leaves it that takes the disk for its own.
pub(super) fn begin(writer: &Connection, access: Access) -> rusqlite::Result<Transaction<'_>> {
    let transaction = begun(writer)?;
    if access == Access::OnShare && writer.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))? == "wal" {
        return Err(busy());
    }
    Ok(transaction)
}

fn begun(writer: &Connection) -> rusqlite::Result<Transaction<'_>> {
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
