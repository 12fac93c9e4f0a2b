//! How the errors of an authority's life cross: made, asked for, certified, renewed, cross-signed, retired.

use authority::create_authority::CreateAuthorityError;
use authority::cross_sign::CrossSignError;
use authority::install_certificate::InstallCertificateError;
use authority::renew_authority::RenewAuthorityError;
use authority::request_authority::RequestAuthorityError;
use authority::retire::RetireError;
use authority::taken::Taken;
use time::OffsetDateTime;

use super::failure::clock_back;
use crate::text::time_text;
use crate::{ApiError, ErrorCode, words};

impl From<Taken> for ApiError {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Name { name } => Self::new(ErrorCode::NameTaken).with("name", name),
            Taken::Subject { subject, authority } => {
                Self::new(ErrorCode::SubjectTaken).with("subject", subject.rfc4514()).with("authority", authority)
            }
        }
    }
}

impl From<CreateAuthorityError> for ApiError {
    fn from(error: CreateAuthorityError) -> Self {
        match error {
            CreateAuthorityError::RecoveryUndecided => Self::new(ErrorCode::RecoveryFileMissing),
            CreateAuthorityError::Taken(taken) => taken.into(),
            CreateAuthorityError::Parent(inner) => inner.into(),
            CreateAuthorityError::ClockWentBack { seen } => clock_back(seen),
            CreateAuthorityError::Prepare(inner) => inner.into(),
            CreateAuthorityError::Key(inner) => Self::new(ErrorCode::Internal).because(inner),
            CreateAuthorityError::KeyStore(inner) => inner.into(),
            CreateAuthorityError::Session(inner) => inner.into(),
            CreateAuthorityError::Sign(inner) => Self::new(ErrorCode::Internal).because(inner),
            CreateAuthorityError::Entropy(inner) => inner.into(),
            CreateAuthorityError::Registry(inner) => inner.into(),
        }
    }
}

impl From<RequestAuthorityError> for ApiError {
    fn from(error: RequestAuthorityError) -> Self {
        match error {
            RequestAuthorityError::RecoveryUndecided => Self::new(ErrorCode::RecoveryFileMissing),
            RequestAuthorityError::Taken(taken) => taken.into(),
            RequestAuthorityError::Authority(inner) => inner.into(),
            RequestAuthorityError::KeyCompromised { name } => Self::new(ErrorCode::KeyCompromised).with("name", name),
            RequestAuthorityError::ClockWentBack { seen } => clock_back(seen),
            RequestAuthorityError::Prepare(inner) => inner.into(),
            RequestAuthorityError::Extension(inner) => Self::new(ErrorCode::Internal).because(inner),
            RequestAuthorityError::Key(inner) => Self::new(ErrorCode::Internal).because(inner),
            RequestAuthorityError::KeyStore(inner) => inner.into(),
            RequestAuthorityError::Session(inner) => inner.into(),
            RequestAuthorityError::Sign(inner) => Self::new(ErrorCode::Internal).because(inner),
            RequestAuthorityError::Entropy(inner) => inner.into(),
            RequestAuthorityError::Registry(inner) => inner.into(),
        }
    }
}

impl From<InstallCertificateError> for ApiError {
    fn from(error: InstallCertificateError) -> Self {
        let cause = error.to_string();
        match error {
            InstallCertificateError::Authority(inner) => inner.into(),
            InstallCertificateError::Nothing => Self::new(ErrorCode::NotAnObject).because(cause),
            InstallCertificateError::AnotherKey { authority, given, wanted } => {
                let wanted = wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Self::new(ErrorCode::AnswerOfAnotherKey).with("authority", authority).with("given", given).with("wanted", wanted)
            }
            InstallCertificateError::AnotherSubject { given, wanted } => {
                Self::new(ErrorCode::SubjectMismatch).with("given", given).with("wanted", wanted)
            }
            InstallCertificateError::UsageMissing { name, usage } => {
                Self::new(ErrorCode::UsageMissing).with("name", name).with("usage", usage)
            }
            InstallCertificateError::OutsideValidity { name, not_before, not_after } => not_valid(name, not_before, not_after),
            InstallCertificateError::Already { authority } => Self::new(ErrorCode::AlreadyInstalled).with("authority", authority),
            InstallCertificateError::NotSignedBy { .. } => Self::new(ErrorCode::NotTrusted).with("problem", &cause).because(cause),
            InstallCertificateError::Path { check } => {
                let fields: Vec<_> = check.detail.iter().map(|(name, value)| (*name, value.clone())).collect();
                let (_, detail) = words::check(check.check, check.result.as_str(), &fields);
                Self::new(ErrorCode::NotTrusted).with("problem", detail.trim_end_matches('.')).because(cause)
            }
            InstallCertificateError::ClockWentBack { seen } => clock_back(seen),
            InstallCertificateError::Import(inner) => inner.into(),
            InstallCertificateError::Entropy(inner) => inner.into(),
            InstallCertificateError::Registry(inner) => inner.into(),
        }
    }
}

impl From<CrossSignError> for ApiError {
    fn from(error: CrossSignError) -> Self {
        let cause = error.to_string();
        match error {
            CrossSignError::Issuer(inner) => inner.into(),
            CrossSignError::OutsideValidity { name, not_before, not_after } => not_valid(name, not_before, not_after),
            CrossSignError::NotAuthority { name } | CrossSignError::OwnKey { name } => {
                Self::new(ErrorCode::NotAnAuthority).with("name", name).with("problem", &cause).because(cause)
            }
            CrossSignError::Altered { .. } => Self::new(ErrorCode::NotTrusted).with("problem", &cause).because(cause),
            CrossSignError::Wider { wish, bound } => Self::new(ErrorCode::WiderThanCertificate).with("text", wish).with("limit", bound),
            CrossSignError::KeyCompromised { name } => Self::new(ErrorCode::KeyCompromised).with("name", name),
            CrossSignError::ClockWentBack { seen } => clock_back(seen),
            CrossSignError::Prepare(inner) => inner.into(),
            CrossSignError::KeyStore(inner) => inner.into(),
            CrossSignError::Sign(inner) => Self::new(ErrorCode::Internal).because(inner),
            CrossSignError::Entropy(inner) => inner.into(),
            CrossSignError::Registry(inner) => inner.into(),
        }
    }
}

impl From<RetireError> for ApiError {
    fn from(error: RetireError) -> Self {
        match error {
            RetireError::NotFound { id } => Self::new(ErrorCode::AuthorityNotFound).with("authority", id),
            RetireError::AlreadyRetired { authority } => Self::new(ErrorCode::AlreadyRetired).with("authority", authority),
            RetireError::Registry(inner) => inner.into(),
        }
    }
}

impl From<RenewAuthorityError> for ApiError {
    fn from(error: RenewAuthorityError) -> Self {
        match error {
            RenewAuthorityError::IssuedOutside { authority } => Self::new(ErrorCode::IssuedOutside).with("authority", authority),
            RenewAuthorityError::Issuer(inner) => inner.into(),
            RenewAuthorityError::RecoveryUndecided => Self::new(ErrorCode::RecoveryFileMissing),
            RenewAuthorityError::CrlUrlTaken { url, generation } => {
                Self::new(ErrorCode::CrlUrlTaken).with("url", url).with("generation", generation)
            }
            RenewAuthorityError::KeyCompromised { name } => Self::new(ErrorCode::KeyCompromised).with("name", name),
            RenewAuthorityError::ClockWentBack { seen } => clock_back(seen),
            RenewAuthorityError::Prepare(inner) => inner.into(),
            RenewAuthorityError::Key(inner) => Self::new(ErrorCode::Internal).because(inner),
            RenewAuthorityError::KeyStore(inner) => inner.into(),
            RenewAuthorityError::Session(inner) => inner.into(),
            RenewAuthorityError::Sign(inner) => Self::new(ErrorCode::Internal).because(inner),
            RenewAuthorityError::Entropy(inner) => inner.into(),
            RenewAuthorityError::Registry(inner) => inner.into(),
        }
    }
}

fn not_valid(name: String, from: OffsetDateTime, until: OffsetDateTime) -> ApiError {
    ApiError::new(ErrorCode::NotValidNow).with("name", name).with("from", time_text(from)).with("until", time_text(until))
}
