//! What the doctor says.

use api::view::DoctorView;
use api::words;

use crate::layout::Text;

pub(crate) fn view(view: &DoctorView) -> Text {
    let mut text = Text::new();
    for finding in &view.findings {
        let mark = if finding.ok { "ok " } else { "BAD" };
        text.line(&format!("{mark}  {}: {}", words::doctor_label(&finding.code), finding.message));
        if !finding.fix.is_empty() {
            text.line(&format!("     {}", finding.fix));
        }
    }
    text.gap().line(if view.ok { "All is well." } else { "Not everything is well." });
    text
}
