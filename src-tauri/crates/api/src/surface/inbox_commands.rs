//! The inbox of signing requests: add, list, show, turn down, put back.

use std::collections::BTreeMap;

use authority::pki::certificate::Certificate;
use authority::pki::request::SigningRequest;
use authority::pki::{Extension, Fingerprint};
use authority::registry::{Read, RequestId, RequestRow, RequestState};
use authority::request_inbox::{Concern, Judgement, Received, display_name, find_requests};

use super::{Surface, certificate_view, issuing_commands, named, narrow};
use crate::request::{RequestAdd, RequestList, RequestNamed, RequestReject, RequestShow};
use crate::text::time_text;
use crate::view::{
    Page, RequestAdded, RequestConcern, RequestDetail, RequestDifference, RequestEntry, RequestRefusal, RequestsAdded, Total,
};
use crate::{ApiError, ErrorCode, words};

/// Rows of a page when nobody says how many, and at most.
const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 500;
/// Compared with the other names, not as an extension.
const SUBJECT_ALT_NAME: &str = "2.5.29.17";

impl Surface {
    pub(super) fn try_request_add(&self, request: RequestAdd) -> Result<RequestsAdded, ApiError> {
        if request.paths.is_empty() && request.text.as_ref().is_none_or(|text| text.trim().is_empty()) {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "there is no request to take in"));
        }
        let paths = request.paths.iter().map(|path| path.as_path().to_owned()).collect();
        let report = self.session()?.receive_requests(paths, request.text)?;
        let items = report.items.into_iter().map(|item| {
            let (outcome, id, code, detail) = match item.outcome {
                Received::New(id) => ("new", Some(id), None, String::new()),
                Received::Known(id, state) => ("known", Some(id), None, words::request_known(state.as_str())),
                Received::Refused(refusal) => {
                    ("refused", None, Some(refusal.code.to_owned()), words::import_refusal(refusal.code, &refusal.fields))
                }
            };
            RequestAdded { path: item.path, name: item.object, outcome: outcome.to_owned(), id: id.map(|id| id.to_string()), code, detail }
        });
        Ok(RequestsAdded { items: items.collect(), skipped: report.skipped })
    }

    /// A page of the inbox, newest first.
    ///
    /// # Errors
    /// When the cursor or the state cannot be read.
    pub fn request_list(&self, request: RequestList) -> Result<Page<RequestEntry>, ApiError> {
        let session = self.session()?;
        let limit = request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let bad_state = |text: &str| ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no state {text:?}"));
        let state = match request.state.as_deref() {
            None => None,
            Some("open") => Some(RequestState::Open),
            Some("issued") => Some(RequestState::Issued),
            Some("rejected") => Some(RequestState::Rejected),
            Some(other) => return Err(bad_state(other)),
        };
        let bad = |text: &str| ApiError::new(ErrorCode::BadCursor).with("text", text);
        let before = request.after.as_deref().map(|text| text.parse::<RequestId>().map_err(|_| bad(text))).transpose()?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        session.registry().read(|tx| {
            if let Some(text) = request.search.as_deref().filter(|text| !text.trim().is_empty()) {
                let found = find_requests(tx, state, before, text, wanted)?;
                // How many there are further on would have to be searched for; how many came before is the caller's to add.
                let total = Total { count: narrow(u64::try_from(found.rows.len()).unwrap_or(u64::MAX)), at_least: found.next.is_some() };
                let items = found.rows.iter().map(entry).collect();
                return Ok(Page { items, next: found.next.map(|id| id.to_string()), total });
            }
            let rows = tx.requests(state, before, limit.saturating_add(1))?;
            let items: Vec<_> = rows.iter().take(wanted).map(entry).collect();
            let next = items.last().filter(|_| rows.len() > wanted).map(|last| last.id.clone());
            let total = tx.request_count(state)?;
            Ok(Page { items, next, total: Total { count: narrow(total.count), at_least: total.at_least } })
        })
    }

    /// Shows a request, what speaks against it, and what an authority and a profile make of it.
    ///
    /// # Errors
    /// When there is no such request, authority or profile.
    pub fn request_show(&self, request: RequestShow) -> Result<RequestDetail, ApiError> {
        let session = self.session()?;
        let (id, authority) = session.registry().read(|tx| {
            let authority = request.authority.as_deref().map(|text| named::authority(tx, text)).transpose()?;
            Ok::<_, ApiError>((named_request(tx, &request.request)?, authority.map(|row| row.id)))
        })?;
        let profile = request.profile.as_deref().map(|name| session.profile(name)).transpose()?.map(|entry| entry.profile);
        let Judgement { row, request: csr, concerns, judged_by, preview } = session.judge_request(id, authority, profile)?;
        let authority_name = match &judged_by {
            Some((authority, _)) => session.registry().read(|tx| tx.authority(*authority))?.map(|authority| authority.name),
            None => None,
        };
        let (mut difference, mut shown, mut refusal) = (Vec::new(), None, None);
        match preview {
            None => {}
            Some(outcome) => match issuing_commands::previewed(outcome, csr.public_key().algorithm().label()) {
                Ok((certificate, view)) => {
                    difference = differences(&csr, &certificate);
                    shown = Some(view);
                }
                Err(error) => {
                    let said = words::error(&error);
                    refusal = Some(RequestRefusal { code: error.code.as_str().to_owned(), message: said.title, hint: said.next });
                }
            },
        }
        Ok(RequestDetail {
            request: entry(&row),
            extensions: certificate_view::extensions(csr.extensions()),
            signature_algorithm: csr.signature_algorithm().to_string(),
            pem: csr.pem(),
            concerns: concerns.iter().map(concern).collect(),
            authority: judged_by.as_ref().map(|(authority, _)| authority.to_string()),
            authority_name,
            profile: judged_by.map(|(_, profile)| profile),
            difference,
            preview: shown,
            refusal,
        })
    }

    pub(super) fn try_request_reject(&self, request: RequestReject) -> Result<RequestEntry, ApiError> {
        let session = self.session()?;
        let id = session.registry().read(|tx| named_request(tx, &request.request))?;
        Ok(entry(&session.reject_request(id, request.note.as_deref())?))
    }

    pub(super) fn try_request_reopen(&self, request: RequestNamed) -> Result<RequestEntry, ApiError> {
        let session = self.session()?;
        let id = session.registry().read(|tx| named_request(tx, &request.request))?;
        Ok(entry(&session.reopen_request(id)?))
    }
}

/// Finds a request by id or SHA-256.
fn named_request(tx: &Read<'_>, text: &str) -> Result<RequestId, ApiError> {
    let text = text.trim();
    if let Ok(id) = text.parse::<RequestId>()
        && tx.request(id)?.is_some()
    {
        return Ok(id);
    }
    if let Ok(fingerprint) = Fingerprint::from_hex(text)
        && let Some(row) = tx.request_by_fingerprint(&fingerprint)?
    {
        return Ok(row.id);
    }
    Err(ApiError::new(ErrorCode::RequestNotFound).with("request", text))
}

fn entry(row: &RequestRow) -> RequestEntry {
    RequestEntry {
        id: row.id.to_string(),
        name: display_name(row),
        state: row.state.as_str().to_owned(),
        subject: certificate_view::name_text(&row.subject),
        names: row.names.clone(),
        key: row.key_kind.clone(),
        key_fingerprint: row.key_fingerprint.to_string(),
        sha256: row.fingerprint.to_string(),
        received_at: time_text(row.received_at),
        note: row.note.clone(),
        certificate: row.certificate.map(|id| id.to_string()),
    }
}

fn concern(concern: &Concern) -> RequestConcern {
    let (mut certificate, mut request) = (None, None);
    let fields = match concern {
        Concern::WeakSignature { weakness } => vec![("weakness", words::request_weakness(weakness))],
        Concern::WeakKey { kind } => vec![("kind", kind.clone())],
        Concern::KeyCompromised { certificate: id, name } => {
            certificate = Some(id.to_string());
            vec![("name", name.clone())]
        }
        Concern::KeyInUse { certificate: id, name, until } => {
            certificate = Some(id.to_string());
            vec![("name", name.clone()), ("until", time_text(*until))]
        }
        Concern::NameInUse { wanted, certificate: id, until } => {
            certificate = Some(id.to_string());
            vec![("wanted", wanted.clone()), ("until", time_text(*until))]
        }
        Concern::EarlierRequest { request: id, name, received_at, state, .. } => {
            request = Some(id.to_string());
            vec![("name", name.clone()), ("at", time_text(*received_at)), ("state", words::request_state(state.as_str()))]
        }
        Concern::Nameless => Vec::new(),
    };
    let (message, fix) = words::request_concern(concern.code(), &fields);
    RequestConcern { code: concern.code().to_owned(), severity: concern.weight().as_str().to_owned(), message, fix, certificate, request }
}

/// What becomes of what a request asks for. Extensions are compared by OID, criticality and bytes.
fn differences(request: &SigningRequest, certificate: &Certificate) -> Vec<RequestDifference> {
    let row = |what: &str, label: &str, asked: String, given: String, fate: &str| RequestDifference {
        what: what.to_owned(),
        label: label.to_owned(),
        asked,
        given,
        fate: fate.to_owned(),
    };
    let (asked, given) = (request.subject(), certificate.subject());
    let fate = match (asked == given, asked.is_empty()) {
        (true, _) => "taken",
        (false, true) => "added",
        (false, false) => "changed",
    };
    let mut rows = vec![row("subject", "", asked.rfc4514(), given.rfc4514(), fate)];
    let texts = |names: &[authority::pki::GeneralName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (asked, given) = (texts(request.names()), texts(certificate.names()));
    let sorted = |names: &[String]| names.iter().cloned().collect::<std::collections::BTreeSet<_>>();
    let fate = match (sorted(&asked) == sorted(&given), asked.is_empty(), given.is_empty()) {
        (true, ..) => "taken",
        (false, true, _) => "added",
        (false, false, true) => "left-out",
        (false, false, false) => "changed",
    };
    rows.push(row("names", "", asked.join(", "), given.join(", "), fate));
    let said = |extension: &Extension| certificate_view::extensions(std::slice::from_ref(extension)).remove(0);
    let written: BTreeMap<_, _> = certificate.extensions().iter().map(|extension| (extension.oid.as_str(), extension)).collect();
    let wished = |oid: &str| request.extensions().iter().any(|extension| extension.oid == oid);
    for extension in request.extensions().iter().filter(|extension| extension.oid != SUBJECT_ALT_NAME) {
        let asked = said(extension);
        let (given, fate) = match written.get(extension.oid.as_str()) {
            None => (String::new(), "left-out"),
            Some(same) if *same == extension => (said(same).lines.join(", "), "taken"),
            Some(other) => (said(other).lines.join(", "), "changed"),
        };
        rows.push(row("extension", &asked.name, asked.lines.join(", "), given, fate));
    }
    for extension in certificate.extensions().iter().filter(|extension| extension.oid != SUBJECT_ALT_NAME && !wished(&extension.oid)) {
        let given = said(extension);
        rows.push(row("extension", &given.name, String::new(), given.lines.join(", "), "added"));
    }
    rows
}
