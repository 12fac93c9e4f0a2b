//! RSA signatures (RFC 8017 8.1, 8.2): AWS-LC where it goes, the definition itself where it does not (short and very long keys, odd
//! exponents, MD5, SHA-224, PSS with a salt or mask of its own).

use super::CannotCheck;
use crate::asn1::{self, Malformed, Reader, single, tag};
use crate::signature::{HashFunction, PssParameters};
use aws_lc_rs::digest::Digest;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{ParsedPublicKey, RsaParameters};
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

/// Longest modulus that is worked with, as in OpenSSL: more is an attack on patience.
const LONGEST_BITS: u32 = 16_384;

/// Above so many bits of modulus the exponent has 64 at most, as in OpenSSL: a long one costs seconds.
const BITS_FOR_ANY_EXPONENT: u32 = 3072;

/// A public key whose numbers make sense.
pub(super) struct Key<'a> {
    /// Without leading zeros.
    modulus: &'a [u8],
    exponent: &'a [u8],
    bits: u32,
}

impl<'a> Key<'a> {
    /// Reads an `RSAPublicKey` (RFC 8017 A.1.1).
    pub(super) fn read(bits: &'a [u8]) -> Result<Self, CannotCheck> {
        let (modulus, exponent) = numbers(bits).map_err(|Malformed| CannotCheck("unreadable RSA key".to_owned()))?;
        let octets = u32::try_from(modulus.len()).unwrap_or(u32::MAX);
        let bits = octets.saturating_mul(8).saturating_sub(modulus.first().map_or(0, |first| first.leading_zeros()));
        let problem = |what: String| Err(CannotCheck(what));
        if bits > LONGEST_BITS {
            return problem(format!("RSA with {bits} bits"));
        }
        if modulus.len() < 11 || modulus.last().is_none_or(|last| last & 1 == 0) || exponent.len() > modulus.len() {
            return problem("RSA with an impossible modulus".to_owned());
        }
        if bits > BITS_FOR_ANY_EXPONENT && exponent.len() > 8 {
            return problem(format!("RSA with an exponent of {} octets", exponent.len()));
        }
        // With 1 anybody can sign; with an even number nobody can.
        if exponent.last().is_none_or(|last| last & 1 == 0) || exponent == [1] {
            return problem(format!("RSA with the exponent 0x{}", hex::encode(exponent)));
        }
        Ok(Self { modulus, exponent, bits })
    }

    pub(super) fn weakness(&self) -> Option<&'static str> {
        (self.bits < 2048).then_some("rsa_below_2048")
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2).
    pub(super) fn verify_pkcs1(&self, hash: HashFunction, digest: &[u8], signature: &[u8]) -> Result<bool, CannotCheck> {
        let known = match hash {
            HashFunction::Sha256 => Some(&lc::RSA_PKCS1_2048_8192_SHA256),
            HashFunction::Sha384 => Some(&lc::RSA_PKCS1_2048_8192_SHA384),
            HashFunction::Sha512 => Some(&lc::RSA_PKCS1_2048_8192_SHA512),
            HashFunction::Sha1 => Some(&lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
            HashFunction::Md5 | HashFunction::Sha224 => None,
        };
        match known.and_then(|parameters| self.for_library(parameters)) {
            Some(key) => Ok(imported(hash, digest).is_some_and(|digest| key.verify_digest_sig(&digest, signature).is_ok())),
            None => self.verify_pkcs1_plainly(hash, digest, signature),
        }
    }

    /// RSASSA-PSS (RFC 8017 8.1.2).
    pub(super) fn verify_pss(&self, parameters: PssParameters, digest: &[u8], signature: &[u8]) -> Result<bool, CannotCheck> {
        let known = match parameters.hash {
            _ if parameters != PssParameters::of_hash(parameters.hash) => None,
            HashFunction::Sha256 => Some(&lc::RSA_PSS_2048_8192_SHA256),
            HashFunction::Sha384 => Some(&lc::RSA_PSS_2048_8192_SHA384),
            HashFunction::Sha512 => Some(&lc::RSA_PSS_2048_8192_SHA512),
            HashFunction::Md5 | HashFunction::Sha1 | HashFunction::Sha224 => None,
        };
        match known.and_then(|parameters| self.for_library(parameters)) {
            Some(key) => Ok(imported(parameters.hash, digest).is_some_and(|digest| key.verify_digest_sig(&digest, signature).is_ok())),
            None => self.verify_pss_plainly(parameters, digest, signature),
        }
    }

    /// The key for AWS-LC, which takes exponents of at most 33 bits and DER that is minimal.
    fn for_library(&self, parameters: &'static RsaParameters) -> Option<ParsedPublicKey> {
        if !(2048..=8192).contains(&self.bits) || self.exponent.len() > 4 {
            return None;
        }
        let der = asn1::sequence(&[&asn1::unsigned(self.modulus), &asn1::unsigned(self.exponent)]);
        ParsedPublicKey::new(parameters, der).ok()
    }

    /// The whole padding is made anew and compared, so nothing can hide in it (RFC 8017 8.2.2 step 4).
    pub(super) fn verify_pkcs1_plainly(&self, hash: HashFunction, digest: &[u8], signature: &[u8]) -> Result<bool, CannotCheck> {
        let Some(encoded) = self.encoded_message(signature)? else { return Ok(false) };
        let identifier = asn1::sequence(&[&asn1::oid(hash.oid()).unwrap_or_default(), asn1::NULL]);
        let info = asn1::sequence(&[&identifier, &asn1::tlv(tag::OCTET_STRING, digest)]);
        let padding = encoded.len().checked_sub(info.len() + 3).filter(|padding| *padding >= 8);
        Ok(padding.is_some_and(|padding| encoded == [&[0, 1], vec![0xff; padding].as_slice(), &[0], &info].concat()))
    }

    /// EMSA-PSS-VERIFY (RFC 8017 9.1.2).
    pub(super) fn verify_pss_plainly(&self, parameters: PssParameters, digest: &[u8], signature: &[u8]) -> Result<bool, CannotCheck> {
        let Some(encoded) = self.encoded_message(signature)? else { return Ok(false) };
        // The encoded message has one bit less than the modulus; where that takes an octet less, the one in front is zero.
        let message_bits = self.bits - 1;
        let encoded = match (message_bits % 8, encoded.split_first()) {
            (0, Some((0, rest))) => rest,
            (0, _) => return Ok(false),
            _ => encoded.as_slice(),
        };
        Ok(pss_consistent(parameters, digest, encoded, message_bits % 8).unwrap_or(false))
    }

    /// The signature to the power of the exponent, in as many octets as the modulus has; `None` when it is out of range.
    fn encoded_message(&self, signature: &[u8]) -> Result<Option<Vec<u8>>, CannotCheck> {
        let fault = || CannotCheck("RSA with an impossible modulus".to_owned());
        if signature.len() != self.modulus.len() {
            return Ok(None);
        }
        let precision = self.bits.next_multiple_of(64);
        let number = |octets: &[u8]| BoxedUint::from_be_slice(octets, precision).map_err(|_| fault());
        let (modulus, signature, exponent) = (number(self.modulus)?, number(signature)?, number(self.exponent)?);
        if signature >= modulus {
            return Ok(None);
        }
        let modulus = Option::<Odd<BoxedUint>>::from(Odd::new(modulus)).ok_or_else(fault)?;
        let parameters = BoxedMontyParams::new_vartime(modulus);
        let power = BoxedMontyForm::new(signature, &parameters).pow_bounded_exp(&exponent, exponent.bits_vartime()).retrieve();
        let octets = power.to_be_bytes();
        let start = octets.len().checked_sub(self.modulus.len()).ok_or_else(fault)?;
        octets.get(start..).map(|octets| Some(octets.to_vec())).ok_or_else(fault)
    }
}

/// A digest as AWS-LC takes it.
fn imported(hash: HashFunction, digest: &[u8]) -> Option<Digest> {
    Digest::import_less_safe(digest, hash.of_library()?).ok()
}

/// Steps 3 to 14 of RFC 8017 9.1.2. `top_bits`: how many bits of the first octet are in use, 0 for all. `None`: too short, or uneven.
fn pss_consistent(parameters: PssParameters, digest: &[u8], encoded: &[u8], top_bits: u32) -> Option<bool> {
    let (&trailer, body) = encoded.split_last()?;
    let database_length = body.len().checked_sub(digest.len())?;
    let (masked, hash) = body.split_at_checked(database_length)?;
    let padding = database_length.checked_sub(parameters.salt)?.checked_sub(1)?;
    let top_mask = if top_bits == 0 { 0xff } else { 0xff_u8 >> (8 - top_bits) };
    if trailer != 0xbc || masked.first()? & !top_mask != 0 {
        return Some(false);
    }
    let mut database: Vec<u8> =
        masked.iter().zip(mask(parameters.mask_hash, hash, database_length)).map(|(octet, mask)| octet ^ mask).collect();
    *database.first_mut()? &= top_mask;
    let (zeros, rest) = database.split_at_checked(padding)?;
    let (&one, salt) = rest.split_first()?;
    if one != 1 || zeros.iter().any(|octet| *octet != 0) {
        return Some(false);
    }
    Some(parameters.hash.of(&[&[0; 8], digest, salt].concat()) == hash)
}

/// MGF1 (RFC 8017 B.2.1).
fn mask(hash: HashFunction, seed: &[u8], length: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|counter| hash.of(&[seed, &counter.to_be_bytes()].concat()));
    blocks.take(length).collect()
}

fn numbers(rsa_public_key: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut reader = Reader::new(single(rsa_public_key, tag::SEQUENCE)?.content);
    let mut integer = || {
        let octets = reader.expect(tag::INTEGER)?.content;
        let negative = octets.first().is_none_or(|first| first & 0x80 != 0);
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        if negative { Err(Malformed) } else { Ok(octets.get(zeros..).unwrap_or_default()) }
    };
    Ok((integer()?, integer()?))
}
