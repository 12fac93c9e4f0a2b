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
