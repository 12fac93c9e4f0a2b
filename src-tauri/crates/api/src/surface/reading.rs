//! What the user types and the files that the user names, read into the core's types.

use std::io::Read as _;

use authority::in_use::open_to_read;
use authority::pki::encoding::{Object, ObjectError, recognise};
use authority::pki::extension::{Extension, ExtensionValue, SecurityIdentifier};
use authority::pki::request::{RequestError, SigningRequest};
use authority::pki::{Certificate, DistinguishedName, GeneralName, KeySpec};

use crate::{ApiError, ErrorCode};

/// Reads a subject.
pub(super) fn subject(text: &str) -> Result<DistinguishedName, ApiError> {
    DistinguishedName::parse(text.trim()).map_err(|error| ApiError::new(ErrorCode::BadSubject).with("text", text).with("problem", error))
}

/// Reads an alternative name.
pub(super) fn general_name(text: &str) -> Result<GeneralName, ApiError> {
    GeneralName::parse(text.trim()).map_err(|error| ApiError::new(ErrorCode::BadName).with("text", text).with("problem", error))
}

/// Reads a security identifier (`S-1-5-21-…`) into the extension that binds a certificate to an account.
pub(super) fn security_identifier(text: &str) -> Result<Extension, ApiError> {
    let problem = |fault| ApiError::new(ErrorCode::BadUsage).with("problem", format!("{text:?} is not a security identifier: {fault}"));
    let identifier = SecurityIdentifier::parse(text.trim()).map_err(problem)?;
    Extension::new(&ExtensionValue::SecurityIdentifier(identifier)).map_err(problem)
}

/// Reads a key specification.
pub(super) fn key_spec(text: &str) -> Result<KeySpec, ApiError> {
    text.parse().map_err(|_| {
        let known: Vec<_> = KeySpec::ALL.iter().map(|spec| spec.as_str()).collect();
        ApiError::new(ErrorCode::BadKeySpec).with("text", text).with("known", known.join(", "))
    })
}

/// Reads a file that the user named.
pub(super) fn read_file(path: &std::path::Path) -> Result<Vec<u8>, ApiError> {
    let shown = path.to_string_lossy().into_owned();
    let mut bytes = Vec::new();
    open_to_read(path).and_then(|mut file| file.read_to_end(&mut bytes)).map(|_| bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ApiError::new(ErrorCode::FileNotFound).with("path", shown),
        _ => ApiError::new(ErrorCode::Io).with("path", shown).with("problem", &error).because(error),
    })
}

/// All certificates in a file.
pub(super) fn read_certificates(path: &std::path::Path) -> Result<Vec<Certificate>, ApiError> {
    let shown = path.to_string_lossy().into_owned();
    let bytes = read_file(path)?;
    if bytes.is_empty() {
        return Err(ApiError::new(ErrorCode::FileEmpty).with("path", shown));
    }
    certificates_in(&bytes, &shown)
}

/// All certificates in what was read from a file, or pasted.
pub(super) fn certificates_in(bytes: &[u8], shown: &str) -> Result<Vec<Certificate>, ApiError> {
    let mut found = Vec::new();
    let mut first_error = None;
    for object in recognise(bytes, &[]).found {
        match object.object {
            Ok(Object::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match (found.is_empty(), first_error) {
        (true, Some(error)) => Err(object_error(&error, shown)),
        (true, None) => Err(ApiError::new(ErrorCode::NotAnObject).with("path", shown)),
        (false, _) => Ok(found),
    }
}

/// What is wrong with an object in a file.
pub(super) fn object_error(error: &ObjectError, path: &str) -> ApiError {
    let code = match error {
        ObjectError::TruncatedPem | ObjectError::Truncated { .. } => ErrorCode::FileTruncated,
        ObjectError::PasswordNeeded | ObjectError::WrongPassword => ErrorCode::PasswordWanted,
        ObjectError::TooCostly { .. } | ObjectError::TooLarge { .. } | ObjectError::ArchiveLimit { .. } => ErrorCode::LimitExceeded,
        ObjectError::BadSignature => ErrorCode::RequestSignatureInvalid,
        ObjectError::Unsupported { .. } => ErrorCode::NotAnObject,
        _ => ErrorCode::FileDamaged,
    };
    ApiError::new(code).with("path", path).with("problem", error).because(error)
}

/// Reads a certificate signing request, PEM or DER.
pub(super) fn read_request(bytes: &[u8], path: &str) -> Result<SigningRequest, ApiError> {
    let attempt = if bytes.first() == Some(&0x30) { SigningRequest::from_der(bytes) } else { SigningRequest::from_pem(bytes) };
    attempt.map_err(|error| {
        let code = match &error {
            RequestError::BadSignature { .. } => ErrorCode::RequestSignatureInvalid,
            _ => ErrorCode::NotAnObject,
        };
        ApiError::new(code).with("path", path).with("problem", &error).because(error)
    })
}
