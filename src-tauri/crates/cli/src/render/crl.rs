//! Certificate revocation lists.

use api::view::{CrlDifferenceView, CrlEntryView, CrlInstalled, CrlList, CrlSide, CrlView};

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
                crl.delta_of.as_ref().map_or_else(|| "complete".to_owned(), |base| format!("delta to {}", number(Some(base)))),
                crl.scope.clone().unwrap_or_default(),
            ]
        })
        .collect();
    text.table(["number", "this update", "next update", "entries", "size", "origin", "kind", "only for certificates that name"], rows);
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
    let row = |entry: &CrlEntryView| {
        [
            entry.serial.clone(),
            moment(&entry.revoked_at),
            entry.reason.clone(),
            moment_if(entry.invalidity_date.as_ref()),
            entry.name.clone().unwrap_or_default(),
        ]
    };
    if entries.iter().all(|entry| entry.kept.is_none()) {
        text.table(["serial", "revoked", "reason", "invalid since", "name"], entries.iter().map(row).collect());
        return;
    }
    let rows = entries.iter().map(|entry| {
        let [serial, revoked, reason, since, name] = row(entry);
        [serial, revoked, reason, since, name, kept(entry).to_owned()]
    });
    text.table(["serial", "revoked", "reason", "invalid since", "name", "still listed because"], rows.collect());
}

/// Why an entry is listed though its certificate has ended (RFC 5280 3.3).
fn kept(entry: &CrlEntryView) -> &'static str {
    match entry.kept.as_deref() {
        Some("once-more") => "it has ended, and no CRL since has listed it",
        Some("last-time") => "it has ended; this CRL is the last",
        Some("for-ever") => "nobody knows when it ends",
        _ => "",
    }
}

pub(crate) fn difference(difference: &CrlDifferenceView) -> Text {
    let mut text = Text::new();
    let side = |side: &CrlSide| {
        let name = side.number.as_ref().map_or_else(|| "without a number".to_owned(), |found| number(Some(found)));
        match (&side.this_update, side.entries) {
            (Some(this_update), Some(entries)) => format!("{name}, {}, {}", moment(this_update), counted(entries, "entry", "entries")),
            _ => format!("{name}, not built yet"),
        }
    };
    text.pairs(&[
        ("From", difference.from.as_ref().map_or_else(|| "none".to_owned(), side)),
        ("To", side(&difference.to)),
        ("Added", difference.added.to_string()),
        ("Removed", difference.removed.to_string()),
        ("Changed", difference.changed.to_string()),
    ]);
    if difference.items.is_empty() {
        return text;
    }
    let rows = difference.items.iter().map(|item| {
        let reason = item.was.as_ref().map_or_else(|| item.entry.reason.clone(), |was| format!("{was} > {}", item.entry.reason));
        let why = match item.end.as_deref() {
            Some("expired") => "listed after its certificate ended",
            Some("lifted") => "hold lifted",
            _ => "",
        };
        [
            item.change.clone(),
            item.entry.serial.clone(),
            moment(&item.entry.revoked_at),
            reason,
            item.entry.name.clone().unwrap_or_default(),
            why.to_owned(),
        ]
    });
    text.gap().table(["change", "serial", "revoked", "reason", "name", "because"], rows.collect());
    text
}
