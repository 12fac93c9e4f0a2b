//! Building a CRL, beside the digest and the signature of the same bytes.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use api::Surface;
use authority::pki::crl::RevokedEntry;
use authority::pki::{KeySigner, KeySpec, PrivateKey, RevocationReason, SerialNumber, Signer};
use authority::registry::{NewCrlEntry, NewRevocation, Registry, RegistryError, known_schema};
use serde_json::json;
use suite::ask;
use suite::sandbox::tester;
use suite::seeded::{self, Seeding};
use time::OffsetDateTime;

use crate::lists::grouped;
use crate::timing::{Shown, once, ratio, time};

/// Revocations per transaction.
const BATCH: u64 = 50_000;

/// A kept registry of one authority with so many revoked serials, as they come in from CRLs that were issued elsewhere.
pub fn revoked(entries: u64) -> PathBuf {
    let path = seeded::folder().join(format!("revoked-{entries}-schema-{}.chancery", known_schema()));
    let note = path.with_extension("whole");
    if !note.exists() {
        seeded::remove(&path);
        Seeding { certificates: 1, revoked: 0, authorities: 1 }.fill(&path);
        fill(&path, entries);
        fs::write(&note, "").expect("a note");
    }
    path
}

fn fill(path: &std::path::Path, entries: u64) {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("a second");
    let registry = Registry::open(path, &tester(), now).expect("opened");
    let mut done = 0;
    while done < entries {
        let count = BATCH.min(entries - done);
        let outcome: Result<(), RegistryError> = registry.write(|tx| {
            let authority = tx.authorities()?.pop().expect("an authority");
            let generation = tx.current_generation(authority.id)?.expect("a generation").generation.id;
            for _ in 0..count {
                let mut random = [0; 20];
                aws_lc_rs::rand::fill(&mut random).expect("randomness");
                let serial = SerialNumber::from_entropy(random);
                let reason = RevocationReason::Superseded;
                let entry = RevokedEntry { serial: serial.clone(), revoked_at: now, reason: Some(reason), invalidity_date: None };
                tx.insert_revocation(&NewRevocation {
                    authority: authority.id,
                    generation,
                    issuer: authority.issuer_name.clone(),
                    serial: serial.clone(),
                    certificate: None,
                    revoked_at: now,
                    reason,
                    invalidity_date: None,
                    note: None,
                    hold_instruction: None,
                })?;
                tx.insert_crl_entry(&NewCrlEntry { generation, serial, encoded: entry.encode(), not_after: None })?;
            }
            tx.mark_crl_stale(generation, now)
        });
        outcome.expect("revoked");
        done += count;
        eprintln!("revoking {entries}: {done}");
    }
}

fn build(surface: &Surface) {
    surface.crl_build(ask(json!({ "authority": "Seed CA 1" }))).expect("a CRL");
}

/// Prints one row for each size.
pub fn sizes(sizes: &[u64]) {
    let signer = KeySigner::new(PrivateKey::generate(KeySpec::EcP256).expect("a key")).expect("a signer");
    println!(
        "| entries | bytes | digest and signature alone | signed, checked, read back and recorded | times the floor | first time listed |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    for entries in sizes {
        let path = revoked(*entries);
        let surface = seeded::open(&path);
        // Only the first CRL after a revocation marks its entry as listed; of a kept registry that was once.
        let note = path.with_extension("first-crl");
        if !note.exists() {
            let first = once(&mut || build(&surface));
            fs::write(&note, first.as_millis().to_string()).expect("a note");
        }
        let first = fs::read_to_string(&note).expect("a note").trim().parse().map(Duration::from_millis).expect("a number");
        let runs = if *entries > 100_000 { 5 } else { 15 };
        let whole = time(runs, || build(&surface));
        let out = path.with_extension("crl");
        let request = json!({ "authority": "Seed CA 1", "format": "der", "out": out, "overwrite": true });
        surface.crl_export(ask(request)).expect("exported");
        let bytes = fs::read(&out).expect("the CRL");
        fs::remove_file(&out).expect("removed");
        let floor = time(runs, || drop(signer.sign(&bytes).expect("a signature")));
        println!(
            "| {} | {} | {} | {} | {:.1} | {} |",
            grouped(*entries),
            grouped(bytes.len() as u64),
            Shown(floor.quick()),
            Shown(whole.quick()),
            ratio(whole.quick(), floor.quick()),
            Shown(first),
        );
    }
}
