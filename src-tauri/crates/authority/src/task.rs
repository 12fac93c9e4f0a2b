//! Rows of long work. What a process that is gone left running is marked abandoned; what runs in another process is left alone, and can be asked to
//! stop by a file beside the registry: a running import holds the registry's own lock.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::registry::{RegistryError, TaskId, TaskRow, TaskState};
use crate::session::{Session, SessionError};

/// Tasks kept; older ones that have ended go when another begins.
const KEPT: u32 = 500;

/// In a task's document, the task that was begun in its place.
const RESUMED_BY: &str = "resumedBy";

impl Session {
    /// Records that long work begins. `document` has what is needed to do it again; an empty one means that it cannot be.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn begin_task(&self, kind: &str, document: Value) -> Result<TaskId, SessionError> {
        let now = self.now();
        let id = TaskId::new(now, self.id_entropy()?);
        let row = TaskRow {
            id,
            kind: kind.to_owned(),
            state: TaskState::Running,
            done: 0,
            total: None,
            message: String::new(),
            document,
            holder: self.holder(),
            started_at: now,
            ended_at: None,
        };
        self.change(|tx| {
            tx.insert_task(&row)?;
            tx.prune_tasks(KEPT)
        })?;
        Ok(id)
    }

    /// Records how far long work has got, for other programs to see, where that can be done at once.
    ///
    /// # Errors
    /// When the registry cannot be written; that another writes is none.
    pub fn note_progress(&self, id: TaskId, done: u64, total: u64) -> Result<(), RegistryError> {
        self.registry().write_if_free(|tx| tx.set_task_progress(id, done, (total > 0).then_some(total))).map(drop)
    }

    /// Records how long work ended, and how far it had got.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn end_task(&self, id: TaskId, state: TaskState, message: &str, done: u64, total: u64) -> Result<(), RegistryError> {
        let now = self.now();
        self.change(|tx| {
            if done > 0 || total > 0 {
                tx.set_task_progress(id, done, (total > 0).then_some(total))?;
            }
            tx.end_task(id, state, message, now)
        })
    }

    /// Records that a task was begun in place of one that came to no end.
    ///
    /// # Errors
    /// When the registry cannot be written, or the task still runs.
    pub fn note_resumed(&self, before: &TaskRow, now: TaskId) -> Result<(), RegistryError> {
        let mut document = before.document.clone();
        if let Value::Object(fields) = &mut document {
            fields.insert(RESUMED_BY.to_owned(), json!(now.to_string()));
        }
        let event = self.event("task.resumed", &before.id.to_string(), json!({ "kind": before.kind, "by": now.to_string() }));
        self.change(|tx| {
            tx.set_task_document(before.id, &document)?;
            tx.append_audit(&event).map(drop)
        })
    }

    /// Marks tasks of processes that are gone as abandoned; gives how many. What they began was one transaction, so nothing of it is left.
    ///
    /// # Errors
    /// When the registry cannot be written and there is such a task.
    pub fn abandon_tasks(&self) -> Result<usize, RegistryError> {
        let now = self.now();
        let gone: Vec<_> = self.registry().read(|tx| tx.running_tasks())?.into_iter().filter(|task| self.left_behind(task)).collect();
        for task in &gone {
            let event = self.event("task.abandoned", &task.id.to_string(), json!({ "kind": task.kind, "holder": task.holder }));
            let ended = self.change(|tx| {
                tx.end_task(task.id, TaskState::Abandoned, "", now)?;
                tx.append_audit(&event).map(drop)
            });
            match ended {
                // Another program was quicker.
                Ok(()) | Err(RegistryError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
            self.forget_stop(task.id);
        }
        Ok(gone.len())
    }

    /// Whether a task is said to run in a process of this machine that does not run any more. Of other machines nothing can be known.
    pub fn left_behind(&self, task: &TaskRow) -> bool {
        task.state == TaskState::Running && holder_is_gone(self, &task.holder)
    }

    /// Asks the program that runs a task, whichever it is, to stop it.
    ///
    /// # Errors
    /// When the folder of the registry cannot be written.
    pub fn ask_to_stop(&self, id: TaskId) -> std::io::Result<()> {
        std::fs::write(self.stop_file(id), [])
    }

    /// Records that somebody asked for it.
    ///
    /// # Errors
    /// When the registry cannot be written.
    pub fn note_stop(&self, task: &TaskRow) -> Result<(), RegistryError> {
        let event = self.event("task.cancelled", &task.id.to_string(), json!({ "kind": task.kind }));
        self.change(|tx| tx.append_audit(&event).map(drop))
    }

    /// Whether another program has asked for a task to stop.
    pub fn stop_asked(&self, id: TaskId) -> bool {
        self.stop_file(id).exists()
    }

    /// Takes the wish away once the task has ended.
    pub fn forget_stop(&self, id: TaskId) {
        match std::fs::remove_file(self.stop_file(id)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, task = %id, "a heeded wish to stop is left beside the registry");
            }
            _ => {}
        }
    }

    fn stop_file(&self, id: TaskId) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.registry().path().file_name().unwrap_or_default());
        name.push(format!(".stop-{id}"));
        self.registry().path().with_file_name(name)
    }

    /// This process, as `HOST:PID:START`: numbers of processes are given out again, together with the time of the start they are not.
    pub(crate) fn holder(&self) -> String {
        let process = std::process::id();
        let start = started(Path::new("/proc"), &process.to_string()).unwrap_or_default();
        format!("{}:{process}:{start}", self.host().actor.host)
    }
}

/// Whether a task was taken up again, or has nothing to be taken up with.
pub fn resumable(task: &TaskRow) -> bool {
    let ended = matches!(task.state, TaskState::Failed | TaskState::Cancelled | TaskState::Abandoned);
    let Value::Object(fields) = &task.document else { return false };
    ended && !fields.is_empty() && !fields.contains_key(RESUMED_BY)
}

/// Whether a [holder](Session::holder) is a process of this machine that does not run any more.
pub(crate) fn holder_is_gone(session: &Session, holder: &str) -> bool {
    is_gone(holder, &session.host().actor.host, Path::new("/proc"))
}

fn is_gone(holder: &str, here: &str, processes: &Path) -> bool {
    let mut parts = holder.rsplitn(3, ':');
    let (Some(start), Some(process), Some(host)) = (parts.next(), parts.next(), parts.next()) else { return false };
    if host != here || !processes.join("self").exists() {
        return false;
    }
    match started(processes, process) {
        Some(running) => !start.is_empty() && start != running,
        None => !processes.join(process).exists(),
    }
}

/// When a process was started, in ticks since the machine was: the 22nd field of its `stat` (proc(5)).
fn started(processes: &Path, process: &str) -> Option<String> {
    let stat = std::fs::read_to_string(processes.join(process).join("stat")).ok()?;
    // The name of the program, in brackets, may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::is_gone;

    #[test]
    fn a_holder_is_gone_when_its_process_is_or_another_has_its_number() {
        let processes = tempfile::tempdir().unwrap();
        let there = |process: &str, text: &str| {
            std::fs::create_dir(processes.path().join(process)).unwrap();
            std::fs::write(processes.path().join(process).join("stat"), text).unwrap();
        };
        let gone = |holder: &str| is_gone(holder, "box", processes.path());
        assert!(!gone("box:7:99"), "without a list of processes nothing is known");
        there("self", "");
        there("7", "7 (a) b) S 1 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 99 1 1");
        assert!(!gone("box:7:99"));
        assert!(gone("box:7:98"), "the number was given out again");
        assert!(!gone("box:7:"), "a start that was not known says nothing");
        assert!(gone("box:8:99"));
        assert!(!gone("other:8:99"), "another machine");
        assert!(!gone("box"), "no holder of ours");
        assert!(!gone("a:b:7:99"), "a name of a machine may hold colons, and is another's");
    }
}
