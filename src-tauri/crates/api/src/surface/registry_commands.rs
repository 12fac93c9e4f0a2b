//! The registry as a whole: create, open, unlock, check, back up, recovery file, doctor, tasks.

use std::sync::PoisonError;

use authority::doctor::{self, Observation, Surroundings};
use authority::keystore::{KeyStoreKind, StoreState};
use authority::private_memory;
use authority::recover::{NotRecovered, Recovered};
use authority::registry::{KeysKind, RecoveryChoice};
use authority::secret::Passphrase;
use authority::session::{NewKeys, Session, vault_path};

use super::{Surface, backup_commands, narrow};
use crate::request::{KeysChoice, Nothing, RecoveryCreate, RecoveryFile, RecoveryRestore, RegistryCreate, RegistryOpen, RegistryUnlock};
use crate::text::{FilePath, Secret, time_text};
use crate::view::{
    CheckFinding, DoctorFinding, DoctorView, Done, RecoveryFailure, RecoveryView, RegistryHistory, RegistryStatus, SchemaStep,
};
use crate::words;
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Creates a registry and opens it, unlocked.
    ///
    /// # Errors
    /// When a file is in the way, the keyring cannot be reached, or nothing is said about recovery.
    pub fn registry_create(&self, request: RegistryCreate) -> Result<RegistryStatus, ApiError> {
        let path = request.path.as_path();
        if request.name.trim().is_empty() {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a registry needs a name"));
        }
        let (keys, recovery) = match request.keys {
            KeysChoice::Passphrase => {
                let passphrase = request.passphrase.as_ref().filter(|secret| !secret.expose().is_empty());
                let passphrase = passphrase.ok_or_else(|| ApiError::new(ErrorCode::PassphraseRequired))?;
                (NewKeys::Vault(taken(passphrase)), None)
            }
            KeysChoice::Os => {
                let recovery = match (&request.recovery_file, &request.recovery_passphrase, request.without_recovery_file) {
                    (Some(path), Some(passphrase), false) if !passphrase.expose().is_empty() => Some((path.clone(), taken(passphrase))),
                    (Some(_), _, false) => return Err(ApiError::new(ErrorCode::PassphraseRequired)),
                    (None, _, true) => None,
                    (Some(_), _, true) => {
                        return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a recovery file is made or declined, not both"));
                    }
                    (None, _, false) => return Err(ApiError::new(ErrorCode::RecoveryChoiceRequired)),
                };
                if let Some((file, _)) = &recovery
                    && file.as_path().exists()
                {
                    return Err(ApiError::new(ErrorCode::FileExists).with("path", &file.0));
                }
                (NewKeys::Os, recovery)
            }
        };
        let session = Session::create(path, request.name.trim(), keys, false, self.host.forces.clone())?;
        if request.keys == KeysChoice::Os {
            match recovery {
                // Should this fail, the registry is there and asks for the file again before its first authority.
                Some((file, passphrase)) => drop(session.create_recovery_file(file.as_path(), &passphrase)?),
                None => session.refuse_recovery_file()?,
            }
        }
        self.put(Some(session));
        self.registry_status(Nothing {})
    }

    /// Opens a registry; a vault stays locked.
    ///
    /// # Errors
    /// When the file cannot be opened as a registry. The one that was open stays open then.
    pub fn registry_open(&self, request: RegistryOpen) -> Result<RegistryStatus, ApiError> {
        let mut forces = self.host.forces.clone();
        forces.on_share |= request.on_share;
        let session = Session::open(request.path.as_path(), forces)?;
        self.put_unlocked_if_easy(session);
        self.registry_status(Nothing {})
    }

    /// As [`Surface::registry_open`], for one look: the keyring is not asked, and counts as locked in what comes back. The first change unlocks the keys if
    /// that takes no question.
    ///
    /// # Errors
    /// As [`Surface::registry_open`].
    pub fn registry_open_to_look(&self, request: RegistryOpen) -> Result<RegistryStatus, ApiError> {
        let mut forces = self.host.forces.clone();
        forces.on_share |= request.on_share;
        let session = Session::open(request.path.as_path(), forces)?;
        session.unlock_when_needed();
        let unasked = (session.keystore().kind() == KeyStoreKind::Os).then_some(StoreState::Locked);
        self.put(Some(session));
        self.status_of(&*self.session()?, unasked)
    }

    /// Makes a session the open one. Where nobody has to be asked its keys are unlocked.
    pub(super) fn put_unlocked_if_easy(&self, session: Session) {
        if let Err(error) = session.unlock_unasked() {
            // Browsing never needs the keyring, and nobody is asked to unlock one that is not needed yet; the status says how it stands.
            tracing::warn!(%error, "the keyring is not at hand");
        }
        self.put(Some(session));
    }

    /// Closes the registry and forgets its keys.
    ///
    /// # Errors
    /// None.
    pub fn registry_close(&self, _: Nothing) -> Result<Done, ApiError> {
        self.put(None);
        Ok(Done {})
    }

    /// Says how the open registry stands.
    ///
    /// # Errors
    /// When none is open or it cannot be read.
    pub fn registry_status(&self, _: Nothing) -> Result<RegistryStatus, ApiError> {
        self.status_of(&*self.session()?, None)
    }

    /// How a registry stands, with what is known of its key store, or after a glance at it.
    fn status_of(&self, session: &Session, store: Option<StoreState>) -> Result<RegistryStatus, ApiError> {
        let meta = session.meta()?;
        let (certificates, authorities) = session.registry().read(|tx| {
            let certificates: u64 = tx.certificate_totals()?.iter().map(|total| total.count).sum();
            Ok::<_, ApiError>((certificates, tx.authorities()?.len()))
        })?;
        let state = store.unwrap_or_else(|| session.store_state());
        Ok(RegistryStatus {
            path: session.registry().path().to_string_lossy().into_owned(),
            name: meta.name,
            schema: session.registry().schema()?,
            keys: match meta.keys {
                KeysKind::Os => "os",
                KeysKind::Passphrase => "passphrase",
                KeysKind::Memory => "memory",
            }
            .to_owned(),
            certificates: narrow(certificates),
            authorities: narrow(authorities),
            unlocked: state == StoreState::Ready,
            key_store: state.as_str().to_owned(),
            read_only: session.registry().read_only(),
            share: session.registry().share().map(|share| share.as_str().to_owned()),
            is_test: meta.is_test,
            recovery: match (meta.keys, meta.recovery) {
                (KeysKind::Os | KeysKind::Passphrase, RecoveryChoice::PublicKey(_)) => "made",
                (KeysKind::Passphrase | KeysKind::Memory, _) => "not-needed",
                (KeysKind::Os, RecoveryChoice::Refused) => "refused",
                (KeysKind::Os, RecoveryChoice::Undecided) => "missing",
            }
            .to_owned(),
            key_guard: session.key_guard()?.as_str().to_owned(),
            sealed_at_unlock: narrow(session.sealed_at_unlock()),
            created_at: time_text(meta.created_at),
            awaited_crls: session.awaited_crls()?.into_iter().map(backup_commands::awaited).collect(),
        })
    }

    pub(super) fn try_registry_unlock(&self, request: RegistryUnlock) -> Result<RegistryStatus, ApiError> {
        let passphrase = request.passphrase.as_ref().map(taken);
        let session = self.session()?;
        session.unlock(passphrase.as_ref())?;
        self.unlocked_now();
        if !session.registry().read_only() {
            self.resume_abandoned(&session);
        }
        self.registry_status(Nothing {})
    }

    /// The schema's history.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn registry_history(&self, _: Nothing) -> Result<RegistryHistory, ApiError> {
        let rows = self.session()?.registry().history()?;
        Ok(RegistryHistory {
            items: rows
                .into_iter()
                .map(|row| SchemaStep {
                    version: row.to,
                    name: if row.from == 0 { "created".to_owned() } else { format!("from {} to {}", row.from, row.to) },
                    applied_at: time_text(row.at),
                    program: row.program,
                })
                .collect(),
        })
    }

    pub(super) fn try_recovery_file_create(&self, request: RecoveryCreate) -> Result<RecoveryView, ApiError> {
        let (session, file, passphrase) = (self.session()?, request.path.as_path(), taken(&request.passphrase));
        let done = if request.replace {
            session.replace_recovery_file(file, &passphrase)?
        } else {
            session.create_recovery_file(file, &passphrase)?
        };
        Ok(recovery_view(&request.path, done))
    }

    pub(super) fn try_recovery_file_test(&self, request: RecoveryFile) -> Result<RecoveryView, ApiError> {
        let done = self.session()?.test_recovery_file(request.path.as_path(), &taken(&request.passphrase))?;
        Ok(recovery_view(&request.path, done))
    }

    pub(super) fn try_recovery_file_restore(&self, request: RecoveryRestore) -> Result<RecoveryView, ApiError> {
        let (session, passphrase) = (self.session()?, taken(&request.passphrase));
        let file = request.path.as_path();
        let Some(new) = request.new_vault_passphrase.as_ref().map(taken) else {
            let done = session.restore_from_recovery_file(file, &passphrase)?;
            return Ok(recovery_view(&request.path, done));
        };
        if new.is_empty() {
            return Err(ApiError::new(ErrorCode::PassphraseRequired));
        }
        // From the moment that the vault is there, whoever asks waits for the registry as it is opened here.
        let reopening = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        let done = session.restore_into_new_vault(file, &passphrase, &new)?;
        let opened = Session::open(session.registry().path(), session.host().clone())?;
        opened.unlock(Some(&new))?;
        self.put(Some(opened));
        drop(reopening);
        let old_vault = done.old_vault.map(|path| path.to_string_lossy().into_owned());
        Ok(RecoveryView { old_vault, ..recovery_view(&request.path, done.recovered) })
    }

    /// Takes the clock for right although a later time was seen: signing goes on. Then looks at everything as [`Surface::doctor`] does.
    ///
    /// # Errors
    /// When no registry is open, or it cannot be written.
    pub fn clock_confirm(&self, _: Nothing) -> Result<DoctorView, ApiError> {
        self.session()?.confirm_clock()?;
        self.doctor(Nothing {})
    }

    /// Looks at keyring, keys, clock, disk, locks and file modes.
    ///
    /// # Errors
    /// None: a registry that cannot be read is part of the answer.
    pub fn doctor(&self, _: Nothing) -> Result<DoctorView, ApiError> {
        let session = self.current();
        let meta = session.as_ref().map(|session| session.meta()).transpose();
        let (meta, mut failed) = match meta {
            Ok(meta) => (meta, None),
            Err(error) => (None, Some(ApiError::from(error))),
        };
        let surroundings = Surroundings {
            registry: session.as_ref().map(|session| session.registry().path().to_owned()),
            vault: session.as_ref().and_then(|session| session.vault_file()),
            now: self.host.forces.clock.now(),
            last_seen: meta.map(|meta| meta.last_seen_at),
            // A registry that cannot be asked is told about by the observation of its file.
            held_by_another: session.as_ref().and_then(|session| session.registry().held_by_another().ok()),
            memory_locks: Some(private_memory::can_lock()),
            share: session.as_ref().and_then(|session| session.registry().share()),
        };
        let keystore = session.as_ref().map(|session| session.keystore().as_ref());
        let mut seen = doctor::examine(&surroundings, keystore);
        match session.as_ref().map(|session| session.examine_keys()) {
            None => {}
            // Beside what is said of the place that they are in, which stands first.
            Some(Ok(keys)) => drop(seen.splice(1..1, keys)),
            Some(Err(error)) => failed = failed.or(Some(error.into())),
        }
        let failed = failed.map(|error| words::error(&error));
        Ok(examined(seen, failed.map(|said| (said.title, said.next))))
    }

    /// Looks at the surroundings of a registry that does not open, and says why it does not.
    pub fn doctor_unopened(&self, path: &FilePath, error: &ApiError) -> DoctorView {
        let path = path.as_path();
        let surroundings = Surroundings {
            registry: Some(path.to_owned()),
            vault: Some(vault_path(path)),
            now: self.host.forces.clock.now(),
            last_seen: None,
            held_by_another: None,
            memory_locks: Some(private_memory::can_lock()),
            share: self.host.forces.disk(path).share,
        };
        let said = words::error(error);
        examined(doctor::examine(&surroundings, None), Some((said.title, said.cli.unwrap_or(said.next))))
    }
}

/// A passphrase on its way into the core.
pub(super) fn taken(secret: &Secret) -> Passphrase {
    Passphrase::new(secret.expose().to_owned())
}

/// A finding of a check, in words.
pub(super) fn finding(finding: authority::registry::CheckFinding) -> CheckFinding {
    let words = words::finding(finding.code, &finding.message);
    CheckFinding { location: finding.place, code: finding.code.to_owned(), message: words.message, fix: words.fix }
}

/// What the doctor saw, in words; `failed` is what is wrong with the registry itself, and what to do.
fn examined(seen: Vec<Observation>, failed: Option<(String, String)>) -> DoctorView {
    let mut findings: Vec<_> = seen.iter().map(doctor_finding).collect();
    if let Some((problem, fix)) = failed {
        let (message, _) = words::doctor("registry", None, false, &[("problem", problem)]);
        findings.retain(|finding| finding.code != "registry");
        findings.insert(0, DoctorFinding { code: "registry".to_owned(), state: None, ok: false, message, fix });
    }
    DoctorView { ok: findings.iter().all(|finding| finding.ok), findings }
}

fn doctor_finding(seen: &Observation) -> DoctorFinding {
    let (message, fix) = match (seen.code, seen.state) {
        ("keys" | "strays", Some(state)) => words::key_found(state, &seen.fields),
        _ => words::doctor(seen.code, seen.state, seen.ok, &seen.fields),
    };
    DoctorFinding { code: seen.code.to_owned(), state: seen.state.map(ToOwned::to_owned), ok: seen.ok, message, fix }
}

fn recovery_view(path: &FilePath, done: Recovered) -> RecoveryView {
    RecoveryView {
        path: path.0.clone(),
        keys_sealed: done.sealed,
        keys_restored: done.restored,
        keys_failed: done.failed.iter().map(|failed| failed.name.clone()).collect(),
        failures: done.failed.into_iter().map(recovery_failure).collect(),
        old_vault: None,
    }
}

fn recovery_failure(failed: NotRecovered) -> RecoveryFailure {
    let (state, said) = (failed.why.as_str(), words::key_state(failed.why.as_str(), "", &failed.why.problem()));
    RecoveryFailure { name: failed.name, state: state.to_owned(), title: said.title, message: said.message, next: said.next }
}
