//! Long work as tasks: a row each, so that nobody wonders what became of it; progress and the wish to stop live in memory.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};

use authority::registry::{TaskId, TaskRow, TaskState};
use authority::session::Session;
use authority::watch::Watch;

use super::{Surface, narrow};
use crate::request::{Nothing, TaskNamed};
use crate::text::time_text;
use crate::view::{Done, TaskList, TaskProgress, TaskView};
use crate::{ApiError, ErrorCode};

/// Tasks shown.
const SHOWN: u32 = 100;

/// A task that runs in this process.
#[derive(Debug, Default)]
pub(super) struct Running {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

impl Watch for Running {
    fn progress(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Surface {
    /// Runs `work` as a task of a kind.
    pub(super) fn as_task<T>(
        &self,
        session: &Session,
        kind: &str,
        work: impl FnOnce(&Running) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let running = Arc::new(Running::default());
        if session.registry().read_only() {
            return work(&running);
        }
        let id = session.begin_task(kind)?;
        self.running_tasks().insert(id, Arc::clone(&running));
        let outcome = work(&running);
        self.running_tasks().remove(&id);
        let (state, message) = match &outcome {
            Ok(_) => (TaskState::Done, String::new()),
            Err(error) if error.code == ErrorCode::Cancelled => (TaskState::Cancelled, String::new()),
            Err(error) => (TaskState::Failed, crate::words::error(error).title),
        };
        session.end_task(id, state, &message)?;
        outcome
    }

    /// Runs `work` as a task, or without a row for it where the registry is too damaged to take one: a check must not fail on what it is to find.
    pub(super) fn as_task_if_possible<T>(
        &self,
        session: &Session,
        kind: &str,
        work: impl FnOnce(&Running) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut work = Some(work);
        let mut outcome = None;
        let kept = self.as_task(session, kind, |running| {
            outcome = work.take().map(|work| work(running));
            match &outcome {
                Some(Err(error)) => Err(ApiError { code: error.code, fields: error.fields.clone(), cause: error.cause.clone() }),
                _ => Ok(()),
            }
        });
        match (outcome, work, kept) {
            (Some(outcome), ..) => outcome,
            (None, Some(work), Err(error)) if error.code == ErrorCode::RegistryDamaged => work(&Running::default()),
            (None, _, Err(error)) => Err(error),
            (None, _, Ok(())) => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// Long pieces of work, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn task_list(&self, _: Nothing) -> Result<TaskList, ApiError> {
        let rows = self.session()?.registry().read(|tx| tx.tasks(SHOWN))?;
        let running = self.running_tasks();
        Ok(TaskList { items: rows.into_iter().map(|row| view(&row, running.get(&row.id).map(AsRef::as_ref))).collect() })
    }

    /// Asks a task to stop; what it did so far is undone.
    ///
    /// # Errors
    /// When no such task runs here.
    pub fn task_cancel(&self, request: TaskNamed) -> Result<Done, ApiError> {
        let unknown = || ApiError::new(ErrorCode::TaskNotFound).with("task", &request.task);
        let id: TaskId = request.task.parse().map_err(|_| unknown())?;
        self.running_tasks().get(&id).ok_or_else(unknown)?.stop.store(true, Ordering::Relaxed);
        Ok(Done {})
    }

    pub(super) fn running_tasks(&self) -> MutexGuard<'_, std::collections::HashMap<TaskId, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn view(row: &TaskRow, running: Option<&Running>) -> TaskView {
    let kept = (row.done, row.total.unwrap_or(0));
    let (done, total) = running.map_or(kept, |running| (running.done.load(Ordering::Relaxed), running.total.load(Ordering::Relaxed)));
    TaskView {
        id: row.id.to_string(),
        kind: row.kind.clone(),
        state: row.state.as_str().to_owned(),
        progress: TaskProgress { done: narrow(done), total: narrow(total) },
        message: row.message.clone(),
        started_at: time_text(row.started_at),
        ended_at: row.ended_at.map(time_text),
    }
}
