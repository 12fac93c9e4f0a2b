//! The report of an import as text to be kept: counts first, then a line for each object, parted by tabs.

use std::fmt::Write as _;

use crate::view::{ImportCounts, ImportReport};
use crate::visible::visible;
use crate::words::import_label;

pub(super) fn text(report: &ImportReport) -> String {
    let mut text = String::new();
    let title = if report.dry_run { "title-plan" } else { "title-done" };
    let taken = if report.dry_run { "would-be-taken" } else { "taken" };
    line(&mut text, &[&label(title)]);
    line(&mut text, &[&label(taken), &counts(&report.taken)]);
    line(&mut text, &[&label("known"), &counts(&report.known)]);
    section(&mut text, "sources", &report.sources, |source| {
        vec![import_label("source-kinds", &source.kind), source.path.clone(), counts(&source.found)]
    });
    section(&mut text, "locked", &report.locked, |locked| vec![locked.path.clone(), locked.object.clone()]);
    section(&mut text, "keys-missing", &report.keys_missing, |missing| {
        vec![missing.name.clone(), missing.key.clone(), missing.path.clone()]
    });
    section(&mut text, "profiles", &report.profiles, |profile| {
        vec![profile.name.clone(), profile.template.clone(), profile.path.clone(), profile.left_behind.join("; ")]
    });
    section(&mut text, "not-carried", &report.not_carried, |not| vec![not.object.clone(), not.message.clone(), not.path.clone()]);
    section(&mut text, "objects", &report.items, |item| {
        vec![item.outcome.clone(), item.kind.clone(), item.object.clone(), item.detail.clone(), item.path.clone()]
    });
    section(&mut text, "skipped", &report.skipped, |skipped| vec![skipped.path.clone()]);
    text
}

fn label(code: &str) -> String {
    import_label("report", code)
}

fn section<T>(text: &mut String, title: &str, rows: &[T], cells: impl Fn(&T) -> Vec<String>) {
    if rows.is_empty() {
        return;
    }
    text.push('\n');
    line(text, &[&label(title)]);
    for row in rows {
        let cells = cells(row);
        line(text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// One line, its cells made visible and parted by tabs.
fn line(text: &mut String, cells: &[&str]) {
    let mut first = true;
    for cell in cells {
        if !first {
            text.push('\t');
        }
        first = false;
        text.push_str(&visible(cell));
    }
    text.push('\n');
}

fn counts(counts: &ImportCounts) -> String {
    let mut said = String::new();
    let parts = [
        (counts.certificates, "certificates"),
        (counts.keys, "keys"),
        (counts.requests, "requests"),
        (counts.revocations, "revocations"),
        (counts.crls, "crls"),
        (counts.profiles, "profile-count"),
    ];
    for (count, kind) in parts.into_iter().filter(|(count, _)| *count > 0) {
        let comma = if said.is_empty() { "" } else { ", " };
        let _written = write!(said, "{comma}{count} {}", label(kind));
    }
    if said.is_empty() { label("nothing") } else { said }
}
