//! Version, algorithms, issuer and times of a list (RFC 5280 5.1).

use super::super::{raw, signature, utc};
use super::{Fields, JudgedCrl};
use crate::asn1::tag;
use crate::validity::time_to_der;

/// Twelve months, the most for lists of authorities; leaves have their lists every few days.
const LONGEST_DAYS: i64 = 366;

fn broken(is: bool, fields: impl FnOnce() -> Fields) -> Option<Fields> {
    is.then(fields)
}

/// Version 1 has no extensions, so neither number nor key identifier.
pub(super) fn crl_version_not_two(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let version = judged.crl.version();
    broken(version != 2, || vec![("version", version.to_string())])
}

pub(super) fn crl_algorithms_differ(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(!judged.crl.algorithms_agree(), || vec![("outer", judged.crl.signature_algorithm().to_string())])
}

pub(super) fn crl_signature_parameters_wrong(judged: &JudgedCrl<'_>) -> Option<Fields> {
    signature::parameters_wrong(judged.crl.signature_algorithm())
}

pub(super) fn crl_pss_parameters_uneven(judged: &JudgedCrl<'_>) -> Option<Fields> {
    signature::pss_parameters_uneven(judged.crl.signature_algorithm())
}

pub(super) fn crl_signature_weak(judged: &JudgedCrl<'_>) -> Option<Fields> {
    signature::weak(judged.crl.signature_algorithm())
}

pub(super) fn crl_issuer_empty(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.crl.issuer().is_empty(), Vec::new)
}

pub(super) fn crl_next_update_missing(judged: &JudgedCrl<'_>) -> Option<Fields> {
    broken(judged.crl.next_update().is_none(), Vec::new)
}

pub(super) fn crl_next_update_not_after_this(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let (this, next) = (judged.crl.this_update(), judged.crl.next_update()?);
    broken(next <= this, || vec![("this", utc(this)), ("next", utc(next))])
}

/// As in certificates: writing the times anew gives the same octets.
pub(super) fn crl_time_encoding_wrong(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let times = raw::times_of(judged.crl.tbs_der());
    let read = [Some(judged.crl.this_update()), judged.crl.next_update()];
    let wrong = read.into_iter().flatten().zip(times).find(|(moment, found)| time_to_der(*moment) != *found);
    wrong.map(|(moment, _)| vec![("time", utc(moment))])
}

/// revokedCertificates is left out where nothing is revoked.
pub(super) fn crl_entries_empty(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let fields = raw::fields(judged.crl.tbs_der()).ok()?;
    let is_time = |found: &crate::asn1::Tlv<'_>| matches!(found.tag, tag::UTC_TIME | tag::GENERALIZED_TIME);
    let after = fields.into_iter().skip_while(|field| !is_time(field)).find(|field| !is_time(field))?;
    broken(after.tag == tag::SEQUENCE && after.content.is_empty(), Vec::new)
}

pub(super) fn crl_lives_too_long(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let days = (judged.crl.next_update()? - judged.crl.this_update()).whole_days();
    broken(days > LONGEST_DAYS, || vec![("days", days.to_string()), ("longest", LONGEST_DAYS.to_string())])
}
