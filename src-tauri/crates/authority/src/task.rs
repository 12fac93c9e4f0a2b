//! Rows of long work. What a process that is gone left running is marked abandoned.

use std::path::Path;

use crate::registry::{RegistryError, TaskId, TaskRow, TaskState};
use crate::session::{Session, SessionError};

impl Session {
    /// Records that long work begins.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn begin_task(&self, kind: &str) -> Result<TaskId, SessionError> {
        let now = self.now();
        let id = TaskId::new(now, self.id_entropy()?);
        let row = TaskRow {
            id,
            kind: kind.to_owned(),
            state: TaskState::Running,
            done: 0,
            total: None,
            message: String::new(),
            document: serde_json::json!({}),
            holder: self.holder(),
            started_at: now,
            ended_at: None,
        };
        self.change(|tx| tx.insert_task(&row))?;
        Ok(id)
    }

    /// Records how long work ended.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn end_task(&self, id: TaskId, state: TaskState, message: &str) -> Result<(), RegistryError> {
        let now = self.now();
        self.change(|tx| tx.end_task(id, state, message, now))
    }

    /// Marks tasks of processes that are gone as abandoned. What most began was one transaction, so nothing of it is left;
    /// a task that goes batch by batch (`issue_many`) keeps what is done in its document and can be resumed.
    pub(crate) fn abandon_tasks(&self) -> Result<(), RegistryError> {
        let now = self.now();
        for task in self.registry().read(|tx| tx.running_tasks())? {
            if self.is_gone(&task.holder) {
                self.change(|tx| tx.end_task(task.id, TaskState::Abandoned, "", now))?;
            }
        }
        Ok(())
    }

    /// This process, as `HOST:PID`.
    pub(crate) fn holder(&self) -> String {
        format!("{}:{}", self.host().actor.host, std::process::id())
    }

    /// Whether a holder is a process of this machine that does not run any more. Of others nothing can be known.
    fn is_gone(&self, holder: &str) -> bool {
        let Some((host, process)) = holder.rsplit_once(':') else { return false };
        let processes = Path::new("/proc");
        host == self.host().actor.host && processes.join("self").exists() && !processes.join(process).exists()
    }
}
