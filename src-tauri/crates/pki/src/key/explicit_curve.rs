//! Curves that a key spells out instead of naming them (X9.62 `ECParameters`, RFC 3279 2.3.5): passports' certificates do, as ICAO 9303-12 asks.
//!
//! Only what is a named curve in every number is taken for it: another generator on the same curve would let anybody forge signatures.

use super::KeyAlgorithm;
use crate::asn1::{self, Malformed, Reader, oid_text, tag};

/// `prime-field` (X9.62).
const PRIME_FIELD: &str = "1.2.840.10045.1.1";

/// A curve over a prime field, in hex digits of the length of the field: prime, coefficients, generator, order.
struct Curve {
    algorithm: KeyAlgorithm,
    prime: &'static str,
    a: &'static str,
    b: &'static str,
    x: &'static str,
    y: &'static str,
    order: &'static str,
}

/// SEC 2 version 2, 2.4.1, 2.4.2, 2.5.1, 2.6.1.
const CURVES: [Curve; 4] = [
    Curve {
        algorithm: KeyAlgorithm::EcP256,
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Curve {
        algorithm: KeyAlgorithm::EcSecp256k1,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        a: "0000000000000000000000000000000000000000000000000000000000000000",
        b: "0000000000000000000000000000000000000000000000000000000000000007",
        x: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        y: "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        order: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    },
    Curve {
        algorithm: KeyAlgorithm::EcP384,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
        b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    },
    Curve {
        algorithm: KeyAlgorithm::EcP521,
        prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        a: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
        b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        order: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
];

/// The named curve that these parameters (a SEQUENCE) spell out, if they are one in every number.
pub(super) fn named(parameters: &[u8]) -> Option<KeyAlgorithm> {
    let spelled = Spelled::read(parameters).ok()?;
    CURVES.iter().find(|curve| spelled.is(curve)).map(|curve| curve.algorithm.clone())
}

/// The numbers as they are spelled out, without zeros in front.
struct Spelled<'a> {
    prime: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    generator: &'a [u8],
    order: &'a [u8],
    cofactor: Option<&'a [u8]>,
}

impl<'a> Spelled<'a> {
    fn read(parameters: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Reader::new(asn1::single(parameters, tag::SEQUENCE)?.content);
        number(fields.expect(tag::INTEGER)?.content)?;
        let mut field = fields.enter(tag::SEQUENCE)?;
        if oid_text(field.expect(tag::OID)?.content) != PRIME_FIELD {
            return Err(Malformed);
        }
        let prime = number(field.expect(tag::INTEGER)?.content)?;
        field.finish()?;
        let mut curve = fields.enter(tag::SEQUENCE)?;
        let a = significant(curve.expect(tag::OCTET_STRING)?.content);
        let b = significant(curve.expect(tag::OCTET_STRING)?.content);
        // A seed says how the curve was found, and changes nothing.
        curve.optional(tag::BIT_STRING)?;
        curve.finish()?;
        let generator = fields.expect(tag::OCTET_STRING)?.content;
        let order = number(fields.expect(tag::INTEGER)?.content)?;
        let cofactor = fields.optional(tag::INTEGER)?.map(|cofactor| number(cofactor.content)).transpose()?;
        Ok(Self { prime, a, b, generator, order, cofactor })
    }

    fn is(&self, curve: &Curve) -> bool {
        let same = |spelled: &[u8], digits: &str| hex::decode(digits).is_ok_and(|octets| significant(&octets) == spelled);
        same(self.prime, curve.prime)
            && same(self.a, curve.a)
            && same(self.b, curve.b)
            && same(self.order, curve.order)
            && self.cofactor.is_none_or(|cofactor| cofactor == [1])
            && self.starts_at(curve)
    }

    /// Whether the generator is the curve's, as two coordinates or as one and the other's parity (SEC 1 2.3.3).
    fn starts_at(&self, curve: &Curve) -> bool {
        let (Ok(x), Ok(y)) = (hex::decode(curve.x), hex::decode(curve.y)) else { return false };
        let parity = 2 + y.last().map_or(0, |last| last & 1);
        self.generator == [&[4], x.as_slice(), y.as_slice()].concat() || self.generator == [&[parity], x.as_slice()].concat()
    }
}

/// The octets of an INTEGER that is not negative.
fn number(content: &[u8]) -> Result<&[u8], Malformed> {
    match content.first() {
        Some(first) if first & 0x80 == 0 => Ok(significant(content)),
        _ => Err(Malformed),
    }
}

fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}
