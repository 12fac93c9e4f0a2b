//! The main job: root and issuing authority, issue, verify, revoke, publish.

use serde_json::Value;

use crate::{Folder, read, text};

#[test]
fn issue_verify_revoke_and_publish() {
    let folder = Folder::with_authorities();
    folder.done("cert issue --authority issuing --name www.example.test --name 192.0.2.1 --out www --plain-key");
    let certificate = read(&folder.path("www/www.example.test.crt"));
    assert_eq!(certificate.matches("BEGIN CERTIFICATE").count(), 1);
    assert_eq!(read(&folder.path("www/www.example.test.chain.pem")).matches("BEGIN CERTIFICATE").count(), 2);
    assert!(read(&folder.path("www/www.example.test.key")).starts_with("-----BEGIN PRIVATE KEY-----"));

    let verdict = folder.json("cert verify www/www.example.test.crt --host www.example.test --purpose tls-server");
    assert_eq!(verdict.get("trusted"), Some(&Value::Bool(true)));

    let list = folder.json("cert list --search www --status valid");
    assert_eq!(list.pointer("/total/count"), Some(&Value::from(1)));
    let serial = text(&list, "/items/0/serial");

    let revoked = folder.done(&format!("cert revoke issuing/{serial} --reason keyCompromise --yes"));
    assert!(revoked.err.contains("stale") && revoked.err.contains("\n  chancery crl build issuing\n"), "{}", revoked.err);
    let stale = folder.json("authority show issuing");
    assert_eq!(stale.pointer("/crl/stale"), Some(&Value::Bool(true)));

    let crl = folder.json("crl build issuing");
    assert_eq!((crl.get("number"), crl.get("entries")), (Some(&Value::from(1)), Some(&Value::from(1))));
    folder.done("crl export issuing --out issuing.crl");
    let shown = folder.json("crl show issuing.crl --entries");
    assert_eq!(text(&shown, "/items/0/serial"), serial);
    assert_eq!(text(&shown, "/items/0/reason"), "keyCompromise");
    assert_eq!(text(&shown, "/signature"), "valid");
    assert_eq!(text(&shown, "/sha256"), text(&crl, "/sha256"));

    let refused = folder.run("cert verify www/www.example.test.crt --json").ends(4);
    assert_eq!(refused.document().get("trusted"), Some(&Value::Bool(false)));
    assert_eq!(folder.json("audit verify").get("ok"), Some(&Value::Bool(true)));
    assert_eq!(folder.json("registry check").get("ok"), Some(&Value::Bool(true)));
    // Between two commands the registry is one file, which can be copied as it is.
    assert!(folder.path("team.chancery").is_file() && !folder.path("team.chancery-wal").exists());
}

#[test]
fn files_are_judged_without_a_registry() {
    let folder = Folder::with_authorities();
    folder.issue("www.test");
    let roots = folder.json("cert list --search Root --kind authority");
    folder.done(&format!("cert export {} --format pem --out root.pem", text(&roots, "/items/0/id")));
    let issuing = folder.json("cert list --search Issuing --kind authority");
    folder.done(&format!("cert export {} --format pem --out issuing.pem", text(&issuing, "/items/0/id")));
    folder.bare("cert verify www.test.pem --trust root.pem --untrusted issuing.pem --host www.test").ends(0);
    folder.bare("cert verify www.test.pem --trust root.pem --untrusted issuing.pem --host other.test").ends(4);
    folder.bare("cert verify www.test.pem --trust root.pem").ends(4);
    let shown = folder.bare("cert show www.test.pem --json").ends(0).document();
    assert_eq!(text(&shown, "/names/0"), "dns:www.test");
}

#[test]
fn standard_output_takes_certificate_and_key_and_nothing_else() {
    let folder = Folder::with_authorities();
    let ran = folder.done("cert issue --authority issuing --name www.test --out - --plain-key");
    assert!(ran.out.starts_with("-----BEGIN CERTIFICATE-----") && ran.out.ends_with("-----END PRIVATE KEY-----\n"), "{}", ran.out);
    assert!(ran.err.contains("www.test"));
    folder.run("cert issue --authority issuing --name www.test --out - --plain-key --json").ends(2);
}

#[test]
fn a_dry_run_signs_nothing() {
    let folder = Folder::with_authorities();
    let preview = folder.json("cert issue --authority issuing --name www.test --dry-run");
    assert_eq!(text(&preview, "/names/0"), "dns:www.test");
    assert_eq!(folder.json("cert list --kind leaf").pointer("/total/count"), Some(&Value::from(0)));
}

#[test]
fn a_key_can_be_sealed() {
    let folder = Folder::with_authorities();
    std::fs::write(folder.path("password"), "opens the key\n").unwrap();
    folder.done("cert issue --authority issuing --name www.test --out sealed --password-file password");
    assert!(read(&folder.path("sealed/www.test.key")).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    folder.done("cert issue --authority issuing --name p12.test --out sealed --format pkcs12 --password-file password");
    assert!(folder.path("sealed/p12.test.p12").is_file());
}

#[test]
fn a_seeded_registry_is_marked_and_whole() {
    let folder = Folder::new();
    let status = folder.json("dev seed seeded.chancery --certificates 12 --revoked 3 --authorities 2");
    assert_eq!(status.get("isTest"), Some(&Value::Bool(true)));
    let revoked = folder.bare("cert list --registry seeded.chancery --status revoked --json").ends(0).document();
    assert_eq!(revoked.pointer("/total/count"), Some(&Value::from(3)));
    let all = folder.bare("cert list --registry seeded.chancery --json").ends(0).document();
    assert_eq!(all.pointer("/total/count"), Some(&Value::from(14)));
    let input = "seed\n";
    let arguments = ["crl", "build", &text(&all, "/items/0/authority/id"), "--registry", "seeded.chancery", "--passphrase-file", "-"];
    folder.run_with(&arguments, &[], input).ends(0);
}

#[test]
fn a_successor_takes_the_place_and_nothing_is_revoked_unasked() {
    let folder = Folder::with_authorities();
    folder.done("cert issue --authority issuing --name www.example.test --out www --plain-key");
    let serial = text(&folder.json("cert list --search www"), "/items/0/serial").to_owned();
    let planned = folder.done(&format!("cert renew issuing/{serial} --new-key --days 30 --dry-run"));
    assert!(planned.out.contains("Differs from the certificate before in") && planned.out.contains("notAfter"), "{}", planned.out);

    let renewed = folder.done(&format!("cert renew issuing/{serial} --days 30 --out again"));
    assert!(renewed.err.contains("notAfter\n  - "), "{}", renewed.err);
    assert!(!folder.path("again/www.example.test.key").exists(), "the key is the same: it is not here to be handed over");
    assert_eq!(text(&folder.json(&format!("cert show issuing/{serial}")), "/status"), "superseded");
    let after = text(&folder.json("cert list --search www --status valid"), "/items/0/serial").to_owned();

    let rotated = folder.done(&format!("cert rotate issuing/{after} --out rotated --plain-key"));
    assert!(rotated.err.contains("chancery cert revoke ") && rotated.err.contains("--reason superseded"), "{}", rotated.err);
    assert!(read(&folder.path("rotated/www.example.test.key")).starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(folder.json("cert list --status revoked").pointer("/total/count"), Some(&Value::from(0)));

    let compared = folder.done("cert compare www/www.example.test.crt rotated/www.example.test.crt");
    assert!(compared.out.contains("serial\n  - ") && compared.out.contains("key\n  "), "{}", compared.out);
    folder.run(&format!("cert renew issuing/{after} --out more")).ends(4);
}
