//! Signing requests.

use api::view::{Page, RequestDetail, RequestEntry, RequestsAdded};

use crate::layout::{Text, moment};

pub(crate) fn list(page: &Page<RequestEntry>) -> Text {
    let mut text = Text::new();
    let row = |entry: &RequestEntry| {
        let note =
            entry.note.clone().unwrap_or_else(|| entry.certificate.as_ref().map(|id| format!("certificate {id}")).unwrap_or_default());
        [entry.id.clone(), entry.state.clone(), entry.name.clone(), entry.key.clone(), moment(&entry.received_at), note]
    };
    text.table(["id", "state", "name", "key", "received", "note"], page.items.iter().map(row).collect());
    text
}

pub(crate) fn entry(entry: &RequestEntry) -> Text {
    let mut text = Text::new();
    pairs(&mut text, entry);
    text
}

fn pairs(text: &mut Text, entry: &RequestEntry) {
    text.pairs(&[
        ("Request", entry.id.clone()),
        ("State", entry.state.clone()),
        ("Certificate", entry.certificate.clone().unwrap_or_default()),
        ("Note", entry.note.clone().unwrap_or_default()),
        ("Subject", entry.subject.rfc4514.clone()),
        ("Names", entry.names.join(", ")),
        ("Key", entry.key.clone()),
        ("Received", moment(&entry.received_at)),
        ("SHA-256", entry.sha256.clone()),
    ]);
}

pub(crate) fn detail(detail: &RequestDetail) -> Text {
    let mut text = Text::new();
    pairs(&mut text, &detail.request);
    text.pairs(&[
        ("Signed with", detail.signature_algorithm.clone()),
        ("Judged by", [detail.authority_name.clone(), detail.profile.clone()].into_iter().flatten().collect::<Vec<_>>().join(", profile ")),
    ]);
    if !detail.concerns.is_empty() {
        text.gap();
        for concern in &detail.concerns {
            text.line(&format!("{}: {}", concern.severity, concern.message));
            text.line(&format!("  {}", concern.fix));
        }
    }
    if let Some(refusal) = &detail.refusal {
        text.gap().line(&format!("error: {}", refusal.message)).line(&format!("  {}", refusal.hint));
    }
    if !detail.difference.is_empty() {
        text.gap();
        let row = |difference: &api::view::RequestDifference| {
            let what = if difference.label.is_empty() { difference.what.clone() } else { difference.label.clone() };
            [what, difference.fate.clone(), difference.asked.clone(), difference.given.clone()]
        };
        text.table(["of the request", "fate", "asked", "would be issued"], detail.difference.iter().map(row).collect());
    }
    if let Some(preview) = &detail.preview {
        for finding in &preview.findings {
            text.line(&format!("{}: {} ({}, {})", finding.severity, finding.message, finding.lint, finding.clause));
        }
    }
    text
}

pub(crate) fn added(report: &RequestsAdded) -> Text {
    let mut text = Text::new();
    let row = |item: &api::view::RequestAdded| {
        [item.outcome.clone(), item.id.clone().unwrap_or_default(), item.name.clone(), item.path.clone(), item.detail.clone()]
    };
    text.table(["outcome", "id", "name", "file", "detail"], report.items.iter().map(row).collect());
    for path in &report.skipped {
        text.line(&format!("skipped  {path}"));
    }
    text
}
