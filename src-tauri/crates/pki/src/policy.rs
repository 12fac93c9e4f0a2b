//! Policies: what an authority allows, whatever the profile says.

use crate::alt_name::GeneralName;
use crate::key::KeyAlgorithm;
use crate::profile::{KeyRule, MOST_DAYS, NamePattern, ProblemKind, Problems, ProfileError};
use serde::{Deserialize, Serialize};
use time::Duration;

/// The format that is written and read.
pub const FORMAT: u32 = 1;

/// A policy as it is written down, unchecked. An empty list allows everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyDocument {
    /// The format: 1.
    pub format: u32,
    /// The profiles that may be used, by name.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// The kinds of key that may be certified; an `rsa-…` allows every RSA key of at least that length.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The longest life in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_days: Option<u32>,
    /// `dns:*.example.test`, `ip:10.0.0.0/8`: if there are patterns for a form, each name of it must match one.
    #[serde(default)]
    pub names: Vec<String>,
}

impl Default for PolicyDocument {
    fn default() -> Self {
        Self { format: FORMAT, profiles: vec![], keys: vec![], longest_days: None, names: vec![] }
    }
}

/// What an authority allows. Versioned: each certificate records under which version it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    version: u32,
    document: PolicyDocument,
    keys: KeyRule,
    names: Vec<NamePattern>,
}

/// What a policy does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyBroken {
    /// The profile.
    #[error("profile {profile} may not be used; allowed: {}", allowed.join(", "))]
    Profile {
        /// The profile.
        profile: String,
        /// Those that may be used.
        allowed: Vec<String>,
    },
    /// The kind of key.
    #[error("keys of kind {key} may not be certified; allowed: {}", allowed.join(", "))]
    Key {
        /// The kind of key.
        key: String,
        /// Those that may be certified.
        allowed: Vec<String>,
    },
    /// The life.
    #[error("{days} days are more than {longest}")]
    TooLong {
        /// The wished length, in days, rounded up.
        days: u32,
        /// The longest.
        longest: u32,
    },
    /// A name.
    #[error("{name} matches none of {}", patterns.join(", "))]
    Name {
        /// The name.
        name: String,
        /// What names of its form must look like.
        patterns: Vec<String>,
    },
}

impl Policy {
    /// Checks a document. Everything that is wrong with it is told at once. Whether the profiles exist is not looked at: one may come later.
    ///
    /// # Errors
    /// [`ProfileError::Refused`], whose fields are those of the policy.
    pub fn check(document: &PolicyDocument, version: u32) -> Result<Self, ProfileError> {
        let mut problems = Problems::default();
        if document.format != FORMAT {
            problems.add("format", ProblemKind::UnknownFormat, document.format);
        }
        if let Some(days) = document.longest_days.filter(|days| !(1..=MOST_DAYS).contains(days)) {
            problems.add("longestDays", ProblemKind::OutOfRange, days);
        }
        problems.each("profiles", &document.profiles, ProblemKind::BadName, |name| (!name.is_empty()).then_some(()));
        let keys = KeyRule::of_list("keys", &document.keys, &mut problems);
        let names = problems.each("names", &document.names, ProblemKind::BadPattern, NamePattern::parse);
        problems.none()?;
        Ok(Self { version, document: document.clone(), keys, names })
    }

    /// The version of its rules.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The document.
    pub fn document(&self) -> &PolicyDocument {
        &self.document
    }

    /// The longest life in days.
    pub fn longest_days(&self) -> Option<u32> {
        self.document.longest_days
    }

    /// Whether a certificate of this profile, for this key and these names, may be issued.
    ///
    /// # Errors
    /// [`PolicyBroken`] names the first thing that is not allowed.
    pub fn permits(&self, profile: &str, key: &KeyAlgorithm, names: &[GeneralName]) -> Result<(), PolicyBroken> {
        let allowed = &self.document.profiles;
        if !allowed.is_empty() && !allowed.iter().any(|name| name == profile) {
            return Err(PolicyBroken::Profile { profile: profile.to_owned(), allowed: allowed.clone() });
        }
        // A policy that names no keys leaves them to the profile.
        if !self.document.keys.is_empty() && !self.keys.allows(key) {
            return Err(PolicyBroken::Key { key: key.kind(), allowed: self.document.keys.clone() });
        }
        for name in names {
            let wanted: Vec<_> = self.names.iter().filter(|pattern| pattern.kind() == name.kind()).collect();
            if !wanted.is_empty() && !wanted.iter().any(|pattern| pattern.matches(name)) {
                let patterns = wanted.iter().map(|pattern| pattern.text()).collect();
                return Err(PolicyBroken::Name { name: name.to_string(), patterns });
            }
        }
        Ok(())
    }

    /// Whether a certificate may live so long.
    ///
    /// # Errors
    /// [`PolicyBroken::TooLong`]
    pub fn permits_length(&self, length: Duration) -> Result<(), PolicyBroken> {
        let Some(longest) = self.document.longest_days.filter(|longest| length > Duration::days(i64::from(*longest))) else {
            return Ok(());
        };
        let days = length.whole_days() + i64::from(!(length - Duration::days(length.whole_days())).is_zero());
        Err(PolicyBroken::TooLong { days: u32::try_from(days).unwrap_or(u32::MAX), longest })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use crate::key::KeySpec;

    fn policy(change: impl FnOnce(&mut PolicyDocument)) -> Policy {
        let mut document = PolicyDocument::default();
        change(&mut document);
        Policy::check(&document, 1).unwrap()
    }

    #[test]
    fn an_empty_policy_allows_everything() {
        let anything = policy(|_| {});
        assert_eq!(anything.permits("own", &KeyAlgorithm::Ed448, &[GeneralName::parse("dns:x.test").unwrap()]), Ok(()));
        assert_eq!(anything.permits_length(Duration::days(100_000)), Ok(()));
    }

    #[test]
    fn what_is_not_allowed_is_named() {
        let strict = policy(|document| {
            document.profiles = vec!["tls-server".to_owned()];
            document.keys = vec!["ec-p256".to_owned()];
            document.names = vec!["dns:*.example.test".to_owned()];
            document.longest_days = Some(90);
        });
        let (key, name) = (KeySpec::EcP256.algorithm(), |text: &str| [GeneralName::parse(text).unwrap()]);
        assert_eq!(strict.permits("tls-server", &key, &name("dns:a.example.test")), Ok(()));
        assert!(matches!(strict.permits("mtls", &key, &[]), Err(PolicyBroken::Profile { .. })));
        assert!(matches!(strict.permits("tls-server", &KeySpec::Rsa4096.algorithm(), &[]), Err(PolicyBroken::Key { .. })));
        assert!(matches!(strict.permits("tls-server", &key, &name("dns:a.test")), Err(PolicyBroken::Name { .. })));
        assert_eq!(strict.permits_length(Duration::days(90)), Ok(()));
        assert_eq!(strict.permits_length(Duration::days(90) + Duration::SECOND), Err(PolicyBroken::TooLong { days: 91, longest: 90 }));
    }

    #[test]
    fn a_policy_that_makes_no_sense_is_refused() {
        let document = PolicyDocument {
            format: 2,
            profiles: vec!["a".to_owned(), "a".to_owned()],
            keys: vec!["dsa".to_owned()],
            longest_days: Some(0),
            names: vec!["ip:*".to_owned()],
        };
        let Err(ProfileError::Refused(problems)) = Policy::check(&document, 1) else { unreachable!("taken") };
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["format", "longestDays", "profiles[1]", "keys[0]", "names[0]"]);
    }
}
