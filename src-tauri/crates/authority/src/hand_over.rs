//! Hands a certificate and its key over: to one file, to a folder, or to a stream. Key material is 0600 from its creation (invariant 20).

use std::io::Write;
use std::path::{Path, PathBuf};

use pki::Certificate;
use pki::encoding::{EncodeError, Password, pkcs8_encrypt_pem, pkcs8_pem, pkcs12_encode};
use zeroize::Zeroizing;

use crate::file::{FileError, FileMode, folder_of, write_new_atomically};
use crate::file_name;
use crate::issue::Issued;
use crate::leftovers;
use crate::out_folder::OutFolder;

/// How certificate and key are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// PEM: certificate, then key.
    Pem,
    /// PKCS#12 with the chain.
    Pkcs12,
}

/// How the key is protected.
#[derive(Debug)]
pub enum Protection {
    /// Sealed under a password.
    Password(Password),
    /// Plain, on purpose.
    Plain,
    /// Nobody said.
    Unsaid,
}

/// Where and how things go.
#[derive(Debug)]
pub struct HandOver {
    /// A file (a name with an extension), else a folder.
    pub out: PathBuf,
    /// The form.
    pub form: Form,
    /// The key's protection.
    pub protection: Protection,
    /// Whether existing files are replaced.
    pub overwrite: bool,
}

/// What a written file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// One certificate, and its key when one was made.
    Certificate,
    /// The certificate and its issuers without the root.
    Chain,
    /// A private key.
    Key,
    /// Certificate, key and chain.
    Pkcs12,
}

/// A certificate could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum HandOverError {
    /// A key would leave without protection, and nobody asked for that.
    #[error("a password, or the wish for a plain key, is needed")]
    ProtectionUnsaid,
    /// PKCS#12 without a key makes no sense here.
    #[error("a PKCS#12 file holds a key, and none was made")]
    NoKey,
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key or its container could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A stream could not be written.
    #[error("the output could not be written")]
    Stream(#[source] std::io::Error),
}

impl HandOver {
    /// Whether `out` is one file rather than a folder: a name with an extension that is no folder already.
    fn one_file(&self) -> bool {
        self.out.extension().is_some() && !self.out.is_dir()
    }

    /// Finds out before anything is signed whether this can work: protection said, place writable, nothing in the way that may not be replaced. The
    /// folder that was made for it goes again with the answer, unless something was written by then.
    ///
    /// # Errors
    /// What would stop [`HandOver::write`].
    pub fn check(&self, makes_key: bool, preview: &Certificate) -> Result<Option<OutFolder>, HandOverError> {
        self.check_protection(makes_key)?;
        let files = if self.one_file() { vec![self.out.clone()] } else { self.folder_files(&stem_of(preview), makes_key) };
        if let Some(path) = files.iter().find(|path| !self.overwrite && path.symlink_metadata().is_ok()) {
            return Err(FileError::AlreadyExists { path: path.clone() }.into());
        }
        let folder = if self.one_file() { folder_of(&self.out) } else { &self.out };
        let made = if self.one_file() { None } else { Some(OutFolder::make(folder)?) };
        leftovers::probe(folder).map_err(|error| FileError::from_io(&self.out, error))?;
        Ok(made)
    }

    /// As [`HandOver::check`], for what goes to a stream.
    ///
    /// # Errors
    /// When nobody said how the key is protected, or the form does not fit.
    pub fn check_stream(&self, makes_key: bool) -> Result<(), HandOverError> {
        self.check_protection(makes_key)
    }

    fn check_protection(&self, makes_key: bool) -> Result<(), HandOverError> {
        if makes_key && matches!(self.protection, Protection::Unsaid) {
            return Err(HandOverError::ProtectionUnsaid);
        }
        if self.form == Form::Pkcs12 && !makes_key {
            return Err(HandOverError::NoKey);
        }
        Ok(())
    }

    fn folder_files(&self, stem: &str, makes_key: bool) -> Vec<PathBuf> {
        let endings: &[&str] = match (self.form, makes_key) {
            (Form::Pkcs12, _) => &["p12"],
            (Form::Pem, true) => &["crt", "chain.pem", "key"],
            (Form::Pem, false) => &["crt", "chain.pem"],
        };
        endings.iter().map(|ending| self.out.join(format!("{stem}.{ending}"))).collect()
    }

    /// Writes what was issued. `chain` goes from the issuer up to, and without, the root.
    ///
    /// # Errors
    /// When a file is in the way or cannot be written; files written before it stay.
    pub fn write(&self, issued: &Issued, chain: &[Certificate]) -> Result<Vec<(PathBuf, Holds)>, HandOverError> {
        self.check_protection(issued.key.is_some())?;
        if self.one_file() {
            let holds = if self.form == Form::Pkcs12 { Holds::Pkcs12 } else { Holds::Certificate };
            let mode = if issued.key.is_some() { FileMode::Private } else { FileMode::Public };
            self.put(&self.out, mode, &self.one_blob(issued, chain)?)?;
            return Ok(vec![(self.out.clone(), holds)]);
        }
        let _made = OutFolder::make(&self.out)?;
        let stem = stem_of(&issued.certificate);
        let mut written = Vec::new();
        if self.form == Form::Pkcs12 {
            let path = self.out.join(format!("{stem}.p12"));
            self.put(&path, FileMode::Private, &self.one_blob(issued, chain)?)?;
            written.push((path, Holds::Pkcs12));
            return Ok(written);
        }
        // The key first: it is the one thing that exists nowhere else.
        if let Some(key) = self.key_pem(issued)? {
            let path = self.out.join(format!("{stem}.key"));
            self.put(&path, FileMode::Private, key.as_bytes())?;
            written.push((path, Holds::Key));
        }
        let path = self.out.join(format!("{stem}.crt"));
        self.put(&path, FileMode::Public, issued.certificate.pem().as_bytes())?;
        written.push((path, Holds::Certificate));
        let path = self.out.join(format!("{stem}.chain.pem"));
        let text: String = std::iter::once(&issued.certificate).chain(chain).map(Certificate::pem).collect();
        self.put(&path, FileMode::Public, text.as_bytes())?;
        written.push((path, Holds::Chain));
        Ok(written)
    }

    /// Writes what was issued to a stream instead, in the form of one file.
    ///
    /// # Errors
    /// When the stream does not take it.
    pub fn stream(&self, issued: &Issued, chain: &[Certificate], out: &mut dyn Write) -> Result<(), HandOverError> {
        self.check_protection(issued.key.is_some())?;
        let blob = self.one_blob(issued, chain)?;
        out.write_all(&blob).and_then(|()| out.flush()).map_err(HandOverError::Stream)
    }

    fn one_blob(&self, issued: &Issued, chain: &[Certificate]) -> Result<Zeroizing<Vec<u8>>, HandOverError> {
        match (self.form, &issued.key, &self.protection) {
            (Form::Pkcs12, Some(key), protection) => {
                let empty = Password::new(String::new());
                let password = if let Protection::Password(password) = protection { password } else { &empty };
                Ok(pkcs12_encode(key, &issued.certificate, chain, &issued.certificate.display_name(), password)?)
            }
            (Form::Pkcs12, None, _) => Err(HandOverError::NoKey),
            (Form::Pem, ..) => {
                let mut text = Zeroizing::new(issued.certificate.pem());
                if let Some(key) = self.key_pem(issued)? {
                    text = Zeroizing::new([text.as_str(), key.as_str()].concat());
                }
                Ok(Zeroizing::new(text.as_bytes().to_vec()))
            }
        }
    }

    fn key_pem(&self, issued: &Issued) -> Result<Option<Zeroizing<String>>, HandOverError> {
        let Some(key) = &issued.key else { return Ok(None) };
        Ok(Some(match &self.protection {
            Protection::Password(password) => pkcs8_encrypt_pem(key, password)?,
            Protection::Plain => pkcs8_pem(key),
            Protection::Unsaid => return Err(HandOverError::ProtectionUnsaid),
        }))
    }

    fn put(&self, path: &Path, mode: FileMode, bytes: &[u8]) -> Result<(), HandOverError> {
        Ok(write_new_atomically(path, mode, self.overwrite, bytes)?)
    }
}

/// The stem of a certificate's files: the first name, else the CN, else the serial, sanitised.
pub fn stem_of(certificate: &Certificate) -> String {
    let name = certificate.names().first().map(pki::GeneralName::value);
    let name = name.or_else(|| certificate.subject().common_name()).unwrap_or_else(|| certificate.serial().to_string());
    file_name::stem(&name, &certificate.fingerprint())
}
