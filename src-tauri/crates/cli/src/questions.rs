//! Questions, which are asked on a terminal only.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use api::{ApiError, ErrorCode};

use api::visible::visible;

/// Whether someone is there to answer.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line of text.
pub(crate) fn ask(question: &str) -> Result<String, ApiError> {
    let failed = |cause: io::Error| ApiError::new(ErrorCode::Io).with("path", "the terminal").with("problem", cause);
    let mut prompt = io::stderr().lock();
    prompt.write_all(visible(question).as_bytes()).and_then(|()| prompt.write_all(b" ")).map_err(failed)?;
    prompt.flush().map_err(failed)?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).map_err(failed)? == 0 {
        return Err(ApiError::new(ErrorCode::Cancelled));
    }
    Ok(answer.trim().to_owned())
}

/// Asks a question whose answer is yes unless it begins with n.
pub(crate) fn agreed(question: &str) -> Result<bool, ApiError> {
    Ok(!ask(&format!("{question} [Y/n]"))?.to_lowercase().starts_with('n'))
}
