//! Lets a private key leave: a leaf key that was kept, or an authority's. Somebody says why and proves who they are; the audit row is committed before the
//! first byte leaves (invariant 16).

use std::path::{Path, PathBuf};

use pki::encoding::EncodeError;
use pki::{PrivateKey, PublicKey};
use serde_json::json;
use zeroize::Zeroizing;

use crate::file::{FileError, FileMode, write_new_atomically};
use crate::hand_over::Protection;
use crate::key_form::Unfit;
use crate::keystore::{KeptKeyError, KeyStoreError, PassphraseCheck, open_kept_key};
use crate::recover::CHECK_SETTING;
use crate::registry::{CertificateId, CertificateKind, CertificateRow, KeyLocation, KeyRow, KeyState, RecoveryChoice, RegistryError};
use crate::secret::Passphrase;
use crate::session::{SEALING_SECRET, Session, key_ref};

pub use crate::key_form::KeyForm;

/// What somebody has to give before a key leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyGuard {
    /// The vault's passphrase, again.
    VaultPassphrase,
    /// The recovery file's passphrase; the file itself stays where it is.
    RecoveryPassphrase,
    /// There is neither: the name of what the key belongs to, typed.
    Confirmation,
}

impl KeyGuard {
    /// Returns the name: `vault-passphrase`, `recovery-passphrase`, `confirmation`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VaultPassphrase => "vault-passphrase",
            Self::RecoveryPassphrase => "recovery-passphrase",
            Self::Confirmation => "confirmation",
        }
    }
}

/// Which key shall leave, why, and who says so.
#[derive(Debug)]
pub struct KeyDeparture {
    /// A certificate of the key.
    pub certificate: CertificateId,
    /// The form.
    pub form: KeyForm,
    /// How it is protected on its way.
    pub protection: Protection,
    /// Why, for the record. Must not be blank.
    pub reason: String,
    /// The passphrase that the guard asks for.
    pub passphrase: Option<Passphrase>,
    /// The certificate's name, typed: where the guard asks for it, and before an authority's key leaves without protection.
    pub confirmation: Option<String>,
}

/// A key did not leave.
#[derive(Debug, thiserror::Error)]
pub enum ExportKeyError {
    /// There is no key here that belongs to the certificate.
    #[error("the key of {name} is not held here")]
    NotHeld {
        /// The certificate's name.
        name: String,
    },
    /// Nobody said why.
    #[error("a reason is needed")]
    ReasonMissing,
    /// Nobody said how it is protected.
    #[error("a password, or the wish for a plain key, is needed")]
    ProtectionUnsaid,
    /// The guard asks for a passphrase.
    #[error("a passphrase is needed")]
    PassphraseRequired,
    /// The passphrase is another one.
    #[error("the passphrase is wrong")]
    PassphraseWrong,
    /// The registry cannot tell whether a passphrase is the recovery file's.
    #[error("the recovery file has to be tested once")]
    RecoveryUnchecked,
    /// What was typed is not the name.
    #[error("{wanted:?} was to be typed")]
    ConfirmationWrong {
        /// The name that was asked for.
        wanted: String,
    },
    /// The departure could not be put on record.
    #[error("the registry cannot be written")]
    ReadOnly,
    /// The kept key does not open.
    #[error(transparent)]
    Kept(#[from] KeptKeyError),
    /// The store refused.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The form cannot hold what was asked for.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The key or its container could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Whoever should have taken it as text did not.
    #[error("it was not taken: {cause}")]
    NotTaken {
        /// What was said.
        cause: String,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// What is asked before a key leaves.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn key_guard(&self) -> Result<KeyGuard, RegistryError> {
        Ok(match (self.vault().is_some(), self.meta()?.recovery) {
            (true, _) => KeyGuard::VaultPassphrase,
            (false, RecoveryChoice::PublicKey(_)) => KeyGuard::RecoveryPassphrase,
            (false, RecoveryChoice::Undecided | RecoveryChoice::Refused) => KeyGuard::Confirmation,
        })
    }

    /// Writes a key into a new file, 0600.
    ///
    /// # Errors
    /// See [`ExportKeyError`]. When the file could not be written, the log says so after saying that the key left.
    pub fn export_key(&self, departure: &KeyDeparture, out: &Path, overwrite: bool) -> Result<PathBuf, ExportKeyError> {
        if !overwrite && out.symlink_metadata().is_ok() {
            return Err(FileError::AlreadyExists { path: out.to_owned() }.into());
        }
        let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (row, bytes) = self.key_for_departure(departure, &name)?;
        if let Err(error) = write_new_atomically(out, FileMode::Private, overwrite, &bytes) {
            self.note_not_exported(&row, &name)?;
            return Err(error.into());
        }
        Ok(out.to_owned())
    }

    /// Gives a key as PEM text to `take`, which puts it on the clipboard.
    ///
    /// # Errors
    /// See [`ExportKeyError`]. When it was not taken, the log says so after saying that the key left.
    pub fn copy_key_text(&self, departure: &KeyDeparture, take: impl FnOnce(&str) -> Result<(), String>) -> Result<(), ExportKeyError> {
        let (row, bytes) = self.key_for_departure(departure, "clipboard")?;
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        take(&text).or_else(|cause| {
            self.note_not_exported(&row, "clipboard")?;
            Err(ExportKeyError::NotTaken { cause })
        })
    }

    fn note_not_exported(&self, row: &KeyRow, to: &str) -> Result<(), RegistryError> {
        let event = self.event("key.not-exported", &row.key.id.to_string(), json!({ "to": to }));
        self.change(|tx| tx.append_audit(&event).map(drop))
    }

    /// Everything that comes before the first byte leaves: guard, encoding, audit row.
    pub(crate) fn key_for_departure(&self, departure: &KeyDeparture, to: &str) -> Result<(KeyRow, Zeroizing<Vec<u8>>), ExportKeyError> {
        if departure.reason.trim().is_empty() {
            return Err(ExportKeyError::ReasonMissing);
        }
        if matches!(departure.protection, Protection::Unsaid) {
            return Err(ExportKeyError::ProtectionUnsaid);
        }
        departure.form.check(&departure.protection)?;
        if self.registry().read_only() {
            return Err(ExportKeyError::ReadOnly);
        }
        let (certificate_row, row, chain) = self.registry().read(|tx| {
            let certificate = tx.certificate(departure.certificate)?;
            let certificate =
                certificate.ok_or_else(|| RegistryError::Missing { table: "certificates", row: departure.certificate.to_string() })?;
            let key = tx.key_by_fingerprint(&certificate.facts.key_fingerprint)?;
            let chain = tx.chain(certificate.id)?;
            Ok::<_, RegistryError>((certificate, key, chain))
        })?;
        let not_held = || ExportKeyError::NotHeld { name: certificate_row.facts.display_name.clone() };
        let own = || RegistryError::Missing { table: "certificates", row: certificate_row.id.to_string() };
        let certificate = chain.first().map(|link| &link.certificate).ok_or_else(own)?;
        let row = row.filter(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere).ok_or_else(not_held)?;
        self.check_guard(departure, &certificate_row)?;
        let key = self.key_of(&row, certificate.public_key())?;
        let bytes = departure.form.encode(&key, &chain, &departure.protection, self.now())?;
        let event = crate::audit::AuditEvent {
            why: Some(departure.reason.trim().to_owned()),
            ..self.event(
                "key.exported",
                &row.key.id.to_string(),
                json!({
                    "certificate": certificate_row.id.to_string(), "name": certificate_row.facts.display_name, "to": to,
                    "form": departure.form.as_str(), "protected": matches!(departure.protection, Protection::Password(_)),
                }),
            )
        };
        self.change(|tx| tx.append_audit(&event).map(drop))?;
        Ok((row, bytes))
    }

    fn check_guard(&self, departure: &KeyDeparture, certificate: &CertificateRow) -> Result<(), ExportKeyError> {
        let passphrase = || departure.passphrase.as_ref().filter(|typed| !typed.is_empty()).ok_or(ExportKeyError::PassphraseRequired);
        let wrong = |error| match error {
            KeyStoreError::WrongPassphrase => ExportKeyError::PassphraseWrong,
            error => error.into(),
        };
        let guard = self.key_guard()?;
        let bare = certificate.facts.kind == CertificateKind::Authority && matches!(departure.protection, Protection::Plain);
        let name = &certificate.facts.display_name;
        if (guard == KeyGuard::Confirmation || bare) && departure.confirmation.as_ref() != Some(name) {
            return Err(ExportKeyError::ConfirmationWrong { wanted: name.clone() });
        }
        match guard {
            KeyGuard::Confirmation => Ok(()),
            KeyGuard::VaultPassphrase => match self.vault() {
                Some(vault) => vault.verify_passphrase(passphrase()?).map_err(wrong),
                None => Err(ExportKeyError::PassphraseRequired),
            },
            KeyGuard::RecoveryPassphrase => {
                let text = self.registry().read(|tx| tx.setting(CHECK_SETTING))?;
                let check = text.as_deref().and_then(PassphraseCheck::from_text).ok_or(ExportKeyError::RecoveryUnchecked)?;
                check.verify(passphrase()?).map_err(wrong)
            }
        }
    }

    pub(crate) fn key_of(&self, row: &KeyRow, expected: &PublicKey) -> Result<PrivateKey, ExportKeyError> {
        let name = key_ref(row.key.id)?;
        if row.key.location != KeyLocation::Registry {
            return Ok(self.keystore().hand_over(&name, expected)?);
        }
        let under = self.keystore().secret(SEALING_SECRET)?.ok_or_else(|| KeyStoreError::Missing { key: name.clone() })?;
        let key = open_kept_key(&under, name.as_str(), row.key.sealed_private.as_deref().unwrap_or_default())?;
        if key.public_key() != expected {
            let found = key.public_key().fingerprint();
            return Err(KeyStoreError::WrongKey { key: name, expected: expected.fingerprint(), found }.into());
        }
        Ok(key)
    }
}
