//! NIST's Public Key Interoperability Test Suite before Chancery, OpenSSL and Java: `docs/pkits.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use pki::chain::{PolicyWishes, Verdict, VerifyInput, verify};
use pki::{Certificate, Crl};
use suite::NOW;
use suite::data::{data, named};
use suite::judges::java::{self, BuildFiles};
use suite::judges::openssl;

use crate::page;

const ROOT: &str = "TrustAnchorRootCertificate.crt";
const ROOT_LIST: &str = "TrustAnchorRootCRL.crl";

struct Case {
    number: String,
    name: String,
    trusted: bool,
    certificate: String,
    others: Vec<String>,
    crls: Vec<String>,
    policies: Vec<String>,
    wishes: Vec<String>,
}

impl Case {
    fn read(line: &str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let list = |field: &str| -> Vec<String> { field.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect() };
        let [number, name, verdict, certificate, others, crls, policies, wishes] = fields[..] else { panic!("{line}") };
        Self {
            number: number.to_owned(),
            name: name.to_owned(),
            trusted: verdict == "trusted",
            certificate: certificate.to_owned(),
            others: list(others),
            crls: list(crls).into_iter().chain([ROOT_LIST.to_owned()]).collect(),
            policies: list(policies),
            wishes: list(wishes),
        }
    }

    fn wishes_for(&self, wish: &str) -> bool {
        self.wishes.iter().any(|wished| wished == wish)
    }
}

struct Files {
    certificates: BTreeMap<String, Certificate>,
    crls: BTreeMap<String, Crl>,
}

fn all<T>(folder: &str, read: impl Fn(&[u8]) -> T) -> BTreeMap<String, T> {
    let files = fs::read_dir(data(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
    files.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), read(&fs::read(&path).expect("a file")))).collect()
}

fn ours(case: &Case, files: &Files) -> Verdict {
    let untrusted: Vec<Certificate> = case.others.iter().map(|name| files.certificates[name].clone()).collect();
    let crls: Vec<Crl> = case.crls.iter().map(|name| files.crls[name].clone()).collect();
    verify(&VerifyInput {
        untrusted: &untrusted,
        trusted: std::slice::from_ref(&files.certificates[ROOT]),
        crls: &crls,
        policies: PolicyWishes {
            acceptable: &case.policies,
            require: case.wishes_for("require-policy"),
            inhibit_mapping: case.wishes_for("inhibit-mapping"),
            inhibit_any: case.wishes_for("inhibit-any"),
        },
        require_revocation: true,
        ..VerifyInput::new(&files.certificates[&case.certificate], NOW)
    })
}

/// What refused a path, or held back the consent, in a few words.
fn reason(verdict: &Verdict) -> String {
    use pki::chain::CheckResult::{Fail, Unknown};
    let not_passed = |wanted| verdict.checks.iter().filter(move |check| check.result == wanted);
    match not_passed(Fail).chain(not_passed(Unknown)).next() {
        Some(check) => {
            let said = if check.result == Unknown { " cannot be told" } else { "" };
            format!("{}{said}, {} ({})", check.check, check.subject, check.clause)
        }
        None => String::new(),
    }
}

fn ask_openssl(case: &Case, build: &BuildFiles) -> bool {
    let at = NOW.unix_timestamp().to_string();
    let mut options = vec!["verify", "-attime", &at, "-CAfile", &build.anchor, "-untrusted", &build.others];
    options.extend(["-crl_check_all", "-extended_crl", "-use_deltas", "-policy_check"]);
    let lists: Vec<String> = case.crls.iter().map(|name| named(&format!("pkits/crls/{name}"))).collect();
    for list in &lists {
        options.extend(["-CRLfile", list]);
    }
    for policy in &case.policies {
        options.extend(["-policy", policy]);
    }
    for (wish, option) in [("require-policy", "-explicit_policy"), ("inhibit-mapping", "-inhibit_map"), ("inhibit-any", "-inhibit_any")] {
        if case.wishes_for(wish) {
            options.push(option);
        }
    }
    options.push(&build.target);
    openssl::openssl(&options).accepted
}

#[test]
fn every_path_case_of_nist_is_decided_as_expected_and_beside_the_judges() {
    let text = fs::read_to_string(data("pkits/cases.tsv")).expect("the cases");
    let cases: Vec<Case> = text.lines().map(Case::read).collect();
    let files = Files {
        certificates: all("pkits/certs", |der| Certificate::from_der(der).expect("a certificate")),
        crls: all("pkits/crls", |der| Crl::from_der(der).expect("a list")),
    };
    assert_eq!((cases.len(), files.certificates.len(), files.crls.len()), (246, 405, 173));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: String, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a written file");
        path.to_str().expect("UTF-8").to_owned()
    };
    let pem = |name: &String| files.certificates[name].pem();
    let builds: Vec<BuildFiles> = (0..)
        .zip(&cases)
        .map(|(index, case)| BuildFiles {
            name: index.to_string(),
            anchor: put(format!("{index}.root"), pem(&ROOT.to_owned())),
            target: put(format!("{index}.target"), pem(&case.certificate)),
            // OpenSSL takes no empty file; the root changes nothing.
            others: put(format!("{index}.others"), case.others.iter().chain([&ROOT.to_owned()]).map(pem).collect()),
            crls: put(format!("{index}.crls"), case.crls.iter().map(|name| files.crls[name].pem()).collect()),
            policies: case.policies.join(","),
            wishes: case.wishes.join(","),
        })
        .collect();
    let (java, openssl) = std::thread::scope(|scope| {
        let java = scope.spawn(|| java::build_each(&builds));
        let openssl: Vec<bool> = cases.iter().zip(&builds).map(|(case, build)| ask_openssl(case, build)).collect();
        (java.join().expect("Java answers"), openssl)
    });

    let word = |trusted: bool| if trusted { "trusted" } else { "refused" };
    let mut table = String::new();
    let mut wrong = Vec::new();
    let mut right = [0, 0, 0];
    let mut false_accepts = [0, 0, 0];
    for (index, case) in cases.iter().enumerate() {
        let verdict = ours(case, &files);
        let verdicts = [verdict.trusted, openssl[index], java[index].accepted];
        for (place, trusted) in verdicts.into_iter().enumerate() {
            right[place] += usize::from(trusted == case.trusted);
            false_accepts[place] += usize::from(trusted && !case.trusted);
        }
        let cell = |trusted: bool| if trusted == case.trusted { word(trusted).to_owned() } else { format!("**{}**", word(trusted)) };
        let [chancery, openssl, java] = verdicts.map(cell);
        let name = case.name.replace('_', " ");
        let because = if verdict.trusted { String::new() } else { reason(&verdict) };
        let number = &case.number;
        writeln!(table, "| {number} | {name} | {} | {chancery} | {openssl} | {java} | {because} |", word(case.trusted)).expect("text");
        if verdict.trusted != case.trusted {
            wrong.push(format!("{number} {name}: {because}"));
        }
    }
    let mut text = String::from("| | as NIST expects | accepted what must be refused |\n|---|---|---|\n");
    for (place, judge) in ["Chancery", "OpenSSL", "Java"].into_iter().enumerate() {
        writeln!(text, "| {judge} | {} of {} | {} |", right[place], cases.len(), false_accepts[place]).expect("text");
    }
    write!(text, "\n| case | name | NIST | Chancery | OpenSSL | Java | why Chancery refuses |\n|---|---|---|---|---|---|---|\n{table}")
        .expect("text");
    assert!(wrong.is_empty(), "not as NIST expects:\n{}", wrong.join("\n"));
    assert_eq!((right[0], false_accepts[0]), (246, 0));
    page::assert_part_of("pkits.md", "cases", &text);
}
