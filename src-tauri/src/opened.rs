//! Files that the program was started with, or that a second start handed over: the page is told, and takes them as it takes chosen ones.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tauri::State;

use crate::desk::{ChosenFile, Desk};

/// What was handed over and not yet taken by the page.
#[derive(Default)]
pub(crate) struct Handed(Mutex<Vec<PathBuf>>);

impl Handed {
    /// Puts the files among the arguments of a program aside; says whether there were any.
    pub(crate) fn put(&self, arguments: impl Iterator<Item = OsString>, folder: &Path) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.len();
        for path in files(arguments, folder) {
            if !waiting.contains(&path) {
                waiting.push(path);
            }
        }
        waiting.len() > before
    }

    fn take(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The files among a program's arguments, the first of which is its own name: what begins with a hyphen is an option, up to `--`. Relative ones are of
/// the folder in which that program was started, which need not be ours.
fn files(arguments: impl Iterator<Item = OsString>, folder: &Path) -> Vec<PathBuf> {
    let mut options = true;
    let mut files = Vec::new();
    for argument in arguments.skip(1) {
        if options && argument == "--" {
            options = false;
        } else if !(argument.is_empty() || options && argument.as_encoded_bytes().starts_with(b"-")) {
            files.push(folder.join(argument));
        }
    }
    files
}

/// Hands the files over to the page, once.
#[tauri::command]
pub(crate) async fn opened_files(desk: State<'_, Desk>, handed: State<'_, Handed>) -> Result<Vec<ChosenFile>, ()> {
    Ok(handed.take().iter().map(|path| desk.remember(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Vec<PathBuf> {
        files(arguments.iter().map(OsString::from), Path::new("/home/ada"))
    }

    #[test]
    fn relative_paths_are_of_the_folder_of_the_other_program() {
        assert_eq!(of(&["chancery-desktop", "server.crt", "/srv/ca.pem"]), [Path::new("/home/ada/server.crt"), Path::new("/srv/ca.pem")]);
    }

    #[test]
    fn options_are_no_files() {
        assert_eq!(of(&["chancery-desktop", "--flag", "", "-x", "--", "-odd.pem"]), [Path::new("/home/ada/-odd.pem")]);
        assert!(of(&["chancery-desktop"]).is_empty());
        assert!(of(&[]).is_empty());
    }

    #[test]
    fn a_file_waits_once_and_is_taken_once() {
        let handed = Handed::default();
        let start = || ["chancery-desktop", "a.crt"].iter().map(OsString::from);
        assert!(handed.put(start(), Path::new("/srv")));
        assert!(!handed.put(start(), Path::new("/srv")));
        assert_eq!(handed.take(), [Path::new("/srv/a.crt")]);
        assert!(handed.take().is_empty());
    }
}
