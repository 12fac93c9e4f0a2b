//! The surface itself: one method per command, over the registry that is open.

mod attempts;
mod audit;
mod authority_commands;
mod authority_failure;
mod authority_view;
mod backup_commands;
mod certificate_commands;
mod certificate_view;
mod clipboard;
mod compare;
mod course;
mod crl_commands;
mod crl_difference;
mod crl_engine;
mod crl_entry_view;
mod crl_reading;
mod cross_signing_commands;
mod export_commands;
mod export_failure;
mod failure;
mod import_commands;
mod import_look;
mod import_text;
mod inbox_commands;
mod issuing_commands;
mod key_commands;
mod key_failure;
mod lock;
mod many_commands;
mod named;
mod opened_file;
mod outside_commands;
mod overview_commands;
mod profile_commands;
mod reading;
mod registry_commands;
mod renewal_commands;
mod retirement_commands;
mod revocation_commands;
mod seeding;
mod settings_commands;
mod source_commands;
mod source_failure;
mod source_fetching;
mod source_view;
mod tasks;
mod undo_commands;
mod upkeep_commands;
mod verify_commands;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use authority::registry::TaskId;
use authority::session::Session;

use crate::crl_wakes::CrlWakes;
use crate::host::Host;
use crate::open_keyrings::OpenKeyrings;
use crate::{ApiError, ErrorCode};

pub use attempts::{ATTEMPTS, is_refusal};
pub use lock::LockReason;
pub use seeding::SeedRequest;
pub(crate) use source_fetching::Network;

/// How long the end of the program waits for who still works on the registry: a backup of a small one, a look for changes, on a machine that is busy.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// Everything that shell and command line can ask for. Shared between threads; every method may block.
pub struct Surface {
    host: Host,
    keyrings: Arc<OpenKeyrings>,
    open: RwLock<Option<Arc<Session>>>,
    lock: Mutex<lock::LockState>,
    clipboard: Mutex<clipboard::ClipboardState>,
    /// Held while the registry is opened anew because its keys live elsewhere now.
    reopening: Mutex<()>,
    /// Tasks that run here.
    running: Mutex<HashMap<TaskId, Arc<tasks::Running>>>,
    import_report: Mutex<Option<import_commands::LatestReport>>,
    /// The dry run that is under way.
    import_look: Mutex<Option<Arc<course::Course>>>,
    crl_wakes: Mutex<CrlWakes>,
    /// Sources are being refreshed unasked.
    refreshing: AtomicBool,
    started: Instant,
}

impl Surface {
    /// A surface with no registry open.
    pub fn new(mut host: Host) -> Self {
        let keyrings = Arc::new(OpenKeyrings::new(Arc::clone(&host.forces.keyring)));
        host.forces.keyring = Arc::clone(&keyrings) as _;
        let lock = Mutex::new(lock::LockState::new(host.forces.clock.now()));
        Self {
            host,
            keyrings,
            open: RwLock::new(None),
            lock,
            clipboard: Mutex::default(),
            reopening: Mutex::default(),
            running: Mutex::default(),
            import_report: Mutex::default(),
            import_look: Mutex::default(),
            crl_wakes: Mutex::default(),
            refreshing: AtomicBool::new(false),
            started: Instant::now(),
        }
    }

    /// The open registry's file.
    pub fn open_path(&self) -> Option<PathBuf> {
        self.current().map(|session| session.registry().path().to_owned())
    }

    /// A number that changes when another program writes to the open registry.
    pub fn data_version(&self) -> Option<i64> {
        let session = self.current()?;
        session.registry().data_version().ok()
    }

    /// Closes the registry at the end of the program: its keys are forgotten, its connections closed in order, its WAL taken away.
    ///
    /// Whoever still looks into it gets four seconds to come to an end; a file left after that is looked at when it is next opened, as after a crash.
    pub fn close(&self) {
        let Some(session) = self.open.write().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        session.lock();
        let patience = Instant::now();
        while Arc::strong_count(&session) > 1 {
            if patience.elapsed() > LAST_WORDS {
                tracing::warn!("the registry is left as it is: something still works on it");
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn current(&self) -> Option<Arc<Session>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn session(&self) -> Result<Arc<Session>, ApiError> {
        let session = self.current().ok_or_else(|| ApiError::new(ErrorCode::NoRegistryOpen))?;
        if !session.keys_moved()? {
            return Ok(session);
        }
        // One of those who notice opens it anew, or the one who moved them: two would lock each other's.
        let _reopening = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        let session = self.current().ok_or_else(|| ApiError::new(ErrorCode::NoRegistryOpen))?;
        if !session.keys_moved()? {
            return Ok(session);
        }
        // Another program has moved the keys elsewhere: what is open would look for them in the old place.
        let opened = Session::open(session.registry().path(), session.host().clone())?;
        if let Err(error) = opened.unlock_unasked() {
            tracing::warn!(%error, "the keyring is not at hand");
        }
        self.put(Some(opened)).ok_or_else(|| ApiError::new(ErrorCode::NoRegistryOpen))
    }

    fn put(&self, session: Option<Session>) -> Option<Arc<Session>> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = open.take() {
            before.lock();
        }
        *open = session.map(Arc::new);
        self.unlocked_now();
        open.clone()
    }
}

/// The lower of a count and what fits; nobody has four thousand million certificates.
fn narrow(count: impl TryInto<u32>) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}
