//! Takes back what was not signed: profiles, policies, settings, labels, what was put away. An undo is itself an act on record; what was signed cannot be
//! made unsigned, and says what to do instead.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::change_authority::{AuthoritySettings, ChangeAuthorityError, put};
use crate::filing::Tagging;
use crate::registry::{AuditRow, AuthorityId, AuthorityRow, CertificateId, Read, RegistryError, RequestId, RequestState, Write};
use crate::session::Session;
use crate::settings::Setting;

/// How many rows of the log are looked through for something that can be undone.
const LOOKED_AT: u64 = 10_000;
/// Rows read at once.
const PAGE: u32 = 200;
/// The action of an undo.
const UNDONE: &str = "registry.undone";

/// The acts that can be undone.
pub const UNDOABLE: &[&str] = &[
    "authority.changed",
    "authority.retired",
    "certificate.archived",
    "certificate.tagged",
    "certificate.unarchived",
    "policy.set",
    "profile.removed",
    "profile.set",
    "request.rejected",
    "request.reopened",
    "setting.changed",
];

/// What undoing an act does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undoing {
    /// A profile says again what it said in an earlier version.
    ProfileTo {
        /// Its name.
        name: String,
        /// The version.
        version: u32,
    },
    /// A profile that was made is out of use again.
    ProfileOut {
        /// Its name.
        name: String,
    },
    /// An authority's policy says again what it said in an earlier version; without one, everything is allowed.
    PolicyTo {
        /// The authority.
        authority: AuthorityId,
        /// The version.
        version: Option<u32>,
    },
    /// A setting has its earlier value.
    Setting {
        /// Its name.
        key: String,
        /// The value; nothing: the default.
        to: Option<String>,
    },
    /// An authority has its earlier name, addresses and CRL life.
    Authority {
        /// The authority.
        authority: AuthorityId,
        /// What it had.
        to: AuthoritySettings,
    },
    /// A retired authority issues again.
    Unretired {
        /// The authority.
        authority: AuthorityId,
    },
    /// Certificates are put away again, or are back.
    Archived {
        /// Which.
        certificates: Vec<CertificateId>,
        /// Whether they are away then.
        archived: bool,
    },
    /// Tags are on certificates again, or off.
    Tags(Vec<(CertificateId, String, bool)>),
    /// A request is among the open ones again, or turned down.
    Request {
        /// Which.
        request: RequestId,
        /// Its state then.
        state: RequestState,
    },
}

/// An act, and what undoing it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoPlan {
    /// The act as the log has it.
    pub act: AuditRow,
    /// What undoing does.
    pub undoing: Undoing,
    /// The newest act since then that cannot be undone.
    pub later: Option<AuditRow>,
}

/// Nothing was undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// There is no act that could be undone.
    #[error("there is nothing to undo")]
    Nothing {
        /// The newest act that cannot be undone.
        newest: Option<Box<AuditRow>>,
    },
    /// The log has no act of this number.
    #[error("the audit log has no entry {sequence}")]
    NoSuchAct {
        /// The number that was given.
        sequence: u64,
    },
    /// The act is none that can be undone.
    #[error("{} cannot be undone", act.action)]
    Final {
        /// The act.
        act: Box<AuditRow>,
    },
    /// What the act changed was changed again, or the act is undone already.
    #[error("what {} changed was changed since", act.action)]
    ChangedSince {
        /// The act.
        act: Box<AuditRow>,
    },
    /// An authority cannot have its name back.
    #[error(transparent)]
    Authority(#[from] ChangeAuthorityError),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Session {
    /// What undoing would do: the act with this sequence number, or the last one that can be undone.
    ///
    /// # Errors
    /// See [`UndoError`].
    pub fn plan_undo(&self, sequence: Option<u64>) -> Result<UndoPlan, UndoError> {
        self.registry().read(|tx| find(tx, sequence))
    }

    /// Undoes one act, on the record.
    ///
    /// # Errors
    /// See [`UndoError`]; nothing was changed then.
    pub fn undo(&self, sequence: u64) -> Result<UndoPlan, UndoError> {
        self.change(|tx| {
            let plan = find(tx, Some(sequence))?;
            self.take_back(tx, &plan.undoing)?;
            let name = detail(&plan.act).get("name").cloned();
            let detail = json!({ "sequence": plan.act.sequence, "action": plan.act.action, "name": name });
            tx.append_audit(&self.event(UNDONE, &plan.act.subject, detail))?;
            Ok(plan)
        })
    }

    fn take_back(&self, tx: &Write<'_>, undoing: &Undoing) -> Result<(), UndoError> {
        let now = self.now();
        let gone = |table, row: &dyn ToString| RegistryError::Missing { table, row: row.to_string() };
        match undoing {
            Undoing::ProfileTo { name, version } => {
                let earlier = tx.profile(name, Some(*version))?.ok_or_else(|| gone("profiles", name))?;
                tx.insert_profile(name, &earlier.document, false, now)?;
            }
            Undoing::ProfileOut { name } => {
                let present = tx.profile(name, None)?.ok_or_else(|| gone("profiles", name))?;
                tx.insert_profile(name, &present.document, true, now)?;
            }
            Undoing::PolicyTo { authority, version } => {
                let document = match version {
                    Some(version) => tx.policy(*authority, Some(*version))?.ok_or_else(|| gone("policies", authority))?.document,
                    None => json!(pki::policy::PolicyDocument::default()),
                };
                tx.insert_policy(*authority, &document, now)?;
            }
            Undoing::Setting { key, to } => tx.set_setting(key, to.as_deref())?,
            Undoing::Authority { authority, to } => drop(put(tx, *authority, to, self.now())?),
            Undoing::Unretired { authority } => {
                let row = tx.authority(*authority)?.ok_or_else(|| gone("authorities", authority))?;
                tx.update_authority(&AuthorityRow { retired: false, ..row })?;
            }
            Undoing::Archived { certificates, archived } => {
                for id in certificates {
                    tx.set_archived(*id, *archived)?;
                }
            }
            Undoing::Tags(tags) => {
                for (id, tag, present) in tags {
                    tx.set_tag(*id, tag, *present)?;
                }
            }
            Undoing::Request { request, state } => tx.settle_request(*request, *state, None, None)?,
        }
        Ok(())
    }
}

/// Finds the act and what undoing it does. Acts that were undone are passed over.
fn find(tx: &Read<'_>, sequence: Option<u64>) -> Result<UndoPlan, UndoError> {
    let (mut undone, mut later, mut before) = (HashSet::new(), None, None);
    let newest = tx.audit_head()?.0;
    if let Some(sequence) = sequence.filter(|sequence| *sequence == 0 || *sequence > newest) {
        return Err(UndoError::NoSuchAct { sequence });
    }
    let floor = newest.saturating_sub(LOOKED_AT);
    loop {
        let rows = tx.audit_page(None, before, PAGE)?;
        let Some(last) = rows.last().map(|row| row.sequence) else { return Err(UndoError::Nothing { newest: later.map(Box::new) }) };
        before = Some(last);
        for act in rows {
            if act.action == UNDONE {
                undone.extend(detail(&act).get("sequence").and_then(Value::as_u64));
                continue;
            }
            let wanted = sequence.is_none_or(|sequence| sequence == act.sequence);
            if undone.contains(&act.sequence) {
                if sequence == Some(act.sequence) {
                    return Err(UndoError::ChangedSince { act: Box::new(act) });
                }
            } else if UNDOABLE.contains(&act.action.as_str()) {
                if wanted {
                    let undoing = plan(tx, &act)?.ok_or_else(|| UndoError::ChangedSince { act: Box::new(act.clone()) })?;
                    return Ok(UndoPlan { act, undoing, later });
                }
            } else if sequence == Some(act.sequence) {
                return Err(UndoError::Final { act: Box::new(act) });
            } else if later.is_none() && is_signed(&act.action) {
                later = Some(act);
            }
        }
        if last <= floor || sequence.is_some_and(|sequence| sequence >= last) {
            return Err(UndoError::Nothing { newest: later.map(Box::new) });
        }
    }
}

/// Whether an act is one that people do and that stays done, rather than the registry's own upkeep.
fn is_signed(action: &str) -> bool {
    ["authority.", "certificate.", "crl.", "key.", "import."].iter().any(|noun| action.starts_with(noun))
}

fn detail(act: &AuditRow) -> Value {
    // A row that an editor has changed says nothing here; the verification of the log tells it.
    serde_json::from_str(&act.detail).unwrap_or(Value::Null)
}

/// What undoing an act does; `None` when what it changed is no longer as the act has left it.
fn plan(tx: &Read<'_>, act: &AuditRow) -> Result<Option<Undoing>, RegistryError> {
    let detail = detail(act);
    let version = detail.get("version").and_then(Value::as_u64).and_then(|version| u32::try_from(version).ok());
    Ok(match act.action.as_str() {
        "profile.set" => profile_set(tx, &act.subject, version)?,
        "profile.removed" => {
            let removed = tx.profile(&act.subject, None)?.is_some_and(|row| row.removed);
            version
                .filter(|version| removed && *version > 1)
                .map(|version| Undoing::ProfileTo { name: act.subject.clone(), version: version - 1 })
        }
        "policy.set" => policy_set(tx, &act.subject, version)?,
        "setting.changed" => setting_changed(tx, &act.subject, &detail)?,
        "authority.changed" => authority_changed(tx, &act.subject, &detail)?,
        "authority.retired" => retired(tx, &act.subject)?,
        "certificate.archived" => archived(tx, &detail, true)?,
        "certificate.unarchived" => archived(tx, &detail, false)?,
        "certificate.tagged" => tagged(tx, &detail)?,
        "request.rejected" => request(tx, &act.subject, RequestState::Rejected, RequestState::Open)?,
        "request.reopened" => request(tx, &act.subject, RequestState::Open, RequestState::Rejected)?,
        _ => None,
    })
}

fn profile_set(tx: &Read<'_>, name: &str, version: Option<u32>) -> Result<Option<Undoing>, RegistryError> {
    let (Some(version), Some(present)) = (version, tx.profile(name, None)?.filter(|row| !row.removed)) else { return Ok(None) };
    if tx.profile(name, Some(version))?.is_none_or(|set| set.document != present.document) {
        return Ok(None);
    }
    let earlier = if version > 1 { tx.profile(name, Some(version - 1))?.filter(|row| !row.removed) } else { None };
    let name = name.to_owned();
    Ok(Some(match earlier {
        Some(earlier) => Undoing::ProfileTo { name, version: earlier.version },
        None => Undoing::ProfileOut { name },
    }))
}

fn policy_set(tx: &Read<'_>, subject: &str, version: Option<u32>) -> Result<Option<Undoing>, RegistryError> {
    let (Ok(authority), Some(version)) = (subject.parse::<AuthorityId>(), version) else { return Ok(None) };
    let (present, set) = (tx.policy(authority, None)?, tx.policy(authority, Some(version))?);
    let as_left = present.zip(set).is_some_and(|(present, set)| present.document == set.document);
    Ok(as_left.then(|| Undoing::PolicyTo { authority, version: (version > 1).then(|| version - 1) }))
}

fn setting_changed(tx: &Read<'_>, key: &str, detail: &Value) -> Result<Option<Undoing>, RegistryError> {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
    let as_left = Setting::named(key).is_some() && tx.setting(key)? == text("to");
    Ok(as_left.then(|| Undoing::Setting { key: key.to_owned(), to: text("from") }))
}

fn authority_changed(tx: &Read<'_>, subject: &str, detail: &Value) -> Result<Option<Undoing>, RegistryError> {
    let read = |name: &str| detail.get(name).and_then(|value| serde_json::from_value::<AuthoritySettings>(value.clone()).ok());
    let (Ok(authority), Some(from), Some(to)) = (subject.parse::<AuthorityId>(), read("from"), read("to")) else { return Ok(None) };
    let as_left = tx.authority(authority)?.is_some_and(|row| AuthoritySettings::of(&row) == to);
    Ok(as_left.then_some(Undoing::Authority { authority, to: from }))
}

fn retired(tx: &Read<'_>, subject: &str) -> Result<Option<Undoing>, RegistryError> {
    let Ok(authority) = subject.parse::<AuthorityId>() else { return Ok(None) };
    Ok(tx.authority(authority)?.filter(|row| row.retired).map(|_| Undoing::Unretired { authority }))
}

fn archived(tx: &Read<'_>, detail: &Value, away: bool) -> Result<Option<Undoing>, RegistryError> {
    let listed = detail.get("certificates").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut certificates = Vec::with_capacity(listed.len());
    for id in listed.iter().filter_map(Value::as_str).filter_map(|text| text.parse::<CertificateId>().ok()) {
        if tx.certificate(id)?.is_none_or(|row| row.state.archived != away) {
            return Ok(None);
        }
        certificates.push(id);
    }
    Ok((!certificates.is_empty()).then_some(Undoing::Archived { certificates, archived: !away }))
}

fn tagged(tx: &Read<'_>, detail: &Value) -> Result<Option<Undoing>, RegistryError> {
    let listed = detail.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut tags: Vec<Tagging> = Vec::with_capacity(listed.len());
    for entry in listed {
        let Ok((id, tag, present)) = serde_json::from_value::<(String, String, bool)>(entry.clone()) else { return Ok(None) };
        let Ok(id) = id.parse::<CertificateId>() else { return Ok(None) };
        if tx.certificate_tags(id)?.contains(&tag) != present {
            return Ok(None);
        }
        tags.push((id, tag, !present));
    }
    Ok((!tags.is_empty()).then_some(Undoing::Tags(tags)))
}

fn request(tx: &Read<'_>, subject: &str, is: RequestState, then: RequestState) -> Result<Option<Undoing>, RegistryError> {
    let Ok(id) = subject.parse::<RequestId>() else { return Ok(None) };
    let as_left = tx.request(id)?.is_some_and(|row| row.state == is);
    Ok(as_left.then_some(Undoing::Request { request: id, state: then }))
}
