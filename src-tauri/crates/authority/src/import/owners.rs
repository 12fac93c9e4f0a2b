//! Whose the folders of CAs are.

use std::collections::{HashMap, HashSet};

use pki::{DistinguishedName, Fingerprint, SerialNumber};

use super::elsewhere::{Statement, Whose};
use super::issuers::Issuers;
use super::links::PlannedCertificate;
use super::plan::{KnownCertificate, Plan};

/// A key and the name under which it signs.
pub(super) type Signer = (Fingerprint, DistinguishedName);

/// What lies in the sources, be it new, known, or there a second time: it tells whose a folder is either way.
#[derive(Default)]
pub(super) struct Lying {
    /// New certificates that are there once more, with the place of each in the report.
    pub(super) again: Vec<(usize, Fingerprint)>,
    /// Certificates of the registry.
    pub(super) known: Vec<KnownCertificate>,
    /// The keys of authorities' certificates.
    pub(super) authorities: Vec<(usize, Fingerprint)>,
    /// Private keys, those that are left out among them.
    pub(super) keys: Vec<(usize, Fingerprint)>,
}

/// Whose the folders of CAs are: that of the key which has signed what the index names.
pub(super) struct Owners {
    /// By source and serial number, who has signed.
    pub(super) signed: HashMap<(usize, SerialNumber), Vec<Signer>>,
    /// The key that has signed most of what the index names.
    pub(super) first: HashMap<usize, Signer>,
}

impl Owners {
    /// `by_fingerprint` are the places of the plan's certificates in it.
    pub(super) fn of<'a>(
        statements: &[Statement],
        lying: &'a Lying,
        by_fingerprint: &HashMap<Fingerprint, usize>,
        plan: &'a Plan,
        issuers: &Issuers,
    ) -> Self {
        let mut owners = Self { signed: HashMap::new(), first: HashMap::new() };
        let sources: HashSet<usize> = statements.iter().map(|statement| statement.source).collect();
        if sources.is_empty() {
            return owners;
        }
        let source_of = |place: usize| plan.report.items.get(place).map(|item| item.source).filter(|source| sources.contains(source));
        let of = |place, new: &'a PlannedCertificate| (place, &new.facts.issuer, &new.facts.serial, new.issuer);
        let lies =
            |(place, fingerprint): &(usize, Fingerprint)| Some(of(*place, plan.certificates.get(*by_fingerprint.get(fingerprint)?)?));
        let new = plan.certificates.iter().map(|new| of(new.place, new)).chain(lying.again.iter().filter_map(lies));
        let old = lying.known.iter().map(|old| (old.place, &old.issuer, &old.serial, old.issuer_key));
        for (place, issuer, serial, key) in new.chain(old) {
            if let (Some(source), Some(key)) = (source_of(place), key) {
                let signers = owners.signed.entry((source, serial.clone())).or_default();
                if !signers.iter().any(|(other, _)| *other == key) {
                    signers.push((key, issuer.clone()));
                }
            }
        }
        let mut votes: HashMap<(usize, Fingerprint), (u32, &DistinguishedName)> = HashMap::new();
        for statement in statements.iter().filter(|statement| matches!(statement.whose, Whose::Source(_))) {
            for (key, name) in owners.signed.get(&(statement.source, statement.serial.clone())).into_iter().flatten() {
                votes.entry((statement.source, *key)).or_insert((0, name)).0 += 1;
            }
        }
        let mut votes: Vec<_> = votes.into_iter().map(|((source, key), (count, name))| (count, source, key, name.clone())).collect();
        votes.sort_by_key(|(count, source, key, _)| (std::cmp::Reverse(*count), *source, *key.as_bytes()));
        for (_, source, key, name) in votes {
            owners.first.entry(source).or_insert((key, name));
        }
        for source in sources {
            if !owners.first.contains_key(&source)
                && let Some(found) = by_list_or_key(source, lying, plan, issuers)
            {
                owners.first.insert(source, found);
            }
        }
        owners
    }
}

/// A CA that has issued nothing that is still there: its list lies in the folder, or its key, or there is no other.
fn by_list_or_key(source: usize, lying: &Lying, plan: &Plan, issuers: &Issuers) -> Option<Signer> {
    let here = |place: &usize| plan.report.items.get(*place).is_some_and(|item| item.source == source);
    let list = plan.crls.iter().find(|(place, ..)| here(place)).map(|(_, _, signer)| *signer);
    let key = || lying.keys.iter().filter(|(place, _)| here(place)).map(|(_, key)| *key).find(|key| issuers.name_of(key).is_some());
    let only = || {
        let mut all: Vec<_> = lying.authorities.iter().filter(|(place, _)| here(place)).map(|(_, key)| *key).collect();
        all.sort_unstable_by_key(|key| *key.as_bytes());
        all.dedup();
        match all.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    };
    let found = list.or_else(key).or_else(only)?;
    Some((found, issuers.name_of(&found)?.clone()))
}
