//! The recovery file: the private half of the recovery key, sealed under a passphrase.
//!
//! Text, so that it can be printed and typed in again. The first line is `chancery-recovery 1`; lines that start with `#` are for people; then one
//! `name: value` a line, each once and in this order: `registry`, `created`, `public-key`, `kdf` (`argon2id m=KIB t=PASSES p=LANES`), `salt`, `nonce`,
//! `sealed`, `checksum` (SHA-256, in hexadecimal, of all the other `name: value` lines, each with its line feed). Octets are base64url (RFC 4648 5)
//! without padding. `registry`, `public-key` and `kdf` are authenticated with the sealed key.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{RecoveryKey, RecoveryPublicKey};
use crate::clock::Entropy;
use crate::file::{FileError, FileMode, write_new_atomically};
use crate::in_use::open_to_read;
use crate::keystore::KeyStoreError;
use crate::keystore::sealing::{self, KdfCost, SALT_LENGTH, Sealed};
use crate::secret::{Passphrase, SecretBytes};

/// The first line.
const TITLE: &str = "chancery-recovery 1";
/// What a title of another version starts with.
const TITLE_STEM: &str = "chancery-recovery ";
/// Ours have less than 2 KiB.
const LARGEST: u64 = 64 * 1024;
/// What the file says to whoever finds it.
const NOTE: &str = "\
# This file and its passphrase together open every CA key of the registry named below,
# from the registry's own file or any backup of it. Keep it away from that computer,
# and keep the passphrase away from this file.
";

/// Why a recovery file was not written or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// Something stands at the path; recovery files are never replaced.
    #[error("a file of this name exists already")]
    AlreadyExists,
    /// The file could not be read or written.
    #[error("{cause}")]
    Io {
        /// What kind of fault it was.
        kind: io::ErrorKind,
        /// What the operating system said.
        cause: String,
    },
    /// The file is none of ours.
    #[error("not a recovery file")]
    NotARecoveryFile,
    /// The file was written by a newer version.
    #[error("a recovery file of version {version}")]
    Newer {
        /// The version that it states.
        version: String,
    },
    /// The file was changed or cut off.
    #[error("the recovery file is damaged: {what}")]
    Damaged {
        /// The part that is damaged.
        what: &'static str,
    },
    /// The passphrase does not open the file.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The cost that the file demands for trying a passphrase is out of bounds; it was not paid.
    #[error("key derivation would take {memory_kib} KiB of memory, {passes} passes, {lanes} lanes")]
    CostRefused {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// The sealed key was sealed to another recovery key, or changed since.
    #[error("the sealed key does not open with this recovery key")]
    NotOpened,
    /// A sealed key opened, but what came out is no key.
    #[error("what was sealed is not a key")]
    NotAKey,
    /// Making the key failed.
    #[error(transparent)]
    Store(KeyStoreError),
}

impl From<KeyStoreError> for RecoveryError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::CostRefused { memory_kib, passes, lanes } => Self::CostRefused { memory_kib, passes, lanes },
            error => Self::Store(error),
        }
    }
}

/// A recovery file, read and found whole, but not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryFile {
    registry: String,
    created: OffsetDateTime,
    public: RecoveryPublicKey,
    cost: KdfCost,
    salt: Vec<u8>,
    sealed: Sealed,
}

impl RecoveryFile {
    /// Draws a recovery key, writes its private half to a new file (0600), reads that back and opens it.
    ///
    /// The public half that is returned belongs into the registry.
    ///
    /// # Errors
    /// [`RecoveryError::AlreadyExists`]; else what writing or reading back says. Nothing is left behind then.
    pub fn create(
        path: &Path,
        passphrase: &Passphrase,
        registry: &str,
        now: OffsetDateTime,
        entropy: &dyn Entropy,
    ) -> Result<RecoveryPublicKey, RecoveryError> {
        Self::create_with_cost(path, passphrase, registry, now, entropy, KdfCost::STANDARD)
    }

    /// As [`RecoveryFile::create`], at a cost of the caller's choice.
    ///
    /// # Errors
    /// As [`RecoveryFile::create`].
    #[cfg(any(test, feature = "testing"))]
    pub fn create_cheap(
        path: &Path,
        passphrase: &Passphrase,
        registry: &str,
        now: OffsetDateTime,
        entropy: &dyn Entropy,
    ) -> Result<RecoveryPublicKey, RecoveryError> {
        Self::create_with_cost(path, passphrase, registry, now, entropy, KdfCost::CHEAP)
    }

    /// As [`RecoveryFile::create`], at a cost of the caller's choice.
    ///
    /// # Errors
    /// As [`RecoveryFile::create`].
    pub(crate) fn create_with_cost(
        path: &Path,
        passphrase: &Passphrase,
        registry: &str,
        now: OffsetDateTime,
        entropy: &dyn Entropy,
        cost: KdfCost,
    ) -> Result<RecoveryPublicKey, RecoveryError> {
        // A line feed would make two lines of one.
        let registry: String = registry.chars().filter(|character| !character.is_control()).collect();
        let key = RecoveryKey::draw(entropy)?;
        let salt = sealing::draw::<SALT_LENGTH>(entropy).map_err(KeyStoreError::from)?.to_vec();
        let wrapping = cost.derive(passphrase, &salt)?;
        let created = now.replace_nanosecond(0).unwrap_or(now);
        let mut file = Self { registry, created, public: key.public, cost, salt, sealed: Sealed { nonce: [0; 24], text: Vec::new() } };
        file.sealed = sealing::seal(&wrapping, &file.context(), key.private.expose(), entropy)?;
        write_new_atomically(path, FileMode::Private, false, file.to_text().as_bytes()).map_err(|error| file_error(&error))?;
        match Self::open(path, passphrase) {
            Ok(back) if back.public == key.public => Ok(key.public),
            outcome => {
                let removed = fs::remove_file(path);
                let damaged = RecoveryError::Damaged { what: "what was just written reads back differently" };
                Err(outcome.err().or_else(|| removed.err().map(|error| io_error(&error))).unwrap_or(damaged))
            }
        }
    }

    /// Reads a recovery file without opening it.
    ///
    /// # Errors
    /// [`RecoveryError::NotARecoveryFile`], [`RecoveryError::Newer`], [`RecoveryError::Damaged`], [`RecoveryError::CostRefused`], [`RecoveryError::Io`].
    pub fn read(path: &Path) -> Result<Self, RecoveryError> {
        let mut bytes = Vec::new();
        open_to_read(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(|error| io_error(&error))?;
        let text = std::str::from_utf8(&bytes).ok().filter(|_| bytes.len() as u64 <= LARGEST).ok_or(RecoveryError::NotARecoveryFile)?;
        Self::from_text(text)
    }

    /// Opens a recovery file with its passphrase.
    ///
    /// # Errors
    /// As [`RecoveryFile::read`], and [`RecoveryError::WrongPassphrase`].
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<RecoveryKey, RecoveryError> {
        Self::read(path)?.unseal(passphrase)
    }

    /// Opens the file, tells whose it is and forgets the key again: for the drill, and against the registry's public half.
    ///
    /// # Errors
    /// As [`RecoveryFile::open`].
    pub fn test(path: &Path, passphrase: &Passphrase) -> Result<RecoveryPublicKey, RecoveryError> {
        Self::open(path, passphrase).map(|key| key.public)
    }

    /// Opens the file that was read.
    ///
    /// # Errors
    /// [`RecoveryError::WrongPassphrase`], or [`RecoveryError::Damaged`] when the two halves of the key do not belong together.
    pub fn unseal(&self, passphrase: &Passphrase) -> Result<RecoveryKey, RecoveryError> {
        let wrapping = self.cost.derive(passphrase, &self.salt)?;
        let private = sealing::open(&wrapping, &self.context(), &self.sealed).ok_or(RecoveryError::WrongPassphrase)?;
        let key = RecoveryKey::from_private(SecretBytes::new(private.to_vec()));
        key.filter(|key| key.public == self.public).ok_or(RecoveryError::Damaged { what: "key" })
    }

    /// Returns the id of the registry that the file was made for.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns when the file was made.
    #[must_use]
    pub fn created(&self) -> OffsetDateTime {
        self.created
    }

    /// Returns the public half.
    #[must_use]
    pub fn public(&self) -> &RecoveryPublicKey {
        &self.public
    }

    /// What is authenticated with the sealed key.
    fn context(&self) -> Vec<u8> {
        format!("{TITLE}\n{}\n{}\n{}\n", self.registry, URL_SAFE_NO_PAD.encode(self.public.0), cost_text(self.cost)).into_bytes()
    }

    fn to_text(&self) -> String {
        let created = self.created.format(&Rfc3339).unwrap_or_default();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let fields = format!(
            "registry: {}\ncreated: {created}\npublic-key: {}\nkdf: {}\nsalt: {}\nnonce: {}\nsealed: {}\n",
            self.registry,
            encode(&self.public.0),
            cost_text(self.cost),
            encode(&self.salt),
            encode(&self.sealed.nonce),
            encode(&self.sealed.text),
        );
        format!("{TITLE}\n{NOTE}{fields}checksum: {}\n", hex::encode(digest(&SHA256, fields.as_bytes())))
    }

    fn from_text(text: &str) -> Result<Self, RecoveryError> {
        // Mail and editors change line ends and add spaces behind; neither is part of a value.
        let mut lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some(TITLE) => {}
            Some(line) => match line.strip_prefix(TITLE_STEM) {
                Some(version) if version.parse::<u32>().is_ok() => return Err(RecoveryError::Newer { version: version.to_owned() }),
                _ => return Err(RecoveryError::NotARecoveryFile),
            },
            None => return Err(RecoveryError::NotARecoveryFile),
        }
        let mut fields = String::new();
        let mut next = |name: &'static str| {
            let line = lines.next().ok_or(RecoveryError::Damaged { what: name })?;
            let value = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).ok_or(RecoveryError::Damaged { what: name })?;
            let stated = (name == "checksum").then(|| hex::encode(digest(&SHA256, fields.as_bytes())));
            fields.push_str(line);
            fields.push('\n');
            if stated.is_some_and(|sum| sum != value) { Err(RecoveryError::Damaged { what: name }) } else { Ok(value) }
        };
        let (registry, created, public) = (next("registry")?, next("created")?, next("public-key")?);
        let (kdf, salt, nonce, sealed, _) = (next("kdf")?, next("salt")?, next("nonce")?, next("sealed")?, next("checksum")?);
        let decode = |text: &str, what: &'static str| URL_SAFE_NO_PAD.decode(text).map_err(|_| RecoveryError::Damaged { what });
        Ok(Self {
            registry: registry.to_owned(),
            created: OffsetDateTime::parse(created, &Rfc3339).map_err(|_| RecoveryError::Damaged { what: "created" })?,
            public: RecoveryPublicKey::from_slice(&decode(public, "public-key")?).ok_or(RecoveryError::Damaged { what: "public-key" })?,
            cost: cost_from_text(kdf)?,
            salt: decode(salt, "salt")?,
            sealed: Sealed {
                nonce: decode(nonce, "nonce")?.try_into().map_err(|_| RecoveryError::Damaged { what: "nonce" })?,
                text: decode(sealed, "sealed")?,
            },
        })
    }
}

pub(super) fn cost_text(cost: KdfCost) -> String {
    format!("argon2id m={} t={} p={}", cost.memory_kib(), cost.passes(), cost.lanes())
}

pub(super) fn cost_from_text(text: &str) -> Result<KdfCost, RecoveryError> {
    let number =
        |text: Option<&str>, prefix: &str| text.and_then(|text| text.strip_prefix(prefix)).and_then(|number| number.parse::<u32>().ok());
    let mut parts = text.split(' ');
    match (parts.next(), number(parts.next(), "m="), number(parts.next(), "t="), number(parts.next(), "p="), parts.next()) {
        (Some("argon2id"), Some(memory_kib), Some(passes), Some(lanes), None) => Ok(KdfCost::new(memory_kib, passes, lanes)?),
        _ => Err(RecoveryError::Damaged { what: "kdf" }),
    }
}

fn io_error(error: &io::Error) -> RecoveryError {
    RecoveryError::Io { kind: error.kind(), cause: error.to_string() }
}

fn file_error(error: &FileError) -> RecoveryError {
    match error {
        FileError::AlreadyExists { .. } => RecoveryError::AlreadyExists,
        error => RecoveryError::Io { kind: error.io_kind(), cause: error.to_string() },
    }
}

#[cfg(test)]
mod tests;
