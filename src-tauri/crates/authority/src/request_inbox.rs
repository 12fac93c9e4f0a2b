//! The inbox of signing requests: taken in, judged, turned down. Issuing settles a request by itself, in the certificate's transaction.

mod find;
mod judge;

use std::path::PathBuf;

use pki::Fingerprint;
use pki::encoding::Object;
use pki::request::SigningRequest;
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::import::{Gathered, Given, ImportError, ImportWish, Refusal, gather, refusal_of};
use crate::issue::IssueError;
use crate::registry::{CertificateId, Read, RegistryError, RequestId, RequestRow, RequestState, Write};
use crate::session::Session;
use crate::watch::Unwatched;

pub use find::{Found, find_requests};
pub use judge::{Concern, Judgement, Weight};

/// The longest note that is kept, in characters.
pub const LONGEST_NOTE: usize = 2_000;

/// What became of one thing that was to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It waits for a decision now.
    New(RequestId),
    /// It was taken in before, by SHA-256.
    Known(RequestId, RequestState),
    /// It is no request that can be accepted.
    Refused(Refusal),
}

/// One thing that was to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedItem {
    /// The file.
    pub path: String,
    /// Who asks; where that cannot be read, which object in the file.
    pub object: String,
    /// What became of it.
    pub outcome: Received,
}

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedReport {
    /// Every request, and what was named and is none.
    pub items: Vec<ReceivedItem>,
    /// Files in folders that hold no request.
    pub skipped: Vec<String>,
}

/// The inbox could not be changed or read.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// Files could not be read.
    #[error(transparent)]
    Input(#[from] ImportError),
    /// There is no such request.
    #[error("there is no request {id}")]
    NotFound {
        /// What was asked for.
        id: RequestId,
    },
    /// It is not in the state that this needs.
    #[error("the request of {name} is {state}")]
    Settled {
        /// Who asks.
        name: String,
        /// Its state.
        state: &'static str,
    },
    /// The note is longer than [`LONGEST_NOTE`].
    #[error("a note of {given} characters; {most} are the most")]
    NoteTooLong {
        /// Its characters.
        given: usize,
        /// The limit.
        most: usize,
    },
    /// What is kept of it cannot be read any more.
    #[error("the request {id} is damaged")]
    Damaged {
        /// The request.
        id: RequestId,
    },
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Who asks, in a few words: the first name, else the common name, else the whole subject.
pub fn display_name(row: &RequestRow) -> String {
    let name = row.names.first().map(|name| name.split_once(':').map_or(name.as_str(), |(_, value)| value).to_owned());
    name.or_else(|| row.subject.common_name()).unwrap_or_else(|| row.subject.rfc4514())
}

/// Refuses a request that was turned down: known by SHA-256, by whatever door it comes.
pub(crate) fn check(tx: &Read<'_>, request: &SigningRequest) -> Result<(), IssueError> {
    match tx.request_by_fingerprint(&Fingerprint::of(request.der()))? {
        Some(row) if row.state == RequestState::Rejected => Err(IssueError::RequestRejected { name: display_name(&row), note: row.note }),
        _ => Ok(()),
    }
}

/// Settles the request that a certificate was issued for, if it waits in the inbox: known by SHA-256.
pub(crate) fn settle(session: &Session, tx: &Write<'_>, request: &SigningRequest, certificate: CertificateId) -> Result<(), RegistryError> {
    let Some(row) = tx.request_by_fingerprint(&Fingerprint::of(request.der()))?.filter(|row| row.state == RequestState::Open) else {
        return Ok(());
    };
    tx.settle_request(row.id, RequestState::Issued, row.note.as_deref(), Some(certificate))?;
    let detail = json!({ "name": display_name(&row), "certificate": certificate.to_string() });
    tx.append_audit(&session.event("request.issued", &row.id.to_string(), detail)).map(drop)
}

impl Session {
    /// Takes requests in from files, folders and pasted text; contents are recognised by looking. All in one transaction.
    ///
    /// # Errors
    /// When a path cannot be read or the registry cannot be written; what is no request is said in the report.
    pub fn receive_requests(&self, paths: Vec<PathBuf>, text: Option<String>) -> Result<ReceivedReport, InboxError> {
        let wish = ImportWish { paths, text, passwords: Vec::new(), without_keys: true };
        let input = gather(&wish, &Unwatched)?;
        let now = self.now();
        self.change(|tx| {
            let mut report = ReceivedReport { items: Vec::new(), skipped: input.skipped };
            for Gathered { path, label, given, object, .. } in input.objects {
                let path = path.to_string();
                let (object, outcome) = match object {
                    Ok(Object::Request(request)) => {
                        self.receive(tx, &request, u16::try_from(report.items.len() % 4_096).unwrap_or(0), now)?
                    }
                    Ok(_) | Err(_) if given == Given::InFolder && !matches!(&object, Err(unreadable) if unreadable.is_of_a_request()) => {
                        if !report.skipped.contains(&path) {
                            report.skipped.push(path);
                        }
                        continue;
                    }
                    Ok(_) => (label, Received::Refused(Refusal { code: "not-a-request", fields: Vec::new() })),
                    Err(unreadable) => (label, Received::Refused(refusal_of(&unreadable))),
                };
                report.items.push(ReceivedItem { path, object, outcome });
            }
            Ok(report)
        })
    }

    fn receive(&self, tx: &Write<'_>, request: &SigningRequest, place: u16, now: OffsetDateTime) -> Result<(String, Received), InboxError> {
        if let Some(row) = tx.request_by_fingerprint(&Fingerprint::of(request.der()))? {
            return Ok((display_name(&row), Received::Known(row.id, row.state)));
        }
        let mut entropy = self.id_entropy()?;
        // What comes in together keeps its order: the twelve bits behind the time (RFC 9562 6.2) count.
        let [first, second, ..] = &mut entropy;
        [*first, *second] = place.to_be_bytes();
        let row = RequestRow::received(RequestId::new(now, entropy), request, now);
        tx.insert_request(&row)?;
        let name = display_name(&row);
        let detail = json!({ "name": name, "sha256": row.fingerprint.to_string() });
        tx.append_audit(&self.event("request.received", &row.id.to_string(), detail))?;
        Ok((name, Received::New(row.id)))
    }

    /// Turns an open request down. It can be put back ([`Session::reopen_request`]).
    ///
    /// # Errors
    /// When there is no such request, or it is not open.
    pub fn reject_request(&self, id: RequestId, note: Option<&str>) -> Result<RequestRow, InboxError> {
        let note = note.map(str::trim).filter(|note| !note.is_empty());
        if let Some(given) = note.map(|note| note.chars().count()).filter(|given| *given > LONGEST_NOTE) {
            return Err(InboxError::NoteTooLong { given, most: LONGEST_NOTE });
        }
        self.decide(id, RequestState::Open, RequestState::Rejected, note, "request.rejected")
    }

    /// Puts a request that was turned down back among the open ones.
    ///
    /// # Errors
    /// When there is no such request, or it was not turned down.
    pub fn reopen_request(&self, id: RequestId) -> Result<RequestRow, InboxError> {
        self.decide(id, RequestState::Rejected, RequestState::Open, None, "request.reopened")
    }

    fn decide(
        &self,
        id: RequestId,
        from: RequestState,
        to: RequestState,
        note: Option<&str>,
        action: &'static str,
    ) -> Result<RequestRow, InboxError> {
        self.change(|tx| {
            let row = tx.request(id)?.ok_or(InboxError::NotFound { id })?;
            if row.state != from {
                return Err(InboxError::Settled { name: display_name(&row), state: row.state.as_str() });
            }
            tx.settle_request(id, to, note, None)?;
            let mut event =
                self.event(action, &id.to_string(), json!({ "name": display_name(&row), "sha256": row.fingerprint.to_string() }));
            event.why = note.map(str::to_owned);
            tx.append_audit(&event)?;
            tx.request(id)?.ok_or(InboxError::NotFound { id })
        })
    }
}
