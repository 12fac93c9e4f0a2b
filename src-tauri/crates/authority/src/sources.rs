//! Sources: trust lists and CRLs of others, kept apart from what is ours. Fetched, believed, staged, compared, and put in the place of what was there as
//! one; on any fault what was there stays.

mod export;
pub mod fetch;
mod reading;
mod refresh;
mod staging;

use std::path::PathBuf;

use pki::Certificate;
use pki::icao::ListSignerError;
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::registry::{
    IdError, Read, RegistryError, SourceCertificateId, SourceCertificateRow, SourceFilter, SourceId, SourceKind, SourcePlaceKind,
    SourceRow, SourceStage,
};
use crate::session::Session;

pub use export::{CertificateForm, ExportSourceError};
pub use fetch::{Fetch, FetchError, Spool};
pub use refresh::{RefreshRound, RefreshWish, Refreshed};

/// Characters of a source's name, at most.
pub const LONGEST_NAME: usize = 200;
/// Hours between two refreshes, at most: a year.
pub const MOST_HOURS: u32 = 8_784;
/// Certificates that may be named to believe a source, at most.
pub const MOST_SIGNERS: usize = 100;

/// Why something is in quarantine, by code, besides what is wrong with an LDIF.
pub const QUARANTINE: &[&str] = &[
    "not-a-certificate",
    "not-a-crl",
    "not-a-bundle",
    "not-a-master-list",
    "broken-list",
    "broken-pem",
    "crl-signature-invalid",
    "list-without-signer",
    "list-signature-invalid",
    "list-signer-unknown",
    "list-signer-unfit",
];

/// Where Linux, the BSDs and macOS keep their trust store as one PEM file.
const SYSTEM_TRUST: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
    "/etc/ssl/cert.pem",
];

/// The trust store of this machine, if it is one file.
#[must_use]
pub fn system_trust() -> Option<PathBuf> {
    SYSTEM_TRUST.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Where a source shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of this machine.
    File(PathBuf),
    /// An address.
    Url(String),
    /// The trust store of this machine.
    System,
}

impl Place {
    fn of(row: &SourceRow) -> Self {
        match row.place_kind {
            SourcePlaceKind::File => Self::File(PathBuf::from(&row.place)),
            SourcePlaceKind::Url => Self::Url(row.place.clone()),
            SourcePlaceKind::System => Self::System,
        }
    }

    const fn kind(&self) -> SourcePlaceKind {
        match self {
            Self::File(_) => SourcePlaceKind::File,
            Self::Url(_) => SourcePlaceKind::Url,
            Self::System => SourcePlaceKind::System,
        }
    }

    /// As it is kept, and said in errors.
    fn text(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Url(url) => url.clone(),
            Self::System => String::new(),
        }
    }

    /// As people are told.
    fn shown(&self) -> String {
        match self {
            Self::System => {
                system_trust().map_or_else(|| "the trust store of this machine".to_owned(), |path| path.to_string_lossy().into_owned())
            }
            other => other.text(),
        }
    }
}

/// A source to be made.
#[derive(Debug, Clone)]
pub struct SourceWish {
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub kind: SourceKind,
    /// Where it is.
    pub place: Place,
    /// Whose signature is believed.
    pub signers: Vec<Certificate>,
    /// Hours from one refresh to the next; `None`: by hand only.
    pub refresh_hours: Option<u32>,
}

/// A source could not be made, refreshed or removed. What it held it still holds.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A source has this name.
    #[error("there is a source {name} already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The name is none.
    #[error("a source's name has 1 to {LONGEST_NAME} characters, none of them a control character")]
    BadName,
    /// The time between refreshes is none.
    #[error("a source is refreshed every 1 to {MOST_HOURS} hours")]
    BadHours,
    /// There is no such source.
    #[error("there is no source {source_name}")]
    NotFound {
        /// What was named.
        source_name: String,
    },
    /// Something of a source that was named is not there (any more).
    #[error("there is no {what} {id}")]
    PartNotFound {
        /// What kind of thing.
        what: &'static str,
        /// What was named.
        id: String,
    },
    /// A signed list without anybody who vouches for it.
    #[error("a master list needs the certificate of its signer, or of the authority above")]
    SignerRequired,
    /// More signers than are kept.
    #[error("more than {MOST_SIGNERS} certificates to believe a source by")]
    TooManySigners,
    /// The machine's trust store is not one file.
    #[error("the trust store of this machine is in none of the files where it is looked for")]
    NoSystemTrust,
    /// It did not come.
    #[error("{place} could not be fetched: {problem}")]
    Fetch {
        /// Where it is.
        place: String,
        /// Why not.
        problem: String,
        /// Whether that passes by itself.
        passing: bool,
    },
    /// It is larger than anything that is taken.
    #[error("{place} is larger than {limit} octets")]
    TooLarge {
        /// Where it is.
        place: String,
        /// What is taken at most.
        limit: u64,
    },
    /// It is not what it should be.
    #[error("{place} is not what it should be: {problem}")]
    Unreadable {
        /// Where it is.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// Its signature does not hold.
    #[error("the signature of {place} does not hold: {problem}")]
    SignatureInvalid {
        /// Where it is.
        place: String,
        /// Why.
        problem: String,
    },
    /// It is signed by somebody for whom nobody vouches.
    #[error("{place} is signed by {signer}, for whom nobody vouches")]
    SignerUnknown {
        /// Where it is.
        place: String,
        /// Who signed it.
        signer: String,
    },
    /// Who signed it may not.
    #[error("{place} is signed by {signer}, who may not: {problem}")]
    SignerUnfit {
        /// Where it is.
        place: String,
        /// Who signed it.
        signer: String,
        /// Why he may not.
        problem: String,
    },
    /// There is nothing in it.
    #[error("{place} holds no certificate and no CRL")]
    Empty {
        /// Where it is.
        place: String,
    },
    /// It would become smaller by more than a fifth.
    #[error("{source_name} would shrink from {before} to {after}")]
    Shrinks {
        /// Which source.
        source_name: String,
        /// How many there are.
        before: u64,
        /// How many would be left.
        after: u64,
    },
    /// Another refresh has come first.
    #[error("another refresh of {source_name} was faster")]
    Overtaken {
        /// Which source.
        source_name: String,
    },
    /// A temporary file could not be written or read.
    #[error("what came could not be kept for a moment: {0}")]
    Spool(std::io::Error),
    /// Whoever waited has stopped it.
    #[error("the work was stopped")]
    Cancelled,
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry said no.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl SourceError {
    /// How far the refresh came.
    #[must_use]
    pub const fn stage(&self) -> SourceStage {
        match self {
            Self::SignatureInvalid { .. } | Self::SignerUnknown { .. } | Self::SignerUnfit { .. } => SourceStage::Verify,
            Self::Unreadable { .. } | Self::Spool(_) => SourceStage::Stage,
            Self::Empty { .. } | Self::Shrinks { .. } => SourceStage::Compare,
            Self::Overtaken { .. } | Self::Registry(_) | Self::Entropy(_) => SourceStage::Replace,
            _ => SourceStage::Fetch,
        }
    }

    /// Whether it passes by itself, so that it is tried again soon.
    #[must_use]
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Fetch { passing: true, .. } | Self::Registry(RegistryError::Busy))
    }

    fn of_list(place: &str, error: ListSignerError) -> Self {
        let place = place.to_owned();
        match error {
            ListSignerError::OtherContent { .. } => Self::Unreadable { place, problem: error.to_string() },
            ListSignerError::Signature { fault } => Self::SignatureInvalid { place, problem: fault.to_string() },
            ListSignerError::Unknown { signer } => Self::SignerUnknown { place, signer },
            ListSignerError::Unfit { signer, problem } => Self::SignerUnfit { place, signer, problem },
        }
    }
}

impl Session {
    /// The source that a text names, by id or name.
    ///
    /// # Errors
    /// `NotFound`, or [`RegistryError`]
    pub fn source_named(&self, text: &str) -> Result<SourceRow, SourceError> {
        self.registry().read(|tx| source_named(tx, text))
    }

    /// A page of the certificates of a source, by country: behind a cursor, and the cursor of the next page.
    ///
    /// # Errors
    /// `Registry` with `BadCursor`, or another [`RegistryError`]
    pub fn source_certificates(
        &self,
        source: SourceId,
        filter: &SourceFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<SourceCertificateRow>, Option<String>), SourceError> {
        let bad = |text: &str| RegistryError::BadCursor { text: text.to_owned() };
        let after = after
            .map(|text| -> Result<(String, SourceCertificateId), RegistryError> {
                let (id, country) = text.split_once(':').ok_or_else(|| bad(text))?;
                Ok((country.to_owned(), id.parse().map_err(|_: IdError| bad(text))?))
            })
            .transpose()?;
        let rows = self.registry().read(|tx| tx.source_certificates(source, filter, after.as_ref(), limit))?;
        let full = u32::try_from(rows.len()).is_ok_and(|count| count >= limit);
        let next = rows.last().filter(|_| full).map(|row| format!("{}:{}", row.id, row.country));
        Ok((rows, next))
    }

    /// Removes a source with everything that only it holds.
    ///
    /// # Errors
    /// [`SourceError`]
    pub fn remove_source(&self, id: SourceId) -> Result<(), SourceError> {
        self.change(|tx| {
            let row = tx.source(id)?.ok_or_else(|| SourceError::NotFound { source_name: id.to_string() })?;
            tx.remove_source(id)?;
            let detail = json!({ "name": row.name, "kind": row.kind.as_str(), "place": row.place, "certificates": row.certificates, "crls": row.crls });
            tx.append_audit(&self.event("source.removed", &id.to_string(), detail))?;
            Ok(())
        })
    }
}

fn source_named(tx: &Read<'_>, text: &str) -> Result<SourceRow, SourceError> {
    let by_id = match text.trim().parse::<SourceId>() {
        Ok(id) => tx.source(id)?,
        Err(_) => None,
    };
    let found = match by_id {
        Some(found) => Some(found),
        None => tx.source_named(text.trim())?,
    };
    found.ok_or_else(|| SourceError::NotFound { source_name: text.to_owned() })
}

/// When a source is refreshed next, after a refresh at `now` that failed so often in a row (0: that went well). What passes by itself is tried again after a
/// quarter of an hour, then twice as long each time, at the latest when it would be due anyway.
fn next_due(hours: Option<u32>, now: OffsetDateTime, failures: u32, passing: bool) -> Option<OffsetDateTime> {
    let regular = time::Duration::hours(i64::from(hours?));
    let wait = match (failures, passing) {
        (0, _) | (_, false) => regular,
        (times, true) => regular.min(time::Duration::minutes(15).saturating_mul(1 << times.saturating_sub(1).min(10))),
    };
    now.checked_add(wait)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_passes_is_tried_again_sooner_and_then_later_each_time() {
        let now = datetime!(2026-11-22 12:00 UTC);
        let after = |failures, passing| next_due(Some(24), now, failures, passing).map(|at| (at - now).whole_minutes());
        assert_eq!([1, 2, 3, 4, 20].map(|times| after(times, true)), [15, 30, 60, 120, 24 * 60].map(Some));
        assert_eq!([after(0, false), after(3, false)], [Some(24 * 60); 2]);
        assert_eq!(next_due(None, now, 1, true), None);
    }
}
