//! `dev seed`: a registry marked as test, filled through the normal code path. Not a command of the page.

use std::sync::{Mutex, PoisonError};

use authority::secret::Passphrase;
use authority::seed::Seed;
use authority::session::{NewKeys, Session};
use authority::watch::Watch;

use super::Surface;
use super::tasks::Work;
use crate::request::Nothing;
use crate::text::FilePath;
use crate::view::RegistryStatus;
use crate::{ApiError, ErrorCode};

/// Passphrase of every seeded registry's vault.
const PASSPHRASE: &str = "seed";

/// What `dev seed` shall make.
#[derive(Debug, Clone)]
pub struct SeedRequest {
    /// The registry file; nothing may be there yet.
    pub path: FilePath,
    /// Certificates beside the authorities' own.
    pub certificates: u64,
    /// How many of them are revoked.
    pub revoked: u64,
    /// Self-signed authorities; at least one.
    pub authorities: u64,
}

/// The task, and whoever draws a bar.
struct Both<'a> {
    task: &'a dyn Watch,
    progress: Mutex<&'a mut (dyn FnMut(u64) + Send)>,
}

impl Watch for Both<'_> {
    fn progress(&self, done: u64, total: u64) {
        self.task.progress(done, total);
        (self.progress.lock().unwrap_or_else(PoisonError::into_inner))(done);
    }

    fn cancelled(&self) -> bool {
        self.task.cancelled()
    }
}

impl Surface {
    /// Makes a test registry and fills it; `progress` hears how many certificates are done.
    ///
    /// # Errors
    /// When a file is in the way or cannot be written.
    pub fn seed(&self, request: &SeedRequest, progress: &mut (dyn FnMut(u64) + Send)) -> Result<RegistryStatus, ApiError> {
        if request.authorities == 0 || request.revoked > request.certificates {
            return Err(ApiError::new(ErrorCode::BadUsage)
                .with("problem", "there is at least one authority, and no more revoked certificates than certificates"));
        }
        let keys = NewKeys::Vault(Passphrase::new(PASSPHRASE.to_owned()));
        let session = Session::create(request.path.as_path(), "Seeded test registry", keys, true, self.host.forces.clone())?;
        let seed = Seed { certificates: request.certificates, revoked: request.revoked, authorities: request.authorities };
        let Some(session) = self.put(Some(session)) else { return Err(ApiError::new(ErrorCode::NoRegistryOpen)) };
        self.as_task(&session, &Work::Seed, |task| Ok(session.seed(&seed, &Both { task, progress: Mutex::new(progress) })?))?;
        self.registry_status(Nothing {})
    }
}
