//! File dialogs. Rust opens them and keeps the paths; the page gets handles. In tests they are answered from a queue, behind a feature that never ships.

use std::path::PathBuf;

use serde::Deserialize;
use tauri::{AppHandle, State};

use crate::desk::{ChosenFile, Desk};

/// What a dialog is for: decides title and file kinds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DialogRequest {
    /// Title of the dialog, from the catalogue.
    title: String,
    /// Whether several files may be opened at once.
    #[serde(default)]
    multiple: bool,
    /// Name suggested for a file to be saved.
    #[serde(default)]
    suggested: Option<String>,
    /// File endings to show, without the dot.
    #[serde(default)]
    endings: Vec<String>,
}

#[tauri::command]
pub(crate) async fn pick_files(app: AppHandle, desk: State<'_, Desk>, request: DialogRequest) -> Result<Vec<ChosenFile>, ()> {
    let paths = answer(move || asked::files(&app, &request)).await;
    Ok(paths.iter().map(|path| desk.remember(path)).collect())
}

#[tauri::command]
pub(crate) async fn pick_folder(app: AppHandle, desk: State<'_, Desk>, request: DialogRequest) -> Result<Option<ChosenFile>, ()> {
    let path = answer(move || asked::folder(&app, &request)).await;
    Ok(path.map(|path| desk.remember(&path)))
}

#[tauri::command]
pub(crate) async fn pick_save(app: AppHandle, desk: State<'_, Desk>, request: DialogRequest) -> Result<Option<ChosenFile>, ()> {
    let path = answer(move || asked::save(&app, &request)).await;
    Ok(path.map(|path| desk.remember(&path)))
}

/// Dialogs block; the main thread and the async threads must not.
async fn answer<T: Default + Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(ask).await.unwrap_or_default()
}

#[cfg(not(feature = "dialogs-from-queue"))]
mod asked {
    use tauri_plugin_dialog::{DialogExt, FileDialogBuilder};

    use super::{AppHandle, DialogRequest, PathBuf};

    fn dialog(app: &AppHandle, request: &DialogRequest) -> FileDialogBuilder<tauri::Wry> {
        let mut dialog = app.dialog().file().set_title(&request.title);
        if !request.endings.is_empty() {
            let endings: Vec<&str> = request.endings.iter().map(String::as_str).collect();
            dialog = dialog.add_filter(&request.title, &endings);
        }
        match &request.suggested {
            Some(name) => dialog.set_file_name(name),
            None => dialog,
        }
    }

    pub(super) fn files(app: &AppHandle, request: &DialogRequest) -> Vec<PathBuf> {
        let dialog = dialog(app, request);
        let files = if request.multiple {
            dialog.blocking_pick_files().unwrap_or_default()
        } else {
            dialog.blocking_pick_file().into_iter().collect()
        };
        files.into_iter().filter_map(|file| file.into_path().ok()).collect()
    }

    pub(super) fn folder(app: &AppHandle, request: &DialogRequest) -> Option<PathBuf> {
        dialog(app, request).blocking_pick_folder()?.into_path().ok()
    }

    pub(super) fn save(app: &AppHandle, request: &DialogRequest) -> Option<PathBuf> {
        dialog(app, request).blocking_save_file()?.into_path().ok()
    }
}

/// Answers from the file that `CHANCERY_DIALOG_QUEUE` names: each dialog takes the first line away, a path or several separated by tabs; an empty
/// line is a dialog that was closed.
#[cfg(feature = "dialogs-from-queue")]
mod asked {
    use super::{AppHandle, DialogRequest, PathBuf};

    fn next(request: &DialogRequest) -> Vec<PathBuf> {
        let DialogRequest { title, multiple, suggested, endings } = request;
        tracing::info!(title, multiple, suggested, ?endings, "a dialog is answered from the queue");
        let Some(queue) = std::env::var_os("CHANCERY_DIALOG_QUEUE") else { return Vec::new() };
        let Ok(text) = std::fs::read_to_string(&queue) else { return Vec::new() };
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        if let Err(error) = std::fs::write(&queue, rest) {
            tracing::error!(%error, "the queue of dialog answers cannot be written");
        }
        first.split('\t').filter(|path| !path.is_empty()).map(PathBuf::from).collect()
    }

    pub(super) fn files(_: &AppHandle, request: &DialogRequest) -> Vec<PathBuf> {
        let mut files = next(request);
        if !request.multiple {
            files.truncate(1);
        }
        files
    }

    pub(super) fn folder(_: &AppHandle, request: &DialogRequest) -> Option<PathBuf> {
        next(request).into_iter().next()
    }

    pub(super) fn save(_: &AppHandle, request: &DialogRequest) -> Option<PathBuf> {
        next(request).into_iter().next()
    }
}
