//! What can be taken back, put away, and labelled.

use authority::change_authority::AuthoritySettings;
use authority::filing::put_away_at;
use authority::registry::{
    Archived, AuditRow, CertificateFilter, CertificateId, Page, Read, RegistryError, RequestId, RequestState, Sort, SortBy,
};
use authority::undo::{UndoError, UndoPlan, Undoing};

use super::authority_commands::check_url;
use super::{Surface, audit, named};
use crate::request::{AuthorityNamed, AuthoritySet, CertificatesFiled, CertificatesTagged, Nothing, TrashRestore, UndoDone, UndoPlanned};
use crate::text::time_text;
use crate::view::{AuthorityView, Done, TrashItem, TrashList, UndoView};
use crate::words;
use crate::{ApiError, ErrorCode};

/// Certificates and requests of the trash that are listed; the list of certificates shows the others.
const LISTED: u32 = 500;

impl Surface {
    /// Says what undoing would do.
    ///
    /// # Errors
    /// When there is nothing to undo, the act is final, or what it changed was changed since.
    pub fn registry_undo_plan(&self, request: UndoPlanned) -> Result<UndoView, ApiError> {
        let plan = self.session()?.plan_undo(request.sequence.map(u64::from))?;
        Ok(view(&plan))
    }

    /// Undoes one act.
    ///
    /// # Errors
    /// As for the plan; nothing was changed then.
    pub fn registry_undo(&self, request: UndoDone) -> Result<UndoView, ApiError> {
        let plan = self.session()?.undo(u64::from(request.sequence))?;
        Ok(view(&plan))
    }

    /// What is out of use and can come back.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn trash_list(&self, _: Nothing) -> Result<TrashList, ApiError> {
        let session = self.session()?;
        let now = session.now();
        session.registry().read(|tx| {
            let mut items: Vec<_> = tx
                .removed_profiles()?
                .into_iter()
                .map(|row| TrashItem {
                    kind: "profile".to_owned(),
                    id: row.name.clone(),
                    name: row.name,
                    at: Some(time_text(row.created_at)),
                })
                .collect();
            let requests = tx.requests(Some(RequestState::Rejected), None, LISTED)?;
            let ids: Vec<_> = requests.iter().map(|row| row.id.to_string()).collect();
            let since = put_away_at(tx, "request.rejected", &ids)?;
            for row in requests {
                items.push(TrashItem {
                    kind: "request".to_owned(),
                    id: row.id.to_string(),
                    name: authority::request_inbox::display_name(&row),
                    at: since.get(&row.id.to_string()).copied().map(time_text),
                });
            }
            let filter = CertificateFilter { archived: Archived::Only, ..CertificateFilter::default() };
            let page = tx.certificates_page(&filter, Sort { by: SortBy::Issued, descending: true }, &Page::First, LISTED, now)?;
            let more = page.next.is_some();
            let ids: Vec<_> = page.items.iter().map(|row| row.id.to_string()).collect();
            let since = put_away_at(tx, "certificate.archived", &ids)?;
            items.extend(page.items.into_iter().map(|row| TrashItem {
                kind: "certificate".to_owned(),
                id: row.id.to_string(),
                at: since.get(&row.id.to_string()).copied().map(time_text),
                name: row.facts.display_name,
            }));
            Ok(TrashList { items, more })
        })
    }

    /// Takes something out of the trash.
    ///
    /// # Errors
    /// When it is not there.
    pub fn trash_restore(&self, request: TrashRestore) -> Result<TrashList, ApiError> {
        let session = self.session()?;
        match request.kind.as_str() {
            "profile" => session.bring_back_profile(&request.id).map(drop)?,
            "certificate" => {
                let id = session.registry().read(|tx| named::certificate(tx, &request.id))?.id;
                session.set_archived(&[id], false)?;
            }
            "request" => {
                let unknown = || ApiError::new(ErrorCode::RequestNotFound).with("request", &request.id);
                let id: RequestId = request.id.parse().map_err(|_| unknown())?;
                session.reopen_request(id)?;
            }
            other => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", format!("the trash holds no {other:?}"))),
        }
        self.trash_list(Nothing {})
    }

    /// Changes what may change of an authority.
    ///
    /// # Errors
    /// When there is no such authority, or it waits for its certificate; when its new name is in use, or an address is none.
    pub fn authority_set(&self, request: AuthoritySet) -> Result<AuthorityView, ApiError> {
        let session = self.session()?;
        let (row, _) = session.registry().read(|tx| named::generation(tx, &request.authority, None))?;
        let mut to = AuthoritySettings::of(&row);
        if let Some(name) = request.name {
            name.trim().clone_into(&mut to.name);
            if to.name.is_empty() {
                return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "an authority needs a name"));
            }
        }
        let urls =
            [(request.crl_urls, &mut to.crl_urls), (request.issuer_urls, &mut to.issuer_urls), (request.ocsp_urls, &mut to.ocsp_urls)];
        for (given, place) in urls {
            let Some(given) = given else { continue };
            given.iter().try_for_each(|url| check_url(url))?;
            *place = given;
        }
        to.crl_days = request.crl_days.unwrap_or(to.crl_days);
        if let Some(lists) = &mut to.lists {
            lists.delta = request.delta.unwrap_or(lists.delta);
            lists.partitions = request.partitions.unwrap_or(lists.partitions);
            lists.split = request.split.unwrap_or(lists.split);
        }
        session.change_authority(row.id, &to)?;
        self.authority_show(AuthorityNamed { authority: row.id.to_string() })
    }

    /// Puts certificates away, or back.
    ///
    /// # Errors
    /// When one does not exist; nothing was changed then.
    pub fn certificate_archive(&self, request: CertificatesFiled) -> Result<Done, ApiError> {
        let session = self.session()?;
        let ids = session.registry().read(|tx| all(tx, &request.certificates))?;
        session.set_archived(&ids, request.archived)?;
        Ok(Done {})
    }

    /// Puts tags on certificates and takes others off.
    ///
    /// # Errors
    /// When a certificate does not exist or a tag cannot be one; nothing was changed then.
    pub fn certificate_tag(&self, request: CertificatesTagged) -> Result<Done, ApiError> {
        let session = self.session()?;
        let ids = session.registry().read(|tx| all(tx, &request.certificates))?;
        session.set_tags(&ids, &request.add, &request.remove)?;
        Ok(Done {})
    }
}

fn all(tx: &Read<'_>, certificates: &[String]) -> Result<Vec<CertificateId>, ApiError> {
    certificates.iter().map(|text| Ok(named::certificate(tx, text)?.id)).collect()
}

fn view(plan: &UndoPlan) -> UndoView {
    let act = audit::entry(&plan.act);
    let (code, fields): (&str, Vec<(&str, String)>) = match &plan.undoing {
        Undoing::ProfileTo { name, version } => ("profile-to", vec![("name", name.clone()), ("version", version.to_string())]),
        Undoing::ProfileOut { name } => ("profile-out", vec![("name", name.clone())]),
        Undoing::PolicyTo { version: Some(version), .. } => ("policy-to", vec![("version", version.to_string())]),
        Undoing::PolicyTo { version: None, .. } => ("policy-open", Vec::new()),
        Undoing::Setting { to: Some(to), .. } => ("setting-to", vec![("value", to.clone())]),
        Undoing::Setting { to: None, .. } => ("setting-default", Vec::new()),
        Undoing::Authority { to, .. } => ("authority-to", vec![("name", to.name.clone()), ("days", to.crl_days.to_string())]),
        Undoing::Unretired { .. } => ("unretire", Vec::new()),
        Undoing::Archived { archived: true, .. } => ("archive", Vec::new()),
        Undoing::Archived { archived: false, .. } => ("unarchive", Vec::new()),
        Undoing::Tags(tags) => {
            let mut marks: Vec<_> = tags.iter().map(|(_, tag, present)| format!("{}{tag}", if *present { '+' } else { '-' })).collect();
            marks.dedup();
            ("tags", vec![("tags", marks.join(" "))])
        }
        Undoing::Request { state: RequestState::Open, .. } => ("request-open", Vec::new()),
        Undoing::Request { .. } => ("request-reject", Vec::new()),
    };
    let title = title(&plan.act);
    UndoView { act, title, will: words::undo("will", code, &fields), later: plan.later.as_ref().map(why_final) }
}

/// An act in words.
fn title(act: &AuditRow) -> String {
    let entry = audit::entry(act);
    let name = if entry.subject_name.is_empty() { entry.subject } else { entry.subject_name };
    words::undo("acts", &act.action, &[("name", name)])
}

/// Why an act cannot be undone, and what to do instead.
fn why_final(act: &AuditRow) -> String {
    format!("{} {}", title(act), words::undo("final", &act.action, &[]))
}

impl From<UndoError> for ApiError {
    fn from(error: UndoError) -> Self {
        match error {
            UndoError::Nothing { newest } => {
                Self::new(ErrorCode::NothingToUndo).with("problem", newest.as_deref().map(why_final).unwrap_or_default())
            }
            UndoError::NoSuchAct { sequence } => Self::new(ErrorCode::AuditEntryNotFound).with("sequence", sequence),
            UndoError::Final { act } => Self::new(ErrorCode::UndoImpossible).with("problem", why_final(&act)),
            UndoError::ChangedSince { act } => Self::new(ErrorCode::ChangedSince).with("problem", title(&act)),
            UndoError::Authority(inner) => inner.into(),
            UndoError::Registry(inner) => RegistryError::into(inner),
        }
    }
}
