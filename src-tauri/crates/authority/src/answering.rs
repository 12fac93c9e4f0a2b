//! Which keys of an authority answer for what they have issued: their CRLs go on.

use time::OffsetDateTime;

use crate::issuer::certificates_of_authority;
use crate::registry::{AuthorityId, GenerationId, Read, RegistryError};

/// Whether a key's CRL goes on: it is the current one, or something that it has issued has not ended and it has a certificate to be judged by.
pub(crate) fn answers(current: bool, certified: bool, ends: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    current || (certified && ends.is_some_and(|ends| ends >= now))
}

/// The keys of an authority whose CRLs go on, first to last.
pub(crate) fn answering(tx: &Read<'_>, authority: AuthorityId, now: OffsetDateTime) -> Result<Vec<GenerationId>, RegistryError> {
    let mut found = Vec::new();
    for row in tx.generations(authority)? {
        let Some(key) = tx.key(row.generation.key)? else { continue };
        let own = &key.key.fingerprint;
        let certified = !certificates_of_authority(tx, own)?.is_empty();
        if answers(row.generation.current, certified, tx.last_not_after(row.generation.id, own)?, now) {
            found.push(row.generation.id);
        }
    }
    Ok(found)
}
