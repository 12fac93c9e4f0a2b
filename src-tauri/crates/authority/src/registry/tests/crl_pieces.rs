//! The pieces that lists are copied from: whatever happens to a list, they say what its entries' rows say; and what is damaged or missing is found.

use std::collections::BTreeMap;

use pki::crl::RevokedEntry;
use pki::{CrlNumber, Fingerprint, RevocationReason, SerialNumber};
use rusqlite::Connection;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use super::{NOW, Numbers, issuer, new_authority, new_registry, write};
use crate::registry::{
    AuthorityId, CrlKind, CrlRow, GenerationId, IntentId, IntentPurpose, NewCrl, NewCrlEntry, NewIntent, NewRevocation, Registry,
    RegistryError, RevocationRow, WHOLE,
};
use crate::watch::Unwatched;

/// So small that three entries fill a piece.
const PIECE: usize = 100;

struct Lists {
    registry: Registry,
    authority: AuthorityId,
    generation: GenerationId,
    now: OffsetDateTime,
    number: u64,
    _folder: TempDir,
}

impl Lists {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let registry = new_registry(&folder);
        let (authority, generation) = write(&registry, |write| new_authority(write, 1));
        Self { registry, authority, generation, now: NOW, number: 0, _folder: folder }
    }

    /// Several of one authority, each of a certificate that ends after so many days (`None`: nobody knows).
    fn revoke_all(&self, serials: std::ops::Range<u64>, reason: RevocationReason, days: Option<i64>) {
        for serial in serials {
            self.revoke(serial, reason, days);
        }
    }

    fn revoke(&self, serial: u64, reason: RevocationReason, days: Option<i64>) {
        let serial = serial_of(serial);
        write(&self.registry, |write| {
            match write.revocation(&issuer(1), &serial)? {
                Some(row) => write.sharpen_revocation(row.id, reason, None, None)?,
                None => drop(write.insert_revocation(&self.revocation(&serial, reason))?),
            }
            write.insert_crl_entry(&self.entry(&serial, reason, days))
        });
    }

    fn revocation(&self, serial: &SerialNumber, reason: RevocationReason) -> NewRevocation {
        NewRevocation {
            authority: self.authority,
            generation: self.generation,
            issuer: issuer(1),
            serial: serial.clone(),
            certificate: None,
            revoked_at: self.now,
            reason,
            invalidity_date: None,
            note: None,
            hold_instruction: None,
        }
    }

    fn entry(&self, serial: &SerialNumber, reason: RevocationReason, days: Option<i64>) -> NewCrlEntry {
        let entry = RevokedEntry { serial: serial.clone(), revoked_at: self.now, reason: Some(reason), invalidity_date: None };
        let not_after = days.map(|days| self.now + Duration::days(days));
        NewCrlEntry { generation: self.generation, serial: serial.clone(), encoded: entry.encode(), not_after }
    }

    fn in_force(&self, serial: u64) -> Option<RevocationRow> {
        self.registry.read(|read| read.revocation(&issuer(1), &serial_of(serial))).unwrap()
    }

    fn lift(&self, serial: u64) {
        let row = self.in_force(serial).unwrap();
        write(&self.registry, |write| {
            write.lift_hold(row.id, self.now)?;
            write.lift_crl_entry(self.generation, &serial_of(serial))
        });
    }

    /// What happens before the signature of the next base.
    fn plan(&mut self) -> Result<CrlNumber, RegistryError> {
        self.number += 1;
        let (generation, now, number) = (self.generation, self.now, CrlNumber::from_u64(self.number));
        let purpose =
            IntentPurpose::Crl { generation, kind: CrlKind::Base, scope: WHOLE.to_owned(), number: number.clone(), covers_revision: 0 };
        let intent = NewIntent {
            id: self.intent(),
            authority: Some(self.authority),
            purpose,
            tbs: None,
            actor: serde_json::json!({}),
            created_at: now,
        };
        self.registry.write(|write| {
            write.open_intent(&intent)?;
            write.plan_crl(generation, CrlKind::Base, &number, now)?;
            write.miss_no_revocation(generation, &number, now)?;
            write.cut_pieces_of(PIECE, generation, &number, now, &Unwatched)
        })?;
        Ok(number)
    }

    fn intent(&self) -> IntentId {
        IntentId::new(NOW, [u8::try_from(self.number).unwrap(); 10])
    }

    fn record(&self, number: &CrlNumber) -> CrlRow {
        let (header, trailer) = (b"before".to_vec(), b"behind".to_vec());
        let entries = self.rows(number);
        let der = [header.clone(), entries.concat(), trailer.clone()].concat();
        let crl = NewCrl {
            generation: self.generation,
            kind: CrlKind::Base,
            scope: WHOLE.to_owned(),
            number: number.clone(),
            base_number: None,
            this_update: self.now,
            next_update: Some(self.now + Duration::days(7)),
            entry_count: u64::try_from(entries.len()).unwrap(),
            sha256: Fingerprint::of(&der),
            header,
            trailer,
            imported: false,
            covers_revision: Some(0),
            recorded_at: self.now,
        };
        let id = write(&self.registry, |write| {
            write.finish_intent(self.intent(), "1", self.now)?;
            write.insert_crl(&crl, &der, &[])
        });
        self.registry.read(|read| read.crl(id)).unwrap().unwrap()
    }

    fn build(&mut self) -> CrlRow {
        let number = self.plan().unwrap();
        self.record(&number)
    }

    fn abandon(&self, number: &CrlNumber) {
        write(&self.registry, |write| {
            write.void_intent(self.intent(), self.now)?;
            write.unplan_crl(self.generation, number)
        });
    }

    /// The entries of a list, row by row.
    fn rows(&self, number: &CrlNumber) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        let read = self.registry.read(|read| {
            read.crl_entries(self.generation, number, |encoded| {
                entries.push(encoded.to_vec());
                Ok::<_, RegistryError>(())
            })
        });
        read.unwrap();
        entries
    }

    /// The entries of a list as its pieces have them, if they are of it.
    fn pieces(&self, number: &CrlNumber) -> Result<Option<Vec<Vec<u8>>>, RegistryError> {
        let mut pieces = Vec::new();
        let found = self.registry.read(|read| {
            read.crl_pieces(self.generation, number, |piece| {
                assert!(piece.is_whole());
                pieces.push(piece.bytes().to_vec());
                Ok::<_, RegistryError>(())
            })
        });
        Ok(found?.then_some(pieces))
    }

    fn der(&self, row: &CrlRow) -> Option<Vec<u8>> {
        let mut der = Vec::new();
        let kept = self.registry.read(|read| {
            read.crl_der(row.id, |bytes| {
                der.extend_from_slice(bytes);
                Ok::<_, RegistryError>(())
            })
        });
        kept.unwrap().then_some(der)
    }

    fn damage(&self, sql: &str) {
        Connection::open(self.registry.path()).unwrap().execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
    }

    fn found(&self) -> Vec<String> {
        let report = self.registry.read(|read| read.check()).unwrap();
        // The rows of these tests tell of no key and of no list that could be read.
        let of_pieces =
            report.findings.into_iter().filter(|finding| finding.code == "crl_piece_differs" || finding.place.contains("crl_cuts"));
        of_pieces.map(|finding| format!("{}: {}", finding.place, finding.message)).collect()
    }
}

fn serial_of(n: u64) -> SerialNumber {
    SerialNumber::from_content_octets(&[&[1], n.to_be_bytes().as_slice()].concat()).unwrap()
}

const HOLD: RevocationReason = RevocationReason::CertificateHold;
const KEY: RevocationReason = RevocationReason::KeyCompromise;

#[test]
fn the_newest_list_is_kept_as_its_pieces_and_nowhere_else() {
    let mut f = Lists::new();
    f.revoke_all(0..10, KEY, None);
    let first = f.build();
    assert_eq!(f.pieces(&first.crl.number).unwrap().map(|pieces| pieces.len()), Some(4));
    let whole = f.der(&first).unwrap();
    assert_eq!((Fingerprint::of(&whole), u64::try_from(whole.len()).unwrap()), (first.crl.sha256, first.size));
    f.revoke(10, KEY, None);
    let second = f.build();
    assert_eq!((f.der(&first), f.der(&second).map(|der| Fingerprint::of(&der))), (None, Some(second.crl.sha256)));
    let chunks = f.registry.read(|read| read.number("SELECT count(*) FROM crl_chunks", &[]));
    assert_eq!(chunks.unwrap(), 0);
    assert_eq!(f.found(), Vec::<String>::new());
}

#[test]
fn pieces_that_nothing_has_changed_in_are_left_as_they_are() {
    let mut f = Lists::new();
    f.revoke_all(0..30, HOLD, None);
    f.build();
    let before = f.pieces(&CrlNumber::from_u64(1)).unwrap().unwrap();
    f.lift(4);
    f.revoke(30, KEY, None);
    f.build();
    let after = f.pieces(&CrlNumber::from_u64(2)).unwrap().unwrap();
    let differing: Vec<usize> = (0..after.len()).filter(|at| before.get(*at) != after.get(*at)).collect();
    assert_eq!((before.len(), after.len(), differing), (10, 11, vec![1, 10]));
}

#[test]
fn whatever_happens_pieces_and_rows_say_the_same() {
    for seed in 1..=12 {
        let (mut f, mut dice) = (Lists::new(), Numbers(seed * 7919));
        let mut lists: BTreeMap<CrlNumber, Vec<Vec<u8>>> = BTreeMap::new();
        for _ in 0..120 {
            let serial = dice.below(40);
            match dice.below(12) {
                0..=3 if f.in_force(serial).is_none() => {
                    let days = [None, Some(1), Some(4), Some(-1)][usize::try_from(dice.below(4)).unwrap()];
                    f.revoke(serial, if dice.below(2) == 0 { HOLD } else { KEY }, days);
                }
                4 | 5 if f.in_force(serial).is_some_and(|row| row.reason == HOLD) => f.lift(serial),
                6 if f.in_force(serial).is_some_and(|row| row.reason == HOLD) => f.revoke(serial, KEY, Some(2)),
                7 => f.now += Duration::days(1),
                // A clock that is set back a little.
                8 => f.now -= Duration::hours(2),
                9 => {
                    let number = f.plan().unwrap();
                    assert_eq!(f.pieces(&number).unwrap().unwrap().concat(), f.rows(&number).concat(), "seed {seed}");
                    assert_eq!(f.found(), Vec::<String>::new(), "seed {seed}");
                    // What comes while it is signed is not on it, and it may come to nothing.
                    if f.in_force(40).is_none() {
                        f.revoke(40, HOLD, Some(-1));
                    } else {
                        f.lift(40);
                    }
                    f.abandon(&number);
                    assert_eq!(f.found(), Vec::<String>::new(), "seed {seed}");
                }
                _ => {
                    let row = f.build();
                    let number = row.crl.number.clone();
                    assert_eq!(f.pieces(&number).unwrap().unwrap().concat(), f.rows(&number).concat(), "seed {seed}");
                    assert_eq!(f.der(&row).map(|der| Fingerprint::of(&der)), Some(row.crl.sha256), "seed {seed}");
                    lists.insert(number.clone(), f.rows(&number));
                }
            }
        }
        assert!(lists.len() > 10, "seed {seed} has built {}", lists.len());
        for (number, entries) in &lists {
            assert_eq!(f.rows(number), *entries, "seed {seed}: a past list is put together again");
        }
        assert_eq!(f.found(), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn a_revocation_without_an_entry_is_missed_whenever_it_came() {
    let mut f = Lists::new();
    f.revoke_all(0..5, KEY, None);
    f.build();
    let missed = |f: &mut Lists| f.plan().unwrap_err().to_string().contains("has no entry");
    // One that is new, and never got one.
    let new = write(&f.registry, |write| write.insert_revocation(&f.revocation(&serial_of(9), KEY)));
    assert!(missed(&mut f));
    write(&f.registry, |write| write.insert_crl_entry(&f.entry(&serial_of(9), KEY, None)));
    assert_eq!(f.build().crl.entry_count, 6);
    assert_eq!(f.registry.read(|read| read.crl_cut(f.generation)).unwrap().unwrap().last_revocation, new.0);
    // One that was on the list, and whose entry somebody has closed.
    f.registry.write(|write| write.lift_crl_entry(f.generation, &serial_of(2))).unwrap();
    assert!(missed(&mut f));
    write(&f.registry, |write| write.insert_crl_entry(&f.entry(&serial_of(2), KEY, None)));
    assert_eq!(f.build().crl.entry_count, 6);
    // After a restore all are looked for again, also one that nothing tells of.
    f.damage("DROP TRIGGER crl_entry_is_cut_out; DELETE FROM crl_entries WHERE id = 4");
    write(&f.registry, |write| write.begin_epoch());
    assert!(missed(&mut f));
}

#[test]
fn an_entry_that_is_gone_by_itself_is_on_the_list_until_its_piece_is_cut_again_and_is_missed_then() {
    let mut f = Lists::new();
    f.revoke_all(0..9, HOLD, None);
    f.build();
    f.damage("DROP TRIGGER crl_entry_is_cut_out; DELETE FROM crl_entries WHERE id = 5");
    assert_eq!(f.found(), ["crl_pieces 2: it is not what 2 entries from 4 on say"]);
    f.revoke(9, KEY, None);
    let number = f.plan().unwrap();
    assert_eq!(f.pieces(&number).unwrap().unwrap().concat().len(), f.rows(&number).concat().len() / 9 * 10, "all ten are on it");
    f.lift(3);
    let missed = f.plan().unwrap_err().to_string();
    assert!(missed.contains(&format!("the entry of serial {} is gone from the CRL, and nothing says why", serial_of(4))), "{missed}");
}

#[test]
fn damaged_pieces_are_found_and_cut_again_from_the_entries() {
    let told = |sql: &str| {
        let mut f = Lists::new();
        f.revoke_all(0..9, HOLD, None);
        let row = f.build();
        f.damage(sql);
        let found = f.found();
        write(&f.registry, |write| write.rebuild_derived(&Unwatched));
        assert_eq!((f.found(), f.der(&row)), (Vec::new(), None), "{sql}: a repair lets them go");
        assert_eq!(f.build().crl.entry_count, 9, "{sql}");
        found
    };
    let flipped = "UPDATE crl_pieces SET bytes = CAST(x'31' || substr(bytes, 2) AS BLOB) WHERE id = 2";
    assert_eq!(told(flipped), ["crl_pieces 2: its octets are not those that were written"]);
    assert!(told("DELETE FROM crl_pieces WHERE id = 3").iter().any(|found| found.contains("counted (2, 6,")));
    assert_eq!(told("UPDATE crl_cuts SET entries = entries - 1").len(), 1);
    assert_eq!(told("UPDATE crl_cuts SET last_revocation = 10").len(), 1);
    assert_eq!(told("DELETE FROM crl_cuts"), ["crl_pieces: there are pieces of no list"]);

    let mut f = Lists::new();
    f.revoke_all(0..9, HOLD, None);
    f.build();
    // A change that no trigger has seen.
    f.damage("DROP TRIGGER crl_entry_is_cut_again; UPDATE crl_entries SET last_crl = first_crl, closed = 'lifted' WHERE id = 7");
    assert_eq!(f.found(), ["crl_entries 7: it has changed, and the next CRL would not show it"]);

    let mut f = Lists::new();
    f.revoke_all(0..9, HOLD, None);
    f.build();
    f.damage(flipped);
    f.lift(3);
    let row = f.build();
    assert_eq!((row.crl.entry_count, f.pieces(&row.crl.number).unwrap().unwrap().concat()), (8, f.rows(&row.crl.number).concat()));
    f.damage("DELETE FROM crl_pieces WHERE id = 1");
    assert!(matches!(f.pieces(&row.crl.number), Err(RegistryError::Cell { table: "crl_cuts", .. })));
}

#[test]
fn what_cannot_be_read_of_pieces_holds_no_list_up() {
    for damage in [
        "DELETE FROM crl_cuts",
        "DELETE FROM crl_pieces",
        "UPDATE crl_cuts SET number = x'01'",
        "UPDATE crl_cuts SET this_update = -9223372036854775808",
        "UPDATE crl_pieces SET sha256 = x'01'",
        "UPDATE crl_marks SET serial = x''",
    ] {
        let mut f = Lists::new();
        f.revoke_all(0..9, HOLD, None);
        f.build();
        f.lift(3);
        f.damage(&format!("PRAGMA ignore_check_constraints = ON; {damage}"));
        let row = f.build();
        assert_eq!((row.crl.entry_count, f.der(&row).map(|der| Fingerprint::of(&der))), (8, Some(row.crl.sha256)), "{damage}");
        assert_eq!(f.found(), Vec::<String>::new(), "{damage}");
        if !damage.contains("crl_cuts") && !damage.contains("sha256") {
            continue;
        }
        // All are looked for, whatever was known of them before.
        f.damage(&format!(
            "PRAGMA ignore_check_constraints = ON; {damage}; DROP TRIGGER crl_entry_is_cut_out; DELETE FROM crl_entries WHERE id = 8"
        ));
        let missed = f.plan().map(|_| ()).unwrap_err().to_string();
        assert!(missed.contains("has no entry"), "{damage}: {missed}");
    }
}

#[test]
fn pieces_of_another_list_are_not_taken_for_it() {
    let mut f = Lists::new();
    f.revoke_all(0..4, KEY, None);
    let first = f.plan().unwrap();
    f.revoke(4, KEY, None);
    let second = f.plan().unwrap();
    assert_eq!(f.pieces(&first).unwrap(), None);
    // The slower program records the first, which is then kept as it is.
    let row = f.record(&first);
    assert_eq!(f.der(&row).map(|der| Fingerprint::of(&der)), Some(row.crl.sha256));
    assert_eq!(f.pieces(&second).unwrap().unwrap().concat(), f.rows(&second).concat());
}
