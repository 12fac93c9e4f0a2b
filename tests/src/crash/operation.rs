//! What is interrupted: each operation with the registry that it starts from.

mod keys;
mod many;
mod outside;
mod steps;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use api::request::Nothing;
use api::{ApiError, ErrorCode, Surface};
use authority::clock::FixedClock;
use authority::session::vault_path;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{Promise, unfinished};
use crate::data::named;
use crate::{NOW, ask};
use steps::{authority, create, crl, issue, open, or_done, revoke, surface};

pub use keys::NEW_PASSPHRASE;
pub(super) use keys::{lost, recovery_file};
pub use steps::machine;

/// An operation that may be interrupted and repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Makes a registry with its vault.
    Create,
    /// Creates a root and an authority below it.
    Authority,
    /// Issues certificates with their keys into a folder.
    Issue,
    /// Issues successors, with the same key and with a new one.
    Renew,
    /// Gives an authority a new key, and builds the CRLs of both.
    Rekey,
    /// Revokes two certificates.
    Revoke,
    /// Builds and exports two CRLs.
    Crl,
    /// Takes over the folder of another program: keys, certificates, CRLs.
    Import,
    /// Takes over a database of another program: keys, certificates, a CRL, revocations, templates.
    ImportXca,
    /// Makes a backup.
    Backup,
    /// Opens a backup, which brings its vault out.
    Restore,
    /// Opens a registry that a crash has left unfinished things in, which finishes or undoes them.
    Settle,
    /// Opens a registry of the first schema, which brings it up to date.
    Migrate,
    /// Writes a certificate in every form, a CRL and the audit log into files.
    Export,
    /// Puts a profile and a policy into force.
    Rules,
    /// Takes in a CRL that the authority issued elsewhere, and issues the next.
    Install,
    /// Asks outside for the certificate of a new authority, installs the answer, and signs with it.
    Outside,
    /// Makes a registry on a keyring, with authorities.
    Keyring,
    /// Moves all keys from the keyring into a vault.
    MoveToVault,
    /// Moves all keys from the vault into a keyring.
    MoveToKeyring,
    /// Gives the vault another passphrase.
    Passphrase,
    /// Adopts a stray key, sets aside what stands in the place of another, ends one that was never used, restores what is missing.
    Repair,
    /// Restores all keys and secrets into an empty keyring.
    Recover,
    /// Restores all keys and secrets into a new vault, the keyring being lost.
    RecoverIntoVault,
    /// Issues a table of many, in batches; an interrupted task is resumed.
    Many,
}

const ALL: &[(Operation, &str)] = &[
    (Operation::Create, "create"),
    (Operation::Authority, "authority"),
    (Operation::Issue, "issue"),
    (Operation::Renew, "renew"),
    (Operation::Rekey, "rekey"),
    (Operation::Revoke, "revoke"),
    (Operation::Crl, "crl"),
    (Operation::Import, "import"),
    (Operation::ImportXca, "import-xca"),
    (Operation::Backup, "backup"),
    (Operation::Restore, "restore"),
    (Operation::Settle, "settle"),
    (Operation::Migrate, "migrate"),
    (Operation::Export, "export"),
    (Operation::Rules, "rules"),
    (Operation::Install, "install"),
    (Operation::Outside, "outside"),
    (Operation::Keyring, "keyring"),
    (Operation::MoveToVault, "move-to-vault"),
    (Operation::MoveToKeyring, "move-to-keyring"),
    (Operation::Passphrase, "passphrase"),
    (Operation::Repair, "repair"),
    (Operation::Recover, "recover"),
    (Operation::RecoverIntoVault, "recover-into-vault"),
    (Operation::Many, "many"),
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

/// The schema that a registry is brought up from.
pub(super) const FIRST_SCHEMA: u32 = 1;

/// The registry file in an operation's folder.
pub(super) fn registry(folder: &Path) -> PathBuf {
    folder.join("registry/acme.chancery")
}

impl Operation {
    /// Every operation.
    pub fn all() -> Vec<Self> {
        ALL.iter().map(|(operation, _)| *operation).collect()
    }

    /// Whether it creates, moves or deletes keys of authorities, or what opens them.
    pub fn is_of_keys(self) -> bool {
        matches!(
            self,
            Self::Authority
                | Self::Import
                | Self::ImportXca
                | Self::Outside
                | Self::Keyring
                | Self::MoveToVault
                | Self::MoveToKeyring
                | Self::Passphrase
                | Self::Repair
                | Self::Recover
                | Self::RecoverIntoVault
        )
    }

    /// Whether it goes on with work that names its files by their whole paths.
    pub(super) fn knows_its_place(self) -> bool {
        self == Self::Many
    }

    /// Makes what the operation starts from, in an empty folder.
    pub fn prepare(self, folder: &Path) {
        for name in ["registry", "out"] {
            std::fs::create_dir(folder.join(name)).expect("a folder");
        }
        if matches!(self, Self::Create | Self::Keyring) {
            return;
        }
        // What was issued and revoked a month ago has ended by now: the next CRL is the last one to list it.
        let clock = Arc::new(FixedClock::at(NOW - Duration::days(30)));
        let surface = surface(&clock, folder);
        keys::make(self, &surface, folder).expect("a registry");
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
        match self {
            Self::Settle => unfinished::leave(&registry(folder)),
            Self::Migrate => steps::take_back(&registry(folder)),
            Self::Install => steps::publish_elsewhere(folder),
            Self::Outside => outside::make(folder),
            Self::Many => many::write_table(folder),
            _ => keys::lose(self, folder),
        }
    }

    /// Runs the operation. What an interrupted run has done already is promised again instead of being done again.
    ///
    /// # Errors
    /// The surface's.
    pub fn run(self, folder: &Path, now: OffsetDateTime, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
        self.attempt(folder, now, 1, promise)
    }

    /// Runs the operation up to so many times, until it succeeds, with the same registry open throughout.
    ///
    /// # Errors
    /// The surface's, of the last attempt.
    pub fn attempt(self, folder: &Path, now: OffsetDateTime, attempts: usize, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
        let surface = surface(&Arc::new(FixedClock::at(now)), folder);
        for _ in 1..attempts {
            if self.run_on(&surface, folder, now, promise).is_ok() {
                return surface.registry_close(Nothing {}).map(drop);
            }
        }
        self.run_on(&surface, folder, now, promise)?;
        surface.registry_close(Nothing {}).map(drop)
    }

    fn run_on(self, surface: &Surface, folder: &Path, now: OffsetDateTime, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
        let out = folder.join("out");
        match self {
            Self::Create => or_done(create(surface, folder), ErrorCode::RegistryExists)?,
            Self::Keyring => or_done(steps::create_on_keyring(surface, folder), ErrorCode::RegistryExists)?,
            _ => {}
        }
        match self {
            Self::Passphrase => keys::open_with_either(surface, folder)?,
            _ => open(surface, folder)?,
        }
        match self {
            Self::Create | Self::Restore | Self::Settle => promise(&Promise::Registry),
            Self::Authority | Self::Keyring => {
                if self == Self::Keyring {
                    steps::decide_about_recovery(surface, &out)?;
                }
                for (name, parent) in [("New root", None), ("New issuing", Some("New root"))] {
                    or_done(authority(surface, name, parent), ErrorCode::NameTaken)?;
                    promise(&Promise::Authority { name: name.to_owned() });
                }
            }
            Self::Issue => {
                // Into a folder that is not there yet, and one that is.
                for (name, folder) in [("three", "new/inner"), ("four", "new/inner"), ("five", "")] {
                    promise(&issue(surface, name, &out.join(folder))?);
                }
            }
            Self::Renew => {
                for (name, same_key) in [("one", true), ("two", false)] {
                    steps::renew(surface, name, same_key, &out, promise)?;
                }
            }
            Self::Rekey => steps::rekey(surface, promise)?,
            Self::Revoke => {
                for name in ["one", "two"] {
                    promise(&revoke(surface, name)?);
                }
            }
            Self::Crl => {
                for _ in 0..2 {
                    promise(&crl(surface, &out)?);
                }
            }
            Self::Import | Self::ImportXca => {
                let (path, password) = if self == Self::Import { ("openssl-ca", "issuing") } else { ("xca/acme.xdb", "Tr0ub4dor") };
                surface.import_run(ask(json!({ "paths": [named(path)], "passwords": [password] })))?;
                promise(&Promise::Taken { certificates: surface.registry_status(Nothing {})?.certificates });
            }
            Self::Backup => {
                let file = "backup.chancery";
                or_done(surface.registry_backup(ask(json!({ "out": out.join(file) }))), ErrorCode::RegistryExists)?;
                promise(&Promise::Backup { file: file.to_owned() });
            }
            Self::Migrate => {
                promise(&Promise::Taken { certificates: surface.registry_status(Nothing {})?.certificates });
                promise(&Promise::CopyOfSchema { schema: FIRST_SCHEMA });
            }
            Self::Export => steps::export(surface, &out, now, promise)?,
            Self::Rules => steps::rules(surface, promise)?,
            Self::Install => steps::install(surface, folder, promise)?,
            Self::Outside => steps::ask_outside(surface, folder, promise)?,
            Self::MoveToVault | Self::MoveToKeyring => keys::move_keys(self, surface, &out, promise)?,
            Self::Passphrase => keys::change_passphrase(surface, &out, promise)?,
            Self::Repair => keys::repair(surface, folder, promise)?,
            Self::Recover => keys::recover(surface, folder, promise)?,
            Self::RecoverIntoVault => keys::recover_into_vault(surface, folder, promise)?,
            Self::Many => many::issue(surface, folder, promise)?,
        }
        Ok(())
    }
}
