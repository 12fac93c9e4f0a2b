//! A CRL in a file, of any size: read as it passes, never held.

use std::fs::File;
use std::io;

use authority::in_use::open_to_read;
use authority::pki::RevocationReason;
use authority::pki::SerialNumber;
use authority::pki::crl::{CrlSummary, CrlWalk, CrlWalkError, EntryError, PassingEntry, RevokedEntry};
use authority::pki::preflight::{EntryLints, lint_passed_crl};

use super::certificate_view::findings;
use super::crl_commands::{LARGEST_PAGE, PAGE, number_text, verdict};
use super::{Surface, narrow};
use crate::request::CrlShow;
use crate::text::{FilePath, time_text};
use crate::view::CrlView;
use crate::{ApiError, ErrorCode};

/// A file up to this size that the strict reader does not take is read once more by the lenient one, which holds it: PKCS#7 around a list, lengths that
/// are not minimal.
const HELD: u64 = 16 << 20;

/// Why a walk over a file did not come to its end.
enum Stopped {
    /// The list cannot be read that way.
    Walk(CrlWalkError),
    /// What was asked for is wrong.
    Asked(ApiError),
}

impl From<CrlWalkError> for Stopped {
    fn from(error: CrlWalkError) -> Self {
        Self::Walk(error)
    }
}

impl From<ApiError> for Stopped {
    fn from(error: ApiError) -> Self {
        Self::Asked(error)
    }
}

/// What of its entries is wanted.
struct Wanted {
    serial: Option<SerialNumber>,
    entries: bool,
    limit: usize,
    after: Option<u64>,
}

impl Wanted {
    fn of(request: &CrlShow) -> Result<Self, ApiError> {
        let bad_serial = |text: &String| ApiError::new(ErrorCode::BadSerial).with("text", text);
        let bad_cursor = |text: &String| ApiError::new(ErrorCode::BadCursor).with("text", text);
        Ok(Self {
            serial: request.serial.as_ref().map(|text| SerialNumber::from_hex(text).map_err(|_| bad_serial(text))).transpose()?,
            entries: request.entries || request.after.is_some(),
            limit: usize::try_from(request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE)).unwrap_or(usize::MAX),
            after: request.after.as_ref().map(|text| text.parse().map_err(|_| bad_cursor(text))).transpose()?,
        })
    }
}

impl Surface {
    /// The CRL in a file; `None` where the lenient reader is to be asked.
    pub(super) fn crl_passing(&self, path: &FilePath, request: &CrlShow) -> Result<Option<CrlView>, ApiError> {
        let file = open(path)?;
        let size = file.metadata().map_or(u64::MAX, |metadata| metadata.len());
        if size == 0 {
            return Err(ApiError::new(ErrorCode::FileEmpty).with("path", &path.0));
        }
        match self.walk(file, &Wanted::of(request)?) {
            Ok(view) => Ok(Some(view)),
            Err(Stopped::Asked(error)) => Err(error),
            Err(Stopped::Walk(_)) if size <= HELD => Ok(None),
            Err(Stopped::Walk(error)) => Err(walk_error(&error, path)),
        }
    }

    fn walk(&self, file: File, wanted: &Wanted) -> Result<CrlView, Stopped> {
        let mut walk = CrlWalk::open(file)?;
        // The entries are judged with the first page, as a whole; who looks for one serial wants an answer.
        let mut lints = (wanted.serial.is_none() && wanted.after.is_none()).then(|| EntryLints::new(walk.this_update()));
        let (mut items, mut next) = (Vec::new(), None);
        let mut reached = wanted.after.is_none();
        while let Some(entry) = walk.next_entry()? {
            if let Some(lints) = &mut lints {
                lints.judge(entry.read());
            }
            match &wanted.serial {
                Some(serial) if entry.is_of(serial) => {
                    // The last one counts where a careless program wrote two.
                    items.clear();
                    items.push(revoked(&entry)?);
                }
                Some(_) => {}
                None if !wanted.entries => {}
                None => {
                    reached |= wanted.after == Some(entry.offset);
                    if reached && items.len() < wanted.limit {
                        items.push(revoked(&entry)?);
                    } else if reached && next.is_none() {
                        next = Some(entry.offset.to_string());
                    }
                }
            }
        }
        let summary = walk.finish()?;
        if let Some(after) = wanted.after.filter(|_| !reached) {
            return Err(ApiError::new(ErrorCode::BadCursor).with("text", after).into());
        }
        let mut view = summary_view(&summary, self.signature_of_passed(&summary)?);
        for entry in items {
            view.items.push(self.entry_view(summary.issuer(), summary.this_update(), &entry)?);
        }
        view.next = next;
        let lints = lints.unwrap_or_else(|| EntryLints::new(summary.this_update()));
        view.findings = findings(&lint_passed_crl(&summary, lints, None));
        Ok(view)
    }

    /// What the signature is worth: known issuers are tried.
    pub(super) fn signature_of_passed(&self, summary: &CrlSummary) -> Result<&'static str, ApiError> {
        let Some(session) = self.current() else { return Ok("unknown") };
        session.registry().read(|tx| {
            let mut best = "unknown";
            for row in tx.issuer_candidates(summary.issuer(), summary.authority_key_id())? {
                best = verdict(&summary.signed_by(tx.certificate_of(&row)?.public_key()));
                if best == "valid" {
                    break;
                }
            }
            Ok(best)
        })
    }
}

/// Opens a file that the user named. It is read more than once, and to its end: what is no regular file may have none.
pub(super) fn open(path: &FilePath) -> Result<File, ApiError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ApiError::new(ErrorCode::FileNotFound).with("path", &path.0),
        _ => ApiError::new(ErrorCode::Io).with("path", &path.0).with("problem", &error).because(error),
    };
    // Before it is opened: a pipe that nobody writes to would not open.
    if std::fs::metadata(path.as_path()).is_ok_and(|found| !found.is_file()) {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file")));
    }
    open_to_read(path.as_path()).map_err(failed)
}

fn revoked(entry: &PassingEntry<'_>) -> Result<RevokedEntry, ApiError> {
    let damaged = |error: EntryError| ApiError::new(ErrorCode::FileDamaged).with("problem", error);
    entry.read().and_then(|entry| entry.to_revoked()).map_err(damaged)
}

/// What is wrong with a CRL in a file.
pub(super) fn walk_error(error: &CrlWalkError, path: &FilePath) -> ApiError {
    let code = match error {
        CrlWalkError::CutOff { .. } => ErrorCode::FileTruncated,
        CrlWalkError::Input(error) if error.kind() == io::ErrorKind::UnexpectedEof => ErrorCode::FileTruncated,
        CrlWalkError::Input(error) if error.kind() != io::ErrorKind::InvalidData => ErrorCode::Io,
        CrlWalkError::TooLong { .. } => ErrorCode::LimitExceeded,
        _ => ErrorCode::FileDamaged,
    };
    ApiError::new(code).with("path", &path.0).with("problem", error).because(error)
}

/// RFC 5280's name of the reason; `unspecified` when none is written.
pub(super) fn reason_text(entry: &RevokedEntry) -> String {
    entry.reason.unwrap_or(RevocationReason::Unspecified).as_str().to_owned()
}

fn summary_view(summary: &CrlSummary, signature: &str) -> CrlView {
    CrlView {
        issuer: summary.issuer().rfc4514(),
        generation: None,
        earlier: Vec::new(),
        number: summary.number().map(number_text),
        this_update: time_text(summary.this_update()),
        next_update: summary.next_update().map(time_text),
        entries: narrow(usize::try_from(summary.entry_count()).unwrap_or(usize::MAX)),
        base: !summary.is_delta(),
        idp: summary.idp_der().map(|_| summary.idp_urls().join(", ")),
        signature: signature.to_owned(),
        sha256: summary.sha256().to_string(),
        size: summary.size(),
        items: Vec::new(),
        findings: Vec::new(),
        next: None,
    }
}
