//! The CRL engine: rounds that build what is due, asked for or unasked, and their history.

use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use authority::crl_schedule::Schedule;
use authority::current_crl::CurrentCrl;
use authority::keystore::StoreState;
use authority::pki::crl::Crl;
use authority::registry::{CrlEvent, CrlKind, GenerationRow, WHOLE};
use authority::run_crls::{CrlOutcome, CrlRound, CrlRun, Hindrance, HoldOff, OwedCrl, ROUND_LIMIT, RunCrlsError};
use authority::session::Session;
use authority::watch::{Unwatched, Watch};

use super::crl_commands::{load, number_text};
use super::failure::clock_back;
use super::{Surface, named, narrow};
use crate::crl_wakes::{CrlWakes, Sight};
use crate::request::{CrlsOf, Nothing};
use crate::text::time_text;
use crate::view::{AuthorityRef, CrlEventList, CrlEventView, CrlRoundView, CrlRunView, Total};
use crate::{ApiError, ErrorCode, words};

/// Runs listed: all that are kept of a key.
const LISTED: u32 = 1000;

impl From<RunCrlsError> for ApiError {
    fn from(error: RunCrlsError) -> Self {
        match error {
            RunCrlsError::ClockWentBack { seen } => clock_back(seen),
            RunCrlsError::Cancelled => Self::new(ErrorCode::Cancelled),
            RunCrlsError::Registry(inner) => inner.into(),
        }
    }
}

/// Goes on while the same registry is open and its keys are not locked: nobody is asked for them unasked.
struct WhileOpen<'a> {
    surface: &'a Surface,
    session: &'a Arc<Session>,
}

impl Watch for WhileOpen<'_> {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        let is_open = self.surface.current().is_some_and(|open| Arc::ptr_eq(&open, self.session));
        !is_open || self.session.store_state() == StoreState::Locked
    }
}

/// Whatever becomes of a round, the next may begin.
struct Busy<'a>(&'a Surface);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.crl_wakes().busy = false;
    }
}

impl Surface {
    /// Builds every CRL that is due, one authority's failure not stopping the others. Not a command of the page: the window does it unasked.
    ///
    /// # Errors
    /// When the clock went back or the registry cannot be read. What befalls one authority is in the view.
    pub fn crl_run(&self, _: Nothing) -> Result<CrlRoundView, ApiError> {
        let round = self.session()?.run_crls(HoldOff::Nothing, ROUND_LIMIT, &Unwatched)?;
        Ok(round_view(round))
    }

    /// Whether a round would need keys.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn crls_are_due(&self) -> Result<bool, ApiError> {
        Ok(self.session()?.owed_crls(HoldOff::Nothing)?.iter().any(is_to_build))
    }

    /// The history of an authority's CRLs: each run with what it built, or why it did not.
    ///
    /// # Errors
    /// When there is no such authority.
    pub fn crl_events(&self, request: CrlsOf) -> Result<CrlEventList, ApiError> {
        let session = self.session()?;
        let (authority, generation) = session.registry().read(|tx| named::generation(tx, &request.authority, request.generation))?;
        let events = session.registry().read(|tx| tx.crl_events(generation.generation.id, LISTED))?;
        let owed = session.owed_crls(HoldOff::AsSet)?.into_iter().find(|crl| crl.generation == generation.generation.id);
        let next_due = owed.filter(|crl| crl.hindrance.is_none()).and_then(|crl| match crl.schedule {
            Schedule::At(at) => Some(at),
            Schedule::Now(_) => Some(session.now()),
            Schedule::Idle => None,
        });
        let fields = [("authority", authority.name), ("path", session.registry().path().to_string_lossy().into_owned())];
        Ok(CrlEventList {
            total: Total { count: narrow(events.len()), at_least: false },
            items: events.into_iter().map(|event| event_view(event, &fields)).collect(),
            next: None,
            next_due: next_due.map(time_text),
        })
    }

    /// Opens the registry for writing that could only be browsed because its disk was full, once room was made; tells whether it did. Looks once a minute,
    /// and is to be called a few times a second, on a thread that may block.
    pub fn open_with_room_made(&self) -> bool {
        let Some(session) = self.current().filter(|session| session.registry().lacks_room()) else { return false };
        if !self.crl_wakes().is_time_for_room(self.started.elapsed()) {
            return false;
        }
        let _reopening = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match session.open_with_room() {
            Ok(Some(opened)) => opened,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(%error, "the registry could not be opened for writing");
                return false;
            }
        };
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        // Another one was opened meanwhile, or none is.
        if !open.as_ref().is_some_and(|open| Arc::ptr_eq(open, &session)) {
            return false;
        }
        // Both have the same keys: they are not locked with what is replaced.
        *open = Some(Arc::new(opened));
        true
    }

    /// Whether a round of CRLs is to begin now, unasked; [`Surface::crl_round_unasked`] must then follow. To be called a few times a second, on a thread that
    /// may block: most calls only compare clocks.
    pub fn crl_wake(&self) -> bool {
        let Some(session) = self.current().filter(|session| !session.registry().read_only()) else {
            self.crl_wakes().closed();
            return false;
        };
        let running = self.started.elapsed();
        let sight = Sight {
            running,
            now: session.now(),
            registry: Path::to_owned(session.registry().path()),
            version: session.registry().data_version().ok(),
        };
        {
            let mut wakes = self.crl_wakes();
            if wakes.busy || !wakes.is_time(&sight) {
                return false;
            }
        }
        // Locked, nothing can be built: the unlock comes back to it.
        if session.store_state() != StoreState::Ready {
            return false;
        }
        let owed = match session.owed_crls(HoldOff::AsSet) {
            Ok(owed) => owed,
            Err(error) => {
                tracing::warn!(%error, "which CRLs are due could not be told");
                return false;
            }
        };
        let mut wakes = self.crl_wakes();
        wakes.looked(owed.iter().filter_map(planned).min());
        wakes.busy = owed.iter().any(|crl| is_to_build(crl) && wakes.may_try(crl.generation, running));
        wakes.busy
    }

    /// The round that [`Surface::crl_wake`] has asked for. Tells whether there is something new to show.
    ///
    /// # Errors
    /// When the clock went back, the registry was closed meanwhile, or it cannot be read.
    pub fn crl_round_unasked(&self) -> Result<bool, ApiError> {
        let _busy = Busy(self);
        let session = self.session()?;
        let round = session.run_crls(HoldOff::AsSet, ROUND_LIMIT, &WhileOpen { surface: self, session: &session });
        let running = self.started.elapsed();
        let mut wakes = self.crl_wakes();
        let round = match round {
            Ok(round) => round,
            Err(error) => {
                let due = session.owed_crls(HoldOff::AsSet).unwrap_or_default();
                due.iter().filter(|crl| is_to_build(crl)).for_each(|crl| wakes.failed(crl.generation, running));
                return Err(error.into());
            }
        };
        wakes.looked(round.next);
        let mut news = false;
        for run in &round.runs {
            match &run.outcome {
                CrlOutcome::Built { .. } => wakes.succeeded(run.owed.generation),
                CrlOutcome::Failed(_) | CrlOutcome::OutOfTime => wakes.failed(run.owed.generation, running),
                CrlOutcome::NotDue | CrlOutcome::PassedOver => continue,
            }
            news = true;
        }
        Ok(news)
    }

    pub(super) fn crl_wakes(&self) -> MutexGuard<'_, CrlWakes> {
        self.crl_wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_to_build(crl: &OwedCrl) -> bool {
    crl.hindrance.is_none() && matches!(crl.schedule, Schedule::Now(_))
}

fn planned(crl: &OwedCrl) -> Option<time::OffsetDateTime> {
    match crl.schedule {
        Schedule::At(at) if crl.hindrance.is_none() => Some(at),
        _ => None,
    }
}

fn round_view(round: CrlRound) -> CrlRoundView {
    CrlRoundView { ok: round.is_complete(), next_due: round.next.map(time_text), items: round.runs.into_iter().map(run_view).collect() }
}

fn run_view(run: CrlRun) -> CrlRunView {
    let CrlRun { owed, outcome } = run;
    let mut view = CrlRunView {
        authority: AuthorityRef { id: owed.authority.to_string(), name: owed.name.clone() },
        generation: owed.key_number,
        outcome: String::new(),
        number: None,
        entries: None,
        next_update: owed.newest.and_then(|newest| newest.next_update).map(time_text),
        due_at: planned(&owed).map(time_text),
        error: None,
        message: None,
    };
    view.outcome = match outcome {
        CrlOutcome::Built { number, entries, next_update } => {
            view.number = Some(number_text(&number));
            view.entries = Some(narrow(entries));
            view.next_update = Some(time_text(next_update));
            "built"
        }
        CrlOutcome::NotDue => "not-due",
        CrlOutcome::OutOfTime => "out-of-time",
        CrlOutcome::PassedOver => {
            let why = match owed.hindrance {
                Some(Hindrance::Unusable(why)) => ApiError::from(why),
                Some(Hindrance::AwaitsCrl) => ApiError::new(ErrorCode::CrlAwaited).with("authority", &owed.name),
                None => ApiError::new(ErrorCode::Internal),
            };
            told(&mut view, &why);
            "passed-over"
        }
        CrlOutcome::Failed(error) => {
            told(&mut view, &ApiError::from(error));
            "failed"
        }
    }
    .to_owned();
    view
}

fn told(view: &mut CrlRunView, error: &ApiError) {
    view.error = Some(error.code.as_str().to_owned());
    view.message = Some(words::error(error).title);
}

fn event_view(event: CrlEvent, fields: &[(&str, String)]) -> CrlEventView {
    CrlEventView {
        started_at: time_text(event.started_at),
        milliseconds: event.milliseconds,
        number: event.number.as_ref().map(number_text),
        kind: event.kind.as_str().to_owned(),
        entries: event.entry_count.map(narrow),
        message: event.error.as_deref().map(|code| message(code, fields)),
        error: event.error,
    }
}

/// What went wrong in words, without what was known only then: that stands behind a colon.
fn message(code: &str, fields: &[(&str, String)]) -> String {
    let Some(code) = code_named(code) else { return code.to_owned() };
    let error = fields.iter().fold(ApiError::new(code), |error, (name, value)| error.with(name, value));
    words::error(&error).title.split(": {").next().unwrap_or_default().to_owned()
}

fn code_named(text: &str) -> Option<ErrorCode> {
    ErrorCode::ALL.iter().copied().find(|code| code.as_str() == text)
}

/// The current CRL of a generation as it is served: read if it is fresh, else built once however many ask.
pub(super) fn read_through(session: &Session, row: &GenerationRow) -> Result<Crl, ApiError> {
    bytes_of(session, session.current_crl(row.generation.id, &Unwatched)?)
}

/// The current delta of a generation, in the same way.
pub(super) fn delta_read_through(session: &Session, row: &GenerationRow) -> Result<Crl, ApiError> {
    bytes_of(session, session.current_delta(row.generation.id, &Unwatched)?)
}

fn bytes_of(session: &Session, current: CurrentCrl) -> Result<Crl, ApiError> {
    match current {
        CurrentCrl::Built(_, crl) => Ok(crl),
        CurrentCrl::Kept(kept) => {
            let number = kept.crl.number.to_string();
            let gone = || ApiError::new(ErrorCode::CrlNotFound).with("number", &number);
            session.registry().read(|tx| load(tx, &kept))?.ok_or_else(gone)
        }
    }
}

/// Where some of an authority's keys have bases and others do not, as after a new key, these get theirs: one key does not keep the others from their deltas.
pub(super) fn build_missing_bases(session: &Session, first: &GenerationRow, earlier: &[GenerationRow]) -> Result<(), ApiError> {
    let mut lacking = Vec::new();
    for row in std::iter::once(first).chain(earlier) {
        let base = session.registry().read(|tx| tx.newest_own_crl(row.generation.id, CrlKind::Base, WHOLE))?;
        lacking.extend(base.is_none().then_some(row));
    }
    if lacking.len() <= earlier.len() {
        for row in lacking {
            session.build_crl_watched(row.generation.authority, Some(row.generation.id), None, &Unwatched)?;
        }
    }
    Ok(())
}
