//! Many certificates at once: the table and what came of it.

use serde::Serialize;
use ts_rs::TS;

/// What is wrong with a row, and in which column.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ManyProblem {
    /// `subject`, `names`, `profile`, `key`, `days`, `tags`, `file`, or `row` for the row as a whole.
    pub column: String,
    /// A stable code.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
}

/// A row as it was given.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ManyRow {
    /// Its number: a CSV's as a spreadsheet counts (the header is row 1), a request's from 1.
    pub row: u32,
    /// The file of a request; else empty.
    pub file: String,
    /// The subject, as given.
    pub subject: String,
    /// The names, as given.
    pub names: String,
    /// The profile.
    pub profile: String,
    /// The kind of key, as given; empty: the profile's.
    pub key: String,
    /// The life in days, as given; empty: the profile's.
    pub days: String,
    /// The tags, as given.
    pub tags: String,
    /// What its files are called, without ending.
    pub stem: String,
    /// Everything that is wrong with it.
    pub problems: Vec<ManyProblem>,
    /// Lints that warn and are not accepted; they do not stop it.
    pub warnings: Vec<String>,
}

/// A table, checked. Nothing was signed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ManyTable {
    /// Every row.
    pub items: Vec<ManyRow>,
    /// How many rows can be issued.
    pub good: u32,
    /// How many cannot.
    pub bad: u32,
    /// Files of the folder that hold no request.
    pub skipped: Vec<String>,
    /// SHA-256 of the input, hex.
    pub sha256: String,
}

/// A certificate that was issued for a row.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ManyIssued {
    /// The row's number.
    pub row: u32,
    /// What its files are called, without ending.
    pub stem: String,
    /// Id of the certificate.
    pub certificate: String,
    /// Its serial.
    pub serial: String,
    /// Its SHA-256 fingerprint.
    pub fingerprint: String,
}

/// What a run came to.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ManyReport {
    /// Id of the task; an interrupted one is resumed by it.
    pub task: String,
    /// `done`, or `cancelled` when it was stopped before its end.
    pub state: String,
    /// The folder with the files.
    pub out: String,
    /// Rows that are issued in all.
    pub total: u32,
    /// Rows issued by earlier runs of the task.
    pub before: u32,
    /// Rows issued by this run.
    pub items: Vec<ManyIssued>,
    /// Numbers of the rows that were left out on purpose.
    pub left_out: Vec<u32>,
}
