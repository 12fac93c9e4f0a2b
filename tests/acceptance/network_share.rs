//! A registry on a network share: only looked at, unless somebody agrees to a rollback journal; and what was written there opens on a local disk.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use api::request::Nothing;
use api::view::RegistryStatus;
use api::{ApiError, ErrorCode, Host, Surface};
use authority::registry::Share;
use authority::session::Disks;
use serde_json::json;
use suite::sandbox::{forces, refusal};
use suite::{Sandbox, ask};

/// Everything below a folder of this name is on a share.
const SHARE: &str = "share";

struct Mounts;

impl Disks for Mounts {
    fn share(&self, folder: &Path) -> Option<Share> {
        folder.ends_with(SHARE).then_some(Share::Nfs)
    }
}

/// A program on the machine of a sandbox, with the share mounted.
fn program(sandbox: &Sandbox) -> Surface {
    Surface::new(Host::of_a_test(authority::session::Host { disks: Arc::new(Mounts), ..forces(&sandbox.clock, &sandbox.keyring) }))
}

/// A registry at work that was moved to the share.
fn moved() -> Sandbox {
    let sandbox = Sandbox::at_work();
    sandbox.issue("Issuing", &["before.example.test"], "before");
    sandbox.close();
    std::fs::create_dir(sandbox.path(SHARE)).expect("a folder");
    std::fs::rename(sandbox.path("acme.chancery"), sandbox.path("share/acme.chancery")).expect("moved");
    sandbox
}

fn open(surface: &Surface, file: &str, on_share: bool) -> Result<RegistryStatus, ApiError> {
    surface.registry_open(ask(json!({ "path": file, "onShare": on_share })))
}

fn issue(sandbox: &Sandbox, surface: &Surface, name: &str) -> Result<String, ApiError> {
    let draft = json!({ "authority": "Issuing", "names": [name] });
    let hand_over = json!({ "out": sandbox.text(name), "plainKey": true });
    surface.certificate_issue(ask(json!({ "draft": draft, "handOver": hand_over }))).map(|made| made.certificate.fingerprint)
}

/// The version octet of the file's header: 1 with a rollback journal, 2 with a WAL (SQLite, "Database File Format", 1.3.3).
fn journal(file: &Path) -> u8 {
    std::fs::read(file).expect("the file")[18]
}

fn beside(file: &Path) -> Vec<String> {
    let folder = std::fs::read_dir(file.parent().expect("a folder")).expect("a folder");
    let mut names: Vec<_> = folder.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn on_a_share_a_registry_is_only_looked_at() {
    let sandbox = moved();
    let file = sandbox.path("share/acme.chancery");
    let before = std::fs::read(&file).expect("the file");
    let surface = program(&sandbox);
    let status = open(&surface, &sandbox.text("share/acme.chancery"), false).expect("opened");
    assert_eq!((status.read_only, status.share.as_deref()), (true, Some("nfs")));
    assert_eq!(surface.certificate_list(ask(json!({ "search": "before" }))).expect("a list").items.len(), 1);
    assert_eq!(refusal(issue(&sandbox, &surface, "never.example.test")), ErrorCode::RegistryOnShare);
    let doctor = surface.doctor(Nothing {}).expect("a look");
    let network = doctor.findings.iter().find(|finding| finding.code == "network").expect("a finding");
    assert!(!network.ok && network.message.contains("nfs") && network.fix.contains("--on-share"), "{network:?}");
    surface.registry_close(Nothing {}).expect("closed");
    assert_eq!(std::fs::read(&file).expect("the file"), before);
    assert!(ErrorCode::RegistryOnShare.exit_status() == 6);
}

#[test]
fn nothing_is_made_on_a_share_unasked() {
    let sandbox = moved();
    let surface = program(&sandbox);
    let new = json!({ "path": sandbox.text("share/new.chancery"), "name": "New", "keys": "os", "withoutRecoveryFile": true });
    assert_eq!(refusal(surface.registry_create(ask(new))), ErrorCode::RegistryOnShare);
    assert_eq!(beside(&sandbox.path("share/acme.chancery")), ["acme.chancery"]);
    sandbox.keyring.set_locked(false);
    let local = Surface::new(Host::of_a_test(forces(&sandbox.clock, &sandbox.keyring)));
    open(&local, &sandbox.text("share/acme.chancery"), false).expect("a machine to which the disk is its own");
    local.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    local.registry_close(Nothing {}).expect("closed");
    let there = beside(&sandbox.path("share/acme.chancery"));
    let restore = json!({ "path": sandbox.text("acme.backup"), "to": sandbox.text("share/restored.chancery"), "acceptLostCrls": true });
    assert_eq!(refusal(surface.registry_restore(ask(restore))), ErrorCode::RegistryOnShare);
    let salvage = api::request::RegistrySalvage {
        file: sandbox.path("share/acme.chancery").into(),
        to: sandbox.path("share/salvaged.chancery").into(),
    };
    assert_eq!(refusal(surface.registry_salvage(&salvage)), ErrorCode::RegistryOnShare);
    let migrate = api::request::RegistryMigrate { path: sandbox.path("share/acme.chancery").into(), to: Some(1) };
    assert_eq!(refusal(surface.registry_migrate(&migrate)), ErrorCode::RegistryOnShare);
    assert_eq!(beside(&sandbox.path("share/acme.chancery")), there);
}

#[test]
fn who_agrees_writes_with_a_rollback_journal_and_goes_back_to_a_wal_at_home() {
    let sandbox = moved();
    let file = sandbox.path("share/acme.chancery");
    assert_eq!(journal(&file), 2);
    let surface = program(&sandbox);
    let status = open(&surface, &sandbox.text("share/acme.chancery"), true).expect("opened");
    assert_eq!((status.read_only, status.share.as_deref()), (false, Some("nfs")));
    sandbox.keyring.set_locked(false);
    let made = issue(&sandbox, &surface, "shared.example.test").expect("issued");
    surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    surface.registry_backup(ask(json!({ "out": sandbox.text("acme.backup") }))).expect("a backup");
    assert!(surface.registry_check(ask(json!({}))).expect("a check").ok);
    assert_eq!(journal(&file), 1);
    let left = beside(&file).into_iter().filter(|name| ["-wal", "-shm", "-journal"].iter().any(|ending| name.ends_with(ending)));
    assert_eq!(left.count(), 0, "no WAL, no shared memory, no journal after a commit");
    // A second program that agrees takes its turn.
    let other = program(&sandbox);
    open(&other, &sandbox.text("share/acme.chancery"), true).expect("opened");
    issue(&sandbox, &other, "other.example.test").expect("issued");
    issue(&sandbox, &surface, "again.example.test").expect("issued");
    for program in [surface, other] {
        program.registry_close(Nothing {}).expect("closed");
    }
    sandbox.keyring.set_locked(false);
    std::fs::rename(&file, sandbox.path("acme.chancery")).expect("moved home");
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert_eq!(journal(&sandbox.path("acme.chancery")), 2);
    assert_eq!(sandbox.surface.certificate_show(ask(json!({ "certificate": made }))).expect("there").certificate.status, "valid");
    sandbox.issue("Issuing", &["home.example.test"], "home");
    sandbox.assert_audit_whole();
}

#[test]
fn what_a_killed_program_left_on_a_share_is_taken_back() {
    let sandbox = moved();
    let (file, text) = (sandbox.path("share/acme.chancery"), sandbox.text("share/acme.chancery"));
    let surface = program(&sandbox);
    open(&surface, &text, true).expect("opened");
    sandbox.keyring.set_locked(false);
    let made = issue(&sandbox, &surface, "kept.example.test").expect("issued");
    for again in [true, false] {
        // A program that dies in the middle of a transaction, some of whose pages are in the file already.
        let mut dying = Command::new("sqlite3").arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sqlite3");
        let script = "PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE junk (octets BLOB); \
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO junk SELECT randomblob(4000) FROM n; \
            UPDATE settings SET value = 'junk'; SELECT 'held';";
        writeln!(dying.stdin.as_mut().expect("its input"), "{script}").expect("it listens");
        let mut line = String::new();
        BufReader::new(dying.stdout.take().expect("its output")).read_line(&mut line).expect("an answer");
        assert_eq!(line, "held\n");
        dying.kill().expect("killed");
        dying.wait().expect("it ends");
        assert!(beside(&file).contains(&"acme.chancery-journal".to_owned()), "{:?}", beside(&file));
        if again {
            // One who has it open reads what was there before.
            assert_eq!(surface.certificate_show(ask(json!({ "certificate": made }))).expect("there").certificate.status, "valid");
            issue(&sandbox, &surface, "next.example.test").expect("issued");
            surface.registry_close(Nothing {}).expect("closed");
            sandbox.keyring.set_locked(false);
        } else {
            // Who does not agree cannot take it back, and is not shown what was cut off half-way.
            assert_eq!(refusal(open(&program(&sandbox), &text, false)), ErrorCode::RegistryOnShare);
        }
    }
    // On a local disk as well: the journal goes along.
    for ending in ["", "-journal"] {
        let home = sandbox.path(&format!("acme.chancery{ending}"));
        std::fs::rename(sandbox.path(&format!("share/acme.chancery{ending}")), home).expect("moved home");
    }
    sandbox.surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("a check").ok);
    assert_eq!(sandbox.surface.certificate_list(ask(json!({ "search": "example" }))).expect("a list").items.len(), 3);
    sandbox.assert_audit_whole();
}
