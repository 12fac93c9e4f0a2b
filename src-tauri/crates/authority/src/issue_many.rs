//! Issues many certificates from a table: the rows of a CSV file, or the requests of a folder.
//!
//! First the whole table is checked, and nothing is signed while one row is bad. Then rows are issued in batches, each core a batch of its own:
//! keys are made and certificates prepared; one transaction records what is about to be signed; they are signed, and every file of the batch,
//! keys included, is written into a hidden folder beside its place and synced; a second transaction records the certificates together with the
//! batch in the task's document; then the files take their names. So whatever moment a kill chooses, a batch is either unknown to the task, and
//! is issued afresh with new keys and serials when the task is resumed, or it is recorded and its files lie there to be put in place.

mod batch;
mod delivery;
mod failures;
mod job;
mod table;

use std::path::PathBuf;

use pki::{Fingerprint, SerialNumber};

use crate::clock::EntropyError;
use crate::file::FileError;
use crate::hand_over::{Form, HandOverError, Protection};
use crate::import::{ImportError, Refusal};
use crate::issue::{CertificateWish, IssueError};
use crate::profiles::ProfilesError;
use crate::registry::{AuthorityId, CertificateId, RegistryError, TaskId};
use crate::session::SessionError;

pub use failures::write_failures;
pub use job::{Job, KIND};

/// More rows than this are not issued at once.
pub const MOST_ROWS: usize = 100_000;

/// The codes of [`Trouble::Cell`] and [`IssueManyError::NoTable`], and of a table of which nothing is left.
pub const PROBLEMS: &[&str] = &[
    "subject",
    "name",
    "profile",
    "key",
    "days",
    "tag",
    "not-utf8",
    "cell-count",
    "same-row",
    "same-request",
    "file-exists",
    "unknown-column",
    "twice-column",
    "no-columns",
    "no-rows",
    "too-many-rows",
    "nothing-left",
];

/// How many rows the text of a CSV file has, read as [`check_many`](crate::session::Session::check_many) reads it; nothing where it is no table. For those who
/// try readers with what others write.
#[cfg(any(test, feature = "testing"))]
#[must_use]
pub fn rows_of_csv(text: &[u8]) -> Option<usize> {
    table::parse_csv(text).ok().map(|rows| rows.drafts.len())
}

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A CSV file with a header row.
    Csv(PathBuf),
    /// A folder of signing requests, PEM or DER.
    Requests(PathBuf),
}

impl Input {
    fn path_mut(&mut self) -> &mut PathBuf {
        match self {
            Self::Csv(path) | Self::Requests(path) => path,
        }
    }

    fn path(&self) -> &PathBuf {
        match self {
            Self::Csv(path) | Self::Requests(path) => path,
        }
    }
}

/// What shall be issued.
#[derive(Debug, Clone)]
pub struct ManyWish {
    /// Who issues.
    pub authority: AuthorityId,
    /// The rows.
    pub input: Input,
    /// The profile of rows that name none.
    pub profile: String,
    /// Warnings accepted by lint name, in every row.
    pub accept: Vec<String>,
}

/// Where it goes.
#[derive(Debug)]
pub struct Delivery {
    /// The folder; made if missing.
    pub out: PathBuf,
    /// How certificate and key are written.
    pub form: Form,
    /// How keys are protected.
    pub protection: Protection,
    /// Whether existing files are replaced.
    pub overwrite: bool,
}

/// What is wrong with a row.
#[derive(Debug)]
pub enum Trouble {
    /// A cell cannot be read. The words stand in the catalogue under the code.
    Cell {
        /// A stable code.
        code: &'static str,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The file is no request that can be accepted.
    Input(Refusal),
    /// Nothing is issued for it.
    Refused(Box<IssueError>),
}

/// What is wrong with a row, and in which column.
#[derive(Debug)]
pub struct Problem {
    /// `subject`, `names`, `profile`, `key`, `days`, `tags`, `file`, or `row` for the row as a whole.
    pub column: &'static str,
    /// What is wrong.
    pub trouble: Trouble,
}

/// A row as it was given, and what is wrong with it.
#[derive(Debug, Default)]
pub struct TableRow {
    /// Its number: a CSV's as a spreadsheet counts (the header is row 1), a request's from 1.
    pub number: u32,
    /// The file of a request.
    pub file: String,
    /// The subject, as given.
    pub subject: String,
    /// The names, as given.
    pub names: String,
    /// The profile.
    pub profile: String,
    /// The kind of key, as given.
    pub key: String,
    /// The life in days, as given.
    pub days: String,
    /// The tags, as given.
    pub tags: String,
    /// The stem of its files.
    pub stem: String,
    /// Everything that is wrong with it.
    pub problems: Vec<Problem>,
    /// Lints that warn; they do not stop it.
    pub warnings: Vec<&'static str>,
}

/// A checked table.
#[derive(Debug)]
pub struct Table {
    /// SHA-256 of the input.
    pub sha256: Fingerprint,
    /// Every row.
    pub rows: Vec<TableRow>,
    /// Files of the folder that hold no request.
    pub skipped: Vec<String>,
    /// The good rows, ready to be issued.
    pub(crate) ready: Vec<Ready>,
}

impl Table {
    /// How many rows cannot be issued.
    #[must_use]
    pub fn bad(&self) -> usize {
        self.rows.iter().filter(|row| !row.problems.is_empty()).count()
    }
}

/// A row that can be issued.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) number: u32,
    pub(crate) stem: String,
    pub(crate) wish: CertificateWish,
    pub(crate) tags: Vec<String>,
}

/// A certificate that was issued for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedRow {
    /// The row's number.
    pub number: u32,
    /// The stem of its files.
    pub stem: String,
    /// The certificate's row.
    pub certificate: CertificateId,
    /// Its serial.
    pub serial: SerialNumber,
    /// Its SHA-256.
    pub fingerprint: Fingerprint,
}

/// What a run came to.
#[derive(Debug)]
pub struct ManyReport {
    /// The task.
    pub task: TaskId,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
    /// Rows of the table that are issued in all.
    pub total: u64,
    /// Rows issued by earlier runs of the task.
    pub before: u64,
    /// Rows issued by this run, in the order of the table.
    pub issued: Vec<IssuedRow>,
    /// Rows left out on purpose.
    pub left_out: Vec<u32>,
}

/// Many could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueManyError {
    /// The input cannot be read.
    #[error(transparent)]
    Input(#[from] ImportError),
    /// The table itself is not what it should be.
    #[error("{problem}")]
    NoTable {
        /// `no-rows`, `too-many-rows`, `unknown-column`, `no-columns`, `twice-column` or `not-utf8`.
        code: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Rows are bad; nothing was signed.
    #[error("{bad} of {total} rows are bad")]
    BadRows {
        /// How many.
        bad: usize,
        /// Of how many.
        total: usize,
        /// The table, each row with its problems.
        table: Box<Table>,
    },
    /// Every row is bad or left out.
    #[error("no row is left to be issued")]
    NothingToIssue,
    /// There is no such task, or it is not one of these.
    #[error("there is no such task of issuing many")]
    NoSuchTask {
        /// The task.
        task: TaskId,
    },
    /// The task runs, or has ended with everything issued.
    #[error("the task is {state}")]
    NotResumable {
        /// The task.
        task: TaskId,
        /// Its state.
        state: &'static str,
    },
    /// The input is not the one that the task began with.
    #[error("{} has changed since the task began", path.display())]
    InputChanged {
        /// The file or folder.
        path: PathBuf,
    },
    /// The default profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfilesError),
    /// A certificate could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Files could not be handed over.
    #[error(transparent)]
    HandOver(#[from] HandOverError),
    /// The session failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There was no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<FileError> for IssueManyError {
    fn from(error: FileError) -> Self {
        Self::HandOver(error.into())
    }
}
