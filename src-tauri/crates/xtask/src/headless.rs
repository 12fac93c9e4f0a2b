//! A session of our own on a machine without a desktop: private folders, a message bus, a keyring and, if wanted, a display.
//!
//! The environment is set before the bus starts: a keyring daemon started by a bus with another HOME looks into other folders and
//! seems empty.

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::invocation::{Failure, Invocation};

/// Unlocks the login keyring of the new home (this makes it), then becomes the work.
const WITH_KEYRING: &str = r#"printf session | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$@""#;

/// What the bus starts when somebody asks for a keyring and there is none: the daemon dies at times when a program goes away in the middle
/// of a call. At a desk the login unlocks the next one, here this does; otherwise every test after that would find a locked keyring.
const NEXT_KEYRING: &str = r#"[D-BUS Service]
Name=org.freedesktop.secrets
Exec=/bin/sh -c "printf session | exec gnome-keyring-daemon --foreground --unlock --components=secrets"
"#;

/// Seconds after which work in a virtual display is taken to hang.
const PATIENCE: &str = "1200";

/// Private folders that go away when dropped.
pub(crate) struct PrivateHome {
    folder: PathBuf,
}

impl PrivateHome {
    /// Makes the folders. The path is short, because it holds Unix sockets (at most 107 bytes).
    pub(crate) fn create() -> Result<Self, Failure> {
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
        let folder = std::env::temp_dir().join(format!("chancery-{}-{moment}", std::process::id()));
        private_folder().create(&folder)?;
        let home = Self { folder };
        for name in ["config", "data", "state", "cache", "run", "work"] {
            private_folder().create(home.folder.join(name))?;
        }
        Ok(home)
    }

    /// A folder for the work to leave files in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The same work with this home; cargo and rustup stay where they are.
    pub(crate) fn furnish(&self, work: Invocation) -> Invocation {
        let before = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let kept = |variable: &str, folder: &str| std::env::var_os(variable).map_or_else(|| before.join(folder), PathBuf::from);
        work.set("CARGO_HOME", kept("CARGO_HOME", ".cargo"))
            .set("RUSTUP_HOME", kept("RUSTUP_HOME", ".rustup"))
            .set("HOME", &self.folder)
            .set("XDG_CONFIG_HOME", self.folder.join("config"))
            .set("XDG_DATA_HOME", self.folder.join("data"))
            .set("XDG_STATE_HOME", self.folder.join("state"))
            .set("XDG_CACHE_HOME", self.folder.join("cache"))
            .set("XDG_RUNTIME_DIR", self.folder.join("run"))
            .set("NO_AT_BRIDGE", "1")
            .set("LC_ALL", "C.UTF-8")
            .unset("DBUS_SESSION_BUS_ADDRESS")
            .unset("WAYLAND_DISPLAY")
            .unset("GNOME_KEYRING_CONTROL")
    }

    /// The same work on a bus of its own with an unlocked, empty keyring.
    pub(crate) fn with_keyring(&self, work: Invocation) -> Invocation {
        self.furnish(work.wrapped_in("dbus-run-session", &["--", "sh", "-c", WITH_KEYRING, "sh"]))
    }

    /// The same as [`Self::with_keyring`], in a virtual display of 1280 by 800 pixels, stopped when it hangs.
    pub(crate) fn with_display(&self, work: Invocation) -> Result<Invocation, Failure> {
        // The bus looks here first (XDG Base Directory, dbus-daemon(1) `standard_session_servicedirs`).
        let services = self.folder.join("data/dbus-1/services");
        std::fs::create_dir_all(&services)?;
        std::fs::write(services.join("org.freedesktop.secrets.service"), NEXT_KEYRING)?;
        let displayed = work.wrapped_in("xvfb-run", &["-a", "-s", "-screen 0 1280x800x24"]);
        // WebKit's screenshots hang when its compositing is switched off from outside.
        let composed = displayed.unset("WEBKIT_DISABLE_DMABUF_RENDERER").unset("WEBKIT_DISABLE_COMPOSITING_MODE");
        Ok(self.with_keyring(composed.set("GDK_BACKEND", "x11")).wrapped_in("timeout", &["--kill-after=10", PATIENCE]))
    }
}

/// Makes folders that only their owner may enter.
fn private_folder() -> DirBuilder {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder
    }
    #[cfg(not(unix))]
    DirBuilder::new()
}

impl Drop for PrivateHome {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.folder) {
            eprintln!("xtask: {} was left behind: {error}", self.folder.display());
        }
    }
}

/// Removes the folder; a daemon that is just going away may still write into it, so a second look is taken.
fn remove(folder: &Path) -> std::io::Result<()> {
    std::fs::remove_dir_all(folder).or_else(|_| {
        std::thread::sleep(std::time::Duration::from_millis(300));
        std::fs::remove_dir_all(folder)
    })
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn a_home_is_private_and_goes_away() {
        use std::os::unix::fs::PermissionsExt;
        let home = PrivateHome::create().expect("made");
        let folder = home.folder.clone();
        let mode = folder.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o700);
        let seen = home.furnish(Invocation::new("sh").arguments(&["-c", "echo $HOME $XDG_RUNTIME_DIR"])).ask();
        assert_eq!(seen, Some(format!("{} {}\n", folder.display(), folder.join("run").display())));
        drop(home);
        assert!(!folder.exists());
    }
}
