//! NIST's Public Key Interoperability Test Suite: 246 path cases, of which 136 must be refused. `tests/data/pkits/README.md` tells where
//! they come from.

use std::{collections::BTreeMap, fmt::Write as _};

use super::*;

struct Case {
    id: String,
    name: String,
    trusted: bool,
    certificate: String,
    others: Vec<String>,
    crls: Vec<String>,
    policies: Vec<String>,
    wishes: Vec<String>,
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(data("pkits/cases.tsv")).unwrap();
    let list = |field: &str| field.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let case = |line: &str| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap();
        Case {
            id: next().to_owned(),
            name: next().to_owned(),
            trusted: next() == "trusted",
            certificate: next().to_owned(),
            others: list(next()),
            crls: list(next()),
            policies: list(next()),
            wishes: list(next()),
        }
    };
    text.lines().map(case).collect()
}

/// Every file of a folder, by name.
fn all<T>(folder: &str, read: impl Fn(&[u8]) -> T) -> BTreeMap<String, T> {
    let files = fs::read_dir(data(folder)).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), read(&fs::read(&path).unwrap()))).collect()
}

struct Suite {
    certificates: BTreeMap<String, Certificate>,
    crls: BTreeMap<String, Crl>,
}

impl Suite {
    fn new() -> Self {
        let certificates = all("pkits/certs", |der| Certificate::from_der(der).unwrap());
        let crls = all("pkits/crls", |der| Crl::from_der(der).unwrap());
        assert_eq!((certificates.len(), crls.len()), (405, 173));
        Self { certificates, crls }
    }

    fn judge(&self, case: &Case, untrusted: &[Certificate], crls: &[Crl]) -> Verdict {
        let wishes = |wish: &str| case.wishes.iter().any(|wished| wished == wish);
        verify(&VerifyInput {
            untrusted,
            trusted: std::slice::from_ref(&self.certificates["TrustAnchorRootCertificate.crt"]),
            crls,
            policies: PolicyWishes {
                acceptable: &case.policies,
                require: wishes("require-policy"),
                inhibit_mapping: wishes("inhibit-mapping"),
                inhibit_any: wishes("inhibit-any"),
            },
            require_revocation: true,
            ..VerifyInput::new(&self.certificates[&case.certificate], AT)
        })
    }
}

fn assert_as_expected(verdicts: impl Iterator<Item = (Case, Verdict)>) {
    let mut wrong = String::new();
    let (mut trusted, mut refused) = (0, 0);
    for (case, verdict) in verdicts {
        assert!(verdict.checks.iter().all(|check| CHECKS.contains(&check.check)), "{:?}", verdict.checks);
        *if verdict.trusted { &mut trusted } else { &mut refused } += 1;
        if verdict.trusted != case.trusted {
            let path: Vec<String> = verdict.path.iter().map(Certificate::display_name).collect();
            writeln!(wrong, "{} {}: trusted {}, {path:?}, {:?}", case.id, case.name, verdict.trusted, problems(&verdict)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{wrong}");
    assert_eq!((trusted, refused), (110, 136));
}

#[test]
fn every_case_is_decided_as_nist_expects() {
    let suite = Suite::new();
    let judged = |case: Case| {
        let untrusted: Vec<Certificate> = case.others.iter().map(|name| suite.certificates[name].clone()).collect();
        let crls = case.crls.iter().map(String::as_str).chain(["TrustAnchorRootCRL.crl"]);
        let crls: Vec<Crl> = crls.map(|name| suite.crls[name].clone()).collect();
        let verdict = suite.judge(&case, &untrusted, &crls);
        (case, verdict)
    };
    assert_as_expected(cases().into_iter().map(judged));
}

/// With everything at hand there are more paths and more lists to choose from, and the verdicts are the same.
#[test]
fn every_case_is_decided_the_same_among_all_certificates_and_lists() {
    let suite = Suite::new();
    let untrusted: Vec<Certificate> = suite.certificates.values().cloned().collect();
    let crls: Vec<Crl> = suite.crls.values().cloned().collect();
    let judged = |case: Case| {
        let verdict = suite.judge(&case, &untrusted, &crls);
        (case, verdict)
    };
    assert_as_expected(cases().into_iter().map(judged));
}
