//! What of a signing request is honoured.

use super::document::RequestDocument;
use super::further::is_written_elsewhere;
use super::problem::{ProblemKind, Problems};
use crate::asn1;
use crate::certificate::Extension;
use crate::oid;
use crate::usage::{ExtendedKeyUsage, KeyUsages};

/// Extensions of requests that are understood by name.
const UNDERSTOOD: [(&str, &str); 3] =
    [("keyUsage", oid::KEY_USAGE), ("extKeyUsage", oid::EXTENDED_KEY_USAGE), ("tlsfeature", oid::TLS_FEATURE)];

/// What of a signing request is honoured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRule {
    document: RequestDocument,
}

impl RequestRule {
    pub(super) fn of_document(document: RequestDocument) -> Self {
        Self { document }
    }

    pub(super) fn check(document: &RequestDocument, problems: &mut Problems) -> Self {
        for (index, text) in document.extensions.iter().enumerate() {
            let field = format!("request.extensions[{index}]");
            if UNDERSTOOD.iter().any(|(name, _)| name == text) {
                continue;
            }
            if asn1::oid(text).is_none() {
                problems.add(field, ProblemKind::BadOid, text);
            } else if is_written_elsewhere(text) {
                problems.add(field, ProblemKind::WrittenElsewhere, text);
            }
        }
        Self::of_document(document.clone())
    }

    pub(super) fn document(&self) -> RequestDocument {
        self.document.clone()
    }

    /// Whether the subject is taken over when nobody gives another.
    pub fn subject(&self) -> bool {
        self.document.subject
    }

    /// Whether the names are taken over when nobody gives others.
    pub fn names(&self) -> bool {
        self.document.names
    }

    /// Whether the extension, dotted, is honoured.
    pub fn honours(&self, oid: &str) -> bool {
        let name = UNDERSTOOD.iter().find(|(_, known)| *known == oid).map_or(oid, |(name, _)| name);
        self.document.extensions.iter().any(|honoured| honoured == name)
    }

    /// The key usages: those of the profile that are asked for too; all of them where nothing, or nothing that fits, is asked for.
    pub(crate) fn key_usages(&self, profile: KeyUsages, asked: &[Extension]) -> KeyUsages {
        let asked = self.asked(oid::KEY_USAGE, asked).and_then(|value| KeyUsages::from_der(value).ok());
        let both = asked.map(|asked| profile.iter().filter(|usage| asked.contains(*usage)).fold(KeyUsages::default(), KeyUsages::with));
        both.filter(|both| !both.is_empty()).unwrap_or(profile)
    }

    /// The extended key usages, likewise.
    pub(crate) fn extended_key_usages(&self, profile: &[ExtendedKeyUsage], asked: &[Extension]) -> Vec<ExtendedKeyUsage> {
        let asked = self.asked(oid::EXTENDED_KEY_USAGE, asked).and_then(|value| ExtendedKeyUsage::list_from_der(value).ok());
        let both = asked.map(|asked| profile.iter().filter(|usage| asked.contains(usage)).cloned().collect::<Vec<_>>());
        both.filter(|both| !both.is_empty()).unwrap_or_else(|| profile.to_vec())
    }

    /// Whether OCSP stapling is asked for (RFC 7633 4.1: feature 5 is status_request).
    pub(crate) fn must_staple(&self, asked: &[Extension]) -> bool {
        let features = self.asked(oid::TLS_FEATURE, asked);
        features.is_some_and(|value| value == asn1::sequence(&[&[asn1::tag::INTEGER, 1, 5]]))
    }

    /// What is copied byte for byte.
    pub(crate) fn copied<'a>(&'a self, asked: &'a [Extension]) -> impl Iterator<Item = &'a Extension> {
        asked.iter().filter(|extension| self.document.extensions.contains(&extension.oid))
    }

    fn asked<'a>(&self, oid: &str, asked: &'a [Extension]) -> Option<&'a [u8]> {
        asked.iter().find(|extension| extension.oid == oid && self.honours(oid)).map(|extension| extension.der.as_slice())
    }
}
