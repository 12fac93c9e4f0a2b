//! Remembers the registry last used on a terminal, so that it can be offered.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The registry last used, when it is still there.
pub(crate) fn remembered() -> Option<PathBuf> {
    let text = fs::read_to_string(place()?).ok()?;
    let path = PathBuf::from(text.trim_end_matches(['\r', '\n']));
    path.is_file().then_some(path)
}

/// Remembers a registry. Nothing depends on it, so a folder that cannot be written is no error.
pub(crate) fn remember(registry: &Path) {
    let Some(place) = place() else { return };
    let Ok(absolute) = std::path::absolute(registry) else { return };
    let Some(text) = absolute.to_str() else { return };
    if fs::read_to_string(&place).is_ok_and(|known| known == text) {
        return;
    }
    if let Some(folder) = place.parent()
        && fs::create_dir_all(folder).is_ok()
        && let Err(cause) = fs::write(&place, text)
    {
        tracing::debug!(%cause, "the registry last used was not remembered");
    }
}

fn place() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        variable("APPDATA")?
    } else if cfg!(target_os = "macos") {
        variable("HOME")?.join("Library/Application Support")
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")))?
    };
    Some(folder.join("chancery").join("last-registry"))
}
