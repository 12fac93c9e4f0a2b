//! Import: dry run and the real thing, and the report of the latest in pages or as a file.

use std::io;
use std::sync::{Arc, PoisonError};

use authority::file::{FileMode, write_new_atomically_with};
use authority::import::{ImportWish, ObjectKind, Outcome, Report, ReportItem};
use authority::pki::encoding::Password;

use super::tasks::Work;
use super::{Surface, import_text, narrow};
use crate::request::{ImportFiles, ImportItems, ImportKeep};
use crate::view::{
    ExportView, ImportCounts, ImportItem, ImportKeyMissing, ImportLocked, ImportNotCarried, ImportOutcomes, ImportProfile, ImportRefused,
    ImportReport, ImportSkipped, ImportSource, Page, Total,
};
use crate::words;
use crate::{ApiError, ErrorCode};

/// So many objects of each outcome stand in a reply that was not asked for the whole.
const SHOWN: usize = 200;
/// Rows of a page, if nobody says.
const USUAL_PAGE: u32 = 100;
/// Most rows of a page.
const LARGEST_PAGE: u32 = 500;

/// The report of the latest import or dry run: a window pages through it, or keeps it as a file.
#[derive(Debug)]
pub(super) struct LatestReport {
    number: u64,
    dry_run: bool,
    report: Arc<Report>,
}

impl Surface {
    /// Says what an import would find and do. Changes nothing. One that is under way is stopped for it: nobody waits for that any more.
    ///
    /// # Errors
    /// When a path cannot be read, a key and a certificate given together do not belong together, or it was stopped.
    pub fn import_plan(&self, request: ImportFiles) -> Result<ImportReport, ApiError> {
        let session = self.session()?;
        let wish = wish(&request)?;
        let report = self.look(|watch| session.plan_import(&wish, watch))?;
        Ok(self.reported(report, true, request.whole))
    }

    pub(super) fn try_import_run(&self, request: ImportFiles) -> Result<ImportReport, ApiError> {
        let session = self.session()?;
        let what = Work::Import(&request);
        let wish = wish(&request)?;
        let report = self.as_task(&session, &what, |watch| Ok(session.import(&wish, watch)?))?;
        Ok(self.reported(report, false, request.whole))
    }

    /// Pages through the objects of the latest import or dry run.
    ///
    /// # Errors
    /// When the report is not the latest any more, or the cursor cannot be read.
    pub fn import_items(&self, request: ImportItems) -> Result<Page<ImportItem>, ApiError> {
        let (report, dry_run) = self.latest(&request.report)?;
        let bad = |text: &str| ApiError::new(ErrorCode::BadCursor).with("cursor", text);
        let first = match request.after.as_deref() {
            Some(text) => text.parse::<usize>().map_err(|_| bad(text))?,
            None => 0,
        };
        let limit = usize::try_from(request.limit.unwrap_or(USUAL_PAGE).clamp(1, LARGEST_PAGE)).unwrap_or(SHOWN);
        let wanted = |item: &ReportItem| {
            request
                .outcome
                .as_deref()
                .is_none_or(|outcome| outcome_text(&item.outcome, dry_run) == outcome || of_outcome(&item.outcome) == outcome)
                && request.kind.as_deref().is_none_or(|kind| item.kind.as_str() == kind)
                && request.source.is_none_or(|source| narrow(item.source) == source)
        };
        let count = narrow(report.items.iter().filter(|item| wanted(item)).count());
        let mut fitting = report.items.iter().enumerate().skip(first).filter(|(_, item)| wanted(item));
        let items = fitting.by_ref().take(limit).map(|(_, item)| item_view(item, dry_run)).collect();
        let next = fitting.next().map(|(place, _)| place.to_string());
        Ok(Page { items, next, total: Total { count, at_least: false } })
    }

    /// Writes the latest report into a file: every object of it.
    ///
    /// # Errors
    /// When the report is not the latest any more, there is no such format, or the file is in the way or cannot be written.
    pub fn import_keep(&self, request: ImportKeep) -> Result<ExportView, ApiError> {
        let (report, dry_run) = self.latest(&request.report)?;
        let path = request.out.as_path();
        let json = match request.format.as_deref() {
            Some("json") => true,
            Some("text") => false,
            Some(other) => return Err(ApiError::new(ErrorCode::BadFormat).with("format", other)),
            None => path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")),
        };
        write_new_atomically_with(path, FileMode::Private, request.overwrite, |file| {
            let view = view(&report, request.report.clone(), dry_run, true);
            if json {
                serde_json::to_writer_pretty(&mut *file, &view).map_err(io::Error::from)?;
                writeln!(file)
            } else {
                file.write_all(import_text::text(&view).as_bytes())
            }
        })?;
        Ok(ExportView::of(request.out.0, "import-report"))
    }

    /// Keeps a report as the latest and shows it.
    fn reported(&self, report: Report, dry_run: bool, whole: bool) -> ImportReport {
        let report = Arc::new(report);
        let mut latest = self.import_report.lock().unwrap_or_else(PoisonError::into_inner);
        let number = latest.as_ref().map_or(1, |latest| latest.number + 1);
        *latest = Some(LatestReport { number, dry_run, report: Arc::clone(&report) });
        drop(latest);
        view(&report, number.to_string(), dry_run, whole)
    }

    fn latest(&self, named: &str) -> Result<(Arc<Report>, bool), ApiError> {
        let latest = self.import_report.lock().unwrap_or_else(PoisonError::into_inner);
        let found = latest.as_ref().filter(|latest| latest.number.to_string() == named);
        let found = found.map(|latest| (Arc::clone(&latest.report), latest.dry_run));
        found.ok_or_else(|| ApiError::new(ErrorCode::ReportGone).with("report", named))
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

/// The outcome as filters name it.
fn of_outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Known => "known",
        Outcome::Conflicting(_) => "conflicting",
        Outcome::Skipped(_) => "skipped",
        Outcome::LeftOut => "left-out",
        Outcome::Refused(_) => "refused",
    }
}

fn outcome_text(outcome: &Outcome, dry_run: bool) -> &'static str {
    match outcome {
        Outcome::New if !dry_run => "taken",
        other => of_outcome(other),
    }
}

fn item_view(item: &ReportItem, dry_run: bool) -> ImportItem {
    let (code, detail) = match &item.outcome {
        Outcome::New | Outcome::Known => (item.remark.code(), words::import_remark(item.remark.code())),
        Outcome::LeftOut => ("left-out", words::import_remark("left-out")),
        Outcome::Refused(why) | Outcome::Conflicting(why) | Outcome::Skipped(why) => {
            (why.code, words::import_refusal(why.code, &why.fields))
        }
    };
    ImportItem {
        path: item.path.to_string(),
        object: item.object.clone(),
        kind: item.kind.as_str().to_owned(),
        outcome: outcome_text(&item.outcome, dry_run).to_owned(),
        detail,
        code: code.to_owned(),
        id: item.id.clone(),
        source: narrow(item.source),
    }
}

fn count(counts: &mut ImportCounts, kind: ObjectKind) {
    let counted = match kind {
        ObjectKind::Certificate => &mut counts.certificates,
        ObjectKind::Key => &mut counts.keys,
        ObjectKind::Request => &mut counts.requests,
        ObjectKind::Crl => &mut counts.crls,
        ObjectKind::Revocation => &mut counts.revocations,
        ObjectKind::Profile => &mut counts.profiles,
        ObjectKind::Unknown => return,
    };
    *counted = counted.saturating_add(1);
}

fn count_outcome(outcomes: &mut ImportOutcomes, outcome: &Outcome) {
    let counted = match outcome {
        Outcome::New => &mut outcomes.new,
        Outcome::Known => &mut outcomes.known,
        Outcome::Conflicting(_) => &mut outcomes.conflicting,
        Outcome::Skipped(_) => &mut outcomes.skipped,
        Outcome::LeftOut => &mut outcomes.left_out,
        Outcome::Refused(_) => &mut outcomes.refused,
    };
    *counted = counted.saturating_add(1);
}

/// The sources with what was found in each.
fn sources(report: &Report) -> Vec<ImportSource> {
    let mut sources: Vec<ImportSource> = (0..)
        .zip(&report.sources)
        .map(|(number, source)| ImportSource {
            number,
            kind: source.kind.as_str().to_owned(),
            path: source.path.clone(),
            name: source.name().to_owned(),
            found: ImportCounts::default(),
            outcomes: ImportOutcomes::default(),
        })
        .collect();
    for item in &report.items {
        if let Some(source) = sources.get_mut(item.source) {
            count(&mut source.found, item.kind);
            count_outcome(&mut source.outcomes, &item.outcome);
        }
    }
    sources
}

fn view(report: &Report, name: String, dry_run: bool, whole: bool) -> ImportReport {
    let (mut taken, mut known, mut outcomes) = (ImportCounts::default(), ImportCounts::default(), ImportOutcomes::default());
    let mut refused = Vec::new();
    let mut items = Vec::new();
    let most = if whole { usize::MAX } else { SHOWN };
    let mut shown = std::collections::HashMap::new();
    let mut complete = true;
    for item in &report.items {
        count_outcome(&mut outcomes, &item.outcome);
        match &item.outcome {
            Outcome::New => count(&mut taken, item.kind),
            Outcome::Known => count(&mut known, item.kind),
            _ => {}
        }
        let shown = shown.entry(of_outcome(&item.outcome)).or_insert(0_usize);
        if *shown >= most {
            complete = false;
            continue;
        }
        *shown += 1;
        let item_view = item_view(item, dry_run);
        if let Outcome::Refused(refusal) = &item.outcome {
            refused.push(ImportRefused {
                path: item_view.path.clone(),
                object: item_view.object.clone(),
                code: refusal.code.to_owned(),
                message: item_view.detail.clone(),
            });
        }
        items.push(item_view);
    }
    // Revocations are counted by serial number, wherever they stand: on lists, in indexes and in databases.
    (taken.revocations, known.revocations) = (report.revocations, report.revocations_known);
    let skipped: Vec<ImportSkipped> = report.skipped.iter().take(most).map(|path| ImportSkipped { path: path.clone() }).collect();
    outcomes.skipped = outcomes.skipped.saturating_add(narrow(report.skipped.len()));
    ImportReport {
        report: name,
        dry_run,
        taken,
        known,
        outcomes,
        sources: sources(report),
        refused,
        whole: complete && skipped.len() == report.skipped.len(),
        skipped,
        items,
        passwords_wanted: narrow(report.locked.len()),
        locked_paths: report.locked_paths(),
        locked: report
            .locked
            .iter()
            .map(|locked| ImportLocked { path: locked.path.clone(), object: locked.object.clone(), tried: locked.tried })
            .collect(),
        keys_missing: report
            .keys_missing
            .iter()
            .map(|missing| ImportKeyMissing { name: missing.name.clone(), key: missing.key.to_string(), path: missing.path.clone() })
            .collect(),
        profiles: report
            .profiles
            .iter()
            .map(|profile| ImportProfile {
                name: profile.name.clone(),
                template: profile.template.clone(),
                path: profile.path.clone(),
                left_behind: profile.left_behind.clone(),
            })
            .collect(),
        not_carried: report
            .not_carried
            .iter()
            .map(|not| ImportNotCarried {
                path: not.path.clone(),
                object: not.object.clone(),
                code: not.why.code.to_owned(),
                message: words::import_refusal(not.why.code, &not.why.fields),
            })
            .collect(),
        revocations_without_certificate: report.revocations_without_certificate,
    }
}
