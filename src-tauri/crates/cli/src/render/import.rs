//! The report of an import.

use api::view::{ImportCounts, ImportReport};

use crate::layout::{Text, counted};

pub(crate) fn report(report: &ImportReport) -> Text {
    let mut text = Text::new();
    let taken = if report.dry_run { "Would be taken" } else { "Taken" };
    text.pairs(&[
        (taken, counts(&report.taken)),
        ("Known already", counts(&report.known)),
        ("Refused", if report.refused.is_empty() { String::new() } else { report.refused.len().to_string() }),
        ("Skipped", if report.skipped.is_empty() { String::new() } else { report.skipped.len().to_string() }),
        ("Locked", if report.passwords_wanted == 0 { String::new() } else { report.passwords_wanted.to_string() }),
    ]);
    if !report.items.is_empty() {
        text.gap();
        let rows = report
            .items
            .iter()
            .map(|item| [item.outcome.clone(), item.kind.clone(), item.object.clone(), item.path.clone(), item.detail.clone()])
            .collect();
        text.table(["outcome", "kind", "object", "file", "detail"], rows);
    }
    text
}

fn counts(counts: &ImportCounts) -> String {
    let parts = [
        (counts.certificates, "certificate", "certificates"),
        (counts.keys, "key", "keys"),
        (counts.requests, "request", "requests"),
        (counts.revocations, "revocation", "revocations"),
        (counts.crls, "CRL", "CRLs"),
        (counts.profiles, "profile", "profiles"),
    ];
    let counted: Vec<String> = parts.iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(*count, one, many)).collect();
    if counted.is_empty() { "nothing".to_owned() } else { counted.join(", ") }
}
