//! What may stand in a column: each domain type says how it is written and checks what it reads.

use pki::{CrlNumber, DistinguishedName, Fingerprint, KeyId, RevocationReason, SerialNumber};
use rusqlite::Row;
use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use time::OffsetDateTime;

use super::error::RegistryError;

/// A value of a column. `read` validates: a cell that an editor or a bad disk has changed is named, never guessed at.
pub(crate) trait Cell: Sized {
    /// The value as it is written.
    fn bind(&self) -> ToSqlOutput<'_>;
    /// The value from what was read, or what is wrong with it.
    fn read(value: ValueRef<'_>) -> Result<Self, String>;
}

/// Lends a cell to a statement.
pub(crate) struct Bound<'a, T>(pub(crate) &'a T);

impl<T: Cell> ToSql for Bound<'_, T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.bind())
    }
}

/// The owned value of a cell, for statements that are put together piece by piece.
pub(crate) fn owned<T: Cell>(cell: &T) -> Value {
    match cell.bind() {
        ToSqlOutput::Owned(value) => value,
        ToSqlOutput::Borrowed(ValueRef::Integer(number)) => Value::Integer(number),
        ToSqlOutput::Borrowed(ValueRef::Text(text)) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ToSqlOutput::Borrowed(ValueRef::Blob(bytes)) => Value::Blob(bytes.to_vec()),
        _ => Value::Null,
    }
}

/// A row of a table being read; knows its name for errors.
pub(crate) struct Cells<'a> {
    table: &'static str,
    row: &'a Row<'a>,
}

impl<'a> Cells<'a> {
    pub(crate) const fn new(table: &'static str, row: &'a Row<'a>) -> Self {
        Self { table, row }
    }

    /// Reads the named column.
    pub(crate) fn get<T: Cell>(&self, column: &'static str) -> Result<T, RegistryError> {
        let value = self.row.get_ref(column)?;
        T::read(value).map_err(|problem| RegistryError::Cell { table: self.table, column, row: self.identity(), problem })
    }

    /// Fails on a column whose value is sound by itself but does not fit the row.
    pub(crate) fn refuse(&self, column: &'static str, problem: String) -> RegistryError {
        RegistryError::Cell { table: self.table, column, row: self.identity(), problem }
    }

    /// The first column of every row read here is its key.
    fn identity(&self) -> String {
        match self.row.get_ref(0) {
            Ok(ValueRef::Integer(number)) => number.to_string(),
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            Ok(ValueRef::Blob(bytes)) => match <[u8; 16]>::try_from(bytes) {
                Ok(id) => uuid::Uuid::from_bytes(id).to_string(),
                Err(_) => hex::encode(bytes),
            },
            Ok(other) => described(other),
            Err(error) => error.to_string(),
        }
    }
}

fn described(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(number) => format!("the number {number}"),
        ValueRef::Real(number) => format!("the number {number}"),
        ValueRef::Text(text) => format!("a text of {} bytes", text.len()),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

pub(crate) fn text_of(value: ValueRef<'_>) -> Result<&str, String> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).map_err(|error| format!("the text is not UTF-8: {error}")),
        other => Err(format!("{} where a text belongs", described(other))),
    }
}

fn bytes_of(value: ValueRef<'_>) -> Result<&[u8], String> {
    match value {
        ValueRef::Blob(bytes) => Ok(bytes),
        other => Err(format!("{} where bytes belong", described(other))),
    }
}

impl<T: Cell> Cell for Option<T> {
    fn bind(&self) -> ToSqlOutput<'_> {
        self.as_ref().map_or(ToSqlOutput::Owned(Value::Null), T::bind)
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Null => Ok(None),
            other => T::read(other).map(Some),
        }
    }
}

impl Cell for i64 {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Integer(*self))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        match value {
            ValueRef::Integer(number) => Ok(number),
            other => Err(format!("{} where a whole number belongs", described(other))),
        }
    }
}

impl Cell for u32 {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*self)))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let number = i64::read(value)?;
        Self::try_from(number).map_err(|_| format!("{number} is out of range"))
    }
}

impl Cell for u64 {
    /// Counts: SQLite has no larger integer than i64, and no count here comes near it.
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let number = i64::read(value)?;
        Self::try_from(number).map_err(|_| format!("{number} where a count belongs"))
    }
}

impl Cell for bool {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*self)))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        match i64::read(value)? {
            0 => Ok(false),
            1 => Ok(true),
            number => Err(format!("{number} is neither 0 nor 1")),
        }
    }
}

impl Cell for String {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Text(self.as_bytes()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        text_of(value).map(str::to_owned)
    }
}

/// A list of texts, kept as a JSON array.
impl Cell for Vec<String> {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Text(serde_json::Value::from(self.as_slice()).to_string()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        serde_json::from_str(text_of(value)?).map_err(|error| format!("not a JSON array of texts: {error}"))
    }
}

impl Cell for serde_json::Value {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Text(self.to_string()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        serde_json::from_str(text_of(value)?).map_err(|error| format!("not JSON: {error}"))
    }
}

impl Cell for Vec<u8> {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Blob(self))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        bytes_of(value).map(<[u8]>::to_vec)
    }
}

impl<const N: usize> Cell for [u8; N] {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Blob(self))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let bytes = bytes_of(value)?;
        Self::try_from(bytes).map_err(|_| format!("{} bytes where {N} belong", bytes.len()))
    }
}

/// Epoch milliseconds, UTC.
impl Cell for OffsetDateTime {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Integer(epoch_milliseconds(*self)))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let millis = i64::read(value)?;
        Self::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .map_err(|_| format!("{millis} is not a time between the years -9999 and 9999"))
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z, rounded down; every time of year ±9999 fits.
pub(crate) fn epoch_milliseconds(time: OffsetDateTime) -> i64 {
    time.unix_timestamp() * 1000 + i64::from(time.millisecond())
}

/// The content octets of the INTEGER.
impl Cell for SerialNumber {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Blob(self.content_octets()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        Self::from_content_octets(bytes_of(value)?).map_err(|error| format!("not a serial number: {error}"))
    }
}

/// The DER of the Name, verbatim.
impl Cell for DistinguishedName {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Blob(self.as_der()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        Self::from_der(bytes_of(value)?).map_err(|error| format!("not a name: {error}"))
    }
}

impl Cell for Fingerprint {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        <[u8; 32]>::read(value).map(Self::from_bytes)
    }
}

impl Cell for KeyId {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        bytes_of(value).map(Self::from_bytes)
    }
}

/// Twenty bytes, big-endian, so that numbers sort as bytes do (RFC 5280 5.2.3: at most 20 octets).
impl Cell for CrlNumber {
    fn bind(&self) -> ToSqlOutput<'_> {
        let octets = self.to_content_octets();
        let mut padded = vec![0; 20_usize.saturating_sub(octets.len())];
        padded.extend_from_slice(&octets);
        ToSqlOutput::Owned(Value::Blob(padded))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let padded = <[u8; 20]>::read(value)?;
        let first = padded.iter().position(|byte| *byte != 0).unwrap_or(19);
        let significant = padded.get(first..).unwrap_or_default();
        let octets = match significant.first() {
            Some(byte) if *byte >= 0x80 => [&[0], significant].concat(),
            _ => significant.to_vec(),
        };
        Self::from_content_octets(&octets).map_err(|error| format!("not a CRL number: {error}"))
    }
}

impl Cell for RevocationReason {
    fn bind(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes()))
    }
    fn read(value: ValueRef<'_>) -> Result<Self, String> {
        let text = text_of(value)?;
        text.parse().map_err(|_| format!("{text:?} is not a revocation reason"))
    }
}

/// Declares an enumeration that is kept as one word.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that stands for it in the registry and across the surface.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::registry::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::registry::IdError { wanted: concat!("one of", $(" ", $word),*), text: text.to_owned() }),
                }
            }
        }

        impl $crate::registry::cell::Cell for $name {
            fn bind(&self) -> rusqlite::types::ToSqlOutput<'_> {
                rusqlite::types::ToSqlOutput::Borrowed(rusqlite::types::ValueRef::Text(self.as_str().as_bytes()))
            }
            fn read(value: rusqlite::types::ValueRef<'_>) -> Result<Self, String> {
                $crate::registry::cell::text_of(value)?.parse().map_err(|error: $crate::registry::IdError| error.to_string())
            }
        }
    };
}
pub(crate) use words;
