//! What speaks against a request, or should be known before it is decided on.

use pki::key::KeyAlgorithm;
use pki::request::SigningRequest;
use pki::{GeneralName, Lifetime, Profile};
use time::OffsetDateTime;

use super::{InboxError, display_name};
use crate::issue::{CertificateWish, IssueError, KeyWish, Preview};
use crate::issuer::{Duty, IssuingAuthority};
use crate::registry::{
    AuthorityId, AuthorityKind, CertificateId, CertificateStatus, KeyLocation, Read, RegistryError, RequestId, RequestRow, RequestState,
};
use crate::session::Session;

/// RSA keys below this many bits are weak (NIST SP 800-131A).
const SHORTEST_RSA: u32 = 2_048;

/// How much a concern weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Good to know.
    Notice,
    /// To be looked into.
    Warning,
    /// Nothing is issued.
    Error,
}

impl Weight {
    /// Its name in views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Something that speaks against a request, or should be known. The words stand in the catalogue under the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// The request's own signature verifies, but proves little.
    WeakSignature {
        /// `sha1` or `rsa_below_2048`.
        weakness: &'static str,
    },
    /// The key is too short.
    WeakKey {
        /// Its kind.
        kind: String,
    },
    /// A certificate of the key was revoked because others have the key.
    KeyCompromised {
        /// That certificate.
        certificate: CertificateId,
        /// Its display name.
        name: String,
    },
    /// Another certificate has this key.
    KeyInUse {
        /// That certificate.
        certificate: CertificateId,
        /// Its display name.
        name: String,
        /// Its last moment.
        until: OffsetDateTime,
    },
    /// A valid certificate carries one of its names.
    NameInUse {
        /// The name.
        wanted: String,
        /// That certificate.
        certificate: CertificateId,
        /// Its last moment.
        until: OffsetDateTime,
    },
    /// An earlier request came with the same key, or asks for the same names.
    EarlierRequest {
        /// That request.
        request: RequestId,
        /// Who asked.
        name: String,
        /// When it came.
        received_at: OffsetDateTime,
        /// What became of it.
        state: RequestState,
        /// Whether the key is the same; else the names are.
        same_key: bool,
    },
    /// It asks for no subject and no name.
    Nameless,
}

impl Concern {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WeakSignature { .. } => "weak-signature",
            Self::WeakKey { .. } => "weak-key",
            Self::KeyCompromised { .. } => "key-compromised",
            Self::KeyInUse { .. } => "key-in-use",
            Self::NameInUse { .. } => "name-in-use",
            Self::EarlierRequest { same_key: true, .. } => "earlier-with-key",
            Self::EarlierRequest { same_key: false, .. } => "earlier-with-names",
            Self::Nameless => "nameless",
        }
    }

    /// Every code.
    pub const CODES: &'static [&'static str] = &[
        "weak-signature",
        "weak-key",
        "key-compromised",
        "key-in-use",
        "name-in-use",
        "earlier-with-key",
        "earlier-with-names",
        "nameless",
    ];

    /// How much it weighs.
    pub fn weight(&self) -> Weight {
        match self {
            Self::WeakKey { .. } | Self::KeyCompromised { .. } => Weight::Error,
            Self::WeakSignature { .. } | Self::EarlierRequest { .. } | Self::Nameless => Weight::Warning,
            Self::KeyInUse { .. } | Self::NameInUse { .. } => Weight::Notice,
        }
    }
}

/// A request with everything that is needed to decide on it.
#[derive(Debug)]
pub struct Judgement {
    /// Its row.
    pub row: RequestRow,
    /// The request itself.
    pub request: SigningRequest,
    /// What speaks against it, the weightiest first.
    pub concerns: Vec<Concern>,
    /// The authority and the profile that it was judged by; `None` where no authority can issue.
    pub judged_by: Option<(AuthorityId, String)>,
    /// What would be signed, or why nothing would.
    pub preview: Option<Result<Preview, IssueError>>,
}

impl Session {
    /// Judges a request by an authority and a profile; without them, by those that fit best.
    ///
    /// # Errors
    /// When there is no such request, or it cannot be read any more.
    pub fn judge_request(&self, id: RequestId, authority: Option<AuthorityId>, profile: Option<Profile>) -> Result<Judgement, InboxError> {
        let now = self.now();
        let (row, request, mut concerns, likely) = self.registry().read(|tx| {
            let row = tx.request(id)?.ok_or(InboxError::NotFound { id })?;
            let request = SigningRequest::from_der(&row.der).map_err(|_| InboxError::Damaged { id })?;
            let concerns = concerns(tx, &row, &request, now)?;
            let likely = if authority.is_some() { authority } else { likely_issuer(tx, now)? };
            Ok::<_, InboxError>((row, request, concerns, likely))
        })?;
        concerns.sort_by_key(|concern| std::cmp::Reverse(concern.weight()));
        let profile = profile.unwrap_or_else(|| fitting_profile(&request));
        let judged_by = likely.map(|authority| (authority, profile.name().to_owned()));
        let preview = likely.map(|authority| {
            self.preview(&CertificateWish {
                authority,
                profile,
                subject: None,
                names: Vec::new(),
                key: KeyWish::Request(Box::new(request.clone())),
                lifetime: Lifetime::ProfileDefault,
                must_staple: false,
                extensions: Vec::new(),
                accept: Vec::new(),
                renews: None,
            })
        });
        Ok(Judgement { row, request, concerns, judged_by, preview })
    }
}

/// The profile that a request most likely means, by its names.
fn fitting_profile(request: &SigningRequest) -> Profile {
    let has = |wanted: fn(&GeneralName) -> bool| request.names().iter().any(wanted);
    if has(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_))) {
        Profile::tls_server()
    } else if has(|name| matches!(name, GeneralName::Email(_) | GeneralName::SmtpUtf8(_))) {
        Profile::builtin("email").unwrap_or_else(Profile::tls_client)
    } else {
        Profile::tls_client()
    }
}

/// The authority that most likely issues: one that can, rather an intermediate than a root, rather a newer one.
fn likely_issuer(tx: &Read<'_>, now: OffsetDateTime) -> Result<Option<AuthorityId>, RegistryError> {
    let mut able = Vec::new();
    for row in tx.authorities()? {
        if let Ok(issuer) = IssuingAuthority::load(tx, row.id, Duty::Certificates, now)?
            && issuer.key.key.location != KeyLocation::Elsewhere
        {
            able.push((row.parent.is_some(), row.kind != AuthorityKind::Root, row.created_at, row.id));
        }
    }
    Ok(able.into_iter().max().map(|(.., id)| id))
}

fn concerns(tx: &Read<'_>, row: &RequestRow, request: &SigningRequest, now: OffsetDateTime) -> Result<Vec<Concern>, RegistryError> {
    let mut found = Vec::new();
    if let Some(weakness) = request.weakness() {
        found.push(Concern::WeakSignature { weakness });
    }
    if let KeyAlgorithm::Rsa { bits } | KeyAlgorithm::RsaPss { bits } = request.public_key().algorithm()
        && bits < SHORTEST_RSA
    {
        found.push(Concern::WeakKey { kind: request.public_key().algorithm().label() });
    }
    if let Some(bad) = tx.compromised_certificate_of_key(&row.key_fingerprint)? {
        found.push(Concern::KeyCompromised { certificate: bad.id, name: bad.facts.display_name });
    } else if let Some(other) = tx.other_certificate_of_key(&row.key_fingerprint, row.certificate)? {
        found.push(Concern::KeyInUse { certificate: other.id, name: other.facts.display_name, until: other.facts.not_after });
    }
    for wanted in &row.names {
        let valid = |other: &crate::registry::CertificateRow| {
            other.status(now) == CertificateStatus::Valid
                && Some(other.id) != row.certificate
                && other.facts.key_fingerprint != row.key_fingerprint
        };
        if let Some(other) = tx.certificates_with_name(wanted)?.into_iter().find(valid) {
            found.push(Concern::NameInUse { wanted: wanted.clone(), certificate: other.id, until: other.facts.not_after });
            break;
        }
    }
    if row.names.is_empty() && row.subject.is_empty() {
        found.push(Concern::Nameless);
    }
    found.extend(earlier(tx, row)?);
    Ok(found)
}

/// The newest request before this one that has the same key, else one that is still open and asks for the same names.
fn earlier(tx: &Read<'_>, row: &RequestRow) -> Result<Option<Concern>, RegistryError> {
    let concern = |other: RequestRow, same_key| Concern::EarlierRequest {
        request: other.id,
        name: display_name(&other),
        received_at: other.received_at,
        state: other.state,
        same_key,
    };
    if let Some(other) = tx.requests_of_key(&row.key_fingerprint)?.into_iter().find(|other| other.id < row.id) {
        return Ok(Some(concern(other, true)));
    }
    if row.names.is_empty() {
        return Ok(None);
    }
    let same_names = tx.open_requests_for(&row.names)?.into_iter().find(|other| other.id < row.id);
    Ok(same_names.map(|other| concern(other, false)))
}
