//! Many certificates at once: check the table, issue it as a task, go on after an interruption.

use std::sync::Arc;

use authority::hand_over::{Form, Protection};
use authority::issue_many::{
    Delivery, Input, IssueManyError, Job, ManyReport as Report, ManyWish, Problem, Table, Trouble, write_failures,
};
use authority::pki::encoding::Password;
use authority::registry::{TaskId, TaskState};
use authority::session::Session;
use authority::watch::Watch;

use super::tasks::Running;
use super::{Surface, named, narrow};
use crate::request::{IssueMany, IssueManyResume, ManyDraft, ManyFailures};
use crate::text::FilePath;
use crate::view::{ExportView, ManyIssued, ManyProblem, ManyReport, ManyRow, ManyTable};
use crate::{ApiError, ErrorCode, words};

/// Profile of rows that name none, when nobody says.
const USUAL_PROFILE: &str = "tls-server";
/// Rows that an error names.
const NAMED: usize = 5;

/// Hears the progress of a run beside the task's own list.
struct Told<'a> {
    running: &'a Running,
    progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl Watch for Told<'_> {
    fn progress(&self, done: u64, total: u64) {
        self.running.progress(done, total);
        (self.progress)(done, total);
    }

    fn cancelled(&self) -> bool {
        self.running.cancelled()
    }
}

impl Surface {
    /// Checks a table: every row's problems by row and column. Nothing is signed.
    ///
    /// # Errors
    /// When the input is no table, or the authority cannot issue.
    pub fn issue_many_check(&self, request: ManyDraft) -> Result<ManyTable, ApiError> {
        let session = self.session()?;
        Ok(table_view(session.check_many(&wish(&session, request)?)?))
    }

    /// Writes the rows of a table that cannot be issued as CSV, each with what is wrong with it.
    ///
    /// # Errors
    /// As [`Surface::issue_many_check`]; when no row is bad, or the file is in the way or cannot be written.
    pub fn issue_many_failures(&self, request: ManyFailures) -> Result<ExportView, ApiError> {
        let session = self.session()?;
        let mut table = session.check_many(&wish(&session, request.draft)?)?;
        let said: Vec<String> =
            table.rows.iter_mut().map(|row| row.problems.drain(..).map(in_words).collect::<Vec<_>>().join(" ")).collect();
        let bad: Vec<_> = table.rows.iter().zip(said).filter(|(_, said)| !said.is_empty()).collect();
        if bad.is_empty() {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "no row is bad"));
        }
        write_failures(&bad, request.out.as_path(), request.overwrite)?;
        Ok(ExportView::of(request.out.0, "failures"))
    }

    /// Issues every row of a table. Nothing is signed while one row is bad, unless the bad ones are left out on purpose.
    ///
    /// # Errors
    /// When rows are bad, files are in the way, keys are locked, or something fails on the way: what is recorded then stays, and the task can be
    /// resumed.
    pub fn issue_many_run(&self, request: IssueMany) -> Result<ManyReport, ApiError> {
        self.issue_many(request, &|_, _| {})
    }

    pub(super) fn try_issue_many(&self, request: IssueMany, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<ManyReport, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, request.draft)?;
        let form = match request.format.as_deref() {
            None | Some("pem") => Form::Pem,
            Some("pkcs12") => Form::Pkcs12,
            Some(other) => return Err(ApiError::new(ErrorCode::BadFormat).with("format", other)),
        };
        let protection = match (request.password, request.plain_key) {
            (Some(_), true) => {
                return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a key is sealed under a password or plain, not both"));
            }
            (Some(password), false) => Protection::Password(Password::new(password.expose().to_owned())),
            (None, true) => Protection::Plain,
            (None, false) => Protection::Unsaid,
        };
        let delivery = Delivery { out: request.out.as_path().to_owned(), form, protection, overwrite: request.overwrite };
        let job = session.begin_many(wish, delivery, request.without_bad)?;
        self.run_job(&session, &job, progress)
    }

    /// Goes on with a task that was interrupted, cancelled or failed.
    ///
    /// # Errors
    /// When there is no such task, it runs or is done, its input has changed, or as [`Surface::issue_many_run`].
    pub fn issue_many_resume(&self, request: IssueManyResume) -> Result<ManyReport, ApiError> {
        self.issue_many_go_on(request, &|_, _| {})
    }

    pub(super) fn try_issue_many_go_on(
        &self,
        request: IssueManyResume,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<ManyReport, ApiError> {
        let session = self.session()?;
        let unknown = || ApiError::new(ErrorCode::TaskNotFound).with("task", &request.task);
        let task: TaskId = request.task.parse().map_err(|_| unknown())?;
        if self.running_tasks().contains_key(&task) {
            return Err(ApiError::new(ErrorCode::TaskNotResumable).with("task", task).with("state", "running"));
        }
        let password = request.password.map(|password| Password::new(password.expose().to_owned()));
        let job = session.resume_many(task, password)?;
        self.run_job(&session, &job, progress)
    }

    fn run_job(&self, session: &Arc<Session>, job: &Job, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<ManyReport, ApiError> {
        let running = Arc::new(Running::new(session, job.task));
        self.running_tasks().insert(job.task, Arc::clone(&running));
        let outcome = session.run_many(job, &Told { running: &running, progress }).map_err(ApiError::from);
        self.running_tasks().remove(&job.task);
        session.forget_stop(job.task);
        let (done, total) = running.reached();
        let (state, message) = match &outcome {
            Ok(report) if report.cancelled => (TaskState::Cancelled, String::new()),
            Ok(_) => (TaskState::Done, String::new()),
            Err(error) => (TaskState::Failed, words::error(error).title),
        };
        match (session.end_task(job.task, state, &message, done, total), outcome) {
            (_, Err(error)) => Err(error.with("task", job.task)),
            (Err(error), Ok(_)) => Err(error.into()),
            (Ok(()), Ok(report)) => Ok(report_view(report, job)),
        }
    }
}

fn wish(session: &Session, draft: ManyDraft) -> Result<ManyWish, ApiError> {
    let input = match (draft.csv, draft.csr_folder) {
        (Some(csv), None) => Input::Csv(csv.as_path().to_owned()),
        (None, Some(folder)) => Input::Requests(folder.as_path().to_owned()),
        _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "the rows come from a CSV file or from a folder of requests")),
    };
    Ok(ManyWish {
        authority: session.registry().read(|tx| named::authority(tx, &draft.authority))?.id,
        input,
        profile: draft.profile.unwrap_or_else(|| USUAL_PROFILE.to_owned()),
        accept: draft.accept,
    })
}

fn problem(found: Problem) -> ManyProblem {
    let (code, message) = match found.trouble {
        Trouble::Cell { code, text, cause } => (code.to_owned(), words::table_problem(code, &[("text", text), ("cause", cause)])),
        Trouble::Input(refusal) => (refusal.code.to_owned(), words::import_refusal(refusal.code, &refusal.fields)),
        Trouble::Refused(error) => {
            let error = ApiError::from(*error);
            let said = words::error(&error);
            let detail =
                error.fields.get("problem").or_else(|| error.fields.get("findings")).filter(|detail| !said.title.contains(*detail));
            let message = detail.map_or_else(|| format!("{}.", said.title), |detail| format!("{}: {detail}", said.title));
            (error.code.as_str().to_owned(), message)
        }
    };
    ManyProblem { column: found.column.to_owned(), code, message }
}

/// One problem, with the column that it stands in.
fn in_words(found: Problem) -> String {
    let found = problem(found);
    format!("{}: {}", found.column, found.message)
}

fn table_view(table: Table) -> ManyTable {
    let (bad, total) = (table.bad(), table.rows.len());
    let items = table.rows.into_iter().map(|row| ManyRow {
        row: row.number,
        file: row.file,
        subject: row.subject,
        names: row.names,
        profile: row.profile,
        key: row.key,
        days: row.days,
        tags: row.tags,
        stem: row.stem,
        problems: row.problems.into_iter().map(problem).collect(),
        warnings: row.warnings.into_iter().map(str::to_owned).collect(),
    });
    ManyTable {
        items: items.collect(),
        good: narrow(total - bad),
        bad: narrow(bad),
        skipped: table.skipped,
        sha256: table.sha256.to_string(),
    }
}

fn report_view(report: Report, job: &Job) -> ManyReport {
    let items = report.issued.into_iter().map(|row| ManyIssued {
        row: row.number,
        stem: row.stem,
        certificate: row.certificate.to_string(),
        serial: row.serial.to_string(),
        fingerprint: row.fingerprint.to_string(),
    });
    ManyReport {
        task: report.task.to_string(),
        state: if report.cancelled { "cancelled" } else { "done" }.to_owned(),
        out: FilePath::from(job.out().to_owned()).0,
        total: narrow(report.total),
        before: narrow(report.before),
        items: items.collect(),
        left_out: report.left_out,
    }
}

impl From<IssueManyError> for ApiError {
    fn from(error: IssueManyError) -> Self {
        let cause = error.to_string();
        match error {
            IssueManyError::Input(inner) => inner.into(),
            IssueManyError::NoTable { code, problem } => {
                let said = words::table_problem(code, &[("text", problem), ("cause", String::new())]);
                Self::new(ErrorCode::NotATable).with("problem", said.trim_end_matches('.')).because(cause)
            }
            IssueManyError::BadRows { bad, total, table } => {
                let first = table.rows.into_iter().filter(|row| !row.problems.is_empty()).take(NAMED).flat_map(|row| {
                    let number = row.number;
                    row.problems.into_iter().take(1).map(move |found| format!("row {number}, {}", in_words(found)))
                });
                let first: Vec<String> = first.collect();
                Self::new(ErrorCode::BadRows).with("bad", bad).with("total", total).with("rows", first.join(" ").trim_end_matches('.'))
            }
            IssueManyError::NothingToIssue => Self::new(ErrorCode::NotATable)
                .with("problem", words::table_problem("nothing-left", &[]).trim_end_matches('.'))
                .because(cause),
            IssueManyError::NoSuchTask { task } => Self::new(ErrorCode::TaskNotFound).with("task", task),
            IssueManyError::NotResumable { task, state } => Self::new(ErrorCode::TaskNotResumable).with("task", task).with("state", state),
            IssueManyError::InputChanged { path } => Self::new(ErrorCode::InputChanged).with("path", path.to_string_lossy()),
            IssueManyError::Profile(inner) => inner.into(),
            IssueManyError::Issue(inner) => inner.into(),
            IssueManyError::HandOver(inner) => inner.into(),
            IssueManyError::Session(inner) => inner.into(),
            IssueManyError::Entropy(inner) => inner.into(),
            IssueManyError::Registry(inner) => inner.into(),
        }
    }
}
