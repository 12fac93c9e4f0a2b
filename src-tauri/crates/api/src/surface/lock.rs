//! Locking the keys: by hand, when nobody is at it, when the machine goes to sleep, when the session is locked.

use std::sync::{Arc, PoisonError};

use authority::keystore::StoreState;
use authority::session::Session;
use authority::settings::{LOCK_IDLE_MINUTES, LOCK_ON_SESSION_LOCK, LOCK_ON_SUSPEND};
use time::{Duration, OffsetDateTime};

use super::Surface;
use crate::ApiError;
use crate::request::Nothing;
use crate::text::time_text;
use crate::view::{LockView, RegistryStatus};

/// Why the keys were locked by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockReason {
    /// Somebody said so.
    ByHand,
    /// Nobody has been at it for as long as the settings say.
    Idle,
    /// The machine goes to sleep.
    Suspend,
    /// The session of the desktop was locked.
    SessionLock,
}

impl LockReason {
    /// Its name: `by-hand`, `idle`, `suspend`, `session-lock`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Idle => "idle",
            Self::Suspend => "suspend",
            Self::SessionLock => "session-lock",
        }
    }
}

/// When somebody was last at it, and what we locked.
#[derive(Debug)]
pub(super) struct LockState {
    touched: OffsetDateTime,
    locked: Option<(LockReason, OffsetDateTime)>,
}

impl LockState {
    pub(super) fn new(now: OffsetDateTime) -> Self {
        Self { touched: now, locked: None }
    }
}

impl Surface {
    /// Forgets the keys.
    ///
    /// # Errors
    /// When no registry is open.
    pub fn registry_lock(&self, _: Nothing) -> Result<RegistryStatus, ApiError> {
        self.lock_now(&*self.session()?, LockReason::ByHand);
        self.registry_status(Nothing {})
    }

    /// Whether the keys are locked, when they will be, and whether anybody waits for the keyring. Without an open registry only the last.
    ///
    /// # Errors
    /// When the open registry cannot be read.
    pub fn lock_show(&self, _: Nothing) -> Result<LockView, ApiError> {
        let keyring_waits = self.keyrings.waits().map(|waits| u32::try_from(waits.as_secs()).unwrap_or(u32::MAX));
        // Asked while others wait, this waits for nobody: a registry that is being opened anew is shown as it was.
        let Some(session) = self.current() else {
            return Ok(LockView { locked: true, why: None, since: None, idle_minutes: 0, idle_left: None, keyring_waits });
        };
        let idle_minutes = session.registry().read(|tx| LOCK_IDLE_MINUTES.get(tx))?;
        let locked = session.store_state() != StoreState::Ready;
        let state = self.lock_state();
        let why = state.locked.filter(|_| locked);
        let left = Duration::minutes(i64::from(idle_minutes)) - (self.now() - state.touched);
        Ok(LockView {
            locked,
            why: why.map(|(reason, _)| reason.as_str().to_owned()),
            since: why.map(|(_, at)| time_text(at)),
            idle_minutes,
            keyring_waits,
            idle_left: (!locked && idle_minutes > 0).then(|| u32::try_from(left.whole_seconds().max(0)).unwrap_or(u32::MAX)),
        })
    }

    /// Somebody is at it: the time until the keys are locked begins anew.
    ///
    /// # Errors
    /// When the open registry cannot be read.
    pub fn lock_touch(&self, _: Nothing) -> Result<LockView, ApiError> {
        self.lock_state().touched = self.now();
        self.lock_show(Nothing {})
    }

    /// Locks the keys if nobody has been at it for long enough; tells whether it did. To be called now and then.
    pub fn lock_if_idle(&self) -> bool {
        let Some(session) = self.current() else { return false };
        if self.lock_state().locked.is_some() {
            return false;
        }
        // A registry that cannot be read now is asked again soon.
        let Ok(minutes) = session.registry().read(|tx| LOCK_IDLE_MINUTES.get(tx)) else { return false };
        let quiet = self.now() - self.lock_state().touched;
        // A clock that was set back says nothing about how long it was quiet.
        if minutes == 0 || quiet < Duration::minutes(i64::from(minutes)) || session.store_state() != StoreState::Ready {
            return false;
        }
        self.lock_now(&session, LockReason::Idle);
        true
    }

    /// Locks the keys because of what the desktop told, if the settings want that; tells whether it did.
    pub fn lock_because(&self, reason: LockReason) -> bool {
        let Some(session) = self.current() else { return false };
        let wanted = match reason {
            LockReason::ByHand | LockReason::Idle => Ok(true),
            LockReason::Suspend => session.registry().read(|tx| LOCK_ON_SUSPEND.get(tx)),
            LockReason::SessionLock => session.registry().read(|tx| LOCK_ON_SESSION_LOCK.get(tx)),
        };
        // When the settings cannot be read, the safe answer is yes.
        if !wanted.unwrap_or(true) || self.lock_state().locked.is_some() {
            return false;
        }
        self.lock_now(&session, reason);
        true
    }

    fn lock_now(&self, session: &Session, reason: LockReason) {
        session.lock();
        self.lock_state().locked = Some((reason, self.now()));
        self.clear_clipboard();
    }

    /// The keys were unlocked, or another registry is open.
    pub(super) fn unlocked_now(&self) {
        *self.lock_state() = LockState::new(self.now());
        self.crl_wakes().unlocked();
    }

    fn lock_state(&self) -> std::sync::MutexGuard<'_, LockState> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> OffsetDateTime {
        Arc::clone(&self.host.forces.clock).now()
    }
}
