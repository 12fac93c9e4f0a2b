//! What may be typed, and what is refused before anything happens: exit status 2.

use crate::{Folder, PASSPHRASE, text};

#[test]
fn wrong_usage_is_exit_status_2() {
    let folder = Folder::new();
    for line in [
        "",
        "nonsense",
        "registry",
        "cert issue",
        "cert list --status nonsense",
        "cert list --expires-within soon",
        "cert issue --authority a --key ec-p256 --csr x --out y",
        "cert issue --authority a --days 1 --not-after 2027-01-01 --out y",
        "cert issue --authority a --days 0 --out y",
        "cert issue --authority a --password-file p --plain-key --out y",
        "dev seed x",
        "completions tcsh",
        "help nonsense",
    ] {
        assert_eq!(folder.bare(line).ends(2).out, "", "{line}");
    }
}

#[test]
fn wrong_usage_is_a_document_with_json() {
    let error = Folder::new().bare("cert list --status nonsense --json").ends(2).error();
    assert_eq!(text(&error, "/code"), "bad-usage");
    assert!(text(&error, "/fields/problem").contains("nonsense"));
    let missing = Folder::new().bare("cert export x --json").ends(2).error();
    assert_eq!(text(&missing, "/fields/problem"), "the following required arguments were not provided: --format <FORMAT> --out <FILE>");
}

#[test]
fn a_registry_must_be_named() {
    let folder = Folder::new();
    assert_eq!(text(&folder.bare("cert list --json").ends(2).error(), "/code"), "no-registry-open");
    let empty = folder.run_with(&["cert", "list", "--json"], &[("CHANCERY_REGISTRY", "")], "").ends(2);
    assert_eq!(text(&empty.error(), "/code"), "no-registry-open");
}

#[test]
fn global_options_stand_anywhere() {
    let folder = Folder::new();
    folder.done("registry create team.chancery --name Team --keys passphrase");
    for line in [
        "--json --registry team.chancery registry status",
        "registry --json --registry team.chancery status",
        "registry status --registry team.chancery --json",
    ] {
        assert_eq!(text(&folder.bare(line).ends(0).document(), "/name"), "Team", "{line}");
    }
    // The option wins over the environment.
    let elsewhere = folder.run("registry status --registry nowhere.chancery --json").ends(3).error();
    assert_eq!(text(&elsewhere, "/code"), "registry-not-found");
}

#[test]
fn a_path_of_create_wins_over_the_registry_option() {
    let folder = Folder::new();
    let made = folder.json("registry create other.chancery --registry team.chancery --name Other --keys passphrase");
    assert_eq!(text(&made, "/path"), "other.chancery");
    assert!(folder.path("other.chancery").is_file() && !folder.path("team.chancery").exists());
}

#[test]
fn the_passphrase_can_come_from_standard_input_and_only_its_first_line_counts() {
    let folder = Folder::with_authorities();
    let input = format!("{PASSPHRASE}\nanything\n");
    let arguments = ["crl", "build", "issuing", "--registry", "team.chancery", "--passphrase-file", "-"];
    folder.run_with(&arguments, &[], &input).ends(0);
    let error = folder.run_with(&[&arguments[..], &["--json"]].concat(), &[], "wrong\n").ends(5).error();
    assert_eq!(text(&error, "/code"), "passphrase-wrong");
}

#[test]
fn standard_input_is_read_for_one_thing_only() {
    let folder = Folder::with_authorities();
    let arguments = [
        "cert",
        "issue",
        "--authority",
        "issuing",
        "--name",
        "a.test",
        "--out",
        "a",
        "--password-file",
        "-",
        "--passphrase-file",
        "-",
        "--json",
    ];
    let error = folder.run_with(&arguments, &[("CHANCERY_REGISTRY", "team.chancery")], "one\ntwo\n").ends(2).error();
    assert_eq!(text(&error, "/fields/problem"), "standard input can be read for one thing only");
    assert!(!folder.path("a").exists());
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let folder = Folder::with_authorities();
    let no_passphrase = folder.bare("crl build issuing --registry team.chancery --json").ends(5).error();
    assert_eq!(text(&no_passphrase, "/code"), "passphrase-required");
    let no_protection = folder.run("cert issue --authority issuing --name a.test --out a --json").ends(2).error();
    assert_eq!(text(&no_protection, "/code"), "password-required");
    assert!(!folder.path("a").exists());
}

#[test]
fn revoking_needs_yes_without_a_terminal() {
    let folder = Folder::with_authorities();
    let serial = folder.issue("www.test");
    folder.run(&format!("cert revoke {serial}")).ends(2);
    assert_eq!(text(&folder.json(&format!("cert show {serial}")), "/status"), "valid");
}

#[test]
fn a_vault_registry_takes_no_recovery_file() {
    let folder = Folder::new();
    folder.run("registry create team.chancery --name Team --keys passphrase --recovery-file r").ends(2);
    assert!(!folder.path("team.chancery").exists());
}

#[test]
fn a_keyring_registry_wants_a_word_about_recovery() {
    let folder = Folder::new();
    let error = folder.run("registry create team.chancery --name Team --json").ends(2).error();
    assert_eq!(text(&error, "/code"), "recovery-choice-required");
    assert!(!folder.path("team.chancery").exists());
}
