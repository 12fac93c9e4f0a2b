//! Retiring an authority: it issues nothing more, and its CRLs go on.

use serde_json::json;

use crate::registry::{AuthorityId, AuthorityRow, RegistryError};
use crate::session::Session;

/// An authority was not retired.
#[derive(Debug, thiserror::Error)]
pub enum RetireError {
    /// There is no such authority.
    #[error("there is no authority {id}")]
    NotFound {
        /// The id.
        id: AuthorityId,
    },
    /// It is retired already.
    #[error("{authority} is retired already")]
    AlreadyRetired {
        /// Its name.
        authority: String,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// Retires an authority. What it has issued stays as it is, and each of its keys goes on signing its CRL. Undoing puts it back
    /// ([`Session::undo`]).
    ///
    /// # Errors
    /// See [`RetireError`]; nothing was changed then.
    pub fn retire(&self, id: AuthorityId) -> Result<(), RetireError> {
        self.change(|tx| {
            let row = tx.authority(id)?.ok_or(RetireError::NotFound { id })?;
            if row.retired {
                return Err(RetireError::AlreadyRetired { authority: row.name });
            }
            tx.append_audit(&self.event("authority.retired", &id.to_string(), json!({ "name": row.name })))?;
            Ok(tx.update_authority(&AuthorityRow { retired: true, ..row })?)
        })
    }
}
