//! Index and certificate files, one certificate at a time.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use pki::foreign::openssl_index::{IndexLine, IndexReason, IndexRevocation, IndexStatus, LostDetail};
use pki::foreign::openssl_number::serial_digits;
use pki::serial::SerialNumber;
use pki::{Certificate, DistinguishedName, RevocationReason};
use time::OffsetDateTime;
use time::macros::datetime;

use super::keys::PAGE;
use super::{ExportFolderError, FolderExported, FolderForm, FolderNote, KeyFile, MOST_NOTES, Parting};
use crate::file::{FileError, FileMode};
use crate::hand_over::stem_of;
use crate::registry::{Archived, CertificateFilter, CertificateRow, Page, Read, RevocationId, RevocationRow, Sort, SortBy, Standing};
use crate::staged_folder::StagedFolder;
use crate::watch::Watch;

/// The end of a certificate that nobody here has: there is none that is known (RFC 5280 4.1.2.5).
const NO_END: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// Gives the sealed key of a certificate that goes with it.
type KeyOf<'a> = dyn Fn(&CertificateRow) -> Result<Option<KeyFile>, ExportFolderError> + 'a;

/// A folder that is being filled.
pub(super) struct Filling<'a> {
    staged: &'a StagedFolder,
    form: FolderForm,
    parting: &'a Parting,
    now: OffsetDateTime,
    watch: &'a dyn Watch,
    key_of: &'a KeyOf<'a>,
    index: BufWriter<File>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(
        staged: &'a StagedFolder,
        form: FolderForm,
        parting: &'a Parting,
        now: OffsetDateTime,
        watch: &'a dyn Watch,
        key_of: &'a KeyOf<'a>,
    ) -> Result<Self, ExportFolderError> {
        let index = BufWriter::with_capacity(64 << 10, staged.create("index.txt", FileMode::Public)?);
        Ok(Self { staged, form, parting, now, watch, key_of, index })
    }

    pub(super) fn run(mut self, tx: &Read<'_>, report: &mut FolderExported) -> Result<(), ExportFolderError> {
        let id = self.parting.authority.id;
        let filter = CertificateFilter { authority: Some(id), archived: Archived::With, ..CertificateFilter::default() };
        // easy-rsa knows one certificate of a name: the newest has it.
        let sort = Sort { by: SortBy::Issued, descending: self.form == FolderForm::EasyRsa };
        let (mut page, mut done) = (Page::First, 0);
        loop {
            let found = tx.certificates_page(&filter, sort, &page, PAGE, self.now)?;
            for row in &found.items {
                if self.watch.cancelled() {
                    return Err(ExportFolderError::Cancelled);
                }
                self.certificate(tx, row, report)?;
                done += 1;
                self.watch.progress(done, found.total.count.max(done));
            }
            match found.next {
                Some(cursor) => page = Page::After(cursor),
                None => break,
            }
        }
        let mut after: Option<RevocationId> = None;
        loop {
            let found = tx.revocations(id, after, PAGE)?;
            let Some(last) = found.last() else { break };
            after = Some(last.id);
            for revocation in &found {
                self.serial(tx, revocation, report)?;
            }
            if self.watch.cancelled() {
                return Err(ExportFolderError::Cancelled);
            }
        }
        self.index.flush().map_err(|error| self.staged.failed("index.txt", error))?;
        Ok(())
    }

    fn certificate(&mut self, tx: &Read<'_>, row: &CertificateRow, report: &mut FolderExported) -> Result<(), ExportFolderError> {
        let revoked = matches!(row.state.standing, Standing::Revoked | Standing::Held);
        // A root is not among what it issued: easy-rsa has no line for it, and OpenSSL needs none.
        if !revoked && row.facts.subject == row.facts.issuer && self.is_own(tx, row)? {
            return Ok(());
        }
        if row.record.imported {
            let first = tx.certificates_by_authority_and_serial(self.parting.authority.id, &row.facts.serial)?;
            let chosen = first.iter().find(|other| matches!(other.state.standing, Standing::Revoked | Standing::Held)).or(first.first());
            if chosen.is_some_and(|chosen| chosen.id != row.id) {
                note(report, &row.facts.serial, FolderNote::SerialShared { name: row.facts.display_name.clone() });
                return Ok(());
            }
        }
        let revocation = match row.state.revoked_at.filter(|_| revoked) {
            Some(revoked_at) => {
                let recorded = tx.revocation(&row.facts.issuer, &row.facts.serial)?;
                let instruction = recorded.and_then(|revocation| revocation.hold_instruction);
                let since = row.state.invalidity_date;
                Some(said(report, &row.facts.serial, revoked_at, row.state.reason, since, instruction.as_deref()))
            }
            None => None,
        };
        let is_revoked = revocation.is_some();
        let mut line = IndexLine::new(&row.facts.subject, row.facts.serial.clone(), row.facts.not_after, revocation);
        if !is_revoked && row.facts.not_after < self.now {
            line.status = IndexStatus::Expired;
        }
        self.line(&line)?;
        report.certificates += 1;
        report.revocations += u64::from(is_revoked);
        let certificate = tx.certificate_of(row)?;
        let key = (self.key_of)(row)?;
        report.keys += u64::from(key.is_some());
        match self.form {
            FolderForm::OpensslIndex => self.put_openssl(&certificate, key),
            FolderForm::EasyRsa => self.put_easy_rsa(&certificate, is_revoked, key),
        }
    }

    fn put_openssl(&self, certificate: &Certificate, key: Option<KeyFile>) -> Result<(), ExportFolderError> {
        let serial = serial_digits(certificate.serial());
        self.staged.write(&format!("newcerts/{serial}.pem"), FileMode::Public, certificate.pem().as_bytes())?;
        if let Some(key) = key {
            self.staged.write(&format!("private/{serial}.key"), FileMode::Private, key.as_bytes())?;
        }
        Ok(())
    }

    fn put_easy_rsa(&self, certificate: &Certificate, revoked: bool, key: Option<KeyFile>) -> Result<(), ExportFolderError> {
        let (serial, text) = (serial_digits(certificate.serial()), certificate.pem());
        let write = |name: &str| self.staged.write(name, FileMode::Public, text.as_bytes());
        let key_path = if revoked {
            write(&format!("revoked/certs_by_serial/{serial}.crt"))?;
            format!("revoked/private_by_serial/{serial}.key")
        } else {
            write(&format!("certs_by_serial/{serial}.pem"))?;
            let stem = stem_of(certificate);
            let name = match write(&format!("issued/{stem}.crt")) {
                Ok(()) => stem,
                Err(FileError::AlreadyExists { .. }) => {
                    let other = format!("{stem}-{serial}");
                    write(&format!("issued/{other}.crt"))?;
                    other
                }
                Err(error) => return Err(error.into()),
            };
            format!("private/{name}.key")
        };
        if let Some(key) = key {
            // The authority's own key is `ca.key` there.
            let path = if key_path == "private/ca.key" { format!("private/ca-{serial}.key") } else { key_path };
            self.staged.write(&path, FileMode::Private, key.as_bytes())?;
        }
        Ok(())
    }

    /// A revocation whose certificate the index does not have yet.
    fn serial(&mut self, tx: &Read<'_>, revocation: &RevocationRow, report: &mut FolderExported) -> Result<(), ExportFolderError> {
        let id = self.parting.authority.id;
        if !tx.certificates_by_authority_and_serial(id, &revocation.serial)?.is_empty() {
            return Ok(());
        }
        let certificate = match revocation.certificate {
            Some(certificate) => tx.certificate(certificate)?,
            None => None,
        };
        let instruction = revocation.hold_instruction.as_deref();
        let (at, since) = (revocation.revoked_at, revocation.invalidity_date);
        let revoked = said(report, &revocation.serial, at, Some(revocation.reason), since, instruction);
        let nobody = DistinguishedName::empty();
        let (subject, ends) = certificate.as_ref().map_or((&nobody, NO_END), |row| (&row.facts.subject, row.facts.not_after));
        self.line(&IndexLine::new(subject, revocation.serial.clone(), ends, Some(revoked)))?;
        report.revocations += 1;
        report.unknown_serials += 1;
        Ok(())
    }

    /// Whether a certificate's key is one of the authority's own.
    fn is_own(&self, tx: &Read<'_>, row: &CertificateRow) -> Result<bool, ExportFolderError> {
        let Some(key) = tx.key_by_fingerprint(&row.facts.key_fingerprint)? else { return Ok(false) };
        let generation = tx.generation_of_key(key.key.id)?;
        Ok(generation.is_some_and(|found| found.generation.authority == self.parting.authority.id))
    }

    fn line(&mut self, line: &IndexLine) -> Result<(), ExportFolderError> {
        writeln!(self.index, "{line}").map_err(|error| self.staged.failed("index.txt", error))?;
        Ok(())
    }
}

/// A revocation as the index has it; what that cannot say is noted.
fn said(
    report: &mut FolderExported,
    serial: &SerialNumber,
    revoked_at: OffsetDateTime,
    reason: Option<RevocationReason>,
    since: Option<OffsetDateTime>,
    instruction: Option<&str>,
) -> IndexRevocation {
    let (reason, lost) = IndexReason::of(reason, since, instruction);
    for lost in lost {
        let lost = match lost {
            LostDetail::Reason(reason) => FolderNote::ReasonLost(reason),
            LostDetail::InvalidityDate(since) => FolderNote::InvalidityDateLost(since),
            LostDetail::HoldInstruction(instruction) => FolderNote::HoldInstructionLost(instruction),
        };
        note(report, serial, lost);
    }
    IndexRevocation { revoked_at, reason }
}

fn note(report: &mut FolderExported, serial: &SerialNumber, note: FolderNote) {
    report.notes_in_all += 1;
    if report.notes.len() < MOST_NOTES {
        report.notes.push((serial.clone(), note));
    }
}
