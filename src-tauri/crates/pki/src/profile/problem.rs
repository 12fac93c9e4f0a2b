//! What can be wrong with a profile.

use std::fmt;

/// A profile was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The text is no TOML, or no profile.
    #[error("line {line}: {problem}")]
    Syntax {
        /// The line, from 1; 0 where it is not known.
        line: usize,
        /// What the reader says.
        problem: String,
    },
    /// The text is read, but does not say what a profile may say.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<ProfileProblem>),
}

/// One thing that is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileProblem {
    /// The field: `names.patterns[2]`.
    pub field: String,
    /// What is wrong.
    pub kind: ProblemKind,
    /// What the field says.
    pub given: String,
}

/// The ways in which a field can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The format is not 1.
    UnknownFormat,
    /// Not 1 to 64 lower-case letters, digits and hyphens.
    BadName,
    /// None of the words that may stand here.
    UnknownWord,
    /// No attribute type, dotted or by name.
    UnknownAttribute,
    /// No distinguished name.
    BadSubject,
    /// No alternative name.
    BadAltName,
    /// No pattern: `dns:*.example.test`, `ip:10.0.0.0/8`.
    BadPattern,
    /// No object identifier.
    BadOid,
    /// No hexadecimal DER of one element.
    BadDer,
    /// Not in the range that the clause allows.
    OutOfRange,
    /// It says something twice.
    Duplicate,
    /// It is not among what the same document allows.
    NotAllowedHere,
    /// Only authorities have it.
    OnlyForAuthorities,
    /// Only leaves have it.
    OnlyForLeaves,
    /// It must not be empty.
    Missing,
    /// Chancery writes this extension itself.
    WrittenElsewhere,
    /// It contradicts another field.
    Contradiction,
    /// The extension would break a rule, which the given text names.
    Unfit,
}

impl ProblemKind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::UnknownFormat,
        Self::BadName,
        Self::UnknownWord,
        Self::UnknownAttribute,
        Self::BadSubject,
        Self::BadAltName,
        Self::BadPattern,
        Self::BadOid,
        Self::BadDer,
        Self::OutOfRange,
        Self::Duplicate,
        Self::NotAllowedHere,
        Self::OnlyForAuthorities,
        Self::OnlyForLeaves,
        Self::Missing,
        Self::WrittenElsewhere,
        Self::Contradiction,
        Self::Unfit,
    ];

    /// The word under which the catalogue has its text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownFormat => "unknown-format",
            Self::BadName => "bad-name",
            Self::UnknownWord => "unknown-word",
            Self::UnknownAttribute => "unknown-attribute",
            Self::BadSubject => "bad-subject",
            Self::BadAltName => "bad-alt-name",
            Self::BadPattern => "bad-pattern",
            Self::BadOid => "bad-oid",
            Self::BadDer => "bad-der",
            Self::OutOfRange => "out-of-range",
            Self::Duplicate => "duplicate",
            Self::NotAllowedHere => "not-allowed-here",
            Self::OnlyForAuthorities => "only-for-authorities",
            Self::OnlyForLeaves => "only-for-leaves",
            Self::Missing => "missing",
            Self::WrittenElsewhere => "written-elsewhere",
            Self::Contradiction => "contradiction",
            Self::Unfit => "unfit",
        }
    }
}

impl fmt::Display for ProfileProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({:?})", self.field, self.kind.as_str(), self.given)
    }
}

/// Gathers what is wrong, so that a document is told everything at once.
#[derive(Default)]
pub(crate) struct Problems(Vec<ProfileProblem>);

impl Problems {
    pub(crate) fn add(&mut self, field: impl Into<String>, kind: ProblemKind, given: impl fmt::Display) {
        self.0.push(ProfileProblem { field: field.into(), kind, given: given.to_string() });
    }

    /// Reads each of a list; what cannot be read is a problem and left out.
    pub(crate) fn each<T>(&mut self, field: &str, texts: &[String], kind: ProblemKind, mut read: impl FnMut(&str) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            match read(text) {
                Some(value) => taken.push(value),
                None => self.add(format!("{field}[{index}]"), kind, text),
            }
            if texts.iter().take(index).any(|before| before == text) {
                self.add(format!("{field}[{index}]"), ProblemKind::Duplicate, text);
            }
        }
        taken
    }

    pub(crate) fn none(self) -> Result<(), ProfileError> {
        if self.0.is_empty() { Ok(()) } else { Err(ProfileError::Refused(self.0)) }
    }
}
