//! Secrets on the clipboard: a key or a passphrase goes there from here, never from the page, and is taken off again after half a minute, at the lock and
//! at the end.

use std::sync::{Arc, MutexGuard, PoisonError};

use authority::pki::key::Fingerprint;
use time::{Duration, OffsetDateTime};

use super::Surface;
use crate::clipboard::{ClipboardError, SECRET_SECONDS};
use crate::request::{KeyCopy, Nothing, PassphraseCopy};
use crate::view::ClipboardView;
use crate::{ApiError, ErrorCode};

/// After a failure the next attempt to clear waits so long: whoever owns the clipboard may be waited for.
const AGAIN: Duration = Duration::seconds(5);

/// What was put on the clipboard, and how it went on.
#[derive(Debug, Default)]
pub(super) struct ClipboardState {
    held: Option<Held>,
    ended: Option<Ended>,
}

#[derive(Debug)]
struct Held {
    what: Copied,
    /// Of the text: the text itself is on the clipboard and nowhere else.
    digest: Fingerprint,
    at: OffsetDateTime,
    failed_at: Option<OffsetDateTime>,
}

#[derive(Debug, Clone, Copy)]
enum Copied {
    Key,
    Passphrase,
}

/// How the last one ended.
#[derive(Debug, Clone, Copy)]
enum Ended {
    Cleared,
    /// Something else had been copied over it.
    LeftAlone,
}

impl Held {
    fn left(&self, now: OffsetDateTime) -> Duration {
        let passed = now - self.at;
        // A clock that was set back says nothing about how long it has been there: the time is over.
        if passed.is_negative() { Duration::ZERO } else { (Duration::seconds(i64::from(SECRET_SECONDS)) - passed).max(Duration::ZERO) }
    }

    fn due(&self, now: OffsetDateTime) -> bool {
        let rested = self.failed_at.is_none_or(|failed| now - failed >= AGAIN || now < failed);
        self.left(now).is_zero() && rested
    }
}

impl Surface {
    pub(super) fn try_key_copy(&self, request: KeyCopy) -> Result<ClipboardView, ApiError> {
        self.deliver_key_text(&request, |text| self.put_secret(text, Copied::Key).map_err(|error| error.cause))?;
        Ok(self.clipboard_view())
    }

    /// Puts a passphrase on the clipboard, for a password manager.
    ///
    /// # Errors
    /// When it is empty, or there is no clipboard.
    pub fn passphrase_copy(&self, request: PassphraseCopy) -> Result<ClipboardView, ApiError> {
        if request.passphrase.expose().is_empty() {
            return Err(ApiError::new(ErrorCode::PassphraseRequired));
        }
        let put = self.put_secret(request.passphrase.expose(), Copied::Passphrase);
        put.map_err(|error| ApiError::new(ErrorCode::ClipboardFailed).because(error))?;
        Ok(self.clipboard_view())
    }

    /// Which secret of ours is on the clipboard, and for how long.
    ///
    /// # Errors
    /// None.
    pub fn clipboard_show(&self, _: Nothing) -> Result<ClipboardView, ApiError> {
        Ok(self.clipboard_view())
    }

    /// Takes our secret off the clipboard now. What somebody copied over it stays.
    ///
    /// # Errors
    /// When the clipboard refuses; it is tried again every few seconds.
    pub fn clipboard_clear(&self, _: Nothing) -> Result<ClipboardView, ApiError> {
        let mut state = self.clipboard_state();
        self.take_off(&mut state).map_err(|error| ApiError::new(ErrorCode::ClipboardFailed).because(error))?;
        drop(state);
        Ok(self.clipboard_view())
    }

    /// Takes our secret off the clipboard if its time is over; tells whether that changed anything. To be called now and then.
    pub fn clear_clipboard_if_due(&self) -> bool {
        let mut state = self.clipboard_state();
        if !state.held.as_ref().is_some_and(|held| held.due(self.host.forces.clock.now())) {
            return false;
        }
        self.take_off_or_say(&mut state);
        true
    }

    /// Takes our secret off the clipboard, whatever its time: the keys were locked, or the program ends.
    pub fn clear_clipboard(&self) {
        self.take_off_or_say(&mut self.clipboard_state());
    }

    fn take_off_or_say(&self, state: &mut ClipboardState) {
        if let Err(error) = self.take_off(state) {
            tracing::warn!(%error, "a secret could not be taken off the clipboard");
        }
    }

    fn put_secret(&self, text: &str, what: Copied) -> Result<(), ClipboardError> {
        let mut state = self.clipboard_state();
        self.host.clipboard.put(text)?;
        let at = self.host.forces.clock.now();
        *state = ClipboardState { held: Some(Held { what, digest: Fingerprint::of(text.as_bytes()), at, failed_at: None }), ended: None };
        Ok(())
    }

    fn take_off(&self, state: &mut ClipboardState) -> Result<(), ClipboardError> {
        let Some(held) = &mut state.held else { return Ok(()) };
        let clipboard = Arc::clone(&self.host.clipboard);
        let taken = clipboard.text().and_then(|now| {
            if now.is_some_and(|now| Fingerprint::of(now.as_bytes()) == held.digest) {
                clipboard.clear().map(|()| Ended::Cleared)
            } else {
                Ok(Ended::LeftAlone)
            }
        });
        match taken {
            Ok(ended) => {
                *state = ClipboardState { held: None, ended: Some(ended) };
                Ok(())
            }
            Err(error) => {
                held.failed_at = Some(self.host.forces.clock.now());
                Err(error)
            }
        }
    }

    fn clipboard_view(&self) -> ClipboardView {
        let state = self.clipboard_state();
        let now = self.host.forces.clock.now();
        let held = state.held.as_ref();
        let failed = held.is_some_and(|held| held.failed_at.is_some());
        let ended = state.ended.map(|ended| match ended {
            Ended::Cleared => "cleared",
            Ended::LeftAlone => "left",
        });
        ClipboardView {
            holds: held.map(|held| match held.what {
                Copied::Key => "key".to_owned(),
                Copied::Passphrase => "passphrase".to_owned(),
            }),
            seconds_left: held.map(|held| u32::try_from(held.left(now).whole_seconds()).unwrap_or(0)),
            ended: if failed { Some("failed".to_owned()) } else { ended.map(ToOwned::to_owned) },
        }
    }

    fn clipboard_state(&self) -> MutexGuard<'_, ClipboardState> {
        self.clipboard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
