//! Containers and keys as other programs write them, and files that mean no good.

use std::time::{Duration, Instant};

use api::ErrorCode;
use api::view::ImportReport;
use serde_json::json;
use suite::data::{data, named};
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

fn plan(sandbox: &Sandbox, file: &str, passwords: &[&str]) -> ImportReport {
    sandbox
        .surface
        .import_plan(ask(json!({ "paths": [named(file)], "passwords": passwords })))
        .unwrap_or_else(|error| panic!("{file}: {error:?}"))
}

#[test]
fn containers_open_with_the_right_password_and_only_with_it() {
    // File, password, certificates, keys.
    let cases = [
        ("keystores/modern.p12", "changeit", 1, 1),
        ("keystores/legacy-rc2-3des.p12", "changeit", 1, 1),
        ("keystores/unicode-password.p12", "Pässwörd🔑", 1, 1),
        ("keystores/java.p12", "changeit", 1, 1),
        ("forms/pbmac1-sha256.p12", "changeit", 1, 1),
        ("keystores/pkcs1-des3.pem", "changeit", 0, 1),
        ("keystores/sec1-encrypted.pem", "changeit", 0, 1),
        ("keystores/pkcs8-pbes1.pem", "changeit", 0, 1),
        ("keystores/pkcs8-scrypt.pem", "changeit", 0, 1),
    ];
    for (file, password, certificates, keys) in cases {
        let sandbox = Sandbox::with_keyring();
        let opened = plan(&sandbox, file, &["not this one", password]);
        assert!(opened.taken.certificates >= certificates, "{file}: {opened:?}");
        assert_eq!((opened.taken.keys, opened.passwords_wanted), (keys, 0), "{file}: {opened:?}");
        for passwords in [&["wrong"][..], &[]] {
            let locked = plan(&sandbox, file, passwords);
            assert_eq!((locked.taken.keys, locked.passwords_wanted), (0, 1), "{file} with {passwords:?}: {locked:?}");
            let request = json!({ "paths": [named(file)], "passwords": passwords });
            assert_eq!(refusal(sandbox.surface.import_run(ask(request))), ErrorCode::PasswordWanted, "{file}");
        }
        let run = sandbox.surface.import_run(ask(json!({ "paths": [named(file)], "passwords": [password] }))).expect("taken");
        assert_eq!(run.taken.keys, keys, "{file}");
        assert_eq!(sandbox.count(), run.taken.certificates, "{file}");
    }
}

#[test]
fn what_needs_no_password_needs_none() {
    for (file, certificates, keys) in [
        ("keystores/certs-only-empty-password.p12", 1, 0),
        ("keystores/bundle.p7b", 2, 0),
        ("keystores/bundle.pem", 2, 0),
        ("keystores/ed25519.pem", 0, 1),
    ] {
        let sandbox = Sandbox::with_keyring();
        let report = plan(&sandbox, file, &[]);
        assert!(
            report.taken.certificates >= certificates && report.taken.keys == keys && report.passwords_wanted == 0,
            "{file}: {report:?}"
        );
        assert!(report.refused.is_empty(), "{file}: {:?}", report.refused);
    }
}

#[test]
fn what_is_not_read_here_is_named_with_what_to_do() {
    let sandbox = Sandbox::with_keyring();
    let file = sandbox.write("mail.asc", "-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----\n");
    let request = json!({ "paths": [file], "passwords": ["changeit"] });
    let report = sandbox.surface.import_plan(ask(request)).expect("a plan");
    assert_eq!(report.refused.iter().map(|refused| refused.code.as_str()).collect::<Vec<_>>(), ["unsupported"], "{report:?}");
    assert!(report.refused[0].message.contains("PKCS#12"), "{}", report.refused[0].message);
    assert_eq!(report.passwords_wanted, 0);
}

#[test]
fn empty_cut_off_and_unknown_files_are_told_apart() {
    let sandbox = Sandbox::with_keyring();
    let text = sandbox.write("notes.txt", "Monday: renew the certificates.\n");
    let code = |path: &str| {
        let report = sandbox.surface.import_plan(ask(json!({ "paths": [path] }))).expect("a report");
        report.refused.into_iter().map(|refused| refused.code).collect::<Vec<_>>()
    };
    assert_eq!(code(&named("keystores/empty.pem")), ["file-empty"]);
    assert_eq!(code(&named("keystores/truncated.pem")), ["truncated_pem"]);
    assert_eq!(code(&text), ["nothing-known"]);
    assert_eq!(refusal(sandbox.surface.import_plan(ask(json!({ "paths": [sandbox.text("nowhere")] })))), ErrorCode::FileNotFound);
    assert_eq!(refusal(sandbox.surface.import_plan(ask(json!({ "paths": [] })))), ErrorCode::BadUsage);
    let shown = |path: &str| refusal(sandbox.surface.certificate_in_file(ask(json!({ "path": path }))));
    assert_eq!(shown(&named("keystores/empty.pem")), ErrorCode::FileEmpty);
    assert_eq!(shown(&named("keystores/truncated.pem")), ErrorCode::FileTruncated);
    assert_eq!(shown(&text), ErrorCode::NotAnObject);
    assert_eq!(sandbox.count(), 0);
}

#[test]
fn a_key_and_a_certificate_that_do_not_belong_together_are_refused() {
    let sandbox = Sandbox::with_keyring();
    let both = |certificate: &str, key: &str| json!({ "paths": [named(certificate), named(key)] });
    let wrong = both("openssl-ca/issuing/www.crt", "openssl-ca/issuing/private/db.key");
    assert_eq!(refusal(sandbox.surface.import_plan(ask(wrong.clone()))), ErrorCode::KeyMismatch);
    assert_eq!(refusal(sandbox.surface.import_run(ask(wrong))), ErrorCode::KeyMismatch);
    assert_eq!(sandbox.count(), 0);
    sandbox.surface.import_run(ask(both("openssl-ca/issuing/www.crt", "openssl-ca/issuing/private/www.key"))).expect("taken");
    let held = &sandbox.surface.certificate_list(ask(json!({}))).expect("a list").items[0];
    assert!(held.key.held);
    // A certificate that is known already counts as well.
    let wrong = both("openssl-ca/issuing/www.crt", "openssl-ca/issuing/private/db.key");
    assert_eq!(refusal(sandbox.surface.import_plan(ask(wrong))), ErrorCode::KeyMismatch);
}

#[test]
fn hostile_certificates_are_taken_byte_for_byte_and_shown_without_harm() {
    let sandbox = Sandbox::with_keyring();
    let paths: Vec<_> = std::fs::read_dir(data("hostile"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .collect();
    assert_eq!(paths.len(), 12);
    let run = sandbox.surface.import_run(ask(json!({ "paths": paths }))).expect("taken");
    assert_eq!(run.taken.certificates, 12, "{run:?}");
    let page = sandbox.surface.certificate_list(ask(json!({}))).expect("a list");
    assert_eq!(page.items.len(), 12);
    for (place, item) in page.items.iter().enumerate() {
        let detail = sandbox.surface.certificate_show(ask(json!({ "certificate": item.id }))).expect("a detail");
        assert_eq!(detail.certificate.fingerprint, item.fingerprint);
        let file = format!("out-{place}.pem");
        sandbox.export(&item.id, "pem", &file);
        let exported = sandbox.read(&file);
        let same = |path: &std::path::PathBuf| body(&std::fs::read_to_string(path).expect("PEM")) == body(&exported);
        assert!(paths.iter().any(same), "{} came out changed", item.name.escape_debug());
    }
}

/// The base64 of a PEM file's one block.
fn body(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

#[test]
fn a_file_that_asks_for_hours_of_work_is_refused_at_once() {
    let sandbox = Sandbox::with_keyring();
    let start = Instant::now();
    let report = plan(&sandbox, "hostile/kdf-bomb.p12", &["x"]);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(report.taken.keys + report.taken.certificates, 0);
    assert_eq!(report.refused.len(), 1, "{report:?}");
    assert_eq!(report.passwords_wanted, 0, "no password would help: {report:?}");
}

#[test]
fn a_crl_that_is_opened_is_judged_with_its_entries() {
    let sandbox = Sandbox::with_keyring();
    for (file, expected) in [
        ("tiny-ca/pki/crl.pem", &["crl_number_missing", "crl_authority_key_id_missing"][..]),
        ("openssl-ca/issuing/crl/issuing.crl.pem", &["crl_entry_with_hold_instruction"]),
        ("openssl-ca/root/crl/root.crl.pem", &[]),
    ] {
        let shown = sandbox.surface.crl_show(ask(json!({ "path": named(file) }))).unwrap_or_else(|error| panic!("{file}: {error:?}"));
        let found: Vec<_> = shown.findings.iter().map(|finding| finding.lint.as_str()).collect();
        assert_eq!(found, expected, "{file}");
        assert!(shown.findings.iter().all(|finding| !finding.message.contains(['{', '}']) && !finding.fix.is_empty()), "{file}");
    }
}
