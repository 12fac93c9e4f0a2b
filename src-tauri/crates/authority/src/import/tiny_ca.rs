//! A registry of `tiny_ca`: its certificates, and which of them are revoked. Keys, requests and the CRL lie in its folders as files.

use std::sync::Arc;

use pki::encoding::{Object, ObjectError, recognise};
use pki::foreign::tiny_ca::{moment, reason, serial};

use super::Refusal;
use super::elsewhere::{Note, RevokedElsewhere, Statement, Whose};
use super::gather::{At, Input, Unreadable};
use crate::registry::{ForeignDatabase, ForeignError, TinyCaRow};

/// Hands over what is in a registry of `tiny_ca`.
pub(super) fn read(database: &ForeignDatabase, at: &At, input: &mut Input) -> Result<(), ForeignError> {
    for row in database.tiny_ca_rows()? {
        certificate(row, at, input);
    }
    Ok(())
}

fn certificate(row: TinyCaRow, at: &At, input: &mut Input) {
    let found = recognise(row.pem.as_bytes(), &[]).found.into_iter().next().map(|found| found.object);
    let object = found.unwrap_or_else(|| Err(ObjectError::Malformed { what: "certificate", cause: "nothing is known in it".to_owned() }));
    let fingerprint = match &object {
        Ok(Object::Certificate(certificate)) => Some(certificate.fingerprint()),
        _ => None,
    };
    let note = Note { program: "tiny_ca", name: row.common_name.clone(), kind: row.key_type.clone(), ..Note::default() };
    input.objects.push(at.holds(row.common_name.clone(), object.map_err(Unreadable::Object)).noted(Some(note)));
    let Some(fingerprint) = fingerprint else { return };
    let (path, source) = (Arc::clone(&at.path), at.source);
    let read = || {
        let serial = serial(&row.serial).map_err(|error| error.to_string())?;
        let revoked = if row.status == "revoked" {
            let at = moment(&row.revoked_at).map_err(|error| error.to_string())?;
            let reason = if row.reason.is_empty() { None } else { reason(&row.reason).map_err(|error| error.to_string())? };
            Some(RevokedElsewhere { at, reason, invalidity_date: None, hold_instruction: None })
        } else {
            None
        };
        Ok((serial, revoked))
    };
    match read() {
        Ok((serial, revoked)) => input.elsewhere.statements.push(Statement {
            path,
            source,
            whose: Whose::Issued(fingerprint),
            serial,
            name: row.common_name,
            revoked,
        }),
        Err(cause) => {
            let cause: String = cause;
            let refusal = Refusal { code: "revocation-unreadable", fields: vec![("cause", cause)] };
            input.elsewhere.broken.push((path, source, row.common_name, refusal));
        }
    }
}
