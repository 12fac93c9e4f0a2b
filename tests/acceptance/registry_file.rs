//! The file: read-only, a folder, no registry, a newer one, somebody else's; two programs at once.

use api::ErrorCode;
use api::request::{Nothing, RegistryMigrate};
use serde_json::json;
use suite::judges::sqlite::sqlite;
use suite::sandbox::{PASSPHRASE, refusal};
use suite::{Sandbox, ask};

#[test]
fn what_is_no_registry_is_named() {
    let sandbox = Sandbox::empty();
    let open = |path: String| refusal(sandbox.surface.registry_open(ask(json!({ "path": path }))));
    assert_eq!(open(sandbox.text("nowhere.chancery")), ErrorCode::RegistryNotFound);
    assert_eq!(open(sandbox.text("")), ErrorCode::RegistryIsFolder);
    assert_eq!(
        open(sandbox.write("notes.txt", "just text, longer than the header of a database file is, and then some more of it")),
        ErrorCode::NotARegistry
    );
    assert_eq!(open(sandbox.write("empty.chancery", "")), ErrorCode::NotARegistry);
    let foreign = sandbox.text("foreign.db");
    sqlite(&foreign, "CREATE TABLE notes (text TEXT)");
    assert_eq!(open(foreign), ErrorCode::NotARegistry);
    let whole = Sandbox::at_work();
    whole.close();
    let mut bytes = std::fs::read(whole.path("acme.chancery")).expect("a registry");
    bytes.get_mut(..100).expect("a header").fill(0x55);
    let damaged = sandbox.text("damaged.chancery");
    std::fs::write(&damaged, bytes).expect("written");
    let error = sandbox.surface.registry_open(ask(json!({ "path": damaged }))).expect_err("an overwritten header");
    assert_eq!(error.code, ErrorCode::RegistryDamaged);
    let words = api::words::error(&error);
    assert!(words.title.contains("its first bytes are not a registry's"), "{}", words.title);
    assert!(words.cli.expect("words of the command line").contains("chancery registry salvage"));
    let create = |path: String| {
        refusal(sandbox.surface.registry_create(ask(json!({ "path": path, "name": "Acme", "keys": "os", "withoutRecoveryFile": true }))))
    };
    assert_eq!(create(sandbox.text("")), ErrorCode::RegistryIsFolder);
    assert_eq!(create(sandbox.text("notes.txt")), ErrorCode::RegistryExists);
    assert!(sandbox.read("notes.txt").starts_with("just text"));
}

#[test]
fn a_newer_registry_is_refused_politely_and_untouched() {
    let sandbox = Sandbox::at_work();
    sandbox.close();
    let file = sandbox.text("acme.chancery");
    sqlite(&file, "PRAGMA user_version = 4711");
    sqlite(&file, "PRAGMA wal_checkpoint(TRUNCATE)");
    let before = std::fs::read(&file).expect("the file");
    let error = sandbox.surface.registry_open(ask(json!({ "path": file }))).expect_err("newer");
    assert_eq!(error.code, ErrorCode::RegistryNewer);
    assert_eq!(error.fields.get("found").map(String::as_str), Some("4711"));
    assert!(std::fs::read(&file).expect("the file") == before);
}

#[cfg(unix)]
#[test]
fn a_read_only_registry_can_be_looked_at_and_exported_from() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = Sandbox::at_work();
    let www = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    sandbox.crl("Issuing");
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("before.backup") }))).expect("a backup");
    sandbox.close();
    let folder = sandbox.path("kept");
    std::fs::create_dir(&folder).expect("a folder");
    let file = folder.join("acme.chancery");
    std::fs::rename(sandbox.path("acme.chancery"), &file).expect("moved");
    let mode = |path: &std::path::Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    mode(&file, 0o400);
    mode(&folder, 0o500);
    // The superuser ignores modes: for him the flag that nobody may write past does the same.
    let writable = std::fs::OpenOptions::new().append(true).open(&file).is_ok();
    let immutable = writable && std::process::Command::new("chattr").arg("+i").arg(&file).status().is_ok_and(|status| status.success());
    let surface = sandbox.second();
    let status = surface.registry_open(ask(json!({ "path": file })));
    let found = surface.certificate_show(ask(json!({ "certificate": www.id })));
    let exported = surface.certificate_export(ask(json!({ "certificate": www.id, "format": "pem", "out": sandbox.text("out.pem") })));
    let draft = json!({ "draft": { "authority": "Issuing", "names": ["x.example.test"] }, "handOver": { "out": sandbox.text("x"), "plainKey": true } });
    let issued = surface.certificate_issue(ask(draft));
    let backup = surface.registry_backup(ask(json!({ "out": sandbox.text("backup.chancery") })));
    let drilled = surface.registry_drill(ask(json!({ "path": sandbox.text("before.backup") })));
    surface.registry_close(Nothing {}).expect("closed");
    let taken_down = surface.registry_migrate(&RegistryMigrate { path: file.clone().into(), to: Some(1) });
    if immutable {
        std::process::Command::new("chattr").arg("-i").arg(&file).status().expect("chattr");
    }
    mode(&folder, 0o700);
    assert!(!writable || immutable, "nothing makes a file read-only for this user here");
    assert!(status.expect("opened").read_only);
    assert_eq!(found.expect("found").certificate.id, www.id);
    exported.expect("exported");
    assert_eq!(refusal(issued), ErrorCode::RegistryReadOnly);
    backup.expect("a backup of a read-only registry");
    assert!(!drilled.expect("a drill").recorded);
    assert_eq!(refusal(taken_down), ErrorCode::RegistryReadOnly);
    assert!(sandbox.read("out.pem").contains("BEGIN CERTIFICATE"));
}

#[test]
fn a_vault_opens_with_its_passphrase_only() {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA" }));
    sandbox.close();
    let surface = sandbox.second();
    let status = surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert!(!status.unlocked);
    let draft = || json!({ "draft": { "authority": "Root", "names": ["www.example.test"] }, "handOver": { "out": sandbox.text("www"), "plainKey": true } });
    assert_eq!(refusal(surface.certificate_issue(ask(draft()))), ErrorCode::Locked);
    assert_eq!(refusal(surface.registry_unlock(ask(json!({})))), ErrorCode::PassphraseRequired);
    assert_eq!(refusal(surface.registry_unlock(ask(json!({ "passphrase": "wrong" })))), ErrorCode::PassphraseWrong);
    assert_eq!(surface.certificate_list(ask(json!({}))).expect("a list").items.len(), 1, "browsing needs no keys");
    assert!(surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).expect("unlocked").unlocked);
    surface.certificate_issue(ask(draft())).expect("issued");
    surface.registry_lock(Nothing {}).expect("locked");
    let again = json!({ "draft": { "authority": "Root", "names": ["b.example.test"] }, "handOver": { "out": sandbox.text("b"), "plainKey": true } });
    assert_eq!(refusal(surface.certificate_issue(ask(again))), ErrorCode::Locked);
}

#[test]
fn two_programs_work_on_one_registry() {
    let sandbox = Sandbox::at_work();
    let other = sandbox.second();
    other.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened twice");
    let issue = |surface: &api::Surface, who: &str| {
        for number in 0..15 {
            let name = format!("{who}-{number}.example.test");
            let draft =
                json!({ "draft": { "authority": "Issuing", "names": [name] }, "handOver": { "out": sandbox.text(who), "plainKey": true } });
            surface.certificate_issue(ask(draft)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            surface.crl_build(ask(json!({ "authority": "Issuing" }))).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| issue(&sandbox.surface, "one"));
        scope.spawn(|| issue(&other, "two"));
    });
    assert_eq!(sandbox.count(), 32);
    let list = sandbox.surface.crl_list(ask(json!({ "authority": "Issuing" }))).expect("a list");
    let mut numbers: Vec<_> =
        list.items.iter().map(|item| serde_json::to_value(&item.number).expect("JSON").as_u64().expect("small")).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 30);
    sandbox.assert_audit_whole();
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
}
