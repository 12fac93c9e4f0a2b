//! Recording very many without their indexes leaves what recording them one by one leaves.

use tempfile::TempDir;
use time::Duration;

use super::{NOW, Numbers, assert_ranges_exact, certificate, new_registry, write};
use crate::registry::positions::MOST_IN_A_RANGE;
use crate::registry::{CertificateFilter, NewCertificate, Read, Registry, RegistryError, Write};
use crate::watch::{Unwatched, Watch};

/// More than one range of positions.
const MANY: i64 = MOST_IN_A_RANGE + 300;

fn leaves() -> Vec<NewCertificate> {
    let mut numbers = Numbers(11);
    (0..MANY)
        .map(|number| {
            let days = i64::try_from(numbers.below(700)).unwrap();
            let mut leaf =
                certificate(&mut numbers, &format!("host {}", (number * 7_919) % MANY), NOW - Duration::seconds(number / 3), days);
            leaf.record.imported = true;
            leaf
        })
        .collect()
}

fn record(write: &Write<'_>, leaves: &[NewCertificate]) -> Result<(), RegistryError> {
    leaves.iter().try_for_each(|leaf| write.insert_certificate(leaf).map(drop))
}

fn texts(read: &Read<'_>, sql: &str) -> Result<Vec<String>, RegistryError> {
    read.rows("sqlite_schema", sql, &[], |cells| cells.get("text"))
}

fn schema(registry: &Registry) -> Vec<String> {
    registry.read(|read| texts(read, "SELECT name || ' ' || coalesce(sql, '') AS text FROM sqlite_schema ORDER BY name")).unwrap()
}

#[test]
fn it_leaves_what_recording_one_by_one_leaves() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (late, plain) = (new_registry(&folder), new_registry(&other));
    let leaves = leaves();
    write(&plain, |write| record(write, &leaves));
    // Some are there before, so that positions are in their ranges when the indexes go.
    let (before, rest) = leaves.split_at(100);
    write(&late, |write| record(write, before));
    write(&late, |write| write.with_late_indexes(&Unwatched, || record(write, rest)));
    assert_eq!(schema(&late), schema(&plain));
    let settings = "SELECT k || ' ' || v AS text FROM certificate_words_config ORDER BY k";
    let words = |registry: &Registry| registry.read(|read| texts(read, settings)).unwrap();
    assert_eq!(words(&late), words(&plain), "the index of words is tidied up as ever");
    let (kept, counted) = late.read(|read| read.recount()).unwrap();
    assert_eq!(kept, counted);
    assert_eq!(counted, plain.read(|read| read.recount()).unwrap().1);
    assert_ranges_exact(&late);
    let last = leaves.last().unwrap();
    let rows = late.read(|read| read.certificates_by_serial(&last.facts.serial)).unwrap();
    assert_eq!(rows.iter().map(|row| row.facts.fingerprint).collect::<Vec<_>>(), vec![last.facts.fingerprint]);
    let integrity = late.read(|read| texts(read, "SELECT integrity_check AS text FROM pragma_integrity_check")).unwrap();
    assert_eq!(integrity, ["ok"]);
    let filter = CertificateFilter { search: Some("host".to_owned()), ..CertificateFilter::default() };
    assert_eq!(late.read(|read| read.certificates_count(&filter, NOW)).unwrap().count, u64::try_from(MANY).unwrap());
}

#[test]
fn a_certificate_that_is_there_twice_is_refused_and_nothing_stays() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let (before, leaves) = (schema(&registry), leaves());
    let outcome = registry.write(|write| {
        write.with_late_indexes(&Unwatched, || {
            record(write, &leaves[..10])?;
            record(write, &leaves[5..6])
        })
    });
    assert!(matches!(outcome, Err(RegistryError::AlreadyPresent { .. })), "{outcome:?}");
    assert_eq!(schema(&registry), before);
    assert!(!registry.read(|read| read.has_certificates()).unwrap());
    write(&registry, |write| record(write, &leaves[..10]));
}

/// Wants nothing to go on.
struct Stopped;

impl Watch for Stopped {
    fn progress(&self, _: u64, _: u64) {}

    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn stopped_before_the_indexes_are_made_again_nothing_stays() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    let (before, leaves) = (schema(&registry), leaves());
    let outcome = registry.write(|write| write.with_late_indexes(&Stopped, || record(write, &leaves[..10])));
    assert!(matches!(outcome, Err(RegistryError::Cancelled)), "{outcome:?}");
    assert_eq!(schema(&registry), before);
    write(&registry, |write| record(write, &leaves[..10]));
    let id = registry.read(|read| read.certificate_by_fingerprint(&leaves[9].facts.fingerprint)).unwrap();
    assert!(id.is_some());
}

#[test]
fn an_index_that_is_gone_hinders_nothing_and_stays_told() {
    let folder = TempDir::new().unwrap();
    let registry = new_registry(&folder);
    write(&registry, |write| write.execute("DROP INDEX certificates_by_key", &[]));
    let (before, leaves) = (schema(&registry), leaves());
    write(&registry, |write| write.with_late_indexes(&Unwatched, || record(write, &leaves[..10])));
    assert_eq!(schema(&registry), before);
    let findings = registry.read(|read| read.check()).unwrap().findings;
    let told = findings.iter().any(|finding| finding.code == "schema_differs" && finding.message.contains("certificates_by_key"));
    assert!(told, "{findings:?}");
}
