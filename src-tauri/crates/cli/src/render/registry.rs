//! The registry, its checks, history and backups.

use api::view::{CheckFinding, CheckView, RecoveryView, RegistryHistory, RegistryStatus};

use super::yes_or_no;
use crate::layout::{Text, counted, moment};

pub(crate) fn status(status: &RegistryStatus) -> Text {
    let keys = match status.keys.as_str() {
        "os" => "in the keyring of the operating system",
        "passphrase" => "in a passphrase vault",
        other => other,
    };
    let recovery = match status.recovery.as_str() {
        "not-needed" => "",
        "refused" => "no recovery file, declined",
        "missing" => "no recovery file yet",
        "made" => "recovery file made",
        other => other,
    };
    let mut text = Text::new();
    text.pairs(&[
        ("Registry", format!("{}{}", status.name, if status.is_test { " (test)" } else { "" })),
        ("File", status.path.clone()),
        ("Schema", status.schema.to_string()),
        ("Made", moment(&status.created_at)),
        ("Keys", format!("{keys}, {}", if status.unlocked { "unlocked" } else { status.key_store.as_str() })),
        ("Recovery", recovery.to_owned()),
        ("Authorities", status.authorities.to_string()),
        ("Certificates", status.certificates.to_string()),
        ("Read-only", if status.read_only { yes_or_no(true) } else { String::new() }),
    ]);
    super::backup::awaited(&mut text, &status.awaited_crls);
    text
}

pub(crate) fn check(view: &CheckView) -> Text {
    let mut text = Text::new();
    if let Some(repaired) = &view.repaired {
        let mut done = Vec::new();
        if repaired.certificates > 0 {
            done.push(format!("the columns of {}", counted(repaired.certificates, "certificate", "certificates")));
        }
        if repaired.indexes {
            done.push("the indexes".to_owned());
        }
        if repaired.derived {
            done.push("totals, places, names and words".to_owned());
        }
        let told = if done.is_empty() { "There was nothing to make anew.".to_owned() } else { format!("Made anew: {}.", done.join("; ")) };
        text.line(&told);
    }
    if view.ok {
        text.line(&format!(
            "Nothing is wrong: {} and {} looked at.",
            counted(view.certificates, "certificate", "certificates"),
            counted(view.audit_rows, "row of the audit log", "rows of the audit log")
        ));
    }
    findings(&mut text, &view.findings);
    if view.left_out > 0 {
        text.line(&format!("{} more.", view.left_out));
    }
    text
}

pub(super) fn findings(text: &mut Text, findings: &[CheckFinding]) {
    let rows = findings.iter().map(|finding| [finding.location.clone(), finding.code.clone(), finding.message.clone()]).collect();
    text.table(["where", "code", "what"], rows);
    let mut fixes: Vec<&str> = findings.iter().map(|finding| finding.fix.as_str()).filter(|fix| !fix.is_empty()).collect();
    fixes.sort_unstable();
    fixes.dedup();
    if !fixes.is_empty() {
        text.gap();
        for fix in fixes {
            text.line(fix);
        }
    }
}

pub(crate) fn history(history: &RegistryHistory) -> Text {
    let mut text = Text::new();
    let rows = history
        .items
        .iter()
        .map(|step| [step.version.to_string(), step.name.clone(), moment(&step.applied_at), step.program.clone()])
        .collect();
    text.table(["schema", "name", "applied", "by"], rows);
    text
}

pub(crate) fn recovery(view: &RecoveryView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Recovery file", view.path.clone()),
        ("Keys sealed to it", view.keys_sealed.to_string()),
        ("Keys restored", if view.keys_restored > 0 { view.keys_restored.to_string() } else { String::new() }),
    ]);
    text
}
