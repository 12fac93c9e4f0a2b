//! The column `private_keys.private`: an EncryptedPrivateKeyInfo, or what XCA wrote before release 2.0.

use super::password::XcaPassword;
use crate::{
    encoding::{ObjectError, open_legacy_des3, open_pkcs8},
    key::PrivateKey,
};

/// Octets that are both vector and salt, in front of the older form.
const VECTOR: usize = 8;

/// Opens a private key with the first password that fits: PKCS#8 with PBES2, else the form of before 2.0: eight octets that are vector
/// and salt, then the traditional DER under 3DES-CBC with a key of `EVP_BytesToKey` (SHA-1, one round).
///
/// # Errors
/// [`ObjectError::PasswordNeeded`] without passwords, [`ObjectError::WrongPassword`] when none fits, [`ObjectError::TooCostly`] before anything is
/// derived, and what reading the key itself finds.
pub fn private_key(blob: &[u8], passwords: &[XcaPassword]) -> Result<PrivateKey, ObjectError> {
    let octets: Vec<&[u8]> = passwords.iter().map(XcaPassword::octets).collect();
    if let Some(opened) = open_pkcs8(blob, &octets) {
        return opened;
    }
    let (vector, ciphertext) = blob.split_at_checked(VECTOR).unwrap_or_default();
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(VECTOR) {
        return Err(ObjectError::Malformed { what: "private key", cause: "neither PKCS#8 nor the form of XCA before 2.0".to_owned() });
    }
    open_legacy_des3(vector, ciphertext, &octets)
}
