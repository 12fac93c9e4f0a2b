//! A file that is looked at without being taken in: every object in it, and whether the registry has it already.

use std::fs::File;
use std::io::{self, Read as _};

use authority::import::LARGEST_FILE;
use authority::in_use::open_to_read;
use authority::opened_crl::crl_on_record;
use authority::pki::encoding::{Found, Object, ObjectError, Password, recognise};
use authority::pki::preflight::lint_crl;
use authority::pki::{Fingerprint, PrivateKey};
use authority::registry::{DatabaseFile, KeyLocation, KeyState, Read, RegistryError};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::certificate_commands::detail;
use super::issuing_commands::request_view;
use super::{Surface, certificate_view, crl_commands, narrow};
use crate::request::{CrlShow, FileShow};
use crate::text::FilePath;
use crate::view::{CrlView, ImportCounts, OpenedFile, OpenedKey, OpenedObject};
use crate::words;
use crate::{ApiError, ErrorCode};

/// Objects of a page, if nobody says.
const USUAL_PAGE: u32 = 50;
/// Most objects of a page.
const LARGEST_PAGE: u32 = 200;
/// So much of a file tells a database.
const HEADER: u64 = 100;

/// What a file is, before anything in it is read.
enum Content {
    Octets(Zeroizing<Vec<u8>>),
    /// Larger than what is held in memory.
    TooLarge,
    Whole(&'static str),
}

impl Surface {
    /// Shows what a file or a text holds. Nothing is taken in, and no registry has to be open.
    ///
    /// # Errors
    /// When there is neither or both, the file is not there, empty, cannot be read or is too large, or the cursor cannot be read.
    pub fn file_show(&self, request: FileShow) -> Result<OpenedFile, ApiError> {
        let octets = match (&request.path, &request.text) {
            (Some(path), None) => match content(path)? {
                Content::Octets(octets) => octets,
                Content::TooLarge => return self.large_crl(path),
                Content::Whole(holds) => return Ok(OpenedFile::of(holds)),
            },
            (None, Some(text)) => Zeroizing::new(text.as_bytes().to_vec()),
            _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a file or a text is shown")),
        };
        let passwords: Vec<Password> = request.passwords.iter().map(|password| Password::new(password.expose().to_owned())).collect();
        let found = recognise(&octets, &passwords).found;
        if found.is_empty() {
            return Ok(OpenedFile::of("nothing"));
        }
        self.page(found, &request)
    }

    fn page(&self, found: Vec<Found>, request: &FileShow) -> Result<OpenedFile, ApiError> {
        let bad = |text: &str| ApiError::new(ErrorCode::BadCursor).with("cursor", text);
        let first = match request.after.as_deref() {
            Some(text) => text.parse::<usize>().map_err(|_| bad(text))?,
            None => 0,
        };
        let limit = usize::try_from(request.limit.unwrap_or(USUAL_PAGE).clamp(1, LARGEST_PAGE)).unwrap_or(usize::MAX);
        let end = first.saturating_add(limit);
        let mut file = OpenedFile { total: narrow(found.len()), ..OpenedFile::of("objects") };
        for one in &found {
            match &one.object {
                Ok(Object::Certificate(_)) => file.found.certificates += 1,
                Ok(Object::Request(_)) => file.found.requests += 1,
                Ok(Object::Crl(_)) => file.found.crls += 1,
                Ok(Object::PrivateKey(_)) => file.found.keys += 1,
                Err(ObjectError::PasswordNeeded | ObjectError::WrongPassword) => file.locked += 1,
                Err(_) => {}
            }
        }
        file.next = (end < found.len()).then(|| end.to_string());
        file.items = match self.current() {
            Some(session) => session.registry().read(|tx| self.objects(&found, first, limit, Some(tx)))?,
            None => self.objects(&found, first, limit, None)?,
        };
        Ok(file)
    }

    fn objects(&self, found: &[Found], first: usize, limit: usize, tx: Option<&Read<'_>>) -> Result<Vec<OpenedObject>, ApiError> {
        let now = self.host.forces.clock.now();
        found.iter().skip(first).take(limit).map(|one| self.object(one, found, tx, now)).collect()
    }

    fn object(&self, one: &Found, beside: &[Found], tx: Option<&Read<'_>>, now: OffsetDateTime) -> Result<OpenedObject, ApiError> {
        let mut object = OpenedObject::at(&one.label);
        match &one.object {
            Ok(Object::Certificate(certificate)) => {
                let row = tx.map(|tx| tx.certificate_by_fingerprint(&certificate.fingerprint())).transpose()?.flatten();
                let view = match (tx, &row) {
                    // What the registry knows of it counts: it may have been revoked meanwhile.
                    (Some(tx), Some(row)) => certificate_view::of_row(tx, row, now)?,
                    _ => certificate_view::of_certificate(certificate, now),
                };
                object.is("certificate", row.map(|row| row.id.to_string()));
                object.certificate = Some(detail(certificate, view, None));
            }
            Ok(Object::Request(request)) => {
                let row = tx.map(|tx| tx.request_by_fingerprint(&Fingerprint::of(request.der()))).transpose()?.flatten();
                object.is("request", row.map(|row| row.id.to_string()));
                object.request = Some(request_view(request));
            }
            Ok(Object::Crl(crl)) => {
                let view = CrlView {
                    findings: certificate_view::findings(&lint_crl(crl, None)),
                    ..crl_commands::view(crl, self.signature_of(crl)?)
                };
                object.is("crl", tx.map(|tx| crl_on_record(tx, crl)).transpose()?.flatten().map(|authority| authority.to_string()));
                object.crl = Some(view);
            }
            Ok(Object::PrivateKey(key)) => {
                object.is("key", None);
                object.known = tx.map(|tx| is_held(tx, key)).transpose()?.unwrap_or(false);
                object.key = Some(key_view(key, beside, tx)?);
            }
            Err(error) => {
                object.locked = matches!(error, ObjectError::PasswordNeeded | ObjectError::WrongPassword);
                object.tried = matches!(error, ObjectError::WrongPassword);
                let code = if object.locked { "password-wanted" } else { error.code() };
                object.problem = Some(words::import_refusal(code, &[("cause", error.to_string())]));
            }
        }
        Ok(object)
    }

    /// What is too large to be held can still be a CRL, which is read as it passes.
    fn large_crl(&self, path: &FilePath) -> Result<OpenedFile, ApiError> {
        let too_large = || {
            let limit = words::import_refusal("file-too-large", &[("limit", LARGEST_FILE.to_string())]);
            ApiError::new(ErrorCode::LimitExceeded).with("path", &path.0).with("problem", limit)
        };
        let asked = CrlShow { path: Some(path.clone()), ..CrlShow::default() };
        let view = self.crl_passing(path, &asked).ok().flatten().ok_or_else(too_large)?;
        let mut object = OpenedObject::at("");
        object.is("crl", None);
        object.crl = Some(view);
        let found = ImportCounts { crls: 1, ..ImportCounts::default() };
        Ok(OpenedFile { found, total: 1, items: vec![object], ..OpenedFile::of("objects") })
    }
}

impl OpenedFile {
    fn of(holds: &str) -> Self {
        Self { holds: holds.to_owned(), found: ImportCounts::default(), locked: 0, items: Vec::new(), next: None, total: 0 }
    }
}

impl OpenedObject {
    fn at(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            kind: "unknown".to_owned(),
            known: false,
            id: None,
            problem: None,
            locked: false,
            tried: false,
            certificate: None,
            request: None,
            crl: None,
            key: None,
        }
    }

    fn is(&mut self, kind: &str, id: Option<String>) {
        kind.clone_into(&mut self.kind);
        self.known = id.is_some();
        self.id = id;
    }
}

fn content(path: &FilePath) -> Result<Content, ApiError> {
    let shown = path.as_path();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ApiError::new(ErrorCode::FileNotFound).with("path", &path.0),
        _ => ApiError::new(ErrorCode::Io).with("path", &path.0).with("problem", &error).because(error),
    };
    let about = std::fs::metadata(shown).map_err(failed)?;
    if about.is_dir() {
        return Ok(Content::Whole("folder"));
    }
    // Before it is opened: a pipe that nobody writes to would not open.
    if !about.is_file() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file")));
    }
    let mut file = match open_to_read(shown) {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Ok(Content::Whole("open-registry")),
        opened => opened.map_err(failed)?,
    };
    let header = some_of(&mut file, HEADER).map_err(failed)?;
    match DatabaseFile::of_header(&header) {
        Some(DatabaseFile::Registry) => return Ok(Content::Whole("registry")),
        Some(DatabaseFile::Foreign) => return Ok(Content::Whole("database")),
        None => {}
    }
    if header.is_empty() {
        return Err(ApiError::new(ErrorCode::FileEmpty).with("path", &path.0));
    }
    if about.len() > LARGEST_FILE {
        return Ok(Content::TooLarge);
    }
    let mut octets = header;
    // The file may grow while it is read.
    file.take(LARGEST_FILE).read_to_end(&mut octets).map_err(failed)?;
    Ok(Content::Octets(octets))
}

fn some_of(file: &mut File, octets: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::new());
    file.by_ref().take(octets).read_to_end(&mut read)?;
    Ok(read)
}

/// Whether the registry has the private key: an authority's in its keystore, or a certificate's, sealed.
fn is_held(tx: &Read<'_>, key: &PrivateKey) -> Result<bool, RegistryError> {
    let row = tx.key_by_fingerprint(&key.public_key().fingerprint())?;
    Ok(row.is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere))
}

fn key_view(key: &PrivateKey, beside: &[Found], tx: Option<&Read<'_>>) -> Result<OpenedKey, RegistryError> {
    let public = key.public_key();
    let of_key = |found: &&Found| matches!(&found.object, Ok(Object::Certificate(certificate)) if certificate.public_key() == public);
    let name = |found: &Found| match &found.object {
        Ok(Object::Certificate(certificate)) => Some(certificate.display_name()),
        _ => None,
    };
    let mut certificate = beside.iter().find(of_key).and_then(name);
    if let (None, Some(tx)) = (&certificate, tx) {
        certificate = tx.certificates_of_key(&public.fingerprint())?.first().map(|row| row.facts.display_name.clone());
    }
    Ok(OpenedKey { kind: public.algorithm().kind(), fingerprint: public.fingerprint().to_string(), certificate })
}
