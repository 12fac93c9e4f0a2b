//! Long work: what it is, how far it has got, how it ended.

use time::OffsetDateTime;

use super::cell::{Bound, Cells, words};
use super::ids::TaskId;
use super::{Read, RegistryError, Write};

words! {
    /// Where a task stands.
    pub enum TaskState {
        /// At work, or left so by a crash.
        Running = "running",
        /// Finished.
        Done = "done",
        /// Ended by an error.
        Failed = "failed",
        /// Ended on request.
        Cancelled = "cancelled",
        /// Found unfinished at a start and not resumed.
        Abandoned = "abandoned",
    }
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Its id.
    pub id: TaskId,
    /// What it does ("import", "crl-run").
    pub kind: String,
    /// Where it stands.
    pub state: TaskState,
    /// How many steps are done.
    pub done: u64,
    /// Of how many, if that is known.
    pub total: Option<u64>,
    /// The code of the latest message.
    pub message: String,
    /// What is needed to do it again (JSON); empty when it cannot be.
    pub document: serde_json::Value,
    /// The program that runs it, as `HOST:PID:START`.
    pub holder: String,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
}

pub(super) const COLUMNS: &str = "id, kind, state, done, total, message, document, holder, started_at, ended_at";

pub(super) fn task_row(cells: &Cells<'_>) -> Result<TaskRow, RegistryError> {
    Ok(TaskRow {
        id: cells.get("id")?,
        kind: cells.get("kind")?,
        state: cells.get("state")?,
        done: cells.get("done")?,
        total: cells.get("total")?,
        message: cells.get("message")?,
        document: cells.get("document")?,
        holder: cells.get("holder")?,
        started_at: cells.get("started_at")?,
        ended_at: cells.get("ended_at")?,
    })
}

impl Read<'_> {
    /// The task with this id.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn task(&self, id: TaskId) -> Result<Option<TaskRow>, RegistryError> {
        self.row("tasks", &format!("SELECT {COLUMNS} FROM tasks WHERE id = ?1"), &[&Bound(&id)], task_row)
    }

    /// The newest tasks first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn tasks(&self, limit: u32) -> Result<Vec<TaskRow>, RegistryError> {
        self.rows("tasks", &format!("SELECT {COLUMNS} FROM tasks ORDER BY id DESC LIMIT ?1"), &[&limit], task_row)
    }

    /// Tasks that run, or that a crash has left so; oldest first.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn running_tasks(&self) -> Result<Vec<TaskRow>, RegistryError> {
        self.rows("tasks", &format!("SELECT {COLUMNS} FROM tasks WHERE state = 'running' ORDER BY id"), &[], task_row)
    }
}

impl Write<'_> {
    /// Records a task.
    ///
    /// # Errors
    /// `AlreadyPresent` if the id is taken.
    pub fn insert_task(&self, task: &TaskRow) -> Result<(), RegistryError> {
        let sql = format!("INSERT INTO tasks ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
        self.execute(
            &sql,
            &[
                &Bound(&task.id),
                &task.kind,
                &Bound(&task.state),
                &Bound(&task.done),
                &Bound(&task.total),
                &task.message,
                &Bound(&task.document),
                &task.holder,
                &Bound(&task.started_at),
                &Bound(&task.ended_at),
            ],
        )?;
        Ok(())
    }

    /// Records how far a running task has got.
    ///
    /// # Errors
    /// `Missing` if no such task is running.
    pub fn set_task_progress(&self, id: TaskId, done: u64, total: Option<u64>) -> Result<(), RegistryError> {
        let sql = "UPDATE tasks SET done = ?2, total = ?3 WHERE id = ?1 AND state = 'running'";
        self.change("tasks", &id, sql, &[&Bound(&id), &Bound(&done), &Bound(&total)])
    }

    /// Records how far a running task has got, together with what it would go on with.
    ///
    /// # Errors
    /// `Missing` if no such task is running.
    pub fn advance_task(&self, id: TaskId, done: u64, total: Option<u64>, document: &serde_json::Value) -> Result<(), RegistryError> {
        let sql = "UPDATE tasks SET done = ?2, total = ?3, document = ?4 WHERE id = ?1 AND state = 'running'";
        self.change("tasks", &id, sql, &[&Bound(&id), &Bound(&done), &Bound(&total), &Bound(document)])
    }

    /// Changes what an ended task would be done again with.
    ///
    /// # Errors
    /// `Missing` if there is no such task or it is running.
    pub fn set_task_document(&self, id: TaskId, document: &serde_json::Value) -> Result<(), RegistryError> {
        let sql = "UPDATE tasks SET document = ?2 WHERE id = ?1 AND state <> 'running'";
        self.change("tasks", &id, sql, &[&Bound(&id), &Bound(document)])
    }

    /// Forgets ended tasks beyond the newest `kept`.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn prune_tasks(&self, kept: u32) -> Result<(), RegistryError> {
        let sql = "DELETE FROM tasks WHERE state <> 'running' AND id < (SELECT id FROM tasks ORDER BY id DESC LIMIT 1 OFFSET ?1)";
        self.execute(sql, &[&kept.saturating_sub(1)]).map(drop)
    }

    /// Takes up a task that was cancelled, failed or abandoned, or that this holder could not even record the failure of.
    ///
    /// # Errors
    /// `Missing` if there is no such task, or it runs or is done: of two who want it, one gets it.
    pub fn resume_task(&self, id: TaskId, holder: &str) -> Result<(), RegistryError> {
        let sql = "UPDATE tasks SET state = 'running', holder = ?2, message = '', ended_at = NULL \
            WHERE id = ?1 AND (state IN ('cancelled', 'failed', 'abandoned') OR (state = 'running' AND holder = ?2))";
        self.change("tasks", &id, sql, &[&Bound(&id), &holder])
    }

    /// Records how a running task ended.
    ///
    /// # Errors
    /// `Missing` if no such task is running.
    pub fn end_task(&self, id: TaskId, state: TaskState, message: &str, at: OffsetDateTime) -> Result<(), RegistryError> {
        let sql = "UPDATE tasks SET state = ?2, message = ?3, ended_at = ?4 WHERE id = ?1 AND state = 'running'";
        self.change("tasks", &id, sql, &[&Bound(&id), &Bound(&state), &message, &Bound(&at)])
    }
}
