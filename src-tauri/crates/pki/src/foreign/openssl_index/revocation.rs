//! The third field of a line: when and why a certificate was revoked. A reason may carry one thing more, which replaces it by a word of
//! OpenSSL's own: `holdInstruction`, `keyTime`, `CAkeyTime`.

use std::fmt;

use time::OffsetDateTime;

use super::{IndexError, time, time_text};
use crate::{
    asn1::{self, tag},
    revocation::RevocationReason,
    validity::{generalized_time_to_der, time_from_der},
};

/// When and why a certificate was revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRevocation {
    /// When.
    pub revoked_at: OffsetDateTime,
    /// Why.
    pub reason: IndexReason,
}

/// Why, in each of the forms that OpenSSL has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexReason {
    /// No reason is stated.
    Unstated,
    /// A reason and nothing more.
    Stated(RevocationReason),
    /// On hold, with what to do about it: an object identifier, dotted (RFC 3280 5.3.2).
    HoldInstruction(String),
    /// The certificate's key is in other hands since then.
    KeyCompromisedSince(OffsetDateTime),
    /// The authority's key is in other hands since then.
    CaCompromisedSince(OffsetDateTime),
}

/// What OpenSSL's index has no place for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LostDetail {
    /// A reason that `openssl ca` does not know: it would refuse the whole line.
    Reason(RevocationReason),
    /// The day since when a certificate was not to be trusted, with a reason other than a compromise.
    InvalidityDate(OffsetDateTime),
    /// What to do about a hold, with a reason that is none.
    HoldInstruction(String),
}

const HOLD_INSTRUCTION: &str = "holdInstruction";
const KEY_TIME: &str = "keyTime";
const CA_KEY_TIME: &str = "CAkeyTime";

/// Names that OpenSSL has for hold instructions (RFC 3280 5.3.2).
const INSTRUCTIONS: [(&str, &str); 3] = [
    ("holdInstructionNone", "1.2.840.10040.2.1"),
    ("holdInstructionCallIssuer", "1.2.840.10040.2.2"),
    ("holdInstructionReject", "1.2.840.10040.2.3"),
];

impl IndexReason {
    /// The form that says most, and what it cannot say.
    pub fn of(
        reason: Option<RevocationReason>,
        invalidity_date: Option<OffsetDateTime>,
        hold_instruction: Option<&str>,
    ) -> (Self, Vec<LostDetail>) {
        use RevocationReason::{AaCompromise, CaCompromise, CertificateHold, KeyCompromise, PrivilegeWithdrawn, Unspecified};
        let instruction = hold_instruction.filter(|dotted| asn1::oid(dotted).is_some());
        let chosen = match (reason, invalidity_date, instruction) {
            (Some(KeyCompromise), Some(since), _) => Self::KeyCompromisedSince(since),
            (Some(CaCompromise), Some(since), _) => Self::CaCompromisedSince(since),
            (Some(CertificateHold), _, Some(dotted)) => Self::HoldInstruction(dotted.to_owned()),
            (None | Some(Unspecified | PrivilegeWithdrawn | AaCompromise), ..) => Self::Unstated,
            (Some(reason), ..) => Self::Stated(reason),
        };
        let mut lost = Vec::new();
        lost.extend(reason.filter(|reason| matches!(reason, PrivilegeWithdrawn | AaCompromise)).map(LostDetail::Reason));
        lost.extend(invalidity_date.filter(|_| chosen.invalidity_date().is_none()).map(LostDetail::InvalidityDate));
        let unsaid = hold_instruction.filter(|_| chosen.hold_instruction().is_none());
        lost.extend(unsaid.map(|dotted| LostDetail::HoldInstruction(dotted.to_owned())));
        (chosen, lost)
    }

    /// The reason of RFC 5280 5.3.1; `None` where none is stated.
    pub fn reason(&self) -> Option<RevocationReason> {
        match self {
            Self::Unstated => None,
            Self::Stated(reason) => Some(*reason),
            Self::HoldInstruction(_) => Some(RevocationReason::CertificateHold),
            Self::KeyCompromisedSince(_) => Some(RevocationReason::KeyCompromise),
            Self::CaCompromisedSince(_) => Some(RevocationReason::CaCompromise),
        }
    }

    /// Since when the certificate is not to be trusted (RFC 5280 5.3.2).
    pub fn invalidity_date(&self) -> Option<OffsetDateTime> {
        match self {
            Self::KeyCompromisedSince(since) | Self::CaCompromisedSince(since) => Some(*since),
            _ => None,
        }
    }

    /// What to do about a hold, dotted.
    pub fn hold_instruction(&self) -> Option<&str> {
        match self {
            Self::HoldInstruction(dotted) => Some(dotted),
            _ => None,
        }
    }

    fn read(word: &str, argument: Option<&str>) -> Result<Self, IndexError> {
        let wanted = |reason| argument.ok_or_else(|| IndexError::Argument { reason, found: String::new() });
        let since = |reason| {
            let text = wanted(reason)?;
            let der = asn1::tlv(tag::GENERALIZED_TIME, text.as_bytes());
            time_from_der(&der).map_err(|_| IndexError::Argument { reason, found: text.to_owned() })
        };
        if word.eq_ignore_ascii_case(HOLD_INSTRUCTION) {
            let text = wanted(HOLD_INSTRUCTION)?;
            let known = INSTRUCTIONS.iter().find(|(name, _)| *name == text).map(|(_, dotted)| *dotted);
            let dotted = known.or_else(|| asn1::oid(text).map(|_| text));
            let unknown = || IndexError::Argument { reason: HOLD_INSTRUCTION, found: text.to_owned() };
            return Ok(Self::HoldInstruction(dotted.ok_or_else(unknown)?.to_owned()));
        }
        if word.eq_ignore_ascii_case(KEY_TIME) {
            return since(KEY_TIME).map(Self::KeyCompromisedSince);
        }
        if word.eq_ignore_ascii_case(CA_KEY_TIME) {
            return since(CA_KEY_TIME).map(Self::CaCompromisedSince);
        }
        word.parse().map(Self::Stated).map_err(|_| IndexError::Reason { found: word.to_owned() })
    }
}

impl IndexRevocation {
    /// Reads `TIME`, `TIME,REASON` or `TIME,WORD,ARGUMENT`.
    pub(super) fn read(text: &str) -> Result<Self, IndexError> {
        let mut parts = text.splitn(3, ',');
        let revoked_at = time(parts.next().unwrap_or_default())?;
        let reason = match parts.next() {
            None => IndexReason::Unstated,
            Some(word) => IndexReason::read(word, parts.next())?,
        };
        Ok(Self { revoked_at, reason })
    }
}

impl fmt::Display for IndexRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&time_text(self.revoked_at))?;
        let since =
            |moment: &OffsetDateTime| String::from_utf8_lossy(generalized_time_to_der(*moment).get(2..).unwrap_or_default()).into_owned();
        match &self.reason {
            IndexReason::Unstated => Ok(()),
            // OpenSSL writes a C of its own here.
            IndexReason::Stated(RevocationReason::CaCompromise) => f.write_str(",CACompromise"),
            IndexReason::Stated(reason) => write!(f, ",{reason}"),
            IndexReason::HoldInstruction(dotted) => {
                let name = INSTRUCTIONS.iter().find(|(_, known)| known == dotted).map_or(dotted.as_str(), |(name, _)| name);
                write!(f, ",{HOLD_INSTRUCTION},{name}")
            }
            IndexReason::KeyCompromisedSince(moment) => write!(f, ",{KEY_TIME},{}", since(moment)),
            IndexReason::CaCompromisedSince(moment) => write!(f, ",{CA_KEY_TIME},{}", since(moment)),
        }
    }
}
