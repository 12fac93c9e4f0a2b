//! Version, serial number, algorithms, times and extensions as such (RFC 5280 4.1, 4.2).

use super::{Fields, Judged, raw, signature, utc};
use crate::asn1::{self, Reader, tag};
use crate::signature::SignatureAlgorithmId;
use std::collections::HashSet;

/// Apple's systems refuse TLS servers below private roots that live longer (HT210176).
const LONGEST_SERVER_DAYS: i64 = 825;

pub(super) fn version_not_three(judged: &Judged<'_>) -> Option<Fields> {
    let version = judged.certificate.version();
    Judged::broken(version != 3, || vec![("version", version.to_string())])
}

pub(super) fn serial_not_positive(judged: &Judged<'_>) -> Option<Fields> {
    let serial = judged.certificate.serial();
    Judged::broken(serial.is_negative() || serial.is_zero(), || vec![("serial", serial.to_string())])
}

pub(super) fn serial_too_long(judged: &Judged<'_>) -> Option<Fields> {
    let serial = judged.certificate.serial();
    let octets = serial.content_octets().len();
    Judged::broken(octets > 20, || vec![("serial", serial.to_string()), ("octets", octets.to_string())])
}

/// 64 bits from a random source take eight octets; what is shorter was counted, or is a root's.
pub(super) fn serial_short(judged: &Judged<'_>) -> Option<Fields> {
    let serial = judged.certificate.serial();
    let octets = serial.content_octets().len();
    let short = octets < 8 && !judged.certificate.is_self_issued();
    Judged::broken(short, || vec![("serial", serial.to_string()), ("octets", octets.to_string())])
}

pub(super) fn serial_not_minimal(judged: &Judged<'_>) -> Option<Fields> {
    let serial = judged.certificate.serial();
    Judged::broken(!serial.is_minimal(), || vec![("octets", hex::encode(serial.content_octets()))])
}

pub(super) fn signature_algorithms_differ(judged: &Judged<'_>) -> Option<Fields> {
    let (inner, outer) = (judged.certificate.inner_signature_algorithm_der(), judged.certificate.signature_algorithm_der());
    Judged::broken(inner != outer, || {
        let name = SignatureAlgorithmId::from_der(inner).map_or_else(|_| hex::encode(inner), |algorithm| algorithm.to_string());
        vec![("inner", name), ("outer", judged.certificate.signature_algorithm().to_string())]
    })
}

pub(super) fn signature_parameters_wrong(judged: &Judged<'_>) -> Option<Fields> {
    signature::parameters_wrong(judged.certificate.signature_algorithm())
}

pub(super) fn pss_parameters_uneven(judged: &Judged<'_>) -> Option<Fields> {
    signature::pss_parameters_uneven(judged.certificate.signature_algorithm())
}

pub(super) fn issuer_empty(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.issuer().is_empty(), Vec::new)
}

pub(super) fn unique_identifier_present(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(raw::has_unique_identifier(judged.certificate.tbs_der()), Vec::new)
}

pub(super) fn no_end(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.validity().never_ends(), Vec::new)
}

pub(super) fn validity_ends_before_start(judged: &Judged<'_>) -> Option<Fields> {
    let validity = judged.certificate.validity();
    Judged::broken(validity.not_after() < validity.not_before(), || {
        vec![("from", utc(validity.not_before())), ("until", utc(validity.not_after()))]
    })
}

/// UTCTime through 2049, GeneralizedTime from 2050, with seconds and `Z`, without fractions: writing the times anew gives the same bytes.
pub(super) fn time_encoding_wrong(judged: &Judged<'_>) -> Option<Fields> {
    let validity = judged.certificate.validity();
    let found = validity_der(judged.certificate.tbs_der())?;
    Judged::broken(found != validity.to_der(), || vec![("from", utc(validity.not_before())), ("until", utc(validity.not_after()))])
}

fn validity_der(tbs: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(asn1::single(tbs, tag::SEQUENCE).ok()?.content);
    reader.optional(0xa0).ok()?;
    reader.expect(tag::INTEGER).ok()?;
    reader.expect(tag::SEQUENCE).ok()?;
    reader.expect(tag::SEQUENCE).ok()?;
    reader.expect(tag::SEQUENCE).ok().map(|validity| validity.raw)
}

pub(super) fn extension_repeated(judged: &Judged<'_>) -> Option<Fields> {
    let mut seen = HashSet::new();
    let repeated = judged.certificate.extensions().iter().find(|extension| !seen.insert(&extension.oid))?;
    Some(vec![("extension", repeated.oid.clone())])
}

pub(super) fn extension_unreadable(judged: &Judged<'_>) -> Option<Fields> {
    judged.certificate.unreadable_extensions().first().map(|oid| vec![("extension", oid.clone())])
}

/// DER leaves out what has its default value: `critical FALSE` is not written, and TRUE is 0xFF.
pub(super) fn critical_flag_wrong(judged: &Judged<'_>) -> Option<Fields> {
    let found = raw::extensions_of(judged.certificate.tbs_der(), 0xa3);
    let wrong = found.into_iter().find(|extension| extension.critical.is_some_and(|flag| flag != [0xff]))?;
    Some(vec![("extension", wrong.oid)])
}

/// Whoever does not know a critical extension has to refuse the certificate.
pub(super) fn extension_critical_and_unknown(judged: &Judged<'_>) -> Option<Fields> {
    let mut critical = judged.certificate.extensions().iter().filter(|extension| extension.critical);
    let unknown = critical.find(|extension| crate::oid::name(&extension.oid).is_none())?;
    Some(vec![("extension", unknown.oid.clone())])
}

pub(super) fn server_lives_too_long(judged: &Judged<'_>) -> Option<Fields> {
    let seconds = judged.certificate.validity().seconds();
    let too_long = judged.is_server() && seconds > LONGEST_SERVER_DAYS * 86_400;
    Judged::broken(too_long, || vec![("days", (seconds / 86_400).to_string()), ("longest", LONGEST_SERVER_DAYS.to_string())])
}
