//! What a key may be used for: key usage (RFC 5280 4.2.1.3) and extended key usage (4.2.1.12).

use crate::asn1::{self, Malformed, Reader, oid_text, tag};
use crate::oid::PURPOSES;
use std::fmt;
use std::str::FromStr;

/// One bit of the keyUsage extension. The discriminant is the bit's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyUsage {
    /// Signatures other than over certificates and CRLs.
    DigitalSignature = 0,
    /// Signatures that commit to content; also called nonRepudiation.
    ContentCommitment = 1,
    /// Enciphering keys (RSA key transport).
    KeyEncipherment = 2,
    /// Enciphering data directly.
    DataEncipherment = 3,
    /// Key agreement.
    KeyAgreement = 4,
    /// Signatures over certificates.
    KeyCertSign = 5,
    /// Signatures over CRLs.
    CrlSign = 6,
    /// With keyAgreement: only to encipher.
    EncipherOnly = 7,
    /// With keyAgreement: only to decipher.
    DecipherOnly = 8,
}

/// The text names no key usage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown key usage {given:?}")]
pub struct UnknownKeyUsage {
    /// The text.
    pub given: String,
}

impl KeyUsage {
    /// All of them, by bit number.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::ContentCommitment,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// The name in RFC 5280: `digitalSignature`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digitalSignature",
            Self::ContentCommitment => "contentCommitment",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        }
    }

    fn mask(self) -> u16 {
        1 << (self as u16)
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for KeyUsage {
    type Err = UnknownKeyUsage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("nonRepudiation") {
            return Ok(Self::ContentCommitment);
        }
        Self::ALL
            .into_iter()
            .find(|usage| usage.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownKeyUsage { given: text.to_owned() })
    }
}

/// A set of key usages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct KeyUsages(u16);

/// The bytes are no `KeyUsage` BIT STRING.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed keyUsage")]
pub struct MalformedUsage;

impl From<Malformed> for MalformedUsage {
    fn from(_: Malformed) -> Self {
        Self
    }
}

impl KeyUsages {
    /// The set of these usages.
    pub fn of(usages: &[KeyUsage]) -> Self {
        Self(usages.iter().fold(0, |bits, usage| bits | usage.mask()))
    }

    /// Whether the usage is in the set.
    pub fn contains(self, usage: KeyUsage) -> bool {
        self.0 & usage.mask() != 0
    }

    /// The set with this usage added.
    #[must_use]
    pub fn with(self, usage: KeyUsage) -> Self {
        Self(self.0 | usage.mask())
    }

    /// Whether there is none in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The usages by bit number.
    pub fn iter(self) -> impl Iterator<Item = KeyUsage> {
        KeyUsage::ALL.into_iter().filter(move |usage| self.contains(*usage))
    }

    /// Writes the BIT STRING, without trailing zero bits (X.690 11.2.2).
    pub fn to_der(self) -> Vec<u8> {
        asn1::tlv(tag::BIT_STRING, &asn1::named_bits(self.0))
    }

    /// Reads the BIT STRING; bits that have no name are passed over.
    ///
    /// # Errors
    /// [`MalformedUsage`] when it is none.
    pub fn from_der(der: &[u8]) -> Result<Self, MalformedUsage> {
        Ok(Self(asn1::read_named_bits(asn1::single(der, tag::BIT_STRING)?.content)? & 0x01ff))
    }
}

/// An extended key usage, by object identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExtendedKeyUsage(String);

/// The text is neither the name of an extended key usage nor a dotted object identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown extended key usage {given:?}")]
pub struct UnknownExtendedKeyUsage {
    /// The text.
    pub given: String,
}

impl ExtendedKeyUsage {
    /// Those that have a name in use: name and object identifier.
    pub const KNOWN: &[(&str, &str)] = PURPOSES;

    /// Authentication of TLS servers.
    pub fn server_auth() -> Self {
        Self("1.3.6.1.5.5.7.3.1".to_owned())
    }

    /// Authentication of TLS clients.
    pub fn client_auth() -> Self {
        Self("1.3.6.1.5.5.7.3.2".to_owned())
    }

    /// The dotted object identifier.
    pub fn oid(&self) -> &str {
        &self.0
    }

    /// The name in use (`serverAuth`), else the dotted object identifier.
    pub fn name(&self) -> &str {
        PURPOSES.iter().find(|(_, oid)| *oid == self.0).map_or(self.0.as_str(), |(name, _)| name)
    }

    /// Writes the SEQUENCE OF object identifiers.
    pub fn list_to_der(usages: &[Self]) -> Vec<u8> {
        let parts: Vec<Vec<u8>> = usages.iter().filter_map(|usage| asn1::oid(&usage.0)).collect();
        asn1::tlv(tag::SEQUENCE, &parts.concat())
    }

    /// Reads the SEQUENCE OF object identifiers.
    ///
    /// # Errors
    /// [`MalformedUsage`] when it is none.
    pub fn list_from_der(der: &[u8]) -> Result<Vec<Self>, MalformedUsage> {
        let mut reader = Reader::new(asn1::single(der, tag::SEQUENCE)?.content);
        let mut usages = Vec::new();
        while !reader.is_empty() {
            usages.push(Self(oid_text(reader.expect(tag::OID)?.content)));
        }
        Ok(usages)
    }
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ExtendedKeyUsage {
    type Err = UnknownExtendedKeyUsage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some((_, oid)) = PURPOSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(Self((*oid).to_owned()));
        }
        if asn1::oid(text).is_some() { Ok(Self(text.to_owned())) } else { Err(UnknownExtendedKeyUsage { given: text.to_owned() }) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bit_strings_have_no_trailing_zeros() {
        assert_eq!(KeyUsages::of(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign]).to_der(), [3, 2, 1, 0x06]);
        assert_eq!(KeyUsages::of(&[KeyUsage::DigitalSignature]).to_der(), [3, 2, 7, 0x80]);
        assert_eq!(KeyUsages::of(&[KeyUsage::KeyAgreement, KeyUsage::DecipherOnly]).to_der(), [3, 3, 7, 0x08, 0x80]);
        assert_eq!(KeyUsages::default().to_der(), [3, 1, 0]);
    }

    #[test]
    fn names_there_and_back() {
        for usage in KeyUsage::ALL {
            assert_eq!(usage.as_str().parse::<KeyUsage>().unwrap(), usage);
        }
        let usages: Vec<ExtendedKeyUsage> = ["serverAuth", "1.2.3.4"].iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(ExtendedKeyUsage::list_from_der(&ExtendedKeyUsage::list_to_der(&usages)).unwrap(), usages);
        assert_eq!(usages.first().map(ToString::to_string).as_deref(), Some("serverAuth"));
        assert!("server".parse::<ExtendedKeyUsage>().is_err());
    }

    proptest! {
        #[test]
        fn sets_there_and_back(bits in 0_u16..512) {
            prop_assert_eq!(KeyUsages::from_der(&KeyUsages(bits).to_der()).unwrap(), KeyUsages(bits));
        }
    }
}
