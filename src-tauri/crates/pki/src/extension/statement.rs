//! What extensions say, for people: a code and its values. The words stand in the catalogue (`extensions.json`, `terms.json`).

use crate::oid;

/// One thing that an extension says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Which words say it.
    pub code: &'static str,
    /// The values that the words speak of, by name.
    pub fields: Vec<(&'static str, StatementValue)>,
}

/// A value in a [`Statement`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementValue {
    /// Shown as it is. May come from a foreign certificate: whoever shows it makes control and bidi characters visible.
    Text(String),
    /// Terms that the catalogue has words for.
    Terms(Vec<Term>),
}

/// A word of the field: a purpose, a policy, a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The part of the catalogue where its words stand.
    pub kind: TermKind,
    /// The key there: a name, or a dotted object identifier.
    pub code: String,
    /// The name in its document, else the object identifier.
    pub name: String,
}

/// The kinds of [`Term`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermKind {
    /// A key usage, by its name (RFC 5280 4.2.1.3).
    Usage,
    /// A purpose of a key, by object identifier (RFC 5280 4.2.1.12).
    Purpose,
    /// A certificate policy, by object identifier (RFC 5280 4.2.1.4).
    Policy,
    /// A qualifier of a policy, by object identifier (RFC 5280 4.2.1.4).
    Qualifier,
    /// An access method, by object identifier (RFC 5280 4.2.2).
    Access,
    /// A revocation reason, by its name (RFC 5280 5.3.1).
    Reason,
    /// A Netscape certificate type, by its name.
    NetscapeType,
}

impl TermKind {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Usage, Self::Purpose, Self::Policy, Self::Qualifier, Self::Access, Self::Reason, Self::NetscapeType];

    /// The name of the part of the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Purpose => "purpose",
            Self::Policy => "policy",
            Self::Qualifier => "qualifier",
            Self::Access => "access",
            Self::Reason => "reason",
            Self::NetscapeType => "netscape-type",
        }
    }
}

impl Statement {
    /// A statement without values.
    pub(crate) fn plain(code: &'static str) -> Self {
        Self { code, fields: Vec::new() }
    }

    /// A statement with one value.
    pub(crate) fn with(code: &'static str, field: &'static str, value: impl Into<StatementValue>) -> Self {
        Self::plain(code).and(field, value)
    }

    /// The statement with one more value.
    pub(crate) fn and(mut self, field: &'static str, value: impl Into<StatementValue>) -> Self {
        self.fields.push((field, value.into()));
        self
    }
}

impl Term {
    /// A term that has its name as key.
    pub(crate) fn named(kind: TermKind, name: &str) -> Self {
        Self { kind, code: name.to_owned(), name: name.to_owned() }
    }

    /// A term that has an object identifier as key.
    pub(crate) fn identified(kind: TermKind, oid: &str) -> Self {
        Self { kind, code: oid.to_owned(), name: oid::name(oid).unwrap_or(oid).to_owned() }
    }
}

impl From<String> for StatementValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for StatementValue {
    fn from(number: u32) -> Self {
        Self::Text(number.to_string())
    }
}

impl From<Term> for StatementValue {
    fn from(term: Term) -> Self {
        Self::Terms(vec![term])
    }
}

/// Every code with the names of its values: the catalogue has words for these and no others.
pub const STATEMENTS: &[(&str, &[&str])] = &[
    ("octets", &["octets"]),
    ("octets-cut", &["octets", "count"]),
    ("unreadable", &["part"]),
    ("key-identifier", &["identifier"]),
    ("issuer-key", &["identifier"]),
    ("issuer-certificate-issuer", &["name"]),
    ("issuer-certificate-serial", &["serial"]),
    ("no-issuer-key", &[]),
    ("no-authority", &[]),
    ("authority", &[]),
    ("authority-with-none-below", &[]),
    ("authority-with-one-below", &[]),
    ("authority-with-levels-below", &["levels"]),
    ("usage", &["usage"]),
    ("no-usage", &[]),
    ("purpose", &["purpose"]),
    ("no-purpose", &[]),
    ("name", &["name"]),
    ("no-name", &[]),
    ("name-permitted", &["subtree"]),
    ("name-excluded", &["subtree"]),
    ("no-name-constraint", &[]),
    ("policy", &["policy"]),
    ("policy-statement", &["address"]),
    ("policy-notice", &["text"]),
    ("policy-notice-reference", &["organization", "numbers"]),
    ("policy-notice-empty", &[]),
    ("policy-qualifier", &["qualifier", "octets"]),
    ("no-policy", &[]),
    ("policy-mapped", &["issuer", "subject"]),
    ("no-policy-mapped", &[]),
    ("policy-required", &[]),
    ("policy-required-after", &["certificates"]),
    ("policy-mapping-inhibited", &[]),
    ("policy-mapping-inhibited-after", &["certificates"]),
    ("no-policy-constraint", &[]),
    ("any-policy-inhibited", &[]),
    ("any-policy-inhibited-after", &["certificates"]),
    ("crl-at", &["location"]),
    ("crl-at-entry", &["entry"]),
    ("crl-without-place", &[]),
    ("delta-crl-at", &["location"]),
    ("delta-crl-at-entry", &["entry"]),
    ("delta-crl-without-place", &[]),
    ("crl-reasons", &["reasons"]),
    ("crl-issuer", &["name"]),
    ("no-crl", &[]),
    ("access", &["method", "location"]),
    ("no-access", &[]),
    ("tls-feature-status-request", &[]),
    ("tls-feature-status-request-v2", &[]),
    ("tls-feature-other", &["number"]),
    ("no-tls-feature", &[]),
    ("no-revocation-information", &[]),
    ("responder-not-checked", &[]),
    ("comment", &["text"]),
    ("netscape-type", &["type"]),
    ("no-netscape-type", &[]),
    ("template-name", &["name"]),
    ("template", &["template"]),
    ("template-version", &["major", "minor"]),
    ("ca-version", &["certificate", "key"]),
    ("security-identifier", &["identifier"]),
    ("private-key-from", &["time"]),
    ("private-key-until", &["time"]),
    ("no-private-key-period", &[]),
];
