//! PBKDF2 (RFC 8018 5.2) with the parameters that a file names.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use zeroize::Zeroizing;

use super::encryption::count;
use crate::asn1::{Reader, oid_text, tag};

pub(super) const PBKDF2: &str = "1.2.840.113549.1.5.12";
pub(super) const HMAC_SHA256: &str = "1.2.840.113549.2.9";

/// The function that PBKDF2 runs (RFC 8018 B.1).
#[derive(Clone, Copy)]
enum PseudoRandom {
    Common(pbkdf2::Algorithm),
    Sha224,
    Sha512To224,
    Sha512To256,
}

/// PBKDF2-params (RFC 8018 A.2).
pub(super) struct Pbkdf2 {
    function: PseudoRandom,
    salt: Vec<u8>,
    pub(super) iterations: NonZeroU32,
    /// The length of the key in octets, where it is named.
    pub(super) octets: Option<u64>,
}

impl Pbkdf2 {
    /// What we write ourselves: PBKDF2-HMAC-SHA-256.
    pub(super) fn with_sha256(salt: &[u8], iterations: NonZeroU32) -> Self {
        Self { function: PseudoRandom::Common(pbkdf2::PBKDF2_HMAC_SHA256), salt: salt.to_vec(), iterations, octets: None }
    }

    /// Reads what an AlgorithmIdentifier holds; `None` if it is another derivation, or one with a function that nobody knows.
    pub(super) fn read(mut identifier: Reader<'_>) -> Option<Self> {
        if oid_text(identifier.expect(tag::OID).ok()?.content) != PBKDF2 {
            return None;
        }
        let mut values = identifier.enter(tag::SEQUENCE).ok()?;
        let salt = values.expect(tag::OCTET_STRING).ok()?.content.to_vec();
        let iterations = NonZeroU32::new(u32::try_from(count(values.expect(tag::INTEGER).ok()?.content)).ok()?)?;
        let octets = values.optional(tag::INTEGER).ok()?.map(|number| count(number.content));
        // HMAC-SHA-1 is the default (RFC 8018 A.2).
        let function = match values.optional(tag::SEQUENCE).ok()? {
            None => PseudoRandom::Common(pbkdf2::PBKDF2_HMAC_SHA1),
            Some(function) => match oid_text(Reader::new(function.content).expect(tag::OID).ok()?.content).as_str() {
                "1.2.840.113549.2.7" => PseudoRandom::Common(pbkdf2::PBKDF2_HMAC_SHA1),
                "1.2.840.113549.2.8" => PseudoRandom::Sha224,
                HMAC_SHA256 => PseudoRandom::Common(pbkdf2::PBKDF2_HMAC_SHA256),
                "1.2.840.113549.2.10" => PseudoRandom::Common(pbkdf2::PBKDF2_HMAC_SHA384),
                "1.2.840.113549.2.11" => PseudoRandom::Common(pbkdf2::PBKDF2_HMAC_SHA512),
                "1.2.840.113549.2.12" => PseudoRandom::Sha512To224,
                "1.2.840.113549.2.13" => PseudoRandom::Sha512To256,
                _ => return None,
            },
        };
        Some(Self { function, salt, iterations, octets })
    }

    /// A key of so many octets.
    pub(super) fn derive(&self, password: &[u8], octets: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; octets]);
        let (salt, rounds) = (self.salt.as_slice(), self.iterations.get());
        match self.function {
            PseudoRandom::Common(function) => pbkdf2::derive(function, self.iterations, salt, password, &mut key),
            PseudoRandom::Sha224 => ::pbkdf2::pbkdf2_hmac::<sha2::Sha224>(password, salt, rounds, &mut key),
            PseudoRandom::Sha512To224 => ::pbkdf2::pbkdf2_hmac::<sha2::Sha512_224>(password, salt, rounds, &mut key),
            PseudoRandom::Sha512To256 => ::pbkdf2::pbkdf2_hmac::<sha2::Sha512_256>(password, salt, rounds, &mut key),
        }
        key
    }
}
