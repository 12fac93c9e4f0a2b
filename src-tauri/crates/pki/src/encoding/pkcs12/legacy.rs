//! The encryption of old stores (RFC 7292 appendix C), written only where somebody asks for it by name.

use aws_lc_rs::{digest, rand};
use cbc::cipher::{BlockCipherEncrypt, BlockModeEncrypt, KeyInit, KeyIvInit, block_padding::Pkcs7};
use zeroize::Zeroizing;

use super::super::{
    EncodeError, Password,
    encryption::{DerivedFor, bmp_password, pkcs12_derive},
};
use crate::asn1::{self, tag};

/// Rounds of the derivations, as what reads this form expects them.
pub(super) const ITERATIONS: u64 = 2048;

/// What old programs decrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LegacyCipher {
    /// pbeWithSHAAnd3-KeyTripleDES-CBC.
    TripleDes,
    /// pbeWithSHAAnd40BitRC2-CBC.
    Rc2With40Bits,
}

impl LegacyCipher {
    fn oid(self) -> &'static str {
        match self {
            Self::TripleDes => "1.2.840.113549.1.12.1.3",
            Self::Rc2With40Bits => "1.2.840.113549.1.12.1.6",
        }
    }

    fn key_octets(self) -> usize {
        match self {
            Self::TripleDes => 24,
            Self::Rc2With40Bits => 5,
        }
    }
}

/// Encrypts under a fresh salt. Returns AlgorithmIdentifier and ciphertext.
///
/// # Errors
/// [`EncodeError::Encryption`] when the system has no randomness.
pub(super) fn encrypt(cipher: LegacyCipher, plain: &[u8], password: &Password) -> Result<(Vec<u8>, Vec<u8>), EncodeError> {
    let failed = |cause: &str| EncodeError::Encryption { cause: cause.to_owned() };
    let mut salt = [0; 8];
    rand::fill(&mut salt).map_err(|_| failed("no randomness"))?;
    let password = bmp_password(password);
    let derive = |purpose, octets| pkcs12_derive(&digest::SHA1_FOR_LEGACY_USE_ONLY, &password, &salt, purpose, ITERATIONS, octets);
    let (key, vector): (Zeroizing<Vec<u8>>, _) = (derive(DerivedFor::Encryption, cipher.key_octets()), derive(DerivedFor::Vector, 8));
    let ciphertext = match cipher {
        LegacyCipher::TripleDes => cbc_encrypt::<des::TdesEde3>(&key, &vector, plain),
        LegacyCipher::Rc2With40Bits => cbc_encrypt::<rc2::Rc2>(&key, &vector, plain),
    };
    let identifier = asn1::oid(cipher.oid()).ok_or_else(|| failed("no such cipher"))?;
    let parameters = asn1::sequence(&[&asn1::tlv(tag::OCTET_STRING, &salt), &asn1::unsigned(&ITERATIONS.to_be_bytes())]);
    Ok((asn1::sequence(&[&identifier, &parameters]), ciphertext.ok_or_else(|| failed("a key of a wrong length"))?))
}

fn cbc_encrypt<C: BlockCipherEncrypt + KeyInit>(key: &[u8], vector: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    Some(cbc::Encryptor::<C>::new_from_slices(key, vector).ok()?.encrypt_padded_vec::<Pkcs7>(plain))
}
