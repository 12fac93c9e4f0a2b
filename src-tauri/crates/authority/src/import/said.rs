//! What registries elsewhere say of serial numbers, sorted against certificates, lists and the registry: which revocations are new, and where two of them
//! say different things. Revoked wins.

use std::collections::{HashMap, HashSet};

use pki::crl::RevokedEntry;
use pki::{DistinguishedName, Fingerprint, RevocationReason, SerialNumber};
use time::OffsetDateTime;

use super::elsewhere::{Elsewhere, RevokedElsewhere, Statement, Whose};
use super::foreign_crl::writable;
use super::issuers::Issuers;
use super::owners::{Lying, Owners, Signer};
use super::plan::{Plan, has_generation};
use super::templates::profiles;
use super::{NotCarried, ObjectKind, Outcome, Refusal, Remark, ReportItem};
use crate::registry::{Read, RegistryError, RevocationRow};

/// Longest life of a CRL that is taken over, in days (BR 4.9.7: twelve months for CAs).
const MOST_CRL_DAYS: u32 = 366;

/// A revocation to be recorded.
#[derive(Debug)]
pub(super) struct PlannedRevocation {
    /// The key whose lists it goes on.
    pub(super) signer: Fingerprint,
    pub(super) issuer: DistinguishedName,
    pub(super) entry: RevokedEntry,
    pub(super) hold_instruction: Option<String>,
    /// Whether a hold that stands becomes final.
    pub(super) sharpens: bool,
    /// Whether a list of the input has it: its entry comes with that.
    pub(super) listed: bool,
}

/// A serial number under the name of its issuer.
type Named = (Fingerprint, SerialNumber);

fn named(issuer: &DistinguishedName, serial: &SerialNumber) -> Named {
    (Fingerprint::of(issuer.as_der()), serial.clone())
}

/// Sorts what was said; what is new of it goes into the plan.
pub(super) fn settle(
    tx: &Read<'_>,
    elsewhere: Elsewhere,
    lying: &Lying,
    issuers: &mut Issuers,
    plan: &mut Plan,
) -> Result<(), RegistryError> {
    for (path, source, object, refusal) in elsewhere.broken {
        let (kind, outcome, remark) = (ObjectKind::Revocation, Outcome::Refused(refusal), Remark::None);
        plan.report.items.push(ReportItem { path, source, object, kind, outcome, remark, id: None });
    }
    plan.report.not_carried.extend(elsewhere.not_carried);
    profiles(tx, elsewhere.templates, plan)?;
    if elsewhere.statements.is_empty() && elsewhere.floors.is_empty() && elsewhere.crl_days.is_empty() {
        return Ok(());
    }
    let by_fingerprint = plan.certificates.iter().enumerate().map(|(at, new)| (new.facts.fingerprint, at)).collect();
    let owners = Owners::of(&elsewhere.statements, lying, &by_fingerprint, plan, issuers);
    let mut settling = Settling::of(tx, &elsewhere.statements, &owners, by_fingerprint, plan, issuers)?;
    for statement in elsewhere.statements {
        settling.settle(statement)?;
    }
    for floor in elsewhere.floors {
        settling.floor(floor.whose, floor.number)?;
    }
    for (whose, days) in elsewhere.crl_days {
        if let Some((key, _)) = settling.signer(whose, None)? {
            settling.plan.crl_days.insert(key, days.min(MOST_CRL_DAYS));
        }
    }
    Ok(())
}

/// What was said being sorted.
struct Settling<'a, 't> {
    tx: &'a Read<'t>,
    owners: &'a Owners,
    plan: &'a mut Plan,
    issuers: &'a mut Issuers,
    /// New certificates by issuer and serial number.
    certificates: HashMap<Named, usize>,
    /// The same by their fingerprints.
    by_fingerprint: HashMap<Fingerprint, usize>,
    /// What lists of the input say of the serial numbers that statements are about.
    listed: HashMap<Named, RevokedElsewhere>,
    /// What was said so far, with its place in the plan.
    said: HashMap<Named, (RevokedElsewhere, Option<usize>)>,
}

impl<'a, 't> Settling<'a, 't> {
    fn of(
        tx: &'a Read<'t>,
        statements: &[Statement],
        owners: &'a Owners,
        by_fingerprint: HashMap<Fingerprint, usize>,
        plan: &'a mut Plan,
        issuers: &'a mut Issuers,
    ) -> Result<Self, RegistryError> {
        let mut certificates = HashMap::new();
        let mut listed = HashMap::new();
        if !statements.is_empty() {
            let wanted: HashSet<&SerialNumber> = statements.iter().map(|statement| &statement.serial).collect();
            for (at, new) in plan.certificates.iter().enumerate().filter(|(_, new)| wanted.contains(&new.facts.serial)) {
                certificates.insert(named(&new.facts.issuer, &new.facts.serial), at);
            }
            for (_, crl, _) in &plan.crls {
                let issuer = Fingerprint::of(crl.issuer().as_der());
                for entry in crl.entries().filter_map(Result::ok) {
                    let Ok(serial) = entry.serial() else { continue };
                    if !wanted.contains(&serial) {
                        continue;
                    }
                    let reason = entry.reason().filter(|reason| *reason != RevocationReason::Unspecified);
                    let (at, invalidity_date) = (entry.revoked_at(), entry.invalidity_date());
                    let hold_instruction = entry.hold_instruction();
                    listed.insert((issuer, serial), RevokedElsewhere { at, reason, invalidity_date, hold_instruction });
                }
            }
        }
        Ok(Self { tx, owners, plan, issuers, certificates, by_fingerprint, listed, said: HashMap::new() })
    }

    /// The key that a statement is of, and the name under which it signs.
    fn signer(&self, whose: Whose, serial: Option<&SerialNumber>) -> Result<Option<Signer>, RegistryError> {
        let certificate = |fingerprint: &Fingerprint| self.plan.certificates.get(*self.by_fingerprint.get(fingerprint)?);
        match whose {
            Whose::Source(source) => {
                let first = self.owners.first.get(&source);
                let signed = serial.and_then(|serial| self.owners.signed.get(&(source, serial.clone())));
                let by_first = |signers: &&Vec<Signer>| signers.iter().any(|(key, _)| first.is_some_and(|(first, _)| first == key));
                let other = signed.filter(|signers| !by_first(signers)).and_then(|signers| signers.first());
                Ok(other.or(first).cloned())
            }
            Whose::Certificate(fingerprint) => {
                if let Some(new) = certificate(&fingerprint) {
                    return Ok(Some((new.facts.key_fingerprint, new.facts.subject.clone())));
                }
                let row = self.tx.certificate_by_fingerprint(&fingerprint)?;
                Ok(row.map(|row| (row.facts.key_fingerprint, row.facts.subject)))
            }
            Whose::Issued(fingerprint) => {
                if let Some(new) = certificate(&fingerprint) {
                    return Ok(new.issuer.map(|key| (key, new.facts.issuer.clone())));
                }
                let row = self.tx.certificate_by_fingerprint(&fingerprint)?;
                Ok(row.and_then(|row| Some((row.record.issuer_key?, row.facts.issuer))))
            }
        }
    }

    /// Makes an authority of the signer where there is none; says whether there is one.
    fn has_authority(&mut self, key: &Fingerprint) -> Result<bool, RegistryError> {
        Ok(self.issuers.choose(key) || has_generation(self.tx, key)?)
    }

    fn settle(&mut self, statement: Statement) -> Result<(), RegistryError> {
        let signer = self.signer(statement.whose, Some(&statement.serial))?;
        let name = match (&signer, statement.name.is_empty()) {
            (Some((_, issuer)), true) => self.certificate_name(issuer, &statement.serial)?,
            _ => statement.name.clone(),
        };
        let Some(revoked) = statement.revoked.clone() else {
            return match signer {
                Some((_, issuer)) => self.not_revoked(&statement, &name, &issuer),
                None => Ok(()),
            };
        };
        let outcome = match signer {
            Some((key, issuer)) if self.has_authority(&key)? => self.revoked(&statement.serial, key, issuer, revoked)?,
            _ => (Outcome::Refused(Refusal::plain("authority-unknown")), Remark::None),
        };
        self.item(&statement, &name, outcome);
        Ok(())
    }

    fn item(&mut self, statement: &Statement, name: &str, (outcome, remark): (Outcome, Remark)) {
        let object = if name.is_empty() { statement.serial.to_string() } else { format!("{} {name}", statement.serial) };
        let (path, source, kind) = (std::sync::Arc::clone(&statement.path), statement.source, ObjectKind::Revocation);
        self.plan.report.items.push(ReportItem { path, source, object, kind, outcome, remark, id: None });
    }

    fn certificate_name(&self, issuer: &DistinguishedName, serial: &SerialNumber) -> Result<String, RegistryError> {
        let new = self.certificates.get(&named(issuer, serial)).and_then(|at| self.plan.certificates.get(*at));
        if let Some(new) = new {
            return Ok(new.facts.display_name.clone());
        }
        let rows = self.tx.certificates_by_issuer_and_serial(issuer, serial)?;
        Ok(rows.into_iter().next().map(|row| row.facts.display_name).unwrap_or_default())
    }

    fn has_certificate(&self, issuer: &DistinguishedName, serial: &SerialNumber) -> Result<bool, RegistryError> {
        Ok(self.certificates.contains_key(&named(issuer, serial)) || !self.tx.certificates_by_issuer_and_serial(issuer, serial)?.is_empty())
    }

    /// A register says that a certificate is good: it may not be there, and others may know better.
    fn not_revoked(&mut self, statement: &Statement, name: &str, issuer: &DistinguishedName) -> Result<(), RegistryError> {
        let key = named(issuer, &statement.serial);
        let better = match (self.said.get(&key), self.listed.get(&key)) {
            (Some((said, _)), _) => Some(said.clone()),
            (None, Some(listed)) => Some(listed.clone()),
            (None, None) => self.tx.revocation(issuer, &statement.serial)?.map(|standing| of_standing(&standing)),
        };
        if let Some(better) = better {
            let fields = vec![("said", described(&better))];
            self.item(statement, name, (Outcome::Conflicting(Refusal { code: "valid-elsewhere", fields }), Remark::None));
        } else if !self.has_certificate(issuer, &statement.serial)? {
            let object = format!("{} {name}", statement.serial);
            let why = Refusal::plain("certificate-missing");
            self.plan.report.not_carried.push(NotCarried { path: statement.path.to_string(), object, why });
        }
        Ok(())
    }

    fn revoked(
        &mut self,
        serial: &SerialNumber,
        signer: Fingerprint,
        issuer: DistinguishedName,
        revoked: RevokedElsewhere,
    ) -> Result<(Outcome, Remark), RegistryError> {
        let key = named(&issuer, serial);
        let remark = if self.has_certificate(&issuer, serial)? { Remark::None } else { Remark::SerialOnly };
        if let Some((said, at)) = self.said.get(&key).cloned() {
            // A second register speaks of it.
            let (merged, differs) = merged(&said, &revoked);
            if let Some(planned) = at.and_then(|at| self.plan.revocations.get_mut(at)) {
                let (entry, hold_instruction) = entry_of(serial, &merged);
                if let Some((entry, _)) = writable(&entry) {
                    (planned.entry, planned.hold_instruction) = (entry, hold_instruction);
                }
            }
            let outcome = if differs { differing(&said, &revoked, &merged) } else { Outcome::Known };
            self.said.insert(key, (merged, at));
            return Ok((outcome, remark));
        }
        let listed = self.listed.get(&key).cloned();
        let (merged, differs) = match &listed {
            Some(listed) => merged(listed, &revoked),
            None => (revoked.clone(), false),
        };
        let standing = self.tx.revocation(&issuer, serial)?;
        let outcome = match &standing {
            None => {
                let (entry, hold_instruction) = entry_of(serial, &merged);
                let Some((entry, _)) = writable(&entry) else {
                    return Ok((Outcome::Refused(Refusal::plain("revocation-unwritable")), remark));
                };
                self.plan.revocations.push(PlannedRevocation {
                    signer,
                    issuer,
                    entry,
                    hold_instruction,
                    sharpens: false,
                    listed: listed.is_some(),
                });
                if listed.is_none() {
                    self.plan.report.revocations += 1;
                }
                if remark == Remark::SerialOnly {
                    self.plan.report.revocations_without_certificate += 1;
                }
                Outcome::New
            }
            Some(standing) => {
                if listed.is_none() {
                    self.plan.report.revocations_known += 1;
                }
                let ours = of_standing(standing);
                let becomes_final = is_hold(ours.reason) && !is_hold(merged.reason);
                if becomes_final {
                    let (entry, hold_instruction) = entry_of(serial, &merged);
                    if let Some((entry, _)) = writable(&entry) {
                        self.plan.revocations.push(PlannedRevocation {
                            signer,
                            issuer,
                            entry,
                            hold_instruction,
                            sharpens: true,
                            listed: false,
                        });
                    }
                }
                let (_, differs) = self::merged(&ours, &merged);
                if differs { differing(&ours, &merged, &merged) } else { Outcome::Known }
            }
        };
        let at = (standing.is_none()).then(|| self.plan.revocations.len().saturating_sub(1));
        let outcome = match &listed {
            Some(listed) if differs => differing(listed, &revoked, &merged),
            _ => outcome,
        };
        self.said.insert(key, (merged, at));
        Ok((outcome, remark))
    }

    /// Keeps a number that ours would have to be above and are not.
    fn floor(&mut self, whose: Whose, number: pki::crl::CrlNumber) -> Result<(), RegistryError> {
        let Some((key, _)) = self.signer(whose, None)? else { return Ok(()) };
        let listed = self.plan.crls.iter().filter(|(.., signer)| *signer == key).filter_map(|(_, crl, _)| crl.number()).max();
        let present = match self.tx.key_by_fingerprint(&key)? {
            Some(row) => match self.tx.generation_of_key(row.key.id)? {
                Some(generation) => self.tx.highest_crl_number(generation.generation.id)?,
                None => None,
            },
            None => None,
        };
        let above = listed.is_none_or(|listed| *listed < number) && present.is_none_or(|present| present < number);
        if above && self.has_authority(&key)? {
            self.plan.floors.push((key, number));
        }
        Ok(())
    }
}

fn is_hold(reason: Option<RevocationReason>) -> bool {
    reason == Some(RevocationReason::CertificateHold)
}

fn of_standing(standing: &RevocationRow) -> RevokedElsewhere {
    RevokedElsewhere {
        at: standing.revoked_at,
        reason: Some(standing.reason).filter(|reason| *reason != RevocationReason::Unspecified),
        invalidity_date: standing.invalidity_date,
        hold_instruction: standing.hold_instruction.clone(),
    }
}

/// What two say of one revocation, together, and whether they contradict each other. Who says more is believed; a final revocation before a hold; the earlier
/// day, since the certificate was not good in between; where two reasons are final, the one that tells of a key in other hands, else the register's, which
/// writes the next list.
fn merged(one: &RevokedElsewhere, register: &RevokedElsewhere) -> (RevokedElsewhere, bool) {
    let whole = |time: OffsetDateTime| time.unix_timestamp();
    let reasons_differ = one.reason.is_some() && register.reason.is_some() && one.reason != register.reason;
    let days_differ =
        one.invalidity_date.is_some() && register.invalidity_date.is_some() && one.invalidity_date != register.invalidity_date;
    let reason = match (one.reason, register.reason) {
        (Some(listed), Some(_)) if is_hold(register.reason) => Some(listed),
        (Some(listed), Some(registered)) if listed.is_compromise() && !registered.is_compromise() => Some(listed),
        (listed, registered) => registered.or(listed),
    };
    let together = RevokedElsewhere {
        at: one.at.min(register.at),
        reason,
        invalidity_date: register.invalidity_date.or(one.invalidity_date),
        hold_instruction: register.hold_instruction.clone().or_else(|| one.hold_instruction.clone()),
    };
    (together, reasons_differ || days_differ || whole(one.at) != whole(register.at))
}

fn entry_of(serial: &SerialNumber, revoked: &RevokedElsewhere) -> (RevokedEntry, Option<String>) {
    let entry =
        RevokedEntry { serial: serial.clone(), revoked_at: revoked.at, reason: revoked.reason, invalidity_date: revoked.invalidity_date };
    (entry, revoked.hold_instruction.clone())
}

fn differing(one: &RevokedElsewhere, other: &RevokedElsewhere, taken: &RevokedElsewhere) -> Outcome {
    let fields = vec![("one", described(one)), ("other", described(other)), ("said", described(taken))];
    Outcome::Conflicting(Refusal { code: "revocation-differs", fields })
}

/// A revocation in RFC 5280's words.
fn described(revoked: &RevokedElsewhere) -> String {
    let day = |time: OffsetDateTime| time.replace_nanosecond(0).unwrap_or(time).to_string().replace(" +00:00:00", " UTC");
    let mut text = format!("{}, {}", revoked.reason.unwrap_or(RevocationReason::Unspecified).as_str(), day(revoked.at));
    if let Some(since) = revoked.invalidity_date {
        text.push_str(", invalidityDate ");
        text.push_str(&day(since));
    }
    text
}
