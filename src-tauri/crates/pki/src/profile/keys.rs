//! What keys a profile certifies.

use super::document::KeyDocument;
use super::problem::{ProblemKind, Problems};
use crate::key::{KeyAlgorithm, KeySpec};

/// RSA keys longer than this are refused: their signatures cost whoever checks them.
const LONGEST_RSA: u16 = 8192;

/// What keys a profile certifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRule {
    allowed: Vec<KeySpec>,
    default: KeySpec,
    kept: bool,
}

impl KeyRule {
    pub(super) fn any(default: KeySpec) -> Self {
        Self { allowed: KeySpec::ALL.to_vec(), default, kept: false }
    }

    /// The keys of a list; an empty one allows all that are offered.
    pub(crate) fn of_list(field: &str, texts: &[String], problems: &mut Problems) -> Self {
        let allowed = problems.each(field, texts, ProblemKind::UnknownWord, |text| text.parse().ok());
        Self { allowed: if texts.is_empty() { KeySpec::ALL.to_vec() } else { allowed }, ..Self::any(KeySpec::EcP256) }
    }

    pub(super) fn check(document: &KeyDocument, problems: &mut Problems) -> Self {
        let Self { allowed, .. } = Self::of_list("key.allowed", &document.allowed, problems);
        let default = document.default.parse().unwrap_or_else(|_| {
            problems.add("key.default", ProblemKind::UnknownWord, &document.default);
            KeySpec::EcP256
        });
        if !allowed.contains(&default) {
            problems.add("key.default", ProblemKind::NotAllowedHere, &document.default);
        }
        Self { allowed, default, kept: document.kept }
    }

    pub(super) fn document(&self) -> KeyDocument {
        let all = self.allowed == KeySpec::ALL;
        let allowed = if all { vec![] } else { self.allowed.iter().map(|spec| spec.as_str().to_owned()).collect() };
        KeyDocument { allowed, default: self.default.as_str().to_owned(), kept: self.kept }
    }

    /// The kinds of key that may be made.
    pub fn allowed(&self) -> &[KeySpec] {
        &self.allowed
    }

    /// The kind of key that is made when none is wished.
    pub fn default(&self) -> KeySpec {
        self.default
    }

    /// Whether keys that are made are kept, sealed.
    pub fn kept(&self) -> bool {
        self.kept
    }

    /// Whether a key of this kind may be certified: one that may be made, or an RSA key at least as long as the shortest of those.
    pub fn allows(&self, key: &KeyAlgorithm) -> bool {
        if KeySpec::of(key).is_some_and(|spec| self.allowed.contains(&spec)) {
            return true;
        }
        let KeyAlgorithm::Rsa { bits } = *key else { return false };
        let lengths = self.allowed.iter().filter_map(|spec| match spec.algorithm() {
            KeyAlgorithm::Rsa { bits } => Some(bits),
            _ => None,
        });
        lengths.min().is_some_and(|shortest| (shortest..=LONGEST_RSA.into()).contains(&bits))
    }
}
