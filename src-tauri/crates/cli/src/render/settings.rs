//! What can be set.

use api::view::SettingList;

use crate::layout::Text;

pub(crate) fn list(list: &SettingList) -> Text {
    let mut text = Text::new();
    for setting in &list.items {
        let with_unit = |value: &str| match (&setting.unit, value) {
            (_, "") => "beside the registry".to_owned(),
            (Some(unit), value) => format!("{value} {unit}"),
            (None, value) => value.to_owned(),
        };
        let value = with_unit(&setting.value);
        let shown = if setting.changed { format!("{value} (default: {})", with_unit(&setting.default)) } else { value };
        text.gap().pairs(&[(setting.key.as_str(), shown)]);
        text.line(&format!("  {}: {}", setting.title, setting.about));
        text.line(&format!("  Takes {}.", setting.takes));
    }
    text
}
