//! Rounds of the CRL engine, and their history.

use api::view::{CrlEventList, CrlRoundView, CrlRunView};

use super::number;
use crate::layout::{Text, moment, moment_if};

pub(crate) fn round(round: &CrlRoundView) -> Text {
    let mut text = Text::new();
    let row = |run: &CrlRunView| {
        let name = if run.generation > 1 { format!("{} (key {})", run.authority.name, run.generation) } else { run.authority.name.clone() };
        let detail = run.message.clone().unwrap_or_else(|| match run.outcome.as_str() {
            "out-of-time" => "the next run goes on".to_owned(),
            "not-due" => run.due_at.as_ref().map(|at| format!("due {}", moment(at))).unwrap_or_default(),
            _ => String::new(),
        });
        [name, run.outcome.clone(), number(run.number.as_ref()), moment_if(run.next_update.as_ref()), detail]
    };
    text.table(["authority", "outcome", "number", "next update", ""], round.items.iter().map(row).collect());
    if round.items.is_empty() {
        text.line("No authority of this registry owes a CRL.");
    }
    if let Some(next) = &round.next_due {
        text.gap().line(&format!("The next one is due {}.", moment(next)));
    }
    text
}

pub(crate) fn events(list: &CrlEventList) -> Text {
    let mut text = Text::new();
    let rows = list.items.iter().map(|event| {
        [
            moment(&event.started_at),
            number(event.number.as_ref()),
            event.kind.clone(),
            event.entries.map(|count| count.to_string()).unwrap_or_default(),
            format!("{} ms", event.milliseconds),
            event.message.clone().unwrap_or_else(|| "built".to_owned()),
        ]
    });
    text.table(["began", "number", "kind", "entries", "took", "outcome"], rows.collect());
    if list.items.is_empty() {
        text.line("No CRL was built yet.");
    }
    if let Some(next) = &list.next_due {
        text.gap().line(&format!("The next one is due {}.", moment(next)));
    }
    text
}
