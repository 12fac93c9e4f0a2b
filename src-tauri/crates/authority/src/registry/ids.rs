//! Row ids: one newtype per table. They cross outward as text.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::{ToSqlOutput, ValueRef};
use time::OffsetDateTime;
use uuid::Uuid;

use super::cell::Cell;

/// A text is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct IdError {
    /// What was wanted, for instance "an authority id".
    pub wanted: &'static str,
    /// The text that was given.
    pub text: String,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident = $wanted:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a time-ordered id (RFC 9562, version 7) from the clock's time and ten random bytes.
            #[must_use]
            pub fn new(now: OffsetDateTime, entropy: [u8; 10]) -> Self {
                let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
            }

            /// The sixteen bytes of the id.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.hyphenated(), f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError { wanted: $wanted, text: text.to_owned() })
            }
        }

        impl Cell for $name {
            fn bind(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes()))
            }

            fn read(value: ValueRef<'_>) -> Result<Self, String> {
                let bytes = <[u8; 16]>::read(value)?;
                Ok(Self(Uuid::from_bytes(bytes)))
            }
        }
    )*};
}

uuid_ids! {
    /// Which registry this is; part of the name of each keyring entry.
    RegistryId = "a registry id";
    /// An authority: an issuer name with its key generations.
    AuthorityId = "an authority id";
    /// One key generation of an authority.
    GenerationId = "a generation id";
    /// A key, wherever its private half lives.
    KeyRowId = "a key id";
    /// Something about to be signed.
    IntentId = "an intent id";
    /// A signing request that was taken in.
    RequestId = "a request id";
    /// A piece of long work.
    TaskId = "a task id";
    /// A source: somebody else's trust list or CRL.
    SourceId = "an id of a source";
    /// A trust source, publishing target or person to notify.
    OutsidePartyId = "an id of an outside party";
}

macro_rules! integer_ids {
    ($($(#[$doc:meta])* $name:ident = $wanted:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(crate) i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                match text.parse::<i64>() {
                    Ok(number) if plain => Ok(Self(number)),
                    _ => Err(IdError { wanted: $wanted, text: text.to_owned() }),
                }
            }
        }

        impl Cell for $name {
            fn bind(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::Borrowed(ValueRef::Integer(self.0))
            }

            fn read(value: ValueRef<'_>) -> Result<Self, String> {
                match i64::read(value)? {
                    number if number >= 0 => Ok(Self(number)),
                    number => Err(format!("{number} is not an id")),
                }
            }
        }
    )*};
}

integer_ids! {
    /// A certificate. Ids sort by time of issue: the second times 2^24 plus a number within it.
    CertificateId = "a certificate id";
    /// A recorded CRL.
    CrlId = "a CRL id";
    /// A revocation.
    RevocationId = "a revocation id";
    /// A certificate of a source.
    SourceCertificateId = "an id of a source's certificate";
    /// A CRL of a source.
    SourceCrlId = "an id of a source's CRL";
    /// Something in a source's quarantine.
    QuarantineId = "an id of something in quarantine";
    /// A refresh of a source.
    SourceEventId = "an id of a refresh";
}

impl CertificateId {
    /// How many ids one second of issue has room for.
    pub(crate) const PER_SECOND: i64 = 1 << 24;

    /// The least that is given: a certificate of before 1970 would be 1, 2, 3 otherwise, and who writes these means serial numbers.
    pub(crate) const LEAST: i64 = 1 << 23;

    /// The ids that belong to a second: the first one of it and the first one after it. Times before 1970 and after the year 9999 are
    /// held to the nearest of these.
    pub(crate) fn of_second(issued_at: OffsetDateTime) -> (i64, i64) {
        let second = issued_at.unix_timestamp().clamp(0, (1 << 38) - 1);
        (second * Self::PER_SECOND, (second + 1) * Self::PER_SECOND)
    }
}
