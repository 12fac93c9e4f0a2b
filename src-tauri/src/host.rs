//! What the page may ask of its host beside the surface.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, ExitStatus};

use api::request::WithPaths;
use api::text::FilePath;
use api::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
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

/// A folder that the user chose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownFolder {
    folder: FilePath,
}

impl WithPaths for ShownFolder {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        vec![&mut self.folder]
    }
}

/// What shows a folder in the file manager, before the folder. On a Mac a folder may be a program: it is shown where it lies and not opened.
const FILE_MANAGER: &[&str] = if cfg!(target_os = "macos") {
    &["open", "-R"]
} else if cfg!(windows) {
    &["explorer"]
} else {
    &["xdg-open"]
};

#[expect(clippy::disallowed_methods, reason = "the desktop's own file manager is another program")]
fn in_file_manager(folder: &Path) -> std::io::Result<ExitStatus> {
    let (program, arguments) = FILE_MANAGER.split_first().ok_or(ErrorKind::Unsupported)?;
    Command::new(program).args(arguments).arg(folder).status()
}

/// Shows a folder that the user chose in the file manager. Nothing but a folder: a file would be run by whatever program takes it.
#[tauri::command]
pub(crate) async fn show_folder(desk: State<'_, Desk>, request: ShownFolder) -> Result<(), ApiError> {
    desk.call(request, |_, ShownFolder { folder }| {
        let failed = |problem: String| ApiError::new(ErrorCode::Io).with("path", folder.as_path().display()).because(problem);
        if !folder.as_path().is_dir() {
            return Err(ApiError::new(ErrorCode::FileNotFound).with("path", folder.as_path().display()));
        }
        let status = in_file_manager(folder.as_path()).map_err(|error| failed(error.to_string()))?;
        // Explorer answers 1 when it has shown the folder.
        if status.success() || cfg!(windows) { Ok(()) } else { Err(failed(format!("{}: {status}", FILE_MANAGER.join(" ")))) }
    })
    .await
}
