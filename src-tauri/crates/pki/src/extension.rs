//! Extensions of certificates (RFC 5280 4.2): their values, how they are written, and what they say.
//!
//! An [`Extension`] is what stands in a certificate: identifier, criticality, bytes. [`Extension::value`] reads the bytes leniently: what
//! cannot be read is kept, with the reason. [`Extension::new`] writes strictly: what breaks a rule is refused.
//!
//! ```
//! use pki::extension::{Extension, ExtensionValue, TlsFeatures, STATUS_REQUEST};
//!
//! let must_staple = Extension::new(&ExtensionValue::TlsFeatures(TlsFeatures(vec![STATUS_REQUEST])))?;
//! assert_eq!(must_staple.der, [0x30, 3, 2, 1, 5]);
//! assert_eq!(must_staple.describe().statements[0].code, "tls-feature-status-request");
//! # Ok::<(), pki::extension::ExtensionFault>(())
//! ```

mod alternative_names;
mod basic_constraints;
mod display_text;
mod distribution_points;
mod fault;
mod information_access;
mod key_identifiers;
mod microsoft;
mod name_constraints;
mod netscape;
mod null_marks;
mod policies;
mod policy_rules;
mod private_key_period;
mod statement;
mod tls_feature;
mod usages;

pub use alternative_names::AlternativeNames;
pub use basic_constraints::BasicConstraints;
pub use display_text::DisplayText;
pub use distribution_points::{CrlDistributionPoints, DistributionPoint, DistributionPointName, FreshestCrl, ReasonFlags};
pub use fault::ExtensionFault;
pub use information_access::{AccessDescription, InformationAccess};
pub use key_identifiers::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
pub use microsoft::{CaVersion, SecurityIdentifier, Template, TemplateName};
pub use netscape::{NetscapeComment, NetscapeTypes};
pub use null_marks::{NoRevocationAvailable, OcspNoCheck};
pub use policies::{ApplicationPolicies, CertificatePolicies, NoticeReference, PolicyInformation, PolicyQualifier, UserNotice};
pub use policy_rules::{InhibitAnyPolicy, PolicyConstraints, PolicyMapping, PolicyMappings};
pub use private_key_period::PrivateKeyUsagePeriod;
pub use statement::{STATEMENTS, Statement, StatementValue, Term, TermKind};
pub use tls_feature::{STATUS_REQUEST, STATUS_REQUEST_V2, TlsFeatures};
pub use usages::ExtendedKeyUsages;

use crate::asn1::{self, Malformed, Reader, tag};
use crate::constraints::NameConstraints;
use crate::oid;
use crate::usage::KeyUsages;
use der::Decode as _;

/// One extension as it stands in a certificate (RFC 5280 4.1.2.9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extension {
    /// Object identifier, dotted.
    pub oid: String,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// The contents of extnValue: DER of the extension's own type.
    pub der: Vec<u8>,
}

/// The value of one kind of extension.
pub trait Syntax: Sized {
    /// Reads the value, leniently: what other programs write is taken as long as its meaning is clear.
    ///
    /// # Errors
    /// [`ExtensionFault::Unreadable`] names the part that cannot be read.
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault>;

    /// Writes the value as it is, whatever the rules say. What was read from DER comes out the same.
    fn encoded(&self) -> Vec<u8>;

    /// Judges the value by the rules of writing.
    ///
    /// # Errors
    /// [`ExtensionFault`] names the rule that it breaks.
    fn check(&self) -> Result<(), ExtensionFault>;

    /// What the value says, for people.
    fn describe(&self) -> Vec<Statement>;

    /// Writes the value, strictly.
    ///
    /// # Errors
    /// As [`Self::check`].
    fn to_der(&self) -> Result<Vec<u8>, ExtensionFault> {
        self.check().map(|()| self.encoded())
    }
}

/// Whether an extension is critical when we write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Criticality {
    /// It must be.
    Always,
    /// It must not be.
    Never,
    /// It is unless wished otherwise.
    ByDefault,
    /// It is only if wished.
    IfWished,
}

/// In which certificates an extension may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In all.
    Anywhere,
    /// In those of authorities.
    Authority,
    /// In all but those of authorities.
    Leaf,
}

/// A kind of extension that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionKind {
    /// Object identifier, dotted.
    pub oid: &'static str,
    /// Whether it is critical.
    pub criticality: Criticality,
    /// Where it may stand.
    pub place: Place,
    /// Where its rules stand.
    pub clause: &'static str,
}

/// What is known about extensions, one line each: the variant with its type, the identifier, criticality, place and clause.
macro_rules! extensions {
    ($($(#[$doc:meta])* $variant:ident($type:ty) = $oid:expr, $criticality:ident, $place:ident, $clause:literal;)*) => {
        /// The value of an extension, read.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum ExtensionValue {
            $($(#[$doc])* $variant($type),)*
            /// An extension that we do not know.
            Raw {
                /// Object identifier, dotted.
                oid: String,
                /// DER of its value.
                der: Vec<u8>,
            },
            /// A known extension whose value cannot be read.
            Unreadable {
                /// Object identifier, dotted.
                oid: String,
                /// The bytes of its value.
                der: Vec<u8>,
                /// Why not.
                fault: ExtensionFault,
            },
        }

        /// The kinds of extension that we know.
        pub const KINDS: &[ExtensionKind] = &[
            $(ExtensionKind { oid: $oid, criticality: Criticality::$criticality, place: Place::$place, clause: $clause },)*
        ];

        impl ExtensionValue {
            /// Reads a value, leniently.
            pub fn from_der(oid: &str, der: &[u8]) -> Self {
                $(if oid == $oid {
                    return match <$type as Syntax>::from_der(der) {
                        Ok(value) => Self::$variant(value),
                        Err(fault) => Self::Unreadable { oid: oid.to_owned(), der: der.to_vec(), fault },
                    };
                })*
                Self::Raw { oid: oid.to_owned(), der: der.to_vec() }
            }

            /// The object identifier of the extension, dotted.
            pub fn oid(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $oid,)*
                    Self::Raw { oid, .. } | Self::Unreadable { oid, .. } => oid,
                }
            }

            /// Writes the value as it is, whatever the rules say.
            pub fn encoded(&self) -> Vec<u8> {
                match self {
                    $(Self::$variant(value) => Syntax::encoded(value),)*
                    Self::Raw { der, .. } | Self::Unreadable { der, .. } => der.clone(),
                }
            }

            /// Judges the value by the rules of writing.
            ///
            /// # Errors
            /// [`ExtensionFault`] names the rule that it breaks.
            pub fn check(&self) -> Result<(), ExtensionFault> {
                match self {
                    $(Self::$variant(value) => Syntax::check(value),)*
                    Self::Raw { oid, der } => raw_check(oid, der),
                    Self::Unreadable { fault, .. } => Err(fault.clone()),
                }
            }

            /// What the value says, for people; octets where we cannot tell.
            pub fn describe(&self) -> Vec<Statement> {
                match self {
                    $(Self::$variant(value) => Syntax::describe(value),)*
                    Self::Raw { der, .. } => vec![octets(der)],
                    Self::Unreadable { der, fault, .. } => vec![fault_described(fault), octets(der)],
                }
            }
        }
    };
}

extensions! {
    /// Which key signed.
    AuthorityKeyIdentifier(AuthorityKeyIdentifier) = oid::AUTHORITY_KEY_IDENTIFIER, Never, Anywhere, "RFC 5280 4.2.1.1";
    /// Which key is certified.
    SubjectKeyIdentifier(SubjectKeyIdentifier) = oid::SUBJECT_KEY_IDENTIFIER, Never, Anywhere, "RFC 5280 4.2.1.2";
    /// What the key may be used for.
    KeyUsages(KeyUsages) = oid::KEY_USAGE, ByDefault, Anywhere, "RFC 5280 4.2.1.3";
    /// When the private key may sign.
    PrivateKeyUsagePeriod(PrivateKeyUsagePeriod) = oid::PRIVATE_KEY_USAGE_PERIOD, Never, Anywhere, "RFC 3280 4.2.1.4";
    /// The policies under which the certificate was issued.
    CertificatePolicies(CertificatePolicies) = oid::CERTIFICATE_POLICIES, IfWished, Anywhere, "RFC 5280 4.2.1.4";
    /// Which policies count as which.
    PolicyMappings(PolicyMappings) = oid::POLICY_MAPPINGS, ByDefault, Authority, "RFC 5280 4.2.1.5";
    /// Names of the subject.
    SubjectAltName(AlternativeNames) = oid::SUBJECT_ALT_NAME, IfWished, Anywhere, "RFC 5280 4.2.1.6";
    /// Names of the issuer.
    IssuerAltName(AlternativeNames) = oid::ISSUER_ALT_NAME, IfWished, Anywhere, "RFC 5280 4.2.1.7";
    /// Whether the subject is an authority.
    BasicConstraints(BasicConstraints) = oid::BASIC_CONSTRAINTS, ByDefault, Anywhere, "RFC 5280 4.2.1.9";
    /// Which names may stand below.
    NameConstraints(NameConstraints) = oid::NAME_CONSTRAINTS, Always, Authority, "RFC 5280 4.2.1.10";
    /// From where on policies are required and no longer mapped.
    PolicyConstraints(PolicyConstraints) = oid::POLICY_CONSTRAINTS, Always, Authority, "RFC 5280 4.2.1.11";
    /// What the key is for.
    ExtendedKeyUsages(ExtendedKeyUsages) = oid::EXTENDED_KEY_USAGE, IfWished, Anywhere, "RFC 5280 4.2.1.12";
    /// Where CRLs are.
    CrlDistributionPoints(CrlDistributionPoints) = oid::CRL_DISTRIBUTION_POINTS, IfWished, Anywhere, "RFC 5280 4.2.1.13";
    /// From where on anyPolicy no longer counts.
    InhibitAnyPolicy(InhibitAnyPolicy) = oid::INHIBIT_ANY_POLICY, Always, Authority, "RFC 5280 4.2.1.14";
    /// Where delta CRLs are.
    FreshestCrl(FreshestCrl) = oid::FRESHEST_CRL, Never, Anywhere, "RFC 5280 4.2.1.15";
    /// What is to be had about the issuer.
    AuthorityInfoAccess(InformationAccess) = oid::AUTHORITY_INFO_ACCESS, Never, Anywhere, "RFC 5280 4.2.2.1";
    /// What is to be had from the subject.
    SubjectInfoAccess(InformationAccess) = oid::SUBJECT_INFO_ACCESS, Never, Anywhere, "RFC 5280 4.2.2.2";
    /// Which TLS extensions a server must use.
    TlsFeatures(TlsFeatures) = oid::TLS_FEATURE, IfWished, Anywhere, "RFC 7633 4";
    /// That no revocation information is published.
    NoRevocationAvailable(NoRevocationAvailable) = oid::NO_REV_AVAIL, Never, Leaf, "RFC 9608 2";
    /// That an OCSP responder's certificate is not to be looked up.
    OcspNoCheck(OcspNoCheck) = oid::OCSP_NO_CHECK, IfWished, Leaf, "RFC 6960 4.2.2.2.1";
    /// A comment.
    NetscapeComment(NetscapeComment) = oid::NETSCAPE_COMMENT, IfWished, Anywhere, "Netscape";
    /// What the certificate is for, as Netscape's programs read it.
    NetscapeTypes(NetscapeTypes) = oid::NETSCAPE_CERT_TYPE, IfWished, Anywhere, "Netscape";
    /// The template of version 1.
    TemplateName(TemplateName) = oid::MICROSOFT_TEMPLATE_NAME, IfWished, Anywhere, "MS-WCCE 2.2.2.7.7";
    /// The template of version 2 or later.
    Template(Template) = oid::MICROSOFT_TEMPLATE, IfWished, Anywhere, "MS-WCCE 2.2.2.7.7";
    /// The version of an authority.
    CaVersion(CaVersion) = oid::MICROSOFT_CA_VERSION, IfWished, Authority, "MS-WCCE 2.2.2.7.7";
    /// What the key is for, as Microsoft's systems read it.
    ApplicationPolicies(ApplicationPolicies) = oid::MICROSOFT_APPLICATION_POLICIES, IfWished, Anywhere, "MS-WCCE 2.2.2.7.7";
    /// The account that the certificate is for.
    SecurityIdentifier(SecurityIdentifier) = oid::NTDS_CA_SECURITY, Never, Leaf, "KB5014754";
}

/// What an extension says, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionDescription {
    /// Object identifier, dotted.
    pub oid: String,
    /// The name in its document, such as `keyUsage`; the object identifier where we know none.
    pub name: String,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// What it says.
    pub statements: Vec<Statement>,
    /// The contents of extnValue.
    pub der: Vec<u8>,
}

impl ExtensionKind {
    /// The kind of extension with this identifier, if we know it.
    pub fn of(oid: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.oid == oid)
    }

    /// Whether it is critical if nothing is wished.
    pub fn critical_by_default(&self) -> bool {
        matches!(self.criticality, Criticality::Always | Criticality::ByDefault)
    }
}

impl Extension {
    /// Writes an extension, strictly, critical or not as its rules say ([`KINDS`]); one that we do not know is not critical.
    ///
    /// # Errors
    /// [`ExtensionFault`] names the rule that the value breaks.
    pub fn new(value: &ExtensionValue) -> Result<Self, ExtensionFault> {
        value.check()?;
        let critical = ExtensionKind::of(value.oid()).is_some_and(ExtensionKind::critical_by_default);
        Ok(Self { oid: value.oid().to_owned(), critical, der: value.encoded() })
    }

    /// The extension, critical or not.
    #[must_use]
    pub fn marked(self, critical: bool) -> Self {
        Self { critical, ..self }
    }

    /// The name in its document, such as `keyUsage`; the object identifier where we know none.
    pub fn name(&self) -> &str {
        oid::name(&self.oid).unwrap_or(&self.oid)
    }

    /// What the bytes mean, read leniently.
    pub fn value(&self) -> ExtensionValue {
        ExtensionValue::from_der(&self.oid, &self.der)
    }

    /// Judges whether it may be written as it is: value, encoding and criticality.
    ///
    /// # Errors
    /// [`ExtensionFault`] names the rule that it breaks.
    pub fn check(&self) -> Result<(), ExtensionFault> {
        let value = self.value();
        value.check()?;
        if value.encoded() != self.der {
            return Err(ExtensionFault::NotDer);
        }
        match ExtensionKind::of(&self.oid) {
            Some(kind) if kind.criticality == Criticality::Always && !self.critical => {
                Err(ExtensionFault::MustBeCritical { clause: kind.clause })
            }
            Some(kind) if kind.criticality == Criticality::Never && self.critical => {
                Err(ExtensionFault::MustNotBeCritical { clause: kind.clause })
            }
            _ => Ok(()),
        }
    }

    /// What it says, for people.
    pub fn describe(&self) -> ExtensionDescription {
        ExtensionDescription {
            oid: self.oid.clone(),
            name: self.name().to_owned(),
            critical: self.critical,
            statements: self.value().describe(),
            der: self.der.clone(),
        }
    }
}

/// The value of an extension that we do not know: one element, in DER as far as that can be told without its syntax.
fn raw_check(oid: &str, der: &[u8]) -> Result<(), ExtensionFault> {
    fault::identifier(oid)?;
    der::Any::from_der(der).map(|_| ()).map_err(|_| ExtensionFault::NotDer)
}

/// Octets that a line still shows.
const SHOWN: usize = 64;

fn octets(der: &[u8]) -> Statement {
    let shown = hex::encode(der.get(..der.len().min(SHOWN)).unwrap_or_default());
    if der.len() > SHOWN {
        Statement::with("octets-cut", "octets", shown).and("count", der.len().to_string())
    } else {
        Statement::with("octets", "octets", shown)
    }
}

fn fault_described(fault: &ExtensionFault) -> Statement {
    let part = match fault {
        ExtensionFault::Unreadable { part } => (*part).to_owned(),
        other => other.to_string(),
    };
    Statement::with("unreadable", "part", part)
}

/// Reads an `Extensions` SEQUENCE.
pub(crate) fn read_extensions(der: &[u8]) -> Result<Vec<Extension>, Malformed> {
    asn1::each(asn1::single(der, tag::SEQUENCE)?.content, tag::SEQUENCE, |element| {
        let mut fields = Reader::new(element.content);
        let identifier = fields.expect(tag::OID)?;
        let critical = fields.optional(tag::BOOLEAN)?;
        let value = fields.expect(tag::OCTET_STRING)?;
        fields.finish()?;
        Ok(Extension {
            oid: asn1::oid_text(identifier.content),
            // Any octet but zero is true in BER (X.690 8.2.2).
            critical: critical.is_some_and(|flag| flag.content.iter().any(|octet| *octet != 0)),
            der: value.content.to_vec(),
        })
    })
}

#[cfg(test)]
mod tests;
