//! DSA signatures (FIPS 186-4 4.7), by the definition: no library here has them any more. Read only; nothing is signed with DSA.

use super::CannotCheck;
use crate::asn1::{self, Malformed, Reader, single, tag};
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd};

/// Longest modulus that is worked with; FIPS 186-4 4.2 ends at 3072.
const LONGEST_BITS: usize = 4096;

/// A public key with its parameters (RFC 3279 2.3.2).
pub(super) struct Key {
    modulus: Vec<u8>,
    order: Vec<u8>,
    generator: Vec<u8>,
    value: Vec<u8>,
}

impl Key {
    /// Reads `DSAPublicKey` and `Dss-Parms` (RFC 3279 2.3.2).
    pub(super) fn read(bits: &[u8], parameters: Option<&[u8]>) -> Result<Self, CannotCheck> {
        let parameters = parameters.ok_or_else(|| CannotCheck("DSA key without parameters".to_owned()))?;
        let unreadable = |Malformed| CannotCheck("unreadable DSA key".to_owned());
        let [modulus, order, generator] = numbers(parameters).map_err(unreadable)?;
        let value = number(single(bits, tag::INTEGER).map_err(unreadable)?.content).map_err(unreadable)?;
        let key = Self { modulus, order, generator, value };
        let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let sensible = odd(&key.modulus)
            && odd(&key.order)
            && (64..=LONGEST_BITS / 8).contains(&key.modulus.len())
            && (20..=64).contains(&key.order.len())
            && [&key.generator, &key.value].into_iter().all(|number| number.as_slice() != [1] && below(number, &key.modulus));
        if sensible { Ok(key) } else { Err(CannotCheck("DSA with impossible numbers".to_owned())) }
    }

    pub(super) fn weakness(&self) -> Option<&'static str> {
        (self.modulus.len() < 256).then_some("dsa_below_2048")
    }

    /// Whether the signature is by this key (FIPS 186-4 4.7).
    pub(super) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<bool, CannotCheck> {
        let Ok([r, s]) = numbers(signature) else { return Ok(false) };
        // One signature has one encoding, as with ECDSA in AWS-LC; the reader is lenient with lengths and zeros.
        let strictly = asn1::sequence(&[&asn1::unsigned(&r), &asn1::unsigned(&s)]);
        if !below(&r, &self.order) || !below(&s, &self.order) || strictly != signature {
            return Ok(false);
        }
        // The leftmost bits, as many as the order has; orders of whole octets are all that FIPS 186-4 4.2 knows.
        if self.order.first().is_none_or(|first| first & 0x80 == 0) {
            return Err(CannotCheck("DSA with an order of odd length".to_owned()));
        }
        let digest = digest.get(..self.order.len()).unwrap_or(digest);
        self.equation(digest, &r, &s).ok_or_else(|| CannotCheck("DSA with impossible numbers".to_owned()))
    }

    /// `None` where the numbers are none that arithmetic can be done with.
    fn equation(&self, digest: &[u8], r: &[u8], s: &[u8]) -> Option<bool> {
        let narrow = precision(&self.order)?;
        let wide = precision(&self.modulus)?;
        let order = BoxedUint::from_be_slice(&self.order, narrow).ok()?;
        let modulo_order = BoxedMontyParams::new_vartime(Option::<Odd<BoxedUint>>::from(Odd::new(order.clone()))?);
        let of_order = |number: &[u8]| {
            let number = BoxedUint::from_be_slice(number, narrow).ok()?;
            let order = Option::<NonZero<BoxedUint>>::from(NonZero::new(order.clone()))?;
            Some(BoxedMontyForm::new(number.rem_vartime(&order), &modulo_order))
        };
        let Some(inverse) = Option::<BoxedMontyForm>::from(of_order(s)?.invert_vartime()) else { return Some(false) };
        let first = of_order(digest)?.mul(&inverse).retrieve();
        let second = of_order(r)?.mul(&inverse).retrieve();

        let modulus = BoxedUint::from_be_slice(&self.modulus, wide).ok()?;
        let modulo = BoxedMontyParams::new_vartime(Option::<Odd<BoxedUint>>::from(Odd::new(modulus))?);
        let power = |base: &[u8], exponent: &BoxedUint| {
            let base = BoxedUint::from_be_slice(base, wide).ok()?;
            Some(BoxedMontyForm::new(base, &modulo).pow_bounded_exp(exponent, narrow))
        };
        let product = power(&self.generator, &first)?.mul(&power(&self.value, &second)?).retrieve();
        let wide_order = Option::<NonZero<BoxedUint>>::from(NonZero::new(BoxedUint::from_be_slice(&self.order, wide).ok()?))?;
        let found = product.rem_vartime(&wide_order);
        Some(found == BoxedUint::from_be_slice(r, wide).ok()?)
    }
}

fn precision(number: &[u8]) -> Option<u32> {
    u32::try_from(number.len()).ok()?.checked_mul(8).map(|bits| bits.next_multiple_of(64))
}

/// Positive, and less than the limit. Neither has leading zeros.
fn below(number: &[u8], limit: &[u8]) -> bool {
    !number.is_empty() && (number.len(), number) < (limit.len(), limit)
}

/// A SEQUENCE of so many numbers that are not negative.
fn numbers<const COUNT: usize>(der: &[u8]) -> Result<[Vec<u8>; COUNT], Malformed> {
    let mut reader = Reader::new(single(der, tag::SEQUENCE)?.content);
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(number(reader.expect(tag::INTEGER)?.content)?);
    }
    found.try_into().map_err(|_| Malformed)
}

/// Without leading zeros.
fn number(content: &[u8]) -> Result<Vec<u8>, Malformed> {
    if content.first().is_none_or(|first| first & 0x80 != 0) {
        return Err(Malformed);
    }
    Ok(content.iter().copied().skip_while(|octet| *octet == 0).collect())
}
