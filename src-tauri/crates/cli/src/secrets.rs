//! Passphrases and passwords: from the first line of a file, from standard input, or typed without echo. Never from the command line.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use api::text::Secret;
use api::{ApiError, ErrorCode};
use zeroize::Zeroizing;

use crate::invocation::Invocation;
use crate::questions;

/// Longest passphrase file that is read; one line is wanted.
const LONGEST_FILE: u64 = 1 << 20;

/// The text of a file, or of standard input for `-`.
pub(crate) fn text_of(path: &Path, invocation: &Invocation) -> Result<Zeroizing<String>, ApiError> {
    let failed = |cause: io::Error| {
        let code = if cause.kind() == io::ErrorKind::NotFound { ErrorCode::FileNotFound } else { ErrorCode::Io };
        ApiError::new(code).with("path", path.display()).with("problem", cause)
    };
    let mut text = Zeroizing::new(String::new());
    if path == Path::new("-") {
        invocation.take_standard_input()?;
        io::stdin().lock().take(LONGEST_FILE).read_to_string(&mut text).map_err(failed)?;
    } else {
        fs::File::open(path).map_err(failed)?.take(LONGEST_FILE).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}

/// The first line of a file, as a secret.
pub(crate) fn first_line(path: &Path, invocation: &Invocation) -> Result<Secret, ApiError> {
    let text = text_of(path, invocation)?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line.to_owned())),
        _ => Err(ApiError::new(ErrorCode::PassphraseRequired)),
    }
}

/// Every line of a file that is not empty, as secrets.
pub(crate) fn lines(path: &Path, invocation: &Invocation) -> Result<Vec<Secret>, ApiError> {
    let text = text_of(path, invocation)?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(|line| Secret::new(line.to_owned())).collect())
}

/// Asks for a secret on the terminal, without echo. `lacking` is the error when nobody is there to ask.
pub(crate) fn prompted(question: &str, lacking: ErrorCode) -> Result<Secret, ApiError> {
    if !questions::can_ask() {
        return Err(ApiError::new(lacking));
    }
    let typed = rpassword::prompt_password(format!("{question}: "))
        .map_err(|cause| ApiError::new(ErrorCode::Io).with("path", "the terminal").with("problem", cause))?;
    if typed.is_empty() {
        return Err(ApiError::new(lacking));
    }
    Ok(Secret::new(typed))
}

/// Asks for a new secret twice.
pub(crate) fn prompted_twice(question: &str, lacking: ErrorCode, invocation: &Invocation) -> Result<Secret, ApiError> {
    loop {
        let first = prompted(question, lacking)?;
        let second = prompted(&format!("{question}, again"), lacking)?;
        if first.expose() == second.expose() {
            return Ok(first);
        }
        invocation.output.note("The two differ. Once more.");
    }
}

/// Warns about a new secret that is easily guessed; it is taken all the same.
pub(crate) fn warn_if_weak(secret: &Secret, what: &str, invocation: &Invocation) {
    if is_weak(secret.expose()) {
        invocation.output.note(&format!("warning: the {what} is easily guessed; four random words, or 16 mixed characters, are safer"));
    }
}

fn is_weak(secret: &str) -> bool {
    let length = secret.chars().count();
    let distinct = secret.chars().collect::<std::collections::BTreeSet<_>>().len();
    let digits_only = secret.chars().all(|character| character.is_ascii_digit());
    length < 12 || distinct < 6 || (digits_only && length < 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_monotonous_secrets_are_weak() {
        for weak in ["", "seed", "aaaaaaaaaaaaaaaa", "12345678901234567890"] {
            assert!(is_weak(weak), "{weak}");
        }
        for strong in ["correct horse battery staple", "4f9!kQz-0pLx"] {
            assert!(!is_weak(strong), "{strong}");
        }
    }
}
