//! Certificates.

use api::view::{
    Asn1View, CertificateDetail, CertificatePreview, CertificateView, ComparisonView, DifferenceView, ExtensionText, IssuedView,
    OriginView, Page, RevokedView,
};

use super::{files, number};
use crate::layout::{Text, moment};

pub(crate) fn list(page: &Page<CertificateView>) -> Text {
    let mut text = Text::new();
    let rows = page
        .items
        .iter()
        .map(|certificate| {
            [
                certificate.name.clone(),
                certificate.status.clone(),
                issuer(certificate),
                certificate.profile.clone().unwrap_or_else(|| "-".to_owned()),
                moment(&certificate.not_after),
                certificate.serial.clone(),
            ]
        })
        .collect();
    text.table(["name", "status", "authority", "profile", "ends", "serial"], rows);
    text
}

pub(crate) fn issued(issued: &IssuedView) -> Text {
    let mut text = Text::new();
    summary(&mut text, &issued.certificate);
    if !issued.files.is_empty() {
        text.gap();
        files(&mut text, &issued.files);
    }
    text
}

pub(crate) fn revoked(revoked: &RevokedView) -> Text {
    let mut text = Text::new();
    let rows = revoked
        .certificates
        .iter()
        .map(|certificate| {
            let (reason, at) = match &certificate.revocation {
                Some(revocation) => (revocation.reason.clone(), moment(&revocation.at)),
                None => ("-".to_owned(), "-".to_owned()),
            };
            [certificate.name.clone(), certificate.status.clone(), reason, at, issuer(certificate), certificate.serial.clone()]
        })
        .collect();
    text.table(["name", "status", "reason", "revoked", "authority", "serial"], rows);
    text
}

pub(crate) fn one(detail: &CertificateDetail) -> Text {
    let mut text = Text::new();
    summary(&mut text, &detail.certificate);
    text.pairs(&[
        ("Usages     ", usages(detail)),
        ("Chain      ", detail.chain.iter().map(|link| link.name.clone()).collect::<Vec<_>>().join(" > ")),
        ("On CRL     ", number(detail.on_crl.as_ref())),
        ("Came from  ", detail.origin.as_ref().map(origin).unwrap_or_default()),
    ]);
    text.gap().block(&detail.certificate.pem);
    text
}

pub(crate) fn full(detail: &CertificateDetail) -> Text {
    let mut text = Text::new();
    summary(&mut text, &detail.certificate);
    text.pairs(&[
        ("Version    ", detail.version.to_string()),
        ("Signature  ", detail.signature_algorithm.clone()),
        ("Chain      ", detail.chain.iter().map(|link| link.name.clone()).collect::<Vec<_>>().join(" > ")),
        ("On CRL     ", number(detail.on_crl.as_ref())),
        ("Came from  ", detail.origin.as_ref().map(origin).unwrap_or_default()),
    ]);
    extensions(&mut text, &detail.extensions);
    if !detail.findings.is_empty() {
        text.gap().line("Findings");
        for finding in &detail.findings {
            text.line(&format!("  {}: {} ({}, {})", finding.severity, finding.message, finding.lint, finding.clause));
        }
    }
    if !detail.history.is_empty() {
        text.gap().line("History");
        let rows = detail
            .history
            .iter()
            .map(|entry| [moment(&entry.at), entry.action.clone(), entry.actor.clone(), entry.why.clone().unwrap_or_default()])
            .collect();
        text.table(["at", "action", "by", "why"], rows);
    }
    text.gap().block(&detail.certificate.pem);
    text
}

pub(crate) fn preview(preview: &CertificatePreview) -> Text {
    let mut text = Text::new();
    text.line(if preview.may_be_issued { "This would be signed:" } else { "This would be refused:" });
    text.pairs(&[
        ("Subject    ", preview.subject.rfc4514.clone()),
        ("Names      ", preview.names.join(" ")),
        ("Issuer     ", preview.issuer.rfc4514.clone()),
        ("Valid      ", format!("{} to {}", moment(&preview.not_before), moment(&preview.not_after))),
        ("Key        ", preview.key.clone()),
        ("Signature  ", preview.signature_algorithm.clone()),
    ]);
    extensions(&mut text, &preview.extensions);
    if !preview.differences.is_empty() {
        text.gap().line("Differs from the certificate before in");
        for line in preview.differences.iter().flat_map(difference) {
            text.line(&format!("  {line}"));
        }
    }
    text
}

pub(crate) fn comparison(view: &ComparisonView) -> Text {
    let mut text = Text::new();
    let title = |certificate: &CertificateView| format!("{} (serial {})", certificate.name, certificate.serial);
    text.pairs(&[("- ", title(&view.one)), ("+ ", title(&view.other))]);
    text.gap();
    if view.differences.is_empty() {
        text.line("They are one and the same.");
    }
    for line in view.differences.iter().flat_map(difference) {
        text.line(&line);
    }
    text
}

/// What the one says and the other does not, and the other way round.
pub(crate) fn difference(difference: &DifferenceView) -> Vec<String> {
    let title = match (&difference.name, &difference.oid) {
        (Some(name), Some(oid)) if name != oid => format!("{name} ({oid})"),
        (_, Some(oid)) => oid.clone(),
        _ => difference.field.clone(),
    };
    let (before, after) = (&difference.before, &difference.after);
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("  - {line}"));
    let come = after.iter().filter(|line| !before.contains(line)).map(|line| format!("  + {line}"));
    std::iter::once(title).chain(gone).chain(come).collect()
}

fn summary(text: &mut Text, certificate: &CertificateView) {
    let revocation = certificate.revocation.as_ref().map(|revocation| {
        let note = revocation.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        format!("{}, {}{note}", moment(&revocation.at), revocation.reason)
    });
    let held = if certificate.key.held { ", held here" } else { "" };
    text.pairs(&[
        ("Name       ", certificate.name.clone()),
        ("Id", certificate.id.clone()),
        ("Status", format!("{}{}", certificate.status, if certificate.archived { ", archived" } else { "" })),
        ("Revoked", revocation.unwrap_or_default()),
        ("Kind", certificate.kind.clone()),
        ("Subject", certificate.subject.rfc4514.clone()),
        ("Names", certificate.names.join(" ")),
        ("Issuer", certificate.issuer.rfc4514.clone()),
        ("Authority", certificate.authority.as_ref().map(|authority| authority.name.clone()).unwrap_or_default()),
        ("Profile", certificate.profile.clone().unwrap_or_default()),
        ("Serial", certificate.serial.clone()),
        ("Fingerprint", certificate.fingerprint.clone()),
        ("Valid", format!("{} to {}", moment(&certificate.not_before), moment(&certificate.not_after))),
        ("Key", format!("{}{held}", certificate.key.kind)),
        ("Tags", certificate.tags.join(" ")),
    ]);
}

fn extensions(text: &mut Text, extensions: &[ExtensionText]) {
    if extensions.is_empty() {
        return;
    }
    text.gap().line("Extensions");
    for extension in extensions {
        let critical = if extension.critical { ", critical" } else { "" };
        text.line(&format!("  {} ({}{critical})", extension.name, extension.oid));
        for line in &extension.lines {
            text.line(&format!("    {line}"));
        }
    }
}

fn origin(origin: &OriginView) -> String {
    let said = [Some(&origin.name), Some(&origin.kind), Some(&origin.comment), origin.inserted_at.as_ref()];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).filter(|said| !said.is_empty()).collect();
    format!("{}: {}", origin.program, said.join(", "))
}

fn issuer(certificate: &CertificateView) -> String {
    certificate.authority.as_ref().map_or_else(|| "-".to_owned(), |authority| authority.name.clone())
}

fn usages(detail: &CertificateDetail) -> String {
    detail.key_usages.iter().chain(&detail.extended_key_usages).flatten().cloned().collect::<Vec<_>>().join(" ")
}

/// Offset, lengths and indented type, as `openssl asn1parse` has them.
pub(crate) fn asn1(view: &Asn1View) -> Text {
    let mut text = Text::new();
    for row in &view.rows {
        let depth = usize::try_from(row.depth).unwrap_or_default();
        let line = format!("{:>5} {:>2}+{:<5} {}{} {}", row.offset, row.header, row.length, "  ".repeat(depth), row.name, row.text);
        text.line(line.trim_end());
    }
    if !view.whole {
        text.line("The rest cannot be read as ASN.1.");
    }
    text
}
