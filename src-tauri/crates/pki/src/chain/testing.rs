//! The tests of a path, one after another, but for revocation (RFC 5280 6.1.3, 6.1.4).

use super::{Detail, Purpose, Record, VerifyInput, Walk, host, moment};
use crate::{
    certificate::Certificate,
    constraints::{NameConstraints, Violation},
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
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
];

/// Extensions whose damage changes what a certificate allows.
const MUST_BE_READABLE: &[&str] = &[
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::NAME_CONSTRAINTS,
    oid::SUBJECT_ALT_NAME,
    oid::EXTENDED_KEY_USAGE,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::POLICY_CONSTRAINTS,
    oid::INHIBIT_ANY_POLICY,
];

/// Names times subtrees that are compared for one authority, at most: ten thousand names under a hundred subtrees.
const MOST_COMPARISONS: usize = 1_000_000;

pub(super) fn test(walk: &Walk<'_>, record: &mut Record) {
    let (input, path) = (walk.input, walk.path);
    let last = path.len().saturating_sub(1);
    for (index, certificate) in path.iter().enumerate() {
        signature(walk, certificate, index, record);
        validity(input, certificate, index, record);
        critical_extensions(certificate, index, record);
        if index > 0 {
            basic_constraints(certificate, index, index == last, record);
            path_length(path, certificate, index, record);
            may_sign(certificate, index, record);
            if let Some(constraints) = certificate.name_constraints() {
                name_constraints(path, &constraints, certificate.display_name(), index, record);
            }
        }
        extended_key_usage(input.purpose, certificate, index, index == last, record);
    }
    if let Some(constraints) = input.names {
        // The trusted certificate itself is not bound; one that is judged by itself is.
        name_constraints(path, constraints, "-".to_owned(), last.max(1), record);
    }
    if let Some(leaf) = path.first() {
        purposes_left(input.purpose, path, record);
        leaf_usage(input.purpose, leaf, record);
        host_name(input.host, leaf, record);
    }
}

fn signature(walk: &Walk<'_>, certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.3 (a)(1)";
    let (Some(issuer), Some(key)) = (walk.path.get(index + 1), walk.keys.get(index + 1)) else { return };
    let mut detail: Detail = vec![("issuer", issuer.display_name()), ("algorithm", certificate.signature_algorithm().to_string())];
    if certificate.signature_algorithm_der() != certificate.inner_signature_algorithm_der() {
        detail.push(("problem", "the algorithms inside and outside differ".to_owned()));
        return record.fail("signature", "RFC 5280 4.1.1.2", index, detail);
    }
    match walk.proofs.certificate(certificate, key) {
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

/// A trusted certificate may be of version 1, which cannot say that it is an authority; nothing between may.
fn basic_constraints(certificate: &Certificate, index: usize, is_anchor: bool, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.4 (k)";
    let stated = certificate.basic_constraints().is_some_and(|constraints| constraints.authority);
    let detail = vec![("subject", certificate.display_name())];
    record.judged(stated || (is_anchor && certificate.is_authority()), "basic-constraints", CLAUSE, index, detail);
}

/// Authorities between the issuer and the certificate judged, self-issued ones not counted (RFC 5280 4.2.1.9).
fn path_length(path: &[Certificate], certificate: &Certificate, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.4 (l), (m)";
    let below = path.iter().take(index).skip(1).filter(|between| !is_self_issued(between)).count();
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

/// Whether subject and issuer are one name (RFC 5280 6.1).
fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.subject().matches(certificate.issuer())
}

/// The constraints of one authority on all that is below it; self-issued authorities between are exempt (RFC 5280 6.1.3 (b)). That
/// every authority's are kept to is the same as that the intersection is (6.1.4 (g)).
fn name_constraints(path: &[Certificate], constraints: &NameConstraints, issuer: String, index: usize, record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 6.1.3 (b), (c)";
    let issuer = ("issuer", issuer);
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    for (position, below) in path.iter().enumerate().take(index) {
        if position > 0 && is_self_issued(below) {
            continue;
        }
        if below.names().len().saturating_add(1).saturating_mul(subtrees) > MOST_COMPARISONS {
            let problem = format!("{} names and {subtrees} subtrees", below.names().len());
            return record.unknown("name-constraints", CLAUSE, position, vec![issuer, ("problem", problem)]);
        }
        if let Err(violation) = constraints.permits_all(below.subject(), below.names()) {
            let detail = vec![("name", violation_name(&violation)), issuer, ("problem", violation.to_string())];
            return record.fail("name-constraints", CLAUSE, position, detail);
        }
    }
    record.pass("name-constraints", CLAUSE, index.min(path.len().saturating_sub(1)), vec![issuer]);
}

fn violation_name(violation: &Violation) -> String {
    match violation {
        Violation::NotPermitted { name, .. } | Violation::Excluded { name, .. } | Violation::CannotJudge { name, .. } => name.clone(),
    }
}

/// Where no purpose is asked for, whether any is left: each authority's purposes narrow those below it.
fn purposes_left(purpose: Purpose, path: &[Certificate], record: &mut Record) {
    const CLAUSE: &str = "RFC 5280 4.2.1.12";
    const ANY: &str = "2.5.29.37.0";
    let (Purpose::Any, [leaf, between @ .., _]) = (purpose, path) else { return };
    let mut left: Option<Vec<String>> = leaf.extended_key_usages().filter(|usages| !usages.iter().any(|usage| usage == ANY));
    for authority in between {
        let Some(allowed) = authority.extended_key_usages().filter(|usages| !usages.iter().any(|usage| usage == ANY)) else { continue };
        let narrowed: Vec<String> = match left {
            Some(left) => left.into_iter().filter(|usage| allowed.contains(usage)).collect(),
            None => allowed,
        };
        if narrowed.is_empty() {
            let detail = vec![("subject", leaf.display_name()), ("issuer", authority.display_name())];
            return record.fail("purpose-nesting", CLAUSE, 0, detail);
        }
        left = Some(narrowed);
    }
    if between.iter().any(|authority| authority.extended_key_usages().is_some()) {
        let left = left.unwrap_or_else(|| vec![ANY.to_owned()]);
        let names: Vec<&str> = left.iter().map(|usage| oid::name(usage).unwrap_or(usage)).collect();
        record.pass("purpose-nesting", CLAUSE, 0, vec![("subject", leaf.display_name()), ("purposes", names.join(", "))]);
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
