//! Where revocation is looked up, and extensions that only help (RFC 5280 4.2.1.13, 4.2.2.1).

use super::{Fields, Judged};
use crate::asn1::{self, Reader, tag};
use crate::oid;

/// A self-signed certificate is taken out of trust stores, not revoked; `noRevAvail` says that nothing is published (RFC 9608).
pub(super) fn no_revocation_address(judged: &Judged<'_>) -> Option<Fields> {
    let addresses = judged.certificate.lent_addresses();
    let exempt = judged.certificate.is_self_issued() || judged.certificate.extension(oid::NO_REV_AVAIL).is_some();
    Judged::broken(addresses.crl_urls.is_empty() && addresses.ocsp_urls.is_empty() && !exempt, Vec::new)
}

/// Fetching it may need a certificate check that needs the CRL.
pub(super) fn crl_address_over_https(judged: &Judged<'_>) -> Option<Fields> {
    let addresses = judged.certificate.lent_addresses();
    let found = addresses.crl_urls.iter().find(|address| address.to_ascii_lowercase().starts_with("https:"))?;
    Some(vec![("address", found.clone())])
}

pub(super) fn must_staple_without_ocsp(judged: &Judged<'_>) -> Option<Fields> {
    let staples = judged.certificate.extension(oid::TLS_FEATURE).is_some() && !judged.certificate.is_authority();
    Judged::broken(staples && judged.certificate.lent_addresses().ocsp_urls.is_empty(), Vec::new)
}

/// authorityInfoAccess and subjectInfoAccess help, and must not refuse.
pub(super) fn access_information_critical(judged: &Judged<'_>) -> Option<Fields> {
    let both = [oid::AUTHORITY_INFO_ACCESS, oid::SUBJECT_INFO_ACCESS];
    let found = both.into_iter().find(|found| judged.is_critical(found) == Some(true))?;
    Some(vec![("extension", oid::name(found).unwrap_or(found).to_owned())])
}

pub(super) fn freshest_crl_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::FRESHEST_CRL) == Some(true), Vec::new)
}

pub(super) fn distribution_points_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::CRL_DISTRIBUTION_POINTS) == Some(true), Vec::new)
}

/// A distribution point names a place or an issuer; reasons alone name nothing.
pub(super) fn distribution_point_without_place(judged: &Judged<'_>) -> Option<Fields> {
    let mut points = Reader::new(asn1::single(judged.value(oid::CRL_DISTRIBUTION_POINTS)?, tag::SEQUENCE).ok()?.content);
    while !points.is_empty() {
        let mut point = points.enter(tag::SEQUENCE).ok()?;
        let (place, _, issuer) = (point.optional(0xa0).ok()?, point.optional(0x81).ok()?, point.optional(0xa2).ok()?);
        if place.is_none() && issuer.is_none() {
            return Some(Vec::new());
        }
    }
    None
}

fn scheme(address: &str) -> String {
    address.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// RFC 5280 4.2.1.13 knows ldap and http; `https` is a lint of its own.
pub(super) fn crl_address_scheme_uncommon(judged: &Judged<'_>) -> Option<Fields> {
    let found = judged
        .certificate
        .lent_addresses()
        .crl_urls
        .iter()
        .find(|address| !["http", "https", "ldap"].contains(&scheme(address).as_str()))?;
    Some(vec![("address", found.clone())])
}

/// To fetch it, a program checks a certificate, for which it may have to fetch it.
pub(super) fn access_address_over_https(judged: &Judged<'_>) -> Option<Fields> {
    let addresses = judged.certificate.lent_addresses();
    let found = addresses.issuer_urls.iter().chain(&addresses.ocsp_urls).find(|address| scheme(address) == "https")?;
    Some(vec![("address", found.clone())])
}

/// Either nothing is published, or it has a place.
pub(super) fn no_revocation_beside_addresses(judged: &Judged<'_>) -> Option<Fields> {
    let said = judged.certificate.extension(oid::NO_REV_AVAIL).is_some();
    let places = [oid::CRL_DISTRIBUTION_POINTS, oid::FRESHEST_CRL].iter().any(|place| judged.certificate.extension(place).is_some());
    Judged::broken(said && (places || !judged.certificate.lent_addresses().ocsp_urls.is_empty()), Vec::new)
}

pub(super) fn no_revocation_in_authority(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.extension(oid::NO_REV_AVAIL).is_some() && judged.certificate.is_authority(), Vec::new)
}

pub(super) fn directory_attributes_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical("2.5.29.9") == Some(true), Vec::new)
}

/// Netscape's extensions of the nineties; nobody reads them, and `nsCertType` may contradict what is read.
pub(super) fn netscape_extension_present(judged: &Judged<'_>) -> Option<Fields> {
    let found = judged.certificate.extensions().iter().find(|extension| extension.oid.starts_with("2.16.840.1.113730.1."))?;
    Some(vec![("extension", oid::name(&found.oid).unwrap_or(&found.oid).to_owned())])
}
