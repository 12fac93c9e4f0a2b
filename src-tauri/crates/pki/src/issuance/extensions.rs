//! The extensions that we write (RFC 5280 4.2), in a fixed order.

use crate::alt_name::GeneralName;
use crate::asn1::{self, tag};
use crate::certificate::{Addresses, Extension};
use crate::constraints::NameConstraints;
use crate::key::KeyId;
use crate::oid;
use crate::usage::{ExtendedKeyUsage, KeyUsages};

/// What the extensions of a certificate say.
pub(super) struct Contents<'a> {
    pub(super) issuer_key_id: KeyId,
    pub(super) subject_key_id: KeyId,
    pub(super) names: &'a [GeneralName],
    pub(super) subject_is_empty: bool,
    pub(super) key_usages: KeyUsages,
    pub(super) extended_key_usages: &'a [ExtendedKeyUsage],
    pub(super) extended_key_usage_critical: bool,
    pub(super) name_constraints: &'a NameConstraints,
    pub(super) addresses: &'a Addresses,
    /// `Some` for an authority, with its path length.
    pub(super) authority: Option<Option<u32>>,
    pub(super) must_staple: bool,
    /// What the profile, or the request by its leave, adds as it is.
    pub(super) further: &'a [Extension],
}

/// The extensions. basicConstraints stands in authorities only: a leaf says nothing (RFC 5280 4.2.1.9).
pub(super) fn written(contents: &Contents<'_>) -> Vec<Extension> {
    let mut extensions = Vec::new();
    let mut push = |oid: &str, critical: bool, value: Vec<u8>| extensions.push(Extension { oid: oid.to_owned(), critical, value });
    let issuer_key_id = asn1::sequence(&[&asn1::tlv(0x80, contents.issuer_key_id.as_bytes())]);
    push(oid::AUTHORITY_KEY_IDENTIFIER, false, issuer_key_id);
    if !contents.names.is_empty() {
        push(oid::SUBJECT_ALT_NAME, contents.subject_is_empty, GeneralName::list_to_der(contents.names));
    }
    push(oid::KEY_USAGE, true, contents.key_usages.to_der());
    if !contents.extended_key_usages.is_empty() {
        push(oid::EXTENDED_KEY_USAGE, contents.extended_key_usage_critical, ExtendedKeyUsage::list_to_der(contents.extended_key_usages));
    }
    if !contents.name_constraints.is_empty() {
        push(oid::NAME_CONSTRAINTS, true, contents.name_constraints.to_der());
    }
    if !contents.addresses.crl_urls.is_empty() {
        push(oid::CRL_DISTRIBUTION_POINTS, false, distribution_points(&contents.addresses.crl_urls));
    }
    push(oid::SUBJECT_KEY_IDENTIFIER, false, asn1::tlv(tag::OCTET_STRING, contents.subject_key_id.as_bytes()));
    if let Some(path_length) = contents.authority {
        let limit = path_length.map(|limit| asn1::unsigned(&limit.to_be_bytes())).unwrap_or_default();
        push(oid::BASIC_CONSTRAINTS, true, asn1::sequence(&[&[tag::BOOLEAN, 1, 0xff], &limit]));
    }
    if !contents.addresses.issuer_urls.is_empty() || !contents.addresses.ocsp_urls.is_empty() {
        push(oid::AUTHORITY_INFO_ACCESS, false, information_access(contents.addresses));
    }
    if contents.must_staple {
        // The features are TLS extension numbers; 5 is status_request (RFC 7633 4.1).
        push(oid::TLS_FEATURE, false, asn1::sequence(&[&[tag::INTEGER, 1, 5]]));
    }
    extensions.extend_from_slice(contents.further);
    extensions
}

/// One distribution point per address: each is a place of its own (RFC 5280 4.2.1.13).
fn distribution_points(urls: &[String]) -> Vec<u8> {
    let points: Vec<Vec<u8>> = urls
        .iter()
        .map(|url| {
            let full_name = asn1::tlv(0xa0, &asn1::tlv(0x86, url.as_bytes()));
            asn1::sequence(&[&asn1::tlv(0xa0, &full_name)])
        })
        .collect();
    asn1::tlv(tag::SEQUENCE, &points.concat())
}

fn information_access(addresses: &Addresses) -> Vec<u8> {
    let describe = |method: &str, url: &String| asn1::sequence(&[&asn1::oid(method).unwrap_or_default(), &asn1::tlv(0x86, url.as_bytes())]);
    let ocsp = addresses.ocsp_urls.iter().map(|url| describe(oid::AD_OCSP, url));
    let issuers = addresses.issuer_urls.iter().map(|url| describe(oid::AD_CA_ISSUERS, url));
    asn1::tlv(tag::SEQUENCE, &ocsp.chain(issuers).collect::<Vec<_>>().concat())
}
