//! Issuing: prepare, look, then sign.
//!
//! [`prepare`] checks a wish against profile and issuer, writes the bytes to be signed, signs them with a throwaway key, reads the result
//! back and lints it. Only the [`Prepared`] that comes out can be signed, once, by the issuer's key, and what is signed are the same bytes.

mod extensions;
mod lifetime;
mod prepare;
mod tbs;
mod throwaway;
mod wished;

pub use crate::certificate::Addresses;
pub use prepare::{prepare, prepare_tried_out, try_out};
pub use wished::WishedExtensionError;

use crate::alt_name::GeneralName;
use crate::certificate::{Certificate, CertificateError};
use crate::constraints::{NameConstraints, Violation};
use crate::extension::Extension;
use crate::key::{KeyId, PublicKey};
use crate::name::{DistinguishedName, NameError};
use crate::policy::{Policy, PolicyBroken};
use crate::preflight::{Finding, Severity};
use crate::profile::{Profile, RuleBroken};
use crate::serial::SerialNumber;
use crate::signature::SignatureVerdict;
use crate::signer::{SignError, SignatureAlgorithm, Signer};
use crate::validity::{Lifetime, ValidityError};
use time::OffsetDateTime;

/// What is wished for.
#[derive(Debug, Clone)]
pub struct IssuanceRequest<'a> {
    /// What kind of certificate.
    pub profile: &'a Profile,
    /// What the issuer allows; nothing: everything.
    pub policy: Option<&'a Policy>,
    /// The subject. If there is none, it is the first name as common name, or empty where that is longer than 64 characters.
    pub subject: Option<DistinguishedName>,
    /// The alternative names, in the order in which they are written.
    pub names: Vec<GeneralName>,
    /// The key to certify.
    pub public_key: &'a PublicKey,
    /// The key identifier that the key is known by already: what it has signed names it. If none is given, RFC 5280 4.2.1.2 (1) makes one.
    pub subject_key_id: Option<KeyId>,
    /// The serial number, unique for the issuer.
    pub serial: SerialNumber,
    /// The moment of issue.
    pub now: OffsetDateTime,
    /// How long it shall live.
    pub lifetime: Lifetime,
    /// For authorities: how many authorities may follow below. If none is given, what the issuer leaves.
    pub path_length: Option<u8>,
    /// For authorities: what names may stand below.
    pub name_constraints: NameConstraints,
    /// Where the issuer's CRL, certificate and OCSP answers are.
    pub addresses: Addresses,
    /// Whether a TLS server must staple an OCSP answer (RFC 7633).
    pub must_staple: bool,
    /// The extensions of the signing request; the profile says which are honoured.
    pub requested: &'a [Extension],
    /// Extensions beside those that follow from all this, written behind those that profile and signing request add. Each must be fit to
    /// be written ([`Extension::check`]), stand there once, and be none that is written anyway.
    pub extensions: Vec<Extension>,
}

/// Who will sign.
#[derive(Debug, Clone, Copy)]
pub enum IssuerSide<'a> {
    /// The certified key itself.
    SelfSigned(SignatureAlgorithm),
    /// An authority.
    Authority {
        /// Its certificate.
        certificate: &'a Certificate,
        /// The algorithm of its signatures.
        algorithm: SignatureAlgorithm,
    },
}

/// Why a wish was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// Only roots are signed by their own key, and only by it.
    #[error("certificates of profile {profile} are not signed by this issuer")]
    WrongIssuerForProfile {
        /// The profile.
        profile: String,
    },
    /// The issuer's certificate is none of an authority (RFC 5280 4.2.1.9).
    #[error("{issuer} is not a certificate authority")]
    IssuerNotAuthority {
        /// The issuer's name.
        issuer: String,
    },
    /// The issuer's keyUsage lacks keyCertSign (RFC 5280 4.2.1.3).
    #[error("the key of {issuer} may not sign certificates")]
    IssuerMayNotSign {
        /// The issuer's name.
        issuer: String,
    },
    /// The issuer's certificate is not valid yet.
    #[error("the issuer is valid from {not_before} only")]
    IssuerNotYetValid {
        /// The issuer's start.
        not_before: OffsetDateTime,
    },
    /// The issuer's certificate has ended.
    #[error("the issuer's certificate ended {not_after}")]
    IssuerExpired {
        /// The issuer's end.
        not_after: OffsetDateTime,
    },
    /// The algorithm is none of the issuer's key.
    #[error("{algorithm} signatures do not come from a key of kind {key}")]
    AlgorithmDoesNotFit {
        /// The algorithm.
        algorithm: SignatureAlgorithm,
        /// The kind of the issuer's key.
        key: String,
    },
    /// The profile does not certify keys of this kind.
    #[error("profile {profile} does not certify keys of kind {key}")]
    KeyNotAllowed {
        /// The profile.
        profile: String,
        /// The kind of key.
        key: String,
    },
    /// Subject or names are not what the profile wants.
    #[error("profile {profile}: {broken}")]
    Profile {
        /// The profile.
        profile: String,
        /// The rule that is broken.
        broken: RuleBroken,
    },
    /// The issuer's policy does not allow it.
    #[error("the issuer's policy: {0}")]
    Policy(#[from] PolicyBroken),
    /// An authority needs a subject (RFC 5280 4.1.2.6).
    #[error("a certificate authority needs a subject")]
    SubjectMissing,
    /// The subject cannot be made from the first name.
    #[error("no subject: {0}")]
    Subject(#[from] NameError),
    /// The serial number is not positive, not minimal or longer than 20 octets (RFC 5280 4.1.2.2).
    #[error("{serial} is no serial number to be written")]
    Serial {
        /// The serial number.
        serial: SerialNumber,
    },
    /// The wished lifetime is longer than the profile allows.
    #[error("{days} days are more than the {longest} of profile {profile}")]
    LongerThanProfile {
        /// The profile.
        profile: String,
        /// The wished length, in days, rounded up.
        days: u32,
        /// The longest.
        longest: u32,
    },
    /// The wished end lies after the issuer's.
    #[error("the wished end {wished} lies after the issuer's, {issuer_ends}")]
    OutlivesIssuer {
        /// The wished end.
        wished: OffsetDateTime,
        /// The issuer's end.
        issuer_ends: OffsetDateTime,
    },
    /// The period cannot be written.
    #[error(transparent)]
    Validity(#[from] ValidityError),
    /// No authority may follow below the issuer, or not so many (RFC 5280 4.2.1.9).
    #[error("the issuer allows {issuer_allows} authorities below it")]
    PathLength {
        /// The issuer's path length.
        issuer_allows: u32,
        /// The wished path length, if one was wished.
        wished: Option<u8>,
    },
    /// Path length and name constraints are for authorities (RFC 5280 4.2.1.9, 4.2.1.10).
    #[error("profile {profile} does not take {wish}")]
    NotAnAuthority {
        /// The profile.
        profile: String,
        /// What was wished: `path_length` or `name_constraints`.
        wish: &'static str,
    },
    /// A name breaks the issuer's name constraints (RFC 5280 4.2.1.10).
    #[error(transparent)]
    NameConstraints(#[from] Violation),
    /// An address is no absolute URI.
    #[error("{address:?} is not an address")]
    Address {
        /// The address.
        address: String,
    },
    /// An extension that was wished for may not stand in this certificate.
    #[error(transparent)]
    Extension(#[from] WishedExtensionError),
    /// Something cannot be written as DER.
    #[error("the {part} cannot be written as DER")]
    Encoding {
        /// The part of the certificate.
        part: &'static str,
    },
    /// The throwaway key could not be made or used.
    #[error("the throwaway key failed: {cause}")]
    Throwaway {
        /// What the cryptographic library says.
        cause: String,
    },
    /// What was written cannot be read back.
    #[error("the prepared certificate cannot be read back: {0}")]
    ReadBack(#[from] CertificateError),
    /// The lints found errors.
    #[error("refused by {} lints", findings.iter().filter(|finding| finding.severity == Severity::Error).count())]
    Refused {
        /// All findings, the errors among them.
        findings: Vec<Finding>,
        /// The certificate that was refused, with the signature of a throwaway key: for showing, never for handing over.
        certificate: Box<Certificate>,
    },
}

/// Why a prepared certificate was not signed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SignPreparedError {
    /// The signer has another key than the issuer.
    #[error("the signer has the key {found}, the issuer {expected}")]
    WrongKey {
        /// The issuer's key.
        expected: KeyId,
        /// The signer's key.
        found: KeyId,
    },
    /// The signer signs with another algorithm than the prepared bytes say.
    #[error("the signer signs with {found}, prepared was {expected}")]
    WrongAlgorithm {
        /// The prepared algorithm.
        expected: SignatureAlgorithm,
        /// The signer's.
        found: SignatureAlgorithm,
    },
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// What the signer returned is no valid signature of the issuer's key.
    #[error("the signature does not verify: {verdict:?}")]
    BadSignature {
        /// What the check said.
        verdict: SignatureVerdict,
    },
    /// The signed certificate cannot be read back.
    #[error("the signed certificate cannot be read back: {0}")]
    ReadBack(#[from] CertificateError),
    /// The bytes in the signed certificate are not the prepared ones.
    #[error("the signed bytes are not the prepared ones")]
    BytesDiffer,
}

/// A certificate that was built, read back and linted, waiting for the issuer's signature. Used up by signing; cannot be copied.
#[derive(Debug)]
pub struct Prepared {
    preview: Certificate,
    findings: Vec<Finding>,
    issuer_key: PublicKey,
    algorithm: SignatureAlgorithm,
}

impl Prepared {
    /// The serial number.
    pub fn serial(&self) -> &SerialNumber {
        self.preview.serial()
    }

    /// The bytes that will be signed.
    pub fn tbs_der(&self) -> &[u8] {
        self.preview.tbs_der()
    }

    /// What the lints found; no errors among them.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Marks the warnings of these lints as accepted.
    pub fn accept(&mut self, lints: &[String]) {
        for finding in self.findings.iter_mut().filter(|finding| finding.severity == Severity::Warning) {
            finding.accepted |= lints.iter().any(|lint| lint == finding.lint);
        }
    }

    /// The certificate as it will be, with the signature of a throwaway key.
    pub fn preview(&self) -> &Certificate {
        &self.preview
    }

    /// Signs the prepared bytes, checks the signature with the issuer's public key and reads the certificate back.
    ///
    /// # Errors
    /// [`SignPreparedError`]; nothing is signed by a wrong key or algorithm, and nothing unverified comes out.
    pub fn sign(self, signer: &dyn Signer) -> Result<Certificate, SignPreparedError> {
        let found = signer.public_key();
        if found.key_bits() != self.issuer_key.key_bits() || found.algorithm() != self.issuer_key.algorithm() {
            return Err(SignPreparedError::WrongKey { expected: self.issuer_key.key_id(), found: found.key_id() });
        }
        if signer.algorithm() != self.algorithm {
            return Err(SignPreparedError::WrongAlgorithm { expected: self.algorithm, found: signer.algorithm() });
        }
        let signature = signer.sign(self.tbs_der())?;
        let certificate = Certificate::from_der_beside(&self.preview, &tbs::assembled(self.tbs_der(), self.algorithm, &signature))?;
        if certificate.tbs_der() != self.tbs_der() {
            return Err(SignPreparedError::BytesDiffer);
        }
        match certificate.signed_by(&self.issuer_key) {
            SignatureVerdict::Valid => Ok(certificate),
            verdict => Err(SignPreparedError::BadSignature { verdict }),
        }
    }
}

#[cfg(test)]
mod tests;
