//! `RSASSA-PSS-params` (RFC 4055 3.1): hash, mask, salt and trailer of a PSS signature, or of a key that is bound to them.

use super::hash::HashFunction;
use crate::asn1::{self, Malformed, Reader, oid_text, single, tag};

/// `id-mgf1` (RFC 8017 A.2.1).
const MGF1: &str = "1.2.840.113549.1.1.8";

/// The parameters of a signature that can be checked: the mask is always MGF1, the trailer always 0xBC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PssParameters {
    pub(crate) hash: HashFunction,
    pub(crate) mask_hash: HashFunction,
    /// Octets of salt.
    pub(crate) salt: usize,
}

/// Why parameters say nothing to us: the part, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnknownPss(pub(crate) String);

impl From<Malformed> for UnknownPss {
    fn from(_: Malformed) -> Self {
        Self("unreadable parameters".to_owned())
    }
}

impl PssParameters {
    /// What we sign with: one hash for message and mask, as many octets of salt as the hash has (RFC 4055 3.1, CA/B BR 7.1.3.2.1).
    pub(crate) fn of_hash(hash: HashFunction) -> Self {
        Self { hash, mask_hash: hash, salt: hash.octets() }
    }

    /// DER: the hashes with NULL parameters (RFC 4055 2.1 has both forms and accepts both; every implementation takes this one), the
    /// trailer left out, since it has its default value (X.690 11.5).
    pub(crate) fn to_der(self) -> Vec<u8> {
        // The identifiers are constants that encode.
        let identifier = |oid: &str, parameters: &[u8]| asn1::sequence(&[&asn1::oid(oid).unwrap_or_default(), parameters]);
        let hash = identifier(self.hash.oid(), asn1::NULL);
        let mask = identifier(MGF1, &identifier(self.mask_hash.oid(), asn1::NULL));
        let salt = asn1::unsigned(&self.salt.to_be_bytes());
        asn1::sequence(&[&asn1::tlv(0xa0, &hash), &asn1::tlv(0xa1, &mask), &asn1::tlv(0xa2, &salt)])
    }

    /// Reads parameters, the defaults of RFC 4055 3.1 in place of what is absent: SHA-1, MGF1 with SHA-1, 20, 0xBC.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, UnknownPss> {
        let mut fields = Reader::new(single(der, tag::SEQUENCE)?.content);
        let hash = match fields.optional(0xa0)? {
            Some(element) => hash_of(element.content)?,
            None => HashFunction::Sha1,
        };
        let mask_hash = match fields.optional(0xa1)? {
            Some(element) => {
                let mut identifier = Reader::new(single(element.content, tag::SEQUENCE)?.content);
                let mask = oid_text(identifier.expect(tag::OID)?.content);
                if mask != MGF1 {
                    return Err(UnknownPss(format!("mask {mask}")));
                }
                hash_of(identifier.any()?.raw)?
            }
            None => HashFunction::Sha1,
        };
        let salt = match fields.optional(0xa2)? {
            Some(element) => small(single(element.content, tag::INTEGER)?.content)?,
            None => 20,
        };
        if let Some(element) = fields.optional(0xa3)? {
            let trailer = small(single(element.content, tag::INTEGER)?.content)?;
            if trailer != 1 {
                return Err(UnknownPss(format!("trailer {trailer}")));
            }
        }
        fields.finish()?;
        Ok(Self { hash, mask_hash, salt })
    }

    /// Whether a signature of a key that is bound to `self` may have these parameters: the same hashes, no less salt (RFC 4055 3.3).
    pub(crate) fn allows(self, signature: Self) -> bool {
        self.hash == signature.hash && self.mask_hash == signature.mask_hash && signature.salt >= self.salt
    }
}

fn hash_of(identifier: &[u8]) -> Result<HashFunction, UnknownPss> {
    let mut reader = Reader::new(single(identifier, tag::SEQUENCE)?.content);
    let oid = oid_text(reader.expect(tag::OID)?.content);
    HashFunction::of_oid(&oid).ok_or_else(|| UnknownPss(format!("hash {oid}")))
}

/// A non-negative INTEGER of at most two octets: no RSA key has room for more salt.
fn small(contents: &[u8]) -> Result<usize, Malformed> {
    match contents {
        [one @ 0..=0x7f] => Ok(usize::from(*one)),
        [high @ 0..=0x7f, low] => Ok(usize::from(u16::from_be_bytes([*high, *low]))),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    /// CA/B BR 7.1.3.2.1 spells out the octets that every program is known to take.
    #[test]
    fn the_encodings_of_the_baseline_requirements() {
        for (hash, octets) in [
            (
                HashFunction::Sha256,
                "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
            ),
            (
                HashFunction::Sha384,
                "3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130",
            ),
            (
                HashFunction::Sha512,
                "3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140",
            ),
        ] {
            let parameters = PssParameters::of_hash(hash);
            assert_eq!(hex::encode(parameters.to_der()), octets);
            assert_eq!(PssParameters::from_der(&hex::decode(octets).unwrap()), Ok(parameters));
        }
    }

    #[test]
    fn defaults_and_what_is_unknown() {
        let sha1 = PssParameters { hash: HashFunction::Sha1, mask_hash: HashFunction::Sha1, salt: 20 };
        assert_eq!(PssParameters::from_der(&[0x30, 0]), Ok(sha1));
        // Hashes without parameters are the same (RFC 4055 2.1).
        let absent =
            hex::decode("3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120").unwrap();
        assert_eq!(PssParameters::from_der(&absent), Ok(PssParameters::of_hash(HashFunction::Sha256)));
        let unknown = |der: &[u8]| PssParameters::from_der(der).unwrap_err().0;
        assert_eq!(unknown(&[0x30, 5, 0xa3, 3, 2, 1, 2]), "trailer 2");
        assert_eq!(unknown(&[0x30, 8, 0xa0, 6, 0x30, 4, 6, 2, 0x2a, 3]), "hash 1.2.3");
        assert_eq!(unknown(&[0x30, 8, 0xa1, 6, 0x30, 4, 6, 2, 0x2a, 3]), "mask 1.2.3");
        assert_eq!(unknown(&[0x30, 1]), "unreadable parameters");
        assert_eq!(unknown(&[0x30, 5, 0xa2, 3, 2, 1, 0xff]), "unreadable parameters");
    }

    #[test]
    fn a_bound_key_wants_its_hash_and_no_less_salt() {
        let bound = PssParameters::of_hash(HashFunction::Sha256);
        assert!(bound.allows(bound) && bound.allows(PssParameters { salt: 64, ..bound }));
        assert!(!bound.allows(PssParameters { salt: 20, ..bound }));
        assert!(!bound.allows(PssParameters::of_hash(HashFunction::Sha512)));
    }
}
