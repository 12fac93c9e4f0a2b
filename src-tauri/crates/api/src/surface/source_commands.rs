//! Sources: other people's trust lists and CRLs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use authority::registry::{SourceCrlId, SourceFilter, SourceKind, SourceRow};
use authority::session::Session;
use authority::sources::{CertificateForm, MOST_HOURS, Place, RefreshRound, RefreshWish, Refreshed, SourceError, SourceWish};
use authority::watch::{Unwatched, Watch};

use super::crl_commands::{LARGEST_PAGE, PAGE};
use super::reading::read_certificates;
use super::source_failure::told;
use super::source_view;
use super::tasks::Work;
use super::{Surface, narrow};
use crate::request::{
    Nothing, SourceCertificates, SourceCreate, SourceDiff, SourceExport, SourceNamed, SourcePage, SourceRefresh, SourceRemove,
    SourceRevoked,
};
use crate::text::FilePath;
use crate::view::{
    Done, ExportView, Page, SourceCertificate, SourceCrl, SourceDetail, SourceDifference, SourceEvent, SourceList, SourceQuarantined,
    SourceRefreshed, SourceRevokedEntry, SourceRound, Total,
};
use crate::{ApiError, ErrorCode};

/// Changes listed when nobody says how many, and at most.
const CHANGES: u32 = 1_000;
const MOST_CHANGES: u32 = 10_000;
/// Refreshes that a source is shown with.
const LATEST: u32 = 10;
/// Hours between two refreshes when nobody says how many.
const HOURS: u32 = 24;
/// Octets of a thing in quarantine that are shown.
const SHOWN: u32 = 64;

/// Goes on while the same registry is open; sources need no keys.
struct WhileOpen<'a> {
    surface: &'a Surface,
    session: &'a Arc<Session>,
}

impl Watch for WhileOpen<'_> {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        !self.surface.current().is_some_and(|open| Arc::ptr_eq(&open, self.session))
    }
}

/// Whatever becomes of a round, the next may begin.
struct Refreshing<'a>(&'a Surface);

impl Drop for Refreshing<'_> {
    fn drop(&mut self) {
        self.0.refreshing.store(false, Ordering::Release);
    }
}

impl Surface {
    pub(super) fn try_source_create(&self, request: SourceCreate) -> Result<SourceRefreshed, ApiError> {
        let session = self.session()?;
        let wish = wish(&request)?;
        let made = self.as_task(&session, &Work::SourceRefresh(&request.name), |watch| {
            Ok(session.create_source(&wish, &*self.host.fetch, CHANGES, watch)?)
        })?;
        refreshed(&session, &made)
    }

    pub(super) fn try_source_refresh(&self, request: SourceRefresh) -> Result<SourceRefreshed, ApiError> {
        let session = self.session()?;
        let source = session.source_named(&request.source)?;
        let wish = RefreshWish { accept_shrink: request.accept_shrink, by_hand: true, listed: CHANGES };
        let done = self.as_task(&session, &Work::SourceRefresh(&source.name), |watch| {
            Ok(session.refresh_source(source.id, wish, &*self.host.fetch, told, watch)?)
        })?;
        refreshed(&session, &done)
    }

    /// Says what a refresh would add, remove and change. Changes nothing.
    ///
    /// # Errors
    /// As for the refresh: what cannot be fetched or believed has no difference.
    pub fn source_diff(&self, request: SourceDiff) -> Result<SourceDifference, ApiError> {
        let session = self.session()?;
        let source = session.source_named(&request.source)?;
        let limit = request.limit.unwrap_or(CHANGES).clamp(1, MOST_CHANGES);
        let path = request.path.as_ref().map(|path| path.as_path().to_owned());
        let (difference, shrinks) = session.compare_source(source.id, path, &*self.host.fetch, limit, &Unwatched)?;
        Ok(source_view::difference(&difference, shrinks))
    }

    /// Lists the sources, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn source_list(&self, _: Nothing) -> Result<SourceList, ApiError> {
        let session = self.session()?;
        session.registry().read(|tx| {
            let items = tx.sources()?.iter().map(|row| source_view::source(tx, row)).collect::<Result<_, ApiError>>()?;
            Ok(SourceList { items })
        })
    }

    /// Shows a source with what it has of each country.
    ///
    /// # Errors
    /// When there is no such source.
    pub fn source_show(&self, request: SourceNamed) -> Result<SourceDetail, ApiError> {
        let session = self.session()?;
        let row = session.source_named(&request.source)?;
        session.registry().read(|tx| {
            Ok(SourceDetail {
                source: source_view::source(tx, &row)?,
                countries: source_view::countries(&tx.source_countries(row.id)?),
                events: tx.source_events(row.id, None, LATEST)?.iter().map(source_view::event).collect(),
            })
        })
    }

    /// Lists the certificates of a source, by country.
    ///
    /// # Errors
    /// When there is no such source, or the cursor is none of this list.
    pub fn source_certificates(&self, request: SourceCertificates) -> Result<Page<SourceCertificate>, ApiError> {
        let session = self.session()?;
        let row = session.source_named(&request.source)?;
        let kind = request.kind.as_deref().map(|text| {
            text.parse()
                .map_err(|_| ApiError::new(ErrorCode::BadUsage).with("problem", format!("{text:?} is no kind of a source's certificate")))
        });
        let filter =
            SourceFilter { kind: kind.transpose()?, country: request.country.as_ref().map(|country| country.trim().to_uppercase()) };
        let (rows, next) = session.source_certificates(row.id, &filter, request.after.as_deref(), limit(request.limit))?;
        let now = session.now();
        let items = rows.iter().map(|row| source_view::certificate(row, now)).collect::<Result<_, ApiError>>()?;
        let counted = session.registry().read(|tx| tx.source_countries(row.id))?;
        let wanted = |of: &str| filter.country.as_ref().is_none_or(|country| country == of);
        let count: u64 = counted
            .iter()
            .filter(|count| wanted(&count.country) && count.kind.is_some() && filter.kind.is_none_or(|kind| count.kind == Some(kind)))
            .map(|count| count.count)
            .sum();
        Ok(Page { items, next, total: Total { count: narrow(count), at_least: false } })
    }

    /// Lists the CRLs of a source.
    ///
    /// # Errors
    /// When there is no such source, or the cursor is none of this list.
    pub fn source_crls(&self, request: SourcePage) -> Result<Page<SourceCrl>, ApiError> {
        let session = self.session()?;
        let row = session.source_named(&request.source)?;
        let after = request.after.as_deref().map(|text| text.parse().map_err(|_| bad_cursor(text))).transpose()?;
        let limit = limit(request.limit);
        let rows = session.registry().read(|tx| tx.source_crls(row.id, after, limit))?;
        let next = rows.last().filter(|_| full(&rows, limit)).map(|last| last.sha256.to_string());
        let items = rows.iter().map(|row| source_view::crl(row, session.now())).collect();
        Ok(Page { items, next, total: Total { count: narrow(row.crls), at_least: false } })
    }

    /// Lists the entries of a source's CRL, or those of one serial number.
    ///
    /// # Errors
    /// When there is no such CRL, or the serial number or the cursor cannot be read.
    pub fn source_revoked(&self, request: SourceRevoked) -> Result<Page<SourceRevokedEntry>, ApiError> {
        let session = self.session()?;
        let missing = || SourceError::PartNotFound { what: "CRL of a source", id: request.crl.clone() };
        let id: SourceCrlId = request.crl.parse().map_err(|_| missing())?;
        let bad = |text: &String| ApiError::new(ErrorCode::BadSerial).with("text", text);
        let serial = request.serial.as_ref().map(|text| authority::pki::SerialNumber::from_hex(text).map_err(|_| bad(text))).transpose()?;
        let after = request.after.as_deref().map(source_view::place_of).transpose()?;
        let limit = limit(request.limit);
        session.registry().read(|tx| {
            let crl = tx.source_crl(id)?.ok_or_else(missing)?;
            if let Some(serial) = &serial {
                let rows = tx.source_revoked_serial(id, serial)?;
                let total = Total { count: narrow(rows.len()), at_least: false };
                return Ok(Page { items: rows.iter().map(source_view::revoked).collect(), next: None, total });
            }
            let rows = tx.source_revoked(id, after.as_ref(), limit)?;
            let next = rows.last().filter(|_| full(&rows, limit)).map(source_view::cursor_of);
            let total = Total { count: narrow(crl.entries), at_least: false };
            Ok(Page { items: rows.iter().map(source_view::revoked).collect(), next, total })
        })
    }

    /// Lists what a source has in quarantine.
    ///
    /// # Errors
    /// When there is no such source, or the cursor is none of this list.
    pub fn source_quarantine(&self, request: SourcePage) -> Result<Page<SourceQuarantined>, ApiError> {
        let session = self.session()?;
        let row = session.source_named(&request.source)?;
        let after = request.after.as_deref().map(|text| text.parse().map_err(|_| bad_cursor(text))).transpose()?;
        let limit = limit(request.limit);
        let rows = session.registry().read(|tx| tx.source_quarantine(row.id, after, limit, SHOWN))?;
        let next = rows.last().filter(|_| full(&rows, limit)).map(|last| last.id.to_string());
        let items = rows.iter().map(source_view::quarantined).collect();
        Ok(Page { items, next, total: Total { count: narrow(row.quarantined), at_least: false } })
    }

    /// Lists the refreshes of a source, newest first.
    ///
    /// # Errors
    /// When there is no such source, or the cursor is none of this list.
    pub fn source_events(&self, request: SourcePage) -> Result<Page<SourceEvent>, ApiError> {
        let session = self.session()?;
        let row = session.source_named(&request.source)?;
        let before = request.after.as_deref().map(|text| text.parse().map_err(|_| bad_cursor(text))).transpose()?;
        let limit = limit(request.limit);
        let rows = session.registry().read(|tx| tx.source_events(row.id, before, limit))?;
        let next = rows.last().filter(|_| full(&rows, limit)).map(|last| last.id.to_string());
        let total = Total { count: narrow(rows.len()), at_least: next.is_some() };
        Ok(Page { items: rows.iter().map(source_view::event).collect(), next, total })
    }

    pub(super) fn try_source_export(&self, request: SourceExport) -> Result<ExportView, ApiError> {
        let session = self.session()?;
        let out = request.out.as_path();
        let form = match request.format.as_deref() {
            None | Some("pem") => CertificateForm::Pem,
            Some("der") => CertificateForm::Der,
            Some(other) => return Err(ApiError::new(ErrorCode::BadFormat).with("format", other)),
        };
        let holds = match (&request.quarantined, &request.certificate) {
            (Some(_), Some(_)) => {
                return Err(
                    ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate or a thing in quarantine is written, not both")
                );
            }
            (Some(thing), None) => session.export_quarantined(&request.source, thing, out, request.overwrite).map(|()| "quarantined")?,
            (None, Some(id)) => {
                session.export_source_certificate(&request.source, id, form, out, request.overwrite).map(|()| "certificate")?
            }
            (None, None) => session.export_source(&request.source, out, request.overwrite).map(|()| "certificates")?,
        };
        Ok(ExportView::of(request.out.0, holds))
    }

    pub(super) fn try_source_remove(&self, request: SourceRemove) -> Result<Done, ApiError> {
        let session = self.session()?;
        let row = session.source_named(&request.source)?;
        if request.confirmation != row.name {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", row.name));
        }
        session.remove_source(row.id)?;
        Ok(Done {})
    }

    /// Refreshes every source that is due, one's failure not stopping the others. Not a command of the page: the window does it unasked.
    ///
    /// # Errors
    /// When the registry cannot be read. What befalls one source is in the view.
    pub fn source_round(&self, _: Nothing) -> Result<SourceRound, ApiError> {
        let session = self.session()?;
        self.round(&session, &Unwatched)
    }

    /// Refreshes the sources that are due, unasked; tells whether there is something new to show. To be called now and again, on a thread that may block:
    /// where nothing is due, or a round is under way, nothing is done.
    ///
    /// # Errors
    /// When the registry was closed meanwhile, or cannot be read.
    pub fn source_round_unasked(&self) -> Result<bool, ApiError> {
        let Some(session) = self.current().filter(|session| !session.registry().read_only()) else { return Ok(false) };
        let is_due = session.registry().read(|tx| tx.next_source_due())?.is_some_and(|due| due <= session.now());
        if !is_due || self.refreshing.swap(true, Ordering::AcqRel) {
            return Ok(false);
        }
        let _refreshing = Refreshing(self);
        let round = self.round(&session, &WhileOpen { surface: self, session: &session })?;
        Ok(!round.refreshed.is_empty() || !round.failed.is_empty())
    }

    fn round(&self, session: &Arc<Session>, watch: &dyn Watch) -> Result<SourceRound, ApiError> {
        let RefreshRound { refreshed: done, failed } = session.refresh_due_sources(&*self.host.fetch, told, watch)?;
        Ok(SourceRound {
            refreshed: done.iter().map(|done| refreshed(session, done)).collect::<Result<_, ApiError>>()?,
            failed: failed.into_iter().map(|(name, error)| source_view::round_failure(name, &error.into())).collect(),
        })
    }
}

fn wish(request: &SourceCreate) -> Result<SourceWish, ApiError> {
    let bad = |problem: &str| ApiError::new(ErrorCode::BadUsage).with("problem", problem);
    let place = match (&request.path, &request.url, request.system) {
        (Some(path), None, false) => Place::File(absolute(path)?),
        (None, Some(url), false) => {
            let known = ["http://", "https://"].iter().any(|scheme| url.trim().to_ascii_lowercase().starts_with(scheme));
            if !known {
                return Err(ApiError::new(ErrorCode::BadUrl).with("text", url).with("url", url));
            }
            Place::Url(url.trim().to_owned())
        }
        (None, None, true) => Place::System,
        _ => return Err(bad("a source is a file, an address, or the trust store of this machine")),
    };
    let kind: SourceKind = request.kind.parse().map_err(|_| ApiError::new(ErrorCode::BadFormat).with("format", &request.kind))?;
    if place == Place::System && kind != SourceKind::Pem {
        return Err(bad("the trust store of this machine is of the kind pem"));
    }
    let mut signers = Vec::new();
    for path in &request.signers {
        signers.extend(read_certificates(path.as_path())?);
    }
    let hours = request.refresh_hours.unwrap_or(HOURS);
    if hours > MOST_HOURS {
        return Err(SourceError::BadHours.into());
    }
    Ok(SourceWish { name: request.name.clone(), kind, place, signers, refresh_hours: Some(hours).filter(|hours| *hours > 0) })
}

/// A file is found again from wherever the program is started next.
fn absolute(path: &FilePath) -> Result<std::path::PathBuf, ApiError> {
    std::path::absolute(path.as_path()).map_err(|error| ApiError::new(ErrorCode::Io).with("path", &path.0).with("problem", error))
}

fn refreshed(session: &Session, done: &Refreshed) -> Result<SourceRefreshed, ApiError> {
    let view = |row: &SourceRow| session.registry().read(|tx| source_view::source(tx, row));
    Ok(SourceRefreshed {
        source: view(&done.source)?,
        outcome: done.outcome.as_str().to_owned(),
        difference: source_view::difference(&done.difference, false),
    })
}

fn limit(wanted: Option<u32>) -> u32 {
    wanted.unwrap_or(PAGE).clamp(1, LARGEST_PAGE)
}

fn full<T>(rows: &[T], limit: u32) -> bool {
    u32::try_from(rows.len()).is_ok_and(|count| count >= limit)
}

pub(super) fn bad_cursor(text: &str) -> ApiError {
    ApiError::new(ErrorCode::BadCursor).with("text", text)
}
