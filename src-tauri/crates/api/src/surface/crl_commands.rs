//! CRLs: build, show, list, export, install.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use authority::crl_addresses::file_names;
use authority::pki::crl::{Crl, CrlNumber, RevokedEntry};
use authority::pki::encoding::{Object, recognise};
use authority::pki::{PublicKey, SerialNumber, SignatureVerdict, preflight};
use authority::registry::{AuthorityRow, CrlKind, CrlRow, CrlScope, GenerationRow, Read, RegistryError, WHOLE};
use authority::session::Session;
use authority::watch::Unwatched;

use super::certificate_view::findings;
use super::crl_engine::{build_missing_bases, delta_read_through, read_through};
use super::crl_entry_view::entry_text;
use super::reading::{object_error, read_file};
use super::tasks::Work;
use super::{Surface, named, narrow};
use crate::request::{CrlBuild, CrlDecline, CrlExport, CrlInstall, CrlShow, CrlsOf, Nothing};
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{CrlInstalled, CrlList, CrlNumberText, CrlSummary, CrlView, ExportView, FileWritten, RegistryStatus, Total};
use crate::{ApiError, ErrorCode};

/// Entries of a page when nobody says how many, and at most.
pub(super) const PAGE: u32 = 100;
/// A CRL with so many entries is built as a task.
const LONG_LIST: u64 = 50_000;
pub(super) const LARGEST_PAGE: u32 = 1000;
/// CRLs listed: two runs of an authority with 256 partitions and deltas fit, so that none of the newest is left out.
const LISTED: u32 = 1_100;
/// Above this a JSON number is no longer exact (RFC 8259 6).
const EXACT: u64 = 1 << 53;

/// A CRL number as it crosses.
pub(super) fn number_text(number: &CrlNumber) -> CrlNumberText {
    match number.as_u64() {
        Some(small) if small < EXACT => CrlNumberText::Small(small),
        _ => CrlNumberText::Large(number.to_string()),
    }
}

impl Surface {
    pub(super) fn try_crl_build(&self, request: CrlBuild) -> Result<CrlView, ApiError> {
        let session = self.session()?;
        let (_, first) = session.registry().read(|tx| named::generation(tx, &request.authority, request.generation))?;
        let mut earlier = if request.generation.is_some() { Vec::new() } else { answering(&session, &first)? };
        earlier.retain(|row| row.generation.id != first.generation.id);
        if request.delta {
            build_missing_bases(&session, &first, &earlier)?;
        }
        let mut built = self.build_one(&session, &request, &first)?;
        for row in &earlier {
            built.earlier.push(self.build_one(&session, &request, row)?);
        }
        Ok(built)
    }

    fn build_one(&self, session: &Arc<Session>, request: &CrlBuild, row: &GenerationRow) -> Result<CrlView, ApiError> {
        let next_update = request.next_update.as_deref().map(|text| time_in::read(text, DayEdge::Last)).transpose()?;
        let (authority, generation) = (row.generation.authority, Some(row.generation.id));
        let state = session.registry().read(|tx| tx.crl_state(row.generation.id))?;
        let entries = state.newest.map_or(0, |newest| newest.crl.entry_count);
        let (_, crl) = if request.delta {
            session.build_delta_crl(authority, generation, next_update, &Unwatched)?
        } else if entries < LONG_LIST {
            session.build_crl_watched(authority, generation, next_update, &Unwatched)?
        } else {
            let request = CrlBuild { generation: Some(row.generation.number), ..request.clone() };
            self.as_task(session, &Work::CrlBuild(&request), |watch| {
                Ok(session.build_crl_watched(authority, generation, next_update, watch)?)
            })?
        };
        Ok(CrlView { generation: Some(row.generation.number), ..view(&crl, "valid") })
    }

    /// Shows a CRL: an authority's newest, or one in a file.
    ///
    /// # Errors
    /// When there is none, or the file holds none.
    pub fn crl_show(&self, request: CrlShow) -> Result<CrlView, ApiError> {
        if let (None, Some(path)) = (&request.authority, &request.path)
            && let Some(view) = self.crl_passing(path, &request)?
        {
            return Ok(view);
        }
        let mut generation = None;
        let (crl, signature) = match (&request.authority, &request.path) {
            (None, Some(path)) => self.crl_in_file(path)?,
            (Some(text), None) => {
                let session = self.session()?;
                let (crl, key, number) = session.registry().read(|tx| newest(tx, text, request.generation))?;
                generation = Some(number);
                let verdict = verdict(&crl.signed_by(&key));
                (crl, verdict)
            }
            _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a CRL is named by its authority or by a file")),
        };
        let mut view = CrlView { generation, ..view(&crl, signature) };
        if request.path.is_some() && request.after.is_none() {
            view.findings = findings(&preflight::lint_crl(&crl, None));
        }
        if let Some(text) = &request.serial {
            let serial = SerialNumber::from_hex(text).map_err(|_| ApiError::new(ErrorCode::BadSerial).with("text", text))?;
            let damaged = |error: &dyn std::fmt::Display| ApiError::new(ErrorCode::FileDamaged).with("problem", error);
            let found = crl.find(&serial).map_err(|error| damaged(&error))?;
            if let Some(entry) = found {
                view.items.push(self.entry_view(crl.issuer(), crl.this_update(), &entry.to_revoked().map_err(|error| damaged(&error))?)?);
            }
        } else if request.entries || request.after.is_some() {
            self.page_of_entries(&crl, &request, &mut view)?;
        }
        Ok(view)
    }

    /// Lists the CRLs of an authority, newest first, and what the next one will add.
    ///
    /// # Errors
    /// When there is no such authority.
    pub fn crl_list(&self, request: CrlsOf) -> Result<CrlList, ApiError> {
        let session = self.session()?;
        session.registry().read(|tx| {
            let (_, generation) = named::generation(tx, &request.authority, request.generation)?;
            let rows = tx.crls(generation.generation.id, LISTED)?;
            let items: Vec<_> = rows.iter().map(summary).collect();
            let total = Total { count: narrow(items.len()), at_least: rows.len() == LISTED as usize };
            let mut pending = Vec::new();
            for encoded in tx.unlisted_crl_entries(generation.generation.id, LARGEST_PAGE)? {
                let entry =
                    RevokedEntry::decode(&encoded).map_err(|error| ApiError::new(ErrorCode::RegistryDamaged).with("problem", error))?;
                let issuer = tx.authority(generation.generation.authority)?.map(|row| row.issuer_name);
                pending.push(entry_text(tx, issuer.as_ref(), None, &entry)?);
            }
            Ok(CrlList { items, next: None, total, pending })
        })
    }

    pub(super) fn try_crl_export(&self, request: CrlExport) -> Result<ExportView, ApiError> {
        let session = self.session()?;
        let pem = match request.format.as_deref() {
            None | Some("der") => false,
            Some("pem") => true,
            Some(other) => return Err(ApiError::new(ErrorCode::BadFormat).with("format", other)),
        };
        let (authority, named) = session.registry().read(|tx| named::generation(tx, &request.authority, request.generation))?;
        let one = request.generation.is_some() || request.number.is_some();
        let rows = if one { vec![named] } else { answering(&session, &named)? };
        // All are at hand before the first is written.
        let mut lists: Vec<(PathBuf, Crl)> = Vec::new();
        for row in &rows {
            let out = if one { request.out.as_path().to_owned() } else { file_of(request.out.as_path(), row.generation.number) };
            let whole = whole_list(&session, &authority, row, &request)?;
            let beside = session.registry().read(|tx| scoped_lists(tx, &authority, row, &whole, &request))?;
            lists.push((out, whole));
            for (scope, crl) in beside {
                let kind = if request.delta { CrlKind::Delta } else { CrlKind::Base };
                let beside = file_names(&scope, kind).map(|name| request.out.as_path().with_file_name(name));
                let taken = |path: &PathBuf| lists.iter().any(|(other, _)| other == path);
                let out = beside.into_iter().find(|path| !taken(path));
                let out = out.ok_or_else(|| ApiError::new(ErrorCode::Internal).with("problem", scope.name()))?;
                lists.push((out, crl));
            }
        }
        let mut files = Vec::new();
        for (out, crl) in lists {
            session.export_crl(&authority, &crl, pem, &out, request.overwrite)?;
            files.push(FileWritten { path: FilePath::from(out).0, holds: "crl".to_owned() });
        }
        Ok(ExportView { files, configuration: None, warnings: Vec::new() })
    }

    pub(super) fn try_crl_install(&self, request: CrlInstall) -> Result<CrlInstalled, ApiError> {
        let session = self.session()?;
        let authority = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        let (crl, _) = self.crl_in_file(&request.path)?;
        let installed = session.install_crl(authority.id, &crl)?;
        Ok(CrlInstalled {
            crl: view(&crl, "valid"),
            revocations_taken: narrow(installed.taken.len()),
            revocations: installed.taken.iter().map(super::backup_commands::taken).collect(),
            continues_above: number_text(&installed.continues_above),
        })
    }

    pub(super) fn try_crl_decline(&self, request: CrlDecline) -> Result<RegistryStatus, ApiError> {
        let session = self.session()?;
        let authority = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        if request.confirmation != authority.name {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", authority.name));
        }
        session.decline_crl(authority.id)?;
        self.registry_status(Nothing {})
    }

    /// A CRL from a file, and what its signature is worth: known issuers are tried.
    pub(super) fn crl_in_file(&self, path: &FilePath) -> Result<(Crl, &'static str), ApiError> {
        let bytes = read_file(path.as_path())?;
        if bytes.is_empty() {
            return Err(ApiError::new(ErrorCode::FileEmpty).with("path", &path.0));
        }
        let mut first_error = None;
        for found in recognise(&bytes, &[]).found {
            match found.object {
                Ok(Object::Crl(crl)) => {
                    let signature = self.signature_of(&crl)?;
                    return Ok((crl, signature));
                }
                Ok(_) => {}
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.map_or_else(|| ApiError::new(ErrorCode::NotAnObject).with("path", &path.0), |error| object_error(&error, &path.0)))
    }

    pub(super) fn signature_of(&self, crl: &Crl) -> Result<&'static str, ApiError> {
        let Some(session) = self.current() else { return Ok("unknown") };
        session.registry().read(|tx| {
            let mut best = "unknown";
            for row in tx.issuer_candidates(crl.issuer(), crl.authority_key_id())? {
                best = verdict(&crl.signed_by(tx.certificate_of(&row)?.public_key()));
                if best == "valid" {
                    break;
                }
            }
            Ok(best)
        })
    }

    fn page_of_entries(&self, crl: &Crl, request: &CrlShow, view: &mut CrlView) -> Result<(), ApiError> {
        let limit = usize::try_from(request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE)).unwrap_or(usize::MAX);
        let bad = |text: &String| ApiError::new(ErrorCode::BadCursor).with("text", text);
        let start: usize = request.after.as_ref().map(|text| text.parse().map_err(|_| bad(text))).transpose()?.unwrap_or(0);
        let damaged = |error: &dyn std::fmt::Display| ApiError::new(ErrorCode::FileDamaged).with("problem", error);
        for entry in crl.entries().skip(start).take(limit) {
            let entry = entry.and_then(|entry| entry.to_revoked()).map_err(|error| damaged(&error))?;
            view.items.push(self.entry_view(crl.issuer(), crl.this_update(), &entry)?);
        }
        let end = start.saturating_add(view.items.len());
        view.next = (end < crl.entry_count()).then(|| end.to_string());
        Ok(())
    }
}

pub(super) fn verdict(verdict: &SignatureVerdict) -> &'static str {
    match verdict {
        SignatureVerdict::Valid | SignatureVerdict::ValidButWeak(_) => "valid",
        SignatureVerdict::Invalid => "invalid",
        SignatureVerdict::CannotCheck(_) => "unknown",
    }
}

pub(super) fn view(crl: &Crl, signature: &str) -> CrlView {
    CrlView {
        issuer: crl.issuer().rfc4514(),
        generation: None,
        earlier: Vec::new(),
        number: crl.number().map(number_text),
        this_update: time_text(crl.this_update()),
        next_update: crl.next_update().map(time_text),
        entries: narrow(crl.entry_count()),
        base: !crl.is_delta(),
        idp: crl.idp_der().map(|_| crl.idp_urls().join(", ")),
        signature: signature.to_owned(),
        sha256: crl.sha256().to_string(),
        size: u64::try_from(crl.der().len()).unwrap_or(u64::MAX),
        items: Vec::new(),
        findings: findings(&preflight::lint_crl_frame(crl, None)),
        next: None,
    }
}

fn summary(row: &CrlRow) -> CrlSummary {
    CrlSummary {
        number: number_text(&row.crl.number),
        this_update: time_text(row.crl.this_update),
        next_update: row.crl.next_update.map_or_else(String::new, time_text),
        entries: narrow(row.crl.entry_count),
        size: row.size,
        sha256: row.crl.sha256.to_string(),
        imported: row.crl.imported,
        delta_of: row.crl.base_number.as_ref().map(number_text),
        scope: Some(row.crl.scope.clone()).filter(|scope| !scope.is_empty()),
    }
}

fn newest(tx: &Read<'_>, text: &str, number: Option<u32>) -> Result<(Crl, PublicKey, u32), ApiError> {
    let (authority, generation) = named::generation(tx, text, number)?;
    let none = || ApiError::new(ErrorCode::CrlNotFound).with("authority", &authority.name);
    let row = tx.newest_crl(generation.generation.id, CrlKind::Base, WHOLE)?.ok_or_else(none)?;
    let crl = load(tx, &row)?.ok_or_else(none)?;
    let key = tx.key(generation.generation.key)?.ok_or_else(none)?;
    let key = PublicKey::from_spki_der(&key.key.spki).map_err(|error| ApiError::new(ErrorCode::RegistryDamaged).with("problem", error))?;
    Ok((crl, key, generation.generation.number))
}

/// The whole list that is to be exported: a past one by its number, else the current one.
fn whole_list(session: &Arc<Session>, authority: &AuthorityRow, row: &GenerationRow, request: &CrlExport) -> Result<Crl, ApiError> {
    let Some(text) = &request.number else {
        return if request.delta { delta_read_through(session, row) } else { read_through(session, row) };
    };
    let none = || ApiError::new(ErrorCode::CrlNotFound).with("authority", &authority.name).with("number", text);
    let number: CrlNumber = text.parse().map_err(|_| none())?;
    let kind = if request.delta { CrlKind::Delta } else { CrlKind::Base };
    session.registry().read(|tx| {
        let row = tx.crl_numbered(row.generation.id, kind, WHOLE, &number)?.ok_or_else(none)?;
        load(tx, &row)?.ok_or_else(none)
    })
}

/// The lists of a generation's scopes that were issued with the whole one. A scope that has come since has none, nor has one without a base a delta; but
/// lists of another moment are not handed out beside the current one.
fn scoped_lists(
    tx: &Read<'_>,
    authority: &AuthorityRow,
    row: &GenerationRow,
    whole: &Crl,
    request: &CrlExport,
) -> Result<Vec<(CrlScope, Crl)>, ApiError> {
    let (generation, kind) = (row.generation.id, if request.delta { CrlKind::Delta } else { CrlKind::Base });
    let Some(number) = whole.number() else { return Ok(Vec::new()) };
    let mut lists = Vec::new();
    for scope in tx.crl_scopes(generation)? {
        let found = tx.crl_numbered(generation, kind, scope.name(), number)?.filter(|row| !row.crl.imported);
        match found.map_or(Ok(None), |row| load(tx, &row))? {
            Some(crl) => lists.push((scope, crl)),
            None if request.number.is_some() => {}
            None if tx.newest_own_crl(generation, CrlKind::Base, scope.name())?.is_none() => {}
            None => return Err(ApiError::new(ErrorCode::CrlNotFound).with("authority", &authority.name).with("number", number)),
        }
    }
    Ok(lists)
}

/// The generations of an authority whose CRL goes on, first to last; `named` is always one of them.
fn answering(session: &Session, named: &GenerationRow) -> Result<Vec<GenerationRow>, ApiError> {
    let now = session.now();
    let authorities = session.authorities()?;
    let summary = authorities.iter().find(|summary| summary.row.id == named.generation.authority);
    let mut rows: Vec<_> = summary
        .into_iter()
        .flat_map(|summary| &summary.generations)
        .filter(|generation| generation.answers(now) || generation.row.generation.id == named.generation.id)
        .map(|generation| generation.row.clone())
        .collect();
    rows.sort_by_key(|row| row.generation.number);
    Ok(rows)
}

/// The file for the CRL of a key: whoever publishes the first key's file goes on publishing what that key's certificates are judged by.
fn file_of(out: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return out.to_owned();
    }
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let extension = out.extension().map_or_else(String::new, |extension| format!(".{}", extension.to_string_lossy()));
    out.with_file_name(format!("{stem}-{number}{extension}"))
}

/// The bytes of a recorded CRL, compared with its SHA-256: as kept; where they are not kept or damaged, put together again from header, entries and trailer.
pub(super) fn load(tx: &Read<'_>, row: &CrlRow) -> Result<Option<Crl>, ApiError> {
    let room = || Vec::with_capacity(usize::try_from(row.size).unwrap_or(0));
    let recorded = |bytes| Crl::from_vec(bytes).ok().filter(|crl| crl.sha256() == row.crl.sha256);
    let mut bytes = room();
    let kept = tx.crl_der(row.id, |piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, RegistryError>(())
    });
    match kept {
        Ok(true) => {
            if let Some(crl) = recorded(bytes) {
                return Ok(Some(crl));
            }
        }
        Ok(false) | Err(RegistryError::Cell { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut bytes = room();
    bytes.extend_from_slice(&row.crl.header);
    tx.crl_contents(row, |entry| {
        bytes.extend_from_slice(entry);
        Ok::<_, RegistryError>(())
    })?;
    bytes.extend_from_slice(&row.crl.trailer);
    match (recorded(bytes), row.crl.imported) {
        (Some(crl), _) => Ok(Some(crl)),
        // A CRL made elsewhere may order or encode its entries differently; only its record is kept.
        (None, true) => Ok(None),
        (None, false) => {
            Err(ApiError::new(ErrorCode::RegistryDamaged)
                .with("problem", format!("CRL {} does not have its recorded SHA-256", row.crl.number)))
        }
    }
}
