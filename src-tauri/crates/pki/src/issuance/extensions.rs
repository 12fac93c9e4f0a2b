//! The extensions that follow from a wish (RFC 5280 4.2), in a fixed order.

use crate::alt_name::GeneralName;
use crate::certificate::Addresses;
use crate::constraints::NameConstraints;
use crate::extension::{
    AccessDescription, AlternativeNames, AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, DistributionPoint,
    ExtendedKeyUsages, Extension, ExtensionKind, ExtensionValue, FreshestCrl, InformationAccess, STATUS_REQUEST, SubjectKeyIdentifier,
    TlsFeatures,
};
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
}

/// The extensions. basicConstraints stands in authorities only: a leaf says nothing (RFC 5280 4.2.1.9). The lints judge the result.
pub(super) fn written(contents: &Contents<'_>) -> Vec<Extension> {
    let key_id = Some(contents.issuer_key_id.clone());
    let mut values = vec![ExtensionValue::AuthorityKeyIdentifier(AuthorityKeyIdentifier { key_id, ..AuthorityKeyIdentifier::default() })];
    if !contents.names.is_empty() {
        values.push(ExtensionValue::SubjectAltName(AlternativeNames(contents.names.to_vec())));
    }
    values.push(ExtensionValue::KeyUsages(contents.key_usages));
    if !contents.extended_key_usages.is_empty() {
        values.push(ExtensionValue::ExtendedKeyUsages(ExtendedKeyUsages(contents.extended_key_usages.to_vec())));
    }
    if !contents.name_constraints.is_empty() {
        values.push(ExtensionValue::NameConstraints(contents.name_constraints.clone()));
    }
    let addresses = contents.addresses;
    if !addresses.crl_urls.is_empty() {
        // Each address is a place of its own (RFC 5280 4.2.1.13).
        let points = addresses.crl_urls.iter().map(|url| DistributionPoint::at(url)).collect();
        values.push(ExtensionValue::CrlDistributionPoints(CrlDistributionPoints(points)));
    }
    if !addresses.delta_urls.is_empty() {
        let points = addresses.delta_urls.iter().map(|url| DistributionPoint::at(url)).collect();
        values.push(ExtensionValue::FreshestCrl(FreshestCrl(points)));
    }
    values.push(ExtensionValue::SubjectKeyIdentifier(SubjectKeyIdentifier(contents.subject_key_id.clone())));
    if let Some(path_length) = contents.authority {
        values.push(ExtensionValue::BasicConstraints(BasicConstraints { authority: true, path_length }));
    }
    if !addresses.issuer_urls.is_empty() || !addresses.ocsp_urls.is_empty() {
        let ocsp = addresses.ocsp_urls.iter().map(|url| AccessDescription::at(oid::AD_OCSP, url));
        let issuers = addresses.issuer_urls.iter().map(|url| AccessDescription::at(oid::AD_CA_ISSUERS, url));
        values.push(ExtensionValue::AuthorityInfoAccess(InformationAccess(ocsp.chain(issuers).collect())));
    }
    if contents.must_staple {
        values.push(ExtensionValue::TlsFeatures(TlsFeatures(vec![STATUS_REQUEST])));
    }
    // Names are critical where they are all that says who is certified (RFC 5280 4.2.1.6).
    let critical = |value: &ExtensionValue| match value {
        ExtensionValue::SubjectAltName(_) => contents.subject_is_empty,
        ExtensionValue::ExtendedKeyUsages(_) => contents.extended_key_usage_critical,
        other => ExtensionKind::of(other.oid()).is_some_and(ExtensionKind::critical_by_default),
    };
    values.iter().map(|value| Extension { oid: value.oid().to_owned(), critical: critical(value), der: value.encoded() }).collect()
}
