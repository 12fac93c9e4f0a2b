//! The task of issuing many: what it was asked for, what is done, and how it goes on after an interruption.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pki::Certificate;
use pki::encoding::Password;
use serde::{Deserialize, Serialize};

use super::{Delivery, Input, IssueManyError, ManyReport, ManyWish, Ready, Table};
use crate::hand_over::{Form, Protection};
use crate::issue::KeyWish;
use crate::out_folder::OutFolder;
use crate::registry::{RegistryError, TaskId, TaskRow, TaskState};
use crate::session::Session;
use crate::watch::Watch;

/// The kind of these tasks.
pub const KIND: &str = "issue-many";

/// Most rows of a batch whose keys cost little to make and to write.
const BATCH: usize = 1_000;
/// Most rows of a batch whose keys cost a good part of a second each (to make, or to seal): between its two transactions a batch must never take as
/// long as an interrupted one is left alone.
const SLOW_BATCH: usize = 25;

/// What is kept of a task: enough to go on with it. No password is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    authority: String,
    requests: bool,
    input: PathBuf,
    sha256: String,
    profile: String,
    accept: Vec<String>,
    out: PathBuf,
    pkcs12: bool,
    sealed: bool,
    overwrite: bool,
    left_out: BTreeSet<u32>,
    batch: usize,
    /// Numbers of the batches that are recorded.
    pub(super) done: BTreeSet<usize>,
    /// How many rows are in them.
    pub(super) issued: u64,
}

/// A task that is ready to run.
pub struct Job {
    /// The task's id.
    pub task: TaskId,
    pub(super) wish: ManyWish,
    pub(super) delivery: Delivery,
    pub(super) document: Mutex<Document>,
    /// The numbers of the rows that are issued, in order.
    selected: Vec<u32>,
    ready: HashMap<u32, Ready>,
    batch: usize,
    /// Goes with the job where nothing came into it.
    _folder: OutFolder,
}

impl Job {
    pub(super) fn document(&self) -> MutexGuard<'_, Document> {
        self.document.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder that gets the files.
    #[must_use]
    pub fn out(&self) -> &std::path::Path {
        &self.delivery.out
    }

    /// How many rows there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        u64::try_from(self.selected.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn rows(&self, batch: usize) -> Vec<&Ready> {
        let numbers = self.selected.iter().skip(batch * self.batch).take(self.batch);
        numbers.filter_map(|number| self.ready.get(number)).collect()
    }

    fn batches(&self) -> Vec<usize> {
        let done = self.document().done.clone();
        (0..self.selected.len().div_ceil(self.batch.max(1))).filter(|batch| !done.contains(batch)).collect()
    }
}

fn makes_key(ready: &Ready) -> bool {
    matches!(ready.wish.key, KeyWish::Make(_))
}

fn is_slow(ready: &Ready) -> bool {
    match &ready.wish.key {
        KeyWish::Make(spec) => spec.unwrap_or_else(|| ready.wish.profile.keys().default()).as_str().starts_with("rsa"),
        KeyWish::Request(_) | KeyWish::Same(_) => false,
    }
}

/// Every core gets two batches at least, so that none waits long for the others at the end.
fn rows_of_a_batch(rows: usize, slow: bool) -> usize {
    let batches = 2 * std::thread::available_parallelism().map_or(1, NonZero::get);
    rows.div_ceil(batches).clamp(1, if slow { SLOW_BATCH } else { BATCH })
}

impl Session {
    /// Checks a table and makes the task that issues it. Nothing is signed while a row is bad, unless the bad ones are left out on purpose.
    ///
    /// # Errors
    /// [`IssueManyError::BadRows`] with the table; when files are in the way, keys are locked, or nobody said how keys are protected.
    pub fn begin_many(&self, mut wish: ManyWish, mut delivery: Delivery, without_bad: bool) -> Result<Job, IssueManyError> {
        // The task may go on from another folder.
        for path in [&mut delivery.out, wish.input.path_mut()] {
            *path = std::path::absolute(&*path).map_err(|error| crate::file::FileError::from_io(path, error))?;
        }
        let mut table = self.check_many(&wish)?;
        delivery.mark_what_is_in_the_way(&mut table, |_| true);
        if table.bad() > 0 && !without_bad {
            return Err(bad_rows(table));
        }
        let left_out: BTreeSet<u32> = table.rows.iter().filter(|row| !row.problems.is_empty()).map(|row| row.number).collect();
        if table.ready.is_empty() {
            return Err(IssueManyError::NothingToIssue);
        }
        let folder = delivery.check(table.ready.iter().any(makes_key), table.ready.iter().all(makes_key))?;
        // Keys that are locked are told before a task begins.
        let now = self.now();
        let issuer = self.registry().read(|tx| self.issuer_in(tx, wish.authority, now))?;
        issuer.signer(self.keystore().as_ref()).map_err(crate::issue::IssueError::from)?;
        let sealed = matches!(delivery.protection, Protection::Password(_));
        let slow = (sealed && table.ready.iter().any(makes_key)) || table.ready.iter().any(is_slow);
        let document = Document {
            authority: wish.authority.to_string(),
            requests: matches!(wish.input, Input::Requests(_)),
            input: wish.input.path().clone(),
            sha256: table.sha256.to_string(),
            profile: wish.profile.clone(),
            accept: wish.accept.clone(),
            out: delivery.out.clone(),
            pkcs12: delivery.form == Form::Pkcs12,
            sealed,
            overwrite: delivery.overwrite,
            left_out,
            batch: rows_of_a_batch(table.ready.len(), slow),
            done: BTreeSet::new(),
            issued: 0,
        };
        let task = TaskId::new(now, self.id_entropy()?);
        let job = assemble(task, wish, delivery, document, table, folder);
        let row = TaskRow {
            id: task,
            kind: KIND.to_owned(),
            state: TaskState::Running,
            done: 0,
            total: Some(job.total()),
            message: String::new(),
            document: written(&job.document())?,
            holder: self.holder(),
            started_at: now,
            ended_at: None,
        };
        self.change(|tx| tx.insert_task(&row))?;
        Ok(job)
    }

    /// Takes up a task that was interrupted, cancelled or failed; the caller knows that it does not run in this process. The password is wanted again where the task seals keys: it is kept nowhere.
    ///
    /// # Errors
    /// When there is no such task, it runs or is done, its input has changed, or a row that is left has become bad.
    pub fn resume_many(&self, task: TaskId, password: Option<Password>) -> Result<Job, IssueManyError> {
        self.abandon_tasks()?;
        let row = self.registry().read(|tx| tx.task(task))?.filter(|row| row.kind == KIND).ok_or(IssueManyError::NoSuchTask { task })?;
        let elsewhere = row.state == TaskState::Running && row.holder != self.holder();
        if elsewhere || row.state == TaskState::Done {
            return Err(IssueManyError::NotResumable { task, state: row.state.as_str() });
        }
        let damaged = |problem: String| RegistryError::Cell { table: "tasks", column: "document", row: task.to_string(), problem };
        let document: Document = serde_json::from_value(row.document).map_err(|error| damaged(error.to_string()))?;
        let protection = match (password, document.sealed) {
            (Some(password), true) => Protection::Password(password),
            (None, true) => Protection::Unsaid,
            (_, false) => Protection::Plain,
        };
        let wish = ManyWish {
            authority: document.authority.parse().map_err(|_| damaged("no authority".to_owned()))?,
            input: if document.requests { Input::Requests(document.input.clone()) } else { Input::Csv(document.input.clone()) },
            profile: document.profile.clone(),
            accept: document.accept.clone(),
        };
        let form = if document.pkcs12 { Form::Pkcs12 } else { Form::Pem };
        let delivery = Delivery { out: document.out.clone(), form, protection, overwrite: document.overwrite };
        let mut table = self.check_many(&wish)?;
        if table.sha256.to_string() != document.sha256 {
            return Err(IssueManyError::InputChanged { path: document.input });
        }
        // What is recorded takes its place first: it is not in the way of itself.
        delivery.settle(task, |batch| document.done.contains(&batch))?;
        let selected: Vec<u32> = table.rows.iter().map(|row| row.number).filter(|number| !document.left_out.contains(number)).collect();
        let done =
            |number: u32| selected.binary_search(&number).is_ok_and(|place| document.done.contains(&(place / document.batch.max(1))));
        delivery.mark_what_is_in_the_way(&mut table, |number| !done(number));
        let bad = |row: &super::TableRow| !row.problems.is_empty() && !document.left_out.contains(&row.number) && !done(row.number);
        if table.rows.iter().any(bad) {
            return Err(bad_rows(table));
        }
        let left: Vec<&Ready> = table.ready.iter().filter(|ready| !done(ready.number)).collect();
        let folder = delivery.check(left.iter().any(|ready| makes_key(ready)), left.iter().all(|ready| makes_key(ready)))?;
        drop(left);
        let now = self.now();
        let issuer = self.registry().read(|tx| self.issuer_in(tx, wish.authority, now))?;
        issuer.signer(self.keystore().as_ref()).map_err(crate::issue::IssueError::from)?;
        let holder = self.holder();
        self.change(|tx| tx.resume_task(task, &holder))?;
        Ok(assemble(task, wish, delivery, document, table, folder))
    }

    /// Runs a task to its end, or until it is told to stop. The caller records how it ended.
    ///
    /// # Errors
    /// The first failure; batches that were recorded before it stay, and the task can be resumed.
    pub fn run_many(&self, job: &Job, watch: &dyn Watch) -> Result<ManyReport, IssueManyError> {
        let before = job.document().issued;
        let batches = job.batches();
        job.delivery.settle(job.task, |batch| job.document().done.contains(&batch))?;
        watch.progress(before, job.total());
        let chain = self.issuers_of(job)?;
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(batches.len());
        let outcomes = Mutex::new((Vec::new(), None));
        let work = || {
            while !stopped.load(Ordering::Relaxed) && !watch.cancelled() {
                let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                let outcome = self.issue_batch(job, *batch, &chain, watch);
                let done = job.document().issued;
                watch.progress(done, job.total());
                let (issued, failure) = &mut *outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                match outcome {
                    Ok(rows) => issued.extend(rows),
                    // The others finish their batches, and the first failure is told.
                    Err(error) => {
                        stopped.store(true, Ordering::Relaxed);
                        failure.get_or_insert(error);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            (1..workers).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let (mut issued, failure) = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failure {
            return Err(error);
        }
        issued.sort_by_key(|row| row.number);
        let cancelled = before + u64::try_from(issued.len()).unwrap_or(0) < job.total();
        let left_out = job.document().left_out.iter().copied().collect();
        Ok(ManyReport { task: job.task, cancelled, total: job.total(), before, issued, left_out })
    }

    /// The issuers of everything that the task issues, without the root.
    fn issuers_of(&self, job: &Job) -> Result<Vec<Certificate>, IssueManyError> {
        let now = self.now();
        let chain = self.registry().read(|tx| {
            let issuer = self.issuer_in(tx, job.wish.authority, now)?;
            Ok::<_, IssueManyError>(tx.chain(issuer.certificate_id())?)
        })?;
        Ok(chain.into_iter().filter(|link| !link.certificate.is_self_issued()).map(|link| link.certificate).collect())
    }
}

fn bad_rows(table: Table) -> IssueManyError {
    IssueManyError::BadRows { bad: table.bad(), total: table.rows.len(), table: Box::new(table) }
}

pub(super) fn written(document: &Document) -> Result<serde_json::Value, RegistryError> {
    serde_json::to_value(document).map_err(|error| RegistryError::Refused { detail: error.to_string() })
}

fn assemble(task: TaskId, wish: ManyWish, delivery: Delivery, document: Document, table: Table, folder: OutFolder) -> Job {
    let selected = table.rows.iter().map(|row| row.number).filter(|number| !document.left_out.contains(number)).collect();
    let ready = table.ready.into_iter().map(|ready| (ready.number, ready)).collect();
    Job { task, wish, delivery, batch: document.batch.max(1), document: Mutex::new(document), selected, ready, _folder: folder }
}

impl Delivery {
    /// Marks rows whose files exist already and may not be replaced.
    fn mark_what_is_in_the_way(&self, table: &mut Table, concerns: impl Fn(u32) -> bool) {
        let mut blocked = BTreeSet::new();
        for ready in table.ready.iter().filter(|ready| concerns(ready.number)) {
            let Some(path) = self.in_the_way(&ready.stem, makes_key(ready)) else { continue };
            if let Some(row) = table.rows.iter_mut().find(|row| row.number == ready.number) {
                let text = path.to_string_lossy().into_owned();
                let trouble = super::Trouble::Cell { code: "file-exists", text, cause: String::new() };
                row.problems.push(super::Problem { column: "file", trouble });
                blocked.insert(ready.number);
            }
        }
        table.ready.retain(|ready| !blocked.contains(&ready.number));
    }
}
