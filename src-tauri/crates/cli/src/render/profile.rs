//! Profiles.

use api::view::ProfileList;

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

fn usages(profile: &api::view::ProfileView) -> String {
    profile.key_usages.iter().chain(&profile.extended_key_usages).cloned().collect::<Vec<_>>().join(" ")
}
