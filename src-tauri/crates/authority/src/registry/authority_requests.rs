//! The requests that authorities of ours send elsewhere: one for each key, written before it is signed, and the same bytes ever after.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::ids::KeyRowId;
use super::{Read, RegistryError, Write};

/// Settings with this before a key's id hold its request: what it asks for, the whole once it was signed, and when.
const PREFIX: &str = "authority-request.";

fn name(key: KeyRowId) -> String {
    format!("{PREFIX}{key}")
}

/// The request of an authority's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRequestRow {
    /// What is signed: the `CertificationRequestInfo`, DER (RFC 2986 4.1).
    pub info: Vec<u8>,
    /// The whole request, DER; nothing where a crash came before it was recorded.
    pub der: Option<Vec<u8>>,
    /// Whether its key has issued nothing because the answer was not installed yet.
    pub waits: bool,
    /// When it was written.
    pub made_at: OffsetDateTime,
}

fn read(name: String, text: &str) -> Result<AuthorityRequestRow, RegistryError> {
    let problem =
        |problem: &str| RegistryError::Cell { table: "settings", column: "value", row: name.clone(), problem: problem.to_owned() };
    let document: Value = serde_json::from_str(text).map_err(|error| problem(&error.to_string()))?;
    let octets = |field: &str| match document.get(field).and_then(Value::as_str) {
        Some(text) => STANDARD.decode(text).map(Some).map_err(|error| problem(&error.to_string())),
        None => Ok(None),
    };
    let seconds = document.get("at").and_then(Value::as_i64).ok_or_else(|| problem("the time is missing"))?;
    Ok(AuthorityRequestRow {
        info: octets("info")?.ok_or_else(|| problem("what is asked for is missing"))?,
        der: octets("der")?,
        waits: document.get("waits").and_then(Value::as_bool).ok_or_else(|| problem("whether it waits is missing"))?,
        made_at: OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| problem(&error.to_string()))?,
    })
}

impl Read<'_> {
    /// The request of a key, if one was made.
    ///
    /// # Errors
    /// [`RegistryError`]; `Cell` when it cannot be read.
    pub fn authority_request(&self, key: KeyRowId) -> Result<Option<AuthorityRequestRow>, RegistryError> {
        let name = name(key);
        self.setting(&name)?.map(|text| read(name, &text)).transpose()
    }
}

impl Write<'_> {
    /// Records the request of a key, with or without its signature.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn set_authority_request(&self, key: KeyRowId, request: &AuthorityRequestRow) -> Result<(), RegistryError> {
        let der = request.der.as_ref().map(|der| STANDARD.encode(der));
        let document =
            json!({ "info": STANDARD.encode(&request.info), "der": der, "waits": request.waits, "at": request.made_at.unix_timestamp() });
        self.set_setting(&name(key), Some(&document.to_string()))
    }
}
