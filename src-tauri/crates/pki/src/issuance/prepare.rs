//! From a wish to the bytes to be signed.

use super::{IssuanceRequest, IssuerSide, PrepareError, Prepared, extensions, lifetime, tbs, throwaway, wished};
use crate::alt_name::GeneralName;
use crate::certificate::{Addresses, Certificate};
use crate::key::PublicKey;
use crate::name::{DistinguishedName, NameError};
use crate::oid;
use crate::preflight::{self, Finding, Severity};
use crate::profile::RuleBroken;
use crate::signer::SignatureAlgorithm;
use crate::usage::KeyUsage;

/// Longest serial number in content octets (RFC 5280 4.1.2.2).
const LONGEST_SERIAL: usize = 20;

/// Checks the wish, writes the certificate, signs it with a throwaway key, reads it back and lints it.
///
/// Issuer and authority key identifier are copied from the issuer's certificate: its subject, byte for byte, and its subject key
/// identifier (or the SHA-1 of its key's bits where it has none, RFC 5280 4.2.1.2 (1)).
///
/// # Errors
/// [`PrepareError`] says which rule the wish breaks; [`PrepareError::Refused`] when a lint finds an error in what was written.
pub fn prepare(request: &IssuanceRequest<'_>, issuer: IssuerSide<'_>) -> Result<Prepared, PrepareError> {
    prepare_under(throwaway::signature, request, issuer)
}

/// As [`prepare`], for a wish that was tried out: it is written, read back and linted all the same, but in place of the throwaway key's signature,
/// which no lint looks into, there is that of another message.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_tried_out(request: &IssuanceRequest<'_>, issuer: IssuerSide<'_>) -> Result<Prepared, PrepareError> {
    prepare_under(|algorithm, _| throwaway::stand_in(algorithm), request, issuer)
}

/// As [`prepare`], for a look at what would come of a wish: nothing of it can be signed, and in place of a signature there is that of another
/// message.
///
/// # Errors
/// As [`prepare`].
pub fn try_out(request: &IssuanceRequest<'_>, issuer: IssuerSide<'_>) -> Result<Vec<Finding>, PrepareError> {
    prepare_tried_out(request, issuer).map(|prepared| prepared.findings)
}

fn prepare_under(
    signature: impl FnOnce(SignatureAlgorithm, &[u8]) -> Result<Vec<u8>, String>,
    request: &IssuanceRequest<'_>,
    issuer: IssuerSide<'_>,
) -> Result<Prepared, PrepareError> {
    let issuer = Issuer::of(request, issuer)?;
    let (preview, findings) = linted(request, &issuer, signature)?;
    Ok(Prepared { preview, findings, issuer_key: issuer.key.clone(), algorithm: issuer.algorithm })
}

/// The certificate of a wish under a signature that proves nothing, read back, and what the lints say of it: no error.
fn linted(
    request: &IssuanceRequest<'_>,
    issuer: &Issuer<'_>,
    signature: impl FnOnce(SignatureAlgorithm, &[u8]) -> Result<Vec<u8>, String>,
) -> Result<(Certificate, Vec<Finding>), PrepareError> {
    check_key_and_serial(request)?;
    check_addresses(request)?;
    let profile = request.profile;
    let names = names(request)?;
    if let Some(policy) = request.policy {
        policy.permits(profile.name(), &request.public_key.algorithm(), &names)?;
    }
    let subject = subject(request, &names)?;
    if let Some(certificate) = issuer.certificate
        && let Some(constraints) = certificate.lent_name_constraints()
    {
        constraints.permits_all(&subject, &names)?;
    }
    let authority = path_length(request, issuer.certificate)?;
    let (validity, cut) = lifetime::period(request, issuer.certificate.map(Certificate::validity))?;

    let key_id = request.subject_key_id.clone().unwrap_or_else(|| request.public_key.key_id());
    let mut extensions = extensions::written(&extensions::Contents {
        issuer_key_id: issuer.certificate.map_or_else(|| key_id.clone(), Certificate::key_id_for_children),
        subject_key_id: key_id,
        names: &names,
        subject_is_empty: subject.is_empty(),
        key_usages: profile.request().key_usages(profile.extensions().key_usages_for(&request.public_key.algorithm()), request.requested),
        extended_key_usages: &profile.request().extended_key_usages(profile.extensions().extended_key_usages(), request.requested),
        extended_key_usage_critical: profile.extensions().extended_key_usage_critical(),
        name_constraints: &request.name_constraints,
        addresses: &addresses(request),
        authority,
        must_staple: request.must_staple || profile.extensions().must_staple() || profile.request().must_staple(request.requested),
    });
    // What the profile says stands, whatever a signing request asks for.
    let own = profile.extensions().further();
    let copied = profile.request().copied(request.requested).filter(|copy| !own.iter().any(|own| own.oid == copy.oid));
    wished::add(&mut extensions, own.iter().chain(copied).chain(&request.extensions), profile.is_authority())?;
    let tbs = tbs::written(&tbs::Parts {
        serial: &request.serial,
        algorithm: issuer.algorithm,
        issuer: issuer.certificate.map_or(&subject, Certificate::subject),
        validity,
        subject: &subject,
        public_key: request.public_key,
        extensions: &extensions,
    })?;
    let signature = signature(issuer.algorithm, &tbs).map_err(|cause| PrepareError::Throwaway { cause })?;
    let preview = Certificate::from_der(&tbs::assembled(&tbs, issuer.algorithm, &signature))?;

    let mut findings: Vec<_> = cut.into_iter().collect();
    findings.extend(preflight::lint_certificate(&preview, issuer.certificate));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(PrepareError::Refused { findings, certificate: Box::new(preview) });
    }
    Ok((preview, findings))
}

struct Issuer<'a> {
    certificate: Option<&'a Certificate>,
    key: &'a PublicKey,
    algorithm: SignatureAlgorithm,
}

impl<'a> Issuer<'a> {
    fn of(request: &IssuanceRequest<'a>, side: IssuerSide<'a>) -> Result<Self, PrepareError> {
        let issuer = match side {
            IssuerSide::SelfSigned(algorithm) => Self { certificate: None, key: request.public_key, algorithm },
            IssuerSide::Authority { certificate, algorithm } => {
                Self { certificate: Some(certificate), key: certificate.public_key(), algorithm }
            }
        };
        if request.profile.is_self_signed() != issuer.certificate.is_none() {
            return Err(PrepareError::WrongIssuerForProfile { profile: request.profile.name().to_owned() });
        }
        if let Some(certificate) = issuer.certificate {
            if !certificate.is_authority() {
                return Err(PrepareError::IssuerNotAuthority { issuer: certificate.display_name() });
            }
            if certificate.key_usages().is_some_and(|usages| !usages.contains(KeyUsage::KeyCertSign)) {
                return Err(PrepareError::IssuerMayNotSign { issuer: certificate.display_name() });
            }
        }
        if !issuer.algorithm.fits(&issuer.key.algorithm()) {
            return Err(PrepareError::AlgorithmDoesNotFit { algorithm: issuer.algorithm, key: issuer.key.algorithm().kind() });
        }
        Ok(issuer)
    }
}

fn check_key_and_serial(request: &IssuanceRequest<'_>) -> Result<(), PrepareError> {
    let key = request.public_key.algorithm();
    if !request.profile.keys().allows(&key) {
        return Err(PrepareError::KeyNotAllowed { profile: request.profile.name().to_owned(), key: key.kind() });
    }
    let serial = &request.serial;
    if serial.is_negative() || serial.is_zero() || !serial.is_minimal() || serial.content_octets().len() > LONGEST_SERIAL {
        return Err(PrepareError::Serial { serial: serial.clone() });
    }
    Ok(())
}

/// The names with those that the profile fixes.
fn names(request: &IssuanceRequest<'_>) -> Result<Vec<GeneralName>, PrepareError> {
    request.profile.names().applied(&request.names).map_err(|broken| rule(request, broken))
}

fn rule(request: &IssuanceRequest<'_>, broken: RuleBroken) -> PrepareError {
    PrepareError::Profile { profile: request.profile.name().to_owned(), broken }
}

/// The issuer's addresses, as far as the profile writes them.
fn addresses(request: &IssuanceRequest<'_>) -> Addresses {
    let (crl, issuer, ocsp) = request.profile.extensions().addresses();
    let kept = |kept: bool, urls: &Vec<String>| if kept { urls.clone() } else { Vec::new() };
    let addresses = &request.addresses;
    Addresses {
        crl_urls: kept(crl, &addresses.crl_urls),
        // A profile that says itself where deltas are is believed.
        delta_urls: kept(crl && !says_freshest(request), &addresses.delta_urls),
        issuer_urls: kept(issuer, &addresses.issuer_urls),
        ocsp_urls: kept(ocsp, &addresses.ocsp_urls),
    }
}

/// Whether the profile or the wish names the places of delta CRLs itself.
fn says_freshest(request: &IssuanceRequest<'_>) -> bool {
    request.profile.extensions().further().iter().chain(&request.extensions).any(|extension| extension.oid == oid::FRESHEST_CRL)
}

fn check_addresses(request: &IssuanceRequest<'_>) -> Result<(), PrepareError> {
    let addresses = &request.addresses;
    let mut all = addresses.crl_urls.iter().chain(&addresses.delta_urls).chain(&addresses.issuer_urls).chain(&addresses.ocsp_urls);
    match all.find(|address| GeneralName::parse(&format!("uri:{address}")).is_err()) {
        Some(address) => Err(PrepareError::Address { address: address.clone() }),
        None => Ok(()),
    }
}

/// The given subject, else the first name as common name, else an empty one (RFC 5280 4.1.2.6 allows it for leaves); before it what the
/// profile fixes.
fn subject(request: &IssuanceRequest<'_>, names: &[GeneralName]) -> Result<DistinguishedName, PrepareError> {
    let first = names.first().filter(|_| request.profile.subject().from_first_name());
    let subject = match (&request.subject, first) {
        (Some(subject), _) => subject.clone(),
        (None, Some(GeneralName::Directory(name))) => name.clone(),
        (None, Some(name)) => match DistinguishedName::from_common_name(&name.value()) {
            Err(NameError::TooLong { .. }) => DistinguishedName::empty(),
            other => other?,
        },
        (None, None) => DistinguishedName::empty(),
    };
    let subject = request.profile.subject().applied(&subject).map_err(|broken| rule(request, broken))?;
    let nameless = subject.is_empty() && (request.profile.is_authority() || names.is_empty());
    if nameless { Err(PrepareError::SubjectMissing) } else { Ok(subject) }
}

/// `Some` for an authority, with its path length: the wished one, else what the issuer leaves.
fn path_length(request: &IssuanceRequest<'_>, issuer: Option<&Certificate>) -> Result<Option<Option<u32>>, PrepareError> {
    if !request.profile.is_authority() {
        let wish = if request.path_length.is_some() {
            "path_length"
        } else if !request.name_constraints.is_empty() {
            "name_constraints"
        } else {
            return Ok(None);
        };
        return Err(PrepareError::NotAnAuthority { profile: request.profile.name().to_owned(), wish });
    }
    let wished = request.path_length.map(u32::from);
    let Some(issuer_allows) = issuer.and_then(Certificate::path_length) else { return Ok(Some(wished)) };
    let left = issuer_allows.checked_sub(1).filter(|left| wished.is_none_or(|wished| wished <= *left));
    let left = left.ok_or(PrepareError::PathLength { issuer_allows, wished: request.path_length })?;
    Ok(Some(Some(wished.unwrap_or(left))))
}
