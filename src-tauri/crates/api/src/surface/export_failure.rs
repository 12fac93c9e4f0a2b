//! How the errors of handing out cross: a code and fields, as in `failure.rs`.

use authority::export::ExportError;
use authority::export_folder::ExportFolderError;
use authority::export_list::ExportListError;
use authority::key_form::Unfit;

use crate::{ApiError, ErrorCode};

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Unfit(inner) => inner.into(),
            ExportError::File(inner) => inner.into(),
            ExportError::Registry(inner) => inner.into(),
        }
    }
}

impl From<Unfit> for ApiError {
    fn from(error: Unfit) -> Self {
        let (code, form) = match &error {
            Unfit::PlainOnly { form } => (ErrorCode::FormatPlainOnly, form),
            Unfit::SealedOnly { form } => (ErrorCode::PasswordRequired, form),
            Unfit::KeyOnly { form } => (ErrorCode::FormatNeedsKey, form),
            Unfit::KeyKind { form, kind } => return Self::new(ErrorCode::FormatUnfit).with("format", form).with("key", kind),
        };
        Self::new(code).with("format", form)
    }
}

impl From<ExportListError> for ApiError {
    fn from(error: ExportListError) -> Self {
        match error {
            ExportListError::Cancelled => Self::new(ErrorCode::Cancelled),
            ExportListError::Export(inner) => inner.into(),
            ExportListError::File(inner) => inner.into(),
            ExportListError::Registry(inner) => inner.into(),
        }
    }
}

impl From<ExportFolderError> for ApiError {
    fn from(error: ExportFolderError) -> Self {
        let cause = error.to_string();
        match error {
            ExportFolderError::AwaitsCertificate { name } => Self::new(ErrorCode::AwaitsCertificate).with("authority", name),
            ExportFolderError::AwaitsCrl { name } => Self::new(ErrorCode::CrlAwaited).with("authority", name),
            ExportFolderError::Key(inner) => inner.into(),
            ExportFolderError::Number(_) => Self::new(ErrorCode::Internal).because(cause),
            ExportFolderError::Cancelled => Self::new(ErrorCode::Cancelled),
            ExportFolderError::Entropy(inner) => inner.into(),
            ExportFolderError::File(inner) => inner.into(),
            ExportFolderError::Registry(inner) => inner.into(),
        }
    }
}
