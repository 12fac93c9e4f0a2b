//! Why a certificate is revoked (RFC 5280 5.3.1).

use std::{fmt, str::FromStr};

use thiserror::Error;

/// CRLReason of RFC 5280 5.3.1. Code 7 is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RevocationReason {
    /// No reason is stated; never written (RFC 5280 5.3.1: leave the extension out).
    Unspecified,
    /// The certificate's private key is known or suspected to be in other hands.
    KeyCompromise,
    /// An authority's private key is in other hands.
    CaCompromise,
    /// The subject's name or organisation changed.
    AffiliationChanged,
    /// Another certificate took this one's place.
    Superseded,
    /// The certificate is no longer needed.
    CessationOfOperation,
    /// On hold: the only reason that can be lifted.
    CertificateHold,
    /// Lifted again; in delta CRLs only (RFC 5280 5.3.1).
    RemoveFromCrl,
    /// A right that the certificate states was withdrawn.
    PrivilegeWithdrawn,
    /// An attribute authority's key is in other hands.
    AaCompromise,
}

/// A name or code that is no revocation reason.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no revocation reason")]
pub struct UnknownReason(
    /// What was given.
    pub String,
);

impl RevocationReason {
    /// Every reason, in the order of their codes.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The ENUMERATED value of RFC 5280 5.3.1.
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason of a code; `None` for 7 and everything above 10.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Whether it says that a key is in other hands: whoever knew that must not be made to forget it.
    pub fn is_compromise(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise)
    }

    /// The name in RFC 5280, such as `keyCompromise`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RevocationReason {
    type Err = UnknownReason;

    /// Reads the RFC's name, whatever its case (OpenSSL writes `CACompromise`).
    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        Self::ALL.into_iter().find(|reason| reason.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_come_back() {
        for reason in RevocationReason::ALL {
            assert_eq!(RevocationReason::from_code(reason.code()), Some(reason));
            assert_eq!(reason.as_str().parse(), Ok(reason));
        }
        assert_eq!(RevocationReason::from_code(7), None);
        assert_eq!(RevocationReason::from_code(11), None);
        assert_eq!("CACompromise".parse(), Ok(RevocationReason::CaCompromise));
        assert_eq!("gone".parse::<RevocationReason>(), Err(UnknownReason("gone".into())));
    }
}
