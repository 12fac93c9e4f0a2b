//! policyMappings, policyConstraints and inhibitAnyPolicy (RFC 5280 4.2.1.5, 4.2.1.11, 4.2.1.14): for authorities.

use super::{ExtensionFault, Statement, Syntax, Term, TermKind, fault};
use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::oid;

/// Which policies of the subject count as which of the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyMappings(pub Vec<PolicyMapping>);

/// One pair of policies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyMapping {
    /// The issuer's policy, dotted.
    pub issuer: String,
    /// The subject's policy that counts as the issuer's, dotted.
    pub subject: String,
}

impl Syntax for PolicyMappings {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let pair = |element: asn1::Tlv<'_>| -> Result<PolicyMapping, Malformed> {
            let mut fields = Reader::new(element.content);
            let issuer = oid_text(fields.expect(tag::OID)?.content);
            let subject = oid_text(fields.expect(tag::OID)?.content);
            fields.finish()?;
            Ok(PolicyMapping { issuer, subject })
        };
        asn1::each(asn1::single(der, tag::SEQUENCE)?.content, tag::SEQUENCE, pair).map(Self).map_err(fault::unreadable("PolicyMapping"))
    }

    fn encoded(&self) -> Vec<u8> {
        let pair = |mapping: &PolicyMapping| asn1::sequence(&[&asn1::oid_as_read(&mapping.issuer), &asn1::oid_as_read(&mapping.subject)]);
        asn1::tlv(tag::SEQUENCE, &self.0.iter().map(pair).collect::<Vec<_>>().concat())
    }

    /// anyPolicy is neither mapped nor mapped to.
    fn check(&self) -> Result<(), ExtensionFault> {
        const CLAUSE: &str = "RFC 5280 4.2.1.5";
        fault::some(&self.0, "PolicyMapping", CLAUSE)?;
        for (part, policy) in self.0.iter().flat_map(|pair| [("issuerDomainPolicy", &pair.issuer), ("subjectDomainPolicy", &pair.subject)])
        {
            fault::identifier(policy)?;
            if policy == oid::ANY_POLICY {
                return Err(ExtensionFault::NotAllowed { part, given: policy.clone(), clause: CLAUSE });
            }
        }
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        if self.0.is_empty() {
            return vec![Statement::plain("no-policy-mapped")];
        }
        let term = |policy: &str| Term::identified(TermKind::Policy, policy);
        let pair =
            |pair: &PolicyMapping| Statement::with("policy-mapped", "issuer", term(&pair.issuer)).and("subject", term(&pair.subject));
        self.0.iter().map(pair).collect()
    }
}

/// After how many certificates policies must be stated, and may no longer be mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PolicyConstraints {
    /// After so many certificates of the path, each must have an acceptable policy.
    pub require_explicit_policy: Option<u32>,
    /// After so many certificates of the path, policies are no longer mapped.
    pub inhibit_policy_mapping: Option<u32>,
}

impl Syntax for PolicyConstraints {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        let mut fields = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let mut number = |tag, part| -> Result<Option<u32>, ExtensionFault> {
            let element = fields.optional(tag).map_err(fault::unreadable(part))?;
            element.map(|element| asn1::small(element.content)).transpose().map_err(fault::unreadable(part))
        };
        let require_explicit_policy = number(0x80, "requireExplicitPolicy")?;
        let inhibit_policy_mapping = number(0x81, "inhibitPolicyMapping")?;
        fields.finish()?;
        Ok(Self { require_explicit_policy, inhibit_policy_mapping })
    }

    fn encoded(&self) -> Vec<u8> {
        let number = |tag: u8, number: Option<u32>| {
            let content = number.map(asn1::integer).and_then(|der| Reader::new(&der).any().map(|element| element.content.to_vec()).ok());
            content.map(|content| asn1::tlv(tag, &content)).unwrap_or_default()
        };
        asn1::sequence(&[&number(0x80, self.require_explicit_policy), &number(0x81, self.inhibit_policy_mapping)])
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        if *self == Self::default() {
            return Err(ExtensionFault::Missing { part: "requireExplicitPolicy", clause: "RFC 5280 4.2.1.11" });
        }
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        statements.extend(self.require_explicit_policy.map(|count| after(count, "policy-required", "policy-required-after")));
        statements
            .extend(self.inhibit_policy_mapping.map(|count| after(count, "policy-mapping-inhibited", "policy-mapping-inhibited-after")));
        if statements.is_empty() {
            statements.push(Statement::plain("no-policy-constraint"));
        }
        statements
    }
}

/// After how many certificates of the path anyPolicy no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InhibitAnyPolicy(pub u32);

impl Syntax for InhibitAnyPolicy {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        Ok(Self(asn1::small(asn1::single(der, tag::INTEGER)?.content).map_err(fault::unreadable("SkipCerts"))?))
    }

    fn encoded(&self) -> Vec<u8> {
        asn1::integer(self.0)
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        Ok(())
    }

    fn describe(&self) -> Vec<Statement> {
        vec![after(self.0, "any-policy-inhibited", "any-policy-inhibited-after")]
    }
}

/// None at all reads differently from some.
fn after(count: u32, at_once: &'static str, later: &'static str) -> Statement {
    if count == 0 { Statement::plain(at_once) } else { Statement::with(later, "certificates", count) }
}
