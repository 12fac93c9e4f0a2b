//! How what befalls a source crosses, and how it is kept in its history.

use std::collections::BTreeMap;

use authority::registry::{RegistryError, SourceFailureRow};
use authority::sources::{ExportSourceError, SourceError};
use time::OffsetDateTime;

use crate::text::time_text;
use crate::view::SourceFailure;
use crate::words;
use crate::{ApiError, ErrorCode};

impl From<SourceError> for ApiError {
    fn from(error: SourceError) -> Self {
        of(&error)
    }
}

impl From<ExportSourceError> for ApiError {
    fn from(error: ExportSourceError) -> Self {
        match error {
            ExportSourceError::Source(inner) => inner.into(),
            ExportSourceError::Export(inner) => inner.into(),
        }
    }
}

fn of(error: &SourceError) -> ApiError {
    let new = ApiError::new;
    match error {
        SourceError::NameTaken { name } => new(ErrorCode::SourceNameTaken).with("name", name),
        SourceError::BadName | SourceError::BadHours | SourceError::TooManySigners => new(ErrorCode::BadUsage).with("problem", error),
        SourceError::NotFound { source_name } => new(ErrorCode::SourceNotFound).with("source", source_name),
        SourceError::PartNotFound { .. } => new(ErrorCode::SourcePartNotFound).with("problem", error),
        SourceError::SignerRequired => new(ErrorCode::SourceSignerRequired),
        SourceError::NoSystemTrust => new(ErrorCode::SystemTrustUnknown),
        SourceError::Fetch { place, problem, .. } => new(ErrorCode::SourceFetchFailed).with("place", place).with("problem", problem),
        SourceError::TooLarge { .. } => new(ErrorCode::LimitExceeded).with("problem", error),
        SourceError::Unreadable { place, problem } => new(ErrorCode::SourceUnreadable).with("place", place).with("problem", problem),
        SourceError::SignatureInvalid { place, problem } => {
            new(ErrorCode::SourceSignatureInvalid).with("place", place).with("problem", problem)
        }
        SourceError::SignerUnknown { place, signer } => new(ErrorCode::SourceSignerUnknown).with("place", place).with("signer", signer),
        SourceError::SignerUnfit { place, signer, problem } => {
            new(ErrorCode::SourceSignerUnfit).with("place", place).with("signer", signer).with("problem", problem)
        }
        SourceError::Empty { place } => new(ErrorCode::SourceEmpty).with("place", place),
        SourceError::Shrinks { source_name, before, after } => {
            new(ErrorCode::SourceShrinks).with("source", source_name).with("before", before).with("after", after)
        }
        SourceError::Overtaken { source_name } => new(ErrorCode::SourceOvertaken).with("source", source_name),
        SourceError::Spool(problem) if problem.kind() == std::io::ErrorKind::StorageFull => {
            new(ErrorCode::DiskFull).with("path", std::env::temp_dir().display()).because(problem)
        }
        SourceError::Spool(problem) => {
            new(ErrorCode::Io).with("path", std::env::temp_dir().display()).with("problem", problem).because(problem)
        }
        SourceError::Cancelled | SourceError::Registry(RegistryError::Cancelled) => new(ErrorCode::Cancelled),
        SourceError::Entropy(inner) => new(ErrorCode::Internal).because(inner),
        SourceError::Registry(inner) => inner.clone().into(),
    }
}

/// An error as the history of a source keeps it.
pub(super) fn told(error: &SourceError) -> (String, BTreeMap<String, String>) {
    let said = of(error);
    (said.code.as_str().to_owned(), said.fields)
}

fn said(row: &SourceFailureRow) -> words::ErrorWords {
    // A code of a later program has no words here; it stands for itself.
    let code = ErrorCode::ALL.iter().copied().find(|code| code.as_str() == row.code).unwrap_or(ErrorCode::Internal);
    words::error(&ApiError { code, fields: row.fields.clone(), cause: None })
}

/// What happened, in words.
pub(super) fn title(row: &SourceFailureRow) -> String {
    said(row).title
}

/// An error of the history, in words.
pub(super) fn failure(row: &SourceFailureRow, at: OffsetDateTime) -> SourceFailure {
    let said = said(row);
    SourceFailure {
        at: time_text(at),
        stage: row.stage.as_str().to_owned(),
        code: row.code.clone(),
        title: said.title,
        next: said.next,
        passing: row.passing,
        times: row.times,
    }
}
