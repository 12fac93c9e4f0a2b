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
    if !view.others.is_empty() {
        text.gap();
        text.line("Other paths:");
        for other in &view.others {
            let names: Vec<&str> = other.path.iter().map(|link| link.name.as_str()).collect();
            let failed = other.checks.iter().find(|check| check.result == "fail").map(|check| check.detail.as_str());
            text.line(&format!("  {}: {}", names.join(" < "), failed.unwrap_or(if other.trusted { "trusted" } else { "not trusted" })));
        }
    }
    text
}
