//! What the registries of other programs say beside their objects: which serial numbers are revoked, how far the numbers of CRLs have come, what things
//! were called.

use std::sync::Arc;

use pki::crl::CrlNumber;
use pki::foreign::xca::XcaProfile;
use pki::{Fingerprint, RevocationReason, SerialNumber};
use time::OffsetDateTime;

use super::{NotCarried, Refusal};

/// Whose a statement is: registries elsewhere name their authority in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// The authority whose folder this source is, to be found by what it has signed.
    Source(usize),
    /// The authority with this certificate.
    Certificate(Fingerprint),
    /// The authority that has signed this certificate.
    Issued(Fingerprint),
}

/// A revocation as it is recorded elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RevokedElsewhere {
    pub(super) at: OffsetDateTime,
    pub(super) reason: Option<RevocationReason>,
    pub(super) invalidity_date: Option<OffsetDateTime>,
    pub(super) hold_instruction: Option<String>,
}

/// What a registry elsewhere says of a serial number.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) path: Arc<str>,
    pub(super) source: usize,
    pub(super) whose: Whose,
    pub(super) serial: SerialNumber,
    /// What the certificate is called there.
    pub(super) name: String,
    /// `None`: it is not revoked.
    pub(super) revoked: Option<RevokedElsewhere>,
}

/// A CRL number that was used elsewhere: ours continue above it.
#[derive(Debug, Clone)]
pub(super) struct Floor {
    pub(super) whose: Whose,
    pub(super) number: CrlNumber,
}

/// What is known of an object beyond its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// The program that knew it.
    pub(super) program: &'static str,
    /// What it was called.
    pub(super) name: String,
    /// What was written about it.
    pub(super) comment: String,
    /// When it came there.
    pub(super) inserted_at: Option<OffsetDateTime>,
    /// How it came there, or of which kind it was, in the program's own word.
    pub(super) kind: String,
}

/// A template and the profile that it becomes.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) path: Arc<str>,
    pub(super) source: usize,
    pub(super) name: String,
    pub(super) profile: Result<XcaProfile, Refusal>,
}

/// Everything of this kind that an import has found.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) statements: Vec<Statement>,
    /// Lines and rows that cannot be read: file, source, which, why.
    pub(super) broken: Vec<(Arc<str>, usize, String, Refusal)>,
    pub(super) floors: Vec<Floor>,
    /// Lives of CRLs in days.
    pub(super) crl_days: Vec<(Whose, u32)>,
    pub(super) templates: Vec<Template>,
    pub(super) not_carried: Vec<NotCarried>,
}
