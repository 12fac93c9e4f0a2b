//! The certificates of travel documents (ICAO 9303-12): country signing CAs, document signers, list signers, and the countries that they are of.

use thiserror::Error;
use time::OffsetDateTime;

use crate::{
    certificate::Certificate,
    chain::{Check, CheckResult, VerifyInput, verify},
    cms::{SignatureFault, SignedContent, SignerInfo},
    name::DistinguishedName,
    usage::KeyUsage,
};

/// `id-icao-cscaMasterList` (ICAO 9303-12 9).
pub const MASTER_LIST: &str = "2.23.136.1.1.2";
/// `id-icao-cscaMasterListSigningKey`, the purpose of who signs master lists (ICAO 9303-12 7.1.1).
pub const LIST_SIGNING: &str = "2.23.136.1.1.3";
/// The extensions that only travel documents' certificates have (ICAO 9303-12 7.1.1): change of name, list of document types.
const OWN_EXTENSIONS: [&str; 2] = ["2.23.136.1.1.6.1", "2.23.136.1.1.6.2"];
/// Octets of a country's two letters (ISO 3166-1).
const COUNTRY: &str = "2.5.4.6";
/// Certificates that are tried for one signature: names and key identifiers may be shared.
const MOST_CANDIDATES: usize = 8;
/// How far a signature may lie ahead of our clock.
const AHEAD: time::Duration = time::Duration::days(1);

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A country's authority.
    Csca,
    /// Signs what is in passports.
    DocumentSigner,
    /// Signs master lists.
    ListSigner,
    /// Anything else.
    Other,
}

/// The kind of list that a certificate stands in, which says what it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// A list of travel documents' certificates: every authority in it is a country's.
    TravelDocuments,
    /// Any list: only what says so itself is of travel documents.
    Any,
}

impl Role {
    /// The role of a certificate in a list.
    pub fn of(certificate: &Certificate, context: Context) -> Self {
        let purposes = certificate.extended_key_usages();
        if purposes.as_ref().is_some_and(|purposes| purposes.iter().any(|purpose| purpose == LIST_SIGNING)) {
            return Self::ListSigner;
        }
        let named = OWN_EXTENSIONS.iter().any(|oid| certificate.extension(oid).is_some());
        if !named && context == Context::Any {
            return Self::Other;
        }
        let signs = certificate.key_usages().is_none_or(|usages| usages.contains(KeyUsage::DigitalSignature));
        match (certificate.is_authority(), purposes) {
            (true, _) => Self::Csca,
            (false, None) if signs => Self::DocumentSigner,
            _ => Self::Other,
        }
    }
}

/// The country of a name: the last one that it states, in capitals as ISO 3166-1 writes it; `None` where it states none. What is no pair or triple of letters
/// is kept as it is written, up to eight characters.
pub fn country(name: &DistinguishedName) -> Option<String> {
    let stated = name.rdns().into_iter().flatten().rfind(|attribute| attribute.oid == COUNTRY)?;
    let text: String = stated.value.trim().chars().filter(|letter| !letter.is_control()).take(8).collect();
    (!text.is_empty()).then(|| text.to_uppercase())
}

/// Why a list is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ListSignerError {
    /// It is no master list.
    #[error("the content is of the type {found}, not a master list")]
    OtherContent {
        /// Its type, dotted.
        found: String,
    },
    /// The signature does not hold.
    #[error("the signature does not hold: {fault}")]
    Signature {
        /// Why.
        fault: SignatureFault,
    },
    /// Nobody who was named signed it, or vouches for who did.
    #[error("{signer} is nobody who was named, and nobody who was named vouches for him")]
    Unknown {
        /// Who signed it.
        signer: String,
    },
    /// Who signed may not: ended, not begun, not for lists, or his path fails.
    #[error("{signer} may not sign it: {problem}")]
    Unfit {
        /// Who signed it.
        signer: String,
        /// Why he may not.
        problem: String,
    },
}

/// Who signed a master list, once it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListSigner {
    /// His certificate.
    pub certificate: Certificate,
    /// When he signed, by his own word.
    pub signed_at: Option<OffsetDateTime>,
}

/// Believes a master list, if one of its signatures is by a certificate that was given, or by a list signer for whom a given authority vouches.
///
/// The signer must be valid now and when he says he signed: a time that only he states does not make an ended key good.
///
/// # Errors
/// [`ListSignerError`]: of the signature that comes closest.
pub fn list_signer(list: &SignedContent, given: &[Certificate], now: OffsetDateTime) -> Result<ListSigner, ListSignerError> {
    if list.content_type != MASTER_LIST {
        return Err(ListSignerError::OtherContent { found: list.content_type.clone() });
    }
    let mut closest: Option<ListSignerError> = None;
    for info in &list.signers {
        match believed(list, info, given, now) {
            Ok(signer) => return Ok(signer),
            Err(error) => {
                let unknown = |error: &ListSignerError| matches!(error, ListSignerError::Unknown { .. });
                if closest.as_ref().is_none_or(unknown) {
                    closest = Some(error);
                }
            }
        }
    }
    Err(closest.unwrap_or_else(|| ListSignerError::Unknown { signer: "nobody".to_owned() }))
}

fn believed(list: &SignedContent, info: &SignerInfo, given: &[Certificate], now: OffsetDateTime) -> Result<ListSigner, ListSignerError> {
    let candidates = given.iter().chain(&list.certificates).filter(|certificate| info.id.names(certificate)).take(MOST_CANDIDATES);
    let mut closest = None;
    for certificate in candidates {
        match judged(list, info, certificate, given, now) {
            Ok(()) => return Ok(ListSigner { certificate: certificate.clone(), signed_at: info.signing_time }),
            Err(error) => closest = closest.or(Some(error)),
        }
    }
    Err(closest.unwrap_or_else(|| ListSignerError::Unknown { signer: info.id.to_string() }))
}

fn judged(
    list: &SignedContent,
    info: &SignerInfo,
    certificate: &Certificate,
    given: &[Certificate],
    now: OffsetDateTime,
) -> Result<(), ListSignerError> {
    let signer = certificate.subject().rfc4514();
    let unfit = |problem: String| ListSignerError::Unfit { signer: signer.clone(), problem };
    list.check(info, certificate.public_key()).map_err(|fault| ListSignerError::Signature { fault })?;
    let named = given.contains(certificate);
    if !named {
        let verdict = verify(&VerifyInput { trusted: given, untrusted: &list.certificates, ..VerifyInput::new(certificate, now) });
        let failed =
            |check: &&Check| check.result == CheckResult::Fail || (check.result == CheckResult::Unknown && check.check != "revocation");
        if !verdict.trusted {
            let ended = |check: &Check| check.check == "validity";
            return Err(match verdict.checks.iter().find(failed) {
                Some(check) if check.check == "path" || check.check == "signature" => ListSignerError::Unknown { signer },
                Some(check) if ended(check) => unfit(period(verdict.path.get(check.subject).unwrap_or(certificate))),
                Some(check) => unfit(format!("{} ({})", check.check, check.clause)),
                None => ListSignerError::Unknown { signer },
            });
        }
        let purposes = certificate.extended_key_usages().unwrap_or_default();
        if !purposes.iter().any(|purpose| purpose == LIST_SIGNING) {
            return Err(unfit(format!("his certificate is not for signing lists ({LIST_SIGNING})")));
        }
    }
    if !certificate.is_valid_at(now) {
        return Err(unfit(period(certificate)));
    }
    match info.signing_time {
        Some(at) if !certificate.is_valid_at(at) => Err(unfit(format!("he signed at {at}, and {}", period(certificate)))),
        Some(at) if at > now.saturating_add(AHEAD) => Err(unfit(format!("he signed at {at}, which is still to come"))),
        _ => Ok(()),
    }
}

fn period(certificate: &Certificate) -> String {
    let validity = certificate.validity();
    format!("the certificate {} is valid from {} to {}", certificate.subject().rfc4514(), validity.not_before(), validity.not_after())
}
