//! How results look to a person: compact, aligned, plain. One file per noun.

pub(crate) mod audit;
pub(crate) mod authority;
pub(crate) mod backup;
pub(crate) mod certificate;
pub(crate) mod crl;
pub(crate) mod crl_round;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod many;
pub(crate) mod profile;
pub(crate) mod registry;
pub(crate) mod request;
pub(crate) mod settings;
pub(crate) mod source;
pub(crate) mod task;
pub(crate) mod trash;
pub(crate) mod verdict;

use api::view::{CrlNumberText, ExportView, FileWritten, Total};

use crate::layout::Text;

/// The files that an export wrote, one a line.
pub(crate) fn exported(view: &ExportView) -> Text {
    let mut text = Text::new();
    files(&mut text, &view.files);
    text
}

fn files(text: &mut Text, files: &[FileWritten]) {
    for file in files {
        text.line(&format!("{}  {}", file.path, file.holds));
    }
}

/// `100 of 1,234`, with the way to the next page.
pub(crate) fn page_note(shown: usize, total: Total, next: Option<&String>) -> String {
    let more = if total.at_least { "+" } else { "" };
    let count = format!("{shown} of {}{more}", total.count);
    next.map_or_else(|| count.clone(), |cursor| format!("{count}; the next page: --after {cursor}"))
}

fn number(number: Option<&CrlNumberText>) -> String {
    match number {
        Some(CrlNumberText::Small(number)) => number.to_string(),
        Some(CrlNumberText::Large(number)) => number.clone(),
        None => String::new(),
    }
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
