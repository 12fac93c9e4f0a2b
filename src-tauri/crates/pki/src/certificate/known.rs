//! The extensions that everything else asks for, read once (RFC 5280 4.2).

use crate::{
    alt_name::GeneralName,
    asn1::{Malformed, Reader},
    constraints::NameConstraints,
    extension::{
        AccessDescription, AuthorityKeyIdentifier, BasicConstraints, DistributionPoint, DistributionPointName, Extension, ExtensionValue,
        Syntax as _,
    },
    key::KeyId,
    oid,
    usage::KeyUsages,
};

/// Addresses that a certificate carries: URIs, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// cRLDistributionPoints (RFC 5280 4.2.1.13).
    pub crl_urls: Vec<String>,
    /// freshestCRL: where delta CRLs are (RFC 5280 4.2.1.15).
    pub delta_urls: Vec<String>,
    /// authorityInfoAccess, caIssuers (RFC 5280 4.2.2.1).
    pub issuer_urls: Vec<String>,
    /// authorityInfoAccess, ocsp (RFC 5280 4.2.2.1).
    pub ocsp_urls: Vec<String>,
}

/// What is read out of extensions when the certificate is.
#[derive(Default)]
pub(super) struct Known {
    pub(super) subject_key_id: Option<KeyId>,
    pub(super) authority_key_id: Option<KeyId>,
    pub(super) names: Vec<GeneralName>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usages: Option<KeyUsages>,
    pub(super) extended_key_usages: Option<Vec<String>>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) addresses: Addresses,
    pub(super) unreadable: Vec<String>,
}

impl Known {
    /// Reads the first extension of each kind (RFC 5280 4.2 allows one); what cannot be read is named, never guessed.
    pub(super) fn read(extensions: &[Extension]) -> Self {
        let mut known = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for extension in extensions {
            if seen.contains(&extension.oid.as_str()) {
                continue;
            }
            seen.push(&extension.oid);
            known.take(extension.value());
        }
        known
    }

    fn take(&mut self, value: ExtensionValue) {
        match value {
            ExtensionValue::SubjectKeyIdentifier(identifier) => self.subject_key_id = Some(identifier.0),
            ExtensionValue::AuthorityKeyIdentifier(identifier) => self.authority_key_id = identifier.key_id,
            ExtensionValue::SubjectAltName(names) => self.names = names.0,
            ExtensionValue::BasicConstraints(constraints) => self.basic_constraints = Some(constraints),
            ExtensionValue::KeyUsages(usages) => self.key_usages = Some(usages),
            ExtensionValue::ExtendedKeyUsages(usages) => {
                self.extended_key_usages = Some(usages.0.iter().map(|usage| usage.oid().to_owned()).collect());
            }
            ExtensionValue::NameConstraints(constraints) => self.name_constraints = Some(constraints),
            ExtensionValue::CrlDistributionPoints(points) => self.addresses.crl_urls = urls(&points.0),
            ExtensionValue::FreshestCrl(points) => self.addresses.delta_urls = urls(&points.0),
            ExtensionValue::AuthorityInfoAccess(access) => self.take_access(access.0),
            ExtensionValue::Unreadable { oid, .. } => self.unreadable.push(oid),
            _ => {}
        }
    }

    fn take_access(&mut self, access: Vec<AccessDescription>) {
        for AccessDescription { method, location } in access {
            match (method.as_str(), location) {
                (oid::AD_OCSP, GeneralName::Uri(uri)) => self.addresses.ocsp_urls.push(uri),
                (oid::AD_CA_ISSUERS, GeneralName::Uri(uri)) => self.addresses.issuer_urls.push(uri),
                _ => {}
            }
        }
    }
}

/// The URIs of distribution points; a name relative to the issuer has none.
fn urls(points: &[DistributionPoint]) -> Vec<String> {
    points.iter().filter_map(|point| point.name.as_ref()).flat_map(DistributionPointName::urls).map(str::to_owned).collect()
}

/// The keyIdentifier of an AuthorityKeyIdentifier (RFC 5280 4.2.1.1).
pub(crate) fn authority_key_id(value: &[u8]) -> Result<Option<KeyId>, Malformed> {
    AuthorityKeyIdentifier::from_der(value).map(|identifier| identifier.key_id).map_err(|_| Malformed)
}

/// A GeneralNames SEQUENCE (RFC 5280 4.2.1.6).
pub(crate) fn general_names(value: &[u8]) -> Result<Vec<GeneralName>, Malformed> {
    GeneralName::list_from_der(value).map_err(|_| Malformed)
}

/// The URIs of a DistributionPointName.
pub(crate) fn full_name_urls(contents: &[u8]) -> Result<Vec<String>, Malformed> {
    if Reader::new(contents).is_empty() {
        return Ok(Vec::new());
    }
    Ok(DistributionPointName::read(contents)?.urls().map(str::to_owned).collect())
}
