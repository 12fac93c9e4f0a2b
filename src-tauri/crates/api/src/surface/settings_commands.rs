//! What can be set.

use authority::settings::{Setting, SettingValue};

use super::Surface;
use crate::request::{Nothing, SettingChange, SettingsSet};
use crate::view::{SettingList, SettingView};
use crate::words;
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Everything that can be set, as it stands.
    ///
    /// # Errors
    /// When no registry is open or it cannot be read.
    pub fn settings_list(&self, _: Nothing) -> Result<SettingList, ApiError> {
        let settings = self.session()?.settings()?;
        Ok(SettingList { items: settings.iter().map(view).collect() })
    }

    pub(super) fn try_settings_set(&self, request: SettingsSet) -> Result<SettingList, ApiError> {
        let session = self.session()?;
        let given = request.changes.iter().map(value).collect::<Result<Vec<_>, _>>()?;
        session.set_settings(&given)?;
        self.settings_list(Nothing {})
    }
}

/// Name and text of a change. Which files and folders there are is not for the page to say: a folder comes as a path, which the page can only
/// choose.
fn value(change: &SettingChange) -> Result<(&str, &str), ApiError> {
    let is_folder = matches!(Setting::named(&change.key), Some(Setting::Folder(_)));
    match (&change.value, &change.path) {
        (None, None) => Ok((&change.key, "")),
        (Some(text), None) if !is_folder || text.is_empty() => Ok((&change.key, text)),
        (None, Some(path)) if is_folder => Ok((&change.key, &path.0)),
        (text, _) => {
            let given = text.as_deref().unwrap_or_default();
            Err(refused(&change.key, given))
        }
    }
}

/// The refusal of a value.
pub(super) fn refused(key: &str, given: &str) -> ApiError {
    let takes = Setting::named(key).map(|setting| takes(&setting)).unwrap_or_default();
    ApiError::new(ErrorCode::BadSetting).with("setting", key).with("text", given).with("takes", takes)
}

fn takes(setting: &Setting) -> String {
    match setting {
        Setting::Switch(_) => words::setting_takes("switch", &[]),
        Setting::Folder(_) => words::setting_takes("folder", &[]),
        Setting::Number(number) => {
            let unit = words::setting_takes(number.unit.as_str(), &[]);
            let fields = [("least", number.least.to_string()), ("most", number.most.to_string()), ("unit", unit)];
            words::setting_takes("number", &fields)
        }
    }
}

fn view(value: &SettingValue) -> SettingView {
    let setting = &value.setting;
    let said = words::setting(setting.key());
    let default = setting.default_text();
    let (kind, number) = match setting {
        Setting::Switch(_) => ("switch", None),
        Setting::Folder(_) => ("folder", None),
        Setting::Number(number) => ("number", Some(number)),
    };
    SettingView {
        key: setting.key().to_owned(),
        title: said.title,
        about: said.about,
        kind: kind.to_owned(),
        value: value.set.clone().unwrap_or_else(|| default.clone()),
        default,
        changed: value.set.is_some(),
        unit: number.map(|number| number.unit.as_str().to_owned()),
        least: number.map(|number| number.least),
        most: number.map(|number| number.most),
        takes: takes(setting),
    }
}
