//! The desktop's clipboard, for secrets: marked so that programs which keep what was copied leave them out.

use std::sync::{Mutex, PoisonError};

use api::ClipboardError;
use arboard::{Clipboard, Error};
use zeroize::Zeroizing;

/// The clipboard of this desktop. It is reached when it is first needed; where the window system keeps a copied text with the program that copied it, that
/// is as long as this lives.
#[derive(Default)]
pub(crate) struct DesktopClipboard(Mutex<Option<Clipboard>>);

impl DesktopClipboard {
    fn with<T>(&self, work: impl FnOnce(&mut Clipboard) -> Result<T, Error>) -> Result<T, ClipboardError> {
        let mut reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match &mut *reached {
            Some(clipboard) => clipboard,
            none => none.insert(Clipboard::new().map_err(said)?),
        };
        work(clipboard).map_err(said)
    }
}

fn said(error: Error) -> ClipboardError {
    ClipboardError { cause: error.to_string() }
}

impl api::Clipboard for DesktopClipboard {
    fn put(&self, text: &str) -> Result<(), ClipboardError> {
        self.with(|clipboard| unrecorded(clipboard).text(text))
    }

    fn text(&self) -> Result<Option<Zeroizing<String>>, ClipboardError> {
        self.with(|clipboard| match clipboard.get_text() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn clear(&self) -> Result<(), ClipboardError> {
        self.with(Clipboard::clear)
    }
}

#[cfg(target_os = "linux")]
fn unrecorded(clipboard: &mut Clipboard) -> arboard::Set<'_> {
    use arboard::SetExtLinux as _;
    clipboard.set().exclude_from_history()
}

#[cfg(target_os = "macos")]
fn unrecorded(clipboard: &mut Clipboard) -> arboard::Set<'_> {
    use arboard::SetExtApple as _;
    clipboard.set().exclude_from_history()
}

#[cfg(windows)]
fn unrecorded(clipboard: &mut Clipboard) -> arboard::Set<'_> {
    use arboard::SetExtWindows as _;
    clipboard.set().exclude_from_monitoring().exclude_from_cloud().exclude_from_history()
}
