//! Certificates: list, show, revoke.

use authority::import::{Origin, origin_of};
use authority::issue::KeyOrigin;
use authority::pki::encoding::{Asn1Row, asn1_rows};
use authority::pki::{Certificate, GeneralName, RevocationReason, preflight};
use authority::registry::{
    Archived, CertificateFilter, CertificateKind, CertificateRow, CertificateStatus, Page as Place, Read, RegistryError, Sort, SortBy,
};
use authority::revoke::RevocationWish;
use time::{Duration, OffsetDateTime};

use super::reading::{certificates_in, read_certificates};
use super::{Surface, certificate_view, crl_commands, named, narrow};
use crate::request::{CertificateAsn1, CertificateInFile, CertificateList, CertificateNamed, CertificateRevoke, Nothing};
use crate::text::{FilePath, time_text};
use crate::time_in::{self, DayEdge};
use crate::view::{
    Asn1RowView, Asn1View, AuthorityRef, CertificateDetail, CertificateView, HistoryEntry, OriginView, Page, RevokedView, TagList, Total,
};
use crate::{ApiError, ErrorCode};

/// Rows of a page when nobody says how many.
const PAGE: u32 = 100;
/// Most rows of a page.
const LARGEST_PAGE: u32 = 500;
/// Audit entries shown with a certificate.
const HISTORY: u32 = 50;

impl Surface {
    /// Lists certificates.
    ///
    /// # Errors
    /// When a filter, sort or cursor cannot be read.
    pub fn certificate_list(&self, request: CertificateList) -> Result<Page<CertificateView>, ApiError> {
        let session = self.session()?;
        let now = session.now();
        let limit = request.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        let place = match (&request.after, request.position) {
            (Some(_), Some(_)) => {
                return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a page is named by a cursor or a position, not by both"));
            }
            (Some(cursor), None) => Place::After(cursor.clone()),
            (None, Some(position)) => Place::At(u64::from(position)),
            (None, None) => Place::First,
        };
        let sort = sort(request.sort.as_deref())?;
        session.registry().read(|tx| {
            let filter = filter(tx, &request, now)?;
            let page = tx.certificates_page(&filter, sort, &place, limit, now)?;
            Ok(Page {
                items: page.items.iter().map(|row| certificate_view::of_row(tx, row, now)).collect::<Result<_, ApiError>>()?,
                next: page.next,
                total: Total { count: narrow(page.total.count), at_least: page.total.at_least },
            })
        })
    }

    /// The tags that certificates have.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn certificate_tags(&self, _: Nothing) -> Result<TagList, ApiError> {
        Ok(TagList { items: self.session()?.registry().read(|tx| tx.tags())? })
    }

    /// Shows everything known about a certificate.
    ///
    /// # Errors
    /// When there is no such certificate, or several.
    pub fn certificate_show(&self, request: CertificateNamed) -> Result<CertificateDetail, ApiError> {
        let session = self.session()?;
        let now = session.now();
        session.registry().read(|tx| {
            let row = named::certificate(tx, &request.certificate)?;
            let links = tx.chain(row.id)?;
            let certificate = tx.certificate_of(&row)?;
            let issuer = links.get(1).map(|link| &link.certificate);
            let mut detail = detail(&certificate, certificate_view::of_row(tx, &row, now)?, issuer);
            detail.chain = certificate_view::chain(&links, now);
            detail.profile_version = row.record.profile_version;
            detail.history = history(tx, &row)?;
            detail.key_origin = key_origin(tx, &row)?.map(|origin| origin.as_str().to_owned());
            detail.on_crl = on_crl(tx, &row)?;
            detail.origin = origin(tx, &row)?;
            Ok(detail)
        })
    }

    /// Shows a certificate that lies in a file, without taking it in.
    ///
    /// # Errors
    /// When the file holds none.
    pub fn certificate_in_file(&self, request: CertificateInFile) -> Result<CertificateDetail, ApiError> {
        let certificate = first_certificate(&request.path)?;
        let now = self.host.forces.clock.now();
        Ok(detail(&certificate, certificate_view::of_certificate(&certificate, now), None))
    }

    /// Shows a certificate's ASN.1, element by element.
    ///
    /// # Errors
    /// When there is no such certificate, or the file holds none.
    pub fn certificate_asn1(&self, request: CertificateAsn1) -> Result<Asn1View, ApiError> {
        let certificate = match (&request.certificate, &request.path) {
            (Some(text), None) => {
                let session = self.session()?;
                session.registry().read(|tx| {
                    let row = named::certificate(tx, text)?;
                    tx.certificate_of(&row).map_err(ApiError::from)
                })?
            }
            (None, Some(path)) => first_certificate(path)?,
            (None, None) if request.text.is_some() => {
                let text = request.text.as_deref().unwrap_or_default();
                let first = certificates_in(text.as_bytes(), "")?.into_iter().next();
                first.ok_or_else(|| ApiError::new(ErrorCode::NotAnObject).with("path", ""))?
            }
            _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate is named or given as a file")),
        };
        let (rows, whole) = asn1_rows(certificate.der());
        let row = |row: Asn1Row| Asn1RowView {
            depth: narrow(row.depth),
            offset: narrow(row.offset),
            header: narrow(row.header),
            length: narrow(row.length),
            name: row.name,
            text: row.text,
            holds: row.holds,
        };
        Ok(Asn1View { rows: rows.into_iter().map(row).collect(), whole, size: narrow(certificate.der().len()) })
    }

    pub(super) fn try_certificate_revoke(&self, request: CertificateRevoke) -> Result<RevokedView, ApiError> {
        let session = self.session()?;
        let now = session.now();
        let reason = request.reason.as_deref().unwrap_or("unspecified");
        let bad_reason = || ApiError::new(ErrorCode::BadReason).with("reason", reason);
        let wish = RevocationWish {
            reason: reason.parse::<RevocationReason>().map_err(|_| bad_reason())?,
            invalidity_date: request.invalidity_date.as_deref().map(|text| time_in::read(text, DayEdge::First)).transpose()?,
            note: request.note.clone().filter(|note| !note.trim().is_empty()),
        };
        if !request.serials.is_empty() || request.issuer.is_some() {
            return self.revoke_serials(&session, &request, &wish);
        }
        let rows = session
            .registry()
            .read(|tx| request.certificates.iter().map(|text| named::certificate(tx, text)).collect::<Result<Vec<_>, ApiError>>())?;
        let wanted = match rows.as_slice() {
            [] => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "no certificate is named")),
            [one] => one.facts.display_name.clone(),
            several => format!("revoke {}", several.len()),
        };
        if request.confirmation.trim() != wanted {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", wanted));
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let stale = session.revoke(&ids, &wish)?;
        let stale = session.authority_names(&stale)?.into_iter().map(|(id, name)| AuthorityRef { id: id.to_string(), name }).collect();
        let certificates = session.registry().read(|tx| {
            ids.iter()
                .map(|id| {
                    let row = tx.certificate(*id)?.ok_or_else(|| RegistryError::Missing { table: "certificates", row: id.to_string() })?;
                    certificate_view::of_row(tx, &row, now)
                })
                .collect::<Result<_, ApiError>>()
        })?;
        Ok(RevokedView { certificates, stale })
    }
}

pub(super) fn sort(text: Option<&str>) -> Result<Sort, ApiError> {
    let text = text.unwrap_or("-issued");
    let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
    let by = match name {
        "issued" => SortBy::Issued,
        "ends" => SortBy::Ends,
        "name" => SortBy::Name,
        _ => {
            return Err(
                ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no sort {text:?}; there are issued, ends and name"))
            );
        }
    };
    Ok(Sort { by, descending })
}

pub(super) fn filter(tx: &Read<'_>, request: &CertificateList, now: OffsetDateTime) -> Result<CertificateFilter, ApiError> {
    let mut statuses = Vec::new();
    for text in &request.status {
        let status: CertificateStatus =
            text.parse().map_err(|_| ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no status {text:?}")))?;
        statuses.push(status);
    }
    let kind = match request.kind.as_deref() {
        None => None,
        Some("authority") => Some(CertificateKind::Authority),
        Some("leaf") => Some(CertificateKind::Leaf),
        Some(other) => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", format!("there is no kind {other:?}"))),
    };
    let authority = request.authority.as_deref().map(|text| named::authority(tx, text)).transpose()?.map(|row| row.id);
    let expires_before = request.expires_within_days.map(|days| now.saturating_add(Duration::days(i64::from(days))));
    if expires_before.is_some() && statuses.is_empty() {
        // "Ends within" speaks of what is still in use.
        statuses.push(CertificateStatus::Valid);
    }
    Ok(CertificateFilter {
        statuses,
        archived: if request.archived { Archived::Only } else { Archived::Without },
        kind,
        authority,
        profile: request.profile.clone(),
        name: request.name.as_deref().map(|text| GeneralName::parse(text).map_or_else(|_| text.to_owned(), |name| name.to_string())),
        tag: request.tag.clone(),
        expires_before,
        search: request.search.clone().filter(|text| !text.trim().is_empty()),
        ..CertificateFilter::default()
    })
}

pub(super) fn first_certificate(path: &FilePath) -> Result<Certificate, ApiError> {
    let certificate = read_certificates(path.as_path())?.into_iter().next();
    certificate.ok_or_else(|| ApiError::new(ErrorCode::NotAnObject).with("path", &path.0))
}

pub(super) fn detail(certificate: &Certificate, view: CertificateView, issuer: Option<&Certificate>) -> CertificateDetail {
    CertificateDetail {
        certificate: view,
        chain: Vec::new(),
        profile_version: None,
        version: u32::from(certificate.version()),
        signature_algorithm: certificate.signature_algorithm().to_string(),
        key_usages: certificate.key_usages().map(|usages| usages.iter().map(|usage| usage.as_str().to_owned()).collect()),
        extended_key_usages: certificate.extended_key_usages().map(certificate_view::usage_names),
        extensions: certificate_view::extensions(certificate.extensions()),
        history: Vec::new(),
        key_origin: None,
        findings: certificate_view::findings(&preflight::lint_certificate(certificate, issuer)),
        on_crl: None,
        origin: None,
    }
}

/// What another program knew of a certificate.
fn origin(tx: &Read<'_>, row: &CertificateRow) -> Result<Option<OriginView>, ApiError> {
    let origin = if row.record.imported { origin_of(tx, row.id)? } else { None };
    Ok(origin.map(|Origin { program, name, comment, kind, inserted_at }| OriginView {
        program,
        name,
        comment,
        kind,
        inserted_at: inserted_at.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()).map(time_text),
    }))
}

fn history(tx: &Read<'_>, row: &CertificateRow) -> Result<Vec<HistoryEntry>, ApiError> {
    let entries = tx.audit_page(Some(&row.id.to_string()), None, HISTORY)?;
    Ok(entries
        .into_iter()
        .map(|entry| HistoryEntry {
            at: time_text(entry.at),
            action: entry.action.clone(),
            actor: super::audit::actor_text(&entry.actor),
            why: entry.why.clone(),
        })
        .collect())
}

/// What the log says of the key, in the row of the issuing: the oldest of the certificate's rows.
fn key_origin(tx: &Read<'_>, row: &CertificateRow) -> Result<Option<KeyOrigin>, ApiError> {
    if row.record.imported {
        return Ok(None);
    }
    let entries = tx.audit_page(Some(&row.id.to_string()), None, HISTORY)?;
    let issued = entries.iter().find(|entry| entry.action == "certificate.issued");
    let detail = issued.and_then(|entry| serde_json::from_str::<serde_json::Value>(&entry.detail).ok());
    Ok(detail.as_ref().and_then(|detail| detail.get("key")?.as_str()).and_then(KeyOrigin::of_audit))
}

/// The number of the newest CRL, when it lists the certificate.
fn on_crl(tx: &Read<'_>, row: &CertificateRow) -> Result<Option<crate::view::CrlNumberText>, ApiError> {
    let Some(generation) = row.record.generation else { return Ok(None) };
    if row.state.revoked_at.is_none() {
        return Ok(None);
    }
    let first = tx.first_crl_of(generation, &row.facts.serial)?;
    Ok(first.as_ref().map(crl_commands::number_text))
}
