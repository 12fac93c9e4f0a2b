//! Certificate revocation lists.

use api::view::{CrlEntryView, CrlInstalled, CrlList, CrlView};

use super::number;
use crate::layout::{Text, counted, moment, moment_if, size};

pub(crate) fn one(crl: &CrlView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Issuer", crl.issuer.clone()),
        (
            "Key number",
            crl.generation.filter(|number| *number > 1 || !crl.earlier.is_empty()).map(|number| number.to_string()).unwrap_or_default(),
        ),
        ("Number", number(crl.number.as_ref())),
        ("This update", moment(&crl.this_update)),
        ("Next update", moment_if(crl.next_update.as_ref())),
        ("Entries", crl.entries.to_string()),
        ("Kind", if crl.base { "complete" } else { "delta" }.to_owned()),
        ("Distribution", crl.idp.clone().unwrap_or_default()),
        ("Signature", crl.signature.clone()),
        ("Size", size(crl.size)),
        ("SHA-256", crl.sha256.clone()),
    ]);
    if !crl.findings.is_empty() {
        text.gap().line("Findings");
        for finding in &crl.findings {
            text.line(&format!("  {}: {} ({}, {})", finding.severity, finding.message, finding.lint, finding.clause));
        }
    }
    if !crl.items.is_empty() {
        text.gap();
        entries(&mut text, &crl.items);
    }
    if !crl.earlier.is_empty() {
        text.gap().line("Earlier keys, whose certificates have not all ended");
        let row = |crl: &CrlView| {
            [
                crl.generation.map(|number| number.to_string()).unwrap_or_default(),
                number(crl.number.as_ref()),
                moment_if(crl.next_update.as_ref()),
                crl.entries.to_string(),
            ]
        };
        text.table(["key", "crl", "next update", "entries"], crl.earlier.iter().map(row).collect());
    }
    text
}

pub(crate) fn list(list: &CrlList) -> Text {
    let mut text = Text::new();
    let rows = list
        .items
        .iter()
        .map(|crl| {
            [
                number(Some(&crl.number)),
                moment(&crl.this_update),
                moment(&crl.next_update),
                crl.entries.to_string(),
                size(crl.size),
                if crl.imported { "taken in" } else { "issued here" }.to_owned(),
            ]
        })
        .collect();
    text.table(["number", "this update", "next update", "entries", "size", "origin"], rows);
    if !list.pending.is_empty() {
        text.gap().line("The next CRL will also list:");
        entries(&mut text, &list.pending);
    }
    text
}

pub(crate) fn installed(installed: &CrlInstalled) -> Text {
    let mut text = one(&installed.crl);
    text.gap().line(&format!(
        "{} taken. The next CRL's number will be above {}.",
        counted(installed.revocations_taken, "revocation", "revocations"),
        number(Some(&installed.continues_above))
    ));
    entries(&mut text, &installed.revocations);
    text
}

pub(super) fn entries(text: &mut Text, entries: &[CrlEntryView]) {
    let rows = entries
        .iter()
        .map(|entry| {
            [
                entry.serial.clone(),
                moment(&entry.revoked_at),
                entry.reason.clone(),
                moment_if(entry.invalidity_date.as_ref()),
                entry.name.clone().unwrap_or_default(),
            ]
        })
        .collect();
    text.table(["serial", "revoked", "reason", "invalid since", "name"], rows);
}
