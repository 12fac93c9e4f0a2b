//! What can be set for a registry: a list of known settings, each with its kind, its bounds and its default. Nothing else is accepted.
//!
//! A use case declares its setting as a constant ([`Switch`], [`Number`], [`Folder`]), lists it in [`KNOWN`] and reads it with `get`. What it
//! means stands in the catalogue of words (`words/en/settings.json`), by its key.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::registry::{Read, RegistryError};
use crate::session::Session;

/// Whether a copy is made on each day that the registry is used.
pub const BACKUP_DAILY: Switch = Switch { key: "backup.daily", default: true };
/// Where the daily copies go; by default into a folder beside the registry.
pub const BACKUP_FOLDER: Folder = Folder { key: "backup.folder" };
/// How many daily copies are kept.
pub const BACKUP_KEEP: Number = Number { key: "backup.keep", default: 14, least: 1, most: 3650, unit: Unit::Files };
/// From which age on the newest backup is called old.
pub const BACKUP_OLD: Number = Number { key: "backup.old-after", default: 7, least: 1, most: 365, unit: Unit::Days };
/// The life of the CRLs of a new issuing authority.
pub const CRL_ISSUING_DAYS: Number = Number { key: "crl.issuing-days", default: 7, least: 1, most: 366, unit: Unit::Days };
/// The life of the CRLs of a new root.
pub const CRL_ROOT_DAYS: Number = Number { key: "crl.root-days", default: 180, least: 1, most: 366, unit: Unit::Days };
/// How long a revocation waits for others before the window, while it runs and is unlocked, builds the CRL that lists it.
pub const CRL_HOLD_OFF_MINUTES: Number = Number { key: "crl.hold-off-minutes", default: 5, least: 0, most: 1440, unit: Unit::Minutes };

/// After how long without a hand on it the keys are locked; 0: never.
pub const LOCK_IDLE_MINUTES: Number = Number { key: "lock.idle-minutes", default: 15, least: 0, most: 1440, unit: Unit::Minutes };
/// Whether the keys are locked when the machine goes to sleep.
pub const LOCK_ON_SUSPEND: Switch = Switch { key: "lock.on-suspend", default: true };
/// Whether the keys are locked when the desktop's session is locked.
pub const LOCK_ON_SESSION_LOCK: Switch = Switch { key: "lock.on-session-lock", default: true };

/// Every setting there is, in the order in which they are shown.
pub const KNOWN: &[Setting] = &[
    Setting::Switch(BACKUP_DAILY),
    Setting::Folder(BACKUP_FOLDER),
    Setting::Number(BACKUP_KEEP),
    Setting::Number(BACKUP_OLD),
    Setting::Number(CRL_ISSUING_DAYS),
    Setting::Number(CRL_ROOT_DAYS),
    Setting::Number(CRL_HOLD_OFF_MINUTES),
    Setting::Number(LOCK_IDLE_MINUTES),
    Setting::Switch(LOCK_ON_SUSPEND),
    Setting::Switch(LOCK_ON_SESSION_LOCK),
];

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Minutes.
    Minutes,
    /// Files.
    Files,
}

impl Unit {
    /// Its name in the catalogue of words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Minutes => "minutes",
            Self::Files => "files",
        }
    }
}

/// Something that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Its name.
    pub key: &'static str,
    /// What it is while nobody has set it.
    pub default: bool,
}

/// A whole number within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Its name.
    pub key: &'static str,
    /// What it is while nobody has set it.
    pub default: u32,
    /// The least that it can be.
    pub least: u32,
    /// The most that it can be.
    pub most: u32,
    /// What it counts.
    pub unit: Unit,
}

/// A folder of this machine. While nobody has set one, the use case has a place of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// Its name.
    pub key: &'static str,
}

/// A known setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// On or off.
    Switch(Switch),
    /// A whole number.
    Number(Number),
    /// A folder.
    Folder(Folder),
}

/// A setting as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue {
    /// Which.
    pub setting: Setting,
    /// What somebody has set; nothing: its default holds.
    pub set: Option<String>,
}

/// Settings were not changed; none of those that were given.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no such setting.
    #[error("there is no setting {key}")]
    Unknown {
        /// The name that was given.
        key: String,
    },
    /// The setting cannot have this value.
    #[error("{} cannot be {given:?}", setting.key())]
    Refused {
        /// The setting.
        setting: Setting,
        /// The value that was given.
        given: String,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

fn unsound(key: &str, value: &str) -> RegistryError {
    RegistryError::Cell {
        table: "settings",
        column: "value",
        row: key.to_owned(),
        problem: format!("{value:?} is no value of this setting"),
    }
}

impl Switch {
    /// Whether it is on.
    ///
    /// # Errors
    /// [`RegistryError`], also when the stored value is neither `on` nor `off`.
    pub fn get(&self, tx: &Read<'_>) -> Result<bool, RegistryError> {
        match tx.setting(self.key)? {
            None => Ok(self.default),
            Some(text) => on_or_off(&text).ok_or_else(|| unsound(self.key, &text)),
        }
    }
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

impl Number {
    /// What it is.
    ///
    /// # Errors
    /// [`RegistryError`], also when the stored value is no number within the bounds.
    pub fn get(&self, tx: &Read<'_>) -> Result<u32, RegistryError> {
        match tx.setting(self.key)? {
            None => Ok(self.default),
            Some(text) => self.parse(&text).ok_or_else(|| unsound(self.key, &text)),
        }
    }

    fn parse(&self, text: &str) -> Option<u32> {
        text.parse().ok().filter(|number| (self.least..=self.most).contains(number))
    }
}

impl Folder {
    /// The folder that somebody has set.
    ///
    /// # Errors
    /// [`RegistryError`]
    pub fn get(&self, tx: &Read<'_>) -> Result<Option<PathBuf>, RegistryError> {
        Ok(tx.setting(self.key)?.map(PathBuf::from))
    }
}

impl Setting {
    /// The known setting of this name.
    pub fn named(key: &str) -> Option<Self> {
        KNOWN.iter().copied().find(|setting| setting.key() == key)
    }

    /// Its name.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Switch(switch) => switch.key,
            Self::Number(number) => number.key,
            Self::Folder(folder) => folder.key,
        }
    }

    /// What it is while nobody has set it, as text; empty for a folder, which has no fixed default.
    pub fn default_text(&self) -> String {
        match self {
            Self::Switch(switch) => if switch.default { "on" } else { "off" }.to_owned(),
            Self::Number(number) => number.default.to_string(),
            Self::Folder(_) => String::new(),
        }
    }

    /// The value as it is stored, from what was typed; `None` is the default.
    fn parse(&self, given: &str) -> Result<Option<String>, SettingsError> {
        let text = given.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let value = match self {
            Self::Switch(_) => on_or_off(text).map(|_| text.to_owned()),
            Self::Number(number) => number.parse(text).map(|number| number.to_string()),
            // Copies go where the registry may not be at hand to explain "here": a place is absolute.
            Self::Folder(_) => Some(Path::new(given)).filter(|path| path.is_absolute() && path.is_dir()).map(|_| given.to_owned()),
        };
        let value = value.ok_or_else(|| SettingsError::Refused { setting: *self, given: given.to_owned() })?;
        Ok(Some(value).filter(|value| *value != self.default_text()))
    }
}

impl Session {
    /// Every known setting as it stands.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn settings(&self) -> Result<Vec<SettingValue>, RegistryError> {
        self.registry()
            .read(|tx| KNOWN.iter().map(|setting| Ok(SettingValue { setting: *setting, set: tx.setting(setting.key())? })).collect())
    }

    /// Sets all that is given as name and text, or nothing. An empty text goes back to the default.
    ///
    /// # Errors
    /// See [`SettingsError`]; nothing was changed then.
    pub fn set_settings(&self, given: &[(&str, &str)]) -> Result<(), SettingsError> {
        let mut changes = Vec::with_capacity(given.len());
        for (key, text) in given {
            let setting = Setting::named(key).ok_or_else(|| SettingsError::Unknown { key: (*key).to_owned() })?;
            changes.push((setting.key(), setting.parse(text)?));
        }
        self.change(|tx| {
            for (key, to) in &changes {
                let from = tx.setting(key)?;
                if from == *to {
                    continue;
                }
                tx.set_setting(key, to.as_deref())?;
                tx.append_audit(&self.event("setting.changed", key, json!({ "from": from, "to": to })))?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use super::*;

    fn parsed(setting: Setting, text: &str) -> Option<Option<String>> {
        setting.parse(text).ok()
    }

    #[test]
    fn every_name_is_there_once_and_every_default_is_a_value() {
        for (at, setting) in KNOWN.iter().enumerate() {
            assert_eq!(KNOWN.iter().position(|other| other.key() == setting.key()), Some(at), "{}", setting.key());
            assert_eq!(parsed(*setting, &setting.default_text()), Some(None), "{}", setting.key());
        }
    }

    #[test]
    fn a_number_keeps_its_bounds() {
        let keep = Setting::Number(BACKUP_KEEP);
        assert_eq!(parsed(keep, " 3 "), Some(Some("3".to_owned())));
        assert_eq!(parsed(keep, "14"), Some(None));
        assert_eq!(parsed(keep, ""), Some(None));
        for wrong in ["0", "3651", "-1", "1.5", "many", "4294967297"] {
            assert_eq!(parsed(keep, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_switch_is_on_or_off() {
        let daily = Setting::Switch(BACKUP_DAILY);
        assert_eq!(parsed(daily, "off"), Some(Some("off".to_owned())));
        assert_eq!(parsed(daily, "on"), Some(None));
        assert_eq!(parsed(daily, "true"), None);
    }

    #[test]
    fn a_folder_is_absolute_and_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().to_str().unwrap();
        let setting = Setting::Folder(BACKUP_FOLDER);
        assert_eq!(parsed(setting, place), Some(Some(place.to_owned())));
        assert_eq!(parsed(setting, "."), None);
        assert_eq!(parsed(setting, &format!("{place}/missing")), None);
    }
}
