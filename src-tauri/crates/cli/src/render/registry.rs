//! The registry, its checks, history and backups.

use api::view::{CheckFinding, CheckView, MigratedView, RecoveryView, RegistryHistory, RegistryStatus, SalvageView};

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

pub(crate) fn salvaged(view: &SalvageView) -> Text {
    let some = |count: u32, one: &'static str, many: &'static str| if count > 0 { counted(count, one, many) } else { String::new() };
    let mut text = Text::new();
    text.pairs(&[
        ("Salvaged", view.path.clone()),
        ("Vault", view.vault.clone().unwrap_or_default()),
        ("Certificates", view.certificates.to_string()),
        ("Rows taken over", view.kept.values().sum::<u32>().to_string()),
        ("Damaged pages", view.damaged_pages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ("Audit log", some(view.audit_breaks, "break, which the new log names", "breaks, which the new log names")),
        ("Revocations", some(view.revocations_from_crls, "told again by a CRL", "told again by CRLs")),
        ("Lost serials", view.lost_serials.join(", ")),
    ]);
    if !view.lost.is_empty() {
        text.gap();
        let rows = view.lost.iter().map(|row| [row.table.clone(), row.row.clone(), row.problem.clone()]).collect();
        text.table(["lost from", "row", "what is wrong"], rows);
    }
    text.gap().line("No CRL is signed until the newest published one of each authority is given (chancery crl install) or given up.");
    text
}

pub(crate) fn migrated(view: &MigratedView) -> Text {
    let mut text = Text::new();
    match &view.copy {
        Some(copy) => {
            text.pairs(&[
                ("Registry", view.path.clone()),
                ("Schema", format!("{}, was {}", view.to, view.from)),
                ("Copy of before", copy.clone()),
            ]);
        }
        None => {
            text.line(&format!("The registry has schema {} already.", view.to));
        }
    }
    text
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
        ("Old vault kept at", view.old_vault.clone().unwrap_or_default()),
        ("Keys restored", if view.keys_restored > 0 { view.keys_restored.to_string() } else { String::new() }),
    ]);
    for failure in &view.failures {
        text.gap().line(&format!("{} ({}): {}", failure.name, failure.title, failure.message)).line(&failure.next);
    }
    text
}
