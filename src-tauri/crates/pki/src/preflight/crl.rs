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
use crate::crl::{Crl, CrlEntry, CrlSummary, EntryError};
use crate::key::Fingerprint;
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
    let mut entries = EntryLints::new(crl.this_update());
    for entry in crl.entries() {
        entries.judge(entry);
    }
    let mut findings = lint_crl_frame(crl, issuer);
    findings.extend(entries.findings(crl));
    findings
}

/// What is wrong with a list whose entries have passed one after another.
pub fn lint_passed_crl(summary: &CrlSummary, entries: EntryLints, issuer: Option<&Certificate>) -> Vec<Finding> {
    let mut findings = lint_crl_frame(summary.frame(), issuer);
    findings.extend(entries.findings(summary.frame()));
    findings
}

/// Judges the entries of a list one after another. What kind of list it is stands behind them, so its rules are picked at the end.
pub struct EntryLints {
    this_update: OffsetDateTime,
    lints: Vec<&'static LintInfo>,
    broken: Vec<(Option<Fields>, u64)>,
    unreadable: (Option<Fields>, u64),
    repeated: (Option<Fields>, u64),
    place: u64,
    /// Eight octets of each serial number's SHA-256: a million of them are kept in less room than the list takes.
    serials: HashSet<[u8; 8]>,
}

impl EntryLints {
    /// Before the first entry of a list that was made at `this_update`.
    pub fn new(this_update: OffsetDateTime) -> Self {
        let lints: Vec<&LintInfo> = table::LINTS.iter().filter(|lint| matches!(lint.check, Check::Entry(_))).collect();
        let broken = lints.iter().map(|_| (None, 0)).collect();
        Self { this_update, lints, broken, unreadable: (None, 0), repeated: (None, 0), place: 0, serials: HashSet::new() }
    }

    /// Judges the next entry.
    pub fn judge(&mut self, entry: Result<CrlEntry<'_>, EntryError>) {
        let count = |tally: &mut (Option<Fields>, u64), fields: Fields| {
            tally.0.get_or_insert(fields);
            tally.1 += 1;
        };
        self.place += 1;
        let Ok(entry) = entry else {
            count(&mut self.unreadable, vec![("place", self.place.to_string())]);
            return;
        };
        let digest = Fingerprint::of(entry.serial_octets());
        if let Some(digest) = digest.as_bytes().first_chunk()
            && !self.serials.insert(*digest)
        {
            count(&mut self.repeated, vec![("serial", hex::encode(entry.serial_octets()))]);
        }
        let whole = Surroundings { delta: Some(false), indirect: false, this_update: Some(self.this_update) };
        let judged = JudgedEntry::of(entry, whole);
        for (lint, tally) in self.lints.iter().zip(&mut self.broken) {
            if let Check::Entry(check) = lint.check
                && let Some(fields) = check(&judged)
            {
                count(tally, fields);
            }
        }
    }

    fn findings(self, frame: &Crl) -> Vec<Finding> {
        let (delta, indirect) = (frame.is_delta(), extensions::is_indirect(frame));
        // Entries of other issuers have serial numbers of their own.
        let applies = |lint: &LintInfo| match lint.id {
            "crl_entry_removed_from_whole_list" => !delta,
            "crl_entry_of_another_issuer" => !indirect,
            id => id != table::REPEATED.id || !indirect,
        };
        let walked = [(&table::UNREADABLE, self.unreadable), (&table::REPEATED, self.repeated)];
        let all = walked.into_iter().chain(self.lints.into_iter().zip(self.broken));
        let broken = all.filter(|(lint, _)| applies(lint));
        broken.filter_map(|(lint, (fields, number))| fields.map(|fields| lint.finding(counted(fields, number)))).collect()
    }
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
