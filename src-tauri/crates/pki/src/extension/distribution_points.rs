//! cRLDistributionPoints and freshestCRL (RFC 5280 4.2.1.13, 4.2.1.15).

use super::alternative_names::{all_writable, names_encoded, names_read};
use super::{ExtensionFault, Statement, StatementValue, Syntax, Term, TermKind, fault};
use crate::alt_name::GeneralName;
use crate::asn1::{self, Malformed, Reader, tag};
use crate::name::DistinguishedName;
use crate::revocation::RevocationReason;

const CLAUSE: &str = "RFC 5280 4.2.1.13";

/// Where CRLs are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CrlDistributionPoints(pub Vec<DistributionPoint>);

/// Where delta CRLs are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FreshestCrl(pub Vec<DistributionPoint>);

/// One place, with what its CRL covers and who signs it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct DistributionPoint {
    /// Where the CRL is; several names of one place.
    pub name: Option<DistributionPointName>,
    /// The reasons that the CRL covers; all, if none are stated.
    pub reasons: Option<ReasonFlags>,
    /// Who signs the CRL, where that is not the certificate's issuer.
    pub crl_issuer: Vec<GeneralName>,
}

/// The name of a place (RFC 5280 4.2.1.13, also in issuingDistributionPoint).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DistributionPointName {
    /// Names that stand for themselves.
    Full(Vec<GeneralName>),
    /// One RDN, to be put behind the name of the CRL's issuer.
    Relative(DistinguishedName),
}

/// A set of revocation reasons. Bit 1 is keyCompromise, bit 8 aACompromise; bit 0 has no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ReasonFlags(u16);

/// The reasons by the number of their bit.
const REASONS: [(u16, RevocationReason); 8] = [
    (1, RevocationReason::KeyCompromise),
    (2, RevocationReason::CaCompromise),
    (3, RevocationReason::AffiliationChanged),
    (4, RevocationReason::Superseded),
    (5, RevocationReason::CessationOfOperation),
    (6, RevocationReason::CertificateHold),
    (7, RevocationReason::PrivilegeWithdrawn),
    (8, RevocationReason::AaCompromise),
];

impl ReasonFlags {
    /// Every reason.
    pub const ALL: Self = Self(0x01fe);

    /// Reads the content octets of the BIT STRING.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Malformed> {
        asn1::read_named_bits(content).map(Self)
    }

    /// The reasons that are in both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The reasons that are in one of the sets.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every reason that has a bit is in it.
    pub fn is_all(self) -> bool {
        self.0 & Self::ALL.0 == Self::ALL.0
    }

    /// Whether no reason is in it.
    pub fn is_empty(self) -> bool {
        self.0 & Self::ALL.0 == 0
    }

    /// The set of these reasons; `unspecified` and `removeFromCRL` have no bit and are passed over.
    pub fn of(reasons: &[RevocationReason]) -> Self {
        Self(REASONS.iter().filter(|(_, reason)| reasons.contains(reason)).fold(0, |bits, (bit, _)| bits | (1 << bit)))
    }

    /// The reasons by bit.
    pub fn iter(self) -> impl Iterator<Item = RevocationReason> {
        REASONS.into_iter().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, reason)| reason)
    }
}

impl DistributionPointName {
    /// Reads the inside of the `[0]` that holds it.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content);
        let choice = reader.any()?;
        reader.finish()?;
        match choice.tag {
            0xa0 => names_read(choice.content).map(Self::Full),
            0xa1 => {
                let name = asn1::sequence(&[&asn1::tlv(tag::SET, choice.content)]);
                DistinguishedName::from_der(&name).map(Self::Relative).map_err(|_| Malformed)
            }
            _ => Err(Malformed),
        }
    }

    /// The inside of the `[0]` that holds it.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        match self {
            Self::Full(names) => asn1::tlv(0xa0, &names_encoded(names)),
            Self::Relative(name) => {
                let first = asn1::single(name.as_der(), tag::SEQUENCE).and_then(|name| Reader::new(name.content).expect(tag::SET));
                asn1::tlv(0xa1, first.map(|set| set.content).unwrap_or_default())
            }
        }
    }

    /// The names of the place; one that is relative is put behind its base (RFC 5280 4.2.1.13).
    pub(crate) fn names(&self, base: &DistinguishedName) -> Vec<GeneralName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(name) => vec![GeneralName::Directory(name.preceded_by(&base.rdn_ders()))],
        }
    }

    /// The URIs among the names.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            Self::Full(names) => names.as_slice(),
            Self::Relative(_) => &[],
        };
        names.iter().filter_map(|name| if let GeneralName::Uri(uri) = name { Some(uri.as_str()) } else { None })
    }
}

impl DistributionPoint {
    /// The CRL at this address.
    pub fn at(url: &str) -> Self {
        Self { name: Some(DistributionPointName::Full(vec![GeneralName::Uri(url.to_owned())])), ..Self::default() }
    }

    fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(content);
        let name = fields.optional(0xa0)?.map(|name| DistributionPointName::read(name.content)).transpose()?;
        let reasons = fields.optional(0x81)?.map(|bits| ReasonFlags::read(bits.content)).transpose()?;
        let crl_issuer = fields.optional(0xa2)?.map(|names| names_read(names.content)).transpose()?.unwrap_or_default();
        fields.finish()?;
        Ok(Self { name, reasons, crl_issuer })
    }

    fn encoded(&self) -> Vec<u8> {
        let name = self.name.as_ref().map(|name| asn1::tlv(0xa0, &name.encoded())).unwrap_or_default();
        let reasons = self.reasons.map(|reasons| asn1::tlv(0x81, &asn1::named_bits(reasons.0))).unwrap_or_default();
        let crl_issuer = if self.crl_issuer.is_empty() { Vec::new() } else { asn1::tlv(0xa2, &names_encoded(&self.crl_issuer)) };
        asn1::sequence(&[&name, &reasons, &crl_issuer])
    }

    /// A place or a signer must be named, reasons alone say nothing; the signer is a directory name; a relative name is one RDN.
    fn check(&self) -> Result<(), ExtensionFault> {
        let refused = |part, given: &dyn ToString| Err(ExtensionFault::NotAllowed { part, given: given.to_string(), clause: CLAUSE });
        match &self.name {
            None => fault::some(&self.crl_issuer, "distributionPoint", CLAUSE)?,
            Some(DistributionPointName::Full(names)) => {
                fault::some(names, "fullName", CLAUSE)?;
                all_writable(names, CLAUSE)?;
            }
            Some(DistributionPointName::Relative(name)) if name.rdns().len() != 1 || self.crl_issuer.len() > 1 => {
                return refused("nameRelativeToCRLIssuer", name);
            }
            Some(DistributionPointName::Relative(_)) => {}
        }
        if let Some(reasons) = self.reasons
            && (reasons.0 & !0x01fe != 0 || reasons.0 == 0)
        {
            return refused("ReasonFlags", &reasons.0);
        }
        match self.crl_issuer.iter().find(|name| !matches!(name, GeneralName::Directory(name) if !name.is_empty())) {
            Some(name) => refused("cRLIssuer", name),
            None => Ok(()),
        }
    }

    fn describe(&self, at: &'static str, at_entry: &'static str, without_place: &'static str) -> Vec<Statement> {
        let mut statements = match &self.name {
            Some(DistributionPointName::Full(names)) if !names.is_empty() => {
                names.iter().map(|name| Statement::with(at, "location", location(name))).collect()
            }
            Some(DistributionPointName::Relative(name)) => vec![Statement::with(at_entry, "entry", name.rfc4514())],
            _ => vec![Statement::plain(without_place)],
        };
        if let Some(reasons) = self.reasons {
            let terms = reasons.iter().map(|reason| Term::named(TermKind::Reason, reason.as_str())).collect();
            statements.push(Statement::with("crl-reasons", "reasons", StatementValue::Terms(terms)));
        }
        statements.extend(self.crl_issuer.iter().map(|name| Statement::with("crl-issuer", "name", location(name))));
        statements
    }
}

/// An address as people write it; other names with their form.
pub(super) fn location(name: &GeneralName) -> String {
    match name {
        GeneralName::Uri(uri) => uri.clone(),
        GeneralName::Directory(name) => name.rfc4514(),
        other => other.to_string(),
    }
}

fn points_read(der: &[u8]) -> Result<Vec<DistributionPoint>, ExtensionFault> {
    let point = |element: asn1::Tlv<'_>| DistributionPoint::read(element.content);
    asn1::each(asn1::single(der, tag::SEQUENCE)?.content, tag::SEQUENCE, point).map_err(fault::unreadable::<Malformed>("DistributionPoint"))
}

fn points_encoded(points: &[DistributionPoint]) -> Vec<u8> {
    asn1::tlv(tag::SEQUENCE, &points.iter().map(DistributionPoint::encoded).collect::<Vec<_>>().concat())
}

fn points_checked(points: &[DistributionPoint]) -> Result<(), ExtensionFault> {
    fault::some(points, "DistributionPoint", CLAUSE)?;
    points.iter().try_for_each(DistributionPoint::check)
}

fn points_described(points: &[DistributionPoint], codes: [&'static str; 3]) -> Vec<Statement> {
    let [at, at_entry, without_place] = codes;
    if points.is_empty() {
        return vec![Statement::plain("no-crl")];
    }
    points.iter().flat_map(|point| point.describe(at, at_entry, without_place)).collect()
}

impl Syntax for CrlDistributionPoints {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        points_read(der).map(Self)
    }

    fn encoded(&self) -> Vec<u8> {
        points_encoded(&self.0)
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        points_checked(&self.0)
    }

    fn describe(&self) -> Vec<Statement> {
        points_described(&self.0, ["crl-at", "crl-at-entry", "crl-without-place"])
    }
}

impl Syntax for FreshestCrl {
    fn from_der(der: &[u8]) -> Result<Self, ExtensionFault> {
        points_read(der).map(Self)
    }

    fn encoded(&self) -> Vec<u8> {
        points_encoded(&self.0)
    }

    fn check(&self) -> Result<(), ExtensionFault> {
        points_checked(&self.0)
    }

    fn describe(&self) -> Vec<Statement> {
        points_described(&self.0, ["delta-crl-at", "delta-crl-at-entry", "delta-crl-without-place"])
    }
}
