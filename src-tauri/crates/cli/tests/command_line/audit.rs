//! The log as a stranger sees it.

use std::fs;
use std::process::Command;

use crate::{Folder, read, text};

/// Runs the check that SECURITY.md shows on an exported log; says whether it accepts it.
fn accepted(folder: &Folder, file: &str) -> (bool, String) {
    let security = read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../SECURITY.md").as_ref());
    let script = security.split_once("```python\n").unwrap().1.split_once("```").unwrap().0;
    assert!(script.lines().count() <= 10, "ten lines are promised");
    let run = Command::new("python3").args(["-c", script]).arg(folder.path(file)).output().unwrap();
    (run.status.success(), String::from_utf8(run.stdout).unwrap())
}

#[test]
fn an_exported_log_is_verified_by_ten_lines_of_python() {
    let folder = Folder::with_authorities();
    let issued = folder.json("cert issue --authority issuing --name www.example.test --plain-key --out www");
    folder.done(&format!("cert revoke {} --reason superseded --note für_Jürgen --yes", text(&issued, "/certificate/id")));
    let exported = folder.json("audit export --out audit.jsonl");
    let (whole, said) = accepted(&folder, "audit.jsonl");
    assert!(whole && said.contains(&text(&exported, "/head")), "{said}");
    // That it left is the log's next row.
    let newest = folder.json("audit list --limit 1");
    assert_eq!(text(&newest, "/items/0/action"), "audit.exported");

    let lines: Vec<String> = read(&folder.path("audit.jsonl")).lines().map(str::to_owned).collect();
    assert_eq!(u64::try_from(lines.len()).unwrap(), exported.pointer("/count").unwrap().as_u64().unwrap());
    let refused = |name: &str, changed: &[String]| {
        fs::write(folder.path(name), changed.join("\n")).unwrap();
        assert!(!accepted(&folder, name).0, "{name} is accepted");
    };
    for place in 0..lines.len() {
        let without: Vec<_> = lines.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, line)| line.clone()).collect();
        // A tail that is cut off makes a shorter log that is whole: only its head tells.
        if place + 1 < lines.len() {
            refused(&format!("without-{place}.jsonl"), &without);
        }
        let edited: Vec<_> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| if at == place { line.replace("@", "(at)").replace("user", "usex") } else { line.clone() })
            .collect();
        refused(&format!("edited-{place}.jsonl"), &edited);
    }
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    refused("swapped.jsonl", &swapped);
}

#[test]
fn an_export_never_replaces_a_file_unasked() {
    let folder = Folder::with_authorities();
    fs::write(folder.path("audit.jsonl"), "mine").unwrap();
    assert_eq!(text(&folder.run("audit export --out audit.jsonl --json").ends(2).error(), "/code"), "file-exists");
    assert_eq!(read(&folder.path("audit.jsonl")), "mine");
    folder.run("audit export --out audit.jsonl --overwrite").ends(0);
}

#[test]
fn a_refused_attempt_is_found_in_the_log() {
    let folder = Folder::with_authorities();
    folder.run("cert issue --authority issuing --name a.example.test --days 9999 --plain-key --out a").ends(4);
    fs::write(folder.path("wrong"), "not the passphrase\n").unwrap();
    folder.run("crl build issuing --passphrase-file wrong").ends(5);
    // What was written behind the wrong passphrase is sealed by the next right one, which says so.
    let next = folder.run("cert revoke 00ff --yes").ends(3);
    assert!(next.err.contains("1 entry of the audit log, written while the keys were locked, sealed now"), "{}", next.err);
    let refused = folder.json("audit list --refused");
    let actions: Vec<_> = (0..2).map(|at| text(&refused, &format!("/items/{at}/action"))).collect();
    assert_eq!(actions, ["registry.unlock-refused", "certificate.issue-refused"]);
    assert_eq!(refused.pointer("/total/count").unwrap(), 2, "what names nothing is no attempt on anything");
    let number = refused.pointer("/items/1/sequence").unwrap();
    let one = folder.json(&format!("audit show {number}"));
    assert_eq!((text(&one, "/detail/code").as_str(), text(&one, "/subjectName").as_str()), ("outlives-issuer", "issuing"));
    assert!(!text(&one, "/why").is_empty());
    assert!(folder.done(&format!("audit show {number}")).out.contains("certificate.issue-refused"));
    assert_eq!(text(&folder.run("audit show 9999 --json").ends(3).error(), "/code"), "audit-entry-not-found");

    // Filters narrow what is listed.
    let count = |options: &str| folder.json(&format!("audit list {options}")).pointer("/total/count").unwrap().as_u64().unwrap();
    assert_eq!(count("--action authority."), 2);
    assert_eq!((count("--since 2000-01-01 --search issue-refused"), count("--until 2000-01-01"), count("--actor nobody@")), (1, 0, 0));
    folder.done("audit verify");
}

#[test]
fn tasks_are_listed_shown_cancelled_and_resumed() {
    let folder = Folder::with_authorities();
    folder.done("registry backup --out a.backup");
    let list = folder.json("task list");
    let id = text(&list, "/items/0/id");
    assert_eq!((text(&list, "/items/0/kind").as_str(), text(&list, "/items/0/state").as_str()), ("backup", "done"));
    let shown = folder.json(&format!("task show {id}"));
    for field in ["id", "kind", "state", "progress", "message", "startedAt", "endedAt"] {
        assert!(shown.get(field).is_some(), "{field} in {shown:#}");
    }
    assert!(folder.done("task list").out.contains("backup"));
    assert!(folder.done(&format!("task show {id}")).out.contains("done"));
    assert_eq!(text(&folder.run(&format!("task cancel {id} --json")).ends(4).error(), "/code"), "task-ended");
    assert_eq!(text(&folder.run(&format!("task resume {id} --json")).ends(4).error(), "/code"), "task-not-resumable");
    assert_eq!(text(&folder.run("task show nothing --json").ends(3).error(), "/code"), "task-not-found");

    // One that failed is done again once what was in its way is gone.
    fs::write(folder.path("b.backup"), "in the way").unwrap();
    folder.run("registry backup --out b.backup").ends(6);
    let failed = text(&folder.json("task list"), "/items/0/id");
    fs::remove_file(folder.path("b.backup")).unwrap();
    assert_eq!(text(&folder.json(&format!("task resume {failed}")), "/state"), "done");
    assert!(folder.path("b.backup").exists());
}

#[test]
fn what_was_done_has_a_name_and_what_was_put_away_a_time() {
    let folder = Folder::with_authorities();
    let serial = folder.issue("www.example.test");
    folder.done(&format!("cert export {serial} --format pem --out copy.pem"));
    folder.done("crl build issuing");
    folder.done("crl export issuing --out issuing.crl");
    let log = folder.json("audit list");
    let named = |action: &str| {
        let found = log.pointer("/items").unwrap().as_array().unwrap().iter().find(|entry| text(entry, "/action") == action);
        text(found.unwrap_or_else(|| panic!("no {action} in {log}")), "/subjectName")
    };
    assert_eq!(named("certificate.exported"), "www.example.test");
    assert_eq!(named("crl.exported"), "issuing");
    assert_eq!(named("key.staged"), "issuing");
    folder.done(&format!("cert archive {serial}"));
    let trash = folder.json("registry trash list");
    assert!(text(&trash, "/items/0/at").starts_with("20"), "{trash}");
    // Nothing is asked: whoever undoes says so with the command.
    let undone = folder.done("registry undo");
    assert!(undone.out.contains("www.example.test"), "{}", undone.out);
    assert_eq!(folder.json("registry trash list").pointer("/items"), Some(&serde_json::json!([])));
    assert_eq!(text(&folder.run("registry undo --act 999999 --json").ends(3).error(), "/code"), "audit-entry-not-found");
}
