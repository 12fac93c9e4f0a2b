//! Import: dry run and the real thing.

use authority::import::{ImportWish, ObjectKind, Outcome, Report};
use authority::pki::encoding::Password;

use super::tasks::Work;
use super::{Surface, narrow};
use crate::request::ImportFiles;
use crate::view::{ImportCounts, ImportItem, ImportRefused, ImportReport, ImportSkipped};
use crate::words;
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Says what an import would find and do. Changes nothing.
    ///
    /// # Errors
    /// When a path cannot be read, or a key and a certificate given together do not belong together.
    pub fn import_plan(&self, request: ImportFiles) -> Result<ImportReport, ApiError> {
        let session = self.session()?;
        Ok(view(session.plan_import(&wish(&request)?)?, true))
    }

    pub(super) fn try_import_run(&self, request: ImportFiles) -> Result<ImportReport, ApiError> {
        let session = self.session()?;
        let what = Work::Import(&request);
        let wish = wish(&request)?;
        let report = self.as_task(&session, &what, |watch| Ok(session.import(&wish, watch)?))?;
        Ok(view(report, false))
    }
}

fn wish(request: &ImportFiles) -> Result<ImportWish, ApiError> {
    if request.paths.is_empty() && request.text.as_ref().is_none_or(|text| text.trim().is_empty()) {
        return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "there is nothing to import"));
    }
    Ok(ImportWish {
        paths: request.paths.iter().map(|path| path.as_path().to_owned()).collect(),
        text: request.text.clone(),
        passwords: request.passwords.iter().map(|password| Password::new(password.expose().to_owned())).collect(),
        without_keys: request.without_keys,
    })
}

fn view(report: Report, dry_run: bool) -> ImportReport {
    let count = |outcome: &Outcome| ImportCounts {
        certificates: narrow(report.count(ObjectKind::Certificate, outcome)),
        keys: narrow(report.count(ObjectKind::Key, outcome)),
        requests: narrow(report.count(ObjectKind::Request, outcome)),
        revocations: 0,
        crls: narrow(report.count(ObjectKind::Crl, outcome)),
        profiles: 0,
    };
    let taken = ImportCounts { revocations: report.revocations, ..count(&Outcome::New) };
    let known = ImportCounts { revocations: report.revocations_known, ..count(&Outcome::Known) };
    let mut refused = Vec::new();
    let mut items = Vec::new();
    for item in report.items {
        let (outcome, detail) = match &item.outcome {
            Outcome::New => (if dry_run { "new" } else { "taken" }, words::import_remark(item.remark.code())),
            Outcome::Known => ("known", words::import_remark(item.remark.code())),
            Outcome::LeftOut => ("skipped", words::import_remark("left-out")),
            Outcome::Refused(refusal) => {
                let message = words::import_refusal(refusal.code, &refusal.fields);
                refused.push(ImportRefused {
                    path: item.path.clone(),
                    object: item.object.clone(),
                    code: refusal.code.to_owned(),
                    message: message.clone(),
                });
                ("refused", message)
            }
        };
        items.push(ImportItem {
            path: item.path,
            object: item.object,
            kind: item.kind.as_str().to_owned(),
            outcome: outcome.to_owned(),
            detail,
            id: item.id,
        });
    }
    ImportReport {
        dry_run,
        taken,
        known,
        refused,
        skipped: report.skipped.into_iter().map(|path| ImportSkipped { path }).collect(),
        items,
        passwords_wanted: narrow(report.locked.len()),
        locked_paths: report.locked,
    }
}
