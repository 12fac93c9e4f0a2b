//! The machine that the surface runs on: its clock, randomness, keyring and user.

use std::path::PathBuf;
use std::sync::Arc;

use authority::audit::Actor;
use authority::clock::{Clock, SystemClock, SystemEntropy};
use authority::keystore::{KdfCost, KeyStore, OsKeyStore};
use authority::registry::RegistryId;
use authority::session::{Host as Forces, Keyring, SystemDisks};
use authority::sources::Fetch;

use crate::clipboard::{Clipboard, NoClipboard};
use crate::surface::Network;

/// The outside forces that a surface works with.
#[derive(Clone)]
pub struct Host {
    pub(crate) forces: Forces,
    pub(crate) clipboard: Arc<dyn Clipboard>,
    pub(crate) fetch: Arc<dyn Fetch>,
}

impl Host {
    /// The real clock, randomness, keyring and user; `program` is the name and version of the program that acts, for the audit log.
    pub fn of_this_machine(program: &str) -> Self {
        Self {
            forces: Forces {
                clock: Arc::new(SystemClock),
                entropy: Arc::new(SystemEntropy),
                actor: actor(program),
                keyring: Arc::new(SystemKeyring),
                passphrase_cost: KdfCost::STANDARD,
                disks: Arc::new(SystemDisks),
                on_share: false,
            },
            clipboard: NoClipboard::shared(),
            fetch: Arc::new(Network::STANDARD),
        }
    }

    /// Agrees, or not, to write to registries on shares.
    #[must_use]
    pub fn agreeing_to_shares(mut self, agreed: bool) -> Self {
        self.forces.on_share = agreed;
        self
    }

    /// With a clipboard; without, no secret can be copied.
    #[must_use]
    pub fn with_clipboard(mut self, clipboard: Arc<dyn Clipboard>) -> Self {
        self.clipboard = clipboard;
        self
    }

    /// With another clock than the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.forces.clock = clock;
        self
    }

    /// Forces of a test's own.
    #[cfg(any(test, feature = "testing"))]
    pub fn of_a_test(forces: Forces) -> Self {
        Self { forces, clipboard: NoClipboard::shared(), fetch: Arc::new(Network::STANDARD) }
    }
}

/// Who acts: the user and machine as the operating system names them.
fn actor(program: &str) -> Actor {
    let named = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok()).filter(|text| !text.is_empty());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Actor {
        user: named(&["LOGNAME", "USER", "USERNAME"]).or_else(account).unwrap_or_else(|| "unknown".to_owned()),
        host: host.or_else(|| named(&["HOSTNAME", "COMPUTERNAME"])).unwrap_or_else(|| "unknown".to_owned()),
        program: program.to_owned(),
    }
}

/// The account of this process, for when the environment names none (cron): its name, else its number.
#[cfg(unix)]
fn account() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let number = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == number).then(|| name.to_owned())
    });
    Some(name.unwrap_or(number))
}

/// Elsewhere the environment always names the user.
#[cfg(not(unix))]
fn account() -> Option<String> {
    None
}

struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn open(&self, registry: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::new(OsKeyStore::new(&registry.to_string(), std::env::home_dir(), Arc::new(SystemEntropy)))
    }
}

/// Forbids core dumps of this process, and other programs to read its memory. Called first thing.
pub fn keep_memory_private() {
    if let Err(error) = authority::private_memory::keep_private() {
        tracing::warn!(%error, "the memory of this process is not kept private");
    }
}

/// The folder for logs: `$XDG_STATE_HOME/chancery` and its like on other systems; `None` where the user has no home.
pub fn state_folder() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let base = if cfg!(target_os = "macos") {
        home()?.join("Library/Logs")
    } else if cfg!(windows) {
        PathBuf::from(std::env::var_os("LOCALAPPDATA")?)
    } else {
        std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(|| Some(home()?.join(".local/state")))?
    };
    Some(base.join("chancery"))
}

/// Now, as RFC 3339 text in UTC.
pub fn now_text() -> String {
    crate::text::time_text(SystemClock.now())
}
