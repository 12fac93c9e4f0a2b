//! Looking for paths: by name and key identifier, proven by signatures; bounded, since cross certificates can weave a net.

use std::collections::HashMap;

use super::{VerifyInput, proofs::Proofs};
use crate::{
    alt_name::GeneralName,
    certificate::Certificate,
    extension::{AuthorityKeyIdentifier, ExtensionValue},
    oid,
    signature::SignatureVerdict,
};

/// Certificates on the longest path that is followed.
const LONGEST_PATH: usize = 16;

/// Complete paths that are judged, at most.
const MOST_PATHS: usize = 32;

/// Certificates that are put at the end of a path while looking, at most.
const MOST_STEPS: usize = 2_000;

pub(super) struct Paths {
    /// Paths that end in a trusted certificate.
    pub(super) complete: Vec<Vec<Certificate>>,
    /// How far a path went that does not.
    pub(super) longest: Vec<Certificate>,
}

/// The paths from `target` to the trusted certificates.
pub(super) fn paths(input: &VerifyInput<'_>, target: &Certificate, proofs: &Proofs) -> Paths {
    let found = Paths { complete: Vec::new(), longest: vec![target.clone()] };
    let mut search = Search { input, proofs, steps: 0, issuers: HashMap::new(), found };
    search.follow(&mut vec![target.clone()]);
    search.found
}

struct Search<'a> {
    input: &'a VerifyInput<'a>,
    proofs: &'a Proofs,
    steps: usize,
    /// By the certificate, which of those at hand may have issued it.
    issuers: HashMap<Certificate, Vec<(u8, Certificate)>>,
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
        let mut broken = None;
        let mut proven = false;
        for (rank, issuer) in self.issuers_of(&last) {
            if self.is_exhausted() {
                return;
            }
            // The same name and key twice on one path is a loop (RFC 5280 6.1 counts it as one authority).
            if path.iter().any(|passed| passed.subject() == issuer.subject() && passed.public_key() == issuer.public_key()) {
                continue;
            }
            // A signature that cannot be checked stays on the path, where its test says so.
            if self.proofs.certificate(&last, issuer.public_key()) == SignatureVerdict::Invalid {
                broken = broken.or((rank < OTHER_KEY).then_some(issuer));
                continue;
            }
            proven = true;
            self.step(path, issuer);
        }
        // Nobody's key fits: the certificate was changed, or signed by an impostor. The path goes on, so that the test of the signature
        // can say so.
        if let (false, Some(issuer), false) = (proven, broken, self.is_exhausted()) {
            self.step(path, issuer);
        }
    }

    fn step(&mut self, path: &mut Vec<Certificate>, issuer: Certificate) {
        self.steps += 1;
        path.push(issuer);
        self.follow(path);
        path.pop();
    }

    fn is_exhausted(&self) -> bool {
        self.found.complete.len() >= MOST_PATHS || self.steps >= MOST_STEPS || self.proofs.are_spent()
    }

    /// Certificates whose subject is the issuer of `certificate`: key identifier that matches first, trusted before others.
    fn issuers_of(&mut self, certificate: &Certificate) -> Vec<(u8, Certificate)> {
        if let Some(known) = self.issuers.get(certificate) {
            return known.clone();
        }
        let wanted = match certificate.extension(oid::AUTHORITY_KEY_IDENTIFIER).map(crate::extension::Extension::value) {
            Some(ExtensionValue::AuthorityKeyIdentifier(identifier)) => identifier,
            _ => AuthorityKeyIdentifier::default(),
        };
        let mut candidates: Vec<(u8, &Certificate)> = Vec::new();
        for (offset, list) in [(0, self.input.trusted), (1, self.input.untrusted)] {
            for candidate in list.iter().filter(|candidate| candidate.subject().matches(certificate.issuer())) {
                let rank = rank(&wanted, candidate) + offset;
                if !candidates.iter().any(|(_, known)| *known == candidate) {
                    candidates.push((rank, candidate));
                }
            }
        }
        candidates.sort_by_key(|(rank, _)| *rank);
        let issuers: Vec<_> = candidates.into_iter().map(|(rank, candidate)| (rank, candidate.clone())).collect();
        self.issuers.insert(certificate.clone(), issuers.clone());
        issuers
    }
}

/// From this rank on, the identifier names another key or certificate. Identifiers help to choose and prove nothing (RFC 4158 3.5.12).
const OTHER_KEY: u8 = 4;

fn rank(wanted: &AuthorityKeyIdentifier, candidate: &Certificate) -> u8 {
    let by_key = wanted.key_id.as_ref().zip(candidate.subject_key_id()).map(|(wanted, found)| *wanted == found);
    let by_serial = wanted.serial.as_ref().map(|serial| {
        let named = |name: &GeneralName| matches!(name, GeneralName::Directory(issuer) if issuer.matches(candidate.issuer()));
        serial == candidate.serial() && wanted.issuer.iter().any(named)
    });
    match (by_key, by_serial) {
        (Some(false), _) => OTHER_KEY,
        (Some(true), Some(false)) => 1,
        (None, Some(false)) => 3,
        (Some(true), _) | (_, Some(true)) => 0,
        (None, None) => 2,
    }
}
