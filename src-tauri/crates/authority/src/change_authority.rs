//! Changes what may change of an authority: its name, the addresses it writes into what it issues, the life of its CRLs.

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use crate::generation_url::is_shared;
use crate::registry::{AuthorityId, AuthorityRow, RegistryError, Write};
use crate::session::Session;

/// The longest life of a CRL, in days (BR 7.2: twelve months).
const MOST_CRL_DAYS: u32 = 366;

/// The most partitions. Each is a file that is signed, kept and published at every run.
pub const MOST_PARTITIONS: u32 = 256;

/// What may change of an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthoritySettings {
    /// Its display name.
    pub name: String,
    /// Where its CRL is found.
    pub crl_urls: Vec<String>,
    /// Where its certificate is found.
    pub issuer_urls: Vec<String>,
    /// Where it answers OCSP.
    pub ocsp_urls: Vec<String>,
    /// Days from one CRL's thisUpdate to its nextUpdate.
    pub crl_days: u32,
    /// Which lists it issues beside the whole one; `None`: as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<ListSettings>,
}

/// Which lists an authority issues beside the whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSettings {
    /// Deltas, too.
    pub delta: bool,
    /// How many partitions what it issues is spread over from now on, at most [`MOST_PARTITIONS`]; 0 for none.
    pub partitions: u32,
    /// Whether authorities' certificates and all others have lists of their own.
    pub split: bool,
}

impl AuthoritySettings {
    /// Those of a row.
    pub fn of(row: &AuthorityRow) -> Self {
        Self {
            name: row.name.clone(),
            crl_urls: row.crl_urls.clone(),
            issuer_urls: row.issuer_urls.clone(),
            ocsp_urls: row.ocsp_urls.clone(),
            crl_days: row.crl_days,
            lists: Some(ListSettings { delta: row.delta, partitions: row.partitions, split: row.split }),
        }
    }
}

/// An authority was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeAuthorityError {
    /// There is no such authority.
    #[error("there is no authority {id}")]
    NotFound {
        /// The id.
        id: AuthorityId,
    },
    /// Another authority has the name.
    #[error("the name {name} is in use")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The life of its CRLs is out of bounds.
    #[error("CRLs cannot live {days} days")]
    BadCrlDays {
        /// What was given.
        days: u32,
        /// The most there can be.
        most: u32,
    },
    /// There would be too many partitions.
    #[error("a CRL cannot have {partitions} partitions")]
    BadPartitions {
        /// What was given.
        partitions: u32,
        /// The most there can be.
        most: u32,
    },
    /// Deltas and parts of a CRL need an address, made from the authority's, by which they are found.
    #[error("there is no address that the lists beside the whole one could have")]
    NoCrlAddress,
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Changes an authority. What says what is so already changes nothing. Certificates issued before keep the addresses they were born with.
    ///
    /// # Errors
    /// See [`ChangeAuthorityError`]; nothing was changed then.
    pub fn change_authority(&self, id: AuthorityId, to: &AuthoritySettings) -> Result<(), ChangeAuthorityError> {
        self.change(|tx| {
            let from = put(tx, id, to, self.now())?;
            let to = AuthoritySettings { lists: to.lists.or(from.lists), ..to.clone() };
            if from != to {
                tx.append_audit(&self.event("authority.changed", &id.to_string(), json!({ "name": to.name, "from": from, "to": to })))?;
            }
            Ok(())
        })
    }
}

/// Writes the settings of an authority and returns those before.
pub(crate) fn put(
    tx: &Write<'_>,
    id: AuthorityId,
    to: &AuthoritySettings,
    at: OffsetDateTime,
) -> Result<AuthoritySettings, ChangeAuthorityError> {
    if !(1..=MOST_CRL_DAYS).contains(&to.crl_days) {
        return Err(ChangeAuthorityError::BadCrlDays { days: to.crl_days, most: MOST_CRL_DAYS });
    }
    let row = tx.authority(id)?.ok_or(ChangeAuthorityError::NotFound { id })?;
    if tx.authority_named(&to.name)?.is_some_and(|other| other.id != id) {
        return Err(ChangeAuthorityError::NameTaken { name: to.name.clone() });
    }
    let from = AuthoritySettings::of(&row);
    let to = to.clone();
    let now = ListSettings { delta: row.delta, partitions: row.partitions, split: row.split };
    let ListSettings { delta, partitions, split } = to.lists.unwrap_or(now);
    if partitions > MOST_PARTITIONS {
        return Err(ChangeAuthorityError::BadPartitions { partitions, most: MOST_PARTITIONS });
    }
    let placed = to.crl_urls.iter().any(|url| !is_shared(url));
    if to.lists.is_some_and(|lists| lists != now) && (delta || partitions > 0 || split) && !placed {
        return Err(ChangeAuthorityError::NoCrlAddress);
    }
    let generation = tx.current_generation(id)?.map(|row| row.generation.id);
    // What was issued under the settings before goes on having its lists.
    if let Some(generation) = generation {
        tx.settle_crl_scopes(generation)?;
    }
    tx.update_authority(&AuthorityRow {
        name: to.name,
        crl_urls: to.crl_urls,
        issuer_urls: to.issuer_urls,
        ocsp_urls: to.ocsp_urls,
        crl_days: to.crl_days,
        delta,
        partitions,
        split,
        ..row
    })?;
    // What is issued from now on names places where there is nothing yet.
    if let Some(generation) = generation
        && (tx.settle_crl_scopes(generation)? || (delta && !now.delta))
    {
        tx.mark_crl_stale(generation, at)?;
    }
    Ok(from)
}
