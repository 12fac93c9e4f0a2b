//! Certificates as CSV (RFC 4180), a line each.

use std::io::{self, Write};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{ExportListError, Halt, Walk};
use crate::csv_cell::harmless;
use crate::registry::{CertificateRow, Read, RegistryError};

/// Named as the fields of the JSON listing.
const HEADER: [&str; 19] = [
    "id",
    "name",
    "status",
    "archived",
    "kind",
    "authority",
    "profile",
    "subject",
    "issuer",
    "serial",
    "fingerprint",
    "names",
    "notBefore",
    "notAfter",
    "key",
    "revokedAt",
    "reason",
    "invalidityDate",
    "tags",
];

pub(super) fn write<E: From<ExportListError> + From<RegistryError>>(
    walk: &Walk<'_>,
    tx: &Read<'_>,
    file: &mut dyn Write,
) -> Result<u64, Halt<E>> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(HEADER).map_err(disk)?;
    let count = walk.each_written(tx, |row| {
        let cells = cells(tx, row, walk.now).map_err(|error| Halt::Other(E::from(error)))?;
        csv.write_record(cells.iter().map(|cell| harmless(cell).into_owned())).map_err(disk)?;
        Ok(())
    })?;
    csv.flush()?;
    Ok(count)
}

fn disk(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // Records of one length, in UTF-8: nothing else can fail.
        other => io::Error::other(format!("{other:?}")),
    }
}

fn cells(tx: &Read<'_>, row: &CertificateRow, now: OffsetDateTime) -> Result<[String; 19], RegistryError> {
    let authority = match row.record.authority {
        Some(id) => tx.authority(id)?.map(|authority| authority.name),
        None => None,
    };
    Ok([
        row.id.to_string(),
        row.facts.display_name.clone(),
        row.status(now).as_str().to_owned(),
        row.state.archived.to_string(),
        row.facts.kind.as_str().to_owned(),
        authority.unwrap_or_default(),
        row.record.profile.clone().unwrap_or_default(),
        row.facts.subject.rfc4514(),
        row.facts.issuer.rfc4514(),
        row.facts.serial.to_string(),
        row.facts.fingerprint.to_string(),
        row.facts.names.join("|"),
        time_text(Some(row.facts.not_before)),
        time_text(Some(row.facts.not_after)),
        row.facts.key_kind.clone(),
        time_text(row.state.revoked_at),
        row.state.reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        time_text(row.state.invalidity_date),
        tx.certificate_tags(row.id)?.join("|"),
    ])
}

fn time_text(moment: Option<OffsetDateTime>) -> String {
    // Every year of a certificate has four digits, which is all that the format asks for.
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_default()
}
