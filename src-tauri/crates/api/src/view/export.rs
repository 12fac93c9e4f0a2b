//! What was handed out.

use serde::Serialize;
use ts_rs::TS;

use super::FileWritten;

/// Files that were written.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// The files.
    pub files: Vec<FileWritten>,
    /// Lines of a program's configuration that name the file, ready to be pasted.
    pub configuration: Option<String>,
    /// What whoever takes them should know.
    pub warnings: Vec<String>,
}

impl ExportView {
    /// One file, about which there is nothing to say.
    pub(crate) fn of(path: String, holds: &str) -> Self {
        Self { files: vec![FileWritten { path, holds: holds.to_owned() }], configuration: None, warnings: Vec::new() }
    }
}

/// An authority that was handed over as a folder.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FolderExportView {
    /// The folder.
    pub folder: String,
    /// Certificates in it, besides the authority's own.
    pub certificates: u32,
    /// Revocations in its index.
    pub revocations: u32,
    /// Those of them whose certificate nobody here has.
    pub unknown_serials: u32,
    /// Private keys in it.
    pub keys: u32,
    /// The number of the first CRL from there.
    pub next_crl_number: String,
    /// What the other tool has no place for: the first two hundred.
    pub notes: Vec<FolderNoteView>,
    /// How many there are.
    pub notes_in_all: u32,
    /// What whoever goes on from there should know.
    pub warnings: Vec<String>,
}

/// Something that the other tool has no place for.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FolderNoteView {
    /// Serial of the certificate.
    pub serial: String,
    /// `serial-shared`, `reason-lost`, `invalidity-date-lost` or `hold-instruction-lost`.
    pub code: String,
    /// In words.
    pub message: String,
}

/// Many certificates that were written.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListExportView {
    /// The file or folder.
    pub path: String,
    /// How many certificates.
    pub count: u32,
}
