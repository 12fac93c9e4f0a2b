//! The state of the shell: the surface, and the files that the user chose.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use api::request::WithPaths;
use api::text::FilePath;
use api::{ApiError, ErrorCode, Surface};
use serde::Serialize;

/// A file or folder as the page knows it: a handle and a name to show, never a path.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChosenFile {
    pub(crate) handle: String,
    pub(crate) name: String,
}

/// What the commands work on.
pub(crate) struct Desk {
    surface: Arc<Surface>,
    chosen: Mutex<HashMap<String, PathBuf>>,
}

impl Desk {
    pub(crate) fn new(surface: Surface) -> Self {
        Self { surface: Arc::new(surface), chosen: Mutex::default() }
    }

    /// The surface, for what the shell itself needs to know.
    pub(crate) fn surface(&self) -> &Arc<Surface> {
        &self.surface
    }

    /// Gives a path that the user chose a handle for the page.
    pub(crate) fn remember(&self, path: &Path) -> ChosenFile {
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = chosen.iter().find(|(_, known)| known.as_path() == path).map(|(handle, _)| handle.clone());
        let handle = known.unwrap_or_else(|| format!("file:{}", chosen.len() + 1));
        chosen.insert(handle.clone(), path.to_owned());
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned();
        ChosenFile { handle, name }
    }

    /// The path behind a handle. The page cannot name a file that the user did not choose.
    fn path_of(&self, handle: &FilePath) -> Result<FilePath, ApiError> {
        let chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        chosen.get(&handle.0).cloned().map(FilePath::from).ok_or_else(|| ApiError::new(ErrorCode::FileUnknown))
    }

    /// Makes one call of the surface on a thread that may block.
    pub(crate) async fn call<Q, A>(
        &self,
        mut request: Q,
        operation: impl FnOnce(&Surface, Q) -> Result<A, ApiError> + Send + 'static,
    ) -> Result<A, ApiError>
    where
        Q: WithPaths + Send + 'static,
        A: Send + 'static,
    {
        for path in request.paths_mut() {
            *path = self.path_of(path)?;
        }
        let surface = Arc::clone(&self.surface);
        let answer = tokio::task::spawn_blocking(move || operation(&surface, request)).await;
        let answer = answer.unwrap_or_else(|panic| Err(ApiError::new(ErrorCode::Internal).because(panic)));
        if let Err(error) = &answer {
            tracing::warn!(code = error.code.as_str(), cause = error.cause.as_deref(), "a command failed");
        }
        answer
    }
}
