//! Folders of single files: key stores of every kind, hostile certificates, and one long text.

use std::collections::BTreeSet;

use api::view::ImportReport;
use serde_json::json;
use suite::data::{data, named};
use suite::judges::java;
use suite::{Sandbox, ask};

const PASSWORDS: [&str; 2] = ["changeit", "Pässwörd🔑"];

fn import(sandbox: &Sandbox, paths: &[String]) -> ImportReport {
    let request = json!({ "paths": paths, "passwords": PASSWORDS, "whole": true });
    sandbox.surface.import_run(ask(request)).unwrap_or_else(|error| panic!("{error:?}"))
}

/// File names of what was refused, with the codes.
fn refused(report: &ImportReport) -> BTreeSet<(String, String)> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    report.refused.iter().map(|refused| (name(&refused.path), refused.code.clone())).collect()
}

#[test]
fn every_store_and_every_hostile_certificate_is_taken_or_refused_by_name() {
    let sandbox = Sandbox::with_keyring();
    let report = import(&sandbox, &[named("keystores"), named("hostile")]);
    let expected = [("kdf-bomb.p12", "too_costly"), ("pbmac1-bomb.p12", "too_costly"), ("truncated.pem", "truncated_pem")];
    assert_eq!(refused(&report), expected.map(|(file, code)| (file.to_owned(), code.to_owned())).into());
    let skipped: Vec<_> = report.skipped.iter().map(|skipped| skipped.path.rsplit('/').next().unwrap_or_default()).collect();
    assert_eq!(skipped, ["empty.pem"]);
    // Every file has said something.
    let files = ["keystores", "hostile"].into_iter().flat_map(|folder| std::fs::read_dir(data(folder)).expect("a folder"));
    for file in files.map(|file| file.expect("a file").path()) {
        let path = file.to_str().expect("UTF-8");
        let told = report.items.iter().any(|item| item.path == path) || report.skipped.iter().any(|skipped| skipped.path == path);
        assert!(told, "nothing is said of {path}");
    }
    let rows = || sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict").count;
    let before = rows();
    let again = import(&sandbox, &[named("keystores"), named("hostile")]);
    assert_eq!((again.taken.certificates, again.taken.keys, rows()), (0, 0, before));
    sandbox.assert_audit_whole();
}

#[test]
fn what_keytool_lists_is_what_comes_over() {
    for (file, kind) in [("java.jks", "JKS"), ("java.jceks", "JCEKS"), ("java.p12", "PKCS12")] {
        let sandbox = Sandbox::with_keyring();
        let path = named(&format!("keystores/{file}"));
        let report = import(&sandbox, std::slice::from_ref(&path));
        let listed = java::entries_of(&path, kind, "changeit").assert_accepted();
        let prints: Vec<String> = listed
            .lines()
            .filter_map(|line| line.split_once("(SHA-256): "))
            .map(|(_, print)| print.replace(':', "").trim().to_lowercase())
            .collect();
        assert!(!prints.is_empty(), "{listed}");
        let certificates = sandbox.surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a list").items;
        for print in prints {
            let found = certificates.iter().find(|certificate| certificate.fingerprint == print);
            assert!(found.is_some_and(|certificate| certificate.key.held), "{file}: {print}");
        }
        assert_eq!((report.taken.keys, report.refused.len()), (1, 0), "{file}: {report:?}");
    }
}

#[test]
fn a_long_text_is_read_in_its_order_and_one_broken_block_hides_no_other() {
    let pem = std::fs::read_to_string(data("pkits/authorities.pem")).expect("authorities");
    let whole = Sandbox::with_keyring();
    let plain = import(&whole, &[named("pkits/authorities.pem")]);
    let sandbox = Sandbox::with_keyring();
    let mut text = String::from("subject=what OpenSSL writes in front\n");
    while text.len() < 1 << 20 {
        text.push_str(&pem);
        text.push_str("some words between\n-----BEGIN CERTIFICATE-----\nno base64!\n-----END CERTIFICATE-----\n");
    }
    let copies = text.matches("no base64!").count();
    let path = sandbox.write("long.pem", &text);
    let report = import(&sandbox, &[path]);
    assert_eq!(report.taken.certificates, plain.taken.certificates);
    assert_eq!(report.refused.len(), copies);
    let blocks = u32::try_from(text.matches("-----BEGIN").count()).expect("a count");
    assert_eq!(u32::try_from(report.items.len()).ok(), Some(blocks), "every block is told of");
    let place = |object: &str| object.rsplit("PEM block ").next().and_then(|number| number.trim_end_matches(')').parse::<u32>().ok());
    let places: Vec<_> = report.items.iter().filter_map(|item| place(&item.object)).collect();
    assert!(places.is_sorted() && places.len() == report.items.len(), "in the order of the file");
    assert_eq!(whole.count(), sandbox.count());
}
