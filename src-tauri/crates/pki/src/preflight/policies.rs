//! Certificate policies and the rules about them (RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14).

use super::{Fields, Judged};
use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::oid;
use std::collections::HashSet;

const ANY_POLICY: &str = "2.5.29.32.0";
/// `id-qt-unotice` (RFC 5280 4.2.1.4).
const USER_NOTICE: &str = "1.3.6.1.5.5.7.2.2";
/// Characters of explicitText.
const LONGEST_NOTICE: usize = 200;

/// Each policy with the contents of its qualifiers.
fn policies<'a>(judged: &Judged<'a>) -> Option<Vec<(String, &'a [u8])>> {
    let read = |value: &'a [u8]| {
        let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
        let mut policies = Vec::new();
        while !list.is_empty() {
            let mut fields = list.enter(tag::SEQUENCE)?;
            let policy = oid_text(fields.expect(tag::OID)?.content);
            policies.push((policy, fields.optional(tag::SEQUENCE)?.map(|qualifiers| qualifiers.content).unwrap_or_default()));
        }
        Ok::<_, Malformed>(policies)
    };
    read(judged.value(oid::CERTIFICATE_POLICIES)?).ok()
}

pub(super) fn policies_empty(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(policies(judged)?.is_empty(), Vec::new)
}

pub(super) fn policy_repeated(judged: &Judged<'_>) -> Option<Fields> {
    let mut seen = HashSet::new();
    let (policy, _) = policies(judged)?.into_iter().find(|(policy, _)| !seen.insert(policy.clone()))?;
    Some(vec![("policy", policy)])
}

pub(super) fn policy_notice_too_long(judged: &Judged<'_>) -> Option<Fields> {
    let lengths = policies(judged)?.into_iter().filter_map(|(_, qualifiers)| longest_notice(qualifiers).ok());
    let characters = lengths.max().filter(|characters| *characters > LONGEST_NOTICE)?;
    Some(vec![("characters", characters.to_string()), ("longest", LONGEST_NOTICE.to_string())])
}

/// Characters of the longest explicitText among qualifiers.
fn longest_notice(qualifiers: &[u8]) -> Result<usize, Malformed> {
    let mut list = Reader::new(qualifiers);
    let mut longest = 0;
    while !list.is_empty() {
        let mut qualifier = list.enter(tag::SEQUENCE)?;
        if oid_text(qualifier.expect(tag::OID)?.content) != USER_NOTICE {
            continue;
        }
        let mut notice = qualifier.enter(tag::SEQUENCE)?;
        notice.optional(tag::SEQUENCE)?;
        if !notice.is_empty() {
            let text = notice.any()?;
            // BMPString has two octets for a character, the others are ASCII or UTF-8.
            let characters = if text.tag == 0x1e { text.content.len() / 2 } else { String::from_utf8_lossy(text.content).chars().count() };
            longest = longest.max(characters);
        }
    }
    Ok(longest)
}

pub(super) fn policy_constraints_empty(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(asn1::single(judged.value(oid::POLICY_CONSTRAINTS)?, tag::SEQUENCE).is_ok_and(|list| list.content.is_empty()), Vec::new)
}

pub(super) fn policy_constraints_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::POLICY_CONSTRAINTS) == Some(false), Vec::new)
}

pub(super) fn inhibit_any_policy_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::INHIBIT_ANY_POLICY) == Some(false), Vec::new)
}

/// Each mapping: a policy of the issuer and what it is the same as for the subject.
fn mappings(judged: &Judged<'_>) -> Option<Vec<(String, String)>> {
    let read = |value: &[u8]| {
        let mut list = Reader::new(asn1::single(value, tag::SEQUENCE)?.content);
        let mut mappings = Vec::new();
        while !list.is_empty() {
            let mut pair = list.enter(tag::SEQUENCE)?;
            mappings.push((oid_text(pair.expect(tag::OID)?.content), oid_text(pair.expect(tag::OID)?.content)));
        }
        Ok::<_, Malformed>(mappings)
    };
    read(judged.value(oid::POLICY_MAPPINGS)?).ok()
}

pub(super) fn any_policy_mapped(judged: &Judged<'_>) -> Option<Fields> {
    let mapped = mappings(judged)?.iter().any(|(issuer, subject)| issuer == ANY_POLICY || subject == ANY_POLICY);
    Judged::broken(mapped, Vec::new)
}

pub(super) fn policy_mappings_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::POLICY_MAPPINGS) == Some(false), Vec::new)
}

/// A policy that is mapped and not asserted is never reached.
pub(super) fn mapped_policy_not_asserted(judged: &Judged<'_>) -> Option<Fields> {
    let asserted = policies(judged).unwrap_or_default();
    let (policy, _) = mappings(judged)?.into_iter().find(|(issuer, _)| !asserted.iter().any(|(policy, _)| policy == issuer))?;
    Some(vec![("policy", policy)])
}

/// Rules about what authorities below may assert.
pub(super) fn policy_rule_in_leaf(judged: &Judged<'_>) -> Option<Fields> {
    let rules = [oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY];
    let found = rules.into_iter().find(|rule| judged.certificate.extension(rule).is_some() && !judged.certificate.is_authority())?;
    Some(vec![("extension", oid::name(found).unwrap_or(found).to_owned())])
}
