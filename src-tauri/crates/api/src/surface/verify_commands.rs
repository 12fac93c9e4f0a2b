//! Verification: is this certificate trusted, and why?

use authority::pki::chain::{CheckResult, Purpose, Verdict, VerifyInput, verify};
use authority::pki::crl::Crl;
use authority::pki::{Certificate, SignatureVerdict};
use authority::registry::{CertificateRow, CertificateStatus, CrlKind, Read, Standing};
use authority::session::Session;
use time::OffsetDateTime;

use super::reading::read_certificates;
use super::{Surface, crl_commands, named};
use crate::request::CertificateVerify;
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{ChainLink, CheckOutcome, VerifyView};
use crate::words;
use crate::{ApiError, ErrorCode};

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
        let (certificate, row, beside) = self.subject_of(&request)?;
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
        let verdict = verify(&VerifyInput {
            certificate: &certificate,
            untrusted: &evidence.untrusted,
            trusted: &evidence.trusted,
            crls: &evidence.crls,
            at,
            purpose,
            host: request.host.as_deref(),
        });
        self.explained(session.as_deref(), &verdict, row.as_ref(), at)
    }

    /// The certificate in question; from a file, what lies beside it serves as intermediates.
    fn subject_of(&self, request: &CertificateVerify) -> Result<(Certificate, Option<CertificateRow>, Vec<Certificate>), ApiError> {
        match (&request.certificate, &request.path) {
            (Some(text), None) => {
                let session = self.session()?;
                session.registry().read(|tx| {
                    let row = named::certificate(tx, text)?;
                    Ok((tx.certificate_of(&row)?, Some(row), Vec::new()))
                })
            }
            (None, Some(path)) => self.in_file(path),
            _ => Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate is named by its id or by a file")),
        }
    }

    fn in_file(&self, path: &FilePath) -> Result<(Certificate, Option<CertificateRow>, Vec<Certificate>), ApiError> {
        let mut found = read_certificates(path.as_path())?.into_iter();
        let first = found.next().ok_or_else(|| ApiError::new(ErrorCode::NotAnObject).with("path", &path.0))?;
        let row = match self.current() {
            Some(session) => session.registry().read(|tx| tx.certificate_by_fingerprint(&first.fingerprint()))?,
            None => None,
        };
        Ok((first, row, found.collect()))
    }

    fn explained(
        &self,
        session: Option<&Session>,
        verdict: &Verdict,
        row: Option<&CertificateRow>,
        at: OffsetDateTime,
    ) -> Result<VerifyView, ApiError> {
        let mut checks: Vec<_> = verdict
            .checks
            .iter()
            .map(|check| {
                let (_, detail) = words::check(check.check, check.result.as_str(), &check.detail);
                CheckOutcome {
                    check: check.check.to_owned(),
                    result: check.result.as_str().to_owned(),
                    detail,
                    clause: check.clause.to_owned(),
                }
            })
            .collect();
        let mut trusted = verdict.trusted;
        // The registry's own record is ahead of every CRL: a revocation counts from the moment it is made.
        if let Some(row) = row.filter(|row| matches!(row.state.standing, Standing::Revoked | Standing::Held)) {
            let revoked_at = row.state.revoked_at.unwrap_or(at);
            let fails = revoked_at <= at;
            let fields = [
                ("at", time_text(revoked_at)),
                ("reason", row.state.reason.map_or_else(String::new, |reason| reason.as_str().to_owned())),
                ("subject", row.facts.display_name.clone()),
                ("authority", row.facts.issuer.rfc4514()),
                ("issuer", row.facts.issuer.rfc4514()),
                ("serial", row.facts.serial.to_string()),
            ];
            let result = if fails { CheckResult::Fail } else { CheckResult::Pass };
            let (_, detail) = words::check("registry", result.as_str(), &fields);
            checks.push(CheckOutcome {
                check: "registry".to_owned(),
                result: result.as_str().to_owned(),
                detail,
                clause: "RFC 5280 6.3".to_owned(),
            });
            trusted &= !fails;
        }
        let path = verdict.path.iter().map(|certificate| link(session, certificate, at)).collect::<Result<_, ApiError>>()?;
        Ok(VerifyView { trusted, path, checks })
    }
}

/// What the registry has: issuers, its roots as trust, the newest CRLs of the authorities on the way.
fn gather(tx: &Read<'_>, certificate: &Certificate, trust: bool, crls: bool, evidence: &mut Evidence) -> Result<(), ApiError> {
    let mut current = certificate.clone();
    for _ in 0..16 {
        let Some(issuer) = tx.issuer_of(&current)? else { break };
        let key = tx.key_by_fingerprint(&issuer.row.facts.key_fingerprint)?;
        let generation = match &key {
            Some(key) => tx.generation_of_key(key.key.id)?,
            None => None,
        };
        if crls
            && let Some(generation) = &generation
            && let Some(row) = tx.newest_crl(generation.generation.id, CrlKind::Base, "")?
            && let Some(crl) = crl_commands::load(tx, &row)?
        {
            evidence.crls.push(crl);
        }
        let root = issuer.certificate.is_self_issued()
            && issuer.certificate.signed_by(issuer.certificate.public_key()) != SignatureVerdict::Invalid;
        // A root is trusted here when it is an authority of this registry, not because it signed itself.
        match (root, trust && generation.is_some()) {
            (true, true) => evidence.trusted.push(issuer.certificate.clone()),
            _ => evidence.untrusted.push(issuer.certificate.clone()),
        }
        if root || current == issuer.certificate {
            break;
        }
        current = issuer.certificate;
    }
    Ok(())
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
