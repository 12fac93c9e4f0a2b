//! The doctor: what is wrong is a finding with its next step, and the exit status says that something is.

use serde_json::Value;

use crate::{Folder, text};

fn finding<'a>(document: &'a Value, code: &str) -> &'a Value {
    let findings = document.pointer("/findings").and_then(Value::as_array).unwrap();
    findings
        .iter()
        .find(|finding| finding.get("code").is_some_and(|known| known == code))
        .unwrap_or_else(|| panic!("no {code}: {document}"))
}

#[test]
fn a_registry_that_does_not_open_is_a_finding_and_not_well() {
    let folder = Folder::new();
    std::fs::write(folder.path("notes.chancery"), "just text, and nothing that a registry begins with").unwrap();
    for (file, status, title) in [("notes.chancery", 6, "This is not a registry"), ("nowhere.chancery", 3, "nowhere.chancery")] {
        let ran = folder.bare(&format!("doctor --json --registry {file}")).ends(status);
        let document = ran.document();
        assert_eq!(document.pointer("/ok"), Some(&Value::Bool(false)), "{document}");
        let seen = finding(&document, "registry");
        assert_eq!(seen.pointer("/ok"), Some(&Value::Bool(false)), "{seen}");
        assert!(text(seen, "/message").starts_with("The registry cannot be opened: ") && text(seen, "/message").contains(title), "{seen}");
        assert!(!text(seen, "/fix").is_empty(), "{seen}");
        let shown = folder.bare(&format!("doctor --registry {file}")).ends(status);
        assert!(shown.out.contains("BAD  Registry: ") && shown.out.contains("Not everything is well."), "{}", shown.out);
    }
}

#[test]
fn keys_are_looked_at_where_they_can_be_and_a_lost_vault_is_exit_5() {
    let folder = Folder::with_authorities();
    let document = folder.json("doctor");
    assert!(text(finding(&document, "keys"), "/message").contains("(2)"), "{document}");
    assert_eq!(finding(&document, "strays").pointer("/ok"), Some(&Value::Bool(true)), "{document}");
    // Locked is how a vault should be; what is in it is not looked at then.
    let locked = folder.bare("doctor --json --registry team.chancery").ends(0).document();
    assert!(!locked.to_string().contains("\"keys\""), "{locked}");
    std::fs::rename(folder.path("team.vault"), folder.path("elsewhere.vault")).unwrap();
    let lost = folder.bare("doctor --json --registry team.chancery").ends(5).document();
    let seen = finding(&lost, "vault");
    assert!(text(seen, "/message").contains("team.vault") && text(seen, "/fix").contains("Put the vault file back"), "{seen}");
}

#[cfg(unix)]
#[test]
fn what_others_can_read_is_exit_1() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::with_authorities();
    std::fs::set_permissions(folder.path("team.chancery"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let document = folder.run("doctor --json").ends(1).document();
    assert!(text(finding(&document, "modes"), "/fix").contains("chmod 600"), "{document}");
}
