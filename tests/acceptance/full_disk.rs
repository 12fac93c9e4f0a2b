//! A registry that was opened on a full disk, a real one: once there is room again, the window goes on by itself.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Command;

use serde_json::json;
use suite::{Sandbox, ask};

/// Set where the file system is one that goes with its process.
const INSIDE: &str = "CHANCERY_TEST_FULL_DISK";

const SCRIPT: &str =
    r#"mount -t tmpfs -o size=80m none "$TMPDIR" && exec "$0" --exact full_disk::the_window_builds_again_when_room_was_made"#;

#[test]
fn the_window_builds_again_when_room_was_made() {
    if std::env::var_os(INSIDE).is_some() {
        return on_a_disk_of_its_own();
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ran = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", SCRIPT])
        .arg(std::env::current_exe().expect("this program"))
        .env("TMPDIR", folder.path())
        .env(INSIDE, "1")
        .output()
        .expect("run");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}{}", String::from_utf8_lossy(&ran.stderr));
}

fn on_a_disk_of_its_own() {
    let sandbox = Sandbox::at_work();
    let (surface, filling) = (&sandbox.surface, sandbox.path("filling"));
    sandbox.close();
    let reserve = sandbox.path("acme.chancery-reserve");
    if reserve.exists() {
        fs::remove_file(reserve).expect("without the room that was set aside");
    }
    let mut file = File::create(&filling).expect("a file");
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    let opened = surface.registry_open(ask(json!({ "path": sandbox.text("acme.chancery") }))).expect("opened");
    assert!(opened.read_only);
    assert!(!surface.crl_wake());
    fs::remove_file(filling).expect("room");
    assert!(surface.open_with_room_made());
    let status = surface.registry_status(ask(json!({}))).expect("a status");
    assert!(!status.read_only && status.unlocked, "the keys are as they were: {status:?}");
    assert!(surface.crl_wake() && surface.crl_round_unasked().expect("a round"));
    assert_eq!(surface.crl_list(ask(json!({ "authority": "Issuing" }))).expect("a list").items.len(), 1);
    assert!(!surface.open_with_room_made(), "it is done once");
    sandbox.assert_audit_whole();
}
