//! The verdict of a verification.

use api::view::VerifyView;

use crate::layout::{Text, moment};

pub(crate) fn verdict(view: &VerifyView) -> Text {
    let mut text = Text::new();
    text.line(if view.trusted { "Trusted." } else { "Not trusted." });
    for (depth, link) in view.path.iter().enumerate() {
        text.line(&format!("{}{} (until {}, {})", "  ".repeat(depth), link.name, moment(&link.not_after), link.status));
    }
    text.gap();
    let rows =
        view.checks.iter().map(|check| [check.result.clone(), check.check.clone(), check.detail.clone(), check.clause.clone()]).collect();
    text.table(["result", "check", "detail", "clause"], rows);
    text
}
