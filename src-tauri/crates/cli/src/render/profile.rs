//! Profiles.

use api::view::{PolicyView, ProfileDetail, ProfileList};

use crate::layout::Text;

pub(crate) fn list(list: &ProfileList) -> Text {
    let mut text = Text::new();
    let rows = list
        .items
        .iter()
        .map(|profile| {
            let names = match (profile.name_kinds.is_empty(), profile.name_required) {
                (true, _) => "none".to_owned(),
                (false, true) => profile.name_kinds.join(" "),
                (false, false) => format!("{} (optional)", profile.name_kinds.join(" ")),
            };
            [profile.name.clone(), profile.default_key.clone(), format!("{} days", profile.default_days), names, usages(profile)]
        })
        .collect();
    text.table(["name", "key", "life", "names", "usages"], rows);
    text
}

/// The document alone, so that it can be written into a file.
pub(crate) fn document(detail: &ProfileDetail) -> Text {
    let mut text = Text::new();
    text.block(&detail.text);
    text
}

pub(crate) fn set(detail: &ProfileDetail) -> Text {
    let mut text = Text::new();
    text.pairs(&[("Profile", detail.profile.name.clone()), ("Version", detail.profile.version.to_string())]);
    text
}

pub(crate) fn policy(view: &PolicyView) -> Text {
    let any = |items: &[String]| if items.is_empty() { "any".to_owned() } else { items.join(" ") };
    let mut text = Text::new();
    text.pairs(&[
        ("Authority", view.authority.name.clone()),
        ("Version", view.version.map_or_else(|| "none: everything is allowed".to_owned(), |version| version.to_string())),
        ("Profiles", any(&view.rules.profiles)),
        ("Keys", any(&view.rules.keys)),
        ("Longest life", view.rules.longest_days.map_or_else(|| "any".to_owned(), |days| format!("{days} days"))),
        ("Names", any(&view.rules.names)),
    ]);
    text
}

fn usages(profile: &api::view::ProfileView) -> String {
    profile.key_usages.iter().chain(&profile.extended_key_usages).cloned().collect::<Vec<_>>().join(" ")
}
