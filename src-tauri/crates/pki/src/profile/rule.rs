//! How a wish can break a profile.

/// A rule of the profile that a wish breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleBroken {
    /// The subject lacks an attribute.
    #[error("the subject needs {attribute}")]
    AttributeMissing {
        /// The attribute type.
        attribute: String,
    },
    /// The subject has an attribute that does not belong there.
    #[error("the subject takes no {attribute}")]
    AttributeNotAllowed {
        /// The attribute type.
        attribute: String,
    },
    /// The subject has another value than the profile fixes.
    #[error("the subject's {attribute} is {fixed:?} in this profile, not {given:?}")]
    AttributeFixed {
        /// The attribute type.
        attribute: String,
        /// The profile's value.
        fixed: String,
        /// The given value.
        given: String,
    },
    /// A value of the subject does not look as it must.
    #[error("the subject's {attribute} {given:?} does not match {pattern:?}")]
    AttributePattern {
        /// The attribute type.
        attribute: String,
        /// The given value.
        given: String,
        /// What it must look like.
        pattern: String,
    },
    /// A form of name is missing.
    #[error("at least one {kind} name is needed")]
    NameMissing {
        /// The form.
        kind: String,
    },
    /// There are too few names.
    #[error("{found} names are fewer than {at_least}")]
    TooFewNames {
        /// How many there are.
        found: usize,
        /// How many there must be.
        at_least: u32,
    },
    /// There are too many names.
    #[error("{found} names are more than {at_most}")]
    TooManyNames {
        /// How many there are.
        found: usize,
        /// How many there may be.
        at_most: u32,
    },
    /// The form of name does not belong there.
    #[error("it takes no {kind} names, so not {name}")]
    NameNotAllowed {
        /// The form.
        kind: String,
        /// The name.
        name: String,
    },
    /// A name does not look as it must.
    #[error("{name} matches none of {}", patterns.join(", "))]
    NamePattern {
        /// The name.
        name: String,
        /// What names of its form must look like.
        patterns: Vec<String>,
    },
}
