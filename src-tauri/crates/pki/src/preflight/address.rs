//! Where revocation is looked up (RFC 5280 4.2.1.13, 4.2.2.1).

use super::{Fields, Judged};
use crate::oid;

/// A self-signed certificate is taken out of trust stores, not revoked; `noRevAvail` says that nothing is published (RFC 9608).
pub(super) fn no_revocation_address(judged: &Judged<'_>) -> Option<Fields> {
    let addresses = judged.certificate.addresses();
    let exempt = judged.certificate.is_self_issued() || judged.certificate.extension(oid::NO_REV_AVAIL).is_some();
    Judged::broken(addresses.crl_urls.is_empty() && addresses.ocsp_urls.is_empty() && !exempt, Vec::new)
}

/// Fetching it may need a certificate check that needs the CRL.
pub(super) fn crl_address_over_https(judged: &Judged<'_>) -> Option<Fields> {
    let addresses = judged.certificate.addresses();
    let found = addresses.crl_urls.into_iter().find(|address| address.to_ascii_lowercase().starts_with("https:"))?;
    Some(vec![("address", found)])
}

pub(super) fn must_staple_without_ocsp(judged: &Judged<'_>) -> Option<Fields> {
    let staples = judged.certificate.extension(oid::TLS_FEATURE).is_some() && !judged.certificate.is_authority();
    Judged::broken(staples && judged.certificate.addresses().ocsp_urls.is_empty(), Vec::new)
}
