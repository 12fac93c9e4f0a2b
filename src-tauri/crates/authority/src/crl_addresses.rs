//! Where an authority's lists are: the whole one, those of its scopes, and their deltas. All are made from its CRL addresses, so that no two lists ever
//! stand at one place (a delta is never published where its base is).
//!
//! Which partition a certificate is in follows from its subject and names, not from its serial: what was confirmed names the same address as what is
//! signed, though the serial is drawn only then. The address stands in the certificate, so it stays when the number of partitions changes.

use pki::Fingerprint;
use pki::issuance::Addresses;

use crate::file_name;
use crate::generation_url::{is_shared, with_suffix};
use crate::registry::{AuthorityRow, CertificateKind, CrlCovers, CrlKind, CrlScope};

/// The attribute of a directory that holds lists, and the one that holds deltas (RFC 4523 2.5, 2.6).
const LISTS: &str = "certificateRevocationList";
const DELTAS: &str = "deltaRevocationList";

/// The scopes that an authority's settings give to what it issues now.
pub(crate) fn scopes_of(row: &AuthorityRow) -> Vec<CrlScope> {
    let mut scopes = Vec::new();
    if row.split {
        scopes.extend(scope(row, CrlCovers::Authorities, "authorities"));
    }
    match row.partitions {
        0 if row.split => scopes.extend(scope(row, CrlCovers::Users, "users")),
        count => scopes.extend((1..=count).filter_map(|nth| scope(row, CrlCovers::Partition, &part(nth)))),
    }
    scopes
}

fn part(nth: u32) -> String {
    format!("part{nth}")
}

/// The scope with this in its addresses; a directory, where several lists may stand at one address, keeps the whole.
fn scope(row: &AuthorityRow, covers: CrlCovers, suffix: &str) -> Option<CrlScope> {
    let urls: Vec<String> = row.crl_urls.iter().filter(|url| !is_shared(url)).map(|url| with_suffix(url, suffix)).collect();
    (!urls.is_empty()).then_some(CrlScope { covers, urls })
}

/// The addresses that an authority writes into a certificate. `known_by`: what the person who confirms it sees of it, which decides its partition.
pub(crate) fn written(row: &AuthorityRow, kind: CertificateKind, known_by: &[u8]) -> Addresses {
    let suffix = match (kind, row.split, row.partitions) {
        (CertificateKind::Authority, true, _) => Some("authorities".to_owned()),
        (CertificateKind::Leaf, true, 0) => Some("users".to_owned()),
        (_, _, 0) => None,
        (_, _, count) => Some(part(1 + share(known_by, count))),
    };
    let place = |url: &String| match &suffix {
        Some(suffix) if !is_shared(url) => with_suffix(url, suffix),
        _ => url.clone(),
    };
    let crl_urls: Vec<String> = row.crl_urls.iter().map(place).collect();
    let delta_urls = if row.delta { deltas_of(&crl_urls) } else { Vec::new() };
    Addresses { crl_urls, delta_urls, issuer_urls: row.issuer_urls.clone(), ocsp_urls: row.ocsp_urls.clone() }
}

/// The name of the file that a list of a scope stands in at its address, for where another has the same with the name of its host before it, and for addresses
/// that differ in their query alone with a mark of the whole.
pub fn file_names(scope: &CrlScope, kind: CrlKind) -> [String; 3] {
    let url = match kind {
        CrlKind::Base => scope.name().to_owned(),
        CrlKind::Delta => with_suffix(scope.name(), "delta"),
    };
    let place = url.find("://").map_or(url.as_str(), |at| url.get(at + 3..).unwrap_or_default());
    let place = place.split(['?', '#']).next().unwrap_or_default();
    let mark = Fingerprint::of(url.as_bytes()).to_string();
    let mark = mark.get(..8).unwrap_or(&mark);
    let named = |name: &str| file_name::stem_or(&name.replace(['/', ':'], "-"), mark);
    let last = place.rsplit('/').next().unwrap_or(place);
    [named(last), named(place), named(&format!("{mark}-{last}"))]
}

/// A number below `count` that is always the same for the same octets.
fn share(octets: &[u8], count: u32) -> u32 {
    let hash = Fingerprint::of(octets);
    let number = hash.as_bytes().iter().take(8).fold(0_u64, |number, octet| (number << 8) | u64::from(*octet));
    u32::try_from(number % u64::from(count.max(1))).unwrap_or(0)
}

/// Where the deltas of a list are.
pub(crate) fn deltas_of(urls: &[String]) -> Vec<String> {
    let delta = |url: &String| {
        if is_shared(url) { url.contains(LISTS).then(|| url.replace(LISTS, DELTAS)) } else { Some(with_suffix(url, "delta")) }
    };
    urls.iter().filter_map(delta).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_have_places_of_their_own() {
        let urls = ["http://pki.test/ca-part3.crl", "ldap://dir.test/cn=ca?certificateRevocationList;binary", "ldap://dir.test/cn=ca"]
            .map(str::to_owned);
        assert_eq!(deltas_of(&urls), ["http://pki.test/ca-part3-delta.crl", "ldap://dir.test/cn=ca?deltaRevocationList;binary"]);
    }

    #[test]
    fn lists_of_scopes_have_the_file_names_of_their_addresses() {
        let scope = |url: &str| CrlScope { covers: CrlCovers::Partition, urls: vec![url.to_owned()] };
        let named = |url, kind| file_names(&scope(url), kind);
        assert_eq!(
            named("http://pki.test/a/ca-part3.crl", CrlKind::Base),
            ["ca-part3.crl", "pki.test-a-ca-part3.crl", "1ef31b3f-ca-part3.crl"]
        );
        assert_eq!(
            named("http://pki.test:8080/ca-part3.crl?x=1/2", CrlKind::Delta),
            ["ca-part3-delta.crl", "pki.test-8080-ca-part3-delta.crl", "cb92e233-ca-part3-delta.crl"]
        );
        let hostile = named("http://pki.test/..%2f ", CrlKind::Base);
        assert!(hostile.iter().all(|name| !name.contains(['/', ' ', '%'])), "{hostile:?}");
    }

    #[test]
    fn every_partition_has_its_share() {
        let mut counts = [0_u32; 8];
        for number in 0_u32..800 {
            let at = usize::try_from(share(&number.to_be_bytes(), 8)).unwrap_or(usize::MAX);
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
            }
        }
        assert!(counts.iter().all(|count| (60..140).contains(count)), "{counts:?}");
    }
}
