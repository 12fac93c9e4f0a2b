//! How the errors of the use cases around private keys cross: a code and fields, as in `failure.rs`.

use authority::change_passphrase::ChangePassphraseError;
use authority::export_key::ExportKeyError;
use authority::keystore::KeptKeyError;
use authority::move_keys::MoveKeysError;
use authority::repair_key::RepairKeyError;
use authority::session::SessionError;

use crate::{ApiError, ErrorCode};

impl From<KeptKeyError> for ApiError {
    fn from(error: KeptKeyError) -> Self {
        let cause = error.to_string();
        Self::new(ErrorCode::KeyStoreFailed).with("problem", &cause).because(cause)
    }
}

impl From<ChangePassphraseError> for ApiError {
    fn from(error: ChangePassphraseError) -> Self {
        let cause = error.to_string();
        match error {
            ChangePassphraseError::NoVault => Self::new(ErrorCode::BadUsage).with("problem", cause),
            ChangePassphraseError::KeyStore(inner) => inner.into(),
            ChangePassphraseError::Registry(inner) => inner.into(),
        }
    }
}

impl From<RepairKeyError> for ApiError {
    fn from(error: RepairKeyError) -> Self {
        let cause = error.to_string();
        match error {
            RepairKeyError::Unknown { id } => Self::new(ErrorCode::KeyNotFound).with("key", id),
            RepairKeyError::NotForThis { .. } | RepairKeyError::FitsNone { .. } => {
                Self::new(ErrorCode::KeyRepairUnfit).with("problem", cause)
            }
            RepairKeyError::RowDamaged { .. } => Self::new(ErrorCode::RegistryDamaged).with("problem", &cause).because(cause),
            RepairKeyError::Kept(inner) => inner.into(),
            RepairKeyError::KeyStore(inner) => inner.into(),
            RepairKeyError::Session(inner) => inner.into(),
            RepairKeyError::Entropy(inner) => inner.into(),
            RepairKeyError::Registry(inner) => inner.into(),
        }
    }
}

impl From<MoveKeysError> for ApiError {
    fn from(error: MoveKeysError) -> Self {
        let cause = error.to_string();
        match error {
            MoveKeysError::AlreadyThere => Self::new(ErrorCode::BadUsage).with("problem", cause),
            MoveKeysError::ReadOnly => Self::new(ErrorCode::RegistryReadOnly).with("problem", cause),
            MoveKeysError::Unsettled | MoveKeysError::Overtaken => Self::new(ErrorCode::RegistryBusy).with("problem", cause),
            MoveKeysError::Session(SessionError::VaultExists { path }) => {
                Self::new(ErrorCode::VaultInTheWay).with("path", path.to_string_lossy())
            }
            MoveKeysError::Session(inner) => inner.into(),
            MoveKeysError::KeyStore(inner) => inner.into(),
            MoveKeysError::Entropy(inner) => inner.into(),
            MoveKeysError::Registry(inner) => inner.into(),
        }
    }
}

impl From<ExportKeyError> for ApiError {
    fn from(error: ExportKeyError) -> Self {
        let cause = error.to_string();
        match error {
            ExportKeyError::NotHeld { name } => Self::new(ErrorCode::KeyNotHeld).with("name", name),
            ExportKeyError::ReasonMissing => Self::new(ErrorCode::ReasonRequired),
            ExportKeyError::ProtectionUnsaid => Self::new(ErrorCode::PasswordRequired),
            ExportKeyError::PassphraseRequired => Self::new(ErrorCode::PassphraseRequired),
            ExportKeyError::PassphraseWrong => Self::new(ErrorCode::PassphraseWrong),
            ExportKeyError::RecoveryUnchecked => Self::new(ErrorCode::RecoveryFileUntested),
            ExportKeyError::ConfirmationWrong { wanted } => Self::new(ErrorCode::ConfirmationWrong).with("wanted", wanted),
            ExportKeyError::ReadOnly => Self::new(ErrorCode::RegistryReadOnly).with("problem", cause),
            ExportKeyError::NotTaken { .. } => Self::new(ErrorCode::ClipboardFailed).because(cause),
            ExportKeyError::Kept(inner) => inner.into(),
            ExportKeyError::KeyStore(inner) => inner.into(),
            ExportKeyError::Unfit(inner) => inner.into(),
            ExportKeyError::Encode(_) => Self::new(ErrorCode::Internal).because(cause),
            ExportKeyError::File(inner) => inner.into(),
            ExportKeyError::Registry(inner) => inner.into(),
        }
    }
}
