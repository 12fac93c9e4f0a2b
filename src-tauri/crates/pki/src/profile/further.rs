//! Extensions that a profile writes as they are, the same in every certificate.

use super::document::ExtensionsDocument;
use super::problem::{ProblemKind, Problems};
use crate::asn1::{self, NULL, Reader};
use crate::certificate::Extension;
use crate::oid;

/// Extensions that have fields of their own, or follow from subject, names, key and issuer: none of them may come as bytes.
const WRITTEN_ELSEWHERE: [&str; 19] = [
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::POLICY_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::FRESHEST_CRL,
    oid::INHIBIT_ANY_POLICY,
    oid::AUTHORITY_INFO_ACCESS,
    oid::SUBJECT_INFO_ACCESS,
    oid::TLS_FEATURE,
    oid::OCSP_NO_CHECK,
    oid::NO_REV_AVAIL,
];

/// Whether Chancery writes this extension itself, so that it is never copied from a profile's or a request's bytes.
pub(crate) fn is_written_elsewhere(oid: &str) -> bool {
    WRITTEN_ELSEWHERE.contains(&oid)
}

/// id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1).
pub(super) fn ocsp_no_check() -> Extension {
    Extension { oid: oid::OCSP_NO_CHECK.to_owned(), critical: false, der: NULL.to_vec() }
}

/// noRevAvail (RFC 9608 2).
fn no_revocation_available() -> Extension {
    Extension { oid: oid::NO_REV_AVAIL.to_owned(), critical: false, der: NULL.to_vec() }
}

pub(super) fn check(document: &ExtensionsDocument, _authority: bool, problems: &mut Problems) -> Vec<Extension> {
    let mut written = Vec::new();
    if document.ocsp_no_check {
        written.push(ocsp_no_check());
    }
    if document.no_revocation_available {
        written.push(no_revocation_available());
    }
    for (index, raw) in document.raw.iter().enumerate() {
        let field = |name: &str| format!("extensions.raw[{index}].{name}");
        if asn1::oid(&raw.oid).is_none() {
            problems.add(field("oid"), ProblemKind::BadOid, &raw.oid);
        } else if is_written_elsewhere(&raw.oid) {
            problems.add(field("oid"), ProblemKind::WrittenElsewhere, &raw.oid);
        } else if written.iter().any(|before: &Extension| before.oid == raw.oid) {
            problems.add(field("oid"), ProblemKind::Duplicate, &raw.oid);
        }
        match hex::decode(&raw.der).ok().filter(|der| is_one_element(der)) {
            Some(der) => written.push(Extension { oid: raw.oid.clone(), critical: raw.critical, der }),
            None => problems.add(field("der"), ProblemKind::BadDer, &raw.der),
        }
    }
    written
}

fn is_one_element(der: &[u8]) -> bool {
    let mut reader = Reader::new(der);
    reader.any().is_ok() && reader.finish().is_ok()
}
