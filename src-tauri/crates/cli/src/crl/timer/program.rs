//! Which name of this program the timer calls.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The program by the name that it was called by: a link in a `bin` folder leads to the next version as well, where the file of this one may be gone.
pub(super) fn program() -> io::Result<PathBuf> {
    let executable = env::current_exe()?;
    let called = env::args_os().next().unwrap_or_default();
    Ok(as_called(Path::new(&called), env::var_os("PATH").as_deref(), &executable).unwrap_or(executable))
}

/// A path with the name `called`, as a shell finds it: `None` if none leads to `executable`.
fn as_called(called: &Path, search: Option<&OsStr>, executable: &Path) -> Option<PathBuf> {
    let file = fs::canonicalize(executable).ok()?;
    let leads_here = |path: &PathBuf| fs::canonicalize(path).is_ok_and(|found| found == file);
    if called.components().count() > 1 {
        return std::path::absolute(called).ok().filter(leads_here);
    }
    // A folder that is named from where one stands means another one to systemd.
    env::split_paths(search?).filter(|folder| folder.is_absolute()).map(|folder| folder.join(called)).find(leads_here)
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]

    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn by_the_name_that_leads_to_it_and_by_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["bin", "other", "one", "two"] {
            fs::create_dir(at(name)).unwrap();
        }
        for name in ["one/chancery", "two/chancery", "other/chancery"] {
            fs::write(at(name), name).unwrap();
        }
        symlink(at("one/chancery"), at("bin/chancery")).unwrap();
        let search = env::join_paths([Path::new("bin"), &at("missing"), &at("other"), &at("bin"), &at("one")]).unwrap();
        let found = |called: &Path| as_called(called, Some(&search), &at("one/chancery"));
        assert_eq!(found(Path::new("chancery")), Some(at("bin/chancery")), "another program of that name is passed over");
        assert_eq!(found(&at("bin/chancery")), Some(at("bin/chancery")));
        assert_eq!(found(&at("one/../bin/chancery")), Some(at("one/../bin/chancery")));
        for stranger in [at("two/chancery"), at("gone/chancery"), PathBuf::from("gone"), PathBuf::new()] {
            assert_eq!(found(&stranger), None, "{}", stranger.display());
        }
        assert_eq!(as_called(Path::new("chancery"), None, &at("one/chancery")), None);
    }
}
