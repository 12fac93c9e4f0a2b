//! Authorities.

use api::view::{AuthorityList, AuthorityView, CrlState};

use super::number;
use crate::layout::{Text, moment, moment_if};

pub(crate) fn list(list: &AuthorityList) -> Text {
    let mut text = Text::new();
    let rows = list
        .items
        .iter()
        .map(|authority| {
            let depth = authority.path.len().saturating_sub(1);
            [
                format!("{}{}", "  ".repeat(depth), authority.name),
                authority.status.clone(),
                key(authority),
                authority.issued.to_string(),
                moment(&authority.certificate.not_after),
                crl(&authority.crl),
            ]
        })
        .collect();
    text.table(["name", "status", "key", "issued", "ends", "crl"], rows);
    text
}

pub(crate) fn one(authority: &AuthorityView) -> Text {
    let certificate = &authority.certificate;
    let mut text = Text::new();
    text.pairs(&[
        ("Authority", authority.name.clone()),
        ("Id", authority.id.clone()),
        ("Path", if authority.path.len() > 1 { authority.path.join(" > ") } else { String::new() }),
        ("Status", authority.status.clone()),
        ("Subject", certificate.subject.rfc4514.clone()),
        ("Issuer", if certificate.issuer == certificate.subject { String::new() } else { certificate.issuer.rfc4514.clone() }),
        ("Serial", certificate.serial.clone()),
        ("Fingerprint", certificate.fingerprint.clone()),
        ("Valid", format!("{} to {}", moment(&certificate.not_before), moment(&certificate.not_after))),
        ("Key", format!("{}, {}", certificate.key.kind, key(authority))),
        ("Path length", authority.path_length.map(|length| length.to_string()).unwrap_or_default()),
        ("Issued", authority.issued.to_string()),
        ("CRL", crl(&authority.crl)),
        ("CRL due", moment_if(authority.crl.due_at.as_ref())),
        ("CRL address", authority.crl_urls.join(" ")),
        ("Issuer address", authority.issuer_urls.join(" ")),
        ("OCSP address", authority.ocsp_urls.join(" ")),
    ]);
    text
}

fn key(authority: &AuthorityView) -> String {
    let place = match authority.key_location.as_str() {
        "os" => "keyring",
        other => other,
    };
    if ["ready", "elsewhere"].contains(&authority.key_state.as_str()) {
        place.to_owned()
    } else {
        format!("{place}, {}", authority.key_state)
    }
}

fn crl(crl: &CrlState) -> String {
    let stale = if crl.stale { ", stale" } else { "" };
    match (&crl.number, &crl.next_update) {
        (Some(value), Some(next)) => format!("{} until {}{stale}", number(Some(value)), moment(next)),
        (Some(value), None) => format!("{}{stale}", number(Some(value))),
        (None, _) => format!("none{stale}"),
    }
}
