//! An RSA private key from its primes and back (RFC 8017 3.2, A.1.2).

use super::KeyError;
use crate::asn1::{self, Malformed, Reader, single, tag};
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, Lcm as _, NonZero, Resize as _};
use zeroize::{Zeroize as _, Zeroizing};

/// From an `RSAPrivateKey`: the octets of both primes, which are of one length, then those of the public exponent; in front, the length
/// of a prime in two octets.
pub(super) fn primes(rsa_private_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let mut reader = Reader::new(single(rsa_private_key, tag::SEQUENCE)?.content);
    let mut integer = || reader.expect(tag::INTEGER).map(|element| significant(element.content));
    let (_version, _modulus, exponent, _private_exponent, p, q) = (integer()?, integer()?, integer()?, integer()?, integer()?, integer()?);
    let length = u16::try_from(p.len()).map_err(|_| Malformed)?;
    if q.len() != p.len() {
        return Err(Malformed);
    }
    Ok(Zeroizing::new([&length.to_be_bytes(), p, q, exponent].concat()))
}

/// The `RSAPrivateKey` of what [`primes`] wrote.
pub(super) fn private_key(secret: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (length, rest) = secret.split_at_checked(2).ok_or(KeyError::LineForm)?;
    let length = usize::from(u16::from_be_bytes(length.try_into().map_err(|_| KeyError::LineForm)?));
    let (p, rest) = rest.split_at_checked(length).ok_or(KeyError::LineForm)?;
    let (q, exponent) = rest.split_at_checked(length).ok_or(KeyError::LineForm)?;
    of_primes(p, q, exponent)
}

/// The `RSAPrivateKey` of two primes and the public exponent, big-endian.
pub(super) fn of_primes(p: &[u8], q: &[u8], exponent: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let numbers = numbers(p, q, exponent).ok_or(KeyError::Inconsistent)?;
    let encoded: Vec<Zeroizing<Vec<u8>>> = numbers
        .iter()
        .map(|number| {
            let mut octets = number.to_be_bytes();
            let integer = Zeroizing::new(asn1::unsigned(&octets));
            octets.zeroize();
            integer
        })
        .collect();
    let parts: Vec<&[u8]> = std::iter::once(&[tag::INTEGER, 1, 0][..]).chain(encoded.iter().map(|integer| integer.as_slice())).collect();
    Ok(Zeroizing::new(asn1::sequence(&parts)))
}

/// n, e, d, p, q, d mod (p-1), d mod (q-1), q^-1 mod p. `None` where an inverse does not exist.
fn numbers(p: &[u8], q: &[u8], exponent: &[u8]) -> Option<[Zeroizing<BoxedUint>; 8]> {
    // Whole words, so that twice as many bits are twice as many words.
    let half = u32::try_from(p.len().max(q.len())).ok()?.checked_mul(8)?.checked_next_multiple_of(64)?;
    let number = |octets: &[u8]| BoxedUint::from_be_slice(octets, half).ok().map(Zeroizing::new);
    let (p, q, e) = (number(p)?, number(q)?, number(exponent)?);
    let one = BoxedUint::one_with_precision(half);
    let below = |prime: &BoxedUint| Option::<NonZero<BoxedUint>>::from(NonZero::new(prime.wrapping_sub(&one)));
    let (p_1, q_1) = (below(&p)?, below(&q)?);
    let modulus = Zeroizing::new(p.concatenating_mul(&*q));
    // λ(n), not φ(n): the smallest private exponent, as FIPS 186-5 A.1.1 wants it.
    let lambda = Option::<NonZero<BoxedUint>>::from(NonZero::new(p_1.as_ref().lcm(q_1.as_ref())))?;
    let inverse =
        |value: &BoxedUint, modulus: &NonZero<BoxedUint>| Option::<BoxedUint>::from(value.invert_mod(modulus)).map(Zeroizing::new);
    let wide_e = Zeroizing::new((&*e).try_resize(half.checked_mul(2)?)?);
    let d = inverse(&wide_e, &lambda)?;
    let (d_p, d_q) = (inverse(&e, &p_1)?, inverse(&e, &q_1)?);
    let p_nonzero = Option::<NonZero<BoxedUint>>::from(NonZero::new(BoxedUint::clone(&p)))?;
    let coefficient = inverse(&q.rem(&p_nonzero), &p_nonzero)?;
    Some([modulus, e, d, p, q, d_p, d_q, coefficient])
}

/// A DER INTEGER's octets without the leading zero of its sign.
fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}
