//! One run: all lists of a generation that belong together, under one number. The whole one and one of each scope; with deltas on, the delta that leads from
//! the base before to each. All of them are on record or none is.

use std::time::Instant;

use pki::Fingerprint;
use pki::crl::{Crl, CrlForm, CrlNumber, CrlRequest, IssuingDistributionPoint, PreparedCrl, prepare_crl};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::fill::fill;
use super::{BuildCrlError, whole};
use crate::clock::went_back;
use crate::crl_addresses::deltas_of;
use crate::issuer::{Duty, IssuingAuthority};
use crate::keystore::{KeyStoreError, StoreState};
use crate::registry::{
    AuthorityId, CrlCovers, CrlEvent, CrlId, CrlKind, CrlScope, GenerationId, IntentId, IntentPurpose, ListedEntry, NewCrl, NewIntent,
    Read, RegistryError, WHOLE, Write,
};
use crate::session::Session;
use crate::watch::Watch;

/// What a run shall issue.
pub(super) struct ListWish {
    pub(super) authority: AuthorityId,
    /// `None`: the current one.
    pub(super) generation: Option<GenerationId>,
    /// Bases, with their deltas where the authority issues them, or deltas alone.
    pub(super) kind: CrlKind,
    pub(super) next_update: Option<OffsetDateTime>,
}

/// The whole list of a run.
pub(super) struct IssuedList {
    pub(super) id: CrlId,
    pub(super) crl: Crl,
}

/// A list that is about to be made.
pub(super) struct Planned {
    intent: IntentId,
    pub(super) kind: CrlKind,
    scope: Option<CrlScope>,
    pub(super) base: Option<CrlNumber>,
    delta_urls: Vec<String>,
    entries: Vec<u8>,
}

impl Planned {
    fn scope_name(&self) -> &str {
        self.scope.as_ref().map_or(WHOLE, CrlScope::name)
    }

    /// Whether its entries stand in pieces, which are copied when it is signed. Until then it is prepared without: what forbids it shall not cost a number.
    pub(super) fn is_pieced(&self) -> bool {
        self.kind == CrlKind::Base && self.scope.is_none()
    }

    pub(super) fn take(&mut self, entry: ListedEntry<'_>) {
        if entry.is_in(self.scope.as_ref()) {
            self.entries.extend_from_slice(entry.encoded);
        }
    }

    fn form(&self) -> CrlForm {
        let scope = self.scope.as_ref().map(|scope| IssuingDistributionPoint {
            only_user_certificates: scope.covers == CrlCovers::Users,
            only_authority_certificates: scope.covers == CrlCovers::Authorities,
            ..IssuingDistributionPoint::at(&scope.urls)
        });
        CrlForm { base: self.base.clone(), scope, delta_urls: self.delta_urls.clone() }
    }
}

/// When a run's lists are made and end.
#[derive(Clone, Copy)]
struct Times {
    now: OffsetDateTime,
    next_update: OffsetDateTime,
}

/// A run whose number is burnt and whose lists wait for their signatures.
struct Run {
    number: CrlNumber,
    times: Times,
    revision: u64,
    lists: Vec<(Planned, PreparedCrl)>,
}

impl Session {
    pub(super) fn issue_lists(&self, wish: &ListWish, watch: &dyn Watch) -> Result<IssuedList, BuildCrlError> {
        let started = Instant::now();
        let issuer = self.registry().read(|tx| self.may_issue(tx, wish))?;
        let signer = issuer.signer(self.keystore().as_ref())?;
        let generation = issuer.generation.generation.id;
        let run = self.change(|tx| self.plan_run(tx, wish, &issuer, watch))?;
        let times = run.times;
        let intents: Vec<IntentId> = run.lists.iter().map(|(planned, _)| planned.intent).collect();
        let mut signed = Vec::with_capacity(run.lists.len());
        for (planned, prepared) in run.lists {
            // Planning a long list takes its time. A key that was locked away meanwhile is at hand here, and does not sign.
            let locked = self.store_state() == StoreState::Locked;
            let signing = || {
                let prepared = if planned.is_pieced() { self.prepare_whole(&planned, &issuer, &run.number, times)? } else { prepared };
                Ok(prepared.sign(signer.as_ref())?)
            };
            let outcome = if locked { Err(KeyStoreError::Locked.into()) } else { signing() };
            match outcome {
                Ok(crl) => signed.push((planned, crl)),
                Err(error) => {
                    self.change(|tx| {
                        intents.iter().try_for_each(|intent| tx.void_intent(*intent, times.now))?;
                        tx.unplan_crl(generation, &run.number)
                    })?;
                    return Err(error);
                }
            }
        }
        let ids = self.change(|tx| {
            let mut ids = Vec::with_capacity(signed.len());
            for (planned, crl) in &signed {
                let id = tx.insert_crl(&recorded(planned, crl, generation, &run.number, run.revision, times), crl.der(), &[])?;
                tx.finish_intent(planned.intent, &id.to_string(), times.now)?;
                ids.push(id);
            }
            let entry_count = signed.first().map(|(_, crl)| entries_of(crl));
            tx.insert_crl_event(&CrlEvent {
                generation,
                number: Some(run.number.clone()),
                kind: wish.kind,
                started_at: times.now,
                milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                entry_count,
                error: None,
            })?;
            tx.append_audit(&self.event("crl.issued", &wish.authority.to_string(), said(&issuer, &run.number, times, &signed)))?;
            Ok::<_, RegistryError>(ids)
        })?;
        let whole =
            ids.into_iter().zip(signed).next().ok_or_else(|| RegistryError::Missing { table: "crls", row: run.number.to_string() })?;
        Ok(IssuedList { id: whole.0, crl: whole.1.1 })
    }

    /// Who issues, or why not.
    fn may_issue(&self, tx: &Read<'_>, wish: &ListWish) -> Result<IssuingAuthority, BuildCrlError> {
        let now = self.whole_second();
        if let Err(seen) = self.check_clock(tx)? {
            return Err(BuildCrlError::ClockWentBack { seen });
        }
        let issuer = match wish.generation {
            Some(generation) => IssuingAuthority::load_generation(tx, generation, Duty::Crls, now)??,
            None => IssuingAuthority::load(tx, wish.authority, Duty::Crls, now)??,
        };
        if tx.awaits_crl(issuer.generation.generation.id)? {
            return Err(BuildCrlError::AwaitsCrl { authority: issuer.row.name });
        }
        // Nobody is asked for keys for what cannot be.
        self.times_of(tx, wish, &issuer)?;
        Ok(issuer)
    }

    /// Now, as it stands in a CRL.
    fn whole_second(&self) -> OffsetDateTime {
        let now = self.now();
        now.replace_nanosecond(0).unwrap_or(now)
    }

    /// When a CRL that is made now is issued. A clock that was set back by a little is believed, but a CRL is never older than one of a lower number, be it
    /// still unsigned.
    pub(crate) fn moment_of_next_crl(&self, tx: &Read<'_>, generation: GenerationId) -> Result<OffsetDateTime, RegistryError> {
        let now = self.whole_second();
        let base = tx.newest_crl(generation, CrlKind::Base, WHOLE)?;
        let delta = tx.newest_crl(generation, CrlKind::Delta, WHOLE)?;
        let planned = tx.open_intents()?.into_iter().filter(|row| row.generation == Some(generation));
        let before = base.iter().chain(&delta).map(|row| row.crl.this_update).chain(planned.map(|row| row.created_at));
        Ok(before.filter(|before| *before > now && !went_back(now, *before)).max().unwrap_or(now))
    }

    /// When the lists are issued and end, as things stand in this transaction: another program may have been at it while a key was fetched.
    fn times_of(&self, tx: &Read<'_>, wish: &ListWish, issuer: &IssuingAuthority) -> Result<Times, BuildCrlError> {
        let generation = issuer.generation.generation.id;
        let now = self.moment_of_next_crl(tx, generation)?;
        let base = tx.newest_crl(generation, CrlKind::Base, WHOLE)?;
        let life = now.saturating_add(Duration::days(i64::from(issuer.row.crl_days)));
        // A delta ends with the base that it is applied to: the schedule that renews the one renews the other.
        let with_base = base.and_then(|row| row.crl.next_update).filter(|end| wish.kind == CrlKind::Delta && *end > now);
        let next_update = wish.next_update.unwrap_or_else(|| with_base.unwrap_or(life));
        if next_update <= now {
            return Err(BuildCrlError::NextUpdatePast { this_update: now, next_update });
        }
        Ok(Times { now, next_update })
    }

    /// One moment: the number is burnt, and the entries are those of the revision that it covers.
    fn plan_run(&self, tx: &Write<'_>, wish: &ListWish, issuer: &IssuingAuthority, watch: &dyn Watch) -> Result<Run, BuildCrlError> {
        let generation = issuer.generation.generation.id;
        let times = self.times_of(tx, wish, issuer)?;
        let number = match tx.highest_crl_number(generation)? {
            Some(highest) => highest.next()?,
            None => CrlNumber::from_u64(1),
        };
        tx.settle_crl_scopes(generation)?;
        tx.tell_crl_entries_apart(generation)?;
        tx.list_what_others_recorded(generation)?;
        let revision = tx.crl_state(generation)?.revision;
        let mut lists = self.lists_of(tx, wish, issuer, &number, times)?;
        if lists.is_empty() {
            return Err(BuildCrlError::NoBase { authority: issuer.row.name.clone() });
        }
        for planned in &lists {
            tx.open_intent(&NewIntent {
                id: planned.intent,
                authority: Some(wish.authority),
                purpose: IntentPurpose::Crl {
                    generation,
                    kind: planned.kind,
                    scope: planned.scope_name().to_owned(),
                    number: number.clone(),
                    covers_revision: revision,
                },
                // A list of a million entries is not written twice: they are in the registry, fixed for this number.
                tbs: None,
                actor: self.host().actor.to_json(),
                created_at: times.now,
            })?;
        }
        tx.plan_crl(generation, wish.kind, &number, times.now)?;
        let count = if wish.kind == CrlKind::Base {
            tx.miss_no_revocation(generation, &number, times.now)?;
            tx.cut_crl_pieces(generation, &number, times.now, watch).map_err(stopped)?.entries()
        } else {
            tx.crl_cut(generation)?.map_or(0, |cut| cut.entries())
        };
        fill(tx, generation, &number, &mut lists, (count, watch))?;
        let mut run = Run { number, times, revision, lists: Vec::with_capacity(lists.len()) };
        for mut planned in lists {
            let entries = std::mem::take(&mut planned.entries);
            let prepared = prepared(&planned, issuer, &run.number, times, entries)?;
            run.lists.push((planned, prepared));
        }
        Ok(run)
    }

    fn prepare_whole(
        &self,
        planned: &Planned,
        issuer: &IssuingAuthority,
        number: &CrlNumber,
        times: Times,
    ) -> Result<PreparedCrl, BuildCrlError> {
        let entries = whole::entries_of(self.registry(), issuer.generation.generation.id, number)?;
        prepared(planned, issuer, number, times, entries)
    }

    /// The lists of a run, the whole one first. A delta leads from the newest base of its scope; with the first base comes one that changes nothing, so that
    /// there is something where the base says that its deltas are. Base and delta have the same scope (RFC 5280 5.2.4): where it has got more addresses since,
    /// the new base is a first one, and a delta alone goes by what its base says.
    fn lists_of(
        &self,
        tx: &Read<'_>,
        wish: &ListWish,
        issuer: &IssuingAuthority,
        number: &CrlNumber,
        times: Times,
    ) -> Result<Vec<Planned>, BuildCrlError> {
        let generation = issuer.generation.generation.id;
        let mut scopes = vec![None];
        scopes.extend(tx.crl_scopes(generation)?.into_iter().map(Some));
        let deltas = wish.kind == CrlKind::Delta || issuer.row.delta || tx.owes_deltas(generation)?;
        let (mut bases, mut changes) = (Vec::new(), Vec::new());
        for scope in scopes {
            let name = scope.as_ref().map_or(WHOLE, CrlScope::name);
            let before = tx.newest_own_crl(generation, CrlKind::Base, name)?;
            let urls = match &scope {
                Some(scope) => scope.urls.clone(),
                None => tx.generation_crl_urls(&issuer.generation)?,
            };
            let planned = |kind, scope, base, delta_urls| -> Result<Planned, BuildCrlError> {
                let intent = IntentId::new(times.now, self.id_entropy()?);
                Ok(Planned { intent, kind, scope, base, delta_urls, entries: Vec::new() })
            };
            let with_base = wish.kind == CrlKind::Base;
            if with_base {
                bases.push(planned(CrlKind::Base, scope.clone(), None, if deltas { deltas_of(&urls) } else { Vec::new() })?);
            }
            if deltas {
                let before = before.map(|row| Ok::<_, RegistryError>((row.listed_scope()?, row.crl.number))).transpose()?;
                let leads = match before {
                    Some((listed, base)) if !with_base || listed == scope => Some((listed, base)),
                    _ => with_base.then(|| (scope, number.clone())),
                };
                if let Some((scope, base)) = leads {
                    changes.push(planned(CrlKind::Delta, scope, Some(base), Vec::new())?);
                }
            }
        }
        // Without a base of the whole there is nothing to lead from.
        if changes.first().is_some_and(|first| bases.is_empty() && first.scope.is_some()) {
            changes.clear();
        }
        bases.extend(changes);
        Ok(bases)
    }
}

fn prepared(
    planned: &Planned,
    issuer: &IssuingAuthority,
    number: &CrlNumber,
    times: Times,
    entries: Vec<u8>,
) -> Result<PreparedCrl, BuildCrlError> {
    Ok(prepare_crl(CrlRequest {
        issuer: &issuer.certificate,
        algorithm: issuer.algorithm,
        number: number.clone(),
        this_update: times.now,
        next_update: times.next_update,
        entries,
        form: planned.form(),
    })?)
}

fn stopped(error: RegistryError) -> BuildCrlError {
    if matches!(error, RegistryError::Cancelled) { BuildCrlError::Cancelled } else { error.into() }
}

fn entries_of(crl: &Crl) -> u64 {
    u64::try_from(crl.entry_count()).unwrap_or(u64::MAX)
}

fn recorded(planned: &Planned, crl: &Crl, generation: GenerationId, number: &CrlNumber, revision: u64, times: Times) -> NewCrl {
    NewCrl {
        generation,
        kind: planned.kind,
        scope: planned.scope_name().to_owned(),
        number: number.clone(),
        base_number: planned.base.clone(),
        this_update: times.now,
        next_update: Some(times.next_update),
        entry_count: entries_of(crl),
        sha256: crl.sha256(),
        header: crl.header_der().to_vec(),
        trailer: crl.trailer_der().to_vec(),
        imported: false,
        covers_revision: Some(revision),
        recorded_at: times.now,
    }
}

/// What the log says of a run: its whole list, and how many came with it, under one hash of theirs. The log keeps it for ever, and the registry has the lists.
fn said(issuer: &IssuingAuthority, number: &CrlNumber, times: Times, signed: &[(Planned, Crl)]) -> Value {
    let mut said = json!({
        "name": issuer.row.name, "generation": issuer.generation.generation.number, "number": number.to_string(),
        "nextUpdate": times.next_update.unix_timestamp(),
    });
    let (Some(said_of), Some(((planned, whole), beside))) = (said.as_object_mut(), signed.split_first()) else { return said };
    said_of.insert("entries".to_owned(), json!(entries_of(whole)));
    said_of.insert("sha256".to_owned(), json!(whole.sha256().to_string()));
    if let Some(base) = &planned.base {
        said_of.insert("deltaOf".to_owned(), json!(base.to_string()));
    }
    if !beside.is_empty() {
        let hashes: Vec<u8> = beside.iter().flat_map(|(_, crl)| *crl.sha256().as_bytes()).collect();
        said_of.insert("beside".to_owned(), json!({ "lists": beside.len(), "sha256": Fingerprint::of(&hashes).to_string() }));
    }
    said
}
