//! Lints of revocation lists (RFC 5280 section 5): over the list as such, and over its entries.
//!
//! The entries of a list that we make are judged when they are encoded, once; [`lint_crl_frame`] judges the rest before it is signed,
//! however many there are. [`lint_crl`] judges all of a list that came from elsewhere.

mod entries;
mod extensions;
mod frame;
mod issuer;
mod table;

use super::{Check, Fields, Finding, LintInfo};
use crate::certificate::Certificate;
use crate::crl::{Crl, CrlEntry};
use crate::oid;
use std::collections::HashSet;
use time::OffsetDateTime;

pub(super) use entries::JudgedEntry;

/// A list under judgement, with the certificate of its issuer where that is known.
pub(super) struct JudgedCrl<'a> {
    crl: &'a Crl,
    issuer: Option<&'a Certificate>,
}

impl<'a> JudgedCrl<'a> {
    /// The contents of the first extension of this kind.
    fn value(&self, oid: &str) -> Option<&'a [u8]> {
        self.crl.extension(oid).map(|extension| extension.der.as_slice())
    }

    fn is_critical(&self, oid: &str) -> Option<bool> {
        self.crl.extension(oid).map(|extension| extension.critical)
    }
}

/// What an entry is judged by, beside itself.
#[derive(Debug, Clone, Copy, Default)]
struct Surroundings {
    /// Whether it stands in a list that tells changes only; `None` where it stands in none yet.
    delta: Option<bool>,
    /// Whether the list holds entries of other issuers too.
    indirect: bool,
    this_update: Option<OffsetDateTime>,
}

/// All lints of revocation lists, in the order in which findings come.
pub fn crl_lints() -> &'static [LintInfo] {
    table::LINTS
}

/// What is wrong with a list but for its entries. Rules that compare it with its issuer are judged if the issuer's certificate is given.
pub fn lint_crl_frame(crl: &Crl, issuer: Option<&Certificate>) -> Vec<Finding> {
    let judged = JudgedCrl { crl, issuer };
    let found = |lint: &LintInfo| match lint.check {
        Check::Crl(check) => check(&judged).map(|fields| lint.finding(fields)),
        _ => None,
    };
    table::LINTS.iter().filter_map(found).collect()
}

/// What is wrong with one entry that is to stand on lists.
pub fn lint_crl_entry(entry: &CrlEntry<'_>) -> Vec<Finding> {
    let judged = JudgedEntry::of(*entry, Surroundings::default());
    let found = |lint: &LintInfo| match lint.check {
        Check::Entry(check) => check(&judged).map(|fields| lint.finding(counted(fields, 1))),
        _ => None,
    };
    table::LINTS.iter().filter_map(found).collect()
}

/// What is wrong with a list and its entries. A rule that several entries break gives one finding: of the first of them, and how many.
pub fn lint_crl(crl: &Crl, issuer: Option<&Certificate>) -> Vec<Finding> {
    let mut findings = lint_crl_frame(crl, issuer);
    let surroundings =
        Surroundings { delta: Some(crl.is_delta()), indirect: extensions::is_indirect(crl), this_update: Some(crl.this_update()) };
    let lints: Vec<&LintInfo> = table::LINTS.iter().filter(|lint| matches!(lint.check, Check::Entry(_))).collect();
    let mut broken: Vec<(Option<Fields>, u64)> = lints.iter().map(|_| (None, 0)).collect();
    let mut unreadable: (Option<Fields>, u64) = (None, 0);
    let mut repeated: (Option<Fields>, u64) = (None, 0);
    let mut serials = HashSet::new();
    let count = |tally: &mut (Option<Fields>, u64), fields: Fields| {
        tally.0.get_or_insert(fields);
        tally.1 += 1;
    };
    for (place, entry) in (1_u64..).zip(crl.entries()) {
        let Ok(entry) = entry else {
            count(&mut unreadable, vec![("place", place.to_string())]);
            continue;
        };
        // Entries of other issuers have serial numbers of their own.
        if !surroundings.indirect && !serials.insert(entry.serial_octets()) {
            count(&mut repeated, vec![("serial", hex::encode(entry.serial_octets()))]);
        }
        let judged = JudgedEntry::of(entry, surroundings);
        for (lint, tally) in lints.iter().zip(&mut broken) {
            if let Check::Entry(check) = lint.check
                && let Some(fields) = check(&judged)
            {
                count(tally, fields);
            }
        }
    }
    let walked = [(&table::UNREADABLE, unreadable), (&table::REPEATED, repeated)];
    for (lint, (fields, number)) in walked.into_iter().chain(lints.into_iter().zip(broken)) {
        findings.extend(fields.map(|fields| lint.finding(counted(fields, number))));
    }
    findings
}

fn counted(mut fields: Fields, entries: u64) -> Fields {
    fields.push(("entries", entries.to_string()));
    fields
}

/// Extensions of lists that have their meaning in RFC 5280 5.2.
const KNOWN: &[&str] = &[
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::ISSUER_ALT_NAME,
    oid::CRL_NUMBER,
    oid::DELTA_CRL_INDICATOR,
    oid::ISSUING_DISTRIBUTION_POINT,
    oid::FRESHEST_CRL,
    oid::AUTHORITY_INFO_ACCESS,
];
