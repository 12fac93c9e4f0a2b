//! The tests of a path, one after another, but for revocation (RFC 5280 6.1.3, 6.1.4).

use super::{Detail, Purpose, Record, VerifyInput, host, moment};
use crate::{
    certificate::Certificate,
    oid,
    signature::SignatureVerdict,
    usage::{KeyUsage, KeyUsages},
};

/// Extensions that these tests honour, so that they may be critical.
const UNDERSTOOD: &[&str] = &[
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    // Any policy is acceptable here, so the statement of some may be passed over (RFC 5280 6.1.1 (c)).
    oid::CERTIFICATE_POLICIES,
];

/// Extensions whose damage changes what a certificate allows.
const MUST_BE_READABLE: &[&str] =
    &[oid::BASIC_CONSTRAINTS, oid::KEY_USAGE, oid::NAME_CONSTRAINTS, oid::SUBJECT_ALT_NAME, oid::EXTENDED_KEY_USAGE];

pub(super) fn test(input: &VerifyInput<'_>, path: &[Certificate], record: &mut Record) {
    for (index, certificate) in path.iter().enumerate() {
        if let Some(issuer) = path.get(index + 1) {
            signature(certificate, issuer, index, record);
        }
        validity(input, certificate, index, record);
        critical_extensions(certificate, index, record);
        if index > 0 {
            basic_constraints(certificate, index, record);
            path_length(path, certificate, index, record);
            may_sign(certificate, index, record);
            name_constraints(path, certificate, index, record);
        }
        extended_key_usage(input.purpose, certificate, index, index + 1 == path.len(), record);
    }
    if let Some(leaf) = path.first() {
        leaf_usage(input.purpose, leaf, record);
        host_name(input.host, leaf, record);
    }
}

fn signature(certificate: &Certificate, issuer: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.3 (a)(1)";
    let mut detail: Detail = vec![("issuer", issuer.display_name()), ("algorithm", certificate.signature_algorithm().to_string())];
    if certificate.signature_algorithm_der() != certificate.inner_signature_algorithm_der() {
        detail.push(("problem", "the algorithms inside and outside differ".to_owned()));
        return record.fail("signature", "RFC 5280 4.1.1.2", index, detail);
    }
    match certificate.signed_by(issuer.public_key()) {
        SignatureVerdict::Valid => record.pass("signature", CLAUSE, index, detail),
        SignatureVerdict::ValidButWeak(weakness) => {
            detail.push(("weakness", weakness.to_owned()));
            record.pass("signature", CLAUSE, index, detail);
        }
        SignatureVerdict::Invalid => record.fail("signature", CLAUSE, index, detail),
        SignatureVerdict::CannotCheck(problem) => {
            detail.push(("problem", problem));
            record.unknown("signature", CLAUSE, index, detail);
        }
    }
}

fn validity(input: &VerifyInput<'_>, certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.3 (a)(2)";
    let validity = certificate.validity();
    let detail = vec![("from", moment(validity.not_before())), ("until", moment(validity.not_after())), ("at", moment(input.at))];
    record.judged(validity.contains(input.at), "validity", CLAUSE, index, detail);
}

fn critical_extensions(certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.4 (o), 6.1.5 (f)";
    let subject = ("subject", certificate.display_name());
    let unreadable = certificate.unreadable_extensions();
    let mut seen = Vec::new();
    for extension in certificate.extensions() {
        let oid = extension.oid.as_str();
        if seen.contains(&oid) {
            let problem = format!("{} stands there twice", oid::name(oid).unwrap_or(oid));
            return record.unknown("critical-extensions", "RFC 5280 4.2", index, vec![subject, ("problem", problem)]);
        }
        seen.push(oid);
        let damaged = unreadable.iter().any(|unreadable| unreadable == oid);
        if damaged && (extension.critical || MUST_BE_READABLE.contains(&oid)) {
            let problem = format!("{} is damaged", oid::name(oid).unwrap_or(oid));
            return record.unknown("critical-extensions", CLAUSE, index, vec![subject, ("problem", problem)]);
        }
        if extension.critical && !UNDERSTOOD.contains(&oid) {
            let named = oid::name(oid).map_or_else(|| oid.to_owned(), |name| format!("{name} ({oid})"));
            return record.fail("critical-extensions", CLAUSE, index, vec![subject, ("oid", named)]);
        }
    }
    record.pass("critical-extensions", CLAUSE, index, vec![subject]);
}

fn basic_constraints(certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.4 (k)";
    let detail = vec![("subject", certificate.display_name())];
    record.judged(certificate.is_authority(), "basic-constraints", CLAUSE, index, detail);
}

/// Authorities between the issuer and the certificate judged, self-issued ones not counted (RFC 5280 4.2.1.9).
fn path_length(path: &[Certificate], certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.4 (l), (m)";
    let below = path.iter().take(index).skip(1).filter(|between| !between.is_self_issued()).count();
    let mut detail = vec![("subject", certificate.display_name()), ("found", below.to_string())];
    let Some(allowed) = certificate.path_length() else { return record.pass("path-length", CLAUSE, index, detail) };
    detail.push(("allowed", allowed.to_string()));
    if usize::try_from(allowed).is_ok_and(|allowed| below > allowed) {
        record.fail("path-length", CLAUSE, index, detail);
    } else {
        record.pass("path-length", CLAUSE, index, detail);
    }
}

fn may_sign(certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.4 (n)";
    let detail = vec![("subject", certificate.display_name()), ("usage", KeyUsage::KeyCertSign.as_str().to_owned())];
    record.judged(certificate.key_usages().is_none_or(|usages| usages.contains(KeyUsage::KeyCertSign)), "key-usage", CLAUSE, index, detail);
}

/// The constraints of one authority on all that is below it; self-issued authorities between are exempt (RFC 5280 6.1.3 (b)).
fn name_constraints(path: &[Certificate], certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.3 (b), (c)";
    let Some(constraints) = certificate.name_constraints() else { return };
    let issuer = ("issuer", certificate.display_name());
    for (position, below) in path.iter().enumerate().take(index) {
        if position > 0 && below.is_self_issued() {
            continue;
        }
        if let Err(violation) = constraints.permits_all(below.subject(), below.names()) {
            let detail = vec![("name", violation_name(&violation)), issuer, ("problem", violation.to_string())];
            return record.fail("name-constraints", CLAUSE, position, detail);
        }
    }
    record.pass("name-constraints", CLAUSE, index, vec![issuer]);
}

fn violation_name(violation: &crate::constraints::Violation) -> String {
    use crate::constraints::Violation::{CannotJudge, Excluded, NotPermitted};
    match violation {
        NotPermitted { name, .. } | Excluded { name, .. } | CannotJudge { name, .. } => name.clone(),
    }
}

/// Purposes narrow from authority to authority, as every browser takes it; the trusted end is not asked.
fn extended_key_usage(purpose: Purpose, certificate: &Certificate, index: usize, is_anchor: bool, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 4.2.1.12";
    let wanted = match purpose {
        Purpose::Any => return,
        Purpose::TlsServer => "1.3.6.1.5.5.7.3.1",
        Purpose::TlsClient => "1.3.6.1.5.5.7.3.2",
        Purpose::CodeSigning => "1.3.6.1.5.5.7.3.3",
        Purpose::Email => "1.3.6.1.5.5.7.3.4",
    };
    if is_anchor && index > 0 {
        return;
    }
    let detail = vec![("purpose", purpose.as_str().to_owned()), ("subject", certificate.display_name())];
    let allowed =
        certificate.extended_key_usages().is_none_or(|usages| usages.iter().any(|usage| usage == wanted || usage == "2.5.29.37.0"));
    record.judged(allowed, "extended-key-usage", CLAUSE, index, detail);
}

/// What the key of the certificate itself must be meant for (RFC 5280 4.2.1.12 names the consistent usages).
fn leaf_usage(purpose: Purpose, leaf: &Certificate, record: &mut Record) {
    let wanted: &[KeyUsage] = match purpose {
        Purpose::Any => return,
        Purpose::TlsServer => &[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment, KeyUsage::KeyAgreement],
        Purpose::TlsClient => &[KeyUsage::DigitalSignature, KeyUsage::KeyAgreement],
        Purpose::Email => &[KeyUsage::DigitalSignature, KeyUsage::ContentCommitment, KeyUsage::KeyEncipherment, KeyUsage::KeyAgreement],
        Purpose::CodeSigning => &[KeyUsage::DigitalSignature],
    };
    let names: Vec<&str> = wanted.iter().map(|usage| usage.as_str()).collect();
    let detail = vec![("subject", leaf.display_name()), ("usage", names.join(", "))];
    let meets = |usages: KeyUsages| wanted.iter().any(|usage| usages.contains(*usage));
    record.judged(leaf.key_usages().is_none_or(meets), "key-usage", "RFC 5280 4.2.1.3", 0, detail);
}

fn host_name(host: Option<&str>, leaf: &Certificate, record: &mut Record) {
    let Some(host) = host else { return };
    let names: Vec<String> = leaf.names().iter().map(ToString::to_string).collect();
    let detail = vec![("host", host.to_owned()), ("names", names.join(", "))];
    record.judged(host::carries(leaf, host), "host", "RFC 9525 6", 0, detail);
}
