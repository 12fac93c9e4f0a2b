//! What the subject of a certificate may be.

use super::document::{SubjectDocument, SubjectPatternDocument};
use super::pattern::Glob;
use super::problem::{ProblemKind, Problems};
use super::rule::RuleBroken;
use crate::name::{AttributeType, DistinguishedName, NameAttribute};

/// What the subject of a certificate may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectRule {
    required: Vec<AttributeType>,
    allowed: Vec<AttributeType>,
    fixed: DistinguishedName,
    patterns: Vec<(AttributeType, Glob)>,
    from_first_name: bool,
}

impl SubjectRule {
    /// Any subject, made from the first name when none is given.
    pub(super) fn any() -> Self {
        Self { required: vec![], allowed: vec![], fixed: DistinguishedName::empty(), patterns: vec![], from_first_name: true }
    }

    pub(super) fn check(document: &SubjectDocument, problems: &mut Problems) -> Self {
        let attribute = |text: &str| AttributeType::parse(text).ok();
        let required = problems.each("subject.required", &document.required, ProblemKind::UnknownAttribute, attribute);
        let allowed = problems.each("subject.allowed", &document.allowed, ProblemKind::UnknownAttribute, attribute);
        let fixed = match document.fixed.as_str() {
            "" => DistinguishedName::empty(),
            text => DistinguishedName::parse(text).unwrap_or_else(|error| {
                problems.add("subject.fixed", ProblemKind::BadSubject, format!("{text}: {error}"));
                DistinguishedName::empty()
            }),
        };
        let mut patterns = Vec::new();
        for (index, SubjectPatternDocument { attribute, pattern }) in document.patterns.iter().enumerate() {
            let field = |name: &str| format!("subject.patterns[{index}].{name}");
            match (AttributeType::parse(attribute), Glob::new(pattern)) {
                (Ok(attribute), Some(glob)) => patterns.push((attribute, glob)),
                (Err(_), _) => problems.add(field("attribute"), ProblemKind::UnknownAttribute, attribute),
                (_, None) => problems.add(field("pattern"), ProblemKind::BadPattern, pattern),
            }
        }
        if !allowed.is_empty() {
            for (index, attribute) in required.iter().enumerate().filter(|(_, attribute)| !allowed.contains(attribute)) {
                problems.add(format!("subject.required[{index}]"), ProblemKind::NotAllowedHere, attribute.label());
            }
        }
        Self { required, allowed, fixed, patterns, from_first_name: document.from_first_name }
    }

    pub(super) fn document(&self) -> SubjectDocument {
        let labels = |types: &[AttributeType]| types.iter().map(AttributeType::label).collect();
        SubjectDocument {
            required: labels(&self.required),
            allowed: labels(&self.allowed),
            fixed: if self.fixed.is_empty() { String::new() } else { self.fixed.openssl() },
            patterns: self
                .patterns
                .iter()
                .map(|(attribute, glob)| SubjectPatternDocument { attribute: attribute.label(), pattern: glob.as_str().to_owned() })
                .collect(),
            from_first_name: self.from_first_name,
        }
    }

    /// Whether a subject that nobody gives is made from the first name.
    pub fn from_first_name(&self) -> bool {
        self.from_first_name
    }

    /// The subject with what the profile fixes in front.
    ///
    /// # Errors
    /// [`RuleBroken`] when the subject is not what the profile wants.
    pub(crate) fn applied(&self, subject: &DistinguishedName) -> Result<DistinguishedName, RuleBroken> {
        let given = attributes(subject);
        let mut leading = Vec::new();
        for (rdn, der) in self.fixed.rdns().iter().zip(self.fixed.rdn_ders()) {
            if rdn.iter().all(|fixed| given.iter().any(|attribute| same(attribute, fixed))) {
                continue;
            }
            leading.push(der);
        }
        let fixed = attributes(&self.fixed);
        for attribute in &given {
            let of_type: Vec<_> = fixed.iter().filter(|fixed| fixed.oid == attribute.oid).collect();
            if let Some(first) = of_type.first()
                && !of_type.iter().any(|fixed| same(fixed, attribute))
            {
                return Err(RuleBroken::AttributeFixed {
                    attribute: attribute.label.clone(),
                    fixed: first.value.clone(),
                    given: attribute.value.clone(),
                });
            }
        }
        let subject = subject.preceded_by(&leading);
        self.permits(&attributes(&subject), &fixed)?;
        Ok(subject)
    }

    fn permits(&self, attributes: &[NameAttribute], fixed: &[NameAttribute]) -> Result<(), RuleBroken> {
        if let Some(missing) = self.required.iter().find(|wanted| !attributes.iter().any(|attribute| attribute.oid == wanted.oid())) {
            return Err(RuleBroken::AttributeMissing { attribute: missing.label() });
        }
        for attribute in attributes.iter().filter(|attribute| !fixed.iter().any(|fixed| same(fixed, attribute))) {
            if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed.oid() == attribute.oid) {
                return Err(RuleBroken::AttributeNotAllowed { attribute: attribute.label.clone() });
            }
            let mut wanted = self.patterns.iter().filter(|(of, _)| of.oid() == attribute.oid).map(|(_, glob)| glob).peekable();
            if let Some(first) = wanted.peek().copied()
                && !wanted.any(|glob| glob.matches(&attribute.value))
            {
                return Err(RuleBroken::AttributePattern {
                    attribute: attribute.label.clone(),
                    given: attribute.value.clone(),
                    pattern: first.as_str().to_owned(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn requiring(mut self, attribute: &str) -> Self {
        self.required.extend(AttributeType::parse(attribute));
        self
    }

    pub(super) fn always_given(mut self) -> Self {
        self.from_first_name = false;
        self
    }
}

fn attributes(name: &DistinguishedName) -> Vec<NameAttribute> {
    name.rdns().into_iter().flatten().collect()
}

fn same(one: &NameAttribute, other: &NameAttribute) -> bool {
    one.oid == other.oid && one.value == other.value
}
