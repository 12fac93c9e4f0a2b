//! Errors: their exit status, and the three things that each says.

use serde_json::Value;

use crate::{Folder, text};

#[test]
fn an_error_says_what_happened_what_is_safe_and_what_to_do() {
    let folder = Folder::new();
    let ran = folder.bare("cert list --registry nowhere.chancery").ends(3);
    assert_eq!(ran.out, "");
    assert_eq!(
        ran.err,
        "error: There is no registry at nowhere.chancery\n\
         safe: Nothing was created.\n\
         next: Check the path, or make one with `chancery registry create PATH --name TEXT`.\n"
    );
    let error = folder.bare("cert list --registry nowhere.chancery --json").ends(3).error();
    assert_eq!(text(&error, "/code"), "registry-not-found");
    assert_eq!(text(&error, "/message"), "There is no registry at nowhere.chancery");
    assert!(text(&error, "/hint").starts_with("Check the path"));
    assert_eq!(text(&error, "/fields/path"), "nowhere.chancery");
}

#[test]
fn each_kind_of_error_has_its_exit_status() {
    let folder = Folder::with_authorities();
    let serial = folder.issue("www.test");
    folder.done(&format!("cert revoke {serial} --yes"));
    std::fs::write(folder.path("not-a-registry"), "text").unwrap();
    std::fs::write(folder.path("wrong"), "wrong\n").unwrap();
    for (line, status, code) in [
        ("registry create team.chancery --name Team --keys passphrase", 6, "registry-exists"),
        ("authority create --name a --subject nonsense", 2, "bad-subject"),
        ("authority create --name root --subject CN=Again", 4, "name-taken"),
        ("authority create --name again --subject CN=Root,O=Example", 4, "subject-taken"),
        ("authority create --name a --subject CN=a --key rsa-1024", 2, "bad-key-spec"),
        ("authority show nobody", 3, "authority-not-found"),
        ("cert issue --authority nobody --name a.test --out a --plain-key", 3, "authority-not-found"),
        ("cert issue --authority issuing --profile none --name a.test --out a --plain-key", 3, "profile-not-found"),
        ("cert issue --authority issuing --name a.test --not-after never --out a --plain-key", 2, "bad-time"),
        ("cert issue --authority issuing --name a.test --days 36500 --out a --plain-key", 4, "outlives-issuer"),
        ("cert issue --authority issuing --name a.test --csr nowhere.csr --out a", 3, "file-not-found"),
        ("cert issue --authority issuing --name www.test --out www.test.pem --plain-key", 2, "file-exists"),
        ("cert show abcdef", 3, "certificate-not-found"),
        ("cert show ./nowhere", 3, "file-not-found"),
        ("cert show nowhere.crt", 3, "file-not-found"),
        ("cert list --after nonsense", 2, "bad-cursor"),
        ("crl show root", 3, "crl-not-found"),
        ("crl export issuing --out a --number 7", 3, "crl-not-found"),
        ("crl build issuing --passphrase-file wrong", 5, "passphrase-wrong"),
        ("crl build issuing --passphrase-file nowhere", 3, "file-not-found"),
        ("cert list --registry not-a-registry", 6, "not-a-registry"),
        ("cert list --registry .", 6, "registry-is-folder"),
        ("import nowhere", 3, "file-not-found"),
    ] {
        let error = folder.run(&format!("{line} --json")).ends(status).error();
        assert_eq!(text(&error, "/code"), code, "{line}");
    }
    let again = folder.run(&format!("cert revoke {serial} --yes --json")).ends(4).error();
    assert_eq!(text(&again, "/code"), "already-revoked");
    assert!(!folder.path("a").exists());
}

#[test]
fn a_batch_that_fails_in_part_does_the_rest_and_says_so() {
    let folder = Folder::with_authorities();
    let (first, second) = (folder.issue("one.test"), folder.issue("two.test"));
    folder.done(&format!("cert revoke {first} --yes"));
    let ran = folder.run(&format!("cert revoke {first} {second} --yes --json")).ends(1);
    assert_eq!(ran.document().pointer("/certificates/0/serial").and_then(Value::as_str), Some(second.as_str()));
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(text(&error, "/error/code"), "batch-partly-failed");
    assert!(text(&error, "/error/fields/report").contains("one.test"));
}

#[test]
fn a_mistyped_name_in_a_batch_revokes_nothing() {
    let folder = Folder::with_authorities();
    let serial = folder.issue("one.test");
    folder.run(&format!("cert revoke {serial} abcdef --yes")).ends(3);
    assert_eq!(text(&folder.json(&format!("cert show {serial}")), "/status"), "valid");
}

#[test]
fn an_import_with_refused_objects_is_exit_status_1_with_a_report() {
    let folder = Folder::with_authorities();
    std::fs::create_dir(folder.path("mixed")).unwrap();
    std::fs::write(folder.path("mixed/note.txt"), "nothing to see").unwrap();
    let skipped = folder.json("import mixed");
    assert_eq!(skipped.pointer("/skipped/0/path").and_then(Value::as_str).map(|path| path.ends_with("note.txt")), Some(true));
    let refused = folder.run("import mixed/note.txt --json").ends(1).document();
    assert!(refused.pointer("/refused/0/code").is_some());
}

#[test]
fn verbose_adds_the_cause_and_never_the_passphrase() {
    let folder = Folder::with_authorities();
    let ran = folder.run("crl build issuing --verbose").ends(0);
    assert!(!ran.err.contains(crate::PASSPHRASE));
}
