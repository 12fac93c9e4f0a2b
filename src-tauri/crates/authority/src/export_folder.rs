//! Hands an authority over as the folder that another tool goes on from: that of `openssl ca`, or the `pki` folder of easy-rsa 3.
//!
//! The folder is there whole or not at all. Certificates pass through one at a time, in one read transaction, so that index, files and CRL tell of one
//! moment. Keys go sealed under a password, and every one that goes has its row in the log before the first octet is written (invariant 16). The
//! authority stays in the registry; who signs in both places will use a CRL number twice, which the result says.

mod easy_rsa;
mod filling;
mod keys;
mod openssl;

use std::path::{Path, PathBuf};

use pki::Certificate;
use pki::crl::{CrlNumber, CrlNumberError};
use pki::encoding::{Password, pem};
use pki::foreign::openssl_number::{write_crl_number, write_serial};
use pki::revocation::RevocationReason;
use pki::serial::SerialNumber;
use serde_json::json;
use time::OffsetDateTime;

use crate::clock::EntropyError;
use crate::export_key::ExportKeyError;
use crate::file::{FileError, FileMode};
use crate::issuer::current_certificate;
use crate::registry::{AuthorityId, AuthorityRow, CertificateRow, CrlKind, GenerationRow, Read, RegistryError, WHOLE};
use crate::secret::Passphrase;
use crate::session::{Session, random};
use crate::staged_folder::{StagedFolder, vacant};
use crate::watch::Watch;

use filling::Filling;
use keys::{DepartingKeys, KeyFile};

/// Notes that are kept; the others are counted.
const MOST_NOTES: usize = 200;

/// Whose folder it becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderForm {
    /// That of `openssl ca`.
    OpensslIndex,
    /// The `pki` folder of easy-rsa 3.
    EasyRsa,
}

impl FolderForm {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::OpensslIndex, Self::EasyRsa];

    /// Its name on the command line: `openssl-index`, `easy-rsa`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpensslIndex => "openssl-index",
            Self::EasyRsa => "easy-rsa",
        }
    }
}

/// What has to be said before keys go with the folder.
#[derive(Debug)]
pub struct FolderKeys {
    /// Seals every key.
    pub password: Password,
    /// Why, for the record. Must not be blank.
    pub reason: String,
    /// The passphrase that the guard asks for.
    pub passphrase: Option<Passphrase>,
    /// The name of the authority's certificate, typed, where the guard asks for it.
    pub confirmation: Option<String>,
}

/// Which authority shall be handed over, as what, and where.
#[derive(Debug)]
pub struct FolderExport {
    /// The authority.
    pub authority: AuthorityId,
    /// Whose folder it becomes.
    pub form: FolderForm,
    /// The folder itself: nothing is there yet, or it is empty.
    pub out: PathBuf,
    /// The keys with it; without, the folder has none.
    pub keys: Option<FolderKeys>,
}

/// What the other tool has no place for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderNote {
    /// Another certificate of the same serial stands there already: an index has one line for each.
    SerialShared {
        /// What the certificate is called.
        name: String,
    },
    /// `openssl ca` refuses an index with this reason, so it stands there without one.
    ReasonLost(RevocationReason),
    /// The day since when the certificate was not to be trusted.
    InvalidityDateLost(OffsetDateTime),
    /// What to do about a hold.
    HoldInstructionLost(String),
}

/// What was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderExported {
    /// The folder.
    pub folder: PathBuf,
    /// Certificates in it, besides the authority's own.
    pub certificates: u64,
    /// Revocations in the index.
    pub revocations: u64,
    /// Those of them whose certificate nobody here has.
    pub unknown_serials: u64,
    /// Private keys in it, the authority's own with them.
    pub keys: u64,
    /// The number that the first CRL from there will have.
    pub next_crl_number: CrlNumber,
    /// What had no place, by serial: the first two hundred.
    pub notes: Vec<(SerialNumber, FolderNote)>,
    /// How many had none.
    pub notes_in_all: u64,
}

/// An authority was not handed over; nothing is at its place.
#[derive(Debug, thiserror::Error)]
pub enum ExportFolderError {
    /// The authority waits for its certificate.
    #[error("{name} waits for its certificate")]
    AwaitsCertificate {
        /// Its name.
        name: String,
    },
    /// The registry was restored, and a newer CRL may have been published than it knows: the next number is not known.
    #[error("the newest CRL of {name} is awaited")]
    AwaitsCrl {
        /// Its name.
        name: String,
    },
    /// A key may not go, or the guard was not satisfied.
    #[error(transparent)]
    Key(#[from] ExportKeyError),
    /// There is no CRL number left.
    #[error(transparent)]
    Number(#[from] CrlNumberError),
    /// Somebody stopped it.
    #[error("stopped")]
    Cancelled,
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A file could not be written, or something is in the way.
    #[error(transparent)]
    File(#[from] FileError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The authority as it is handed over.
struct Parting {
    authority: AuthorityRow,
    generation: GenerationRow,
    certificate_row: CertificateRow,
    certificate: Certificate,
    next_crl_number: CrlNumber,
}

impl Parting {
    fn read(tx: &Read<'_>, id: AuthorityId) -> Result<Self, ExportFolderError> {
        let missing = |table| RegistryError::Missing { table, row: id.to_string() };
        let authority = tx.authority(id)?.ok_or_else(|| missing("authorities"))?;
        let awaits = || ExportFolderError::AwaitsCertificate { name: authority.name.clone() };
        let generation = tx.current_generation(id)?.ok_or_else(awaits)?;
        let key = tx.key(generation.generation.key)?.ok_or_else(|| missing("keys"))?;
        let (certificate_row, certificate) = current_certificate(tx, &key)?.ok_or_else(awaits)?;
        if tx.awaits_crl(generation.generation.id)? {
            return Err(ExportFolderError::AwaitsCrl { name: authority.name });
        }
        let next_crl_number = match tx.highest_crl_number(generation.generation.id)? {
            Some(highest) => highest.next()?,
            None => CrlNumber::from_u64(1),
        };
        Ok(Self { authority, generation, certificate_row, certificate, next_crl_number })
    }
}

impl Session {
    /// Hands an authority over as a folder, with or without keys. Long for many certificates; `watch` hears how many of how many are done.
    ///
    /// # Errors
    /// See [`ExportFolderError`]. When it failed after keys were said to leave, the log says that they did not.
    pub fn export_folder(&self, export: FolderExport, watch: &dyn Watch) -> Result<FolderExported, ExportFolderError> {
        let FolderExport { authority, form, out, keys } = export;
        let parting = self.registry().read(|tx| Parting::read(tx, authority))?;
        let staged = StagedFolder::begin(&out)?;
        let keys = match keys {
            Some(keys) => Some(self.depart_with_folder(keys, &parting, name_of(&out))?),
            None => None,
        };
        let written = self.write_folder(form, &parting, staged, keys.as_ref(), watch);
        if let (Err(error), Some(keys)) = (&written, &keys)
            && vacant(&out).is_ok()
        {
            // What the folder failed of is told; that the keys stayed is for the log. Where the folder has its name and only the row about it could not be
            // committed, they did not stay.
            if let Err(unsaid) = self.keys_stayed(keys) {
                tracing::warn!(%error, %unsaid, "that no key has left could not be put into the audit log");
            }
        }
        written
    }

    fn write_folder(
        &self,
        form: FolderForm,
        parting: &Parting,
        staged: StagedFolder,
        keys: Option<&DepartingKeys>,
        watch: &dyn Watch,
    ) -> Result<FolderExported, ExportFolderError> {
        let mut report = FolderExported {
            folder: staged.out().to_owned(),
            certificates: 0,
            revocations: 0,
            unknown_serials: 0,
            keys: 0,
            next_crl_number: parting.next_crl_number.clone(),
            notes: Vec::new(),
            notes_in_all: 0,
        };
        match form {
            FolderForm::OpensslIndex => openssl::frame(&staged, parting)?,
            FolderForm::EasyRsa => easy_rsa::frame(&staged, parting)?,
        }
        let next_serial = SerialNumber::from_entropy(random(self.host().entropy.as_ref())?);
        staged.write("serial", FileMode::Public, write_serial(&next_serial).as_bytes())?;
        staged.write("crlnumber", FileMode::Public, write_crl_number(&parting.next_crl_number).as_bytes())?;
        staged.write("index.txt.attr", FileMode::Public, b"unique_subject = no\n")?;
        staged.write("ca.crt", FileMode::Public, parting.certificate.pem().as_bytes())?;
        if let Some(keys) = keys {
            staged.write("private/ca.key", FileMode::Private, &keys.authority)?;
            report.keys += 1;
        }
        self.registry().read(|tx| {
            write_crl(tx, parting, &staged)?;
            let key_file = |row: &CertificateRow| keys.map_or(Ok(None), |keys| self.key_file(tx, keys, row));
            Filling::new(&staged, form, parting, self.now(), watch, &key_file)?.run(tx, &mut report)
        })?;
        staged.sync()?;
        if watch.cancelled() {
            return Err(ExportFolderError::Cancelled);
        }
        if self.registry().read_only() {
            staged.place()?;
            return Ok(report);
        }
        let event = self.event(
            "authority.exported",
            &parting.authority.id.to_string(),
            json!({
                "name": parting.authority.name, "form": form.as_str(), "to": name_of(staged.out()), "certificates": report.certificates,
                "revocations": report.revocations, "keys": report.keys, "nextCrlNumber": report.next_crl_number.to_string(),
            }),
        );
        self.change(|tx| {
            tx.append_audit(&event)?;
            staged.place()?;
            Ok::<_, ExportFolderError>(())
        })?;
        Ok(report)
    }
}

/// The newest whole CRL, where its octets are kept.
fn write_crl(tx: &Read<'_>, parting: &Parting, staged: &StagedFolder) -> Result<(), ExportFolderError> {
    let Some(newest) = tx.newest_crl(parting.generation.generation.id, CrlKind::Base, WHOLE)? else { return Ok(()) };
    let mut der = Vec::new();
    let kept = tx.crl_der::<RegistryError>(newest.id, |piece| {
        der.extend_from_slice(piece);
        Ok(())
    })?;
    if kept {
        staged.write("crl.pem", FileMode::Public, pem::encode("X509 CRL", &der).as_bytes())?;
    }
    Ok(())
}

fn name_of(out: &Path) -> String {
    out.file_name().unwrap_or(out.as_os_str()).to_string_lossy().into_owned()
}
