//! The clipboard of the desktop, as far as secrets go there: what may be asked of it, and how long a secret stays.

use std::sync::Arc;

use zeroize::Zeroizing;

/// How long a secret stays on the clipboard, in seconds.
pub const SECRET_SECONDS: u32 = 30;

/// The clipboard did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the clipboard: {cause}")]
pub struct ClipboardError {
    /// What the platform said.
    pub cause: String,
}

/// The clipboard of the desktop. Every call may block; a program that owns the clipboard and says nothing is waited for.
pub trait Clipboard: Send + Sync {
    /// Puts a secret there, marked for programs that keep what was copied as something not to be kept.
    ///
    /// # Errors
    /// When there is no clipboard, or it refuses.
    fn put(&self, text: &str) -> Result<(), ClipboardError>;

    /// The text that is there; `None` when there is none.
    ///
    /// # Errors
    /// When there is no clipboard, or whoever owns it does not answer.
    fn text(&self) -> Result<Option<Zeroizing<String>>, ClipboardError>;

    /// Empties it.
    ///
    /// # Errors
    /// When there is no clipboard, or it refuses.
    fn clear(&self) -> Result<(), ClipboardError>;
}

/// Where there is none: the command line.
pub(crate) struct NoClipboard;

impl NoClipboard {
    fn error() -> ClipboardError {
        ClipboardError { cause: "this program has none".to_owned() }
    }

    pub(crate) fn shared() -> Arc<dyn Clipboard> {
        Arc::new(Self)
    }
}

impl Clipboard for NoClipboard {
    fn put(&self, _: &str) -> Result<(), ClipboardError> {
        Err(Self::error())
    }

    fn text(&self) -> Result<Option<Zeroizing<String>>, ClipboardError> {
        Err(Self::error())
    }

    fn clear(&self) -> Result<(), ClipboardError> {
        Err(Self::error())
    }
}
