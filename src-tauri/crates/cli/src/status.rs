//! How a command ended when it was not an error: done, or done with a bad answer.

use std::process::ExitCode;

/// The exit status of a command that has shown its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done: 0.
    Done,
    /// A check found damage, or part of a batch failed; the report says which: 1.
    Failed,
    /// A certificate does not verify, or would not be issued: 4.
    Refused,
    /// Something stays locked: 5.
    Locked,
}

impl Status {
    /// `Done`, or `otherwise` when it is not well.
    pub(crate) fn when(well: bool, otherwise: Self) -> Self {
        if well { Self::Done } else { otherwise }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Done => 0,
            Status::Failed => 1,
            Status::Refused => 4,
            Status::Locked => 5,
        })
    }
}
