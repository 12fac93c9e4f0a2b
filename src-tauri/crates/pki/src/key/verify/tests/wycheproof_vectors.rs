//! Project Wycheproof: signatures that implementations were seen to judge wrongly, each with the verdict that is right.
//!
//! Left out are forms that do not occur in certificates (P1363, Bitcoin's) and hash functions that we do not compute (SHA-3, SHAKE, the cut
//! SHA-512): those sets are counted, so that none is left out by mistake.

use std::fmt::Debug;

use wycheproof::{HashFunction as Hash, TestResult, dsa, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;

/// What came of the vectors of one algorithm.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    valid: usize,
    invalid: usize,
    /// Those that Wycheproof leaves to us; none is taken, each for the reason given where it occurs.
    acceptable: usize,
    /// Vectors of sets that are left out.
    left_out: usize,
}

impl Tally {
    fn judge(&mut self, verdict: &SignatureVerdict, expected: &TestResult, what: &dyn Debug) {
        let wanted = match expected {
            TestResult::Valid => {
                self.valid += 1;
                true
            }
            TestResult::Invalid => {
                self.invalid += 1;
                false
            }
            TestResult::Acceptable => {
                self.acceptable += 1;
                false
            }
        };
        assert_eq!(verdict.is_valid(), wanted, "{what:?}: {verdict:?}");
    }
}

fn hash(hash: Hash) -> Option<HashFunction> {
    Some(match hash {
        Hash::Sha1 => HashFunction::Sha1,
        Hash::Sha2_224 => HashFunction::Sha224,
        Hash::Sha2_256 => HashFunction::Sha256,
        Hash::Sha2_384 => HashFunction::Sha384,
        Hash::Sha2_512 => HashFunction::Sha512,
        _ => return None,
    })
}

fn algorithm(oid: &str, parameters: Option<Vec<u8>>) -> SignatureAlgorithmId {
    SignatureAlgorithmId { oid: oid.to_owned(), parameters }
}

/// A certificate with such a key may not even be read; nor is then any signature of it valid.
fn verdict(spki: &[u8], algorithm: &SignatureAlgorithmId, message: &[u8], signature: &[u8]) -> SignatureVerdict {
    match PublicKey::from_spki_der(spki) {
        Ok(key) => key.verify(algorithm, message, signature),
        Err(error) => SignatureVerdict::CannotCheck(error.to_string()),
    }
}

/// Forms of signatures that X.509 does not have.
fn is_foreign(name: &dyn Debug) -> bool {
    let name = format!("{name:?}");
    name.contains("P1363") || name.contains("Bitcoin")
}

#[test]
fn ecdsa_signatures() {
    let mut tally = Tally::default();
    for name in ecdsa::TestName::all() {
        let set = ecdsa::TestSet::load(name).unwrap();
        for group in set.test_groups {
            let oid = match hash(group.hash) {
                Some(HashFunction::Sha1) => Some("1.2.840.10045.4.1"),
                Some(HashFunction::Sha224) => Some("1.2.840.10045.4.3.1"),
                Some(HashFunction::Sha256) => Some("1.2.840.10045.4.3.2"),
                Some(HashFunction::Sha384) => Some("1.2.840.10045.4.3.3"),
                Some(HashFunction::Sha512) => Some("1.2.840.10045.4.3.4"),
                _ => None,
            };
            let key = PublicKey::from_spki_der(&group.der);
            let is_ours = key.is_ok_and(|key| key.algorithm().curve().is_some());
            let (Some(oid), true, false) = (oid, is_ours, is_foreign(&name)) else {
                tally.left_out += group.tests.len();
                continue;
            };
            for test in group.tests {
                let found = verdict(&group.der, &algorithm(oid, None), &test.msg, &test.sig);
                tally.judge(&found, &test.result, &(name, test.tc_id));
            }
        }
    }
    assert_eq!(tally, Tally { valid: 1641, invalid: 2479, acceptable: 0, left_out: 25783 });
}

#[test]
fn ed25519_signatures() {
    let mut tally = Tally::default();
    for name in eddsa::TestName::all() {
        for group in eddsa::TestSet::load(name).unwrap().test_groups {
            if name != eddsa::TestName::Ed25519 {
                tally.left_out += group.tests.len();
                continue;
            }
            for test in group.tests {
                let found = verdict(&group.der, &algorithm(oid::ED25519, None), &test.msg, &test.sig);
                tally.judge(&found, &test.result, &(name, test.tc_id));
            }
        }
    }
    assert_eq!(tally, Tally { valid: 88, invalid: 63, acceptable: 0, left_out: 87 });
}

#[test]
fn rsa_pkcs1_signatures() {
    let mut tally = Tally::default();
    for name in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let oid = match hash(group.hash) {
                Some(HashFunction::Sha1) => "1.2.840.113549.1.1.5",
                Some(HashFunction::Sha224) => "1.2.840.113549.1.1.14",
                Some(HashFunction::Sha256) => "1.2.840.113549.1.1.11",
                Some(HashFunction::Sha384) => "1.2.840.113549.1.1.12",
                Some(HashFunction::Sha512) => "1.2.840.113549.1.1.13",
                _ => {
                    tally.left_out += group.tests.len();
                    continue;
                }
            };
            for test in group.tests {
                let found = verdict(&group.der, &algorithm(oid, Some(asn1::NULL.to_vec())), &test.msg, &test.sig);
                // A DigestInfo without NULL (MissingNull): the padding is made anew and compared, so not taken (RFC 8017 8.2.2).
                tally.judge(&found, &test.result, &(name, test.tc_id));
            }
        }
    }
    assert_eq!(tally, Tally { valid: 96, invalid: 3255, acceptable: 13, left_out: 2838 });
}

#[test]
fn rsa_pss_signatures() {
    let mut tally = Tally::default();
    for name in rsa_pss_verify::TestName::all() {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let (Some(hash), Some(mask_hash)) = (hash(group.hash), group.mgf_hash.and_then(hash)) else {
                tally.left_out += group.tests.len();
                continue;
            };
            let parameters = PssParameters { hash, mask_hash, salt: group.salt_size }.to_der();
            for test in group.tests {
                let found = verdict(&group.der, &algorithm(oid::RSASSA_PSS, Some(parameters.clone())), &test.msg, &test.sig);
                tally.judge(&found, &test.result, &(name, test.tc_id));
            }
        }
    }
    assert_eq!(tally, Tally { valid: 1734, invalid: 768, acceptable: 0, left_out: 995 });
}

#[test]
fn dsa_signatures() {
    let mut tally = Tally::default();
    for name in dsa::TestName::all() {
        for group in dsa::TestSet::load(name).unwrap().test_groups {
            let oid = match hash(group.hash) {
                Some(HashFunction::Sha224) if !is_foreign(&name) => "2.16.840.1.101.3.4.3.1",
                Some(HashFunction::Sha256) if !is_foreign(&name) => "2.16.840.1.101.3.4.3.2",
                _ => {
                    tally.left_out += group.tests.len();
                    continue;
                }
            };
            for test in group.tests {
                let found = verdict(&group.der, &algorithm(oid, None), &test.msg, &test.sig);
                // Numbers without the zero that makes them positive (MissingZero): negative by DER, so not taken.
                tally.judge(&found, &test.result, &(name, test.tc_id));
            }
        }
    }
    assert_eq!(tally, Tally { valid: 296, invalid: 1132, acceptable: 4, left_out: 524 });
}
