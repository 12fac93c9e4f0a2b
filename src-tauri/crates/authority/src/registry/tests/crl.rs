//! Intents, CRL entries and CRLs.

use pki::crl::RevokedEntry;
use pki::{CrlNumber, Fingerprint, RevocationReason, SerialNumber};
use rusqlite::{StatementStatus, ToSql};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use super::{NOW, Numbers, certificate, insert, issuer, new_authority, new_registry, write};
use crate::registry::cell::Bound;
use crate::registry::{
    AuthorityId, AuthorityRow, CrlKind, GenerationId, IntentId, IntentPurpose, IntentState, NewCrl, NewCrlEntry, NewIntent, NewRevocation,
    Registry, RegistryError, Standing, crl_entries, crls,
};

fn intent(n: u8, authority: AuthorityId, purpose: IntentPurpose) -> NewIntent {
    NewIntent {
        id: IntentId::new(NOW, [n; 10]),
        authority: Some(authority),
        purpose,
        tbs: Some(vec![n; 10]),
        actor: serde_json::json!({}),
        created_at: NOW,
    }
}

fn crl(generation: GenerationId, number: u64, covers_revision: u64) -> NewCrl {
    NewCrl {
        generation,
        kind: CrlKind::Base,
        scope: String::new(),
        number: CrlNumber::from_u64(number),
        base_number: None,
        this_update: NOW,
        next_update: Some(NOW + Duration::days(7)),
        entry_count: 0,
        sha256: Fingerprint::of(b"crl"),
        header: vec![1],
        trailer: vec![2],
        imported: false,
        covers_revision: Some(covers_revision),
        recorded_at: NOW,
    }
}

struct Fixture {
    registry: Registry,
    generation: GenerationId,
    _folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let registry = new_registry(&folder);
        let (_, generation) = write(&registry, |write| new_authority(write, 1));
        Self { registry, generation, _folder: folder }
    }

    fn revoke(&self, serial: u8, mark: u8, not_after: Option<OffsetDateTime>) {
        let entry = NewCrlEntry { generation: self.generation, serial: serial_of(serial), encoded: vec![mark], not_after };
        write(&self.registry, |write| write.insert_crl_entry(&entry));
    }

    fn lift(&self, serial: u8) {
        write(&self.registry, |write| write.lift_crl_entry(self.generation, &serial_of(serial)));
    }

    fn plan(&self, number: u64, this_update: OffsetDateTime) {
        write(&self.registry, |write| write.plan_crl(self.generation, CrlKind::Base, &CrlNumber::from_u64(number), this_update));
    }

    fn record(&self, number: u64) {
        write(&self.registry, |write| write.insert_crl(&crl(self.generation, number, 0), b"crl", &[]));
    }

    fn listed(&self, number: u64) -> Vec<u8> {
        let mut marks = Vec::new();
        let number = CrlNumber::from_u64(number);
        let count = self
            .registry
            .read(|read| {
                read.crl_entries(self.generation, &number, |encoded| {
                    marks.extend_from_slice(encoded);
                    Ok::<(), RegistryError>(())
                })
            })
            .unwrap();
        assert_eq!(count, u64::try_from(marks.len()).unwrap());
        marks
    }
}

fn serial_of(n: u8) -> SerialNumber {
    SerialNumber::from_content_octets(&[n]).unwrap()
}

#[test]
fn entries_stay_until_a_crl_after_their_end_has_listed_them_and_past_crls_come_back() {
    let f = Fixture::new();
    f.revoke(1, b'a', Some(NOW + Duration::days(1)));
    f.revoke(2, b'u', None);
    f.plan(1, NOW);
    f.record(1);
    f.revoke(3, b'h', Some(NOW + Duration::days(900)));
    assert_eq!(f.listed(1), b"au", "what comes after the plan is not on it");
    f.plan(2, NOW + Duration::days(1));
    f.record(2);
    assert_eq!(f.listed(2), b"auh", "notAfter itself is not past");
    f.lift(3);
    f.plan(3, NOW + Duration::days(2));
    f.record(3);
    assert_eq!(f.listed(3), b"au", "once more after the end");
    f.revoke(3, b'H', Some(NOW + Duration::days(900)));
    f.plan(4, NOW + Duration::days(300_000));
    f.record(4);
    assert_eq!(f.listed(4), b"uH", "the unknown stays for ever");
    f.plan(5, NOW + Duration::days(300_001));
    assert_eq!(f.listed(5), b"u");
    assert_eq!([f.listed(1), f.listed(2), f.listed(3)].concat(), b"auauhau");
}

#[test]
fn a_sharpened_entry_takes_the_place_of_the_old_one_from_the_next_crl_on() {
    let f = Fixture::new();
    f.revoke(1, b'h', None);
    f.plan(1, NOW);
    f.record(1);
    f.revoke(1, b'k', None);
    f.revoke(1, b'K', None);
    f.plan(2, NOW);
    assert_eq!((f.listed(1), f.listed(2)), (b"h".to_vec(), b"K".to_vec()));
}

#[test]
fn a_voided_crl_gives_its_entries_back() {
    let f = Fixture::new();
    let (authority, number) = (write(&f.registry, |write| Ok(write.authorities()?[0].id)), CrlNumber::from_u64(1));
    let purpose = IntentPurpose::Crl {
        generation: f.generation,
        kind: CrlKind::Base,
        scope: String::new(),
        number: number.clone(),
        covers_revision: 0,
    };
    let intent = intent(1, authority, purpose);
    f.revoke(1, b'a', Some(NOW - Duration::days(1)));
    f.revoke(2, b'h', None);
    write(&f.registry, |write| {
        write.open_intent(&intent)?;
        write.plan_crl(f.generation, CrlKind::Base, &number, NOW)
    });
    assert_eq!(f.listed(1), b"ah");
    // Lifted while CRL 1 is being signed: CRL 1 had it.
    f.lift(2);
    assert_eq!(f.listed(1), b"ah");
    write(&f.registry, |write| {
        write.void_intent(intent.id, NOW)?;
        write.unplan_crl(f.generation, &number)
    });
    assert_eq!(f.listed(1), b"");
    f.plan(2, NOW);
    assert_eq!(f.listed(2), b"a", "the ended one is still owed its last listing, the lifted one is not");
    assert_eq!(f.registry.read(|read| read.highest_crl_number(f.generation)).unwrap(), Some(number), "a voided number is burnt");
}

#[test]
fn an_entry_that_a_crl_under_way_lists_for_the_last_time_is_replaced_whatever_becomes_of_that_crl() {
    let f = Fixture::new();
    let (authority, number) = (write(&f.registry, |write| Ok(write.authorities()?[0].id)), CrlNumber::from_u64(1));
    let (scope, kind) = (String::new(), CrlKind::Base);
    let intent =
        intent(1, authority, IntentPurpose::Crl { generation: f.generation, kind, scope, number: number.clone(), covers_revision: 0 });
    f.revoke(1, b'h', Some(NOW - Duration::days(1)));
    write(&f.registry, |write| {
        write.open_intent(&intent)?;
        write.plan_crl(f.generation, kind, &number, NOW)
    });
    // The program that signs CRL 1 is killed. Without keys the hold is lifted and set again, and only then is CRL 1 given up.
    f.lift(1);
    f.revoke(1, b'H', Some(NOW - Duration::days(1)));
    assert_eq!(f.listed(1), b"h");
    write(&f.registry, |write| {
        write.void_intent(intent.id, NOW)?;
        write.unplan_crl(f.generation, &number)
    });
    f.plan(2, NOW);
    assert_eq!(f.listed(2), b"H");
}

#[test]
fn a_crl_that_comes_to_nothing_when_the_next_one_is_out_leaves_that_one_as_it_was() {
    let f = Fixture::new();
    let authority = write(&f.registry, |write| Ok(write.authorities()?[0].id));
    let begun = |n: u8| {
        let number = CrlNumber::from_u64(u64::from(n));
        let (scope, kind) = (String::new(), CrlKind::Base);
        let intent =
            intent(n, authority, IntentPurpose::Crl { generation: f.generation, kind, scope, number: number.clone(), covers_revision: 0 });
        write(&f.registry, |write| {
            write.open_intent(&intent)?;
            write.plan_crl(f.generation, kind, &number, NOW)
        });
        (intent.id, number)
    };
    f.revoke(1, b'a', Some(NOW - Duration::days(1)));
    f.revoke(2, b'h', None);
    let (first, number) = begun(1);
    // The program that makes CRL 1 is killed; another one makes CRL 2 before anybody knows.
    let (second, _) = begun(2);
    assert_eq!(f.listed(2), b"ah", "nobody has seen CRL 1: what ended is still owed its last listing");
    f.record(2);
    write(&f.registry, |write| write.finish_intent(second, "2", NOW));
    write(&f.registry, |write| {
        write.void_intent(first, NOW)?;
        write.unplan_crl(f.generation, &number)
    });
    assert_eq!(f.listed(2), b"ah", "a past CRL can be had again");
    begun(3);
    assert_eq!((f.listed(2), f.listed(3)), (b"ah".to_vec(), b"h".to_vec()));
}

fn encoded(serial: u8, reason: RevocationReason) -> Vec<u8> {
    RevokedEntry { serial: serial_of(serial), revoked_at: NOW, reason: Some(reason), invalidity_date: None }.encode()
}

impl Fixture {
    fn enter(&self, serial: u8, reason: RevocationReason, not_after: Option<OffsetDateTime>) {
        let entry = NewCrlEntry { generation: self.generation, serial: serial_of(serial), encoded: encoded(serial, reason), not_after };
        write(&self.registry, |write| write.insert_crl_entry(&entry));
    }

    fn plan_delta(&self, number: u64) {
        write(&self.registry, |write| write.plan_crl(self.generation, CrlKind::Delta, &CrlNumber::from_u64(number), NOW));
        let delta = NewCrl { kind: CrlKind::Delta, base_number: Some(CrlNumber::from_u64(1)), ..crl(self.generation, number, 0) };
        write(&self.registry, |write| write.insert_crl(&delta, b"crl", &[]));
    }

    fn changes(&self, base: u64, number: u64) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let (base, number) = (CrlNumber::from_u64(base), CrlNumber::from_u64(number));
        self.registry
            .read(|read| {
                read.changed_entries(self.generation, &base, &number, |entry| {
                    found.push(entry.encoded.to_vec());
                    Ok::<_, RegistryError>(())
                })
            })
            .unwrap();
        found
    }
}

#[test]
fn a_delta_lists_what_came_and_what_went_since_its_base() {
    use RevocationReason::{CertificateHold, KeyCompromise, RemoveFromCrl, Superseded};
    let f = Fixture::new();
    f.enter(1, KeyCompromise, None);
    f.enter(2, CertificateHold, None);
    f.enter(3, CertificateHold, None);
    f.enter(4, Superseded, Some(NOW - Duration::days(1)));
    f.plan(1, NOW);
    f.record(1);
    f.enter(5, CertificateHold, None);
    f.lift(2);
    f.enter(3, KeyCompromise, None);
    f.plan_delta(2);
    // 4 stood on the base for the last time; 3 says something else now.
    let first = [encoded(5, CertificateHold), encoded(3, KeyCompromise), encoded(2, RemoveFromCrl), encoded(4, RemoveFromCrl)];
    assert_eq!(f.changes(1, 2), first);
    // Came after the base and went again: who has applied the delta before must be told.
    f.lift(5);
    f.plan_delta(3);
    let second = [encoded(3, KeyCompromise), encoded(2, RemoveFromCrl), encoded(4, RemoveFromCrl), encoded(5, RemoveFromCrl)];
    assert_eq!(f.changes(1, 3), second);
    assert_eq!(f.changes(1, 2), first, "past deltas say what they said");
}

#[test]
fn a_delta_does_not_say_that_an_entry_has_left_which_an_unsigned_base_was_to_be_the_last_to_list() {
    let f = Fixture::new();
    f.enter(1, RevocationReason::Superseded, Some(NOW + Duration::hours(1)));
    f.plan(1, NOW);
    f.record(1);
    let (id, number) = (IntentId::new(NOW, [9; 10]), CrlNumber::from_u64(2));
    let purpose = IntentPurpose::Crl {
        generation: f.generation,
        kind: CrlKind::Base,
        scope: String::new(),
        number: number.clone(),
        covers_revision: 0,
    };
    let authority = f.registry.read(|read| read.generation(f.generation)).unwrap().unwrap().generation.authority;
    let new = NewIntent { id, authority: Some(authority), purpose, tbs: None, actor: serde_json::json!({}), created_at: NOW };
    write(&f.registry, |write| write.open_intent(&new));
    f.plan(2, NOW + Duration::hours(2));
    f.plan_delta(3);
    assert_eq!(f.changes(1, 3), Vec::<Vec<u8>>::new());
    write(&f.registry, |write| {
        write.void_intent(id, NOW)?;
        write.unplan_crl(f.generation, &number)
    });
    assert_eq!(f.changes(1, 3), Vec::<Vec<u8>>::new());
}

#[test]
fn a_crl_is_stale_until_one_shows_the_newest_change() {
    let f = Fixture::new();
    let stale = || f.registry.read(|read| read.crl_state(f.generation)).unwrap().stale_since;
    write(&f.registry, |write| write.mark_crl_stale(f.generation, NOW));
    write(&f.registry, |write| write.mark_crl_stale(f.generation, NOW + Duration::hours(1)));
    assert_eq!(stale(), Some(NOW), "since the first change");
    write(&f.registry, |write| write.insert_crl(&crl(f.generation, 1, 1), b"crl", &[]));
    assert_eq!(stale(), Some(NOW), "a change that came while it was signed is not on it");
    write(&f.registry, |write| write.insert_crl(&crl(f.generation, 2, 2), b"crl", &[]));
    assert_eq!(stale(), None);
}

#[test]
fn crl_der_is_kept_in_pieces_for_the_newest_and_for_those_named() {
    let f = Fixture::new();
    let der: Vec<u8> = (0..2_500_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let read_back = |id| {
        let mut found = Vec::new();
        let kept = f.registry.read(|read| {
            read.crl_der(id, |bytes| {
                found.extend_from_slice(bytes);
                Ok::<(), RegistryError>(())
            })
        });
        kept.unwrap().then_some(found)
    };
    let first = write(&f.registry, |write| write.insert_crl(&crl(f.generation, 1, 0), &der, &[]));
    let second = write(&f.registry, |write| write.insert_crl(&crl(f.generation, 2, 0), &der, &[first]));
    assert_eq!(read_back(first).as_ref(), Some(&der));
    let third = write(&f.registry, |write| write.insert_crl(&crl(f.generation, 300, 0), b"crl", &[second]));
    assert_eq!((read_back(first), read_back(second), read_back(third)), (None, Some(der), Some(b"crl".to_vec())));
    let again = f.registry.write(|write| write.insert_crl(&crl(f.generation, 300, 0), b"crl", &[])).unwrap_err();
    assert!(matches!(again, RegistryError::AlreadyPresent { .. }), "{again}");
    let newest = f.registry.read(|read| read.newest_crl(f.generation, CrlKind::Base, "")).unwrap().unwrap();
    assert_eq!((newest.id, newest.crl, newest.size), (third, crl(f.generation, 300, 0), 3));
}

#[test]
fn numbers_continue_above_the_highest_known_anywhere() {
    let f = Fixture::new();
    let highest = || f.registry.read(|read| read.highest_crl_number(f.generation)).unwrap();
    assert_eq!(highest(), None);
    f.record(9);
    write(&f.registry, |write| write.raise_crl_floor(f.generation, &CrlNumber::from_u64(0x80)));
    write(&f.registry, |write| write.raise_crl_floor(f.generation, &CrlNumber::from_u64(7)));
    assert_eq!(highest(), Some(CrlNumber::from_u64(0x80)), "a number whose first octet has the high bit comes back");
    let large = CrlNumber::from_content_octets(&[0x7f; 20]).unwrap();
    write(&f.registry, |write| write.raise_crl_floor(f.generation, &large));
    assert_eq!(highest(), Some(large));
}

#[test]
fn a_serial_is_reserved_once_and_for_ever() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let (authority, _) = write(&registry, |write| new_authority(write, 1));
    let known = certificate(&mut Numbers(4), "known", NOW, 1);
    insert(&registry, &known);
    let serial = serial_of(5);
    let purpose = |serial: &SerialNumber| IntentPurpose::Certificate { issuer: issuer(1), serial: serial.clone() };
    let first = intent(1, authority, purpose(&serial));
    write(&registry, |write| write.open_intent(&first));
    let taken =
        |n: u8, serial: &SerialNumber| registry.write(|write| write.open_intent(&intent(n, authority, purpose(serial)))).unwrap_err();
    assert!(matches!(taken(2, &serial), RegistryError::AlreadyPresent { .. }));
    assert!(matches!(taken(3, &known.facts.serial), RegistryError::AlreadyPresent { .. }));
    assert_eq!(registry.read(|read| read.open_intents()).unwrap()[0].tbs, Some(vec![1; 10]));
    write(&registry, |write| write.void_intent(first.id, NOW));
    assert!(matches!(taken(4, &serial), RegistryError::AlreadyPresent { .. }));
    let other_issuer = IntentPurpose::Certificate { issuer: issuer(2), serial };
    let second = intent(5, authority, other_issuer);
    write(&registry, |write| {
        write.open_intent(&second)?;
        write.finish_intent(second.id, "17", NOW)
    });
    let row = registry.read(|read| read.intent(second.id)).unwrap().unwrap();
    assert_eq!((row.state, row.tbs, row.result), (IntentState::Done, None, Some("17".to_owned())));
    assert!(matches!(registry.write(|write| write.finish_intent(second.id, "18", NOW)), Err(RegistryError::Missing { .. })));
    assert_eq!(registry.read(|read| read.open_intents()).unwrap(), vec![]);
}

#[test]
fn only_a_hold_is_lifted_and_a_serial_is_revoked_once() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let (authority, generation) = write(&registry, |write| new_authority(write, 1));
    let held = certificate(&mut Numbers(4), "held", NOW, 1);
    let certificate = insert(&registry, &held);
    let new = NewRevocation {
        authority,
        generation,
        issuer: issuer(1),
        serial: held.facts.serial.clone(),
        certificate: Some(certificate),
        revoked_at: NOW,
        reason: RevocationReason::CertificateHold,
        invalidity_date: None,
        note: Some("lost card".to_owned()),
        hold_instruction: None,
    };
    let hold = write(&registry, |write| {
        write.set_revoked(certificate, NOW, new.reason, None)?;
        write.insert_revocation(&new)
    });
    assert!(matches!(registry.write(|write| write.insert_revocation(&new)), Err(RegistryError::AlreadyPresent { .. })));
    write(&registry, |write| {
        write.lift_hold(hold, NOW)?;
        write.clear_revoked(certificate)
    });
    assert_eq!(registry.read(|read| read.certificate(certificate)).unwrap().unwrap().state.standing, Standing::Good);
    let again = write(&registry, |write| write.insert_revocation(&new));
    write(&registry, |write| write.sharpen_revocation(again, RevocationReason::KeyCompromise, Some(NOW), None));
    assert!(matches!(registry.write(|write| write.lift_hold(again, NOW)), Err(RegistryError::Missing { .. })));
    let in_force = registry.read(|read| read.revocation(&issuer(1), &new.serial)).unwrap().unwrap();
    assert_eq!(
        (in_force.id, in_force.reason, in_force.invalidity_date, in_force.note),
        (again, RevocationReason::KeyCompromise, Some(NOW), new.note)
    );
    assert_eq!(registry.read(|read| read.revocations_of(certificate)).unwrap().len(), 2);
}

#[test]
fn a_lease_has_one_holder_until_it_ends() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let later = NOW + Duration::minutes(1);
    let take = |who: &str, now| write(&registry, |write| write.take_lease("crl", who, now, later));
    assert!(take("a", NOW) && take("a", NOW) && !take("b", NOW));
    assert!(take("b", later));
    write(&registry, |write| write.release_lease("crl", "a"));
    assert!(!take("a", NOW));
    assert_eq!(registry.read(|read| read.lease_holder("crl", NOW)).unwrap(), Some("b".to_owned()));
}

#[test]
fn what_a_revocation_costs_does_not_grow_with_the_lists_that_there_were() {
    let f = Fixture::new();
    let record = |numbers: std::ops::Range<u64>| {
        write(&f.registry, |write| {
            for number in numbers {
                for scope in ["", "part1", "part2"] {
                    write.insert_crl(&NewCrl { scope: scope.to_owned(), ..crl(f.generation, number, 0) }, b"crl", &[])?;
                }
            }
            Ok(())
        });
    };
    let steps = |sql: &str, key: &[&dyn ToSql]| {
        let counted = f.registry.read(|read| {
            let mut statement = read.connection.prepare(sql)?;
            let mut rows = statement.query(key)?;
            while rows.next()?.is_some() {}
            drop(rows);
            Ok::<_, RegistryError>(statement.get_status(StatementStatus::VmStep))
        });
        counted.unwrap()
    };
    let (kind, above) = (CrlKind::Base, CrlNumber::from_u64(1_000));
    let cost = || {
        let planned = steps(&crl_entries::highest_planned(), &[&Bound(&f.generation)]);
        let older = steps(crls::OLDER_DERS, &[&Bound(&f.generation), &"part1", &Bound(&kind), &Bound(&above)]);
        (planned, older)
    };
    record(1..4);
    let few = cost();
    record(4..100);
    assert_eq!(cost(), few);
    write(&f.registry, |write| {
        assert_eq!(write.highest_crl_number(f.generation)?, Some(CrlNumber::from_u64(99)));
        Ok(())
    });
}

#[test]
fn scopes_are_settled_by_who_makes_lists_and_only_ever_grow() {
    let f = Fixture::new();
    let set = |hosts: &[&str]| {
        let crl_urls = hosts.iter().map(|host| format!("http://{host}/a.crl")).collect();
        write(&f.registry, |write| {
            let row = write.authorities()?.remove(0);
            write.update_authority(&AuthorityRow { partitions: 1, crl_urls, ..row })
        });
    };
    let settle = || write(&f.registry, |write| write.settle_crl_scopes(f.generation));
    let urls = || {
        let scopes = f.registry.read(|read| read.crl_scopes(f.generation)).unwrap();
        scopes
            .into_iter()
            .map(|scope| scope.urls.iter().map(|url| url.replace("http://", "").replace("/a-part1.crl", "")).collect())
            .collect::<Vec<String>>()
    };
    set(&["a"]);
    f.revoke(1, b'a', None);
    assert_eq!(urls(), Vec::<String>::new(), "an entry settles nothing");
    assert!(settle() && !settle());
    set(&["a", "b"]);
    assert!(settle() && !settle());
    assert_eq!(urls(), ["ab"]);
    set(&["b"]);
    assert!(settle() && !settle());
    set(&["a", "c"]);
    assert!(settle() && !settle());
    assert_eq!(urls(), ["abc", "b"]);
}
