//! Finds what a user names: an authority by id, name or fingerprint; a certificate by id, `authority/serial`, serial or fingerprint.

use authority::pki::{Fingerprint, SerialNumber};
use authority::registry::{AuthorityId, AuthorityRow, CertificateId, CertificateRow, GenerationRow, Read, RegistryError};

use crate::{ApiError, ErrorCode};

/// Finds one authority.
pub(super) fn authority(tx: &Read<'_>, text: &str) -> Result<AuthorityRow, ApiError> {
    let text = text.trim();
    if let Ok(id) = text.parse::<AuthorityId>()
        && let Some(row) = tx.authority(id)?
    {
        return Ok(row);
    }
    if let Some(row) = tx.authority_named(text)? {
        return Ok(row);
    }
    if let Ok(fingerprint) = Fingerprint::from_hex(text)
        && let Some(certificate) = tx.certificate_by_fingerprint(&fingerprint)?
        && let Some(row) = of_certificate(tx, &certificate)?
    {
        return Ok(row);
    }
    Err(ApiError::new(ErrorCode::AuthorityNotFound).with("authority", text))
}

/// Finds one authority and one of its key generations: by number, 1 for the first, else the one that issues.
pub(super) fn generation(tx: &Read<'_>, text: &str, number: Option<u32>) -> Result<(AuthorityRow, GenerationRow), ApiError> {
    let row = authority(tx, text)?;
    let found = match number {
        None => tx.current_generation(row.id)?.ok_or_else(|| ApiError::new(ErrorCode::AwaitsCertificate).with("authority", &row.name))?,
        Some(number) => tx
            .generations(row.id)?
            .into_iter()
            .find(|generation| generation.generation.number == number)
            .ok_or_else(|| ApiError::new(ErrorCode::GenerationNotFound).with("authority", &row.name).with("generation", number))?,
    };
    Ok((row, found))
}

/// The authority whose certificate this is.
pub(super) fn of_certificate(tx: &Read<'_>, certificate: &CertificateRow) -> Result<Option<AuthorityRow>, RegistryError> {
    let Some(key) = tx.key_by_fingerprint(&certificate.facts.key_fingerprint)? else { return Ok(None) };
    let Some(generation) = tx.generation_of_key(key.key.id)? else { return Ok(None) };
    tx.authority(generation.generation.authority)
}

/// Finds one certificate.
pub(super) fn certificate(tx: &Read<'_>, text: &str) -> Result<CertificateRow, ApiError> {
    let text = text.trim();
    let none = || ApiError::new(ErrorCode::CertificateNotFound).with("certificate", text);
    if let Some((name, serial)) = text.rsplit_once('/')
        && let Ok(serial) = SerialNumber::from_hex(serial)
        && let Ok(authority) = authority(tx, name)
    {
        return one(tx.certificates_by_authority_and_serial(authority.id, &serial)?, text)?.ok_or_else(none);
    }
    if let Ok(fingerprint) = Fingerprint::from_hex(text)
        && let Some(row) = tx.certificate_by_fingerprint(&fingerprint)?
    {
        return Ok(row);
    }
    // An id is all digits, and so may a serial be: both are looked for, and two hits are ambiguous like any others.
    let mut found = Vec::new();
    if let Ok(id) = text.parse::<CertificateId>()
        && let Some(row) = tx.certificate(id)?
    {
        found.push(row);
    }
    if let Ok(serial) = SerialNumber::from_hex(text) {
        for row in tx.certificates_by_serial(&serial)? {
            if found.iter().all(|known: &CertificateRow| known.id != row.id) {
                found.push(row);
            }
        }
    }
    one(found, text)?.ok_or_else(none)
}

fn one(mut rows: Vec<CertificateRow>, text: &str) -> Result<Option<CertificateRow>, ApiError> {
    if rows.len() > 1 {
        let candidates: Vec<_> =
            rows.iter().map(|row| format!("{} ({}, issued by {})", row.id, row.facts.display_name, row.facts.issuer.rfc4514())).collect();
        return Err(ApiError::new(ErrorCode::NameAmbiguous).with("name", text).with("candidates", candidates.join("; ")));
    }
    Ok(rows.pop())
}
