//! SQLite's own shell: looks into a registry file past our code, and plays the person who edits it by hand.

use super::judge;

/// Runs statements on a database file; gives what they answer.
pub fn sqlite(file: &str, statements: &str) -> String {
    judge("sqlite3", "sqlite3").arg(file).arg(statements).verdict().assert_accepted()
}
