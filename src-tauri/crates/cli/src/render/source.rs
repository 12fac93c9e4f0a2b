//! Sources.

use api::view::{
    SourceCertificate, SourceChange, SourceCounts, SourceCrl, SourceDetail, SourceDifference, SourceEvent, SourceList, SourceQuarantined,
    SourceRefreshed, SourceRevokedEntry, SourceRound, SourceView,
};

use crate::layout::{Text, counted, moment, moment_if};

fn all(counts: SourceCounts) -> u32 {
    counts.cscas.saturating_add(counts.document_signers).saturating_add(counts.list_signers).saturating_add(counts.others)
}

fn standing(source: &SourceView) -> String {
    match &source.failure {
        Some(failure) => format!("failed {}: {}", counted(failure.times, "time", "times"), failure.code),
        None => "good".to_owned(),
    }
}

pub(crate) fn list(list: &SourceList) -> Text {
    let mut text = Text::new();
    let row = |source: &SourceView| {
        [
            source.name.clone(),
            source.kind.clone(),
            all(source.certificates).to_string(),
            source.crls.to_string(),
            moment_if(source.refreshed_at.as_ref()),
            source.due_at.as_ref().map_or_else(|| "by hand".to_owned(), |at| moment(at)),
            standing(source),
        ]
    };
    text.table(["name", "kind", "certificates", "crls", "refreshed", "due", "last refresh"], list.items.iter().map(row).collect());
    if list.items.is_empty() {
        text.line("This registry has no sources.");
    }
    text
}

fn about(text: &mut Text, source: &SourceView) {
    let counts = source.certificates;
    let kinds = [
        (counts.cscas, "CSCA"),
        (counts.document_signers, "document signers"),
        (counts.list_signers, "list signers"),
        (counts.others, "others"),
    ];
    let kinds: Vec<_> = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
    let crls = match source.crls {
        0 => String::new(),
        crls => format!(
            "{crls} with {}; the first ends {}",
            counted(source.revoked, "entry", "entries"),
            moment_if(source.next_update.as_ref())
        ),
    };
    let signer = source.signed_by.as_ref().map(|signer| match &source.signed_at {
        Some(at) => format!("{signer}, {}", moment(at)),
        None => signer.clone(),
    });
    text.pairs(&[
        ("Source", source.name.clone()),
        ("Id", source.id.clone()),
        ("Kind", source.kind.clone()),
        ("Place", source.place.text.clone()),
        ("Believed by", source.signers.iter().map(|signer| signer.subject.clone()).collect::<Vec<_>>().join("; ")),
        ("Signed by", signer.unwrap_or_default()),
        ("Certificates", kinds.join(", ")),
        ("Countries", if source.countries == 0 { String::new() } else { source.countries.to_string() }),
        ("CRLs", crls),
        ("Quarantine", if source.quarantined == 0 { String::new() } else { source.quarantined.to_string() }),
        ("Refreshed", moment_if(source.refreshed_at.as_ref())),
        ("Changed", moment_if(source.changed_at.as_ref())),
        ("Due", source.due_at.as_ref().map_or_else(|| "by hand".to_owned(), |at| moment(at))),
        ("SHA-256", source.sha256.clone().unwrap_or_default()),
    ]);
    if let Some(failure) = &source.failure {
        text.gap().line(&format!("The last refresh failed, {}: {}", moment(&failure.at), failure.title)).line(&failure.next);
    }
}

pub(crate) fn detail(detail: &SourceDetail) -> Text {
    let mut text = Text::new();
    about(&mut text, &detail.source);
    if !detail.countries.is_empty() {
        let rows = detail.countries.iter().map(|country| {
            let counts = country.certificates;
            [
                if country.country.is_empty() { "none".to_owned() } else { country.country.clone() },
                counts.cscas.to_string(),
                counts.document_signers.to_string(),
                counts.list_signers.to_string(),
                counts.others.to_string(),
                country.crls.to_string(),
            ]
        });
        text.gap().table(["country", "csca", "document signers", "list signers", "others", "crls"], rows.collect());
    }
    if !detail.events.is_empty() {
        text.gap();
        text.block(events(&detail.events).as_str());
    }
    text
}

pub(crate) fn refreshed(done: &SourceRefreshed) -> Text {
    let mut text = Text::new();
    about(&mut text, &done.source);
    text.gap().line(&counts(&done.difference));
    text
}

fn counts(difference: &SourceDifference) -> String {
    format!(
        "{} added, {} removed, {} changed, {} as before, {} in quarantine",
        difference.added, difference.removed, difference.changed, difference.unchanged, difference.quarantined
    )
}

pub(crate) fn difference(difference: &SourceDifference) -> Text {
    let mut text = Text::new();
    let row = |change: &SourceChange| {
        let what = if change.kind.is_empty() { "crl" } else { &change.kind };
        [change.change.clone(), what.to_owned(), change.country.clone(), change.serial.clone(), change.name.clone()]
    };
    text.table(["change", "what", "country", "number", "name"], difference.items.iter().map(row).collect());
    if !difference.items.is_empty() {
        text.gap();
    }
    text.line(&counts(difference));
    if difference.more {
        text.line("More changes than are listed here: --limit lists up to 10000.");
    }
    if difference.shrinks {
        text.line("It would be smaller by more than a fifth: a refresh needs --accept-shrink.");
    }
    text
}

pub(crate) fn certificates(items: &[SourceCertificate]) -> Text {
    let mut text = Text::new();
    let row = |certificate: &SourceCertificate| {
        [
            certificate.country.clone(),
            certificate.kind.clone(),
            certificate.standing.clone(),
            moment(&certificate.not_after),
            certificate.key_kind.clone(),
            certificate.serial.clone(),
            certificate.subject.clone(),
        ]
    };
    text.table(["country", "kind", "standing", "ends", "key", "serial", "subject"], items.iter().map(row).collect());
    text
}

pub(crate) fn crls(items: &[SourceCrl]) -> Text {
    let mut text = Text::new();
    let row = |crl: &SourceCrl| {
        [
            crl.id.clone(),
            crl.country.clone(),
            crl.number.clone().unwrap_or_default(),
            moment(&crl.this_update),
            moment_if(crl.next_update.as_ref()),
            if crl.expired { "expired" } else { "current" }.to_owned(),
            crl.signature.clone(),
            crl.entries.to_string(),
            crl.issuer.clone(),
        ]
    };
    text.table(["id", "country", "number", "issued", "next update", "", "signature", "entries", "issuer"], items.iter().map(row).collect());
    text
}

pub(crate) fn revoked(items: &[SourceRevokedEntry]) -> Text {
    let mut text = Text::new();
    let row = |entry: &SourceRevokedEntry| [entry.serial.clone(), moment(&entry.revoked_at), entry.reason.clone().unwrap_or_default()];
    text.table(["serial", "revoked", "reason"], items.iter().map(row).collect());
    text
}

pub(crate) fn quarantine(items: &[SourceQuarantined]) -> Text {
    let mut text = Text::new();
    let row = |thing: &SourceQuarantined| [thing.id.clone(), thing.size.to_string(), thing.place.clone(), thing.message.clone()];
    text.table(["id", "octets", "where", "why"], items.iter().map(row).collect());
    text
}

pub(crate) fn events(items: &[SourceEvent]) -> Text {
    let mut text = Text::new();
    let row = |event: &SourceEvent| {
        [
            moment(&event.at),
            event.outcome.clone(),
            if event.by_hand { "by hand" } else { "schedule" }.to_owned(),
            format!("+{} -{} ~{}", event.added, event.removed, event.changed),
            format!("{} ms", event.milliseconds),
            event.failure.as_ref().map(|failure| failure.title.clone()).unwrap_or_default(),
        ]
    };
    text.table(["when", "outcome", "by", "change", "took", ""], items.iter().map(row).collect());
    text
}

pub(crate) fn round(round: &SourceRound) -> Text {
    let mut text = Text::new();
    let done = round.refreshed.iter().map(|done| [done.source.name.clone(), done.outcome.clone(), counts(&done.difference)]);
    let failed = round.failed.iter().map(|failure| [failure.source.clone(), "failed".to_owned(), failure.message.clone()]);
    text.table(["source", "outcome", ""], done.chain(failed).collect());
    if round.refreshed.is_empty() && round.failed.is_empty() {
        text.line("No source is due.");
    }
    text
}
