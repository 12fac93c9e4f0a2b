//! What the purposes of extKeyUsage ask of the rest (RFC 5280 4.2.1.12, RFC 3161, RFC 6960).

use super::usages::listed;
use super::{Fields, Judged};
use crate::oid;
use crate::usage::KeyUsage::{self, ContentCommitment, DigitalSignature, KeyAgreement, KeyEncipherment};

const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
const CODE_SIGNING: &str = "1.3.6.1.5.5.7.3.3";
const EMAIL: &str = "1.3.6.1.5.5.7.3.4";
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// The usages of which a purpose needs one, as RFC 5280 4.2.1.12 lists them. What a server needs is a lint of its own.
const NEEDED: &[(&str, &[KeyUsage])] = &[
    (CLIENT, &[DigitalSignature, KeyAgreement]),
    (CODE_SIGNING, &[DigitalSignature]),
    (EMAIL, &[DigitalSignature, ContentCommitment, KeyEncipherment, KeyAgreement]),
    (TIME_STAMPING, &[DigitalSignature, ContentCommitment]),
    (OCSP_SIGNING, &[DigitalSignature, ContentCommitment]),
];

fn leaf_purposes<'a>(judged: &Judged<'a>) -> Option<&'a [String]> {
    if judged.certificate.is_authority() { None } else { judged.certificate.lent_extended_key_usages() }
}

fn label(purpose: &str) -> String {
    oid::name(purpose).unwrap_or(purpose).to_owned()
}

pub(super) fn purpose_does_not_fit_usages(judged: &Judged<'_>) -> Option<Fields> {
    let (purposes, usages) = (leaf_purposes(judged)?, judged.certificate.key_usages()?);
    let asked = NEEDED.iter().filter(|(purpose, _)| purposes.iter().any(|found| found == purpose));
    let (purpose, _) = asked.into_iter().find(|(_, needed)| !needed.iter().any(|usage| usages.contains(*usage)))?;
    Some(vec![("purpose", label(purpose)), ("usages", listed(usages))])
}

/// A program that looks for one purpose finds it in "any", or refuses the extension: critical, it can only refuse.
pub(super) fn any_purpose_critical(judged: &Judged<'_>) -> Option<Fields> {
    let any = judged.has_extended_key_usage("2.5.29.37.0");
    Judged::broken(any && judged.is_critical(oid::EXTENDED_KEY_USAGE) == Some(true), Vec::new)
}

pub(super) fn time_stamping_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    let stamps = leaf_purposes(judged)?.iter().any(|purpose| purpose == TIME_STAMPING);
    Judged::broken(stamps && judged.is_critical(oid::EXTENDED_KEY_USAGE) == Some(false), Vec::new)
}

pub(super) fn time_stamping_beside_others(judged: &Judged<'_>) -> Option<Fields> {
    let purposes = leaf_purposes(judged)?;
    let beside = purposes.len() > 1 && purposes.iter().any(|purpose| purpose == TIME_STAMPING);
    Judged::broken(beside, || vec![("purposes", purposes.iter().map(|purpose| label(purpose)).collect::<Vec<_>>().join(", "))])
}

/// Without the mark a client may ask about the responder, at the responder.
pub(super) fn ocsp_signer_to_be_checked(judged: &Judged<'_>) -> Option<Fields> {
    let answers = leaf_purposes(judged)?.iter().any(|purpose| purpose == OCSP_SIGNING);
    Judged::broken(answers && judged.certificate.extension(oid::OCSP_NO_CHECK).is_none(), Vec::new)
}

/// One stolen key of a server then signs programs as well.
pub(super) fn server_signs_code(judged: &Judged<'_>) -> Option<Fields> {
    let purposes = leaf_purposes(judged)?;
    let signs = judged.is_server() && purposes.iter().any(|purpose| purpose == CODE_SIGNING);
    Judged::broken(signs, Vec::new)
}
