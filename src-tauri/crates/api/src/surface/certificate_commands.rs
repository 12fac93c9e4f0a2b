//! Certificates: preview, issue, list, show, revoke, export.

use std::io::Write;

use authority::chain::without_root;
use authority::export::CertificateForm;
use authority::hand_over::{Form, HandOver, Holds, Protection};
use authority::issue::{CertificateWish, Issued, KeyWish};
use authority::pki::encoding::{Object, ObjectError, Password, recognise};
use authority::pki::issuance::PrepareError;
use authority::pki::preflight;
use authority::pki::request::{RequestError, SigningRequest};
use authority::pki::{Certificate, DistinguishedName, GeneralName, KeySpec, Lifetime, Profile, RevocationReason};
use authority::registry::{
    Archived, CertificateFilter, CertificateKind, CertificateRow, CertificateStatus, Page as Place, Read, RegistryError, Sort, SortBy,
};
use authority::revoke::RevocationWish;
use authority::session::Session;
use time::{Duration, OffsetDateTime};

use super::{Surface, certificate_view, crl_commands, named, narrow};
use crate::request::{
    CertificateDraft, CertificateExport, CertificateInFile, CertificateIssue, CertificateList, CertificateNamed, CertificateRevoke,
    HandOver as HandOverRequest, NamesRecognise, Nothing, RequestRead,
};
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{
    AuthorityRef, CertificateDetail, CertificatePreview, CertificateView, ExportView, FileWritten, HistoryEntry, IssuedView, Page,
    ProfileList, ProfileView, RecognisedName, RecognisedNames, RequestView, RevokedView, Total,
};
use crate::{ApiError, ErrorCode};

/// Rows of a page when nobody says how many.
const PAGE: u32 = 100;
/// Most rows of a page.
const LARGEST_PAGE: u32 = 500;
/// Audit entries shown with a certificate.
const HISTORY: u32 = 50;

impl Surface {
    /// Shows what would be signed.
    ///
    /// # Errors
    /// What would stop the issuing; a refusal of the preflight is not an error here but a view that says so.
    pub fn certificate_preview(&self, request: CertificateDraft) -> Result<CertificatePreview, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request)?;
        let key = match &wish.key {
            KeyWish::Make(spec) => spec.unwrap_or_else(|| wish.profile.default_key()).algorithm().label(),
            KeyWish::Request(csr) => csr.public_key().algorithm().label(),
        };
        let rules = narrow(preflight::lints().len());
        let (certificate, said, may_be_issued) = match session.preview(&wish) {
            Ok(preview) => (preview.certificate, preview.findings, true),
            Err(authority::issue::IssueError::Prepare(PrepareError::Refused { findings, certificate })) => (*certificate, findings, false),
            Err(error) => return Err(error.into()),
        };
        Ok(CertificatePreview {
            may_be_issued,
            subject: certificate_view::name_text(certificate.subject()),
            issuer: certificate_view::name_text(certificate.issuer()),
            not_before: time_text(certificate.validity().not_before()),
            not_after: time_text(certificate.validity().not_after()),
            names: certificate.names().iter().map(ToString::to_string).collect(),
            key,
            signature_algorithm: certificate.signature_algorithm().to_string(),
            extensions: certificate_view::extensions(&certificate),
            findings: certificate_view::findings(&said),
            rules,
        })
    }

    /// Issues a certificate and hands it over.
    ///
    /// # Errors
    /// When it may not be issued, the keys are locked, or the files cannot be written.
    pub fn certificate_issue(&self, request: CertificateIssue) -> Result<IssuedView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request.draft)?;
        let makes_key = matches!(wish.key, KeyWish::Make(_));
        let hand_over = request.hand_over.map(hand_over).transpose()?;
        if hand_over.is_none() && makes_key {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a key would be made and have nowhere to go"));
        }
        if let Some(hand_over) = &hand_over {
            let preview = session.preview(&wish)?;
            hand_over.check(makes_key, &preview.certificate)?;
        }
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

    /// Issues a certificate and writes it, and its key, to a stream: nothing touches a file.
    ///
    /// # Errors
    /// As [`Surface::certificate_issue`].
    pub fn certificate_issue_to(&self, request: CertificateIssue, out: &mut dyn Write) -> Result<IssuedView, ApiError> {
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

    /// Lists certificates.
    ///
    /// # Errors
    /// When a filter, sort or cursor cannot be read.
    pub fn certificate_list(&self, request: CertificateList) -> Result<Page<CertificateView>, ApiError> {
        let session = self.session()?;
        let now = session.now();
        let limit = request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let place = match (&request.after, request.position) {
            (Some(_), Some(_)) => {
                return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a page is named by a cursor or a position, not by both"));
            }
            (Some(cursor), None) => Place::After(cursor.clone()),
            (None, Some(position)) => Place::At(u64::from(position)),
            (None, None) => Place::First,
        };
        let sort = sort(request.sort.as_deref())?;
        session.registry().read(|tx| {
            let filter = filter(tx, &request, now)?;
            let page = tx.certificates_page(&filter, sort, &place, limit, now)?;
            Ok(Page {
                items: page.items.iter().map(|row| certificate_view::of_row(tx, row, now)).collect::<Result<_, ApiError>>()?,
                next: page.next,
                total: Total { count: narrow(page.total.count), at_least: page.total.at_least },
            })
        })
    }

    /// Shows everything known about a certificate.
    ///
    /// # Errors
    /// When there is no such certificate, or several.
    pub fn certificate_show(&self, request: CertificateNamed) -> Result<CertificateDetail, ApiError> {
        let session = self.session()?;
        let now = session.now();
        session.registry().read(|tx| {
            let row = named::certificate(tx, &request.certificate)?;
            let links = tx.chain(row.id)?;
            let certificate = tx.certificate_of(&row)?;
            let issuer = links.get(1).map(|link| &link.certificate);
            let mut detail = detail(&certificate, certificate_view::of_row(tx, &row, now)?, issuer);
            detail.chain = certificate_view::chain(&links, now);
            detail.profile_version = row.record.profile_version;
            detail.history = history(tx, &row)?;
            detail.on_crl = on_crl(tx, &row)?;
            Ok(detail)
        })
    }

    /// Shows a certificate that lies in a file, without taking it in.
    ///
    /// # Errors
    /// When the file holds none.
    pub fn certificate_in_file(&self, request: CertificateInFile) -> Result<CertificateDetail, ApiError> {
        let certificate = read_certificates(request.path.as_path())?.into_iter().next();
        let certificate = certificate.ok_or_else(|| ApiError::new(ErrorCode::NotAnObject).with("path", &request.path.0))?;
        let now = self.host.forces.clock.now();
        Ok(detail(&certificate, certificate_view::of_certificate(&certificate, now), None))
    }

    /// Revokes certificates, all or none.
    ///
    /// # Errors
    /// When the confirmation is not what was asked for, or one of them cannot be revoked.
    pub fn certificate_revoke(&self, request: CertificateRevoke) -> Result<RevokedView, ApiError> {
        let session = self.session()?;
        let now = session.now();
        let reason = request.reason.as_deref().unwrap_or("unspecified");
        let bad_reason = || ApiError::new(ErrorCode::BadReason).with("reason", reason);
        let wish = RevocationWish {
            reason: reason.parse::<RevocationReason>().map_err(|_| bad_reason())?,
            invalidity_date: request.invalidity_date.as_deref().map(|text| time_in::read(text, DayEdge::First)).transpose()?,
            note: request.note.filter(|note| !note.trim().is_empty()),
        };
        let rows = session
            .registry()
            .read(|tx| request.certificates.iter().map(|text| named::certificate(tx, text)).collect::<Result<Vec<_>, ApiError>>())?;
        let wanted = match rows.as_slice() {
            [] => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "no certificate is named")),
            [one] => one.facts.display_name.clone(),
            several => format!("revoke {}", several.len()),
        };
        if request.confirmation.trim() != wanted {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", wanted));
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let stale = session.revoke(&ids, &wish)?;
        let stale = session.authority_names(&stale)?.into_iter().map(|(id, name)| AuthorityRef { id: id.to_string(), name }).collect();
        let certificates = session.registry().read(|tx| {
            ids.iter()
                .map(|id| {
                    let row = tx.certificate(*id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
                    certificate_view::of_row(tx, &row, now)
                })
                .collect::<Result<_, ApiError>>()
        })?;
        Ok(RevokedView { certificates, stale })
    }

    /// Writes a certificate or its chain into a file.
    ///
    /// # Errors
    /// When there is no such form, or the file cannot be written.
    pub fn certificate_export(&self, request: CertificateExport) -> Result<ExportView, ApiError> {
        let session = self.session()?;
        let form = CertificateForm::ALL.into_iter().find(|form| form.as_str() == request.format);
        let form = form.ok_or_else(|| ApiError::new(ErrorCode::BadFormat).with("format", &request.format))?;
        let row = session.registry().read(|tx| named::certificate(tx, &request.certificate))?;
        session.export_certificate(row.id, form, request.out.as_path(), request.overwrite)?;
        let holds = if matches!(form, CertificateForm::Pem | CertificateForm::Der) { "certificate" } else { "chain" };
        Ok(ExportView { files: vec![FileWritten { path: request.out.0, holds: holds.to_owned() }] })
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
        Ok(RequestView {
            subject: certificate_view::name_text(csr.subject()),
            names: csr.names().iter().map(ToString::to_string).collect(),
            key: csr.public_key().algorithm().kind(),
            key_fingerprint: csr.public_key().fingerprint().to_string(),
            extensions: certificate_view::requested(csr.extensions()),
            pem: csr.pem(),
        })
    }

    /// Lists the profiles.
    ///
    /// # Errors
    /// None so far: the built-in ones are always there.
    pub fn profile_list(&self, _: Nothing) -> Result<ProfileList, ApiError> {
        let items = Profile::builtins().into_iter().map(|profile| ProfileView {
            name: profile.name().to_owned(),
            version: profile.version(),
            authority: profile.is_authority(),
            default_days: profile.default_days(),
            longest_days: profile.longest_days(),
            default_key: profile.default_key().as_str().to_owned(),
            name_kinds: profile.names().kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            name_required: profile.names().at_least_one,
            key_usages: profile.key_usages().iter().map(|usage| usage.as_str().to_owned()).collect(),
            extended_key_usages: certificate_view::usage_names(
                profile.extended_key_usages().iter().map(|usage| usage.oid().to_owned()).collect(),
            ),
        });
        Ok(ProfileList { items: items.collect() })
    }
}

/// A refusal of the preparation as it crosses.
pub(super) fn refused(error: PrepareError) -> ApiError {
    let problem = error.to_string();
    match error {
        PrepareError::Refused { findings, .. } => {
            let views = certificate_view::findings(&findings);
            let errors: Vec<_> =
                views.iter().filter(|view| view.severity == "error").map(|view| format!("{} ({})", view.message, view.clause)).collect();
            let lints: Vec<_> = views.iter().filter(|view| view.severity == "error").map(|view| view.lint.clone()).collect();
            ApiError::new(ErrorCode::RefusedByLint).with("findings", errors.join(" ")).with("lints", lints.join(", "))
        }
        PrepareError::OutlivesIssuer { wished, issuer_ends } => {
            ApiError::new(ErrorCode::OutlivesIssuer).with("wished", time_text(wished)).with("limit", time_text(issuer_ends))
        }
        PrepareError::PathLength { .. } => ApiError::new(ErrorCode::PathLengthExceeded).with("problem", problem),
        PrepareError::NameConstraints(violation) => {
            ApiError::new(ErrorCode::NameNotPermitted).with("name", &violation).with("problem", violation)
        }
        _ => ApiError::new(ErrorCode::RefusedByProfile).with("problem", problem),
    }
}

fn wish(session: &Session, draft: &CertificateDraft) -> Result<CertificateWish, ApiError> {
    let authority = session.registry().read(|tx| named::authority(tx, &draft.authority))?.id;
    let profile_name = draft.profile.as_deref().unwrap_or("tls-server");
    let profile = Profile::builtin(profile_name).filter(|profile| !profile.is_authority());
    let key = match (&draft.request, &draft.key) {
        (Some(_), Some(_)) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a request brings its own key")),
        (Some(text), None) => KeyWish::Request(Box::new(read_request(text.as_bytes(), "")?)),
        (None, spec) => KeyWish::Make(spec.as_deref().map(key_spec).transpose()?),
    };
    let lifetime = match (draft.days, &draft.not_after) {
        (Some(_), Some(_)) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "days and notAfter exclude each other")),
        (Some(days), None) => Lifetime::Days(days),
        (None, Some(text)) => Lifetime::Until(time_in::read(text, DayEdge::Last)?),
        (None, None) => Lifetime::ProfileDefault,
    };
    Ok(CertificateWish {
        authority,
        profile: profile.ok_or_else(|| ApiError::new(ErrorCode::ProfileNotFound).with("profile", profile_name))?,
        subject: draft.subject.as_deref().filter(|text| !text.trim().is_empty()).map(subject).transpose()?,
        names: draft.names.iter().map(|text| general_name(text)).collect::<Result<_, _>>()?,
        key,
        lifetime,
        must_staple: draft.must_staple,
        accept: draft.accept.clone(),
    })
}

/// Reads a subject.
pub(super) fn subject(text: &str) -> Result<DistinguishedName, ApiError> {
    DistinguishedName::parse(text.trim()).map_err(|error| ApiError::new(ErrorCode::BadSubject).with("text", text).with("problem", error))
}

/// Reads an alternative name.
pub(super) fn general_name(text: &str) -> Result<GeneralName, ApiError> {
    GeneralName::parse(text.trim()).map_err(|error| ApiError::new(ErrorCode::BadName).with("text", text).with("problem", error))
}

/// Reads a key specification.
pub(super) fn key_spec(text: &str) -> Result<KeySpec, ApiError> {
    text.parse().map_err(|_| {
        let known: Vec<_> = KeySpec::ALL.iter().map(|spec| spec.as_str()).collect();
        ApiError::new(ErrorCode::BadKeySpec).with("text", text).with("known", known.join(", "))
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

fn sort(text: Option<&str>) -> Result<Sort, ApiError> {
    let text = text.unwrap_or("-issued");
    let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
    let by = match name {
        "issued" => SortBy::Issued,
        "ends" => SortBy::Ends,
        "name" => SortBy::Name,
        _ => {
            return Err(
                ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no sort {text:?}; there are issued, ends and name"))
            );
        }
    };
    Ok(Sort { by, descending })
}

fn filter(tx: &Read<'_>, request: &CertificateList, now: OffsetDateTime) -> Result<CertificateFilter, ApiError> {
    let mut statuses = Vec::new();
    for text in &request.status {
        let status: CertificateStatus =
            text.parse().map_err(|_| ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no status {text:?}")))?;
        statuses.push(status);
    }
    let kind = match request.kind.as_deref() {
        None => None,
        Some("authority") => Some(CertificateKind::Authority),
        Some("leaf") => Some(CertificateKind::Leaf),
        Some(other) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no kind {other:?}"))),
    };
    let authority = request.authority.as_deref().map(|text| named::authority(tx, text)).transpose()?.map(|row| row.id);
    let expires_before = request.expires_within_days.map(|days| now.saturating_add(Duration::days(i64::from(days))));
    if expires_before.is_some() && statuses.is_empty() {
        // "Ends within" speaks of what is still in use.
        statuses.push(CertificateStatus::Valid);
    }
    Ok(CertificateFilter {
        statuses,
        archived: if request.archived { Archived::Only } else { Archived::Without },
        kind,
        authority,
        profile: request.profile.clone(),
        name: request.name.as_deref().map(|text| GeneralName::parse(text).map_or_else(|_| text.to_owned(), |name| name.to_string())),
        expires_before,
        search: request.search.clone().filter(|text| !text.trim().is_empty()),
        ..CertificateFilter::default()
    })
}

fn detail(certificate: &Certificate, view: CertificateView, issuer: Option<&Certificate>) -> CertificateDetail {
    CertificateDetail {
        certificate: view,
        chain: Vec::new(),
        profile_version: None,
        version: u32::from(certificate.version()),
        signature_algorithm: certificate.signature_algorithm().to_string(),
        key_usages: certificate.key_usages().map(|usages| usages.iter().map(|usage| usage.as_str().to_owned()).collect()),
        extended_key_usages: certificate.extended_key_usages().map(certificate_view::usage_names),
        extensions: certificate_view::extensions(certificate),
        history: Vec::new(),
        findings: certificate_view::findings(&preflight::lint_certificate(certificate, issuer)),
        on_crl: None,
    }
}

fn history(tx: &Read<'_>, row: &CertificateRow) -> Result<Vec<HistoryEntry>, ApiError> {
    let entries = tx.audit_page(Some(&row.id.to_string()), None, HISTORY)?;
    Ok(entries
        .into_iter()
        .map(|entry| HistoryEntry {
            at: time_text(entry.at),
            action: entry.action.clone(),
            actor: super::audit::actor_text(&entry.actor),
            why: entry.why.clone(),
        })
        .collect())
}

/// The number of the newest CRL, when it lists the certificate.
fn on_crl(tx: &Read<'_>, row: &CertificateRow) -> Result<Option<crate::view::CrlNumberText>, ApiError> {
    let Some(generation) = row.record.generation else { return Ok(None) };
    if row.state.revoked_at.is_none() {
        return Ok(None);
    }
    let first = tx.first_crl_of(generation, &row.facts.serial)?;
    Ok(first.as_ref().map(crl_commands::number_text))
}

/// Reads a file that the user named.
pub(super) fn read_file(path: &std::path::Path) -> Result<Vec<u8>, ApiError> {
    let shown = path.to_string_lossy().into_owned();
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ApiError::new(ErrorCode::FileNotFound).with("path", shown),
        _ => ApiError::new(ErrorCode::Io).with("path", shown).with("problem", &error).because(error),
    })
}

/// All certificates in a file.
pub(super) fn read_certificates(path: &std::path::Path) -> Result<Vec<Certificate>, ApiError> {
    let shown = path.to_string_lossy().into_owned();
    let bytes = read_file(path)?;
    if bytes.is_empty() {
        return Err(ApiError::new(ErrorCode::FileEmpty).with("path", shown));
    }
    let mut found = Vec::new();
    let mut first_error = None;
    for object in recognise(&bytes, &[]).found {
        match object.object {
            Ok(Object::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match (found.is_empty(), first_error) {
        (true, Some(error)) => Err(object_error(&error, &shown)),
        (true, None) => Err(ApiError::new(ErrorCode::NotAnObject).with("path", shown)),
        (false, _) => Ok(found),
    }
}

/// What is wrong with an object in a file.
pub(super) fn object_error(error: &ObjectError, path: &str) -> ApiError {
    let code = match error {
        ObjectError::TruncatedPem | ObjectError::Truncated { .. } => ErrorCode::FileTruncated,
        ObjectError::PasswordNeeded | ObjectError::WrongPassword => ErrorCode::PasswordWanted,
        ObjectError::TooCostly { .. } => ErrorCode::LimitExceeded,
        ObjectError::BadSignature => ErrorCode::RequestSignatureInvalid,
        ObjectError::Unsupported { .. } => ErrorCode::NotAnObject,
        _ => ErrorCode::FileDamaged,
    };
    ApiError::new(code).with("path", path).with("problem", error).because(error)
}

fn read_request(bytes: &[u8], path: &str) -> Result<SigningRequest, ApiError> {
    let attempt = if bytes.first() == Some(&0x30) { SigningRequest::from_der(bytes) } else { SigningRequest::from_pem(bytes) };
    attempt.map_err(|error| {
        let code = match &error {
            RequestError::BadSignature { .. } => ErrorCode::RequestSignatureInvalid,
            _ => ErrorCode::NotAnObject,
        };
        ApiError::new(code).with("path", path).with("problem", &error).because(error)
    })
}
