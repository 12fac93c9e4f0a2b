//! What the extensions of a profile's certificates say.

use super::document::ExtensionsDocument;
use super::further;
use super::problem::{ProblemKind, Problems};
use crate::certificate::Extension;
use crate::key::KeyAlgorithm;
use crate::usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};

/// What the extensions of a profile's certificates say, beside those that follow from subject, names, key and issuer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtensionRules {
    key_usages: KeyUsages,
    key_usages_of_rsa: KeyUsages,
    key_usages_of_ec: KeyUsages,
    extended_key_usages: Vec<ExtendedKeyUsage>,
    /// What was written; kept because the extensions that follow are bytes only.
    document: ExtensionsDocument,
    further: Vec<Extension>,
}

impl ExtensionRules {
    pub(super) fn check(document: &ExtensionsDocument, authority: bool, problems: &mut Problems) -> Self {
        let mut usages = |field: &str, texts: &[String]| {
            KeyUsages::of(&problems.each(field, texts, ProblemKind::UnknownWord, |text| text.parse::<KeyUsage>().ok()))
        };
        let key_usages = usages("extensions.keyUsage", &document.key_usage);
        let key_usages_of_rsa = usages("extensions.keyUsageOfRsa", &document.key_usage_of_rsa);
        let key_usages_of_ec = usages("extensions.keyUsageOfEc", &document.key_usage_of_ec);
        let read = |text: &str| text.parse::<ExtendedKeyUsage>().ok();
        let extended_key_usages = problems.each("extensions.extendedKeyUsage", &document.extended_key_usage, ProblemKind::BadOid, read);
        let all = [key_usages, key_usages_of_rsa, key_usages_of_ec];
        if key_usages.is_empty() {
            problems.add("extensions.keyUsage", ProblemKind::Missing, "");
        }
        for signs in [KeyUsage::KeyCertSign, KeyUsage::CrlSign] {
            // RFC 5280 4.2.1.3: keyCertSign goes with cA; a leaf that signs CRLs is an indirect issuer, which we do not make.
            if !authority && all.iter().any(|usages| usages.contains(signs)) {
                problems.add("extensions.keyUsage", ProblemKind::OnlyForAuthorities, signs);
            }
        }
        if authority && !key_usages.contains(KeyUsage::KeyCertSign) {
            problems.add("extensions.keyUsage", ProblemKind::Missing, KeyUsage::KeyCertSign);
        }
        if document.extended_key_usage_critical && extended_key_usages.is_empty() {
            problems.add("extensions.extendedKeyUsageCritical", ProblemKind::Contradiction, true);
        }
        // RFC 9608 4: noRevAvail and addresses of revocation information exclude each other, and it is for leaves.
        if document.no_revocation_available && (document.crl_addresses || document.ocsp_addresses) {
            problems.add("extensions.noRevocationAvailable", ProblemKind::Contradiction, true);
        }
        for (field, set) in [
            ("extensions.noRevocationAvailable", document.no_revocation_available),
            ("extensions.ocspNoCheck", document.ocsp_no_check),
            ("extensions.mustStaple", document.must_staple),
        ] {
            if set && authority {
                problems.add(field, ProblemKind::OnlyForLeaves, true);
            }
        }
        let further = further::check(document, authority, problems);
        Self { key_usages, key_usages_of_rsa, key_usages_of_ec, extended_key_usages, document: document.clone(), further }
    }

    /// The rules of a document that is known to be sound, as those of the built-in profiles are (a test checks each).
    pub(super) fn of_sound(document: ExtensionsDocument) -> Self {
        let authority = document.key_usage.iter().any(|usage| usage == KeyUsage::KeyCertSign.as_str());
        Self::check(&document, authority, &mut Problems::default())
    }

    pub(super) fn document(&self) -> ExtensionsDocument {
        self.document.clone()
    }

    /// What every key may do.
    pub fn key_usages(&self) -> KeyUsages {
        self.key_usages
    }

    /// What a key of this kind may do: only RSA enciphers keys (RFC 3279 2.3.1; RFC 8813 3), only EC agrees on them (RFC 5480 3).
    pub fn key_usages_for(&self, key: &KeyAlgorithm) -> KeyUsages {
        let besides = match key {
            KeyAlgorithm::Rsa { .. } => self.key_usages_of_rsa,
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => self.key_usages_of_ec,
            _ => KeyUsages::default(),
        };
        besides.iter().fold(self.key_usages, KeyUsages::with)
    }

    /// The extended key usages.
    pub fn extended_key_usages(&self) -> &[ExtendedKeyUsage] {
        &self.extended_key_usages
    }

    /// Whether the extended key usage is critical.
    pub fn extended_key_usage_critical(&self) -> bool {
        self.document.extended_key_usage_critical
    }

    /// Whether the issuer's addresses of CRLs, certificates and OCSP are written, in this order.
    pub fn addresses(&self) -> (bool, bool, bool) {
        (self.document.crl_addresses, self.document.issuer_addresses, self.document.ocsp_addresses)
    }

    /// Whether a TLS server must staple.
    pub fn must_staple(&self) -> bool {
        self.document.must_staple
    }

    /// Everything else, ready to be written.
    pub fn further(&self) -> &[Extension] {
        &self.further
    }
}
