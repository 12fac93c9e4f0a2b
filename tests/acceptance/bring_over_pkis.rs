//! Whole PKIs of other programs are brought over, compared line by line with what these programs keep, and go on under our hand.

use std::collections::BTreeMap;
use std::path::Path;

use api::ErrorCode;
use api::view::{CertificateView, ImportReport};
use serde_json::{Value, json};
use suite::data::{data, named};
use suite::judges::openssl;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn import(sandbox: &Sandbox, paths: &[String], passwords: &[&str]) -> ImportReport {
    let request = json!({ "paths": paths, "passwords": passwords, "whole": true });
    let plan = sandbox.surface.import_plan(ask(request.clone())).unwrap_or_else(|error| panic!("{error:?}"));
    let run = sandbox.surface.import_run(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(counts(&plan), counts(&run), "the dry run says what the run does");
    run
}

/// Certificates, keys, requests, revocations, CRLs, profiles.
fn counts(report: &ImportReport) -> [u32; 6] {
    let taken = &report.taken;
    [taken.certificates, taken.keys, taken.requests, taken.revocations, taken.crls, taken.profiles]
}

/// Nothing is taken by a second run, and nothing is changed by it.
fn assert_done(sandbox: &Sandbox, paths: &[String], passwords: &[&str]) {
    let rows = || sandbox.surface.audit_verify(ask(json!({}))).expect("a verdict").count;
    let before = rows();
    let again = import(sandbox, paths, passwords);
    assert_eq!(counts(&again), [0; 6], "{:?}", again.items.iter().filter(|item| item.outcome == "taken").collect::<Vec<_>>());
    assert_eq!(rows(), before, "no row in the log");
    sandbox.assert_audit_whole();
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{:?}", check.findings);
}

fn all(sandbox: &Sandbox) -> BTreeMap<String, CertificateView> {
    let listed = sandbox.surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a list").items;
    listed.into_iter().map(|certificate| (certificate.serial.clone(), certificate)).collect()
}

/// `261121015439Z` as our views write it.
fn utc(text: &str) -> String {
    let digits = if text.len() == 13 { format!("20{text}") } else { text.to_owned() };
    let part = |from: usize, to: usize| &digits[from..to];
    format!("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12), part(12, 14))
}

/// Every line of an index against the registry: status, day, reason, day since when it is invalid.
fn compare_with_index(index: &Path, certificates: &BTreeMap<String, CertificateView>) -> usize {
    let text = std::fs::read_to_string(index).expect("an index");
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let serial = fields[3].to_lowercase();
        let certificate = certificates.get(&serial).unwrap_or_else(|| panic!("no certificate {serial}"));
        assert_eq!(certificate.not_after, utc(fields[1]), "{serial}");
        let revocation = certificate.revocation.as_ref();
        match fields[0] {
            "R" => {
                let revocation = revocation.unwrap_or_else(|| panic!("{serial} is not revoked"));
                let said: Vec<&str> = fields[2].split(',').collect();
                assert_eq!(revocation.at, utc(said[0]), "{serial}");
                let (reason, status) = match said.get(1) {
                    None => ("unspecified", "revoked"),
                    Some(&"keyTime") => ("keyCompromise", "revoked"),
                    Some(&"holdInstruction") => ("certificateHold", "held"),
                    Some(reason) => (*reason, "revoked"),
                };
                assert_eq!((revocation.reason.as_str(), certificate.status.as_str()), (reason, status), "{serial}");
                let since = (said.get(1) == Some(&"keyTime")).then(|| utc(said[2]));
                assert_eq!(revocation.invalidity_date, since, "{serial}");
            }
            "E" => assert_eq!((certificate.status.as_str(), revocation.is_none()), ("expired", true), "{serial}"),
            "V" => assert_eq!((certificate.status.as_str(), revocation.is_none()), ("valid", true), "{serial}"),
            other => panic!("{other}"),
        }
    }
    text.lines().count()
}

fn number_of(crl: &str) -> u64 {
    let said = openssl::openssl(&["crl", "-in", crl, "-noout", "-crlnumber"]).assert_accepted();
    let hex = said.trim().rsplit("0x").next().expect("a number").to_owned();
    u64::from_str_radix(&hex, 16).unwrap_or_else(|_| panic!("{said}"))
}

/// Issues and revokes under an authority that was brought over; gives its new CRL.
fn go_on(sandbox: &Sandbox, authority: &str, expected: usize) -> String {
    let issued = sandbox.issue(authority, &["new.example.test"], "new");
    sandbox.revoke(&issued.certificate.id, &issued.certificate.name, "superseded");
    let crl = sandbox.crl(authority);
    let text = openssl::crl_text(&crl);
    assert_eq!(text.matches("Serial Number:").count(), expected + 1, "{text}");
    assert!(text.contains(&issued.certificate.serial.to_uppercase()), "{text}");
    crl
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn easy_rsa_comes_over_line_by_line_and_goes_on() {
    let sandbox = Sandbox::with_keyring();
    let paths = [named("easyrsa")];
    let report = import(&sandbox, &paths, &[]);
    assert_eq!(report.sources.iter().map(|source| source.kind.as_str()).collect::<Vec<_>>(), ["easy-rsa"]);
    assert_eq!(counts(&report), [7, 7, 6, 2, 1, 0], "{report:?}");
    assert!(report.refused.is_empty() && report.locked.is_empty(), "{:?}", report.refused);
    assert_eq!(compare_with_index(&data("easyrsa/index.txt"), &all(&sandbox)), 6);
    let authority = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(0);
    assert_eq!(authority.key_state, "ready");
    assert_done(&sandbox, &paths, &[]);
    let crl = go_on(&sandbox, &authority.name, 2);
    let verdict = |file: &str| openssl::verify_leniently(&named("easyrsa/ca.crt"), &[&crl], &named(file));
    verdict("easyrsa/issued/vpn1.crt").assert_accepted();
    let revoked = verdict("easyrsa/revoked/certs_by_serial/C779E3E15BFCE3159F503639BA59ED4C.crt");
    assert!(!revoked.accepted && revoked.said.contains("revoked"), "{}", revoked.said);
}

#[test]
fn two_openssl_folders_come_over_with_numbers_and_every_form_of_revocation() {
    let sandbox = Sandbox::with_keyring();
    let paths = [named("openssl-ca")];
    let report = import(&sandbox, &paths, &["issuing"]);
    let kinds: Vec<_> = report.sources.iter().map(|source| source.kind.as_str()).collect();
    assert_eq!(kinds, ["folder", "openssl-ca", "openssl-ca"], "{:?}", report.sources);
    assert_eq!((report.taken.certificates, report.taken.revocations, report.taken.crls), (11, 4, 2));
    let outcomes: Vec<_> = report.items.iter().filter(|item| item.kind == "revocation").map(|item| item.outcome.as_str()).collect();
    assert_eq!(outcomes, ["taken"; 4]);
    let certificates = all(&sandbox);
    assert_eq!(compare_with_index(&data("openssl-ca/issuing/index.txt"), &certificates), 9);
    assert_eq!(compare_with_index(&data("openssl-ca/root/index.txt"), &certificates), 1);
    assert_done(&sandbox, &paths, &["issuing"]);
    let issuing = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(1);
    let stale = sandbox.surface.authority_show(ask(json!({ "authority": issuing.name }))).expect("shown").crl;
    assert!(!stale.stale, "the list that came with it has everything that the index says");
    let crl = go_on(&sandbox, &issuing.name, 4);
    assert!(number_of(&crl) > 0x1001, "{}", number_of(&crl));
    let bundle =
        [named("openssl-ca/root/ca.crt"), named("openssl-ca/issuing/ca.crt")].map(|path| std::fs::read(path).expect("a CA")).concat();
    let bundle = sandbox.write("bundle.pem", bundle);
    let old_root = named("openssl-ca/root/crl/root.crl.pem");
    openssl::verify(&bundle, &[&old_root, &crl], &named("openssl-ca/issuing/www.crt")).assert_accepted();
    for revoked in ["mail", "db", "git", "vpn"] {
        let verdict = openssl::verify(&bundle, &[&old_root, &crl], &named(&format!("openssl-ca/issuing/{revoked}.crt")));
        assert!(!verdict.accepted && verdict.said.contains("revoked"), "{revoked}: {}", verdict.said);
    }
}

#[test]
fn what_the_lists_do_not_have_comes_from_the_index() {
    let sandbox = Sandbox::with_keyring();
    let folder = sandbox.path("ca");
    copy(&data("openssl-ca/issuing"), &folder);
    std::fs::remove_dir_all(folder.join("crl")).expect("no lists");
    // One revoked certificate is lost, and one that is good.
    for (name, serial) in [("vpn", "A8FA44E5A0DA2144F09A63F8BD6A215D"), ("ldap", "A8FA44E5A0DA2144F09A63F8BD6A215F")] {
        std::fs::remove_file(folder.join(format!("{name}.crt"))).expect("removed");
        std::fs::remove_file(folder.join("newcerts").join(format!("{serial}.pem"))).expect("removed");
    }
    let paths = [sandbox.text("ca")];
    let report = import(&sandbox, &paths, &["issuing"]);
    assert_eq!((report.taken.revocations, report.revocations_without_certificate, report.taken.crls), (4, 1, 0), "{report:?}");
    let missing: Vec<_> = report.not_carried.iter().map(|not| (not.code.as_str(), not.object.contains("ldap"))).collect();
    assert_eq!(missing, [("certificate-missing", true)]);
    assert_done(&sandbox, &paths, &["issuing"]);
    let authority = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(0);
    let crl = go_on(&sandbox, &authority.name, 4);
    assert!(number_of(&crl) > 0x1001, "the file with the next number is the floor: {}", number_of(&crl));
    let text = openssl::crl_text(&crl);
    assert!(text.contains("A8FA44E5A0DA2144F09A63F8BD6A215D"), "a serial number without a certificate: {text}");
}

#[test]
fn where_index_and_list_differ_it_is_shown_and_revoked_wins() {
    let sandbox = Sandbox::with_keyring();
    let folder = sandbox.path("ca");
    copy(&data("openssl-ca/issuing"), &folder);
    let index = std::fs::read_to_string(folder.join("index.txt")).expect("an index");
    let changed = index
        // mail was revoked, says the list only.
        .replace("R\t271223015439Z\t261121015439Z,superseded\t", "V\t271223015439Z\t\t")
        // vpn has a reason here, and none on the list; www was revoked since; a line is damaged.
        .replace("261121015439Z\tA8FA44E5A0DA2144F09A63F8BD6A215D", "261121015439Z,keyCompromise\tA8FA44E5A0DA2144F09A63F8BD6A215D")
        .replace(
            "V\t271223015439Z\t\tA8FA44E5A0DA2144F09A63F8BD6A2159",
            "R\t271223015439Z\t261121120000Z,affiliationChanged\tA8FA44E5A0DA2144F09A63F8BD6A2159",
        );
    std::fs::write(folder.join("index.txt"), format!("{changed}X\tno line\n")).expect("written");
    let paths = [sandbox.text("ca")];
    let report = import(&sandbox, &paths, &["issuing"]);
    let conflicts: Vec<_> = report
        .items
        .iter()
        .filter(|item| item.outcome == "conflicting")
        .map(|item| (item.code.as_str(), item.object.contains("215a")))
        .collect();
    assert_eq!(conflicts, [("valid-elsewhere", true)], "{report:?}");
    assert_eq!(report.refused.iter().map(|refused| refused.code.as_str()).collect::<Vec<_>>(), ["index-line"]);
    let certificates = all(&sandbox);
    let standing = |serial: &str| certificates[serial].revocation.as_ref().map(|revocation| revocation.reason.clone());
    assert_eq!(standing("a8fa44e5a0da2144f09a63f8bd6a215a").as_deref(), Some("superseded"));
    assert_eq!(standing("a8fa44e5a0da2144f09a63f8bd6a215d").as_deref(), Some("keyCompromise"));
    assert_eq!(standing("a8fa44e5a0da2144f09a63f8bd6a2159").as_deref(), Some("affiliationChanged"));
    let authority = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items.remove(0);
    let shown = sandbox.surface.authority_show(ask(json!({ "authority": authority.name }))).expect("shown");
    assert!(shown.crl.stale, "the list lacks what the index knows");
    go_on(&sandbox, &authority.name, 5);
}

/// The answer of the database itself.
fn asked(database: &str, sql: &str) -> Vec<Vec<String>> {
    sqlite(&named(database), sql).lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
}

#[test]
fn an_xca_database_comes_over_row_by_row_and_goes_on() {
    let sandbox = Sandbox::with_keyring();
    let paths = [named("xca/acme.xdb")];
    let before = std::fs::read(&paths[0]).expect("a database");
    for (passwords, tried) in [(json!([]), false), (json!(["not it"]), true)] {
        let plan = sandbox.surface.import_plan(ask(json!({ "paths": paths, "passwords": passwords }))).expect("a plan");
        let locked: Vec<_> = plan.locked.iter().map(|locked| (locked.object.as_str(), locked.tried)).collect();
        assert_eq!(locked, [("database password", tried)], "it is asked for once");
        let code = refusal(sandbox.surface.import_run(ask(json!({ "paths": paths, "passwords": passwords }))));
        assert_eq!((code, sandbox.count()), (ErrorCode::PasswordWanted, 0));
    }
    let report = import(&sandbox, &paths, &["not it", "Tr0ub4dor"]);
    assert_eq!(report.sources.iter().map(|source| source.kind.as_str()).collect::<Vec<_>>(), ["xca"]);
    assert_eq!(counts(&report), [11, 4, 1, 4, 1, 3], "{report:?}");
    assert!(report.refused.is_empty(), "{:?}", report.refused);
    let certificates = all(&sandbox);
    for row in asked("xca/acme.xdb", "SELECT c.serial, i.name FROM certs c JOIN items i ON i.id = c.item") {
        assert_eq!(certificates[&row[0].to_lowercase()].name, row[1]);
    }
    let reasons = ["unspecified", "keyCompromise", "", "", "superseded", "", "certificateHold"];
    for row in asked("xca/acme.xdb", "SELECT serial, date, invaldate, reasonBit FROM revocations") {
        let revocation = certificates[&row[0].to_lowercase()].revocation.clone().unwrap_or_else(|| panic!("{row:?}"));
        assert_eq!((revocation.at, revocation.reason.as_str()), (utc(&row[1]), reasons[row[3].parse::<usize>().expect("a code")]));
        assert_eq!(revocation.invalidity_date, (row[2] != "99991231235959Z").then(|| utc(&row[2])));
    }
    let www = &certificates["a8fa44e5a0da2144f09a63f8bd6a2159"];
    let origin = sandbox.surface.certificate_show(ask(json!({ "certificate": www.id }))).expect("shown").origin.expect("an origin");
    assert_eq!((origin.program.as_str(), origin.name.as_str(), origin.kind.as_str()), ("xca", "www.acme.test", "imported"));
    assert_eq!(origin.inserted_at.as_deref(), Some("2026-11-21T01:55:06Z"));
    let authorities = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items;
    for authority in &authorities {
        let shown = sandbox.surface.authority_show(ask(json!({ "authority": authority.name }))).expect("shown");
        assert_eq!((shown.key_state.as_str(), shown.crl_days), ("ready", 30), "{}", authority.name);
    }
    let profiles = sandbox.surface.profile_list(ask(json!({}))).expect("a list").items;
    for template in asked("xca/acme.xdb", "SELECT name FROM items WHERE type = 5") {
        let taken = report.profiles.iter().find(|profile| profile.template == template[0]).unwrap_or_else(|| panic!("{template:?}"));
        assert!(profiles.iter().any(|profile| profile.name == taken.name), "{}", taken.name);
    }
    assert_done(&sandbox, &paths, &["Tr0ub4dor"]);
    assert_eq!(std::fs::read(&paths[0]).expect("a database"), before, "nothing is written into it");
    let crl = go_on(&sandbox, &authorities[1].name, 4);
    assert!(number_of(&crl) > 0x1001, "above the number of the list in it: {}", number_of(&crl));
    // The same PKI again, as openssl keeps it: what is known is known.
    let report = import(&sandbox, &[named("openssl-ca")], &["issuing"]);
    assert_eq!((report.taken.certificates, report.taken.revocations), (0, 0), "{report:?}");
}

#[test]
fn tiny_ca_comes_over_row_by_row_and_goes_on() {
    let sandbox = Sandbox::with_keyring();
    let paths = [named("tiny-ca")];
    let report = import(&sandbox, &paths, &[]);
    assert!(report.sources.iter().any(|source| source.kind == "tiny-ca"), "{:?}", report.sources);
    assert_eq!(counts(&report), [6, 6, 5, 2, 1, 0], "{report:?}");
    let certificates: BTreeMap<String, CertificateView> = all(&sandbox).into_values().map(|one| (one.name.clone(), one)).collect();
    let sql = "SELECT common_name, status, replace(substr(revocation_date, 1, 19), ' ', 'T') || 'Z', revocation_reason, key_type FROM certificates";
    for row in asked("tiny-ca/pki.db", sql) {
        let certificate = &certificates[&row[0]];
        assert_eq!(certificate.status, row[1], "{row:?}");
        assert!(certificate.tags.contains(&row[4]), "{:?}", certificate.tags);
        if row[1] == "revoked" {
            let revocation = certificate.revocation.clone().expect("revoked");
            assert_eq!((revocation.at, revocation.reason), (row[2].clone(), row[3].clone()), "{row:?}");
        }
    }
    assert_done(&sandbox, &paths, &[]);
    let crl = go_on(&sandbox, "Tiny Root CA", 2);
    assert!(openssl::crl_text(&crl).contains("Key Compromise"), "a reason that the old list did not say");
}

#[test]
fn old_and_strange_databases_are_refused_by_name() {
    let sandbox = Sandbox::with_keyring();
    let old = sandbox.write("old.xdb", [0xca, 0xdb, 0x19, 0x69, 0, 0, 0, 1]);
    let newer = sandbox.path("newer.xdb");
    std::fs::copy(data("xca/acme.xdb"), &newer).expect("copied");
    sqlite(newer.to_str().expect("UTF-8"), "UPDATE settings SET value = '99' WHERE key_ = 'schema'");
    let cut = sandbox.write("cut.xdb", &std::fs::read(data("xca/acme.xdb")).expect("a database")[..20_000]);
    let request = json!({ "paths": [old, newer, cut, named("registries/schema-1.chancery")], "whole": true });
    let report = sandbox.surface.import_run(ask(request)).expect("a report");
    let codes: Vec<_> = report.refused.iter().map(|refused| refused.code.as_str()).collect();
    assert_eq!(codes, ["xca-old", "xca-newer", "database-unreadable", "chancery-registry"]);
    assert_eq!(sandbox.count(), 0);
}

#[test]
fn a_report_is_paged_through_and_kept() {
    let sandbox = Sandbox::with_keyring();
    let plan = sandbox.surface.import_plan(ask(json!({ "paths": [named("openssl-ca")], "passwords": ["issuing"] }))).expect("a plan");
    let page = |request: Value| sandbox.surface.import_items(ask(request));
    let (mut seen, mut after) = (0, Value::Null);
    loop {
        let found = page(json!({ "report": plan.report, "outcome": "new", "limit": 3, "after": after })).expect("a page");
        assert_eq!(found.total.count, plan.outcomes.new);
        seen += found.items.len();
        match found.next {
            Some(next) => after = json!(next),
            None => break,
        }
    }
    assert_eq!(u32::try_from(seen).ok(), Some(plan.outcomes.new));
    for name in ["report.json", "report.txt"] {
        sandbox.surface.import_keep(ask(json!({ "report": plan.report, "out": sandbox.text(name) }))).expect("kept");
    }
    let kept: Value = serde_json::from_str(&sandbox.read("report.json")).expect("JSON");
    assert_eq!(kept["items"].as_array().map(Vec::len), Some(plan.items.len()));
    assert!(sandbox.read("report.txt").contains("openssl ca folder"));
    assert_eq!(refusal(page(json!({ "report": "gone" }))), ErrorCode::ReportGone);
}

#[test]
fn an_entry_that_no_list_of_ours_could_have_is_refused_alone() {
    let sandbox = Sandbox::with_keyring();
    let folder = sandbox.path("ca");
    copy(&data("openssl-ca/issuing"), &folder);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let configuration = sandbox.write("ca/here.cnf", read("openssl.cnf").replace("dir = .", &format!("dir = {}", folder.display())));
    std::fs::write(folder.join("index.txt"), read("index.txt").replace("Z,superseded\t", "Z,removeFromCRL\t")).expect("written");
    std::fs::remove_dir_all(folder.join("crl")).expect("no old list");
    let list = sandbox.text("ca/odd.pem");
    let arguments = ["ca", "-config", &configuration, "-gencrl", "-passin", "pass:issuing", "-out", &list];
    openssl::an_hour_before(&arguments).assert_accepted();
    assert!(openssl::crl_text(&list).contains("Remove From CRL"), "{}", openssl::crl_text(&list));
    let report = import(&sandbox, &[named("openssl-ca/issuing/ca.crt"), list], &[]);
    let refused: Vec<_> = report.refused.iter().map(|refused| refused.code.as_str()).collect();
    assert_eq!((refused, report.taken.revocations, report.taken.crls), (vec!["revocation-unwritable"], 3, 1), "{report:?}");
    sandbox.assert_audit_whole();
}
