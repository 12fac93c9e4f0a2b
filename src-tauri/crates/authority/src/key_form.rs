//! The forms in which a private key leaves, with its certificate and chain: what each can hold, and its octets.

use pki::encoding::{EncodeError, Password, java_key_store, jwk, pkcs8_encrypt_pem, pkcs8_pem, pkcs12_encode, pkcs12_encode_legacy};
use pki::{Certificate, PrivateKey};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::chain::{Link, without_root};
use crate::deployment::{Deployment, inline_profile, secret};
use crate::export_key::ExportKeyError;
use crate::hand_over::{Protection, stem_of};

/// In what form a key leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// PKCS#8, PEM.
    Pem,
    /// The certificate and its key, PEM.
    CertificateAndKey,
    /// PKCS#12 with certificate and chain.
    Pkcs12,
    /// PKCS#12 as programs read it that know neither AES nor SHA-256 there.
    Pkcs12Legacy,
    /// Java's key store.
    Jks,
    /// A JSON Web Key.
    Jwk,
    /// What a program is set up with: one file.
    Deployment(Deployment),
}

/// A form cannot hold what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It knows no protection for a key.
    #[error("{form} cannot hold a key under a password")]
    PlainOnly {
        /// The form.
        form: &'static str,
    },
    /// It is never without a password.
    #[error("{form} cannot be without a password")]
    SealedOnly {
        /// The form.
        form: &'static str,
    },
    /// It makes no sense without the key.
    #[error("{form} holds a key")]
    KeyOnly {
        /// The form.
        form: &'static str,
    },
    /// It has no way to say a key of this kind.
    #[error("{form} cannot hold a key of {kind}")]
    KeyKind {
        /// The form.
        form: &'static str,
        /// The kind of key.
        kind: String,
    },
}

impl KeyForm {
    /// Returns the name: `pem`, `pem-with-certificate`, `pkcs12`, `pkcs12-legacy`, `jks`, `jwk`, or that of the program.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::CertificateAndKey => "pem-with-certificate",
            Self::Pkcs12 => "pkcs12",
            Self::Pkcs12Legacy => "pkcs12-legacy",
            Self::Jks => "jks",
            Self::Jwk => "jwk",
            Self::Deployment(deployment) => deployment.as_str(),
        }
    }

    /// The form of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let plain = [Self::Pem, Self::CertificateAndKey, Self::Pkcs12, Self::Pkcs12Legacy, Self::Jks, Self::Jwk];
        let all = plain.into_iter().chain(Deployment::ALL.map(Self::Deployment));
        all.into_iter().find(|form| form.as_str() == name)
    }

    /// Finds out before the key is touched whether it can leave so.
    pub(crate) fn check(self, protection: &Protection) -> Result<(), Unfit> {
        let (sealed, form) = (matches!(protection, Protection::Password(_)), self.as_str());
        match self {
            Self::Jwk | Self::Deployment(Deployment::Kubernetes) if sealed => Err(Unfit::PlainOnly { form }),
            Self::Jks if !sealed => Err(Unfit::SealedOnly { form }),
            _ => Ok(()),
        }
    }

    /// The octets that leave. `chain` begins with the certificate of the key.
    pub(crate) fn encode(
        self,
        key: &PrivateKey,
        chain: &[Link],
        protection: &Protection,
        now: OffsetDateTime,
    ) -> Result<Zeroizing<Vec<u8>>, ExportKeyError> {
        let Some(own) = chain.first().map(|link| &link.certificate) else { return Err(EncodeError::AnotherKey.into()) };
        let (above, name) = (without_root(chain), own.display_name());
        let empty = Password::new(String::new());
        let password = if let Protection::Password(password) = protection { password } else { &empty };
        Ok(match self {
            Self::Pkcs12 => pkcs12_encode(key, own, &above, &name, password)?,
            Self::Pkcs12Legacy => pkcs12_encode_legacy(key, own, &above, &name, password)?,
            Self::Jks => java_key_store(key, own, &above, &stem_of(own), password, now)?,
            Self::Jwk => {
                let text = jwk(own, &above, Some(key)).map_err(|error| self.unfit(error))?;
                Zeroizing::new(text.as_bytes().to_vec())
            }
            Self::Pem | Self::CertificateAndKey | Self::Deployment(_) => {
                let key = match protection {
                    Protection::Password(password) => pkcs8_encrypt_pem(key, password)?,
                    Protection::Plain => pkcs8_pem(key),
                    Protection::Unsaid => return Err(ExportKeyError::ProtectionUnsaid),
                };
                match self {
                    Self::Deployment(Deployment::OpenVpn) => inline_profile(chain, Some(&key)),
                    Self::Deployment(Deployment::Kubernetes) => secret(chain, &key),
                    Self::Deployment(_) => {
                        let certificates = above.iter().fold(own.pem(), |text, certificate| text + &certificate.pem());
                        Zeroizing::new([certificates.as_bytes(), key.as_bytes()].concat())
                    }
                    Self::CertificateAndKey => Zeroizing::new([own.pem().as_bytes(), key.as_bytes()].concat()),
                    _ => Zeroizing::new(key.as_bytes().to_vec()),
                }
            }
        })
    }

    fn unfit(self, error: EncodeError) -> ExportKeyError {
        match error {
            EncodeError::KeyUnsupported { algorithm } => Unfit::KeyKind { form: self.as_str(), kind: algorithm }.into(),
            other => other.into(),
        }
    }
}

/// The same for a certificate without its key.
pub(crate) fn public_jwk(own: &Certificate, above: &[Certificate]) -> Result<Vec<u8>, Unfit> {
    let kind = || Unfit::KeyKind { form: KeyForm::Jwk.as_str(), kind: own.public_key().algorithm().label() };
    Ok(jwk(own, above, None).map_err(|_| kind())?.as_bytes().to_vec())
}
