//! A list beside the certificate of its issuer (RFC 5280 6.3.3).

use super::super::utc;
use super::{Fields, JudgedCrl};
use crate::usage::KeyUsage;

pub(super) fn crl_issuer_name_differs(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let (found, expected) = (judged.crl.issuer(), judged.issuer?.subject());
    (found != expected).then(|| vec![("issuer", found.rfc4514()), ("expected", expected.rfc4514())])
}

pub(super) fn crl_authority_key_id_differs(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let (found, expected) = (judged.crl.authority_key_id()?, judged.issuer?.key_id_for_children());
    (*found != expected).then(|| vec![("found", found.to_string()), ("expected", expected.to_string())])
}

pub(super) fn crl_issuer_may_not_sign(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let issuer = judged.issuer?;
    let lacks = issuer.key_usages().is_some_and(|usages| !usages.contains(KeyUsage::CrlSign));
    lacks.then(|| vec![("issuer", issuer.display_name())])
}

/// Nobody checks a list with a certificate that has ended.
pub(super) fn crl_outlives_issuer(judged: &JudgedCrl<'_>) -> Option<Fields> {
    let (next, ends) = (judged.crl.next_update()?, judged.issuer?.validity().not_after());
    (next > ends).then(|| vec![("next", utc(next)), ("issuer_ends", utc(ends))])
}
