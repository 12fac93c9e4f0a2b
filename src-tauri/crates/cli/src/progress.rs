//! A bar on standard error, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use api::request::Nothing;
use api::{ApiError, Surface};

use crate::invocation::Invocation;

/// How often a task is asked how far it is.
const OFTEN: Duration = Duration::from_millis(300);

/// Does `work`, which runs as a task of this process, and draws how far it is.
pub(crate) fn of_task<T>(invocation: &Invocation, what: &'static str, work: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
    drawn(Progress::new(0, what, invocation), invocation, running_task, work)
}

/// The same for an import: it reads, then links, then records, so that only the share of each means something.
pub(crate) fn of_import<T>(invocation: &Invocation, work: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
    let asked = |surface: &Surface| match surface.import_progress(Nothing {}) {
        Ok(look) if look.looking => Some((look.done, look.total)),
        _ => running_task(surface),
    };
    drawn(Progress::of_share(invocation), invocation, asked, work)
}

/// How far the task is that runs. Whoever cannot be asked still does its work.
fn running_task(surface: &Surface) -> Option<(u32, u32)> {
    let tasks = surface.task_list(Nothing {}).ok()?;
    let task = tasks.items.iter().find(|task| task.state == "running")?;
    Some((task.progress.done, task.progress.total))
}

fn drawn<T>(
    progress: Progress,
    invocation: &Invocation,
    reached: impl Fn(&Surface) -> Option<(u32, u32)> + Send,
    work: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    if !invocation.output.draws_progress() {
        return work();
    }
    let (ended, end) = mpsc::channel::<()>();
    let (bar, surface) = (&progress, invocation.surface());
    let outcome = std::thread::scope(|scope| {
        scope.spawn(move || {
            while end.recv_timeout(OFTEN) == Err(RecvTimeoutError::Timeout) {
                if let Some((done, total)) = reached(surface) {
                    bar.of(done.into(), total.into());
                }
            }
        });
        let outcome = work();
        drop(ended);
        outcome
    });
    progress.end();
    outcome
}

/// How far something is.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts at none of `total`.
    pub(crate) fn new(total: u32, what: &'static str, invocation: &Invocation) -> Self {
        Self::drawn_as(&format!("{{wide_bar}} {{human_pos}}/{{human_len}} {what}, {{eta}} left"), total, invocation)
    }

    /// Starts at nothing of what is only known as a share.
    fn of_share(invocation: &Invocation) -> Self {
        Self::drawn_as("{wide_bar} {percent} %", 0, invocation)
    }

    fn drawn_as(template: &str, total: u32, invocation: &Invocation) -> Self {
        if !invocation.output.draws_progress() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(u64::from(total)), ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    /// `done` of them are done.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// `done` of `total` are done.
    pub(crate) fn of(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }

    /// All are done; the bar goes away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
