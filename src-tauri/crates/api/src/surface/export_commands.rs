//! Handing out: a certificate, many of them, an authority as a folder. Keys of certificates leave in `key_commands.rs`.

use authority::deployment::{Deployment, KeyInFile};
use authority::export::CertificateForm;
use authority::export_folder::{FolderExport, FolderForm, FolderKeys, FolderNote};
use authority::export_list::{Chosen, EventWords, ListExport, ListForm, ListText};
use authority::pki::encoding::Password;
use authority::registry::{Archived, CertificateFilter, CertificateId, CertificateRow, Read, Sort};
use authority::session::Session;
use time::OffsetDateTime;

use super::certificate_commands::{filter, sort};
use super::registry_commands::taken;
use super::tasks::Work;
use super::{Surface, certificate_view, named, narrow};
use crate::request::{AuthorityExport, CertificateExport, CertificatesExport};
use crate::text::{FilePath, time_text};
use crate::view::{ExportView, FolderExportView, FolderNoteView, ListExportView};
use crate::{ApiError, ErrorCode, words};

impl Surface {
    pub(super) fn try_certificate_export(&self, request: CertificateExport) -> Result<ExportView, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::certificate(tx, &request.certificate))?;
        let out = request.out.as_path();
        if request.format == "jks" {
            let password = request.password.as_ref().filter(|password| !password.expose().is_empty());
            let password = password.ok_or_else(|| ApiError::new(ErrorCode::PasswordRequired))?;
            session.export_trust_store(row.id, &Password::new(password.expose().to_owned()), out, request.overwrite)?;
            return Ok(ExportView::of(request.out.0, "chain"));
        }
        let form = CertificateForm::named(&request.format);
        let form = form.ok_or_else(|| ApiError::new(ErrorCode::BadFormat).with("format", &request.format))?;
        session.export_certificate(row.id, form, out, request.overwrite)?;
        let configuration = configuration(&session, row.id, &request.format, &request.out, KeyInFile::Absent)?;
        let holds = if matches!(form, CertificateForm::Pem | CertificateForm::Der) { "certificate" } else { "chain" };
        Ok(ExportView { configuration, ..ExportView::of(request.out.0, holds) })
    }

    pub(super) fn try_certificates_export(&self, request: CertificatesExport) -> Result<ListExportView, ApiError> {
        let session = self.session()?;
        let export = list_export(&session, &request)?;
        let now = session.now();
        let json = |tx: &Read<'_>, row: &CertificateRow| as_json(tx, row, now);
        let event = |row: &CertificateRow| event_words(row);
        let text = ListText { json: &json, event: &event };
        let exported = self.as_task(&session, &Work::ExportList(&request), |watch| session.export_list(&export, &text, watch))?;
        Ok(ListExportView { path: exported.path.display().to_string(), count: narrow(exported.count) })
    }

    pub(super) fn try_authority_export(&self, request: AuthorityExport) -> Result<FolderExportView, ApiError> {
        let session = self.session()?;
        let form = FolderForm::ALL.into_iter().find(|form| form.as_str() == request.format);
        let form = form.ok_or_else(|| ApiError::new(ErrorCode::BadFormat).with("format", &request.format))?;
        let authority = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        let keys = match (&request.password, request.without_keys) {
            (Some(_), true) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "keys go along or stay, not both")),
            (None, true) => None,
            (password, false) => {
                let password = password.as_ref().filter(|password| !password.expose().is_empty());
                let password = password.ok_or_else(|| ApiError::new(ErrorCode::PasswordRequired))?;
                Some(FolderKeys {
                    password: Password::new(password.expose().to_owned()),
                    reason: request.reason.clone().unwrap_or_default(),
                    passphrase: request.passphrase.as_ref().map(taken),
                    confirmation: request.confirmation.clone(),
                })
            }
        };
        let with_keys = keys.is_some();
        let out = request.out.as_path().to_owned();
        let work = Work::ExportFolder { authority: &authority.name, out: &request.out };
        let exported = self.as_task(&session, &work, |watch| {
            Ok(session.export_folder(FolderExport { authority: authority.id, form, out, keys }, watch)?)
        })?;
        let mut warnings = Vec::new();
        if with_keys {
            warnings.push(words::export_said("warnings", "both-places", &[("name", authority.name)]));
        } else {
            warnings.push(words::export_said("warnings", "without-keys", &[]));
        }
        Ok(FolderExportView {
            folder: exported.folder.display().to_string(),
            certificates: narrow(exported.certificates),
            revocations: narrow(exported.revocations),
            unknown_serials: narrow(exported.unknown_serials),
            keys: narrow(exported.keys),
            next_crl_number: exported.next_crl_number.to_string(),
            notes: exported.notes.iter().map(|(serial, note)| note_view(serial.to_string(), note)).collect(),
            notes_in_all: narrow(exported.notes_in_all),
            warnings,
        })
    }
}

/// The lines of a program's configuration, where the format is one of a program.
pub(super) fn configuration(
    session: &Session,
    certificate: CertificateId,
    format: &str,
    out: &FilePath,
    key: KeyInFile,
) -> Result<Option<String>, ApiError> {
    let Some(deployment) = Deployment::ALL.into_iter().find(|deployment| deployment.as_str() == format) else { return Ok(None) };
    Ok(Some(session.configuration(certificate, deployment, out.as_path(), key)?))
}

fn list_export(session: &Session, request: &CertificatesExport) -> Result<ListExport, ApiError> {
    let bad = |format: &str| ApiError::new(ErrorCode::BadFormat).with("format", format);
    let of_files = || {
        let name = request.format.as_deref().unwrap_or("pem");
        let form = CertificateForm::named(name).filter(|form| !matches!(form, CertificateForm::Jwk | CertificateForm::Deployment(_)));
        form.ok_or_else(|| bad(name))
    };
    let form = match request.form.as_str() {
        "csv" => ListForm::Csv,
        "ics" => ListForm::Ics,
        "json" => ListForm::Json,
        "folder" => ListForm::Folder(of_files()?),
        "zip" => ListForm::Zip(of_files()?),
        other => return Err(bad(other)),
    };
    let chosen = session.registry().read(|tx| {
        if !request.certificates.is_empty() {
            let ids = request.certificates.iter().map(|text| Ok(named::certificate(tx, text)?.id));
            return Ok::<_, ApiError>(Chosen::Named(ids.collect::<Result<_, ApiError>>()?));
        }
        match &request.filter {
            Some(list) => Ok(Chosen::Listed(filter(tx, list, session.now())?, sort(list.sort.as_deref())?)),
            None => Ok(Chosen::Listed(CertificateFilter { archived: Archived::With, ..CertificateFilter::default() }, Sort::default())),
        }
    })?;
    Ok(ListExport { chosen, form, out: request.out.as_path().to_owned(), overwrite: request.overwrite })
}

fn as_json(tx: &Read<'_>, row: &CertificateRow, now: OffsetDateTime) -> Result<String, ApiError> {
    let view = certificate_view::of_row(tx, row, now)?;
    serde_json::to_string(&view).map_err(|error| ApiError::new(ErrorCode::Internal).because(error))
}

fn event_words(row: &CertificateRow) -> EventWords {
    let fields = [
        ("name", row.facts.display_name.clone()),
        ("names", row.facts.names.join(", ")),
        ("serial", row.facts.serial.to_string()),
        ("at", time_text(row.facts.not_after)),
    ];
    EventWords {
        summary: words::export_said("calendar", "summary", &fields),
        description: words::export_said("calendar", "description", &fields),
    }
}

fn note_view(serial: String, note: &FolderNote) -> FolderNoteView {
    let (code, value) = match note {
        FolderNote::SerialShared { name } => ("serial-shared", name.clone()),
        FolderNote::ReasonLost(reason) => ("reason-lost", reason.as_str().to_owned()),
        FolderNote::InvalidityDateLost(since) => ("invalidity-date-lost", time_text(*since)),
        FolderNote::HoldInstructionLost(instruction) => ("hold-instruction-lost", instruction.clone()),
    };
    let message = words::export_said("notes", code, &[("value", value)]);
    FolderNoteView { serial, code: code.to_owned(), message }
}
