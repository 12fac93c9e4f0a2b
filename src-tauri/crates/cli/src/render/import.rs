//! The report of an import.

use api::view::{ImportCounts, ImportOutcomes, ImportReport};

use crate::layout::{Text, counted};

pub(crate) fn report(report: &ImportReport) -> Text {
    let mut text = Text::new();
    let taken = if report.dry_run { "Would be taken" } else { "Taken" };
    let count = |count: u32| if count == 0 { String::new() } else { count.to_string() };
    text.pairs(&[
        (taken, counts(&report.taken)),
        ("Known already", counts(&report.known)),
        ("Conflicting", count(report.outcomes.conflicting)),
        ("Refused", count(report.outcomes.refused)),
        ("Left out", count(report.outcomes.left_out)),
        ("Skipped", count(report.outcomes.skipped)),
        ("Locked", count(report.passwords_wanted)),
        ("Revoked without certificate", count(report.revocations_without_certificate)),
    ]);
    sources(&mut text, report);
    for missing in report.keys_missing.iter().take(1) {
        text.gap()
            .line(&format!("Keys that are elsewhere, of authorities that cannot issue here: {}", missing_keys(report, &missing.name)));
    }
    if !report.profiles.is_empty() {
        let rows = report.profiles.iter().map(|profile| [profile.name.clone(), profile.template.clone(), profile.left_behind.join("; ")]);
        text.gap().table(["profile", "template", "what it cannot say"], rows.collect());
    }
    if !report.not_carried.is_empty() {
        let rows = report.not_carried.iter().map(|not| [not.object.clone(), not.message.clone(), not.path.clone()]);
        text.gap().table(["not carried over", "why", "file"], rows.collect());
    }
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

/// More than one place, or one that is a whole PKI, is told apart.
fn sources(text: &mut Text, report: &ImportReport) {
    let telling =
        report.sources.len() > 1 || report.sources.iter().any(|source| !matches!(source.kind.as_str(), "file" | "folder" | "text"));
    if telling {
        let rows = report.sources.iter().map(|source| {
            let ImportOutcomes { new, known, refused, conflicting, .. } = source.outcomes;
            [source.kind.clone(), counts(&source.found), format!("{new} / {known} / {}", refused + conflicting), source.path.clone()]
        });
        text.gap().table(["source", "found", "new / known / to look at", "path"], rows.collect());
    }
}

fn missing_keys(report: &ImportReport, first: &str) -> String {
    match report.keys_missing.len() {
        1 => first.to_owned(),
        many => format!("{first} and {} more", many - 1),
    }
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
