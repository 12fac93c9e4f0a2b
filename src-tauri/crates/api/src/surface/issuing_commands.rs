//! Issuing: preview, issue, names and requests as they are typed in.

use std::io::Write;

use authority::chain::without_root;
use authority::hand_over::{Form, HandOver, Holds, Protection};
use authority::issue::{CertificateWish, IssueError, Issued, KeyWish, Preview};
use authority::pki::encoding::Password;
use authority::pki::issuance::PrepareError;
use authority::pki::request::SigningRequest;
use authority::pki::{Certificate, GeneralName, Lifetime, preflight};
use authority::registry::RegistryError;
use authority::session::Session;

use super::reading::{general_name, key_spec, read_file, read_request, security_identifier, subject};
use super::{Surface, certificate_view, compare, named, narrow};
use crate::request::{CertificateDraft, CertificateIssue, CertificateRenewal, HandOver as HandOverRequest, NamesRecognise, RequestRead};
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{CertificatePreview, FileWritten, IssuedView, RecognisedName, RecognisedNames, RequestView};
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Shows what would be signed.
    ///
    /// # Errors
    /// What would stop the issuing; a refusal of the preflight is not an error here but a view that says so.
    pub fn certificate_preview(&self, request: CertificateDraft) -> Result<CertificatePreview, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request)?;
        let key = match &wish.key {
            KeyWish::Make(spec) => spec.unwrap_or_else(|| wish.profile.keys().default()).algorithm().label(),
            KeyWish::Request(csr) => csr.public_key().algorithm().label(),
            KeyWish::Same(key) => key.algorithm().label(),
        };
        let (certificate, mut view) = previewed(session.preview(&wish), key)?;
        if let Some(before) = wish.renews {
            let differences = compare::differences(&session.predecessor(before)?.certificate, &certificate);
            view.differences = differences.into_iter().filter(|one| !compare::is_stand_in(one, &wish.key)).collect();
        }
        Ok(view)
    }

    pub(super) fn try_certificate_issue(&self, request: CertificateIssue) -> Result<IssuedView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request.draft)?;
        let makes_key = matches!(wish.key, KeyWish::Make(_));
        let hand_over = request.hand_over.map(hand_over).transpose()?;
        if hand_over.is_none() && makes_key {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a key would be made and have nowhere to go"));
        }
        // Until the files are written: a folder that nothing comes into goes again.
        let _folder = match &hand_over {
            Some(hand_over) => hand_over.check(makes_key, &session.preview(&wish)?.certificate)?,
            None => None,
        };
        let issued = session.issue(&wish)?;
        let chain = session.registry().read(|tx| tx.chain(issued.id))?;
        let files = match &hand_over {
            Some(hand_over) => hand_over.write(&issued, &without_root(&chain))?,
            None => Vec::new(),
        };
        let files = files
            .into_iter()
            .map(|(path, holds)| FileWritten { path: FilePath::from(path).0, holds: holds_name(holds).to_owned() })
            .collect();
        issued_view(&session, &issued, files)
    }

    pub(super) fn try_certificate_issue_to(&self, request: CertificateIssue, out: &mut dyn Write) -> Result<IssuedView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request.draft)?;
        let missing = || ApiError::new(ErrorCode::BadUsage).with("problem", "nothing says how to hand the certificate over");
        let hand_over = hand_over(request.hand_over.ok_or_else(missing)?)?;
        hand_over.check_stream(matches!(wish.key, KeyWish::Make(_)))?;
        let issued = session.issue(&wish)?;
        let chain = session.registry().read(|tx| tx.chain(issued.id))?;
        hand_over.stream(&issued, &without_root(&chain), out)?;
        issued_view(&session, &issued, Vec::new())
    }

    /// Shows what a successor of a certificate starts from: its issuer, profile, subject and names, and the same key.
    ///
    /// # Errors
    /// When there is no such certificate, it was not issued by an authority of this registry, or nothing tells its profile.
    pub fn certificate_renewal(&self, request: CertificateRenewal) -> Result<CertificateDraft, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::certificate(tx, &request.certificate))?;
        let before = session.predecessor(row.id)?;
        let name = || before.row.facts.display_name.clone();
        let authority = before.row.record.authority.ok_or_else(|| ApiError::new(ErrorCode::NotOurs).with("name", name()))?;
        if before.certificate.is_authority() {
            return Err(ApiError::new(ErrorCode::RenewsAuthority).with("name", name()));
        }
        let profile = request
            .profile
            .or_else(|| before.profile.clone())
            .ok_or_else(|| ApiError::new(ErrorCode::ProfileUnclear).with("name", name()))?;
        let subject = before.certificate.subject();
        Ok(CertificateDraft {
            authority: authority.to_string(),
            profile: Some(profile),
            subject: Some(subject.rfc4514()).filter(|text| !text.is_empty()),
            names: before.row.facts.names.clone(),
            must_staple: before.must_staple(),
            sid: before.security_identifier(),
            renews: Some(before.row.id.to_string()),
            same_key: true,
            key: None,
            request: None,
            days: None,
            not_after: None,
            accept: Vec::new(),
        })
    }

    /// Recognises names as the user types them.
    ///
    /// # Errors
    /// None; what is no name is said with each.
    pub fn names_recognise(&self, request: NamesRecognise) -> Result<RecognisedNames, ApiError> {
        let items = request.texts.into_iter().map(|text| match GeneralName::parse(text.trim()) {
            Ok(name) => RecognisedName { kind: Some(name.kind().to_owned()), name: Some(name.to_string()), problem: None, text },
            Err(error) => RecognisedName { kind: None, name: None, problem: Some(error.to_string()), text },
        });
        Ok(RecognisedNames { items: items.collect() })
    }

    /// Reads a certificate signing request.
    ///
    /// # Errors
    /// When there is none, or its own signature is wrong.
    pub fn request_read(&self, request: RequestRead) -> Result<RequestView, ApiError> {
        let csr = match (&request.text, &request.path) {
            (Some(text), None) => read_request(text.as_bytes(), "")?,
            (None, Some(path)) => read_request(&read_file(path.as_path())?, &path.0)?,
            _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a request is given as text or as a file")),
        };
        Ok(request_view(&csr))
    }
}

/// A request as it was read.
pub(super) fn request_view(csr: &SigningRequest) -> RequestView {
    RequestView {
        subject: certificate_view::name_text(csr.subject()),
        names: csr.names().iter().map(ToString::to_string).collect(),
        key: csr.public_key().algorithm().kind(),
        key_fingerprint: csr.public_key().fingerprint().to_string(),
        extensions: certificate_view::extensions(csr.extensions()),
        pem: csr.pem(),
    }
}

/// What would be signed, as a certificate and as a view; a refusal of the preflight is a view that says so.
pub(super) fn previewed(outcome: Result<Preview, IssueError>, key: String) -> Result<(Certificate, CertificatePreview), ApiError> {
    let (certificate, said, may_be_issued) = match outcome {
        Ok(preview) => (preview.certificate, preview.findings, true),
        Err(IssueError::Prepare(PrepareError::Refused { findings, certificate })) => (*certificate, findings, false),
        Err(error) => return Err(error.into()),
    };
    let view = CertificatePreview {
        differences: Vec::new(),
        may_be_issued,
        subject: certificate_view::name_text(certificate.subject()),
        issuer: certificate_view::name_text(certificate.issuer()),
        not_before: time_text(certificate.validity().not_before()),
        not_after: time_text(certificate.validity().not_after()),
        names: certificate.names().iter().map(ToString::to_string).collect(),
        key,
        signature_algorithm: certificate.signature_algorithm().to_string(),
        extensions: certificate_view::extensions(certificate.extensions()),
        findings: certificate_view::findings(&said),
        rules: narrow(preflight::lints().len()),
    };
    Ok((certificate, view))
}

/// A refusal of the preparation as it crosses.
pub(super) fn refused(error: PrepareError) -> ApiError {
    let problem = error.to_string();
    match error {
        PrepareError::Refused { findings, .. } => certificate_view::refused(&findings),
        PrepareError::OutlivesIssuer { wished, issuer_ends } => {
            ApiError::new(ErrorCode::OutlivesIssuer).with("wished", time_text(wished)).with("limit", time_text(issuer_ends))
        }
        PrepareError::PathLength { .. } => ApiError::new(ErrorCode::PathLengthExceeded).with("problem", problem),
        PrepareError::NameConstraints(violation) => {
            ApiError::new(ErrorCode::NameNotPermitted).with("name", &violation).with("problem", violation)
        }
        PrepareError::Policy(broken) => ApiError::new(ErrorCode::RefusedByPolicy).with("problem", broken),
        _ => ApiError::new(ErrorCode::RefusedByProfile).with("problem", problem),
    }
}

fn wish(session: &Session, draft: &CertificateDraft) -> Result<CertificateWish, ApiError> {
    let authority = session.registry().read(|tx| named::authority(tx, &draft.authority))?.id;
    let profile = session.profile(draft.profile.as_deref().unwrap_or("tls-server"))?.profile;
    let bad = |problem| ApiError::new(ErrorCode::BadUsage).with("problem", problem);
    let renews =
        draft.renews.as_deref().map(|text| session.registry().read(|tx| named::certificate(tx, text))).transpose()?.map(|row| row.id);
    let key = match (&draft.request, &draft.key, draft.same_key) {
        (Some(_), Some(_), _) => return Err(bad("a request brings its own key")),
        (Some(_), _, true) | (_, Some(_), true) => return Err(bad("the same key and another one exclude each other")),
        (Some(text), None, false) => KeyWish::Request(Box::new(read_request(text.as_bytes(), "")?)),
        (None, spec, false) => KeyWish::Make(spec.as_deref().map(key_spec).transpose()?),
        (None, None, true) => {
            let before = session.predecessor(renews.ok_or_else(|| bad("the same key as which certificate is not said"))?)?;
            KeyWish::Same(Box::new(before.certificate.public_key().clone()))
        }
    };
    let lifetime = match (draft.days, &draft.not_after) {
        (Some(_), Some(_)) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "days and notAfter exclude each other")),
        (Some(days), None) => Lifetime::Days(days),
        (None, Some(text)) => Lifetime::Until(time_in::read(text, DayEdge::Last)?),
        (None, None) => Lifetime::ProfileDefault,
    };
    Ok(CertificateWish {
        authority,
        profile,
        subject: draft.subject.as_deref().filter(|text| !text.trim().is_empty()).map(subject).transpose()?,
        names: draft.names.iter().map(|text| general_name(text)).collect::<Result<_, _>>()?,
        key,
        lifetime,
        must_staple: draft.must_staple,
        extensions: draft.sid.as_deref().map(security_identifier).transpose()?.into_iter().collect(),
        accept: draft.accept.clone(),
        renews,
    })
}

fn hand_over(request: HandOverRequest) -> Result<HandOver, ApiError> {
    let form = match request.format.as_deref() {
        None | Some("pem") => Form::Pem,
        Some("pkcs12") => Form::Pkcs12,
        Some(other) => return Err(ApiError::new(ErrorCode::BadFormat).with("format", other)),
    };
    let protection = match (request.password, request.plain_key) {
        (Some(_), true) => {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a key is sealed under a password or plain, not both"));
        }
        (Some(password), false) => Protection::Password(Password::new(password.expose().to_owned())),
        (None, true) => Protection::Plain,
        (None, false) => Protection::Unsaid,
    };
    Ok(HandOver { out: request.out.as_path().to_owned(), form, protection, overwrite: request.overwrite })
}

fn holds_name(holds: Holds) -> &'static str {
    match holds {
        Holds::Certificate => "certificate",
        Holds::Chain => "chain",
        Holds::Key => "key",
        Holds::Pkcs12 => "pkcs12",
    }
}

fn issued_view(session: &Session, issued: &Issued, files: Vec<FileWritten>) -> Result<IssuedView, ApiError> {
    let now = session.now();
    let certificate = session.registry().read(|tx| {
        let row = tx.certificate(issued.id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: issued.id.to_string() })?;
        certificate_view::of_row(tx, &row, now)
    })?;
    Ok(IssuedView { certificate, files, findings: certificate_view::findings(&issued.findings) })
}
