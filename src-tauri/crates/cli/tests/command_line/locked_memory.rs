//! Where the system lets nobody lock memory, the program says so and works.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use crate::{Folder, Ran, text};

/// The program under a limit of locked memory, in bytes. The limit does not hold for root, who therefore gives up what lifts it.
fn limited(folder: &Folder, limit: u32, line: &str) -> Ran {
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = Command::new(if root { "setpriv" } else { "prlimit" });
    if root {
        command.args(["--bounding-set=-ipc_lock", "prlimit"]);
    }
    command.args([&format!("--memlock={limit}:{limit}"), env!("CARGO_BIN_EXE_chancery")]);
    let environment =
        [("CHANCERY_REGISTRY", "team.chancery"), ("CHANCERY_PASSPHRASE_FILE", "pass"), ("PATH", "/usr/local/bin:/usr/bin:/bin")];
    folder.run_by(command, &line.split_whitespace().collect::<Vec<_>>(), &environment, "")
}

/// What the doctor says of memory.
fn memory(ran: Ran, status: i32) -> serde_json::Value {
    let document = ran.ends(status).document();
    let findings = document.pointer("/findings").and_then(serde_json::Value::as_array).unwrap();
    findings.iter().find(|finding| finding.get("code").is_some_and(|code| code == "memory")).unwrap().clone()
}

#[test]
fn the_doctor_says_that_memory_cannot_be_locked_and_what_to_do() {
    let folder = Folder::with_authorities();
    let seen = memory(limited(&folder, 0, "doctor --json"), 1);
    assert_eq!(seen.get("ok"), Some(&false.into()), "{seen}");
    assert!(text(&seen, "/message").contains("secrets out of swap"), "{seen}");
    assert!(text(&seen, "/fix").contains("ulimit -l") && text(&seen, "/fix").contains("LimitMEMLOCK="), "{seen}");
    let shown = limited(&folder, 0, "doctor").ends(1);
    assert!(shown.out.contains("BAD  Memory: ") && shown.out.contains("Not everything is well."), "{}", shown.out);
    // What the fix asks for is enough.
    let seen = memory(limited(&folder, 64 * 1024, "doctor --json"), 0);
    assert_eq!(seen.get("ok"), Some(&true.into()), "{seen}");
}

#[test]
fn keys_are_made_and_used_without_locked_memory() {
    let folder = Folder::new();
    limited(&folder, 0, "registry create team.chancery --name Team --keys passphrase").ends(0);
    limited(&folder, 0, "authority create --name root --subject CN=Root,O=Example --key ec-p256").ends(0);
    let issued = limited(&folder, 0, "cert issue --authority root --name www.example.test --out www.pem --plain-key --json");
    assert_eq!(text(&issued.ends(0).document(), "/certificate/status"), "valid");
    limited(&folder, 0, "audit verify").ends(0);
}
