//! The keys that prepared certificates are signed with: one per process and algorithm, in memory only, trusted by nobody.

use crate::key::{KeyError, KeySpec, PrivateKey};
use crate::signer::{KeySigner, SignError, SignatureAlgorithm, Signer as _};
use std::sync::OnceLock;

static KEYS: [OnceLock<KeySigner>; SignatureAlgorithm::ALL.len()] = [const { OnceLock::new() }; SignatureAlgorithm::ALL.len()];

/// One signature of each algorithm.
static STAND_INS: [OnceLock<Vec<u8>>; SignatureAlgorithm::ALL.len()] = [const { OnceLock::new() }; SignatureAlgorithm::ALL.len()];

fn of<T>(cells: &[OnceLock<T>], algorithm: SignatureAlgorithm) -> Result<&OnceLock<T>, String> {
    let cell = SignatureAlgorithm::ALL.iter().zip(cells).find(|(known, _)| **known == algorithm).map(|(_, cell)| cell);
    cell.ok_or_else(|| algorithm.to_string())
}

/// A signature of the throwaway key over nothing: it has the form of one, and no certificate under it verifies with any key.
pub(super) fn stand_in(algorithm: SignatureAlgorithm) -> Result<Vec<u8>, String> {
    let cell = of(&STAND_INS, algorithm)?;
    if let Some(signature) = cell.get() {
        return Ok(signature.clone());
    }
    let made = signature(algorithm, &[])?;
    Ok(cell.get_or_init(|| made).clone())
}

/// Signs with the throwaway key of this algorithm.
pub(super) fn signature(algorithm: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, String> {
    let cell = of(&KEYS, algorithm)?;
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
