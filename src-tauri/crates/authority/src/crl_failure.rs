//! Why a CRL was not issued, as the history of runs keeps it: a short stable code.

use std::time::Duration;

use pki::crl::CrlError;
use time::OffsetDateTime;

use crate::issuer::Unusable;
use crate::keystore::KeyStoreError;
use crate::publish_crl::BuildCrlError;
use crate::registry::{CrlEvent, CrlKind, GenerationId, RegistryError};
use crate::session::Session;

impl BuildCrlError {
    /// A stable name for what went wrong, by which the catalogue of words knows it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Issuer(why) => unusable_code(why),
            Self::ClockWentBack { .. } => "clock-went-back",
            Self::AwaitsCrl { .. } => "crl-awaited",
            Self::NoBase { .. } => "crl-not-found",
            Self::NextUpdatePast { .. } => "bad-time",
            Self::Crl(CrlError::Refused { .. }) => "refused-by-lint",
            Self::Crl(_) | Self::Number(_) | Self::Entropy(_) => "internal",
            Self::KeyStore(error) => keystore_code(error),
            Self::Cancelled => "cancelled",
            Self::Registry(error) => registry_code(error),
        }
    }

    /// Whether a run has failed. The others are refusals before one began: whoever asked is told, and asks again when the reason is gone.
    pub(crate) fn is_failed_run(&self) -> bool {
        !matches!(
            self,
            Self::Issuer(_)
                | Self::ClockWentBack { .. }
                | Self::AwaitsCrl { .. }
                | Self::NoBase { .. }
                | Self::NextUpdatePast { .. }
                | Self::KeyStore(KeyStoreError::Locked)
                | Self::Registry(RegistryError::ReadOnly | RegistryError::OnShare)
        )
    }
}

/// The code of a reason why an authority cannot sign.
#[must_use]
pub fn unusable_code(why: &Unusable) -> &'static str {
    match why {
        Unusable::Unknown { .. } => "authority-not-found",
        Unusable::KeyElsewhere { .. } => "key-elsewhere",
        Unusable::AwaitsCertificate { .. } => "awaits-certificate",
        Unusable::Retired { .. }
        | Unusable::KeyNotReady { .. }
        | Unusable::OutsideValidity { .. }
        | Unusable::Revoked { .. }
        | Unusable::UsageMissing { .. }
        | Unusable::KeyKind { .. }
        | Unusable::CertificateUnreadable { .. } => "authority-unusable",
    }
}

fn keystore_code(error: &KeyStoreError) -> &'static str {
    match error {
        KeyStoreError::Locked => "locked",
        KeyStoreError::WrongPassphrase => "passphrase-wrong",
        KeyStoreError::Missing { .. } => "key-missing",
        KeyStoreError::WrongKey { .. } => "key-wrong",
        KeyStoreError::Unreachable { .. } => "keyring-unreachable",
        KeyStoreError::TimedOut { .. } => "keyring-timed-out",
        KeyStoreError::Cancelled => "cancelled",
        KeyStoreError::CostRefused { .. } => "limit-exceeded",
        KeyStoreError::Busy { .. } => "registry-busy",
        KeyStoreError::AlreadyPresent
        | KeyStoreError::Ambiguous
        | KeyStoreError::TooLong
        | KeyStoreError::Damaged { .. }
        | KeyStoreError::Unsupported { .. }
        | KeyStoreError::BadName { .. }
        | KeyStoreError::Entropy(_)
        | KeyStoreError::Io { .. } => "key-store-failed",
    }
}

fn registry_code(error: &RegistryError) -> &'static str {
    match error {
        RegistryError::Busy => "registry-busy",
        RegistryError::ReadOnly => "registry-read-only",
        RegistryError::OnShare => "registry-on-share",
        RegistryError::Full => "disk-full",
        RegistryError::Cancelled => "cancelled",
        RegistryError::Damaged { .. } | RegistryError::Cell { .. } => "registry-damaged",
        RegistryError::Io { .. } => "io",
        RegistryError::BadCursor { .. } => "bad-cursor",
        RegistryError::PositionTooFar { .. } => "bad-usage",
        RegistryError::AlreadyPresent { .. }
        | RegistryError::Refused { .. }
        | RegistryError::Missing { .. }
        | RegistryError::Statement { .. } => "internal",
    }
}

impl Session {
    /// Records a run that failed, if that can be: on a full disk it cannot, and the log has it.
    pub(crate) fn note_failed_run(
        &self,
        (generation, kind): (GenerationId, CrlKind),
        begun: OffsetDateTime,
        took: Duration,
        error: &BuildCrlError,
    ) {
        tracing::warn!(%error, %generation, "a CRL was not issued");
        let event = CrlEvent {
            generation,
            number: None,
            kind,
            started_at: begun,
            milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            entry_count: None,
            error: Some(error.code().to_owned()),
        };
        if let Err(error) = self.change_unnoted(|tx| tx.insert_crl_event(&event)) {
            tracing::warn!(%error, %generation, "the failed run is not on record");
        }
    }
}
