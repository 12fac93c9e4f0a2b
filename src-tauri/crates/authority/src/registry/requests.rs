//! Signing requests that were taken in and wait for a decision.

use pki::request::SigningRequest;
use pki::{DistinguishedName, Fingerprint};
use time::OffsetDateTime;

use super::cell::{Bound, Cells, owned, words};
use super::ids::{CertificateId, RequestId};
use super::page::{Count, MOST_COUNTED};
use super::{Read, RegistryError, Write};

words! {
    /// What became of a request.
    pub enum RequestState {
        /// Nothing yet.
        Open = "open",
        /// A certificate was issued for it.
        Issued = "issued",
        /// It was turned down.
        Rejected = "rejected",
    }
}

/// A signing request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// Its id.
    pub id: RequestId,
    /// The request, DER.
    pub der: Vec<u8>,
    /// SHA-256 of its DER.
    pub fingerprint: Fingerprint,
    /// The subject it asks for.
    pub subject: DistinguishedName,
    /// The alternative names it asks for.
    pub names: Vec<String>,
    /// "ec-p256" and so on.
    pub key_kind: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub key_fingerprint: Fingerprint,
    /// When it was taken in.
    pub received_at: OffsetDateTime,
    /// What became of it.
    pub state: RequestState,
    /// Why it was turned down.
    pub note: Option<String>,
    /// The certificate that was issued.
    pub certificate: Option<CertificateId>,
}

impl RequestRow {
    /// The row of a request that has just come in.
    #[must_use]
    pub fn received(id: RequestId, request: &SigningRequest, now: OffsetDateTime) -> Self {
        Self {
            id,
            der: request.der().to_vec(),
            fingerprint: Fingerprint::of(request.der()),
            subject: request.subject().clone(),
            names: request.names().iter().map(ToString::to_string).collect(),
            key_kind: request.public_key().algorithm().kind(),
            key_fingerprint: request.public_key().fingerprint(),
            received_at: now,
            state: RequestState::Open,
            note: None,
            certificate: None,
        }
    }
}

pub(super) const COLUMNS: &str = "id, der, fingerprint, subject, names, key_kind, key_fingerprint, received_at, state, note, certificate";

pub(super) fn request_row(cells: &Cells<'_>) -> Result<RequestRow, RegistryError> {
    let row = RequestRow {
        id: cells.get("id")?,
        der: cells.get("der")?,
        fingerprint: cells.get("fingerprint")?,
        subject: cells.get("subject")?,
        names: cells.get("names")?,
        key_kind: cells.get("key_kind")?,
        key_fingerprint: cells.get("key_fingerprint")?,
        received_at: cells.get("received_at")?,
        state: cells.get("state")?,
        note: cells.get("note")?,
        certificate: cells.get("certificate")?,
    };
    if Fingerprint::of(&row.der) != row.fingerprint {
        return Err(cells.refuse("der", format!("the bytes do not have the recorded SHA-256 {}", row.fingerprint)));
    }
    Ok(row)
}

impl Read<'_> {
    /// The request with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn request(&self, id: RequestId) -> Result<Option<RequestRow>, RegistryError> {
        self.row("requests", &format!("SELECT {COLUMNS} FROM requests WHERE id = ?1"), &[&Bound(&id)], request_row)
    }

    /// The request with this SHA-256.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn request_by_fingerprint(&self, fingerprint: &Fingerprint) -> Result<Option<RequestRow>, RegistryError> {
        self.row("requests", &format!("SELECT {COLUMNS} FROM requests WHERE fingerprint = ?1"), &[&Bound(fingerprint)], request_row)
    }

    /// The newest requests before another (`None`: from the newest), in a state or all; newest first. A page costs the same anywhere in the list.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn requests(&self, state: Option<RequestState>, before: Option<RequestId>, limit: u32) -> Result<Vec<RequestRow>, RegistryError> {
        // Each statement walks one index from where the page begins: the key, or state and time of arrival.
        let conditions = match (state.is_some(), before.is_some()) {
            (false, false) => "?1 IS NULL AND ?2 IS NULL ORDER BY id DESC",
            (false, true) => "?1 IS NULL AND id < ?2 ORDER BY id DESC",
            (true, false) => "state = ?1 AND ?2 IS NULL ORDER BY received_at DESC, id DESC",
            (true, true) => {
                "state = ?1 AND (received_at, id) < ((SELECT received_at FROM requests WHERE id = ?2), ?2) ORDER BY received_at DESC, id DESC"
            }
        };
        let sql = format!("SELECT {COLUMNS} FROM requests WHERE {conditions} LIMIT ?3");
        self.rows("requests", &sql, &[&Bound(&state), &Bound(&before), &limit], request_row)
    }

    /// How many requests are in a state, or in all, up to 10,000: what that costs does not grow with the inbox.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn request_count(&self, state: Option<RequestState>) -> Result<Count, RegistryError> {
        let most = owned(&(MOST_COUNTED + 1));
        let count = match state {
            Some(state) => {
                self.number("SELECT count(*) FROM (SELECT 1 FROM requests WHERE state = ?1 LIMIT ?2)", &[owned(&state), most])?
            }
            None => self.number("SELECT count(*) FROM (SELECT 1 FROM requests LIMIT ?1)", &[most])?,
        };
        let count = u64::try_from(count).unwrap_or(0);
        Ok(Count { count: count.min(MOST_COUNTED), at_least: count > MOST_COUNTED })
    }

    /// The requests with a key, by SHA-256 of the SubjectPublicKeyInfo, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn requests_of_key(&self, key: &Fingerprint) -> Result<Vec<RequestRow>, RegistryError> {
        self.rows(
            "requests",
            &format!("SELECT {COLUMNS} FROM requests WHERE key_fingerprint = ?1 ORDER BY id DESC"),
            &[&Bound(key)],
            request_row,
        )
    }

    /// The open requests that ask for exactly these names, newest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn open_requests_for(&self, names: &Vec<String>) -> Result<Vec<RequestRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM requests WHERE state = 'open' AND names = ?1 ORDER BY id DESC");
        self.rows("requests", &sql, &[&Bound(names)], request_row)
    }
}

impl Write<'_> {
    /// Records a request.
    ///
    /// # Errors
    /// `AlreadyPresent` if it is known.
    pub fn insert_request(&self, request: &RequestRow) -> Result<(), RegistryError> {
        let sql = format!("INSERT INTO requests ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        self.execute(
            &sql,
            &[
                &Bound(&request.id),
                &request.der,
                &Bound(&request.fingerprint),
                &Bound(&request.subject),
                &Bound(&request.names),
                &request.key_kind,
                &Bound(&request.key_fingerprint),
                &Bound(&request.received_at),
                &Bound(&request.state),
                &request.note,
                &Bound(&request.certificate),
            ],
        )?;
        Ok(())
    }

    /// Records what became of a request.
    ///
    /// # Errors
    /// `Missing` if there is no such request.
    pub fn settle_request(
        &self,
        id: RequestId,
        state: RequestState,
        note: Option<&str>,
        certificate: Option<CertificateId>,
    ) -> Result<(), RegistryError> {
        let sql = "UPDATE requests SET state = ?2, note = ?3, certificate = ?4 WHERE id = ?1";
        self.change("requests", &id, sql, &[&Bound(&id), &Bound(&state), &note, &Bound(&certificate)])
    }
}
