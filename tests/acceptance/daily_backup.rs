//! A copy each day that the registry is used; the oldest goes only after the new one was proved, and what fails is told.

use std::sync::atomic::{AtomicBool, Ordering};

use api::ErrorCode;
use api::request::Nothing;
use api::view::{BackupList, DrillView};
use authority::session::Session;
use authority::watch::Watch;
use serde_json::{Value, json};
use suite::judges::sqlite::sqlite;
use suite::sandbox::{PASSPHRASE, forces, refusal};
use suite::{Sandbox, ask};
use time::Duration;

fn state(sandbox: &Sandbox) -> BackupList {
    sandbox.surface.registry_backups(Nothing {}).expect("a state")
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    let mut names: Vec<_> = state(sandbox).items.into_iter().map(|file| file.name).collect();
    names.sort();
    names
}

fn set(sandbox: &Sandbox, changes: &Value) {
    sandbox.surface.settings_set(ask(json!({ "changes": changes }))).expect("set");
}

fn attention(sandbox: &Sandbox) -> Vec<String> {
    sandbox.surface.overview(Nothing {}).expect("an overview").attention.into_iter().map(|item| item.code).collect()
}

#[test]
fn one_copy_a_day_and_as_many_kept_as_wanted() {
    let sandbox = Sandbox::at_work();
    set(&sandbox, &json!([{ "key": "backup.keep", "value": "2" }]));
    let made = sandbox.surface.back_up_daily(false).expect("a backup").expect("due");
    assert!(made.path.ends_with("acme.backups/acme.daily-2026-11-22.backup"), "{}", made.path);
    assert!(sandbox.surface.back_up_daily(true).expect("a look").is_none(), "once a day");
    // What somebody else put there, and copies made by hand, stay.
    sandbox.write("acme.backups/acme.before-the-move.backup", "by hand");
    sandbox.write("acme.backups/notes.txt", "notes");
    for _ in 0..3 {
        sandbox.clock.advance(Duration::days(1));
        sandbox.surface.back_up_daily(true).expect("a backup").expect("due");
    }
    assert_eq!(names(&sandbox), ["acme.before-the-move.backup", "acme.daily-2026-11-24.backup", "acme.daily-2026-11-25.backup"]);
    assert!(sandbox.path("acme.backups/notes.txt").exists());
    let removed = sandbox.surface.audit_list(ask(json!({ "action": "registry.backups-removed" }))).expect("a log").items;
    assert_eq!(removed.len(), 2);
    sandbox.assert_audit_whole();
}

#[test]
fn a_registry_that_was_only_looked_at_is_not_copied_nor_one_that_is_not_to_be() {
    let sandbox = Sandbox::at_work();
    sandbox.close();
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert!(sandbox.surface.back_up_daily(false).expect("a look").is_none());
    set(&sandbox, &json!([{ "key": "backup.daily", "value": "off" }]));
    assert!(sandbox.surface.back_up_daily(true).expect("a look").is_none());
    set(&sandbox, &json!([{ "key": "backup.daily" }]));
    assert!(sandbox.surface.back_up_daily(false).expect("a backup").is_some());
}

#[test]
fn a_failure_is_told_and_nothing_old_is_removed_for_it() {
    let sandbox = Sandbox::at_work();
    std::fs::create_dir(sandbox.path("elsewhere")).expect("a folder");
    set(&sandbox, &json!([{ "key": "backup.folder", "path": sandbox.text("elsewhere") }, { "key": "backup.keep", "value": "1" }]));
    sandbox.surface.back_up_daily(true).expect("a backup").expect("due");
    std::fs::rename(sandbox.path("elsewhere"), sandbox.path("unplugged")).expect("gone");
    sandbox.clock.advance(Duration::days(1));
    assert_eq!(refusal(sandbox.surface.back_up_daily(true)), ErrorCode::FileNotFound);
    assert!(sandbox.surface.back_up_daily(true).expect("a look").is_none(), "not again with each command");
    assert!(attention(&sandbox).contains(&"backup-failed".to_owned()));
    assert!(state(&sandbox).failed.expect("a failure").problem.contains("elsewhere"));
    let log = sandbox.surface.audit_list(ask(json!({ "action": "registry.backup-failed" }))).expect("a log").items;
    assert_eq!(log.len(), 1);
    assert!(sandbox.path("unplugged/acme.daily-2026-11-22.backup").exists());
    std::fs::rename(sandbox.path("unplugged"), sandbox.path("elsewhere")).expect("back");
    sandbox.clock.advance(Duration::hours(2));
    sandbox.surface.back_up_daily(true).expect("a backup").expect("due");
    assert_eq!(names(&sandbox), ["acme.daily-2026-11-23.backup"]);
    assert!(!attention(&sandbox).contains(&"backup-failed".to_owned()));
}

/// Overwrites the page on which a table or index begins, in a file that nobody has open.
fn damage(sandbox: &Sandbox, name: &str) {
    let file = sandbox.path("acme.chancery");
    let text = file.to_str().expect("UTF-8");
    let page: usize = sqlite(text, &format!("PRAGMA wal_checkpoint(TRUNCATE); SELECT rootpage FROM sqlite_schema WHERE name = '{name}'"))
        .lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .expect("a page");
    let mut bytes = std::fs::read(&file).expect("the file");
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[(page - 1) * size..page * size].fill(0xee);
    std::fs::write(&file, bytes).expect("a damaged file");
}

#[test]
fn a_damaged_registry_takes_the_place_of_no_sound_backup() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    set(&sandbox, &json!([{ "key": "backup.keep", "value": "1" }]));
    sandbox.surface.back_up_daily(true).expect("a backup").expect("due");
    let sound = std::fs::read(sandbox.path("acme.backups/acme.daily-2026-11-22.backup")).expect("a backup");
    sandbox.close();
    damage(&sandbox, "certificates_by_fingerprint");
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    sandbox.clock.advance(Duration::days(1));
    assert_eq!(refusal(sandbox.surface.back_up_daily(true)), ErrorCode::RegistryDamaged);
    assert_eq!(names(&sandbox), ["acme.daily-2026-11-22.backup"]);
    assert_eq!(std::fs::read(sandbox.path("acme.backups/acme.daily-2026-11-22.backup")).expect("a backup"), sound);
    let told = attention(&sandbox);
    assert!(told.contains(&"backup-failed".to_owned()) && told.contains(&"registry-damaged".to_owned()), "{told:?}");
    let log = |action: &str| sandbox.surface.audit_list(ask(json!({ "action": action }))).expect("a log").items;
    assert_eq!(log("registry.damage-found")[0].detail["cause"], "backup");
    assert!(log("registry.backup-failed")[0].detail["problem"].as_str().is_some_and(|problem| problem.contains("damaged")));

    let out = sandbox.text("by-hand.backup");
    let refused = sandbox.surface.registry_backup(ask(json!({ "out": out }))).expect_err("refused");
    assert_eq!(refused.code, ErrorCode::RegistryDamaged);
    assert!(!sandbox.path("by-hand.backup").exists());
    assert_eq!(log("registry.backed-up").len(), 1, "only the sound one");
}

#[test]
fn a_registry_with_a_damaged_certificate_takes_the_place_of_no_sound_backup() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    set(&sandbox, &json!([{ "key": "backup.keep", "value": "1" }]));
    sandbox.surface.back_up_daily(true).expect("a backup").expect("due");
    let sound = std::fs::read(sandbox.path("acme.backups/acme.daily-2026-11-22.backup")).expect("a backup");
    // One octet of a cell: every page is in order.
    sqlite(
        &sandbox.text("acme.chancery"),
        "UPDATE certificate_ders SET der = CAST(substr(der, 1, length(der) - 1) || CASE substr(der, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB) \
        WHERE certificate = (SELECT max(certificate) FROM certificate_ders)",
    );
    sandbox.clock.advance(Duration::days(1));
    assert_eq!(refusal(sandbox.surface.back_up_daily(true)), ErrorCode::RegistryDamaged);
    assert_eq!(names(&sandbox), ["acme.daily-2026-11-22.backup"]);
    assert_eq!(std::fs::read(sandbox.path("acme.backups/acme.daily-2026-11-22.backup")).expect("a backup"), sound);
    assert!(attention(&sandbox).contains(&"backup-failed".to_owned()));
    assert_eq!(refusal(sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("by-hand.backup") })))), ErrorCode::RegistryDamaged);
    assert!(!sandbox.path("by-hand.backup").exists());
    let log = sandbox.surface.audit_list(ask(json!({ "action": "registry.backed-up" }))).expect("a log").items;
    assert_eq!(log.len(), 1, "only the sound one");
}

/// Stops at the first page.
#[derive(Default)]
struct Impatient(AtomicBool);

impl Watch for Impatient {
    fn progress(&self, _: u64, _: u64) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_backup_that_is_stopped_leaves_nothing() {
    let sandbox = Sandbox::at_work();
    let session = Session::open(&sandbox.path("acme.chancery"), forces(&sandbox.clock, &sandbox.keyring)).expect("opened");
    let stopped = Impatient(AtomicBool::new(true));
    session.back_up(&sandbox.path("stopped.backup"), &stopped).expect_err("stopped");
    let left: Vec<_> = std::fs::read_dir(sandbox.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("copy") || name.to_string_lossy().contains("stopped")), "{left:?}");
}

#[test]
fn a_copy_is_one_moment_while_others_write() {
    let sandbox = Sandbox::at_work();
    let writing = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut tag = 0_u32;
            while writing.load(Ordering::Relaxed) {
                tag += 1;
                let days = json!([{ "key": "backup.keep", "value": (2 + tag % 50).to_string() }]);
                sandbox.surface.settings_set(ask(json!({ "changes": days }))).expect("set");
            }
        });
        for copy in 0..3 {
            let out = sandbox.text(&format!("copy-{copy}.backup"));
            sandbox.surface.registry_backup(ask(json!({ "out": out }))).expect("a backup beside a writer");
        }
        writing.store(false, Ordering::Relaxed);
    });
    for copy in 0..3 {
        let surface = sandbox.second();
        let view = surface.registry_drill(ask(json!({ "path": sandbox.text(&format!("copy-{copy}.backup")) }))).expect("a drill");
        assert!(view.ok, "{view:?}");
    }
}

fn drill(sandbox: &Sandbox, request: Value) -> Result<DrillView, api::ApiError> {
    sandbox.surface.registry_drill(ask(request))
}

#[test]
fn a_drill_proves_a_backup_and_leaves_nothing_but_its_record() {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["www.example.test"], "www");
    sandbox.surface.back_up_daily(true).expect("a backup").expect("due");
    assert!(attention(&sandbox).contains(&"backup-not-drilled".to_owned()));
    let before: Vec<_> = std::fs::read_dir(sandbox.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    let view = drill(&sandbox, json!({})).expect("the newest in the folder");
    assert!(view.ok && view.recorded && view.sealed, "{view:?}");
    assert_eq!((view.certificates, view.authorities, view.keys_found), (3, 2, 2));
    let after: Vec<_> = std::fs::read_dir(sandbox.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(before, after);
    assert_eq!(state(&sandbox).last_drill.as_deref(), Some("2026-11-22T12:00:00Z"));
    assert!(!attention(&sandbox).contains(&"backup-not-drilled".to_owned()));
    // The keys that are in use were only looked at.
    sandbox.issue("Issuing", &["later.example.test"], "later");
    sandbox.clock.advance(Duration::days(8));
    assert!(attention(&sandbox).contains(&"backup-old".to_owned()));
    sandbox.assert_audit_whole();
}

#[test]
fn a_drill_finds_what_is_wrong() {
    let sandbox = Sandbox::at_work();
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("cut.backup") }))).expect("a backup");
    sqlite(
        &sandbox.text("cut.backup"),
        "DROP TRIGGER audit_is_not_deleted; DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)",
    );
    let view = drill(&sandbox, json!({ "path": sandbox.text("cut.backup") })).expect("a drill");
    assert!(!view.ok && !view.findings.is_empty(), "{view:?}");
    assert!(state(&sandbox).last_drill.is_none());

    let other = Sandbox::at_work();
    other.surface.registry_backup(ask(json!({ "out": other.text("other.backup") }))).expect("a backup");
    // Its keys are in another keyring, and it is another registry's.
    let code = refusal(drill(&sandbox, json!({ "path": other.text("other.backup") })));
    assert_eq!(code, ErrorCode::BackupOfAnother);
}

#[test]
fn a_vault_in_the_backup_is_opened_for_the_drill() {
    let sandbox = Sandbox::with_vault();
    sandbox.authority(json!({ "name": "Root", "subject": "CN=Acme Root CA" }));
    sandbox.surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    let path = sandbox.text("acme.backup");
    assert_eq!(refusal(drill(&sandbox, json!({ "path": path }))), ErrorCode::PassphraseRequired);
    assert_eq!(refusal(drill(&sandbox, json!({ "path": path, "passphrase": "wrong" }))), ErrorCode::PassphraseWrong);
    let view = drill(&sandbox, json!({ "path": path, "passphrase": PASSPHRASE })).expect("a drill");
    assert!(view.ok && view.keys_found == 1, "{view:?}");
}
