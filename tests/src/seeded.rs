//! Large registries, made once through the normal code path and kept below the folder that cargo builds into.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use api::request::Nothing;
use api::{Host, SeedRequest, Surface};
use authority::registry::known_schema;
use serde_json::json;

use crate::ask;

/// Passphrase of every seeded vault.
pub const SEED_PASSPHRASE: &str = "seed";

/// How much of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeding {
    /// Certificates beside the authorities' own.
    pub certificates: u64,
    /// How many of them are revoked.
    pub revoked: u64,
    /// Authorities that issue in turn.
    pub authorities: u64,
}

/// A seeded registry.
pub struct Seeded {
    /// Its file.
    pub path: PathBuf,
    /// How long it took to fill it.
    pub took: Duration,
}

/// The built command line.
pub fn command_line() -> PathBuf {
    PathBuf::from(std::env::var_os("CHANCERY_CLI").expect("CHANCERY_CLI names the built command line: start this with `cargo xtask`"))
}

/// Where seeded registries are kept: `target/bench`.
pub fn folder() -> PathBuf {
    let built = command_line();
    let folder = built.ancestors().nth(2).unwrap_or_else(|| Path::new(".")).join("bench");
    fs::create_dir_all(&folder).expect("a folder for seeded registries");
    folder
}

/// The surface on this machine.
pub fn surface() -> Surface {
    Surface::new(Host::of_this_machine("suite"))
}

/// A surface over a registry, unlocked.
pub fn open(path: &Path) -> Surface {
    let surface = surface();
    surface.registry_open(ask(json!({ "path": path }))).expect("opened");
    surface.registry_unlock(ask(json!({ "passphrase": SEED_PASSPHRASE }))).expect("unlocked");
    surface
}

impl Seeding {
    /// The kept registry of this size, made now if there is none of the present schema.
    pub fn kept(&self) -> Seeded {
        let Self { certificates, revoked, authorities } = self;
        let stem = format!("{certificates}-{revoked}-{authorities}-schema-{}", known_schema());
        let path = folder().join(format!("{stem}.chancery"));
        // Written last: what a seeding that was stopped has left is made again.
        let note = folder().join(format!("{stem}.milliseconds"));
        if let Some(took) = fs::read_to_string(&note).ok().and_then(|text| text.trim().parse().ok()) {
            return Seeded { path, took: Duration::from_millis(took) };
        }
        remove(&path);
        let took = self.fill(&path);
        fs::write(&note, took.as_millis().to_string()).expect("a note");
        Seeded { path, took }
    }

    /// Makes a registry of this size; tells progress on standard error.
    pub fn fill(&self, path: &Path) -> Duration {
        let Self { certificates, revoked, authorities } = *self;
        let start = Instant::now();
        let request = SeedRequest { path: path.to_path_buf().into(), certificates, revoked, authorities };
        let surface = surface();
        let mut told = 0;
        surface
            .seed(&request, &mut |done| {
                if done >= told + 50_000 {
                    told = done;
                    eprintln!("seeding {certificates} certificates: {done} after {} s", start.elapsed().as_secs());
                }
            })
            .expect("seeded");
        surface.registry_close(Nothing {}).expect("closed");
        start.elapsed()
    }
}

/// Removes a registry with everything beside it.
pub fn remove(path: &Path) {
    for ending in ["chancery", "chancery-wal", "chancery-shm", "vault", "vault.lock"] {
        let beside = path.with_extension(ending);
        if beside.exists() {
            fs::remove_file(&beside).unwrap_or_else(|error| panic!("{}: {error}", beside.display()));
        }
    }
}

/// A copy of a registry and its vault in another folder.
pub fn copy(path: &Path, folder: &Path) -> PathBuf {
    let to = folder.join(path.file_name().expect("a file name"));
    for ending in ["chancery", "vault"] {
        fs::copy(path.with_extension(ending), to.with_extension(ending)).expect("copied");
    }
    to
}
