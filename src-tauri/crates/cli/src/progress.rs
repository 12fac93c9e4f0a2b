//! A bar on standard error, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::invocation::Invocation;

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

    /// All are done; the bar goes away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
