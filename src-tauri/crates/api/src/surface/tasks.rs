//! Long work as tasks: a row each, so that nobody wonders what became of it. How far one is and the wish to stop live in the memory of the process
//! that runs it; the row hears of it now and again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use authority::registry::{TaskId, TaskRow, TaskState};
use authority::session::Session;
use authority::task::resumable;
use authority::watch::Watch;
use serde_json::{Value, json};

use super::course::Course;
use super::{Surface, narrow};
use crate::request::{CertificatesExport, CrlBuild, ImportFiles, IssueManyResume, Nothing, RegistryBackup, TaskNamed};
use crate::text::{FilePath, time_text};
use crate::view::{Done, TaskList, TaskProgress, TaskView};
use crate::{ApiError, ErrorCode};

/// Tasks shown.
const SHOWN: u32 = 100;

/// How often at most a row hears of progress.
const NOTED: Duration = Duration::from_secs(1);
/// How often at most another program's wish to stop is looked for.
const LOOKED: Duration = Duration::from_millis(200);

/// Long work, and what is needed to do it again.
pub(super) enum Work<'a> {
    /// A backup.
    Backup(&'a FilePath),
    /// A CRL of many entries.
    CrlBuild(&'a CrlBuild),
    /// An import. What was pasted or needs a password cannot be done again: neither is kept.
    Import(&'a ImportFiles),
    /// The backup of a day, which the next start makes if this one did not.
    DailyBackup,
    /// A restore drill.
    Drill,
    /// A source that is made or refreshed, by its name. Fetching it again is a refresh that somebody asks for.
    SourceRefresh(&'a str),
    /// A check.
    Check,
    /// A list of certificates that is written.
    ExportList(&'a CertificatesExport),
    /// An authority that is handed over: a password that seals its keys is not kept, so it is asked for anew.
    ExportFolder {
        /// Its name.
        authority: &'a str,
        /// The folder.
        out: &'a FilePath,
    },
    /// A repair: what it made anew stays, and the next one goes on.
    Repair,
    /// Test data. A registry that was filled halfway is thrown away, not filled on.
    Seed,
}

impl Work<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Backup(_) | Self::DailyBackup => "backup",
            Self::Drill => "drill",
            Self::CrlBuild(_) => "crl-build",
            Self::Import(_) => "import",
            Self::SourceRefresh(_) => "source-refresh",
            Self::Check => "check",
            Self::ExportList(_) => "export-list",
            Self::ExportFolder { .. } => "export-folder",
            Self::Repair => "repair",
            Self::Seed => "seed",
        }
    }

    fn document(&self) -> Value {
        match self {
            Self::Backup(out) => json!({ "out": out.0 }),
            Self::CrlBuild(build) => {
                json!({ "authority": build.authority, "generation": build.generation, "nextUpdate": build.next_update })
            }
            Self::ExportList(export) => json!({ "out": export.out.0, "form": export.form }),
            Self::ExportFolder { authority, out } => json!({ "out": out.0, "authority": authority }),
            Self::SourceRefresh(name) => json!({ "source": name }),
            Self::Import(files) if files.text.is_none() && files.passwords.is_empty() => {
                json!({ "paths": files.paths.iter().map(|path| &path.0).collect::<Vec<_>>(), "withoutKeys": files.without_keys })
            }
            Self::Import(_) | Self::DailyBackup | Self::Drill | Self::Check | Self::Repair | Self::Seed => json!({}),
        }
    }
}

/// A task that runs in this process.
pub(super) struct Running {
    session: Arc<Session>,
    id: TaskId,
    course: Course,
    noted: Mutex<Instant>,
    looked: Mutex<Instant>,
}

impl Running {
    /// How many steps of how many are done.
    pub(super) fn reached(&self) -> (u64, u64) {
        self.course.reached()
    }

    pub(super) fn new(session: &Arc<Session>, id: TaskId) -> Self {
        let now = Instant::now();
        Self { session: Arc::clone(session), id, course: Course::default(), noted: Mutex::new(now), looked: Mutex::new(now) }
    }
}

/// Whether it is time again; then the clock starts anew.
fn due(last: &Mutex<Instant>, every: Duration) -> bool {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    let due = last.elapsed() >= every;
    if due {
        *last = Instant::now();
    }
    due
}

impl Watch for Running {
    fn progress(&self, done: u64, total: u64) {
        self.course.progress(done, total);
        if due(&self.noted, NOTED)
            && let Err(error) = self.session.note_progress(self.id, done, total)
        {
            tracing::warn!(%error, task = %self.id, "how far a task is could not be noted");
        }
    }

    fn cancelled(&self) -> bool {
        if due(&self.looked, LOOKED) && self.session.stop_asked(self.id) {
            self.course.stop();
        }
        self.course.cancelled()
    }
}

/// Ends the row of a task whatever becomes of the work, a panic too.
struct Ending<'a> {
    surface: &'a Surface,
    running: Arc<Running>,
    ended: bool,
}

impl Ending<'_> {
    fn end(&mut self, state: TaskState, message: &str) -> Result<(), ApiError> {
        self.ended = true;
        self.surface.running_tasks().remove(&self.running.id);
        self.running.session.forget_stop(self.running.id);
        let (done, total) = self.running.reached();
        Ok(self.running.session.end_task(self.running.id, state, message, done, total)?)
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if !self.ended
            && let Err(error) = self.end(TaskState::Failed, &crate::words::error(&ApiError::new(ErrorCode::Internal)).title)
        {
            tracing::error!(code = error.code.as_str(), "a task that broke off could not be marked");
        }
    }
}

impl Surface {
    /// Runs long work as a task.
    pub(super) fn as_task<T>(
        &self,
        session: &Arc<Session>,
        what: &Work<'_>,
        work: impl FnOnce(&dyn Watch) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if session.registry().read_only() {
            return work(&authority::watch::Unwatched);
        }
        let id = session.begin_task(what.kind(), what.document())?;
        let running = Arc::new(Running::new(session, id));
        self.running_tasks().insert(id, Arc::clone(&running));
        let mut ending = Ending { surface: self, running: Arc::clone(&running), ended: false };
        let outcome = work(running.as_ref());
        let (state, message) = match &outcome {
            Ok(_) => (TaskState::Done, String::new()),
            Err(error) if error.code == ErrorCode::Cancelled => (TaskState::Cancelled, String::new()),
            Err(error) => (TaskState::Failed, crate::words::error(error).title),
        };
        // Of two failures the work's own is told.
        let ended = ending.end(state, &message);
        let value = outcome?;
        ended?;
        Ok(value)
    }

    /// Runs `work` as a task, or without a row for it where the registry is too damaged to take one: a check must not fail on what it is to find.
    pub(super) fn as_task_if_possible<T>(
        &self,
        session: &Arc<Session>,
        what: &Work<'_>,
        work: impl FnOnce(&dyn Watch) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut work = Some(work);
        let mut outcome = None;
        let kept = self.as_task(session, what, |running| {
            outcome = work.take().map(|work| work(running));
            match &outcome {
                Some(Err(error)) => Err(ApiError { code: error.code, fields: error.fields.clone(), cause: error.cause.clone() }),
                _ => Ok(()),
            }
        });
        match (outcome, work, kept) {
            (Some(outcome), ..) => outcome,
            (None, Some(work), Err(error)) if error.code == ErrorCode::RegistryDamaged => work(&authority::watch::Unwatched),
            (None, _, Err(error)) => Err(error),
            (None, _, Ok(())) => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// Long pieces of work, newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn task_list(&self, _: Nothing) -> Result<TaskList, ApiError> {
        let session = self.session()?;
        let rows = session.registry().read(|tx| tx.tasks(SHOWN))?;
        Ok(TaskList { items: rows.iter().map(|row| self.task_view(&session, row)).collect() })
    }

    /// One piece of long work.
    ///
    /// # Errors
    /// When there is none of this id.
    pub fn task_show(&self, request: TaskNamed) -> Result<TaskView, ApiError> {
        let session = self.session()?;
        let row = task_named(&session, &request)?;
        Ok(self.task_view(&session, &row))
    }

    pub(super) fn try_task_cancel(&self, request: TaskNamed) -> Result<Done, ApiError> {
        let session = self.session()?;
        let row = task_named(&session, &request)?;
        if row.state != TaskState::Running || session.left_behind(&row) {
            return Err(ApiError::new(ErrorCode::TaskEnded).with("task", row.id).with("state", self.task_view(&session, &row).state));
        }
        let here = self.running_tasks().get(&row.id).cloned();
        match here {
            Some(running) => running.course.stop(),
            None => {
                let io = |error| ApiError::new(ErrorCode::Io).with("path", session.registry().path().display()).because(error);
                session.ask_to_stop(row.id).map_err(io)?;
            }
        }
        // Behind the wish: an import lets go of the registry only when it heeds it.
        session.note_stop(&row)?;
        Ok(Done {})
    }

    pub(super) fn try_task_resume(&self, request: TaskNamed) -> Result<TaskView, ApiError> {
        let session = self.session()?;
        let row = task_named(&session, &request)?;
        if row.state == TaskState::Running && session.left_behind(&row) {
            session.abandon_tasks()?;
        }
        let row = task_named(&session, &request)?;
        if !resumable(&row) {
            let state = self.task_view(&session, &row).state;
            return Err(ApiError::new(ErrorCode::TaskNotResumable).with("task", row.id).with("state", state));
        }
        if row.kind == "issue-many" {
            // It goes on as the same task, behind what it has done.
            self.issue_many_resume(IssueManyResume { task: row.id.to_string(), password: None })?;
            return self.task_show(request);
        }
        let unreadable = |error: serde_json::Error| ApiError::new(ErrorCode::TaskNotResumable).with("task", row.id).because(error);
        let document = row.document.clone();
        let outcome = match row.kind.as_str() {
            "backup" => self.registry_backup(serde_json::from_value::<RegistryBackup>(document).map_err(unreadable)?).map(drop),
            "crl-build" => self.crl_build(serde_json::from_value::<CrlBuild>(document).map_err(unreadable)?).map(drop),
            "import" => self.import_run(serde_json::from_value::<ImportFiles>(document).map_err(unreadable)?).map(drop),
            _ => Err(ApiError::new(ErrorCode::TaskNotResumable).with("task", row.id).with("state", row.state.as_str())),
        };
        // The newest of this kind is the one that was just begun; short work may have needed none.
        let begun = session.registry().read(|tx| tx.tasks(SHOWN))?.into_iter().find(|task| task.kind == row.kind && task.id > row.id);
        let by = begun.as_ref().map_or(row.id, |task| task.id);
        session.note_resumed(&row, by)?;
        outcome?;
        match begun {
            Some(task) => Ok(self.task_view(&session, &task)),
            None => self.task_show(request),
        }
    }

    /// Takes up again what a program that is gone left behind and what can be done without being asked for: CRLs that were promised.
    pub(super) fn resume_abandoned(&self, session: &Session) {
        let left = session.registry().read(|tx| tx.tasks(SHOWN)).unwrap_or_default();
        for task in left.iter().filter(|task| task.kind == "crl-build" && task.state == TaskState::Abandoned && resumable(task)) {
            if let Err(error) = self.try_task_resume(TaskNamed { task: task.id.to_string() }) {
                tracing::warn!(code = error.code.as_str(), task = %task.id, "a CRL that was left unfinished could not be built");
            }
        }
    }

    fn task_view(&self, session: &Session, row: &TaskRow) -> TaskView {
        let here = self.running_tasks().get(&row.id).cloned();
        let kept = (row.done, row.total.unwrap_or(0));
        let (done, total) = here.as_ref().map_or(kept, |run| run.reached());
        // A row that nobody ends any more, until the next start marks it.
        let state = if session.left_behind(row) { TaskState::Abandoned } else { row.state };
        let about = ["out", "authority", "source"].iter().find_map(|name| row.document.get(name).and_then(Value::as_str));
        let about = about.or_else(|| row.document.get("paths").and_then(|paths| paths.get(0)).and_then(Value::as_str));
        TaskView {
            id: row.id.to_string(),
            kind: row.kind.clone(),
            state: state.as_str().to_owned(),
            progress: TaskProgress { done: narrow(done), total: narrow(total) },
            message: match (state, row.message.as_str()) {
                (TaskState::Abandoned, "") => {
                    let words = crate::words::error(&ApiError::new(ErrorCode::TaskAbandoned));
                    // What goes batch by batch keeps those that are done.
                    if row.kind == "issue-many" { words.title } else { format!("{}. {}", words.title, words.safe) }
                }
                (_, message) => message.to_owned(),
            },
            about: about.unwrap_or_default().to_owned(),
            here: here.is_some(),
            resumable: resumable(&TaskRow { state, ..row.clone() }),
            started_at: time_text(row.started_at),
            ended_at: row.ended_at.map(time_text),
        }
    }

    pub(super) fn running_tasks(&self) -> MutexGuard<'_, std::collections::HashMap<TaskId, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn task_named(session: &Session, request: &TaskNamed) -> Result<TaskRow, ApiError> {
    let unknown = || ApiError::new(ErrorCode::TaskNotFound).with("task", &request.task);
    let id: TaskId = request.task.trim().parse().map_err(|_| unknown())?;
    session.registry().read(|tx| tx.task(id))?.ok_or_else(unknown)
}
