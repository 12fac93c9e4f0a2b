//! How answers look: stable fields in JSON, plain and harmless text otherwise.

use serde_json::Value;

use crate::{Folder, text};

#[track_caller]
fn has(document: &Value, fields: &[&str]) {
    for field in fields {
        assert!(document.get(field).is_some(), "{field} in {document:#}");
    }
}

#[test]
fn the_promised_fields_are_there() {
    let folder = Folder::with_authorities();
    let serial = folder.issue("www.test");
    let certificate = folder.json(&format!("cert show {serial}"));
    has(
        &certificate,
        &[
            "id",
            "name",
            "status",
            "archived",
            "kind",
            "authority",
            "profile",
            "policyVersion",
            "subject",
            "issuer",
            "serial",
            "fingerprint",
            "names",
            "notBefore",
            "notAfter",
            "key",
            "revocation",
            "tags",
            "pem",
        ],
    );
    assert_eq!(text(&certificate, "/subject/rfc4514"), "CN=www.test");
    assert_eq!(text(&certificate, "/issuer/openssl"), "/O=Example/CN=Issuing");
    has(
        &folder.json("authority show issuing"),
        &["id", "name", "parent", "status", "keyLocation", "certificate", "generations", "crl", "issued", "path"],
    );
    has(&folder.json("registry status"), &["path", "name", "schema", "keys", "certificates", "authorities", "unlocked", "readOnly"]);
    for list in ["cert list", "authority list", "profile list", "audit list", "registry history"] {
        has(&folder.json(list), &["items", "next", "total"]);
    }
    has(
        folder.json("audit list --limit 1").pointer("/items/0").unwrap(),
        &["sequence", "at", "actor", "action", "subject", "detail", "why", "hash", "previous"],
    );
    has(
        &folder.json("crl build issuing"),
        &["issuer", "number", "thisUpdate", "nextUpdate", "entries", "base", "idp", "signature", "sha256", "items"],
    );
}

#[test]
fn without_unlocking_a_status_says_locked() {
    let folder = Folder::with_authorities();
    let locked = folder.bare("registry status --registry team.chancery --json").ends(0).document();
    assert_eq!(locked.get("unlocked"), Some(&Value::Bool(false)));
    assert_eq!(folder.json("registry status").get("unlocked"), Some(&Value::Bool(true)));
}

#[test]
fn pages_follow_each_other() {
    let folder = Folder::with_authorities();
    let first = folder.json("cert list --limit 1 --sort name");
    let second = folder.json(&format!("cert list --limit 1 --sort name --after {}", text(&first, "/next")));
    assert_eq!((text(&first, "/items/0/name"), text(&second, "/items/0/name")), ("Issuing".to_owned(), "Root".to_owned()));
    assert_eq!(second.get("next"), Some(&Value::Null));
    let shown = folder.done("cert list --limit 1 --sort name");
    assert!(shown.err.starts_with("1 of 2; the next page: --after "), "{}", shown.err);
    assert_eq!(folder.done("cert list --limit 1 --sort name --quiet").err, "");
}

#[test]
fn text_is_plain_and_hostile_characters_are_visible() {
    let folder = Folder::with_authorities();
    let subject = "CN=pay\u{202e}lap";
    let arguments = [
        "cert",
        "issue",
        "--authority",
        "issuing",
        "--profile",
        "tls-client",
        "--subject",
        subject,
        "--out",
        "client",
        "--plain-key",
        "--quiet",
    ];
    let environment = [("CHANCERY_REGISTRY", "team.chancery"), ("CHANCERY_PASSPHRASE_FILE", "pass")];
    let ran = folder.run_with(&arguments, &environment, "").ends(0);
    assert!(ran.out.contains("pay\\u{202e}lap") && !ran.out.contains('\u{202e}'), "{}", ran.out);
    let list = folder.done("cert list");
    assert!(!list.out.contains(['\u{1b}', '\u{202e}']) && list.out.contains("\\u{202e}"));
    let json = folder.done("cert list --json");
    assert!(!json.out.contains('\u{202e}'));
    assert_eq!(text(&json.document(), "/items/0/name"), "pay\u{202e}lap");
}

#[test]
fn a_weak_passphrase_is_warned_about_and_taken() {
    let folder = Folder::new();
    std::fs::write(folder.path("pass"), "short\n").unwrap();
    let ran = folder.done("registry create team.chancery --name Team --keys passphrase");
    assert!(ran.err.starts_with("warning: the passphrase of the vault is easily guessed"), "{}", ran.err);
    folder.done("authority create --name root --subject CN=Root");
}

#[test]
fn the_asn1_of_a_certificate_is_shown_as_openssl_counts_it() {
    let folder = Folder::with_authorities();
    folder.done("cert issue --authority issuing --name www.example.test --plain-key --out www");
    let shown = folder.bare("cert show www/www.example.test.crt --asn1").ends(0).out;
    let judged =
        std::process::Command::new("openssl").args(["asn1parse", "-in"]).arg(folder.path("www/www.example.test.crt")).output().unwrap();
    let judged = String::from_utf8(judged.stdout).unwrap();
    // Every element that OpenSSL names stands at the same offset with the same lengths here.
    let mut compared = 0;
    for line in judged.lines() {
        let (offset, rest) = line.split_once(":d=").unwrap();
        let number = |name: &str| rest.split_once(name).unwrap().1.split_whitespace().next().unwrap().to_owned();
        let wanted = format!("{:>5} {:>2}+{:<5} ", offset.trim(), number("hl="), number(" l="));
        assert!(shown.lines().any(|ours| ours.starts_with(wanted.trim_end())), "{wanted:?} is not in\n{shown}");
        compared += 1;
    }
    assert!(compared > 40, "{judged}");
    assert!(shown.contains("subjectAltName (2.5.29.17)") && shown.contains("[2] www.example.test"), "{shown}");
    folder.run("cert show www.example.test --asn1").ends(3);
}
