//! Looking revocations up in lists (RFC 5280 6.3.3). A list answers only for certificates of its own issuer and key.

use time::OffsetDateTime;

use super::{Record, VerifyInput, building::same_name, moment};
use crate::{
    asn1::{self, Reader, tag},
    certificate::Certificate,
    crl::{Crl, CrlEntry},
    oid,
    revocation::RevocationReason,
    usage::KeyUsage,
};

const CLAUSE: &str = "RFC 5280 6.3.3";

pub(super) fn test(input: &VerifyInput<'_>, path: &[Certificate], record: &mut Record) {
    for (index, pair) in path.windows(2).enumerate() {
        if let [certificate, issuer] = pair {
            test_one(input, certificate, issuer, index, record);
        }
    }
}

fn test_one(input: &VerifyInput<'_>, certificate: &Certificate, issuer: &Certificate, index: usize, record: &mut Record) {
    let issuer_name = ("issuer", issuer.display_name());
    let may_sign = issuer.key_usages().is_none_or(|usages| usages.contains(KeyUsage::CrlSign));
    let usable: Vec<&Crl> = input.crls.iter().filter(|crl| may_sign && answers_for(crl, certificate, issuer)).collect();
    let mut current: Option<&Crl> = None;
    for crl in usable.iter().copied().filter(|crl| !crl.is_delta()) {
        let Ok(entry) = crl.find(certificate.serial()) else {
            let problem = format!("an entry of CRL {} cannot be read", number(crl));
            return record.unknown("revocation", CLAUSE, index, vec![issuer_name, ("problem", problem)]);
        };
        match state(crl, entry, &usable, certificate, input.at) {
            State::Revoked { at, reason } => {
                let reason = reason.unwrap_or(RevocationReason::Unspecified).as_str().to_owned();
                let detail = vec![("at", moment(at)), ("reason", reason), issuer_name, ("number", number(crl))];
                return record.fail("revocation", CLAUSE, index, detail);
            }
            State::Good if is_current(crl, input.at) && current.is_none_or(|best| best.this_update() < crl.this_update()) => {
                current = Some(crl);
            }
            State::Good => {}
        }
    }
    match current {
        Some(crl) => record.pass("revocation", CLAUSE, index, vec![("number", number(crl)), issuer_name]),
        None => record.unknown("revocation", CLAUSE, index, vec![issuer_name]),
    }
}

fn number(crl: &Crl) -> String {
    crl.number().map_or_else(|| "without number".to_owned(), ToString::to_string)
}

enum State {
    Good,
    Revoked { at: OffsetDateTime, reason: Option<RevocationReason> },
}

/// What a base says, corrected by the newest delta that builds on it (RFC 5280 5.2.4).
fn state(base: &Crl, entry: Option<CrlEntry<'_>>, usable: &[&Crl], certificate: &Certificate, at: OffsetDateTime) -> State {
    let builds_on_it = |delta: &&&Crl| {
        delta.is_delta()
            && is_current(delta, at)
            && delta.idp_der() == base.idp_der()
            && matches!((delta.base_number(), delta.number(), base.number()), (Some(from), Some(to), Some(base)) if from <= base && base <= to)
    };
    let newest = usable.iter().filter(builds_on_it).max_by_key(|delta| delta.this_update());
    let corrected = newest.and_then(|delta| delta.find(certificate.serial()).ok().flatten());
    match corrected.or(entry) {
        Some(entry) if entry.reason() == Some(RevocationReason::RemoveFromCrl) => State::Good,
        // A revocation later than the moment judged had not happened yet.
        Some(entry) if entry.revoked_at() <= at => State::Revoked { at: entry.revoked_at(), reason: entry.reason() },
        _ => State::Good,
    }
}

fn is_current(crl: &Crl, at: OffsetDateTime) -> bool {
    crl.this_update() <= at && crl.next_update().is_some_and(|next| at <= next)
}

/// Whether a list is of the issuer's name and key, holds nothing critical that is not understood, and its scope holds the
/// certificate. Indirect lists and lists for some reasons only are passed over: they would answer half.
fn answers_for(crl: &Crl, certificate: &Certificate, issuer: &Certificate) -> bool {
    let understood = [oid::ISSUING_DISTRIBUTION_POINT, oid::DELTA_CRL_INDICATOR, oid::AUTHORITY_KEY_IDENTIFIER, oid::CRL_NUMBER];
    same_name(crl.issuer(), issuer.subject())
        && crl.algorithms_agree()
        && crl.extensions().iter().all(|extension| !extension.critical || understood.contains(&extension.oid.as_str()))
        && in_scope(crl, certificate)
        && crl.signed_by(issuer.public_key()).is_valid()
}

/// issuingDistributionPoint (RFC 5280 5.2.5, 6.3.3 (b)(2)).
fn in_scope(crl: &Crl, certificate: &Certificate) -> bool {
    let Some(value) = crl.idp_der() else { return true };
    let Ok(sequence) = asn1::single(value, tag::SEQUENCE) else { return false };
    let mut fields = Reader::new(sequence.content);
    while !fields.is_empty() {
        let Ok(field) = fields.any() else { return false };
        let set = field.content.iter().any(|octet| *octet != 0);
        let holds = match field.tag {
            0xa0 => {
                let urls = crl.idp_urls();
                let listed = certificate.addresses().crl_urls;
                urls.iter().any(|url| listed.contains(url))
            }
            0x81 => !set || !certificate.is_authority(),
            0x82 => !set || certificate.is_authority(),
            0x84 | 0x85 => !set,
            _ => false,
        };
        if !holds {
            return false;
        }
    }
    true
}
