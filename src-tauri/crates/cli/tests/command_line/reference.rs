//! Help, manual pages and completions.

use api::ErrorCode;
use serde_json::Value;

use crate::{Folder, read};

const COMMANDS: &[&str] = &[
    "registry create",
    "registry status",
    "registry check",
    "registry history",
    "registry backup",
    "registry recovery-file create",
    "registry recovery-file test",
    "registry recovery-file restore",
    "authority create",
    "authority list",
    "authority show",
    "profile list",
    "cert issue",
    "cert issue-many",
    "cert list",
    "cert show",
    "cert verify",
    "cert revoke",
    "cert hold",
    "cert release",
    "key compromised",
    "cert export",
    "request add",
    "request list",
    "request show",
    "request reject",
    "request reopen",
    "crl build",
    "crl show",
    "crl list",
    "crl diff",
    "crl export",
    "crl install",
    "crl run",
    "crl events",
    "crl timer install",
    "crl timer remove",
    "import",
    "audit list",
    "audit verify",
    "doctor",
    "dev seed",
    "completions",
    "man",
];

#[test]
fn every_command_has_help_with_an_example() {
    let folder = Folder::new();
    for command in COMMANDS {
        let help = folder.bare(&format!("{command} --help")).ends(0);
        assert!(help.out.contains(&format!("\n  chancery {command}")), "{command}:\n{}", help.out);
        assert_eq!(folder.bare(&format!("help {command}")).ends(0).out.lines().next(), help.out.lines().next());
    }
}

#[test]
fn help_errors_lists_every_code_with_its_exit_status() {
    let folder = Folder::new();
    let list = folder.bare("help errors --json").ends(0).document();
    let items = list.get("items").and_then(Value::as_array).unwrap();
    assert_eq!(items.len(), ErrorCode::ALL.len());
    for (item, code) in items.iter().zip(ErrorCode::ALL) {
        assert_eq!(item.get("code").and_then(Value::as_str), Some(code.as_str()));
        assert_eq!(item.get("exitStatus").and_then(Value::as_u64), Some(u64::from(code.exit_status())));
    }
    assert_eq!(folder.bare("help errors").ends(0).out.lines().count(), ErrorCode::ALL.len() + 1);
}

#[test]
fn manual_pages_are_written() {
    let folder = Folder::new();
    folder.bare("man --out pages/man1").ends(0);
    assert!(read(&folder.path("pages/man1/chancery.1")).contains("certificate authority"));
    assert!(read(&folder.path("pages/man1/chancery-cert-issue.1")).contains("must\\-staple"));
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = Folder::new().bare(&format!("completions {shell}")).ends(0).out;
        assert!(script.contains("chancery") && script.contains("revoke"), "{shell}");
    }
}

#[test]
fn the_version_is_told() {
    assert_eq!(Folder::new().bare("--version").ends(0).out, format!("chancery {}\n", env!("CARGO_PKG_VERSION")));
}
