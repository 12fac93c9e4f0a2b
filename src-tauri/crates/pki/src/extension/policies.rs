//! certificatePolicies (RFC 5280 4.2.1.4), and Microsoft's application policies in the same syntax.

use super::display_text::DisplayText;
use super::{ExtensionFault, Statement, Syntax, Term, TermKind, fault, usages};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::oid;

const CLAUSE: &str = "RFC 5280 4.2.1.4";

/// The policies under which the certificate was issued.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificatePolicies(pub Vec<PolicyInformation>);

/// What the key is for, as Microsoft's systems read it beside extKeyUsage (MS-WCCE 2.2.2.7.7, szOID_APPLICATION_CERT_POLICIES).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ApplicationPolicies(pub CertificatePolicies);

/// One policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyInformation {
    /// Its object identifier, dotted.
    pub policy: String,
    /// What is said about it.
    pub qualifiers: Vec<PolicyQualifier>,
}

/// What is said about a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PolicyQualifier {
    /// Where the certification practice statement is: a URI.
    PracticeStatement(String),
    /// What a person shall be shown.
    UserNotice(UserNotice),
    /// Another qualifier, or one of these two whose value cannot be read.
    Other {
        /// Its object identifier, dotted.
        oid: String,
        /// DER of its value.
        value: Vec<u8>,
    },
}

/// A notice to the person who relies on the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UserNotice {
    /// Where the text stands; RFC 5280 advises against it.
    pub reference: Option<NoticeReference>,
    /// The text itself.
    pub text: Option<DisplayText>,
}

/// Texts of an organisation, by number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoticeReference {
    /// The organisation.
    pub organization: DisplayText,
    /// The numbers of its texts.
    pub numbers: Vec<u32>,
}

impl Syntax for CertificatePolicies {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        asn1::each(asn1::single(der, tag::SEQUENCE)?.content, tag::SEQUENCE, |element| PolicyInformation::read(element.content))
            .map(Self)
            .map_err(fault::unreadable::<Malformed>("PolicyInformation"))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::tlv(tag::SEQUENCE, &self.0.iter().map(PolicyInformation::encoded).collect::<Vec<_>>().concat())
    }

    /// A policy stands there once; anyPolicy takes no qualifiers but these two.
    fn check(&self) -> Result<(), ExtensionFault> {
        fault::some(&self.0, "PolicyInformation", CLAUSE)?;
        for (index, information) in self.0.iter().enumerate() {
            information.check()?;
            if self.0.iter().take(index).any(|earlier| earlier.policy == information.policy) {
                return Err(ExtensionFault::NotAllowed { part: "policyIdentifier", given: information.policy.clone(), clause: CLAUSE });
            }
        }
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.is_empty() {
            return vec![Statement::plain("no-policy")];
        }
        let policy = |oid: &str| Statement::with("policy", "policy", Term::identified(TermKind::Policy, oid));
        self.0.iter().flat_map(|information| information.describe(policy)).collect()
    }
}

impl Syntax for ApplicationPolicies {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        CertificatePolicies::from_der(der).map(Self)
    }

    fn encoded(&self) -> Vec<u8> {
        self.0.encoded()
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        self.0.check()
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.0.is_empty() {
            return vec![Statement::plain("no-purpose")];
        }
        self.0.0.iter().flat_map(|information| information.describe(usages::purpose)).collect()
    }
}

impl PolicyInformation {
    /// A policy without qualifiers, as RFC 5280 4.2.1.4 recommends.
    pub fn of(policy: &str) -> Self {
        Self { policy: policy.to_owned(), qualifiers: Vec::new() }
    }

    fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(content);
        let policy = oid_text(fields.expect(tag::OID)?.content);
        let qualifiers = match fields.optional(tag::SEQUENCE)? {
            Some(list) => asn1::each(list.content, tag::SEQUENCE, |element| PolicyQualifier::read(element.content))?,
            None => Vec::new(),
        };
        fields.finish()?;
        Ok(Self { policy, qualifiers })
    }

    fn encoded(&self) -> Vec<u8> {
        let qualifiers = match self.qualifiers.as_slice() {
            [] => Vec::new(),
            some => asn1::tlv(tag::SEQUENCE, &some.iter().map(PolicyQualifier::encoded).collect::<Vec<_>>().concat()),
        };
        asn1::sequence(&[&asn1::oid_as_read(&self.policy), &qualifiers])
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        fault::identifier(&self.policy)?;
        self.qualifiers.iter().try_for_each(|qualifier| match qualifier {
            PolicyQualifier::PracticeStatement(address) => match GeneralName::parse(&format!("uri:{address}")) {
                Ok(_) => Ok(()),
                Err(_) => Err(ExtensionFault::NotAllowed { part: "cPSuri", given: address.clone(), clause: CLAUSE }),
            },
            PolicyQualifier::UserNotice(notice) => notice.check(),
            // "policy qualifiers … MUST be one of the two" holds for anyPolicy; the others are the policy's own affair.
            PolicyQualifier::Other { oid, .. }
                if self.policy == oid::ANY_POLICY || [oid::QT_CPS, oid::QT_UNOTICE].contains(&oid.as_str()) =>
            {
                Err(ExtensionFault::NotAllowed { part: "policyQualifierId", given: oid.clone(), clause: CLAUSE })
            }
            PolicyQualifier::Other { oid, .. } => fault::identifier(oid),
        })
    }

    fn describe(&self, policy: impl Fn(&str) -> Statement) -> Vec<Statement> {
        let mut statements = vec![policy(&self.policy)];
        statements.extend(self.qualifiers.iter().flat_map(PolicyQualifier::describe));
        statements
    }
}

impl PolicyQualifier {
    /// What would be written differently is kept as it is.
    fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(content);
        let oid = oid_text(fields.expect(tag::OID)?.content);
        let value = fields.any()?;
        fields.finish()?;
        let known = match oid.as_str() {
            oid::QT_CPS if value.tag == tag::IA5_STRING => {
                String::from_utf8(value.content.to_vec()).ok().filter(|text| text.is_ascii()).map(Self::PracticeStatement)
            }
            oid::QT_UNOTICE => UserNotice::read(value.raw).ok().map(Self::UserNotice),
            _ => None,
        };
        let other = Self::Other { oid, value: value.raw.to_vec() };
        Ok(known.filter(|known| known.encoded() == other.encoded()).unwrap_or(other))
    }

    fn encoded(&self) -> Vec<u8> {
        let (oid, value) = match self {
            Self::PracticeStatement(address) => (oid::QT_CPS, asn1::tlv(tag::IA5_STRING, address.as_bytes())),
            Self::UserNotice(notice) => (oid::QT_UNOTICE, notice.encoded()),
            Self::Other { oid, value } => (oid.as_str(), value.clone()),
        };
        asn1::sequence(&[&asn1::oid_as_read(oid), &value])
    }

    fn describe(&self) -> Vec<Statement> {
        match self {
            Self::PracticeStatement(address) => vec![Statement::with("policy-statement", "address", address.clone())],
            Self::UserNotice(notice) => notice.describe(),
            Self::Other { oid, value } => {
                let qualifier = Term::identified(TermKind::Qualifier, oid);
                vec![Statement::with("policy-qualifier", "qualifier", qualifier).and("octets", hex::encode(value))]
            }
        }
    }
}

impl UserNotice {
    fn read(der: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let reference = match fields.optional(tag::SEQUENCE)? {
            Some(reference) => {
                let mut fields = Reader::new(reference.content);
                let organization = DisplayText::read(fields.any()?)?;
                let numbers = fields.expect(tag::SEQUENCE)?;
                fields.finish()?;
                let numbers = asn1::each(numbers.content, tag::INTEGER, |number| asn1::small(number.content))?;
                Some(NoticeReference { organization, numbers })
            }
            None => None,
        };
        let text = if fields.is_empty() { None } else { Some(DisplayText::read(fields.any()?)?) };
        fields.finish()?;
        Ok(Self { reference, text })
    }

    fn encoded(&self) -> Vec<u8> {
        let reference = self.reference.as_ref().map(|reference| {
            let numbers: Vec<Vec<u8>> = reference.numbers.iter().copied().map(asn1::integer).collect();
            asn1::sequence(&[&reference.organization.encoded(), &asn1::tlv(tag::SEQUENCE, &numbers.concat())])
        });
        asn1::sequence(&[&reference.unwrap_or_default(), &self.text.as_ref().map(DisplayText::encoded).unwrap_or_default()])
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        if self.reference.is_none() && self.text.is_none() {
            return Err(ExtensionFault::Missing { part: "explicitText", clause: CLAUSE });
        }
        if let Some(reference) = &self.reference {
            reference.organization.check()?;
        }
        self.text.as_ref().map_or(Ok(()), DisplayText::check)
    }

    fn describe(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        if let Some(reference) = &self.reference {
            let numbers = reference.numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let organization = reference.organization.text();
            statements.push(Statement::with("policy-notice-reference", "organization", organization).and("numbers", numbers));
        }
        statements.extend(self.text.as_ref().map(|text| Statement::with("policy-notice", "text", text.text())));
        if statements.is_empty() {
            statements.push(Statement::plain("policy-notice-empty"));
        }
        statements
    }
}
