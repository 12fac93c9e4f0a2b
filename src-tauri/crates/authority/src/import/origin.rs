//! What another program knew of a certificate that was brought over: kept as a setting, since it says nothing that a certificate says.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::elsewhere::Note;
use crate::registry::{CertificateId, Read, RegistryError, Write};

/// Settings of this kind begin so; the certificate's id follows.
const SETTING: &str = "certificate-origin.";

/// What another program knew of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// `xca` or `tiny_ca`.
    pub program: String,
    /// What it was called there.
    pub name: String,
    /// What was written about it.
    pub comment: String,
    /// How it came there, or of which kind it was, in the program's own word.
    pub kind: String,
    /// When it came there, in seconds since 1970.
    pub inserted_at: Option<i64>,
}

/// What is on record of a certificate's life elsewhere.
///
/// # Errors
/// When it cannot be read.
pub fn origin_of(tx: &Read<'_>, certificate: CertificateId) -> Result<Option<Origin>, RegistryError> {
    let key = format!("{SETTING}{certificate}");
    let Some(text) = tx.setting(&key)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| RegistryError::Cell {
        table: "settings",
        column: "value",
        row: key,
        problem: error.to_string(),
    })
}

/// Puts on record what a program knew.
pub(super) fn keep(tx: &Write<'_>, certificate: CertificateId, note: &Note) -> Result<(), RegistryError> {
    let origin = Origin {
        program: note.program.to_owned(),
        name: note.name.clone(),
        comment: note.comment.clone(),
        kind: note.kind.clone(),
        inserted_at: note.inserted_at.map(OffsetDateTime::unix_timestamp),
    };
    let text = serde_json::to_string(&origin).map_err(|error| RegistryError::Refused { detail: error.to_string() })?;
    tx.set_setting(&format!("{SETTING}{certificate}"), Some(&text))
}
