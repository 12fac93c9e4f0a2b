//! How each use case's error crosses: a code and fields. Every match is exhaustive, so a new variant does not compile until it has a code.

use std::path::Path;

use authority::back_up::{BackUpError, VaultLostError};
use authority::change_authority::ChangeAuthorityError;
use authority::clock::EntropyError;
use authority::daily_backup::DailyBackupError;
use authority::drill::DrillError;
use authority::export::ExportError;
use authority::export_audit::ExportAuditError;
use authority::file::FileError;
use authority::filing::FilingError;
use authority::hand_over::HandOverError;
use authority::import::ImportError;
use authority::install_crl::InstallCrlError;
use authority::issue::IssueError;
use authority::issuer::Unusable;
use authority::keystore::{KeyStoreError, RecoveryError};
use authority::pki::crl::CrlError;
use authority::pki::issuance::PrepareError;
use authority::publish_crl::BuildCrlError;
use authority::recover::RecoverError;
use authority::registry::{OpenError, RegistryError};
use authority::request_inbox::InboxError;
use authority::restore::RestoreError;
use authority::revoke::RevokeError;
use authority::salvage::SalvageError;
use authority::seed::SeedError;
use authority::session::SessionError;
use authority::settings::SettingsError;
use time::OffsetDateTime;

use crate::text::time_text;
use crate::{ApiError, ErrorCode};

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn clock_back(seen: OffsetDateTime) -> ApiError {
    ApiError::new(ErrorCode::ClockWentBack).with("seen", time_text(seen))
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        let cause = error.to_string();
        let of = |code, path: &Path| Self::new(code).with("path", shown(path)).because(&cause);
        match &error {
            OpenError::NotFound { path } => of(ErrorCode::RegistryNotFound, path),
            OpenError::IsFolder { path } => of(ErrorCode::RegistryIsFolder, path),
            OpenError::AlreadyExists { path } => of(ErrorCode::RegistryExists, path),
            OpenError::NotARegistry { path } => of(ErrorCode::NotARegistry, path),
            OpenError::Newer { found, known } => Self::new(ErrorCode::RegistryNewer).with("found", found).with("known", known),
            OpenError::Damaged { path, detail } => of(ErrorCode::RegistryDamaged, path).with("problem", detail),
            OpenError::Busy { path } => of(ErrorCode::RegistryBusy, path),
            OpenError::ReadOnly { path } => of(ErrorCode::RegistryReadOnly, path),
            OpenError::OnShare { path, .. } => of(ErrorCode::RegistryOnShare, path),
            OpenError::Full { path } => of(ErrorCode::DiskFull, path),
            OpenError::Io { path, .. } => of(ErrorCode::Io, path),
            OpenError::Registry(inner) => inner.clone().into(),
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        let cause = error.to_string();
        let code = match &error {
            RegistryError::Busy => ErrorCode::RegistryBusy,
            RegistryError::ReadOnly => ErrorCode::RegistryReadOnly,
            RegistryError::OnShare => ErrorCode::RegistryOnShare,
            RegistryError::Full => ErrorCode::DiskFull,
            RegistryError::Cancelled => ErrorCode::Cancelled,
            RegistryError::Damaged { .. } | RegistryError::Cell { .. } => ErrorCode::RegistryDamaged,
            RegistryError::Io { .. } => ErrorCode::Io,
            RegistryError::BadCursor { .. } => ErrorCode::BadCursor,
            RegistryError::PositionTooFar { .. } => ErrorCode::BadUsage,
            RegistryError::AlreadyPresent { .. }
            | RegistryError::Refused { .. }
            | RegistryError::Missing { .. }
            | RegistryError::Statement { .. } => ErrorCode::Internal,
        };
        Self::new(code).with("problem", &cause).because(cause)
    }
}

impl From<KeyStoreError> for ApiError {
    fn from(error: KeyStoreError) -> Self {
        let cause = error.to_string();
        let code = match &error {
            KeyStoreError::Locked => ErrorCode::Locked,
            KeyStoreError::WrongPassphrase => ErrorCode::PassphraseWrong,
            KeyStoreError::Missing { .. } => ErrorCode::KeyMissing,
            KeyStoreError::WrongKey { .. } => ErrorCode::KeyWrong,
            KeyStoreError::Unreachable { .. } => ErrorCode::KeyringUnreachable,
            KeyStoreError::TimedOut { .. } => ErrorCode::KeyringTimedOut,
            KeyStoreError::Cancelled => ErrorCode::Cancelled,
            KeyStoreError::CostRefused { .. } => ErrorCode::LimitExceeded,
            KeyStoreError::Busy { .. } => ErrorCode::RegistryBusy,
            KeyStoreError::AlreadyPresent
            | KeyStoreError::Ambiguous
            | KeyStoreError::TooLong
            | KeyStoreError::Damaged { .. }
            | KeyStoreError::Unsupported { .. }
            | KeyStoreError::BadName { .. }
            | KeyStoreError::Entropy(_)
            | KeyStoreError::Io { .. } => ErrorCode::KeyStoreFailed,
        };
        Self::new(code).with("problem", &cause).because(cause)
    }
}

impl From<EntropyError> for ApiError {
    fn from(error: EntropyError) -> Self {
        Self::new(ErrorCode::Internal).because(error)
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Open(inner) => inner.into(),
            SessionError::Registry(inner) => inner.into(),
            SessionError::KeyStore(inner) => inner.into(),
            SessionError::Entropy(inner) => inner.into(),
            SessionError::Recovery(inner) => inner.into(),
            SessionError::VaultUnreadable { path, cause } => {
                Self::new(ErrorCode::VaultUnreadable).with("path", shown(&path)).with("problem", &cause).because(cause)
            }
            SessionError::Vault(VaultLostError::File(inner)) => inner.into(),
            SessionError::Vault(VaultLostError::Registry(inner)) => inner.into(),
            SessionError::Vault(VaultLostError::Damaged { path }) => Self::new(ErrorCode::FileDamaged).with("path", shown(&path)),
            SessionError::VaultExists { path } => Self::new(ErrorCode::RegistryExists).with("path", shown(&path)),
            SessionError::PassphraseRequired => Self::new(ErrorCode::PassphraseRequired),
        }
    }
}

impl From<FileError> for ApiError {
    fn from(error: FileError) -> Self {
        let cause = error.to_string();
        let of = |code, path: &Path| Self::new(code).with("path", shown(path)).with("problem", &cause).because(&cause);
        match &error {
            FileError::AlreadyExists { path } => of(ErrorCode::FileExists, path),
            FileError::NoFolder { folder } => of(ErrorCode::FileNotFound, folder),
            FileError::IsFolder { path } | FileError::NotPermitted { path, .. } | FileError::Io { path, .. } => of(ErrorCode::Io, path),
            FileError::Full { path, .. } => of(ErrorCode::DiskFull, path),
        }
    }
}

impl From<RecoveryError> for ApiError {
    fn from(error: RecoveryError) -> Self {
        let cause = error.to_string();
        match error {
            RecoveryError::AlreadyExists => Self::new(ErrorCode::FileExists).with("path", &cause),
            RecoveryError::Io { kind: std::io::ErrorKind::NotFound, .. } => Self::new(ErrorCode::FileNotFound).with("path", &cause),
            RecoveryError::Io { .. } => Self::new(ErrorCode::Io).with("problem", &cause).because(cause),
            RecoveryError::WrongPassphrase => Self::new(ErrorCode::PassphraseWrong),
            RecoveryError::CostRefused { .. } => Self::new(ErrorCode::LimitExceeded).with("problem", &cause).because(cause),
            RecoveryError::NotARecoveryFile => Self::new(ErrorCode::NotAnObject).with("problem", &cause).because(cause),
            RecoveryError::Newer { .. } | RecoveryError::Damaged { .. } | RecoveryError::NotOpened | RecoveryError::NotAKey => {
                Self::new(ErrorCode::FileDamaged).with("problem", &cause).because(cause)
            }
            RecoveryError::Store(inner) => inner.into(),
        }
    }
}

impl From<RecoverError> for ApiError {
    fn from(error: RecoverError) -> Self {
        let cause = error.to_string();
        match error {
            RecoverError::NotNeeded => Self::new(ErrorCode::BadUsage).with("problem", cause),
            RecoverError::AlreadyMade => Self::new(ErrorCode::RecoveryFileMade),
            RecoverError::NoneMade => Self::new(ErrorCode::RecoveryFileMissing),
            RecoverError::WrongRegistry { path } => Self::new(ErrorCode::RecoveryFileWrong).with("path", shown(&path)),
            RecoverError::Replaced { path, made } => {
                Self::new(ErrorCode::RecoveryFileReplaced).with("path", shown(&path)).with("at", time_text(made))
            }
            RecoverError::KeyUnsettled { key, label } => Self::new(ErrorCode::KeyUnsettled).with("key", key).with("name", label),
            RecoverError::SecretNotHere { name } => {
                Self::new(ErrorCode::KeyMissing).with("problem", &cause).with("name", name).because(cause)
            }
            RecoverError::SecretDamaged { name } => {
                Self::new(ErrorCode::FileDamaged).with("problem", &cause).with("name", name).because(cause)
            }
            RecoverError::KeyDamaged { label } => {
                Self::new(ErrorCode::FileDamaged).with("problem", &cause).with("name", label).because(cause)
            }
            RecoverError::ReadOnly => Self::new(ErrorCode::RegistryReadOnly),
            RecoverError::Overtaken => Self::new(ErrorCode::RegistryBusy),
            RecoverError::Session(inner) => inner.into(),
            RecoverError::File { path, source } => Self::from(source).with("path", shown(&path)),
            RecoverError::Sealed(inner) => inner.into(),
            RecoverError::KeyStore(inner) => inner.into(),
            RecoverError::Registry(inner) => inner.into(),
        }
    }
}

impl From<Unusable> for ApiError {
    fn from(error: Unusable) -> Self {
        let cause = error.to_string();
        match error {
            Unusable::Unknown { id } => Self::new(ErrorCode::AuthorityNotFound).with("authority", id),
            Unusable::KeyElsewhere { authority } => Self::new(ErrorCode::KeyElsewhere).with("authority", authority),
            Unusable::AwaitsCertificate { authority } => Self::new(ErrorCode::AwaitsCertificate).with("authority", authority),
            Unusable::Retired { authority }
            | Unusable::KeyNotReady { authority, .. }
            | Unusable::OutsideValidity { authority, .. }
            | Unusable::Revoked { authority }
            | Unusable::UsageMissing { authority, .. }
            | Unusable::KeyKind { authority, .. }
            | Unusable::CertificateUnreadable { authority } => {
                Self::new(ErrorCode::AuthorityUnusable).with("authority", authority).with("problem", &cause).because(cause)
            }
        }
    }
}

impl From<ExportAuditError> for ApiError {
    fn from(error: ExportAuditError) -> Self {
        match error {
            ExportAuditError::File(inner) => inner.into(),
            ExportAuditError::Registry(inner) => inner.into(),
        }
    }
}

impl From<PrepareError> for ApiError {
    fn from(error: PrepareError) -> Self {
        super::issuing_commands::refused(error)
    }
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Issuer(inner) => inner.into(),
            IssueError::ClockWentBack { seen } => clock_back(seen),
            IssueError::KeyCompromised { name } => Self::new(ErrorCode::KeyCompromised).with("name", name),
            IssueError::AlreadyRenewed { name, successor } => {
                Self::new(ErrorCode::AlreadyRenewed).with("name", name).with("successor", successor)
            }
            IssueError::NobodyAsks { .. } => {
                let problem =
                    "an authority is created with `authority create`; one whose key is elsewhere asks for its certificate with a request";
                Self::new(ErrorCode::BadUsage).with("problem", problem)
            }
            IssueError::AsksForNoAuthority { .. } => Self::new(ErrorCode::RefusedByProfile).with("problem", error),
            IssueError::OwnKey { authority } => {
                Self::new(ErrorCode::NotAnAuthority).with("name", authority).with("problem", "it would be below itself")
            }
            IssueError::Prepare(inner) => inner.into(),
            IssueError::Key(inner) => Self::new(ErrorCode::Internal).because(inner),
            IssueError::KeyStore(inner) => inner.into(),
            IssueError::Sign(inner) => Self::new(ErrorCode::Internal).because(inner),
            IssueError::Session(inner) => inner.into(),
            IssueError::Entropy(inner) => inner.into(),
            IssueError::RequestRejected { name, note } => {
                Self::new(ErrorCode::RequestRejected).with("name", name).with("note", note.unwrap_or_default())
            }
            IssueError::Registry(inner) => inner.into(),
        }
    }
}

impl From<HandOverError> for ApiError {
    fn from(error: HandOverError) -> Self {
        let cause = error.to_string();
        match error {
            HandOverError::ProtectionUnsaid => Self::new(ErrorCode::PasswordRequired),
            HandOverError::NoKey => Self::new(ErrorCode::BadUsage).with("problem", cause),
            HandOverError::File(inner) => inner.into(),
            HandOverError::Stream(inner) => Self::new(ErrorCode::Io).with("path", "-").with("problem", inner),
            HandOverError::Encode(_) => Self::new(ErrorCode::Internal).because(cause),
        }
    }
}

impl From<RevokeError> for ApiError {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NotOurs { name } => Self::new(ErrorCode::NotOurs).with("name", name),
            RevokeError::AlreadyRevoked { name, reason, at } => Self::new(ErrorCode::AlreadyRevoked)
                .with("name", name)
                .with("reason", reason)
                .with("at", at.map_or_else(String::new, time_text)),
            RevokeError::ReasonNotAllowed { name, reason } => {
                Self::new(ErrorCode::ReasonNotAllowed).with("name", name).with("reason", reason)
            }
            RevokeError::PlanChanged { certificates } => {
                Self::new(ErrorCode::ConfirmationWrong).with("wanted", format!("revoke {certificates}"))
            }
            RevokeError::InvalidInFuture { date } => Self::new(ErrorCode::BadTime).with("text", time_text(date)),
            RevokeError::ClockWentBack { seen } => clock_back(seen),
            RevokeError::Registry(inner) => inner.into(),
        }
    }
}

impl From<BuildCrlError> for ApiError {
    fn from(error: BuildCrlError) -> Self {
        match error {
            BuildCrlError::Issuer(inner) => inner.into(),
            BuildCrlError::ClockWentBack { seen } => clock_back(seen),
            BuildCrlError::AwaitsCrl { authority } => Self::new(ErrorCode::CrlAwaited).with("authority", authority),
            BuildCrlError::NoBase { authority } => Self::new(ErrorCode::CrlNotFound).with("authority", authority),
            BuildCrlError::NextUpdatePast { next_update, .. } => Self::new(ErrorCode::BadTime).with("text", time_text(next_update)),
            BuildCrlError::Crl(CrlError::Refused { findings }) => super::certificate_view::refused(&findings),
            BuildCrlError::Crl(inner) => Self::new(ErrorCode::Internal).because(inner),
            BuildCrlError::Number(inner) => Self::new(ErrorCode::Internal).because(inner),
            BuildCrlError::KeyStore(inner) => inner.into(),
            BuildCrlError::Cancelled => Self::new(ErrorCode::Cancelled),
            BuildCrlError::Entropy(inner) => inner.into(),
            BuildCrlError::Registry(inner) => inner.into(),
        }
    }
}

impl From<InstallCrlError> for ApiError {
    fn from(error: InstallCrlError) -> Self {
        let cause = error.to_string();
        match error {
            InstallCrlError::NotSignedHere { authority } => Self::new(ErrorCode::CrlSignatureInvalid).with("authority", authority),
            InstallCrlError::NotNewest { given, known } => {
                Self::new(ErrorCode::CrlNotNewer).with("number", given).with("known", known).because(cause)
            }
            InstallCrlError::Number(_) => Self::new(ErrorCode::Internal).because(cause),
            InstallCrlError::NotComplete | InstallCrlError::NoNumber => Self::new(ErrorCode::BadUsage).with("problem", cause),
            InstallCrlError::Registry(inner) => inner.into(),
        }
    }
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::File(inner) => inner.into(),
            ExportError::Registry(inner) => inner.into(),
        }
    }
}

impl From<BackUpError> for ApiError {
    fn from(error: BackUpError) -> Self {
        match error {
            BackUpError::Open(inner) => inner.into(),
            BackUpError::Cancelled => Self::new(ErrorCode::Cancelled),
            BackUpError::Damaged { path, first, .. } => {
                Self::new(ErrorCode::RegistryDamaged).with("path", shown(&path)).with("problem", first)
            }
            BackUpError::Registry(inner) => inner.into(),
            BackUpError::Vault { path, source } => Self::new(ErrorCode::Io).with("path", shown(&path)).with("problem", source),
        }
    }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        let cause = error.to_string();
        match error {
            ImportError::NotFound { path } => Self::new(ErrorCode::FileNotFound).with("path", shown(&path)),
            ImportError::Unreadable { path, source } => {
                Self::new(ErrorCode::Io).with("path", shown(&path)).with("problem", &source).because(source)
            }
            ImportError::TooManyFiles { .. } | ImportError::TooManyObjects { .. } => {
                Self::new(ErrorCode::LimitExceeded).with("problem", cause)
            }
            ImportError::PasswordWanted { paths, .. } => {
                Self::new(ErrorCode::PasswordWanted).with("path", paths.join(", ")).with("count", paths.len())
            }
            ImportError::KeyMismatch { key, certificate } => {
                Self::new(ErrorCode::KeyMismatch).with("key", key).with("certificate", certificate)
            }
            ImportError::Cancelled => Self::new(ErrorCode::Cancelled),
            ImportError::RecoveryUndecided => Self::new(ErrorCode::RecoveryFileMissing),
            ImportError::KeyStore(inner) => inner.into(),
            ImportError::Session(inner) => inner.into(),
            ImportError::Entropy(inner) => inner.into(),
            ImportError::Registry(inner) => inner.into(),
        }
    }
}

impl From<InboxError> for ApiError {
    fn from(error: InboxError) -> Self {
        let cause = error.to_string();
        match error {
            InboxError::Input(inner) => inner.into(),
            InboxError::NotFound { id } => Self::new(ErrorCode::RequestNotFound).with("request", id),
            InboxError::Settled { name, state } => {
                Self::new(ErrorCode::RequestSettled).with("name", name).with("state", crate::words::request_state(state))
            }
            InboxError::NoteTooLong { .. } => Self::new(ErrorCode::BadUsage).with("problem", cause),
            InboxError::Damaged { .. } => Self::new(ErrorCode::RegistryDamaged).with("problem", &cause).because(cause),
            InboxError::Entropy(inner) => inner.into(),
            InboxError::Registry(inner) => inner.into(),
        }
    }
}

impl From<SeedError> for ApiError {
    fn from(error: SeedError) -> Self {
        match error {
            SeedError::Authority(inner) => inner.into(),
            SeedError::Issue(inner) => inner.into(),
            SeedError::Revoke(inner) => inner.into(),
            SeedError::Cancelled => Self::new(ErrorCode::Cancelled),
            SeedError::Name(problem) => Self::new(ErrorCode::Internal).because(problem),
        }
    }
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Unknown { key } => Self::new(ErrorCode::SettingNotFound).with("setting", key),
            SettingsError::Refused { setting, given } => super::settings_commands::refused(setting.key(), &given),
            SettingsError::Registry(inner) => inner.into(),
        }
    }
}

impl From<SalvageError> for ApiError {
    fn from(error: SalvageError) -> Self {
        match error {
            SalvageError::Open(OpenError::NotFound { path }) => Self::new(ErrorCode::FileNotFound).with("path", shown(&path)),
            SalvageError::Open(inner) => inner.into(),
            SalvageError::VaultExists { path } => Self::new(ErrorCode::RegistryExists).with("path", shown(&path)),
            SalvageError::File(inner) => inner.into(),
            SalvageError::Registry(inner) => inner.into(),
            SalvageError::Entropy(inner) => inner.into(),
        }
    }
}

impl From<RestoreError> for ApiError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Open(OpenError::NotFound { path }) => Self::new(ErrorCode::FileNotFound).with("path", shown(&path)),
            RestoreError::Open(inner) => inner.into(),
            RestoreError::VaultExists { path } => Self::new(ErrorCode::RegistryExists).with("path", shown(&path)),
            RestoreError::VaultMissing { path } => Self::new(ErrorCode::VaultMissing).with("path", shown(&path)),
            RestoreError::CrlNotOurs { issuer } => Self::new(ErrorCode::CrlSignatureInvalid).with("authority", issuer),
            RestoreError::Crl(inner) => inner.into(),
            RestoreError::Session(inner) => inner.into(),
            RestoreError::Registry(inner) => inner.into(),
        }
    }
}

impl From<DailyBackupError> for ApiError {
    fn from(error: DailyBackupError) -> Self {
        match error {
            DailyBackupError::FolderMissing { folder } => Self::new(ErrorCode::FileNotFound).with("path", shown(&folder)),
            DailyBackupError::File(inner) => inner.into(),
            DailyBackupError::Copy(inner) => inner.into(),
            DailyBackupError::Registry(inner) => inner.into(),
        }
    }
}

impl From<DrillError> for ApiError {
    fn from(error: DrillError) -> Self {
        match error {
            DrillError::OfAnother { path, name } => Self::new(ErrorCode::BackupOfAnother).with("path", shown(&path)).with("name", name),
            DrillError::Restore(inner) => inner.into(),
            DrillError::File(inner) => inner.into(),
            DrillError::Session(inner) => inner.into(),
            DrillError::KeyStore(inner) => inner.into(),
            DrillError::Registry(inner) => inner.into(),
        }
    }
}

impl From<ChangeAuthorityError> for ApiError {
    fn from(error: ChangeAuthorityError) -> Self {
        let cause = error.to_string();
        match error {
            ChangeAuthorityError::NotFound { id } => Self::new(ErrorCode::AuthorityNotFound).with("authority", id),
            ChangeAuthorityError::NameTaken { name } => Self::new(ErrorCode::NameTaken).with("name", name),
            ChangeAuthorityError::BadCrlDays { most, .. } => {
                Self::new(ErrorCode::BadUsage).with("problem", format!("{cause}; 1 to {most} are possible"))
            }
            ChangeAuthorityError::BadPartitions { most, .. } => {
                Self::new(ErrorCode::BadUsage).with("problem", format!("{cause}; at most {most} are possible"))
            }
            ChangeAuthorityError::NoCrlAddress => Self::new(ErrorCode::BadUsage)
                .with("problem", format!("{cause}; it needs a CRL address that is not a directory's (crl-url)")),
            ChangeAuthorityError::Registry(inner) => inner.into(),
        }
    }
}

impl From<FilingError> for ApiError {
    fn from(error: FilingError) -> Self {
        let cause = error.to_string();
        match error {
            FilingError::BadTag { .. } => Self::new(ErrorCode::BadUsage).with("problem", cause),
            FilingError::Registry(inner) => inner.into(),
        }
    }
}
