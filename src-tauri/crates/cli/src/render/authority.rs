//! Authorities.

use api::view::{
    AuthorityCsrView, AuthorityList, AuthorityRenewalView, AuthorityView, CrlState, CrossSignedView, GenerationView, ImpactView,
    WorkingView,
};

use super::{certificate, number};
use crate::layout::{Text, counted, moment, moment_if};

pub(crate) fn list(list: &AuthorityList) -> Text {
    let mut text = Text::new();
    let waiting = list.waiting.iter().map(|waiting| {
        let [none, ends, crl] = ["0", "", "none"].map(str::to_owned);
        [waiting.name.clone(), waiting.status.clone(), place(&waiting.key_location, &waiting.key_state), none, ends, crl]
    });
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
        .chain(waiting)
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
        ("CRLs beside it", beside(authority)),
        ("Issuer address", authority.issuer_urls.join(" ")),
        ("OCSP address", authority.ocsp_urls.join(" ")),
    ]);
    if authority.generations.len() > 1 {
        text.gap();
        let rows = authority.generations.iter().map(generation).collect();
        text.table(["number", "key", "standing", "its certificates end", "crl", "crl address"], rows);
    }
    text
}

/// The CRLs that it issues beside the whole one.
fn beside(authority: &AuthorityView) -> String {
    let parts = (authority.partitions > 0).then(|| counted(authority.partitions, "partition", "partitions"));
    let split = authority.split.then(|| "authorities' certificates apart".to_owned());
    let delta = authority.delta.then(|| "deltas".to_owned());
    [parts, split, delta].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn generation(generation: &GenerationView) -> [String; 6] {
    let standing = match (generation.current, generation.certificates.is_empty(), generation.answers) {
        (true, ..) => "issues",
        (false, true, _) => "waits for its certificate",
        (false, false, true) => "signs its CRL only",
        (false, false, false) => "ended",
    };
    [
        generation.number.to_string(),
        generation.key.clone(),
        standing.to_owned(),
        moment_if(generation.ends_at.as_ref()),
        crl(&generation.crl),
        generation.crl_urls.join(" "),
    ]
}

pub(crate) fn renewal(renewal: &AuthorityRenewalView) -> Text {
    let mut text = certificate::preview(&renewal.preview);
    text.gap();
    text.pairs(&[("CRL address", renewal.crl_urls.join(" "))]);
    text
}

pub(crate) fn csr(csr: &AuthorityCsrView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Authority", csr.authority.name.clone()),
        ("Id", csr.authority.id.clone()),
        ("Status", if csr.waits { "waits for its certificate".to_owned() } else { String::new() }),
        ("Subject", csr.subject.rfc4514.clone()),
        ("Key", csr.key.clone()),
        ("Key SHA-256", csr.key_fingerprint.clone()),
        ("Path length", csr.path_length.map(|length| length.to_string()).unwrap_or_default()),
        ("Requested", moment(&csr.made_at)),
        ("Request SHA-256", csr.sha256.clone()),
        ("Written", csr.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(" ")),
    ]);
    text
}

fn key(authority: &AuthorityView) -> String {
    place(&authority.key_location, &authority.key_state)
}

fn place(location: &str, state: &str) -> String {
    let place = if location == "os" { "keyring" } else { location };
    if ["ready", "elsewhere"].contains(&state) { place.to_owned() } else { format!("{place}, {state}") }
}

fn crl(crl: &CrlState) -> String {
    let stale = if crl.stale { ", stale" } else { "" };
    match (&crl.number, &crl.next_update) {
        (Some(value), Some(next)) => format!("{} until {}{stale}", number(Some(value)), moment(next)),
        (Some(value), None) => format!("{}{stale}", number(Some(value))),
        (None, _) => format!("none{stale}"),
    }
}

pub(crate) fn impact(impact: &ImpactView) -> Text {
    let mut text = Text::new();
    text.line(&hanging(impact));
    if impact.total == 0 {
        return text;
    }
    text.gap();
    let row = |name: String, working: &WorkingView| {
        let numbers = [working.servers, working.clients, working.authorities, working.others].map(|number| number.to_string());
        let [servers, clients, authorities, others] = numbers;
        [name, servers, clients, authorities, others]
    };
    let below = impact.below.iter().map(|one| row(format!("{}{}", "  ".repeat(one.depth as usize), one.authority.name), &one.working));
    let rows = std::iter::once(row(impact.authority.name.clone(), &impact.working)).chain(below).collect();
    text.table(["issued by", "servers", "clients", "authorities", "others"], rows);
    text.gap();
    let months = impact.months.iter().map(|month| {
        let numbers = [month.servers, month.clients, month.authorities, month.others].map(|number| number.to_string());
        let [servers, clients, authorities, others] = numbers;
        [month.month.clone(), servers, clients, authorities, others]
    });
    text.table(["end in", "servers", "clients", "authorities", "others"], months.collect());
    text
}

/// How much hangs on an authority, in a line.
pub(crate) fn hanging(impact: &ImpactView) -> String {
    let name = &impact.authority.name;
    match &impact.last_ends {
        None => format!("Nothing that {name} or an authority below it has issued works any more."),
        Some(last) => {
            let certificates = counted(impact.total, "certificate", "certificates");
            let below = counted(u32::try_from(impact.below.len()).unwrap_or(u32::MAX), "authority", "authorities");
            format!("On {name} hang {certificates}, with {below} below it; the last of them ends {last}.")
        }
    }
}

pub(crate) fn cross_signed(signed: &CrossSignedView) -> Text {
    let certificate = &signed.certificate;
    let mut text = Text::new();
    text.pairs(&[
        ("Subject", certificate.subject.rfc4514.clone()),
        ("Issuer", certificate.issuer.rfc4514.clone()),
        ("Serial", certificate.serial.clone()),
        ("Valid", format!("{} to {}", moment(&certificate.not_before), moment(&certificate.not_after))),
        ("Fingerprint", certificate.fingerprint.clone()),
        ("Written", signed.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(" ")),
    ]);
    text
}
