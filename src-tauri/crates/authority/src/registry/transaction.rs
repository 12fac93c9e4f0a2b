//! The two kinds of transaction, and how their methods talk to SQLite.

use std::cell::RefCell;
use std::ops::Deref;

use rusqlite::{Connection, ToSql, params_from_iter};

use super::cell::Cells;
use super::counters::Pending;
use super::error::RegistryError;

/// One moment of the registry. Table functions that read are its methods.
pub struct Read<'a> {
    pub(super) connection: &'a Connection,
    /// Counter changes of a write that are not in the tables yet; always empty in a pure read.
    pub(super) pending: RefCell<Pending>,
}

impl<'a> Read<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, pending: RefCell::default() }
    }

    /// All rows of a statement.
    pub(super) fn rows<T>(
        &self,
        table: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl Fn(&Cells<'_>) -> Result<T, RegistryError>,
    ) -> Result<Vec<T>, RegistryError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&Cells::new(table, row))?);
        }
        Ok(found)
    }

    /// The first row of a statement, if any.
    pub(super) fn row<T>(
        &self,
        table: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl Fn(&Cells<'_>) -> Result<T, RegistryError>,
    ) -> Result<Option<T>, RegistryError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        rows.next()?.map(|row| read(&Cells::new(table, row))).transpose()
    }

    /// The number that a statement answers with (a count, a maximum), 0 for none.
    pub(super) fn number(&self, sql: &str, parameters: &[rusqlite::types::Value]) -> Result<i64, RegistryError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let number: Option<i64> = statement.query_row(params_from_iter(parameters), |row| row.get(0))?;
        Ok(number.unwrap_or(0))
    }

    /// Runs a statement and says how many rows it changed. Only writes call it; it stands here because they share one connection.
    pub(super) fn execute(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, RegistryError> {
        Ok(self.connection.prepare_cached(sql)?.execute(parameters)?)
    }
}

/// A write transaction. Everything that [`Read`] can, and the table functions that change.
pub struct Write<'a> {
    read: Read<'a>,
}

impl<'a> Write<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { read: Read::new(connection) }
    }

    /// Runs a statement that must hit exactly one row.
    pub(super) fn change(
        &self,
        table: &'static str,
        key: &dyn std::fmt::Display,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<(), RegistryError> {
        match self.execute(sql, parameters)? {
            0 => Err(RegistryError::Missing { table, row: key.to_string() }),
            _ => Ok(()),
        }
    }
}

impl<'a> Deref for Write<'a> {
    type Target = Read<'a>;

    fn deref(&self) -> &Read<'a> {
        &self.read
    }
}
