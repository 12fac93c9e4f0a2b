//! basicConstraints, keyUsage and extKeyUsage (RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12).

use super::{Fields, Judged};
use crate::asn1::{self, Reader, tag};
use crate::key::KeyAlgorithm;
use crate::oid;
use crate::usage::{KeyUsage, KeyUsages};

pub(super) fn listed(usages: KeyUsages) -> String {
    usages.iter().map(KeyUsage::as_str).collect::<Vec<_>>().join(", ")
}

/// The usages that an authority lacks one of, if it states usages at all.
fn authority_lacks(judged: &Judged<'_>, usage: KeyUsage) -> Option<Fields> {
    let usages = judged.certificate.key_usages()?;
    Judged::broken(judged.certificate.is_authority() && !usages.contains(usage), || vec![("usages", listed(usages))])
}

pub(super) fn basic_constraints_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.is_authority() && judged.is_critical(oid::BASIC_CONSTRAINTS) == Some(false), Vec::new)
}

pub(super) fn authority_without_key_usage(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.is_authority() && judged.certificate.extension(oid::KEY_USAGE).is_none(), Vec::new)
}

pub(super) fn authority_without_cert_sign(judged: &Judged<'_>) -> Option<Fields> {
    authority_lacks(judged, KeyUsage::KeyCertSign)
}

pub(super) fn authority_without_crl_sign(judged: &Judged<'_>) -> Option<Fields> {
    authority_lacks(judged, KeyUsage::CrlSign)
}

pub(super) fn cert_sign_without_authority(judged: &Judged<'_>) -> Option<Fields> {
    let signs = judged.certificate.key_usages().is_some_and(|usages| usages.contains(KeyUsage::KeyCertSign));
    Judged::broken(signs && !judged.certificate.is_authority(), Vec::new)
}

/// A path length needs cA and, where usages are stated, keyCertSign.
pub(super) fn path_length_without_authority(judged: &Judged<'_>) -> Option<Fields> {
    let path_length = judged.certificate.path_length()?;
    let signs = judged.certificate.key_usages().is_none_or(|usages| usages.contains(KeyUsage::KeyCertSign));
    Judged::broken(!judged.certificate.is_authority() || !signs, || vec![("path_length", path_length.to_string())])
}

pub(super) fn key_usage_not_critical(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.is_critical(oid::KEY_USAGE) == Some(false), Vec::new)
}

pub(super) fn key_usage_empty(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.key_usages().is_some_and(KeyUsages::is_empty), Vec::new)
}

/// EC and Edwards keys encipher nothing (RFC 8813 3, RFC 8410 5); Edwards signature keys agree on nothing either.
pub(super) fn key_usage_does_not_fit_key(judged: &Judged<'_>) -> Option<Fields> {
    let usages = judged.certificate.key_usages()?;
    let key = judged.certificate.public_key().algorithm();
    let impossible: &[KeyUsage] = match key {
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 | KeyAlgorithm::EcSecp256k1 | KeyAlgorithm::EcOther(_) => {
            &[KeyUsage::KeyEncipherment, KeyUsage::DataEncipherment]
        }
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 => &[KeyUsage::KeyEncipherment, KeyUsage::DataEncipherment, KeyUsage::KeyAgreement],
        KeyAlgorithm::Rsa { .. } => &[KeyUsage::KeyAgreement],
        KeyAlgorithm::RsaPss { .. } | KeyAlgorithm::Other(_) => &[],
    };
    let found: Vec<KeyUsage> = impossible.iter().copied().filter(|usage| usages.contains(*usage)).collect();
    Judged::broken(!found.is_empty(), || vec![("usages", listed(KeyUsages::of(&found))), ("key", key.label())])
}

/// encipherOnly and decipherOnly narrow keyAgreement and mean nothing without it.
pub(super) fn narrowing_without_agreement(judged: &Judged<'_>) -> Option<Fields> {
    let usages = judged.certificate.key_usages()?;
    let narrowed = usages.contains(KeyUsage::EncipherOnly) || usages.contains(KeyUsage::DecipherOnly);
    Judged::broken(narrowed && !usages.contains(KeyUsage::KeyAgreement), || vec![("usages", listed(usages))])
}

/// The key of an authority signs; one key for one thing.
pub(super) fn authority_key_enciphers(judged: &Judged<'_>) -> Option<Fields> {
    let usages = judged.certificate.key_usages()?;
    let other = [KeyUsage::KeyEncipherment, KeyUsage::DataEncipherment, KeyUsage::KeyAgreement];
    let enciphers = judged.certificate.is_authority() && other.iter().any(|usage| usages.contains(*usage));
    Judged::broken(enciphers, || vec![("usages", listed(usages))])
}

/// DER leaves out what has its default value: `cA FALSE` is not written.
pub(super) fn authority_flag_wrong(judged: &Judged<'_>) -> Option<Fields> {
    let mut fields = Reader::new(asn1::single(judged.value(oid::BASIC_CONSTRAINTS)?, tag::SEQUENCE).ok()?.content);
    let flag = fields.optional(tag::BOOLEAN).ok()??;
    Judged::broken(flag.content != [0xff], Vec::new)
}

pub(super) fn extended_key_usage_empty(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.certificate.lent_extended_key_usages().is_some_and(|usages| usages.is_empty()), Vec::new)
}

pub(super) fn extended_key_usage_any(judged: &Judged<'_>) -> Option<Fields> {
    Judged::broken(judged.has_extended_key_usage("2.5.29.37.0"), Vec::new)
}

/// TLS 1.3 servers sign with their key.
pub(super) fn server_key_cannot_sign(judged: &Judged<'_>) -> Option<Fields> {
    let usages = judged.certificate.key_usages()?;
    let cannot = judged.is_server() && !judged.certificate.is_authority() && !usages.contains(KeyUsage::DigitalSignature);
    Judged::broken(cannot, || vec![("usages", listed(usages))])
}
