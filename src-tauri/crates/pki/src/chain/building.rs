//! Looking for paths: by name and key identifier, proven by signatures; bounded, since cross certificates can weave a net.

use super::VerifyInput;
use crate::{certificate::Certificate, name::DistinguishedName};

/// Certificates on the longest path that is followed.
const LONGEST_PATH: usize = 16;

/// Signatures that are checked while looking, at most.
const MOST_SIGNATURES: usize = 500;

/// Complete paths that are judged, at most.
const MOST_PATHS: usize = 32;

pub(super) struct Paths {
    /// Paths that end in a trusted certificate.
    pub(super) complete: Vec<Vec<Certificate>>,
    /// How far a path went that does not.
    pub(super) longest: Vec<Certificate>,
}

pub(super) fn paths(input: &VerifyInput<'_>) -> Paths {
    let mut search = Search { input, signatures: 0, found: Paths { complete: Vec::new(), longest: vec![input.certificate.clone()] } };
    search.follow(&mut vec![input.certificate.clone()]);
    search.found
}

struct Search<'a> {
    input: &'a VerifyInput<'a>,
    signatures: usize,
    found: Paths,
}

impl Search<'_> {
    fn follow(&mut self, path: &mut Vec<Certificate>) {
        let Some(last) = path.last().cloned() else { return };
        if path.len() > self.found.longest.len() {
            self.found.longest.clone_from(path);
        }
        if self.input.trusted.contains(&last) {
            self.found.complete.push(path.clone());
            return;
        }
        if path.len() >= LONGEST_PATH {
            return;
        }
        for issuer in self.issuers_of(&last) {
            if self.found.complete.len() >= MOST_PATHS || self.signatures >= MOST_SIGNATURES {
                return;
            }
            // The same name and key twice on one path is a loop (RFC 5280 6.1 counts it as one authority).
            if path.iter().any(|passed| passed.subject() == issuer.subject() && passed.public_key() == issuer.public_key()) {
                continue;
            }
            self.signatures += 1;
            // A signature that cannot be checked stays on the path, where its test says so.
            if last.signed_by(issuer.public_key()) == crate::signature::SignatureVerdict::Invalid {
                continue;
            }
            path.push(issuer);
            self.follow(path);
            path.pop();
        }
    }

    /// Certificates whose subject is the issuer of `certificate`: key identifier that matches first, trusted before others.
    fn issuers_of(&self, certificate: &Certificate) -> Vec<Certificate> {
        let wanted = certificate.authority_key_id();
        let mut candidates: Vec<(u8, &Certificate)> = Vec::new();
        for (offset, list) in [(0, self.input.trusted), (1, self.input.untrusted)] {
            for candidate in list.iter().filter(|candidate| same_name(candidate.subject(), certificate.issuer())) {
                let rank = match (&wanted, candidate.subject_key_id()) {
                    (Some(wanted), Some(found)) if *wanted == found => 0,
                    (Some(_), Some(_)) => 4,
                    _ => 2,
                };
                candidates.push((rank + offset, candidate));
            }
        }
        candidates.sort_by_key(|(rank, _)| *rank);
        candidates.into_iter().map(|(_, candidate)| candidate.clone()).collect()
    }
}

/// Whether two names are one (RFC 5280 7.1): octet for octet, or alike but for case, string type and spaces.
pub(super) fn same_name(one: &DistinguishedName, other: &DistinguishedName) -> bool {
    one == other || comparable(one) == comparable(other)
}

fn comparable(name: &DistinguishedName) -> Vec<Vec<(String, String)>> {
    let fold = |value: &str| value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let rdn = |attributes: Vec<crate::name::NameAttribute>| {
        let mut pairs: Vec<_> = attributes.into_iter().map(|attribute| (attribute.oid, fold(&attribute.value))).collect();
        pairs.sort();
        pairs
    };
    name.rdns().into_iter().map(rdn).collect()
}
