//! Verification: is this certificate trusted, and why?

use authority::chain::Link;
use authority::pki::chain::{CheckResult, PolicyWishes, Purpose, Verdict, VerifyInput, explain};
use authority::pki::crl::Crl;
use authority::pki::{Certificate, ExtendedKeyUsage, RevocationReason, SignatureVerdict};
use authority::registry::{CertificateStatus, CrlKind, GenerationId, Read, SourceCrlId, SourceMemberKind, Standing, WHOLE};
use authority::session::Session;
use time::OffsetDateTime;

use super::reading::{certificates_in, read_certificates};
use super::{Surface, crl_commands, named};
use crate::request::CertificateVerify;
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{ChainLink, CheckOutcome, VerifiedPath, VerifyView};
use crate::words;
use crate::{ApiError, ErrorCode};

/// Certificates of the registry that may lie on the paths, at most.
const MOST_ISSUERS: usize = 256;

/// CRLs of sources that are looked at for each issuer, the newest first.
const MOST_SOURCE_CRLS: u32 = 16;

/// What a certificate is judged with.
#[derive(Default)]
struct Evidence {
    trusted: Vec<Certificate>,
    untrusted: Vec<Certificate>,
    crls: Vec<Crl>,
}

impl Surface {
    /// Verifies a certificate: signatures, dates, constraints, and revocation by the CRLs given and by what the registry knows.
    ///
    /// # Errors
    /// When a file cannot be read or there is no such certificate. A certificate that does not verify is not an error but a view that says so.
    pub fn certificate_verify(&self, request: CertificateVerify) -> Result<VerifyView, ApiError> {
        let session = self.current();
        let now = self.host.forces.clock.now();
        let at = request.at.as_deref().map(|text| time_in::read(text, DayEdge::First)).transpose()?.unwrap_or(now);
        let purpose = request.purpose.as_deref().unwrap_or("any");
        let purpose: Purpose =
            purpose.parse().map_err(|_| ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no purpose {purpose:?}")))?;
        for policy in &request.policies {
            // Purposes and policies are written alike: dotted, or by a name in use. Policies have no names but their numbers.
            let dotted = policy.parse::<ExtendedKeyUsage>().is_ok_and(|known| known.oid() == policy);
            if !dotted {
                return Err(ApiError::new(ErrorCode::BadUsage).with("problem", format!("{policy:?} is not an object identifier")));
            }
        }
        let (certificate, beside) = self.subject_of(&request)?;
        let mut evidence = Evidence { untrusted: beside, ..Evidence::default() };
        for path in &request.trust {
            evidence.trusted.extend(read_certificates(path.as_path())?);
        }
        for path in &request.untrusted {
            evidence.untrusted.extend(read_certificates(path.as_path())?);
        }
        for path in &request.crls {
            evidence.crls.push(self.crl_in_file(path)?.0);
        }
        if let Some(session) = &session {
            session.registry().read(|tx| gather(tx, &certificate, request.trust.is_empty(), request.crls.is_empty(), &mut evidence))?;
        }
        let explanation = explain(&VerifyInput {
            untrusted: &evidence.untrusted,
            trusted: &evidence.trusted,
            crls: &evidence.crls,
            purpose,
            host: request.host.as_deref(),
            policies: PolicyWishes {
                acceptable: &request.policies,
                require: request.require_policy,
                inhibit_mapping: request.inhibit_mapping,
                inhibit_any: request.inhibit_any,
            },
            require_revocation: request.require_revocation,
            ..VerifyInput::new(&certificate, at)
        });
        let paths = std::iter::once(&explanation.best).chain(&explanation.others);
        let mut paths: Vec<VerifiedPath> =
            paths.map(|verdict| explained(session.as_deref(), verdict, at)).collect::<Result<_, ApiError>>()?;
        // What the registry knows may have turned the order.
        paths.sort_by_key(|path| !path.trusted);
        let mut paths = paths.into_iter();
        let best = paths.next().ok_or_else(|| ApiError::new(ErrorCode::Internal).with("problem", "no path was judged"))?;
        Ok(VerifyView { trusted: best.trusted, path: best.path, checks: best.checks, others: paths.collect() })
    }

    /// The certificate in question; from a file, what lies beside it serves as intermediates.
    fn subject_of(&self, request: &CertificateVerify) -> Result<(Certificate, Vec<Certificate>), ApiError> {
        match (&request.certificate, &request.source_certificate, &request.path) {
            (Some(text), None, None) => {
                let session = self.session()?;
                session.registry().read(|tx| Ok((tx.certificate_of(&named::certificate(tx, text)?)?, Vec::new())))
            }
            (None, Some(id), None) => Ok((self.session()?.source_certificate(id)?, Vec::new())),
            (None, None, Some(path)) => in_file(path),
            (None, None, None) if request.text.is_some() => {
                first_and_rest(certificates_in(request.text.as_deref().unwrap_or_default().as_bytes(), "")?, "")
            }
            _ => Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate is named by its id or by a file")),
        }
    }
}

fn in_file(path: &FilePath) -> Result<(Certificate, Vec<Certificate>), ApiError> {
    first_and_rest(read_certificates(path.as_path())?, &path.0)
}

fn first_and_rest(found: Vec<Certificate>, path: &str) -> Result<(Certificate, Vec<Certificate>), ApiError> {
    let mut found = found.into_iter();
    let first = found.next().ok_or_else(|| ApiError::new(ErrorCode::NotAnObject).with("path", path))?;
    Ok((first, found.collect()))
}

/// A verdict in words, with what the registry knows of each certificate.
fn explained(session: Option<&Session>, verdict: &Verdict, at: OffsetDateTime) -> Result<VerifiedPath, ApiError> {
    let mut checks: Vec<_> =
        verdict.checks.iter().map(|check| outcome(check.check, check.result, &check.detail, check.clause, check.subject)).collect();
    let mut trusted = verdict.trusted;
    if let Some(session) = session {
        for (subject, pair) in verdict.path.iter().zip(verdict.path.iter().skip(1).map(Some).chain([None])).enumerate() {
            let (certificate, issuer) = pair;
            let Some((revoked_at, reason)) = session.registry().read(|tx| recorded(tx, certificate, issuer))? else { continue };
            // The registry's own record is ahead of every CRL: a revocation counts from the moment it is made.
            let fails = revoked_at <= at;
            let fields = [
                ("at", time_text(revoked_at)),
                ("reason", reason.as_str().to_owned()),
                ("subject", certificate.display_name()),
                ("authority", certificate.issuer().rfc4514()),
                ("issuer", certificate.issuer().rfc4514()),
                ("serial", certificate.serial().to_string()),
            ];
            let result = if fails { CheckResult::Fail } else { CheckResult::Pass };
            checks.push(outcome("registry", result, &fields, "RFC 5280 6.3", subject));
            trusted &= !fails;
        }
    }
    let path = verdict.path.iter().map(|certificate| link(session, certificate, at)).collect::<Result<_, ApiError>>()?;
    Ok(VerifiedPath { trusted, path, checks })
}

fn outcome(check: &str, result: CheckResult, fields: &[(&str, String)], clause: &str, subject: usize) -> CheckOutcome {
    let (_, detail) = words::check(check, result.as_str(), fields);
    CheckOutcome { check: check.to_owned(), result: result.as_str().to_owned(), detail, clause: clause.to_owned(), subject }
}

/// Since when the registry holds a certificate for revoked, and why. One that it does not have may be revoked by its serial, where its
/// issuer is an authority of the registry.
fn recorded(
    tx: &Read<'_>,
    certificate: &Certificate,
    issuer: Option<&Certificate>,
) -> Result<Option<(OffsetDateTime, RevocationReason)>, ApiError> {
    if let Some(row) = tx.certificate_by_fingerprint(&certificate.fingerprint())? {
        let revoked = matches!(row.state.standing, Standing::Revoked | Standing::Held);
        let since = row.state.revoked_at.filter(|_| revoked);
        return Ok(since.map(|since| (since, row.state.reason.unwrap_or(RevocationReason::Unspecified))));
    }
    let Some(issuer) = issuer else { return Ok(None) };
    let Some(key) = tx.key_by_fingerprint(&issuer.public_key().fingerprint())? else { return Ok(None) };
    if tx.generation_of_key(key.key.id)?.is_none() {
        return Ok(None);
    }
    Ok(tx.revocation(certificate.issuer(), certificate.serial())?.map(|row| (row.revoked_at, row.reason)))
}

/// What the registry has: every certificate that may have issued what is at hand, its roots as trust, the newest CRLs of the
/// authorities on the way.
fn gather(tx: &Read<'_>, certificate: &Certificate, trust: bool, crls: bool, evidence: &mut Evidence) -> Result<(), ApiError> {
    let mut open: Vec<Certificate> = [std::slice::from_ref(certificate), &evidence.untrusted].concat();
    let mut seen = Vec::new();
    let mut known = Known::default();
    while let Some(current) = open.pop() {
        for row in tx.issuer_candidates(current.issuer(), current.authority_key_id().as_ref())? {
            if seen.contains(&row.id) || seen.len() >= MOST_ISSUERS {
                continue;
            }
            seen.push(row.id);
            let issuer = Link { certificate: tx.certificate_of(&row)?, row };
            let key = tx.key_by_fingerprint(&issuer.row.facts.key_fingerprint)?;
            let generation = match &key {
                Some(key) => tx.generation_of_key(key.key.id)?,
                None => None,
            };
            if crls && let Some(generation) = &generation {
                evidence.crls.extend(newest_crls(tx, generation.generation.id)?);
            }
            let root = issuer.certificate.is_self_issued()
                && issuer.certificate.signed_by(issuer.certificate.public_key()) != SignatureVerdict::Invalid;
            // A root is trusted here when it is an authority of this registry, not because it signed itself.
            match (root, trust && generation.is_some()) {
                (true, true) => evidence.trusted.push(issuer.certificate.clone()),
                _ => evidence.untrusted.push(issuer.certificate.clone()),
            }
            if !root {
                open.push(issuer.certificate);
            }
        }
        from_sources(tx, &current, trust, crls, &mut known, &mut open, evidence)?;
    }
    Ok(())
}

/// What was taken from sources so far.
#[derive(Default)]
struct Known {
    issuers: Vec<Certificate>,
    crls: Vec<SourceCrlId>,
}

/// What sources know of who may have issued a certificate: their certificates that may vouch for others, and their CRLs under his name. A country's authority
/// is trusted, and a root of a list of certificates that somebody has made a source; a signer of documents or lists vouches for nobody.
fn from_sources(
    tx: &Read<'_>,
    current: &Certificate,
    trust: bool,
    crls: bool,
    known: &mut Known,
    open: &mut Vec<Certificate>,
    evidence: &mut Evidence,
) -> Result<(), ApiError> {
    if crls {
        for row in tx.source_crls_of_issuer(current.issuer(), MOST_SOURCE_CRLS)? {
            if !known.crls.contains(&row.id) {
                known.crls.push(row.id);
                evidence.crls.push(tx.source_crl_read(&row)?);
            }
        }
    }
    let limit = u32::try_from(MOST_ISSUERS).unwrap_or(u32::MAX);
    for (issuer, kinds) in tx.source_issuers(current.issuer(), current.authority_key_id().as_ref(), limit)? {
        if known.issuers.len() >= MOST_ISSUERS || known.issuers.contains(&issuer) || !issuer.is_authority() {
            continue;
        }
        known.issuers.push(issuer.clone());
        let root = issuer.is_self_issued() && issuer.signed_by(issuer.public_key()) != SignatureVerdict::Invalid;
        let vouches = kinds.contains(&SourceMemberKind::Csca) || (root && kinds.contains(&SourceMemberKind::Other));
        if trust && vouches {
            evidence.trusted.push(issuer.clone());
        } else {
            evidence.untrusted.push(issuer.clone());
        }
        if !root {
            open.push(issuer);
        }
    }
    Ok(())
}

/// The newest whole CRL of a key with its newest delta; of a key without one, the newest of each part. A whole one speaks for every certificate
/// (RFC 5280 6.3.3), so that the parts beside it need not be read.
fn newest_crls(tx: &Read<'_>, generation: GenerationId) -> Result<Vec<Crl>, ApiError> {
    let newest = |scope: &str| -> Result<Vec<Crl>, ApiError> {
        let mut crls = Vec::new();
        for kind in [CrlKind::Base, CrlKind::Delta] {
            if let Some(row) = tx.newest_crl(generation, kind, scope)? {
                crls.extend(crl_commands::load(tx, &row)?);
            }
        }
        Ok(crls)
    };
    let whole = newest(WHOLE)?;
    if !whole.is_empty() {
        return Ok(whole);
    }
    let parts: Result<Vec<_>, ApiError> = tx.crl_scopes(generation)?.iter().map(|scope| newest(scope.name())).collect();
    Ok(parts?.concat())
}

fn link(session: Option<&Session>, certificate: &Certificate, at: OffsetDateTime) -> Result<ChainLink, ApiError> {
    let row = match session {
        Some(session) => session.registry().read(|tx| tx.certificate_by_fingerprint(&certificate.fingerprint()))?,
        None => None,
    };
    let status = row.as_ref().map_or_else(
        || if certificate.validity().not_after() < at { CertificateStatus::Expired } else { CertificateStatus::Valid },
        |row| row.status(at),
    );
    Ok(ChainLink {
        id: row.map(|row| row.id.to_string()),
        name: certificate.display_name(),
        not_after: time_text(certificate.validity().not_after()),
        status: status.as_str().to_owned(),
    })
}
