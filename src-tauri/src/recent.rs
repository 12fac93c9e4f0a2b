//! The registries that were open before, newest first: `recent.json` in the program's configuration folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const MOST: usize = 8;

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recent {
    pub(crate) path: PathBuf,
    pub(crate) opened_at: String,
}

/// Reads the list; registries that are gone are left out.
pub(crate) fn read(folder: &Path) -> Vec<Recent> {
    let Ok(text) = std::fs::read_to_string(folder.join("recent.json")) else { return Vec::new() };
    let entries: Vec<Recent> = serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "the list of recent registries cannot be read");
        Vec::new()
    });
    entries.into_iter().filter(|entry| entry.path.is_file()).collect()
}

/// Puts a registry to the head of the list; without the list the program works as well.
pub(crate) fn note(folder: &Path, path: &Path) {
    if let Err(error) = remember(folder, path, api::host::now_text()) {
        tracing::warn!(%error, "the list of recent registries cannot be written");
    }
}

fn remember(folder: &Path, path: &Path, opened_at: String) -> std::io::Result<()> {
    let mut entries = read(folder);
    entries.retain(|entry| entry.path != path);
    entries.insert(0, Recent { path: path.to_owned(), opened_at });
    entries.truncate(MOST);
    std::fs::create_dir_all(folder)?;
    let fresh = folder.join("recent.json.new");
    std::fs::write(&fresh, serde_json::to_vec_pretty(&entries)?)?;
    std::fs::rename(fresh, folder.join("recent.json"))
}
