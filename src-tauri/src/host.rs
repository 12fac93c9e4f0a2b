//! What the page may ask of its host beside the surface.

use serde::Serialize;
use tauri::{AppHandle, Manager, State};

use crate::desk::{ChosenFile, Desk};
use crate::recent;

/// A registry that was open before.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecentRegistry {
    handle: String,
    name: String,
    /// Where it is, to show.
    path: String,
    opened_at: String,
}

/// Which program this is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostInfo {
    version: &'static str,
    platform: &'static str,
    web_view: String,
}

#[tauri::command]
pub(crate) async fn recent_registries(app: AppHandle, desk: State<'_, Desk>) -> Result<Vec<RecentRegistry>, ()> {
    let folder = app.path().app_config_dir().ok();
    // Whether each is still there is asked of its disk, which may be one that has gone away.
    let read = tokio::task::spawn_blocking(move || folder.as_deref().map(recent::read).unwrap_or_default()).await;
    let entries = read.unwrap_or_default();
    Ok(entries
        .into_iter()
        .map(|entry| {
            let ChosenFile { handle, name } = desk.remember(&entry.path);
            RecentRegistry { handle, name, path: entry.path.to_string_lossy().into_owned(), opened_at: entry.opened_at }
        })
        .collect())
}

#[tauri::command]
pub(crate) async fn host_info() -> Result<HostInfo, ()> {
    Ok(HostInfo {
        version: env!("CARGO_PKG_VERSION"),
        platform: std::env::consts::OS,
        web_view: tauri::webview_version().unwrap_or_default(),
    })
}
