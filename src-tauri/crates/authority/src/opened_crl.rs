//! A CRL in a file that is only looked at: whether it is on record here, and whose it is.

use pki::crl::Crl;

use crate::registry::{AuthorityId, CrlKind, Read, RegistryError, WHOLE};

/// The authority that has this CRL on record: a key of it has signed the list, and one of the list's number is known.
///
/// # Errors
/// [`RegistryError`]
pub fn crl_on_record(tx: &Read<'_>, crl: &Crl) -> Result<Option<AuthorityId>, RegistryError> {
    let Some(number) = crl.number() else { return Ok(None) };
    let kind = if crl.is_delta() { CrlKind::Delta } else { CrlKind::Base };
    for row in tx.issuer_candidates(crl.issuer(), crl.authority_key_id())? {
        if !crl.signed_by(tx.certificate_of(&row)?.public_key()).is_valid() {
            continue;
        }
        let Some(key) = tx.key_by_fingerprint(&row.facts.key_fingerprint)? else { continue };
        let Some(generation) = tx.generation_of_key(key.key.id)? else { continue };
        let generation = generation.generation;
        if tx.crl_numbered(generation.id, kind, WHOLE, number)?.is_some() {
            return Ok(Some(generation.authority));
        }
    }
    Ok(None)
}
