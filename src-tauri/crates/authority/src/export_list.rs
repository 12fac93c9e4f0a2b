//! Many certificates at once: a table, a calendar, a listing, or their files in a folder or a ZIP. Row by row, in one read transaction; whole or not at all.

mod calendar;
mod table;

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::json;
use time::OffsetDateTime;

use crate::archive::ArchiveWriter;
use crate::export::{CertificateForm, ExportError, bytes_of};
use crate::file::{FileError, FileMode, write_new_atomically_with};
use crate::hand_over::stem_of;
use crate::registry::{CertificateFilter, CertificateId, CertificateRow, Page, Read, RegistryError, Sort};
use crate::session::Session;
use crate::staged_folder::StagedFolder;
use crate::watch::Watch;

pub use calendar::EventWords;

/// Rows of a page.
const PAGE: u32 = 500;

/// As what many certificates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListForm {
    /// A table: one line each, no cell of which starts a formula.
    Csv,
    /// A calendar: the end of each that is good, with alarms before it.
    Ics,
    /// A listing with everything that is known.
    Json,
    /// A folder with a file each.
    Folder(CertificateForm),
    /// The same in one ZIP.
    Zip(CertificateForm),
}

impl ListForm {
    /// Its name: `csv`, `ics`, `json`, `folder`, `zip`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ics => "ics",
            Self::Json => "json",
            Self::Folder(_) => "folder",
            Self::Zip(_) => "zip",
        }
    }
}

/// Which certificates.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// All that a filter lets through.
    Listed(CertificateFilter, Sort),
    /// These.
    Named(Vec<CertificateId>),
}

/// Which certificates shall be written, as what, and where.
#[derive(Debug, Clone)]
pub struct ListExport {
    /// Which.
    pub chosen: Chosen,
    /// As what.
    pub form: ListForm,
    /// The file, or the folder itself: nothing is there yet, or it is empty.
    pub out: PathBuf,
    /// Replaces a file that exists; a folder never.
    pub overwrite: bool,
}

/// Words and JSON come from outside: neither stands in this room.
pub struct ListText<'a, E> {
    /// The JSON of one certificate.
    pub json: &'a dyn Fn(&Read<'_>, &CertificateRow) -> Result<String, E>,
    /// What a calendar says of the end of one.
    pub event: &'a dyn Fn(&CertificateRow) -> EventWords,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListExported {
    /// The file or folder.
    pub path: PathBuf,
    /// How many certificates.
    pub count: u64,
}

/// A list was not written; what stood at its place still does.
#[derive(Debug, thiserror::Error)]
pub enum ExportListError {
    /// Somebody stopped it.
    #[error("stopped")]
    Cancelled,
    /// A certificate has no such form.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What stops a walk while a file is being written: the disk, or anything else.
enum Halt<E> {
    Disk(io::Error),
    Other(E),
}

impl<E> From<io::Error> for Halt<E> {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl Session {
    /// Writes many certificates, and that they were written into the log, where the registry can be written.
    ///
    /// # Errors
    /// See [`ExportListError`].
    pub fn export_list<E>(&self, export: &ListExport, text: &ListText<'_, E>, watch: &dyn Watch) -> Result<ListExported, E>
    where
        E: From<ExportListError> + From<RegistryError>,
    {
        let walk = Walk { chosen: &export.chosen, now: self.now(), watch };
        if let ListForm::Folder(form) = export.form {
            return self.export_into_folder(export, form, &walk);
        }
        let count = self.registry().read(|tx| {
            let mut outcome = Ok(0);
            let written = write_new_atomically_with(&export.out, FileMode::Public, export.overwrite, |file| {
                let written = match export.form {
                    ListForm::Csv => table::write(&walk, tx, file),
                    ListForm::Ics => calendar::write(&walk, tx, file, text.event),
                    ListForm::Json => write_listing(&walk, tx, file, text.json),
                    ListForm::Zip(form) | ListForm::Folder(form) => write_archive(&walk, tx, file, form),
                };
                match written {
                    Ok(count) => {
                        outcome = Ok(count);
                        Ok(())
                    }
                    Err(Halt::Disk(error)) => Err(error),
                    Err(Halt::Other(error)) => {
                        outcome = Err(error);
                        // The file is not finished; what it failed of is returned below.
                        Err(io::Error::other("the list broke off"))
                    }
                }
            });
            match (outcome, written) {
                (Err(error), _) => Err(error),
                (_, Err(error)) => Err(E::from(ExportListError::from(error))),
                (Ok(count), Ok(())) => Ok(count),
            }
        })?;
        if !self.registry().read_only() {
            let event = self.list_event(export, count);
            self.change(|tx| tx.append_audit(&event).map(drop))?;
        }
        Ok(ListExported { path: export.out.clone(), count })
    }

    fn export_into_folder<E>(&self, export: &ListExport, form: CertificateForm, walk: &Walk<'_>) -> Result<ListExported, E>
    where
        E: From<ExportListError> + From<RegistryError>,
    {
        let failed = |error: FileError| E::from(ExportListError::from(error));
        let staged = StagedFolder::begin(&export.out).map_err(failed)?;
        let count = self.registry().read(|tx| {
            let mut names = Names::default();
            walk.each(tx, |row| {
                let bytes = bytes_of(tx, row.id, form).map_err(|error| E::from(ExportListError::from(error)))?;
                staged.write(&names.of(tx, row, form)?, FileMode::Public, &bytes).map_err(failed)
            })
        })?;
        staged.sync().map_err(failed)?;
        let event = self.list_event(export, count);
        let path = if self.registry().read_only() {
            staged.place().map_err(failed)?
        } else {
            self.change(|tx| {
                tx.append_audit(&event)?;
                staged.place().map_err(failed)
            })?
        };
        Ok(ListExported { path, count })
    }

    fn list_event(&self, export: &ListExport, count: u64) -> crate::audit::AuditEvent {
        let to = export.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.event("certificates.exported", &self.id().to_string(), json!({ "form": export.form.as_str(), "count": count, "to": to }))
    }
}

/// The way through the certificates that were chosen.
struct Walk<'a> {
    chosen: &'a Chosen,
    now: OffsetDateTime,
    watch: &'a dyn Watch,
}

impl Walk<'_> {
    fn each<E: From<ExportListError> + From<RegistryError>>(
        &self,
        tx: &Read<'_>,
        mut take: impl FnMut(&CertificateRow) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut done = 0_u64;
        let mut step = |row: &CertificateRow, total: u64| {
            if self.watch.cancelled() {
                return Err(E::from(ExportListError::Cancelled));
            }
            take(row)?;
            done += 1;
            self.watch.progress(done, total.max(done));
            Ok(())
        };
        match self.chosen {
            Chosen::Named(ids) => {
                let total = u64::try_from(ids.len()).unwrap_or(u64::MAX);
                for id in ids {
                    let missing = || RegistryError::Missing { table: "certificates", row: id.to_string() };
                    step(&tx.certificate(*id)?.ok_or_else(missing)?, total)?;
                }
            }
            Chosen::Listed(filter, sort) => {
                let mut page = Page::First;
                loop {
                    let found = tx.certificates_page(filter, *sort, &page, PAGE, self.now)?;
                    for row in &found.items {
                        step(row, found.total.count)?;
                    }
                    match found.next {
                        Some(cursor) => page = Page::After(cursor),
                        None => break,
                    }
                }
            }
        }
        Ok(done)
    }

    /// As [`Self::each`], for what is written as it goes.
    fn each_written<E: From<ExportListError> + From<RegistryError>>(
        &self,
        tx: &Read<'_>,
        mut write: impl FnMut(&CertificateRow) -> Result<(), Halt<E>>,
    ) -> Result<u64, Halt<E>> {
        let mut disk = None;
        let walked = self.each(tx, |row| {
            write(row).map_err(|halt| match halt {
                Halt::Other(error) => error,
                Halt::Disk(error) => {
                    disk = Some(error);
                    // Only ends the walk: the disk's own word is returned below.
                    E::from(ExportListError::Cancelled)
                }
            })
        });
        match (disk, walked) {
            (Some(error), _) => Err(Halt::Disk(error)),
            (None, walked) => walked.map_err(Halt::Other),
        }
    }
}

/// The listing as the command line prints lists.
fn write_listing<E: From<ExportListError> + From<RegistryError>>(
    walk: &Walk<'_>,
    tx: &Read<'_>,
    file: &mut dyn Write,
    json: &dyn Fn(&Read<'_>, &CertificateRow) -> Result<String, E>,
) -> Result<u64, Halt<E>> {
    file.write_all(b"{\"items\":[")?;
    let mut separator = "\n";
    let count = walk.each_written(tx, |row| {
        let text = json(tx, row).map_err(Halt::Other)?;
        write!(file, "{separator}{text}")?;
        separator = ",\n";
        Ok(())
    })?;
    writeln!(file, "\n],\"next\":null,\"total\":{{\"count\":{count},\"atLeast\":false}}}}")?;
    Ok(count)
}

fn write_archive<E: From<ExportListError> + From<RegistryError>>(
    walk: &Walk<'_>,
    tx: &Read<'_>,
    file: &mut dyn Write,
    form: CertificateForm,
) -> Result<u64, Halt<E>> {
    let mut archive = ArchiveWriter::new(file);
    let mut names = Names::default();
    let count = walk.each_written(tx, |row| {
        let bytes = bytes_of(tx, row.id, form).map_err(|error| Halt::Other(E::from(ExportListError::from(error))))?;
        let name = names.of(tx, row, form).map_err(|error| Halt::Other(E::from(error)))?;
        Ok(archive.file(&name, row.record.issued_at.max(row.facts.not_before), &bytes)?)
    })?;
    archive.finish()?;
    Ok(count)
}

/// File names that were given: no two are alike in any case.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn of(&mut self, tx: &Read<'_>, row: &CertificateRow, form: CertificateForm) -> Result<String, RegistryError> {
        let stem = stem_of(&tx.certificate_of(row)?);
        let ending = match form {
            CertificateForm::Der => "cer",
            CertificateForm::Pkcs7 => "p7b",
            CertificateForm::Chain => "chain.pem",
            CertificateForm::Bundle => "bundle.pem",
            CertificateForm::Jwk => "jwk",
            CertificateForm::Pem | CertificateForm::Deployment(_) => "crt",
        };
        // A fingerprint is one certificate's own.
        let candidates = [format!("{stem}.{ending}"), format!("{stem}-{}.{ending}", row.facts.fingerprint)];
        let [short, long] = candidates;
        Ok(if self.0.insert(short.to_ascii_lowercase()) { short } else { long })
    }
}
