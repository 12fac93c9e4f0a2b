//! The keys that prepared certificates are signed with: one per process and algorithm, in memory only, trusted by nobody.

use crate::key::{KeyError, KeySpec, PrivateKey};
use crate::signer::{KeySigner, SignError, SignatureAlgorithm, Signer as _};
use std::sync::OnceLock;

static KEYS: [OnceLock<KeySigner>; SignatureAlgorithm::ALL.len()] = [const { OnceLock::new() }; SignatureAlgorithm::ALL.len()];

/// Signs with the throwaway key of this algorithm.
pub(super) fn signature(algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, String> {
    let cell = SignatureAlgorithm::ALL.iter().zip(&KEYS).find(|(known, _)| **known == algorithm).map(|(_, cell)| cell);
    let cell = cell.ok_or_else(|| algorithm.to_string())?;
    let signer = match cell.get() {
        Some(signer) => signer,
        None => {
            let made = make(algorithm)?;
            cell.get_or_init(|| made)
        }
    };
    signer.sign(message).map_err(|fault| fault.to_string())
}

fn make(algorithm: SignatureAlgorithm) -> Result<KeySigner, String> {
    let spec = match algorithm {
        SignatureAlgorithm::EcdsaP256Sha256 => KeySpec::EcP256,
        SignatureAlgorithm::EcdsaP384Sha384 => KeySpec::EcP384,
        SignatureAlgorithm::EcdsaP521Sha512 => KeySpec::EcP521,
        SignatureAlgorithm::RsaPkcs1Sha256
        | SignatureAlgorithm::RsaPkcs1Sha384
        | SignatureAlgorithm::RsaPkcs1Sha512
        | SignatureAlgorithm::RsaPssSha256
        | SignatureAlgorithm::RsaPssSha384
        | SignatureAlgorithm::RsaPssSha512 => KeySpec::Rsa2048,
        SignatureAlgorithm::Ed25519 => KeySpec::Ed25519,
    };
    let key = PrivateKey::generate(spec).map_err(|fault: KeyError| fault.to_string())?;
    KeySigner::with_algorithm(key, algorithm).map_err(|fault: SignError| fault.to_string())
}
