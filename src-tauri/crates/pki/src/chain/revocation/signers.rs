//! Who signed a list, and whether that is to be believed (RFC 5280 6.3.3 (f), (g)).

use super::test_within;
use crate::{
    certificate::Certificate,
    chain::{PolicyWishes, Purpose, Record, VerifyInput, Walk, building, refuses, testing},
    crl::Crl,
    key::PublicKey,
    usage::KeyUsage,
};

/// Signers of lists whose own revocation is looked up in lists of further signers, at most.
const DEEPEST: usize = 3;

/// The key that signed a list.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) key: PublicKey,
    /// It is the key that signed the certificate.
    pub(super) is_issuer: bool,
    /// The certificate names it as the signer of its lists, or it signs nothing else.
    pub(super) is_named: bool,
}

/// Finds the signers of lists that are about one certificate of a path.
pub(super) struct Signers<'a> {
    walk: &'a Walk<'a>,
    index: usize,
    /// Keys whose lists are not believed, since it is their own holder that is being judged.
    without: &'a [PublicKey],
    judged: Vec<(Certificate, bool)>,
}

impl<'a> Signers<'a> {
    pub(super) fn new(walk: &'a Walk<'a>, index: usize, without: &'a [PublicKey]) -> Self {
        Self { walk, index, without, judged: Vec::new() }
    }

    /// The signer of the list, if there is one that is believed.
    pub(super) fn of(&mut self, crl: &Crl) -> Option<Signer> {
        let issuer = self.walk.path.get(self.index + 1)?;
        let key = self.walk.keys.get(self.index + 1)?;
        if issuer.subject().matches(crl.issuer()) && may_sign(issuer) && !self.without.contains(key) && self.signed(crl, key) {
            return Some(Signer { key: key.clone(), is_issuer: true, is_named: true });
        }
        self.another(crl, issuer)
    }

    fn signed(&self, crl: &Crl, key: &PublicKey) -> bool {
        self.walk.proofs.crl(crl, key).is_valid()
    }

    /// A signer other than the holder of the key that signed the certificate.
    fn another(&mut self, crl: &Crl, issuer: &Certificate) -> Option<Signer> {
        let (walk, index) = (self.walk, self.index);
        let above = walk.path.iter().zip(&walk.keys).skip(index + 2).map(|(certificate, key)| (certificate, key, true));
        let beside =
            walk.input.untrusted.iter().chain(walk.input.trusted).map(|certificate| (certificate, certificate.public_key(), false));
        for (candidate, key, is_on_path) in above.chain(beside) {
            let other_key = crl.authority_key_id().zip(candidate.subject_key_id()).is_some_and(|(wanted, found)| *wanted != found);
            if other_key || !candidate.subject().matches(crl.issuer()) || !may_sign(candidate) || !self.signed(crl, key) {
                continue;
            }
            let names_other_signer = !crl.issuer().matches(issuer.subject());
            if self.without.contains(key) {
                // A list does not vouch for its signer, unless whoever certified the signer wrote that it does (cRLIssuer names the
                // subject itself). The signer's path is what is being judged.
                if names_other_signer && walk.path.get(index) == Some(candidate) {
                    return Some(Signer { key: key.clone(), is_issuer: false, is_named: true });
                }
                continue;
            }
            let is_named = names_other_signer || signs_lists_only(candidate);
            // Another key of the issuer's name speaks for it only if it is tied to it: by the path itself, by a certificate that the
            // name issued to itself (RFC 4210 4.4), or by being for lists alone. Else it may be another generation, with other lists.
            let is_tied = is_on_path || candidate.subject().matches(candidate.issuer());
            if (is_named || is_tied) && (is_on_path || self.is_vouched_for(candidate)) {
                return Some(Signer { key: key.clone(), is_issuer: false, is_named });
            }
        }
        None
    }

    /// Whether a path leads from the candidate to the trusted certificate of the path being judged (RFC 5280 6.3.3 (f)).
    fn is_vouched_for(&mut self, candidate: &Certificate) -> bool {
        if let Some((_, verdict)) = self.judged.iter().find(|(known, _)| known == candidate) {
            return *verdict;
        }
        let verdict = self.without.len() < DEEPEST && self.leads_to_same_anchor(candidate);
        self.judged.push((candidate.clone(), verdict));
        verdict
    }

    fn leads_to_same_anchor(&self, candidate: &Certificate) -> bool {
        let outer = self.walk.input;
        let input = VerifyInput { certificate: candidate, purpose: Purpose::Any, host: None, policies: PolicyWishes::default(), ..*outer };
        let without: Vec<PublicKey> = self.without.iter().cloned().chain([candidate.public_key().clone()]).collect();
        let anchor = self.walk.path.last();
        building::paths(&input, candidate, self.walk.proofs).complete.into_iter().filter(|path| path.last() == anchor).any(|path| {
            let walk = Walk::new(&input, &path, self.walk.proofs);
            let mut record = Record { checks: Vec::new() };
            testing::test(&walk, &mut record);
            test_within(&walk, &without, &mut record);
            !record.checks.iter().any(|check| refuses(check, &input))
        })
    }
}

fn may_sign(certificate: &Certificate) -> bool {
    certificate.key_usages().is_none_or(|usages| usages.contains(KeyUsage::CrlSign))
}

fn signs_lists_only(certificate: &Certificate) -> bool {
    certificate.key_usages().is_some_and(|usages| usages.contains(KeyUsage::CrlSign) && !usages.contains(KeyUsage::KeyCertSign))
}
