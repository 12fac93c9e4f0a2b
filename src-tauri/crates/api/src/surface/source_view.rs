//! Sources as they are shown.

use std::collections::BTreeMap;

use authority::pki::{Certificate, SerialNumber};
use authority::registry::{
    Read, SourceCertificateRow, SourceCountryRow, SourceCrlRow, SourceDifferenceRow, SourceEventRow, SourceMemberKind, SourcePlaceKind,
    SourceQuarantineRow, SourceRevokedRow, SourceRow,
};
use authority::sources::system_trust;
use time::OffsetDateTime;

use super::narrow;
use super::source_commands::bad_cursor;
use super::source_failure::failure;
use crate::text::time_text;
use crate::view::{
    SourceCertificate, SourceChange, SourceCountry, SourceCounts, SourceCrl, SourceDifference, SourceEvent, SourcePlace, SourceQuarantined,
    SourceRevokedEntry, SourceRoundFailure, SourceSigner, SourceView,
};
use crate::words;
use crate::{ApiError, ErrorCode};

fn damaged(problem: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(ErrorCode::RegistryDamaged).with("problem", problem)
}

/// A source, with what it has counted.
pub(super) fn source(tx: &Read<'_>, row: &SourceRow) -> Result<SourceView, ApiError> {
    let counted = countries(&tx.source_countries(row.id)?);
    let mut certificates = SourceCounts::default();
    for country in &counted {
        certificates.cscas = certificates.cscas.saturating_add(country.certificates.cscas);
        certificates.document_signers = certificates.document_signers.saturating_add(country.certificates.document_signers);
        certificates.list_signers = certificates.list_signers.saturating_add(country.certificates.list_signers);
        certificates.others = certificates.others.saturating_add(country.certificates.others);
    }
    let mut signers = Vec::new();
    for signer in tx.source_signers(row.id)? {
        let certificate = Certificate::from_der(&signer.der).map_err(|error| damaged(&error))?;
        signers.push(SourceSigner {
            subject: certificate.subject().rfc4514(),
            fingerprint: signer.sha256.to_string(),
            not_after: time_text(certificate.validity().not_after()),
        });
    }
    let failed = if row.failures == 0 { None } else { tx.last_source_failure(row.id)? };
    let text = match row.place_kind {
        SourcePlaceKind::System => system_trust().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
        _ => row.place.clone(),
    };
    Ok(SourceView {
        id: row.id.to_string(),
        name: row.name.clone(),
        kind: row.kind.as_str().to_owned(),
        place: SourcePlace { kind: row.place_kind.as_str().to_owned(), text },
        signers,
        refresh_hours: row.refresh_hours,
        created_at: time_text(row.created_at),
        refreshed_at: row.refreshed_at.map(time_text),
        changed_at: row.changed_at.map(time_text),
        due_at: row.due_at.map(time_text),
        failure: failed.and_then(|event| event.failure.as_ref().map(|row| failure(row, event.at))),
        signed_by: row.seen.signed_by.clone(),
        signed_at: row.seen.signed_at.map(time_text),
        sha256: row.seen.sha256.map(|sha256| sha256.to_string()),
        size: row.seen.size,
        certificates,
        countries: narrow(counted.iter().filter(|country| !country.country.is_empty()).count()),
        crls: narrow(row.crls),
        revoked: narrow(row.revoked),
        next_update: row.next_update.map(time_text),
        quarantined: narrow(row.quarantined),
    })
}

/// What was counted, one line for each country.
pub(super) fn countries(rows: &[SourceCountryRow]) -> Vec<SourceCountry> {
    let mut found: BTreeMap<&str, SourceCountry> = BTreeMap::new();
    for row in rows {
        let country = found.entry(&row.country).or_insert_with(|| SourceCountry {
            country: row.country.clone(),
            certificates: SourceCounts::default(),
            crls: 0,
            next_update: None,
        });
        let count = narrow(row.count);
        match row.kind {
            Some(SourceMemberKind::Csca) => country.certificates.cscas = count,
            Some(SourceMemberKind::DocumentSigner) => country.certificates.document_signers = count,
            Some(SourceMemberKind::ListSigner) => country.certificates.list_signers = count,
            Some(SourceMemberKind::Other) => country.certificates.others = count,
            None => (country.crls, country.next_update) = (count, row.next_update.map(time_text)),
        }
    }
    found.into_values().collect()
}

/// A certificate of a source.
pub(super) fn certificate(row: &SourceCertificateRow, now: OffsetDateTime) -> Result<SourceCertificate, ApiError> {
    let certificate = Certificate::from_der(&row.der).map_err(|error| damaged(&error))?;
    let validity = certificate.validity();
    let standing = match (now < validity.not_before(), now > validity.not_after()) {
        (_, true) => "ended",
        (true, _) => "ahead",
        _ => "valid",
    };
    Ok(SourceCertificate {
        id: row.id.to_string(),
        kind: row.kind.as_str().to_owned(),
        country: row.country.clone(),
        subject: certificate.subject().rfc4514(),
        issuer: certificate.issuer().rfc4514(),
        serial: certificate.serial().to_string(),
        fingerprint: row.sha256.to_string(),
        subject_key_id: certificate.subject_key_id().map(|id| id.to_string()),
        authority_key_id: certificate.authority_key_id().map(|id| id.to_string()),
        key_kind: certificate.public_key().algorithm().kind(),
        not_before: time_text(validity.not_before()),
        not_after: time_text(validity.not_after()),
        standing: standing.to_owned(),
        sources: row.sources,
        pem: certificate.pem(),
    })
}

/// A CRL of a source.
pub(super) fn crl(row: &SourceCrlRow, now: OffsetDateTime) -> SourceCrl {
    SourceCrl {
        id: row.id.to_string(),
        issuer: row.issuer.rfc4514(),
        country: row.country.clone(),
        number: row.number.as_ref().map(ToString::to_string),
        this_update: time_text(row.this_update),
        next_update: row.next_update.map(time_text),
        expired: row.next_update.is_some_and(|next| next < now),
        signature: row.signature.as_str().to_owned(),
        entries: narrow(row.entries),
        sha256: row.sha256.to_string(),
        size: row.size,
    }
}

/// An entry of a source's CRL.
pub(super) fn revoked(row: &SourceRevokedRow) -> SourceRevokedEntry {
    SourceRevokedEntry {
        serial: row.serial.to_string(),
        revoked_at: time_text(row.revoked_at),
        reason: row.reason.map(|reason| reason.as_str().to_owned()),
    }
}

/// Where a page of entries goes on behind this one.
pub(super) fn cursor_of(row: &SourceRevokedRow) -> String {
    format!("{}.{}", row.serial, row.position)
}

/// The place that a cursor names.
pub(super) fn place_of(text: &str) -> Result<(SerialNumber, u64), ApiError> {
    let bad = || bad_cursor(text);
    let (serial, position) = text.rsplit_once('.').ok_or_else(bad)?;
    Ok((SerialNumber::from_hex(serial).map_err(|_| bad())?, position.parse().map_err(|_| bad())?))
}

/// Something in quarantine.
pub(super) fn quarantined(row: &SourceQuarantineRow) -> SourceQuarantined {
    let start: String = row.bytes.iter().take(64).map(|octet| format!("{octet:02x}")).collect();
    SourceQuarantined {
        id: row.id.to_string(),
        place: row.place.clone(),
        reason: row.reason.clone(),
        message: words::quarantine(&row.reason, &row.detail),
        size: row.size,
        sha256: row.sha256.to_string(),
        start,
    }
}

/// A refresh.
pub(super) fn event(row: &SourceEventRow) -> SourceEvent {
    SourceEvent {
        id: row.id.to_string(),
        at: time_text(row.at),
        outcome: row.outcome.as_str().to_owned(),
        by_hand: row.by_hand,
        added: narrow(row.added),
        removed: narrow(row.removed),
        changed: narrow(row.changed),
        quarantined: narrow(row.quarantined),
        milliseconds: narrow(row.milliseconds),
        failure: row.failure.as_ref().map(|found| failure(found, row.at)),
    }
}

/// A difference.
pub(super) fn difference(row: &SourceDifferenceRow, shrinks: bool) -> SourceDifference {
    let items: Vec<SourceChange> = row
        .items
        .iter()
        .map(|change| SourceChange {
            change: change.change.as_str().to_owned(),
            object: if change.kind.is_some() { "certificate" } else { "crl" }.to_owned(),
            kind: change.kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
            country: change.country.clone(),
            name: change.name.clone(),
            serial: change
                .serial
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| change.number.as_ref().map(ToString::to_string))
                .unwrap_or_default(),
            fingerprint: change.sha256.to_string(),
            before: change.before.map(|before| before.to_string()),
        })
        .collect();
    let all = row.added.saturating_add(row.removed).saturating_add(row.changed);
    SourceDifference {
        added: narrow(row.added),
        removed: narrow(row.removed),
        changed: narrow(row.changed),
        unchanged: narrow(row.unchanged),
        quarantined: narrow(row.quarantined),
        shrinks,
        more: u64::try_from(items.len()).is_ok_and(|listed| listed < all),
        items,
    }
}

/// A source whose turn failed.
pub(super) fn round_failure(source: String, error: &ApiError) -> SourceRoundFailure {
    SourceRoundFailure { source, code: error.code.as_str().to_owned(), message: words::error(error).title }
}
