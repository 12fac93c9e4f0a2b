//! Requests about issuing many certificates at once.

use serde::Deserialize;
use ts_rs::TS;

use crate::text::{FilePath, Secret};

/// What shall be issued: the rows of a CSV file or the requests of a folder, one of them.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManyDraft {
    /// The issuing authority by id, name or fingerprint.
    pub authority: String,
    /// A CSV file with a header row: `subject`, `names` (separated by `|`), `profile`, `key`, `days`, `tags` (separated by `|`).
    #[serde(default)]
    pub csv: Option<FilePath>,
    /// Or a folder of certificate signing requests, PEM or DER.
    #[serde(default)]
    pub csr_folder: Option<FilePath>,
    /// The profile of rows that name none; absent: `tls-server`.
    #[serde(default)]
    pub profile: Option<String>,
    /// Warnings accepted by lint name, in every row.
    #[serde(default)]
    pub accept: Vec<String>,
}

/// Writes the rows of a table that cannot be issued into a file.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManyFailures {
    /// What was checked.
    pub draft: ManyDraft,
    /// The CSV file to write.
    pub out: FilePath,
    /// Replaces a file that exists.
    #[serde(default)]
    pub overwrite: bool,
}

/// Issues every row of a table.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssueMany {
    /// What shall be issued.
    pub draft: ManyDraft,
    /// The folder that gets the files; made if missing.
    pub out: FilePath,
    /// `pem` (default) or `pkcs12`.
    #[serde(default)]
    pub format: Option<String>,
    /// Seals the keys.
    #[serde(default)]
    pub password: Option<Secret>,
    /// Writes the keys unencrypted, on purpose.
    #[serde(default)]
    pub plain_key: bool,
    /// Replaces files that exist.
    #[serde(default)]
    pub overwrite: bool,
    /// Leaves bad rows out, on purpose, and issues the others.
    #[serde(default)]
    pub without_bad: bool,
}

/// Goes on with a task of issuing many that was interrupted, cancelled or failed.
#[derive(Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssueManyResume {
    /// Id of the task.
    pub task: String,
    /// The password that seals the keys, where the task has one: it is kept nowhere.
    #[serde(default)]
    pub password: Option<Secret>,
}
