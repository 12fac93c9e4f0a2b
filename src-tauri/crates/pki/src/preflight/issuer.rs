//! The certificate beside its issuer's (RFC 5280 6.1): a child never outgrows its issuer.

use super::{Fields, Judged, utc};
use crate::constraints::Violation;
use crate::usage::KeyUsage;

pub(super) fn issuer_name_differs(judged: &Judged<'_>) -> Option<Fields> {
    let issuer = judged.issuer?;
    Judged::broken(judged.certificate.issuer() != issuer.subject(), || {
        vec![("issuer", judged.certificate.issuer().rfc4514()), ("expected", issuer.subject().rfc4514())]
    })
}

/// Only a self-signed certificate may do without.
pub(super) fn authority_key_id_missing(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.authority_key_id().is_none() && !judged.certificate.is_self_issued(), Vec::new)
}

pub(super) fn authority_key_id_differs(judged: &Judged<'_>) -> Option<Fields> {
    let expected = match judged.issuer {
        Some(issuer) => issuer.key_id_for_children(),
        None if judged.certificate.is_self_issued() => judged.certificate.subject_key_id()?,
        None => return None,
    };
    let found = judged.certificate.authority_key_id()?;
    Judged::broken(found != expected, || vec![("found", found.to_string()), ("expected", expected.to_string())])
}

pub(super) fn issuer_not_authority(judged: &Judged<'_>) -> Option<Fields> {
    let issuer = judged.issuer?;
    Judged::broken(!issuer.is_authority(), || vec![("issuer", issuer.display_name())])
}

pub(super) fn issuer_may_not_sign_certificates(judged: &Judged<'_>) -> Option<Fields> {
    let issuer = judged.issuer?;
    let lacks = issuer.key_usages().is_some_and(|usages| !usages.contains(KeyUsage::KeyCertSign));
    Judged::broken(lacks, || vec![("issuer", issuer.display_name())])
}

/// A self-issued certificate does not count (RFC 5280 4.2.1.9).
pub(super) fn path_length_exceeds_issuer(judged: &Judged<'_>) -> Option<Fields> {
    let allowed = judged.issuer?.path_length()?;
    if !judged.certificate.is_authority() || judged.certificate.is_self_issued() {
        return None;
    }
    let found = judged.certificate.path_length();
    let exceeds = found.is_none_or(|found| found >= allowed);
    let shown = found.map_or_else(|| "unlimited".to_owned(), |found| found.to_string());
    // A child without a limit of its own is still held to the issuer's by every verifier, unless none may follow at all.
    Judged::broken(exceeds && (found.is_some() || allowed == 0), || vec![("allowed", allowed.to_string()), ("found", shown)])
}

pub(super) fn name_outside_constraints(judged: &Judged<'_>) -> Option<Fields> {
    let constraints = judged.issuer?.lent_name_constraints()?;
    let (name, constraint) = match constraints.permits_all(judged.certificate.subject(), judged.certificate.names()).err()? {
        Violation::NotPermitted { name, permitted } => (name, permitted.join(", ")),
        Violation::Excluded { name, excluded } => (name, excluded),
        Violation::CannotJudge { name, constraint } => (name, constraint),
    };
    Some(vec![("name", name), ("constraint", constraint)])
}

pub(super) fn outlives_issuer(judged: &Judged<'_>) -> Option<Fields> {
    let issuer_ends = judged.issuer?.validity().not_after();
    let until = judged.certificate.validity().not_after();
    Judged::broken(until > issuer_ends, || vec![("until", utc(until)), ("issuer_ends", utc(issuer_ends))])
}
