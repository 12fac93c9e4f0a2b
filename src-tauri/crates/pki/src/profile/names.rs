//! Which alternative names a certificate takes.

use super::document::NamesDocument;
use super::pattern::{KINDS, NamePattern};
use super::problem::{ProblemKind, Problems};
use super::rule::RuleBroken;
use crate::alt_name::GeneralName;

/// Which alternative names a certificate takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamesRule {
    kinds: Vec<&'static str>,
    required: Vec<&'static str>,
    at_least: u32,
    at_most: Option<u32>,
    fixed: Vec<GeneralName>,
    patterns: Vec<NamePattern>,
}

impl NamesRule {
    pub(super) fn of(kinds: &[&'static str], at_least: u32) -> Self {
        Self { kinds: kinds.to_vec(), at_least, ..Self::default() }
    }

    pub(super) fn requiring(mut self, kind: &'static str) -> Self {
        self.required.push(kind);
        self
    }

    pub(super) fn check(document: &NamesDocument, problems: &mut Problems) -> Self {
        let kind = |text: &str| KINDS.into_iter().find(|known| *known == text);
        let kinds = problems.each("names.allowed", &document.allowed, ProblemKind::UnknownWord, kind);
        let required = problems.each("names.required", &document.required, ProblemKind::UnknownWord, kind);
        let fixed = problems.each("names.fixed", &document.fixed, ProblemKind::BadAltName, |text| GeneralName::parse(text).ok());
        let patterns = problems.each("names.patterns", &document.patterns, ProblemKind::BadPattern, NamePattern::parse);
        let uses = [("required", required.clone()), ("fixed", fixed.iter().map(GeneralName::kind).collect()), {
            ("patterns", patterns.iter().map(NamePattern::kind).collect())
        }];
        for (field, used) in uses {
            for (index, kind) in used.iter().enumerate().filter(|(_, kind)| !kinds.contains(kind)) {
                problems.add(format!("names.{field}[{index}]"), ProblemKind::NotAllowedHere, kind);
            }
        }
        if document.at_least > 0 && kinds.is_empty() {
            problems.add("names.atLeast", ProblemKind::Contradiction, document.at_least);
        }
        if document.at_most.is_some_and(|at_most| at_most < document.at_least) {
            problems.add("names.atMost", ProblemKind::Contradiction, document.at_most.unwrap_or_default());
        }
        Self { kinds, required, at_least: document.at_least, at_most: document.at_most, fixed, patterns }
    }

    pub(super) fn document(&self) -> NamesDocument {
        let words = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect();
        NamesDocument {
            allowed: words(&self.kinds),
            required: words(&self.required),
            at_least: self.at_least,
            at_most: self.at_most,
            fixed: self.fixed.iter().map(ToString::to_string).collect(),
            patterns: self.patterns.iter().map(NamePattern::text).collect(),
        }
    }

    /// The forms, as [`GeneralName::kind`] names them.
    pub fn kinds(&self) -> &[&'static str] {
        &self.kinds
    }

    /// Whether there must be one.
    pub fn at_least_one(&self) -> bool {
        self.at_least > 0 || !self.required.is_empty()
    }

    /// The names with those that the profile fixes.
    ///
    /// # Errors
    /// [`RuleBroken`] when they are not what the profile wants.
    pub(crate) fn applied(&self, names: &[GeneralName]) -> Result<Vec<GeneralName>, RuleBroken> {
        let mut names = names.to_vec();
        for fixed in &self.fixed {
            if !names.contains(fixed) {
                names.push(fixed.clone());
            }
        }
        if let Some(name) = names.iter().find(|name| !self.kinds.contains(&name.kind())) {
            return Err(RuleBroken::NameNotAllowed { kind: name.kind().to_owned(), name: name.to_string() });
        }
        if let Some(missing) = self.required.iter().find(|kind| !names.iter().any(|name| name.kind() == **kind)) {
            return Err(RuleBroken::NameMissing { kind: (*missing).to_owned() });
        }
        let found = names.len();
        if u32::try_from(found).is_ok_and(|found| found < self.at_least) {
            return Err(RuleBroken::TooFewNames { found, at_least: self.at_least });
        }
        if let Some(at_most) = self.at_most.filter(|at_most| u32::try_from(found).map_or(true, |found| found > *at_most)) {
            return Err(RuleBroken::TooManyNames { found, at_most });
        }
        for name in names.iter().filter(|name| !self.fixed.contains(name)) {
            let wanted: Vec<_> = self.patterns.iter().filter(|pattern| pattern.kind() == name.kind()).collect();
            if !wanted.is_empty() && !wanted.iter().any(|pattern| pattern.matches(name)) {
                let patterns = wanted.iter().map(|pattern| pattern.text()).collect();
                return Err(RuleBroken::NamePattern { name: name.to_string(), patterns });
            }
        }
        Ok(names)
    }
}
