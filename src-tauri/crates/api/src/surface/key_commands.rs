//! Private keys: how they stand, how they are mended, moved and let go. No reply here has a key in it.

use std::sync::PoisonError;

use authority::deployment::KeyInFile;
use authority::export_key::{KeyDeparture, KeyForm};
use authority::hand_over::Protection;
use authority::key_standing::{KeyOwner, KeyStanding, KeysOf, StandingKey, Stray};
use authority::keystore::KeyRef;
use authority::pki::encoding::Password;
use authority::registry::{CertificateId, KeyLocation, KeyRowId, KeysKind, Read};
use authority::secret::Passphrase;
use authority::session::{NewKeys, Session};

use super::export_commands::configuration;
use super::registry_commands::taken;
use super::{Surface, named, narrow};
use crate::request::{
    KeyCopy, KeyExport, KeyHolder, KeyList, KeyNamed, KeyRepair, KeyRepairAction, KeysChoice, Nothing, PassphraseGenerate, PassphraseMeter,
    RegistryMoveKeys, RegistryPassphrase,
};
use crate::text::{Secret, time_text};
use crate::view::{
    Done, DrawnWords, ExportView, GeneratedPassphrase, KeyListing, KeyOwnerView, KeyRepaired, KeyStandingView, KeysMoved, RegistryStatus,
    StrayKeyView, StrengthView, Total,
};
use crate::{ApiError, ErrorCode, words};

/// Keys on a page when nobody says.
const USUAL_PAGE: u32 = 200;
/// Most keys on a page.
const MOST: u32 = 500;
/// Most words of a passphrase.
const MOST_WORDS: u32 = 12;

impl Surface {
    /// How keys stand, and which entries of the key store no key knows. Nobody is prompted.
    ///
    /// # Errors
    /// When the registry cannot be read. What the key store says is part of the answer.
    pub fn key_list(&self, request: KeyList) -> Result<KeyListing, ApiError> {
        let session = self.session()?;
        let of = match request.of {
            Some(KeyHolder::Authorities) => KeysOf::Authorities,
            Some(KeyHolder::Leaves) => KeysOf::Leaves,
            None => KeysOf::Everybody,
        };
        let bad = |text: &str| ApiError::new(ErrorCode::BadCursor).with("cursor", text);
        let after = request.after.as_deref().map(|text| text.parse::<KeyRowId>().map_err(|_| bad(text))).transpose()?;
        let limit = usize::try_from(request.limit.unwrap_or(USUAL_PAGE).clamp(1, MOST)).unwrap_or(1);
        let (keys, next, total) = session.keys_standing(of, after, limit)?;
        // Strays belong to no page; they stand on the first.
        let strays = if after.is_none() && of != KeysOf::Leaves { session.stray_keys().ok() } else { Some(Vec::new()) };
        let fitting: Vec<_> = strays.iter().flatten().filter_map(|stray| stray.fits).collect();
        Ok(KeyListing {
            items: keys.iter().map(|key| view(key, &fitting)).collect(),
            next: next.map(|id| id.to_string()),
            total: Total { count: narrow(total), at_least: false },
            strays_known: strays.is_some(),
            strays: strays.unwrap_or_default().iter().map(stray_view).collect(),
            key_store: session.store_state().as_str().to_owned(),
        })
    }

    /// How one key stands.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn key_show(&self, request: KeyNamed) -> Result<KeyStandingView, ApiError> {
        let session = self.session()?;
        let id = session.registry().read(|tx| key_named(tx, &request.key))?;
        shown(&session, id)
    }

    pub(super) fn try_key_repair(&self, request: KeyRepair) -> Result<KeyRepaired, ApiError> {
        let session = self.session()?;
        let mut repaired = KeyRepaired { key: None, set_aside: None };
        let id = match request.action {
            KeyRepairAction::Adopt => {
                let unknown = || ApiError::new(ErrorCode::KeyNotFound).with("key", &request.key);
                session.adopt_stray(&KeyRef::new(request.key.trim()).map_err(|_| unknown())?)?
            }
            action => {
                let id = session.registry().read(|tx| key_named(tx, &request.key))?;
                match action {
                    KeyRepairAction::Prove => session.prove_key(id)?,
                    KeyRepairAction::SetAside => repaired.set_aside = Some(session.set_key_aside(id)?.to_string()),
                    KeyRepairAction::Forget | KeyRepairAction::Adopt => {
                        session.forget_staged(id)?;
                        return Ok(repaired);
                    }
                }
                id
            }
        };
        repaired.key = Some(shown(&session, id)?);
        Ok(repaired)
    }

    pub(super) fn try_key_export(&self, request: KeyExport) -> Result<ExportView, ApiError> {
        let session = self.session()?;
        let ending = request.out.as_path().extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        let form = match request.format.as_deref() {
            Some(name) => KeyForm::named(name).ok_or_else(|| ApiError::new(ErrorCode::BadFormat).with("format", name))?,
            None if matches!(ending.as_str(), "p12" | "pfx") => KeyForm::Pkcs12,
            None => KeyForm::Pem,
        };
        let protection = match (&request.password, request.plain_key) {
            (Some(_), true) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a key is sealed or plain, not both")),
            (Some(password), false) => sealed(password)?,
            (None, true) => Protection::Plain,
            (None, false) => Protection::Unsaid,
        };
        let departure = KeyDeparture {
            certificate: session.registry().read(|tx| certificate_of_key(tx, &request.certificate))?,
            form,
            protection,
            reason: request.reason,
            passphrase: request.passphrase.as_ref().map(taken),
            confirmation: request.confirmation,
        };
        session.export_key(&departure, request.out.as_path(), request.overwrite)?;
        let holds = if matches!(form, KeyForm::Pkcs12 | KeyForm::Pkcs12Legacy) { "pkcs12" } else { "key" };
        let sealed = matches!(departure.protection, Protection::Password(_));
        let key = if sealed { KeyInFile::Sealed } else { KeyInFile::Plain };
        let configuration = configuration(&session, departure.certificate, form.as_str(), &request.out, key)?;
        let warnings = words::export_warning(form.as_str()).into_iter().collect();
        Ok(ExportView { configuration, warnings, ..ExportView::of(request.out.0, holds) })
    }

    /// Lets a key leave as text to whoever takes it.
    pub(super) fn deliver_key_text(&self, request: &KeyCopy, take: impl FnOnce(&str) -> Result<(), String>) -> Result<(), ApiError> {
        let session = self.session()?;
        let departure = KeyDeparture {
            certificate: session.registry().read(|tx| certificate_of_key(tx, &request.certificate))?,
            form: KeyForm::Pem,
            protection: request.password.as_ref().map_or(Ok(Protection::Plain), sealed)?,
            reason: request.reason.clone(),
            passphrase: request.passphrase.as_ref().map(taken),
            confirmation: request.confirmation.clone(),
        };
        Ok(session.copy_key_text(&departure, take)?)
    }

    pub(super) fn try_registry_passphrase(&self, request: RegistryPassphrase) -> Result<RegistryStatus, ApiError> {
        if request.new_passphrase.expose().is_empty() {
            return Err(ApiError::new(ErrorCode::PassphraseRequired));
        }
        self.session()?.change_passphrase(&taken(&request.passphrase), &taken(&request.new_passphrase))?;
        self.unlocked_now();
        self.registry_status(Nothing {})
    }

    pub(super) fn try_registry_move_keys(&self, request: RegistryMoveKeys) -> Result<KeysMoved, ApiError> {
        let session = self.session()?;
        let new = request.new_passphrase.as_ref().filter(|secret| !secret.expose().is_empty());
        let keys = match request.to {
            KeysChoice::Os => NewKeys::Os,
            KeysChoice::Passphrase => NewKeys::Vault(taken(new.ok_or_else(|| ApiError::new(ErrorCode::PassphraseRequired))?)),
        };
        if request.to == KeysChoice::Os && session.keys_kind() == KeysKind::Passphrase || request.passphrase.is_some() {
            session.unlock(request.passphrase.as_ref().map(taken).as_ref())?;
        }
        // From the moment that they have moved on, whoever asks waits for the registry as it is opened here.
        let reopening = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        let moved = session.move_keys(&keys)?;
        let opened = Session::open(session.registry().path(), session.host().clone())?;
        opened.unlock(match &keys {
            NewKeys::Os => None,
            NewKeys::Vault(passphrase) => Some(passphrase),
        })?;
        self.put(Some(opened));
        drop(reopening);
        Ok(KeysMoved { keys: moved.keys, old_removed: moved.old_removed, status: self.registry_status(Nothing {})? })
    }

    /// Ends all waiting for the keyring, also where a registry is only being made or opened: what waits says that it was cancelled.
    ///
    /// # Errors
    /// None.
    pub fn keyring_cancel(&self, _: Nothing) -> Result<Done, ApiError> {
        self.keyrings.cancel();
        Ok(Done {})
    }

    /// How hard a passphrase is to guess.
    ///
    /// # Errors
    /// None.
    pub fn passphrase_meter(&self, request: PassphraseMeter) -> Result<StrengthView, ApiError> {
        let strength = taken(&request.passphrase).strength();
        Ok(StrengthView { score: u32::from(strength.score), word: strength.word.to_owned(), weak: strength.weak, bits: strength.bits })
    }

    /// A passphrase of random words.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn passphrase_generate(&self, request: PassphraseGenerate) -> Result<GeneratedPassphrase, ApiError> {
        let words = usize::try_from(request.words.unwrap_or(0).min(MOST_WORDS)).unwrap_or(0);
        let passphrase = Passphrase::generate(words, self.host.forces.entropy.as_ref())?;
        Ok(GeneratedPassphrase { words: DrawnWords::new(passphrase.expose().to_owned()) })
    }
}

fn sealed(password: &Secret) -> Result<Protection, ApiError> {
    if password.expose().is_empty() {
        return Err(ApiError::new(ErrorCode::PasswordRequired));
    }
    Ok(Protection::Password(Password::new(password.expose().to_owned())))
}

fn shown(session: &Session, id: KeyRowId) -> Result<KeyStandingView, ApiError> {
    let key = session.key_standing(id)?.ok_or_else(|| ApiError::new(ErrorCode::KeyNotFound).with("key", id))?;
    let fits = match key.standing {
        KeyStanding::Missing | KeyStanding::Elsewhere => session.stray_keys().unwrap_or_default(),
        _ => Vec::new(),
    };
    Ok(view(&key, &fits.iter().filter_map(|stray| stray.fits).collect::<Vec<_>>()))
}

/// A key by its id, an authority's name, or a certificate.
fn key_named(tx: &Read<'_>, text: &str) -> Result<KeyRowId, ApiError> {
    let text = text.trim();
    if let Ok(id) = text.parse::<KeyRowId>()
        && tx.key(id)?.is_some()
    {
        return Ok(id);
    }
    if let Ok(authority) = named::authority(tx, text)
        && let Some(generation) = tx.current_generation(authority.id)?
    {
        return Ok(generation.generation.key);
    }
    let unknown = || ApiError::new(ErrorCode::KeyNotFound).with("key", text);
    match named::certificate(tx, text) {
        Ok(row) => Ok(tx.key_by_fingerprint(&row.facts.key_fingerprint)?.ok_or_else(unknown)?.key.id),
        Err(error) if error.code == ErrorCode::CertificateNotFound => Err(unknown()),
        Err(error) => Err(error),
    }
}

/// A certificate by its own names, or the current one of an authority.
fn certificate_of_key(tx: &Read<'_>, text: &str) -> Result<CertificateId, ApiError> {
    match named::certificate(tx, text) {
        Err(error) if error.code == ErrorCode::CertificateNotFound => {
            let Ok(authority) = named::authority(tx, text) else { return Err(error) };
            let generation = tx.current_generation(authority.id)?;
            let key = generation.map(|generation| tx.key(generation.generation.key)).transpose()?.flatten();
            let newest = match key {
                Some(key) => tx.certificates_of_key(&key.key.fingerprint)?.into_iter().map(|row| row.id).max(),
                None => None,
            };
            newest.ok_or(error)
        }
        found => Ok(found?.id),
    }
}

fn view(key: &StandingKey, fitting: &[KeyRowId]) -> KeyStandingView {
    let row = &key.row.key;
    let location = row.location.as_str();
    let said = words::key_state(key.standing.as_str(), location, &key.standing.problem());
    let recoverable = row.sealed_recovery.is_some();
    KeyStandingView {
        id: row.id.to_string(),
        kind: row.key_kind.clone(),
        fingerprint: row.fingerprint.to_string(),
        label: row.label.clone(),
        owner: key.owner.as_ref().map(owner_view),
        location: location.to_owned(),
        state: key.standing.as_str().to_owned(),
        title: said.title,
        message: said.message,
        next: said.next,
        repairs: repairs(key, fitting.contains(&row.id), recoverable),
        proven_at: key.row.proven_at.map(time_text),
        created_at: time_text(row.created_at),
        recoverable,
    }
}

/// What can be done about a key, the likeliest first.
fn repairs(key: &StandingKey, fits: bool, recoverable: bool) -> Vec<String> {
    let mut repairs = Vec::new();
    match &key.standing {
        KeyStanding::Ready => repairs.push("prove"),
        KeyStanding::Locked => repairs.push("unlock"),
        // Nothing here can tell the right entry from the foreign one: that is for whoever has both before them.
        KeyStanding::Unreachable { .. } | KeyStanding::Ambiguous => repairs.push("retry"),
        KeyStanding::Staged | KeyStanding::Leaving => repairs.push("forget"),
        KeyStanding::WrongKey { .. } | KeyStanding::Unreadable { .. } if key.row.key.location != KeyLocation::Registry => {
            repairs.push("set-aside");
        }
        KeyStanding::Missing | KeyStanding::WrongKey { .. } | KeyStanding::Unreadable { .. } | KeyStanding::Elsewhere => {}
    }
    if matches!(key.standing, KeyStanding::Missing | KeyStanding::Elsewhere) && fits {
        repairs.push("adopt");
    }
    // Into a new vault, where the place itself is lost: the keyring of another machine, a vault or its passphrase.
    let restorable = match &key.standing {
        KeyStanding::Missing => recoverable || key.row.key.location == KeyLocation::Registry,
        KeyStanding::Unreachable { .. } => recoverable,
        KeyStanding::Locked => recoverable && key.row.key.location == KeyLocation::Vault,
        _ => false,
    };
    if restorable {
        repairs.push("restore");
    }
    repairs.into_iter().map(ToOwned::to_owned).collect()
}

fn owner_view(owner: &KeyOwner) -> KeyOwnerView {
    match owner {
        KeyOwner::Authority { id, name, generation, current } => KeyOwnerView {
            kind: "authority".to_owned(),
            id: id.to_string(),
            name: name.clone(),
            generation: Some(*generation),
            current: *current,
        },
        KeyOwner::Certificate { id, name } => {
            KeyOwnerView { kind: "certificate".to_owned(), id: id.to_string(), name: name.clone(), generation: None, current: true }
        }
    }
}

fn stray_view(stray: &Stray) -> StrayKeyView {
    let state = if stray.fits.is_some() { "stray-fits" } else { "stray" };
    let said = words::key_state(state, "", stray.problem.as_deref().unwrap_or_default());
    StrayKeyView {
        entry: stray.entry.to_string(),
        kind: stray.kind.clone(),
        fingerprint: stray.fingerprint.map(|fingerprint| fingerprint.to_string()),
        fits: stray.fits.map(|id| id.to_string()),
        title: said.title,
        message: said.message,
        next: said.next,
        repairs: stray.fits.iter().map(|_| "adopt".to_owned()).collect(),
    }
}
