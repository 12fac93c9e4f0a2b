//! How far a dry run is, and the wish to stop it. It is no task: a row in the registry would be a change.

use std::sync::{Arc, PoisonError};

use authority::watch::Watch;

use super::course::Course;
use super::{Surface, narrow};
use crate::ApiError;
use crate::request::Nothing;
use crate::view::{Done, ImportProgress};

/// A dry run is over, however it ended.
struct Over<'a> {
    surface: &'a Surface,
    look: Arc<Course>,
}

impl Drop for Over<'_> {
    fn drop(&mut self) {
        let mut current = self.surface.import_look.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &self.look)) {
            *current = None;
        }
    }
}

impl Surface {
    /// Does the work of a dry run; the one that is under way is stopped.
    pub(super) fn look<T>(&self, work: impl FnOnce(&dyn Watch) -> T) -> T {
        let look = Arc::<Course>::default();
        let before = self.import_look.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(&look));
        if let Some(before) = before {
            before.stop();
        }
        let over = Over { surface: self, look };
        work(over.look.as_ref())
    }

    fn current_look(&self) -> Option<Arc<Course>> {
        self.import_look.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How far the dry run is that is under way. What it counts changes on its way (KiB that are read, then certificates whose issuer is found), so only the
    /// ratio means something.
    ///
    /// # Errors
    /// None.
    pub fn import_progress(&self, _: Nothing) -> Result<ImportProgress, ApiError> {
        Ok(match self.current_look() {
            Some(look) => {
                let (done, total) = look.reached();
                ImportProgress { looking: true, done: narrow(done), total: narrow(total) }
            }
            None => ImportProgress { looking: false, done: 0, total: 0 },
        })
    }

    /// Stops the dry run that is under way, if there is one; it ends as cancelled.
    ///
    /// # Errors
    /// None.
    pub fn import_stop(&self, _: Nothing) -> Result<Done, ApiError> {
        if let Some(look) = self.current_look() {
            look.stop();
        }
        Ok(Done {})
    }
}
