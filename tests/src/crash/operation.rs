//! What is interrupted: each operation with the registry that it starts from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use api::request::Nothing;
use api::{ApiError, ErrorCode, Host, Surface};
use authority::clock::FixedClock;
use authority::keystore::{KdfCost, MemoryKeyStore};
use authority::session::{Host as Forces, vault_path};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{Promise, unfinished};
use crate::data::named;
use crate::sandbox::{PASSPHRASE, forces};
use crate::{NOW, ask};

/// An operation that may be interrupted and repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Makes a registry with its vault.
    Create,
    /// Creates a root and an authority below it.
    Authority,
    /// Issues certificates with their keys into a folder.
    Issue,
    /// Revokes two certificates.
    Revoke,
    /// Builds and exports two CRLs.
    Crl,
    /// Takes over the folder of another program: keys, certificates, CRLs.
    Import,
    /// Makes a backup.
    Backup,
    /// Opens a backup, which brings its vault out.
    Restore,
    /// Opens a registry that a crash has left unfinished things in, which finishes or undoes them.
    Settle,
}

const ALL: &[(Operation, &str)] = &[
    (Operation::Create, "create"),
    (Operation::Authority, "authority"),
    (Operation::Issue, "issue"),
    (Operation::Revoke, "revoke"),
    (Operation::Crl, "crl"),
    (Operation::Import, "import"),
    (Operation::Backup, "backup"),
    (Operation::Restore, "restore"),
    (Operation::Settle, "settle"),
];

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ALL.iter().find(|(operation, _)| operation == self).map_or("", |(_, name)| name))
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        ALL.iter().find(|(_, name)| *name == text).map(|(operation, _)| *operation).ok_or_else(|| format!("there is no operation {text:?}"))
    }
}

/// The registry file in an operation's folder.
pub(super) fn registry(folder: &Path) -> PathBuf {
    folder.join("registry/acme.chancery")
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// The machine of the sweeps: trying a passphrase costs next to nothing, for it is done some ten thousand times.
fn surface(clock: &Arc<FixedClock>) -> Surface {
    Surface::new(Host::of_a_test(Forces { passphrase_cost: KdfCost::CHEAP, ..forces(clock, &MemoryKeyStore::new()) }))
}

fn create(surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    let request = json!({ "path": registry(folder), "name": "Acme", "keys": "passphrase", "passphrase": PASSPHRASE });
    surface.registry_create(ask(request)).map(drop)
}

fn open(surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    surface.registry_open(ask(json!({ "path": registry(folder) })))?;
    surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).map(drop)
}

/// Passes over the refusal that says: this was done before.
fn or_done<T>(outcome: Result<T, ApiError>, done: ErrorCode) -> Result<(), ApiError> {
    match outcome {
        Err(error) if error.code != done => Err(error),
        _ => Ok(()),
    }
}

impl Operation {
    /// Every operation.
    pub fn all() -> Vec<Self> {
        ALL.iter().map(|(operation, _)| *operation).collect()
    }

    /// Makes what the operation starts from, in an empty folder.
    pub fn prepare(self, folder: &Path) {
        for name in ["registry", "out"] {
            std::fs::create_dir(folder.join(name)).expect("a folder");
        }
        if self == Self::Create {
            return;
        }
        // What was issued and revoked a month ago has ended by now: the next CRL is the last one to list it.
        let clock = Arc::new(FixedClock::at(NOW - Duration::days(30)));
        let surface = surface(&clock);
        create(&surface, folder).expect("a registry");
        for (name, parent) in [("Root", None), ("Issuing", Some("Root"))] {
            authority(&surface, name, parent).expect("an authority");
        }
        for name in ["one", "two", "zero"] {
            issue(&surface, name, &folder.join("out")).expect("issued");
        }
        let short = json!({ "authority": "Issuing", "names": ["short.example.test"], "days": 10 });
        let short = json!({ "draft": short, "handOver": { "out": folder.join("out"), "plainKey": true } });
        surface.certificate_issue(ask(short)).expect("issued");
        revoke(&surface, "short").expect("revoked");
        surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
        clock.set(NOW);
        revoke(&surface, "zero").expect("revoked");
        if self == Self::Restore {
            let backup = folder.join("backup");
            surface.registry_backup(ask(json!({ "out": backup }))).expect("a backup");
            surface.registry_close(Nothing {}).expect("closed");
            std::fs::remove_file(vault_path(&registry(folder))).expect("removed");
            std::fs::rename(&backup, registry(folder)).expect("in its place");
        }
        surface.registry_close(Nothing {}).expect("closed");
        if self == Self::Settle {
            unfinished::leave(&registry(folder));
        }
    }

    /// Runs the operation. What an interrupted run has done already is promised again instead of being done again.
    ///
    /// # Errors
    /// The surface's.
    pub fn run(self, folder: &Path, now: OffsetDateTime, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
        let (surface, out) = (surface(&Arc::new(FixedClock::at(now))), folder.join("out"));
        if self == Self::Create {
            or_done(create(&surface, folder), ErrorCode::RegistryExists)?;
        }
        open(&surface, folder)?;
        match self {
            Self::Create | Self::Restore | Self::Settle => promise(&Promise::Registry),
            Self::Authority => {
                for (name, parent) in [("New root", None), ("New issuing", Some("New root"))] {
                    or_done(authority(&surface, name, parent), ErrorCode::NameTaken)?;
                    promise(&Promise::Authority { name: name.to_owned() });
                }
            }
            Self::Issue => {
                for name in ["three", "four", "five"] {
                    promise(&issue(&surface, name, &out)?);
                }
            }
            Self::Revoke => {
                for name in ["one", "two"] {
                    promise(&revoke(&surface, name)?);
                }
            }
            Self::Crl => {
                for _ in 0..2 {
                    promise(&crl(&surface, &out)?);
                }
            }
            Self::Import => {
                surface.import_run(ask(json!({ "paths": [named("openssl-ca")], "passwords": ["issuing"] })))?;
                promise(&Promise::Taken { certificates: surface.registry_status(Nothing {})?.certificates });
            }
            Self::Backup => {
                let file = "backup.chancery";
                or_done(surface.registry_backup(ask(json!({ "out": out.join(file) }))), ErrorCode::RegistryExists)?;
                promise(&Promise::Backup { file: file.to_owned() });
            }
        }
        surface.registry_close(Nothing {}).map(drop)
    }
}

fn authority(surface: &Surface, name: &str, parent: Option<&str>) -> Result<(), ApiError> {
    let request = json!({ "name": name, "parent": parent, "subject": format!("CN=Acme {name} CA"), "key": "ec-p256" });
    surface.authority_create(ask(request)).map(drop)
}

fn issue(surface: &Surface, name: &str, out: &Path) -> Result<Promise, ApiError> {
    let draft = json!({ "authority": "Issuing", "names": [format!("{name}.example.test")] });
    let request = json!({ "draft": draft, "handOver": { "out": text(out), "plainKey": true, "overwrite": true } });
    let issued = surface.certificate_issue(ask(request))?;
    let name = |path: &str| Path::new(path).file_name().expect("a name").to_string_lossy().into_owned();
    let files: Vec<String> = issued.files.iter().map(|file| name(&file.path)).collect();
    assert_eq!(files.len(), 3, "key, certificate and chain");
    Ok(Promise::Certificate { fingerprint: issued.certificate.fingerprint, serial: issued.certificate.serial, files })
}

fn revoke(surface: &Surface, name: &str) -> Result<Promise, ApiError> {
    let name = format!("{name}.example.test");
    let found = surface.certificate_show(ask(json!({ "certificate": serial_of(surface, &name)? })))?.certificate;
    let request = json!({ "certificates": [found.id], "reason": "keyCompromise", "confirmation": name });
    or_done(surface.certificate_revoke(ask(request)), ErrorCode::AlreadyRevoked)?;
    Ok(Promise::Revoked { serial: found.serial })
}

fn serial_of(surface: &Surface, name: &str) -> Result<String, ApiError> {
    let mut page = surface.certificate_list(ask(json!({ "name": name })))?;
    Ok(page.items.remove(0).serial)
}

fn crl(surface: &Surface, out: &Path) -> Result<Promise, ApiError> {
    let built = surface.crl_build(ask(json!({ "authority": "Issuing" })))?;
    let number = serde_json::to_value(&built.number).expect("JSON").to_string();
    let file = out.join(format!("{number}.crl"));
    surface.crl_export(ask(json!({ "authority": "Issuing", "number": number, "out": file, "overwrite": true })))?;
    Ok(Promise::Crl { authority: "Issuing".to_owned(), number, sha256: built.sha256 })
}
