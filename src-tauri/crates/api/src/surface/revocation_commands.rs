//! Holds lifted, serial numbers revoked, keys in other hands.

use authority::key_compromise::{Compromise, CompromiseOutcome, KeyCompromise, SuspectKey};
use authority::pki::encoding::{Object, recognise};
use authority::pki::{Fingerprint, PublicKey, SerialNumber};
use authority::registry::{CertificateId, RegistryError};
use authority::release::ReleaseError;
use authority::revoke::RevocationWish;
use authority::session::Session;

use super::reading::{object_error, read_file};
use super::{Surface, certificate_view, named};
use crate::request::{CertificateRelease, CertificateRevoke, KeyCompromised};
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{AuthorityRef, CertificateView, CompromiseView, CompromisedView, RevokedView};
use crate::{ApiError, ErrorCode};

impl From<ReleaseError> for ApiError {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NotOurs { name } => Self::new(ErrorCode::NotOurs).with("name", name),
            ReleaseError::NotHeld { name, reason } => {
                Self::new(ErrorCode::NotHeld).with("name", name).with("reason", reason.map_or("", |reason| reason.as_str()))
            }
            ReleaseError::ClockWentBack { seen } => Self::new(ErrorCode::ClockWentBack).with("seen", time_text(seen)),
            ReleaseError::Registry(inner) => inner.into(),
        }
    }
}

impl Surface {
    /// Revokes serial numbers of an authority.
    pub(super) fn revoke_serials(
        &self,
        session: &Session,
        request: &CertificateRevoke,
        wish: &RevocationWish,
    ) -> Result<RevokedView, ApiError> {
        let usage = |problem: &str| ApiError::new(ErrorCode::BadUsage).with("problem", problem);
        let Some(issuer) = request.issuer.as_deref().filter(|_| request.certificates.is_empty()) else {
            return Err(usage("serial numbers are revoked of one authority, and not together with certificates"));
        };
        let bad = |text: &String| ApiError::new(ErrorCode::BadSerial).with("text", text);
        let serials = request.serials.iter().map(|text| SerialNumber::from_hex(text).map_err(|_| bad(text)));
        let mut serials = serials.collect::<Result<Vec<_>, _>>()?;
        let mut seen = std::collections::HashSet::new();
        serials.retain(|serial| seen.insert(serial.clone()));
        let wanted = format!("revoke {}", serials.len());
        if request.confirmation.trim() != wanted {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", wanted));
        }
        let authority = session.registry().read(|tx| named::authority(tx, issuer))?;
        session.revoke_serials(authority.id, &serials, wish)?;
        let stale = vec![AuthorityRef { id: authority.id.to_string(), name: authority.name }];
        Ok(RevokedView { certificates: Vec::new(), stale })
    }

    pub(super) fn try_certificate_release(&self, request: CertificateRelease) -> Result<RevokedView, ApiError> {
        let session = self.session()?;
        if request.certificates.is_empty() {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "no certificate is named"));
        }
        let mut ids = session.registry().read(|tx| {
            request.certificates.iter().map(|text| Ok(named::certificate(tx, text)?.id)).collect::<Result<Vec<CertificateId>, ApiError>>()
        })?;
        let mut seen = std::collections::HashSet::new();
        ids.retain(|id| seen.insert(*id));
        let note = request.note.as_deref().filter(|note| !note.trim().is_empty());
        let stale = session.release(&ids, note)?;
        let stale = refs(&session, &stale)?;
        Ok(RevokedView { certificates: views(&session, &ids)?, stale })
    }

    pub(super) fn try_key_compromised(&self, request: KeyCompromised) -> Result<CompromiseView, ApiError> {
        let session = self.session()?;
        let key = match (&request.key, &request.path) {
            (Some(text), None) => key_named(&session, text)?,
            (None, Some(path)) => key_in_file(path)?,
            _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a key is named by a certificate of it, or by a file")),
        };
        let wish = KeyCompromise {
            invalidity_date: request.invalidity_date.as_deref().map(|text| time_in::read(text, DayEdge::First)).transpose()?,
            note: request.note.clone().filter(|note| !note.trim().is_empty()),
        };
        let plan = session.plan_key_compromise(&key, &wish)?;
        if plan.certificates.is_empty() {
            return Err(ApiError::new(ErrorCode::CertificateNotFound).with("certificate", key.fingerprint));
        }
        let wanted = format!("revoke {}", plan.acts().count());
        if request.dry_run {
            return compromise_view(&session, &plan, wanted, false);
        }
        if request.confirmation.trim() != wanted {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", wanted));
        }
        let done = session.revoke_key(&key, &wish, &plan)?;
        compromise_view(&session, &done, wanted, true)
    }
}

/// The key of a certificate, or the one with this fingerprint.
fn key_named(session: &Session, text: &str) -> Result<SuspectKey, ApiError> {
    session.registry().read(|tx| {
        let (row, fingerprint) = match named::certificate(tx, text) {
            Ok(row) => (Some(row.clone()), row.facts.key_fingerprint),
            Err(error) if error.code == ErrorCode::CertificateNotFound => match Fingerprint::from_hex(text.trim()) {
                Ok(key) => (tx.certificates_of_key(&key)?.into_iter().next(), key),
                Err(_) => return Err(error),
            },
            Err(error) => return Err(error),
        };
        // A certificate that cannot be read any more is still known by its key.
        let read = row.and_then(|row| tx.certificate_of(&row).ok());
        Ok(read.map_or_else(|| SuspectKey::of_fingerprint(fingerprint), |certificate| SuspectKey::from(certificate.public_key())))
    })
}

/// The one key that a file is about. A bundle has those of the issuers as well, and nobody has said which of them is in other hands.
fn key_in_file(path: &FilePath) -> Result<SuspectKey, ApiError> {
    let (mut keys, mut first_error) = (Vec::<PublicKey>::new(), None);
    for found in recognise(&read_file(path.as_path())?, &[]).found {
        let key = match found.object {
            Ok(Object::Certificate(certificate)) => certificate.public_key().clone(),
            Ok(Object::Request(request)) => request.public_key().clone(),
            Ok(Object::PrivateKey(key)) => key.public_key().clone(),
            Ok(_) => continue,
            Err(error) => {
                first_error = first_error.or(Some(error));
                continue;
            }
        };
        if !keys.iter().any(|known| known.key_bits() == key.key_bits()) {
            keys.push(key);
        }
    }
    match (keys.as_slice(), first_error) {
        ([key], _) => Ok(SuspectKey::from(key)),
        ([], Some(error)) => Err(object_error(&error, &path.0)),
        ([], None) => Err(ApiError::new(ErrorCode::NotAnObject).with("path", &path.0)),
        (several, _) => {
            let problem = format!("{} keys are in {}: name a file with one, or a certificate", several.len(), path.0);
            Err(ApiError::new(ErrorCode::BadUsage).with("problem", problem))
        }
    }
}

fn compromise_view(session: &Session, compromise: &Compromise, confirmation: String, done: bool) -> Result<CompromiseView, ApiError> {
    let ids: Vec<_> = compromise.certificates.iter().map(|certificate| certificate.row.id).collect();
    let outcome = |outcome| match outcome {
        CompromiseOutcome::Revoked => "revoked",
        CompromiseOutcome::Sharpened => "sharpened",
        CompromiseOutcome::Known => "known",
        CompromiseOutcome::NotOurs => "not-ours",
    };
    let certificates = views(session, &ids)?.into_iter().zip(&compromise.certificates);
    Ok(CompromiseView {
        fingerprint: compromise.key.to_string(),
        done,
        confirmation,
        certificates: certificates
            .map(|(certificate, found)| CompromisedView { certificate, outcome: outcome(found.outcome).to_owned() })
            .collect(),
        stale: refs(session, &compromise.stale)?,
    })
}

fn refs(session: &Session, ids: &[authority::registry::AuthorityId]) -> Result<Vec<AuthorityRef>, ApiError> {
    Ok(session.authority_names(ids)?.into_iter().map(|(id, name)| AuthorityRef { id: id.to_string(), name }).collect())
}

/// The certificates as they are now.
fn views(session: &Session, ids: &[CertificateId]) -> Result<Vec<CertificateView>, ApiError> {
    let now = session.now();
    session.registry().read(|tx| {
        ids.iter()
            .map(|id| {
                let row = tx.certificate(*id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
                certificate_view::of_row(tx, &row, now)
            })
            .collect()
    })
}
