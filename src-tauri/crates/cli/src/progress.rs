//! A bar on standard error, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use api::ApiError;
use api::request::Nothing;

use crate::invocation::Invocation;

/// How often a task is asked how far it is.
const OFTEN: Duration = Duration::from_millis(300);

/// Does `work`, which runs as a task of this process, and draws how far it is.
pub(crate) fn of_task<T>(invocation: &Invocation, what: &'static str, work: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
    if !invocation.output.draws_progress() {
        return work();
    }
    let progress = Progress::new(0, what, invocation);
    let (ended, end) = mpsc::channel::<()>();
    let (bar, surface) = (&progress.0, invocation.surface());
    let outcome = std::thread::scope(|scope| {
        scope.spawn(move || {
            while end.recv_timeout(OFTEN) == Err(RecvTimeoutError::Timeout) {
                // Whoever cannot be asked how far it is still does its work.
                let Ok(tasks) = surface.task_list(Nothing {}) else { continue };
                if let Some(task) = tasks.items.iter().find(|task| task.state == "running") {
                    bar.set_length(task.progress.total.into());
                    bar.set_position(task.progress.done.into());
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
        if !invocation.output.draws_progress() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(u64::from(total)), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(&format!("{{wide_bar}} {{human_pos}}/{{human_len}} {what}, {{eta}} left"));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
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
