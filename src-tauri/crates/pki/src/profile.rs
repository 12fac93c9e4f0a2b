//! Profiles: what a kind of certificate contains.
//!
//! A profile is written as a document ([`ProfileDocument`], explained in `docs/profiles.md`); [`Profile::check`] makes it a value that
//! cannot exist unchecked.

mod builtin;
mod document;
mod extensions;
mod further;
mod keys;
mod lifetime;
mod names;
mod pattern;
mod problem;
mod request;
mod rule;
mod subject;

pub use document::{
    AccessDocument, ExtensionsDocument, FORMAT, KeyDocument, MicrosoftTemplateDocument, NamesDocument, PolicyInformationDocument,
    PolicyMappingDocument, ProfileDocument, RawExtensionDocument, RequestDocument, SubjectDocument, SubjectPatternDocument,
    ValidityDocument,
};
pub use extensions::ExtensionRules;
pub use keys::KeyRule;
pub use lifetime::LifetimeRule;
pub use names::NamesRule;
pub use problem::{ProblemKind, ProfileError, ProfileProblem};
pub use request::RequestRule;
pub use rule::RuleBroken;
pub use subject::SubjectRule;

pub(crate) use lifetime::MOST_DAYS;
pub(crate) use pattern::NamePattern;
pub(crate) use problem::Problems;

/// Longest name of a profile, in characters.
const LONGEST_NAME: usize = 64;
/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 200;

/// What a kind of certificate contains and may contain. Versioned: a changed rule is a new version, and each certificate records under
/// which it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    name: String,
    version: u32,
    description: String,
    kind: Kind,
    subject: SubjectRule,
    names: NamesRule,
    keys: KeyRule,
    lifetime: LifetimeRule,
    extensions: ExtensionRules,
    request: RequestRule,
}

/// Where in a chain the certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Intermediate,
    Leaf,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Leaf, Self::Intermediate, Self::Root];

    fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Intermediate => "intermediate",
            Self::Leaf => "leaf",
        }
    }
}

impl Profile {
    /// A self-signed authority.
    pub fn root() -> Self {
        builtin::root()
    }

    /// An authority below another.
    pub fn intermediate() -> Self {
        builtin::intermediate()
    }

    /// A TLS server.
    pub fn tls_server() -> Self {
        builtin::tls_server()
    }

    /// A TLS client.
    pub fn tls_client() -> Self {
        builtin::tls_client()
    }

    /// All that are built in, authorities first.
    pub fn builtins() -> Vec<Self> {
        builtin::NAMES.into_iter().filter_map(builtin::profile).collect()
    }

    /// The built-in profile of this name.
    pub fn builtin(name: &str) -> Option<Self> {
        builtin::profile(name)
    }

    /// Reads a document as it is written in files: TOML.
    ///
    /// # Errors
    /// [`ProfileError::Syntax`] when it is no TOML or has a field that no profile has; else as [`Self::check`].
    pub fn from_toml(text: &str, version: u32) -> Result<Self, ProfileError> {
        let document: ProfileDocument = toml::from_str(text).map_err(|error| ProfileError::Syntax {
            line: error.span().map_or(0, |span| text.get(..span.start).map_or(0, |before| before.matches('\n').count() + 1)),
            problem: error.message().to_owned(),
        })?;
        Self::check(&document, version)
    }

    /// Checks a document. Everything that is wrong with it is told at once.
    ///
    /// # Errors
    /// [`ProfileError::Refused`]
    pub fn check(document: &ProfileDocument, version: u32) -> Result<Self, ProfileError> {
        let mut problems = Problems::default();
        if document.format != FORMAT {
            problems.add("format", ProblemKind::UnknownFormat, document.format);
        }
        let name = &document.name;
        let of_name = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(of_name) || name.starts_with('-') {
            problems.add("name", ProblemKind::BadName, name);
        }
        if document.description.chars().count() > LONGEST_DESCRIPTION || document.description.chars().any(char::is_control) {
            problems.add("description", ProblemKind::OutOfRange, &document.description);
        }
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == document.kind);
        if kind.is_none() {
            problems.add("kind", ProblemKind::UnknownWord, &document.kind);
        }
        let kind = kind.unwrap_or(Kind::Leaf);
        let profile = Self {
            name: name.clone(),
            version,
            description: document.description.clone(),
            kind,
            subject: SubjectRule::check(&document.subject, &mut problems),
            names: NamesRule::check(&document.names, &mut problems),
            keys: KeyRule::check(&document.key, &mut problems),
            lifetime: LifetimeRule::check(&document.validity, &mut problems),
            extensions: ExtensionRules::check(&document.extensions, kind != Kind::Leaf, &mut problems),
            request: RequestRule::check(&document.request, &mut problems),
        };
        problems.none().map(|()| profile)
    }

    /// The document, for showing and for copying.
    pub fn document(&self) -> ProfileDocument {
        ProfileDocument {
            format: FORMAT,
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.kind.as_str().to_owned(),
            subject: self.subject.document(),
            names: self.names.document(),
            key: self.keys.document(),
            validity: self.lifetime.document(),
            extensions: self.extensions.document(),
            request: self.request.document(),
        }
    }

    /// The document as it is written in files: TOML.
    ///
    /// # Errors
    /// What the writer says; none so far, as every field has a form in TOML.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(&self.document())
    }

    /// The name: `tls-server`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of its rules.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What it is for, in one line.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Whether it makes certificate authorities.
    pub fn is_authority(&self) -> bool {
        self.kind != Kind::Leaf
    }

    /// Whether its certificates are signed by their own key.
    pub fn is_self_signed(&self) -> bool {
        self.kind == Kind::Root
    }

    /// What the subject may be.
    pub fn subject(&self) -> &SubjectRule {
        &self.subject
    }

    /// Which alternative names it takes.
    pub fn names(&self) -> &NamesRule {
        &self.names
    }

    /// What keys it certifies.
    pub fn keys(&self) -> &KeyRule {
        &self.keys
    }

    /// How long its certificates live.
    pub fn lifetime(&self) -> LifetimeRule {
        self.lifetime
    }

    /// What the extensions say.
    pub fn extensions(&self) -> &ExtensionRules {
        &self.extensions
    }

    /// What of a signing request is honoured.
    pub fn request(&self) -> &RequestRule {
        &self.request
    }
}

#[cfg(test)]
mod tests;
